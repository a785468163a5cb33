"""How v2 answers a query: lists, ranges and missing values by the server, where a field's filter has the operator.

A filter that takes only equality becomes several searches, as do more values than a list may have; whatever the server
was not asked exactly is cut here. Contract ``camunda-v2.md`` sections 1.3, 1.6 and 5.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from operate_frames.api.base import Plan, SearchRequest
from operate_frames.api.v2.cursor import date_text, with_bound
from operate_frames.query.filters import Filter
from operate_frames.query.query import Order, Query
from operate_frames.query.ranges import Range, complement, joined
from operate_frames.schema.fields import Field, Version

__all__ = [
    "LONGEST_LIST",
    "MAX_PAGE_SIZE",
    "MAX_SEARCHES",
    "beyond",
    "filters_of_no_row",
    "is_looked_up",
    "joins_variable",
    "plan",
]

MAX_SEARCHES = 64
# Documented (``camunda-v2.md`` 1.1); the default is what servers carry well.
MAX_PAGE_SIZE = 10_000
_PAGE_SIZE = 1000
_FEWEST_OF_ALL = 50
# Oracle takes no longer lists (``camunda-v2.md`` 8), and a body may have 4 MB.
LONGEST_LIST = 1000
# On relational databases filters look at no more characters of a text (``camunda-v2.md`` 7.1).
_LONGEST_TEXT = 4000
# Sorted by a server as this side sorts, whatever its database: texts are not.
_SORTED_ALIKE = ("key", "count", "date")
_OF_NO_ROW: Mapping[str, Sequence[Any]] = {
    "key": ["-7"],
    "count": [-7],
    "text": ["no row has this"],
    "flag": [True, False],
    "date": [{"$lt": "1900-01-01T00:00:00.000Z"}],
}


def plan(query: Query, version: Version, after: Sequence[Any] | None = None, *, page_size: int | None = None) -> Plan:
    """Plan the searches for a query.

    Parameters
    ----------
    query : Query
        Its filters are on fields that the version has.
    version : Version
        Of the server.
    after : sequence, optional
        The place behind which to begin, as an earlier read gave it.
    page_size : int, optional
        Rows a page, 10,000 at most; 1,000 by default.
    """
    resource = query.resource
    asked = [found for each in query.filters if (found := _server_filter(each, version)) is not None]
    asked = _only_one_a_field(asked)
    base = {name: value for each in asked if len(each.alternatives) == 1 for name, value in each.named(0).items()}
    if query.variables:
        base["variables"] = [{"name": name, "value": value.values[0]} for name, value in query.variables]
    fan_out = min((each for each in asked if len(each.alternatives) != 1), key=_rank, default=None)
    sent = {each.filter for each in asked if len(each.alternatives) == 1 or each is fan_out}
    residual = tuple(each for each in query.filters if each not in sent)
    order = _order(query, version)
    seekable = order[0].column == resource.v2.walked_by and not order[0].descending
    searches = [base] if fan_out is None else [base | fan_out.named(each) for each in range(len(fan_out.alternatives))]
    made = Plan(
        resource,
        tuple(SearchRequest(each, None if after is None else tuple(after)) for each in searches),
        order,
        tuple(each for each in query.filters if each in sent),
        residual,
        _page_size(query, version, residual, page_size or _PAGE_SIZE),
        seekable=seekable,
        starts_exactly=False,
        details=query.details,
    )
    return made if after is None or not seekable else _beginning_at(made, after[0])


def _beginning_at(made: Plan, moment: int) -> Plan:
    """The same plan, whose searches need not give what lies before a moment."""
    searches = tuple(SearchRequest(with_bound(made, each.filter, "$gte", moment), each.start) for each in made.searches)
    return replace(made, searches=searches)


def _page_size(query: Query, version: Version, residual: Sequence[Filter], most: int) -> int:
    """A limit makes pages smaller; where more rows are read than are given, not so small that there are many."""
    if query.limit is None or client_sorts(query, version):
        return most
    return min(most, max(query.limit, _FEWEST_OF_ALL if residual else 1))


def is_looked_up(field: Field, version: Version) -> bool:
    """Whether v2's rows lack the field, so that its values come from elsewhere."""
    return field.filled_from is not None and (field.v2 is None or version < field.v2.since)


