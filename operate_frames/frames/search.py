"""A query and its outcomes: a count, an explanation, batches, a stream, a table, a frame, frames of a size."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
import pyarrow as pa

from operate_frames.client.operate import Operate
from operate_frames.display.html import card
from operate_frames.display.tracebacks import short_traceback
from operate_frames.errors import OperateError, QuestionError, ReadFailed, ReadInterrupted, WrongType
from operate_frames.exports.options import checked_options
from operate_frames.frames.conversion.to_pandas import DtypeBackend, checked_backend, frame_of, to_pandas
from operate_frames.frames.count import Count
from operate_frames.optional import needed
from operate_frames.query.joins import NO_JOINS
from operate_frames.query.query import Query
from operate_frames.reading.explain import Explanation, Probed, explain
from operate_frames.reading.joins.columns import as_texts, plain, widen
from operate_frames.reading.options import ReadOptions
from operate_frames.reading.paging.threads import map_in_order

if TYPE_CHECKING:
    import polars as pl

    from operate_frames.exports.report import ExportReport
    from operate_frames.reading.read import ReadRun
    from operate_frames.reading.scan import Scan, ScanContext

__all__ = ["Search"]


class Search:
    """A question to one server, as `search` gives it; nothing is sent before an outcome is asked for.

    Each outcome reads anew. It speaks Arrow's PyCapsule interface (``__arrow_c_stream__``): what takes Arrow data takes
    a search as it is and reads it batch by batch, such as ``pl.DataFrame(search)``, ``pyarrow.table(search)`` or
    ``duckdb.sql("select ... from search")``.

    Parameters
    ----------
    operate : Operate
        The server.
    query : Query
        What to read.
    options : ReadOptions
        How.
    """

    def __init__(self, operate: Operate, query: Query, options: ReadOptions) -> None:
        self._operate = operate
        self._query = query
        self._options = options
        self._counted: Count | None = None

    def __repr__(self) -> str:
        counted = "" if self._counted is None else f", {self._counted}"
        return f"<Search for {self._query}{counted}>"

    def _repr_html_(self) -> str:
        """What a notebook shows: the question, the plan, and the count where it was asked for; nothing is sent."""
        counted = "not counted yet: .count() does" if self._counted is None else str(self._counted)
        return card("Search", [("question", self._query), ("rows", counted), ("plan", self.explain().plan)])

    @short_traceback
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
        limit, key = self._query.limit, self._query.resource.key.column
        unlimited = replace(self._query, limit=None, sort=(), columns=(key,), details=False, joins=NO_JOINS)
        context, scan = self._scan(unlimited)
        plan = scan.plan()
        if plan.residual_filters:
            return self._counted_by_reading(unlimited)
        estimator = scan.estimator(plan)
        totals = list(map_in_order(estimator.total, plan.searches, workers=context.max_requests))
        value = sum(total.value for total in totals)
        if value and not scan.heeds_filters(plan):
            return self._counted_by_reading(unlimited)
        if limit is not None and value >= limit:
            return Count(limit, exact=True)
        return Count(value, exact=all(total.exact for total in totals))

    def _counted_by_reading(self, unlimited: Query) -> Count:
        rows = Search(self._operate, unlimited, replace(self._options, resume={})).to_arrow().num_rows
        return Count(rows if self._query.limit is None else min(rows, self._query.limit), exact=True)

    @short_traceback
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
            return explain(self._operate.api, self._query)
        context, scan = self._scan(self._query, self._options.resume)
        plan = scan.plan()
        estimator = scan.estimator(plan)
        estimates = list(map_in_order(estimator.estimate, plan.searches, workers=context.max_requests))
        probed = Probed(plan, scan.weighed, estimates, scan.counts.requests, context.max_requests, context.is_far)
        return explain(self._operate.api, self._query, probed)

    @short_traceback
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
        if self._options.recheck:
            raise QuestionError(
                "recheck=True needs the whole read: leave it out for batches, streams and chunksize, or read one frame."
            )
        read, joins = self._stream(), self._query.joins
        if not joins:
            return read.batches()
        return (each for batch in read.batches() for each in as_texts(joins, pa.table(batch)).to_batches())

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of what it gives, rows or none; nothing is sent."""
        read = self._stream()
        return as_texts(self._query.joins, read.table([], read.columns)).schema

    @short_traceback
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

    @short_traceback
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
        return self._read().whole(lambda columns: plain(widen(self._query.joins, columns)))

    @short_traceback
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
        frame = self._read().whole(lambda columns: frame_of(widen(self._query.joins, columns), backend, decode=decode))
        assert self._operate.last_report is not None
        frame.attrs["operate"] = self._operate.last_report.as_attrs()
        return frame

    @short_traceback
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
        frame: pl.DataFrame = self._read().whole(
            lambda columns: polars.from_arrow(plain(widen(self._query.joins, columns)), rechunk=False)
        )
        return frame

    @short_traceback
    def frames(
        self, rows: int, dtype_backend: DtypeBackend = "numpy_nullable", *, decode: bool = False
    ) -> Iterator[pd.DataFrame]:
        """Give frames of exactly so many rows, the last may be shorter; memory is bound by one of them."""
        read, joins = self._stream(), self._query.joins
        held: list[pa.RecordBatch] = []
        waiting = 0
        try:
            for batch in read.batches():
                held.append(batch)
                waiting += batch.num_rows
                if waiting < rows:
                    continue
                table = as_texts(joins, read.table(held, read.columns))
                whole = waiting - waiting % rows
                held, waiting = read.table(held, read.columns).slice(whole).to_batches(), waiting - whole
                for start in range(0, whole, rows):
                    yield to_pandas(table.slice(start, rows), dtype_backend, decode=decode)
        except (ReadFailed, ReadInterrupted) as stopped:
            stopped.partial = to_pandas(as_texts(joins, read.table(held, read.columns)), dtype_backend, decode=decode)
            raise
        if waiting:
            yield to_pandas(as_texts(joins, read.table(held, read.columns)), dtype_backend, decode=decode)

    @short_traceback
    def export(
        self,
        path: str | os.PathLike[str],
        *,
        resume: bool = False,
        header: bool | None = None,
        sep: str | None = None,
        encoding: str | None = None,
        date_format: str | None = None,
        time_zone: str | None = None,
        decimal: str | None = None,
        excel: bool | Literal["de"] | None = None,
        table: str | None = None,
        partition_by: str | Sequence[str] | None = None,
    ) -> ExportReport:
        """Write all rows to a file as they come; memory does not grow with them.

        Parts and a manifest wait in ``<path>.partial`` until all rows are there; then the file is put in place in one
        step, and ``<path>.manifest.json`` beside it says what it holds and when each part was read.

        Parameters
        ----------
        path : str or path
            A file that ends with ``.csv``, ``.xlsx``, ``.jsonl``, ``.ndjson``, ``.parquet`` or ``.duckdb``. One that is
            there is replaced at the end; of a database, one table.
        resume : bool
            Go on where an earlier run of the same question was stopped, whatever stopped it; what is complete already
            is not read again.
        header : bool, optional
            Of CSV: whether the first line names the columns; it does by default.
        sep : str, optional
            Of CSV: what stands between two cells, a comma by default.
        encoding : str, optional
            Of CSV: UTF-8 with a byte-order mark by default, ``"utf-8-sig"``.
        date_format : str, optional
            Of CSV and JSON Lines: as ``strftime`` takes it; ISO 8601 by default.
        time_zone : str, optional
            Of CSV, Excel and JSON Lines: that dates are written in, such as ``"Europe/Berlin"``; UTC by default.
        decimal : str, optional
            Of CSV: what stands before the decimals of a number, a point by default.
        excel : bool or "de", optional
            Of CSV: write cells such that Excel shows what was read when it opens the file: long keys and texts of
            digits as constants (``="..."``), dates that it takes for dates, an apostrophe before what it would run as
            a formula. ``"de"`` is for a German Excel: semicolons, a decimal comma.
        table : str, optional
            Of DuckDB: the table, by default of the resource's name. Needs the extra ``duckdb``.
        partition_by : str or list of str, optional
            Of Parquet: columns by whose values rows go to files of a folder, named as Hive names them.

        Returns
        -------
        ExportReport
            Rows, bytes, seconds, what was cut, and when each part was read.

        Raises
        ------
        QuestionError
            A file of no known format, an option that means nothing, or with ``resume=True`` another question than
            that of what is there. Nothing was sent.
        ExportFailed
            It stopped in the middle, or the file cannot be written; finished parts are kept.
        ReadInterrupted
            Ctrl-C; finished parts are kept.
        """
        from operate_frames.exports.run import export  # noqa: PLC0415 - as reading, which it brings

        if not isinstance(resume, bool):
            raise WrongType(f"resume takes True or False of an export, which keeps the place itself, not {resume!r}.")
        if self._options.recheck or self._options.resume:
            raise QuestionError("An export takes neither recheck= nor resume= of the search: leave them out.")
        options = checked_options(
            header=header,
            sep=sep,
            encoding=encoding,
            date_format=date_format,
            time_zone=time_zone,
            decimal=decimal,
            excel=excel,
            table=table,
            partition_by=partition_by,
        )
        return export(self._operate, self._query, self._options, _file(path), options, resume=resume)

    # Reading takes a third of what `import operate_frames` would: it comes with the first read.

    def _scan(self, query: Query, resume: Mapping[str, Any] | None = None) -> tuple[ScanContext, Scan]:
        from operate_frames.reading.scan import Scan, ScanContext  # noqa: PLC0415

        context = ScanContext.of(self._operate, self._options)
        return context, Scan(context, query, resume)

    def _stream(self) -> ReadRun:
        """A read whose columns are known before its rows."""
        if self._query.joins.variables is None:
            raise QuestionError("variables='all' needs the whole read, which shows what there are: name them here.")
        return self._read()

    def _read(self) -> ReadRun:
        from operate_frames.reading.read import ReadRun  # noqa: PLC0415

        return ReadRun(self._operate, self._query, self._options)


def _file(path: object) -> Path:
    if not isinstance(path, (str, os.PathLike)) or isinstance(os.fspath(path), bytes):
        raise WrongType(f"path takes the name of a file as text or a Path, not {path!r}.")
    return Path(path).expanduser()


def _with_errors_as_text(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Let errors pass a C stream, which carries only their text, with the traceback: so that is short."""
    try:
        yield from batches
    except (OperateError, ReadInterrupted) as error:
        raise OperateError(f"{type(error).__name__}: {error}") from None
