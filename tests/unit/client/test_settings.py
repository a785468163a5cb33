"""Where each setting comes from, and what a wrong one says before anything is sent."""

from __future__ import annotations

import pytest
import trustme

import operate_frames as of
from operate_frames.client.config.secret import Secret
from operate_frames.client.config.settings import resolve
from operate_frames.client.config.sources import from_arguments, from_environment, from_file

CONSOLE_FILE = """\
export ZEEBE_ADDRESS='0aa1.bru-2.zeebe.camunda.io:443'
export ZEEBE_CLIENT_ID='console-client'
export ZEEBE_CLIENT_SECRET='console~secret#1'
export ZEEBE_AUTHORIZATION_SERVER_URL='https://login.cloud.camunda.io/oauth/token'
export ZEEBE_TOKEN_AUDIENCE='zeebe.camunda.io'
export CAMUNDA_CLUSTER_ID='0aa1-4bb2'
export CAMUNDA_CLUSTER_REGION='bru-2'
export CAMUNDA_CREDENTIALS_SCOPES='Zeebe,Operate'
export CAMUNDA_OAUTH_URL='https://login.cloud.camunda.io/oauth/token'
"""


def settings(env_file=None, **arguments):
    options = {name: arguments.pop(name) for name in ("allow_http", "timeout", "cert") if name in arguments}
    files = [] if env_file is None else [from_file(env_file)]
    return resolve([from_arguments(arguments), *files, from_environment()], **options)


def test_saas_needs_region_cluster_and_credentials_only():
    found = settings(region="bru-2", cluster_id="0aa1-4bb2", client_id="me", client_secret="s3cret")

    assert found.base_url == "https://bru-2.operate.camunda.io/0aa1-4bb2"
    assert found.token_url == "https://login.cloud.camunda.io/oauth/token"
    assert found.audience == "operate.camunda.io"
    assert found.auth == "oauth"


def test_the_consoles_file_gives_everything_and_zeebes_audience_is_not_operates(tmp_path):
    file = tmp_path / "credentials.txt"
    file.write_text(CONSOLE_FILE)

    found = settings(env_file=file)

    assert found.base_url == "https://bru-2.operate.camunda.io/0aa1-4bb2"
    assert found.client_id == "console-client"
    assert found.client_secret.reveal() == "console~secret#1"
    assert found.audience == "operate.camunda.io"
    assert found.origins["client_id"] == "ZEEBE_CLIENT_ID in the file credentials.txt"


def test_arguments_win_over_the_file_and_that_over_the_environment(tmp_path, monkeypatch):
    file = tmp_path / "credentials.txt"
    file.write_text(CONSOLE_FILE)
    monkeypatch.setenv("ZEEBE_CLIENT_ID", "stale")
    monkeypatch.setenv("CAMUNDA_OPERATE_BASE_URL", "https://bru-2.operate.camunda.io/stale")
    monkeypatch.setenv("CAMUNDA_AUTH_STRATEGY", "NONE")
    monkeypatch.setenv("CAMUNDA_TOKEN_SCOPE", "from-environment")

    found = settings(env_file=file, client_secret=Secret("from-argument"))

    assert found.client_secret.reveal() == "from-argument"
    assert found.client_id == "console-client"
    assert found.base_url == "https://bru-2.operate.camunda.io/0aa1-4bb2"
    assert found.auth == "oauth"
    assert found.scope == "from-environment"


def test_a_rest_address_in_the_file_wins_over_a_stale_base_url(tmp_path, monkeypatch):
    file = tmp_path / "settings.env"
    file.write_text("CAMUNDA_REST_ADDRESS=https://camunda.example.com\nCAMUNDA_AUTH_STRATEGY=NONE\n")
    monkeypatch.setenv("CAMUNDA_OPERATE_BASE_URL", "https://stale.example.com")

    assert settings(env_file=file).base_url == "https://camunda.example.com"


