"""A callable as `token=`: what it may give, when it is asked again, and what its failures say."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pytest

import operate_frames as of
from operate_frames.signin.keyring_store import save_signin
from tests.support.scripted import EMPTY_PAGE, Answer, scripted

MARKED = "m4rked-s3cret"


class AccessToken(NamedTuple):
    """As azure-identity has it."""

    token: str
    expires_on: object


class Vault:
    """Gives tokens in turn, and counts how often it was asked."""

    def __init__(self, give):
        self.asked = 0
        self._give = give

    def __call__(self):
        self.asked += 1
        return self._give(self.asked)


def test_a_text_is_asked_for_once_and_again_after_a_refusal():
    vault = Vault(lambda count: f"token-{count}")
    good = ["Bearer token-1"]

    def answer(request):
        return Answer(body=EMPTY_PAGE) if request.headers["Authorization"] in good else Answer(401, b'{"message":"x"}')

    with scripted(answer) as (url, received), of.connect(url, token=vault) as operate:
        of.read_definitions(operate=operate)
        assert vault.asked == 1
        good[:] = ["Bearer token-2"]
        of.read_definitions(operate=operate)

    assert vault.asked == 2
    assert [request.headers["Authorization"][-1] for request in received] == ["1", "1", "1", "2"]


@pytest.mark.parametrize(("life", "asked"), [(3600, 1), (-1, 3), (None, 1)])
def test_the_end_that_it_gives_is_kept_to(life, asked):
    vault = Vault(lambda _: AccessToken("t0ken", None if life is None else int(time.time()) + life))

    with scripted(lambda _: Answer(body=EMPTY_PAGE)) as (url, _), of.connect(url, token=vault, api="v1") as operate:
        of.read_definitions(operate=operate)
        of.read_definitions(operate=operate)

    assert vault.asked == asked


def test_threads_share_what_it_gives():
    together = threading.Barrier(8)
    vault = Vault(lambda _: "t0ken")

    with scripted(lambda _: Answer(body=EMPTY_PAGE)) as (url, _), of.connect(url, token=vault) as operate:
        operate.transport._auth._token._current = None

        def read(_):
            together.wait(timeout=30)
            return len(of.read_definitions(operate=operate))

        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(read, range(8))) == {0}

    assert vault.asked == 2


def test_the_word_bearer_that_was_copied_along_does_no_harm():
    with scripted(lambda _: Answer(body=EMPTY_PAGE)) as (url, received):
        of.connect(url, token="Bearer t0ken\n").close()
        of.connect(url, token=lambda: "bearer t0ken").close()

    assert {request.headers["Authorization"] for request in received} == {"Bearer t0ken"}


def raises(error):
    raise error


@pytest.mark.parametrize(
    ("give", "kind", "said"),
    [
        (lambda: raises(OSError(MARKED)), of.CredentialsRejected, "it raised OSError"),
        (lambda: raises(of.ServerBusy("the vault sleeps", status=503)), of.ServerBusy, "the vault sleeps"),
        (lambda: None, of.SettingsError, "it returned NoneType"),
        (MARKED.encode, of.SettingsError, "it returned bytes"),
        (lambda: AccessToken(MARKED, "tomorrow"), of.SettingsError, "expires_on (seconds since 1970)"),
        (lambda: "", of.SettingsError, "is no token"),
        (lambda: f"{MARKED} and more", of.SettingsError, "is no token"),
        (lambda: f"{MARKED}\r\nX-Evil: 1", of.SettingsError, "is no token"),
        (lambda: f"{MARKED}ü", of.SettingsError, "is no token"),
    ],
)
def test_what_is_no_token_is_one_clear_error(give, kind, said):
    with scripted(lambda _: Answer(body=EMPTY_PAGE)) as (url, received):
        with pytest.raises(kind) as caught:
            of.connect(url, token=give, retry=of.RetryPolicy(attempts=1))

    assert said in str(caught.value)
    assert MARKED not in str(caught.value)
    assert received == []


def test_what_it_holds_shows_nowhere():
    class Holder:
        def __call__(self):
            return "t0ken"

        def __repr__(self):
            return MARKED

    with scripted(lambda _: Answer(body=EMPTY_PAGE)) as (url, _), of.connect(url, token=Holder()) as operate:
        shown = [repr(operate), operate._repr_html_(), repr(operate.settings), repr(vars(operate.transport))]

    assert not any(MARKED in text for text in shown)


def test_a_callable_cannot_be_remembered(monkeypatch):
    with scripted(lambda _: Answer(body=EMPTY_PAGE)) as (url, _), of.connect(url, token=lambda: "t0ken") as operate:
        with pytest.raises(of.SettingsError, match="token= is a callable"):
            save_signin(operate.settings)
