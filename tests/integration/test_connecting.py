"""`connect()` asks once and tells every cause of failure apart, with the setting to change."""

from __future__ import annotations

import json
import socket
import ssl
from contextlib import contextmanager

import pytest
import requests
import trustme

import operate_frames as of
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
    assert "as ca= or in REQUESTS_CA_BUNDLE" in str(error)


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

    with scripted(gateway) as (url, _):
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


def test_closing_ends_the_current_connection():
    with scripted(lambda _: Answer(body=EMPTY_PAGE)) as (url, _):
        with of.connect(url, auth="none"):
            assert of.read_definitions().empty
        with pytest.raises(of.SettingsError, match="No credentials found"):
            of.read_definitions()