@pytest.mark.parametrize(
    ("names", "auth"),
    [
        (
            {"ZEEBE_CLIENT_ID": "a", "ZEEBE_CLIENT_SECRET": "b", "ZEEBE_AUTHORIZATION_SERVER_URL": "https://t/x"},
            "oauth",
        ),
        ({"CAMUNDA_CLIENT_ID": "a", "CAMUNDA_CLIENT_SECRET": "b", "CAMUNDA_OAUTH_URL": "https://t/x"}, "oauth"),
        ({"CAMUNDA_COOKIE_AUTH_USERNAME": "a", "CAMUNDA_COOKIE_AUTH_PASSWORD": "b"}, "cookie"),
        ({"CAMUNDA_BASIC_AUTH_USERNAME": "a", "CAMUNDA_BASIC_AUTH_PASSWORD": "b"}, "basic"),
        ({"CAMUNDA_OAUTH_TOKEN": "a"}, "bearer"),
        ({"CAMUNDA_AUTH_STRATEGY": "NONE"}, "none"),
    ],
)
def test_the_environment_says_how_to_sign_in(monkeypatch, names, auth):
    for name, value in names.items():
        monkeypatch.setenv(name, value)

    assert settings(base_url="http://localhost:8080").auth == auth


def test_names_as_spring_spells_them_are_read_as_a_family(monkeypatch):
    names = {
        "CAMUNDA_CLIENT_AUTH_CLIENTID": "me",
        "CAMUNDA_CLIENT_AUTH_CLIENTSECRET": "s3cret",
        "CAMUNDA_CLIENT_AUTH_TOKENURL": "https://token.example.com/oauth/token",
        "CAMUNDA_CLIENT_AUTH_AUDIENCE": "operate-api",
        "CAMUNDA_CLIENT_AUTH_SCOPE": "read",
        "CAMUNDA_CLIENT_RESTADDRESS": "https://camunda.example.com",
    }
    for name, value in names.items():
        monkeypatch.setenv(name, value)

    found = settings()

    assert (found.base_url, found.token_url) == ("https://camunda.example.com", "https://token.example.com/oauth/token")
    assert (found.client_id, found.client_secret.reveal()) == ("me", "s3cret")
    assert (found.audience, found.scope) == ("operate-api", "read")


def test_the_cloud_of_the_spring_family_is_saas(monkeypatch):
    for name, value in {"REGION": "bru-2", "CLUSTERID": "0aa1-4bb2"}.items():
        monkeypatch.setenv(f"CAMUNDA_CLIENT_CLOUD_{name}", value)
    monkeypatch.setenv("CAMUNDA_CLIENT_AUTH_CLIENTID", "me")
    monkeypatch.setenv("CAMUNDA_CLIENT_AUTH_CLIENTSECRET", "s3cret")

    assert settings().base_url == "https://bru-2.operate.camunda.io/0aa1-4bb2"


def test_the_strategy_of_the_environment_does_not_overrule_credentials_given_as_arguments(monkeypatch):
    monkeypatch.setenv("CAMUNDA_AUTH_STRATEGY", "OAUTH")
    monkeypatch.setenv("ZEEBE_CLIENT_ID", "a")
    monkeypatch.setenv("ZEEBE_CLIENT_SECRET", "b")

    assert settings(base_url="http://localhost:8080", username="demo", password="demo").auth == "cookie"


@pytest.mark.parametrize("tail", ["", "/", "/v1", "/v1/", "/v2"])
def test_what_users_paste_behind_the_base_url_does_no_harm(tail):
    assert settings(base_url=f"https://host/context{tail}", auth="none").base_url == "https://host/context"


@pytest.mark.parametrize(
    "page",
    [
        "/operate/processes",
        "/operate/processes/2251799813685249",
        "/operate/processes?active=true&incidents=true",
        "/operate/instances/2251799813685249",
        "/operate/decisions#top",
        "/operate/login?next=/processes",
        "/operate/v1/process-instances/search",
    ],
)
def test_a_page_of_the_web_application_leads_to_it(page):
    assert settings(base_url=f"http://localhost{page}", auth="none").base_url == "http://localhost/operate"


