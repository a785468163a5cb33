"""Camunda's own SDK for Node, `@camunda8/sdk`: installed by npm into ``build/``, walked by `sdk_walk.cjs`."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

from tests.benchmarks.fresh import ROOT, Side, report
from tests.benchmarks.servers import Server
from tests.support.unavailable import Unavailable

PACKAGE, VERSION = "@camunda8/sdk", "8.8.13"
FOLDER = ROOT / "build" / "node_sdk"

_WALK = Path(__file__).with_name("sdk_walk.cjs")
_PATIENCE = 300  # seconds


def install() -> None:
    """Fetch the SDK, once.

    Raises
    ------
    Unavailable
        Where there is no Node, or npm cannot fetch it.
    """
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise Unavailable("Node and npm are not installed.")
    if installed_version() == VERSION:
        return
    report(f"installing {PACKAGE}@{VERSION}")
    FOLDER.mkdir(parents=True, exist_ok=True)
    command = [npm, "install", "--no-audit", "--no-fund", "--no-save", "--prefix", str(FOLDER), f"{PACKAGE}@{VERSION}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        raise Unavailable(f"npm did not fetch {PACKAGE}@{VERSION} within {_PATIENCE} s.") from None
    if done.returncode:
        raise Unavailable(f"npm could not fetch {PACKAGE}@{VERSION}: {done.stderr.strip().splitlines()[-1]}")


def installed_version() -> str | None:
    """Give the version that is there; None where there is none."""
    about = FOLDER / "node_modules" / PACKAGE / "package.json"
    return json.loads(about.read_text())["version"] if about.exists() else None


def side(server: Server) -> Side:
    """Walk all instances with the SDK, which must be installed."""
    given = json.dumps({"sdk": str(FOLDER), "baseUrl": server.base_url, "headers": server.headers})
    return Side(f"{PACKAGE} {VERSION}", ["node", str(_WALK), given])
