"""A request that gets its answer: signed in at every attempt, renewed once, tried again where it may pass."""

from __future__ import annotations

import threading

from operate_frames.client.auth.methods import Auth, signing_in
from operate_frames.client.config.secret import Masked
from operate_frames.client.responses import JSON, is_refused, trouble_in
from operate_frames.client.retry import WHILE_READING, patiently
from operate_frames.client.session import Answer, Wire
from operate_frames.errors import OperateError

__all__ = ["Transport"]


class Transport:
    """Asks one server and gives the bytes of its answers."""

    def __init__(self, wire: Wire) -> None:
        self.settings = wire.settings
        self._wire = wire
        self._auth: Auth = signing_in(wire)

    def post(
        self,
        path: str,
        body: bytes,
        *,
        troubles: tuple[type[OperateError], ...] = WHILE_READING,
        stopped: threading.Event | None = None,
    ) -> bytes:
        """Send a search and give its answer, a JSON text.

        Parameters
        ----------
        path : str
            Below the base URL, such as ``/v1/process-instances/search``.
        body : bytes
            The question as JSON.
        troubles : tuple of error classes
            What is worth another attempt.
        stopped : threading.Event, optional
            Once it is set there is no further attempt, and none is waited for.

        Raises
        ------
        ConnectionFailed, SignInFailed, NotOperate, AnswerFailed
            Told apart by subclass.
        """
        return patiently(lambda: self._once("POST", path, {"Content-Type": JSON}, body), troubles, stopped=stopped)

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
        return patiently(lambda: self._once("GET", path, {"Accept": accept}), WHILE_READING, stopped=stopped)

    def _once(self, method: str, path: str, headers: dict[str, str], body: bytes | None = None) -> bytes:
        answer = self._signed(method, path, headers, body)
        trouble = trouble_in(answer, self.settings, accept=headers.get("Accept", JSON))
        if trouble is not None:
            raise trouble
        return answer.content

    def _signed(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> Answer:
        attempt = self._auth.attempt()
        answer = self._wire.send(method, path, headers=Masked(headers | attempt.headers), body=body)
        if is_refused(answer) and self._auth.renew(attempt):
            attempt = self._auth.attempt()
            answer = self._wire.send(method, path, headers=Masked(headers | attempt.headers), body=body)
        return answer

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()
