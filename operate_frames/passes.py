"""One pass over the rows that a question names: planned, walked page after page, read, put in order, cut.

Each pass looks everything up anew, so that a second one can find what the first one missed.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from operate_frames.api import v1
from operate_frames.api.v1_plan import Plan, Query, plan
from operate_frames.columns import batch_of, schema
from operate_frames.errors import OperateError
from operate_frames.lookups import closed, filled, keyed
from operate_frames.question import Order, Question
from operate_frames.reports import Tally
from operate_frames.resources import Field, Resource
from operate_frames.rows import in_order, matching, merged, sorted_by, without_doubles
from operate_frames.spread import Run, behind, runs
from operate_frames.walk import ahead, walk

if TYPE_CHECKING:
    from operate_frames.transport import Transport

__all__ = ["Pass"]

# Pages after which the ends of the keys are looked up, where the server counts no further: the read is long.
_LONG = 2


class Pass:
    """One pass over the rows of a question.

    Parameters
    ----------
    transport : Transport
        The server.
    question : Question
        What to read.
    after : sequence, optional
        The place behind which to begin.

    Attributes
    ----------
    tally : Tally
        What has come so far.
    """

    def __init__(self, transport: Transport, question: Question, after: Sequence[Any] | None = None) -> None:
        self.tally = Tally()
        self._transport = transport
        self._question = question
        self._after = after
        self._here: int | None = None  # the key that the walk has come to
        self._looking: threading.Thread | None = None
        self._runs: list[Run] = []

    def plan(self) -> Plan:
        """Look up what the API cannot be asked, and plan the searches for the rest."""
        question = keyed(self._question, self._read)
        return plan(closed(question, self._extreme), self._after)

    def batches(self, planned: Plan) -> Iterator[pa.RecordBatch]:
        """Give the rows that meet the question, with all columns, in the plan's order, each once."""
        resource = planned.resource
        streams = [self._stream(planned, number) for number in range(len(planned.queries))]
        rows = self._counted(merged(resource, planned.order, streams)) if streams else iter(())
        if resource.text_order:
            rows = _by_number(resource, rows)
        for batch in filled(self._question, rows, self._read):
            yield matching(batch, planned.by_client)

    def total(self, planned: Plan, query: Query) -> int:
        """Ask the server how many rows answer a search, up to its highest count."""
        return self._page(planned, query, v1.first_place(query), size=1).total

    def share(self, planned: Plan) -> float | None:
        """Which share of all rows has come, by the server's count or by the keys behind; None where neither tells."""
        if len(self.tally.totals) == len(planned.queries) and self.tally.total is not None:
            return self.tally.received / max(self.tally.total, 1)
        if self._here is None or self.tally.pages < _LONG:
            return None
        if self._looking is None:
            # Beside the walk, which need not wait for it.
            look = threading.Thread(target=self._look_for_runs, args=(planned,), daemon=True)
            self._looking = look
            look.start()
        return behind(self._runs, self._here) if self._runs else None

    def _look_for_runs(self, planned: Plan) -> None:
        with suppress(OperateError):  # the walk itself will tell of it
            self._runs = self.runs(planned, planned.queries[0])

    def runs(self, planned: Plan, query: Query) -> list[Run]:
        """Ask where the keys of a search lie, partition by partition; its order must begin with a key, going up."""
        first, key = planned.order[0].column, planned.resource.key.column
        downward = replace(planned, order=(Order(first, descending=True), Order(key)))

        def last_before(end: int | None) -> int | None:
            end = query.until if end is None else end
            return self._key_of(downward, query, None if end is None else v1.from_key(downward, end))

        def first_from(start: int) -> int | None:
            return self._key_of(planned, query, v1.from_key(planned, start))

        found = takewhile(lambda run: query.start is None or run.high >= query.start[0], runs(last_before, first_from))
        return sorted(found)

    def _key_of(self, planned: Plan, query: Query, after: bytes | None) -> int | None:
        page = self._page(planned, query, after, size=1)
        return None if page.empty else v1.first_key(page.cursor)

    def _stream(self, planned: Plan, number: int) -> Iterator[pa.RecordBatch]:
        """The rows of one search."""
        resource = planned.resource
        sent = v1.sent(resource)
        first = planned.order[0].column
        by_key = len(planned.queries) == 1 and not planned.order[0].descending and not resource.text_order
        by_key = by_key and resource.field(first).kind == "key"
        batches = (batch_of(resource, pages, sent) for pages in self._pages(planned, number) if pages)
        for batch in in_order(resource, planned.order, batches):
            self.tally.received += batch.num_rows
            self._here = batch[first][-1].as_py() if by_key else None
            yield without_doubles(resource, batch)

    def _pages(self, planned: Plan, number: int) -> Iterator[list[bytes]]:
        """The pages of one search as they arrive, a few at a time where the server is fast."""
        query = planned.queries[number]

        def fetch(after: bytes | None) -> v1.Page:
            page = self._page(planned, query, after)
            self.tally.pages += 1
            self.tally.totals.setdefault(number, _exact_total(query, page))
            return page

        walked = walk(fetch, after=v1.first_place(query), onward=lambda cursor: v1.onward(query, cursor))
        pages = (page.content for page in walked)
        if self._question.limit is None and len(planned.queries) == 1:
            return ahead(pages)
        # The page at hand may meet the limit, or be all that this search is good for now.
        return ([page] for page in pages)

    def _page(self, planned: Plan, query: Query, after: bytes | None, size: int | None = None) -> v1.Page:
        resource = planned.resource
        self.tally.requests += 1
        content = self._transport.post(v1.path(resource), v1.body(planned, query, after, size=size))
        return v1.read_page(resource, content)

    def _counted(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            self.tally.kept += batch.num_rows
            yield batch

    def _read(self, question: Question) -> pa.Table:
        """Read the few rows of another resource that this one needs."""
        inner = Pass(self._transport, question)
        table = pa.Table.from_batches(inner.batches(inner.plan()), schema(question.resource))
        self.tally.requests += inner.tally.requests
        return table.select(question.columns)

    def _extreme(self, field: Field, descending: bool) -> pd.Timestamp | None:
        """The first or last date of a field; missing ones come last in both directions (contract 3.6)."""
        resource = self._question.resource
        order = (Order(field.column, descending), Order(resource.key.column))
        one = Plan(resource, (Query({}),), order, (), size=1, sorted_by_server=True)
        page = self._page(one, one.queries[0], None)
        if page.empty:
            return None
        date = batch_of(resource, [page.content], v1.sent(resource))[field.column][0].as_py()
        return None if date is None else pd.Timestamp(date)


def _exact_total(query: Query, page: v1.Page) -> int | None:
    whole = query.start is None and query.until is None and not query.wanted
    return page.total if whole and page.total < v1.HIGHEST_TOTAL else None


def _by_number(resource: Resource, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Keys that the server walks as text, sorted as the numbers that they are; they are few."""
    table = pa.Table.from_batches(batches, schema(resource))
    yield from sorted_by([Order(resource.key.column)], table).to_batches()
