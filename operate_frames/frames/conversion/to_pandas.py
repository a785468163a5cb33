"""Arrow to pandas: the frames that users get."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, get_args

import pandas as pd
import pyarrow as pa

from operate_frames.display.warn import warn
from operate_frames.errors import QuestionError, UndecodedWarning
from operate_frames.frames.conversion.decoded import DecodedArray, decoded_value
from operate_frames.reading.joins.columns import JsonColumn
from operate_frames.reading.rows import Columns, columns_of

__all__ = ["DtypeBackend", "checked_backend", "frame_of", "to_pandas"]

DtypeBackend = Literal["numpy_nullable", "pyarrow"]
_NULLABLE: dict[pa.DataType, Any] = {
    pa.int64(): pd.Int64Dtype(),
    pa.string(): pd.StringDtype("pyarrow"),
    pa.bool_(): pd.BooleanDtype(),
    pa.float64(): pd.Float64Dtype(),
}


def checked_backend(dtype_backend: object) -> DtypeBackend:
    """Check pandas' word for the kind of columns."""
    if dtype_backend not in get_args(DtypeBackend):
        raise QuestionError(f"dtype_backend={dtype_backend!r} is not known: use 'numpy_nullable' or 'pyarrow'.")
    return dtype_backend  # type: ignore[return-value]  # it is one of them


def to_pandas(table: pa.Table, dtype_backend: DtypeBackend, *, decode: bool = False) -> pd.DataFrame:
    """Turn a table into a frame, as `frame_of` does; the table stays whole."""
    return frame_of(columns_of(table), dtype_backend, decode=decode)


def frame_of(columns: Columns, dtype_backend: DtypeBackend, *, decode: bool = False) -> pd.DataFrame:
    """Turn columns into a frame: Int64, Float64, boolean, pyarrow-backed string, datetime64[us, UTC].

    Lists of records become objects: pandas cannot read Arrow's own back from a Parquet file.

    Each column takes the place of Arrow's as soon as it is converted, so that there is one of them at most in memory
    twice. When this is interrupted, it can be called with the same columns again.

    Parameters
    ----------
    columns : dict
        Arrow's columns of a resource.
    dtype_backend : {"numpy_nullable", "pyarrow"}
        With ``pyarrow`` every column stays Arrow's.
    decode : bool
        Turn the JSON texts of the column `value` into Python values; one that is cut becomes missing, and one that
        Python's reader cannot hold stays a text, which an `UndecodedWarning` tells.
    """
    mapper: Callable[[pa.DataType], Any] = pd.ArrowDtype if dtype_backend == "pyarrow" else _nullable
    for name in columns:
        # No name may hold on to a column.
        if isinstance(columns[name], JsonColumn):
            columns[name] = _values(columns[name].texts)
        elif isinstance(columns[name], pa.ChunkedArray):
            columns[name] = _values(columns[name]) if decode and name == "value" else _series(columns[name], mapper)
    return pd.DataFrame(columns, copy=False)


def _series(column: pa.ChunkedArray, mapper: Callable[[pa.DataType], Any]) -> pd.Series[Any]:
    if pa.types.is_nested(column.type) and mapper is _nullable:
        return pd.Series([pd.NA if each is None else each for each in column.to_pylist()], dtype=object)
    series: pd.Series[Any] = column.to_pandas(types_mapper=mapper)
    return series


def _values(column: pa.ChunkedArray) -> pd.Series[Any]:
    texts = column.to_pylist()
    values = [decoded_value(text) for text in texts]
    kept = sum(value is text and text is not None for value, text in zip(values, texts, strict=True))
    if kept:
        warn(
            f"Decoding left {kept} {'value' if kept == 1 else 'values'} as JSON text: nested too deep, or with"
            " numbers too long, for Python's reader.",
            UndecodedWarning,
        )
    return pd.Series(DecodedArray.of(values))


def _nullable(kind: pa.DataType) -> Any:
    return _NULLABLE.get(kind)
