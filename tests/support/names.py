"""The rows of a plain reading by our names, so that a frame can be compared with them."""

from __future__ import annotations

import json
import re

import pandas as pd

import operate_frames as of

# Column by column what v1 calls it: written down here once more, so that a mistake in the package's table shows.
V1_NAMES = {
    of.read_instances: {
        "process_instance_key": "key",
        "process_definition_id": "bpmnProcessId",
        "process_definition_version": "processVersion",
        "process_definition_version_tag": "processVersionTag",
        "process_definition_key": "processDefinitionKey",
        "start_date": "startDate",
        "end_date": "endDate",
        "state": "state",
        "has_incident": "incident",
        "parent_process_instance_key": "parentKey",
        "parent_element_instance_key": "parentFlowNodeInstanceKey",
        "tenant_id": "tenantId",
    },
    of.read_definitions: {
        "process_definition_key": "key",
        "process_definition_id": "bpmnProcessId",
        "name": "name",
        "version": "version",
        "version_tag": "versionTag",
        "tenant_id": "tenantId",
    },
    of.read_element_instances: {
        "element_instance_key": "key",
        "process_instance_key": "processInstanceKey",
        "process_definition_key": "processDefinitionKey",
        "element_id": "flowNodeId",
        "element_name": "flowNodeName",
        "type": "type",
        "state": "state",
        "start_date": "startDate",
        "end_date": "endDate",
        "has_incident": "incident",
        "incident_key": "incidentKey",
        "tenant_id": "tenantId",
    },
    of.read_incidents: {
        "incident_key": "key",
        "process_instance_key": "processInstanceKey",
        "process_definition_key": "processDefinitionKey",
        "error_type": "type",
        "error_message": "message",
        "creation_time": "creationTime",
        "state": "state",
        "job_key": "jobKey",
        "tenant_id": "tenantId",
    },
    of.read_variables: {
        "variable_key": "key",
        "name": "name",
        "value": "value",
        "scope_key": "scopeKey",
        "process_instance_key": "processInstanceKey",
        "tenant_id": "tenantId",
    },
    of.read_decision_definitions: {
        "decision_definition_key": "key",
        "decision_definition_id": "decisionId",
        "name": "name",
        "version": "version",
        "decision_requirements_key": "decisionRequirementsKey",
        "decision_requirements_id": "decisionRequirementsId",
        "decision_requirements_name": "decisionRequirementsName",
        "decision_requirements_version": "decisionRequirementsVersion",
        "tenant_id": "tenantId",
    },
    of.read_decision_requirements: {
        "decision_requirements_key": "key",
        "decision_requirements_id": "decisionRequirementsId",
        "decision_requirements_name": "name",
        "version": "version",
        "resource_name": "resourceName",
        "tenant_id": "tenantId",
    },
    of.read_decision_instances: {
        "decision_evaluation_key": "key",
        "decision_evaluation_instance_key": "id",
        "state": "state",
        "evaluation_date": "evaluationDate",
        "evaluation_failure": "evaluationFailure",
        "process_definition_key": "processDefinitionKey",
        "process_instance_key": "processInstanceKey",
        "decision_definition_id": "decisionId",
        "decision_definition_key": "decisionDefinitionId",
        "decision_definition_name": "decisionName",
        "decision_definition_version": "decisionVersion",
        "decision_definition_type": "decisionType",
        "result": "result",
        "tenant_id": "tenantId",
    },
}
V1_PATHS = {
    of.read_instances: "process-instances",
    of.read_definitions: "process-definitions",
    of.read_element_instances: "flownode-instances",
    of.read_incidents: "incidents",
    of.read_variables: "variables",
    of.read_decision_definitions: "decision-definitions",
    of.read_decision_requirements: "drd",
    of.read_decision_instances: "decision-instances",
}
# Where v1 does not say it: looked up.
V1_LOOKED_UP = {
    of.read_instances: ["process_definition_name"],
    of.read_element_instances: ["process_definition_id"],
    of.read_incidents: ["process_definition_id"],
}

