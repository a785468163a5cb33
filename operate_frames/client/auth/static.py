"""The ways to sign in whose headers need no service of their own: none, a bearer token of the user's, basic login."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

from operate_frames.client.auth.signer import SignedHeaders
from operate_frames.client.auth.token import RenewedToken, TokenSource, header_text
from operate_frames.client.config.secret import Masked

if TYPE_CHECKING:
    from operate_frames.client.retry import RetryPolicy
    from operate_frames.client.session import HttpSession

__all__ = ["StaticAuth", "basic", "bearer", "no_auth"]


class StaticAuth:
    """The same headers each time."""

    def __init__(self, headers: Masked) -> None:
        self._headers = SignedHeaders(headers)

    def sign(self) -> SignedHeaders:
        """Give the headers."""
        return self._headers

    def renew(self, refused: SignedHeaders) -> bool:  # noqa: ARG002 - part of Signer
        """There is nothing to renew."""
        return False

    def after_fork(self) -> None:
        """There is nothing that processes must not share."""


def no_auth(_session: HttpSession, _policy: RetryPolicy) -> StaticAuth:
    """Send no credentials."""
    return StaticAuth(Masked())


def bearer(session: HttpSession, policy: RetryPolicy) -> StaticAuth | RenewedToken:
    """Send a token that was got elsewhere, once, or anew whenever that is due."""
    token = session.settings.token
    if isinstance(token, TokenSource):
        return RenewedToken(token.fetch, policy)
    return StaticAuth(Masked(Authorization=f"Bearer {header_text(token).reveal()}"))


def basic(session: HttpSession, _policy: RetryPolicy) -> StaticAuth:
    """Send user name and password with each request."""
    settings = session.settings
    pair = b64encode(f"{settings.username}:{settings.password.reveal()}".encode()).decode("ascii")
    return StaticAuth(Masked(Authorization=f"Basic {pair}"))
