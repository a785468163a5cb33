"""Parts that are kept as Arrow's streams until all have come."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.ipc

__all__ = ["read_arrow", "write_arrow"]


def write_arrow(table: pa.Table, part: BinaryIO) -> None:
    """Write rows as an Arrow stream."""
    with pa.ipc.new_stream(part, table.schema) as stream:
        stream.write_table(table)


def read_arrow(part: Path) -> pa.Table:
    """Read the rows of an Arrow stream."""
    with pa.memory_map(str(part)) as rows:
        return pa.ipc.open_stream(rows).read_all()
