"""OAuth2 client credentials: token requests through requests-oauthlib.

Contract ``operate-v1.md`` sections 6.1 and 6.2.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, urlsplit

import requests
from oauthlib.oauth2 import BackendApplicationClient, OAuth2Error
from requests_oauthlib import OAuth2Session

from operate_frames.client.auth.refusals import error_for_refusal
from operate_frames.client.auth.token import Token
from operate_frames.client.config.secret import Secret
from operate_frames.client.failures import FAILURES, connection_error
from operate_frames.client.session import HttpSession, Response
from operate_frames.errors import BadAnswer, OperateError, SettingsError

if TYPE_CHECKING:
    from operate_frames.client.config.settings import Settings

__all__ = ["TokenService"]

_log = logging.getLogger(__name__)
_plain_http = threading.Lock()
_fetching = threading.local()


class TokenService:
    """Gives tokens for a client id and its secret.

    The credentials go in the body or, where the service wants that, as HTTP Basic, and never both: RFC 6749 section
    2.3 allows one mechanism. Keycloak and SaaS take the body.
    """

    def __init__(self, session: HttpSession) -> None:
        self._session = session
        self._client_auth = session.settings.client_auth or "body"

    def fetch(self) -> Token:
        """Ask for a token: once, and once more where the service says that it takes HTTP Basic alone.

        Raises
        ------
        CredentialsRejected, AudienceRejected
            The token service said no.
        ServerBusy
            It cannot answer now; SaaS says so to an address that asks too often.
        ConnectionFailed, SettingsError, BadAnswer, RequestRejected
            No answer, a wrong token URL, or an answer that is no token.
        """
        responses: list[Response] = []
        outcome = self._ask(responses)
        if isinstance(outcome, OperateError) and responses and self._wants_basic(responses[-1]):
            _log.debug("%s takes the secret as HTTP Basic", urlsplit(self._session.settings.token_url).netloc)
            self._client_auth = "basic"
            outcome = self._ask([])
        if isinstance(outcome, OperateError):
            # Raised here and not below: frames of requests-oauthlib hold the secret in their locals.
            raise outcome
        return outcome

    def _wants_basic(self, response: Response) -> bool:
        challenge = str(response.headers.get("WWW-Authenticate", "")).lower()
        given = self._session.settings.client_auth is not None or self._client_auth == "basic"
        return response.status in (400, 401) and "basic" in challenge and not given

    def _ask(self, responses: list[Response]) -> Token | OperateError:
        """One request: a token, or why there is none; its answer goes into the list."""
        session, settings = self._session, self._session.settings
        started = time.monotonic()
        try:
            with _silent_logs(), _http_allowed(settings.token_url):
                granted = _oauth_session(session, responses).fetch_token(
                    settings.token_url,
                    **self._credentials(settings),
                    **session.options_for(settings.token_url),
                    **{name: value for name in ("audience", "scope") if (value := getattr(settings, name))},
                )
            token = Token(Secret(granted["access_token"]), started, _end(started, granted.get("expires_in")))
        except requests.TooManyRedirects:
            return SettingsError(f"{settings.named('token_url')} redirects: give the final address.")
        except FAILURES as error:
            return connection_error(error, settings.token_url, settings.named("token_url"), settings.timeout)
        except (OAuth2Error, KeyError, TypeError, ValueError) as error:
            if not responses:
                return BadAnswer(f"No token could be asked for at {settings.token_url} ({type(error).__name__}).")
            return error_for_refusal(responses[-1], _code(error), settings)
        _log.debug("got a token from %s as client %s", urlsplit(settings.token_url).netloc, settings.client_id)
        return token

    def _credentials(self, settings: Settings) -> dict[str, Any]:
        if self._client_auth == "basic":
            return {"auth": _Basic(settings.client_id, settings.client_secret), "include_client_id": False}
        return {"client_secret": settings.client_secret.reveal(), "include_client_id": True}


class _Basic(requests.auth.AuthBase):
    """Client id and secret as HTTP Basic, encoded as RFC 6749 section 2.3.1 has it."""

    def __init__(self, client_id: str, secret: Secret) -> None:
        self._client_id = client_id
        self._secret = secret

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        pair = f"{quote_plus(self._client_id)}:{quote_plus(self._secret.reveal())}"
        request.headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode('ascii')}"
        return request


def _oauth_session(session: HttpSession, responses: list[Response]) -> OAuth2Session:
    """A session of requests-oauthlib that goes the same way to the network as every other request."""
    oauth = OAuth2Session(client=BackendApplicationClient(client_id=session.settings.client_id))
    session.dress(oauth)
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
