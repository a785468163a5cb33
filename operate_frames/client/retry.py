"""Trying again: which errors and statuses are worth it, how often, and how long to wait; all of that stands here."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from operate_frames.errors import ConnectionBroken, ConnectionRefused, OperateError, ServerBusy

if TYPE_CHECKING:
    import tenacity

__all__ = [
    "AT_FIRST_CONTACT",
    "DEFAULT_POLICY",
    "FOR_A_TOKEN",
    "WHILE_READING",
    "RetryPolicy",
    "call_with_retry",
    "is_busy",
]

T = TypeVar("T")
_log = logging.getLogger(__name__)

# Once a server has answered, even a refused connection passes: it is being restarted.
WHILE_READING = (ServerBusy, ConnectionBroken, ConnectionRefused)
FOR_A_TOKEN = (ServerBusy, ConnectionBroken)
# The first request tells a wrong address from a right one, and should do so at once.
AT_FIRST_CONTACT = (ServerBusy,)

_BUSY = (429, 502, 503, 504)


@dataclass(frozen=True)
class RetryPolicy:
    """How often something is tried, and how many seconds are waited in between.

    Attributes
    ----------
    attempts : int
        Six take some eight seconds.
    token_attempts : int
        SaaS blocks an address that asks too often for a token "for some time" (contract ``operate-v1.md`` section 7):
        this is about a minute.
    first_wait : float
        It doubles each time, and up to as much again is added by chance.
    longest_wait : float
        Where it stops doubling.
    longest_retry_after : float
        A server's Retry-After is respected up to this; one that asks for more gets no further attempt.
    """

    attempts: int = 6
    token_attempts: int = 12
    first_wait: float = 0.25
    longest_wait: float = 10.0
    longest_retry_after: float = 120.0


DEFAULT_POLICY = RetryPolicy()


def is_busy(status: int) -> bool:
    """Whether an HTTP status says that the server cannot answer now, but may soon."""
    return status in _BUSY


def call_with_retry(
    call: Callable[[], T],
    retry_on: tuple[type[OperateError], ...],
    policy: RetryPolicy,
    *,
    attempts: int | None = None,
    stopped: threading.Event | None = None,
) -> T:
    """Call until it succeeds, fails in another way than by `retry_on`, or has been tried so often.

    `attempts` are the policy's unless they are given. Once `stopped` is set there is no further attempt, and a wait
    ends at once.
    """
    return _retrying(retry_on, policy, attempts or policy.attempts, stopped)(call)


@lru_cache(maxsize=16)
def _retrying(
    retry_on: tuple[type[OperateError], ...], policy: RetryPolicy, attempts: int, stopped: threading.Event | None
) -> tenacity.Retrying:
    """One for each kind of call: it keeps no state between calls and takes longer to make than to use."""
    import tenacity  # noqa: PLC0415 - it comes with the first request, not with `import operate_frames`

    event = stopped or threading.Event()
    back_off = tenacity.wait_exponential(policy.first_wait, policy.longest_wait) + tenacity.wait_random(
        0, policy.first_wait
    )
    return tenacity.Retrying(
        retry=tenacity.retry_if_exception(
            lambda error: isinstance(error, retry_on) and _retry_after(error) <= policy.longest_retry_after
        ),
        stop=tenacity.stop_after_attempt(attempts) | tenacity.stop_when_event_set(event),
        sleep=tenacity.sleep_using_event(event),
        wait=lambda state: max(back_off(state), _retry_after(_error(state))),
        before_sleep=_log_retry,
        reraise=True,
    )


def _retry_after(error: BaseException | None) -> float:
    return getattr(error, "retry_after", None) or 0


def _error(state: tenacity.RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None


def _log_retry(state: tenacity.RetryCallState) -> None:
    wait = state.next_action.sleep if state.next_action else 0
    _log.info("%s Trying again in %.1f s (attempt %d failed).", _error(state), wait, state.attempt_number)
