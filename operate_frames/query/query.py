"""What is asked, in our words: filters, columns, order, limit. Checked before anything is sent.

The server ignores a filter that it does not know and returns every row (contract ``operate-v1.md``
section 10, surprises 1 to 3), so nothing unchecked may reach it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from numbers import Integral
from typing import Any

import numpy as np

from operate_frames.errors import QuestionError, UnknownName, WrongType
from operate_frames.query.describe import describe_value
from operate_frames.query.filters import Filter, build_filter
from operate_frames.query.joins import JOIN_OPTIONS, NO_JOINS, Joins, checked_joins
from operate_frames.query.variable_filters import variable_filter
from operate_frames.schema.fields import Resource
from operate_frames.schema.resources import RESOURCES

__all__ = ["Order", "Query", "build_query", "checked_number", "describe_filter", "describe_variable", "resource_named"]


# Of a long list so many values are shown.
_LISTED = 5


@dataclass(frozen=True)
class Order:
    """One column of a sort."""

    column: str
    descending: bool = False


@dataclass(frozen=True)
class Query:
    """A read, checked and complete: which rows of which resource, which columns of them, in which order.

    Attributes
    ----------
    resource : Resource
        What is read.
    columns : tuple of str
        What the caller wants to see.
    filters : tuple of Filter
        What each row must meet.
    variables : tuple of (name, Filter)
        What the values of the process instance's variables must meet.
    sort : tuple of Order
        By what rows are sorted; then, or where it is empty, by key.
    limit : int or None
        At most that many rows, the first ones in that order.
    details : bool
        Whether what search leaves out of a row is wanted too.
    joins : Joins
        What stands beside the rows, of other resources.
    """

    resource: Resource
    columns: tuple[str, ...]
    filters: tuple[Filter, ...] = ()
    variables: tuple[tuple[str, Filter], ...] = ()
    sort: tuple[Order, ...] = ()
    limit: int | None = None
    details: bool = False
    joins: Joins = NO_JOINS

    def __str__(self) -> str:
        """The call that says the same."""
        said = [describe_filter(each) for each in self.filters]
        if self.variables:
            said.append(f"with_variables={{{', '.join(describe_variable(*each) for each in self.variables)}}}")
        if self.sort:
            said.append(f"sort={[('-' if each.descending else '') + each.column for each in self.sort]}")
        if self.limit is not None:
            said.append(f"limit={self.limit}")
        if self.details:
            said.append(f"{self.resource.details}=True")
        if self.joins:
            said.append(str(self.joins))
        return f"{self.resource.name}({', '.join(said)})"


def build_query(
    resource: Resource,
    *,
    columns: Iterable[str] | None = None,
    sort: str | Iterable[str] | None = None,
    limit: int | None = None,
    filters: Mapping[str, object] | None = None,
) -> Query:
    """Check a read.

    Parameters
    ----------
    resource : Resource
        What to read.
    columns : iterable of str, optional
        Which columns, in which order; all by default.
    sort : str or iterable of str, optional
        Column names, with a minus before those that go down; missing values come last.
    limit : int, optional
        At most that many rows.
    filters : mapping, optional
        Names of filters and their values, as `operate_frames.query.filters` reads them; None means no filter.
        On process instances also ``with_variables``, a mapping of names to values, and what is joined
        (`checked_joins`), and on variables and decision instances the name of their `details`, True or False.

    Returns
    -------
    Query

    Raises
    ------
    UnknownName
        No such filter or column; the message names the nearest one.
    WrongType
        A value that the column cannot hold.
    QuestionError
        A value that cannot be asked for, such as a negative limit or an empty text.
    """
    given = {name: value for name, value in (filters or {}).items() if value is not None}
    variables = given.pop("with_variables", None) if resource.name == "process_instances" else None
    joined = {name: given.pop(name) for name in JOIN_OPTIONS.get(resource.name, ()) if name in given}
    details = given.pop(resource.details, False) if resource.details else False
    if not isinstance(details, bool):
        raise WrongType(f"{resource.details} takes True or False, not {describe_value(details)}.")
    return Query(
        resource,
        _columns(resource, columns),
        tuple(_filter(resource, name, value) for name, value in given.items()),
        () if variables is None else _variables(variables),
        _sort(resource, sort),
        None if limit is None else checked_number("limit", limit, least=0),
        details,
        checked_joins(resource.name, joined),
    )


def resource_named(name: object) -> Resource:
    """Find a resource by its name.

    Raises
    ------
    UnknownName
        No such resource; the message names the nearest one.
    """
    if isinstance(name, str) and name in RESOURCES:
        return RESOURCES[name]
    renamed = [each.name for each in RESOURCES.values() if name in each.api_names]
    nearest = renamed or get_close_matches(str(name).lower().replace("-", "_"), RESOURCES, n=1, cutoff=0.5)
    hint = f"did you mean {nearest[0]!r}?" if nearest else f"there are {', '.join(RESOURCES)}."
    raise UnknownName(f"There is no resource {name!r}: {hint}")


def checked_number(argument: str, value: object, *, least: int, what: str = "rows") -> int:
    """Check an argument that counts something."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Integral):
        raise WrongType(f"{argument} takes a whole number of {what}, not {describe_value(value)}.")
    number = min(int(value), sys.maxsize)  # nothing has more
    if number < least:
        shown = number if number > -sys.maxsize else describe_value(value)
        raise QuestionError(f"{argument}={shown} cannot be: it takes {least} or more.")
    return number


