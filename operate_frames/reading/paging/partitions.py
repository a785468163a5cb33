"""How keys are spread over partitions, and how much of that a walk has behind it.

Keys are ``partition << 51 | counter`` (contract ``operate-v1.md`` section 9): each partition is a run of its own, and
nothing lies between the runs. Pure: asking for the ends is left to the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

__all__ = ["Run", "behind", "partition_end", "runs"]

_COUNTER_BITS = 51


def partition_end(key: int) -> int:
    """The lowest key that the partition behind a key's own can have."""
    return ((key >> _COUNTER_BITS) + 1) << _COUNTER_BITS


class Run(NamedTuple):
    """The lowest and the highest key of one partition, both included."""

    low: int
    high: int


def runs(last_before: Callable[[int | None], int | None], first_from: Callable[[int], int | None]) -> Iterator[Run]:
    """Find the runs of all partitions that have rows, the highest first, two requests each.

    Parameters
    ----------
    last_before : callable
        Gives the highest key below another, or below none the highest of all; None where there is none.
    first_from : callable
        Gives the lowest key from another one on.
    """
    high = last_before(None)
    while high is not None:
        bottom = high >> _COUNTER_BITS << _COUNTER_BITS
        low = first_from(bottom)
        if low is not None and low <= high:  # else its rows have gone meanwhile
            yield Run(low, high)
        high = last_before(bottom)


def behind(found: list[Run], key: int) -> float:
    """Which share of all keys lies at or below one, between 0 and 1."""
    whole = sum(run.high - run.low + 1 for run in found)
    passed = sum(min(max(key - run.low + 1, 0), run.high - run.low + 1) for run in found)
    return passed / whole if whole else 1.0
