"""The servers that reader tests run against: each a base URL, a way to sign in and a plain second reading.

A server's name is the version of Camunda, the API that it is read by, its database, and how one signs in.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from operate_frames.sandbox import serve
from tests.support.names import FURTHER_READERS, READERS, names_of
from tests.support.plain_reader import PlainClusterReader, PlainReader, signed_in

DATASET = Path(__file__).parents[1] / "data" / "dataset.json"
# Each version, each API that it has, each database and each way to sign in.
SERVERS = (
    "8.6 v1 elasticsearch cookie",
    "8.6 v1 opensearch oauth",
    "8.8 v1 elasticsearch oauth",
    "8.8 v2 elasticsearch cookie",
    "8.9 v1 elasticsearch cookie",
    "8.9 v2 elasticsearch oauth",
    "8.10 v2 elasticsearch cookie",
)
WORKERS = (1, 3, 8)
# What one tries while working: each API. The rest is the matrix.
QUICK = {
    "8.6 v1 elasticsearch cookie": 8,
    "8.10 v2 elasticsearch cookie": 8,
}
# Of what only v2 has: tried on the newest while working.
NEWEST = {"8.10 v2 elasticsearch cookie": 8}
# What is of this side alone is tried on the newest while working; `test_planner` asks any of it of both APIs.
ON_NEWEST = ("8.10 v2 elasticsearch cookie",)


@dataclass
class Server:
    """A server to read; `connection` is what `connect` takes, `truth` reads the same rows without the package."""

    base_url: str
    connection: dict[str, Any]
    truth: PlainReader
    version: str


def by_servers_and_workers(quick: tuple[str, ...] = tuple(QUICK)) -> Any:
    """Every server with every number of workers, all but some of them in the matrix."""
    return pytest.mark.parametrize(
        "server",
        [
            pytest.param(
                f"{name}, {workers} workers",
                marks=[] if name in quick and workers == QUICK[name] else [pytest.mark.matrix],
            )
            for name in SERVERS
            for workers in WORKERS
        ],
        indirect=True,
    )


def oauth(server: Any) -> dict[str, Any]:
    """What `connect` takes to sign in to a sandbox or a real server with a token."""
    return {name: getattr(server, name) for name in ("client_id", "client_secret", "token_url", "audience")}


def cookie(server: Any) -> dict[str, Any]:
    """What `connect` takes to sign in with a user name."""
    return {"username": server.username, "password": server.password}


def by_servers_workers_and_readers(quick: tuple[str, ...] = tuple(QUICK)) -> Any:
    """Every server with every number of workers and every reader of what it has."""
    return pytest.mark.parametrize(
        ("server", "read"),
        [
            pytest.param(
                f"{name}, {workers} workers",
                read,
                marks=[] if _is_quick(name, workers, read, quick) else [pytest.mark.matrix],
                id=f"{name}, {workers} workers-{read.__name__}",
            )
            for name in SERVERS
            for workers in WORKERS
            for read in (*READERS, *FURTHER_READERS)
            if names_of(read, name.split()[1], name.split()[0])
        ],
        indirect=["server"],
    )


def _is_quick(name: str, workers: int, read: Any, quick: tuple[str, ...]) -> bool:
    if read in FURTHER_READERS:
        return quick == tuple(QUICK) and NEWEST.get(name) == workers
    return name in quick and QUICK[name] == workers


@contextmanager
def recorded_servers() -> Iterator[Any]:
    """Gives a server by its name, with the rows of the recording; each is started once, when it is asked for."""
    with ExitStack() as running:

        @cache
        def sandbox(version: str, database: str) -> Any:
            return running.enter_context(serve(version=version, auth="both", database=database, data=DATASET))

        @cache
        def named(name: str) -> Server:
            version, api, database, by = name.split()
            server = sandbox(version, database)
            session = signed_in(server.base_url, path="/api/login" if version == "8.6" else "/login")
            truth = {"v1": PlainReader, "v2": PlainClusterReader}[api](server.base_url, session)
            sign_in = {"oauth": oauth, "cookie": cookie}[by](server)
            # What has both is asked for the other one, too, where that is not said.
            chosen = {} if api == "v2" or version == "8.6" else {"api": api}
            return Server(server.base_url, sign_in | chosen, truth, version)

        yield named
