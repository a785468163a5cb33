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
    of.read_user_tasks: """userTaskKey name state assignee candidateGroups candidateUsers priority creationDate
        completionDate dueDate followUpDate elementId elementInstanceKey processInstanceKey rootProcessInstanceKey@9
        processDefinitionId processName processDefinitionVersion processDefinitionKey formKey externalFormReference
        customHeaders businessId@10 tags@9 tenantId""",
    of.read_jobs: """jobKey type kind listenerEventType state worker retries priority@10 hasFailedWithRetriesLeft
        errorCode errorMessage isDenied deniedReason creationTime@9 lastUpdateTime@9 deadline endTime elementId
        elementInstanceKey processInstanceKey rootProcessInstanceKey@9 processDefinitionId processDefinitionKey
        customHeaders businessId@10 tenantId""",
    of.read_message_subscriptions: """messageSubscriptionKey messageSubscriptionState messageSubscriptionType@10
        messageName correlationKey lastUpdatedDate elementId elementInstanceKey processInstanceKey
        rootProcessInstanceKey@9 processDefinitionId processDefinitionName@10 processDefinitionVersion@10
        processDefinitionKey toolName@10 toolProperties@10 inboundConnectorType@10 businessId@10 tenantId""",
    of.read_correlated_message_subscriptions: """subscriptionKey messageKey messageName correlationKey correlationTime
        partitionId elementId elementInstanceKey processInstanceKey rootProcessInstanceKey@9 processDefinitionId
        processDefinitionKey businessId@10 tenantId""",
    of.read_batch_operations: """batchOperationKey batchOperationType state startDate endDate operationsTotalCount
        operationsFailedCount operationsCompletedCount actorType@9 actorId@9 errors""",
    of.read_batch_operation_items: """batchOperationKey itemKey operationType state processInstanceKey
        rootProcessInstanceKey@9 processedDate errorMessage""",
    of.read_audit_logs: """auditLogKey@9 timestamp@9 category@9 operationType@9 entityType@9 entityKey@9
        entityDescription@9 result@9 actorType@9 actorId@9 agentElementId@9 inboundChannelType@10
        inboundChannelToolName@10 batchOperationKey@9 batchOperationType@9 relatedEntityType@9 relatedEntityKey@9
        processInstanceKey@9 rootProcessInstanceKey@9 processDefinitionId@9 processDefinitionKey@9 elementInstanceKey@9
        jobKey@9 userTaskKey@9 decisionRequirementsId@9 decisionRequirementsKey@9 decisionDefinitionId@9
        decisionDefinitionKey@9 decisionEvaluationKey@9 deploymentKey@9 formKey@9 resourceKey@9 tenantId@9""",
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
    of.read_user_tasks: "user-tasks",
    of.read_jobs: "jobs",
    of.read_message_subscriptions: "message-subscriptions",
    of.read_correlated_message_subscriptions: "correlated-message-subscriptions",
    of.read_batch_operations: "batch-operations",
    of.read_batch_operation_items: "batch-operation-items",
    of.read_audit_logs: "audit-logs",
}
READERS = list(V1_PATHS)
# Of what only v2 has.
FURTHER_READERS = list(V2_PATHS)[len(READERS) :]
# Columns of texts that are JSON, so that no pattern is asked for.
NO_PLAIN_TEXTS = {
    "value",
    "tags",
    "candidate_groups",
    "candidate_users",
    "custom_headers",
    "tool_properties",
    "errors",
}
_TEXT_KEYS = {
    "decision_evaluation_instance_key",
    "batch_operation_key",
    "item_key",
    "audit_log_key",
    "entity_key",
    "related_entity_key",
}


def path_of(read, api):
    return {"v1": V1_PATHS, "v2": V2_PATHS}[api][read]


def names_of(read, api, version):
    """Column by column what an API calls it."""
    if api == "v1":
        return V1_NAMES.get(read, {})
    minor = int(version.partition(".")[2])
    named = [name.partition("@")[::2] for name in V2_NAMES[read].split()]
    return {re.sub(r"([A-Z])", r"_\1", name).lower(): name for name, since in named if minor >= int(since or 8)}


def chosen_by(read, api, version):
    """The columns that rows can be chosen by: those that the API sends, or that are looked up."""
    return [*names_of(read, api, version), *(V1_LOOKED_UP.get(read, []) if api == "v1" else [])]


def keys_of(names):
    """The columns that tell rows apart and that frames are sorted by."""
    columns = list(names)
    by_two = {"decision_evaluation_key", "subscription_key", "item_key"}
    return columns[:2] if by_two & set(columns[:2]) else columns[:1]


def expected(rows, names):
    """The rows as the server wrote them, by our names, in key order."""
    table = [{column: value_of(column, row.get(theirs)) for column, theirs in names.items()} for row in rows]
    if "parent_process_instance_key" in names:  # of v1
        table = [row | {"state": {"CANCELED": "TERMINATED"}.get(row["state"], row["state"])} for row in table]
    return sorted(table, key=lambda row: [row[column] for column in keys_of(names)])


def first(names):
    return next(iter(names))


def value_of(column, raw):
    if raw is None:
        return None
    if column.endswith(("_date", "_time")) or column in ("timestamp", "deadline"):
        return pd.Timestamp(raw)
    if column == "correlation_key":
        return raw
    if column.endswith("_key") and column not in _TEXT_KEYS:
        raw = int(raw)
    if isinstance(raw, dict) or column == "errors":
        return json.dumps(raw, ensure_ascii=False, separators=(",", ":"))
    if isinstance(raw, list):
        return json.dumps(raw, ensure_ascii=False)
    if raw == -1 or ((column.endswith("version_tag") or column == "worker") and raw == ""):
        return None
    return raw


def values(frame, names):
    return [
        {column: None if pd.isna(value) else value for column, value in row.items() if column in names}
        for row in frame.to_dict("records")
    ]
