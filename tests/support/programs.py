"""Programs of this machine that tests need, and folders that one run of them at a time may fill."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.unavailable import Unavailable


def program(name: str, packages: str) -> str:
    """Give the path of a program, which is in some packages of Debian.

    Raises
    ------
    Unavailable
        Where there is none.
    """
    found = shutil.which(name)
    if found is None:
        raise Unavailable(f"The command {name} is not on the PATH. On Debian: apt-get install {packages}.")
    return found


@contextmanager
def only_one_at_a_time(cache: Path, uses: str) -> Iterator[None]:
    """Keep other runs of the tests out of a folder; `uses` begins the sentence that Windows is refused with.

    Raises
    ------
    Unavailable
        On Windows.
    """
    if sys.platform == "win32":
        raise Unavailable(f"{uses} by tests on Linux and macOS only.")
    import fcntl  # noqa: PLC0415 - Windows has none, and must be able to import this module, to skip

    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
