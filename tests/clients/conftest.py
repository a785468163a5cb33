"""Camunda's own client for Node, before a sandbox."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

import pytest

from tests.clients import install
from tests.clients.node_client import CLUSTER, NodeClient, started
from tests.support.unavailable import Unavailable


@pytest.fixture(scope="session")
def packages() -> Path:
    """The folder of Node's packages; fetched with the machine's own settings, which tests do not see."""
    try:
        folder = install.node_modules()
    except Unavailable as caught:
        _skip_or_fail(str(caught))
    return folder


@pytest.fixture
def start_client(packages: Path, tmp_path: Path) -> Iterator[Callable[[Mapping[str, str]], NodeClient]]:
    """Start a client with some settings; it ends with the test."""
    with ExitStack() as running:

        def start(settings: Mapping[str, str]) -> NodeClient:
            return running.enter_context(started(packages, tmp_path, settings))

        yield start


@pytest.fixture
def start_cluster_client(packages: Path, tmp_path: Path) -> Iterator[Callable[[Mapping[str, str]], NodeClient]]:
    """The same for the client of v2."""
    with ExitStack() as running:

        def start(settings: Mapping[str, str]) -> NodeClient:
            return running.enter_context(started(packages, tmp_path, settings, CLUSTER))

        yield start


def _skip_or_fail(reason: str) -> NoReturn:
    """Skip the test, or fail it where someone counts on the clients being there."""
    if os.environ.get("OPERATE_FRAMES_REQUIRE_NODE") == "1":
        pytest.fail(f"OPERATE_FRAMES_REQUIRE_NODE=1, but Camunda's clients cannot be run. {reason}", pytrace=False)
    pytest.skip(f"Camunda's clients cannot be run. {reason}")
