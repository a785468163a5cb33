"""How v1 answers a query: at most 64 searches of equalities, and what is left to this side.

v1 knows neither lists nor ranges (contract ``operate-v1.md`` 2.1). One of them becomes several searches, or a walk
that skips from one wanted key to the next; whatever the server was not asked exactly is cut here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from operate_frames.api.base import Plan, SearchRequest
from operate_frames.api.v1.codec import v1_of
from operate_frames.api.v1.cursor import place_before
from operate_frames.api.v1.date_windows import Window, covers_of
from operate_frames.query.filters import Filter
from operate_frames.query.json_text import LONGEST_TEXT
from operate_frames.query.query import Order, Query
from operate_frames.schema.fields import V1, Field, Kind, Resource

__all__ = [
    "MAX_SEARCHES",
    "PAGE_SIZE",
    "alternatives",
    "client_sorts",
    "filters_of_no_row",
    "is_looked_up",
    "joins_variable",
    "plan",
]

MAX_SEARCHES = 64
# The server refuses more (contract 2.3).
PAGE_SIZE = 1000
_FEWEST_OF_ALL = 50
# More searches are weighed against a walk.
_MANY_SEARCHES = 32
# So many ways to cover a range are told of.
_SHOWN = 3
# Values that no row has, of flags both: one row cannot.
_OF_NO_ROW: Mapping[Kind, Sequence[Any]] = {
    "key": [-7],
    "count": [-7],
    "text": ["no row has this"],
    "flag": [True, False],
    "date": ["1900-01-01T00:00:00.000+0000"],
}


def plan(
    query: Query, after: Sequence[Any] | None = None, *, page_size: int | None = None, without: Collection[Field] = ()
) -> Plan:
    """Plan the searches for a query whose filters are all on columns and closed.

    Parameters
    ----------
    query : Query
        Its filters on dates have no open end.
    after : sequence, optional
        The place behind which to begin, as an earlier read gave it.
    page_size : int, optional
        Rows a page, 1,000 at most and by default.
    without : collection of Field
        Lists of their values do not become searches.
    """
    resource = query.resource
    asked = _only_one_a_field([each for one in query.filters if (each := _server_filter(one)) is not None])
    asked = [each for each in asked if len(each.values) == 1 or each.field not in without]
    base = {name: value for each in asked if len(each.values) == 1 for name, value in each.as_sent()[0].items()}
    fan_out = min((each for each in asked if len(each.values) != 1), key=_rank, default=None)
    exact = {each.filter for each in asked if each.exact and (len(each.values) == 1 or each is fan_out)}
    sent = tuple(each for each in query.filters if each in exact)
    residual = tuple(each for each in query.filters if each not in exact)
    sorted_by_server = _server_sorts(query)
    skip_scan = None
    if (fan_out is None or without) and not sorted_by_server and not v1_of(resource).text_order:
        skip_scan = next((each for each in residual if _can_skip(query, each)), None)
    order = _order(query, skip_scan, sorted_by_server)
    start, end_before = _bounds(resource, order, query.filters)
    if after is not None:
        start = tuple(after) if start is None else max(start, tuple(after))
    as_sent = not residual and not v1_of(resource).text_order and not client_sorts(query)
    skip_to = tuple(sorted(skip_scan.values)) if skip_scan is not None else ()
    searches = [SearchRequest(base, start, end_before, skip_to)]
    if fan_out is not None:
        # A key has one row, so its search ends with its first page.
        is_one_row = fan_out.field is resource.key and end_before
        searches = [
            SearchRequest(base | sent, start, value + 1 if is_one_row else end_before, skip_to)
            for sent, value in zip(fan_out.as_sent(), fan_out.values, strict=True)
        ]
    return Plan(
        resource,
        tuple(searches),
        order,
        sent,
        residual,
        _page_size(query, as_sent, page_size or PAGE_SIZE),
        seekable=_goes_up_keys(resource, order),
        text_order=v1_of(resource).text_order,
        details=query.details,
        weighed=tuple(said for each in asked if each.filter in exact or each is fan_out for said in each.weighed),
    )


def alternatives(
    query: Query, made: Plan, after: Sequence[Any] | None = None, *, page_size: int | None = None
) -> list[Plan]:
    """Walks that leap from key to key, in the place of many searches for one each.

    A page of such a walk brings the rows of all keys that lie close; how close they lie the server has to tell.
    """
    if len(made.searches) <= _MANY_SEARCHES:
        return []
    listed = [each.field for each in query.filters if len(each.values) > 1]
    keys = [field for field in listed if field.kind == "key"]
    choices = [keys, listed] if len(listed) > len(keys) else [keys]
    found = [plan(query, after, page_size=page_size, without=fields) for fields in choices if fields]
    return [each for each in found if all(search.skip_to for search in each.searches)]


def _page_size(query: Query, as_sent: bool, most: int) -> int:
    """A limit makes pages smaller; where more rows are read than are given, not so small that there are many."""
    if query.limit is None or not (as_sent or v1_of(query.resource).text_order):
        return most
    return min(most, max(query.limit, 1) if as_sent else max(query.limit, _FEWEST_OF_ALL))


def is_looked_up(field: Field) -> bool:
    """Whether v1's rows lack the field, so that its values come from the definitions."""
    return field.v1 is None and field.filled_from is not None


def joins_variable(asked: Filter) -> bool:  # noqa: ARG001 - whatever it is
    """Whether a variable is found only among the variables: v1 filters instances by none."""
    return True


