"""A request that gets its answer: signed in at every attempt, renewed once, tried again where it may pass."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from weakref import WeakSet

from operate_frames.api.base import Api
from operate_frames.client.auth.signer import Signer
from operate_frames.client.config.secret import Masked
from operate_frames.client.responses import JSON, error_for, is_refused
from operate_frames.client.retry import DEFAULT_POLICY, WHILE_READING, RetryPolicy, call_with_retry
from operate_frames.client.server_clock import ServerClock
from operate_frames.client.session import HttpSession, Response
from operate_frames.errors import ConnectionFailed, OperateError

__all__ = ["HttpClient"]

# Seconds of a round trip from which on the waiting counts for more than the work.
_FAR_AWAY = 0.01


class HttpClient:
    """Asks one server and gives the bytes of its answers; what they say when they are no good the API knows.

    Attributes
    ----------
    clock : ServerClock
        What its answers tell of time.
    """

    def __init__(self, session: HttpSession, api: Api, policy: RetryPolicy = DEFAULT_POLICY) -> None:
        self.settings = session.settings
        self._session = session
        self._api = api
        self._policy = policy
        self._auth: Signer = session.settings.method.signer(session, policy)
        self._has_answered = False
        self._closed = threading.Event()
        self.clock = ServerClock()
        _open_clients.add(self)

    def speak(self, api: Api) -> None:
        """Read answers as this API says, from now on."""
        self._api = api

    def post(
        self,
        path: str,
        body: bytes | Callable[[OperateError | None], bytes],
        *,
        retry_on: tuple[type[OperateError], ...] = WHILE_READING,
        stopped: threading.Event | None = None,
    ) -> bytes:
        """Send a search and give its answer, a JSON text.

        Parameters
        ----------
        path : str
            Below the base URL, such as ``/v1/process-instances/search``.
        body : bytes or callable
            The question as JSON; or what makes it for each attempt, of the error that the one before ended with.
        retry_on : tuple of error classes
            What is worth another attempt.
        stopped : threading.Event, optional
            Once it is set there is no further attempt, and none is waited for.

        Raises
        ------
        ConnectionFailed, SignInFailed, NotOperate, AnswerFailed
            Told apart by subclass.
        """

        def attempt(before: OperateError | None) -> bytes:
            return self._once("POST", path, {"Content-Type": JSON}, body(before) if callable(body) else body)

        return self._call(attempt, retry_on, stopped)

    def get(self, path: str, *, accept: str = JSON, stopped: threading.Event | None = None) -> bytes:
        """Get one thing by its key.

        Parameters
        ----------
        path : str
            Below the base URL.
        accept : str
            The media type that the answer must have.
        stopped : threading.Event, optional
            As in `post`.

        Raises
        ------
        NotFound
            There is nothing with that key.
        ConnectionFailed, SignInFailed, NotOperate, AnswerFailed
            Told apart by subclass.
        """
        return self._call(lambda _: self._once("GET", path, {"Accept": accept}), WHILE_READING, stopped)

    def _call(
        self,
        call: Callable[[OperateError | None], bytes],
        retry_on: tuple[type[OperateError], ...],
        stopped: threading.Event | None,
    ) -> bytes:
        stops = (self._closed,) if stopped is None else (stopped, self._closed)
        return call_with_retry(call, retry_on, self._policy, stops)

    def _once(self, method: str, path: str, headers: dict[str, str], body: bytes | None = None) -> bytes:
        self.check_open()
        response = self._signed(method, path, headers, body)
        accept = headers.get("Accept", JSON)
        error = error_for(response, self.settings, self._api, accept=accept, has_answered=self._has_answered)
        if error is not None:
            raise error
        self._has_answered = True
        return response.content

    def _signed(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> Response:
        signed = self._auth.sign()
        response = self._timed(method, path, Masked(headers | signed.headers), body)
        if is_refused(response) and self._auth.renew(signed):
            signed = self._auth.sign()
            response = self._timed(method, path, Masked(headers | signed.headers), body)
        return response

    def _timed(self, method: str, path: str, headers: Masked, body: bytes | None) -> Response:
        began = time.monotonic()
        response = self._session.send(method, path, headers=headers, body=body)
        self.clock.saw(response.headers.get("Date"), began)
        return response

    @property
    def is_far(self) -> bool:
        """Whether a round trip takes so long that requests are worth sending which may turn out not to be needed."""
        return self.clock.round_trip >= _FAR_AWAY

    def open_ahead(self, count: int) -> None:
        """Have so many connections open soon, where opening them takes long."""
        if self.is_far and not self.is_closed:
            self._session.open_ahead(count)

    @property
    def is_closed(self) -> bool:
        """Whether nothing is sent any more."""
        return self._closed.is_set()

    def check_open(self) -> None:
        """Refuse to go on once it was closed.

        Raises
        ------
        ConnectionFailed
            It was.
        """
        if self.is_closed:
            raise ConnectionFailed(f"The connection to {self.settings.base_url} was closed: call connect() again.")

    def close(self) -> None:
        """Close the connections; who waits for another attempt gets none."""
        self._closed.set()
        self._session.close()

    def after_fork(self) -> None:
        """Be a connection of this process's own."""
        self._session.after_fork()
        self._auth.after_fork()


_open_clients: WeakSet[HttpClient] = WeakSet()


def _after_fork() -> None:
    for client in _open_clients:
        client.after_fork()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_after_fork)
