"""A range of a search's positions: rows that are walked page after page, and divided where many of them are left.

A walk can begin at any position, so a search that goes up a column of them can be walked at many places at once.
Pure: how pages are fetched is left to the caller.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from operate_frames.api.base import Api, Page, Plan, SearchRequest
from operate_frames.errors import BadAnswer
from operate_frames.reading.paging.spread import ListedPositions, Spread

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["PAGES_PER_RANGE", "SPARE", "Decoded", "KeyRange", "LastRow"]

# Pages that a range is cut to. More of them make less waste at their ends, and need more memory.
PAGES_PER_RANGE = 24
# So much less is cut, or half of the ranges would need one page more for the few rows that their estimate missed.
SPARE = 0.3
# A page that is asked for the rest of a range is so much larger than that rest seems to be.
_MARGIN = 1.25
_FEW_ROWS = 400


class Decoded(NamedTuple):
    """Rows that wait, of how many pages they are, and how many bytes they take: to count these takes its time."""

    rows: pa.RecordBatch
    pages: int
    nbytes: int


class LastRow(NamedTuple):
    """The position of a search's last row, and the last column of its order as a text; None: that is not known."""

    position: int
    key: str | None


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

    Attributes
    ----------
    after : Cursor or None
        The cursor to go on from.
    position : int or None
        Where the walk has come to; None where rows do not come by positions, or nothing has come yet.
    spread : Spread or None
        How positions are spread that rows have, as far as is known; None: it can be walked only page after page.
    waiting : list of Page
        Pages that have come and were not decoded yet.
    decoding : int
        How many are just being decoded.
    decoded : deque of Decoded
        What they became, to be taken.
    pages : int
        How many have come.
    total : int or None
        How many rows there are from its start on, however far it goes; None where the server does not tell exactly.
    busy, ended : bool
        Whether a page is being fetched, whether none is left to fetch.
    """

    def __init__(self, api: Api, plan: Plan, search: SearchRequest) -> None:
        self.search = search
        self.after = api.first_cursor(search)
        self.position: int | None = search.start[0] if plan.seekable and search.start is not None else None
        self.spread: Spread | None = ListedPositions(search.skip_to) if search.skip_to else None
        self.waiting: list[Page] = []
        self.decoding = 0
        self.decoded: deque[Decoded] = deque()
        self.pages = 0
        self.total: int | None = None
        self._came: set[bytes] = set()  # keys, as long as the total is known
        self.busy = self.ended = False
        self._api = api
        self._plan = plan
        self._counts = api.counts_from_start or search.start is None
        self._asked_few = False
        self._first: int | None = None  # the position behind which its first row lies
        self._pages = 0.0  # so many

    @property
    def held(self) -> int:
        """How many pages were not taken yet."""
        return len(self.waiting) + self.decoding + sum(each.pages for each in self.decoded)

    @property
    def bytes_held(self) -> int:
        """How much memory they take."""
        return sum(each.nbytes for each in self.decoded) + sum(len(page.content) for page in self.waiting)

    @property
    def rows(self) -> int:
        """How many rows have come, each once, as long as the total is known."""
        return len(self._came)

    @property
    def left(self) -> float:
        """About how many pages are left; 0 where that cannot be known."""
        if self.position is None or self.spread is None or self.ended:
            return 0.0
        end = self.search.end_before
        return self.spread.pages(self.position, _FARTHEST if end is None else end - 1) * self._density

    @property
    def size(self) -> int:
        """How many rows to ask for next: a whole page, but once few where few seem to be left."""
        rows = self.left * self._plan.page_size
        if not rows or self.search.end_before is None or self.search.skip_to or self._asked_few:
            return self._plan.page_size
        return min(self._plan.page_size, int(rows * _MARGIN) + _FEW_ROWS)

    def arrived(self, page: Page, size: int) -> None:
        """Go on behind a page that has come.

        A short page alone ends no walk: servers may shorten one. Nor does a total that the server caps, or that
        other pages contradict.

        Raises
        ------
        BadAnswer
            A cursor that repeats, or a page of rows without one.
        """
        self.pages += 1
        self._asked_few = size < self._plan.page_size
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
        short = self._count(page, size)
        self.after = self._api.next_cursor(self.search, page.cursor)
        self.waiting.append(page)
        # What comes and goes meanwhile may make them equal by chance; not where the page has less than was asked for.
        self.ended = self.after is None or (self.rows == self.total and (self.pages == 1 or short))
        if self._plan.seekable:
            self._go_on(page, size)

    def cut(self, pages: float) -> KeyRange | None:
        """Keep about so many pages and give the rest as a range of its own; None where there is nothing to cut."""
        assert self.position is not None
        assert self.spread is not None
        at = self.spread.ahead(self.position, pages / self._density) + 1
        end = self.search.end_before
        # Behind the last position that is known there is nothing to walk.
        if self.position < at and (end is None or at < end) and self.spread.pages(at - 1, _FARTHEST):
            return self.divide(at)
        return None

    def divide(self, at: int) -> KeyRange:
        """Keep what lies before a position and give the rest as a range of its own."""
        self.search, behind = self._api.split(self._plan, self.search, at)
        back = KeyRange(self._api, self._plan, behind)
        back.spread = self.spread
        return back

    @property
    def _density(self) -> float:
        """How much denser rows have come than the spread says, which is that of all partitions."""
        if self.spread is None or self._first is None or self.position is None:
            return 1.0
        expected = self.spread.pages(self._first, self.position)
        return self._pages / expected if expected else 1.0

    def _count(self, page: Page, size: int) -> bool:
        """Count rows as long as the server's total is exact; whether the page is known to have less than was asked.

        Each row counts once: it is given twice while it moves.
        """
        self._counts = self._counts and page.total.exact
        self.total = max(self.total or 0, page.total.value) if self._counts else None
        if not self._counts:
            self._came.clear()
            return False
        keys = self._api.keys_in(self._plan, page)
        self._came.update(keys)
        return len(keys) < size

    def _go_on(self, page: Page, size: int) -> None:
        """The first page may lie behind a gap, so it reaches from its first row on."""
        before, here = self.position, page.cursor.position
        if here is not None and self.search.start is not None:
            here = max(here, self.search.start[0])  # rows before it are others', where the server ignores the filter
        if self._first is None and not self.search.skip_to:
            before = self._leap(self._api.first_position(self._plan, page))
        if before is not None and here is not None and before < here:
            pages = size / self._plan.page_size
            self._first = before if self._first is None else self._first
            self._pages += pages
            if self.spread is not None:
                self.spread.saw(before, here, pages)
        self.position = here

    def _leap(self, first: int | None) -> int | None:
        """Where the first row lies behind; what the walk passed over on its way there is nothing."""
        if first is None:
            return None
        if self.spread is not None and self.position is not None:
            self.spread.saw(self.position, first - 1, 0.0)
        return first - 1


# No position lies behind it.
_FARTHEST = 1 << 63
