"""One pass over the rows that a query names, as a pipeline: looked up, planned, walked, decoded, put in order, cut.

Each pass looks up anew what may have changed meanwhile, so that a second one can find what the first one missed.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from operate_frames.api.base import Api, ApiField, Plan, SearchRequest
from operate_frames.query.filters import Filter
from operate_frames.query.query import Order, Query
from operate_frames.reading.checkpoint import written_order
from operate_frames.reading.completeness.conditions import Conditions, heeds, heeds_filters
from operate_frames.reading.decode import decode
from operate_frames.reading.enrich.definitions import Definitions
from operate_frames.reading.enrich.lookups import close_date_ranges, fill_columns, filled_by, resolve_keys
from operate_frames.reading.options import DEFAULT_WORKERS, ReadOptions, Tuning
from operate_frames.reading.paging.estimate import Estimator, ShareBehind, Weighed, weigh
from operate_frames.reading.paging.key_range import PAGES_PER_RANGE
from operate_frames.reading.paging.page_sizes import PageSizes
from operate_frames.reading.paging.parallel import ParallelReader, Rows
from operate_frames.reading.paging.schedule import Limits, Schedule
from operate_frames.reading.paging.source import PageFetcher, PlanPages
from operate_frames.reading.paging.threads import FairSemaphore
from operate_frames.reading.report import ReadCounts
from operate_frames.reading.rows import (
    ENDED_BY,
    behind,
    below,
    in_order,
    meets,
    merged,
    positions,
    sorted_by,
    without_doubles,
)
from operate_frames.schema.arrow import schema_of
from operate_frames.schema.fields import Field, Resource
from operate_frames.schema.resources import RESOURCES

if TYPE_CHECKING:
    from operate_frames.client.http import HttpClient
    from operate_frames.client.operate import Operate

__all__ = ["Scan", "ScanContext"]

# Pages after which the ends of the keys are looked up, where the server counts no further: the read is long.
_LONG = 2
# A limit of more pages than these is no reason to fetch page after page: what is fetched too much is little beside it.
_FAR = 64
# A second look at all rows takes at most so many.
_FEW_TRIPS = 3
# So much of a page is kept for rows that come while they are looked at again.
_SPARE = 0.2
# Where a search has more rows than the server counts, it takes at least so many pages; how many more is not known.
_MANY = 64


@dataclass(frozen=True)
class ScanContext:
    """What the scans of one read share: the server, how it is asked, and what was looked up once.

    Attributes
    ----------
    api : Api
        What the server speaks.
    http : HttpClient
        The server.
    tuning : Tuning
        Of the connection.
    workers : int or None
        At most so many requests at once; None: one, or four where pages take some time.
    at_once : FairSemaphore
        Holds to that, whoever asks.
    page_size : int or None
        Rows a page; None: the most that the API gives.
    page_sizes : PageSizes
        What the server can carry, as far as the connection has learned.
    is_far : bool
        Whether a round trip takes so long that requests are sent which may turn out not to be needed.
    definitions : dict
        What was read of definitions, by query: they are not archived, so once a read is enough.
    """

    api: Api
    http: HttpClient
    tuning: Tuning
    workers: int | None
    at_once: FairSemaphore
    page_size: int | None
    page_sizes: PageSizes
    is_far: bool
    definitions: dict[Query, pa.Table] = field(default_factory=dict)

    @classmethod
    def of(cls, operate: Operate, options: ReadOptions) -> ScanContext:
        """What one read of a connection begins with."""
        tuning = operate.tuning or Tuning()
        is_far = operate.transport.is_far
        workers = options.workers or tuning.workers or (DEFAULT_WORKERS if is_far else None)
        operate.transport.open_ahead(workers or 0)
        return cls(
            operate.api,
            operate.transport,
            tuning,
            workers,
            FairSemaphore(workers or DEFAULT_WORKERS),
            options.page_size or operate.page_size or tuning.page_size,
            PageSizes(operate.page_sizes),
            is_far,
        )

    @property
    def max_requests(self) -> int:
        """The most requests that may be on their way at once."""
        return self.workers or DEFAULT_WORKERS

    @property
    def few_pages(self) -> int:
        """So many pages take a few round trips, where it is known how their rows are spread."""
        return _FEW_TRIPS * self.max_requests


class Scan:
    """One pass over the rows of a query.

    Parameters
    ----------
    context : ScanContext
        Shared with the other scans of the read.
    query : Query
        What to read.
    resume : mapping, optional
        Where an earlier read was stopped; by default, or empty: from the beginning.
    seen : pyarrow.Table, optional
        What came when the same was read before.

    Attributes
    ----------
    counts : ReadCounts
        What has come so far.
    weighed : list of Weighed
        The plans that were weighed against each other, where there is more than one.
    """

    def __init__(
        self,
        context: ScanContext,
        query: Query,
        resume: Mapping[str, Any] | None = None,
        *,
        seen: pa.Table | None = None,
    ) -> None:
        self.counts = ReadCounts()
        self._context = context
        self._api = context.api
        self._query = query
        self._resume = resume or {}
        self._seen = seen
        self._stopped = threading.Event()
        self._fetcher = PageFetcher(
            context.api, context.http, context.at_once, self._stopped, context.page_sizes, self.counts
        )
        self._definitions = Definitions(self._read, self._keys_of_instances, self.counts)
        self._position: int | None = None  # where the walk has come to
        self._share: ShareBehind | None = None
        self.weighed: list[Weighed] = []

    def plan(self) -> Plan:
        """Look up what the API cannot be asked, and plan the searches for the rest."""
        query = resolve_keys(self._api, self._query, self._read, self._definitions, self._pages_of)
        query = close_date_ranges(self._api, query, self._extreme)
        plan = self._cheapest(query)
        self.counts.searches, self.counts.page_size = len(plan.searches), plan.page_size
        return plan

    def _cheapest(self, query: Query) -> Plan:
        """The plan that takes the fewest requests; a read that goes on keeps to the order in which it began."""
        after, size = self._resume.get("after"), self._context.page_size
        plan = self._api.plan(query, after, page_size=size)
        others = self._api.alternatives(query, plan, after, page_size=size)
        if not others:
            return plan
        if (order := self._resume.get("order")) is not None:
            return next((each for each in others if written_order(each.order) == order), plan)
        self.weighed = weigh(self._api, self._fetcher.fetch, plan, others, workers=self._context.max_requests)
        return min(self.weighed, key=lambda each: each.cost).plan

    def batches(self, plan: Plan) -> Iterator[pa.RecordBatch]:
        """Give the rows that meet the query, in the plan's order, each once.

        Columns that the query does not name may hold nothing.
        """
        if not plan.searches:
            return
        reader = self._reader(plan)
        reader.start()  # beside what is looked up first
        try:
            streams = [self._stream(plan, search, reader.rows(number)) for number, search in enumerate(plan.searches)]
            rows = self._counted(merged(plan.resource, plan.order, streams))
            if plan.text_order:
                rows = _by_number(plan.resource, rows)
            conditions = Conditions(plan, self._api.fields(plan.resource), self.counts)
            filled = fill_columns(
                self._api,
                self._query,
                rows,
                self._read,
                definitions=self._definitions,
                failed=self.counts.lookup_failed,
            )
            for batch in filled:
                yield conditions.kept(batch)
            conditions.end()
            for field in conditions.doubtful:
                if not heeds(self._api, self._fetcher.fetch, plan, field):
                    self.counts.unknown.add(field.column)
        finally:
            reader.close()

    def estimator(self, plan: Plan) -> Estimator:
        """What small requests can tell of the searches of a plan."""
        return Estimator(self._api, self._fetcher.fetch, plan)

    def pages(self) -> int:
        """About how many pages it takes, as far as the server counts."""
        plan = self.plan()
        estimator = self.estimator(plan)
        totals = [estimator.total(search) for search in plan.searches]
        return sum(math.ceil(total.value / plan.page_size) if total.exact else _MANY for total in totals)

    def heeds_filters(self, plan: Plan) -> bool:
        """Whether the server's count is that of the rows that were asked for, by small requests."""
        return heeds_filters(self._api, self._fetcher.fetch, plan)

    def share(self, plan: Plan) -> float | None:
        """Which share of all rows has come, by the server's count or by the keys behind; None where neither tells."""
        if len(self.counts.totals) == len(plan.searches) and self.counts.total is not None:
            return self.counts.received / max(self.counts.total, 1)
        if self._position is None or self.counts.pages < _LONG:
            return None
        if self._share is None:
            self._share = ShareBehind(self.estimator(plan), plan.searches[0])
        return self._share.at(self._position)

    # The pipeline

    def _reader(self, plan: Plan) -> ParallelReader:
        tuning, workers = self._context.tuning, self._context.workers
        schedule = Schedule(
            self._api,
            plan,
            workers=workers,
            workers_if_slow=DEFAULT_WORKERS,
            is_far=self._context.is_far,
            ahead=self._reads_ahead(plan),
            limits=Limits(tuning.waiting_pages, tuning.waiting_bytes),
            seams=self._seams(plan),
        )
        return ParallelReader(PlanPages(self._fetcher, plan, self._fields(plan)), schedule, stopped=self._stopped)

    def _seams(self, plan: Plan) -> list[int]:
        """Where to cut a search whose rows were seen before, so that all workers have about as many pages of it."""
        seen, first = self._seen, plan.order[0].column
        if seen is None or first not in seen.column_names or len(plan.searches) > 1 or not plan.seekable:
            return []
        pages, workers = seen.num_rows / plan.page_size, self._context.workers or 1
        if pages > workers * PAGES_PER_RANGE:  # what lies far ahead of the reader would wait for him
            return []
        rows = int((math.ceil((pages + 1) / workers) - _SPARE) * plan.page_size)
        seams: list[int] = np.unique(np.sort(positions(seen[first].combine_chunks()))[rows::rows]).tolist()
        return seams

    def _reads_ahead(self, plan: Plan) -> bool:
        """Whether pages behind the one at hand are needed for sure, or nearly so: under a limit they may not be."""
        limit = self._query.limit
        # What is cut here may need any number of pages; unasked nobody fetches many of them in vain.
        needs_more = bool(plan.residual_filters) and (self._context.workers or 1) > 1
        return limit is None or self._api.client_sorts(self._query) or needs_more or limit > _FAR * plan.page_size

    def _fields(self, plan: Plan) -> Mapping[str, ApiField]:
        """The columns that somebody looks at, as the rows write them: reading the others would be in vain."""
        query, fields = self._query, self._api.fields(plan.resource)
        if query.details:
            return fields
        orders = (*query.sort, *plan.order)
        columns = {*query.columns, *(each.column for each in orders), *ENDED_BY, *filled_by(self._api, query)}
        columns.update(query.joins.needs)
        columns |= {each.field.column for each in (*plan.sent_filters, *plan.residual_filters)}
        return {column: written for column, written in fields.items() if column in columns}

    def _stream(self, plan: Plan, search: SearchRequest, walked: Iterator[Rows]) -> Iterator[pa.RecordBatch]:
        """The rows of one search."""
        first = plan.order[0].column
        tells_share = len(plan.searches) == 1 and plan.seekable

        meant = (below(behind(plan, start, rows), first, end_before) for rows, start, end_before in walked)
        for batch in in_order(plan, search, (batch for batch in meant if batch.num_rows)):
            self.counts.received += batch.num_rows
            self._position = positions(batch[first][-1:])[0].as_py() if tells_share else None
            yield without_doubles(plan.resource, batch)

    def _counted(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            self.counts.kept += batch.num_rows
            yield batch

    # What is looked up

    def _read(self, query: Query) -> pa.Table:
        """Read the few rows of another resource that this one needs."""
        known = self._context.definitions
        if query in known:
            return known[query]
        inner = Scan(self._context, query)
        table = pa.Table.from_batches(inner.batches(inner.plan()), schema_of(query.resource)).select(query.columns)
        self.counts.add(inner.counts)
        if not query.resource.archived:
            known[query] = table
        return table

    def _pages_of(self, query: Query) -> int:
        return Scan(self._context, query).pages()

    def _keys_of_instances(self, asked: Filter) -> list[int]:
        """The definitions of instances, by leaps from one to the next: one request for each, and not the rows."""
        resource = RESOURCES["process_instances"]
        key = "process_definition_key"
        order = (Order(key), Order(resource.key.column))
        searches = self._api.plan(Query(resource, (key,), (asked,))).searches
        plan = Plan(resource, searches, order, (asked,), (), page_size=1)
        met: list[int] = []
        for search in searches:
            found: list[int] = []
            while True:
                further = self._api.beyond(plan, search, found)
                page = self._fetcher.fetch(plan, further, self._api.first_cursor(further), 1)
                rows = decode(resource, [page.content], self._api.fields(resource))
                if not rows.num_rows or rows[key][0].as_py() in found:
                    break
                found.append(rows[key][0].as_py())
                if meets(rows[asked.field.column], asked).true_count:  # else the server ignores the filter
                    met.append(found[-1])
        return met

    def _extreme(self, field: Field, descending: bool) -> pd.Timestamp | None:
        """The first or last date of a field."""
        dates = self.first_rows(field, descending, 1)[field.column]
        date = dates[0].as_py() if len(dates) else None
        return None if date is None else pd.Timestamp(date)

    def first_rows(self, field: Field, descending: bool, most: int) -> pa.RecordBatch:
        """The rows that come first by a field, in one request and whatever the query asks.

        Those without a value come last in both directions (``operate-v1.md`` 3.6).
        """
        resource = self._query.resource
        order = (Order(field.column, descending), Order(resource.key.column))
        search = SearchRequest({})
        page = self._fetcher.fetch(Plan(resource, (search,), order, (), (), page_size=most), search, None, most)
        return decode(resource, [page.content], self._api.fields(resource))


def _by_number(resource: Resource, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Keys that the server walks as text, sorted as the numbers that they are; they are few."""
    table = pa.Table.from_batches(batches, schema_of(resource))
    yield from sorted_by([Order(resource.key.column)], table).to_batches()
