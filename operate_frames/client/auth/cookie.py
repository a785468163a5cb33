"""A login as the web page does it: contract ``operate-v1.md`` sections 6.3 to 6.5."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from operate_frames.client.auth.shared import SharedSignIn
from operate_frames.client.auth.signer import SignedHeaders
from operate_frames.client.config.secret import Masked
from operate_frames.client.responses import error_body, no_api_at
from operate_frames.client.retry import is_busy
from operate_frames.errors import CredentialsRejected, OperateError, ServerBusy

if TYPE_CHECKING:
    from operate_frames.client.retry import RetryPolicy
    from operate_frames.client.session import HttpSession

__all__ = ["CookieAuth"]

_log = logging.getLogger(__name__)
_CSRF_HEADERS = ("X-CSRF-TOKEN", "OPERATE-X-CSRF-TOKEN")


class CookieAuth:
    """A login whose session cookie the HTTP session keeps, with the CSRF token that came with it."""

    def __init__(self, session: HttpSession, policy: RetryPolicy) -> None:
        self._session = session
        self._login = SharedSignIn(self._log_in, policy)

    def sign(self) -> SignedHeaders:
        """Log in where that has not been done yet."""
        return self._login.get()

    def renew(self, refused: SignedHeaders) -> bool:
        """Forget the login that was refused."""
        _log.debug("the session ended; logging in again")
        self._login.forget(refused)
        return True

    def after_fork(self) -> None:
        """Keep the login, which both processes may use."""
        self._login.after_fork()

    def _log_in(self) -> SignedHeaders:
        settings = self._session.settings
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
                    f"{settings.base_url} is not ready to log in (HTTP {response.status}){response.asks_to_wait}.",
                    status=response.status,
                    retry_after=response.retry_after,
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
