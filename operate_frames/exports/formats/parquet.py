"""Parquet with the resource's own types; a part is kept as Arrow's stream until all have come."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, ClassVar

import msgspec
import pyarrow as pa
import pyarrow.parquet

from operate_frames.exports.formats.arrow_parts import read_arrow, write_arrow
from operate_frames.exports.options import FileOptions
from operate_frames.exports.partial import Manifest
from operate_frames.schema.fields import Resource
from operate_frames.schema.resources import RESOURCES

__all__ = ["Parquet"]


class Parquet:
    """A Parquet file, a row group a part; see `Format`.

    Parameters
    ----------
    options : FileOptions
        Nothing of it: types say how cells are read.
    """

    options: ClassVar = frozenset({"partition_by", "table"})

    def __init__(self, options: FileOptions) -> None:
        pass

    def write_part(self, table: pa.Table, part: BinaryIO) -> None:
        """Write rows as an Arrow stream."""
        write_arrow(table, part)

    def put_together(self, schema: pa.Schema, parts: Iterable[Path], target: BinaryIO, about: Manifest) -> None:
        """Write the row groups, one after the other, and what was asked and when into the file's own words."""
        notice = {"question": about.question, "server": about.server, "rows": about.rows, "cut": about.cut}
        notice["read"] = [[part.began, part.ended] for part in about.parts]
        described = pa.schema([_described(RESOURCES[about.resource], field) for field in schema])
        with pa.parquet.ParquetWriter(target, described, compression="zstd") as whole:
            for part in parts:
                whole.write_table(read_arrow(part).cast(described))
            whole.add_key_value_metadata({"operate_frames": msgspec.json.encode(notice).decode()})


def _described(resource: Resource, field: pa.Field) -> pa.Field:
    """A field with what its values are, as readers of Parquet files show it."""
    if field.name not in resource.columns:
        return field
    return field.with_metadata(
        {**(field.metadata or {}), b"description": resource.field(field.name).description.encode()}
    )
