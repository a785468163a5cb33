"""Signing in and staying signed in: proven by what the server was sent."""

from __future__ import annotations

import json
import os
import threading
import time
import urllib.parse
from base64 import b64decode
from contextlib import nullcontext

import pytest
import requests
import trustme

import operate_frames as of
from operate_frames.sandbox import serve
from tests.support.https_proxy import far_away
from tests.support.quick_retries import connect_quickly
from tests.support.scripted import EMPTY_PAGE, HTML, Answer, scripted
from tests.support.servers import cookie, oauth

ROWS = 120_000  # more pages than are fetched ahead


def token_requests(server):
    return [request for request in server.requests if request.is_token_request]


def refusals(server):
    return [request for request in server.requests if request.status in (401, 403)]


def test_no_request_carries_a_token_past_its_end_and_tokens_are_not_asked_for_too_often():
    life, threads = 2, 8
    with serve(auth="oauth", instances=20_000, token_life=life, delay=0.25) as server:
        operate = of.connect(server.base_url, **oauth(server), api="v1")
        begin = time.monotonic()
        counts = []
        readers = [
            threading.Thread(target=lambda: counts.append(len(of.read_instances(operate=operate, workers=1))))
            for _ in range(threads)
        ]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        took = time.monotonic() - begin
        requests = server.requests

    assert counts == [20_000] * threads
    assert took > 2.5 * life
    carried = [request for request in requests if request.token_expires is not None]
    assert len(carried) > threads * 20
    assert [request for request in carried if request.received >= request.token_expires] == []
    assert [request for request in requests if request.status != 200] == []
    asked = [request for request in requests if request.is_token_request]
    assert 2 < len(asked) <= took / (0.8 * life) + 2


def test_many_threads_share_one_token_request():
    with serve(auth="oauth", instances=50) as server:
        operate = of.connect(server.base_url, **oauth(server))
        server.rotate_signing_key()
        start = threading.Barrier(8)

        def read():
            start.wait()
            of.read_instances(operate=operate)

        readers = [threading.Thread(target=read) for _ in range(8)]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()

        assert len(token_requests(server)) == 2


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("trouble", ["rotate_signing_key", "end_sessions"])
def test_a_sign_in_that_ends_in_the_middle_of_a_read_costs_one_refusal_a_worker_and_no_row(trouble, workers):
    with serve(auth="both", instances=ROWS) as server:
        sign_in = oauth(server) if trouble == "rotate_signing_key" else cookie(server)
        of.connect(server.base_url, **sign_in)
        chunks = of.read_instances(chunksize=1000, workers=workers)
        rows = len(next(chunks))
        getattr(server, trouble)()
        rows += sum(len(chunk) for chunk in chunks)

        assert rows == ROWS
        assert {request.status for request in refusals(server)} == {401}
        assert len(refusals(server)) <= workers + 1  # the names of definitions are read beside them


@pytest.mark.parametrize("csrf_header", ["X-CSRF-TOKEN", "OPERATE-X-CSRF-TOKEN", None])
def test_the_csrf_token_goes_back_under_the_name_that_the_server_gave_it(csrf_header):
    with serve(auth="cookie", csrf_header=csrf_header, context_path="/operate") as server:
        with of.connect(server.base_url, **cookie(server)):
            assert len(of.read_instances()) == 200

        assert refusals(server) == []


@pytest.mark.parametrize(
    ("change", "kind", "said"),
    [
        ({"client_secret": "wrong"}, of.CredentialsRejected, "client_secret (from the argument client_secret)"),
        ({"client_id": "nobody"}, of.CredentialsRejected, "refused client 'nobody' (invalid_client: "),
        ({"audience": "tasklist.camunda.io"}, of.AudienceRejected, "takes no token for audience 'tasklist.camunda.io'"),
        ({"scope": "no-such-scope"}, of.SettingsError, "does not know the scope 'no-such-scope'"),
    ],
)
def test_what_is_wrong_with_oauth_is_told_apart(change, kind, said):
    with serve(auth="oauth") as server:
        with pytest.raises(kind) as caught:
            of.connect(server.base_url, **oauth(server) | change)

    assert said in str(caught.value)


