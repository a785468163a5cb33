"""Comma-separated values as RFC 4180 has them: no cell is changed, so that what is read again is what was written."""

from __future__ import annotations

import codecs
import csv
import shutil
from collections.abc import Iterable
from io import BytesIO, StringIO
from pathlib import Path
from typing import BinaryIO, ClassVar

import pyarrow as pa
import pyarrow.csv

from operate_frames.errors import QuestionError
from operate_frames.exports.formats.cells import for_spreadsheets, with_dates_as_texts, with_decimal, with_lists_as_json
from operate_frames.exports.options import FileOptions
from operate_frames.exports.partial import Manifest

__all__ = ["Csv"]

_WITH_MARK = "utf-8-sig"
_UTF_8 = ("utf-8", _WITH_MARK)


class Csv:
    """A file of comma-separated values; see `Format`.

    Parameters
    ----------
    options : FileOptions
        How it is written.
    """

    options: ClassVar = frozenset({"header", "sep", "encoding", "date_format", "time_zone", "decimal", "excel"})

    def __init__(self, options: FileOptions) -> None:
        self._options = options
        self._encoding = codecs.lookup(options.encoding).name  # it has many names

    def write_part(self, table: pa.Table, part: BinaryIO) -> None:
        """Write rows, without what stands before them."""
        options = self._options
        table = for_spreadsheets(table) if options.excel else table
        texts = with_lists_as_json(with_dates_as_texts(table, options.date_format, options.time_zone))
        texts = with_decimal(texts, options.decimal) if options.decimal != "." else texts
        # pyarrow 26 writes rows of before in the place of those that follow an empty chunk.
        texts = texts.combine_chunks()
        written = BytesIO()
        pyarrow.csv.write_csv(
            texts, written, pyarrow.csv.WriteOptions(include_header=False, delimiter=self._options.sep)
        )
        part.write(self._encoded(written.getvalue()))

    def write_header(self, schema: pa.Schema, target: BinaryIO) -> None:
        """Write the names of the columns; those of variables may hold any character."""
        names = pa.table({"name": pa.array(schema.names, pa.string())})
        shown = for_spreadsheets(names) if self._options.excel else names
        line = StringIO()
        csv.writer(line, delimiter=self._options.sep, lineterminator="\n").writerow(shown["name"].to_pylist())
        target.write(self._encoded(line.getvalue().encode()))

    def put_together(self, schema: pa.Schema, parts: Iterable[Path], target: BinaryIO, about: Manifest) -> None:  # noqa: ARG002 - nothing in it says when it was read
        """Write the byte-order mark, the header and the rows."""
        target.write("\ufeff".encode() if self._encoding == _WITH_MARK else b"")
        if self._options.header:
            self.write_header(schema, target)
        for part in parts:
            with part.open("rb") as rows:
                shutil.copyfileobj(rows, target, 1 << 20)

    def _encoded(self, text: bytes) -> bytes:
        if self._encoding in _UTF_8:
            return text
        try:
            return text.decode().encode(self._options.encoding)
        except UnicodeEncodeError as error:
            raise QuestionError(
                f"encoding={self._options.encoding!r} has no {error.object[error.start]!r}, which stands in a cell:"
                " take 'utf-8-sig', which has all characters."
            ) from None
