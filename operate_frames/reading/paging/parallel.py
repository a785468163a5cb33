"""Searches walked side by side: threads fetch what is needed next, one reader takes it in order.

A search is a row of parts. A free thread takes the part nearest to the reader that nobody walks; where a part has much
left it is cut, and the thread takes what lies behind. Knows neither HTTP nor field names: the caller gives what asks.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice, takewhile
from typing import TYPE_CHECKING, NamedTuple, Protocol

from operate_frames.api.v1 import codec as v1
from operate_frames.api.v1.planner import Query
from operate_frames.errors import OperateError
from operate_frames.reading.paging.key_range import SPARE, STRETCH, Part, Read

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["MOST_WORKERS", "UNASKED", "Ask", "Taken", "Walk"]

# As many connections are kept open.
MOST_WORKERS = 32
# Nobody asked for more than this, and it is somebody's production server.
UNASKED = 4
# A page that comes sooner leaves nothing to win.
_WORTH_IT = 0.003
# What waits for the reader at most, for each worker, in pages and in bytes; the reader's next page may always come.
_PAGES_WAITING = 28
_BYTES_WAITING = 3_000_000
# Reading a page of a thousand rows costs a third less among many; a page may hold megabytes, so not more than a part.
_TOGETHER = 12
# So many that wait behind are read while there is nothing else to do.
_WORTH_READING = 5
# Seconds to wait for one more page before those at hand are given: a distant server's come one by one.
_PATIENCE = 0.05


class Ask(Protocol):
    """What asks the server; called by several threads at once."""

    def page(self, number: int, query: Query, after: bytes | None, size: int) -> v1.Page:
        """Fetch one page of a search's part."""

    def last(self, query: Query) -> int | None:
        """Fetch the highest key of a part; None where it has no row."""

    def read(self, pages: Sequence[v1.Page]) -> pa.RecordBatch:
        """Make rows of some pages; only their reader calls it."""


class Taken(NamedTuple):
    """Some rows in order; those from the key `until` on are not meant, others bring them."""

    rows: pa.RecordBatch
    until: int | None


class _Lane:
    """The parts of one search, the reader's first."""

    def __init__(self, number: int, part: Part) -> None:
        self.number = number
        self.parts = deque([part])
        self.is_long = False
        self.awaited = False

    def insert(self, part: Part, behind: Part) -> None:
        """Put a part behind the one that it was cut from."""
        self.parts.insert(self.parts.index(part) + 1, behind)


