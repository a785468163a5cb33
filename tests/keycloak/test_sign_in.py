"""Signing in with tokens of a real Keycloak, which the sandbox judges by its keys."""

from __future__ import annotations

import threading
import time

import pytest
import requests

import operate_frames as of
from operate_frames.reading.options import Tuning
from operate_frames.sandbox import serve
from tests.support.http import ask
from tests.support.servers import DATASET


@pytest.fixture
def watched():
    """A session of the user's own that notes the status of every answer."""
    session = requests.Session()
    statuses = []
    session.hooks["response"].append(lambda answer, **_: statuses.append(answer.status_code))
    yield session, statuses
    session.close()


def test_a_token_of_keycloak_reads_every_row(server, sign_in):
    with serve(auth="none", data=DATASET) as open_server, of.connect(open_server.base_url, auth="none") as operate:
        expected = of.read_instances(operate=operate)
    with of.connect(server.base_url, **sign_in) as operate:
        found = of.read_instances(operate=operate)

    assert len(found) > 100
    assert found.equals(expected)


def test_tokens_of_the_sandbox_itself_are_refused(server):
    own = {name: getattr(server, name) for name in ("client_id", "client_secret", "token_url", "audience")}

    with pytest.raises(of.CredentialsRejected, match="no matching key"):
        of.connect(server.base_url, **own)


@pytest.mark.parametrize(
    ("change", "kind", "said"),
    [
        ({"client_secret": "wrong"}, of.CredentialsRejected, "(unauthorized_client: Invalid client or Invalid client"),
        ({"client_id": "nobody"}, of.CredentialsRejected, "refused client 'nobody' (invalid_client: Invalid client"),
        ({"client_id": "people-only"}, of.CredentialsRejected, "switch on 'Service accounts roles'"),
        ({"client_id": "public"}, of.CredentialsRejected, "switch on 'Client authentication'"),
        ({"scope": "no-such-scope"}, of.SettingsError, "does not know the scope"),
    ],
)
def test_what_keycloak_refuses_is_told_apart(server, sign_in, change, kind, said):
    with pytest.raises(kind) as caught:
        of.connect(server.base_url, **sign_in | change)

    assert said in str(caught.value)


def test_a_realm_that_is_none(server, sign_in):
    wrong = sign_in["token_url"].replace("camunda-platform", "elsewhere")

    with pytest.raises(of.SettingsError, match="No token service answers at"):
        of.connect(server.base_url, **sign_in | {"token_url": wrong})


def test_keycloaks_realms_are_not_where_the_url_says(server, sign_in, keycloak):
    wrong = sign_in["token_url"].replace("/realms/", "/auth/realms/")

    with pytest.raises(of.SettingsError) as caught:
        of.connect(server.base_url, **sign_in | {"token_url": wrong})

    assert f"Keycloak may have its realms at {keycloak.token_url}" in str(caught.value)


def test_a_realm_that_wants_https(server, sign_in, keycloak):
    keycloak.want_https("all")
    try:
        with pytest.raises(of.SettingsError, match=r"HTTPS required.*must begin with https://"):
            of.connect(server.base_url, **sign_in)
    finally:
        keycloak.want_https("external")


def test_the_secret_as_http_basic(server, sign_in):
    of.connect(server.base_url, **sign_in, client_auth="basic").close()


def test_a_token_that_a_callable_gets(server, keycloak):
    with of.connect(server.base_url, token=keycloak.new_token) as operate:
        assert len(of.read_definitions(operate=operate)) > 0


def test_keycloak_itself_is_not_taken_for_operate(keycloak, sign_in):
    with pytest.raises(of.NotOperate):
        of.connect(keycloak.url, **sign_in)


def test_a_token_for_another_audience_is_refused_by_the_server(server, sign_in, keycloak):
    keycloak.set_audience("another-api")
    try:
        with pytest.raises(of.AudienceRejected, match=r"operate\.camunda\.io"):
            of.connect(server.base_url, **sign_in)
    finally:
        keycloak.set_audience(keycloak.audience)


def test_a_new_signing_key_in_the_middle_of_a_read_costs_one_401_and_no_row(server, sign_in, keycloak, watched):
    session, statuses = watched

    def change_the_key(*_, **__):
        session.hooks["response"].remove(change_the_key)
        keycloak.rotate_signing_key()
        # As on a real server, the old key stays good until a token of the new one is met.
        newcomer = {"Authorization": f"Bearer {keycloak.new_token()}"}
        assert ask("POST", f"{server.base_url}/v1/incidents/search", headers=newcomer).ok

    with of.connect(server.base_url, **sign_in, session=session) as operate:
        operate.tuning = Tuning(page_size=20)
        everything = len(of.read_instances(operate=operate, workers=1))
        statuses.clear()
        session.hooks["response"].append(change_the_key)  # when the first page has come, before the second
        rows = len(of.read_instances(operate=operate, workers=1))

    assert rows == everything > 100
    assert [status for status in statuses if status != 200] == [401]
    assert statuses[0] == 200


def test_a_read_over_many_short_token_lives(server, sign_in, keycloak):
    # Keycloak cuts the end of a token to whole seconds: it is up to one second nearer than it says.
    life, threads = 6, 8
    keycloak.set_token_life(life)
    try:
        took, tokens = read_for(2.2 * life, server, sign_in, threads)
    finally:
        keycloak.set_token_life(300)

    assert 2 < tokens <= took / (0.8 * life) + 2


def read_for(seconds, server, sign_in, threads):
    """Read side by side for a while; gives how long it took and how many tokens were asked for."""
    session = CountingSession()
    with of.connect(server.base_url, **sign_in, session=session) as operate:
        expected = len(of.read_instances(operate=operate))
        begin = time.monotonic()
        counts = []

        def read():
            while time.monotonic() < begin + seconds:
                counts.append(len(of.read_instances(operate=operate)))

        readers = [threading.Thread(target=read) for _ in range(threads)]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        took = time.monotonic() - begin
    assert set(counts) == {expected}
    assert session.refused == 0
    return took, len(session.tokens)


class CountingSession(requests.Session):
    """Notes which bearer tokens went out, and refusals."""

    def __init__(self):
        super().__init__()
        self.tokens = set()
        self.refused = 0

    def send(self, request, **options):
        self.tokens.add(request.headers.get("Authorization"))
        answer = super().send(request, **options)
        self.refused += answer.status_code in (401, 403)
        return answer