def joins_variable(asked: Filter) -> bool:
    """Whether a variable is found only among the variables: instances are filtered by its text, to the letter."""
    alone = len(asked.values) == 1 and not (asked.negated or asked.ranges or asked.documents)
    return not alone or len(asked.values[0]) > _LONGEST_TEXT


def filters_of_no_row(field: Field, version: Version) -> list[dict[str, Any]]:
    """Filters on a field that no row meets all of; empty where there is none."""
    if field.v2 is None or not field.v2.operators(version):
        return []
    # No row has two words, and a word that there is not would be refused.
    impossible = field.enum[:2] or ([["no-row-has-this"]] if _is_asked_as_list(field) else _OF_NO_ROW[field.kind])
    return [{field.v2_filter: each} for each in impossible]


def beyond(plan: Plan, search: SearchRequest, found: Sequence[int]) -> SearchRequest:
    """The same search for rows whose first column in the order is none of these keys."""
    if not found:
        return search
    name = plan.resource.field(plan.order[0].column).v2_name
    return SearchRequest({**search.filter, name: {"$notIn": [str(each) for each in found]}})


@dataclass(frozen=True)
class _ServerFilter:
    """A filter as the server can be asked for it: conditions on its field, of which a row meets one at most."""

    filter: Filter
    alternatives: tuple[Any, ...]

    def named(self, number: int) -> dict[str, Any]:
        return {self.filter.field.v2_filter: self.alternatives[number]}


def _server_filter(asked: Filter, version: Version) -> _ServerFilter | None:
    field = asked.field
    operators = field.v2.operators(version) if field.v2 is not None else frozenset()
    if not operators or asked.documents:
        return None
    # An empty text stands for a missing one in what 8.8 has written (``camunda-v2.md`` 1.4): no operator finds both.
    if (asked.missing or asked.negated) and field.v2 is not None and field.v2.missing is not None:
        return None
    found = _alternatives(asked, operators)
    return None if found is None or len(found) > MAX_SEARCHES else _ServerFilter(asked, tuple(found))


def _alternatives(asked: Filter, operators: frozenset[str]) -> list[Any] | None:
    """The conditions that find all rows of a filter, each row by one of them; None: the server has no words for it."""
    if asked.field.listed:
        return _of_a_list(asked)
    if asked.patterns:
        alone = len(asked.patterns) == 1 and not (asked.values or asked.ranges or asked.missing or asked.negated)
        return [{"$like": asked.patterns[0]}] if alone and "$like" in operators else None
    values = [_written(asked.field, each) for each in asked.values]
    if any(isinstance(each, str) and len(each) > _LONGEST_TEXT for each in values):
        return None
    if asked.missing and "$exists" not in operators:
        return None
    if asked.negated:
        return _of_all_but(asked, values, operators)
    found = _of_ranges(asked, operators) if asked.ranges else _of_values(values, operators)
    if found is None:
        return None
    return [*found, {"$exists": False}] if asked.missing else found


def _of_a_list(asked: Filter) -> list[Any] | None:
    """One text among several; that there is none of some cannot be asked."""
    alone = len(asked.values) == 1 and not (asked.missing or asked.negated)
    if not alone or asked.values[0].startswith("["):
        return None
    return [[asked.values[0]] if _is_asked_as_list(asked.field) else asked.values[0]]


def _is_asked_as_list(field: Field) -> bool:
    """Whether a filter on a list is a list too; one of another name takes a text."""
    return field.listed and field.v2 is not None and field.v2.asked_as is None


