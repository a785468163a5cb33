"""Where a walk in v2 goes on, ends and is divided: cursors are opaque, so places are moments that filters name.

Contract ``camunda-v2.md`` section 5. The position of a row is the millisecond of the date that its walk goes by.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from operate_frames.api.base import Cursor, Partition, Plan, SearchRequest
from operate_frames.query.query import Order

__all__ = ["cursor_before", "date_text", "downward", "next_cursor", "partition", "split", "with_bound"]


def next_cursor(search: SearchRequest, cursor: Cursor) -> Cursor | None:
    """Where a walk goes on behind a page: at its cursor; None: it has none, or what lies behind is others'."""
    if not cursor.raw:
        return None
    if search.end_before is not None and cursor.position is not None and cursor.position >= search.end_before:
        return None
    return cursor


def cursor_before(plan: Plan, position: int) -> Cursor:  # noqa: ARG001 - the place is the same in every plan
    """The place of the rows from a moment on, or of those before it where the order goes down; a filter says it."""
    return Cursor(b"", position)


def downward(plan: Plan) -> Plan:
    """The same searches with the last row first."""
    order = (Order(plan.order[0].column, descending=True), *plan.order[1:])
    return replace(plan, order=order)


def split(plan: Plan, search: SearchRequest, at: int) -> tuple[SearchRequest, SearchRequest]:
    """Divide a search at a moment. The front part keeps its filter, so its cursor stays good."""
    behind = with_bound(plan, search.filter, "$gte", at)
    # No row has a key of 0, so none lies between this place and the moment's first row.
    start = (at, *(0 for _ in plan.order[1:]))
    return replace(search, end_before=at), replace(search, filter=behind, start=start)


def partition(position: int) -> Partition:  # noqa: ARG001 - dates have one
    """Dates lie in one run: there is no gap to leap over."""
    return Partition(0, None)


def with_bound(plan: Plan, asked: Mapping[str, Any], operator: str, position: int) -> dict[str, Any]:
    """A filter with one more end for the date that the walk goes by."""
    name = plan.resource.field(plan.order[0].column).v2_name
    return {**asked, name: {**asked.get(name, {}), operator: date_text(pd.Timestamp(position, unit="ms"))}}


def date_text(moment: pd.Timestamp) -> str:
    """A moment of UTC as v2 reads it."""
    return f"{moment.tz_localize(None).isoformat(timespec='milliseconds')}Z"
