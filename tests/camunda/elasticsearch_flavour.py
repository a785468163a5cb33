"""A second, read-only Operate on the same data, through its Elasticsearch driver.

The two drivers answer differently: sort values keep their types, variables say whether they are cut, and more.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from tests.support.http import ask
from tests.support.ports import free_ports
from tests.support.processes import ServerProcess

from .downloads import programs
from .java import java_for_camunda
from .zeebe_and_operate import operate_settings

if TYPE_CHECKING:
    from .stack import Camunda

PROXY = Path(__file__).with_name("elasticsearch_proxy.py")


class OperateOnElasticsearch:
    """An Operate that neither imports nor archives, beside a running Camunda.

    Attributes
    ----------
    base_url, management_url
        Its addresses.
    username, password
        For the cookie login: the users are the same.
    """

    def __init__(self, beside: Camunda) -> None:
        self.username, self.password = beside.username, beside.password
        java = java_for_camunda()
        self._folder = Path(tempfile.mkdtemp(prefix="operate_frames-elasticsearch-"))
        self._processes: list[ServerProcess] = []
        web, management, database = free_ports(3)
        self.base_url, self.management_url = f"http://127.0.0.1:{web}", f"http://127.0.0.1:{management}"
        database_url = f"http://127.0.0.1:{database}"
        opensearch_port = str(urlsplit(beside.opensearch_url).port)
        try:
            proxy = ServerProcess(
                "elasticsearch", [sys.executable, "-I", "-S", str(PROXY), str(database), opensearch_port], self._folder
            )
            self._processes.append(proxy)
            proxy.wait_until(lambda: ask("GET", database_url).ok, within=30)
            operate = ServerProcess(
                "operate",
                ["sh", str(programs(java).camunda / "bin" / "operate")],
                self._folder,
                {
                    **operate_settings(java, self._folder, web, management),
                    "SPRING_PROFILES_ACTIVE": "operate,auth",
                    "CAMUNDA_OPERATE_DATABASE": "elasticsearch",
                    "CAMUNDA_DATABASE_TYPE": "elasticsearch",
                    "CAMUNDA_DATABASE_URL": database_url,
                    "CAMUNDA_OPERATE_ELASTICSEARCH_URL": database_url,
                    "CAMUNDA_OPERATE_ZEEBEELASTICSEARCH_URL": database_url,
                    "CAMUNDA_OPERATE_ELASTICSEARCH_NUMBEROFREPLICAS": "0",
                    "CAMUNDA_OPERATE_IMPORTERENABLED": "false",
                    "CAMUNDA_OPERATE_ARCHIVERENABLED": "false",
                },
            )
            self._processes.append(operate)
            operate.wait_until(self._is_healthy, within=120)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        for process in self._processes:
            process.begin_to_stop()
        for process in self._processes:
            process.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _is_healthy(self) -> bool:
        return bool(ask("GET", f"{self.management_url}/actuator/health", timeout=5).json()["status"] == "UP")
