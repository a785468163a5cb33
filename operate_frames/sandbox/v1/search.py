"""Answering a search: filter, sort, ``searchAfter``, and one page of bytes (contract, sections 2 to 4)."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from operate_frames.sandbox.http.errors import Refused, application_error, invalid_request
from operate_frames.sandbox.tables import dates
from operate_frames.sandbox.tables.columns import LARGEST, SMALLEST, Column
from operate_frames.sandbox.tables.conditions import Condition, OneOf, Within
from operate_frames.sandbox.tables.table import SortKey, Table
from operate_frames.sandbox.v1.query import Query, Sort
from operate_frames.sandbox.v1.resources import Database, Field, Resource
from operate_frames.sandbox.v1.validation import validate

TOTAL_CAP = 10_000
_LARGEST_RESULT = 10_000
# Letters joined by a point or an apostrophe, and digits by a point or a comma, are one token.
_TOKEN = re.compile(r"\w+(?:(?:(?<=[^\W\d_])[.':\u2019\u00b7](?=[^\W\d_])|(?<=\d)[.,;'](?=\d))\w+)*")
_NO_ROW = (1, 0)


class _EngineRefused(Exception):
    """The search engine cannot answer; Operate hides why."""


def answer(query: Query, table: Table[Resource], database: Database) -> bytes:
    """Answer a search.

    Parameters
    ----------
    query : Query
        The search body.
    table : Table
        The resource's rows.
    database : {"elasticsearch", "opensearch"}
        Which driver's ways to follow.

    Returns
    -------
    bytes
        The page: items, sortValues, total.

    Raises
    ------
    Refused
        400 for what Operate or its client library refuses, 500 for what the engine refuses.
    """
    resource = table.resource
    if resource.validated:
        validate(query, resource)
    _refuse_in_client_library(query, database)
    try:
        return _page(query, table, database)
    except (_EngineRefused, dates.NotADate) as refused:
        raise _unread(resource, database) from refused


def _unread(resource: Resource, database: Database) -> Refused:
    what = resource.unread if database == "elasticsearch" else "incidents"
    return application_error(f"Error in reading {what}")


def _refuse_in_client_library(query: Query, database: Database) -> None:
    """Refuse what fails before the search is sent, as a 400 with the library's or Java's own words."""
    for sort in query.sort or []:
        if sort.order is None:
            raise invalid_request(
                'Cannot invoke "io.camunda.operate.webapp.api.v1.entities.Query$Sort$Order.equals(Object)" '
                'because "order" is null'
            )
        if sort.field is None:
            raise invalid_request(
                "fieldName must not be null"
                if database == "elasticsearch"
                else "Missing required property 'FieldSort.field'"
            )
    if database == "elasticsearch":
        _refuse_in_elasticsearch_library(query)


def _refuse_in_elasticsearch_library(query: Query) -> None:
    if query.size < 0:
        raise invalid_request(f"[size] parameter cannot be negative, found [{query.size}]")
    if query.search_after is None:
        return
    if not query.search_after:
        raise invalid_request("Values must contains at least one value.")
    for value in query.search_after:
        if isinstance(value, (dict, list)):
            java = "java.util.LinkedHashMap" if isinstance(value, dict) else "java.util.ArrayList"
            raise invalid_request(f"Can't handle search_after field value of type [class {java}]")


def _page(query: Query, table: Table[Resource], database: Database) -> bytes:
    if not 0 <= query.size <= _LARGEST_RESULT:
        raise _EngineRefused
    sort = _sort_keys(query.sort or [], table.resource)
    selection = table.select(_conditions(query.filter, table, database), sort)
    start = 0
    if query.search_after is not None:
        sent = _as_the_driver_sends(query.search_after, database)
        if len(sent) != len(sort) + 1:
            raise _EngineRefused
        directed = [
            _directed(value, table.column(key.field), descending=key.descending)
            for key, value in zip(sort, sent[:-1], strict=True)
        ]
        rank = _directed(sent[-1], table.identity, descending=False)
        start = selection.start_after(directed, table.rows_up_to(rank))
    rows = selection.rows(start, query.size)
    sort_values = _sort_values(table, int(rows[-1]), sort, database) if len(rows) else []
    tail = json.dumps(sort_values, ensure_ascii=False, separators=(",", ":"))
    total = min(selection.count, TOTAL_CAP)
    return b"".join((b'{"items":[', *table.encoded(rows), f'],"sortValues":{tail},"total":{total}}}'.encode()))


def _sort_keys(sorts: Sequence[Sort], resource: Resource) -> tuple[SortKey, ...]:
    for sort in sorts:
        known = resource.by_name.get(sort.field or "")
        if known is None or not known.sortable:
            raise _EngineRefused
    return tuple(SortKey(sort.field or "", descending=sort.order == "DESC") for sort in sorts)


def _conditions(filters: dict[str, Any], table: Table[Resource], database: Database) -> frozenset[Condition]:
    conditions: set[Condition] = set()
    for name, value in filters.items():
        field = table.resource.by_name[name]
        # Elasticsearch's driver hands blank dates and blank messages to the engine, which finds no words in them.
        blank_is_no_filter = database == "opensearch" or not (field.kind == "date" or field.analysed)
        if value is None or not field.filtered or (value == "" and blank_is_no_filter):
            continue
        conditions.add(_condition(field, value, table.column(name)))
    return frozenset(conditions)


def _condition(field: Field, value: Any, column: Column) -> Condition:
    if field.kind == "date":
        return Within(field.name, *dates.span(value))
    if field.analysed:
        return OneOf(field.name, _codes_with_all_tokens(value, column))
    if field.kind == "keyword":
        code = column.code(str(value))
        return Within(field.name, *(_NO_ROW if code is None else (code, code)))
    return Within(field.name, int(value), int(value))


def _codes_with_all_tokens(text: str, column: Column) -> tuple[int, ...]:
    wanted = _tokens(text)
    return tuple(code for code, word in enumerate(column.words) if wanted and wanted <= _tokens(word))


def _tokens(text: str) -> set[str]:
    return set(_TOKEN.findall(text.lower()))


def _as_the_driver_sends(values: list[Any], database: Database) -> list[Any]:
    """OpenSearch's driver sends every value as text and drops the nulls; Elasticsearch's sends what it got."""
    if database == "elasticsearch":
        return values
    return [_java_text(value) for value in values if value is not None]


def _directed(value: Any, column: Column, *, descending: bool) -> int:
    """Give a ``searchAfter`` value as the sort column holds it."""
    if column.kind == "keyword":
        if value is None:
            return LARGEST  # missing values come last in both directions
        rank = column.rank_of_word(_java_text(value))
    elif value is None:
        raise _EngineRefused
    elif column.kind == "date" and isinstance(value, str):
        rank = dates.search_after_milliseconds(value)
    else:
        rank = _number(value)
    return ~rank if descending else rank


def _number(value: Any) -> int:
    """Read a long as the engine does: text too, cut to an integer, held within int64."""
    if isinstance(value, bool):
        raise _EngineRefused
    if isinstance(value, str):
        value = int(value) if re.fullmatch(r"[+-]?\d+", value) else _float(value)
    if value >= LARGEST:
        return LARGEST
    return SMALLEST if value <= SMALLEST else int(value)


def _float(text: str) -> float:
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text):
        raise _EngineRefused
    return float(text)


def _java_text(value: Any) -> str:
    """Write a JSON value as Java's ``String.valueOf`` writes what Jackson made of it."""
    match value:
        case None:
            return "null"
        case str():
            return value
        case bool():
            return str(value).lower()
        case float():
            return _java_double(value)
        case int():
            return str(value)
        case list():
            return f"[{', '.join(map(_java_text, value))}]"
        case _:
            return "{" + ", ".join(f"{name}={_java_text(held)}" for name, held in value.items()) + "}"


def _java_double(value: float) -> str:
    plain_from, plain_below = 1e-3, 1e7
    if value == 0 or plain_from <= abs(value) < plain_below:
        return repr(float(value))
    sign, digits, exponent = Decimal(repr(float(value))).normalize().as_tuple()
    assert isinstance(exponent, int)
    first, *rest = map(str, digits)
    return f"{'-' * sign}{first}.{''.join(rest) or '0'}E{exponent + len(rest)}"


def _sort_values(table: Table[Resource], row: int, sort: tuple[SortKey, ...], database: Database) -> list[Any]:
    values = [table.column(key.field).shown(row, descending=key.descending) for key in sort]
    values.append(table.identity.shown(row, descending=False))
    if database == "elasticsearch":
        return values
    return [None if value is None else str(value) for value in values]
