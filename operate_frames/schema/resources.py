"""The one table of what Operate holds: every resource, every field, in our words and in the API's.

Columns carry the v2 names in snake_case. Contract: ``operate-v1.md`` sections 1.4 to 1.11 for fields, types
and filters, ``camunda-v2.md`` section 3 for the names.
"""

from __future__ import annotations

from operate_frames.schema.fields import V1, Field, Resource, V1Resource

__all__ = ["RESOURCES"]

_ELEMENT_TYPES = (
    "UNSPECIFIED",
    "PROCESS",
    "SUB_PROCESS",
    "EVENT_SUB_PROCESS",
    "AD_HOC_SUB_PROCESS",
    "AD_HOC_SUB_PROCESS_INNER_INSTANCE",
    "START_EVENT",
    "INTERMEDIATE_CATCH_EVENT",
    "INTERMEDIATE_THROW_EVENT",
    "BOUNDARY_EVENT",
    "END_EVENT",
    "SERVICE_TASK",
    "RECEIVE_TASK",
    "USER_TASK",
    "MANUAL_TASK",
    "TASK",
    "EXCLUSIVE_GATEWAY",
    "INCLUSIVE_GATEWAY",
    "PARALLEL_GATEWAY",
    "EVENT_BASED_GATEWAY",
    "SEQUENCE_FLOW",
    "MULTI_INSTANCE_BODY",
    "CALL_ACTIVITY",
    "BUSINESS_RULE_TASK",
    "SCRIPT_TASK",
    "SEND_TASK",
    "UNKNOWN",
)

_ERROR_TYPES = (
    "UNSPECIFIED",
    "UNKNOWN",
    "IO_MAPPING_ERROR",
    "JOB_NO_RETRIES",
    "EXECUTION_LISTENER_NO_RETRIES",
    "TASK_LISTENER_NO_RETRIES",
    "AD_HOC_SUB_PROCESS_NO_RETRIES",
    "CONDITION_ERROR",
    "EXTRACT_VALUE_ERROR",
    "CALLED_ELEMENT_ERROR",
    "UNHANDLED_ERROR_EVENT",
    "MESSAGE_SIZE_EXCEEDED",
    "CALLED_DECISION_ERROR",
    "DECISION_EVALUATION_ERROR",
    "FORM_NOT_FOUND",
    "RESOURCE_NOT_FOUND",
    "SECRET_RESOLUTION_ERROR",
)

_PROCESS_DEFINITION_KEY = Field("process_definition_key", "key", V1("processDefinitionKey"))
_PROCESS_INSTANCE_KEY = Field("process_instance_key", "key", V1("processInstanceKey", sorted=True))
_TENANT_ID = Field("tenant_id", "text", V1("tenantId", since="8.3"))
# Not in v1's rows: filled from the definitions.
_PROCESS_DEFINITION_ID = Field("process_definition_id", "text", filled_from="process_definition_id")

_PROCESS_INSTANCES = Resource(
    "process_instances",
    V1Resource("process-instances"),
    (
        Field("process_instance_key", "key", V1("key", sorted=True)),
        Field("process_definition_id", "text", V1("bpmnProcessId")),
        Field("process_definition_name", "text", filled_from="name"),
        Field("process_definition_version", "count", V1("processVersion")),
        Field("process_definition_version_tag", "text", V1("processVersionTag", missing="", since="8.6")),
        _PROCESS_DEFINITION_KEY,
        Field("start_date", "date", V1("startDate", sorted=True)),
        Field("end_date", "date", V1("endDate", nullable=True)),
        Field(
            "state", "text", V1("state", words={"TERMINATED": "CANCELED"}), enum=("ACTIVE", "COMPLETED", "TERMINATED")
        ),
        Field("has_incident", "flag", V1("incident", since="8.6")),
        # Up to 8.2 a filter of that name has no effect, and from 8.6 on both have (contract 1.5).
        Field(
            "parent_process_instance_key",
            "key",
            V1("parentKey", nullable=True, asked_as="parentProcessInstanceKey"),
        ),
        Field("parent_element_instance_key", "key", V1("parentFlowNodeInstanceKey", nullable=True)),
        _TENANT_ID,
    ),
    archived=True,
)

_PROCESS_DEFINITIONS = Resource(
    "process_definitions",
    V1Resource("process-definitions", text_order=True),
    (
        Field("process_definition_key", "key", V1("key")),
        Field("process_definition_id", "text", V1("bpmnProcessId", sorted=True)),
        Field("name", "text", V1("name", nullable=True)),
        Field("version", "count", V1("version", sorted=True)),
        # 8.6.0 ignores this filter and returns every row (contract 1.4).
        Field("version_tag", "text", V1("versionTag", filtered=False, missing="", since="8.6")),
        _TENANT_ID,
    ),
)

_ELEMENT_INSTANCES = Resource(
    "element_instances",
    V1Resource("flownode-instances"),
    (
        Field("element_instance_key", "key", V1("key", sorted=True)),
        _PROCESS_INSTANCE_KEY,
        _PROCESS_DEFINITION_KEY,
        _PROCESS_DEFINITION_ID,
        Field("element_id", "text", V1("flowNodeId")),
        # 8.6.0 ignores this filter and returns every row (contract 1.6).
        Field("element_name", "text", V1("flowNodeName", filtered=False, nullable=True)),
        Field("type", "text", V1("type"), enum=_ELEMENT_TYPES),
        Field("state", "text", V1("state"), enum=("ACTIVE", "COMPLETED", "TERMINATED")),
        Field("start_date", "date", V1("startDate", sorted=True)),
        Field("end_date", "date", V1("endDate", nullable=True)),
        Field("has_incident", "flag", V1("incident")),
        Field("incident_key", "key", V1("incidentKey", nullable=True)),
        _TENANT_ID,
    ),
    archived=True,
)

