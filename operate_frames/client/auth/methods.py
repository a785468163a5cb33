"""The ways to sign in: each gives the headers for one attempt and renews what a server refused.

Contract ``operate-v1.md`` section 6.
"""

from __future__ import annotations

import logging
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from operate_frames.client.auth.token_service import Token, fetch_token
from operate_frames.client.config.secret import Masked
from operate_frames.client.responses import error_body, no_api_at
from operate_frames.client.retry import FOR_A_TOKEN, patiently
from operate_frames.client.session import Wire
from operate_frames.errors import CredentialsRejected, OperateError, ServerBusy

__all__ = ["Attempt", "Auth", "signing_in"]

_log = logging.getLogger(__name__)
_CSRF_HEADERS = ("X-CSRF-TOKEN", "OPERATE-X-CSRF-TOKEN")
# SaaS blocks an address that asks too often "for some time" (contract section 7): this is about a minute.
_TOKEN_ATTEMPTS = 12


@dataclass(frozen=True)
class Attempt:
    """What to send with one attempt; `stamp` tells which token or login that was."""

    headers: Masked
    stamp: object = None


class Auth(Protocol):
    """Signs attempts in."""

    def attempt(self) -> Attempt:
        """Give the headers for one attempt, signing in or renewing first where that is due."""

    def renew(self, refused: Attempt) -> bool:
        """Renew what `refused` was sent with; False where there is nothing to renew."""


def signing_in(wire: Wire) -> Auth:
    """Give the way to sign in that the settings ask for."""
    settings = wire.settings
    if settings.auth == "oauth":
        return OAuth(lambda: patiently(lambda: fetch_token(wire), FOR_A_TOKEN, attempts=_TOKEN_ATTEMPTS))
    if settings.auth == "cookie":
        return Cookie(wire)
    if settings.auth == "bearer" and settings.token:
        return Fixed(Masked(Authorization=f"Bearer {settings.token.reveal()}"))
    if settings.auth == "basic" and settings.password:
        pair = b64encode(f"{settings.username}:{settings.password.reveal()}".encode()).decode("ascii")
        return Fixed(Masked(Authorization=f"Basic {pair}"))
    return Fixed(Masked())


class Fixed:
    """The same headers each time: a ready bearer token, a basic login, or none at all."""

    def __init__(self, headers: Masked) -> None:
        self._attempt = Attempt(headers)

    def attempt(self) -> Attempt:
        """Give the fixed headers."""
        return self._attempt

    def renew(self, refused: Attempt) -> bool:  # noqa: ARG002 - part of Auth
        """There is nothing to renew."""
        return False


class OAuth:
    """A bearer token that is renewed ahead of its end, once however many threads ask for it.

    Parameters
    ----------
    fetch : callable
        Asks the token service.
    clock : callable
        The monotonic clock.
    """

    def __init__(self, fetch: Callable[[], Token], clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._token: Token | None = None

    def attempt(self) -> Attempt:
        """Give the token that is good now."""
        with self._lock:
            if self._token is None or self._clock() >= self._token.due:
                self._token = self._fetch()
            return Attempt(Masked(Authorization=f"Bearer {self._token.text.reveal()}"), stamp=self._token)

    def renew(self, refused: Attempt) -> bool:
        """Forget the refused token, unless another thread already did."""
        with self._lock:
            if self._token is refused.stamp:
                _log.debug("the token was refused ahead of its end; asking for a new one")
                self._token = None
        return True


class Cookie:
    """A login whose session cookie the wire's session keeps, with the CSRF token that came with it."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._lock = threading.Lock()
        self._login: Attempt | None = None

    def attempt(self) -> Attempt:
        """Log in where that has not been done yet."""
        with self._lock:
            if self._login is None:
                self._login = self._log_in()
            return self._login

    def renew(self, refused: Attempt) -> bool:
        """Forget the login that was refused, unless another thread already did."""
        with self._lock:
            if self._login is refused:
                _log.debug("the session ended; logging in again")
                self._login = None
        return True

    def _log_in(self) -> Attempt:
        settings = self._wire.settings
        assert settings.username is not None  # checked in settings
        assert settings.password is not None
        # As form fields, not in the query: a URL ends up in logs and in proxies.
        form = Masked(username=settings.username, password=settings.password.reveal())
        trouble: OperateError | None = None
        for path in ("/api/login", "/login"):  # up to 8.7, from 8.8 on
            answer = self._wire.send("POST", path, headers=Masked(), body=form)
            if answer.status in (200, 204) and not _is_page(answer.headers):
                # Named by version: contract 6.5. Where CSRF is off there is none.
                return Attempt(Masked({name: answer.headers[name] for name in _CSRF_HEADERS if name in answer.headers}))
            if answer.status in (429, 502, 503, 504):
                raise ServerBusy(
                    f"{settings.base_url} is not ready to log in (HTTP {answer.status}).",
                    status=answer.status,
                )
            if answer.status == 401:
                trouble = CredentialsRejected(
                    f"{settings.base_url} refused the login of user {settings.username!r}: check"
                    f" {settings.named('username')} and {settings.named('password')}. A server that signs in"
                    " through Identity has no such users: use client_id, client_secret and token_url there."
                )
                if "message" in error_body(answer):
                    break  # the answer of 8.6 to a wrong password; another path would not know better
            else:
                trouble = trouble or no_api_at(settings, answer)
        assert trouble is not None
        raise trouble


def _is_page(headers: Mapping[str, str]) -> bool:
    return headers.get("Content-Type", "").startswith("text/html")
