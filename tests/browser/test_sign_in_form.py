"""Signing in by the form, in a real browser."""

from __future__ import annotations

import re
import secrets

import pytest
from playwright.sync_api import expect

from operate_frames.sandbox import serve
from tests.browser.jupyter import FRONT_ENDS
from tests.browser.sign_in import OAUTH, OPEN, USER, SignInForm
from tests.browser.traces import files_with, holds
from tests.support.scripted import held_back
from tests.support.servers import cookie, oauth

LOGIN = "import operate_frames as of\nof.login()"
READ = "import operate_frames as of\nprint(len(of.read_definitions()), 'definitions')"
# A name that no resolver knows, ever: RFC 6761.
NO_SUCH_HOST = "http://operate.invalid:8080"


@pytest.fixture(scope="module")
def sandbox():
    with serve(auth="both") as server:
        yield server


def new_secret():
    """A secret nobody has seen, with what JSON, HTML and URLs write otherwise."""
    return f'{secrets.token_hex(8)}"&/<é>+{secrets.token_hex(8)}'


@pytest.mark.parametrize("jupyter", FRONT_ENDS, indirect=True)
def test_wrong_host_wrong_secret_and_their_correction(jupyter, opened, sandbox):
    right = {"base_url": sandbox.base_url, **oauth(sandbox)}
    wrong_host = right | {"base_url": NO_SUCH_HOST}
    wrong_secret = right | {"client_secret": new_secret()}
    notebook = opened(LOGIN, READ)
    form = SignInForm(notebook.run(1))
    form.choose(OAUTH)

    form.fill(**wrong_host)
    notebook.save()
    form.connect()
    expect(form.trouble_at("base_url")).to_contain_text("No such host")
    form.expect_questions_again(**wrong_host)
    notebook.save()

    form.fill(**wrong_secret)
    notebook.save()
    form.connect()
    expect(form.trouble_at("client_secret")).to_contain_text("Refused")
    expect(form.trouble_at("base_url")).to_be_hidden()
    form.expect_questions_again(**wrong_secret)
    notebook.save()

    form.fill(**right)
    notebook.save()
    form.connect()
    form.expect_connected(sandbox.base_url.removeprefix("http://"), sandbox.client_id, "definitions visible")
    expect(notebook.run(2)).to_contain_text("definitions")
    notebook.save()

    for secret, clicks in ((right["client_secret"], 2), (wrong_secret["client_secret"], 1)):
        assert files_with(secret, jupyter.files()) == []
        assert len([message for message in notebook.sent if holds(message, secret)]) == clicks
        assert not any(holds(message, secret) for message in notebook.received)
        assert secret not in notebook.page.content()

    saved = notebook.file.read_bytes()
    assert b"widget-state+json" in saved
    assert holds(saved, sandbox.client_id)


KEEP = """
import operate_frames as of
from operate_frames.signin.named import save_connection
with of.connect({base_url!r}, username={username!r}, password={password!r}) as operate:
    print(save_connection("office", operate.settings, in_file=True))
"""


def test_a_connection_that_was_kept_is_a_choice_of_the_form(opened, sandbox, screenshots):
    by_user = {"base_url": sandbox.base_url, **cookie(sandbox)}
    notebook = opened(KEEP.format(**by_user), LOGIN, READ, "of.logout(forget='office')\nprint('forgotten')")
    expect(notebook.run(1)).to_contain_text("which only you can read")
    form = SignInForm(notebook.run(2))
    notebook.page.screenshot(path=screenshots / "6-kept-connections.png")

    form.box.get_by_label("Connection").select_option("office")
    form.expect_connected(sandbox.base_url.removeprefix("http://"), sandbox.username)

    expect(notebook.run(3)).to_contain_text("definitions")
    expect(notebook.run(4)).to_contain_text("forgotten")


def test_change_keeps_the_old_connection_until_the_new_one_stands(opened, sandbox):
    by_user = {"base_url": sandbox.base_url, **cookie(sandbox)}
    notebook = opened(LOGIN, READ)
    form = SignInForm(notebook.run(1))
    form.choose(USER)
    form.fill(**by_user)
    form.connect()
    form.expect_connected(sandbox.username)

    form.change_button.click()
    form.expect_questions_again(**by_user)
    form.fill(password=new_secret())
    form.connect()
    expect(form.trouble_at("password")).to_contain_text("Refused")
    expect(notebook.run(2)).to_contain_text("definitions")
    assert sandbox.requests[-1].token_expires is None

    form.choose(OAUTH)
    form.fill(**oauth(sandbox))
    form.connect()
    form.expect_connected(sandbox.client_id)
    expect(notebook.run(2)).to_contain_text("definitions")
    assert sandbox.requests[-1].token_expires is not None