@pytest.mark.parametrize(
    "address", ["https://jfk-1.zeebe.camunda.io:443/0aa1", "https://jfk-1.api.camunda.io/0aa1/v2/"]
)
def test_the_newer_rest_address_of_saas_leads_to_operate(monkeypatch, address):
    monkeypatch.setenv("CAMUNDA_REST_ADDRESS", address)

    assert settings(client_id="a", client_secret="b").base_url == "https://jfk-1.operate.camunda.io/0aa1"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "No credentials found"),
        ({"auth": "none"}, "No server found: give base_url"),
        ({"base_url": "localhost:8080", "auth": "none"}, "is not an http or https URL: write it in full"),
        ({"base_url": "http://localhost:eighty", "auth": "none"}, "is the port a number?"),
        ({"base_url": "http://demo:demo@localhost", "auth": "none"}, "holds a user or password"),
        ({"base_url": "http://localhost/?x=1", "auth": "none"}, "goes on behind"),
        ({"base_url": "http://bru-2.operate.camunda.io/x", "auth": "none"}, "must start with https://"),
        ({"base_url": 8080, "auth": "none"}, "base_url must be a text, not int"),
        ({"base_url": " ", "auth": "none"}, "base_url is empty"),
        ({"base_url": "http://localhost", "auth": "magic"}, "use one of oauth, cookie, basic, bearer, none"),
        ({"base_url": "http://localhost", "client_id": "me"}, "but not client_secret: pass client_secret="),
        ({"base_url": "http://localhost", "client_secret": "s3cret"}, "but not client_id: pass client_id="),
        ({"base_url": "http://localhost", "username": "me"}, "but not password: pass password="),
        ({"base_url": "http://localhost", "client_id": "me", "client_secret": ""}, "client_secret is empty"),
        ({"base_url": "http://localhost", "client_id": "me", "client_secret": "s3cret"}, "No token_url"),
        ({"base_url": "http://localhost", "client_id": "me", "username": "me"}, "say which to use with auth="),
        ({"base_url": "http://localhost", "auth": "none", "token": "t"}, "token has no use with auth='none'"),
        ({"base_url": "http://localhost", "auth": "none", "region": "x"}, "but not both"),
        ({"region": "bru-2", "client_id": "me", "client_secret": "s3cret"}, "cluster_id is missing"),
        (
            {"base_url": "http://localhost", "auth": "none", "timeout": 0},
            "timeout takes seconds, above 0 and up to 1,000,000",
        ),
        ({"base_url": "http://localhost", "auth": "none", "timeout": (1, 2, 3)}, "not the tuple (1, 2, 3)"),
        ({"base_url": "http://localhost", "auth": "none", "ca": "/no/such.pem"}, "ca '/no/such.pem' does not exist"),
        ({"base_url": "http://localhost", "auth": "none", "ca": ["system", "/no.pem"]}, "ca '/no.pem' does not exist"),
        ({"base_url": "http://localhost", "auth": "none", "ca": []}, "ca=[] trusts nobody"),
        ({"base_url": "http://localhost", "auth": "none", "ca": 5}, "ca must be a path, not int"),
        ({"base_url": "http://localhost", "auth": "none", "ca": __file__}, "holds no certificate that can be read"),
        (
            {"base_url": "http://localhost", "auth": "none", "ca": "-----BEGIN CERTIFICATE-----\nx"},
            "the certificate text of ca holds no certificate",
        ),
        ({"base_url": "http://[::1", "auth": "none"}, "an IPv6 address stands in brackets"),
        ({"region": "us-central1", "cluster_id": "x", "client_id": "a", "client_secret": "s3cret"}, "such as 'bru-2'"),
        ({"region": "eu-west-1a", "cluster_id": "x", "client_id": "a", "client_secret": "s3cret"}, "such as 'bru-2'"),
        ({"base_url": "http://localhost", "token": "t", "client_auth": "basic"}, "client_auth has no use with"),
        (
            {
                "base_url": "http://localhost",
                "client_id": "a",
                "client_secret": "s3cret",
                "token_url": "http://localhost/t",
                "client_auth": "header",
            },
            "client_auth='header' is not known: use one of body, basic",
        ),
        ({"base_url": "http://localhost", "auth": "none", "cert": ("a",)}, "cert must be one file"),
        ({"base_url": "http://localhost", "auth": "none", "proxies": "http://p"}, "proxies must be as in requests"),
        ({"base_url": "http://localhost", "auth": "none", "session": 1}, "session must be a requests.Session"),
        ({"base_url": "http://localhost", "auth": "none", "env_file": "/no/such"}, "'/no/such' does not exist"),
        ({"base_url": "http://localhost", "auth": "none", "env_file": "/"}, "'/' is a folder"),
    ],
)
def test_a_wrong_setting_is_one_clear_error(arguments, said):
    with pytest.raises(of.SettingsError) as caught:
        of.connect(**arguments)

    assert said in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_what_is_named_wins_under_whatever_name_it_stands(tmp_path, monkeypatch):
    file = tmp_path / "settings.env"
    file.write_text(
        "CAMUNDA_REST_ADDRESS=https://camunda.example.com\nCAMUNDA_CLIENT_ID=named\nCAMUNDA_CLIENT_SECRET=s3cret\n"
        "CAMUNDA_OAUTH_URL=https://login.example.com/token\nCAMUNDA_TOKEN_AUDIENCE=named-api\n"
    )
    monkeypatch.setenv("ZEEBE_CLIENT_ID", "stale")
    monkeypatch.setenv("ZEEBE_AUTHORIZATION_SERVER_URL", "https://stale.example.com/token")
    monkeypatch.setenv("CAMUNDA_OPERATE_OAUTH_AUDIENCE", "stale-api")

    found = settings(env_file=file)

    assert (found.client_id, found.token_url) == ("named", "https://login.example.com/token")
    assert found.audience == "named-api"
    assert found.named("audience") == "audience (from CAMUNDA_TOKEN_AUDIENCE in the file settings.env)"


