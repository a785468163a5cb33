"""Files whose rows have variables as columns, which are known once all rows are; see `Format`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import pyarrow as pa

from operate_frames.exports.formats.arrow_parts import read_arrow, write_arrow
from operate_frames.exports.partial import Manifest
from operate_frames.query.joins import Joins
from operate_frames.reading.joins.columns import Widening

if TYPE_CHECKING:
    from operate_frames.exports.formats.format import Format

__all__ = ["Wide"]


class Wide:
    """Keeps variables as lists while rows come, then has another format write them as columns.

    Parameters
    ----------
    narrow : Format
        What the file is.
    joins : Joins
        Which variables are wanted.
    """

    def __init__(self, narrow: Format, joins: Joins) -> None:
        self._format = narrow
        self._joins = joins

    def write_part(self, table: pa.Table, part: BinaryIO) -> None:
        """Write rows as they are."""
        write_arrow(table, part)

    def put_together(self, schema: pa.Schema, parts: Iterable[Path], target: BinaryIO, about: Manifest) -> None:
        """Look at all variables, then write the rows with them."""
        parts = list(parts)
        widening = Widening(self._joins, map(read_arrow, parts))
        self._format.put_together(widening.schema(schema), self._widened(widening, parts), target, about)

    def _widened(self, widening: Widening, parts: Iterable[Path]) -> Iterator[Path]:
        """The parts as the format writes them, each for as long as it is wanted."""
        for part in parts:
            wide = part.with_name(f"{part.name}.wide")
            with wide.open("wb") as file:
                self._format.write_part(widening.table(read_arrow(part)), file)
            yield wide
            wide.unlink()
