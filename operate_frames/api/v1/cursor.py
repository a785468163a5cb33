"""`searchAfter` in v1: where a walk begins, what it skips to, where it ends, and how it is divided.

Any key will do as a cursor, there need be no row (contract ``operate-v1.md`` 3.5).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec

from operate_frames.api.base import Cursor, Partition, Plan, SearchRequest
from operate_frames.errors import BadAnswer
from operate_frames.query.query import Order

__all__ = [
    "beyond",
    "cursor_before",
    "downward",
    "first_cursor",
    "next_cursor",
    "partition",
    "place_before",
    "read_cursor",
    "split",
]

# No cursor holds lists or objects; numbers of more than 64 bits are no keys.
_Values = list[str | int | float | bool | None]
_INTEGER = re.compile(r"-?[0-9]{1,19}", re.ASCII)
# Keys are ``partition << 51 | counter`` (contract section 9).
_COUNTER_BITS = 51


def read_cursor(raw: bytes) -> Cursor:
    """A page's `sortValues`: they begin with a number or its digits, by database, or with something else."""
    try:
        first: Any = _values(raw)[0]
    except BadAnswer:  # an empty page has none
        return Cursor(raw)
    return Cursor(raw, int(first) if _INTEGER.fullmatch(str(first)) else None)


def _values(raw: bytes) -> list[Any]:
    """The values of a cursor, which are texts, numbers, flags and nulls."""
    try:
        values = msgspec.json.decode(raw, type=_Values)
    except (msgspec.DecodeError, RecursionError):
        values = []
    if not values:
        raise BadAnswer(
            f"A page of rows has no cursor that can be used ({raw[:80].decode(errors='replace')}): the read would never"
            " end."
        )
    return values


def first_cursor(search: SearchRequest) -> Cursor | None:
    """Where a walk begins; None: at the first row."""
    return None if search.start is None else Cursor(msgspec.json.encode(search.start))


def next_cursor(search: SearchRequest, cursor: Cursor) -> Cursor | None:
    """Where a walk goes on behind a page: after its cursor, or at the next wanted key; None: it is at its end.

    Raises
    ------
    BadAnswer
        A page of rows without a cursor.
    """
    _, *others = _values(cursor.raw)
    if search.end_before is None and not search.skip_to:
        return cursor
    here = cursor.position
    if here is None:
        raise BadAnswer(f"A page's cursor begins with no number ({cursor.raw[:80].decode(errors='replace')}).")
    if search.end_before is not None and here >= search.end_before - (not others):
        return None
    if not search.skip_to:
        return cursor
    if others and here == search.skip_to[min(bisect_left(search.skip_to, here), len(search.skip_to) - 1)]:
        return cursor
    coming = bisect_right(search.skip_to, here)
    if coming == len(search.skip_to):
        return None
    place = [search.skip_to[coming], *(0 for _ in others)] if others else [search.skip_to[coming] - 1]
    return Cursor(msgspec.json.encode(place))


def cursor_before(plan: Plan, position: int) -> Cursor:
    """The cursor behind which the rows from a key on come, or those below it where the order goes down.

    No row has a counter of 0, so none is passed over.
    """
    return Cursor(msgspec.json.encode(place_before(plan.order, position)))


def downward(plan: Plan) -> Plan:
    """The same searches with the last row first."""
    order = (Order(plan.order[0].column, descending=True), Order(plan.resource.key.column))
    return replace(plan, order=order)


def split(plan: Plan, search: SearchRequest, at: int) -> tuple[SearchRequest, SearchRequest]:
    """Divide a search at a key: the rows below it, and those from it on."""
    here = bisect_left(search.skip_to, at)
    start = place_before(plan.order, at)
    return (
        replace(search, end_before=at, skip_to=search.skip_to[:here]),
        replace(search, start=start, skip_to=search.skip_to[here:]),
    )


def partition(position: int) -> Partition:
    """The lowest key of a key's partition, and the lowest that the one behind it can have."""
    start = position >> _COUNTER_BITS << _COUNTER_BITS
    return Partition(start, start + (1 << _COUNTER_BITS))


def beyond(plan: Plan, search: SearchRequest, found: Sequence[int]) -> SearchRequest:
    """The same search behind the last of the keys that were found: they go up."""
    return replace(search, start=place_before(plan.order, found[-1] + 1)) if found else search


def place_before(order: Sequence[Order], key: int) -> tuple[int, ...]:
    """The place behind which the rows from a key on come: keys are positive, so nothing lies at (key, 0)."""
    return (max(0, key - 1),) if len(order) == 1 else (key, *(0 for _ in order[1:]))
