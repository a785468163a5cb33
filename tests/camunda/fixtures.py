"""What tests ask for: a pytest plugin."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import NoReturn

import pytest

from tests.support.unavailable import Unavailable

from .elasticsearch_flavour import OperateOnElasticsearch
from .moving import IMPATIENT_ARCHIVER, Movement
from .stack import Camunda

NEEDS_SERVERS = {"camunda", "camunda_elasticsearch", "camunda_with_moving_rows"}
SECONDS_FOR_A_TEST = 120
# By it one worker gets all tests that need the servers (tests/workers.py).
WORD = "camunda"


@pytest.fixture(scope="session")
def camunda() -> Iterator[Camunda]:
    """Give a real Camunda 8.6.0, filled and at rest, with a Keycloak whose tokens it takes."""
    with _started() as server:
        server.fill()
        yield server


@pytest.fixture(scope="session")
def camunda_elasticsearch(camunda: Camunda) -> Iterator[OperateOnElasticsearch]:
    """Give a second, read-only Operate on the same data, whose answers have Elasticsearch's shape."""
    with OperateOnElasticsearch(camunda) as operate:
        yield operate


@pytest.fixture(scope="module")
def camunda_with_moving_rows() -> Iterator[Movement]:
    """Give a real Camunda whose archiver moves rows a second after they end, and what makes them end."""
    with _started(IMPATIENT_ARCHIVER) as server, Movement(server) as movement:
        yield movement


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the clock of such tests run in their own lines only, and never keep two Camundas in memory."""
    for item in items:
        if NEEDS_SERVERS & _fixtures_of(item) and WORD not in item.nodeid:
            raise pytest.UsageError(f"{item.nodeid} needs the real server, so {WORD!r} must be in its name.")
        # The first test also starts the servers, which some ask for by a parameter.
        if WORD in item.nodeid and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(SECONDS_FOR_A_TEST, func_only=True))
    # The server with moving rows ends with its module, before the session's own begins.
    items.sort(key=lambda item: "camunda_with_moving_rows" not in _fixtures_of(item))


def _fixtures_of(item: pytest.Item) -> set[str]:
    return set(getattr(item, "fixturenames", ()))


def _started(settings: Mapping[str, str] | None = None) -> Camunda:
    try:
        return Camunda(settings)
    except Unavailable as caught:
        reason = str(caught)
    return skip_or_fail(reason)


def skip_or_fail(reason: str) -> NoReturn:
    """Skip the test, or fail it where someone counts on Camunda being there."""
    if os.environ.get("OPERATE_FRAMES_REQUIRE_CAMUNDA") == "1":
        pytest.fail(f"OPERATE_FRAMES_REQUIRE_CAMUNDA=1, but no Camunda can be started. {reason}", pytrace=False)
    pytest.skip(f"No real Camunda to test against. {reason}")
