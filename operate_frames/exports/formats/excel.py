"""An Excel workbook: keys as texts, as numbers lose digits there, real dates, and a sheet that says what was asked."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import xlsxwriter
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from operate_frames.exports.formats.arrow_parts import read_arrow, write_arrow
from operate_frames.exports.formats.cells import with_lists_as_json
from operate_frames.exports.options import FileOptions
from operate_frames.exports.partial import Manifest

__all__ = ["Excel"]

_log = logging.getLogger(__name__)

# With the header a sheet is full (Microsoft, Excel specifications and limits).
ROWS_A_SHEET = 1_048_575
_LONGEST_TEXT = 32_767
_SHEET_NAME = 31
_EXACT_DIGITS = 10**15
_DATE_FORMAT = "yyyy-mm-dd hh:mm:ss.000"
_DATE_WIDTH, _LEAST_WIDTH, _MOST_WIDTH = 23, 9, 60
# Excel counts days; this is 1970-01-01, and before 1900-03-01 it counts one that there was not.
_EPOCH, _FIRST_DAY = 25_569, 61
_DAY = 86_400_000_000

Write = Callable[[int, int, Any], object]


class _Column(NamedTuple):
    """The cells of a column, and how each is written."""

    cells: list[Any]
    write: Write
    width: int


class Excel:
    """An Excel workbook, written row by row in little memory; see `Format`.

    Parameters
    ----------
    options : FileOptions
        The time zone of its dates, which have none in Excel.
    """

    options: ClassVar = frozenset({"time_zone"})

    def __init__(self, options: FileOptions) -> None:
        self._options = options

    def write_part(self, table: pa.Table, part: BinaryIO) -> None:
        """Write rows as an Arrow stream."""
        write_arrow(table, part)

    def put_together(self, schema: pa.Schema, parts: Iterable[Path], target: BinaryIO, about: Manifest) -> None:
        """Write the rows, on as many sheets as they need, and what was asked on the last one."""
        whole: Any = target
        with xlsxwriter.Workbook(whole, {"constant_memory": True, "use_zip64": True}) as workbook:
            sheets = _Sheets(workbook, about.resource, schema, self._options.time_zone)
            for part in parts:
                sheets.write(with_lists_as_json(read_arrow(part)))
            sheets.end()
            if sheets.shortened:
                _log.warning(
                    "%s texts of more than %s characters are cut: Excel has no room.", sheets.shortened, _LONGEST_TEXT
                )
            _write_about(workbook, about, sheets.shortened, self._options.time_zone)


class _Sheets:
    """The sheets of one workbook, the next one when one is full."""

    def __init__(self, workbook: Workbook, name: str, schema: pa.Schema, time_zone: str) -> None:
        self._workbook = workbook
        self._name = name
        self._columns = schema.names
        self._time_zone = time_zone
        self._bold = workbook.add_format({"bold": True})
        self._date = workbook.add_format({"num_format": _DATE_FORMAT})
        self._widths = [len(each) + 4 for each in schema.names]
        self._number = 0
        self.shortened = 0
        self._begin()

    def write(self, table: pa.Table) -> None:
        """Write some rows."""
        start = 0
        while start < table.num_rows:
            if self._row > ROWS_A_SHEET:
                self.end()
                self._begin()
            some = table.slice(start, ROWS_A_SHEET + 1 - self._row)
            columns = [self._column(name, some[name]) for name in some.column_names]
            self._widths = [max(width, each.width) for width, each in zip(self._widths, columns, strict=True)]
            writes = [each.write for each in columns]
            for row, cells in enumerate(zip(*(each.cells for each in columns), strict=True), self._row):
                for at, cell in enumerate(cells):
                    if cell is not None:
                        writes[at](row, at, cell)
            self._row += some.num_rows
            start += some.num_rows

    def end(self) -> None:
        """Finish the sheet: its filters, and widths that show most cells."""
        self._sheet.autofilter(0, 0, max(self._row - 1, 0), len(self._columns) - 1)
        for at, width in enumerate(self._widths):
            self._sheet.set_column(at, at, min(max(width, _LEAST_WIDTH), _MOST_WIDTH))

    def _begin(self) -> None:
        self._number += 1
        suffix = "" if self._number == 1 else f" {self._number}"
        self._sheet: Worksheet = self._workbook.add_worksheet(f"{self._name[: _SHEET_NAME - len(suffix)]}{suffix}")
        self._sheet.freeze_panes(1, 0)
        for at, name in enumerate(self._columns):
            self._sheet.write_string(0, at, name, self._bold)
        self._row = 1

    def _column(self, name: str, column: pa.ChunkedArray) -> _Column:
        sheet = self._sheet
        if pa.types.is_timestamp(column.type):
            return self._dates(column)
        if pa.types.is_boolean(column.type):
            return _Column(column.to_pylist(), sheet.write_boolean, 0)
        if pa.types.is_floating(column.type):
            # Excel has neither infinity nor what is no number.
            return _Column([_finite(cell) for cell in column.to_pylist()], sheet.write_number, 0)
        if pa.types.is_integer(column.type) and not name.endswith("_key") and _are_exact(column):
            return _Column(column.to_pylist(), sheet.write_number, 0)
        return self._texts(column.cast(pa.string()))

    def _dates(self, column: pa.ChunkedArray) -> _Column:
        local = pc.local_timestamp(column.cast(pa.timestamp("us", tz=self._time_zone))).cast(pa.int64())
        days = pc.add(pc.divide(local.cast(pa.float64()), _DAY), _EPOCH)
        if pc.any(pc.less(days, _FIRST_DAY)).as_py():
            return self._texts(column.cast(pa.string()))
        write, date = self._sheet.write_number, self._date
        return _Column(days.to_pylist(), lambda row, at, cell: write(row, at, cell, date), _DATE_WIDTH)

    def _texts(self, column: pa.ChunkedArray) -> _Column:
        lengths = pc.utf8_length(column)
        longest = pc.max(lengths).as_py() or 0
        if longest > _LONGEST_TEXT:
            self.shortened += pc.sum(pc.greater(lengths, _LONGEST_TEXT)).as_py()
            column = pc.utf8_slice_codeunits(column, 0, _LONGEST_TEXT)
        return _Column(column.to_pylist(), self._sheet.write_string, longest + 2)


def _finite(cell: float | None) -> float | None:
    return cell if cell is not None and math.isfinite(cell) else None


def _are_exact(column: pa.ChunkedArray) -> bool:
    """Whether Excel's numbers hold all of them; keys they do not."""
    return (pc.max(pc.abs(column)).as_py() or 0) < _EXACT_DIGITS


def _write_about(workbook: Workbook, about: Manifest, shortened: int, time_zone: str) -> None:
    sheet, bold = workbook.add_worksheet("About"), workbook.add_format({"bold": True})
    reads = [(part.began, part.ended) for part in about.parts]
    lines: Sequence[tuple[str, str]] = [
        ("Question", about.question),
        ("Server", about.server),
        ("Rows", f"{about.rows:,}"),
        ("Read", f"{reads[0][0]} to {reads[-1][1]}" if reads else "nothing"),
        ("Dates", f"in {time_zone}"),
        ("Complete", "yes" if about.cut is None else f"no: {about.cut}, there may be more rows"),
        *([("Shortened", f"{shortened:,} texts of more than {_LONGEST_TEXT:,} characters")] if shortened else []),
    ]
    for row, (what, said) in enumerate(lines):
        sheet.write_string(row, 0, what, bold)
        sheet.write_string(row, 1, said[:_LONGEST_TEXT])
    sheet.set_column(0, 0, max(len(what) for what, _ in lines) + 2)
    sheet.set_column(1, 1, _MOST_WIDTH)
