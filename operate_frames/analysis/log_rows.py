"""The rows that an event log is made of: read by one question, or frames that were read already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from operate_frames.client.operate import Operate
from operate_frames.errors import QuestionError, UnknownName, WrongType
from operate_frames.frames.readers import ResourceName, search
from operate_frames.frames.search import Search
from operate_frames.query.describe import describe_value
from operate_frames.query.query import build_query
from operate_frames.reading.explain import Explanation
from operate_frames.schema.arrow import PANDAS_DTYPES
from operate_frames.schema.resources import RESOURCES
from operate_frames.signin.connect import resolve_connection

__all__ = ["LogQuestion", "LogRows", "checked_frame", "read_rows", "roots_of"]

_KEY, _PARENT, _ROOT = "process_instance_key", "parent_process_instance_key", "root_process_instance_key"
_RESOURCES: dict[str, ResourceName] = {
    "elements": "element_instances",
    "incidents": "incidents",
    "instances": "process_instances",
    "user_tasks": "user_tasks",
}
_NEEDED = {
    "elements": (
        "element_instance_key",
        _KEY,
        "process_definition_id",
        "element_id",
        "element_name",
        "type",
        "state",
        "start_date",
        "end_date",
    ),
    "incidents": (
        "incident_key",
        _KEY,
        "process_definition_id",
        "element_id",
        "error_type",
        "error_message",
        "creation_time",
    ),
    "instances": (_KEY,),
    "user_tasks": ("element_instance_key", "assignee"),
}
_FURTHER = {"elements": (_ROOT,), "instances": (_PARENT,)}
# What the other resources can be chosen by as well as elements.
_SHARED = {_KEY, "process_definition_key", "process_definition_id", "tenant_id"}
_HOW = ("recheck", "progress", "workers", "page_size")
_NOT_HERE = ("columns", "chunksize", "dtype_backend", "resume")
_MOST_LEVELS = 1_000


@dataclass(frozen=True)
class LogQuestion:
    """What a log is to hold beside elements; frames stand for what was read already.

    Attributes
    ----------
    case : str
        ``process_instance`` or ``root``.
    variables : tuple of str
        Names.
    incidents, user_tasks : bool, DataFrame or None
        Whether they are wanted; None: where the server has them.
    """

    case: str
    variables: tuple[str, ...]
    incidents: object
    user_tasks: object


@dataclass
class LogRows:
    """Frames as the readers give them; None for what is not wanted."""

    elements: pd.DataFrame
    incidents: pd.DataFrame | None = None
    instances: pd.DataFrame | None = None
    user_tasks: pd.DataFrame | None = None


def checked_frame(argument: str, given: object) -> pd.DataFrame:
    """A frame with the dtypes of its reader in those columns that a log needs or may use; naive dates are UTC.

    Raises
    ------
    WrongType
        It is no frame, or a column cannot have that dtype.
    UnknownName
        It lacks a column.
    """
    reader = "read_instances" if argument == "instances" else f"read_{_RESOURCES[argument]}"
    if not isinstance(given, pd.DataFrame):
        raise WrongType(f"{argument} takes a frame of of.{reader}(), not {describe_value(given)}.")
    if lacking := [name for name in _NEEDED[argument] if name not in given.columns]:
        raise UnknownName(f"{argument} has no column {', '.join(lacking)}: read it with of.{reader}().")
    dtypes = {field.column: PANDAS_DTYPES[field.kind] for field in RESOURCES[_RESOURCES[argument]].fields}
    kept = [*_NEEDED[argument], *(name for name in _FURTHER.get(argument, ()) if name in given.columns)]
    try:
        typed = given.reset_index(drop=True)
        for name in kept:
            is_naive = isinstance(typed[name].dtype, np.dtype) and typed[name].dtype.kind == "M"
            column = typed[name].dt.tz_localize("UTC") if is_naive else typed[name]
            typed[name] = column.astype(dtypes[name])  # type: ignore[call-overload]  # one of PANDAS_DTYPES
    except (TypeError, ValueError) as error:
        raise WrongType(f"{argument} does not have the dtypes of of.{reader}(): {error}.") from None
    return typed


def read_rows(
    question: LogQuestion, operate: Operate | None, asked: Mapping[str, Any], *, explain: bool
) -> LogRows | Explanation:
    """Read what a log needs, or say what would be read.

    Raises
    ------
    QuestionError
        As in the readers, before anything is sent.
    """
    for name in _NOT_HERE:
        if name in asked:
            raise QuestionError(f"event_log() takes no {name}: it reads the columns that it needs, as one whole.")
    if not isinstance(explain, bool):
        raise WrongType(f"explain takes True or False, not {describe_value(explain)}.")
    for name in ("incidents", "user_tasks"):
        wanted = getattr(question, name)
        if not isinstance(wanted, bool) and not (wanted is None and name == "user_tasks"):
            raise WrongType(f"{name} takes True or False where elements are read, not {describe_value(wanted)}.")
    build_query(
        RESOURCES["element_instances"], filters={k: v for k, v in asked.items() if k not in (*_HOW, "sort", "limit")}
    )
    return _explained(question, operate, asked) if explain else _Reads(question, operate, asked).rows()


def _explained(question: LogQuestion, operate: Operate | None, asked: Mapping[str, Any]) -> Explanation:
    reads = _Reads(question, operate, asked)
    return replace(reads.elements().explain(), afterwards=tuple(reads.steps()))


class _Reads:
    """The reads of one log."""

    def __init__(self, question: LogQuestion, operate: Operate | None, asked: Mapping[str, Any]) -> None:
        self._question = question
        self._operate = resolve_connection(operate)
        self._asked = asked
        self._how = {name: asked[name] for name in _HOW if name in asked}
        api = self._operate.api
        lacks = api.lacks(RESOURCES["user_tasks"])
        if question.user_tasks is True and lacks is not None:
            raise UnknownName(lacks)
        self._has_tasks = question.user_tasks is not False and lacks is None
        self._says_roots = _ROOT in api.fields(RESOURCES["element_instances"])
        filters = {name for name, value in asked.items() if value is not None} - {*_HOW, "sort"}
        self._is_shared = filters <= _SHARED

    def elements(self) -> Search:
        columns = _NEEDED["elements"] + ((_ROOT,) if self._question.case == "root" and self._says_roots else ())
        return search("element_instances", operate=self._operate, columns=columns, **self._asked)

    def steps(self) -> list[str]:
        """What is read for the elements that come."""
        by = "the same filters" if self._is_shared else "the keys of the elements' instances"
        steps = [f"incidents, by {by}"] if self._question.incidents else []
        if self._question.case == "root" and not self._says_roots:
            steps.append("the instances of the elements and those that called them, level by level, by their keys")
        if self._question.variables:
            of_cases = by if self._question.case != "root" else "the keys of the cases"
            steps.append(f"variables {', '.join(self._question.variables)} of the instances, by {of_cases}")
        if self._has_tasks:
            steps.append(f"user tasks, by {by}, if there are any among the elements")
        return steps

    def rows(self) -> LogRows:
        elements = self.elements().to_pandas()
        report = self._operate.last_report
        rows = LogRows(elements)
        keys = elements[_KEY].dropna().unique().tolist()
        if self._question.incidents:
            rows.incidents = self._read("incidents", _NEEDED["incidents"], keys)
        if self._question.case == "root" and not self._says_roots:
            rows.instances = self._upwards(keys)
        if self._question.variables:
            rows.instances = self._with_variables(rows, keys)
        if self._has_tasks and elements["type"].eq("USER_TASK").any():
            rows.user_tasks = self._read("user_tasks", _NEEDED["user_tasks"], keys)
        self._operate.last_report = report
        return rows

    def _read(self, resource: ResourceName, columns: Sequence[str], keys: list[int], **joined: Any) -> pd.DataFrame:
        """The rows of another resource that belong to some instances, or may."""
        chosen = {name: self._asked[name] for name in _SHARED & self._asked.keys()}
        filters = chosen if self._is_shared else {_KEY: keys}
        return self._found(resource, columns, **filters, **joined)

    def _found(self, resource: ResourceName, columns: Sequence[str], **asked: Any) -> pd.DataFrame:
        return search(resource, operate=self._operate, columns=columns, **self._how, **asked).to_pandas()

    def _upwards(self, keys: list[int]) -> pd.DataFrame:
        """Instances and those that called them, however far up."""
        levels: list[pd.DataFrame] = []
        seen: set[int] = set()
        missing = keys
        while missing:
            level = self._found("process_instances", (_KEY, _PARENT), **{_KEY: missing})
            seen |= {*missing}
            levels.append(level)
            missing = [key for key in level[_PARENT].dropna().unique().tolist() if key not in seen]
        empty = pd.DataFrame({name: pd.array([], dtype="Int64") for name in (_KEY, _PARENT)})
        return pd.concat(levels, ignore_index=True) if levels else empty

    def _with_variables(self, rows: LogRows, keys: list[int]) -> pd.DataFrame:
        variables = [*self._question.variables]
        if self._question.case != "root":
            return self._read("process_instances", (_KEY,), keys, variables=variables)
        cases = roots_of(rows).dropna().unique().tolist()
        with_them = self._found("process_instances", (_KEY,), **{_KEY: cases}, variables=variables)
        return with_them if rows.instances is None else rows.instances.merge(with_them, how="left", on=_KEY)


def roots_of(rows: LogRows) -> pd.Series[Any]:
    """The key of the instance at the top for each instance, which is the index.

    Raises
    ------
    QuestionError
        Nothing says who called whom.
    """
    instances = rows.instances
    keys = rows.elements[_KEY].drop_duplicates()
    if instances is not None and _PARENT in instances.columns:
        parents = instances.drop_duplicates(_KEY).set_index(_KEY)[_PARENT]
        tops = keys
        for _ in range(_MOST_LEVELS):  # instances that call each other in a circle have no top
            above = tops.map(parents).astype("Int64")
            if not above.notna().any():
                break
            tops = above.fillna(tops)
        return pd.Series(tops.array, index=keys.array)
    if _ROOT in rows.elements.columns:
        of_elements = rows.elements.drop_duplicates(_KEY).set_index(_KEY)[_ROOT]
        if of_elements.notna().all():
            return of_elements
    raise QuestionError(
        "case='root' needs to know who called whom, and the elements do not say the root: give"
        " instances=of.read_instances(columns=['process_instance_key', 'parent_process_instance_key'])."
    )