def _columns(resource: Resource, columns: Iterable[str] | None) -> tuple[str, ...]:
    if columns is None:
        return resource.columns
    chosen = _names(resource, "columns", "column", columns)
    if not chosen:
        raise QuestionError("columns is empty: name at least one, or leave it out for all.")
    return chosen


def _sort(resource: Resource, sort: str | Iterable[str] | None) -> tuple[Order, ...]:
    if sort is None:
        return ()
    given = [sort] if isinstance(sort, str) else list(sort) if isinstance(sort, Iterable) else [sort]
    if not all(isinstance(name, str) for name in given):
        raise WrongType(f"sort takes names of columns, not {describe_value(sort)}: write sort='-start_date'.")
    names = _names(resource, "sort", "column", [name.removeprefix("-") for name in given])
    return tuple(Order(name, written.startswith("-")) for name, written in zip(names, given, strict=True))


def _names(resource: Resource, argument: str, what: str, names: object) -> tuple[str, ...]:
    """Check a list of column names."""
    if isinstance(names, (str, Mapping)) or not isinstance(names, Iterable):
        raise WrongType(f"{argument} takes a list of names, not {describe_value(names)}: write {argument}=['state'].")
    chosen = tuple(names)
    for name in chosen:
        if name not in resource.columns:
            raise _unknown(resource, what, name, resource.columns)
    doubled = sorted({name for name in chosen if chosen.count(name) > 1})
    if doubled:
        raise QuestionError(f"{argument} names {', '.join(doubled)} more than once.")
    return chosen


def _filter(resource: Resource, name: str, value: object) -> Filter:
    if name not in resource.filters:
        raise _unknown(resource, "filter", name, resource.filters)
    checked = build_filter(resource.field(name), value)
    if checked.missing and name not in resource.columns:
        raise QuestionError(f"{name}=pd.NA cannot be asked of {resource.name}: it is no column there.")
    return checked


def _variables(given: object) -> tuple[tuple[str, Filter], ...]:
    if not isinstance(given, Mapping) or not given:
        raise WrongType(
            f"with_variables takes names and values, not {describe_value(given)}:"
            " write with_variables={'orderId': 42}."
        )
    for name in given:
        if not isinstance(name, str) or not name:
            raise WrongType(f"with_variables takes names of variables as text, not {describe_value(name)}.")
    field = RESOURCES["variables"].field("value")
    return tuple((name, variable_filter(field, f"with_variables[{name!r}]", value)) for name, value in given.items())


# What readers take, and a search only where its rows are made into something.
_SAID_LATER = {
    "chunksize": ".frames(chunksize)",
    "dtype_backend": ".to_pandas(dtype_backend) and .frames(chunksize, dtype_backend)",
    "decode": ".to_pandas(decode=True) and .frames(chunksize, decode=True)",
}


def _unknown(resource: Resource, what: str, name: object, names: tuple[str, ...]) -> UnknownName:
    there = f"{resource.name} has no {what} {name!r}"
    if not isinstance(name, str):
        return UnknownName(f"{there}: names are text.")
    if name in _SAID_LATER and (name != "decode" or resource.name == "variables"):
        return UnknownName(f"search() takes no {name}: what it gives does, {_SAID_LATER[name]}.")
    renamed = [field.column for field in resource.fields if name in field.api_names]
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    nearest: list[Any] = renamed or get_close_matches(snake, names, n=1, cutoff=0.5)
    if nearest:
        return UnknownName(f"{there}: did you mean {nearest[0]!r}?")
    return UnknownName(f"{there}: it has {', '.join(names)}.")


def describe_filter(asked: Filter) -> str:
    """The argument that says the same; of many values the first ones."""
    return f"{asked.field.column}={_alternatives(asked)}"


def describe_variable(name: str, asked: Filter) -> str:
    """An entry of ``with_variables`` that says the same."""
    ends = (f"between({_end(each.low)}, {_end(each.high)})" for each in asked.ranges)
    said = " or ".join((*asked.values, *asked.documents, *ends))
    return f"{name!r}: {_excluded(said) if asked.negated else said or '[]'}"


def _excluded(said: str) -> str:
    return f"exclude({said or 'pd.NA'})"


def _alternatives(asked: Filter) -> str:
    ends = ((_end(each.low), _end(each.high)) for each in asked.ranges)
    named = [
        *map(repr, (*asked.values, *asked.documents)[:_LISTED]),
        *(f"between({low}, {high})" for low, high in ends),
        *(f"like({pattern!r})" for pattern in asked.patterns),
    ]
    said = named[:_LISTED] + (["pd.NA"] if asked.missing else [])
    groups = (asked.values, asked.documents, asked.ranges, asked.patterns)
    more = sum(map(len, groups)) + asked.missing - len(said)
    if asked.negated:
        return f"exclude({', '.join(said)}{f', and {more} more' if more else ''})"
    if len(said) == 1 and not more:
        return said[0]
    return f"[{', '.join(said)}{f', and {more} more' if more else ''}]"


def _end(value: Any) -> str:
    return "None" if value is None else repr(value.isoformat()) if isinstance(value, datetime) else repr(value)
