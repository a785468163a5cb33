"""Rows to Arrow columns of a fixed schema, and Arrow to pandas.

The types are the same for an empty answer, an all-missing page and a full one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Literal, get_args

import msgspec
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json

from operate_frames.errors import BadAnswer, QuestionError
from operate_frames.schema.resources import Field, Resource

__all__ = ["Columns", "DtypeBackend", "batch_of", "checked_backend", "columns_of", "frame_of", "schema", "to_pandas"]

DtypeBackend = Literal["numpy_nullable", "pyarrow"]
# By name: Arrow's, and once they are converted pandas'.
Columns = dict[str, Any]
# Fields, and what they are called in the rows.
_Names = tuple[tuple[Field, str], ...]

_DATE = pa.timestamp("us", tz="UTC")
_TYPE = {"key": pa.int64(), "count": pa.int64(), "text": pa.string(), "flag": pa.bool_(), "date": _DATE}
_NULLABLE: dict[pa.DataType, Any] = {
    pa.int64(): pd.Int64Dtype(),
    pa.string(): pd.StringDtype("pyarrow"),
    pa.bool_(): pd.BooleanDtype(),
}


@cache
def schema(resource: Resource) -> pa.Schema:
    """The Arrow schema of a resource: int64, string, bool and timestamp[us, UTC], all nullable."""
    return pa.schema([(field.column, _TYPE[field.kind]) for field in resource.fields])


def batch_of(resource: Resource, pages: Sequence[bytes], sent: Mapping[str, str]) -> pa.RecordBatch:
    """Read the rows of some pages into one batch of the resource's schema.

    Arrow's own reader does it, outside the interpreter's lock: while some pages are read, others arrive.

    Parameters
    ----------
    resource : Resource
        Whose schema.
    pages : sequence of bytes
        JSON objects whose ``items`` are the rows.
    sent : mapping
        Our column names and those in the rows; any other column is one of missing values.

    Raises
    ------
    BadAnswer
        A value that the column cannot hold, or a missing key, named by row and column.
    """
    names = tuple((field, sent[field.column]) for field in resource.fields if field.column in sent)
    try:
        rows = _rows(pages, names)
    except pa.ArrowInvalid:
        raise _unreadable(pages, names) from None
    arrays = {field: array for (field, _), array in zip(names, rows.flatten(), strict=True)}
    if arrays[resource.key].null_count:
        raise BadAnswer(
            f"A row of {resource.name} lacks its key ({sent[resource.key.column]}), row {_gap(arrays[resource.key])}."
        )
    return pa.RecordBatch.from_arrays(
        [
            _in_our_words(field, arrays[field]) if field in arrays else pa.nulls(len(rows), _TYPE[field.kind])
            for field in resource.fields
        ],
        schema=schema(resource),
    )


def checked_backend(dtype_backend: object) -> DtypeBackend:
    """Check pandas' word for the kind of columns."""
    if dtype_backend not in get_args(DtypeBackend):
        raise QuestionError(f"dtype_backend={dtype_backend!r} is not known: use 'numpy_nullable' or 'pyarrow'.")
    return dtype_backend  # type: ignore[return-value]  # it is one of them


def to_pandas(table: pa.Table, dtype_backend: DtypeBackend, *, decode: bool = False) -> pd.DataFrame:
    """Turn a table into a frame, as `frame_of` does; the table stays whole."""
    return frame_of(columns_of(table), dtype_backend, decode=decode)


def columns_of(table: pa.Table) -> Columns:
    """Take a table apart, so that its columns can be let go of one by one."""
    return dict(zip(table.column_names, table.columns, strict=True))


