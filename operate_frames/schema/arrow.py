"""The types of columns: our kinds, Arrow's types, pandas' dtypes. The same for an empty answer and a full one."""

from __future__ import annotations

from functools import cache

import pyarrow as pa

from operate_frames.schema.fields import Resource

__all__ = ["ARROW_TYPES", "PANDAS_DTYPES", "schema_of"]

ARROW_TYPES = {
    "key": pa.int64(),
    "count": pa.int64(),
    "text": pa.string(),
    "flag": pa.bool_(),
    "date": pa.timestamp("us", tz="UTC"),
}
# As a frame shows them with `dtype_backend="numpy_nullable"`.
PANDAS_DTYPES = {
    "key": "Int64",
    "count": "Int64",
    "text": "string",
    "flag": "boolean",
    "date": "datetime64[us, UTC]",
}


@cache
def schema_of(resource: Resource) -> pa.Schema:
    """The Arrow schema of a resource: int64, string, bool and timestamp[us, UTC], all nullable."""
    return pa.schema([(field.column, ARROW_TYPES[field.kind]) for field in resource.fields])
