"""Why a token service gave no token, and what to do about it: contract ``operate-v1.md`` sections 6.1 and 6.2."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus, urlsplit

from operate_frames.client.responses import error_body, is_json
from operate_frames.client.retry import is_busy
from operate_frames.errors import (
    AudienceRejected,
    BadAnswer,
    CredentialsRejected,
    OperateError,
    RequestRejected,
    ServerBusy,
    SettingsError,
)

if TYPE_CHECKING:
    from operate_frames.client.config.settings import Settings
    from operate_frames.client.session import Response

__all__ = ["error_for_refusal"]

_QUOTED = 300
# What Keycloak says, and what that means; compared in lower case.
_KNOWN = {
    "not enabled to retrieve service account": (
        "in Keycloak this client has no service account: switch on 'Service accounts roles' for it, or make it an"
        " application of type M2M in Camunda's Identity"
    ),
    "public client": "in Keycloak this client is public: switch on 'Client authentication' for it",
    "https required": "the realm takes no plain http from this machine: token_url must begin with https://",
    "unsupported_grant_type": "the service does not offer the grant client_credentials",
}


def error_for_refusal(response: Response, code: str | None, settings: Settings) -> OperateError:
    """Tell apart why the token service gave no token.

    Parameters
    ----------
    response : Response
        What it answered.
    code : str or None
        Its own error code, where there was one.
    settings : Settings
        What it was asked with.
    """
    where, status, host = settings.named("token_url"), response.status, urlsplit(settings.token_url).netloc
    said = _said(response, settings)
    because = ": ".join(each for each in (code or f"HTTP {status}", said) if each)
    if is_busy(status):
        return ServerBusy(
            f"The token service at {host} is busy (HTTP {status}){response.asks_to_wait}.",
            status=status,
            retry_after=response.retry_after,
        )
    if (hint := _hint(code, said)) is not None:
        refused = CredentialsRejected if status == 401 or code == "unauthorized_client" else SettingsError
        return refused(f"The token service at {host} refused client {settings.client_id!r} ({because}): {hint}.")
    if code == "invalid_scope":
        return SettingsError(
            f"The token service does not know the scope {settings.scope!r} ({because}): check scope="
            f"{'' if settings.scope else ', which is not given'}."
        )
    if code in ("invalid_target", "access_denied"):
        return AudienceRejected(
            f"The token service grants client {settings.client_id!r} no token for audience {settings.audience!r}"
            f" ({because}): check {settings.named('audience')}, and that the client has the scope for Operate."
        )
    if code in ("invalid_client", "unauthorized_client", "invalid_grant") or status == 401:
        return CredentialsRejected(
            f"The token service at {host} refused client {settings.client_id!r}"
            f" ({because}): check {settings.named('client_id')} and"
            f" {settings.named('client_secret')}; a secret may have expired."
        )
    if status in (403, 404, 405) or not is_json(response):
        return SettingsError(
            f"No token service answers at {settings.token_url} (HTTP {status}{': ' + said if said else ''}): check"
            f" {where}, {_other_path(settings.token_url)}."
        )
    if status >= 400:
        return RequestRejected(
            f"The token service answered HTTP {status} ({because if code or said else 'no reason given'}): check"
            f" {where}, {settings.named('audience')} and {settings.named('scope')}.",
            status=status,
        )
    return BadAnswer(f"The answer of {where} holds no access_token: is it an OAuth2 token URL?", status=status)


def _said(response: Response, settings: Settings) -> str:
    """What the service says in words, on one line; a service may quote what it was sent, so secrets are masked."""
    text = error_body(response).get("error_description")
    if not isinstance(text, str):
        return ""
    secret = settings.client_secret.reveal()
    for spelled in sorted({secret, quote(secret), quote(secret, safe=""), quote_plus(secret)}, key=len, reverse=True):
        text = text.replace(spelled, "***")
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return text if len(text) <= _QUOTED else f"{text[:_QUOTED]} ..."


def _hint(code: str | None, said: str) -> str | None:
    words = f"{code} {said}".lower()
    return next((hint for known, hint in _KNOWN.items() if known in words), None)


def _other_path(token_url: str) -> str:
    """What the right URL may look like: Keycloak has its realms below /auth, or has not."""
    base, realms, rest = token_url.partition("/realms/")
    if not realms:
        return "which ends in /oauth/token or /protocol/openid-connect/token"
    other = base.removesuffix("/auth") if base.endswith("/auth") else f"{base}/auth"
    return f"and whether that realm exists; Keycloak may have its realms at {other}{realms}{rest} instead"
