"""What is joined to process instances: their variables, resolved by scope, and their open incidents.

The reading itself is given by the caller.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from operate_frames.api.base import Api
from operate_frames.query.filters import Filter
from operate_frames.query.joins import Joins
from operate_frames.query.query import Query
from operate_frames.schema.fields import Resource
from operate_frames.schema.resources import RESOURCES

__all__ = [
    "ELEMENT_NAME_FIELD",
    "INCIDENT_FIELDS",
    "ROWS_AT_ONCE",
    "VARIABLES_FIELD",
    "Joiner",
    "Rows",
    "describe_joins",
    "first_of_each",
    "joined_fields",
    "listed",
]

# So many instances are joined together, at least where they come one after the other.
ROWS_AT_ONCE = 10_000
VARIABLES_FIELD = pa.field(
    "variables", pa.list_(pa.struct([("name", pa.string()), ("value", pa.string()), ("is_truncated", pa.bool_())]))
)
ELEMENT_NAME_FIELD = pa.field("element_name", pa.string())
INCIDENT_FIELDS = (
    pa.field("incident_error_type", pa.string()),
    pa.field("incident_error_message", pa.string()),
    pa.field("incident_element_id", pa.string()),
    pa.field("open_incidents", pa.int64()),
)
_VARIABLES, _INCIDENTS, _ELEMENTS = (RESOURCES[name] for name in ("variables", "incidents", "element_instances"))
_KEY = "process_instance_key"
_OF_VARIABLES = (_KEY, "variable_key", "scope_key", "name", "value", "is_truncated")
_OF_INCIDENTS = (_KEY, "incident_key", "creation_time", "error_type", "error_message", "element_id")


def joined_fields(joins: Joins) -> tuple[pa.Field, ...]:
    """The fields that stand behind those of the instances, variables still as one list."""
    variables = (VARIABLES_FIELD,) if joins.variables != () else ()
    elements = (ELEMENT_NAME_FIELD,) if joins.elements else ()
    return (*variables, *(INCIDENT_FIELDS if joins.incidents else ()), *elements)


def describe_joins(api: Api, joins: Joins) -> list[str]:
    """Say what is read for the instances that come."""
    steps = []
    if joins.variables != ():
        which = "all variables" if joins.variables is None else f"variables {', '.join(joins.variables)}"
        if api.keys_per_search > 1:
            how = f"by lists of {api.keys_per_search:,} keys"
        else:
            how = "one search an instance, or walks in the order of their keys, as counts say"
        whole = ", one call for each value that is cut" if joins.full_values else ""
        rows = "instances" if joins.to == "process_instances" else "incidents' instances"
        steps.append(f"{which} of {ROWS_AT_ONCE:,} {rows} at a time, {how}{whole}")
    if joins.incidents:
        steps.append("open incidents, all there are or those of these instances, whichever takes fewer requests")
    if joins.elements:
        steps.append("the elements that have an incident, and those of resolved ones as far as rows name them")
    return steps


class Rows(Protocol):
    """How the rows of another resource are read."""

    def read(self, query: Query) -> pa.Table:
        """All rows of a question."""

    def pages(self, query: Query) -> int:
        """About how many pages a question takes."""

    def with_whole_values(self, variables: pa.Table) -> pa.Table:
        """Variables with the values whole that search has cut."""


@dataclass
class Joiner:
    """Joins what was asked for to instances, some thousands at a time.

    Attributes
    ----------
    api : Api
        What the server speaks.
    joins : Joins
        What is wanted.
    rows : Rows
        Reads other resources.
    """

    api: Api
    joins: Joins
    rows: Rows
    _known_pages: dict[Query, int] = field(default_factory=dict)
    _open_incidents: pa.Table | None = None

    def join(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Some instances with what was asked for."""
        if self.joins.variables != ():
            batch = batch.append_column(VARIABLES_FIELD, self._variables(batch[_KEY]))
        if self.joins.incidents:
            for each, column in zip(INCIDENT_FIELDS, self._incidents(batch), strict=True):
                batch = batch.append_column(each, column)
        return batch

    # Variables

    def variables_of(self, keys: list[int]) -> pa.Table:
        """The variables of some instances that are wanted, of every scope."""
        names = self.joins.variables
        found = pa.concat_tables([self.rows.read(query) for query in self._variable_queries(keys)])
        return found if names is None else found.filter(pc.is_in(found["name"], value_set=pa.array(names)))

    def _variables(self, keys: pa.Array) -> pa.Array:
        found = _resolved(self.variables_of(keys.to_pylist()))
        if self.joins.full_values:
            found = self.rows.with_whole_values(found)
        return listed(found, _KEY, keys)

    def _variable_queries(self, keys: list[int]) -> Iterator[Query]:
        """The cheapest way to some instances' variables: by their keys, or by names, as far as counts tell."""
        names = self.joins.variables
        by_name = [_of_variables(Filter(_VARIABLES.field("name"), (name,))) for name in names or ()]
        at_once = self.api.keys_per_search
        if at_once > 1:  # lists are asked for as they are
            wanted = () if names is None else (Filter(_VARIABLES.field("name"), names),)
            for some in _chunks(keys, at_once * self.api.max_searches):
                yield _of_variables(_of_instances(_VARIABLES, some), *wanted)
            return
        if len(keys) <= self.api.max_searches:
            yield _of_variables(_of_instances(_VARIABLES, keys))
            return
        by_instance = len(keys)
        walk = min(by_instance, self._pages(_of_variables()))
        walks = sum(min(by_instance, self._pages(each)) for each in by_name)
        if by_name and walks < walk:
            for each in by_name:
                yield _of_variables(*each.filters, _of_instances(_VARIABLES, keys))
        elif walk < by_instance:
            yield _of_variables(_of_instances(_VARIABLES, keys))
        else:
            for some in _chunks(keys, self.api.max_searches):
                yield _of_variables(_of_instances(_VARIABLES, some))

    def _pages(self, query: Query) -> int:
        if query not in self._known_pages:
            self._known_pages[query] = self.rows.pages(query)
        return self._known_pages[query]

    # Incidents

    def _incidents(self, batch: pa.RecordBatch) -> list[pa.Array]:
        keys = batch[_KEY]
        found = self._open(keys.to_pylist())
        found = found.filter(pc.is_in(found[_KEY], value_set=keys))
        found = found.sort_by([(_KEY, "ascending"), ("creation_time", "ascending"), ("incident_key", "ascending")])
        found = self._with_elements(found)
        instances = found[_KEY].combine_chunks()
        begins = pa.array(np.searchsorted(instances, keys, side="left"))
        counts = pc.subtract(pa.array(np.searchsorted(instances, keys, side="right")), begins)
        first = pc.if_else(pc.greater(counts, 0), begins, pa.scalar(None, begins.type))
        columns = ("error_type", "error_message", "element_id")
        return [*(found[name].combine_chunks().take(first) for name in columns), counts]

    def _open(self, keys: list[int]) -> pa.Table:
        """Open incidents of these instances, or all there are where that takes fewer requests."""
        is_open = Filter(_INCIDENTS.field("state"), ("ACTIVE", "PENDING"))
        everywhere = Query(_INCIDENTS, _OF_INCIDENTS, (is_open,))
        if self._open_incidents is None:
            searches = math.ceil(len(keys) / self.api.keys_per_search)
            if len(keys) < ROWS_AT_ONCE and searches < self._pages(everywhere):
                parts = _chunks(keys, self.api.keys_per_search * self.api.max_searches)
                of_instances = (_of_instances(_INCIDENTS, some) for some in parts)
                return pa.concat_tables(
                    [self.rows.read(Query(_INCIDENTS, _OF_INCIDENTS, (each, is_open))) for each in of_instances]
                )
            self._open_incidents = self.rows.read(everywhere)
        return self._open_incidents

    def _with_elements(self, found: pa.Table) -> pa.Table:
        """Where incidents do not say at which element they stand, the elements say which incident is theirs."""
        if "element_id" in self.api.fields(_INCIDENTS) or not found.num_rows:
            return found
        of_incidents = Filter(_ELEMENTS.field("incident_key"), tuple(found["incident_key"].to_pylist()))
        with_incident = Filter(_ELEMENTS.field("has_incident"), (True,))
        elements = self.rows.read(
            Query(_ELEMENTS, ("element_instance_key", "incident_key", "element_id"), (of_incidents, with_incident))
        )
        at = pc.index_in(found["incident_key"], value_set=elements["incident_key"].combine_chunks())
        column = found.schema.get_field_index("element_id")
        return found.set_column(column, "element_id", elements["element_id"].combine_chunks().take(at))


