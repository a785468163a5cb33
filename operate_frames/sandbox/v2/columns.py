"""The rows of v2, made of those of v1: other names, and what v1 leaves out, such as what a row belongs to.

Contract ``camunda-v2.md`` sections 1.6 and 3.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from operate_frames.sandbox.tables.columns import Column, Mask
from operate_frames.sandbox.v1 import resources as v1
from operate_frames.sandbox.v1.store import Contents

__all__ = ["columns_of_all", "either", "visible_to"]

Columns = Mapping[str, Column]

# By resource of v2: that of v1, and the names there of the fields that are there.
_SAME = {
    "process-definitions": (
        v1.PROCESS_DEFINITIONS.name,
        {
            "name": "name",
            "version": "version",
            "versionTag": "versionTag",
            "processDefinitionId": "bpmnProcessId",
            "tenantId": "tenantId",
        },
    ),
    "process-instances": (
        v1.PROCESS_INSTANCES.name,
        {
            "processInstanceKey": "key",
            "processDefinitionId": "bpmnProcessId",
            "processDefinitionVersion": "processVersion",
            "processDefinitionVersionTag": "processVersionTag",
            "processDefinitionKey": "processDefinitionKey",
            "startDate": "startDate",
            "endDate": "endDate",
            "hasIncident": "incident",
            "parentProcessInstanceKey": "parentKey",
            "parentElementInstanceKey": "parentFlowNodeInstanceKey",
            "tenantId": "tenantId",
        },
    ),
    "element-instances": (
        v1.FLOWNODE_INSTANCES.name,
        {
            "elementInstanceKey": "key",
            "processInstanceKey": "processInstanceKey",
            "processDefinitionKey": "processDefinitionKey",
            "startDate": "startDate",
            "endDate": "endDate",
            "elementId": "flowNodeId",
            "type": "type",
            "state": "state",
            "hasIncident": "incident",
            "incidentKey": "incidentKey",
            "tenantId": "tenantId",
        },
    ),
    "incidents": (
        v1.INCIDENTS.name,
        {
            "incidentKey": "key",
            "processInstanceKey": "processInstanceKey",
            "processDefinitionKey": "processDefinitionKey",
            "errorType": "type",
            "errorMessage": "message",
            "creationTime": "creationTime",
            "state": "state",
            "jobKey": "jobKey",
            "tenantId": "tenantId",
        },
    ),
    "variables": (
        v1.VARIABLES.name,
        {
            "variableKey": "key",
            "processInstanceKey": "processInstanceKey",
            "scopeKey": "scopeKey",
            "name": "name",
            "value": "value",
            "isTruncated": "truncated",
            "tenantId": "tenantId",
        },
    ),
    "decision-definitions": (
        v1.DECISION_DEFINITIONS.name,
        {
            "decisionDefinitionKey": "key",
            "decisionDefinitionId": "decisionId",
            "name": "name",
            "version": "version",
            "decisionRequirementsId": "decisionRequirementsId",
            "decisionRequirementsKey": "decisionRequirementsKey",
            "decisionRequirementsName": "decisionRequirementsName",
            "decisionRequirementsVersion": "decisionRequirementsVersion",
            "tenantId": "tenantId",
        },
    ),
    "decision-requirements": (
        v1.DRD.name,
        {
            "decisionRequirementsKey": "key",
            "decisionRequirementsId": "decisionRequirementsId",
            "decisionRequirementsName": "name",
            "version": "version",
            "resourceName": "resourceName",
            "tenantId": "tenantId",
        },
    ),
    "decision-instances": (
        v1.DECISION_INSTANCES.name,
        {
            "decisionEvaluationInstanceKey": "id",
            "decisionEvaluationKey": "key",
            "state": "state",
            "evaluationDate": "evaluationDate",
            "evaluationFailure": "evaluationFailure",
            "decisionDefinitionId": "decisionId",
            "decisionDefinitionName": "decisionName",
            "decisionDefinitionType": "decisionType",
            "result": "result",
            "tenantId": "tenantId",
        },
    ),
}


def columns_of_all(contents: Contents) -> dict[str, dict[str, Column]]:
    """Make the columns of v2.

    Parameters
    ----------
    contents : Contents
        What a server is filled with, in v1's words.

    Returns
    -------
    dict of str to dict of str to Column
        By resource and field; what a version does not have is in it too.
    """
    made = {
        name: {
            ours: contents.columns[theirs][known] for ours, known in names.items() if known in contents.columns[theirs]
        }
        for name, (theirs, names) in _SAME.items()
    }
    _complete_definitions(made["process-definitions"], contents)
    _complete_instances(made["process-instances"], made["process-definitions"], contents)
    instances = made["process-instances"]
    _complete_elements(made["element-instances"], instances, contents)
    _complete_incidents(made["incidents"], made["element-instances"], instances)
    _complete_decisions(made["decision-instances"], made["element-instances"], contents)
    for name in ("element-instances", "incidents", "variables", "decision-instances"):
        made[name]["rootProcessInstanceKey"] = _of_rows(
            made[name]["processInstanceKey"], instances["processInstanceKey"], instances["rootProcessInstanceKey"]
        )
    return made


def _complete_definitions(definitions: dict[str, Column], contents: Contents) -> None:
    there = contents.columns[v1.PROCESS_DEFINITIONS.name]
    keys = _shown(there["key"])
    count = len(keys)
    definitions["processDefinitionKey"] = Column("long", np.array([int(key) for key in keys], dtype=np.int64))
    ids, versions = _shown(there["bpmnProcessId"]), _shown(there["version"])
    definitions["versionTag"] = _filled(definitions["versionTag"])
    definitions["resourceName"] = Column.of("keyword", [f"{each}.bpmn" for each in ids])
    definitions["hasStartForm"] = Column("boolean", np.zeros(count, dtype=np.int64))
    definitions["state"] = Column.of("keyword", ["ACTIVE"] * count)
    newest = {each: max(int(v) for i, v in zip(ids, versions, strict=True) if i == each) for each in ids}
    is_newest = [int(newest[each] == int(version)) for each, version in zip(ids, versions, strict=True)]
    definitions["isLatestVersion"] = Column("boolean", np.array(is_newest, dtype=np.int64))


def _complete_instances(instances: dict[str, Column], definitions: Columns, contents: Contents) -> None:
    instances["state"] = _renamed(contents.columns[v1.PROCESS_INSTANCES.name]["state"], {"CANCELED": "TERMINATED"})
    instances["processDefinitionName"] = _of_rows(
        instances["processDefinitionKey"], definitions["processDefinitionKey"], definitions["name"]
    )
    instances["rootProcessInstanceKey"] = _roots(instances["processInstanceKey"], instances["parentProcessInstanceKey"])
    nothing = Column.of_codes(np.zeros(len(instances["processInstanceKey"]), dtype=np.int64), ("[]",))
    instances["processDefinitionVersionTag"] = _filled(instances["processDefinitionVersionTag"])
    instances["tags"] = contents.columns[v1.PROCESS_INSTANCES.name].get("tags", nothing)
    business_ids = contents.columns[v1.PROCESS_INSTANCES.name].get("businessId")
    if business_ids is not None:
        instances["businessId"] = business_ids


def _complete_elements(elements: dict[str, Column], instances: Columns, contents: Contents) -> None:
    elements["processDefinitionId"] = _of_rows(
        elements["processInstanceKey"], instances["processInstanceKey"], instances["processDefinitionId"]
    )
    # v2 always has a name; that it is the id where the diagram gives none, no server was seen to do.
    names = contents.columns[v1.FLOWNODE_INSTANCES.name]["flowNodeName"]
    elements["elementName"] = either(names, elements["elementId"])


def _complete_incidents(incidents: dict[str, Column], elements: Columns, instances: Columns) -> None:
    incidents["processDefinitionId"] = _of_rows(
        incidents["processInstanceKey"], instances["processInstanceKey"], instances["processDefinitionId"]
    )
    by_incident = _of_rows(incidents["incidentKey"], elements["incidentKey"], elements["elementInstanceKey"])
    by_instance = _of_rows(
        incidents["processInstanceKey"], elements["processInstanceKey"], elements["elementInstanceKey"]
    )
    # What fails in no element fails in the process itself.
    found = np.where(_present(by_instance), by_instance.values, incidents["processInstanceKey"].values)
    found = np.where(_present(by_incident), by_incident.values, found)
    incidents["elementInstanceKey"] = Column("long", found)
    named = _of_rows(incidents["elementInstanceKey"], elements["elementInstanceKey"], elements["elementId"])
    incidents["elementId"] = either(named, incidents["processDefinitionId"])


def _complete_decisions(decisions: dict[str, Column], elements: Columns, contents: Contents) -> None:
    there = contents.columns[v1.DECISION_INSTANCES.name]
    for name in ("processDefinitionKey", "processInstanceKey"):
        values, has_one = there[name].values, there[name].values != -1
        decisions[name] = Column("long", values, None if has_one.all() else has_one)
    definitions = [int(key) for key in _shown(there["decisionDefinitionId"])]
    decisions["decisionDefinitionKey"] = Column("long", np.array(definitions, dtype=np.int64))
    decisions["decisionDefinitionVersion"] = Column(
        "long", np.array([int(version) for version in _shown(there["decisionVersion"])], dtype=np.int64)
    )
    # Of the decisions of one evaluation the last one is what was asked for; the others are what it requires.
    numbers = [int(str(each).rpartition("-")[2]) for each in _shown(there["id"])]
    last: dict[int, tuple[int, int]] = {}
    for key, number, definition in zip(there["key"].values.tolist(), numbers, definitions, strict=True):
        last[key] = max(last.get(key, (0, 0)), (number, definition))
    roots = [last[key][1] for key in there["key"].values.tolist()]
    decisions["rootDecisionDefinitionKey"] = Column("long", np.array(roots, dtype=np.int64))
    tasks = _taken(elements, np.array([each == "BUSINESS_RULE_TASK" for each in _shown(elements["type"])], dtype=bool))
    decisions["elementInstanceKey"] = _of_rows(
        decisions["processInstanceKey"], tasks["processInstanceKey"], tasks["elementInstanceKey"]
    )
    requirements = contents.columns[v1.DECISION_DEFINITIONS.name]
    decisions["decisionRequirementsKey"] = _of_rows(
        decisions["decisionDefinitionKey"], requirements["key"], requirements["decisionRequirementsKey"]
    )


def _roots(keys: Column, parents: Column) -> Column:
    """The key at the top of each row's call hierarchy."""
    parent_of = dict(
        zip(keys.values[_present(parents)].tolist(), parents.values[_present(parents)].tolist(), strict=True)
    )
    roots = []
    for key in keys.values.tolist():
        seen = {key}
        while (parent := parent_of.get(key)) is not None and parent not in seen:
            seen.add(parent)
            key = parent  # noqa: PLW2901 - one level up
        roots.append(key)
    return Column("long", np.array(roots, dtype=np.int64))


