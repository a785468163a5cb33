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
from operate_frames.client.retry import FOR_A_TOKEN, RetryPolicy, call_with_retry, is_busy
from operate_frames.client.session import HttpSession
from operate_frames.errors import CredentialsRejected, OperateError, ServerBusy

__all__ = ["Auth", "SignedHeaders", "signing_in"]

_log = logging.getLogger(__name__)
_CSRF_HEADERS = ("X-CSRF-TOKEN", "OPERATE-X-CSRF-TOKEN")


@dataclass(frozen=True)
class SignedHeaders:
    """What to send with one attempt; `stamp` tells which token or login that was."""

    headers: Masked
    stamp: object = None


class Auth(Protocol):
    """Signs attempts in."""

    def sign(self) -> SignedHeaders:
        """Give the headers for one attempt, signing in or renewing first where that is due."""

    def renew(self, refused: SignedHeaders) -> bool:
        """Renew what `refused` was sent with; False where there is nothing to renew."""


def signing_in(session: HttpSession, policy: RetryPolicy) -> Auth:
    """Give the way to sign in that the settings ask for."""
    settings = session.settings
    if settings.auth == "oauth":
        attempts = policy.token_attempts
        return OAuth(lambda: call_with_retry(lambda: fetch_token(session), FOR_A_TOKEN, policy, attempts=attempts))
    if settings.auth == "cookie":
        return CookieAuth(session)
    if settings.auth == "bearer" and settings.token:
        return StaticAuth(Masked(Authorization=f"Bearer {settings.token.reveal()}"))
    if settings.auth == "basic" and settings.password:
        pair = b64encode(f"{settings.username}:{settings.password.reveal()}".encode()).decode("ascii")
        return StaticAuth(Masked(Authorization=f"Basic {pair}"))
    return StaticAuth(Masked())


class StaticAuth:
    """The same headers each time: a ready bearer token, a basic login, or none at all."""

    def __init__(self, headers: Masked) -> None:
        self._headers = SignedHeaders(headers)

    def sign(self) -> SignedHeaders:
        """Give the fixed headers."""
        return self._headers

    def renew(self, refused: SignedHeaders) -> bool:  # noqa: ARG002 - part of Auth
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

    def sign(self) -> SignedHeaders:
        """Give the token that is good now."""
        with self._lock:
            if self._token is None or self._clock() >= self._token.due:
                self._token = self._fetch()
            return SignedHeaders(Masked(Authorization=f"Bearer {self._token.text.reveal()}"), stamp=self._token)

    def renew(self, refused: SignedHeaders) -> bool:
        """Forget the refused token, unless another thread already did."""
        with self._lock:
            if self._token is refused.stamp:
                _log.debug("the token was refused ahead of its end; asking for a new one")
                self._token = None
        return True


class CookieAuth:
    """A login whose session cookie the HTTP session keeps, with the CSRF token that came with it."""

    def __init__(self, session: HttpSession) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._login: SignedHeaders | None = None

    def sign(self) -> SignedHeaders:
        """Log in where that has not been done yet."""
        with self._lock:
            if self._login is None:
                self._login = self._log_in()
            return self._login

    def renew(self, refused: SignedHeaders) -> bool:
        """Forget the login that was refused, unless another thread already did."""
        with self._lock:
            if self._login is refused:
                _log.debug("the session ended; logging in again")
                self._login = None
        return True

    def _log_in(self) -> SignedHeaders:
        settings = self._session.settings
        assert settings.username is not None  # checked in settings
        assert settings.password is not None
        # As form fields, not in the query: a URL ends up in logs and in proxies.
        form = Masked(username=settings.username, password=settings.password.reveal())
        error: OperateError | None = None
        for path in ("/api/login", "/login"):  # up to 8.7, from 8.8 on
            response = self._session.send("POST", path, headers=Masked(), body=form)
            if response.status in (200, 204) and not _is_page(response.headers):
                # Named by version: contract 6.5. Where CSRF is off there is none.
                return SignedHeaders(
                    Masked({name: response.headers[name] for name in _CSRF_HEADERS if name in response.headers})
                )
            if is_busy(response.status):
                raise ServerBusy(
                    f"{settings.base_url} is not ready to log in (HTTP {response.status}).",
                    status=response.status,
                )
            if response.status == 401:
                error = CredentialsRejected(
                    f"{settings.base_url} refused the login of user {settings.username!r}: check"
                    f" {settings.named('username')} and {settings.named('password')}. A server that signs in"
                    " through Identity has no such users: use client_id, client_secret and token_url there."
                )
                if "message" in error_body(response):
                    break  # the answer of 8.6 to a wrong password; another path would not know better
            else:
                error = error or no_api_at(settings, response)
        assert error is not None
        raise error


def _is_page(headers: Mapping[str, str]) -> bool:
    return headers.get("Content-Type", "").startswith("text/html")
