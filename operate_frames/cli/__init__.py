"""The command `operate-frames`."""
