"""The sign-in form without a browser: what is typed, shown and sent."""

from __future__ import annotations

import ipywidgets
import pytest

import operate_frames as of
from operate_frames import signing_in
from operate_frames.sandbox import serve
from tests import page as pages
from tests.page import Shown
from tests.servers import oauth

SECRET = "s3cret-that-nobody-else-may-see"


@pytest.fixture
def page(monkeypatch):
    yield pages.install(monkeypatch)
    ipywidgets.Widget.close_all()


@pytest.fixture
def form(page, monkeypatch):
    """What login() shows in a notebook."""
    monkeypatch.setattr(signing_in, "who_answers", lambda: "notebook")
    of.login()
    return Shown(signing_in._form, page)


def fill_oauth(form, server, **wrong):
    form.fill(kind="oauth")
    given = {name: value for name, value in oauth(server).items() if name != "client_secret"}
    form.fill(**{"base_url": server.base_url, "secret": server.client_secret} | given | wrong)


def test_what_was_connected_is_what_the_next_reader_uses(form):
    with serve(auth="oauth") as server:
        fill_oauth(form, server)
        form.connect()

        assert form.fields == []
        host = server.base_url.removeprefix("http://")
        visible = len(of.read_definitions())
        assert (
            form.status
            == f"{host} · client {server.client_id} · API v1 · {visible} definitions visible · renews itself"
        )
