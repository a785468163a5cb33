"""Whichever way one signs in, and whatever goes wrong: no secret shows anywhere, nor goes to another host."""

from __future__ import annotations

import json
import logging
import pickle
import traceback
import warnings
from pathlib import Path
from urllib.parse import quote_plus, urlsplit

import pytest
import requests

import operate_frames as of
from operate_frames.reading.options import Tuning
from operate_frames.sandbox import Faults
from operate_frames.sandbox.http.faults import Troubled
from tests.lab.reads import KINDS, calm_app
from tests.support.causes import with_causes
from tests.support.in_process import ADDRESS, InProcess, VirtualClock

SECRET = "m4rked s3cret+&/%"
TOKEN = "m4rked-t0ken.of.somebody"
COOKIE = "m4rked-c00kie"
CSRF = "m4rked-csrf"
PASSWORD_AS_BASIC = "bWU6bTRya2VkIHMzY3JldCsmLyU="
MARKED = (SECRET, quote_plus(SECRET), SECRET.replace(" ", "%20"), TOKEN, COOKIE, CSRF, PASSWORD_AS_BASIC)
TESTS = str(Path(__file__).parents[1])
READS = 12

WAYS = {
    "oauth": {"client_id": "me", "client_secret": SECRET, "token_url": f"{ADDRESS}/token", "allow_http": True},
    "oauth by HTTP Basic": {
        "client_id": "me",
        "client_secret": SECRET,
        "token_url": f"{ADDRESS}/token",
        "allow_http": True,
        "client_auth": "basic",
    },
    "cookie": {"username": "me", "password": SECRET},
    "basic": {"auth": "basic", "username": "me", "password": SECRET},
    "token": {"token": TOKEN},
    "callable": {"token": lambda: TOKEN},
}


@pytest.fixture(scope="module")
def app():
    """The server, with a token service and a login that take anybody."""
    api = calm_app()

    async def signing_in(scope, receive, send):
        if scope["path"] == "/token":
            body = json.dumps({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 300}).encode()
            await answer(send, 200, body, [(b"content-type", b"application/json")])
        elif scope["path"] == "/api/login":
            headers = [(b"set-cookie", f"OPERATE-SESSION={COOKIE}; Path=/".encode()), (b"x-csrf-token", CSRF.encode())]
            await answer(send, 204, b"", headers)
        else:
            await api(scope, receive, send)

    return signing_in


async def answer(send, status, body, headers):
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Recording(InProcess):
    """Keeps what was sent, and where."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.requests = []

    def send(self, request, **options):
        body = request.body or b""
        sent = f"{request.url}\n{request.headers}\n{body if isinstance(body, str) else body.decode()}"
        self.requests.append((urlsplit(request.url).hostname, urlsplit(request.url).path, sent))
        return super().send(request, **options)


def everything_shown(error):
    """An error and what led to it: texts, arguments, and frames with their variables but for those of the tests."""
    shown = []
    for each in with_causes(error):
        frames = traceback.TracebackException.from_exception(each, capture_locals=True).stack
        shown += [str(frame.locals) for frame in frames if not frame.filename.startswith(TESTS)]
        shown += [repr(each), str(each), repr(each.args), repr(vars(each))]
        try:
            shown.append(repr(pickle.dumps(each)))
        except (TypeError, pickle.PicklingError, AttributeError):
            shown.append("")
    return shown


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture(params=["short", "full"])
def shown_as(request, monkeypatch):
    monkeypatch.setenv("OPERATE_FRAMES_TRACEBACK", request.param)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.usefixtures("folder", "shown_as")
def test_no_secret_shows_or_goes_astray(app, way, caplog, tmp_path):
    caplog.set_level(logging.DEBUG)
    shown, sent, errors = [], [], 0
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for seed in range(READS):
            clock = VirtualClock()
            session = requests.Session()
            session.trust_env = False
            faults = Troubled(app, Faults(seed, 0.3 if seed % 2 else 0.9, KINDS, delay=0.0))
            adapter = Recording(app if seed % 3 else faults, clock)
            session.mount("http://", adapter)
            session.mount("https://", adapter)
            try:
                operate = of.connect(ADDRESS, session=session, retry=of.RetryPolicy(clock=clock), **WAYS[way])
                operate.tuning = Tuning(page_size=50, seconds_between_passes=0)
                adapter.app = faults
                shown += [repr(operate), operate._repr_html_(), repr(operate.settings), repr(vars(operate.transport))]
                frame = of.read_incidents(operate=operate)
                shown += [repr(frame.attrs), repr(operate.last_report), operate.last_report._repr_html_()]
            except of.OperateError as error:
                errors += 1
                shown += everything_shown(error)
            sent += adapter.requests
            adapter.close()

    assert errors > 1
    files = [path.read_bytes().decode(errors="replace") for path in tmp_path.rglob("*") if path.is_file()]
    shown += [caplog.text, *(str(each.message) for each in caught), *files]
    for marked in MARKED:
        assert not [text for text in shown if marked in text], marked
    assert {host for host, _, _ in sent} == {urlsplit(ADDRESS).hostname}
    for _, path, text in sent:
        if not path.endswith(("/token", "/login")):
            assert not any(marked in text for marked in MARKED[:3])
    assert any(marked in text for _, _, text in sent for marked in MARKED), "no secret was sent, so this proves nothing"
