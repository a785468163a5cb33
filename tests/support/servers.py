"""The servers that reader tests run against: each a base URL, a way to sign in and a plain second reading."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from operate_frames.sandbox import serve
from tests.support.plain_reader import Truth

DATASET = Path(__file__).parents[1] / "data" / "dataset.json"
# A sandbox of one flavour and a real server of the other: what is true of both is tried at length on these two.
AT_LENGTH = (
    "sandbox elasticsearch cookie",
    "camunda opensearch cookie",
)
SERVERS = (
    *AT_LENGTH,
    "sandbox elasticsearch oauth",
    "sandbox opensearch cookie",
    "sandbox opensearch oauth",
    "camunda opensearch oauth",
    "camunda elasticsearch cookie",
)


@dataclass
class Server:
    """A server to read; `sign_in` is what `connect` takes, `truth` reads the same rows without the package."""

    base_url: str
    sign_in: dict[str, Any]
    truth: Truth


def oauth(server: Any) -> dict[str, Any]:
    """What `connect` takes to sign in to a sandbox or a real server with a token."""
    return {name: getattr(server, name) for name in ("client_id", "client_secret", "token_url", "audience")}


def cookie(server: Any) -> dict[str, Any]:
    """What `connect` takes to sign in with a user name."""
    return {"username": server.username, "password": server.password}


@contextmanager
def sandbox_with_recorded_rows(database: str) -> Iterator[Any]:
    with serve(auth="both", database=database, data=DATASET) as server:
        yield server


def described(server: Any, by: str) -> Server:
    return Server(server.base_url, {"oauth": oauth, "cookie": cookie}[by](server), Truth(server.base_url))
