"""Operate's v1 API (8.2 to 8.9) on the wire: a search to request bodies, the bytes of a page to cursor and total.

Contract ``operate-v1.md`` sections 1 to 3. Nothing here does I/O.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import Any

import msgspec

from operate_frames.api.v1.planner import Plan, Query, place_before
from operate_frames.errors import BadAnswer
from operate_frames.schema.resources import Resource

__all__ = [
    "HIGHEST_TOTAL",
    "PROBE",
    "Page",
    "body",
    "by_key_path",
    "first_key",
    "first_place",
    "from_key",
    "onward",
    "path",
    "read_page",
    "rows_in",
    "sent",
]

# The server counts no further (contract 3.4).
HIGHEST_TOTAL = 10_000
# The least that any search can be asked for.
PROBE = b'{"size":1}'


@dataclass(frozen=True)
class Page:
    """One page as the server gave it, its rows not yet read.

    Attributes
    ----------
    content : bytes
        The whole answer, a JSON object whose ``items`` are the rows.
    cursor : bytes
        The JSON array to send back as `searchAfter`, to the letter: a number stays a number, and none
        passes through a float (contract 3.4, 3.5).
    empty : bool
        Whether it has no rows, which ends a walk.
    total : int
        How many rows answer the search, up to `HIGHEST_TOTAL`.
    """

    content: bytes
    cursor: bytes
    empty: bool
    total: int


def path(resource: Resource) -> str:
    """The path of a resource's search, below the base URL."""
    return f"/v1/{resource.v1_path}/search"


def by_key_path(resource: Resource, key: int | str, what: str = "") -> str:
    """The path of one row, or of something that belongs to it."""
    return f"/v1/{resource.v1_path}/{key}{'/' + what if what else ''}"


def body(plan: Plan, query: Query, after: bytes | None, *, size: int) -> bytes:
    """Write the request body of one page.

    Parameters
    ----------
    plan, query : Plan, Query
        What is searched.
    after : bytes or None
        The cursor behind which the page begins, None for the first page.
    size : int
        Rows at most.
    """
    request: dict[str, Any] = {"size": size}
    if query.filter:
        request["filter"] = query.filter
    if plan.sort:
        request["sort"] = [
            {"field": plan.resource.field(each.column).v1, "order": "DESC" if each.descending else "ASC"}
            for each in plan.sort
        ]
    if after is not None:
        request["searchAfter"] = msgspec.Raw(after)
    return msgspec.json.encode(request)


def first_place(query: Query) -> bytes | None:
    """Where a search's walk begins, as `searchAfter`; None: at its first row."""
    return None if query.start is None else msgspec.json.encode(query.start)


def from_key(plan: Plan, key: int) -> bytes:
    """The cursor behind which the rows from a key on come, or those below it where the order goes down.

    Any key will do, there need be no row (contract 3.5). No row has a counter of 0, so none is passed over.
    """
    return msgspec.json.encode(place_before(plan.order, key))


def first_key(cursor: bytes) -> int | None:
    """The key that a cursor begins with: a number or its digits, by database; None where it is something else."""
    first = msgspec.json.decode(cursor)[0]
    return int(first) if str(first).lstrip("-").isdecimal() else None


def onward(query: Query, cursor: bytes) -> bytes | None:
    """Where a walk goes on behind a page: after its cursor, at the next wanted value, or None: it is at its end."""
    if query.until is None and not query.wanted:
        return cursor
    first, *others = msgspec.json.decode(cursor)
    here = int(first)  # a number or its digits, by database
    if query.until is not None and here >= query.until - (not others):
        return None
    if not query.wanted:
        return cursor
    if others and here == query.wanted[min(bisect_left(query.wanted, here), len(query.wanted) - 1)]:
        return cursor
    coming = bisect_right(query.wanted, here)
    if coming == len(query.wanted):
        return None
    place = [query.wanted[coming], *(0 for _ in others)] if others else [query.wanted[coming] - 1]
    return msgspec.json.encode(place)


def read_page(resource: Resource, content: bytes) -> Page:
    """Find the cursor of a page, its total and whether it has rows.

    Raises
    ------
    BadAnswer
        Not JSON, cut in the middle, or no page of a search. Trouble in the items is left to who reads them, where
        the answer is written as the server writes it.
    """
    written = _as_written(content)
    if written is not None:
        return written
    try:
        answer = _ANSWER.decode(content)
    except msgspec.ValidationError as error:
        raise BadAnswer(f"A page of {resource.name} cannot be read: {error}.") from None
    except msgspec.DecodeError as error:
        raise BadAnswer(
            f"A page of {resource.name} is no complete JSON ({error}): a proxy may have cut it; read again."
        ) from None
    items = bytes(answer.items)
    if not items.startswith(b"["):
        raise BadAnswer(f"A page of {resource.name} cannot be read: its items are no list.")
    return Page(content, bytes(answer.sortValues), not items[1:-1].strip(), answer.total)


def rows_in(page: Page) -> int:
    """Count the rows of a small page."""
    return len(msgspec.json.decode(page.content, type=_Rows).items)


def _as_written(content: bytes) -> Page | None:
    """Read only what stands behind the items, where the answer has them first: they are long.

    No text can hold the word that is looked for: there its quotes would be escaped.
    """
    end = content.rfind(_BEHIND_ITEMS)
    if end < 0 or not content.startswith(_BEFORE_ITEMS):
        return None
    try:
        answer = _TAIL.decode(b"{" + content[end + 2 :])
    except msgspec.DecodeError:
        return None
    empty = not content[len(_BEFORE_ITEMS) : end].strip()
    return Page(content, bytes(answer.sortValues), empty, answer.total)


def sent(resource: Resource) -> dict[str, str]:
    """What v1 sends of a resource: our column names and its own."""
    return {field.column: field.v1 for field in resource.fields if field.v1 is not None}


_BEFORE_ITEMS = b'{"items":['
_BEHIND_ITEMS = b'],"sortValues":'


class _Tail(msgspec.Struct, gc=False):
    sortValues: msgspec.Raw  # noqa: N815 - as on the wire
    total: int = HIGHEST_TOTAL


class _Answer(msgspec.Struct, gc=False):
    items: msgspec.Raw
    sortValues: msgspec.Raw  # noqa: N815 - as on the wire
    total: int = HIGHEST_TOTAL


class _Rows(msgspec.Struct, gc=False):
    items: list[msgspec.Raw]


_TAIL = msgspec.json.Decoder(_Tail)
_ANSWER = msgspec.json.Decoder(_Answer)
