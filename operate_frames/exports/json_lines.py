"""JSON Lines: an object a row, keys as numbers with all their digits, dates in ISO 8601."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, ClassVar

import msgspec
import pyarrow as pa

from operate_frames.exports.cells import with_dates_as_texts
from operate_frames.exports.options import FileOptions

__all__ = ["JsonLines"]


class JsonLines:
    """A file of JSON objects, one a line; see `Format`.

    Parameters
    ----------
    options : FileOptions
        How it is written.
    """

    options: ClassVar = frozenset({"date_format", "time_zone"})

    def __init__(self, options: FileOptions) -> None:
        self._options = options

    def write_part(self, table: pa.Table, part: BinaryIO) -> None:
        """Write rows."""
        texts = with_dates_as_texts(table, self._options.date_format, self._options.time_zone)
        row = msgspec.defstruct("Row", [(name, object) for name in texts.column_names], gc=False)  # half a dict's time
        columns = (column.to_pylist() for column in texts.columns)
        part.write(msgspec.json.Encoder().encode_lines([row(*cells) for cells in zip(*columns, strict=True)]))

    def put_together(self, schema: pa.Schema, parts: Iterable[Path], target: BinaryIO) -> None:  # noqa: ARG002 - rows name their columns
        """Write the rows."""
        for part in parts:
            with part.open("rb") as rows:
                shutil.copyfileobj(rows, target, 1 << 20)
