"""The rows of v2, made of those of v1: other names, and what v1 leaves out, such as what a row belongs to.

Contract ``camunda-v2.md`` sections 1.6 and 3.
"""

from __future__ import annotations

import numpy as np

from operate_frames.sandbox.tables.columns import Column
from operate_frames.sandbox.v1 import resources as v1
from operate_frames.sandbox.v1.store import Contents
from operate_frames.sandbox.v2.rows.joins import Columns, either, filled, of_rows, present, renamed, shown, taken
from operate_frames.sandbox.v2.rows.operations import audit_logs, batch_operation_items, batch_operations
from operate_frames.sandbox.v2.rows.work import correlations, jobs, subscriptions, user_tasks

__all__ = ["columns_of_all"]

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


_OF_ROOTS = (
    "element-instances",
    "incidents",
    "variables",
    "decision-instances",
    "user-tasks",
    "jobs",
    "message-subscriptions",
    "correlated-message-subscriptions",
)


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
    _complete_incidents(made["incidents"], made["element-instances"], instances, contents)
    _complete_decisions(made["decision-instances"], made["element-instances"], contents)
    elements, definitions = made["element-instances"], made["process-definitions"]
    made["user-tasks"] = user_tasks(elements, instances)
    made["jobs"] = jobs(elements, made["incidents"])
    made["message-subscriptions"] = subscriptions(elements, definitions)
    made["correlated-message-subscriptions"] = correlations(made["message-subscriptions"])
    for name in _OF_ROOTS:
        made[name]["rootProcessInstanceKey"] = of_rows(
            made[name]["processInstanceKey"], instances["processInstanceKey"], instances["rootProcessInstanceKey"]
        )
    made["batch-operation-items"] = batch_operation_items(instances, made["incidents"])
    made["batch-operations"] = batch_operations(made["batch-operation-items"])
    made["audit-logs"] = audit_logs(instances, made["user-tasks"], definitions, made["batch-operations"])
    return made


def _complete_definitions(definitions: dict[str, Column], contents: Contents) -> None:
    there = contents.columns[v1.PROCESS_DEFINITIONS.name]
    keys = shown(there["key"])
    count = len(keys)
    definitions["processDefinitionKey"] = Column("long", np.array([int(key) for key in keys], dtype=np.int64))
    ids, versions = shown(there["bpmnProcessId"]), shown(there["version"])
    definitions["versionTag"] = filled(definitions["versionTag"])
    definitions["resourceName"] = Column.of("keyword", [f"{each}.bpmn" for each in ids])
    definitions["hasStartForm"] = Column("boolean", np.zeros(count, dtype=np.int64))
    definitions["state"] = Column.of("keyword", ["ACTIVE"] * count)
    newest = {each: max(int(v) for i, v in zip(ids, versions, strict=True) if i == each) for each in ids}
    is_newest = [int(newest[each] == int(version)) for each, version in zip(ids, versions, strict=True)]
    definitions["isLatestVersion"] = Column("boolean", np.array(is_newest, dtype=np.int64))


def _complete_instances(instances: dict[str, Column], definitions: Columns, contents: Contents) -> None:
    instances["state"] = renamed(contents.columns[v1.PROCESS_INSTANCES.name]["state"], {"CANCELED": "TERMINATED"})
    instances["processDefinitionName"] = of_rows(
        instances["processDefinitionKey"], definitions["processDefinitionKey"], definitions["name"]
    )
    instances["rootProcessInstanceKey"] = _roots(instances["processInstanceKey"], instances["parentProcessInstanceKey"])
    nothing = Column.of_codes(np.zeros(len(instances["processInstanceKey"]), dtype=np.int64), ("[]",))
    instances["processDefinitionVersionTag"] = filled(instances["processDefinitionVersionTag"])
    instances["tags"] = contents.columns[v1.PROCESS_INSTANCES.name].get("tags", nothing)
    business_ids = contents.columns[v1.PROCESS_INSTANCES.name].get("businessId")
    if business_ids is not None:
        instances["businessId"] = business_ids


