"""Where pages come from: one page of a search fetched, counted, and held to the number of requests at once."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from operate_frames.api.base import Api, ApiField, Cursor, Page, Plan, SearchRequest
from operate_frames.errors import BadAnswer, OperateError
from operate_frames.reading.decode import decode_pages
from operate_frames.reading.paging.estimate import Estimator
from operate_frames.reading.paging.page_sizes import PageSizes
from operate_frames.reading.paging.threads import FairSemaphore
from operate_frames.reading.report import ReadCounts
from operate_frames.reading.rows import positions
from operate_frames.schema.arrow import ARROW_TYPES

if TYPE_CHECKING:
    import pyarrow as pa

    from operate_frames.client.http import HttpClient

__all__ = ["PageFetcher", "PageSource", "PlanPages"]


_TOLD_BY_CURSORS = (ARROW_TYPES["key"], ARROW_TYPES["date"])


class PageSource(Protocol):
    """What a parallel reader asks; all but `decode` are called by several threads at once."""

    def page(self, number: int, search: SearchRequest, after: Cursor | None, size: int) -> Page:
        """Fetch one page of a range of the search with that number."""

    def last_position(self, search: SearchRequest) -> int | None:
        """Fetch the highest position of a range; None where it has no row."""

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
        is_exact = self.plan.searches[number].is_whole and page.total.exact
        self.fetcher.counts.count_page(number, page.total.value if is_exact else None)
        return page

    def last_position(self, search: SearchRequest) -> int | None:
        """Look the highest position of a range up."""
        return Estimator(self.fetcher.api, self.fetcher.fetch, self.plan).last_position(search)

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
                here, told = None if page.empty else reached[end - 1].as_py(), page.cursor.position
                if here is None or told is None:
                    continue
                if told < here if first.descending else told > here:
                    raise BadAnswer(
                        f"A page of {self.plan.resource.name} ends at {first.column} {here}, but its cursor leaps to"
                        f" {told}: rows between the two would be lost. A proxy may mix up answers; read again."
                    )
        return batch