def _of_variables(*filters: Filter) -> Query:
    return Query(_VARIABLES, _OF_VARIABLES, filters)


def _of_instances(resource: Resource, keys: list[int]) -> Filter:
    return Filter(resource.field(_KEY), tuple(keys))


def _chunks(keys: list[int], size: int) -> Iterator[list[int]]:
    return (keys[start : start + size] for start in range(0, len(keys), size))


def _resolved(found: pa.Table) -> pa.Table:
    """One value for each name and instance: that of the instance's own scope, else of the scope entered first."""
    is_inner = pc.not_equal(found["scope_key"], found[_KEY])
    found = found.append_column("is_inner", is_inner)
    order = [(name, "ascending") for name in (_KEY, "name", "is_inner", "scope_key", "variable_key")]
    return first_of_each(found.sort_by(order), (_KEY, "name"))


def first_of_each(found: pa.Table, columns: Sequence[str]) -> pa.Table:
    """The first of neighbouring rows that have the same in some columns, none of which is missing."""
    found = found.combine_chunks()
    if found.num_rows < 2:
        return found
    same = np.ones(found.num_rows - 1, dtype=bool)
    for name in columns:
        column = found[name].combine_chunks()
        same &= np.asarray(pc.fill_null(pc.equal(column[1:], column[:-1]), fill_value=False))
    return found.filter(pa.array(np.concatenate(([True], ~same))))


def listed(found: pa.Table, column: str, keys: pa.Array) -> pa.Array:
    """For each key the list of its variables; they are sorted by the column of keys."""
    instances = found[column].combine_chunks()
    begins, ends = (np.searchsorted(instances, keys, side=side) for side in ("left", "right"))
    counts = ends - begins
    offsets = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
    taken = np.repeat(begins - offsets[:-1], counts) + np.arange(offsets[-1])
    columns = [found[name].combine_chunks().take(pa.array(taken)) for name in ("name", "value", "is_truncated")]
    struct = pa.StructArray.from_arrays(columns, fields=list(VARIABLES_FIELD.type.value_type))
    return pa.ListArray.from_arrays(pa.array(offsets), struct)
