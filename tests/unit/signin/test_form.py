"""The sign-in form without a browser: what is typed, shown and sent."""

from __future__ import annotations

import json
import threading
from html import unescape

import ipywidgets
import pytest

import operate_frames as of
from operate_frames.client import operate as connection
from operate_frames.sandbox import serve
from operate_frames.signin import connect as signing_in
from operate_frames.signin.notebook import form as form_module
from tests.support import widget_page as pages
from tests.support.scripted import EMPTY_PAGE, HTML, Answer, held_back, scripted
from tests.support.servers import oauth
from tests.support.widget_page import Shown

SECRET = "s3cret-that-nobody-else-may-see"


@pytest.fixture
def page(monkeypatch):
    yield pages.install(monkeypatch)
    ipywidgets.Widget.close_all()


@pytest.fixture
def form(page, monkeypatch):
    """What login() shows in a notebook."""
    monkeypatch.setattr(signing_in, "interactive_frontend", lambda: "notebook")
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


def test_the_kinds_of_server_ask_for_what_they_need(form):
    asked = {}
    for kind in ("saas", "oauth", "user", "token", "open"):
        form.fill(kind=kind)
        asked[kind] = [name for name in form.fields if name not in ("kind", "remember")]

    assert asked == {
        "saas": ["region", "cluster_id", "client_id", "secret"],
        "oauth": ["base_url", "token_url", "audience", "scope", "client_id", "secret"],
        "user": ["base_url", "username", "secret"],
        "token": ["base_url", "secret"],
        "open": ["base_url"],
    }


@pytest.mark.parametrize("kind", ["oauth", "user", "token", "open"])
def test_each_kind_connects(form, kind):
    with serve(auth={"oauth": "oauth", "token": "oauth", "user": "cookie", "open": "none"}[kind]) as server:
        if kind == "oauth":
            fill_oauth(form, server)
        else:
            form.fill(kind=kind, base_url=server.base_url)
        if kind == "user":
            form.fill(username=server.username, secret=server.password)
        if kind == "token":
            with of.connect(server.base_url, **oauth(server)) as other:
                token = other.transport._auth.sign().headers["Authorization"].removeprefix("Bearer ")
            form.fill(secret=token)
        form.connect()

        assert "API v1" in form.status
        assert ("renews itself" in form.status) == (kind in ("oauth", "user"))
        assert len(of.read_definitions()) > 0


def test_saas_is_found_by_region_and_cluster(form, monkeypatch):
    asked = []

    def never_sent(settings, stopped):
        asked.append(settings)
        raise of.AudienceRejected("another cluster")

    monkeypatch.setattr(signing_in, "open_connection", never_sent)
    form.fill(kind="saas", region="bru-2", cluster_id="0aa1", client_id="me", secret=SECRET)
    form.connect()

    assert asked[0].base_url == "https://bru-2.operate.camunda.io/0aa1"
    assert asked[0].client_secret.reveal() == SECRET
    assert form.trouble("cluster_id").startswith("The token is not meant for this server.")


def test_enter_in_any_field_submits(form):
    with serve(auth="oauth") as server:
        for field in ("base_url", "secret"):
            fill_oauth(form, server)
            submit = {"submit": True} if field == "secret" else {"event": "submit"}
            form.page.tell(form.field(field), submit)
            form.settle()

            assert "renews itself" in form.status
            form.press("change")


def test_while_it_connects_all_is_locked_and_other_cells_run(form):
    with held_back() as server:
        form.fill(kind="open", base_url=server.url)
        form.press("connect")
        assert server.asked.wait(20)  # and here the next cell runs

        assert form.is_locked
        assert form.status == "Connecting ..."
        asked_before = form.page.last_ask
        for field, enter in (("base_url", {"event": "submit"}), ("secret", {"submit": True})):
            form.page.tell(form.any_field(field), enter)
        assert form.page.last_ask == asked_before
        server.answer.set()
        assert of.read_definitions().empty  # waits for the outcome

    assert form.status.endswith("API v1 · 0 definitions visible")
    assert len(server.received) >= 2


def test_cancelled_while_it_connects(form):
    with held_back() as server, serve(auth="none") as other:
        before = of.connect(other.base_url, auth="none")
        form.fill(kind="open", base_url=server.url)
        form.press("connect")
        assert server.asked.wait(20)
        abandoned = form.form._connecting
        form.press("cancel")

        assert not form.is_locked
        assert form.status == "Cancelled."
        assert form.value("base_url") == server.url
        assert not [part for part in form.parts() if "operate-frames-cancel" in getattr(part, "_dom_classes", ())]
        server.answer.set()
        abandoned.join(20)
        assert connection.current() is before
        assert form.status == "Cancelled."

        form.fill(base_url=other.base_url)
        form.connect()
        assert "definitions visible" in form.status
        assert connection.current() is not before


