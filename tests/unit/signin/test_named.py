"""Connections with a name: kept by login, used by connect, their secrets nowhere but where they belong."""

from __future__ import annotations

import os
import tomllib

import ipywidgets
import keyring
import pytest

import operate_frames as of
from operate_frames.client import operate as connection
from operate_frames.sandbox import serve
from operate_frames.signin import connect as signing_in
from operate_frames.signin.named import connections_file, save_connection
from tests.support import widget_page as pages
from tests.support.keyrings import Locked
from tests.support.servers import cookie, oauth
from tests.support.widget_page import Shown

NAMES = {"oauth": ("ZEEBE_CLIENT_ID", "ZEEBE_CLIENT_SECRET", "ZEEBE_AUTHORIZATION_SERVER_URL", "ZEEBE_TOKEN_AUDIENCE")}


@pytest.fixture
def locked():
    before = keyring.get_keyring()
    keyring.set_keyring(Locked())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def form(monkeypatch):
    page = pages.install(monkeypatch)
    monkeypatch.setattr(signing_in, "interactive_frontend", lambda: "notebook")
    yield lambda **options: (of.login(**options), Shown(signing_in._form, page))[1]
    ipywidgets.Widget.close_all()


def in_environment(monkeypatch, server):
    monkeypatch.setenv("CAMUNDA_OPERATE_BASE_URL", server.base_url)
    values = (server.client_id, server.client_secret, server.token_url, server.audience)
    for name, value in zip(NAMES["oauth"], values, strict=True):
        monkeypatch.setenv(name, value)


def kept(server, name, monkeypatch):
    """Keep a connection as a script does: by what the environment says."""
    with monkeypatch.context() as there:
        in_environment(there, server)
        of.login(name=name)
    of.logout()


def test_a_connection_is_kept_and_used_by_its_name(backend, monkeypatch):
    with serve(auth="oauth") as server:
        kept(server, "prod", monkeypatch)

        text = connections_file().read_text(encoding="utf-8")
        assert tomllib.loads(text)["prod"]["client_id"] == server.client_id
        assert server.client_secret not in text
        assert backend.entries == {("operate_frames", "connection prod"): server.client_secret}
        operate = of.connect("prod")

    assert operate.settings.base_url == server.base_url
    assert "the connection 'prod' in" in operate.settings.named("client_id")


def test_two_of_them_do_not_mix_and_nothing_of_the_environment_goes_there(backend, monkeypatch):
    with serve(auth="oauth") as server, serve(auth="cookie") as other:
        kept(server, "prod", monkeypatch)
        of.connect(other.base_url, **cookie(other))
        monkeypatch.setenv("CAMUNDA_OPERATE_BASE_URL", other.base_url)
        monkeypatch.setenv("ZEEBE_CLIENT_ID", "another")
        monkeypatch.setenv("ZEEBE_CLIENT_SECRET", "another secret")

        assert of.connect("prod").settings.client_id == server.client_id
        backend.entries.clear()
        with pytest.raises(of.SettingsError, match=r"client_id is given .* but not client_secret"):
            of.connect("prod")


def test_arguments_go_before_what_was_kept(backend, monkeypatch):
    with serve(auth="oauth") as server:
        kept(server, "prod", monkeypatch)
        with pytest.raises(of.CredentialsRejected, match="the argument client_secret"):
            of.connect("prod", client_secret="wrong")


def test_where_there_is_no_keyring_a_file_of_ones_own_holds_the_secret(locked, monkeypatch):
    with serve(auth="both") as server:
        kept(server, "prod", monkeypatch)

        file = connections_file().with_name("prod.env")
        assert file.stat().st_mode & 0o777 == 0o600
        assert server.client_secret in file.read_text(encoding="utf-8")
        assert server.client_secret not in connections_file().read_text(encoding="utf-8")
        assert of.connect("prod").settings.client_id == server.client_id
        file.chmod(0o644)
        with pytest.raises(of.SettingsError, match="others than you can read it") as caught:
            of.connect("prod")
        assert server.client_secret not in str(caught.value)
        of.logout(forget="prod")
        assert not file.exists()


