"""Signing in by the environment alone, and what the server says to those who may not."""

from __future__ import annotations

import pytest

import operate_frames as of

WRONG = "surely-not-this-one"
# One wrong attempt each: servers may lock out who tries often.
WRONG_CREDENTIALS = {
    "oauth": {"client_secret": WRONG},
    "cookie": {"password": WRONG},
    "basic": {"auth": "basic", "password": WRONG},
    "bearer": {"token": WRONG},
}


@pytest.fixture
def wants_a_sign_in(server):
    if server.auth == "none":
        pytest.skip(f"{server.base_url} is open to everybody, so it refuses nobody.")


def test_the_environment_alone_signs_in(server, plain):
    before = plain.total("process-definitions")
    with of.connect() as operate:
        after = plain.total("process-definitions")

        assert operate.settings.base_url == plain.base_url
        assert operate.settings.auth == server.auth
        assert operate.definitions_visible in range(min(before, after), max(before, after) + 1)


@pytest.mark.parametrize("tail", ["/", "/v1", "/operate"])
def test_the_addresses_that_users_paste(plain, tail):
    with of.connect(plain.base_url + tail) as operate:
        assert operate.settings.base_url == plain.base_url


@pytest.mark.usefixtures("wants_a_sign_in")
def test_wrong_credentials_are_refused(server):
    with pytest.raises(of.CredentialsRejected) as caught:
        of.connect(**WRONG_CREDENTIALS[server.auth])

    assert WRONG not in str(caught.value)


@pytest.mark.usefixtures("wants_a_sign_in")
def test_a_token_that_is_none_is_refused():
    with pytest.raises(of.CredentialsRejected):
        of.connect(token=WRONG)


@pytest.mark.usefixtures("wants_a_sign_in")
def test_nobody_is_refused():
    with pytest.raises(of.SignInFailed):
        of.connect(auth="none")