def test_a_cancelled_attempt_asks_no_more(form):
    asked = threading.Event()

    def busy(_):
        asked.set()
        return Answer(503, b"", {"Retry-After": "20"})

    with scripted(busy) as (url, received):
        form.fill(kind="open", base_url=url)
        form.press("connect")
        assert asked.wait(20)
        abandoned = form.form._connecting
        form.press("cancel")
        abandoned.join(10)

        assert not abandoned.is_alive()
        assert len(received) == 1


def test_old_connection_serves_until_the_new_one_stands(form):
    with serve(auth="none") as old, serve(auth="oauth") as new:
        of.connect(old.base_url, auth="none")
        of.login()
        assert "nobody" in form.status
        form.press("change")
        fill_oauth(form, new, secret="wrong")
        form.connect()

        assert "Refused" in form.trouble("secret")
        assert connection.current().settings.base_url == old.base_url
        assert len(of.read_definitions()) > 0

        form.fill(secret=new.client_secret)
        form.connect()
        assert connection.current().settings.base_url == new.base_url


def test_a_correction_keeps_every_field_but_the_secret(form):
    with serve(auth="oauth") as server:
        fill_oauth(form, server, client_id="typo")
        form.connect()

        assert form.trouble("secret").startswith("Refused: client id or client secret is wrong, unknown or expired.")
        assert form.value("base_url") == server.base_url
        assert form.value("client_id") == "typo"
        assert form.page.typed == {}
        assert not form.is_locked

        form.fill(client_id=server.client_id)
        form.connect()
        assert form.trouble("secret") == "Please fill this in."
        form.fill(secret=server.client_secret)
        form.connect()
        assert "renews itself" in form.status


def test_change_shows_the_answers_again(form):
    with serve(auth="oauth") as server:
        fill_oauth(form, server)
        form.connect()
        form.press("change")

    assert form.value("client_id") == server.client_id
    assert "secret" in form.fields


def test_after_the_connection_was_closed_the_form_asks_again(form):
    with serve(auth="none") as server:
        for close in (of.logout, lambda: connection.current().close()):
            form.fill(kind="open", base_url=server.base_url)
            form.connect()
            close()
            with pytest.raises(of.SignInNeeded):
                of.read_definitions()

            assert form.value("base_url") == server.base_url


FRAMEWORK_403 = json.dumps({"timestamp": "2026", "status": 403, "error": "Forbidden", "path": "/v1"}).encode()


@pytest.mark.parametrize(
    ("answer", "field", "line"),
    [
        (Answer(200, b"<html>Sign in</html>", HTML), "base_url", "Something answers there, but not Operate."),
        (Answer(302, b"", {"Location": "https://sso.test/"}), "base_url", "Something answers there, but not Operate."),
        (Answer(401, b'{"message":"no"}'), "secret", "Refused: token is wrong, unknown or expired."),
        (Answer(403, FRAMEWORK_403), None, "The server wants another way to sign in."),
        (Answer(403, b'{"status":403,"type":"X"}'), None, "Signed in, but not allowed to read Operate."),
        (Answer(429, b"", {"Retry-After": "3600"}), None, "The server is busy: try again in a while."),
        (Answer(200, b'{"items":[{"ke'), None, "Something answers there, but not as Operate does."),
        (Answer(400, b'{"status":400,"message":"odd","type":"x"}'), None, "refused the request (HTTP 400): odd"),
    ],
    ids=lambda value: str(getattr(value, "status", "")),
)
def test_what_the_server_answered_stands_under_the_field_concerned(form, answer, field, line):
    with scripted(lambda _: answer) as (url, _):
        form.fill(kind="token", base_url=url, secret=SECRET)
        form.connect()

    said = form.trouble(field) if field else form.status
    assert line in said
    assert "Details" in said
    assert SECRET not in form.html


@pytest.mark.parametrize(
    ("base_url", "line"),
    [
        ("http://no-such-host.invalid", "No such host"),
        ("http://127.0.0.1:9", "Nothing listens there"),
        ("https://127.0.0.1:{port}", "No trusted TLS connection"),
        ("localhost:8080", "is not an http or https URL"),
        ("http://localhost:eighty", "is the port a number?"),
        ("http://demo:demo@localhost", "holds a user or password"),
    ],
)
def test_a_wrong_address_stands_under_its_field(form, base_url, line):
    with scripted(lambda _: Answer(body=EMPTY_PAGE)) as (url, _):
        form.fill(kind="open", base_url=base_url.format(port=url.rpartition(":")[2]))
        form.connect()

    assert line in form.trouble("base_url")


