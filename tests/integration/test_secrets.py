"""No secret in any repr, str, traceback, pickle or log line, whatever happens."""

from __future__ import annotations

import copy
import logging
import pickle
import traceback

import pytest

import operate_frames as of
from operate_frames.sandbox import serve
from tests.support.causes import with_causes
from tests.support.quick_retries import connect_quickly
from tests.support.servers import cookie, oauth

WRONG = "wr0ng-but-still-a-s3cret"


def tokens_in(server):
    """What the server was sent that nobody else may see."""
    bodies = b"\n".join(request.body for request in server.requests if request.is_token_request)
    assert server.client_secret.encode() in bodies
    return [server.client_secret, "eyJ"]  # every JWT begins so


def test_log_lines_of_all_libraries_hold_no_secret(caplog):
    caplog.set_level(logging.DEBUG)
    with serve(auth="both", instances=1500) as server:
        operate = of.connect(server.base_url, **oauth(server))
        of.read_instances(operate=operate)
        server.rotate_signing_key()
        of.read_definitions(operate=operate)
        with pytest.raises(of.CredentialsRejected):
            of.connect(server.base_url, **oauth(server) | {"client_secret": WRONG})
        of.connect(server.base_url, **cookie(server))
        with pytest.raises(of.CredentialsRejected):
            of.connect(server.base_url, username="demo", password=WRONG)
        secrets = [*tokens_in(server), WRONG]

    assert any(record.name.startswith("urllib3") for record in caplog.records)
    assert any(record.name == "operate_frames.client.auth.token_service" for record in caplog.records)
    for secret in secrets:
        assert secret not in caplog.text


def test_other_users_of_requests_oauthlib_keep_their_log_lines(caplog):
    caplog.set_level(logging.DEBUG)

    logging.getLogger("requests_oauthlib.oauth2_session").debug("somebody else's line")

    assert "somebody else's line" in caplog.text


@pytest.mark.parametrize("by", [oauth, cookie], ids=["oauth", "cookie"])
def test_what_a_connection_shows_of_itself(by):
    with serve(auth="both") as server, of.connect(server.base_url, **by(server)) as operate:
        of.read_definitions()
        shown = [repr(operate), str(operate), repr(operate.settings), str(operate.settings), f"{operate.settings}"]
        shown += [repr(vars(operate.transport)), repr(vars(operate.transport._auth))]
        host = server.base_url.removeprefix("http://")

        assert repr(operate) in {
            f"<Operate at {host}, client {server.client_id}, oauth, API v1>",
            f"<Operate at {host}, user demo, cookie, API v1>",
        }
        for text in shown:
            assert server.client_secret not in text
            assert "eyJ" not in text
            assert "'demo'" not in text.replace("'username': 'demo'", "")


def test_a_connection_cannot_be_pickled_or_copied():
    with serve() as server, of.connect(server.base_url, **cookie(server)) as operate:
        for take in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match=r"call connect\(\) there"):
                take(operate)
        for take in (pickle.dumps, copy.deepcopy):
            with pytest.raises(TypeError, match="secret cannot be pickled"):
                take(operate.settings)


def frames_shown(error):
    """Every frame of an error and of what led to it, with its local variables, less those of this file."""
    seen = []
    for each in with_causes(error):
        shown = traceback.TracebackException.from_exception(each, capture_locals=True)
        seen += [
            f"{frame.filename}:{frame.lineno} {frame.locals}" for frame in shown.stack if frame.filename != __file__
        ]
        seen.append(str(each))
    return seen


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_secret": WRONG},
        {"client_secret": WRONG, "token_url": "http://localhost:1/token"},
        {"client_secret": WRONG, "base_url": "localhost"},
        {"client_secret": WRONG, "timeout": -1},
        {"client_secret": WRONG, "auth": "cookie"},
        {"client_secret": WRONG, "token_url": None},
    ],
    ids=",".join,
)
def test_tracebacks_that_show_local_variables_hold_no_secret(wrong, monkeypatch):
    monkeypatch.setenv("OPERATE_FRAMES_TRACEBACK", "full")
    with serve(auth="both") as server:
        arguments = {"base_url": server.base_url} | oauth(server) | wrong
        with pytest.raises(of.OperateError) as caught:
            of.connect(**arguments)

    frames = frames_shown(caught.value)
    assert len(frames) > 2
    for frame in frames:
        assert WRONG not in frame


@pytest.mark.parametrize("shown", ["short", "full"])
def test_tracebacks_of_a_failed_login_and_of_a_failed_read_hold_no_secret(shown, monkeypatch):
    monkeypatch.setenv("OPERATE_FRAMES_TRACEBACK", shown)
    with serve(auth="both", instances=1500) as server:
        with pytest.raises(of.CredentialsRejected) as login:
            of.connect(server.base_url, username="demo", password=WRONG)
        operate = connect_quickly(server.base_url, **oauth(server))
    with pytest.raises(of.ConnectionFailed) as read:
        of.read_instances(operate=operate)

    for frame in frames_shown(login.value) + frames_shown(read.value):
        assert WRONG not in frame
        assert "eyJ" not in frame
        assert server.client_secret not in frame