def _of_values(values: Sequence[Any], operators: frozenset[str]) -> list[Any]:
    if len(values) == 1 or "$in" not in operators:
        return list(values)
    chunks = [values[start : start + LONGEST_LIST] for start in range(0, len(values), LONGEST_LIST)]
    return [{"$in": list(chunk)} for chunk in chunks]


def _of_ranges(asked: Filter, operators: frozenset[str]) -> list[Any] | None:
    if "$gte" not in operators:
        return None
    return [_between(asked.field, each) for each in joined(_spans(asked))]


def _of_all_but(asked: Filter, values: Sequence[Any], operators: frozenset[str]) -> list[Any] | None:
    """All other values, and missing ones unless they are left out too: databases differ in what a missing one is."""
    if "$gte" in operators:
        found: list[Any] = [_between(asked.field, each) for each in complement(_spans(asked))]
    elif asked.ranges or not _can_exclude(len(values), operators):
        return None
    elif not values:
        found = [{"$exists": True}]
    else:
        other = {"$neq": values[0]} if len(values) == 1 else {"$notIn": list(values)}
        found = [{**other, "$exists": True}]
    assert asked.field.v2 is not None
    if asked.missing or not asked.field.v2.nullable:
        return found
    return [*found, {"$exists": False}]


def _spans(asked: Filter) -> list[Range]:
    """The ranges of a filter, and its values, which are counts, as ranges of one."""
    return [*asked.ranges, *(Range(each, each + 1) for each in asked.values)]


def _can_exclude(values: int, operators: frozenset[str]) -> bool:
    one, several = {"$neq", "$exists"} <= operators, "$notIn" in operators and values <= LONGEST_LIST
    return one and (values < 2 or several)


def _between(field: Field, each: Range) -> dict[str, Any]:
    if each.low is None and each.high is None:
        return {"$exists": True}
    ends = {"$gte": each.low, "$lt": each.high}
    return {operator: _written(field, end) for operator, end in ends.items() if end is not None}


def _written(field: Field, value: Any) -> Any:
    """A value in v2's words: keys and dates are texts."""
    if field.kind == "key":
        return str(value)
    return date_text(value) if isinstance(value, pd.Timestamp) else value


def _only_one_a_field(asked: list[_ServerFilter]) -> list[_ServerFilter]:
    """A filter names a field once; of several filters on one field the server gets the narrowest."""
    narrowest = sorted(asked, key=lambda each: len(each.alternatives))
    return list({each.filter.field: each for each in reversed(narrowest)}.values())


def _rank(asked: _ServerFilter) -> tuple[int, int]:
    """Which filter becomes several searches: the one that leaves least to read, as far as one can know."""
    kinds = {"key": 0, "date": 1}
    return kinds.get(asked.filter.field.kind, 2), len(asked.alternatives)


def _server_sorts(query: Query, version: Version) -> bool:
    """Under a limit the server sorts, where it can and does it as this side would."""
    resource = query.resource
    return (
        bool(query.sort)
        and query.limit is not None
        and all(_is_sorted(resource.field(each.column), version) for each in query.sort)
    )


def client_sorts(query: Query, version: Version) -> bool:
    """Whether this side sorts, so that all rows are read before the first one is given."""
    return bool(query.sort) and not _server_sorts(query, version)


def _is_sorted(field: Field, version: Version) -> bool:
    return field.v2 is not None and version >= field.v2.since and field.v2.sorted and field.kind in _SORTED_ALIKE


def _order(query: Query, version: Version) -> tuple[Order, ...]:
    """Under a limit, which means the first rows by key, and where there is no date that all have, by key alone."""
    resource = query.resource
    order = list(query.sort) if _server_sorts(query, version) else []
    all_are_read = query.limit is None or client_sorts(query, version)
    first = [resource.v2.walked_by] if all_are_read and resource.v2.walked_by else []
    for column in (*first, *resource.identity):
        if column not in {each.column for each in order}:
            order.append(Order(column))
    return tuple(order)