@pytest.mark.parametrize(
    ("token_url", "line"),
    [
        ("http://127.0.0.1:9/token", "Nothing listens there"),
        ("http://no-such-host.invalid/token", "would send the client secret unencrypted"),
        ("{base_url}/nothing-here", "No token service answers at"),
        ("https://login.cloud.camunda.io/oauth/token", "would go to a stranger"),
        ("", "Please fill this in."),
    ],
)
def test_a_wrong_token_url_stands_under_its_field(form, token_url, line):
    with serve(auth="oauth") as server:
        fill_oauth(form, server, token_url=token_url.format(base_url=server.base_url))
        form.connect()

    assert line in form.trouble("token_url")


def test_trouble_that_nobody_foresaw_unlocks_the_form_too(form, monkeypatch):
    def broken(*_, **__):
        raise ZeroDivisionError(SECRET)

    monkeypatch.setattr(signing_in, "open_connection", broken)
    form.fill(kind="open", base_url="http://localhost")
    form.connect()

    assert not form.is_locked
    assert form.status.startswith("Unexpected trouble (ZeroDivisionError).")


def test_a_page_that_does_not_answer_is_told(form, monkeypatch):
    monkeypatch.setattr(form_module, "_ANSWER_DUE", 0.01)
    form.page.answers = False
    form.fill(kind="open", base_url="http://localhost")
    form.press("connect")

    form.page.wait_until(lambda: "does not answer" in form.status)
    assert not form.is_locked


def test_of_several_windows_the_first_that_holds_the_secret_counts(form):
    with serve(auth="oauth") as server:
        fill_oauth(form, server)
        field = form.field("secret")
        secret = form.page.typed.pop(field.comm.comm_id)
        form.press("connect")
        form.settle()
        assert form.trouble("secret") == "Please fill this in."
        form.page.tell(field, {"answer": form.page.last_ask, "secret": secret})
        form.settle()
        assert "renews itself" in form.status
        asked = len(server.requests)
        form.page.tell(field, {"answer": form.page.last_ask, "secret": "too late"})
        form.settle()

        assert len(server.requests) == asked


def test_what_stands_in_the_page_counts_though_its_update_is_late(form):
    with serve(auth="oauth") as server:
        fill_oauth(form, server, base_url="h")
        form.page.late["base_url"] = server.base_url
        form.connect()

        assert "renews itself" in form.status


def test_the_environment_is_filled_in_but_for_the_secret(page, monkeypatch):
    monkeypatch.setattr(signing_in, "interactive_frontend", lambda: "notebook")
    with serve(auth="oauth") as server:
        monkeypatch.setenv("CAMUNDA_OPERATE_BASE_URL", server.base_url)
        monkeypatch.setenv("ZEEBE_CLIENT_ID", server.client_id)
        monkeypatch.setenv("ZEEBE_CLIENT_SECRET", server.client_secret)
        monkeypatch.setenv("ZEEBE_AUTHORIZATION_SERVER_URL", server.token_url)
        monkeypatch.setenv("CAMUNDA_OPERATE_OAUTH_AUDIENCE", server.audience)
        of.login()
        form = Shown(signing_in._form, page)

        assert form.value("base_url") == server.base_url
        assert form.value("client_id") == server.client_id
        assert "From ZEEBE_CLIENT_SECRET in the environment" in form.field("secret").hint
        form.connect()
        assert "renews itself" in form.status

    assert [message for message in page.sent + page.received if server.client_secret in message] == []


def test_what_is_emptied_in_the_form_does_not_come_back_from_the_environment(page, monkeypatch):
    monkeypatch.setattr(signing_in, "interactive_frontend", lambda: "notebook")
    monkeypatch.setenv("CAMUNDA_OPERATE_OAUTH_AUDIENCE", "of-another-cluster")
    of.login()
    form = Shown(signing_in._form, page)
    with scripted(a_token_service_too) as (url, received):
        form.fill(kind="oauth", base_url=url, token_url=f"{url}/token", client_id="me", secret=SECRET)
        assert form.value("audience") == "of-another-cluster"
        form.fill(audience="")
        form.connect()

    assert "API v1" in form.status
    assert b"of-another-cluster" not in received[0].body


