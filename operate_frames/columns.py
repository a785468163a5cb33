"""Items to Arrow columns of a fixed schema, and Arrow to pandas.

The types are the same for an empty answer, an all-missing page and a full one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, Literal, get_args

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from operate_frames.errors import BadAnswer, QuestionError
from operate_frames.question import Condition
from operate_frames.resources import Field, Resource

__all__ = ["DtypeBackend", "batch_of", "checked_backend", "matching", "schema", "to_pandas"]

DtypeBackend = Literal["numpy_nullable", "pyarrow"]

_DATE = pa.timestamp("us", tz="UTC")
_ARROW_TYPE = {"key": pa.int64(), "count": pa.int64(), "text": pa.string(), "flag": pa.bool_(), "date": _DATE}
_NULLABLE: dict[pa.DataType, Any] = {
    pa.int64(): pd.Int64Dtype(),
    pa.string(): pd.StringDtype("pyarrow"),
    pa.bool_(): pd.BooleanDtype(),
}


def schema(resource: Resource) -> pa.Schema:
    """The Arrow schema of a resource: int64, string, bool and timestamp[us, UTC], all nullable."""
    return pa.schema([(field.column, _ARROW_TYPE[field.kind]) for field in resource.fields])


def batch_of(resource: Resource, items: Sequence[Any]) -> pa.RecordBatch:
    """Turn the items of a page into one batch of the resource's schema.

    A field that this API does not send is a column of missing values.

    Raises
    ------
    BadAnswer
        A value that the column cannot hold, named by row and column.
    """
    sent = [field for field in resource.fields if field.v1 is not None]
    values = zip(*map(attrgetter(*(field.column for field in sent)), items), strict=True) if items else ()
    arrays = {field.column: _array(field, column) for field, column in zip(sent, values, strict=bool(items))}
    return pa.RecordBatch.from_arrays(
        [
            arrays[field.column] if field.column in arrays else pa.nulls(len(items), _ARROW_TYPE[field.kind])
            for field in resource.fields
        ],
        schema=schema(resource),
    )


def matching(batch: pa.RecordBatch, conditions: Sequence[Condition]) -> pa.RecordBatch:
    """Keep the rows that meet all conditions; a missing value meets none."""
    for condition in conditions:
        batch = batch.filter(pc.equal(batch[condition.field.column], pa.scalar(condition.value)))
    return batch


def checked_backend(dtype_backend: object) -> DtypeBackend:
    """Check pandas' word for the kind of columns."""
    if dtype_backend not in get_args(DtypeBackend):
        raise QuestionError(f"dtype_backend={dtype_backend!r} is not known: use 'numpy_nullable' or 'pyarrow'.")
    return dtype_backend  # type: ignore[return-value]  # it is one of them


def to_pandas(table: pa.Table, dtype_backend: DtypeBackend) -> pd.DataFrame:
    """Turn a table into a frame: Int64, boolean, pyarrow-backed string and datetime64[us, UTC].

    With ``dtype_backend="pyarrow"`` every column stays Arrow's.
    """
    mapper: Callable[[pa.DataType], Any] = pd.ArrowDtype if dtype_backend == "pyarrow" else _NULLABLE.get
    frame: pd.DataFrame = table.to_pandas(types_mapper=mapper)
    return frame


def _array(field: Field, values: Sequence[Any]) -> pa.Array:
    try:
        if field.kind == "date":
            # One vectorised reading for `+0000` and, under the RFC 3339 switch, `+00:00` (contract section 4).
            return pa.array(values, pa.string()).cast(_DATE)
        array = pa.array(values, _ARROW_TYPE[field.kind])
    except (pa.ArrowInvalid, OverflowError):
        raise _unreadable(field, values) from None
    for ours, v1 in field.words:
        if ours != v1:
            array = pc.if_else(pc.equal(array, v1), ours, array)
    return array


def _unreadable(field: Field, values: Sequence[Any]) -> BadAnswer:
    """Find the value that a column cannot hold."""
    for row, value in enumerate(values):
        try:
            pa.array([value]).cast(_ARROW_TYPE[field.kind])
        except (pa.ArrowInvalid, OverflowError):
            return BadAnswer(f"{value!r} in row {row} of the page is no value for the column {field.column}.")
    return BadAnswer(f"A value of the column {field.column} cannot be read.")
