"""What the tests of a live server read in the environment, how they sign in by it, and that they cannot write."""

from __future__ import annotations

import base64
import json

import pytest

from operate_frames.sandbox import serve
from tests.live.environment import NotNamed, server_named_in
from tests.live.plain_sign_in import MayWrite, ReadOnlySession, plainly_signed_in
from tests.support.scripted import EMPTY_PAGE, Answer, scripted

CLUSTER = "5a4db0c5-0000-4000-8000-0a9d8f8e6c01"
IN_SAAS = f"https://bru-2.operate.camunda.io/{CLUSTER}"
CLIENT = {"ZEEBE_CLIENT_ID": "id", "ZEEBE_CLIENT_SECRET": "secret"}
USER = {"CAMUNDA_COOKIE_AUTH_USERNAME": "ada", "CAMUNDA_COOKIE_AUTH_PASSWORD": "secret"}
HERE = {"CAMUNDA_OPERATE_BASE_URL": "http://localhost:8080"}
TOKEN_URL = {"CAMUNDA_OAUTH_URL": "https://login.example.com/token"}
OPEN = {"CAMUNDA_AUTH_STRATEGY": "NONE"}


@pytest.mark.parametrize(
    ("environment", "base_url", "auth", "hosts"),
    [
        (HERE | OPEN, "http://localhost:8080", "none", ["localhost"]),
        ({"CAMUNDA_OPERATE_BASE_URL": "http://h/operate/v1/"} | USER, "http://h/operate", "cookie", ["h"]),
        ({"ZEEBE_REST_ADDRESS": "http://h:8088/v2"} | OPEN, "http://h:8088", "none", ["h"]),
        (HERE | CLIENT | TOKEN_URL, "http://localhost:8080", "oauth", ["localhost", "login.example.com"]),
        (HERE | {"CAMUNDA_OAUTH_TOKEN": "t"}, "http://localhost:8080", "bearer", ["localhost"]),
        (
            HERE | {"CAMUNDA_BASIC_AUTH_USERNAME": "ada", "CAMUNDA_BASIC_AUTH_PASSWORD": "secret"},
            "http://localhost:8080",
            "basic",
            ["localhost"],
        ),
        (
            {"CAMUNDA_CLUSTER_REGION": "bru-2", "CAMUNDA_CLUSTER_ID": CLUSTER} | CLIENT,
            IN_SAAS,
            "oauth",
            ["bru-2.operate.camunda.io", "login.cloud.camunda.io"],
        ),
        (
            {"ZEEBE_REST_ADDRESS": f"https://bru-2.zeebe.camunda.io:443/{CLUSTER}"} | CLIENT,
            IN_SAAS,
            "oauth",
            ["bru-2.operate.camunda.io", "login.cloud.camunda.io"],
        ),
        (
            HERE | CLIENT | TOKEN_URL | USER | {"CAMUNDA_AUTH_STRATEGY": "COOKIE"},
            "http://localhost:8080",
            "cookie",
            ["localhost"],
        ),
    ],
)
def test_server_sign_in_and_hosts_are_read(environment, base_url, auth, hosts):
    server = server_named_in(environment)

    assert (server.base_url, server.auth, server.hosts) == (base_url, auth, hosts)