class Walk:
    """Walk searches side by side.

    Parameters
    ----------
    ask : Ask
        What asks the server.
    parts : sequence of Part
        Each of the searches, whole.
    workers : int or None
        At most so many requests at once; None: one, or four where pages take long enough.
    ahead : bool
        Whether to fetch ahead of the reader. Without it only what he waits for is fetched, and the first page of each.
    stopped : threading.Event
        Set when the walk ends, for what waits inside `ask`.
    """

    def __init__(
        self, ask: Ask, parts: Sequence[Part], *, workers: int | None, ahead: bool, stopped: threading.Event
    ) -> None:
        self._ask = ask
        self._lanes = [_Lane(number, part) for number, part in enumerate(parts)]
        self._workers = workers or 1
        self._undecided = workers is None
        self._seen = 0
        self._ahead = ahead
        self._stopped = stopped
        # Entered itself, not through the condition: that is Python, where an interrupt would leave it locked.
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._threads = 0
        self._error: BaseException | None = None

    def start(self) -> None:
        """Fetch the first pages already; without it that begins when they are asked for."""
        with self._lock:
            self._start_threads()

    def rows(self, number: int) -> Iterator[Taken]:
        """Give the rows of one search in order, of a few pages at a time where they come fast.

        Raises
        ------
        OperateError
            Whatever ended the walk, behind the rows that are at hand.
        """
        while True:
            with self._lock:
                taken = self._take(self._lanes[number])
            if taken is None:
                return
            yield taken

    def close(self) -> None:
        """Fetch no more; threads end with the request that they wait for."""
        self._stopped.set()
        with self._lock:
            self._changed.notify_all()

    # What the reader does

    def _take(self, lane: _Lane) -> Taken | None:
        lane.awaited = True
        self._start_threads()
        self._changed.notify_all()
        while lane.parts and not lane.parts[0].waiting and not lane.parts[0].read:
            if lane.parts[0].ended:
                lane.parts.popleft()
                self._changed.notify_all()  # the next part is the reader's now, whether there is room or not
            elif self._error is not None:
                raise self._error
            elif not self._read_behind(lane):
                self._wait()
        if not lane.parts:
            if isinstance(self._error, KeyboardInterrupt):
                raise self._error
            return None
        lane.awaited = False
        front = lane.parts[0]
        while not front.read and (self._read_behind(lane) or self._comes_soon(front)):
            pass
        if not front.read:
            self._read(front)
        self._changed.notify_all()  # there is room again
        return Taken(front.read.popleft().rows, front.query.until)

    def _read_behind(self, lane: _Lane) -> bool:
        """Read pages that wait behind those that the reader waits for; False where there are none worth it yet."""
        if self._error is not None:
            return False
        for part in lane.parts:
            if len(part.waiting) >= _WORTH_READING or (part.ended and part.waiting):
                try:
                    self._read(part)
                except OperateError as error:
                    self._end_with(error)  # what lies before it comes first
                return True
        return False

    def _read(self, part: Part) -> None:
        """Make rows of the first pages that wait; meanwhile others may come."""
        together, part.waiting = part.waiting[:_TOGETHER], part.waiting[_TOGETHER:]
        part.reading = len(together)
        rows: pa.RecordBatch | None = None
        self._lock.release()
        try:
            rows = self._ask.read(together)
        finally:
            self._lock.acquire()
            part.reading = 0
            if rows is None:  # it was stopped, or they cannot be read
                part.waiting[:0] = together
        part.read.append(Read(rows, len(together), rows.nbytes))

    def _end_with(self, error: BaseException) -> None:
        if self._error is None or isinstance(error, KeyboardInterrupt):
            self._error = error
        self._stopped.set()
        self._changed.notify_all()

    def _comes_soon(self, part: Part) -> bool:
        """Wait for one page more; False where none comes in time, none is on its way, or enough are there."""
        there = len(part.waiting)
        if not self._ahead or not part.busy or there >= _TOGETHER or self._error is not None:
            return False
        deadline = time.monotonic() + _PATIENCE
        while len(part.waiting) == there and part.busy and self._error is None:
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            self._wait(left)
        return True

    def _wait(self, seconds: float | None = None) -> None:
        """Wait for a change; an interrupt that comes meanwhile goes on behind what is at hand.

        One that comes at any other time is raised where it comes: rows that are just being taken would be passed over.
        """
        try:
            self._changed.wait(seconds)
        except KeyboardInterrupt as interrupt:
            self._end_with(interrupt)

    # What the threads do

    def _start_threads(self) -> None:
        """Start those that there is work for, each once; parts come up while the walk goes on."""
        wanted = self._workers if any(lane.is_long for lane in self._lanes) else min(self._workers, len(self._lanes))
        while self._threads < wanted:
            self._threads += 1
            threading.Thread(target=self._work, name="operate_frames fetches", daemon=True).start()

    def _work(self) -> None:
        record: Callable[[], None] | None = None
        try:
            while (job := self._next_job(record)) is not None:
                record = job()
        except BaseException as error:  # noqa: BLE001 - raised again where the pages are used
            with self._lock:
                self._end_with(error)

    def _next_job(self, record: Callable[[], None] | None) -> Callable[[], Callable[[], None]] | None:
        """Record what the last job brought and wait for the next one; None: there will be none.

        In one breath, so that a reader sees whether one more page is on its way.
        """
        with self._lock:
            if record is not None:
                record()
                self._start_threads()
                self._changed.notify_all()  # they look when this thread has chosen, or waits
            while (chosen := self._next()) is None and self._goes_on:
                self._changed.wait()
            if chosen is None:
                return None
            lane, part = chosen
            if part.busy:
                part.asked_last = True
                return partial(self._find_last, part)
            part.busy = True
            return partial(self._fetch, lane, part, part.query, part.size)

    @property
    def _goes_on(self) -> bool:
        return not self._stopped.is_set() and any(not part.ended for lane in self._lanes for part in lane.parts)

    def _fetch(self, lane: _Lane, part: Part, query: Query, size: int) -> Callable[[], None]:
        began = time.monotonic()
        page = self._ask.page(lane.number, query, part.after, size)
        return partial(self._arrived, lane, part, page, size, time.monotonic() - began)

    def _find_last(self, part: Part) -> Callable[[], None]:
        """Look up the highest key of a part, beside the thread that walks it."""
        try:
            last = self._ask.last(part.query)
        except OperateError:  # then it is walked by one thread, which may fare better
            return lambda: None
        return partial(part.has_last, last)

    def _arrived(self, lane: _Lane, part: Part, page: v1.Page, size: int, took: float) -> None:
        part.arrived(page, size)
        part.busy = False
        for behind in takewhile(lambda each: not each.pages, islice(lane.parts, lane.parts.index(part) + 1, None)):
            behind.is_spread_like(part)
        self._learn(lane, part, page, took)

    def _learn(self, lane: _Lane, part: Part, page: v1.Page, took: float) -> None:
        """See from a page whether there is much to come, and whether more threads would help."""
        lane.is_long = lane.is_long or part.is_one_of_many(page.total)
        self._seen += 1
        if self._undecided and self._seen == 2:  # the first page also opens the connection
            self._undecided = False
            self._workers = UNASKED if took >= _WORTH_IT else 1
        if self._workers > 1 and self._ahead and lane.is_long:
            behind = part.end_with_partition()
            if behind is not None:
                lane.insert(part, behind)

    # Who fetches what next

    def _next(self) -> tuple[_Lane, Part] | None:
        """Choose what is nearest to the reader: a part to walk, or one whose end to look up; None: nothing now."""
        if self._stopped.is_set():
            return None
        open_parts = [(lane, part) for lane in self._lanes for part in lane.parts if not part.ended]
        open_parts.sort(key=lambda each: (each[1].place or 0, each[1].pages))
        has_room = self._has_room()
        for lane, part in open_parts:
            is_front = part is lane.parts[0] and not part.held
            if not part.busy and is_front and (lane.awaited or not part.pages):
                return lane, part
            if not has_room:
                continue
            if not part.busy:
                return lane, part
            if self._is_cut(lane, part):
                if part.last is None and part.pages and not part.asked_last:
                    return lane, part
                if part.left > STRETCH and (behind := self._cut(lane, part, STRETCH - SPARE)) is not None:
                    return lane, behind
        return self._half_of_the_longest(open_parts) if has_room else None

    def _half_of_the_longest(self, open_parts: Sequence[tuple[_Lane, Part]]) -> tuple[_Lane, Part] | None:
        """Near the end nobody walks alone while others have nothing to do."""
        long = [(lane, part) for lane, part in open_parts if self._is_cut(lane, part) and part.left >= 2]
        if not long:
            return None
        lane, part = max(long, key=lambda each: each[1].left)
        behind = self._cut(lane, part, part.left / 2)
        return None if behind is None else (lane, behind)

    @staticmethod
    def _cut(lane: _Lane, part: Part, pages: float) -> Part | None:
        behind = part.cut(pages)
        if behind is not None:
            lane.insert(part, behind)
        return behind

    def _is_cut(self, lane: _Lane, part: Part) -> bool:
        return self._workers > 1 and lane.is_long and part.busy

    def _has_room(self) -> bool:
        if not self._ahead:
            return False
        parts = [part for lane in self._lanes for part in lane.parts]
        pages = sum(part.held + part.busy for part in parts)
        bytes_waiting = sum(part.bytes_held for part in parts)
        return pages < self._workers * _PAGES_WAITING and bytes_waiting < self._workers * _BYTES_WAITING
