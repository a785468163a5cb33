"""One reading of a question from beginning to end: its passes, what it holds when it is stopped, its report."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pyarrow as pa

from operate_frames.api.v1 import codec as v1
from operate_frames.api.v1.planner import sorts_here
from operate_frames.client.operate import Operate
from operate_frames.display.progress import Progress, ProgressSink, counting
from operate_frames.display.warn import warn
from operate_frames.errors import (
    IncompleteWarning,
    LargeReadWarning,
    OperateError,
    QuestionError,
    ReadFailed,
    ReadInterrupted,
    WrongType,
)
from operate_frames.query.query import Order, Question
from operate_frames.reading.decode import Columns, columns_of, schema
from operate_frames.reading.details import completed, detail_columns
from operate_frames.reading.paging.parallel import UNASKED
from operate_frames.reading.paging.threads import Turns
from operate_frames.reading.report import Report, Tally
from operate_frames.reading.rows import ENDED_BY, place_of, sorted_by, without_doubles
from operate_frames.reading.scan import Pass

__all__ = ["Reading", "checked_resume"]

# What still changes after three passes always will.
_MOST_PASSES = 3
# A row that moves is hidden until its new index is refreshed: up to 0.9 s were seen on a real 8.6.0, and Operate's
# templates say 2 s. A pass that follows sooner can miss the same row again.
SECONDS_APART = 2.5
# A read of so many pages takes well under a second, so a second pass right behind costs nobody anything.
_PAGES_RECHECKED_UNASKED = 20
# The bar moves on after so many.
_DETAILS_AT_ONCE = 200
# One warning, when a frame that is still coming has grown to this, in rows or as a share of the memory that is free.
_MANY_ROWS = 1_000_000
_MUCH_MEMORY = 0.25
# Batches between two looks at the memory that is free.
_LOOKS_APART = 8

T = TypeVar("T")
S = TypeVar("S", ReadFailed, ReadInterrupted)


class Reading:
    """One reading of a question; it is used once, for all rows together or batch by batch.

    Parameters
    ----------
    operate : Operate
        The server; its `last_report` is set at the end.
    question : Question
        What to read.
    recheck : bool or None
        Whether to read again for rows that one pass missed.
    progress : bool, callable or None
        As in the readers.
    resume : mapping
        Where an earlier reading was stopped; empty: from the beginning.
    workers : int or None
        At most so many requests at once.
    """

    def __init__(
        self,
        operate: Operate,
        question: Question,
        *,
        recheck: bool | None,
        progress: Progress,
        resume: Mapping[str, Any],
        workers: int | None,
    ) -> None:
        self.question = question
        self.shown = [*question.columns, *(each.name for each in _extra(question))]
        self._operate = operate
        self._recheck = recheck
        self._progress = progress
        self._resume = resume
        self._workers = workers
        self._at_once = Turns(workers or UNASKED)
        self._ended = threading.Event()
        self._began = datetime.now(UTC)
        self._passes: list[Tally] = []
        self._order: tuple[Order, ...] = ()
        self._held: list[pa.RecordBatch] = []  # the rows at hand; those that were given away are only counted
        self._rows = 0
        self._whole: Columns | None = None  # all rows, while they are converted
        self._added = 0
        self._pass_began = 0.0
        self._shown = ProgressSink()
        self._warned = False

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Give the rows as they arrive, in the order of the walk; where this side sorts, all are read first."""
        if sorts_here(self.question):
            yield from self.whole(pa.table).to_batches()
            return
        with self._telling(lambda: None):
            for batch in self._one_pass(self.question.limit):
                for part in self._with_details(batch):
                    self._held.clear()
                    self._hold(part)
                    yield part.select(self.shown)
        self._report(self._rows)

    def whole(self, convert: Callable[[Columns], T]) -> T:
        """Read all rows, again where one pass may have missed some, in the order that was asked for.

        `convert` may put its own columns in the place of Arrow's. Only one batch is held beside them, for the place
        to go on from.
        """
        question = self.question
        with self._telling(lambda: convert(self._whole or columns_of(self.table(self._held, self.shown)))):
            for batch in self._one_pass(self._limit):
                self._hold(batch.select(self._kept))
                self._warn_if_large()
            table = self._rechecked(self.table(self._held, self._kept))
            table = sorted_by(_whole_order(question), table).slice(0, question.limit)
            if question.details:
                incomplete, self._held, self._rows = table.to_batches(max_chunksize=_DETAILS_AT_ONCE), [], 0
                for batch in incomplete:
                    for part in self._with_details(batch):
                        self._hold(part)
                table = self.table(self._held, self.shown)
            self._rows, self._whole = table.num_rows, columns_of(table.select(self.shown))
            del table, self._held[:-1]
            result = convert(self._whole)
        self._report(self._rows)
        return result

    def table(self, batches: list[pa.RecordBatch], columns: list[str]) -> pa.Table:
        """Make one table of some columns; details that were not fetched are missing in it."""
        wanted = self._schema(columns)
        return pa.Table.from_batches([_with_all(batch, wanted) for batch in batches], wanted)

    @property
    def schema(self) -> pa.Schema:
        """The types of what it gives, known before anything is read."""
        return self._schema(self.shown)

    def _schema(self, columns: list[str]) -> pa.Schema:
        fields = {each.name: each for each in (*schema(self.question.resource), *_extra(self.question))}
        return pa.schema([fields[name] for name in columns])

    def _hold(self, batch: pa.RecordBatch) -> None:
        self._held.append(batch)
        self._rows += batch.num_rows

    @property
    def _limit(self) -> int | None:
        """Where a pass may stop."""
        return None if sorts_here(self.question) else self.question.limit

    @property
    def _kept(self) -> list[str]:
        """The columns that are needed until the end: to sort, to tell doubles apart, to fetch details, to go on."""
        question, resource = self.question, self.question.resource
        if question.details:
            return list(resource.columns)
        needed = {*question.columns, *(each.column for each in (*_whole_order(question), *self._order))}
        return [column for column in resource.columns if column in needed.union(ENDED_BY)]

    def _one_pass(self, limit: int | None) -> Iterator[pa.RecordBatch]:
        """Give the rows of one pass, in the order of the walk; only the first pass moves the bar."""
        remaining = None if limit is None else limit - self._resume.get("rows", 0)
        if remaining is not None and remaining <= 0:
            return
        self._pass_began = time.monotonic()
        walked = Pass(
            self._operate.transport,
            self.question,
            self._resume.get("after"),
            workers=self._workers,
            at_once=self._at_once,
        )
        moves_the_bar = not self._passes and not self.question.details
        self._passes.append(walked.tally)
        plan = walked.plan()
        self._order = plan.order
        self._check_resume()
        share = (lambda: None) if remaining is not None else (lambda: walked.share(plan))
        for batch in walked.batches(plan):
            wanted = batch.slice(0, remaining)
            if wanted.num_rows:
                yield wanted
            if moves_the_bar:
                self._shown.rows(wanted.num_rows, share)
            if remaining is not None:
                remaining -= wanted.num_rows
                if not remaining:
                    return

    def _warn_if_large(self) -> None:
        """Tell once that a frame grows large, while there is time to ask otherwise."""
        rows = self._rows
        if self._warned or (rows < _MANY_ROWS and len(self._held) % _LOOKS_APART != 1):
            return
        import psutil  # noqa: PLC0415 - only reads of whole frames need it, and it takes its time

        taken, free = self._held[-1].nbytes * len(self._held), psutil.virtual_memory().available
        if rows < _MANY_ROWS and taken < _MUCH_MEMORY * free:
            return
        self._warned = True
        rate = rows / max(time.monotonic() - self._pass_began, 1e-3)
        warn(
            f"This frame grows large: {rows:,} rows of {self.question.resource.name} so far, about"
            f" {rate:,.0f} a second, {taken / 1e6:,.0f} MB of {free / 1e6:,.0f} MB that are free. With"
            " chunksize=100_000 rows come as frames one after another, in little memory; columns= and filters make it"
            " less.",
            LargeReadWarning,
        )

    def _check_resume(self) -> None:
        there, here = self._resume.get("order"), _written(self._order)
        if there is not None and there != here:
            raise QuestionError(
                f"resume= belongs to a read in the order of {', '.join(there)}, this one is in the order of"
                f" {', '.join(here)}: ask as the first time, or leave it out."
            )

    def _rechecked(self, table: pa.Table) -> pa.Table:
        """Add what one pass missed, as another one may while rows move to the archive (contract 3.6)."""
        while self._wants_another_pass():
            if self._recheck:
                time.sleep(max(0.0, self._pass_began + SECONDS_APART - time.monotonic()))
            again = self.table([batch.select(self._kept) for batch in self._one_pass(self._limit)], self._kept)
            both = sorted_by(self._order, pa.concat_tables([table, again])).combine_chunks().to_batches()
            joined = self.table([without_doubles(self.question.resource, batch) for batch in both], self._kept)
            added = joined.num_rows - table.num_rows
            table, self._added = joined, self._added + added
            if not added:
                break
        return table

    def _wants_another_pass(self) -> bool:
        if not self._passes or len(self._passes) == _MOST_PASSES or self._recheck is False:
            return False
        small = self.question.resource.archived and self._passes[0].pages <= _PAGES_RECHECKED_UNASKED
        return self._recheck is True or small

    def _with_details(self, batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        """Fetch what search leaves out of the rows, where that is wanted."""
        if not self.question.details:
            yield batch
            return
        resource = self.question.resource
        for start in range(0, batch.num_rows, _DETAILS_AT_ONCE):
            part = batch.slice(start, _DETAILS_AT_ONCE)
            self._passes[-1].requests += part.num_rows
            yield completed(resource, part, self._detail, workers=self._workers or UNASKED)
            self._shown.rows(part.num_rows)

    def _detail(self, key: int | str) -> bytes:
        with self._at_once:
            path = v1.by_key_path(self.question.resource, key)
            return self._operate.transport.get(path, stopped=self._ended)

    @contextmanager
    def _telling(self, partial: Callable[[], Any]) -> Iterator[None]:
        """Turn what stops a reading in the middle into an error that holds the rows so far and where to go on."""
        self._operate.last_interrupted = None
        try:
            with counting(self._progress, self.question.resource.name) as self._shown:
                yield
        except KeyboardInterrupt:
            what = f"Interrupted after {self._rows} rows: they"
            raise self._stopped(ReadInterrupted, what, partial()) from None
        except OperateError as error:
            if not self._rows:
                raise
            what = f"{error} The {self._rows} rows before it"
            raise self._stopped(ReadFailed, what, partial()) from error
        finally:
            self._ended.set()

    def _stopped(self, kind: type[S], what: str, partial: Any) -> S:
        """Make the error; the connection keeps it, for where it cannot be caught: behind a C stream, at a prompt."""
        self._report(self._rows, finished=False)
        where = "were given already, or are in .partial" if partial is None else "are in .partial"
        stopped = kind(
            f"{what} {where}; .resume says where to go on. The connection's .last_interrupted keeps both until the next"
            " read.",
            partial=partial,
            resume=self._place(),
        )
        self._operate.last_interrupted = stopped
        return stopped

    def _place(self) -> dict[str, Any]:
        """Where to go on; nowhere else than here where rows do not come in the order of the answer."""
        if not self._held or sorts_here(self.question) or self.question.resource.text_order:
            return dict(self._resume)
        return {
            "resource": self.question.resource.name,
            "order": _written(self._order),
            "after": place_of(self._order, self._held[-1]),
            "rows": self._rows + self._resume.get("rows", 0),
        }

    def _report(self, rows: int, *, finished: bool = True) -> None:
        report = Report.of(
            self._passes,
            resource=self.question.resource.name,
            question=str(self.question),
            server=urlsplit(self._operate.settings.base_url).netloc,
            began=self._began,
            rows=rows,
            added=self._added,
            counted=finished and self.question.limit is None,
            finished=finished,
        )
        self._operate.last_report = report
        if report.missing:
            warn(
                f"The server counts {report.total} rows of {report.resource}, {report.missing} more than came: rows"
                " were deleted or moved meanwhile. Read again, with recheck=True.",
                IncompleteWarning,
            )


def checked_resume(question: Question, resume: object) -> dict[str, Any]:
    """Check the argument that says where to go on."""
    if resume is None or resume == {}:
        return {}
    if not isinstance(resume, Mapping) or set(resume) != {"resource", "order", "after", "rows"}:
        raise WrongType("resume takes what .resume of an interrupted read was, nothing else.")
    if resume["resource"] != question.resource.name:
        raise QuestionError(f"resume= belongs to a read of {resume['resource']}, not of {question.resource.name}.")
    return dict(resume)


def _extra(question: Question) -> tuple[pa.Field, ...]:
    return detail_columns(question.resource) if question.details else ()


def _with_all(batch: pa.RecordBatch, wanted: pa.Schema) -> pa.RecordBatch:
    there = set(batch.schema.names)
    columns = [batch[each.name] if each.name in there else pa.nulls(batch.num_rows, each.type) for each in wanted]
    return pa.RecordBatch.from_arrays(columns, schema=wanted)


def _whole_order(question: Question) -> tuple[Order, ...]:
    """The order of a whole answer: as asked, then by key."""
    resource = question.resource
    natural = [name for name in (resource.sorted_by, resource.key.column) if name is not None]
    asked = [each.column for each in question.sort]
    return (*question.sort, *(Order(name) for name in natural if name not in asked))


def _written(order: tuple[Order, ...]) -> list[str]:
    return [f"{'-' if each.descending else ''}{each.column}" for each in order]
