"""Who fetches what next: searches as rows of ranges, and which of them a free thread takes. Pure: it fetches nothing.

A free thread takes the range nearest to the reader that nobody walks; where a range has much left it is cut, and the
thread takes what lies behind.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice, takewhile
from typing import NamedTuple

from operate_frames.api.base import Page
from operate_frames.reading.paging.key_range import PAGES_PER_RANGE, SPARE, KeyRange

__all__ = ["Job", "Limits", "Schedule", "Stream"]

# A page that comes sooner leaves nothing to win by asking for several at once.
_SECONDS_WORTH_IT = 0.003


class Stream:
    """The ranges of one search, the reader's first.

    Attributes
    ----------
    number : int
        Which of the plan's searches it is.
    ranges : deque of KeyRange
        In order; the first one is the reader's.
    is_long : bool
        Whether it is worth dividing.
    awaited : bool
        Whether the reader waits for it.
    """

    def __init__(self, number: int, whole: KeyRange) -> None:
        self.number = number
        self.ranges = deque([whole])
        self.is_long = False
        self.awaited = False

    def insert(self, behind: KeyRange, front: KeyRange) -> None:
        """Put a range behind the one that it was cut from."""
        self.ranges.insert(self.ranges.index(front) + 1, behind)


class Limits(NamedTuple):
    """What may wait for the reader at most, for each worker."""

    pages: int
    nbytes: int


class Job(NamedTuple):
    """What a thread is to fetch: the next page of a range, or its last position."""

    stream: Stream
    range: KeyRange
    wants_last: bool


class Schedule:
    """What is fetched next, by how many threads, and how far ahead of the reader.

    Parameters
    ----------
    ranges : sequence of KeyRange
        Each of the searches, whole.
    workers : int or None
        At most so many requests at once; None: one, or `workers_if_slow` where pages take long enough.
    workers_if_slow : int
        See there.
    ahead : bool
        Whether to fetch ahead of the reader. Without it only what he waits for is fetched, and the first page of each.
    limits : Limits
        What may wait for the reader.
    """

    def __init__(
        self, ranges: Sequence[KeyRange], *, workers: int | None, workers_if_slow: int, ahead: bool, limits: Limits
    ) -> None:
        self.streams = [Stream(number, whole) for number, whole in enumerate(ranges)]
        self.ahead = ahead
        self._workers = workers or 1
        self._workers_if_slow = workers_if_slow
        self._undecided = workers is None
        self._pages_seen = 0
        self._limits = limits

    @property
    def threads_wanted(self) -> int:
        """How many threads there is work for."""
        is_long = any(stream.is_long for stream in self.streams)
        return self._workers if is_long else min(self._workers, len(self.streams))

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to fetch."""
        return all(each.ended for stream in self.streams for each in stream.ranges)

    def next_job(self) -> Job | None:
        """Choose what is nearest to the reader, and mark it as taken; None: nothing now."""
        chosen = self._nearest()
        if chosen is None:
            return None
        stream, each = chosen
        if each.busy:
            each.asked_last = True
            return Job(stream, each, wants_last=True)
        each.busy = True
        return Job(stream, each, wants_last=False)

    def arrived(self, job: Job, page: Page, size: int, seconds: float) -> None:
        """Go on behind a page of so many rows at most that took so long; learn from it.

        Raises
        ------
        BadAnswer
            As `KeyRange.arrived`.
        """
        stream, each = job.stream, job.range
        each.arrived(page, size)
        each.busy = False
        for behind in takewhile(
            lambda other: not other.pages, islice(stream.ranges, stream.ranges.index(each) + 1, None)
        ):
            behind.is_spread_like(each)
        stream.is_long = stream.is_long or each.is_one_of_many(page)
        self._pages_seen += 1
        if self._undecided and self._pages_seen == 2:  # the first page also opens the connection
            self._undecided = False
            self._workers = self._workers_if_slow if seconds >= _SECONDS_WORTH_IT else 1
        if self._workers > 1 and self.ahead and stream.is_long:
            next_partition = each.end_with_partition()
            if next_partition is not None:
                stream.insert(next_partition, each)

    def _nearest(self) -> tuple[Stream, KeyRange] | None:
        """A range to walk, or one whose end to look up."""
        unfinished = [(stream, each) for stream in self.streams for each in stream.ranges if not each.ended]
        unfinished.sort(key=lambda pair: (pair[1].position or 0, pair[1].pages))
        has_room = self._has_room()
        for stream, each in unfinished:
            is_front = each is stream.ranges[0] and not each.held
            if not each.busy and is_front and (stream.awaited or not each.pages):
                return stream, each
            if not has_room:
                continue
            if not each.busy:
                return stream, each
            if self._may_be_cut(stream, each):
                if each.last is None and each.pages and not each.asked_last:
                    return stream, each
                is_long = each.left > PAGES_PER_RANGE
                if is_long and (behind := self._cut(stream, each, PAGES_PER_RANGE - SPARE)) is not None:
                    return stream, behind
        return self._half_of_the_longest(unfinished) if has_room else None

    def _half_of_the_longest(self, unfinished: Sequence[tuple[Stream, KeyRange]]) -> tuple[Stream, KeyRange] | None:
        """Near the end nobody walks alone while others have nothing to do."""
        long = [(stream, each) for stream, each in unfinished if self._may_be_cut(stream, each) and each.left >= 2]
        if not long:
            return None
        stream, each = max(long, key=lambda pair: pair[1].left)
        behind = self._cut(stream, each, each.left / 2)
        return None if behind is None else (stream, behind)

    @staticmethod
    def _cut(stream: Stream, each: KeyRange, pages: float) -> KeyRange | None:
        behind = each.cut(pages)
        if behind is not None:
            stream.insert(behind, each)
        return behind

    def _may_be_cut(self, stream: Stream, each: KeyRange) -> bool:
        return self._workers > 1 and stream.is_long and each.busy

    def _has_room(self) -> bool:
        if not self.ahead:
            return False
        ranges = [each for stream in self.streams for each in stream.ranges]
        pages = sum(each.held + each.busy for each in ranges)
        nbytes = sum(each.bytes_held for each in ranges)
        return pages < self._workers * self._limits.pages and nbytes < self._workers * self._limits.nbytes
