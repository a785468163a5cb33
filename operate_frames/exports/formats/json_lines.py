"""JSON Lines: an object a row, keys as numbers with all their digits, dates in ISO 8601."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

import msgspec
import pyarrow as pa

from operate_frames.exports.formats.cells import with_dates_as_texts
from operate_frames.exports.options import FileOptions
from operate_frames.exports.partial import Manifest
from operate_frames.reading.joins.columns import JSON_FIELD

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
        names = {f"c{at}": name for at, name in enumerate(texts.column_names)}  # variables have any
        row = msgspec.defstruct("Row", [(each, object) for each in names], gc=False, rename=names)  # half a dict's time
        columns = (_cells(texts.field(at), column) for at, column in enumerate(texts.columns))
        part.write(msgspec.json.Encoder().encode_lines([row(*cells) for cells in zip(*columns, strict=True)]))

    def put_together(self, schema: pa.Schema, parts: Iterable[Path], target: BinaryIO, about: Manifest) -> None:  # noqa: ARG002 - nothing in it says when it was read
        """Write the rows."""
        for part in parts:
            with part.open("rb") as rows:
                shutil.copyfileobj(rows, target, 1 << 20)


def _cells(field: pa.Field, column: pa.ChunkedArray) -> list[Any]:
    """The values of a column; JSON as it is."""
    cells: list[Any] = column.to_pylist()
    if field.metadata != JSON_FIELD:
        return cells
    return [None if cell is None else msgspec.Raw(cell) for cell in cells]
