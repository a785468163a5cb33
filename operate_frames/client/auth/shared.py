"""What threads sign in with: got once however many of them ask for it, and not again too soon where that failed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from operate_frames.client.retry import RetryPolicy
from operate_frames.errors import ServerBusy

__all__ = ["SharedSignIn"]

T = TypeVar("T")


class SharedSignIn(Generic[T]):
    """A token or a login that all threads of a connection use.

    Parameters
    ----------
    sign_in : callable
        Asks for one, by one request or a few.
    policy : RetryPolicy
        How long a service that is busy is left alone. Who asks meanwhile gets its answer again, as each further request
        could prolong a block.
    is_due : callable, optional
        Whether one is to be renewed before it is used.
    """

    def __init__(
        self, sign_in: Callable[[], T], policy: RetryPolicy, is_due: Callable[[T], bool] = lambda _: False
    ) -> None:
        self._sign_in = sign_in
        self._policy = policy
        self._is_due = is_due
        self._lock = threading.Lock()
        self._current: T | None = None
        self._refusals = 0
        self._refusal: ServerBusy | None = None
        self._left_alone_until = 0.0

    def get(self) -> T:
        """Give what is good now, signing in or renewing where that is due."""
        with self._lock:
            if self._current is None or self._is_due(self._current):
                self._current = self._signed_in()
            return self._current

    def forget(self, refused: object) -> None:
        """Forget what was refused, unless another thread already did."""
        with self._lock:
            if self._current is refused:
                self._current = None

    def after_fork(self) -> None:
        """Be usable in a process that was forked while a thread held the lock."""
        self._lock = threading.Lock()

    def _signed_in(self) -> T:
        left = self._left_alone_until - self._policy.clock.now()
        if self._refusal is not None and left > 0:
            raise ServerBusy(str(self._refusal), status=self._refusal.status or 503, retry_after=left)
        try:
            signed_in = self._sign_in()
        except ServerBusy as busy:
            self._refusals += 1
            self._refusal = busy
            wait = max(self._policy.wait_after(self._refusals), busy.retry_after or 0)
            self._left_alone_until = self._policy.clock.now() + wait
            raise
        self._refusals, self._refusal = 0, None
        return signed_in
