"""Trying again: what is worth it, how often, and how long to wait in between."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

import tenacity

from operate_frames.errors import ConnectionBroken, ConnectionRefused, OperateError, ServerBusy

__all__ = ["AT_FIRST_CONTACT", "FOR_A_TOKEN", "WHILE_READING", "call_with_retry"]

T = TypeVar("T")
_log = logging.getLogger(__name__)

# Once a server has answered, even a refused connection passes: it is being restarted.
WHILE_READING = (ServerBusy, ConnectionBroken, ConnectionRefused)
FOR_A_TOKEN = (ServerBusy, ConnectionBroken)
# The first request tells a wrong address from a right one, and should do so at once.
AT_FIRST_CONTACT = (ServerBusy,)

_LONGEST_WAIT = 120.0
_back_off = tenacity.wait_exponential(multiplier=0.25, max=10) + tenacity.wait_random(0, 0.25)


def call_with_retry(
    call: Callable[[], T],
    retry_on: tuple[type[OperateError], ...],
    *,
    attempts: int = 6,
    stopped: threading.Event | None = None,
) -> T:
    """Call until it succeeds, fails in another way than by `retry_on`, or has been tried so often.

    Six attempts take some eight seconds. A server's Retry-After is respected up to two minutes; one that
    asks for more gets no further attempt. Once `stopped` is set there is none either, and a wait ends at once.
    """
    return _retrying(retry_on, attempts, stopped)(call)


@lru_cache(maxsize=16)
def _retrying(
    retry_on: tuple[type[OperateError], ...], attempts: int, stopped: threading.Event | None
) -> tenacity.Retrying:
    """One for each kind of patience: it keeps no state between calls and takes longer to make than to use."""
    event = stopped or threading.Event()
    return tenacity.Retrying(
        retry=tenacity.retry_if_exception(lambda error: _passes(error, retry_on)),
        stop=tenacity.stop_after_attempt(attempts) | tenacity.stop_when_event_set(event),
        sleep=tenacity.sleep_using_event(event),
        wait=_wait,
        before_sleep=_tell,
        reraise=True,
    )


def _passes(error: BaseException, retry_on: tuple[type[OperateError], ...]) -> bool:
    asked_for = getattr(error, "retry_after", None) or 0
    return isinstance(error, retry_on) and asked_for <= _LONGEST_WAIT


def _wait(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    return max(_back_off(state), getattr(error, "retry_after", None) or 0)


def _tell(state: tenacity.RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    wait = state.next_action.sleep if state.next_action else 0
    _log.info("%s Trying again in %.1f s (attempt %d failed).", error, wait, state.attempt_number)
