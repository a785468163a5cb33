"""`connect()` asks once and tells every cause of failure apart, with the setting to change."""

from __future__ import annotations

import json
import os
import socket
import ssl
import sys
from contextlib import contextmanager

import pytest
import requests
import trustme

import operate_frames as of
from tests.support.https_proxy import far_away
from tests.support.scripted import EMPTY_PAGE, HTML, Answer, BreakConnection, scripted

FRAMEWORK_403 = json.dumps({"timestamp": "2026", "status": 403, "error": "Forbidden", "path": "/v1"}).encode()


@contextmanager
def a_port_that(listens):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        if listens:
            bound.listen()
        yield bound.getsockname()[1]


def rejection(base_url, **arguments):
    with pytest.raises(of.OperateError) as caught:
        of.connect(base_url, **({"auth": "none"} | arguments))
    return caught.value


def test_a_file_that_is_named_wins_over_the_environment(tmp_path, monkeypatch):
    with scripted(lambda _: Answer(body=EMPTY_PAGE)) as (url, _):
        file = tmp_path / "settings.env"
        file.write_text(f"CAMUNDA_OPERATE_BASE_URL={url}\nCAMUNDA_AUTH_STRATEGY=NONE\n")
        monkeypatch.setenv("CAMUNDA_OPERATE_BASE_URL", "http://stale.invalid")
        monkeypatch.setenv("CAMUNDA_COOKIE_AUTH_USERNAME", "stale")

        assert of.connect(env_file=file).settings.base_url == url


def test_an_unknown_host():
    error = rejection("http://no-such-host.invalid")

    assert isinstance(error, of.HostUnknown)
    assert "'no-such-host.invalid' is unknown: check base_url" in str(error)


def test_a_refused_connection_names_the_setting_that_led_there(monkeypatch):
    with a_port_that(listens=False) as port:
        monkeypatch.setenv("CAMUNDA_OPERATE_BASE_URL", f"http://127.0.0.1:{port}")
        error = rejection(None)

    assert isinstance(error, of.ConnectionRefused)
    assert "is the port in base_url (from CAMUNDA_OPERATE_BASE_URL in the environment) right?" in str(error)


def test_a_server_that_never_answers():
    with a_port_that(listens=True) as port:
        error = rejection(f"http://127.0.0.1:{port}", timeout=(1, 0.05))

    assert isinstance(error, of.TimedOut)
    assert "sent nothing for 0.05 s" in str(error)


def test_a_proxy_that_is_away_does_not_show_its_password():
    with a_port_that(listens=False) as port:
        error = rejection("http://operate.test", proxies={"http": f"http://me:pr0xy-s3cret@127.0.0.1:{port}"})

    assert isinstance(error, of.ProxyFailed)
    assert "check proxies=, or HTTPS_PROXY" in str(error)
    assert "pr0xy-s3cret" not in str(error)


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def tls(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def test_an_unknown_certificate_authority_and_how_to_trust_it(authority, tls, tmp_path):
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with scripted(lambda _: Answer(body=EMPTY_PAGE), tls) as (url, _):
        error = rejection(url)
        of.connect(url, auth="none", ca=tmp_path / "ca.pem").close()

    assert isinstance(error, of.TlsFailed)
    assert "certificate" in str(error)
    assert 'pass ca="system"' in str(error)
    assert "OPERATE_FRAMES_CA=system" in str(error)
    assert "as a file, ca= or REQUESTS_CA_BUNDLE" in str(error)


@pytest.fixture
def trusted_by_the_system(authority, tmp_path, monkeypatch):
    """The operating system trusts our authority: OpenSSL's own variable stands for its store."""
    authority.cert_pem.write_to_path(tmp_path / "store.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "store.pem"))
    return tmp_path


@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="the stores of these systems are no test's to change")
@pytest.mark.parametrize("ca", ["system", ["system"], ("other", "system")])
def test_what_the_operating_system_trusts(tls, trusted_by_the_system, ca):
    trustme.CA().cert_pem.write_to_path(trusted_by_the_system / "other.pem")
    if "other" in ca:
        ca = [trusted_by_the_system / "other.pem", "system"]
    with scripted(lambda _: Answer(body=EMPTY_PAGE), tls) as (url, _):
        of.connect(url, auth="none", ca=ca).close()


@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="the stores of these systems are no test's to change")
@pytest.mark.usefixtures("trusted_by_the_system")
def test_the_system_is_trusted_only_where_that_is_asked_for(tls, monkeypatch, tmp_path):
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    with scripted(lambda _: Answer(body=EMPTY_PAGE), tls) as (url, _):
        assert isinstance(rejection(url), of.TlsFailed)
        assert isinstance(rejection(url, ca=[tmp_path / "other.pem"]), of.TlsFailed)
        monkeypatch.setenv("OPERATE_FRAMES_CA", f"{tmp_path / 'other.pem'}{os.pathsep}system")
        of.connect(url, auth="none").close()
        assert isinstance(rejection(url, ca=tmp_path / "other.pem"), of.TlsFailed)


