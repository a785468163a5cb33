"""What Maven brings into ``build/`` for tests, once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.unavailable import Unavailable

_HOME = Path.home()  # now: tests point the variable HOME elsewhere, and Maven's settings lie there
_PATIENCE = 600  # seconds


def fetch(artifact: str, folder: Path) -> None:
    """Have Maven put an artifact, such as ``group:name:version:zip``, into a folder.

    Raises
    ------
    Unavailable
        Where Maven is missing, or cannot fetch it.
    """
    copy = ["dependency:copy", f"-Dartifact={artifact}", "-DoutputDirectory=."]
    run([program("mvn"), "--batch-mode", "--quiet", *copy], folder, f"fetch {artifact}")


def run(command: Sequence[str], folder: Path, purpose: str) -> None:
    """Run a program to its end, with the home of the one who runs the tests.

    Raises
    ------
    Unavailable
        Where it fails, or takes too long.
    """
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, "HOME": str(_HOME)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{Path(command[0]).name} did not {purpose} within {_PATIENCE} s.") from None
    if done.returncode:
        raise Unavailable(f"{Path(command[0]).name} could not {purpose}: {done.stdout[-500:]}")


def program(name: str) -> str:
    """Give the path of a program.

    Raises
    ------
    Unavailable
        Where there is none.
    """
    found = shutil.which(name)
    if found is None:
        raise Unavailable(
            f"The command {name} is not on the PATH. On Debian: apt-get install default-jre-headless maven."
        )
    return found


@contextmanager
def only_one_at_a_time(cache: Path) -> Iterator[None]:
    """Keep other runs of the tests out of a folder."""
    if sys.platform == "win32":
        raise Unavailable("What Maven brings is used by tests on Linux and macOS only.")
    import fcntl  # noqa: PLC0415 - Windows has none, and must be able to import this module, to skip

    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