def _of_rows(wanted: Column, keys: Column, values: Column) -> Column:
    """The value that stands beside each wanted key, missing where nothing has it."""
    has_key = _present(keys)
    order = np.argsort(keys.values[has_key], kind="stable")
    known = keys.values[has_key][order]
    if not len(known):
        return Column(values.kind, np.zeros(len(wanted), dtype=np.int64), np.zeros(len(wanted), dtype=np.bool_))
    place = np.minimum(np.searchsorted(known, wanted.values), len(known) - 1)
    found = (known[place] == wanted.values) & _present(wanted)
    rows = np.flatnonzero(has_key)[order][place]
    there = found & _present(values)[rows]
    return replace(values, values=values.values[rows], present=None if there.all() else there)


def visible_to(made: Mapping[str, Columns], processes: Collection[str]) -> dict[str, dict[str, Column]]:
    """Leave out what somebody may not see, who may read some processes: v2 gives fewer rows and says nothing.

    Parameters
    ----------
    made : mapping of str to mapping of str to Column
        By resource and field.
    processes : collection of str
        Their ids.

    Returns
    -------
    dict of str to dict of str to Column
        The same with fewer rows.
    """
    instances = made["process-instances"]
    seen = np.array([each in processes for each in _shown(instances["processDefinitionId"])], dtype=np.bool_)
    keys = instances["processInstanceKey"].values[seen]
    found: dict[str, dict[str, Column]] = {}
    for name, columns in made.items():
        if name in {"process-definitions", "process-instances"}:
            rows = np.array([each in processes for each in _shown(columns["processDefinitionId"])], dtype=np.bool_)
        elif "processInstanceKey" in columns:
            rows = np.isin(columns["processInstanceKey"].values, keys) & _present(columns["processInstanceKey"])
        else:
            rows = np.ones(len(next(iter(columns.values()))), dtype=np.bool_)
        found[name] = _taken(columns, rows)
    return found


def either(first: Column, second: Column) -> Column:
    """Texts of the first column, of the second where that has none.

    Parameters
    ----------
    first, second : Column
        Keywords.

    Returns
    -------
    Column
        Keywords.
    """
    shown = zip(_shown(first), _shown(second), strict=True)
    return Column.of("keyword", [one if one is not None else other for one, other in shown])


def _filled(column: Column) -> Column:
    """The same without empty texts, which v1 writes for missing ones."""
    return Column.of("keyword", [text or None for text in _shown(column)])


def _renamed(column: Column, words: Mapping[str, str]) -> Column:
    return Column.of_codes(column.values, [words.get(word, word) for word in column.words], column.present)


def _present(column: Column) -> Mask:
    return np.ones(len(column), dtype=np.bool_) if column.present is None else column.present


def _shown(column: Column) -> list[Any]:
    numbers = column.values.tolist()
    listed = [column.words[code] for code in numbers] if column.words else numbers
    return [value if there else None for value, there in zip(listed, _present(column).tolist(), strict=True)]


def _taken(columns: Columns, rows: Mask) -> dict[str, Column]:
    return {name: column.taken(rows) for name, column in columns.items()}