def test_what_is_wrong_with_a_login_is_told_apart():
    with serve(auth="cookie") as server:
        with pytest.raises(of.CredentialsRejected, match="refused the login of user 'demo': check username"):
            of.connect(server.base_url, username="demo", password="wrong")
        with pytest.raises(of.CsrfRejected, match="the server wants a sign-in"):
            of.connect(server.base_url, auth="none")
        with pytest.raises(of.CsrfRejected, match="use auth='cookie'"):
            of.connect(server.base_url, auth="basic", **cookie(server))


def test_a_token_that_was_ready_is_used_until_it_ends():
    with serve(auth="oauth") as server:
        with of.connect(server.base_url, token=a_token(server)) as operate:
            assert len(of.read_instances(operate=operate)) == 200
            server.rotate_signing_key()
            with pytest.raises(of.CredentialsRejected, match="get a new token"):
                of.read_instances(operate=operate)


def a_token(server):
    form = {"grant_type": "client_credentials", "client_id": server.client_id, "client_secret": server.client_secret}
    return requests.post(server.token_url, data=form, timeout=10).json()["access_token"]


def refusal(status, code, said, **headers):
    body = json.dumps({"error": code, "error_description": said}).encode()
    return Answer(status, body, {"Content-Type": "application/json", **headers})


