"""Answering a search of v2: conditions, order, cursors, and one page of bytes.

Contract ``camunda-v2.md`` sections 1.1, 1.3 and 5.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from operate_frames.sandbox.tables.columns import LARGEST, SMALLEST, Column
from operate_frames.sandbox.tables.conditions import AnyOf, Condition, Missing, Not, OfAField, OneOf, Within
from operate_frames.sandbox.tables.table import Selection, SortKey, Table
from operate_frames.sandbox.v2.fields import Field, Resource, Version
from operate_frames.sandbox.v2.problems import invalid
from operate_frames.sandbox.v2.query import Asked, PageAsked, Query

__all__ = ["TOTAL_CAP", "answer", "conditions_of"]

TOTAL_CAP = 10_000


def answer(
    query: Query,
    table: Table[Resource],
    version: Version,
    *,
    more: frozenset[Condition] = frozenset(),
) -> bytes:
    """Answer a search.

    Parameters
    ----------
    query : Query
        What was asked.
    table : Table
        The resource's rows.
    version : {"8.8", "8.9", "8.10"}
        Whose ways to follow.
    more : frozenset of Condition
        What must hold beside the filter.

    Returns
    -------
    bytes
        The page: items and page.
    """
    resource = table.resource
    sort = tuple(SortKey(name, descending=down) for name, down in query.sort if name != resource.identity)
    # A sort by what no two rows share leaves nothing for the fields behind it.
    at = next((place for place, (name, _) in enumerate(query.sort) if name == resource.identity), None)
    if at is not None:
        sort = (*sort[:at], SortKey(*query.sort[at])) if query.sort[at][1] else sort[:at]
    selection = table.select(conditions_of(query, table) | more, sort)
    start, count = _place(query.page, selection, table, sort)
    rows = selection.rows(start, count)
    cursors = [_cursor(table, int(row), sort) for row in (rows[0], rows[-1])] if len(rows) else [None, None]
    total = min(selection.count, TOTAL_CAP)
    page: dict[str, Any] = {"totalItems": total, "hasMoreTotalItems": selection.count > TOTAL_CAP}
    named = zip(("startCursor", "endCursor"), cursors, strict=True)
    page |= {name: cursor for name, cursor in named if cursor is not None or version != "8.8"}
    tail = json.dumps(page, separators=(",", ":"))
    return b"".join((b'{"items":[', *table.encoded(rows), f'],"page":{tail}}}'.encode()))


def conditions_of(query: Query, table: Table[Resource]) -> frozenset[Condition]:
    """Give what a query's filter asks of rows.

    Parameters
    ----------
    query : Query
        What was asked.
    table : Table
        The resource's rows.

    Returns
    -------
    frozenset of Condition
        All must hold.
    """
    conditions: set[Condition] = {*_conditions(query.filter, table)}
    if query.alternatives:
        conditions.add(AnyOf(frozenset(frozenset(_conditions(each, table)) for each in query.alternatives)))
    return frozenset(conditions)


def _place(page: PageAsked, selection: Selection, table: Table[Resource], sort: Sequence[SortKey]) -> tuple[int, int]:
    """The offset of the first row, and how many rows at most."""
    if page.cursor is None:
        return page.start, page.limit
    values = _values(page.cursor, len(sort) + 1)
    directed = [
        _directed(value, table.column(key.field), descending=key.descending)
        for key, value in zip(sort, values[:-1], strict=True)
    ]
    rank = _directed(values[-1], table.identity, descending=False)
    if page.direction == "after":
        return selection.start_after(directed, table.rows_up_to(rank)), page.limit
    end = selection.start_after(directed, table.rows_up_to(rank - 1))
    start = max(0, end - page.limit)
    return start, end - start


def _cursor(table: Table[Resource], row: int, sort: Sequence[SortKey]) -> str:
    values = [table.column(key.field).shown(row, descending=key.descending) for key in sort]
    values.append(table.identity.shown(row, descending=False))
    return base64.b64encode(json.dumps(values, separators=(",", ":")).encode()).decode()


def _values(cursor: str, count: int) -> list[Any]:
    try:
        values = json.loads(base64.b64decode(cursor, validate=True))
    except (binascii.Error, ValueError, RecursionError):
        values = None
    if (
        not isinstance(values, list)
        or len(values) != count
        or not all(isinstance(v, (str, int, type(None))) for v in values)
    ):
        raise invalid("Cannot decode pagination cursor")
    return values


def _directed(value: Any, column: Column, *, descending: bool) -> int:
    """Give a cursor's value as the sort column holds it."""
    if value is None:
        return LARGEST  # missing values come last in both directions
    if column.kind == "keyword":
        rank = column.rank_of_word(str(value))
    elif isinstance(value, int) and SMALLEST <= value <= LARGEST:
        if value in {LARGEST, SMALLEST}:
            return LARGEST
        rank = value
    else:
        raise invalid("Cannot decode pagination cursor")
    return ~rank if descending else rank


