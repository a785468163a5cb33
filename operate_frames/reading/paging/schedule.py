"""Who fetches what next: searches as rows of ranges, and which of them a free thread takes. Pure: it fetches nothing.

A free thread takes the range nearest to the reader that nobody walks; where a range has much left it is cut, and the
thread takes what lies behind.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from operate_frames.api.base import Api, Page, Plan
from operate_frames.reading.paging.key_range import PAGES_PER_RANGE, SPARE, KeyRange, LastRow
from operate_frames.reading.paging.spread import Runs

__all__ = ["Job", "Limits", "Schedule", "Stream", "ranges_of"]

# A page that comes sooner leaves nothing to win by asking for several at once.
_SECONDS_WORTH_IT = 0.003
# Of a server that is near a search of so many pages is cut into ranges.
_MANY_PAGES = 10
# Less than this is walked on by who walks it; a page that is on its way counts.
_WORTH_CUTTING = 1.2
# So many times as many pages as are expected are surely enough.
_SURE = 1.06


class Stream:
    """The ranges of one search, the reader's first.

    Parameters
    ----------
    api : Api
        Whose search.
    plan : Plan
        Whose search.
    number : int
        Which of the plan's searches it is.
    seams : sequence of int
        Positions at which it is cut from the beginning, as its rows have been seen already.

    Attributes
    ----------
    search : SearchRequest
        The whole search.
    ranges : deque of KeyRange
        In order; the first one is the reader's.
    awaited : bool
        Whether the reader waits for it.
    asked_last : bool
        Whether somebody asks or asked for its last row.
    runs : Runs or None
        Where its rows lie, once both ends are known.
    """

    def __init__(self, api: Api, plan: Plan, number: int, seams: Sequence[int] = ()) -> None:
        self.number = number
        self.search = plan.searches[number]
        self.ranges = deque([KeyRange(api, plan, self.search)])
        for at in seams:
            self.ranges.append(self.ranges[-1].divide(at))
        self.awaited = False
        self.asked_last = not plan.seekable or bool(self.search.skip_to)
        self.runs: Runs | None = None
        self._api = api
        self._plan = plan
        self._first: int | None = None
        self._last: LastRow | None = None
        self._at_least = 0  # rows, by the server's count
        self._is_cut = bool(seams)

    @property
    def pages_left(self) -> float:
        """How many pages are left at least, before it is cut; 0 where nothing has come."""
        front = self.ranges[0] if self.ranges else None
        if front is None or front.ended or not front.pages:
            return 0.0
        rows = front.rows if front.total is not None else front.pages * self._plan.page_size
        return max(self._at_least - rows, 0) / self._plan.page_size

    @property
    def is_long(self) -> bool:
        """Whether it has so many pages that it is worth cutting wherever the server is."""
        return self._at_least >= _MANY_PAGES * self._plan.page_size

    @property
    def can_be_cut(self) -> bool:
        """Whether it is known where its rows lie."""
        return any(each.spread is not None for each in self.ranges)

    def insert(self, behind: KeyRange, front: KeyRange) -> None:
        """Put a range behind the one that it was cut from."""
        self.ranges.insert(self.ranges.index(front) + 1, behind)

    def arrived(self, each: KeyRange, page: Page, size: int) -> None:
        """Go on behind a page of a range, and learn from it where rows lie.

        Raises
        ------
        BadAnswer
            As `KeyRange.arrived`.
        """
        each.arrived(page, size)
        self._at_least = max(self._at_least, page.total.value)
        here = page.position
        if here is None or not self._plan.seekable:
            return
        if self._first is None:
            self._first = self._api.first_position(self._plan, page)
            self._spread_out()
        each.ended = each.ended or self._is_last(here, page)

    def has_last(self, last: LastRow | None, before: int | None) -> None:
        """Learn of the last row, or of that before the end of a partition; None: it is not known."""
        if last is None:
            return
        if before is not None and self.runs is not None:
            self.runs.ends_at(last.position)
            return
        self._last = last
        self._spread_out()

    def _spread_out(self) -> None:
        """Know where rows lie, once both ends are known; the first page came from the first range, which is whole."""
        if self._first is None or self._last is None or not self.ranges or self._is_cut:
            return
        whole, last = self.ranges[0], self._last.position
        if self.search.end_before is not None:
            last = min(last, self.search.end_before - 1)
        if whole.position is None or whole.position >= last:
            return
        pages = whole.pages + self.pages_left
        self.runs = whole.spread = Runs(self._api.partition, self._first, last, pages)
        if whole.total is None:  # there may be many more: as many as the first page lets expect
            self.runs.saw(self._first - 1, whole.position, whole.pages)

    def _is_last(self, position: int, page: Page) -> bool:
        """Whether no row lies behind a page's that was there when the last one was asked for, in this very read."""
        if self._last is None or position < self._last.position:
            return False
        if position > self._last.position or len(self._plan.order) == 1:
            return True
        keys = self._api.keys_in(self._plan, page)
        return bool(keys) and keys[-1].strip(b'"').decode() == self._last.key