def frame_of(columns: Columns, dtype_backend: DtypeBackend, *, decode: bool = False) -> pd.DataFrame:
    """Turn columns into a frame: Int64, boolean, pyarrow-backed string and datetime64[us, UTC]; lists stay Arrow's.

    Each column takes the place of Arrow's as soon as it is converted, so that there is one of them at most in memory
    twice. When this is interrupted, it can be called with the same columns again.

    Parameters
    ----------
    columns : dict
        Arrow's columns of a resource.
    dtype_backend : {"numpy_nullable", "pyarrow"}
        With ``pyarrow`` every column stays Arrow's.
    decode : bool
        Turn the JSON texts of the column `value` into Python values; one that is cut becomes missing.
    """
    mapper: Callable[[pa.DataType], Any] = pd.ArrowDtype if dtype_backend == "pyarrow" else _nullable
    for name in columns:
        if isinstance(columns[name], pa.ChunkedArray):
            columns[name] = _values(columns[name]) if decode and name == "value" else _series(columns[name], mapper)
    return pd.DataFrame(columns, copy=False)


def _series(column: pa.ChunkedArray, mapper: Callable[[pa.DataType], Any]) -> pd.Series[Any]:
    series: pd.Series[Any] = column.to_pandas(types_mapper=mapper)
    return series


def _values(column: pa.ChunkedArray) -> pd.Series[Any]:
    return pd.Series([_decoded(text) for text in column.to_pylist()], dtype=object)


def _nullable(kind: pa.DataType) -> Any:
    return pd.ArrowDtype(kind) if pa.types.is_nested(kind) else _NULLABLE.get(kind)


def _decoded(text: str | None) -> Any:
    """A value of JSON text; Python's reader keeps all digits of whole numbers."""
    try:
        return pd.NA if text is None else json.loads(text)
    except ValueError:
        return pd.NA


def _rows(pages: Sequence[bytes], names: _Names) -> pa.StructArray:
    """One page a line to the rows of all of them; what the schema does not name is passed over."""
    text = b"\n".join(pages)
    table = pyarrow.json.read_json(
        pa.BufferReader(text),
        read_options=pyarrow.json.ReadOptions(use_threads=False, block_size=len(text) + 1),
        parse_options=_parsed_as(names),
    )
    rows = table["items"].chunk(0).flatten()  # one block makes one chunk
    if not text.isascii():
        rows.validate(full=True)  # text that is no UTF-8
    return rows


@cache
def _parsed_as(names: _Names) -> pyarrow.json.ParseOptions:
    row = pa.struct([(name, pa.string() if field.v1_text else _TYPE[field.kind]) for field, name in names])
    return pyarrow.json.ParseOptions(
        explicit_schema=pa.schema([("items", pa.list_(row))]), unexpected_field_behavior="ignore"
    )


def _in_our_words(field: Field, array: pa.Array) -> pa.Array:
    if field.v1_text:
        try:
            array = array.cast(_TYPE[field.kind])
        except pa.ArrowInvalid as error:
            raise BadAnswer(f"A page has no readable {field.column}: {error}.") from None
    if field.missing is not None:
        array = pc.if_else(pc.equal(array, field.missing), pa.scalar(None, array.type), array)
    for ours, v1 in field.words:
        if ours != v1:
            array = pc.if_else(pc.equal(array, v1), ours, array)
    return array


def _gap(array: pa.Array) -> int:
    return int(pc.index(pc.is_null(array), value=True).as_py())


def _unreadable(pages: Sequence[bytes], names: _Names) -> BadAnswer:
    """Find the first value that its column cannot hold."""
    for page in pages:
        try:
            items = msgspec.json.decode(page, type=_Items).items
        except msgspec.DecodeError as error:
            return BadAnswer(f"A page is no complete JSON ({error}): a proxy may have cut it; read again.")
        for number, row in enumerate(items):
            for field, name in names:
                try:
                    _rows([b'{"items":[' + bytes(row) + b"]}"], ((field, name),))
                except pa.ArrowInvalid as error:
                    reason = re.sub(r"^JSON parse error: | in row \d+$", "", str(error))
                    return BadAnswer(f"Row {number} of a page has no readable {field.column} ({name}): {reason}.")
    return BadAnswer("A page cannot be read as rows.")


class _Items(msgspec.Struct):
    items: list[msgspec.Raw]