@pytest.mark.parametrize(
    ("names", "kind", "filled"),
    [
        ({"CAMUNDA_CLUSTER_REGION": "bru-2"}, "saas", {"region": "bru-2"}),
        ({"CAMUNDA_BASIC_AUTH_USERNAME": "me"}, "user", {"username": "me"}),
        ({"CAMUNDA_OAUTH_TOKEN": "eyJ"}, "token", {}),
        ({"CAMUNDA_AUTH_STRATEGY": "NONE", "CAMUNDA_OPERATE_BASE_URL": "http://x"}, "open", {"base_url": "http://x"}),
        ({"ZEEBE_REST_ADDRESS": "http://localhost:8080"}, "oauth", {"base_url": "http://localhost:8080"}),
    ],
    ids=str,
)
def test_the_environment_chooses_the_kind_of_server(page, monkeypatch, names, kind, filled):
    monkeypatch.setattr(signing_in, "interactive_frontend", lambda: "notebook")
    for name, value in names.items():
        monkeypatch.setenv(name, value)
    of.login()
    form = Shown(signing_in._form, page)

    assert form.value("kind") == kind
    assert {name: form.value(name) for name in filled} == filled


def test_a_basic_login_of_the_environment_stays_one(page, monkeypatch):
    monkeypatch.setattr(signing_in, "interactive_frontend", lambda: "notebook")
    monkeypatch.setenv("CAMUNDA_BASIC_AUTH_USERNAME", "me")
    monkeypatch.setenv("CAMUNDA_BASIC_AUTH_PASSWORD", SECRET)
    of.login()
    form = Shown(signing_in._form, page)
    assert "From CAMUNDA_BASIC_AUTH_PASSWORD" in form.field("secret").hint
    with scripted(lambda _: Answer(body=EMPTY_PAGE)) as (url, received):
        form.fill(base_url=url)
        form.connect()

    assert received[0].headers["Authorization"].startswith("Basic ")


def test_a_credentials_file_fills_in_what_is_no_secret(form):
    names = {"CAMUNDA_CLUSTER_ID": "0aa1", "CAMUNDA_CLUSTER_REGION": "bru-2", "ZEEBE_CLIENT_ID": "console-client"}
    form.fill(kind="user")
    form.page.tell(form.field("secret"), {"found": names | {"ZEEBE_CLIENT_SECRET": SECRET, "PATH": "/bin"}})

    assert {name: form.value(name) for name in ("kind", "region", "cluster_id", "client_id")} == {
        "kind": "saas",
        "region": "bru-2",
        "cluster_id": "0aa1",
        "client_id": "console-client",
    }
    assert form.status == "The credentials file is filled in: press Connect."
    assert [message for message in form.page.sent if SECRET in message] == []
    form.page.tell(form.field("secret"), {"found": {}})
    assert form.status.startswith("Nothing of Camunda")


def test_no_message_or_state_but_the_answer_holds_a_secret(form):
    secrets = [SECRET]
    with serve(auth="oauth") as server:
        secrets.append(server.client_secret)
        for secret in secrets:
            fill_oauth(form, server, secret=secret)
            form.connect()
        form.press("change")

    answers = [message for message in form.page.received if any(secret in message for secret in secrets)]
    assert len(answers) == len(secrets)
    assert all('"answer": ' in message for message in answers)
    states = [json.dumps(widget.get_state(), default=str) for widget in form.all_widgets]
    assert len(states) > 20
    for text in [*form.page.sent, *states, repr(vars(form.form)), *map(repr, form.all_widgets)]:
        assert not any(secret in text for secret in secrets)


def test_the_kernels_last_message_no_longer_holds_the_secret(form):
    content = {"answer": -1, "secret": SECRET}
    form.field("secret")._handle_msg({"content": {"data": {"method": "custom", "content": content}}, "buffers": []})

    assert content == {"answer": -1}


def a_token_service_too(request):
    token = b'{"access_token":"x","token_type":"bearer","expires_in":60}'
    return Answer(body=token if request.path == "/token" else EMPTY_PAGE)


def test_what_is_shown_is_escaped(form):
    with scripted(lambda _: Answer(401, b'{"message":"<script>alert(1)</script>"}')) as (url, _):
        form.fill(kind="token", base_url=url, secret=SECRET)
        form.connect()
        assert "&lt;script&gt;" in form.html
        assert "<script" not in form.html
    form.fill(kind="open", base_url="<img src=x onerror=alert(1)>")
    form.connect()
    assert "<img" not in form.html
    with scripted(a_token_service_too) as (url, _):
        form.fill(kind="oauth", base_url=url, token_url=f"{url}/token", client_id="<b>me</b>", secret=SECRET)
        form.connect()
        assert "client <b>me</b>" in unescape(form.html)
        assert "<b>" not in form.html
