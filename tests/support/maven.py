"""What Maven brings into ``build/`` for tests, once."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from tests.support import programs
from tests.support.programs import program
from tests.support.unavailable import Unavailable

_HOME = Path.home()  # now: tests point the variable HOME elsewhere, and Maven's settings lie there
_PACKAGES = "default-jre-headless maven"
_PATIENCE = 600  # seconds


def fetch(artifact: str, folder: Path) -> None:
    """Have Maven put an artifact, such as ``group:name:version:zip``, into a folder.

    Raises
    ------
    Unavailable
        Where Maven is missing, or cannot fetch it.
    """
    copy = ["dependency:copy", f"-Dartifact={artifact}", "-DoutputDirectory=."]
    run([program("mvn", _PACKAGES), "--batch-mode", "--quiet", *copy], folder, f"fetch {artifact}")


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


def java() -> str:
    """Give the path of Java.

    Raises
    ------
    Unavailable
        Where there is none.
    """
    return program("java", _PACKAGES)


def only_one_at_a_time(cache: Path) -> AbstractContextManager[None]:
    """Keep other runs of the tests out of a folder."""
    return programs.only_one_at_a_time(cache, "What Maven brings is used")