def test_a_list_of_authorities_replaces_the_usual_ones(authority, tls, tmp_path, monkeypatch):
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "other.pem"))
    with scripted(lambda _: Answer(body=EMPTY_PAGE), tls) as (url, _):
        of.connect(url, auth="none", ca=[tmp_path / "other.pem", tmp_path / "ca.pem"]).close()
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
        assert isinstance(rejection(url, ca=[tmp_path / "other.pem", tmp_path / "other.pem"]), of.TlsFailed)


@pytest.mark.parametrize("name", ["CAMUNDA_CUSTOM_ROOT_CERT_STRING", "CAMUNDA_MTLS_CA", "OPERATE_FRAMES_CA"])
@pytest.mark.parametrize("one_line", [False, True])
def test_a_certificate_can_stand_in_the_environment_itself(authority, tls, monkeypatch, name, one_line):
    text = authority.cert_pem.bytes().decode()
    monkeypatch.setenv(name, text.replace("\n", "\\n") if one_line else text)
    with scripted(lambda _: Answer(body=EMPTY_PAGE), tls) as (url, _):
        of.connect(url, auth="none").close()


def test_a_system_that_trusts_also_holds_for_the_token_service_and_a_proxy(trusted_by_the_system, authority):
    def answer(path):
        return f"{plain}{path}"

    token = json.dumps({"access_token": "t0ken", "token_type": "Bearer", "expires_in": 60}).encode()
    with scripted(lambda request: Answer(body=token if request.path == "/t" else EMPTY_PAGE)) as (plain, received):
        with far_away({"operate.example.com": answer, "keycloak.example.com": answer}, authority) as proxy:
            of.connect(
                "https://operate.example.com",
                client_id="me",
                client_secret="s3cret",
                token_url="https://keycloak.example.com/t",
                ca="system",
                proxies={"https": proxy},
            ).close()

    assert [request.path for request in received] == ["/t", "/v1/process-definitions/search"]


def test_our_own_ca_is_not_overruled_by_the_environment(authority, tls, tmp_path, monkeypatch):
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "other.pem"))
    with scripted(lambda _: Answer(body=EMPTY_PAGE), tls) as (url, _):
        of.connect(url, auth="none", ca=str(tmp_path / "ca.pem")).close()


def test_a_client_certificate_is_shown_to_the_server(authority, tls, tmp_path):
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    authority.issue_cert("me@test").private_key_and_cert_chain_pem.write_to_path(tmp_path / "me.pem")
    tls.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(tls)
    with scripted(lambda _: Answer(body=EMPTY_PAGE), tls) as (url, _):
        of.connect(url, auth="none", ca=tmp_path / "ca.pem", cert=str(tmp_path / "me.pem")).close()
        refused = rejection(url, ca=tmp_path / "ca.pem")

    assert isinstance(refused, of.ConnectionFailed)


