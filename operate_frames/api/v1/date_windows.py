"""Ranges of time as whole calendar units, the only ranges that v1 can be asked for (contract ``operate-v1.md`` 4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from operate_frames.query.ranges import Range, joined

__all__ = ["Cover", "Window", "covers_of"]

_SECOND = pd.Timedelta(seconds=1)
_MILLISECOND = pd.Timedelta(milliseconds=1)
# Nobody knows how many rows lie in a range before they are counted: a cover is weighed as if they filled so many pages.
_EXPECTED_PAGES = 64


@dataclass(frozen=True)
class Window:
    """One calendar unit in UTC, or one millisecond where the unit is None."""

    start: pd.Timestamp
    unit: str | None


@dataclass(frozen=True)
class Cover:
    """Disjoint windows that hold the time that was asked for.

    Attributes
    ----------
    windows : tuple of Window
        A search for each.
    exact : bool
        Whether they hold just that time.
    excess : float
        How much more they hold, as a share of it.
    """

    windows: tuple[Window, ...]
    exact: bool
    excess: float = 0.0

    @property
    def cost(self) -> float:
        """About how many requests it takes beside those for the rows that were asked for."""
        return len(self.windows) + self.excess * _EXPECTED_PAGES

    def __str__(self) -> str:
        count = len(self.windows)
        return f"{count} window{'' if count == 1 else 's'} that hold{'s' if count == 1 else ''} {self._too_much}"

    @property
    def _too_much(self) -> str:
        return f"{self.excess:.0%} more than asked for" if self.excess else "just what was asked for"


@dataclass(frozen=True)
class _Unit:
    letter: str
    floor: Callable[[pd.Timestamp], pd.Timestamp]
    next: Callable[[pd.Timestamp], pd.Timestamp]


# Finest first.
_UNITS = (
    _Unit("s", lambda at: at.floor("s"), lambda at: at + _SECOND),
    _Unit("m", lambda at: at.floor("min"), lambda at: at + pd.Timedelta(minutes=1)),
    _Unit("h", lambda at: at.floor("h"), lambda at: at + pd.Timedelta(hours=1)),
    _Unit("d", lambda at: at.floor("D"), lambda at: at + pd.Timedelta(days=1)),
    _Unit("M", lambda at: at.floor("D").replace(day=1), lambda at: at + pd.DateOffset(months=1)),
    _Unit("y", lambda at: at.floor("D").replace(month=1, day=1), lambda at: at + pd.DateOffset(years=1)),
)


def covers_of(ranges: Sequence[Range], *, most: int) -> list[Cover]:
    """All covers of closed ranges with disjoint calendar units, the coarsest first.

    Parameters
    ----------
    ranges : sequence of Range
        UTC Timestamps, both ends closed.
    most : int
        At most so many windows; empty where these are too few for any.
    """
    if all(high - low <= _MILLISECOND for low, high in ranges):
        moments = tuple(Window(low, None) for low in sorted({low for low, _ in ranges}))
        return [Cover(moments, exact=True)] if len(moments) <= most else []
    asked = joined(ranges)
    found = []
    for place in reversed(range(len(_UNITS))):
        covered = joined([_aligned(each, _UNITS[place]) for each in asked])
        windows = _cut(covered, _UNITS[place:], most)
        if windows is None:
            break
        found.append(Cover(windows, exact=covered == asked, excess=_length(covered) / _length(asked) - 1))
        if covered == asked:
            break
    return found


def _aligned(asked: Range, unit: _Unit) -> Range:
    end = unit.floor(asked.high)
    return Range(unit.floor(asked.low), end if end == asked.high else unit.next(end))


def _cut(ranges: Sequence[Range], units: Sequence[_Unit], most: int) -> tuple[Window, ...] | None:
    found: list[Window] = []
    for each in ranges:
        for window in _largest(each, units):
            found.append(window)
            if len(found) > most:
                return None
    return tuple(found)


def _largest(aligned: Range, units: Sequence[_Unit]) -> Iterator[Window]:
    """Cut a range at the calendar's lines, each time with the largest unit that fits."""
    at = aligned.low
    while at < aligned.high:
        unit = next(each for each in reversed(units) if each.floor(at) == at and each.next(at) <= aligned.high)
        yield Window(at, unit.letter)
        at = unit.next(at)


def _length(ranges: Sequence[Range]) -> pd.Timedelta:
    return sum((high - low for low, high in ranges), pd.Timedelta(0))
