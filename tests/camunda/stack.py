"""All three servers as one thing that starts and stops."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from tests.keycloak.keycloak import Keycloak
from tests.support.processes import ServerProcess

from .at_rest import wait_until_at_rest
from .downloads import programs
from .filling import fill
from .java import java_for_camunda, java_for_opensearch
from .opensearch import OpenSearch
from .zeebe_and_operate import PASSWORD, USERNAME, ZeebeAndOperate


class Camunda:
    """A real Camunda 8.6.0 with OpenSearch and Keycloak on this machine, on free loopback ports.

    Attributes
    ----------
    base_url
        Where Operate's v1 API answers (``/v1/...``), and Zeebe's v2 API.
    username, password
        For the cookie login.
    opensearch_url, management_url
        Its database, and its actuator.
    token_url, client_id, client_secret, audience, cluster_id
        For signing in with a token.
    keycloak
        The token service, for what only its administrator can do.
    timings
        Seconds that each step took.

    Parameters
    ----------
    settings
        More of Camunda's environment variables.
    thorough
        Whether the servers compile as those do that run for long: they then start later, and answer sooner.
    """

    def __init__(self, settings: Mapping[str, str] | None = None, *, thorough: bool = False) -> None:
        self.timings: dict[str, float] = {}
        self._processes: list[ServerProcess] = []
        # Java first: who lacks it should hear so before half a gigabyte is fetched.
        old_java, new_java = java_for_opensearch(), java_for_camunda()
        begin = time.monotonic()
        program = programs(new_java)
        begin = self._took("download", begin)
        self._folder = Path(tempfile.mkdtemp(prefix="operate_frames-camunda-"))
        try:
            opensearch = OpenSearch(program.opensearch, old_java, self._folder / "opensearch", thorough=thorough)
            self._processes.append(opensearch.process)
            self.keycloak = Keycloak(program.keycloak, new_java, self._folder / "keycloak")
            self._processes.append(self.keycloak.process)
            opensearch.wait_until_ready()
            begin = self._took("start OpenSearch", begin)
            zeebe = ZeebeAndOperate(
                program.camunda,
                new_java,
                self._folder / "camunda",
                opensearch.url,
                self.keycloak,
                more=settings or {},
                thorough=thorough,
            )
            self._processes.append(zeebe.process)
            zeebe.wait_until_ready()
            self.keycloak.wait_until_ready()
            self._took("start Camunda", begin)
        except BaseException:
            self.stop()
            raise
        self.base_url, self.management_url = zeebe.base_url, zeebe.management_url
        self.username, self.password = USERNAME, PASSWORD
        self.opensearch_url = opensearch.url
        self.token_url = self.keycloak.token_url
        self.client_id, self.client_secret = self.keycloak.client_id, self.keycloak.client_secret
        self.audience, self.cluster_id = self.keycloak.audience, self.keycloak.cluster_id

    def fill(self) -> None:
        """Create the data of `scenario` and come back when Operate shows all of it."""
        begin = time.monotonic()
        fill(self.base_url)
        begin = self._took("fill", begin)
        wait_until_at_rest(self.base_url, self.opensearch_url)
        self._took("import", begin)

    def stop(self) -> None:
        """End every process and remove every file of this run."""
        for process in self._processes:
            process.begin_to_stop()
        for process in self._processes:
            process.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def process_ids(self) -> tuple[int, ...]:
        """The processes that keep its servers, whose children they are."""
        return tuple(process.session_id for process in self._processes if process.is_running)

    def connection_values(self) -> dict[str, str]:
        """Return addresses and sign-in values by name."""
        return {
            name: value for name, value in vars(self).items() if isinstance(value, str) and not name.startswith("_")
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _took(self, step: str, begin: float) -> float:
        now = time.monotonic()
        self.timings[step] = round(now - begin, 1)
        return now
