"""One Keycloak for all of these tests, and a sandbox that trusts the keys it signs with."""

from __future__ import annotations

import os

import pytest

from operate_frames.sandbox import serve
from tests.keycloak.install import keycloak_home
from tests.keycloak.keycloak import Keycloak
from tests.support.servers import DATASET
from tests.support.unavailable import Unavailable


@pytest.fixture(scope="session")
def keycloak(tmp_path_factory):
    """A running Keycloak; it ends with the tests."""
    try:
        home = keycloak_home()
    except Unavailable as caught:
        reason = f"Keycloak cannot be run. {caught}"
        if os.environ.get("OPERATE_FRAMES_REQUIRE_KEYCLOAK") == "1":
            pytest.fail(f"OPERATE_FRAMES_REQUIRE_KEYCLOAK=1, but {reason}", pytrace=False)
        pytest.skip(reason)
    running = Keycloak(home, tmp_path_factory.mktemp("keycloak"))
    try:
        running.wait_until_ready()
        yield running
    finally:
        running.process.stop()


@pytest.fixture
def server(keycloak):
    """A sandbox with the recorded rows that takes Keycloak's tokens and no others."""
    with serve(auth="oauth", data=DATASET, jwks_url=keycloak.keys_url) as sandbox:
        yield sandbox


@pytest.fixture
def sign_in(keycloak):
    """What `connect` takes to sign in there."""
    return {name: getattr(keycloak, name) for name in ("client_id", "client_secret", "token_url", "audience")}