# What v2 calls them; behind an at sign the first version that has it.
V2_NAMES = {
    of.read_instances: """processInstanceKey processDefinitionId processDefinitionName processDefinitionVersion
        processDefinitionVersionTag processDefinitionKey startDate endDate state hasIncident parentProcessInstanceKey
        parentElementInstanceKey rootProcessInstanceKey@9 businessId@9 tags suspendedDate@10 tenantId""",
    of.read_definitions: """processDefinitionKey processDefinitionId name version versionTag resourceName hasStartForm
        state@9 tenantId""",
    of.read_element_instances: """elementInstanceKey processInstanceKey processDefinitionKey processDefinitionId
        elementId elementName type state startDate endDate hasIncident incidentKey rootProcessInstanceKey@9 tenantId""",
    of.read_incidents: """incidentKey processInstanceKey processDefinitionKey processDefinitionId elementId
        elementInstanceKey errorType errorMessage creationTime state jobKey rootProcessInstanceKey@9 tenantId""",
    of.read_variables: """variableKey name value isTruncated scopeKey processInstanceKey rootProcessInstanceKey@9
        tenantId""",
    of.read_decision_definitions: """decisionDefinitionKey decisionDefinitionId name version decisionRequirementsKey
        decisionRequirementsId decisionRequirementsName@9 decisionRequirementsVersion@9 tenantId""",
    of.read_decision_requirements: """decisionRequirementsKey decisionRequirementsId decisionRequirementsName version
        resourceName tenantId""",
    of.read_decision_instances: """decisionEvaluationKey decisionEvaluationInstanceKey state evaluationDate
        evaluationFailure processDefinitionKey processInstanceKey elementInstanceKey decisionDefinitionId
        decisionDefinitionKey decisionDefinitionName decisionDefinitionVersion decisionDefinitionType
        rootDecisionDefinitionKey@9 result rootProcessInstanceKey@9 businessId@10 tenantId""",
}
V2_PATHS = {
    of.read_instances: "process-instances",
    of.read_definitions: "process-definitions",
    of.read_element_instances: "element-instances",
    of.read_incidents: "incidents",
    of.read_variables: "variables",
    of.read_decision_definitions: "decision-definitions",
    of.read_decision_requirements: "decision-requirements",
    of.read_decision_instances: "decision-instances",
}
READERS = list(V1_PATHS)


def path_of(read, api):
    return {"v1": V1_PATHS, "v2": V2_PATHS}[api][read]


def names_of(read, api, version):
    """Column by column what an API calls it."""
    if api == "v1":
        return V1_NAMES[read]
    minor = int(version.partition(".")[2])
    named = [name.partition("@")[::2] for name in V2_NAMES[read].split()]
    return {re.sub(r"([A-Z])", r"_\1", name).lower(): name for name, since in named if minor >= int(since or 8)}


def chosen_by(read, api, version):
    """The columns that rows can be chosen by: those that the API sends, or that are looked up."""
    return [*names_of(read, api, version), *(V1_LOOKED_UP.get(read, []) if api == "v1" else [])]


def expected(rows, names):
    """The rows as the server wrote them, by our names, in key order."""
    table = [{column: value_of(column, row.get(theirs)) for column, theirs in names.items()} for row in rows]
    return sorted(
        table, key=lambda row: list(row.values())[:2] if "decision_evaluation_key" in row else row[first(names)]
    )


def first(names):
    return next(iter(names))


def value_of(column, raw):
    if raw is None:
        return None
    if column.endswith(("_date", "_time")):
        return pd.Timestamp(raw)
    if column.endswith("_key") and column != "decision_evaluation_instance_key":
        raw = int(raw)
    if isinstance(raw, list):
        return json.dumps(raw)
    if raw == -1 or (column.endswith("version_tag") and raw == ""):
        return None
    return "TERMINATED" if column == "state" and raw == "CANCELED" else raw


def values(frame, names):
    return [
        {column: None if pd.isna(value) else value for column, value in row.items() if column in names}
        for row in frame.to_dict("records")
    ]
