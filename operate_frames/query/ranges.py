"""Ranges of numbers and moments, from one end on, up to but not including the other; and sets of them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any, NamedTuple

__all__ = ["Range", "complement", "joined"]


class Range(NamedTuple):
    """From `low` on, up to but not including `high`; None where that end is open."""

    low: Any
    high: Any


def joined(ranges: Iterable[Range]) -> list[Range]:
    """The same values without overlaps, in order."""
    found: list[Range] = []
    for each in sorted(ranges, key=lambda each: (each.low is not None, each.low)):
        if found and (found[-1].high is None or each.low is None or each.low <= found[-1].high):
            ends = (found[-1].high, each.high)
            found[-1] = Range(found[-1].low, None if None in ends else max(ends))
        else:
            found.append(each)
    return found


def complement(ranges: Iterable[Range]) -> list[Range]:
    """All other values, in order."""
    taken = joined(ranges)
    if not taken:
        return [Range(None, None)]
    between = [Range(one.high, other.low) for one, other in pairwise(taken)]
    before = [] if taken[0].low is None else [Range(None, taken[0].low)]
    behind = [] if taken[-1].high is None else [Range(taken[-1].high, None)]
    return [*before, *between, *behind]
