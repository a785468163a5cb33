"""Camunda's clients for Node: what `package-lock.json` pins, fetched by npm into ``build/``, once for every lock file.

Standing alone, so that benchmarks use it too.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

from tests.support.programs import only_one_at_a_time, program
from tests.support.unavailable import Unavailable

HERE = Path(__file__).parent
MANIFEST, LOCK = HERE / "package.json", HERE / "package-lock.json"
SDK = "@camunda8/sdk"
# No script of a package is run, and npm asks for nothing but the packages.
NPM_CI = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier")

_CACHE = HERE.parents[1] / "build" / "node"
_PACKAGES = "nodejs npm"
_PATIENCE = 300  # seconds


def node() -> str:
    """Give the path of Node.

    Raises
    ------
    Unavailable
        Where there is none.
    """
    return program("node", _PACKAGES)


def sdk_version() -> str:
    """Give the version of Camunda's SDK that is pinned."""
    return str(json.loads(MANIFEST.read_text(encoding="utf-8"))["dependencies"][SDK])


def node_modules() -> Path:
    """Give the folder of the packages, for ``NODE_PATH``; what is missing is fetched first.

    Raises
    ------
    Unavailable
        Where there is no Node, or npm cannot fetch them.
    """
    node()
    complete = _CACHE / hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]
    with only_one_at_a_time(_CACHE, "Camunda's clients are run"):
        if not complete.is_dir():  # it gets its name last
            _fetch(complete)
    return complete / "node_modules"


def _fetch(complete: Path) -> None:
    npm = program("npm", _PACKAGES)
    unfinished = complete.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)  # of a run that was interrupted
    unfinished.mkdir()
    for file in (MANIFEST, LOCK):
        shutil.copy(file, unfinished)
    try:
        done = subprocess.run(
            [npm, *NPM_CI], cwd=unfinished, capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        raise Unavailable(f"npm did not fetch {SDK} {sdk_version()} within {_PATIENCE} s.") from None
    if done.returncode:
        raise Unavailable(f"npm could not fetch {SDK} {sdk_version()}: {_reason(done.stderr)}")
    unfinished.rename(complete)


def _reason(complaint: str) -> str:
    """Give npm's words for what went wrong, without where its log lies."""
    said = re.findall(r"^npm (?:error|ERR!) (.+)", complaint, re.MULTILINE)
    return " ".join(line.strip() for line in said if "complete log" not in line) or complaint.strip()
