"""Where the rows of a search lie along its positions: how many pages lie between two of them, what lies so far ahead.

In each partition rows lie in one run, and nothing lies between the runs. Partitions fill side by side, so what pages
have shown at an offset of one is expected at the same offset of the others. Pure.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable
from itertools import accumulate
from typing import Protocol

from operate_frames.api.base import Partition
from operate_frames.reading.paging.partitions import Run

__all__ = ["ListedPositions", "Runs", "Spread"]

_BUCKETS = 32
# Where a page leapt over a stretch there may still be some rows in other partitions.
_LEAST = 0.001
# Partitions fill about alike: only one that goes further by more than this share is longer.
_FAR = 0.1


class Spread(Protocol):
    """How rows are spread over positions, as far as is known."""

    def pages(self, low: int, high: int) -> float:
        """About how many pages lie above one position and up to another."""

    def ahead(self, position: int, pages: float) -> int:
        """The position that lies about so many pages further, or the last one that rows may have."""

    def saw(self, low: int, high: int, pages: float) -> None:
        """Learn that so many pages went from one position to another."""


class ListedPositions:
    """Positions that are known one by one, going up.

    Parameters
    ----------
    positions : tuple of int
        All of them.
    """

    def __init__(self, positions: tuple[int, ...]) -> None:
        self._positions = positions
        self._seen = 0
        self._pages = 0.0

    def pages(self, low: int, high: int) -> float:
        """About how many pages lie above one position and up to another; 0 before the first page."""
        count = bisect_right(self._positions, high) - bisect_right(self._positions, low)
        return count * self._pages / self._seen if self._seen else 0.0

    def ahead(self, position: int, pages: float) -> int:
        """The position that lies about so many pages further, or the last one."""
        count = max(int(pages * self._seen / self._pages), 1)
        place = bisect_right(self._positions, position) - 1 + count
        return self._positions[min(place, len(self._positions) - 1)]

    def saw(self, low: int, high: int, pages: float) -> None:
        """Learn that so many pages went from one position to another."""
        self._seen += bisect_right(self._positions, high) - bisect_right(self._positions, low)
        self._pages += pages


class Runs:
    """A run in each partition, from the first row to the last.

    Those of partitions that nobody has seen are guessed to be like the ones at both ends.

    Parameters
    ----------
    partition : callable
        Gives the partition of a position.
    first, last : int
        The lowest and the highest position that has rows.
    pages : float
        How many pages there are in all, at least.

    Attributes
    ----------
    further : deque of int
        Partitions, by a position of each, that go further than was guessed: their ends are to be asked for.
    """

    def __init__(self, partition: Callable[[int], Partition], first: int, last: int, pages: float) -> None:
        self.last = last
        self.further: deque[int] = deque()
        self._partition = partition
        self._starts: list[int] = []
        self._runs: list[Run] = []
        low, high = sorted((first - partition(first).start, last - partition(last).start))
        start: int | None = partition(first).start
        while start is not None and start <= last:
            self._starts.append(start)
            self._runs.append(Run(start + low, start + high))
            start = partition(start).end
        self._runs[-1] = Run(min(self._runs[-1].low, last), last)
        self._runs[0] = Run(first, max(self._runs[0].high, first))
        self._ends_asked = {partition(last).start}
        density = pages / sum(run.high - run.low + 1 for run in self._runs)
        self._profile = _Profile(len(self._runs), low, high, density)

    def pages(self, low: int, high: int) -> float:
        """About how many pages lie above one position and up to another."""
        return sum(self._profile.pages(*each) for each in self._offsets(low, high))

    def ahead(self, position: int, pages: float) -> int:
        """The position that lies about so many pages further, or the last one."""
        for place, (start, run) in enumerate(zip(self._starts, self._runs, strict=True)):
            low = max(run.low - 1, position) - start
            if run.high - start <= low:
                continue
            here = self._profile.pages(place, low, run.high - start)
            if here >= pages:
                return min(start + self._profile.ahead(place, low, pages), run.high)
            pages -= here
        return self.last

    def saw(self, low: int, high: int, pages: float) -> None:
        """Learn that so many pages went from one position to another."""
        begins, ends = self._place(low), self._place(high)
        if low >= high:
            return
        if begins == ends:
            self._goes_on_to(ends, high)
            self._profile.add(ends, low - self._starts[ends], high - self._starts[ends], pages)
        else:  # nothing else lies between them; how many rows lie before the gap is not known
            self._runs[begins] = Run(self._runs[begins].low, low)
            self._runs[begins + 1 : ends] = [Run(start, start - 1) for start in self._starts[begins + 1 : ends]]
            self._goes_on_to(ends, high)

    def _goes_on_to(self, place: int, position: int) -> None:
        """Let a run reach a position, and remember it where that is far behind where it was guessed to end."""
        low, high = self._runs[place]
        self._widen(position)
        if position - high > _FAR * (high - low) and self._starts[place] not in self._ends_asked:
            self._ends_asked.add(self._starts[place])
            self.further.append(position)

    def ends_at(self, position: int) -> None:
        """Learn of the last position of a partition."""
        place = self._place(position)
        self._runs[place] = Run(min(self._runs[place].low, position), position)

    def _offsets(self, low: int, high: int) -> list[tuple[int, int, int]]:
        """What of each run lies above one position and up to another, from the start of its partition."""
        found = []
        for place in range(self._place(low), len(self._runs)):
            start, run = self._starts[place], self._runs[place]
            if start > high:
                break
            begin, end = max(run.low - 1, low), min(run.high, high)
            if begin < end:
                found.append((place, begin - start, end - start))
        return found

    def _place(self, position: int) -> int:
        return max(bisect_right(self._starts, position) - 1, 0)

    def _widen(self, position: int) -> None:
        place = self._place(position)
        run = self._runs[place]
        self._runs[place] = Run(min(run.low, position), max(run.high, position))


class _Profile:
    """How dense pages lie at the offsets of each partition, in buckets.

    Where a partition was not seen it is taken to be as the others are there, but so much denser as it was where both
    were seen.

    Parameters
    ----------
    partitions : int
        How many there are.
    low, high : int
        The offsets between which rows are expected; others may come.
    density : float
        Pages a position at least, where nothing was seen.
    """

    def __init__(self, partitions: int, low: int, high: int, density: float) -> None:
        self._low = low
        self._width = max((high - low) / _BUCKETS, 1.0)
        self._density = density
        self._seen = [_Seen() for _ in range(partitions)]
        self._all = _Seen()
        self._sums: dict[int, tuple[list[float], list[float]]] = {}

    def pages(self, partition: int, low: int, high: int) -> float:
        return self._up_to(partition, high) - self._up_to(partition, low)

    def ahead(self, partition: int, offset: int, pages: float) -> int:
        wanted = self._up_to(partition, offset) + pages
        densities, sums = self._summed_up(partition)
        place = min(max(bisect_right(sums, wanted) - 1, 0), len(densities) - 1)
        return int(self._low + place * self._width + (wanted - sums[place]) / densities[place])

    def add(self, partition: int, low: int, high: int, pages: float) -> None:
        while high > self._low + len(self._all.pages) * self._width:
            self._coarsen()
        first = place = self._place(low)
        while place < len(self._all.pages):
            begin = self._low + place * self._width
            inside = min(high, begin + self._width) - (low if place == first else begin)
            if inside <= 0:
                break
            for each in (self._seen[partition], self._all):
                each.positions[place] += inside
                each.pages[place] += pages * inside / (high - low)
            place += 1
        self._sums.clear()

    def _up_to(self, partition: int, offset: int) -> float:
        densities, sums = self._summed_up(partition)
        place = self._place(offset)
        return sums[place] + (offset - self._low - place * self._width) * densities[place]

    def _place(self, offset: int) -> int:
        return min(max(int((offset - self._low) / self._width), 0), len(self._all.pages) - 1)

    def _coarsen(self) -> None:
        """Make each two buckets one, and room for as many behind them."""
        self._width *= 2
        for each in (*self._seen, self._all):
            each.positions, each.pages = _two_by_two(each.positions), _two_by_two(each.pages)

    def _summed_up(self, partition: int) -> tuple[list[float], list[float]]:
        """The density in each bucket of a partition, and how many pages lie before it."""
        if partition not in self._sums:
            densities = self._densities(self._seen[partition])
            sums = list(accumulate((each * self._width for each in densities), initial=0.0))
            self._sums[partition] = densities, sums
        return self._sums[partition]

    def _densities(self, own: _Seen) -> list[float]:
        others = self._all.without(own)
        both = [place for place, seen in enumerate(own.positions) if seen and others[place]]
        expected = sum(others[place] * own.positions[place] for place in both)
        denser = sum(own.pages[place] for place in both) / expected if expected else 1.0
        elsewhere = max(self._density, (own if own.density else self._all).density)
        is_alike = expected > 0 or not own.density
        found = []
        for pages, positions, theirs in zip(own.pages, own.positions, others, strict=True):
            unseen = theirs * denser if theirs and is_alike else elsewhere
            found.append(max(pages / positions if positions else unseen, elsewhere * _LEAST))
        return found


class _Seen:
    """Over how many positions how many pages went, in each bucket."""

    def __init__(self) -> None:
        self.positions = [0.0] * _BUCKETS
        self.pages = [0.0] * _BUCKETS

    @property
    def density(self) -> float:
        """Pages a position on the average; 0 where none was seen."""
        positions = sum(self.positions)
        return sum(self.pages) / positions if positions else 0.0

    def without(self, own: _Seen) -> list[float]:
        """The density in each bucket but for what was seen of one of them; 0 where that is all."""
        return [
            max(pages - less, 0.0) / (positions - fewer) if positions - fewer > 1 else 0.0
            for pages, positions, less, fewer in zip(self.pages, self.positions, own.pages, own.positions, strict=True)
        ]


def _two_by_two(values: list[float]) -> list[float]:
    """The sums of each two, and as many zeros behind them."""
    return [left + right for left, right in zip(values[::2], values[1::2], strict=True)] + [0.0] * (len(values) // 2)
