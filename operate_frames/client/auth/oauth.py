"""OAuth2 client credentials: what the token service must be given, and a token renewed ahead of its end.

Contract ``operate-v1.md`` sections 1.1, 6.1 and 6.2.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from operate_frames.client.auth.shared import SharedSignIn
from operate_frames.client.auth.signer import SignedHeaders
from operate_frames.client.config.secret import Masked
from operate_frames.client.config.urls import SAAS_AUDIENCE, SAAS_TOKEN_URL, is_loopback, is_saas_host, split_url
from operate_frames.errors import SettingsError

if TYPE_CHECKING:
    from operate_frames.client.auth.token_service import Token
    from operate_frames.client.config.sources import SettingsLookup
    from operate_frames.client.retry import RetryPolicy
    from operate_frames.client.session import HttpSession

__all__ = ["OAuth", "token_service_settings"]

_log = logging.getLogger(__name__)


class OAuth:
    """A bearer token that is renewed ahead of its end."""

    def __init__(self, session: HttpSession, policy: RetryPolicy) -> None:
        self._session = session
        self._token = SharedSignIn(self._fetch, policy, is_due=lambda token: time.monotonic() >= token.due)

    def sign(self) -> SignedHeaders:
        """Give the token that is good now."""
        token = self._token.get()
        return SignedHeaders(Masked(Authorization=f"Bearer {token.text.reveal()}"), stamp=token)

    def renew(self, refused: SignedHeaders) -> bool:
        """Forget the refused token."""
        _log.debug("the token was refused ahead of its end; asking for a new one")
        self._token.forget(refused.stamp)
        return True

    def after_fork(self) -> None:
        """Keep the token, which both processes may use."""
        self._token.after_fork()

    def _fetch(self) -> Token:
        # It brings requests, which is not for `import operate_frames`.
        from operate_frames.client.auth.token_service import fetch_token  # noqa: PLC0415

        return fetch_token(self._session)


def token_service_settings(lookup: SettingsLookup, base_url: str, allow_http: bool) -> dict[str, str | None]:
    """Where the secret goes, and what is asked for; SaaS's token service and audience are defaults for SaaS alone."""
    saas = is_saas_host(urlsplit(base_url).hostname)
    token_url = lookup.get("token_url")
    if token_url is None:
        if not saas:
            # The SaaS address as a default would send a Self-Managed secret to a stranger.
            raise SettingsError(
                f"No token_url for {base_url}: pass token_url= or set"
                f" {lookup.spelled('token_url')} in the environment. Nothing was sent."
            )
        token_url = SAAS_TOKEN_URL
    origin = lookup.origins.get("token_url", "the SaaS default")
    parts = split_url(token_url, origin)
    if is_saas_host(parts.hostname) and not saas and not origin.startswith("the argument"):
        raise SettingsError(
            f"token_url {token_url!r} (from {origin}) is Camunda SaaS's, but base_url {base_url} is not:"
            " the secret would go to a stranger. Pass the right token_url=."
        )
    if parts.scheme == "http" and not (allow_http or is_loopback(parts.hostname)):
        raise SettingsError(
            f"token_url {token_url!r} (from {origin}) would send the client secret unencrypted:"
            " use https, or allow_http=True if that network is safe."
        )
    audience = lookup.get("audience")
    if audience is None:
        audience = SAAS_AUDIENCE if saas else lookup.get("audience", "token_audience")
    return {"token_url": token_url, "audience": audience, "scope": lookup.get("scope")}
