"""Where pages come from: one page of a search fetched, counted, and held to the number of requests at once."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import pyarrow.compute as pc

from operate_frames.api.base import Api, ApiField, Cursor, Page, Plan, SearchRequest
from operate_frames.errors import BadAnswer, OperateError
from operate_frames.reading.decode import decode_pages
from operate_frames.reading.paging.estimate import Estimator
from operate_frames.reading.paging.key_range import LastRow
from operate_frames.reading.paging.page_sizes import PageSizes
from operate_frames.reading.paging.threads import FairSemaphore
from operate_frames.reading.report import ReadCounts
from operate_frames.reading.rows import positions
from operate_frames.schema.arrow import ARROW_TYPES

if TYPE_CHECKING:
    import pyarrow as pa

    from operate_frames.client.http import HttpClient

__all__ = ["PageFetcher", "PageSource", "PlanPages"]


# So many are asked for to see that the last one comes first.
_LAST_ROWS = 10
_TOLD_BY_CURSORS = (ARROW_TYPES["key"], ARROW_TYPES["date"])


class PageSource(Protocol):
    """What a parallel reader asks; all but `decode` are called by several threads at once."""

    def page(self, number: int, search: SearchRequest, after: Cursor | None, size: int) -> Page:
        """Fetch one page of a range of the search with that number."""

    def last_row(self, search: SearchRequest) -> LastRow | None:
        """Fetch the place of the last row of a range; None where that cannot be told for sure."""

    def decode(self, pages: Sequence[Page]) -> pa.RecordBatch:
        """Make rows of some pages; only their reader calls it."""


@dataclass(frozen=True)
class PageFetcher:
    """Fetches pages of any plan's searches.

    Attributes
    ----------
    api : Api
        What the server speaks.
    http : HttpClient
        The server.
    at_once : FairSemaphore
        Holds all requests of a read to a number.
    stopped : threading.Event
        Once set, a request that waits for another attempt ends.
    page_sizes : PageSizes
        What the server can carry.
    counts : ReadCounts
        Counts them.
    """

    api: Api
    http: HttpClient
    at_once: FairSemaphore
    stopped: threading.Event
    page_sizes: PageSizes
    counts: ReadCounts

    def fetch(self, plan: Plan, search: SearchRequest, after: Cursor | None, size: int) -> Page:
        """Fetch one page, of fewer rows than wanted where the server cannot carry so many."""
        asked = size

        def body(before: OperateError | None) -> bytes:
            nonlocal asked
            if before is not None:
                self.page_sizes.learn(plan.resource, asked, before)
            asked = self.page_sizes.at_most(plan.resource, size)
            return self.api.body(plan, search, after, size=asked)

        self.counts.count_request()
        with self.at_once:
            content = self.http.post(
                self.api.search_path(plan.resource, details=plan.details), body, stopped=self.stopped
            )
        return self.api.read_page(plan, content)


@dataclass(frozen=True)
class PlanPages:
    """The pages of a plan's searches; `fields` are the columns that somebody looks at."""

    fetcher: PageFetcher
    plan: Plan
    fields: Mapping[str, ApiField]

    def page(self, number: int, search: SearchRequest, after: Cursor | None, size: int) -> Page:
        """Fetch one page, and keep what the first one says of all."""
        page = self.fetcher.fetch(self.plan, search, after, size)
        self.fetcher.counts.count_page()
        if search.start is None or not self.fetcher.api.counts_from_start:
            is_exact = self.plan.searches[number].is_whole and page.total.exact
            self.fetcher.counts.see_total(number, page.total.value if is_exact else None)
        return page

    def last_row(self, search: SearchRequest) -> LastRow | None:
        """Look the last row of a range up; several show that the server gives the last ones first."""
        page = Estimator(self.fetcher.api, self.fetcher.fetch, self.plan).last_rows(search, _LAST_ROWS)
        rows = decode_pages(self.plan.resource, [page.content], self.fields).rows
        found = positions(rows[self.plan.order[0].column]).to_pylist()
        if len(found) < 2 or found != sorted(found, reverse=True):
            return None
        same = rows[self.plan.order[-1].column][: found.count(found[0])]
        if len(same) < len(found):  # of those at one position the key goes up
            return LastRow(found[0], str(pc.max(same).as_py()))
        return None if len(self.plan.order) == 1 else LastRow(found[0], None)

    def decode(self, pages: Sequence[Page]) -> pa.RecordBatch:
        """Make rows of some pages.

        Raises
        ------
        BadAnswer
            A cursor beyond its page's last row: the rows between the two would be lost.
        """
        first = self.plan.order[0]
        batch, ends = decode_pages(self.plan.resource, [page.content for page in pages], self.fields)
        if batch[first.column].type in _TOLD_BY_CURSORS:
            reached = positions(batch[first.column])
            for page, end in zip(pages, ends, strict=True):
                here, told = None if page.empty else reached[end - 1].as_py(), page.position
                if here is None or told is None:
                    continue
                if told < here if first.descending else told > here:
                    raise BadAnswer(
                        f"A page of {self.plan.resource.name} ends at {first.column} {here}, but its cursor leaps to"
                        f" {told}: rows between the two would be lost. A proxy may mix up answers; read again."
                    )
        return batch