def _conditions(asked: Asked, table: Table[Resource]) -> set[OfAField]:
    return {
        condition
        for name, operators in asked.items()
        for operator, value in operators.items()
        for condition in _condition(table.resource.by_name[name], operator, value, table.column(name))
    }


def _condition(field: Field, operator: str, value: Any, column: Column) -> Sequence[OfAField]:
    name = field.name
    if field.type == "member":
        return [_of_members(name, operator, value, column)]
    match operator:
        case "$exists":
            return [Not(Missing(name)) if value else Missing(name)]
        case "$eq" if field.type == "list":
            return [OneOf(name, _codes_with(each, column)) for each in value]
        case "$eq":
            return [OneOf(name, _codes([value], column))]
        case "$neq":
            return [Not(OneOf(name, _codes([value], column)))]
        case "$in":
            return [OneOf(name, _codes(value, column))]
        case "$notIn":
            return [Not(OneOf(name, _codes(value, column)))]
        case "$like":
            looks = _regex(value)
            return [OneOf(name, tuple(code for code, word in enumerate(column.words) if looks.fullmatch(word)))]
        case "$gt":
            return [Within(name, value + 1, LARGEST)]
        case "$gte":
            return [Within(name, value, LARGEST)]
        case "$lt":
            return [Within(name, SMALLEST, value - 1)]
        case _:
            return [Within(name, SMALLEST, value)]


def _of_members(name: str, operator: str, value: Any, column: Column) -> OfAField:
    """A condition on the texts of a list: one of them meets it, or, where it denies, none."""
    if operator == "$like":
        looks = _regex(value)
        wanted = {text for word in column.words for text in json.loads(word) if looks.fullmatch(text)}
    elif operator == "$exists":
        wanted = {text for word in column.words for text in json.loads(word)}
    else:
        wanted = set(value if operator in {"$in", "$notIn"} else [value])
    codes = tuple(code for code, word in enumerate(column.words) if wanted & set(json.loads(word)))
    denies = operator in {"$neq", "$notIn"} or (operator == "$exists" and not value)
    return Not(OneOf(name, codes)) if denies else OneOf(name, codes)


def _codes(values: Sequence[Any], column: Column) -> tuple[int, ...]:
    if column.kind != "keyword":
        return tuple(values)
    codes = (column.code(str(value)) for value in values)
    return tuple(code for code in codes if code is not None)


def _codes_with(text: str, column: Column) -> tuple[int, ...]:
    return tuple(code for code, word in enumerate(column.words) if text in json.loads(word))


@lru_cache(maxsize=100)
def _regex(pattern: str) -> re.Pattern[str]:
    signs: Mapping[str, str] = {"*": ".*", "?": "."}
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    return re.compile("".join(signs.get(part) or re.escape(part[-1]) for part in parts), re.DOTALL)
