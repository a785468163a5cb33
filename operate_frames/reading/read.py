"""One read of a query from beginning to end: scans until nothing is missing, details, the report."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

import pyarrow as pa

from operate_frames.client.operate import Operate
from operate_frames.display.progress import ProgressSink, counting
from operate_frames.display.warn import warn
from operate_frames.errors import FilterIgnoredWarning, IncompleteWarning, NotFound, OperateError
from operate_frames.query.query import Order, Query
from operate_frames.reading.checkpoint import check_order, checkpoint, failed, interrupted
from operate_frames.reading.completeness.second_look import LateInstances, SecondLook, united
from operate_frames.reading.enrich.details import detail_columns, fetch_details
from operate_frames.reading.joins.incidents import IncidentJoiner
from operate_frames.reading.joins.joiner import ROWS_AT_ONCE, Joiner, joined_fields
from operate_frames.reading.joins.rows import JoinedRows, gathered
from operate_frames.reading.memory import MemoryGuard
from operate_frames.reading.options import ReadOptions
from operate_frames.reading.report import ReadCounts, Report, looked_up_in_vain, unheeded
from operate_frames.reading.rows import ENDED_BY, Columns, columns_of, sorted_by
from operate_frames.reading.scan import Scan, ScanContext
from operate_frames.schema.arrow import schema_of
from operate_frames.schema.fields import Resource

__all__ = ["ReadRun", "Stretch"]

# What still changes after three passes always will.
_MAX_PASSES = 3
# The bar moves on after so many.
_DETAILS_AT_ONCE = 200

T = TypeVar("T")


class Stretch(NamedTuple):
    """Rows that came one after the other, and where to go on behind them; empty where nobody could."""

    rows: pa.Table
    resume: dict[str, Any]


class ReadRun:
    """One read of a query; it is used once, for all rows together or batch by batch.

    Parameters
    ----------
    operate : Operate
        The server; its `last_report` is set at the end.
    query : Query
        What to read.
    options : ReadOptions
        How.

    Attributes
    ----------
    columns : list of str
        Of what it gives, in order.
    """

    def __init__(self, operate: Operate, query: Query, options: ReadOptions) -> None:
        self.columns = [*query.columns, *(each.name for each in _further(query))]
        self._operate = operate
        self._query = query
        self._options = options
        self._context = ScanContext.of(operate, options)
        self._client_sorts = operate.api.client_sorts(query)
        self._ended = threading.Event()
        self._began = datetime.now(UTC)
        self._passes: list[ReadCounts] = []
        self._pass_began = 0.0
        self._order: tuple[Order, ...] = ()
        self._can_resume = False
        self._held: list[pa.RecordBatch] = []  # the rows at hand; those that were given away are only counted
        self._rows = 0
        self._added = 0
        # None of these knows this object: who reads in a circle is freed late, with a batch in its hand.
        self._detail = partial(_detail, self._context, self._passes, self._ended)
        self._late = LateInstances(self._context)
        self._look = SecondLook(self._context, query, options.recheck, self._late)
        rows = JoinedRows(self._context, options.recheck, self._late, self._passes, self._detail)
        joiner = Joiner if query.joins.to == "process_instances" else IncidentJoiner
        self._joiner = joiner(operate.api, query.joins, rows)
        self._sink = ProgressSink()

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Give the rows as they arrive, in the order of the walk; where this side sorts, all are read first."""
        if self._client_sorts:
            yield from self.whole(pa.table).to_batches()
            return
        with self._stoppable(lambda: None):
            for batch in self._arriving():
                for part in self._with_details(batch):
                    self._held.clear()
                    self._hold(part)
                    yield part.select(self.columns)
        self._report()

    def stretches(self, rows: int) -> Iterator[Stretch]:
        """Give exactly so many rows at a time, the last time those that are left, with the place behind them.

        What has come before a stop is given before the error is raised. A read that one stretch holds is read again as
        `whole` does it, but for details, which are one call a row.
        """
        if self._client_sorts:
            table = self.whole(pa.table)
            yield from (Stretch(table.slice(start, rows), {}) for start in range(0, table.num_rows, rows))
            return
        columns = [*self._query.resource.columns, *(each.name for each in _further(self._query))]
        waiting = self.table([], columns)
        given = 0
        with self._stoppable(lambda: None):
            self._look.begin()
            try:
                for batch in self._arriving():
                    for part in self._with_details(batch):
                        self._held.clear()
                        self._hold(part)
                        waiting = pa.concat_tables([waiting, self.table([part], columns)])
                        while waiting.num_rows >= rows:
                            given += rows
                            yield self._stretch(waiting.slice(0, rows), given)
                            waiting = waiting.slice(rows)
            except (KeyboardInterrupt, OperateError):
                if waiting.num_rows:
                    yield self._stretch(waiting, given + waiting.num_rows)
                raise
            if not given and not self._options.resume and not self._query.details:
                whole = self._rechecked(waiting.select(self._kept)).slice(0, self._query.limit)
                if not self._query.joins:
                    waiting = whole
                elif self._added:
                    waiting = self._completed(whole)
                self._rows = waiting.num_rows
            if waiting.num_rows:
                yield self._stretch(waiting, given + waiting.num_rows)
        self._report()

    def _stretch(self, table: pa.Table, given: int) -> Stretch:
        """Rows up to that many of the read, to be given."""
        last = table.slice(table.num_rows - 1).to_batches()[0]
        before = self._options.resume.get("rows", 0)
        place = checkpoint(self._query.resource, self._order, last, given + before) if self._can_resume else {}
        return Stretch(table.select(self.columns), place)

    def whole(self, convert: Callable[[Columns], T]) -> T:
        """Read all rows, again where one pass may have missed some, in the order that was asked for.

        `convert` may put its own columns in the place of Arrow's. Only one batch is held beside them, for the place
        to go on from.
        """
        query = self._query
        converting: Columns = {}  # all rows, while they are converted
        guard = MemoryGuard(query.resource.name, self._context.tuning)
        with self._stoppable(lambda: convert(converting or columns_of(self.table(self._held, self.columns)))):
            self._look.begin()
            for batch in self._one_pass():
                self._hold(batch.select(self._kept))
                guard.look(self._rows, self._held)
            table = self._rechecked(self.table(self._held, self._kept))
            table = sorted_by(_whole_order(query), table).slice(0, query.limit)
            if query.details or query.joins:
                # In the order of the walk, in which a read can go on.
                table = sorted_by(_whole_order(query), self._completed(sorted_by(self._order, table)))
            self._rows = table.num_rows
            converting.update(columns_of(table.select(self.columns)))
            del table, self._held[:-1]
            result = convert(converting)
        self._report()
        return result

    def table(self, batches: Sequence[pa.RecordBatch], columns: list[str]) -> pa.Table:
        """Make one table of some columns; details that were not fetched are missing in it."""
        wanted = self._schema(columns)
        return pa.Table.from_batches([_with_all(batch, wanted) for batch in batches], wanted)

    @property
    def schema(self) -> pa.Schema:
        """The types of what it gives, known before anything is read."""
        return self._schema(self.columns)

    def _schema(self, columns: list[str]) -> pa.Schema:
        fields = {each.name: each for each in (*schema_of(self._query.resource), *_further(self._query))}
        return pa.schema([fields[name] for name in columns])

    def _hold(self, batch: pa.RecordBatch) -> None:
        self._held.append(batch)
        self._rows += batch.num_rows

    @property
    def _kept(self) -> list[str]:
        """The columns that are needed until the end: to sort, to tell doubles apart, to fetch details, to go on."""
        query, resource = self._query, self._query.resource
        if query.details:
            return list(resource.columns)
        needed = {*query.columns, *query.joins.needs, *(each.column for each in (*_whole_order(query), *self._order))}
        return [column for column in resource.columns if column in needed.union(ENDED_BY, self._look.needs)]

    # The passes

    def _one_pass(self, query: Query | None = None, seen: pa.Table | None = None) -> Iterator[pa.RecordBatch]:
        """Give the rows of one pass, in the order of the walk; only the first pass moves the bar.

        A question of its own is a part of the read's, which a later pass looks at again.
        """
        resume = self._options.resume
        limit = None if self._client_sorts else self._query.limit
        remaining = None if limit is None else limit - resume.get("rows", 0)
        if remaining is not None and remaining <= 0:
            return
        self._pass_began = time.monotonic()
        scan = Scan(self._context, query or self._query, resume, seen=seen)
        scan.counts.is_whole = query in (None, self._query)
        moves_the_bar = not self._passes and not self._query.details
        self._passes.append(scan.counts)
        plan = scan.plan()
        check_order(resume, plan.order)
        self._order = self._order or plan.order
        by_text = plan.text_order or self._query.resource.field(plan.order[0].column).kind == "text"
        self._can_resume = not self._client_sorts and not by_text
        share = (lambda: None) if remaining is not None else (lambda: scan.share(plan))
        for batch in scan.batches(plan):
            wanted = batch.slice(0, remaining)
            if wanted.num_rows:
                yield wanted
            if moves_the_bar:
                self._sink.rows(wanted.num_rows, share)
            if remaining is not None:
                remaining -= wanted.num_rows
                if not remaining:
                    return

    def _rechecked(self, table: pa.Table) -> pa.Table:
        """Add what one pass missed, as another one may while rows move to the archive (contract 3.6)."""
        if not self._passes:
            return table
        if self._options.recheck:
            return self._until_nothing_is_added(table)
        again = self._look.question(self._passes[0], table)
        return table if again is None else self._with_what_was_missed(table, again)

    def _until_nothing_is_added(self, table: pa.Table) -> pa.Table:
        self._look.said = "taken: recheck=True"
        while len(self._passes) < _MAX_PASSES:
            next_pass = self._pass_began + self._context.tuning.seconds_between_passes
            time.sleep(max(0.0, next_pass - time.monotonic()))
            before = table.num_rows
            table = self._with_what_was_missed(table, self._query)
            if table.num_rows == before:
                break
        return table

    def _with_what_was_missed(self, table: pa.Table, query: Query) -> pa.Table:
        rows = self._one_pass(query, table if query == self._query else None)
        again = self.table([batch.select(self._kept) for batch in rows], self._kept)
        before, last = self._passes[-2:]
        # Of two copies the first one stays: that of the later pass where only this one could look names up.
        knows_more = bool(before.unfilled) and not last.unfilled
        joined = united(self._query.resource, self._order, [again, table] if knows_more else [table, again])
        if knows_more and joined.num_rows == again.num_rows:
            before.unfilled.clear()
        self._added += joined.num_rows - table.num_rows
        return joined

    # What search leaves out

    def _completed(self, table: pa.Table) -> pa.Table:
        """All rows with their details; those that have them are held, should the rest be stopped."""
        incomplete, self._held, self._rows = table.combine_chunks().to_batches(), [], 0
        for batch in incomplete:
            for part in self._with_details(batch):
                self._hold(part)
        return self.table(self._held, [*self._kept, *(each.name for each in _further(self._query))])

    def _arriving(self) -> Iterator[pa.RecordBatch]:
        """The rows of one pass, as many together as are joined at once."""
        return gathered(self._one_pass(), ROWS_AT_ONCE) if self._query.joins else self._one_pass()

    def _with_details(self, batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        """Fetch what search leaves out of the rows, where that is wanted."""
        if self._query.joins:
            yield from map(self._joiner.join, _parts(batch, ROWS_AT_ONCE))
            return
        if not self._query.details:
            yield batch
            return
        resource, workers = self._query.resource, self._context.max_requests
        for part in _parts(batch, _DETAILS_AT_ONCE):
            yield fetch_details(self._context.api, resource, part, partial(self._detail, resource), workers=workers)
            self._sink.rows(part.num_rows)

    # Its end

    @contextmanager
    def _stoppable(self, partial: Callable[[], Any]) -> Iterator[None]:
        """Turn what stops a read in the middle into an error that holds the rows so far and where to go on.

        The connection keeps it, for where it cannot be caught: behind a C stream, at a prompt.
        """
        operate = self._operate
        operate.last_interrupted = None
        try:
            with counting(self._options.progress, self._query.resource.name) as self._sink:
                yield
        except KeyboardInterrupt:
            rows = partial()
            self._report(finished=False)
            operate.last_interrupted = interrupted(self._rows, rows, self._checkpoint())
            raise operate.last_interrupted from None
        except OperateError as error:
            if not self._rows:
                raise
            rows = partial()
            self._report(finished=False)
            operate.last_interrupted = failed(error, self._rows, rows, self._checkpoint())
            raise operate.last_interrupted from error
        finally:
            self._ended.set()

    def _checkpoint(self) -> dict[str, Any]:
        """Where to go on; where it began if rows do not come in the order of the answer."""
        resume = self._options.resume
        if not self._held or not self._can_resume:
            return dict(resume)
        return checkpoint(self._query.resource, self._order, self._held[-1], self._rows + resume.get("rows", 0))

    def _report(self, *, finished: bool = True) -> None:
        if self._passes:
            self._passes[0].add(self._late.counts)
        report = Report.of(
            self._passes,
            resource=self._query.resource.name,
            question=str(self._query),
            server=urlsplit(self._operate.settings.base_url).netloc,
            began=self._began,
            rows=self._rows,
            second_look=self._look.said,
            added=self._added,
            limit=self._query.limit,
            finished=finished,
        )
        self._operate.last_report = report
        if (trouble := unheeded(self._passes)) is not None:
            warn(trouble, FilterIgnoredWarning)
        if (trouble := looked_up_in_vain(self._passes)) is not None:
            warn(trouble, IncompleteWarning)
        if report.missing:
            warn(
                f"The server counts {report.total} rows of {report.resource}, {report.missing} more than came: rows"
                " were deleted or moved meanwhile. Read again, with recheck=True.",
                IncompleteWarning,
            )


def _detail(
    context: ScanContext, passes: Sequence[ReadCounts], ended: threading.Event, resource: Resource, key: int | str
) -> bytes | None:
    """Fetch one row by its key; None where it has gone."""
    passes[-1].count_request()
    try:
        with context.at_once:
            return context.http.get(context.api.row_path(resource, key), stopped=ended)
    except NotFound:  # deleted since, or hidden while it moves
        passes[-1].count_gone()
        return None


def _further(query: Query) -> tuple[pa.Field, ...]:
    """The fields that search does not give."""
    return (*(detail_columns(query.resource) if query.details else ()), *joined_fields(query.joins))


def _parts(batch: pa.RecordBatch, rows: int) -> Iterator[pa.RecordBatch]:
    return (batch.slice(start, rows) for start in range(0, batch.num_rows, rows))


def _with_all(batch: pa.RecordBatch, wanted: pa.Schema) -> pa.RecordBatch:
    there = set(batch.schema.names)
    columns = [batch[each.name] if each.name in there else pa.nulls(batch.num_rows, each.type) for each in wanted]
    return pa.RecordBatch.from_arrays(columns, schema=wanted)


def _whole_order(query: Query) -> tuple[Order, ...]:
    """The order of a whole answer: as asked, then by key."""
    resource = query.resource
    asked = [each.column for each in query.sort]
    return (*query.sort, *(Order(name) for name in resource.identity if name not in asked))
