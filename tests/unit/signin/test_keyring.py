"""A sign-in in the computer's keyring: kept when asked for, used when nothing else is said, forgotten when told."""

from __future__ import annotations

import importlib.util
import json

import ipywidgets
import keyring
import pytest

import operate_frames as of
from operate_frames import optional as extras
from operate_frames.client import operate as connection
from operate_frames.sandbox import serve
from operate_frames.signin import connect as signing_in
from tests.support import widget_page as pages
from tests.support.keyrings import Locked
from tests.support.servers import oauth
from tests.support.widget_page import Shown


@pytest.fixture
def form(monkeypatch):
    page = pages.install(monkeypatch)
    monkeypatch.setattr(signing_in, "interactive_frontend", lambda: "notebook")
    of.login()
    yield Shown(signing_in._form, page)
    ipywidgets.Widget.close_all()


def connect_by(form, server, *, remember):
    given = {name: value for name, value in oauth(server).items() if name != "client_secret"}
    form.fill(kind="oauth", base_url=server.base_url, secret=server.client_secret, remember=remember, **given)
    form.connect()


def test_nothing_is_kept_unless_asked_for(backend, form):
    with serve(auth="oauth") as server:
        connect_by(form, server, remember=False)

        assert "renews itself" in form.status
    assert backend.entries == {}


def test_a_tick_whose_update_is_late_counts(backend, form):
    form.page.late["remember"] = True
    with serve(auth="oauth") as server:
        connect_by(form, server, remember=False)

        assert "Remembered on this computer" in form.status
    assert len(backend.entries) == 1


def test_what_is_kept_signs_in_the_next_session_until_it_is_forgotten(backend, form, monkeypatch):
    with serve(auth="oauth") as server:
        connect_by(form, server, remember=True)
        assert "Remembered on this computer" in form.status
        assert json.loads(backend.entries["operate_frames", "sign-in"])["client_secret"] == server.client_secret
        monkeypatch.setattr(signing_in, "_form", None)
        monkeypatch.setattr(connection, "_current", None)

        operate = of.connect()
        assert operate.settings.client_id == server.client_id
        assert "keyring" in operate.settings.named("client_secret")
        assert server.client_secret not in repr(operate.settings)

        of.logout(forget=True)
        assert backend.entries == {}
        assert connection.current() is None
        with pytest.raises(of.SignInNeeded):
            of.connect()
        of.logout(forget=True)


def test_what_is_given_or_in_the_environment_goes_before_it(backend, monkeypatch):
    with serve(auth="none") as server:
        backend.set_password("operate_frames", "sign-in", '{"auth": "none", "base_url": "http://127.0.0.1:9"}')
        assert of.connect(server.base_url, auth="none").settings.base_url == server.base_url
        of.logout()
        with pytest.raises(of.ConnectionRefused, match=r"the keyring \(login\(\) asks anew"):
            of.connect()


def test_an_entry_that_cannot_be_read_is_told_and_not_shown(backend):
    backend.set_password("operate_frames", "sign-in", '{"client_secret": "s3cret"')

    with pytest.raises(of.SettingsError, match=r"logout\(forget=True\)") as caught:
        of.connect()
    assert "s3cret" not in str(caught.value)
    assert caught.value.__context__ is None


def test_a_computer_without_a_keyring_connects_all_the_same(form):
    before = keyring.get_keyring()
    keyring.set_keyring(Locked())
    try:
        with serve(auth="oauth") as server:
            connect_by(form, server, remember=True)
            assert "renews itself" in form.status
            assert "Not remembered: the keyring of this computer does not take it (NoKeyringError)" in form.status
        of.logout(forget=True)
    finally:
        keyring.set_keyring(before)


def test_a_missing_extra_names_its_installation(monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name == "keyring" else found(name))

    with pytest.raises(of.ExtraMissing, match=r"pip install 'operate-frames\[keyring\]'"):
        of.logout(forget=True)
    with pytest.raises(of.SignInNeeded, match=r"pip install 'operate-frames\[keyring\]'"):
        of.connect()


def test_without_the_extra_the_form_says_so(monkeypatch):
    page = pages.install(monkeypatch)
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    monkeypatch.setattr(signing_in, "interactive_frontend", lambda: "notebook")
    of.login()

    form = Shown(signing_in._form, page)
    assert form.field("remember").disabled
    assert "needs pip install 'operate-frames[keyring]'" in form.field("remember").description
    ipywidgets.Widget.close_all()
