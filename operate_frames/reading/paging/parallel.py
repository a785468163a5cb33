"""Searches read side by side: threads fetch what the schedule says, one reader takes it in order.

Knows neither HTTP nor field names: the caller gives what asks.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from operate_frames.api.base import Cursor, SearchRequest
from operate_frames.errors import ConnectionBroken, OperateError
from operate_frames.reading.paging.key_range import Decoded, KeyRange
from operate_frames.reading.paging.schedule import Job, Schedule, Stream
from operate_frames.reading.paging.source import PageSource

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ParallelReader", "Rows"]

# Decoding a page of a thousand rows costs a third less among many; a page may hold megabytes, so not more than some.
_PAGES_TOGETHER = 12
# So many that wait behind are decoded while there is nothing else to do.
_WORTH_DECODING = 5
# Seconds to wait for one more page before those at hand are given: a distant server's come one by one.
_PATIENCE = 0.05


class Rows(NamedTuple):
    """Some rows in order; others bring those up to `start`, and those from the position `end_before` on."""

    rows: pa.RecordBatch
    start: tuple[Any, ...] | None
    end_before: int | None


class ParallelReader:
    """Read searches side by side.

    Parameters
    ----------
    source : PageSource
        What asks the server.
    schedule : Schedule
        What is fetched next.
    stopped : threading.Event
        Set when the reading ends, for what waits inside `source`.
    """

    def __init__(self, source: PageSource, schedule: Schedule, *, stopped: threading.Event) -> None:
        self._source = source
        self._schedule = schedule
        self._stopped = stopped
        # Entered itself, not through the condition: that is Python, where an interrupt would leave it locked.
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._process = os.getpid()
        self._pages_together = _PAGES_TOGETHER
        self._threads = 0
        self._error: BaseException | None = None

    def start(self) -> None:
        """Fetch the first pages already; without it that begins when they are asked for."""
        with self._lock:
            self._start_threads()

    def rows(self, number: int) -> Iterator[Rows]:
        """Give the rows of one search in order, of a few pages at a time where they come fast.

        Raises
        ------
        OperateError
            Whatever ended the walk, behind the rows that are at hand.
        """
        while True:
            if self._is_elsewhere:
                raise ConnectionBroken("This read began in another process, and goes on there: read anew in this one.")
            with self._lock:
                taken = self._take(self._schedule.streams[number])
            if taken is None:
                return
            yield taken

    def close(self) -> None:
        """Fetch no more; threads end with the request that they wait for."""
        if self._is_elsewhere:
            return
        self._stopped.set()
        with self._lock:
            self._changed.notify_all()

    # What the reader does

    @property
    def _is_elsewhere(self) -> bool:
        """Whether this process was forked meanwhile: the threads are in the other one, and a lock may be held there."""
        return os.getpid() != self._process

    def _take(self, stream: Stream) -> Rows | None:
        stream.awaited = True
        self._start_threads()
        self._changed.notify_all()
        while stream.ranges and not stream.ranges[0].waiting and not stream.ranges[0].decoded:
            if stream.ranges[0].ended:
                stream.ranges.popleft()
                self._changed.notify_all()  # the next range is the reader's now, whether there is room or not
            elif self._error is not None:
                raise self._error
            elif not self._decode_behind(stream):
                self._wait()
        if not stream.ranges:
            if isinstance(self._error, KeyboardInterrupt):
                raise self._error
            return None
        stream.awaited = False
        front = stream.ranges[0]
        while not front.decoded and (self._decode_behind(stream) or self._comes_soon(front)):
            pass
        while not front.decoded:
            self._decode(front)
        self._changed.notify_all()  # there is room again
        return Rows(front.decoded.popleft().rows, front.search.start, front.search.end_before)

    def _decode_behind(self, stream: Stream) -> bool:
        """Decode pages that wait behind those that the reader waits for; False where there are none worth it yet."""
        if self._error is not None:
            return False
        waits = next((each for each in stream.ranges if self._is_worth_decoding(each)), None)
        if waits is None and not self._schedule.has_room:  # rows take less room than pages
            waits = next((each for each in stream.ranges if each.waiting), None)
        if waits is None:
            return False
        try:
            self._decode(waits)
        except OperateError as error:
            self._end_with(error)  # what lies before it comes first
        return True

    @staticmethod
    def _is_worth_decoding(each: KeyRange) -> bool:
        return len(each.waiting) >= _WORTH_DECODING or (each.ended and bool(each.waiting))

    def _decode(self, each: KeyRange) -> None:
        """Make rows of the first pages that wait; meanwhile others may come.

        Of pages that cannot be read together those before the bad one are: from then on each is read by itself.
        """
        together, each.waiting = each.waiting[: self._pages_together], each.waiting[self._pages_together :]
        each.decoding = len(together)
        rows: pa.RecordBatch | None = None
        try:
            self._lock.release()
            rows = self._source.decode(together)
        except OperateError:
            if len(together) == 1:
                raise
            self._pages_together = 1
        finally:
            interrupt = self._retake_lock()
            each.decoding = 0
            if rows is None:  # it was stopped, or they cannot be read
                each.waiting[:0] = together
            else:
                each.decoded.append(Decoded(rows, len(together), rows.nbytes))
        if interrupt is not None:
            raise interrupt

    def _retake_lock(self) -> KeyboardInterrupt | None:
        """Hold the lock again, and give the interrupt that came meanwhile: without the lock it could not be left."""
        interrupt = None
        while True:
            try:
                if self._lock._is_owned():  # type: ignore[attr-defined]  # noqa: SLF001 - as Condition does
                    return interrupt
                self._lock.acquire()
            except KeyboardInterrupt as error:
                interrupt = error

    def _end_with(self, error: BaseException) -> None:
        if self._error is None or isinstance(error, KeyboardInterrupt):
            self._error = error
        self._stopped.set()
        self._changed.notify_all()

    def _comes_soon(self, each: KeyRange) -> bool:
        """Wait for one page more; False where none comes in time, none is on its way, or enough are there."""
        there = len(each.waiting)
        if not self._schedule.ahead or not each.busy or there >= _PAGES_TOGETHER or self._error is not None:
            return False
        deadline = time.monotonic() + _PATIENCE
        while len(each.waiting) == there and each.busy and self._error is None:
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
        """Start those that there is work for, each once; ranges come up while the walk goes on."""
        while self._threads < self._schedule.threads_wanted:
            self._threads += 1
            threading.Thread(target=self._work, name="operate_frames fetches", daemon=True).start()

    def _work(self) -> None:
        record: Callable[[], None] | None = None
        try:
            while (task := self._next_task(record)) is not None:
                record = task()
        except BaseException as error:  # noqa: BLE001 - raised again where the pages are used
            with self._lock:
                self._end_with(error)

    def _next_task(self, record: Callable[[], None] | None) -> Callable[[], Callable[[], None]] | None:
        """Record what the last task brought and wait for the next one; None: there will be none.

        In one breath, so that a reader sees whether one more page is on its way.
        """
        with self._lock:
            if record is not None:
                record()
                self._start_threads()
                self._changed.notify_all()  # they look when this thread has chosen, or waits
            while (job := self._next_job()) is None and self._goes_on:
                self._changed.wait()
            if job is None:
                return None
            if job.wants_last:
                return partial(self._find_last, job, job.stream.search)
            return partial(self._fetch, job, job.range.search, job.range.after, job.range.size)

    def _next_job(self) -> Job | None:
        return None if self._stopped.is_set() else self._schedule.next_job()

    @property
    def _goes_on(self) -> bool:
        return not self._stopped.is_set() and not self._schedule.is_done

    def _fetch(self, job: Job, search: SearchRequest, after: Cursor | None, size: int) -> Callable[[], None]:
        began = time.monotonic()
        page = self._source.page(job.stream.number, search, after, size)
        return partial(self._schedule.arrived, job, page, size, time.monotonic() - began)

    def _find_last(self, job: Job, search: SearchRequest) -> Callable[[], None]:
        """Look up the last row of a search, or of a part of it, beside the threads that walk it."""
        try:
            last = self._source.last_row(search if job.before is None else replace(search, end_before=job.before))
        except OperateError:  # then it is walked by one thread, which may fare better
            return lambda: None
        return partial(self._schedule.has_last, job, last)