def test_where_a_proxy_is_on_the_way_it_is_what_is_reached(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "proxy.example.com:3128")
    monkeypatch.setenv("NO_PROXY", "login.example.com")

    server = server_named_in({"CAMUNDA_OPERATE_BASE_URL": "https://operate.example.com"} | CLIENT | TOKEN_URL)

    assert server.hosts == ["login.example.com", "proxy.example.com"]


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "needs a server: set CAMUNDA_OPERATE_BASE_URL"),
        (CLIENT, "needs a server"),
        ({"CAMUNDA_CLUSTER_REGION": "bru-2"} | CLIENT, "needs a server"),
        (HERE, "finds no credentials"),
        (HERE | CLIENT | USER, "finds oauth and cookie credentials"),
        (HERE | {"CAMUNDA_AUTH_STRATEGY": "MAGIC"}, "knows no CAMUNDA_AUTH_STRATEGY 'magic'"),
        (HERE | {"CAMUNDA_COOKIE_AUTH_USERNAME": "ada"}, "set CAMUNDA_COOKIE_AUTH_PASSWORD"),
        (HERE | CLIENT, "set ZEEBE_AUTHORIZATION_SERVER_URL or CAMUNDA_OAUTH_URL"),
        (HERE | CLIENT | {"CAMUNDA_OAUTH_URL": "http://login.example.com/token"}, "over plain http to another machine"),
        (HERE | CLIENT | {"CAMUNDA_OAUTH_URL": "https://login.cloud.camunda.io/oauth/token"}, "not there"),
    ],
)
def test_what_is_missing_is_said_in_a_sentence_without_secrets(environment, said):
    with pytest.raises(NotNamed) as caught:
        server_named_in(environment)

    assert said in str(caught.value)
    assert "secret" not in str(caught.value).replace("no secret", "").replace("CLIENT_SECRET", "")


BY = {
    "basic": {"CAMUNDA_BASIC_AUTH_USERNAME": "ada", "CAMUNDA_BASIC_AUTH_PASSWORD": "secret"},
    "bearer": {"CAMUNDA_OAUTH_TOKEN": "token"},
    "none": OPEN,
}


@pytest.mark.parametrize(
    ("by", "header"),
    [("basic", f"Basic {base64.b64encode(b'ada:secret').decode()}"), ("bearer", "Bearer token"), ("none", None)],
)
def test_what_stands_in_the_environment_is_sent_as_it_is(by, header):
    with scripted(lambda request: Answer(body=EMPTY_PAGE)) as (url, received):
        with plainly_signed_in(server_named_in({"CAMUNDA_OPERATE_BASE_URL": url} | BY[by])):
            pass

    assert [request.headers.get("Authorization") for request in received] == [header]


def test_a_token_is_asked_for_again_when_half_of_its_life_is_over():
    def script(request):
        return Answer(
            body=json.dumps({"access_token": "t", "expires_in": 0}).encode() if "token" in request.path else EMPTY_PAGE
        )

    with scripted(script) as (url, received):
        names = {"CAMUNDA_OPERATE_BASE_URL": url, "CAMUNDA_OAUTH_URL": f"{url}/token"} | CLIENT
        with plainly_signed_in(server_named_in(names)) as plain:
            assert plain.rows("incidents") == []

    assert [request.path.rpartition("/")[2] for request in received] == ["token", "search"] * 2


@pytest.mark.parametrize(("given", "path"), [("", "/operate"), ("/operate", "")])
@pytest.mark.parametrize("auth", ["cookie", "none"])
def test_the_server_is_found_with_or_without_operate(given, path, auth):
    with serve(auth=auth, instances=3, context_path=path) as server:
        url = server.base_url.removesuffix(path) + given
        user = {"CAMUNDA_COOKIE_AUTH_USERNAME": "demo", "CAMUNDA_COOKIE_AUTH_PASSWORD": "demo"}
        names = {"CAMUNDA_OPERATE_BASE_URL": url} | (user if auth == "cookie" else OPEN)
        with plainly_signed_in(server_named_in(names)) as plain:
            assert plain.base_url == server.base_url
            assert plain.total("process-instances") == 3


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/v1/process-instances/2251799813685250"),
        ("POST", "/v1/process-instances/2251799813685250"),
        ("POST", "/v2/process-instances/search"),
        ("PUT", "/v1/incidents/search"),
        ("POST", "/api/logout"),
    ],
)
def test_what_may_write_is_not_sent(method, path):
    with serve(auth="none", instances=3) as server:
        named = server_named_in({"CAMUNDA_OPERATE_BASE_URL": server.base_url} | OPEN)
        with ReadOnlySession(named, named.base_url) as session, pytest.raises(MayWrite):
            session.request(method, server.base_url + path)

        assert server.requests == []
