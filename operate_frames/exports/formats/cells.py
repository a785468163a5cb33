"""Cells that a format has no type for, as texts: dates in the zone that was asked for, lists as JSON."""

from __future__ import annotations

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from operate_frames.query.json_column import texts_in
from operate_frames.reading.joins.joiner import VARIABLES_FIELD

__all__ = ["for_spreadsheets", "formulas_in", "with_dates_as_texts", "with_decimal", "with_lists_as_json"]

# What spreadsheets take for a number or a date, such as 00123, 1E5 and 3-4.
_LIKE_A_NUMBER = r"^ *[+-]?[0-9][0-9.,:/ eE+-]*%? *$"
_EXACT_DIGITS = 15
# What they take for the beginning of a formula (OWASP, CSV Injection), but for numbers.
_FORMULA = r"^([=@\t\r]|[+-]([^0-9.]|[0-9.]*[^0-9.]))"


def with_dates_as_texts(table: pa.Table, date_format: str | None, time_zone: str) -> pa.Table:
    """The same rows with their dates written, in ISO 8601 where no format is given."""
    for at, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            table = table.set_column(at, field.name, _written(table[field.name], date_format, time_zone))
    return table


def with_lists_as_json(table: pa.Table) -> pa.Table:
    """The same rows with what is nested in a cell written as JSON."""
    for at, field in enumerate(table.schema):
        if pa.types.is_nested(field.type):
            cells = table[field.name].to_pylist()
            texts = [None if cell is None else msgspec.json.encode(cell).decode() for cell in cells]
            table = table.set_column(at, field.name, pa.array(texts, pa.string()))
    return table


def with_decimal(table: pa.Table, decimal: str) -> pa.Table:
    """The same rows with another sign before the decimals of numbers."""
    for at, field in enumerate(table.schema):
        if pa.types.is_floating(field.type):
            texts = pc.replace_substring(table[field.name].cast(pa.string()), ".", decimal)
            table = table.set_column(at, field.name, texts)
    return table


def for_spreadsheets(table: pa.Table) -> pa.Table:
    """The same rows with cells that a spreadsheet shows as they are: it runs no formula, and loses no digit.

    What it would take for a number or a date and change, long keys and texts of digits, becomes a constant,
    ``="..."``. A text that begins like a formula gets an apostrophe before it (OWASP, CSV Injection).
    """
    for at, field in enumerate(table.schema):
        column = table[field.name]
        if pa.types.is_integer(field.type):
            texts = column.cast(pa.string())
            table = table.set_column(
                at, field.name, _as_constants(texts, pc.greater(pc.utf8_length(texts), _EXACT_DIGITS))
            )
        elif pa.types.is_string(field.type):
            is_formula = pc.match_substring_regex(column, _FORMULA)
            texts = pc.if_else(is_formula, pc.binary_join_element_wise("'", column, ""), column)
            is_like_a_number = pc.and_not(pc.match_substring_regex(column, _LIKE_A_NUMBER), is_formula)
            table = table.set_column(at, field.name, _as_constants(texts, is_like_a_number))
    return table


def _as_constants(texts: pa.ChunkedArray, which: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.if_else(which, pc.binary_join_element_wise('="', texts, '"', ""), texts)


def formulas_in(table: pa.Table) -> int:
    """How many cells a spreadsheet would run."""
    texts = [table[field.name] for field in table.schema if pa.types.is_string(field.type)]
    if VARIABLES_FIELD.name in table.column_names:
        values = pc.struct_field(pc.list_flatten(table[VARIABLES_FIELD.name]), "value")
        texts += [texts_in(chunk) for chunk in values.chunks]
    return sum(pc.sum(pc.match_substring_regex(column, _FORMULA)).as_py() or 0 for column in texts)


def _written(dates: pa.ChunkedArray, date_format: str | None, time_zone: str) -> pa.ChunkedArray:
    there = dates.cast(pa.timestamp("us", tz=time_zone))
    if date_format is not None:
        # Arrow's %S has the fraction in it, Python's has not.
        return pc.strftime(pc.floor_temporal(there, unit="second").cast(pa.timestamp("s", tz=time_zone)), date_format)
    local = pc.local_timestamp(there)
    moments = pc.binary_replace_slice(_to_the_millisecond(local), 10, 11, "T")
    return pc.binary_join_element_wise(moments, _offsets(local, there) if time_zone != "UTC" else "Z", "")


def _to_the_millisecond(local: pa.ChunkedArray) -> pa.ChunkedArray:
    """Texts of moments, to the microsecond only where one is finer; to write them all so takes many times as long."""
    in_milliseconds = local.cast(pa.timestamp("ms"), safe=False)
    if pc.all(pc.equal(in_milliseconds.cast(local.type), local)).as_py() is not False:
        return in_milliseconds.cast(pa.string())
    return pc.replace_substring_regex(local.cast(pa.string()), r"(\.\d{3})000$", r"\1")


def _offsets(local: pa.ChunkedArray, there: pa.ChunkedArray) -> pa.ChunkedArray:
    """How far a zone's clock is from UTC at each moment, such as +02:00; there are few of them."""
    minutes = pc.divide(pc.subtract(local.cast(pa.int64()), there.cast(pa.int64())), 60_000_000)
    known = pc.unique(minutes)
    texts = pa.array([None if each is None else _offset(each) for each in known.to_pylist()], pa.string())
    return texts.take(pc.index_in(minutes, value_set=known))


def _offset(minutes: int) -> str:
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"
