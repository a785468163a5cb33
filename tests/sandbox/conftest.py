"""A client session that takes nothing from the machine, and ways to sign in to a sandbox."""

from __future__ import annotations

import pytest
import requests


@pytest.fixture
def session():
    with requests.Session() as made:
        made.trust_env = False
        yield made


@pytest.fixture
def log_in(session):
    """Log in by cookie and keep sending the CSRF header, where the server has one."""

    def logged_in(sandbox, name="X-CSRF-TOKEN"):
        credentials = {"username": sandbox.username, "password": sandbox.password}
        answer = session.post(f"{sandbox.base_url}/api/login", params=credentials)
        assert answer.status_code == 204
        if name in answer.headers:
            session.headers[name] = answer.headers[name]
        return session

    return logged_in


@pytest.fixture
def fetch_token(session):
    """Ask a sandbox's token service for a token, its own client and secret unless told otherwise."""

    def fetched(sandbox, **changes):
        form = {
            "grant_type": "client_credentials",
            "client_id": sandbox.client_id,
            "client_secret": sandbox.client_secret,
        }
        return session.post(sandbox.token_url, data=form | changes)

    return fetched


@pytest.fixture
def search(session):
    """Search a resource; gives the answer."""

    def searched(sandbox, body=None, resource="process-instances", **request):
        url = f"{sandbox.base_url}/v1/{resource}/search"
        sent = {} if "data" in request else {"json": {} if body is None else body}
        return session.post(url, **sent, **request)

    return searched
