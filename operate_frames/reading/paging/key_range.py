"""A part of a search: a stretch of its rows, walked page after page, that can be cut where much of it is left.

Any key can be a cursor (contract ``operate-v1.md`` 3.5), so a search that goes up a column of keys can be walked at
many places at once. Pure: how pages are fetched is left to the caller.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from operate_frames.api.v1 import codec as v1
from operate_frames.api.v1.planner import Plan, Query, split_at
from operate_frames.errors import BadAnswer
from operate_frames.reading.paging.partitions import partition_end

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["SPARE", "STRETCH", "Part"]

# Pages that a part is cut to. More of them make less waste at their ends, and need more memory.
STRETCH = 24
# So much less is cut, or half of the parts would need one page more for the few rows that their estimate missed.
SPARE = 0.3
# A search of so many pages is cut into parts, or of so many rows that the server counts no further.
_MANY_PAGES = 10
# A page that is asked for the rest of a part is so much larger than that rest seems to be.
_MARGIN = 1.1
_FEW_ROWS = 16


class Read(NamedTuple):
    """Rows that wait, of how many pages they are, and how many bytes they take: to count these takes its time."""

    rows: pa.RecordBatch
    pages: int
    nbytes: int


class Part:
    """A stretch of one search, and how far it has been walked.

    Parameters
    ----------
    plan : Plan
        In which order its rows come.
    query : Query
        What is searched, from where to where.
    last : int, optional
        Above this key it has no rows, as far as is known.

    Attributes
    ----------
    after : bytes or None
        The cursor to go on from.
    place : int or None
        The key that the walk has come to; None where rows do not come by a key, or nothing has come yet.
    waiting : list of Page
        Pages that have come and were not read yet.
    reading : int
        How many are just being read.
    read : deque of Read
        What they became, to be taken.
    pages : int
        How many have come.
    busy, ended, asked_last : bool
        Whether a page is being fetched, whether none is left to fetch, whether somebody asks or asked for its last key.
    """

    def __init__(self, plan: Plan, query: Query, *, last: int | None = None) -> None:
        self.query = query
        self.after = v1.first_place(query)
        self.place: int | None = query.start[0] if plan.by_key and query.start is not None else None
        self.last = query.wanted[-1] if query.wanted else last
        self.waiting: list[v1.Page] = []
        self.reading = 0
        self.read: deque[Read] = deque()
        self.pages = 0
        self.busy = self.ended = self.asked_last = False
        self._plan = plan
        self._stride: float | None = None  # how far a page reaches

    @property
    def held(self) -> int:
        """How many pages were not taken yet."""
        return len(self.waiting) + self.reading + sum(each.pages for each in self.read)

    @property
    def bytes_held(self) -> int:
        """How much memory they take."""
        return sum(each.nbytes for each in self.read) + sum(len(page.content) for page in self.waiting)

    @property
    def left(self) -> float:
        """About how many pages are left; 0 where that cannot be known."""
        if self.place is None or self.last is None or self._stride is None or self.ended:
            return 0.0
        return max(self._span(self.place, self.last) / self._stride, 0.0)

    @property
    def size(self) -> int:
        """How many rows to ask for next: a whole page, but few where few seem to be left."""
        rows = self.left * self._plan.size
        # The first page of a part may lie behind a gap, and the rest seem less than it is.
        if not rows or self.query.wanted or self.pages == 1:
            return self._plan.size
        return min(self._plan.size, int(rows * _MARGIN) + _FEW_ROWS)

    def is_one_of_many(self, total: int) -> bool:
        """Whether a search with so many rows by the server's count is worth cutting, and can be cut."""
        return self._plan.by_key and total >= min(v1.HIGHEST_TOTAL, _MANY_PAGES * self._plan.size)

    def arrived(self, page: v1.Page, size: int) -> None:
        """Go on behind a page that has come.

        Neither a short page nor the total ends a walk: the server caps its total at 10,000 and may shorten a page.

        Raises
        ------
        BadAnswer
            A cursor that repeats, or a page of rows without one.
        """
        self.pages += 1
        if page.empty:
            self.ended = True
            return
        if page.cursor in (self.after, b"[]", b"null"):
            raise BadAnswer(
                f"The server repeats its cursor {page.cursor.decode(errors='replace')[:80]}: the read would never end."
            )
        self.waiting.append(page)
        self.after = v1.onward(self.query, page.cursor)
        self.ended = self.after is None
        if self._plan.by_key:
            here = v1.first_key(page.cursor)
            if self.place is not None and here is not None:
                self._stride = max(self._span(self.place, here), 1) * self._plan.size / size
            self.place = here

    def has_last(self, key: int | None) -> None:
        """Learn of the highest key; None: there is none above the place."""
        last = self.place if key is None else key
        until = self.query.until
        self.last = last if until is None or last is None else min(last, until - 1)

    def is_spread_like(self, other: Part) -> None:
        """Expect of a part that nothing has come of what another one, not far before it, has shown."""
        if self.last is not None:  # else another partition, where keys may be spread otherwise
            self._stride = other._stride

    def cut(self, pages: float) -> Part | None:
        """Keep about so many pages and give the rest as a part of its own; None where there is nothing to cut."""
        assert self.place is not None
        assert self._stride is not None
        ahead = max(int(self._stride * pages), 1)
        at = self.place + ahead + 1
        if wanted := self.query.wanted:
            at = wanted[min(bisect_right(wanted, self.place) + ahead, len(wanted) - 1)]
        return self._divide(at) if self.last is not None and self.place < at <= self.last else None

    def end_with_partition(self) -> Part | None:
        """End with the partition that the walk has come to, and give what lies behind it as a part of its own.

        None where the part ends there already, or has to be walked in one.
        """
        if self.place is None or self.query.wanted or self.ended:
            return None
        end = partition_end(self.place)
        if self.query.until is not None and self.query.until <= end:
            return None
        return self._divide(end)

    def _divide(self, at: int) -> Part:
        self.query, behind = split_at(self._plan.order, self.query, at)
        back = Part(self._plan, behind, last=self.last)
        back.is_spread_like(self)
        if self.last is not None:
            self.last = min(self.last, at - 1)
        return back

    def _span(self, low: int, high: int) -> int:
        """How much of the walk lies between two keys: keys, or values where it leaps from one to the next."""
        wanted = self.query.wanted
        return bisect_right(wanted, high) - bisect_right(wanted, low) if wanted else high - low