class TestTokenService:
    """Against a scripted token service and API on one port."""

    @staticmethod
    def connected(*token_answers, **settings):
        """Connect through a token service that gives these answers in turn, the last one for ever."""
        script = list(token_answers)

        def answer(request):
            if request.path != "/token":
                return Answer(body=EMPTY_PAGE)
            return script.pop(0) if len(script) > 1 else script[0]

        with scripted(answer) as (url, received):
            try:
                connect_quickly(url, client_id="me", client_secret="s3 cret&=", token_url=f"{url}/token", **settings)
                of.read_definitions()
            except of.OperateError as error:
                return error, received
        return None, received

    @staticmethod
    def token(**more):
        return Answer(body=json.dumps({"access_token": "t0ken", "token_type": "Bearer", **more}).encode())

    def test_credentials_go_in_the_body_and_nowhere_else(self):
        _, received = self.connected(self.token(expires_in=60), audience="operate-api", scope="a b")

        assert "Authorization" not in received[0].headers
        assert urllib.parse.parse_qs(received[0].body.decode()) == {
            "grant_type": ["client_credentials"],
            "client_id": ["me"],
            "client_secret": ["s3 cret&="],
            "audience": ["operate-api"],
            "scope": ["a b"],
        }
        assert [request.headers["Authorization"] for request in received[1:]] == ["Bearer t0ken"] * 2

    def test_audience_and_scope_are_sent_only_where_given(self):
        _, received = self.connected(self.token(expires_in=60))

        assert set(urllib.parse.parse_qs(received[0].body.decode())) == {"grant_type", "client_id", "client_secret"}

    def test_a_scope_that_nobody_asked_for_is_no_trouble(self):
        assert self.connected(self.token(expires_in=60, scope="profile email"), scope="mine")[0] is None

    def test_a_token_without_an_end_is_kept(self):
        error, received = self.connected(self.token())

        assert error is None
        assert [request.path for request in received].count("/token") == 1

    @pytest.mark.parametrize(
        "busy", [Answer(429, b"", {"Retry-After": "0"}), Answer(429, b"{}"), Answer(503, b"", HTML)]
    )
    def test_a_busy_token_service_is_waited_out(self, busy):
        error, received = self.connected(busy, busy, busy, self.token(expires_in=60))

        assert error is None
        assert [request.path for request in received[:4]] == ["/token"] * 4

    @pytest.mark.parametrize(
        ("answer", "kind", "said"),
        [
            (Answer(401, b'{"error":"invalid_client"}'), of.CredentialsRejected, "a secret may have expired"),
            (Answer(401, b"", HTML), of.CredentialsRejected, "(HTTP 401)"),
            (Answer(403, b'{"error":"access_denied"}'), of.AudienceRejected, "check audience"),
            (Answer(404, b'{"error":"Realm does not exist"}'), of.SettingsError, "No token service answers at"),
            (Answer(200, b"<html>", HTML), of.SettingsError, "No token service answers at"),
            (
                Answer(302, b"", {"Location": "http://localhost:1/"}),
                of.SettingsError,
                "redirects: give the final address",
            ),
            (Answer(400, b'{"error":"invalid_request"}'), of.RequestRejected, "HTTP 400 (invalid_request)"),
            (
                refusal(401, "unauthorized_client", "Client not enabled to retrieve service account"),
                of.CredentialsRejected,
                "switch on 'Service accounts roles'",
            ),
            (
                refusal(400, "unauthorized_client", "Public client not allowed to retrieve service account"),
                of.CredentialsRejected,
                "switch on 'Client authentication'",
            ),
            (refusal(403, "invalid_request", "HTTPS required"), of.SettingsError, "must begin with https://"),
            (refusal(400, "invalid_scope", "Invalid scopes: mine"), of.SettingsError, "Invalid scopes: mine"),
            (
                refusal(401, "invalid_client", "no client me with s3 cret&= or s3+cret%26%3D or s3%20cret%26%3D"),
                of.CredentialsRejected,
                "(invalid_client: no client me with *** or *** or ***)",
            ),
            (refusal(400, "odd", "two\nlines\x1b[31m"), of.RequestRejected, "(odd: two lines [31m)"),
            (Answer(200, b'{"token":"x"}'), of.BadAnswer, "holds no access_token"),
            (Answer(200, b'["x"]'), of.BadAnswer, "holds no access_token"),
        ],
    )
    def test_a_refusal_names_the_setting(self, answer, kind, said):
        error, _ = self.connected(answer)

        assert type(error) is kind
        assert said in str(error)
        assert not any(spelled in str(error) for spelled in ("s3 cret", "s3+cret", "s3%20cret"))

    @pytest.mark.parametrize(
        ("asked_at", "hint"),
        [
            ("/realms/camunda-platform/protocol/openid-connect/token", "/auth/realms/camunda-platform/protocol"),
            ("/auth/realms/camunda-platform/protocol/openid-connect/token", "/realms/camunda-platform/protocol"),
        ],
    )
    def test_keycloaks_other_path_is_named(self, asked_at, hint):
        with scripted(lambda _: Answer(404, b'{"error":"Unable to find matching target resource method"}')) as (url, _):
            with pytest.raises(of.SettingsError) as caught:
                of.connect(url, client_id="me", client_secret="s3cret", token_url=f"{url}{asked_at}")

        assert f"Keycloak may have its realms at {url}{hint}" in str(caught.value)

    def test_a_service_that_takes_the_secret_as_http_basic_alone_gets_it_so_from_then_on(self):
        refused = refusal(401, "invalid_client", "Basic wanted", **{"WWW-Authenticate": 'Basic realm="tokens"'})
        tokens = []

        def answer(request):
            if request.path != "/token":
                return Answer(body=EMPTY_PAGE) if len(tokens) > 1 else Answer(401, b'{"message":"ended"}')
            if "Authorization" not in request.headers:
                return refused
            tokens.append(request)
            return self.token(expires_in=60)

        with scripted(answer) as (url, received):
            connect_quickly(url, client_id="m e", client_secret="s3 cret&=", token_url=f"{url}/token")

        form = urllib.parse.parse_qs(tokens[0].body.decode())
        assert form == {"grant_type": ["client_credentials"]}
        assert b64decode(tokens[0].headers["Authorization"].split()[1]) == b"m+e:s3+cret%26%3D"
        assert [request.path for request in received if "Authorization" not in request.headers] == ["/token"]
        assert len(tokens) == 2

    def test_how_the_secret_is_sent_can_be_told(self):
        error, received = self.connected(self.token(expires_in=60), client_auth="basic")
        assert error is None
        assert received[0].headers["Authorization"].startswith("Basic ")

        refused = refusal(401, "invalid_client", "", **{"WWW-Authenticate": "Basic"})
        error, received = self.connected(refused, client_auth="body")
        assert isinstance(error, of.CredentialsRejected)
        assert len(received) == 1

    def test_a_secret_that_expires_in_the_middle_of_a_read_is_one_clear_error(self):
        tokens = [self.token(expires_in=60), Answer(401, b'{"error":"invalid_client"}')]
        pages = [Answer(body=EMPTY_PAGE), Answer(401, b'{"message":"Jwt expired at 2026-11-24T02:22:10Z"}')]

        with scripted(lambda request: (tokens if request.path == "/token" else pages).pop(0)) as (url, _):
            of.connect(url, client_id="me", client_secret="s3cret", token_url=f"{url}/token")
            with pytest.raises(of.CredentialsRejected, match="a secret may have expired"):
                of.read_instances(columns=["state"], workers=1)

    def test_plain_http_on_loopback_leaves_nothing_behind_in_the_environment(self):
        self.connected(self.token(expires_in=60))

        assert not [name for name in os.environ if name.startswith("OAUTHLIB")]


