"""What is joined to incidents: the element that each stands at, and the variables that are seen from there."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from operate_frames.api.base import Api
from operate_frames.query.filters import Filter
from operate_frames.query.joins import Joins
from operate_frames.query.query import Query
from operate_frames.reading.joins.joiner import (
    ELEMENT_NAME_FIELD,
    VARIABLES_FIELD,
    Joiner,
    Rows,
    first_of_each,
    listed,
)
from operate_frames.schema.resources import RESOURCES

__all__ = ["IncidentJoiner"]

_ELEMENTS = RESOURCES["element_instances"]
_INSTANCE, _INCIDENT, _PLACE, _ID = "process_instance_key", "incident_key", "element_instance_key", "element_id"
_OF_ELEMENTS = (_PLACE, _INCIDENT, _ID, "element_name")


class IncidentJoiner:
    """Joins what was asked for to incidents, some thousands at a time.

    Parameters
    ----------
    api : Api
        What the server speaks.
    joins : Joins
        What is wanted.
    rows : Rows
        Reads other resources.
    """

    def __init__(self, api: Api, joins: Joins, rows: Rows) -> None:
        self._api = api
        self._joins = joins
        self._rows = rows
        self._instances = Joiner(api, joins, rows)
        self._knows_place = _PLACE in api.fields(RESOURCES["incidents"])

    def join(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Some incidents with what was asked for."""
        names = pa.nulls(batch.num_rows, pa.string())
        if self._joins.elements or not self._knows_place:
            batch, names = self._with_elements(batch)
        if self._joins.variables != ():
            batch = batch.append_column(VARIABLES_FIELD, self._variables(batch))
        return batch.append_column(ELEMENT_NAME_FIELD, names) if self._joins.elements else batch

    def _with_elements(self, batch: pa.RecordBatch) -> tuple[pa.RecordBatch, pa.Array]:
        """The incidents with their places where rows do not say them, and the elements' names.

        An element names its incident while that is open; later the incident's row must name the element.
        """
        by = _PLACE if self._knows_place else _INCIDENT
        wanted = batch[by]
        elements = self._elements(Filter(_ELEMENTS.field(by), tuple(pc.unique(wanted).drop_null().to_pylist())))
        at = pc.index_in(wanted, value_set=elements[by].combine_chunks())
        found = {name: elements[name].combine_chunks().take(at) for name in _OF_ELEMENTS}
        for name in (_PLACE, _ID):
            column = batch.schema.get_field_index(name)
            batch = batch.set_column(column, name, pc.coalesce(batch[name], found[name]))
        return batch, found["element_name"]

    def _elements(self, asked: Filter) -> pa.Table:
        with_incident = self._rows.read(
            Query(_ELEMENTS, _OF_ELEMENTS, (asked, Filter(_ELEMENTS.field("has_incident"), (True,))))
        )
        known = set(with_incident[asked.field.column].to_pylist())
        others = [key for key in asked.values if key not in known] if self._knows_place else []
        most = self._api.max_searches
        parts = (tuple(others[start : start + most]) for start in range(0, len(others), most))
        further = [self._rows.read(Query(_ELEMENTS, _OF_ELEMENTS, (Filter(asked.field, part),))) for part in parts]
        return pa.concat_tables([with_incident, *further])

    def _variables(self, batch: pa.RecordBatch) -> pa.Array:
        """For each incident the variables of its element, then those of its process instance."""
        rows = pa.table({"row": np.arange(batch.num_rows), _INSTANCE: batch[_INSTANCE], "place": batch[_PLACE]})
        keys = pc.unique(batch[_INSTANCE]).drop_null()
        found = rows.join(self._instances.variables_of(keys.to_pylist()), _INSTANCE, join_type="inner")
        at_place = pc.fill_null(pc.equal(found["scope_key"], found["place"]), fill_value=False)
        seen = pc.or_(at_place, pc.equal(found["scope_key"], found[_INSTANCE]))
        found = found.append_column("is_outer", pc.invert(at_place)).filter(seen)
        found = found.sort_by([(name, "ascending") for name in ("row", "name", "is_outer")])
        found = first_of_each(found, ("row", "name"))
        if self._joins.full_values:
            found = self._rows.with_whole_values(found)
        return listed(found, "row", pa.array(np.arange(batch.num_rows)))