class Limits(NamedTuple):
    """What may wait for the reader at most, for each worker."""

    pages: int
    nbytes: int


class Job(NamedTuple):
    """What a thread is to fetch: the next page of a range, or its search's last row, of all or before some end."""

    stream: Stream
    range: KeyRange
    wants_last: bool = False
    before: int | None = None


class Schedule:
    """What is fetched next, by how many threads, and how far ahead of the reader.

    Parameters
    ----------
    api : Api
        Whose plan.
    plan : Plan
        Its searches.
    workers : int or None
        At most so many requests at once; None: one, or `workers_if_slow` where pages take long enough.
    workers_if_slow : int
        See there.
    is_far : bool
        Whether a round trip takes so long that it is worth to ask for more than may be needed.
    ahead : bool
        Whether to fetch ahead of the reader. Without it only what he waits for is fetched, and the first page of each.
    limits : Limits
        What may wait for the reader.
    seams : sequence of int
        Positions at which the only search is cut from the beginning.
    """

    def __init__(
        self,
        api: Api,
        plan: Plan,
        *,
        workers: int | None,
        workers_if_slow: int,
        is_far: bool,
        ahead: bool,
        limits: Limits,
        seams: Sequence[int] = (),
    ) -> None:
        self.streams = [Stream(api, plan, number, seams) for number in range(len(plan.searches))]
        self.ahead = ahead
        self._api = api
        self._is_far = is_far
        self._workers = workers or 1
        self._workers_if_slow = workers_if_slow
        self._undecided = workers is None
        self._pages_seen = 0
        self._limits = limits

    @property
    def threads_wanted(self) -> int:
        """How many threads there is work for."""
        one_each = sum(len(stream.ranges) for stream in self.streams)
        if self.ahead and any(self._worth_cutting(stream) for stream in self.streams):
            return self._workers
        return min(self._workers, one_each + self._asks_last_at_once)

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to fetch."""
        return all(each.ended for stream in self.streams for each in stream.ranges)

    def next_job(self) -> Job | None:
        """Choose what is nearest to the reader, and mark it as taken; None: nothing now."""
        job = self._nearest()
        if job is not None and job.before is None and job.wants_last:
            job.stream.asked_last = True
        elif job is not None and not job.wants_last:
            job.range.busy = True
        return job

    def arrived(self, job: Job, page: Page, size: int, seconds: float) -> None:
        """Go on behind a page of so many rows at most that took so long; learn from it.

        Raises
        ------
        BadAnswer
            As `KeyRange.arrived`.
        """
        job.stream.arrived(job.range, page, size)
        job.range.busy = False
        self._pages_seen += 1
        if self._undecided and self._pages_seen == 2:  # the first page also opens the connection
            self._undecided = False
            self._workers = self._workers_if_slow if seconds >= _SECONDS_WORTH_IT else 1

    def has_last(self, job: Job, last: LastRow | None) -> None:
        """Learn of a last row."""
        job.stream.has_last(last, job.before)

    @property
    def _asks_last_at_once(self) -> bool:
        """Whether the last position is asked for beside the first page, where nothing is known of the search."""
        return self._is_far and self.ahead and self._workers > 1 and len(self.streams) == 1

    def _worth_cutting(self, stream: Stream) -> bool:
        """Whether several side by side win more than it costs: a request or two."""
        is_some = stream.can_be_cut or stream.pages_left >= _WORTH_CUTTING
        return stream.is_long or (self._is_far and is_some)

    def _nearest(self) -> Job | None:
        """A range to walk, or an end to look up."""
        if not self.has_room:
            return next((Job(*pair) for pair in self._in_order(self._fronts) if not pair[1].busy), None)
        unfinished = self._in_order([(stream, each) for stream in self.streams for each in stream.ranges])
        near = self._near(unfinished)
        fronts = self._fronts
        for pair in unfinished:
            if not pair[1].busy and (pair in near or pair in fronts):
                return Job(*pair)
        return self._end_to_ask(near) or self._cut_off(near) if self._workers > 1 else None

    @property
    def _fronts(self) -> list[tuple[Stream, KeyRange]]:
        """Those that the reader waits for, and those of which nobody has asked for anything."""
        firsts = [(stream, stream.ranges[0]) for stream in self.streams if stream.ranges]
        return [(stream, each) for stream, each in firsts if not each.held and (stream.awaited or not each.pages)]

    @staticmethod
    def _in_order(ranges: Sequence[tuple[Stream, KeyRange]]) -> list[tuple[Stream, KeyRange]]:
        unfinished = [pair for pair in ranges if not pair[1].ended]
        return sorted(unfinished, key=lambda pair: (pair[1].position or 0, pair[1].pages))

    def _near(self, unfinished: Sequence[tuple[Stream, KeyRange]]) -> Sequence[tuple[Stream, KeyRange]]:
        """Those that begin before what may wait for the reader: what lies farther would take the room of what is next.

        A range may turn out longer than it was cut to be; then it is cut anew, and those behind it have time.
        """
        before = accumulate((each.left for _, each in unfinished), initial=0.0)
        return [pair for pair, pages in zip(unfinished, before, strict=False) if pages < self._window]

    @property
    def _window(self) -> int:
        return self._workers * PAGES_PER_RANGE

    def _end_to_ask(self, near: Sequence[tuple[Stream, KeyRange]]) -> Job | None:
        for stream, each in near:
            if stream.runs is not None and stream.runs.further:
                end = self._api.partition(stream.runs.further.popleft()).end
                return Job(stream, each, wants_last=True, before=end)
            if not stream.asked_last and (self._asks_last_at_once or self._worth_cutting(stream)):
                return Job(stream, each, wants_last=True)
        return None

    def _cut_off(self, near: Sequence[tuple[Stream, KeyRange]]) -> Job | None:
        """What lies behind the nearest range that is long; or else nobody walks long alone while others are idle."""
        near = [pair for pair in near if self._worth_cutting(pair[0])]
        for stream, each in near:
            if each.left > PAGES_PER_RANGE and (job := self._cut(stream, each, PAGES_PER_RANGE - SPARE)):
                return job
        left = sum(each.left for _, each in near)
        if not left:
            return None
        stream, each = max(near, key=lambda pair: pair[1].left)
        if each.left < _WORTH_CUTTING:
            return None
        pages = math.ceil(each.left * _SURE)
        share = min(max(round(left / self._workers), 1), pages // 2)
        return self._cut(stream, each, share * each.left / pages)

    @staticmethod
    def _cut(stream: Stream, each: KeyRange, pages: float) -> Job | None:
        behind = each.cut(pages)
        if behind is None:
            return None
        stream.insert(behind, each)
        return Job(stream, behind)

    @property
    def has_room(self) -> bool:
        """Whether more may wait for the reader."""
        if not self.ahead:
            return False
        ranges = [each for stream in self.streams for each in stream.ranges]
        pages = sum(each.held + each.busy for each in ranges)
        nbytes = sum(each.bytes_held for each in ranges)
        return pages < self._workers * self._limits.pages and nbytes < self._workers * self._limits.nbytes


def ranges_of(pages: int, *, workers: int, is_far: bool) -> int:
    """About how many ranges a search of so many pages is cut into."""
    if workers == 1 or pages < (_WORTH_CUTTING if is_far else _MANY_PAGES):
        return 1
    return max(math.ceil(pages / PAGES_PER_RANGE), min(workers, pages))
