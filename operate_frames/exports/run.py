"""One export from beginning to end: rows of a read to parts, parts to the file, the report."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from operate_frames.client.operate import Operate
from operate_frames.errors import ExportFailed, OperateError, QuestionError, ReadFailed, ReadInterrupted, UnknownName
from operate_frames.exports.formats.cells import formulas_in
from operate_frames.exports.formats.format import Format, format_of
from operate_frames.exports.options import FileOptions
from operate_frames.exports.partial import Manifest, Part, PartialExport
from operate_frames.exports.report import ExportReport
from operate_frames.exports.targets import target_of
from operate_frames.query.filters import Filter
from operate_frames.query.query import Query
from operate_frames.reading.options import ReadOptions
from operate_frames.reading.read import ReadRun, Stretch

__all__ = ["export"]

# So many rows are read again, at most, when a run that was killed goes on.
ROWS_A_PART = 50_000

_log = logging.getLogger(__name__)


def export(
    operate: Operate,
    query: Query,
    read: ReadOptions,
    target: Path,
    options: FileOptions,
    *,
    resume: bool,
) -> ExportReport:
    """Write all rows of a query to a file.

    Parameters
    ----------
    operate : Operate
        The server.
    query : Query
        What to read.
    read : ReadOptions
        How; where it begins is the export's own matter.
    target : Path
        The file, whose name says its format.
    options : FileOptions
        How it is written.
    resume : bool
        Whether to go on where an earlier run of the same question was stopped.

    Raises
    ------
    QuestionError
        No such format; with `resume` the file or its parts are of another question.
    ExportFailed
        It stopped in the middle, or the file cannot be written; finished parts are kept.
    ReadInterrupted
        Ctrl-C; finished parts are kept.
    """
    return _Export(operate, query, read, target, options).run(resume=resume)


class _Export:
    def __init__(self, operate: Operate, query: Query, read: ReadOptions, target: Path, options: FileOptions) -> None:
        self._operate = operate
        self._query = query
        self._read = read
        self._format: Format = format_of(target, options, query.joins)
        self._are_harmless = options.excel  # what a spreadsheet would run is written as text
        self._target = target_of(target, query.resource.name, options)
        self._partial = PartialExport(self._target)
        self._options = options
        self._manifest = Manifest(
            str(query),
            _fingerprint(operate, query, options),
            query.resource.name,
            urlsplit(operate.settings.base_url).netloc,
        )
        self._began = time.monotonic()

    def run(self, *, resume: bool) -> ExportReport:
        self._target.check()
        strange = [name for name in self._options.partition_by if name not in self._query.columns]
        if strange:
            raise UnknownName(
                f"partition_by names {', '.join(strange)}, which is none of the columns that are written."
            )
        with self._told(), self._partial.held():
            return self._run(resume=resume)

    def _run(self, *, resume: bool) -> ExportReport:
        begun = self._partial.begun()
        known = self._partial.complete(begun) if resume else None  # which reads the whole file
        if known is not None:
            self._check(known)
            self._partial.finish(known)
            return self._report(known)
        self._begin(begun, resume=resume)
        if not self._manifest.is_read:
            self._write_parts()
        self._partial.put_in_place(self._manifest, self._put_together)
        self._say()
        return self._report(self._manifest)

    def _begin(self, begun: Manifest | None, *, resume: bool) -> None:
        if begun is not None and resume:
            self._check(begun)
            self._manifest = begun
            self._began -= begun.seconds
            return
        if begun is not None and begun.rows:
            discarded = "%s rows of an earlier export to %s are discarded: resume=True would have gone on with them."
            _log.warning(discarded, begun.rows, self._partial.target)
        self._partial.begin(self._manifest)

    def _check(self, known: Manifest) -> None:
        if known.fingerprint != self._manifest.fingerprint:
            raise QuestionError(
                f"resume=True cannot go on: what is there of {self._partial.target} is {known.question}, written in its"
                f" own way, and this is {self._manifest.question}. Ask as the first time, or leave resume out."
            )

    def _write_parts(self) -> None:
        """Read what has not come yet, part by part."""
        manifest = self._manifest
        if not self._place:  # rows in no order that one could go on in
            manifest.parts = []
        run = ReadRun(self._operate, self._query, replace(self._read, resume=self._place))
        before = self._operate.last_report
        try:
            self._write_beside(run.stretches(ROWS_A_PART))
        finally:
            report = self._operate.last_report
            if report is not None and report is not before:
                manifest.doubles += report.doubles
                manifest.rechecked |= report.passes > 1
            self._save()
        limit = self._query.limit
        manifest.cut = f"cut by limit={limit}" if limit is not None and manifest.rows >= limit else None
        manifest.is_read = True
        self._save()

    def _write_beside(self, stretches: Iterator[Stretch]) -> None:
        """Write each part while the next one is read; the one at hand is finished whatever happens."""
        began = _now()
        written: Future[Part] | None = None
        with ThreadPoolExecutor(1, thread_name_prefix="export") as writer:
            try:
                for number, stretch in enumerate(stretches, len(self._manifest.parts)):
                    if written is not None:
                        part, written = written.result(), None
                        self._record(part)
                    written = writer.submit(self._write_part, f"part-{number:06d}", stretch, began)
                    began = _now()
            finally:
                if written is not None:
                    self._record(written.result())

    def _write_part(self, name: str, stretch: Stretch, began: str) -> Part:
        nbytes = self._partial.write(name, lambda file: self._format.write_part(stretch.rows, file))
        formulas = 0 if self._are_harmless else formulas_in(stretch.rows)
        return Part(name, stretch.rows.num_rows, nbytes, formulas, began, _now(), stretch.resume)

    def _record(self, part: Part) -> None:
        self._manifest.parts.append(part)
        self._save()

    def _save(self) -> None:
        self._manifest.seconds = time.monotonic() - self._began
        self._partial.save(self._manifest)

    def _put_together(self, file: BinaryIO) -> None:
        run = ReadRun(self._operate, self._query, self._read)
        self._format.put_together(run.schema, map(self._partial.path_of, self._manifest.parts), file, self._manifest)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say of what stops an export what is kept, and how to go on."""
        try:
            yield
        except KeyboardInterrupt:
            raise ReadInterrupted(f"Interrupted. {self._kept()}", resume=self._place) from None
        except ReadFailed as failed:
            raise ExportFailed(f"{failed.__cause__ or failed} {self._kept()}") from failed.__cause__
        except OperateError as error:
            if not self._manifest.parts or isinstance(error, (QuestionError, ExportFailed)):
                raise
            raise ExportFailed(f"{error} {self._kept()}") from error
        except OSError as error:
            raise ExportFailed(
                f"{self._partial.target} cannot be written: {error.strerror or error}. {self._kept()}"
            ) from error

    @property
    def _place(self) -> dict[str, Any]:
        """Where to go on, behind the last part; empty: at the beginning."""
        return self._manifest.parts[-1].resume if self._manifest.parts else {}

    def _kept(self) -> str:
        rows = self._manifest.rows
        if not self._place and not self._manifest.is_read:
            return "Nothing can be gone on with: export again."
        return f"{rows} rows are kept in {self._partial.folder}: the same call with resume=True goes on behind them."

    def _say(self) -> None:
        manifest = self._manifest
        target, formulas = self._partial.target, sum(part.formulas for part in manifest.parts)
        if manifest.cut is not None:
            _log.warning("%s holds not all rows: it was %s.", target, manifest.cut)
        if formulas and target.suffix.lower() == ".csv":
            harmless = "excel=True writes them as texts, and so does a file that ends with .xlsx"
            _log.warning("%s holds %s cells that a spreadsheet would run as formulas: %s.", target, formulas, harmless)

    def _report(self, manifest: Manifest) -> ExportReport:
        return ExportReport.of(self._partial.target, manifest)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _said(name: str, asked: Filter) -> tuple[Any, ...]:
    """All that a filter says, without what its field is."""
    return name, asked.values, asked.ranges, asked.missing, asked.documents, asked.patterns, asked.negated


def _fingerprint(operate: Operate, query: Query, options: FileOptions) -> str:
    """The same for the same question to the same server, to be written the same way."""
    said = [
        operate.settings.base_url,
        operate.api.name,
        query.resource.name,
        query.columns,
        [_said(each.field.column, each) for each in query.filters],
        [_said(name, each) for name, each in query.variables],
        [(each.column, each.descending) for each in query.sort],
        query.limit,
        query.details,
        query.joins,
        replace(options, given=()),  # whether it was said or goes without saying
    ]
    return hashlib.sha256(repr(said).encode()).hexdigest()