@pytest.mark.parametrize("secret", ["plain", "with 'quote' and \\back\\slash", 'a"b#c $HOME', "ümlaut €"])
def test_a_secret_of_any_letters_comes_back(locked, secret):
    with serve(auth="none") as server:
        with of.connect(server.base_url, auth="basic", username="Ada", password=secret) as operate:
            save_connection("t", operate.settings, in_file=True)
        with of.connect("t") as again:
            assert again.settings.password.reveal() == secret


def test_an_unknown_name_is_told_with_those_that_there_are(backend, monkeypatch):
    with pytest.raises(of.SettingsError, match=r"There is no connection 'prod' in .*there is none yet") as caught:
        of.connect("prod")
    assert "operate-frames login --name prod" in str(caught.value)
    with serve(auth="oauth") as server:
        kept(server, "test", monkeypatch)
        kept(server, "staging", monkeypatch)
    with pytest.raises(of.SettingsError, match="there are test, staging"):
        of.connect("prod")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[prod", "cannot be read"),
        ("prod = 5", "holds something else than connections"),
        ("[prod]\nclient_secret = 's3cret'\n", "client_secret in the connection 'prod'"),
        ("[prod]\nbase_url = 'ftp://x'\nauth='none'\n", "base_url"),
        ("[prod]\nauth='none'\n", "base_url"),
        ("[prod]\nbase_url=5\nauth='none'\n", "base_url"),
        ("[prod]\nbase_url='http://localhost:1'\nauth='magic'\n", "auth"),
        (
            "[prod]\nbase_url='http://localhost:1'\nenv_file='/no/such'\nauth='oauth'\n",
            "env_file '/no/such' does not exist",
        ),
        ("\udcff", "cannot be read"),
    ],
)
def test_a_file_that_says_no_connection_is_one_error(text, said, backend):
    connections_file().parent.mkdir(parents=True)
    connections_file().write_text(text, encoding="utf-8", errors="surrogateescape")

    with pytest.raises(of.SettingsError) as caught:
        of.connect("prod")
    assert said in str(caught.value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("name", ["", "a b", "../x", "http://x", "a.b", 5])
def test_a_name_that_cannot_be_one_is_refused_before_anybody_is_asked(name):
    with pytest.raises(of.SettingsError, match="cannot name a connection"):
        of.login(name=name)


def test_forgetting_takes_the_secret_too(backend, monkeypatch):
    with serve(auth="oauth") as server:
        kept(server, "prod", monkeypatch)
    of.logout(forget="prod")

    assert backend.entries == {}
    assert tomllib.loads(connections_file().read_text(encoding="utf-8")) == {}
    with pytest.raises(of.SettingsError, match="no connection 'prod'"):
        of.logout(forget="prod")


def test_the_form_keeps_what_it_connects_under_the_name(backend, form):
    with serve(auth="oauth") as server:
        shown = form(name="prod")
        given = {name: value for name, value in oauth(server).items() if name != "client_secret"}
        shown.fill(kind="oauth", base_url=server.base_url, secret=server.client_secret, **given)
        shown.connect()

        assert "Kept as prod; its secret is in the keyring" in shown.status
        assert of.connect("prod").settings.client_id == server.client_id


def test_the_form_offers_what_was_kept(backend, form, monkeypatch):
    with serve(auth="oauth") as server:
        monkeypatch.setattr(signing_in, "interactive_frontend", lambda: None)
        kept(server, "prod", monkeypatch)
        monkeypatch.setattr(signing_in, "interactive_frontend", lambda: "notebook")
        shown = form()
        assert "connection" in shown.fields
        shown.fill(connection="prod")
        signing_in._form.wait_while_connecting()

        assert f"client {server.client_id}" in shown.status
        assert connection.current().settings.base_url == server.base_url


def test_the_form_says_nothing_of_names_where_there_are_none(backend, form):
    assert "connection" not in form().fields


def test_files_are_written_as_a_whole(backend, monkeypatch):
    with serve(auth="oauth") as server:
        kept(server, "prod", monkeypatch)
        before = connections_file().read_bytes()

        def full(*_, **__):
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as there:
            there.setattr(os, "fdopen", full)
            in_environment(there, server)
            with pytest.raises(of.SettingsError, match="cannot be written: No space left"):
                of.login(name="other")
    assert connections_file().read_bytes() == before