@pytest.mark.parametrize(
    ("names", "audiences"),
    [
        ({}, ("operate.camunda.io", "zeebe.camunda.io")),
        ({"ZEEBE_TOKEN_AUDIENCE": "zeebe.camunda.io"}, ("operate.camunda.io", "zeebe.camunda.io")),
        ({"ZEEBE_TOKEN_AUDIENCE": "zeebe.dev.camunda.io"}, ("operate.camunda.io", "zeebe.dev.camunda.io")),
        ({"CAMUNDA_TOKEN_AUDIENCE": "zeebe.camunda.io"}, ("operate.camunda.io", "zeebe.camunda.io")),
        ({"CAMUNDA_TOKEN_AUDIENCE": "api.camunda.io"}, ("api.camunda.io", "operate.camunda.io")),
        ({"CAMUNDA_CLIENT_AUTH_AUDIENCE": "api.camunda.io"}, ("api.camunda.io", "operate.camunda.io")),
        (
            {"CAMUNDA_OPERATE_OAUTH_AUDIENCE": "mine", "CAMUNDA_TOKEN_AUDIENCE": "zeebe.camunda.io"},
            ("mine", None),
        ),
    ],
)
def test_the_audience_in_saas_and_what_is_tried_second(monkeypatch, names, audiences):
    for name, value in names.items():
        monkeypatch.setenv(name, value)

    found = settings(region="bru-2", cluster_id="0aa1", client_id="me", client_secret="s3cret")

    first, *others = found.for_operate
    assert (first.audience, others[0].audience if others else None) == audiences


