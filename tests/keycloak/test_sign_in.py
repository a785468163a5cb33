"""Signing in to a real Camunda, and what connect() says of every way to get it wrong there."""

from __future__ import annotations

import threading
import time

import pytest
import requests

import operate_frames as of
from tests.support.servers import cookie, oauth


@pytest.fixture
def watched():
    """A session of the user's own that notes the status of every answer."""
    session = requests.Session()
    statuses = []
    session.hooks["response"].append(lambda answer, **_: statuses.append(answer.status_code))
    yield session, statuses
    session.close()


@pytest.mark.parametrize("tail", ["", "/", "/v1", "/operate", "/operate/"])
@pytest.mark.parametrize("by", [oauth, cookie], ids=["oauth", "cookie"])
def test_the_addresses_that_users_paste(camunda, by, tail):
    with of.connect(camunda.base_url + tail, **by(camunda)) as operate:
        assert operate.settings.base_url == camunda.base_url


@pytest.mark.parametrize(
    ("change", "kind", "said"),
    [
        ({"client_secret": "wrong"}, of.CredentialsRejected, "(unauthorized_client)"),
        ({"client_id": "nobody"}, of.CredentialsRejected, "refused client 'nobody' (invalid_client)"),
        ({"scope": "no-such-scope"}, of.SettingsError, "does not know the scope"),
    ],
)
def test_what_keycloak_refuses_is_told_apart(camunda, change, kind, said):
    with pytest.raises(kind) as caught:
        of.connect(camunda.base_url, **oauth(camunda) | change)

    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ({"username": "demo", "password": "wrong"}, of.CredentialsRejected),
        ({"auth": "none"}, of.CsrfRejected),
        ({"auth": "basic", "username": "demo", "password": "demo"}, of.CsrfRejected),
        ({"token": "garbage"}, of.CredentialsRejected),
    ],
    ids=str,
)
def test_what_operate_refuses_is_told_apart(camunda, settings, kind):
    with pytest.raises(kind):
        of.connect(camunda.base_url, **settings)


@pytest.mark.parametrize("by", [oauth, cookie], ids=["oauth", "cookie"])
@pytest.mark.parametrize("where", ["base_url", "management_url", "opensearch_url", "keycloak"])
def test_neighbours_of_operate_are_not_taken_for_it(camunda, by, where):
    address = camunda.keycloak.url if where == "keycloak" else getattr(camunda, where)
    address += "/some/path" if where == "base_url" else ""

    with pytest.raises(of.NotOperate):
        of.connect(address, **by(camunda))


def test_a_token_url_that_is_none(camunda):
    with pytest.raises(of.SettingsError, match="No token service answers at"):
        of.connect(camunda.base_url, **oauth(camunda) | {"token_url": camunda.base_url + "/token"})


def test_a_new_signing_key_in_the_middle_of_a_read_costs_one_401_and_no_row(camunda, watched):
    session, statuses = watched

    def change_the_key(*_, **__):
        session.hooks["response"].remove(change_the_key)
        camunda.keycloak.rotate_signing_key()
        # Operate keeps the old key until it meets a token of the new one.
        newcomer = {"Authorization": f"Bearer {camunda.keycloak.new_token()}"}
        assert requests.post(f"{camunda.base_url}/v1/incidents/search", headers=newcomer, timeout=30).ok

    with of.connect(camunda.base_url, **oauth(camunda), session=session) as operate:
        everything = len(of.read_instances(operate=operate, workers=1))
        statuses.clear()
        session.hooks["response"].append(change_the_key)  # when the first page has come, before the second
        rows = len(of.read_instances(operate=operate, workers=1))

    assert rows == everything > 2000
    assert [status for status in statuses if status != 200] == [401]
    assert statuses[0] == 200


def test_a_read_over_many_short_token_lives(camunda):
    life, threads = 5, 8
    camunda.keycloak.set_token_life(life)
    try:
        fetched = read_for(3.2 * life, camunda, threads)
    finally:
        camunda.keycloak.set_token_life(300)

    took, tokens = fetched
    assert 3 < tokens <= took / (0.8 * life) + 2


def read_for(seconds, camunda, threads):
    """Read side by side for a while; gives how long it took and how many tokens were asked for."""
    session = CountingSession()
    with of.connect(camunda.base_url, **oauth(camunda), session=session) as operate:
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
        self.refused += answer.status_code != 200
        return answer
