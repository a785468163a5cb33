"""OpenSearch 2.17.1, where Camunda keeps its data."""

from __future__ import annotations

import random
from pathlib import Path

from tests.support.http import ask
from tests.support.ports import is_free
from tests.support.processes import ServerFailed, ServerProcess

from .java import Java, compiling

# The runner listens on the base port + 1, and ends without a word when that would be above 9299.
POSSIBLE_PORTS = range(9201, 9300)


class OpenSearch:
    """One OpenSearch node on loopback.

    Attributes
    ----------
    url
        Its address.
    """

    def __init__(self, libraries: Path, java: Java, folder: Path, *, thorough: bool) -> None:
        folder.mkdir()
        self._cluster_name = f"operate-frames-{folder.parent.name}"
        port = _some_free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.process = ServerProcess(
            "opensearch",
            [
                java.command,
                *compiling(thorough=thorough),
                "-Xms1g",
                "-Xmx1g",
                f"-Djava.io.tmpdir={folder}",
                "-classpath",
                f"{libraries}/lib/*",
                "org.codelibs.opensearch.runner.OpenSearchRunner",
                *("-basePath", str(folder / "data")),
                *("-numOfNode", "1"),
                *("-baseHttpPort", str(port - 1)),
                *("-clusterName", self._cluster_name),
            ],
            folder,
        )

    def wait_until_ready(self) -> None:
        self.process.wait_until(self._is_ready, within=120)

    def _is_ready(self) -> bool:
        health = ask("GET", f"{self.url}/_cluster/health", timeout=5).json()
        if health["cluster_name"] != self._cluster_name:
            # Someone else took the port after we looked; the runner then quietly takes the next.
            raise ServerFailed(f"Another OpenSearch answers at {self.url}.")
        return bool(health["status"] in ("green", "yellow"))


def _some_free_port() -> int:
    # Not simply the first: two runs that start at the same moment would both take it.
    free = [port for port in POSSIBLE_PORTS if is_free(port)]
    if not free:
        raise ServerFailed("OpenSearch finds no free port between 9201 and 9299.")
    return random.choice(free)
