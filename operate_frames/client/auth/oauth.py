"""OAuth2 client credentials: what the token service must be given, and what signs requests with its tokens.

Contract ``operate-v1.md`` sections 1.1, 6.1 and 6.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from operate_frames.client.auth.token import RenewedToken
from operate_frames.client.config.urls import (
    SAAS_AUDIENCE,
    SAAS_TOKEN_URL,
    ZEEBE_AUDIENCE,
    is_loopback,
    is_saas_host,
    split_url,
)
from operate_frames.errors import SettingsError

if TYPE_CHECKING:
    from operate_frames.client.config.sources import SettingsLookup
    from operate_frames.client.retry import RetryPolicy
    from operate_frames.client.session import HttpSession

__all__ = ["oauth", "token_service_settings"]

_CLIENT_AUTH = ("body", "basic")


def oauth(session: HttpSession, policy: RetryPolicy) -> RenewedToken:
    """Send a token of the token service."""
    # It brings requests, which is not for `import operate_frames`.
    from operate_frames.client.auth.token_service import TokenService  # noqa: PLC0415

    return RenewedToken(TokenService(session).fetch, policy)


def token_service_settings(lookup: SettingsLookup, base_url: str, allow_http: bool) -> dict[str, str | None]:
    """Where the secret goes, and what is asked for; SaaS's token service and audience are defaults for SaaS alone."""
    saas = is_saas_host(urlsplit(base_url).hostname)
    client_auth = lookup.get("client_auth")
    if client_auth not in (None, *_CLIENT_AUTH):
        raise SettingsError(f"client_auth={client_auth!r} is not known: use one of {', '.join(_CLIENT_AUTH)}.")
    audience, second = _audiences_of_saas(lookup) if saas else (lookup.get("audience", "token_audience"), None)
    cluster_audience = _audience_of_cluster(lookup, saas=saas)
    return {
        "token_url": _token_url(lookup, base_url, saas, allow_http),
        "audience": audience,
        "second_audience": second,
        "cluster_audience": cluster_audience,
        "scope": lookup.get("scope"),
        "client_auth": client_auth,
    }


def _token_url(lookup: SettingsLookup, base_url: str, saas: bool, allow_http: bool) -> str:
    token_url: str | None = lookup.get("token_url")
    if token_url is None:
        if not saas:
            # The SaaS address as a default would send a Self-Managed secret to a stranger.
            raise SettingsError(
                f"No token_url for {base_url}: pass token_url= or set"
                f" {lookup.spelled('token_url')} in the environment. Nothing was sent.{lookup.unread()}"
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
    return token_url


def _audience_of_cluster(lookup: SettingsLookup, *, saas: bool) -> str | None:
    """The audience of the cluster's own API: what the call says, or what the credentials name for all APIs."""
    for source in lookup.sources:
        for name in ("token_audience", "zeebe_audience", "audience"):
            is_operates = name == "audience" and (source.spelled.get(name) or source.values.get(name) == SAAS_AUDIENCE)
            if name in source.values and not (saas and is_operates):
                return str(source.values[name])
    return ZEEBE_AUDIENCE if saas else None


def _audiences_of_saas(lookup: SettingsLookup) -> tuple[str, str | None]:
    """The audience to ask for, and what to try where that one is refused: contract ``camunda-v2.md`` section 2.2.

    The console's file names an audience for all APIs from 8.9 on, and Zeebe's before, which Operate may refuse.
    """
    for source in lookup.sources:
        for name in ("audience", "token_audience"):
            given = source.values.get(name)
            if given is not None and (name == "audience" or given not in (SAAS_AUDIENCE, ZEEBE_AUDIENCE)):
                lookup.origins["audience"] = source.origin(name)
                return given, None if name == "audience" else SAAS_AUDIENCE
    return SAAS_AUDIENCE, lookup.get("zeebe_audience") or ZEEBE_AUDIENCE
