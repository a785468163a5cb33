"""Pages to Arrow batches of a fixed schema.

The types are the same for an empty answer, an all-missing page and a full one.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json

from operate_frames.api.base import ApiField
from operate_frames.api.nested import with_texts
from operate_frames.errors import BadAnswer
from operate_frames.schema.arrow import ARROW_TYPES, schema_of
from operate_frames.schema.fields import Field, Resource

__all__ = ["DecodedPages", "decode", "decode_pages"]

# So much is quoted of why a value cannot be read: it holds the value.
_QUOTED = 200
# Our fields, what they are called in the rows, and the types that their values have there.
_Columns = tuple[tuple[Field, str, pa.DataType], ...]


class DecodedPages(NamedTuple):
    """The rows of some pages, and how many of them there are up to the end of each page."""

    rows: pa.RecordBatch
    ends: list[int]


def decode(resource: Resource, pages: Sequence[bytes], fields: Mapping[str, ApiField]) -> pa.RecordBatch:
    """Read the rows of some pages into one batch, as `decode_pages`."""
    return decode_pages(resource, pages, fields).rows


def decode_pages(resource: Resource, pages: Sequence[bytes], fields: Mapping[str, ApiField]) -> DecodedPages:
    """Read the rows of some pages into one batch of the resource's schema.

    Arrow's own reader does it, outside the interpreter's lock: while some pages are read, others arrive.

    Parameters
    ----------
    resource : Resource
        Whose schema.
    pages : sequence of bytes
        JSON objects whose ``items`` are the rows.
    fields : mapping
        How our columns are written in the rows; any other column is one of missing values.

    Raises
    ------
    BadAnswer
        A value that the column cannot hold, or a missing key, named by row and column.
    """
    present = [field for field in resource.fields if field.column in fields]
    columns = tuple((field, fields[field.column].name, _type_there(field, fields[field.column])) for field in present)
    nested = [fields[field.column].name for field in present if fields[field.column].is_nested]
    if nested:
        pages = [_with_texts(page, nested) for page in pages]
    try:
        items = _items(pages, columns)
    except pa.ArrowInvalid:
        raise _unreadable(pages, columns) from None
    rows = items.flatten()
    arrays = dict(zip(present, rows.flatten(), strict=True))
    if arrays[resource.key].null_count:
        name = fields[resource.key.column].name
        raise BadAnswer(f"A row of {resource.name} lacks its key ({name}), row {_gap(arrays[resource.key])}.")
    batch = pa.RecordBatch.from_arrays(
        [
            _in_our_words(field, fields[field.column], arrays[field])
            if field in arrays
            else pa.nulls(len(rows), ARROW_TYPES[field.kind])
            for field in resource.fields
        ],
        schema=schema_of(resource),
    )
    return DecodedPages(batch, items.offsets[1:].to_pylist())


def _with_texts(page: bytes, nested: Sequence[str]) -> bytes:
    try:
        return with_texts(page, nested)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise _unreadable([page], ()) from None


def _items(pages: Sequence[bytes], columns: _Columns) -> pa.ListArray:
    """One page a line to a list of rows for each; what the schema does not name is passed over."""
    text = b"\n".join(pages)
    table = pyarrow.json.read_json(
        pa.BufferReader(text),
        read_options=pyarrow.json.ReadOptions(use_threads=False, block_size=len(text) + 1),
        parse_options=_parsed_as(columns),
    )
    items = table["items"].chunk(0)  # one block makes one chunk
    if not text.isascii():
        items.flatten().validate(full=True)  # text that is no UTF-8
    return items


@cache
def _parsed_as(columns: _Columns) -> pyarrow.json.ParseOptions:
    row = pa.struct([(name, kind) for _, name, kind in columns])
    return pyarrow.json.ParseOptions(
        explicit_schema=pa.schema([("items", pa.list_(row))]), unexpected_field_behavior="ignore"
    )


def _type_there(field: Field, written: ApiField) -> pa.DataType:
    if written.is_list:
        return pa.list_(pa.string())
    return pa.string() if written.as_text else ARROW_TYPES[field.kind]


def _as_json(lists: pa.ListArray) -> pa.Array:
    """Lists of texts as texts of JSON; most are empty."""
    if not pc.any(pc.greater(pc.list_value_length(lists), 0)).as_py():
        return pc.if_else(lists.is_null(), pa.scalar(None, pa.string()), "[]")
    return pa.array(
        [None if each is None else json.dumps(each, ensure_ascii=False) for each in lists.to_pylist()], pa.string()
    )


def _in_our_words(field: Field, written: ApiField, array: pa.Array) -> pa.Array:
    if written.is_list:
        return _as_json(array)
    if written.as_text:
        try:
            array = array.cast(ARROW_TYPES[field.kind])
        except pa.ArrowInvalid as error:
            raise BadAnswer(f"A page has no readable {field.column}: {error}.") from None
    if written.missing is not None:
        array = pc.if_else(pc.equal(array, written.missing), pa.scalar(None, array.type), array)
    for theirs, ours in written.words.items():
        array = pc.if_else(pc.equal(array, theirs), ours, array)
    return array


def _gap(array: pa.Array) -> int:
    return int(pc.index(pc.is_null(array), value=True).as_py())


def _unreadable(pages: Sequence[bytes], columns: _Columns) -> BadAnswer:
    """Find the first value that its column cannot hold."""
    for page in pages:
        try:
            rows = msgspec.json.decode(page, type=_Rows).items
        except msgspec.DecodeError as error:
            return BadAnswer(f"A page is no complete JSON ({error}): a proxy may have cut it; read again.")
        except RecursionError:
            return BadAnswer("A page nests too deep to be read: this is no answer of Operate's.")
        if _trouble(rows, columns) is None:
            continue
        number = bisect_left(range(len(rows)), x=True, key=lambda end: _trouble(rows[: end + 1], columns) is not None)
        for column in columns:
            if (reason := _trouble(rows[number : number + 1], (column,))) is not None:
                field, name, _ = column
                return BadAnswer(f"Row {number} of a page has no readable {field.column} ({name}): {reason}.")
    return BadAnswer("A page cannot be read as rows.")


def _trouble(rows: Sequence[msgspec.Raw], columns: _Columns) -> str | None:
    """Why Arrow cannot read some rows; None: it can."""
    try:
        _items([b'{"items":[' + b",".join(map(bytes, rows)) + b"]}"], columns)
    except pa.ArrowInvalid as error:
        reason = re.sub(r"^JSON parse error: | in row \d+$", "", str(error))
        return reason if len(reason) <= _QUOTED else f"{reason[:_QUOTED]}..."
    return None


class _Rows(msgspec.Struct):
    items: list[msgspec.Raw]
