"""A range of a search's positions: rows that are walked page after page, and divided where many of them are left.

A walk can begin at any position, so a search that goes up a column of them can be walked at many places at once.
Pure: how pages are fetched is left to the caller.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from operate_frames.api.base import Api, Page, Plan, SearchRequest
from operate_frames.errors import BadAnswer

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["PAGES_PER_RANGE", "SPARE", "Decoded", "KeyRange"]

# Pages that a range is cut to. More of them make less waste at their ends, and need more memory.
PAGES_PER_RANGE = 24
# So much less is cut, or half of the ranges would need one page more for the few rows that their estimate missed.
SPARE = 0.3
# A search of so many pages is cut into ranges, or of so many rows that the server counts no further.
_MANY_PAGES = 10
# A page that is asked for the rest of a range is so much larger than that rest seems to be.
_MARGIN = 1.1
_FEW_ROWS = 16


class Decoded(NamedTuple):
    """Rows that wait, of how many pages they are, and how many bytes they take: to count these takes its time."""

    rows: pa.RecordBatch
    pages: int
    nbytes: int


class KeyRange:
    """A range of one search, and how far it has been walked.

    Parameters
    ----------
    api : Api
        Whose search.
    plan : Plan
        In which order its rows come.
    search : SearchRequest
        What is searched, from where to where.
    last : int, optional
        Above this position it has no rows, as far as is known.

    Attributes
    ----------
    after : Cursor or None
        The cursor to go on from.
    position : int or None
        Where the walk has come to; None where rows do not come by positions, or nothing has come yet.
    waiting : list of Page
        Pages that have come and were not decoded yet.
    decoding : int
        How many are just being decoded.
    decoded : deque of Decoded
        What they became, to be taken.
    pages : int
        How many have come.
    busy, ended, asked_last : bool
        Whether a page is being fetched, whether none is left to fetch, whether somebody asks or asked
        for its last position.
    """

    def __init__(self, api: Api, plan: Plan, search: SearchRequest, *, last: int | None = None) -> None:
        self.search = search
        self.after = api.first_cursor(search)
        self.position: int | None = search.start[0] if plan.seekable and search.start is not None else None
        self.last = search.skip_to[-1] if search.skip_to else last
        self.waiting: list[Page] = []
        self.decoding = 0
        self.decoded: deque[Decoded] = deque()
        self.pages = 0
        self.busy = self.ended = self.asked_last = False
        self._api = api
        self._plan = plan
        self._stride: float | None = None  # how far a page reaches

    @property
    def held(self) -> int:
        """How many pages were not taken yet."""
        return len(self.waiting) + self.decoding + sum(each.pages for each in self.decoded)

    @property
    def bytes_held(self) -> int:
        """How much memory they take."""
        return sum(each.nbytes for each in self.decoded) + sum(len(page.content) for page in self.waiting)

    @property
    def left(self) -> float:
        """About how many pages are left; 0 where that cannot be known."""
        if self.position is None or self.last is None or self._stride is None or self.ended:
            return 0.0
        return max(self._span(self.position, self.last) / self._stride, 0.0)

    @property
    def size(self) -> int:
        """How many rows to ask for next: a whole page, but few where few seem to be left."""
        rows = self.left * self._plan.page_size
        # The first page of a range may lie behind a gap, and the rest seem less than it is.
        if not rows or self.search.skip_to or self.pages == 1:
            return self._plan.page_size
        return min(self._plan.page_size, int(rows * _MARGIN) + _FEW_ROWS)

    def is_one_of_many(self, page: Page) -> bool:
        """Whether a search with so many rows by the server's count is worth cutting, and can be cut."""
        many = not page.total.exact or page.total.value >= _MANY_PAGES * self._plan.page_size
        return self._plan.seekable and many

    def arrived(self, page: Page, size: int) -> None:
        """Go on behind a page that has come.

        Neither a short page nor the total ends a walk: the server caps its total and may shorten a page.

        Raises
        ------
        BadAnswer
            A cursor that repeats, or a page of rows without one.
        """
        self.pages += 1
        if page.empty:
            self.ended = True
            return
        if self.after is not None and page.cursor.raw == self.after.raw:
            shown = page.cursor.raw.decode(errors="replace")[:80]
            raise BadAnswer(f"The server repeats its cursor {shown}: the read would never end.")
        if not page.cursor.raw and self.pages * size < page.total.value:
            raise BadAnswer(
                f"The server counts {page.total.value} rows and gives no cursor behind {self.pages * size} of them or"
                " fewer: the others cannot be read."
            )
        self.after = self._api.next_cursor(self.search, page.cursor)
        self.waiting.append(page)
        self.ended = self.after is None
        if self._plan.seekable:
            here = page.cursor.position
            if here is not None and self.search.start is not None:
                here = max(
                    here, self.search.start[0]
                )  # rows before it are others', where the server ignores the filter
            if self.position is not None and here is not None:
                self._stride = max(self._span(self.position, here), 1) * self._plan.page_size / size
            self.position = here

    def has_last(self, position: int | None) -> None:
        """Learn of the highest position; None: there is none above the one that the walk has come to."""
        last = self.position if position is None else position
        end = self.search.end_before
        self.last = last if end is None or last is None else min(last, end - 1)

    def is_spread_like(self, other: KeyRange) -> None:
        """Expect of a range that nothing has come of what another one, not far before it, has shown."""
        if self.last is not None:  # else another partition, where rows may be spread otherwise
            self._stride = other._stride

    def cut(self, pages: float) -> KeyRange | None:
        """Keep about so many pages and give the rest as a range of its own; None where there is nothing to cut."""
        assert self.position is not None
        assert self._stride is not None
        ahead = max(int(self._stride * pages), 1)
        at = self.position + ahead + 1
        if skip_to := self.search.skip_to:
            at = skip_to[min(bisect_right(skip_to, self.position) + ahead, len(skip_to) - 1)]
        return self._divide(at) if self.last is not None and self.position < at <= self.last else None

    def end_with_partition(self) -> KeyRange | None:
        """End with the partition that the walk has come to, and give what lies behind it as a range of its own.

        None where the range ends there already, or has to be walked in one.
        """
        if self.position is None or self.search.skip_to or self.ended:
            return None
        end, last = self._api.partition(self.position).end, self.search.end_before
        if end is None or (last is not None and last <= end):
            return None
        return self._divide(end)

    def _divide(self, at: int) -> KeyRange:
        self.search, behind = self._api.split(self._plan, self.search, at)
        back = KeyRange(self._api, self._plan, behind, last=self.last)
        back.is_spread_like(self)
        if self.last is not None:
            self.last = min(self.last, at - 1)
        return back

    def _span(self, low: int, high: int) -> int:
        """How much of the walk lies between two positions: positions, or those that it skips to."""
        skip_to = self.search.skip_to
        return bisect_right(skip_to, high) - bisect_right(skip_to, low) if skip_to else high - low