def test_the_way_to_the_server_as_the_java_and_node_clients_spell_it(monkeypatch, tmp_path):
    authority = trustme.CA()
    for name in ("ca.pem", "me.pem", "key.pem"):
        authority.cert_pem.write_to_path(tmp_path / name)
    for ca in ("ZEEBE_CA_CERTIFICATE_PATH", "CAMUNDA_CA_CERTIFICATE_PATH", "CAMUNDA_CLIENT_CACERTIFICATEPATH"):
        with monkeypatch.context() as patch:
            patch.setenv(ca, str(tmp_path / "ca.pem"))
            patch.setenv("CAMUNDA_CUSTOM_CERT_CHAIN_PATH", str(tmp_path / "me.pem"))
            patch.setenv("CAMUNDA_CUSTOM_PRIVATE_KEY_PATH", str(tmp_path / "key.pem"))
            found = settings(base_url="http://localhost", auth="none")
        assert found.ca == (str(tmp_path / "ca.pem"),)
        assert found.cert == (str(tmp_path / "me.pem"), str(tmp_path / "key.pem"))


@pytest.mark.parametrize(
    ("names", "arguments"),
    [
        ({"CAMUNDA_CLIENT_SECRETS": "x"}, {"base_url": "http://localhost", "client_id": "me"}),
        ({"ZEEBE_CLIENTID": "x"}, {}),
        ({"CAMUNDA_OPERATE_URL": "x"}, {"auth": "none"}),
        ({"OPERATE_BASE_URL": "x"}, {"auth": "none"}),
        (
            {"CAMUNDA_CLIENT_AUTH_ISSUERURL": "x"},
            {"base_url": "http://localhost", "client_id": "a", "client_secret": "b"},
        ),
        ({"CAMUNDA_CLUSTERID": "x"}, {"region": "bru-2", "client_id": "a", "client_secret": "b"}),
    ],
)
def test_a_name_like_ours_that_is_not_read_is_named_where_something_is_missing(monkeypatch, names, arguments):
    for name, value in names.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(of.SettingsError) as caught:
        of.connect(**arguments)

    assert f"Not read, though it is there: {', '.join(names)} in the environment." in str(caught.value)


def test_a_file_without_settings_is_not_taken_for_a_credentials_file(tmp_path):
    file = tmp_path / "notes.txt"
    file.write_text("NAME=value\n")

    with pytest.raises(of.SettingsError, match="names no setting of Camunda"):
        of.connect(env_file=file)


@pytest.mark.parametrize("hostile", ["evil.example/", "evil.example#", "a.b", "", "x@y"])
@pytest.mark.parametrize("setting", ["region", "cluster_id"])
def test_region_and_cluster_id_cannot_name_another_host(setting, hostile):
    arguments = {
        "region": "bru-2",
        "cluster_id": "0aa1",
        "client_id": "me",
        "client_secret": "s3cret",
        setting: hostile,
    }

    with pytest.raises(of.SettingsError, match=setting):
        of.connect(**arguments)


def test_a_leftover_saas_token_url_gets_no_self_managed_secret(monkeypatch):
    monkeypatch.setenv("ZEEBE_AUTHORIZATION_SERVER_URL", "https://login.cloud.camunda.io/oauth/token")

    with pytest.raises(of.SettingsError, match="would go to a stranger"):
        of.connect("http://localhost:8080", client_id="me", client_secret="s3cret")


def test_plain_http_for_a_secret_is_for_this_machine_or_on_request():
    remote = {
        "base_url": "http://localhost",
        "client_id": "me",
        "client_secret": "s",
        "token_url": "http://kc.lan/token",
    }

    with pytest.raises(of.SettingsError, match="allow_http=True"):
        settings(**remote)
    assert settings(**remote, allow_http=True).token_url == "http://kc.lan/token"
    for here in ("http://localhost:1/t", "http://127.0.0.1:1/t", "http://[::1]:1/t"):
        assert settings(**remote | {"token_url": here}).token_url == here
