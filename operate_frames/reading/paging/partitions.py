"""How positions are spread over partitions, and how much of that a walk has behind it.

Within a partition rows lie in one run; nothing lies between the runs. Pure: asking for the ends is left to the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from operate_frames.api.base import Partition

__all__ = ["Run", "runs", "share_behind"]


class Run(NamedTuple):
    """The lowest and the highest position of one partition, both included."""

    low: int
    high: int


def runs(
    last_before: Callable[[int | None], int | None],
    first_from: Callable[[int], int | None],
    partition: Callable[[int], Partition],
) -> Iterator[Run]:
    """Find the runs of all partitions that have rows, the highest first, two requests each.

    Parameters
    ----------
    last_before : callable
        Gives the highest position below another, or below none the highest of all; None where there is none.
    first_from : callable
        Gives the lowest position from another one on.
    partition : callable
        Gives the partition of a position.
    """
    high = last_before(None)
    while high is not None:
        bottom = partition(high).start
        low = first_from(bottom)
        if low is not None and low <= high:  # else its rows have gone meanwhile
            yield Run(low, high)
        high = last_before(bottom)


def share_behind(found: list[Run], position: int) -> float:
    """Which share of all positions lies at or below one, between 0 and 1."""
    whole = sum(run.high - run.low + 1 for run in found)
    passed = sum(min(max(position - run.low + 1, 0), run.high - run.low + 1) for run in found)
    return passed / whole if whole else 1.0
