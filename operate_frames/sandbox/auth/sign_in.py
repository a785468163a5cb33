"""Who may pass: cookie login with its CSRF tokens, bearer tokens, and how each refusal looks (contract, section 6).

The CSRF check needs no session: the header is the cookie's value under a fresh mask, as Spring makes it, so
every header ever given stays good as long as its cookie does, and the bare cookie value is no header.
"""

from __future__ import annotations

import base64
import binascii
import os
import uuid
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from operate_frames.sandbox.auth.key_set import TrustedKeys
from operate_frames.sandbox.auth.token_service import REALMS, TokenService
from operate_frames.sandbox.http.responses import Answer, framework_answer, json_text

_SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}
_FORM = "application/x-www-form-urlencoded"


def masked(token: str) -> str:
    """Give a header value for a CSRF cookie, another each time.

    Parameters
    ----------
    token : str
        The cookie's value.

    Returns
    -------
    str
        96 characters for a UUID.
    """
    plain = token.encode()
    mask = os.urandom(len(plain))
    return base64.urlsafe_b64encode(mask + _xor(mask, plain)).decode()


def unmasked(header: str) -> str | None:
    """Give the CSRF cookie's value that a header value stands for.

    Parameters
    ----------
    header : str
        As received.

    Returns
    -------
    str or None
        None for text that no server has made.
    """
    try:
        both = base64.b64decode(header, altchars="-_", validate=True)
        half = len(both) // 2
        return _xor(both[:half], both[half:]).decode()
    except (binascii.Error, UnicodeError, ValueError):
        return None


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(left ^ right for left, right in zip(one, other, strict=True))


@dataclass(frozen=True)
class SignInStyle:
    """How a version lets people in.

    Parameters
    ----------
    login, logout : str
        The paths.
    cookie : str
        What the session's cookie is called.
    takes_basic : bool
        Whether name and password may come with each request.
    """

    login: str
    logout: str
    cookie: str
    takes_basic: bool


UP_TO_8_7 = SignInStyle("/api/login", "/api/logout", "OPERATE-SESSION", takes_basic=False)
# Contract ``camunda-v2.md`` section 2.3.
FROM_8_8 = SignInStyle("/login", "/logout", "camunda-session", takes_basic=True)


