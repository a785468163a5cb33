"""Signing in with `requests` and nothing else, by any of the five ways, in a session that cannot write."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase, HTTPBasicAuth

from tests.live.environment import NamedServer
from tests.support.plain_reader import PlainReader

_LOGINS = ("/api/login", "/login")  # up to 8.7, from 8.8 on
_CSRF_HEADERS = ("X-CSRF-TOKEN", "OPERATE-X-CSRF-TOKEN")
_SEARCH = re.compile(r"/v1/[a-z-]+/search$")


class MayWrite(Exception):
    """A request that is neither a read nor a sign-in. It was not sent."""


class ReadOnlySession(requests.Session):
    """Sends GETs, searches and what signs in, and nothing else; no redirect is followed.

    Parameters
    ----------
    server
        Whose certificates to use, and where the sign-in is.
    base_url
        Operate's address.
    """

    def __init__(self, server: NamedServer, base_url: str) -> None:
        super().__init__()
        self.auth = _Unsigned()
        if server.auth != "cookie":  # a cookie beside other credentials brings the CSRF check with it
            self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        self._sign_ins = {server.token_url, *(base_url + path for path in _LOGINS)}
        self._ca = server.given.get("ca")
        pair = (server.given.get("cert"), server.given.get("key"))
        self.cert = pair if all(pair) else pair[0]

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Send a request that cannot write.

        Raises
        ------
        MayWrite
            For any other.
        """
        url = urlsplit(str(request.url))
        is_search_or_sign_in = _SEARCH.search(url.path) or request.url in self._sign_ins
        if request.method != "GET" and not (request.method == "POST" and is_search_or_sign_in):
            raise MayWrite(f"{request.method} {url.path} is neither a read nor a sign-in.")
        if self._ca:
            options["verify"] = self._ca
        return super().send(request, **options | {"allow_redirects": False})


class _Unsigned(AuthBase):
    """Keeps requests from looking into ~/.netrc."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class _Token(_Unsigned):
    """A bearer token, new when half of its life is over."""

    def __init__(self, fetch: Callable[[], tuple[str, float]]) -> None:
        self._fetch = fetch
        self._lock = threading.Lock()
        self._text, self._due = "", 0.0

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        with self._lock:
            if time.monotonic() >= self._due:
                self._text, life = self._fetch()
                self._due = time.monotonic() + life / 2
            request.headers["Authorization"] = f"Bearer {self._text}"
        return request


def plainly_signed_in(server: NamedServer) -> PlainReader:
    """Sign in at the base URL as it is given, or with or without ``/operate``.

    Raises
    ------
    requests.HTTPError, ValueError
        What the first of the two says.
    """
    given = server.base_url
    other = given.removesuffix("/operate") if given.endswith("/operate") else f"{given}/operate"
    failures = []
    for base_url in (given, other):
        session = ReadOnlySession(server, base_url)
        try:
            _SIGN_IN[server.auth](session, server, base_url)
            reader = PlainReader(base_url, session)
            reader.total("process-definitions")
        except (requests.HTTPError, ValueError) as failure:
            session.close()
            failures.append(failure)
        else:
            return reader
    raise failures[0]


def _by_token_service(session: ReadOnlySession, server: NamedServer, base_url: str) -> None:
    def fetch() -> tuple[str, float]:
        form = {name: server.given.get(name) for name in ("client_id", "client_secret", "scope")}
        form |= {"grant_type": "client_credentials", "audience": server.audience}
        answer = session.post(str(server.token_url), form, auth=_Unsigned(), timeout=30)
        answer.raise_for_status()
        said = answer.json()
        return said["access_token"], float(said.get("expires_in", 60))

    session.auth = _Token(fetch)


def _by_login(session: ReadOnlySession, server: NamedServer, base_url: str) -> None:
    form = {name: server.given[f"cookie_{name}"] for name in ("username", "password")}
    answers = []
    for path in _LOGINS:
        answers.append(session.post(base_url + path, form, timeout=30))
        if answers[-1].status_code in (200, 204):
            said = answers[-1].headers
            session.headers.update({name: said[name] for name in _CSRF_HEADERS if name in said})
            return
    answers[0].raise_for_status()
    raise ValueError(f"{base_url} knows no login: HTTP {answers[0].status_code} for {_LOGINS[0]}.")


def _by_basic(session: ReadOnlySession, server: NamedServer, base_url: str) -> None:
    session.auth = HTTPBasicAuth(server.given["basic_username"], server.given["basic_password"])


def _by_bearer(session: ReadOnlySession, server: NamedServer, base_url: str) -> None:
    session.auth = _Token(lambda: (server.given["token"], float("inf")))


def _by_nothing(session: ReadOnlySession, server: NamedServer, base_url: str) -> None:
    pass


_SIGN_IN = {
    "oauth": _by_token_service,
    "cookie": _by_login,
    "basic": _by_basic,
    "bearer": _by_bearer,
    "none": _by_nothing,
}
