"""One pass over the rows that a question names: planned, walked page after page, read, put in order, cut.

Each pass looks everything up anew, so that a second one can find what the first one missed.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from operate_frames.api.v1 import codec as v1
from operate_frames.api.v1.planner import Plan, Query, plan, sorts_here
from operate_frames.errors import OperateError
from operate_frames.query.query import Order, Question
from operate_frames.reading.decode import batch_of, schema
from operate_frames.reading.enrich import closed, filled, fills_by, keyed
from operate_frames.reading.paging.estimate import Survey
from operate_frames.reading.paging.key_range import Part
from operate_frames.reading.paging.parallel import UNASKED, Taken, Walk
from operate_frames.reading.paging.partitions import Run, behind
from operate_frames.reading.paging.threads import Turns
from operate_frames.reading.report import Tally
from operate_frames.reading.rows import ENDED_BY, below, in_order, matching, merged, sorted_by, without_doubles
from operate_frames.schema.resources import Field, Resource

if TYPE_CHECKING:
    from operate_frames.client.http import HttpClient

__all__ = ["Pass"]

# Pages after which the ends of the keys are looked up, where the server counts no further: the read is long.
_LONG = 2
# A limit of more pages than these is no reason to fetch page after page: what is fetched too much is little beside it.
_FAR = 64


class Pass:
    """One pass over the rows of a question.

    Parameters
    ----------
    transport : HttpClient
        The server.
    question : Question
        What to read.
    after : sequence, optional
        The place behind which to begin.
    workers : int, optional
        At most so many requests at once; by default one, or four where pages take some time.
    at_once : Turns, optional
        Holds to that; one of another pass, where this one is a part of it.

    Attributes
    ----------
    tally : Tally
        What has come so far.
    """

    def __init__(
        self,
        transport: HttpClient,
        question: Question,
        after: Sequence[Any] | None = None,
        *,
        workers: int | None = None,
        at_once: Turns | None = None,
    ) -> None:
        self.tally = Tally()
        self._transport = transport
        self._question = question
        self._after = after
        self._workers = workers
        self._stopped = threading.Event()
        self._counting = threading.Lock()
        self._at_once = at_once or Turns(workers or UNASKED)
        self._here: int | None = None  # the key that the walk has come to
        self._looking: threading.Thread | None = None
        self._runs: list[Run] = []

    def plan(self) -> Plan:
        """Look up what the API cannot be asked, and plan the searches for the rest."""
        question = keyed(self._question, self._read)
        return plan(closed(question, self._extreme), self._after)

    def batches(self, planned: Plan) -> Iterator[pa.RecordBatch]:
        """Give the rows that meet the question, in the plan's order, each once.

        Columns that the question does not name may hold nothing.
        """
        if not planned.queries:
            return
        walk = Walk(
            _Asked(self, planned, self._looked_at(planned)),
            [Part(planned, query) for query in planned.queries],
            workers=self._workers,
            ahead=self._reads_ahead(planned),
            stopped=self._stopped,
        )
        resource = planned.resource
        walk.start()  # beside what is looked up first
        try:
            streams = [self._stream(planned, walk.rows(number)) for number in range(len(planned.queries))]
            rows = self._counted(merged(resource, planned.order, streams))
            if resource.text_order:
                rows = _by_number(resource, rows)
            for batch in filled(self._question, rows, self._read):
                yield matching(batch, planned.by_client)
        finally:
            walk.close()

    def _reads_ahead(self, planned: Plan) -> bool:
        """Whether pages behind the one at hand are needed for sure, or nearly so: under a limit they may not be."""
        limit = self._question.limit
        # What is cut here may need any number of pages; unasked nobody fetches many of them in vain.
        needs_more = bool(planned.by_client) and (self._workers or 1) > 1
        return limit is None or sorts_here(self._question) or needs_more or limit > _FAR * planned.size

    def _looked_at(self, planned: Plan) -> dict[str, str]:
        """The columns that somebody looks at, and their names in the rows: reading the others would be in vain."""
        question, sent = self._question, v1.sent(planned.resource)
        if question.details:
            return sent
        orders = (*question.sort, *planned.order)
        columns = {*question.columns, *(each.column for each in orders), *ENDED_BY, *fills_by(question)}
        columns |= {condition.field.column for condition in planned.by_client}
        return {column: name for column, name in sent.items() if column in columns}

    def survey(self, planned: Plan) -> Survey:
        """What small requests can tell of the searches of a plan."""
        return Survey(self.page, planned)

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
            self._runs = self.survey(planned).runs(planned.queries[0])

    def _stream(self, planned: Plan, walked: Iterator[Taken]) -> Iterator[pa.RecordBatch]:
        """The rows of one search."""
        resource = planned.resource
        first = planned.order[0].column
        tells_share = len(planned.queries) == 1 and planned.by_key

        meant = (below(rows, first, until) for rows, until in walked)
        for batch in in_order(resource, planned.order, (batch for batch in meant if batch.num_rows)):
            self.tally.received += batch.num_rows
            self._here = batch[first][-1].as_py() if tells_share else None
            yield without_doubles(resource, batch)

    def page(self, planned: Plan, query: Query, after: bytes | None, size: int) -> v1.Page:
        """Fetch one page; several threads may."""
        resource = planned.resource
        with self._counting:
            self.tally.requests += 1
        body = v1.body(planned, query, after, size=size)
        with self._at_once:
            content = self._transport.post(v1.path(resource), body, stopped=self._stopped)
        return v1.read_page(resource, content)

    def count(self, number: int, total: int | None) -> None:
        """Count a page of a search, and what the server's first one said of all."""
        with self._counting:
            self.tally.pages += 1
            self.tally.totals.setdefault(number, total)

    def _counted(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            self.tally.kept += batch.num_rows
            yield batch

    def _read(self, question: Question) -> pa.Table:
        """Read the few rows of another resource that this one needs."""
        inner = Pass(self._transport, question, workers=self._workers, at_once=self._at_once)
        table = pa.Table.from_batches(inner.batches(inner.plan()), schema(question.resource))
        self.tally.requests += inner.tally.requests
        return table.select(question.columns)

    def _extreme(self, field: Field, descending: bool) -> pd.Timestamp | None:
        """The first or last date of a field; missing ones come last in both directions (contract 3.6)."""
        resource = self._question.resource
        order = (Order(field.column, descending), Order(resource.key.column))
        one = Plan(resource, (Query({}),), order, (), size=1)
        page = self.page(one, one.queries[0], None, one.size)
        if page.empty:
            return None
        date = batch_of(resource, [page.content], v1.sent(resource))[field.column][0].as_py()
        return None if date is None else pd.Timestamp(date)


@dataclass(frozen=True)
class _Asked:
    """What a walk asks, of a plan's searches."""

    of: Pass
    planned: Plan
    sent: Mapping[str, str]

    def page(self, number: int, query: Query, after: bytes | None, size: int) -> v1.Page:
        page = self.of.page(self.planned, query, after, size)
        self.of.count(number, _exact_total(self.planned.queries[number], page))
        return page

    def read(self, pages: Sequence[v1.Page]) -> pa.RecordBatch:
        return batch_of(self.planned.resource, [page.content for page in pages], self.sent)

    def last(self, query: Query) -> int | None:
        return self.of.survey(self.planned).last_key(query)


def _exact_total(query: Query, page: v1.Page) -> int | None:
    whole = query.start is None and query.until is None and not query.wanted
    return page.total if whole and page.total < v1.HIGHEST_TOTAL else None


def _by_number(resource: Resource, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Keys that the server walks as text, sorted as the numbers that they are; they are few."""
    table = pa.Table.from_batches(batches, schema(resource))
    yield from sorted_by([Order(resource.key.column)], table).to_batches()
