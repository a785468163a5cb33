"""Call hierarchies, level by level: no API filters by the instance at the top, only by the parent.

The reading itself is given by the caller.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from operate_frames.api.base import Api
from operate_frames.query.filters import Filter
from operate_frames.query.query import Query
from operate_frames.query.ranges import Range
from operate_frames.schema.resources import RESOURCES

__all__ = ["Hierarchy", "Pages"]

_INSTANCES = RESOURCES["process_instances"]
_KEY, _PARENT, _START = "process_instance_key", "parent_process_instance_key", "start_date"
# Below so many searches for a level it is not worth counting what a walk would read.
_FEW = 8

Read = Callable[[Query], pa.Table]
# About how many pages a question takes.
Pages = Callable[[Query], int]


@dataclass
class Hierarchy:
    """Finds what some instances called, and who called them.

    Attributes
    ----------
    api : Api
        What the server speaks.
    read : callable
        Reads process instances.
    pages : callable
        Asks about how many pages a question takes.
    columns : tuple of str
        What is wanted of them.
    trouble : list of str
        What was found wrong, sentences.
    """

    api: Api
    read: Read
    pages: Pages
    columns: tuple[str, ...] = (_KEY, _PARENT, _START)
    trouble: list[str] = field(default_factory=list)

    def of(self, keys: list[int]) -> pa.Table:
        """The instances with these keys."""
        return self.read(Query(_INSTANCES, self.columns, (Filter(_INSTANCES.field(_KEY), tuple(keys)),)))

    def top_of(self, instance: pa.Table) -> int:
        """The key of the instance at the top of the hierarchy that one belongs to."""
        key, parent = (instance[name][0].as_py() for name in (_KEY, _PARENT))
        seen = [key]
        while parent is not None:
            if parent in seen:
                self.trouble.append(f"Process instance {parent} calls itself in the end: the hierarchy has no top.")
                break
            above = self.of([parent])
            if not above.num_rows:
                self.trouble.append(
                    f"Process instance {parent}, which called {key}, is gone: the hierarchy may go on above it."
                )
                break
            seen.append(parent)
            key, parent = parent, above[_PARENT][0].as_py()
        return int(key)

    def below(self, level: pa.Table) -> Iterator[pa.Table]:
        """Give what some instances called, what these called, and so on: one table a level."""
        seen = set(level[_KEY].to_pylist())
        while level.num_rows:
            searches = math.ceil(level.num_rows / self.api.keys_per_search)
            since = self._since(level)
            if searches > _FEW and self.pages(since) < searches:
                yield from self._sorted_out(self.read(since), level, seen)
                return
            level = self._new(self._called_by(level), seen)
            if level.num_rows:
                yield level

    def _called_by(self, level: pa.Table) -> pa.Table:
        keys, at_once = level[_KEY].to_pylist(), self.api.keys_per_search * self.api.max_searches
        parts = [
            Query(_INSTANCES, self.columns, (Filter(_INSTANCES.field(_PARENT), tuple(keys[start : start + at_once])),))
            for start in range(0, len(keys), at_once)
        ]
        return pa.concat_tables([self.read(part) for part in parts])

    def _since(self, level: pa.Table) -> Query:
        """All that began since the day on which the first of these did: nobody is called before the caller begins."""
        began = pc.min(level[_START]).as_py()
        day = began.replace(hour=0, minute=0, second=0, microsecond=0)
        return Query(
            _INSTANCES, self.columns, (Filter(_INSTANCES.field(_START), ranges=(Range(pd.Timestamp(day), None),)),)
        )

    def _sorted_out(self, rows: pa.Table, level: pa.Table, seen: set[int]) -> Iterator[pa.Table]:
        while level.num_rows:
            level = self._new(rows.filter(pc.is_in(rows[_PARENT], level[_KEY].combine_chunks())), seen)
            if level.num_rows:
                yield level

    def _new(self, called: pa.Table, seen: set[int]) -> pa.Table:
        """Those that were not met before: who meets one again goes in a circle."""
        keys = called[_KEY].to_pylist()
        if again := seen.intersection(keys):
            self.trouble.append(f"Process instance {min(again)} calls itself in the end: it is given once.")
        new = pa.array([key not in seen for key in keys], pa.bool_())
        seen.update(keys)
        return called.filter(new)
