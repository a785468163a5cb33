"""How the rows are read that are joined to others: one scan, and a second one where rows may be moving."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import pyarrow as pa

from operate_frames.query.query import Order, Query
from operate_frames.reading.completeness.second_look import LateInstances, SecondLook, united
from operate_frames.reading.enrich.details import fetch_details
from operate_frames.reading.report import ReadCounts
from operate_frames.reading.scan import Scan, ScanContext
from operate_frames.schema.arrow import schema_of
from operate_frames.schema.fields import Resource
from operate_frames.schema.resources import RESOURCES

__all__ = ["JoinedRows", "gathered"]

Detail = Callable[[Resource, int | str], bytes | None]


class JoinedRows:
    """Reads what is joined to the rows of a read.

    Parameters
    ----------
    context : ScanContext
        Shared with the scans of the read.
    recheck : bool or None
        As of the read.
    late : LateInstances
        Of the read.
    passes : sequence of ReadCounts
        The last one counts what each scan sent.
    detail : callable
        Fetches one row by its key.
    """

    def __init__(
        self,
        context: ScanContext,
        recheck: bool | None,
        late: LateInstances,
        passes: Sequence[ReadCounts],
        detail: Detail,
    ) -> None:
        self._context = context
        self._recheck = recheck
        self._late = late
        self._passes = passes
        self._detail = detail

    def read(self, query: Query) -> pa.Table:
        """All rows of a question, as a read of it would give them (contract ``operate-v1.md`` 3.6)."""
        look = SecondLook(self._context, query, self._recheck, self._late)
        look.begin()
        rows, counts = self._once(query)
        again = look.question(counts, rows)
        if again is None:
            return rows
        order = [Order(name) for name in query.resource.identity]
        return united(query.resource, order, [rows, self._once(again, rows if again == query else None)[0]])

    def pages(self, query: Query) -> int:
        """About how many pages a question takes."""
        scan = Scan(self._context, query)
        pages = scan.pages()
        self._passes[-1].add(scan.counts)
        return pages

    def with_whole_values(self, variables: pa.Table) -> pa.Table:
        """Variables with the values whole that search has cut."""
        resource = RESOURCES["variables"]
        fetch, workers = partial(self._detail, resource), self._context.max_requests
        batches = variables.combine_chunks().to_batches()
        whole = [fetch_details(self._context.api, resource, each, fetch, workers=workers) for each in batches]
        return pa.Table.from_batches(whole, variables.schema)

    def _once(self, query: Query, seen: pa.Table | None = None) -> tuple[pa.Table, ReadCounts]:
        scan = Scan(self._context, query, seen=seen)
        rows = pa.Table.from_batches(scan.batches(scan.plan()), schema_of(query.resource)).select(query.columns)
        self._passes[-1].add(scan.counts)
        return rows, scan.counts


def gathered(batches: Iterator[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    """The same rows, so many at a time or more, as far as they come."""
    held: list[pa.RecordBatch] = []
    for batch in batches:
        held.append(batch)
        if sum(each.num_rows for each in held) >= rows:
            yield from pa.Table.from_batches(held).combine_chunks().to_batches()
            held = []
    if held:
        yield from pa.Table.from_batches(held).combine_chunks().to_batches()
