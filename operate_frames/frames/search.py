"""A question and its outcomes: a count, an explanation, batches, a stream, a table, a frame, frames of a size.

`search` in the design; named so because a public function has that name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd
import pyarrow as pa

from operate_frames.api.v1 import codec as v1
from operate_frames.client.operate import Operate
from operate_frames.display.html import card
from operate_frames.display.progress import Progress
from operate_frames.errors import OperateError, QuestionError, ReadFailed, ReadInterrupted
from operate_frames.optional import needed
from operate_frames.query.query import Question
from operate_frames.reading.decode import DtypeBackend, checked_backend, frame_of, to_pandas
from operate_frames.reading.explain import Explanation, explained
from operate_frames.reading.paging.parallel import UNASKED
from operate_frames.reading.paging.side_by_side import side_by_side
from operate_frames.reading.read import Reading, checked_resume
from operate_frames.reading.scan import Pass

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Count", "Search"]


class Count(NamedTuple):
    """How many rows there are.

    Attributes
    ----------
    value : int
        The number of rows.
    exact : bool
        False where there are at least that many: the server counts no further than 10,000.
    """

    value: int
    exact: bool

    def __str__(self) -> str:
        """The number, and whether there may be more."""
        return f"{self.value:,} rows" if self.exact else f"{self.value:,} rows or more"


class Search:
    """A question to one server, as `search` gives it; nothing is sent before an outcome is asked for.

    Each outcome reads anew. It speaks Arrow's PyCapsule interface (``__arrow_c_stream__``): what takes Arrow data takes
    a search as it is and reads it batch by batch, such as ``pl.DataFrame(search)``, ``pyarrow.table(search)`` or
    ``duckdb.sql("select ... from search")``.

    Parameters
    ----------
    operate : Operate
        The server.
    question : Question
        What to read.
    recheck : bool or None
        Whether to read again for rows that one pass missed.
    progress : bool, callable or None
        As in the readers.
    resume : mapping, optional
        Where an earlier read of the same question ended.
    workers : int, optional
        At most so many requests at once.
    """

    def __init__(
        self,
        operate: Operate,
        question: Question,
        *,
        recheck: bool | None = None,
        progress: Progress = False,
        resume: Mapping[str, Any] | None = None,
        workers: int | None = None,
    ) -> None:
        self._operate = operate
        self._recheck = recheck
        self._progress = progress
        self._resume = checked_resume(question, resume)
        self._workers = workers
        self._counted: Count | None = None
        self.question = question

    def __repr__(self) -> str:
        counted = "" if self._counted is None else f", {self._counted}"
        return f"<Search for {self.question}{counted}>"

    def _repr_html_(self) -> str:
        """What a notebook shows: the question, the plan, and the count where it was asked for; nothing is sent."""
        counted = "not counted yet: .count() does" if self._counted is None else str(self._counted)
        return card("Search", [("question", self.question), ("rows", counted), ("plan", self.explain().plan)])

    def count(self) -> Count:
        """Count the rows without reading them, where the server can.

        Returns
        -------
        Count
            ``(value, exact)``. The server's own count stops at 10,000; of several searches it is the sum. What this
            side has to cut is read, which takes as long as reading it, and is counted exactly. The limit is heeded.

        Raises
        ------
        OperateError
            As in `to_pandas`.
        """
        self._counted = self._count()
        return self._counted

    def _count(self) -> Count:
        limit = self.question.limit
        unlimited = replace(
            self.question, limit=None, sort=(), columns=(self.question.resource.key.column,), details=False
        )
        walked = Pass(self._operate.transport, unlimited, workers=self._workers)
        plan = walked.plan()
        if plan.by_client:
            whole = Search(
                self._operate, unlimited, recheck=self._recheck, progress=self._progress, workers=self._workers
            )
            rows = whole.to_arrow().num_rows
            return Count(rows if limit is None else min(rows, limit), exact=True)
        survey = walked.survey(plan)
        totals = list(side_by_side(survey.total, plan.queries, workers=self._workers or UNASKED))
        value = sum(totals)
        exact = all(total < v1.HIGHEST_TOTAL for total in totals)
        if limit is not None and value >= limit:
            return Count(limit, exact=True)
        return Count(value, exact)

    def explain(self, probe: bool = False) -> Explanation:
        """Say what would be sent, and what this side would do with the answers.

        Parameters
        ----------
        probe : bool
            Also send what has to be known beforehand and some small searches: for the server's own counts, and where
            it counts no further than 10,000 for the ends and the spread of the keys, from which the number of pages
            and parts is estimated.

        Returns
        -------
        Explanation
            Prints as text; its attributes hold the same.
        """
        if not probe:
            return explained(self.question)
        walked = Pass(self._operate.transport, self.question, self._resume.get("after"), workers=self._workers)
        plan = walked.plan()
        survey = walked.survey(plan)
        forecasts = list(side_by_side(survey.forecast, plan.queries, workers=self._workers or UNASKED))
        return explained(self.question, plan, forecasts, walked.tally.requests)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Give the rows batch by batch, as they arrive, in order.

        Rows come in key order, or as `sort` says: where the server cannot sort, all of them are read first. Up to
        some pages of a thousand rows are held; their number does not grow with the rows.

        Returns
        -------
        iterator of pyarrow.RecordBatch
            Of the chosen columns; sizes differ.

        Raises
        ------
        ReadFailed, ReadInterrupted
            In the middle; `partial` is None, as all rows were given.
        QuestionError
            With ``recheck=True``: only a whole read can be checked.
        """
        if self._recheck:
            raise QuestionError(
                "recheck=True needs the whole read: leave it out for batches, streams and chunksize, or read one frame."
            )
        return self._reading().batches()

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of what it gives, rows or none; nothing is sent."""
        return self._reading().schema

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Give the rows batch by batch to whatever takes Arrow data; they are read while it takes them.

        Parameters
        ----------
        requested_schema : PyCapsule, optional
            Other Arrow types of the same columns, such as large_string; pyarrow casts.

        Returns
        -------
        PyCapsule
            Named ``arrow_array_stream``.

        Raises
        ------
        QuestionError
            With ``recheck=True``, as `batches`.
        """
        stream = pa.RecordBatchReader.from_batches(self.schema, _with_errors_as_text(self.batches()))
        return stream.__arrow_c_stream__(requested_schema)

    def to_arrow(self) -> pa.Table:
        """Read all rows into one Arrow table.

        Returns
        -------
        pyarrow.Table
            The chosen columns: int64, string, bool and timestamp[us, UTC].

        Raises
        ------
        OperateError
            Whatever `connect` raises; `BadAnswer` for a page that cannot be read.
        ReadFailed, ReadInterrupted
            In the middle, with the rows so far.
        """
        return self._reading().whole(pa.table)

    def to_pandas(self, dtype_backend: DtypeBackend = "numpy_nullable", *, decode: bool = False) -> pd.DataFrame:
        """Read all rows into one frame.

        Parameters
        ----------
        dtype_backend : {"numpy_nullable", "pyarrow"}
            pandas' word for the kind of columns.
        decode : bool
            Of variables: turn the JSON texts of `value` into Python values; a cut text becomes missing.

        Returns
        -------
        pandas.DataFrame
            Its ``attrs["operate"]`` holds the `Report` as plain JSON.

        Raises
        ------
        OperateError, ReadFailed, ReadInterrupted
            As in `to_arrow`; `partial` is a frame.
        """
        backend = checked_backend(dtype_backend)
        frame = self._reading().whole(lambda columns: frame_of(columns, backend, decode=decode))
        assert self._operate.last_report is not None
        frame.attrs["operate"] = self._operate.last_report.as_attrs()
        return frame

    def to_polars(self) -> pl.DataFrame:
        """Read all rows into one polars frame. Needs the extra ``polars``.

        Returns
        -------
        polars.DataFrame
            Int64, String, Boolean and Datetime in microseconds and UTC. Numbers and dates are Arrow's own memory.

        Raises
        ------
        ExtraMissing
            polars is not installed; nothing was sent.
        OperateError, ReadFailed, ReadInterrupted
            As in `to_arrow`; `partial` is a polars frame.
        """
        polars = needed("polars", "to_polars()")
        frame: pl.DataFrame = self._reading().whole(lambda columns: polars.from_arrow(pa.table(columns), rechunk=False))
        return frame

    def frames(
        self, rows: int, dtype_backend: DtypeBackend = "numpy_nullable", *, decode: bool = False
    ) -> Iterator[pd.DataFrame]:
        """Give frames of exactly so many rows, the last may be shorter; memory is bound by one of them."""
        reading = self._reading()
        held: list[pa.RecordBatch] = []
        waiting = 0
        try:
            for batch in reading.batches():
                held.append(batch)
                waiting += batch.num_rows
                if waiting < rows:
                    continue
                table = reading.table(held, reading.shown)
                whole = waiting - waiting % rows
                held, waiting = table.slice(whole).to_batches(), waiting - whole
                for start in range(0, whole, rows):
                    yield to_pandas(table.slice(start, rows), dtype_backend, decode=decode)
        except (ReadFailed, ReadInterrupted) as stopped:
            stopped.partial = to_pandas(reading.table(held, reading.shown), dtype_backend, decode=decode)
            raise
        if waiting:
            yield to_pandas(reading.table(held, reading.shown), dtype_backend, decode=decode)

    def _reading(self) -> Reading:
        return Reading(
            self._operate,
            self.question,
            recheck=self._recheck,
            progress=self._progress,
            resume=self._resume,
            workers=self._workers,
        )


def _with_errors_as_text(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Let errors pass a C stream, which carries only their text, with the traceback: so that is short."""
    try:
        yield from batches
    except (OperateError, ReadInterrupted) as error:
        raise OperateError(f"{type(error).__name__}: {error}") from None
