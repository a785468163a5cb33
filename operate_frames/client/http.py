"""A request that gets its answer: signed in at every attempt, renewed once, tried again where it may pass."""

from __future__ import annotations

import threading

from operate_frames.api.base import Api
from operate_frames.client.auth.signer import Signer
from operate_frames.client.config.secret import Masked
from operate_frames.client.responses import JSON, error_for, is_refused
from operate_frames.client.retry import DEFAULT_POLICY, WHILE_READING, RetryPolicy, call_with_retry
from operate_frames.client.session import HttpSession, Response
from operate_frames.errors import OperateError

__all__ = ["HttpClient"]


class HttpClient:
    """Asks one server and gives the bytes of its answers; what they say when they are no good the API knows."""

    def __init__(self, session: HttpSession, api: Api, policy: RetryPolicy = DEFAULT_POLICY) -> None:
        self.settings = session.settings
        self._session = session
        self._api = api
        self._policy = policy
        self._auth: Signer = session.settings.method.signer(session, policy)

    def post(
        self,
        path: str,
        body: bytes,
        *,
        retry_on: tuple[type[OperateError], ...] = WHILE_READING,
        stopped: threading.Event | None = None,
    ) -> bytes:
        """Send a search and give its answer, a JSON text.

        Parameters
        ----------
        path : str
            Below the base URL, such as ``/v1/process-instances/search``.
        body : bytes
            The question as JSON.
        retry_on : tuple of error classes
            What is worth another attempt.
        stopped : threading.Event, optional
            Once it is set there is no further attempt, and none is waited for.

        Raises
        ------
        ConnectionFailed, SignInFailed, NotOperate, AnswerFailed
            Told apart by subclass.
        """
        return call_with_retry(
            lambda: self._once("POST", path, {"Content-Type": JSON}, body), retry_on, self._policy, stopped=stopped
        )

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
        return call_with_retry(
            lambda: self._once("GET", path, {"Accept": accept}), WHILE_READING, self._policy, stopped=stopped
        )

    def _once(self, method: str, path: str, headers: dict[str, str], body: bytes | None = None) -> bytes:
        response = self._signed(method, path, headers, body)
        error = error_for(response, self.settings, self._api, accept=headers.get("Accept", JSON))
        if error is not None:
            raise error
        return response.content

    def _signed(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> Response:
        signed = self._auth.sign()
        response = self._session.send(method, path, headers=Masked(headers | signed.headers), body=body)
        if is_refused(response) and self._auth.renew(signed):
            signed = self._auth.sign()
            response = self._session.send(method, path, headers=Masked(headers | signed.headers), body=body)
        return response

    def close(self) -> None:
        """Close the connections."""
        self._session.close()
