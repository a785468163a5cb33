"""OAuth2 client credentials: one token request through requests-oauthlib.

Contract ``operate-v1.md`` sections 6.1 and 6.2.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests
from oauthlib.oauth2 import BackendApplicationClient, OAuth2Error
from requests_oauthlib import OAuth2Session

from operate_frames.client.config.secret import Secret
from operate_frames.client.failures import FAILURES, connection_error
from operate_frames.client.retry import is_busy
from operate_frames.client.session import USER_AGENT, HttpSession, Response
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

__all__ = ["Token", "fetch_token"]

_log = logging.getLogger(__name__)
_plain_http = threading.Lock()
_fetching = threading.local()


@dataclass(frozen=True)
class Token:
    """An access token; `expires` and `fetched` are seconds of the monotonic clock, None: not said."""

    text: Secret
    fetched: float
    expires: float | None

    @property
    def due(self) -> float:
        """When to renew: min(30 s, 20 % of life) ahead of the end."""
        if self.expires is None:
            return float("inf")
        return self.expires - min(30.0, 0.2 * (self.expires - self.fetched))


def fetch_token(session: HttpSession) -> Token:
    """Ask the token service once for a token.

    The credentials go in the body and nowhere else: RFC 6749 section 2.3 allows one mechanism, and
    Keycloak and SaaS both take this one.

    Raises
    ------
    CredentialsRejected, AudienceRejected
        The token service said no.
    ServerBusy
        It cannot answer now; SaaS says so to an address that asks too often.
    ConnectionFailed, SettingsError, BadAnswer, RequestRejected
        No answer, a wrong token URL, or an answer that is no token.
    """
    settings = session.settings
    responses: list[Response] = []
    started = time.monotonic()
    failure: OperateError
    try:
        with _silent_logs(), _http_allowed(settings.token_url):
            granted = _oauth_session(session, responses).fetch_token(
                settings.token_url,
                client_secret=settings.client_secret.reveal(),
                include_client_id=True,
                **session.options_for(settings.token_url),
                **{name: value for name in ("audience", "scope") if (value := getattr(settings, name))},
            )
        token = Token(Secret(granted["access_token"]), started, _end(started, granted.get("expires_in")))
        _log.debug("got a token from %s as client %s", _host(settings.token_url), settings.client_id)
        return token
    except requests.TooManyRedirects:
        failure = SettingsError(f"{settings.named('token_url')} redirects: give the final address.")
    except FAILURES as error:
        failure = connection_error(error, settings.token_url, settings.named("token_url"), settings.timeout)
    except (OAuth2Error, KeyError, TypeError, ValueError) as error:
        failure = (
            _error_for_refusal(responses[-1], _code(error), settings)
            if responses
            else BadAnswer(f"No token could be asked for at {settings.token_url} ({type(error).__name__}).")
        )
    # Raised here and not above: frames of requests-oauthlib hold the secret in their locals.
    raise failure


def _oauth_session(session: HttpSession, responses: list[Response]) -> OAuth2Session:
    """A session of requests-oauthlib that goes the same way to the network as every other request."""
    oauth = OAuth2Session(client=BackendApplicationClient(client_id=session.settings.client_id))
    oauth.adapters = session.requests_session.adapters
    oauth.trust_env = session.requests_session.trust_env
    oauth.headers["User-Agent"] = USER_AGENT
    oauth.max_redirects = 0  # a redirect would carry the secret to another address

    def keep(response: requests.Response) -> requests.Response:
        responses.append(Response(response.status_code, response.headers, response.content))
        return response

    oauth.register_compliance_hook("access_token_response", keep)
    return oauth


def _end(started: float, life: object) -> float | None:
    return started + float(life) if isinstance(life, (int, float, str)) else None


def _code(error: Exception) -> str | None:
    """The service's own error code; `missing_token` is oauthlib's word for an answer without one."""
    code = getattr(error, "error", None)
    return code if isinstance(code, str) and code != "missing_token" else None


def _error_for_refusal(response: Response, code: str | None, settings: Settings) -> OperateError:
    """Tell apart why the token service gave no token."""
    where, status = settings.named("token_url"), response.status
    if is_busy(status):
        return ServerBusy(
            f"The token service at {_host(settings.token_url)} is busy (HTTP {status}){response.asks_to_wait}.",
            status=status,
            retry_after=response.retry_after,
        )
    if code == "invalid_scope":
        return SettingsError(f"The token service does not know the scope {settings.scope!r}: check scope=.")
    if code in ("invalid_target", "access_denied"):
        return AudienceRejected(
            f"The token service grants client {settings.client_id!r} no token for audience {settings.audience!r}"
            f" ({code}): check {settings.named('audience')}, and that the client has the scope for Operate."
        )
    if code in ("invalid_client", "unauthorized_client", "invalid_grant") or status == 401:
        return CredentialsRejected(
            f"The token service at {_host(settings.token_url)} refused client {settings.client_id!r}"
            f" ({code or f'HTTP {status}'}): check {settings.named('client_id')} and"
            f" {settings.named('client_secret')}; a secret may have expired."
        )
    if status in (403, 404, 405) or not response.headers.get("Content-Type", "").startswith("application/json"):
        return SettingsError(
            f"No token service answers at {settings.token_url} (HTTP {status}): check {where},"
            " which ends in /oauth/token or /protocol/openid-connect/token."
        )
    if status >= 400:
        return RequestRejected(
            f"The token service answered HTTP {status} ({code or 'no reason given'}): check {where},"
            f" {settings.named('audience')} and {settings.named('scope')}.",
            status=status,
        )
    return BadAnswer(f"The answer of {where} holds no access_token: is it an OAuth2 token URL?", status=status)


def _host(url: str | None) -> str:
    return urlsplit(url or "").netloc


@contextmanager
def _http_allowed(token_url: str) -> Iterator[None]:
    """Let oauthlib take a plain http URL, which `settings` has checked, for this one request.

    oauthlib knows no other switch than an environment variable; it is put back whatever happens.
    """
    if token_url.startswith("https:"):
        yield
        return
    with _plain_http:
        before = os.environ.get("OAUTHLIB_INSECURE_TRANSPORT")
        os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
        try:
            yield
        finally:
            if before is None:
                del os.environ["OAUTHLIB_INSECURE_TRANSPORT"]
            else:
                os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = before


@contextmanager
def _silent_logs() -> Iterator[None]:
    """Drop what requests-oauthlib logs of this thread's request: body, secret and token in clear text."""
    _fetching.now = True
    try:
        yield
    finally:
        _fetching.now = False


def _not_while_fetching(record: logging.LogRecord) -> bool:  # noqa: ARG001 - a filter gets the record
    return not getattr(_fetching, "now", False)


def _after_fork() -> None:
    """The lock may have been held by a thread that the new process does not have."""
    global _plain_http
    _plain_http = threading.Lock()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_after_fork)

logging.getLogger("requests_oauthlib.oauth2_session").addFilter(_not_while_fetching)
