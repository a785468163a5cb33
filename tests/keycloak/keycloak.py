"""Keycloak, the token service: a realm with one client whose tokens the sandbox takes."""

from __future__ import annotations

import json
import shutil
import uuid
from pathlib import Path
from typing import Any

from operate_frames.sandbox.http.serving import AUDIENCE, CLUSTER_ID
from tests.support.http import ask
from tests.support.ports import free_ports
from tests.support.processes import ServerProcess

REALM = "camunda-platform"
ADMIN = "admin"  # name and password: it listens on loopback and lives for one test run
KEY_PROVIDER = "org.keycloak.keys.KeyProvider"


class Keycloak:
    """A Keycloak on loopback.

    Attributes
    ----------
    url
        Its address.
    token_url, keys_url
        Where tokens are asked for, and where Operate finds the keys that sign them.
    client_id, client_secret
        The client that may ask.
    audience, cluster_id
        What stands in every token, as in Camunda's SaaS.
    """

    def __init__(self, program: Path, folder: Path) -> None:
        self.client_id = "operate-frames"
        self.client_secret = uuid.uuid4().hex
        self.audience = AUDIENCE
        self.cluster_id = CLUSTER_ID
        (port,) = free_ports(1)
        self.url = f"http://127.0.0.1:{port}"
        self.token_url = f"{self.url}/realms/{REALM}/protocol/openid-connect/token"
        self.keys_url = f"{self.url}/realms/{REALM}/protocol/openid-connect/certs"

        _lay_out_a_home(program, folder)
        (folder / "data" / "import" / f"{REALM}-realm.json").write_text(json.dumps(self._realm(), indent=2))
        self.process = ServerProcess(
            "keycloak",
            [
                "sh",
                "bin/kc.sh",
                "start",
                "--optimized",
                "--cache=local",  # alone: no cluster port open to the network
                "--import-realm",
                "--http-enabled=true",
                "--http-host=127.0.0.1",
                f"--http-port={port}",
                "--hostname-strict=false",
            ],
            folder,
            {
                "JAVA_OPTS_KC_HEAP": "-Xms64m -Xmx512m",
                # It answers few requests: compiling them well would cost more than it brings.
                "JAVA_OPTS_APPEND": f"-XX:TieredStopAtLevel=1 -Djava.io.tmpdir={folder}",
                "KC_BOOTSTRAP_ADMIN_USERNAME": ADMIN,
                "KC_BOOTSTRAP_ADMIN_PASSWORD": ADMIN,
            },
        )

    def wait_until_ready(self) -> None:
        self.process.wait_until(lambda: ask("GET", self.keys_url, timeout=5).ok, within=120)

    # ---- tokens -------------------------------------------------------------------------------------------------

    def new_token(self) -> str:
        """Return a fresh access token for the client."""
        answer = ask(
            "POST",
            self.token_url,
            data={
                "grant_type": "client_credentials",
                "client_id": self.client_id,
                "client_secret": self.client_secret,
            },
        )
        return str(answer.json()["access_token"])

    def set_token_life(self, seconds: int) -> None:
        """Let tokens from now on live that long."""
        path = f"clients/{self._internal_client_id()}"
        client = self._admin("GET", path)
        client["attributes"]["access.token.lifespan"] = str(seconds)
        self._admin("PUT", path, client)

    def set_audience(self, audience: str) -> None:
        """Let tokens from now on be meant for another API."""
        client = self._internal_client_id()
        mappers = self._admin("GET", f"clients/{client}/protocol-mappers/models")
        (mapper,) = (each for each in mappers if each["name"] == "audience")
        mapper["config"]["included.custom.audience"] = audience
        self._admin("PUT", f"clients/{client}/protocol-mappers/models/{mapper['id']}", mapper)

    def want_https(self, of_whom: str) -> None:
        """Take plain http from nobody ("all"), or from machines nearby ("external")."""
        self._admin("PUT", "", {"sslRequired": of_whom})

    def rotate_signing_key(self) -> None:
        """Sign with a new key from now on, and no longer list the old one.

        Tokens of the old key stay what they are. Operate keeps taking them until it meets a token with the new
        key's id: that makes it fetch the list again, and from then on tokens of the old key are refused with 401.
        """
        old_keys = [key for key in self._key_providers() if key["providerId"] == "rsa-generated"]
        self._admin(
            "POST",
            "components",
            {
                "name": f"rsa-{uuid.uuid4().hex[:8]}",
                "providerId": "rsa-generated",
                "providerType": KEY_PROVIDER,
                "parentId": self._admin("GET", "")["id"],
                "config": {"priority": ["100"], "keySize": ["2048"], "algorithm": ["RS256"]},
            },
        )
        for key in old_keys:
            self._admin("DELETE", f"components/{key['id']}")

    def key_ids(self) -> list[str]:
        """Return the ids of the signing keys that it lists now."""
        keys = ask("GET", self.keys_url).json()["keys"]
        return [key["kid"] for key in keys if key["use"] == "sig"]

    def _key_providers(self) -> list[dict[str, Any]]:
        return list(self._admin("GET", f"components?type={KEY_PROVIDER}"))

    def _internal_client_id(self) -> str:
        (client,) = self._admin("GET", f"clients?clientId={self.client_id}")
        return str(client["id"])

    def _admin(self, method: str, path: str, body: object = None) -> Any:
        """Ask the admin API about the realm; an administrator's token lives for a minute, so each call gets one."""
        token = ask(
            "POST",
            f"{self.url}/realms/master/protocol/openid-connect/token",
            data={"grant_type": "password", "client_id": "admin-cli", "username": ADMIN, "password": ADMIN},
        )
        answer = ask(
            method,
            f"{self.url}/admin/realms/{REALM}/{path}".rstrip("/"),
            json=body,
            headers={"Authorization": f"Bearer {token.json()['access_token']}"},
        )
        return answer.json() if answer.content else None

    def _realm(self) -> dict[str, Any]:
        return {
            "realm": REALM,
            "enabled": True,
            "accessTokenLifespan": 300,
            "clients": [
                {
                    "clientId": self.client_id,
                    "secret": self.client_secret,
                    "enabled": True,
                    "protocol": "openid-connect",
                    "publicClient": False,
                    "serviceAccountsEnabled": True,
                    "standardFlowEnabled": False,
                    "directAccessGrantsEnabled": False,
                    "attributes": {"access.token.lifespan": "300"},
                    "protocolMappers": [
                        {
                            "name": "audience",
                            "protocol": "openid-connect",
                            "protocolMapper": "oidc-audience-mapper",
                            "config": {
                                "included.custom.audience": self.audience,
                                "access.token.claim": "true",
                                "id.token.claim": "false",
                            },
                        },
                        {
                            "name": "cluster",
                            "protocol": "openid-connect",
                            "protocolMapper": "oidc-hardcoded-claim-mapper",
                            "config": {
                                # An unescaped dot would nest the claim.
                                "claim.name": "https://camunda\\.com/clusterId",
                                "claim.value": self.cluster_id,
                                "jsonType.label": "String",
                                "access.token.claim": "true",
                                "id.token.claim": "false",
                            },
                        },
                    ],
                },
                {"clientId": "people-only", "secret": self.client_secret, "serviceAccountsEnabled": False},
                {"clientId": "public", "publicClient": True},
            ],
        }


def _lay_out_a_home(program: Path, folder: Path) -> None:
    """Make a Keycloak home that shares the large libraries but keeps data and settings to itself."""
    (folder / "data" / "import").mkdir(parents=True)
    (folder / "bin").mkdir()
    shutil.copy(program / "bin" / "kc.sh", folder / "bin")  # it takes the folder above its own for the home
    shutil.copytree(program / "conf", folder / "conf")
    (folder / "lib").symlink_to(program / "lib")
    (folder / "providers").mkdir()
    (folder / "themes").mkdir()
