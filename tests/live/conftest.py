"""Opt-in and read-only: the server that the environment names, read by the package and read plainly."""

from __future__ import annotations

import os

import pytest

import operate_frames as of
from tests.live.environment import server_named_in
from tests.live.plain_sign_in import plainly_signed_in

# As the developer set it: the fixture that all tests share takes names of Camunda and proxies away.
ENVIRONMENT = dict(os.environ)
LOOPBACK = ["127.0.0.1", "::1"]
SECONDS = 600  # a server may be slow, and far away


def pytest_ignore_collect(collection_path, config):
    """Collect nothing here unless it was asked for."""
    return None if config.getoption("live") else True


def pytest_itemcollected(item):
    """Let the tests of this folder reach the named server, and no other host."""
    item.add_marker(pytest.mark.allow_hosts([*LOOPBACK, *server_named_in(ENVIRONMENT).hosts]))
    item.add_marker(pytest.mark.timeout(SECONDS))


@pytest.fixture(autouse=True)
def clean_environment(clean_environment, monkeypatch):
    """What was taken away is there again: `connect()` finds the server by it."""
    for name in ENVIRONMENT.keys() - os.environ.keys():
        monkeypatch.setenv(name, ENVIRONMENT[name])


@pytest.fixture(scope="session")
def server():
    """The server as the environment names it."""
    return server_named_in(ENVIRONMENT)


@pytest.fixture(scope="session")
def plain(server):
    """A plain reading of it, by the same credentials and without the package."""
    with plainly_signed_in(server) as plain:
        yield plain


@pytest.fixture(scope="module")
def operate():
    """The package's connection to it, by the environment alone."""
    with of.connect() as operate:
        yield operate