def test_nothing_is_sent_anywhere_without_a_token_url():
    with scripted(lambda _: Answer(body=EMPTY_PAGE)) as (url, received):
        with pytest.raises(of.SettingsError, match="No token_url"):
            of.connect(url, client_id="me", client_secret="s3cret")

    assert received == []


@pytest.mark.parametrize(
    ("taken", "refused_by", "outcome"),
    [
        ("operate.camunda.io", "operate", None),
        ("zeebe.camunda.io", "operate", None),
        ("zeebe.camunda.io", "tokens", None),
        ("another", "operate", of.AudienceRejected),
    ],
)
def test_in_saas_zeebes_audience_is_tried_where_operates_is_refused(tmp_path, caplog, taken, refused_by, outcome):
    """The answers are those of the contract, section 6.1; no SaaS has seen this."""

    def answer(request):
        if request.path != "/oauth/token":
            good = request.headers["Authorization"] == f"Bearer for-{taken}"
            return Answer(body=EMPTY_PAGE) if good else Answer(401, b'{"message":"JWT payload validation failed"}')
        (audience,) = urllib.parse.parse_qs(request.body.decode())["audience"]
        if refused_by == "tokens" and audience != taken:
            return refusal(403, "access_denied", "Service not enabled within domain")
        return Answer(body=json.dumps({"access_token": f"for-{audience}", "expires_in": 60}).encode())

    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with scripted(answer) as (url, received):
        hosts = dict.fromkeys(("bru-2.operate.camunda.io", "login.cloud.camunda.io"), lambda path: f"{url}{path}")
        with far_away(hosts, authority) as proxy, pytest.raises(outcome) if outcome else nullcontext() as caught:
            operate = of.connect(
                api="v1",
                region="bru-2",
                cluster_id="0aa1",
                client_id="me",
                client_secret="s3cret",
                ca=tmp_path / "ca.pem",
                proxies={"https": proxy},
            )
            assert operate.settings.audience == taken
            operate.close()

    told = "takes audience 'zeebe.camunda.io', not 'operate.camunda.io': pass audience='zeebe.camunda.io'"
    assert (told in caplog.text) == (taken == "zeebe.camunda.io")
    tokens = [urllib.parse.parse_qs(each.body.decode()) for each in received if each.path == "/oauth/token"]
    asked_for = list(dict.fromkeys(form["audience"][0] for form in tokens))
    assert asked_for == ["operate.camunda.io", "zeebe.camunda.io"][: 1 if taken == "operate.camunda.io" else 2]
    if outcome:
        assert "Audience 'zeebe.camunda.io' was tried too, and refused." in str(caught.value)