def test_other_cells_run_while_it_connects_and_it_can_be_cancelled(opened):
    notebook = opened(LOGIN, "print(6 * 7)")
    form = SignInForm(notebook.run(1))
    form.choose(OPEN)
    with held_back() as server:
        form.fill(base_url=server.url)
        form.connect()
        expect(form.status).to_have_text("Connecting ...")
        expect(form.connect_button).to_be_disabled()
        expect(form.field("base_url")).to_be_disabled()
        expect(notebook.run(2)).to_have_text("42")
        expect(form.status).to_have_text("Connecting ...")
        form.cancel_button.click()
        expect(form.status).to_have_text("Cancelled.")
        expect(form.cancel_button).to_be_hidden()
        form.expect_questions_again(base_url=server.url)
        form.connect()
        expect(form.status).to_have_text("Connecting ...")
        server.answer.set()
        form.expect_connected("0 definitions visible")


def test_enter_submits_and_the_tab_key_goes_down_the_form(opened, sandbox):
    notebook = opened(LOGIN)
    form = SignInForm(notebook.run(1))
    form.choose(USER)
    form.field("base_url").click()
    for text in (sandbox.base_url, sandbox.username, sandbox.password):
        notebook.page.keyboard.type(text)
        notebook.page.keyboard.press("Tab")
    notebook.page.keyboard.press("Shift+Tab")
    expect(form.field("password")).to_be_focused()
    notebook.page.keyboard.press("Enter")
    form.expect_connected(sandbox.username)


# While a kernel is busy, a page holds back what was typed since the last update that it has sent.
HOLD_UPDATES_BACK = """() => {
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    const text = typeof data === "string" ? data : new TextDecoder().decode(data);
    if (!(text.includes('"method":"update"') && text.includes('"value":'))) send.call(this, data);
  };
}"""


@pytest.mark.parametrize("jupyter", FRONT_ENDS, indirect=True)
def test_what_stands_in_the_form_counts_however_late_its_updates_come(jupyter, opened, sandbox):
    notebook = opened(LOGIN)
    form = SignInForm(notebook.run(1))
    form.choose(USER)
    expect(form.field("username")).to_be_visible()
    notebook.page.evaluate(HOLD_UPDATES_BACK)
    form.fill(base_url=sandbox.base_url, **cookie(sandbox))
    form.connect()
    form.expect_connected(sandbox.username)


def test_a_restarted_kernel_asks_anew(opened, sandbox):
    by_user = {"base_url": sandbox.base_url, **cookie(sandbox)}
    notebook = opened(LOGIN, READ)
    form = SignInForm(notebook.run(1))
    form.choose(USER)
    form.fill(**by_user)
    form.connect()
    form.expect_connected(sandbox.username)

    notebook.restart_kernel()
    output = notebook.run(2)
    expect_one_line(output)
    form = SignInForm(output)
    expect(form.connect_button).to_be_enabled()
    form.choose(USER)
    expect(form.field("password")).to_have_value("")
    form.fill(**by_user)
    form.connect()
    form.expect_connected(sandbox.username)
    expect(notebook.run(2)).to_contain_text("definitions")


def test_run_all_with_the_form_unanswered_stops_with_one_line(opened, sandbox):
    notebook = opened(LOGIN, READ, "print('the end')")
    notebook.run_all()
    expect_one_line(notebook.output(2))
    expect(notebook.output(3)).to_be_empty()

    form = SignInForm(notebook.output(1))
    form.choose(USER)
    form.fill(base_url=sandbox.base_url, **cookie(sandbox))
    form.connect()
    form.expect_connected(sandbox.username)
    notebook.run_all()
    expect(notebook.output(2)).to_contain_text("definitions")
    expect(notebook.output(3)).to_have_text("the end")
    SignInForm(notebook.output(1)).expect_connected(sandbox.username)


def expect_one_line(output):
    """A cell that met an unanswered form says what to do, and shows no traceback."""
    error = output.locator("[data-mime-type='application/vnd.jupyter.stderr'], .jp-RenderedText[data-mime-type*=error]")
    expect(error).to_have_text(re.compile(r"^SignInNeeded: .*press Connect there, then run this cell again\.\s*$"))
