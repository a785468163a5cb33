"""What the sandbox was sent, so that a test can prove it."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from functools import lru_cache

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from operate_frames.sandbox.auth.token_service import REALM_PATH

_KEPT = 100_000
_BODY_KEPT = 8_192


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """One request.

    Parameters
    ----------
    method, path : str
        What was asked; the path without its query.
    status : int
        What was answered.
    received : float
        When it came, in epoch seconds.
    token_expires : float or None
        The ``exp`` of the bearer token it carried, None without a readable one.
    is_token_request : bool
        Whether it asked for a token.
    body_size : int
        How many bytes of body were read.
    body : bytes
        The first of them.
    """

    method: str
    path: str
    status: int
    received: float
    token_expires: float | None
    is_token_request: bool
    body_size: int
    body: bytes = field(repr=False)


class RequestLog:
    """The last hundred thousand requests, to be read from any thread."""

    def __init__(self) -> None:
        self._requests: deque[ReceivedRequest] = deque(maxlen=_KEPT)
        self._lock = threading.Lock()

    def add(self, request: ReceivedRequest) -> None:
        """Remember a request."""
        with self._lock:
            self._requests.append(request)

    def listed(self) -> list[ReceivedRequest]:
        """Give the requests so far, oldest first."""
        with self._lock:
            return list(self._requests)


class Logged:
    """Writes every request into a log, just before its answer leaves.

    Parameters
    ----------
    app : ASGI application
        What answers.
    log : RequestLog
        Where to write.
    """

    def __init__(self, app: ASGIApp, log: RequestLog) -> None:
        self._app = app
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and remember it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        received = time.time()
        body = bytearray()

        async def heard() -> Message:
            message = await receive()
            body.extend(message.get("body", b""))
            return message

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._log.add(_noted(scope, received, bytes(body), message["status"]))
            await send(message)

        await self._app(scope, heard, sent)


def _noted(scope: Scope, received: float, body: bytes, status: int) -> ReceivedRequest:
    return ReceivedRequest(
        method=scope["method"],
        path=scope["path"],
        status=status,
        received=received,
        token_expires=_expiry(Request(scope).headers.get("authorization", "")),
        is_token_request=scope["path"] == f"{REALM_PATH}/token",
        body_size=len(body),
        body=body[:_BODY_KEPT],
    )


@lru_cache(maxsize=256)
def _expiry(authorization: str) -> float | None:
    """Read the end of a token's life without judging the token."""
    try:
        payload = authorization.partition(" ")[2].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return float(claims["exp"])
    except (IndexError, KeyError, TypeError, ValueError):
        return None