def filters_of_no_row(field: Field) -> list[dict[str, Any]]:
    """Filters on a field that no row meets all of; empty where the server ignores them."""
    v1 = field.v1
    if v1 is None or not v1.filtered:
        return []
    name, impossible = v1.asked_as or v1.name, _OF_NO_ROW[field.kind]
    return [{name: str(value) if v1.as_text else value} for value in impossible]


@dataclass(frozen=True)
class _ServerFilter:
    """A filter as the server can be asked for it: the values of its field that together find all its rows."""

    filter: Filter
    values: tuple[Any, ...]
    exact: bool = True
    weighed: tuple[str, ...] = ()

    @property
    def field(self) -> Field:
        return self.filter.field

    def as_sent(self) -> list[dict[str, Any]]:
        assert self.field.v1 is not None
        name = self.field.v1.asked_as or self.field.v1.name
        return [{name: _written(self.field.v1, value)} for value in self.values]


def _server_filter(asked: Filter) -> _ServerFilter | None:
    field, v1 = asked.field, asked.field.v1
    if v1 is None or not v1.filtered or asked.documents or asked.patterns or asked.negated:
        return None
    if asked.missing and not isinstance(v1.missing, int):
        return None
    if field.kind == "date":
        covers = sorted(covers_of(asked.ranges, most=MAX_SEARCHES), key=lambda each: each.cost)
        if not covers:
            return None
        weighed = tuple(f"{field.column}: {each}" for each in covers[:_SHOWN] if len(covers[0].windows) > 1)
        return _ServerFilter(asked, covers[0].windows, covers[0].exact, weighed)
    values = list(asked.values)
    for low, high in asked.ranges:
        if field.kind != "count" or low is None or high is None or high - low > MAX_SEARCHES:
            return None
        values += range(low, high)
    if asked.missing:
        values.append(v1.missing)
    values = list(dict.fromkeys(values))
    if len(values) > MAX_SEARCHES or any(isinstance(each, str) and len(each) > LONGEST_TEXT for each in values):
        return None
    return _ServerFilter(asked, tuple(values))


def _only_one_a_field(asked: list[_ServerFilter]) -> list[_ServerFilter]:
    """A filter names a field once; of several filters on one field the server gets the narrowest."""
    narrowest = sorted(asked, key=lambda each: len(each.values))
    return list({each.field: each for each in reversed(narrowest)}.values())


def _rank(asked: _ServerFilter) -> tuple[int, int]:
    """Which filter becomes several searches: the one that leaves least to read, as far as one can know."""
    kinds = {"key": 0, "date": 1}
    return kinds.get(asked.field.kind, 2), len(asked.values)


def _server_sorts(query: Query) -> bool:
    """Under a limit the server sorts, where it can and does it as this side would."""
    resource = query.resource
    return (
        bool(query.sort)
        and query.limit is not None
        and not v1_of(resource).text_order
        and all(_is_sorted(resource.field(each.column)) for each in query.sort)
    )


def client_sorts(query: Query) -> bool:
    """Whether this side sorts, so that all rows are read before the first one is given."""
    return bool(query.sort) and not _server_sorts(query)


def _is_sorted(field: Field) -> bool:
    return field.v1 is not None and field.v1.sorted


def _can_skip(query: Query, asked: Filter) -> bool:
    """Whether a walk can go from one wanted value to the next."""
    field, resource = asked.field, query.resource
    if field.kind != "key" or not _is_sorted(field) or asked.ranges or not _names_all(asked):
        return False
    # By another column than the key, rows come in another order, of which a limit would keep the wrong ones.
    return field is resource.key or (query.limit is None and resource.sorted_by in (None, field.column))


def _names_all(asked: Filter) -> bool:
    """Whether values and ranges say which rows meet it."""
    return not (asked.missing or asked.negated or asked.patterns)


def _order(query: Query, skip_scan: Filter | None, sorted_by_server: bool) -> tuple[Order, ...]:
    resource = query.resource
    order = list(query.sort) if sorted_by_server else []
    if skip_scan is not None and skip_scan.field is not resource.key:
        order.append(Order(skip_scan.field.column))
    if resource.sorted_by is not None and resource.sorted_by not in {each.column for each in order}:
        order.append(Order(resource.sorted_by))
    key = Order(resource.key.column)
    return (key,) if order[:1] == [key] else (*order, key)


def _goes_up_keys(resource: Resource, order: Sequence[Order]) -> bool:
    """Whether rows come up a column of keys, in the order of numbers: then a walk can begin at any of them."""
    first = order[0]
    return resource.field(first.column).kind == "key" and not first.descending and not v1_of(resource).text_order


def _bounds(
    resource: Resource, order: tuple[Order, ...], filters: Sequence[Filter]
) -> tuple[tuple[Any, ...] | None, int | None]:
    """Where a walk can begin and end, if it goes up a column of keys that the query bounds."""
    first = resource.field(order[0].column)
    bounding = next((each for each in filters if each.field is first and _names_all(each)), None)
    if bounding is None or not _goes_up_keys(resource, order):
        return None, None
    lows = [*bounding.values, *(low for low, _ in bounding.ranges)]
    highs = [*(value + 1 for value in bounding.values), *(high for _, high in bounding.ranges)]
    start = None
    if lows and None not in lows:
        start = place_before(order, min(lows))
    return start, max(highs) if highs and None not in highs else None


def _written(field: V1, value: Any) -> Any:
    """A value in v1's words."""
    if isinstance(value, Window):
        # The server rounds both ends to the unit (contract section 4).
        written = value.start.isoformat(timespec="milliseconds").replace("+00:00", "+0000")
        return written if value.unit is None else f"{written}||/{value.unit}"
    word = field.words.get(value, value) if isinstance(value, str) else value
    return str(word) if field.as_text else word
