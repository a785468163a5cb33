"""The questions at a terminal, a real one."""

from __future__ import annotations

import os
import sys

import pexpect
import pytest

from operate_frames.sandbox import serve
from tests.support.scripted import held_back

SCRIPT = "import operate_frames as of; of.connect(); print('ROWS', len(of.read_definitions()) > 0)"


@pytest.fixture
def terminal(tmp_path):
    children = []

    def start(code=SCRIPT, **environment):
        clean = {name: value for name, value in os.environ.items() if name != "CI"}
        child = pexpect.spawn(
            sys.executable, ["-c", code], env=clean | environment, encoding="utf-8", timeout=30, dimensions=(40, 200)
        )
        child.logfile_read = (tmp_path / "seen").open("w+")
        children.append(child)
        return child

    yield start
    for child in children:
        child.close(force=True)
        child.logfile_read.close()


def seen(child):
    child.logfile_read.flush()
    child.logfile_read.seek(0)
    return child.logfile_read.read()


def test_a_typo_is_corrected_and_the_secret_never_shown(terminal):
    with serve(auth="oauth") as server:
        child = terminal()
        child.expect(r"Kind of server \[1\]: ")
        child.sendline("nine")
        child.expect("A number from 1 to 5, please")
        child.expect(r"Kind of server \[1\]: ")
        child.sendline("2")
        child.expect("Base URL of Operate: ")
        child.sendline(server.base_url)
        child.expect("Token URL: ")
        child.sendline(server.token_url)
        child.expect(r"Audience .*: ")
        child.sendline(server.audience)
        child.expect(r"Scope .*: ")
        child.sendline("")
        child.expect("Client id: ")
        child.sendline("typo")
        child.expect("Client secret: ")
        child.sendline(server.client_secret)
        child.expect("Refused: client id or client secret is wrong, unknown or expired.")
        child.expect(r"Kind of server \[2\]: ")
        child.sendline("")
        for label in (r"Base URL of Operate \[http", r"Token URL \[http", r"Audience .* \[", "Scope .*: "):
            child.expect(label)
            child.sendline("")
        child.expect(r"Client id \[typo\]: ")
        child.sendline(server.client_id)
        child.expect("Client secret: ")
        child.sendline(server.client_secret)
        child.expect("API v1 · .* definitions visible · renews itself")
        child.expect(r"Remember it .*\[n\]: ")
        child.sendline("")
        child.expect("ROWS True")
        child.expect(pexpect.EOF)

    assert server.client_secret not in seen(child)


def test_the_environments_secret_is_used_for_an_empty_line(terminal):
    with serve(auth="cookie") as server:
        child = terminal(
            SCRIPT.replace("connect()", "login()"),
            CAMUNDA_OPERATE_BASE_URL=server.base_url,
            CAMUNDA_COOKIE_AUTH_USERNAME=server.username,
            CAMUNDA_COOKIE_AUTH_PASSWORD=server.password,
        )
        child.expect(r"Kind of server \[3\]: ")
        child.sendline("")
        child.expect(r"Base URL of Operate \[http.*\]: ")
        child.sendline("")
        child.expect(rf"User name \[{server.username}\]: ")
        child.sendline("")
        child.expect(r"Password \[from CAMUNDA_COOKIE_AUTH_PASSWORD\]: ")
        child.sendline("")
        child.expect(r"Remember it .*\[n\]: ")
        child.sendline("n")
        child.expect("ROWS True")


def test_ctrl_c_while_it_connects_asks_again_and_at_a_question_gives_up(terminal):
    with held_back() as server:
        child = terminal("import operate_frames as of; of.login()", CAMUNDA_AUTH_STRATEGY="NONE")
        child.expect(r"Kind of server \[5\]: ")
        child.sendline("")
        child.expect("Base URL of Operate: ")
        child.sendline(server.url)
        child.expect("Connecting ... Ctrl-C cancels.")
        assert server.asked.wait(20)
        child.sendintr()
        child.expect("Cancelled.")
        child.expect(r"Kind of server \[5\]: ")
        child.sendintr()
        child.expect("KeyboardInterrupt")
        child.expect(pexpect.EOF)


def test_questions_left_unanswered(terminal):
    child = terminal()
    child.expect("Kind of server")
    child.sendeof()

    child.expect("SignInNeeded: The questions were left unanswered")


def test_ci_is_never_asked(terminal):
    child = terminal(CI="true")

    child.expect("SignInNeeded: No credentials found, and nobody is here to be asked")
    assert "Kind of server" not in child.before


def test_a_thread_beside_the_main_one_is_never_asked(terminal):
    child = terminal(
        """
import threading, operate_frames as of
def read():
    try:
        of.read_definitions()
    except of.SignInNeeded:
        print('NOT', 'ASKED')
thread = threading.Thread(target=read); thread.start(); thread.join()
"""
    )

    child.expect("NOT ASKED")
