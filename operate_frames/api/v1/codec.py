"""Operate's v1 API (8.2 to 8.9) on the wire: request bodies, and the bytes of a page to cursor and total.

Contract ``operate-v1.md`` sections 1 to 3. Nothing here does I/O.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec

from operate_frames.api import envelope
from operate_frames.api.base import ApiField, Cursor, Page, Plan, SearchRequest, Total
from operate_frames.api.envelope import checked_items, decoded
from operate_frames.api.v1.cursor import read_cursor
from operate_frames.schema.fields import Resource, V1Resource

__all__ = [
    "TOTAL_CAP",
    "body",
    "fields",
    "first_position",
    "keys_in",
    "lacks",
    "read_page",
    "search_path",
    "v1_of",
]

# The server counts no further (contract 3.4).
TOTAL_CAP = 10_000


@cache
def fields(resource: Resource) -> Mapping[str, ApiField]:
    """What v1 sends of a resource, by our column names."""
    return {
        field.column: ApiField(
            field.v1.name,
            as_text=field.v1.as_text,
            missing=field.v1.missing,
            words={theirs: ours for ours, theirs in field.v1.words.items()},
            nullable=field.v1.nullable or field.v1.missing is not None,
            since=field.v1.since,
            hidden=field.v1.hidden,
        )
        for field in resource.fields
        if field.v1 is not None
    }


def lacks(resource: Resource) -> str | None:
    """Why v1 does not have a resource; None: it has it."""
    if resource.v1 is not None:
        return None
    return (
        f"API v1, by which this server is read, has no {resource.name}: v2 has them, from Camunda {resource.since} on,"
        ' and connect(api="v2") reads it.'
    )


def v1_of(resource: Resource) -> V1Resource:
    """The resource in v1, which has it."""
    assert resource.v1 is not None
    return resource.v1


def search_path(resource: Resource, *, details: bool = False) -> str:  # noqa: ARG001 - v1 gives them by key
    """The path of a resource's search, below the base URL."""
    return f"/v1/{v1_of(resource).path}/search"


def body(plan: Plan, search: SearchRequest, after: Cursor | None, *, size: int) -> bytes:
    """Write the request body of one page.

    Parameters
    ----------
    plan, search : Plan, SearchRequest
        What is searched.
    after : Cursor or None
        The cursor behind which the page begins, None for the first page.
    size : int
        Rows at most.
    """
    request: dict[str, Any] = {"size": size}
    if search.filter:
        request["filter"] = search.filter
    if len(plan.order) > 1:  # the server adds the key itself
        names = fields(plan.resource)
        request["sort"] = [
            {"field": names[each.column].name, "order": "DESC" if each.descending else "ASC"}
            for each in plan.order[:-1]
        ]
    if after is not None:
        request["searchAfter"] = msgspec.Raw(after.raw)
    return msgspec.json.encode(request)


def read_page(plan: Plan, content: bytes) -> Page:
    """Find the cursor of a page, its total and whether it has rows.

    Raises
    ------
    BadAnswer
        Not JSON, cut in the middle, or no page of a search. Trouble in the items is left to who reads them, where
        the answer is written as the server writes it.
    """
    written, resource = _as_written(content), plan.resource
    if written is not None:
        return written
    answer = decoded(_ANSWER, resource, content)
    return _page(content, answer, empty=not checked_items(answer.items, resource))


def _as_written(content: bytes) -> Page | None:
    """Read only what stands behind the items, where the answer has them first: they are long.

    No text can hold the word that is looked for: there its quotes would be escaped.
    """
    end = content.rfind(_BEHIND_ITEMS)
    if end < 0 or not content.startswith(_BEFORE_ITEMS):
        return None
    try:
        answer = _TAIL.decode(b"{" + content[end + 2 :])
    except (msgspec.DecodeError, RecursionError):
        return None
    empty = not content[len(_BEFORE_ITEMS) : end].strip()
    return _page(content, answer, empty=empty)


def _page(content: bytes, answer: _Tail | _Answer, *, empty: bool) -> Page:
    total = Total(answer.total, exact=answer.total < TOTAL_CAP)
    return Page(content, read_cursor(bytes(answer.sortValues)), empty, total)


def first_position(plan: Plan, page: Page) -> int | None:
    """The key that a page's first row goes by; no text can hold its name in quotes, which would be escaped."""
    name = f'"{fields(plan.resource)[plan.order[0].column].name}":'.encode()
    at = page.content.find(name)
    told = _KEY.match(page.content, at + len(name)) if at >= 0 else None
    return int(told[1]) if told else None


def keys_in(plan: Plan, page: Page) -> list[bytes]:
    """The keys of a page's rows."""
    return envelope.keys_in(page, fields(plan.resource)[plan.order[-1].column].name)


_KEY = re.compile(rb'\s*"?([0-9]{1,19})')
_BEFORE_ITEMS = b'{"items":['
_BEHIND_ITEMS = b'],"sortValues":'


class _Tail(msgspec.Struct, gc=False):
    sortValues: msgspec.Raw  # noqa: N815 - as on the wire
    total: int = TOTAL_CAP


class _Answer(msgspec.Struct, gc=False):
    items: msgspec.Raw
    sortValues: msgspec.Raw  # noqa: N815 - as on the wire
    total: int = TOTAL_CAP


_TAIL = msgspec.json.Decoder(_Tail)
_ANSWER = msgspec.json.Decoder(_Answer)