def test_https_where_the_server_speaks_http():
    with scripted(lambda _: Answer(body=EMPTY_PAGE)) as (url, _):
        error = rejection(url.replace("http:", "https:"))

    assert isinstance(error, of.TlsFailed)
    assert "a server without TLS wants http://" in str(error)


def test_a_port_that_speaks_another_protocol():
    def hang_up(_):
        raise BreakConnection

    with scripted(hang_up) as (url, _):
        assert isinstance(rejection(url), of.ConnectionBroken)


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (Answer(200, b"<html>Sign in</html>", HTML), of.NotOperate, "A web page came from"),
        (
            Answer(302, b"", {"Location": "https://sso.test/login?next=x"}),
            of.NotOperate,
            "https://sso.test/login instead",
        ),
        (Answer(404, b'{"status":404,"error":"Not Found"}'), of.NotOperate, "There is no Operate API at"),
        (Answer(403, FRAMEWORK_403), of.CsrfRejected, "the server wants a sign-in"),
        (Answer(403, b'{"status":403,"type":"ForbiddenException"}'), of.PermissionMissing, "may not read this"),
        (Answer(401, b'{"message":""}'), of.CredentialsRejected, "the server wants a sign-in"),
        (Answer(400, b'{"status":400,"message":"odd","type":"x"}'), of.RequestRejected, "(HTTP 400): odd"),
        (Answer(400, b'{"error":"no handler found"}'), of.NotOperate, "answered HTTP 400 (application/json)"),
        (Answer(200, b'{"items":[{"ke'), of.BadAnswer, "is no complete JSON"),
        (Answer(200, b'{"hello":"world"}'), of.BadAnswer, "missing required field `items`"),
    ],
)
def test_other_answers_are_told_apart(answer, kind, said):
    with scripted(lambda _: answer) as (url, _):
        error = rejection(url)

    assert type(error) is kind
    assert said in str(error)


def test_a_zeebe_gateway_is_known_by_its_topology():
    def gateway(request):
        return Answer(body=b'{"brokers":[],"clusterSize":1}') if request.path == "/v2/topology" else Answer(404, b"{}")

    with scripted(gateway, has_v2=True) as (url, _):
        error = rejection(url)

    assert type(error) is of.NotOperate
    assert "is a Zeebe gateway, which has no Operate API" in str(error)


def test_a_busy_server_is_asked_again_as_it_wishes():
    answers = [Answer(503, b"", {"Retry-After": "0"}), Answer(429, b"", {"Retry-After": "0"}), Answer(body=EMPTY_PAGE)]
    with scripted(lambda _: answers.pop(0)) as (url, received):
        of.connect(url, auth="none").close()

    assert len(received) == 3


def test_a_server_that_wants_to_be_left_alone_for_long_is_not_waited_for():
    with scripted(lambda _: Answer(429, b"", {"Retry-After": "3600"})) as (url, received):
        error = rejection(url)

    assert isinstance(error, of.ServerBusy)
    assert error.retry_after == 3600
    assert len(received) == 1


@pytest.mark.parametrize("served_at", ["", "/operate", "/some/context"])
@pytest.mark.parametrize("asked_at", ["", "/", "/v1", "/operate", "/operate/"])
def test_the_web_applications_address_leads_to_the_api(served_at, asked_at):
    def script(request):
        found = request.path == f"{served_at}/v1/process-definitions/search"
        return Answer(body=EMPTY_PAGE) if found else Answer(404, b"{}")

    if served_at == "/some/context":
        asked_at = served_at + asked_at
    with scripted(script) as (url, _):
        assert of.connect(url + asked_at, auth="none").settings.base_url == url + served_at


