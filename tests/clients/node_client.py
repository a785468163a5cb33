"""Camunda's clients in a process of Node, called from Python."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from operate_frames.sandbox import Sandbox
from tests.clients import install

OPERATE = Path(__file__).with_name("operate_api_client.cjs")
CLUSTER = Path(__file__).with_name("cluster_api_client.cjs")


class Refused(Exception):
    """The client threw an error.

    Attributes
    ----------
    status
        The HTTP status that it got, None where it got no answer.
    """

    def __init__(self, method: str, status: int | None, message: str) -> None:
        super().__init__(f"{method}: {message}")
        self.status = status


class NodeClient:
    """A running client; what its methods give comes back as JSON, so its own kinds of numbers as they are sent."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def call(self, method: str, *arguments: object) -> Any:
        """Call a method once.

        Raises
        ------
        Refused
            When it throws.
        """
        return self.call_for_each(method, [arguments])[0]

    def call_for_each(self, method: str, calls: Iterable[tuple[object, ...]]) -> list[Any]:
        """Call a method with each of these arguments, eight at a time; gives the answers in the order of the calls."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"method": method, "calls": list(calls)}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "Node has ended; why is in what it wrote to stderr."
        answers = json.loads(line)
        for answer in answers:
            if "refused" in answer:
                raise Refused(method, **answer["refused"])
        return [answer["answer"] for answer in answers]


@contextmanager
def started(packages: Path, home: Path, settings: Mapping[str, str], program: Path = OPERATE) -> Iterator[NodeClient]:
    """Run the client with these settings and nothing else of this machine's environment.

    Parameters
    ----------
    packages
        The folder of Node's packages.
    home
        What the client is to take for its user's home; it works there too.
    settings
        Environment variables that the client reads.
    program
        Which client.
    """
    environment = {
        "NODE_PATH": str(packages),
        "HOME": str(home),
        "CAMUNDA_TOKEN_DISK_CACHE_DISABLE": "true",
        "CAMUNDA_LOG_LEVEL": "none",  # it would log to its output
        **settings,
    }
    command = [install.node(), str(program)]
    with subprocess.Popen(
        command, cwd=home, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        try:
            yield NodeClient(process)
        finally:
            process.kill()


def without_sign_in(sandbox: Sandbox) -> dict[str, str]:
    """Give the settings for an open server."""
    return {"CAMUNDA_OPERATE_BASE_URL": sandbox.base_url, "CAMUNDA_AUTH_STRATEGY": "NONE"}


def by_oauth(sandbox: Sandbox) -> dict[str, str]:
    """Give the settings for a token of the sandbox's token service; the client sees by them how to sign in."""
    return {
        "CAMUNDA_OPERATE_BASE_URL": sandbox.base_url,
        "CAMUNDA_OAUTH_URL": sandbox.token_url,
        "ZEEBE_CLIENT_ID": sandbox.client_id,
        "ZEEBE_CLIENT_SECRET": sandbox.client_secret,
        "CAMUNDA_OPERATE_OAUTH_AUDIENCE": sandbox.audience,
    }


def by_cookie(sandbox: Sandbox) -> dict[str, str]:
    """Give the settings for the login with a user name."""
    return {
        "CAMUNDA_OPERATE_BASE_URL": sandbox.base_url,
        "CAMUNDA_AUTH_STRATEGY": "COOKIE",
        "CAMUNDA_COOKIE_AUTH_URL": f"{sandbox.base_url}/api/login",
        "CAMUNDA_COOKIE_AUTH_USERNAME": sandbox.username,
        "CAMUNDA_COOKIE_AUTH_PASSWORD": sandbox.password,
    }
