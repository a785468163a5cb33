"""Keycloak: fetched by Maven into ``build/`` and built once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.unavailable import Unavailable

KEYCLOAK = "org.keycloak:keycloak-quarkus-dist:26.5.6:zip"

_CACHE = Path(__file__).parents[2] / "build" / "keycloak"
_HOME = Path.home()  # now: tests point the variable HOME elsewhere, and Maven's settings lie there
_PATIENCE = 600  # seconds


def keycloak_home() -> Path:
    """Give the folder of the unpacked program, which nobody writes into again; what is missing is fetched first.

    Raises
    ------
    Unavailable
        Where Java or Maven is missing, or Maven cannot fetch it.
    """
    _program("java")
    complete = _CACHE / KEYCLOAK.replace(":", "-")
    with _only_one_at_a_time():
        if not complete.is_dir():  # it gets its name last
            _fetch(complete)
    return complete


def _fetch(complete: Path) -> None:
    unfinished = complete.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)  # of a run that was interrupted
    unfinished.mkdir()
    _run(
        [
            _program("mvn"),
            "--batch-mode",
            "--quiet",
            "dependency:copy",
            f"-Dartifact={KEYCLOAK}",
            "-DoutputDirectory=.",
        ],
        unfinished,
    )
    (archive,) = unfinished.glob("*.zip")
    with zipfile.ZipFile(archive) as content:
        content.extractall(unfinished)
    archive.unlink()
    (home,) = unfinished.iterdir()
    # For a database in memory; it would otherwise be built at every start.
    _run(["sh", "bin/kc.sh", "build", "--db=dev-mem"], home)
    home.rename(complete)
    unfinished.rmdir()


def _run(command: list[str], folder: Path) -> None:
    environment = {**os.environ, "HOME": str(_HOME)}
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{Path(command[0]).name} did not finish within {_PATIENCE} s.") from None
    if done.returncode:
        raise Unavailable(f"{Path(command[0]).name} could not fetch or build {KEYCLOAK}: {done.stdout[-500:]}")


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise Unavailable(
            f"The command {name} is not on the PATH. On Debian: apt-get install default-jre-headless maven."
        )
    return found


@contextmanager
def _only_one_at_a_time() -> Iterator[None]:
    if sys.platform == "win32":
        raise Unavailable("Keycloak is run by tests on Linux and macOS only.")
    import fcntl  # noqa: PLC0415 - Windows has none, and must be able to import this module, to skip

    _CACHE.mkdir(parents=True, exist_ok=True)
    with (_CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
