"""Keycloak: fetched by Maven into ``build/`` and built once."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

from tests.support import maven

KEYCLOAK = "org.keycloak:keycloak-quarkus-dist:26.5.6:zip"

_CACHE = Path(__file__).parents[2] / "build" / "keycloak"


def keycloak_home() -> Path:
    """Give the folder of the unpacked program, which nobody writes into again; what is missing is fetched first.

    Raises
    ------
    Unavailable
        Where Java or Maven is missing, or Maven cannot fetch it.
    """
    maven.java()
    complete = _CACHE / KEYCLOAK.replace(":", "-")
    with maven.only_one_at_a_time(_CACHE):
        if not complete.is_dir():  # it gets its name last
            _fetch(complete)
    return complete


def _fetch(complete: Path) -> None:
    unfinished = complete.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)  # of a run that was interrupted
    unfinished.mkdir()
    maven.fetch(KEYCLOAK, unfinished)
    (archive,) = unfinished.glob("*.zip")
    with zipfile.ZipFile(archive) as content:
        content.extractall(unfinished)
    archive.unlink()
    (home,) = unfinished.iterdir()
    # For a database in memory; it would otherwise be built at every start.
    maven.run(["sh", "bin/kc.sh", "build", "--db=dev-mem"], home, f"build {KEYCLOAK}")
    home.rename(complete)
    unfinished.rmdir()
