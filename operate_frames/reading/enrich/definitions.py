"""What is known of process definitions: those that are listed, and of others what their instances tell.

Definitions are deleted while instances of theirs still run, or are no longer listed (contract ``operate-v1.md`` 7).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from operate_frames.query.filters import Filter
from operate_frames.query.query import Query
from operate_frames.reading.report import ReadCounts
from operate_frames.schema.fields import Field
from operate_frames.schema.resources import RESOURCES

__all__ = ["Definitions", "KeysOfInstances", "Read"]

# Reads the rows of another resource.
Read = Callable[[Query], pa.Table]
# The keys of the definitions that instances have which meet a filter, each once.
KeysOfInstances = Callable[[Filter], list[int]]

_KEY = "process_definition_key"
_ID = "process_definition_id"
_LISTED = RESOURCES["process_definitions"]
_INSTANCES = RESOURCES["process_instances"]


class Definitions:
    """Looks definitions up for one pass.

    Parameters
    ----------
    read, keys_of_instances : callable
        How the server is asked.
    counts : ReadCounts
        Learns what nobody knows.
    """

    def __init__(self, read: Read, keys_of_instances: KeysOfInstances, counts: ReadCounts) -> None:
        self._read = read
        self._keys_of_instances = keys_of_instances
        self._counts = counts
        self._known: pa.Table | None = None
        self._ids_of_instances: dict[int, str | None] = {}

    def listed(self) -> pa.Table:
        """All definitions that the server lists; they are read once."""
        if self._known is None:
            self._known = self._read(Query(_LISTED, _LISTED.columns))
        return self._known

    def keys(self, asked: Filter, column: str) -> list[int]:
        """The keys of definitions that a filter on one of their columns names, listed or not."""
        found = self._read(Query(_LISTED, (_KEY, column), (replace(asked, field=_LISTED.field(column)),)))
        keys, known = found[_KEY].to_pylist(), set(found[column].to_pylist())
        for each in _one_by_one(asked) if column == _ID else ():
            of_instances = self._keys_of_instances(replace(each, field=_INSTANCES.field(_ID)))
            known |= set(each.values) if of_instances else set()
            keys += of_instances
        self.miss(asked, known)
        return list(dict.fromkeys(keys))

    def miss(self, asked: Filter, known: Iterable[Any]) -> None:
        """Note the values of a filter that neither definitions nor instances have."""
        if not asked.negated:
            self._counts.unheard_of |= {(asked.field.column, value) for value in set(asked.values).difference(known)}

    def miss_roots(self, keys: Iterable[int]) -> None:
        """Note keys that are not at the top of a hierarchy, or of nothing."""
        self._counts.no_roots |= set(keys)

    def fill(self, batch: pa.RecordBatch, fields: Sequence[Field]) -> pa.RecordBatch:
        """Fill columns in by the definitions' keys: ids also from instances."""
        listed = self.listed()
        found = pc.index_in(batch[_KEY], value_set=listed[_KEY].combine_chunks())
        unlisted = pc.and_(found.is_null(), batch[_KEY].is_valid())
        lacking = pa.scalar(False)
        for field in fields:
            assert field.filled_from is not None
            values = listed[field.filled_from].combine_chunks().take(found)
            if unlisted.true_count and field.filled_from == _ID:
                values = pc.if_else(unlisted, self._ids_by_instances(batch[_KEY], unlisted), values)
            lacking = pc.or_(lacking, pc.and_(unlisted, values.is_null()))
            batch = batch.set_column(batch.schema.get_field_index(field.column), field.column, values)
        self._counts.unlisted += pc.sum(lacking).as_py() or 0
        return batch

    def _ids_by_instances(self, keys: pa.Array, unlisted: pa.Array) -> pa.Array:
        for key in pc.unique(keys.filter(unlisted)).to_pylist():
            if key not in self._ids_of_instances:
                one = Query(_INSTANCES, (_ID,), (Filter(_INSTANCES.field(_KEY), (key,)),), limit=1)
                self._ids_of_instances[key] = next(iter(self._read(one)[_ID].to_pylist()), None)
        return pa.array([self._ids_of_instances.get(key) for key in keys.to_pylist()], pa.string())


def _one_by_one(asked: Filter) -> list[Filter]:
    """A filter for each value, so that one knows which of them somebody has; patterns and exclusions stay whole."""
    if asked.negated or asked.patterns:
        return [asked]
    return [replace(asked, values=(value,)) for value in asked.values]
