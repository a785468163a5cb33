"""How v1 answers a question: at most 64 searches of equalities, and what is left to this side.

v1 knows neither lists nor ranges (contract ``operate-v1.md`` 2.1). One of them becomes several searches, or a walk
from one wanted key to the next; whatever the server was not asked exactly is cut here.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from operate_frames.api.v1.date_windows import Window, cover
from operate_frames.query.filters import Condition
from operate_frames.query.json_text import LONGEST_TEXT
from operate_frames.query.query import Order, Question
from operate_frames.schema.resources import Field, Resource

__all__ = [
    "MOST_QUERIES",
    "PAGE_SIZE",
    "Plan",
    "Query",
    "place_before",
    "plan",
    "sorts_here",
    "split_at",
]

MOST_QUERIES = 64
# The server refuses more (contract 2.3).
PAGE_SIZE = 1000


@dataclass(frozen=True)
class Query:
    """One search, walked page after page.

    Attributes
    ----------
    filter : mapping
        v1's names and values.
    start : tuple or None
        The place behind which it begins, as `searchAfter`; None: at the first row.
    until : int or None
        It ends where the first column of the order reaches this.
    wanted : tuple of int
        Where given, only these values of the first column of the order, going up: the walk leaps from one to the next.
    """

    filter: Mapping[str, Any]
    start: tuple[Any, ...] | None = None
    until: int | None = None
    wanted: tuple[int, ...] = ()


@dataclass(frozen=True)
class Plan:
    """All that is sent for a question, and what is left to do.

    Attributes
    ----------
    resource : Resource
        What is searched.
    queries : tuple of Query
        No row answers two of them.
    order : tuple of Order
        By what the rows of each query come, the key last.
    by_client : tuple of Condition
        What rows must still meet: the server was not asked for it, or not exactly.
    size : int
        Rows a page.
    """

    resource: Resource
    queries: tuple[Query, ...]
    order: tuple[Order, ...]
    by_client: tuple[Condition, ...]
    size: int

    @property
    def sort(self) -> tuple[Order, ...]:
        """What the server is told to sort by; it adds the key itself."""
        return self.order[:-1]

    @property
    def by_key(self) -> bool:
        """Whether rows come up a column of keys, in the order of numbers: then a walk can begin at any of them."""
        first = self.order[0]
        is_key = self.resource.field(first.column).kind == "key"
        return is_key and not first.descending and not self.resource.text_order


def plan(question: Question, after: Sequence[Any] | None = None) -> Plan:
    """Plan the searches for a question whose conditions are all on columns and closed.

    Parameters
    ----------
    question : Question
        Its conditions on dates have no open end.
    after : sequence, optional
        The place behind which to begin, as an earlier read gave it.
    """
    resource = question.resource
    asked = _only_one_a_field([each for condition in question.conditions if (each := _asked(condition)) is not None])
    base = {name: value for each in asked if len(each.values) == 1 for name, value in each.filters()[0].items()}
    divided = min((each for each in asked if len(each.values) != 1), key=_rank, default=None)
    exact = {each.condition for each in asked if each.exact and (len(each.values) == 1 or each is divided)}
    by_client = tuple(condition for condition in question.conditions if condition not in exact)
    sorted_by_server = _server_sorts(question)
    leaping = None
    if divided is None and not sorted_by_server and not resource.text_order:
        leaping = next((each for each in by_client if _can_leap(question, each)), None)
    order = _order(question, leaping, sorted_by_server)
    start, until = _bounds(resource, order, question.conditions)
    if after is not None:
        start = tuple(after) if start is None else max(start, tuple(after))
    as_sent = not by_client and not resource.text_order and not sorts_here(question)
    size = min(PAGE_SIZE, question.limit or PAGE_SIZE) if as_sent else PAGE_SIZE
    wanted = tuple(sorted(leaping.values)) if leaping is not None else ()
    queries = tuple(
        # A key has one row, so its search ends with its first page.
        Query(base | each, start, value + 1 if divided and divided.field is resource.key and until else until, wanted)
        for each, value in (zip(divided.filters(), divided.values, strict=True) if divided else [({}, None)])
    )
    return Plan(resource, queries, order, by_client, size)


@dataclass(frozen=True)
class _Asked:
    """A condition as the server can be asked for it: the values of its field that together find all its rows."""

    condition: Condition
    values: tuple[Any, ...]
    exact: bool = True

    @property
    def field(self) -> Field:
        return self.condition.field

    def filters(self) -> list[dict[str, Any]]:
        name = self.field.v1
        assert name is not None
        return [{name: _sent(self.field, value)} for value in self.values]


def _asked(condition: Condition) -> _Asked | None:
    field = condition.field
    if field.v1 is None or field.filtered_by == "client" or (condition.missing and not isinstance(field.missing, int)):
        return None
    if field.kind == "date":
        covered = cover(condition.ranges, most=MOST_QUERIES)
        return None if covered is None else _Asked(condition, covered.windows, covered.exact)
    values = list(condition.values)
    for low, high in condition.ranges:
        if field.kind != "count" or low is None or high is None or high - low > MOST_QUERIES:
            return None
        values += range(low, high)
    if condition.missing:
        values.append(field.missing)
    values = list(dict.fromkeys(values))
    if len(values) > MOST_QUERIES or any(isinstance(each, str) and len(each) > LONGEST_TEXT for each in values):
        return None
    return _Asked(condition, tuple(values))


def _only_one_a_field(asked: list[_Asked]) -> list[_Asked]:
    """A filter names a field once; of several conditions on one field the server gets the narrowest."""
    narrowest = sorted(asked, key=lambda each: len(each.values))
    return list({each.field: each for each in reversed(narrowest)}.values())


def _rank(asked: _Asked) -> tuple[int, int]:
    """Which condition to divide by: the one that leaves least to read, as far as one can know before asking."""
    kinds = {"key": 0, "date": 1}
    return kinds.get(asked.field.kind, 2), len(asked.values)


def _server_sorts(question: Question) -> bool:
    """Under a limit the server sorts, where it can and does it as this side would."""
    resource = question.resource
    return (
        bool(question.sort)
        and question.limit is not None
        and not resource.text_order
        and all(resource.field(each.column).walked for each in question.sort)
    )


def sorts_here(question: Question) -> bool:
    """Whether this side sorts, so that all rows are read before the first one is given."""
    return bool(question.sort) and not _server_sorts(question)


def _can_leap(question: Question, condition: Condition) -> bool:
    """Whether a walk can go from one wanted value to the next."""
    field, resource = condition.field, question.resource
    if field.kind != "key" or not field.walked or condition.ranges or condition.missing:
        return False
    # By another column than the key, rows come in another order, of which a limit would keep the wrong ones.
    return field is resource.key or (question.limit is None and resource.sorted_by in (None, field.column))


def _order(question: Question, leaping: Condition | None, sorted_by_server: bool) -> tuple[Order, ...]:
    resource = question.resource
    order = list(question.sort) if sorted_by_server else []
    if leaping is not None and leaping.field is not resource.key:
        order.append(Order(leaping.field.column))
    if resource.sorted_by is not None and resource.sorted_by not in {each.column for each in order}:
        order.append(Order(resource.sorted_by))
    key = Order(resource.key.column)
    return (key,) if order[:1] == [key] else (*order, key)


def _bounds(
    resource: Resource, order: tuple[Order, ...], conditions: Sequence[Condition]
) -> tuple[tuple[Any, ...] | None, int | None]:
    """Where a walk can begin and end, if it goes up a column of keys that the question bounds."""
    first = resource.field(order[0].column)
    bounding = next((each for each in conditions if each.field is first and not each.missing), None)
    if bounding is None or first.kind != "key" or order[0].descending or resource.text_order:
        return None, None
    lows = [*bounding.values, *(low for low, _ in bounding.ranges)]
    highs = [*(value + 1 for value in bounding.values), *(high for _, high in bounding.ranges)]
    start = None
    if lows and None not in lows:
        start = place_before(order, min(lows))
    return start, max(highs) if highs and None not in highs else None


def place_before(order: Sequence[Order], key: int) -> tuple[int, ...]:
    """The place behind which the rows from a key on come: keys are positive, so nothing lies at (key, 0)."""
    return (max(0, key - 1),) if len(order) == 1 else (key, *(0 for _ in order[1:]))


def split_at(order: Sequence[Order], query: Query, key: int) -> tuple[Query, Query]:
    """Divide a search at a key of the first column of its order: the rows below it, and those from it on."""
    here = bisect_left(query.wanted, key)
    start = place_before(order, key)
    return (
        replace(query, until=key, wanted=query.wanted[:here]),
        replace(query, start=start, wanted=query.wanted[here:]),
    )


def _sent(field: Field, value: Any) -> Any:
    """A value in v1's words."""
    if isinstance(value, Window):
        # The server rounds both ends to the unit (contract section 4).
        written = value.start.isoformat(timespec="milliseconds").replace("+00:00", "+0000")
        return written if value.unit is None else f"{written}||/{value.unit}"
    word = next((v1 for ours, v1 in field.words if ours == value), value)
    return str(word) if field.v1_text else word
