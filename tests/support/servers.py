"""The servers that reader tests run against: each a base URL, a way to sign in and a plain second reading."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from operate_frames.sandbox import serve
from tests.support.plain_reader import PlainReader

DATASET = Path(__file__).parents[1] / "data" / "dataset.json"
# What is true of every server is tried at length on this one.
AT_LENGTH = "elasticsearch cookie"
# Each database and each way to sign in: what rows are read depends on neither of the two by way of the other.
SERVERS = (AT_LENGTH, "opensearch oauth")


@dataclass
class Server:
    """A server to read; `sign_in` is what `connect` takes, `truth` reads the same rows without the package."""

    base_url: str
    sign_in: dict[str, Any]
    truth: PlainReader


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
    return Server(server.base_url, {"oauth": oauth, "cookie": cookie}[by](server), PlainReader(server.base_url))
