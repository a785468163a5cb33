"""`python -m operate_frames` is the command `operate-frames`."""

from operate_frames.cli.app import app

if __name__ == "__main__":
    app(prog_name="operate-frames")
