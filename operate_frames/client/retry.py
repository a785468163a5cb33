"""Trying again: which errors and statuses are worth it, how often, and how long to wait; all of that stands here."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from operate_frames.errors import ConnectionBroken, ConnectionRefused, OperateError, ServerBusy, SettingsError, TimedOut

if TYPE_CHECKING:
    import tenacity

__all__ = ["AT_FIRST_CONTACT", "DEFAULT_POLICY", "WHILE_READING", "RetryPolicy", "call_with_retry", "is_busy"]

T = TypeVar("T")
_log = logging.getLogger(__name__)

# Once a server has answered, even a refused connection passes: it is being restarted.
WHILE_READING = (ServerBusy, ConnectionBroken, ConnectionRefused, TimedOut)
# The first request tells a wrong address from a right one, and should do so at once.
AT_FIRST_CONTACT = (ServerBusy,)

# 520 to 524 are Cloudflare's words for an origin that does not answer as it should.
_BUSY = frozenset((408, 425, 429, 502, 503, 504, *range(520, 525)))
# How soon a wait ends once one of several events is set, in seconds.
_GLANCE = 0.1


class Clock:
    """The time that waits are measured by; another one makes them pass at once, for tests."""

    def now(self) -> float:
        """Seconds of a clock that never goes back."""
        return time.monotonic()

    def wait(self, seconds: float, stops: tuple[threading.Event, ...]) -> None:
        """Wait, but no longer than until one of the events is set."""
        end = self.now() + seconds
        while (left := end - self.now()) > 0 and not any(each.is_set() for each in stops):
            if stops:
                stops[0].wait(min(left, _GLANCE))
            else:
                time.sleep(left)


_CLOCK = Clock()


@dataclass(frozen=True)
class RetryPolicy:
    """How often a call is tried, and how long: sign-in, renewal and request together.

    Attributes
    ----------
    attempts : int
        So many at most.
    budget : float
        None begins later than so many seconds after the first one began; the second one may, if the first one took
        long. A server's Retry-After is respected, and one beyond this is told at once.
    first_wait : float
        Seconds; it doubles each time, and up to as much again is added by chance.
    longest_wait : float
        Where it stops doubling.
    clock : Clock
        What time is measured by.
    """

    attempts: int = 6
    budget: float = 60.0
    first_wait: float = 0.25
    longest_wait: float = 10.0
    clock: Clock = field(default=_CLOCK, repr=False)

    def __post_init__(self) -> None:
        if self.attempts < 1 or min(self.budget, self.first_wait, self.longest_wait) < 0:
            raise SettingsError(f"{self} cannot be: it takes one attempt or more, and seconds of 0 or more.")

    def wait_after(self, failures: int) -> float:
        """How long to wait at least after so many failures in a row, unless the server says."""
        return float(min(self.first_wait * 2 ** (failures - 1), self.longest_wait))


DEFAULT_POLICY = RetryPolicy()


def is_busy(status: int) -> bool:
    """Whether an HTTP status says that the server cannot answer now, but may soon."""
    return status in _BUSY


def call_with_retry(
    call: Callable[[OperateError | None], T],
    retry_on: tuple[type[OperateError], ...],
    policy: RetryPolicy,
    stops: tuple[threading.Event, ...] = (),
) -> T:
    """Call until it succeeds, fails in another way than by `retry_on`, or has been tried as often as the policy allows.

    Each call is told what the one before ended with. Once one of the `stops` is set there is no further attempt, and a
    wait ends.
    """
    before: OperateError | None = None

    def attempt() -> T:
        nonlocal before
        if before is not None and any(each.is_set() for each in stops):  # while it waited
            raise before
        try:
            return call(before)
        except OperateError as error:
            before = error
            raise

    try:
        return _retrying(retry_on, policy, stops)(attempt)
    finally:
        before = None  # its traceback leads back here


@lru_cache(maxsize=16)
def _retrying(
    retry_on: tuple[type[OperateError], ...], policy: RetryPolicy, stops: tuple[threading.Event, ...]
) -> tenacity.Retrying:
    """One for each kind of call: it keeps no state between calls and takes longer to make than to use."""
    import tenacity  # noqa: PLC0415 - it comes with the first request, not with `import operate_frames`

    by_chance = tenacity.wait_random(0, policy.first_wait)
    return tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(retry_on),
        stop=lambda state: (
            state.attempt_number >= policy.attempts or _is_over(policy, state) or any(each.is_set() for each in stops)
        ),
        before=lambda state: _note_beginning(policy.clock, state),
        sleep=lambda seconds: policy.clock.wait(seconds, stops),
        wait=lambda state: max(policy.wait_after(state.attempt_number) + by_chance(state), _retry_after(_error(state))),
        before_sleep=_log_retry,
        reraise=True,
    )


def _note_beginning(clock: Clock, state: tenacity.RetryCallState) -> None:
    if state.attempt_number == 1:
        state.start_time = clock.now()


def _is_over(policy: RetryPolicy, state: tenacity.RetryCallState) -> bool:
    passed = policy.clock.now() - state.start_time
    # What took its whole time-out is tried once more, however long that was.
    return state.upcoming_sleep + (passed if state.attempt_number > 1 else 0.0) > policy.budget


def _retry_after(error: BaseException | None) -> float:
    return getattr(error, "retry_after", None) or 0


def _error(state: tenacity.RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None


def _log_retry(state: tenacity.RetryCallState) -> None:
    _log.info(
        "%s Trying again in %.1f s (attempt %d failed).", _error(state), state.upcoming_sleep, state.attempt_number
    )
