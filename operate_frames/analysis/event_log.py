"""`event_log()`: elements as events, with the columns that process mining takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, overload

import numpy as np
import pandas as pd

from operate_frames.analysis.log_rows import LogQuestion, LogRows, checked_frame, read_rows, roots_of
from operate_frames.client.operate import Operate
from operate_frames.display.tracebacks import short_traceback
from operate_frames.errors import QuestionError, UnknownName, WrongType
from operate_frames.query.describe import describe_value
from operate_frames.reading.explain import Explanation

__all__ = ["event_log"]

_CASES = ("process_instance", "root")
_TRANSITIONS = ("start", "complete")
_KEY = "process_instance_key"
_COLUMNS = {
    "case:concept:name": "string",
    "concept:name": "string",
    "time:timestamp": "datetime64[us, UTC]",
    "lifecycle:transition": "string",
    "org:resource": "string",
    "concept:instance": "string",
    "element_id": "string",
    "element_type": "string",
    _KEY: "Int64",
    "process_definition_id": "string",
    "error_message": "string",
}


@overload
def event_log(
    elements: pd.DataFrame | None = None,
    *,
    case: Literal["process_instance", "root"] = "process_instance",
    transitions: str | Iterable[str] = _TRANSITIONS,
    incidents: bool | pd.DataFrame = False,
    variables: Iterable[str] = (),
    user_tasks: bool | pd.DataFrame | None = None,
    instances: pd.DataFrame | None = None,
    explain: Literal[False] = False,
    operate: Operate | None = None,
    **filters: Any,
) -> pd.DataFrame: ...


@overload
def event_log(
    elements: None = None, *, explain: Literal[True], operate: Operate | None = None, **filters: Any
) -> Explanation: ...


@short_traceback
def event_log(
    elements: pd.DataFrame | None = None,
    *,
    case: Literal["process_instance", "root"] = "process_instance",
    transitions: str | Iterable[str] = _TRANSITIONS,
    incidents: bool | pd.DataFrame = False,
    variables: Iterable[str] = (),
    user_tasks: bool | pd.DataFrame | None = None,
    instances: pd.DataFrame | None = None,
    explain: bool = False,
    operate: Operate | None = None,
    **filters: Any,
) -> pd.DataFrame | Explanation:
    """Make an event log of element instances, with the columns of pm4py and of the XES standard.

    Parameters
    ----------
    elements : pandas.DataFrame, optional
        Of `read_element_instances`; then nothing is sent, and what else the log takes is given as frames too. Without
        it the elements are read that the filters name, with the columns that are needed.
    case : {"process_instance", "root"}
        What a case is: the process instance of the element, or the instance at the top of its call hierarchy.
    transitions : str or iterable of str
        Which events an element gives: ``start`` when it was entered, ``complete`` when it was left, or both.
    incidents : bool or pandas.DataFrame
        Whether incidents are events too, or those of `read_incidents`.
    variables : iterable of str
        Names of variables of the case that become columns ``case:<name>``, decoded as in `read_instances`.
    user_tasks : bool or pandas.DataFrame, optional
        Whether assignees of user tasks are read, or those of `read_user_tasks`. By default they are where the server
        has them, from Camunda 8.8 on.
    instances : pandas.DataFrame, optional
        Beside a frame of elements, of `read_instances` or `read_hierarchy`: the variables are columns of it, and its
        parents lead to the root where the elements do not say it.
    explain : bool
        True sends nothing and gives the `Explanation` of what would be read.
    operate, sort, limit, recheck, progress, workers, page_size, **filters
        In the place of a frame: as in `read_element_instances`.

    Returns
    -------
    pandas.DataFrame
        One row per event, by case and time; events of one moment by element, its start first.

        - ``case:concept:name``: string, the key of the case
        - ``concept:name``: string, the element's name, or its id where it has none; of an incident ``Incident`` and its
          type
        - ``time:timestamp``: datetime64[us, UTC]
        - ``lifecycle:transition``: string, ``start``, ``complete``, or ``ate_abort`` at the end of what was terminated
        - ``org:resource``: string, the assignee of a user task, missing where nobody is known
        - ``concept:instance``: string, the key of the element or incident, which ties its start to its end
        - ``element_id``, ``element_type``, ``process_definition_id``: string
        - ``process_instance_key``: Int64
        - ``error_message``: string, with incidents
        - ``case:<name>`` for each variable

    Raises
    ------
    QuestionError
        `WrongType`, `UnknownName` and others: an argument that cannot be, a frame that lacks columns, or both a frame
        and what says what to read. Nothing was sent.
    OperateError
        Whatever `connect` and `read_element_instances` raise.

    Notes
    -----
    Elements that have not ended give no ``complete``. An incident is one event, when it came: no API says when it was
    resolved. Incidents, variables and user tasks are asked for by the same filters where these are keys and ids of
    processes and instances, else by the keys of the instances that the elements belong to.

    Examples
    --------
    >>> import operate_frames as of
    >>> from operate_frames.sandbox import serve
    >>> with serve() as server:
    ...     operate = of.connect(server.base_url, username=server.username, password=server.password)
    ...     log = of.event_log(process_definition_id="order", variables=["amount"])
    >>> log["lifecycle:transition"].value_counts().to_dict()
    {'start': 324, 'complete': 304, 'ate_abort': 2}
    """
    if case not in _CASES:
        raise QuestionError(f"case takes 'process_instance' or 'root', not {describe_value(case)}.")
    kept = _transitions(transitions)
    names = _names(variables)
    question = LogQuestion(case=case, variables=names, incidents=incidents, user_tasks=user_tasks)
    if elements is None:
        if instances is not None:
            raise QuestionError("instances is a frame beside one of elements: leave it out where elements are read.")
        found = read_rows(question, operate, filters, explain=explain)
        if isinstance(found, Explanation):
            return found
        rows = found
    else:
        rows = _given(question, elements, instances, named=[*filters, *(["operate"] * (operate is not None))])
        if explain is not False:
            raise QuestionError("explain says what would be read, and of a frame nothing is: leave it out.")
    log = _log(rows, question, kept)
    log.attrs = {name: value for name, value in rows.elements.attrs.items() if name == "operate"}
    return log


def _transitions(given: object) -> tuple[str, ...]:
    names = (given,) if isinstance(given, str) else tuple(given) if isinstance(given, Iterable) else ()
    if not names or set(names) - set(_TRANSITIONS):
        raise QuestionError(f"transitions takes 'start', 'complete' or both, not {describe_value(given)}.")
    return names


def _names(variables: object) -> tuple[str, ...]:
    is_list = isinstance(variables, Iterable) and not isinstance(variables, (str, pd.DataFrame))
    names = tuple(variables) if is_list and isinstance(variables, Iterable) else None
    if names is None or not all(isinstance(name, str) for name in names):
        raise WrongType(f"variables takes names of variables, such as ['amount'], not {describe_value(variables)}.")
    if "concept:name" in names:
        raise QuestionError("variables cannot name 'concept:name': case:concept:name is the name of the case itself.")
    return tuple(dict.fromkeys(names))


def _given(question: LogQuestion, elements: object, instances: object, *, named: Sequence[str]) -> LogRows:
    """The rows that were read already."""
    if named:
        raise QuestionError(
            f"event_log() was given rows and {named[0]}=, which says what to read: cut the frame with pandas, or leave"
            " it out."
        )
    for name, given in (("incidents", question.incidents), ("user_tasks", question.user_tasks)):
        if given is True:
            raise QuestionError(
                f"{name}=True would have to be read, and elements are a frame: give {name}=of.read_{name}(...)."
            )
    has_tasks = question.user_tasks is not None and question.user_tasks is not False
    rows = LogRows(
        elements=checked_frame("elements", elements),
        incidents=None if question.incidents is False else checked_frame("incidents", question.incidents),
        instances=None if instances is None else checked_frame("instances", instances),
        user_tasks=checked_frame("user_tasks", question.user_tasks) if has_tasks else None,
    )
    if question.variables and rows.instances is None:
        raise QuestionError("variables are columns of instances: give instances=of.read_instances(variables=[...]).")
    return rows


def _log(rows: LogRows, question: LogQuestion, transitions: tuple[str, ...]) -> pd.DataFrame:
    events = _events(rows.elements, transitions, rows.user_tasks)
    if rows.incidents is not None:
        of_these = rows.incidents[_KEY].isin(rows.elements[_KEY])
        events = pd.concat([events, _incident_events(rows.incidents[of_these])], ignore_index=True)
    cases = roots_of(rows) if question.case == "root" else events[_KEY]
    events["case"] = cases if question.case != "root" else events[_KEY].map(cases).astype("Int64").fillna(events[_KEY])
    order = np.lexsort([events[name].to_numpy("int64") for name in ("rank", "key", "moment", "case")])
    events = events.take(order).reset_index(drop=True)
    events["case:concept:name"] = events["case"].astype("string")
    columns = [name for name in _COLUMNS if name != "error_message" or rows.incidents is not None]
    log = events[columns].astype({name: _COLUMNS[name] for name in columns})
    for name in question.variables:
        log[f"case:{name}"] = _of_cases(rows.instances, name, events["case"])
    return log


def _events(elements: pd.DataFrame, transitions: tuple[str, ...], user_tasks: pd.DataFrame | None) -> pd.DataFrame:
    """The events of elements, still with what puts them in order."""
    shared = pd.DataFrame(
        {
            "concept:name": elements["element_name"].fillna(elements["element_id"]),
            "concept:instance": elements["element_instance_key"].astype("string"),
            "org:resource": _assignees(elements, user_tasks),
            "element_type": elements["type"],
            "key": elements["element_instance_key"],
            **{name: elements[name] for name in ("element_id", _KEY, "process_definition_id")},
        }
    )
    began, ended = shared.assign(rank=0), shared.assign(rank=1)
    began["time:timestamp"], ended["time:timestamp"] = elements["start_date"], elements["end_date"]
    began["lifecycle:transition"] = "start"
    is_aborted = elements["state"].eq("TERMINATED").fillna(value=False)
    ended["lifecycle:transition"] = is_aborted.map({True: "ate_abort", False: "complete"})
    parts = [part for part, name in ((began, "start"), (ended, "complete")) if name in transitions]
    return _placed(pd.concat(parts, ignore_index=True))


def _incident_events(incidents: pd.DataFrame) -> pd.DataFrame:
    return _placed(
        pd.DataFrame(
            {
                "concept:name": "Incident " + incidents["error_type"].fillna("UNKNOWN"),
                "concept:instance": incidents["incident_key"].astype("string"),
                "org:resource": pd.array([pd.NA] * len(incidents), dtype="string"),
                "element_type": pd.array([pd.NA] * len(incidents), dtype="string"),
                "key": incidents["incident_key"],
                **{name: incidents[name] for name in ("element_id", _KEY, "process_definition_id", "error_message")},
                "time:timestamp": incidents["creation_time"],
                "lifecycle:transition": pd.array(["complete"] * len(incidents), dtype="string"),
                "rank": 0,
            }
        )
    )


def _placed(events: pd.DataFrame) -> pd.DataFrame:
    """The events that have happened, with their moment as a number."""
    happened = events[events["time:timestamp"].notna()]
    return happened.assign(moment=happened["time:timestamp"].astype("datetime64[us, UTC]").astype("int64"))


def _assignees(elements: pd.DataFrame, user_tasks: pd.DataFrame | None) -> pd.Series[Any]:
    if user_tasks is None:
        return pd.Series(pd.NA, index=elements.index, dtype="string")
    known = user_tasks.drop_duplicates("element_instance_key").set_index("element_instance_key")["assignee"]
    return elements["element_instance_key"].map(known).astype("string")


def _of_cases(instances: pd.DataFrame | None, name: str, cases: pd.Series[Any]) -> Any:
    """A variable of the cases, with the dtype that it was read with."""
    assert instances is not None
    # Readers set a variable that is called as a column apart.
    column = f"variable_{name}" if f"variable_{name}" in instances.columns else name
    if column not in instances.columns:
        raise UnknownName(f"instances has no column {name!r}: read it with of.read_instances(variables=[{name!r}]).")
    return instances.drop_duplicates(_KEY).set_index(_KEY)[column].reindex(cases).array