_INCIDENTS = Resource(
    "incidents",
    V1Resource("incidents"),
    (
        Field("incident_key", "key", V1("key", sorted=True)),
        _PROCESS_INSTANCE_KEY,
        _PROCESS_DEFINITION_KEY,
        _PROCESS_DEFINITION_ID,
        Field("error_type", "text", V1("type"), enum=_ERROR_TYPES),
        # The server looks for the words of a message in any order, not for the message (contract 1.7).
        Field("error_message", "text", V1("message", filtered=False)),
        Field("creation_time", "date", V1("creationTime", sorted=True)),
        Field("state", "text", V1("state"), enum=("ACTIVE", "MIGRATED", "PENDING", "RESOLVED")),
        Field("job_key", "key", V1("jobKey", nullable=True, since="8.5")),
        _TENANT_ID,
    ),
    archived=True,
)

_VARIABLES = Resource(
    "variables",
    V1Resource("variables"),
    (
        Field("variable_key", "key", V1("key", sorted=True)),
        Field("name", "text", V1("name", sorted=True)),
        Field("value", "text", V1("value"), json=True),
        Field("is_truncated", "flag", V1("truncated", hidden=True)),
        Field("scope_key", "key", V1("scopeKey", sorted=True)),
        _PROCESS_INSTANCE_KEY,
        _TENANT_ID,
    ),
    archived=True,
    extra_filters=(_PROCESS_DEFINITION_ID,),
    details="full_values",
)

_DECISION_DEFINITIONS = Resource(
    "decision_definitions",
    V1Resource("decision-definitions"),
    (
        Field("decision_definition_key", "key", V1("key", sorted=True)),
        Field("decision_definition_id", "text", V1("decisionId", sorted=True)),
        Field("name", "text", V1("name", sorted=True)),
        Field("version", "count", V1("version", sorted=True)),
        Field("decision_requirements_key", "key", V1("decisionRequirementsKey", sorted=True)),
        Field("decision_requirements_id", "text", V1("decisionRequirementsId", sorted=True)),
        Field("decision_requirements_name", "text", V1("decisionRequirementsName", nullable=True)),
        Field("decision_requirements_version", "count", V1("decisionRequirementsVersion", nullable=True)),
        _TENANT_ID,
    ),
)

_DECISION_REQUIREMENTS = Resource(
    "decision_requirements",
    V1Resource("drd"),
    (
        Field("decision_requirements_key", "key", V1("key", sorted=True)),
        Field("decision_requirements_id", "text", V1("decisionRequirementsId", sorted=True)),
        Field("decision_requirements_name", "text", V1("name", sorted=True)),
        Field("version", "count", V1("version", sorted=True)),
        Field("resource_name", "text", V1("resourceName", sorted=True)),
        _TENANT_ID,
    ),
)

_DECISION_INSTANCES = Resource(
    "decision_instances",
    V1Resource("decision-instances"),
    (
        Field("decision_evaluation_instance_key", "text", V1("id", sorted=True)),
        # One evaluation may have several rows.
        Field("decision_evaluation_key", "key", V1("key", sorted=True)),
        Field("state", "text", V1("state"), enum=("EVALUATED", "FAILED", "UNKNOWN", "UNSPECIFIED")),
        Field("evaluation_date", "date", V1("evaluationDate", sorted=True)),
        Field("evaluation_failure", "text", V1("evaluationFailure", nullable=True)),
        Field("process_definition_key", "key", V1("processDefinitionKey", missing=-1)),
        Field("process_instance_key", "key", V1("processInstanceKey", missing=-1)),
        Field("decision_definition_id", "text", V1("decisionId", sorted=True)),
        # v1's name for it is v2's name for another thing: it holds the key, as a text.
        Field("decision_definition_key", "key", V1("decisionDefinitionId", as_text=True)),
        Field("decision_definition_name", "text", V1("decisionName", sorted=True)),
        Field("decision_definition_version", "count", V1("decisionVersion")),
        Field(
            "decision_definition_type",
            "text",
            V1("decisionType"),
            enum=("DECISION_TABLE", "LITERAL_EXPRESSION", "UNKNOWN", "UNSPECIFIED"),
        ),
        # The server ignores this filter (contract 1.11).
        Field("result", "text", V1("result", filtered=False)),
        _TENANT_ID,
    ),
    archived=True,
    sorted_by="decision_evaluation_key",
    extra_filters=(_PROCESS_DEFINITION_ID,),
    details="inputs_and_outputs",
)

RESOURCES: dict[str, Resource] = {
    resource.name: resource
    for resource in (
        _PROCESS_INSTANCES,
        _PROCESS_DEFINITIONS,
        _ELEMENT_INSTANCES,
        _INCIDENTS,
        _VARIABLES,
        _DECISION_DEFINITIONS,
        _DECISION_REQUIREMENTS,
        _DECISION_INSTANCES,
    )
}