class Gate:
    """The security filters before the API.

    Parameters
    ----------
    app : ASGI application
        What lies behind.
    context_path : str
        What the server's own paths begin with; other paths pass.
    sessions : set of str
        The cookie sessions that are logged in.
    user : tuple of (str, str) or None
        Name and password of the cookie login; None when there is none.
    csrf_name : str or None
        Header and cookie of the CSRF token; None for a server without CSRF.
    tokens : TokenService, TrustedKeys or None
        Who judges bearer tokens; None when nobody reads them.
    style : SignInStyle
        Where clients log in, and what the session's cookie is called.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        context_path: str,
        sessions: set[str],
        user: tuple[str, str] | None,
        csrf_name: str | None,
        tokens: TokenService | TrustedKeys | None,
        style: SignInStyle,
    ) -> None:
        self._app = app
        self._context_path = context_path
        self._sessions = sessions
        self._user = user
        self._csrf_name = csrf_name
        self._tokens = tokens
        self._style = style

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, log in or out, or let the request pass."""
        if scope["type"] != "http" or not self._is_own(scope["path"]):
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        answer = await self._stopped(request)
        if answer is not None:
            await answer(scope, receive, send)
        elif request.method == "GET" and self._csrf_name and self._is_signed_in(request):
            await self._app(scope, receive, self._with_csrf_header(request, self._csrf_name, send))
        else:
            await self._app(scope, receive, send)

    def _is_own(self, path: str) -> bool:
        return path.startswith(f"{self._context_path}/") and not path.startswith(REALMS)

    async def _stopped(self, request: Request) -> Answer | None:
        """Give the answer of the filter that stops the request, None when it may pass."""
        path = request.url.path.removeprefix(self._context_path)
        if self._csrf_name and not self._passes_csrf(request, path, self._csrf_name):
            return self._csrf_refusal(request, self._csrf_name)
        if self._user and request.method == "POST" and path == self._style.logout:
            return self._log_out(request)
        if self._user and request.method == "POST" and path == self._style.login:
            return await self._log_in(request, self._user)
        token = _bearer_token(request)
        if self._tokens and token is not None:
            fault = self._tokens.fault_of(token)
            request.state.by_token = True
            return None if fault is None else _unauthorized(fault)
        if (pair := _basic_pair(request)) is not None and self._style.takes_basic:
            return None if pair == self._user else _unauthorized("")
        if self._is_signed_in(request) or (self._user and path == self._style.login):
            return None
        if self._user and not {"api", "v1", "v2"} & set(path.split("/")[1:-1]):
            return self._redirection(request)
        return _unauthorized("")

    def _is_signed_in(self, request: Request) -> bool:
        by_token = self._tokens is not None and _bearer_token(request) is not None
        return by_token or request.cookies.get(self._style.cookie) in self._sessions

    def _passes_csrf(self, request: Request, path: str, name: str) -> bool:
        exempt = (
            request.method in _SAFE
            or path in {self._style.login, self._style.logout}
            or request.headers.get("authorization", "").startswith("Bearer ")
            or (self._style.takes_basic and _basic_pair(request) is not None)
            or request.headers.get("referer", "").startswith(f"{self._origin(request)}/swagger-ui")
        )
        cookie = request.cookies.get(name)
        return exempt or (bool(cookie) and unmasked(request.headers.get(name, "")) == cookie)

    def _csrf_refusal(self, request: Request, name: str) -> Answer:
        answer = framework_answer(request, 403)
        if name not in request.cookies:
            self._set_cookie(answer, name, str(uuid.uuid4()))
        return answer

    async def _log_in(self, request: Request, user: tuple[str, str]) -> Answer:
        fields = dict(request.query_params)
        if request.headers.get("content-type", "").startswith(_FORM):
            fields |= dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        if (fields.get("username"), fields.get("password")) != user:
            return _unauthorized("")
        session = uuid.uuid4().hex.upper()
        self._sessions.add(session)
        answer = Answer(b"", 204, None, chunked=False)
        self._set_cookie(answer, self._style.cookie, session)
        if self._csrf_name:
            csrf = str(uuid.uuid4())
            self._set_cookie(answer, self._csrf_name, csrf)
            answer.headers[self._csrf_name] = masked(csrf)
        return answer

    def _log_out(self, request: Request) -> Answer:
        self._sessions.discard(request.cookies.get(self._style.cookie, ""))
        answer = Answer(b"", 204, None, chunked=False)
        for name in filter(None, (self._style.cookie, self._csrf_name)):
            self._set_cookie(answer, name, "", max_age=0)
        return answer

    def _redirection(self, request: Request) -> Answer:
        answer = Answer(b"", 302, None, {"Location": f"{self._origin(request)}{self._style.login}"}, chunked=False)
        self._set_cookie(answer, self._style.cookie, uuid.uuid4().hex.upper())
        return answer

    def _origin(self, request: Request) -> str:
        return f"{request.url.scheme}://{request.url.netloc}{self._context_path}"

    def _set_cookie(self, answer: Answer, name: str, value: str, max_age: int | None = None) -> None:
        answer.headers.append("Set-Cookie", self._cookie(name, value, max_age))

    def _cookie(self, name: str, value: str, max_age: int | None = None) -> str:
        age = "" if max_age is None else f" Max-Age={max_age};"
        return f"{name}={value};{age} Path={self._context_path or '/'}; HttpOnly; SameSite=Lax"

    def _with_csrf_header(self, request: Request, name: str, send: Send) -> Send:
        """Add a header value to the answer of an authenticated GET, and the cookie where the client has none."""
        token = request.cookies.get(name) or str(uuid.uuid4())

        async def send_with_header(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.append(name, masked(token))
                if name not in request.cookies:
                    headers.append("Set-Cookie", self._cookie(name, token))
            await send(message)

        return send_with_header


def _bearer_token(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _basic_pair(request: Request) -> tuple[str, str] | None:
    """Name and password of a request that brings them."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, password = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return name, password


def _unauthorized(message: str) -> Answer:
    return Answer(json_text({"message": message}), 401, "application/json;charset=UTF-8", chunked=False)
