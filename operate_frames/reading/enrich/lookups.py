"""What an API answers only by way of another resource: filters that become lists of keys, columns that are filled in.

The reading itself is given by the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import reduce
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from operate_frames.api.base import Api
from operate_frames.errors import OperateError
from operate_frames.query.filters import Filter
from operate_frames.query.query import Query, describe_variable
from operate_frames.query.ranges import Range
from operate_frames.reading.enrich.definitions import Definitions, Read
from operate_frames.reading.enrich.hierarchy import Hierarchy, Pages
from operate_frames.schema.fields import Field, Resource
from operate_frames.schema.resources import RESOURCES

__all__ = ["close_date_ranges", "describe_lookups", "fill_columns", "filled_by", "is_of_roots", "resolve_keys"]

Failed = Callable[[Iterable[str], OperateError], None]

_DEFINITION_KEY = "process_definition_key"
_INSTANCE_KEY = "process_instance_key"
_PARENT_KEY = "parent_process_instance_key"
_ROOT_KEY = "root_process_instance_key"


def resolve_keys(api: Api, query: Query, read: Read, definitions: Definitions, pages: Pages) -> Query:
    """Turn variables, names of definitions, and roots into the keys that they stand for, where the API wants that."""
    filters = []
    for asked in query.filters:
        if is_of_roots(asked):
            filters.append(_below_roots(query.resource, asked, definitions, Hierarchy(api, read, pages)))
        elif _is_looked_up(api, asked):
            filters.append(_by_definition(query.resource, asked, read, definitions))
        else:
            filters.append(asked)
    joined = tuple(each for each in query.variables if api.joins_variable(each[1]))
    if joined:
        filters.append(_with_variables(replace(query, variables=joined), read))
    asked_of_server = tuple(each for each in query.variables if each not in joined)
    return replace(query, filters=tuple(filters), variables=asked_of_server)


def is_of_roots(asked: Filter) -> bool:
    """Whether a filter names instances at the top of hierarchies, which no API can be asked for."""
    return asked.field.column == _ROOT_KEY and not (asked.missing or asked.negated or asked.ranges)


def close_date_ranges(api: Api, query: Query, extreme: Callable[[Field, bool], pd.Timestamp | None]) -> Query:
    """Close the open ends of dates at the year of the first or last date that there is, where the API wants that.

    Rows that come later came after the read began.

    Parameters
    ----------
    api : Api
        What the server speaks.
    query : Query
        Its filters may have open ends.
    extreme : callable
        Gives the last date of a field, or the first: ``extreme(field, descending)``; None where there is none.
    """
    if not api.closes_date_ranges:
        return query
    return replace(query, filters=tuple(_closed(each, extreme) for each in query.filters))


def fill_columns(
    api: Api,
    query: Query,
    batches: Iterable[pa.RecordBatch],
    read: Read,
    *,
    definitions: Definitions,
    failed: Failed,
) -> Iterator[pa.RecordBatch]:
    """Fill the columns that are wanted and that this server's rows lack.

    Parameters
    ----------
    api : Api
        What the server speaks.
    query : Query
        What is read.
    batches : iterable of pyarrow.RecordBatch
        Its rows.
    read : callable
        Reads the rows of another resource.
    definitions : Definitions
        What is known of them.
    failed : callable
        Told where definitions could not be read and nothing hangs on that but names to look at, which are then missing.
    """
    wanted = _wanted(query)
    if query.details and query.resource.name == "variables":
        wanted.add("is_truncated")
    from_definitions = _from_definitions(api, query)
    if from_definitions and not _can_be_read(definitions, query, from_definitions, failed):
        from_definitions = []
    truncated: pa.Array | None = None
    for batch in batches:
        full = batch
        if from_definitions:
            full = definitions.fill(full, from_definitions)
        if "is_truncated" in wanted and full["is_truncated"].null_count:
            truncated = _truncated_keys(query, read) if truncated is None else truncated
            full = _with(full, "is_truncated", pc.is_in(full["variable_key"], value_set=truncated))
        yield full


def filled_by(api: Api, query: Query) -> set[str]:
    """The columns by which others are filled in."""
    return {_DEFINITION_KEY} if _from_definitions(api, query) else set()


def describe_lookups(api: Api, query: Query) -> list[str]:
    """Say what is read beforehand."""
    steps = []
    steps += [
        f"variables {describe_variable(*each)} for the keys of their instances"
        for each in query.variables
        if api.joins_variable(each[1])
    ]
    for asked in query.filters:
        if is_of_roots(asked):
            steps.append("the hierarchies of these roots, level by level, for the keys of their instances")
        if _is_looked_up(api, asked):
            source = _source(query.resource)
            steps.append(f"{source.name} with {asked.field.filled_from} {_listed(asked)} for their keys")
        steps += [
            f"the {'last' if high is None else 'first'} {asked.field.column}, to close the open end of the range"
            for low, high in asked.ranges
            if api.closes_date_ranges and asked.field.kind == "date" and (low is None or high is None)
        ]
    return steps


def _wanted(query: Query) -> set[str]:
    return {*query.columns, *(each.column for each in query.sort)}


def _from_definitions(api: Api, query: Query) -> list[Field]:
    """The fields that definitions fill in, as far as they are wanted or rows are cut by them."""
    named = _wanted(query) | {each.field.column for each in query.filters}
    return [field for field in query.resource.fields if api.is_looked_up(field) and field.column in named]


def _listed(asked: Filter) -> str:
    values = " or ".join(repr(each) for each in (*asked.values, *asked.patterns))
    return f"other than {values}" if asked.negated else values


def _is_looked_up(api: Api, asked: Filter) -> bool:
    """Whether the keys are known before, and not only what each row belongs to."""
    return api.is_looked_up(asked.field) and not asked.missing


def _source(resource: Resource) -> Resource:
    """Where the keys of a definition's rows are found: variables know only their instance."""
    return RESOURCES["process_definitions" if _DEFINITION_KEY in resource.columns else "process_instances"]


