"""Parquet with the resource's own types; a part is kept as Arrow's stream until all have come."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, ClassVar

import pyarrow as pa
import pyarrow.parquet

from operate_frames.exports.formats.arrow_parts import read_arrow, write_arrow
from operate_frames.exports.options import FileOptions

__all__ = ["Parquet"]


class Parquet:
    """A Parquet file, a row group a part; see `Format`.

    Parameters
    ----------
    options : FileOptions
        Nothing of it: types say how cells are read.
    """

    options: ClassVar = frozenset[str]()

    def __init__(self, options: FileOptions) -> None:
        pass

    def write_part(self, table: pa.Table, part: BinaryIO) -> None:
        """Write rows as an Arrow stream."""
        write_arrow(table, part)

    def put_together(self, schema: pa.Schema, parts: Iterable[Path], target: BinaryIO) -> None:
        """Write the row groups, one after the other."""
        with pa.parquet.ParquetWriter(target, schema, compression="zstd") as whole:
            for part in parts:
                whole.write_table(read_arrow(part))