def _complete_elements(elements: dict[str, Column], instances: Columns, contents: Contents) -> None:
    elements["processDefinitionId"] = of_rows(
        elements["processInstanceKey"], instances["processInstanceKey"], instances["processDefinitionId"]
    )
    # v2 always has a name; that it is the id where the diagram gives none, no server was seen to do.
    names = contents.columns[v1.FLOWNODE_INSTANCES.name]["flowNodeName"]
    elements["elementName"] = either(names, elements["elementId"])


def _complete_incidents(
    incidents: dict[str, Column], elements: Columns, instances: Columns, contents: Contents
) -> None:
    incidents["processDefinitionId"] = of_rows(
        incidents["processInstanceKey"], instances["processInstanceKey"], instances["processDefinitionId"]
    )
    by_incident = of_rows(incidents["incidentKey"], elements["incidentKey"], elements["elementInstanceKey"])
    by_instance = of_rows(
        incidents["processInstanceKey"], elements["processInstanceKey"], elements["elementInstanceKey"]
    )
    # What fails in no element fails in the process itself.
    found = np.where(present(by_instance), by_instance.values, incidents["processInstanceKey"].values)
    found = np.where(present(by_incident), by_incident.values, found)
    if (stood_at := contents.columns[v1.INCIDENTS.name].get("elementInstanceKey")) is not None:
        found = np.where(present(stood_at), stood_at.values, found)
    incidents["elementInstanceKey"] = Column("long", found)
    named = of_rows(incidents["elementInstanceKey"], elements["elementInstanceKey"], elements["elementId"])
    incidents["elementId"] = either(named, incidents["processDefinitionId"])


def _complete_decisions(decisions: dict[str, Column], elements: Columns, contents: Contents) -> None:
    there = contents.columns[v1.DECISION_INSTANCES.name]
    for name in ("processDefinitionKey", "processInstanceKey"):
        values, has_one = there[name].values, there[name].values != -1
        decisions[name] = Column("long", values, None if has_one.all() else has_one)
    definitions = [int(key) for key in shown(there["decisionDefinitionId"])]
    decisions["decisionDefinitionKey"] = Column("long", np.array(definitions, dtype=np.int64))
    decisions["decisionDefinitionVersion"] = Column(
        "long", np.array([int(version) for version in shown(there["decisionVersion"])], dtype=np.int64)
    )
    # Of the decisions of one evaluation the last one is what was asked for; the others are what it requires.
    numbers = [int(str(each).rpartition("-")[2]) for each in shown(there["id"])]
    last: dict[int, tuple[int, int]] = {}
    for key, number, definition in zip(there["key"].values.tolist(), numbers, definitions, strict=True):
        last[key] = max(last.get(key, (0, 0)), (number, definition))
    roots = [last[key][1] for key in there["key"].values.tolist()]
    decisions["rootDecisionDefinitionKey"] = Column("long", np.array(roots, dtype=np.int64))
    tasks = taken(elements, np.array([each == "BUSINESS_RULE_TASK" for each in shown(elements["type"])], dtype=bool))
    decisions["elementInstanceKey"] = of_rows(
        decisions["processInstanceKey"], tasks["processInstanceKey"], tasks["elementInstanceKey"]
    )
    requirements = contents.columns[v1.DECISION_DEFINITIONS.name]
    decisions["decisionRequirementsKey"] = of_rows(
        decisions["decisionDefinitionKey"], requirements["key"], requirements["decisionRequirementsKey"]
    )


def _roots(keys: Column, parents: Column) -> Column:
    """The key at the top of each row's call hierarchy."""
    parent_of = dict(
        zip(keys.values[present(parents)].tolist(), parents.values[present(parents)].tolist(), strict=True)
    )
    roots = []
    for key in keys.values.tolist():
        seen = {key}
        while (parent := parent_of.get(key)) is not None and parent not in seen:
            seen.add(parent)
            key = parent  # noqa: PLW2901 - one level up
        roots.append(key)
    return Column("long", np.array(roots, dtype=np.int64))