def _by_definition(resource: Resource, asked: Filter, read: Read, definitions: Definitions) -> Filter:
    source, name = _source(resource), asked.field.filled_from
    assert name is not None
    named = replace(asked, field=source.field(name))
    if source.key.column == _DEFINITION_KEY:
        return Filter(resource.field(_DEFINITION_KEY), tuple(definitions.keys(asked, name)))
    found = read(Query(source, (source.key.column, name), (named,)))
    known = set(pc.unique(found[name]).to_pylist())
    if not known.issuperset(asked.values):
        known.update(definitions.listed()[name].to_pylist())
    definitions.miss(asked, known)
    return _any_of(resource.field(source.key.column), found[source.key.column])


def _below_roots(resource: Resource, asked: Filter, definitions: Definitions, hierarchy: Hierarchy) -> Filter:
    """The keys of all instances of these hierarchies; a key that is not at the top of one has none."""
    named = hierarchy.of(list(asked.values))
    roots = named.filter(named[_PARENT_KEY].is_null())
    definitions.miss_roots(set(asked.values).difference(roots[_INSTANCE_KEY].to_pylist()))
    keys = [key for level in (roots, *hierarchy.below(roots)) for key in level[_INSTANCE_KEY].to_pylist()]
    return Filter(resource.field(_INSTANCE_KEY), tuple(keys))


def _with_variables(query: Query, read: Read) -> Filter:
    variables = RESOURCES["variables"]
    found = []
    for name, value in query.variables:
        equal = (Filter(variables.field("name"), (name,)), value)
        found.append(read(Query(variables, (_INSTANCE_KEY,), equal))[_INSTANCE_KEY])
    in_all = reduce(lambda left, right: left.filter(pc.is_in(left, value_set=right.combine_chunks())), found)
    return _any_of(query.resource.field(_INSTANCE_KEY), in_all)


def _any_of(field: Field, keys: pa.ChunkedArray) -> Filter:
    return Filter(field, tuple(pc.unique(keys).drop_null().to_pylist()))


def _closed(asked: Filter, extreme: Callable[[Field, bool], pd.Timestamp | None]) -> Filter:
    if asked.field.kind != "date" or all(None not in each for each in asked.ranges):
        return asked
    ranges = []
    for low, high in asked.ranges:
        first = low or _year(extreme(asked.field, False))
        last = high or _year(extreme(asked.field, True), further=1)
        if first is not None and last is not None and first < last:
            ranges.append(Range(first, last))
    return replace(asked, ranges=tuple(ranges))


def _year(date: pd.Timestamp | None, further: int = 0) -> pd.Timestamp | None:
    """The start of a date's year, or of a later one."""
    return None if date is None else date.floor("D").replace(month=1, day=1) + pd.DateOffset(years=further)


def _can_be_read(definitions: Definitions, query: Query, fields: Iterable[Field], failed: Failed) -> bool:
    names = [field.column for field in fields]
    decide = {*(each.column for each in query.sort), *(each.field.column for each in query.filters)}
    try:
        definitions.listed()
    except OperateError as error:
        if decide.intersection(names):
            raise
        failed(names, error)
        return False
    return True


def _truncated_keys(query: Query, read: Read) -> pa.Array:
    """Databases that do not show which values are cut can be asked for those that are (``operate-v1.md`` section 5)."""
    variables = query.resource
    cut = Filter(variables.field("is_truncated"), (True,))
    others = tuple(each for each in query.filters if each.field is not cut.field)
    return read(Query(variables, ("variable_key",), (*others, cut)))["variable_key"].combine_chunks()


def _with(batch: pa.RecordBatch, column: str, values: Any) -> pa.RecordBatch:
    return batch.set_column(batch.schema.get_field_index(column), column, values)
