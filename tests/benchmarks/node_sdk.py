"""Camunda's own SDK for Node, as `tests/clients` pins it, walked by `sdk_walk.cjs`."""

from __future__ import annotations

import json
from pathlib import Path

from tests.benchmarks.fresh import Side
from tests.benchmarks.servers import Server
from tests.clients import install

_WALK = Path(__file__).with_name("sdk_walk.cjs")


def name() -> str:
    """Name the SDK and its version."""
    return f"{install.SDK} {install.sdk_version()}"


def side(server: Server) -> Side:
    """Walk all instances with the SDK; it is fetched first where it is not there.

    Raises
    ------
    Unavailable
        Where there is no Node, or npm cannot fetch it.
    """
    node = install.node()
    given = {"sdk": str(install.node_modules().parent), "baseUrl": server.base_url, "headers": server.headers}
    return Side(name(), [node, str(_WALK), json.dumps(given)])
