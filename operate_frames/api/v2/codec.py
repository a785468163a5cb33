"""The v2 API on the wire: request bodies, and the bytes of a page to cursor and total.

Contract ``camunda-v2.md`` section 1. Nothing here does I/O.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import msgspec

from operate_frames.api import envelope
from operate_frames.api.base import ApiField, Cursor, Page, Plan, SearchRequest, Total
from operate_frames.api.envelope import checked_items, decoded
from operate_frames.api.v2.cursor import with_bound
from operate_frames.errors import BadAnswer
from operate_frames.query.query import Order
from operate_frames.schema.fields import Resource, Version

__all__ = [
    "FIRST_VERSION",
    "VERSION_PATH",
    "body",
    "fields",
    "first_position",
    "keys_in",
    "read_page",
    "read_version",
    "search_path",
]

VERSION_PATH = "/v2/topology"
_VERSION = re.compile(r"(\d+)\.(\d+)(?:\.|-|$)")
FIRST_VERSION: Version = (8, 8)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_version(content: bytes) -> Version:
    """The version of the server, by its topology; the first one that has v2 where that says none."""
    try:
        told = _VERSION.match(msgspec.json.decode(content, type=_Topology).gateway_version)
    except (msgspec.DecodeError, RecursionError):
        return FIRST_VERSION
    return (int(told[1]), int(told[2])) if told else FIRST_VERSION


@cache
def fields(resource: Resource, version: Version) -> Mapping[str, ApiField]:
    """What v2 sends of a resource in a version, by our column names."""
    return {
        field.column: ApiField(
            field.v2_name,
            as_text=field.kind == "key",
            missing=field.v2.missing,
            nullable=field.v2.nullable,
            is_list=field.listed,
            is_nested=field.v2.is_nested,
        )
        for field in resource.fields
        if field.v2 is not None and version >= field.v2.since
    }


def search_path(resource: Resource, *, details: bool = False) -> str:
    """The path of a resource's search; with details, variables come whole."""
    whole = "?truncateValues=false" if details and resource.name == "variables" else ""
    return f"/v2/{resource.v2.path}/search{whole}"


def body(plan: Plan, search: SearchRequest, after: Cursor | None, *, size: int) -> bytes:
    """Write the request body of one page.

    Parameters
    ----------
    plan, search : Plan, SearchRequest
        What is searched.
    after : Cursor or None
        What the page begins behind, None for the first page; one that holds no text of the server's is a moment.
    size : int
        Rows at most.
    """
    asked, page = search.filter, {"limit": size}
    if after is not None and after.raw:
        page["after"] = msgspec.Raw(after.raw)  # type: ignore[assignment]  # to the letter
    elif after is not None and after.position is not None:
        operator = "$lt" if plan.order[0].descending else "$gte"
        asked = with_bound(plan, asked, operator, after.position)
    request: dict[str, Any] = {"filter": asked, "sort": _sort(plan), "page": page}
    return msgspec.json.encode({name: value for name, value in request.items() if value})


def read_page(plan: Plan, content: bytes) -> Page:
    """Find the cursor of a page, its total and whether it has rows.

    Raises
    ------
    BadAnswer
        Not JSON, cut in the middle, or no page of a search. Trouble in the items is left to who reads them.
    """
    resource = plan.resource
    answer = decoded(_ANSWER, resource, content)
    items = checked_items(answer.items, resource)
    raw = bytes(answer.page.end_cursor)
    if raw in (b"null", b'""'):
        raw = b""
    elif not raw.startswith(b'"'):
        raise BadAnswer(
            f"A page of {resource.name} has no cursor that can be used ({raw[:80].decode('utf-8', 'replace')})."
        )
    position = _position(plan, items) if items else None
    total = Total(answer.page.total_items, exact=not answer.page.has_more_total_items)
    return Page(content, Cursor(raw, position), not items, total)


def _sort(plan: Plan) -> list[dict[str, str]]:
    """The order; the key at its end the server adds itself, which does not sort by every key, if it is unique alone."""
    resource = plan.resource
    server_adds_key = len(resource.identity) == 1 or resource.key.v2 is None or not resource.key.v2.sorted
    ends_with_key = plan.order[-1] == Order(resource.key.column)
    return [
        {"field": resource.field(each.column).v2_name, "order": "DESC" if each.descending else "ASC"}
        for each in (plan.order[:-1] if ends_with_key and server_adds_key else plan.order)
    ]


def first_position(plan: Plan, page: Page) -> int | None:
    """The moment of a page's first row, in milliseconds."""
    return _position(plan, page.content, bytes.find)


def keys_in(plan: Plan, page: Page) -> list[bytes]:
    """The keys of a page's rows."""
    return envelope.keys_in(page, plan.resource.field(plan.order[-1].column).v2_name)


def _position(plan: Plan, items: bytes, find: Callable[[bytes, bytes], int] = bytes.rfind) -> int | None:
    """The moment of the last row, in milliseconds; no text can hold the name in quotes, which would be escaped."""
    first = plan.order[0].column
    if first != plan.resource.v2.walked_by:
        return None
    name = f'"{plan.resource.field(first).v2_name}":'.encode()
    at = find(items, name)
    if at < 0:
        return None
    told = _QUOTED.match(items, at + len(name))
    try:
        moment = None if told is None else datetime.fromisoformat(told[1].decode())
        return None if moment is None else (moment.astimezone(UTC) - _EPOCH) // timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        return None


_QUOTED = re.compile(rb'\s*"([^"]{1,40})"')


class _PageInfo(msgspec.Struct, rename="camel", gc=False):
    total_items: int
    has_more_total_items: bool = False
    end_cursor: msgspec.Raw = msgspec.Raw(b"null")


class _Answer(msgspec.Struct, gc=False):
    items: msgspec.Raw
    page: _PageInfo


class _Topology(msgspec.Struct, rename="camel"):
    gateway_version: str = ""


_ANSWER = msgspec.json.Decoder(_Answer)