def test_a_redirect_is_not_followed_with_a_secret_in_hand():
    with scripted(lambda _: Answer(body=EMPTY_PAGE)) as (stranger, overheard):
        with scripted(lambda _: Answer(307, b"", {"Location": f"{stranger}/v1"})) as (url, _):
            assert isinstance(rejection(url, auth="bearer", token="s3cret"), of.NotOperate)
        assert isinstance(
            rejection(stranger, auth="oauth", client_id="a", client_secret="b", token_url=url), of.OperateError
        )

    assert overheard == []


def test_netrc_never_replaces_what_we_send(tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login intruder password wrong\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with scripted(lambda _: Answer(body=EMPTY_PAGE)) as (url, received):
        of.connect(url, auth="bearer", token="mine").close()
        of.connect(url, auth="none").close()

    assert [request.headers.get("Authorization") for request in received] == ["Bearer mine", None]


def test_basic_login_and_who_we_are():
    with scripted(lambda _: Answer(body=EMPTY_PAGE)) as (url, received):
        of.connect(url, auth="basic", username="Jörg", password="pässword").close()

    assert received[0].headers["Authorization"] == "Basic SsO2cmc6cMOkc3N3b3Jk"
    assert received[0].headers["User-Agent"].startswith(f"operate-frames/{of.__version__} ")


def test_the_users_own_session_is_used_and_left_open():
    session = requests.Session()
    session.headers["X-Team"] = "analytics"
    with scripted(lambda _: Answer(body=EMPTY_PAGE)) as (url, received):
        with of.connect(url, auth="none", session=session):
            session.headers["X-Team"] = "finance"
            of.read_definitions()
        assert session.get(url).status_code == 200

    assert [request.headers["X-Team"] for request in received] == ["analytics", "finance", "finance"]


def test_what_the_users_session_brings_reaches_the_token_service_too():
    session = requests.Session()
    session.headers.update({"X-Gateway": "k3y", "User-Agent": "nightly-report/2"})
    session.params = {"tenant": "acme"}
    token = json.dumps({"access_token": "t0ken", "token_type": "Bearer", "expires_in": 60}).encode()
    with scripted(lambda request: Answer(body=token if "/t" in request.path else EMPTY_PAGE)) as (url, received):
        of.connect(url, client_id="me", client_secret="s3cret", token_url=f"{url}/t", session=session).close()

    assert [request.path for request in received] == ["/t?tenant=acme", "/v1/process-definitions/search?tenant=acme"]
    assert {request.headers["X-Gateway"] for request in received} == {"k3y"}
    assert {request.headers["User-Agent"] for request in received} == {"nightly-report/2"}


def test_the_users_session_may_sign_by_itself_where_nobody_else_does():
    class SignedBody(requests.auth.AuthBase):
        def __call__(self, request):
            request.headers["X-Signature"] = str(len(request.body or b""))
            return request

    session = requests.Session()
    session.auth = SignedBody()
    with scripted(lambda _: Answer(body=EMPTY_PAGE)) as (url, received):
        of.connect(url, auth="none", session=session).close()
        error = rejection(url, auth="basic", username="me", password="s3cret", session=session)
        session.auth, session.headers["Authorization"] = None, "Bearer t0ken"
        another = rejection(url, auth="basic", username="me", password="s3cret", session=session)

    assert [request.headers["X-Signature"] for request in received] == [str(len(received[0].body))]
    assert len(received[0].body) > 0
    assert "Two ways to sign in: session.auth and auth='basic'" in str(error)
    assert "session.headers['Authorization'] and auth='basic'" in str(another)


def test_authorities_that_the_users_session_cannot_take_are_refused():
    error = rejection("http://localhost", ca="system", session=requests.Session())

    assert isinstance(error, of.SettingsError)
    assert "ca='system' needs an adapter of its own" in str(error)


def test_closing_ends_the_current_connection():
    with scripted(lambda _: Answer(body=EMPTY_PAGE)) as (url, _):
        with of.connect(url, auth="none"):
            assert of.read_definitions().empty
        with pytest.raises(of.SettingsError, match="No credentials found"):
            of.read_definitions()
