"""Camunda 8.6.0: Zeebe, its REST gateway and Operate in one Java process."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import requests

from tests.keycloak.keycloak import Keycloak
from tests.support.http import ask, new_session
from tests.support.ports import free_ports
from tests.support.processes import ServerProcess

from .java import Java, compiling

PARTITIONS = 5  # from the fourth on keys exceed 2**53, from the fifth on they have 17 digits
USERNAME = PASSWORD = "demo"  # Operate makes this user itself


class ZeebeAndOperate:
    """The server that is read.

    Attributes
    ----------
    base_url
        Operate's v1 API and Zeebe's v2 API.
    management_url
        Health and the rest of the actuator.
    """

    def __init__(
        self,
        program: Path,
        java: Java,
        folder: Path,
        opensearch_url: str,
        keycloak: Keycloak,
        *,
        more: Mapping[str, str],
        thorough: bool,
    ) -> None:
        folder.mkdir()
        web, management, gateway, command_api, internal_api, gateway_internal = free_ports(6)
        self.base_url = f"http://127.0.0.1:{web}"
        self.management_url = f"http://127.0.0.1:{management}"
        self.process = ServerProcess(
            "camunda",
            ["sh", str(program / "bin" / "camunda")],
            folder,
            {
                **operate_settings(java, folder, web, management, thorough=thorough),
                "SPRING_PROFILES_ACTIVE": "broker,operate,auth",
                "CAMUNDA_OPERATE_DATABASE": "opensearch",
                "CAMUNDA_DATABASE_TYPE": "opensearch",
                "CAMUNDA_DATABASE_URL": opensearch_url,
                "CAMUNDA_OPERATE_OPENSEARCH_URL": opensearch_url,
                "CAMUNDA_OPERATE_ZEEBEOPENSEARCH_URL": opensearch_url,
                "CAMUNDA_OPERATE_OPENSEARCH_NUMBEROFREPLICAS": "0",
                "CAMUNDA_OPERATE_ZEEBE_GATEWAYADDRESS": f"127.0.0.1:{gateway}",
                "ZEEBE_BROKER_CLUSTER_PARTITIONSCOUNT": str(PARTITIONS),
                "ZEEBE_BROKER_DATA_DIRECTORY": str(folder / "data"),
                **_exporting_to(opensearch_url),
                **_listening_on(gateway, command_api, internal_api, gateway_internal),
                **_taking_tokens_of(keycloak),
                **more,
            },
        )

    def wait_until_ready(self) -> None:
        self.process.wait_until(self._is_healthy, within=180)
        self.process.wait_until(self._has_all_leaders, within=60)

    def _is_healthy(self) -> bool:
        return bool(ask("GET", f"{self.management_url}/actuator/health", timeout=5).json()["status"] == "UP")

    def _has_all_leaders(self) -> bool:
        with signed_in(self.base_url) as session:
            (broker,) = session.get(f"{self.base_url}/v2/topology", timeout=5).json()["brokers"]
        states = [(partition["role"], partition["health"]) for partition in broker["partitions"]]
        return states == [("leader", "healthy")] * PARTITIONS


def signed_in(base_url: str, connections: int = 10) -> requests.Session:
    """Return a session with the login's cookies and its CSRF header."""
    session = new_session(connections)
    answer = session.post(f"{base_url}/api/login", params={"username": USERNAME, "password": PASSWORD}, timeout=30)
    answer.raise_for_status()
    session.headers["X-CSRF-TOKEN"] = answer.headers["X-CSRF-TOKEN"]
    return session


def operate_settings(
    java: Java, folder: Path, web_port: int, management_port: int, *, thorough: bool = False
) -> dict[str, str]:
    """Return what every process of this program needs, with or without Zeebe in it."""
    return {
        "JAVA_HOME": str(java.home),
        "JAVA_OPTS": " ".join([*compiling(thorough=thorough), "-Xms1g", "-Xmx2g", f"-Djava.io.tmpdir={folder}"]),
        "ZEEBE_LOG_PATH": str(folder / "logs"),
        "SERVER_ADDRESS": "127.0.0.1",
        "SERVER_PORT": str(web_port),
        "MANAGEMENT_SERVER_ADDRESS": "127.0.0.1",
        "MANAGEMENT_SERVER_PORT": str(management_port),
    }


def _exporting_to(opensearch_url: str) -> Mapping[str, str]:
    exporter = "ZEEBE_BROKER_EXPORTERS_OPENSEARCH"
    return {
        f"{exporter}_CLASSNAME": "io.camunda.zeebe.exporter.opensearch.OpensearchExporter",
        f"{exporter}_ARGS_URL": opensearch_url,
        f"{exporter}_ARGS_BULK_DELAY": "1",
        f"{exporter}_ARGS_INDEX_NUMBEROFREPLICAS": "0",
    }


def _listening_on(gateway: int, command_api: int, internal_api: int, gateway_internal: int) -> Mapping[str, str]:
    return {
        "ZEEBE_BROKER_NETWORK_HOST": "127.0.0.1",
        "ZEEBE_BROKER_GATEWAY_NETWORK_HOST": "127.0.0.1",
        "ZEEBE_BROKER_GATEWAY_NETWORK_PORT": str(gateway),
        "ZEEBE_BROKER_NETWORK_COMMANDAPI_PORT": str(command_api),
        "ZEEBE_BROKER_NETWORK_INTERNALAPI_PORT": str(internal_api),
        "ZEEBE_BROKER_CLUSTER_INITIALCONTACTPOINTS": f"127.0.0.1:{internal_api}",
        "ZEEBE_BROKER_GATEWAY_CLUSTER_PORT": str(gateway_internal),
    }


def _taking_tokens_of(keycloak: Keycloak) -> Mapping[str, str]:
    """Let signed tokens in beside the cookie login."""
    return {
        "SPRING_SECURITY_OAUTH2_RESOURCESERVER_JWT_JWKSETURI": keycloak.keys_url,
        "CAMUNDA_OPERATE_CLOUD_CLUSTERID": keycloak.cluster_id,
        "CAMUNDA_OPERATE_CLIENT_AUDIENCE": keycloak.audience,
    }
