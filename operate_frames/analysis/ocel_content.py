"""An event log as OCEL 2.0 sees it: events, and the objects that they are about."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import pandas as pd

from operate_frames.analysis.log_files import (
    CASE,
    INSTANCE,
    PROCESS,
    TIME,
    attribute_of,
    event_columns,
    rows_of,
    stretches,
    without_control,
)

__all__ = ["Content", "Event"]

_RESOURCE = "resource"
_ASSIGNEE = "org:resource"
_UNKNOWN_PROCESS = "process"


class Event(NamedTuple):
    """An event: its objects are ids, each with what it is to the event."""

    id: str
    type: str
    time: str
    attributes: dict[str, Any]
    objects: list[tuple[str, str]]


class Content:
    """A log as OCEL sees it.

    Attributes
    ----------
    event_attributes, object_attributes : dict of str to str
        Their types by name.
    event_types, object_types : list of str
        What there is.
    """

    def __init__(self, log: pd.DataFrame) -> None:
        self._log = log
        self._columns = event_columns(log)
        self._case_columns = [name for name in log.columns if name.startswith("case:") and name != CASE]
        self.event_attributes = {name: _type_of(log[name]) for name in self._columns}
        self.object_attributes = {name.removeprefix("case:"): _type_of(log[name]) for name in self._case_columns}
        self.event_types = [without_control(str(name)) for name in log["concept:name"].unique()]
        instances = log.drop_duplicates(INSTANCE)
        processes = (_word(name) or _UNKNOWN_PROCESS for name in instances[PROCESS])
        self._type_of = dict(zip((_word(key) for key in instances[INSTANCE]), processes, strict=True))
        cases = [_word(case) for case in log[CASE].unique()]
        self._type_of |= {case: _UNKNOWN_PROCESS for case in cases if case not in self._type_of}
        resources: Iterable[Any] = log[_ASSIGNEE].dropna().unique() if _ASSIGNEE in log.columns else []
        self._resources = [without_control(str(name)) for name in resources]
        self.object_types = sorted({*self._type_of.values(), *([_RESOURCE] if self._resources else [])})

    def objects(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Each object: id, type, attributes."""
        names = [*self.object_attributes]
        of_cases = {}
        for part in stretches(self._log.drop_duplicates(CASE)):
            for case, *values in rows_of(part, [CASE, *self._case_columns]):
                of_cases[_word(case)] = _attributes(names, [*self.object_attributes.values()], values)
        for key, kind in self._type_of.items():
            yield key, kind, of_cases.get(key, {})
        for name in self._resources:
            yield _resource_id(name), _RESOURCE, {}

    def calls(self) -> Iterator[tuple[str, str]]:
        """Which instance was called below which."""
        pairs = self._log[[INSTANCE, CASE]].drop_duplicates()
        for key, case in rows_of(pairs, [INSTANCE, CASE]):
            if _word(key) != _word(case):
                yield _word(key), _word(case)

    def events(self) -> Iterator[Event]:
        """The events."""
        names, kinds = [*self.event_attributes], [*self.event_attributes.values()]
        resource = self._columns.index(_ASSIGNEE) if _ASSIGNEE in self._columns else None
        columns = [INSTANCE, CASE, "concept:name", TIME, *self._columns]
        number = 0
        for part in stretches(self._log):
            for key, case, name, time, *values in rows_of(part, columns):
                number += 1
                own, top = _word(key), _word(case)
                objects = [(own, "process instance")]
                if top != own:
                    objects.append((top, "root"))
                if resource is not None and not pd.isna(values[resource]):
                    objects.append((_resource_id(without_control(str(values[resource]))), "resource"))
                yield Event(
                    f"e{number}",
                    without_control(str(name)),
                    time.isoformat(),
                    _attributes(names, kinds, values),
                    objects,
                )


def _attributes(names: list[str], kinds: list[str], values: Iterable[Any]) -> dict[str, Any]:
    """Those that are not missing; a value that is not of the type of its column stands as text."""
    found = {}
    for name, kind, value in zip(names, kinds, values, strict=True):
        attribute = _attribute_of(value)
        if attribute is not None:
            found[name] = attribute[1] if attribute[0] == kind else str(attribute[1])
    return found


def _type_of(column: pd.Series[Any]) -> str:
    """The type of a column's values: text where they have several."""
    if isinstance(column.dtype, pd.StringDtype):
        return "string"
    kinds = {attribute[0] for value in column.tolist() if (attribute := _attribute_of(value))}
    return kinds.pop() if len(kinds) == 1 else "string"


def _attribute_of(value: Any) -> tuple[str, Any] | None:
    """As `attribute_of`; what no JSON can hold as a number is text."""
    return ("string", str(value)) if isinstance(value, float) and math.isinf(value) else attribute_of(value)


def _resource_id(name: str) -> str:
    return f"resource:{name}"


def _word(value: Any) -> str:
    return "" if pd.isna(value) else without_control(str(value))
