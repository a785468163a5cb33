"""What Camunda holds of processes: definitions, instances, elements, incidents, variables.

Contract: ``operate-v1.md`` sections 1.4 to 1.8, ``camunda-v2.md`` 1.6, and section 3 there for the names.
"""

from __future__ import annotations

from operate_frames.schema.enumerations import (
    DEFINITION_STATES,
    ELEMENT_STATES,
    ELEMENT_TYPES,
    ERROR_TYPES,
    INCIDENT_STATES,
    INSTANCE_STATES,
)
from operate_frames.schema.fields import (
    EQUAL,
    KEYS,
    RANGE,
    TEXT,
    V1,
    V2,
    WORDS,
    Field,
    Resource,
    V1Resource,
    V2Resource,
)

__all__ = ["ELEMENT_INSTANCES", "INCIDENTS", "PROCESS_DEFINITIONS", "PROCESS_INSTANCES", "VARIABLES"]

_FROM_8_9_KEYS = (((8, 9), KEYS),)
_FROM_8_9_TEXT = (((8, 9), TEXT),)
_FROM_8_10_TEXT = (((8, 10), TEXT),)

_ROOT_PROCESS_INSTANCE_KEY = Field("root_process_instance_key", "key", v2=V2(nullable=True, since=(8, 9)))

PROCESS_INSTANCES = Resource(
    "process_instances",
    V1Resource("process-instances"),
    V2Resource("process-instances", walked_by="start_date"),
    (
        Field("process_instance_key", "key", V1("key", sorted=True), V2(KEYS, sorted=True)),
        Field("process_definition_id", "text", V1("bpmnProcessId"), V2(TEXT)),
        Field("process_definition_name", "text", None, V2(TEXT, nullable=True), filled_from="name"),
        Field("process_definition_version", "count", V1("processVersion"), V2(RANGE)),
        Field(
            "process_definition_version_tag",
            "text",
            V1("processVersionTag", missing="", since="8.6"),
            V2(TEXT, missing="", nullable=True),
        ),
        Field("process_definition_key", "key", V1("processDefinitionKey"), V2(KEYS)),
        Field("start_date", "date", V1("startDate", sorted=True), V2(RANGE, sorted=True)),
        Field("end_date", "date", V1("endDate", nullable=True), V2(RANGE, nullable=True)),
        Field("state", "text", V1("state", words={"TERMINATED": "CANCELED"}), V2(WORDS), enum=INSTANCE_STATES),
        Field("has_incident", "flag", V1("incident", since="8.6"), V2(EQUAL)),
        # Up to 8.2 a filter of that name has no effect, and from 8.6 on both have (contract 1.5).
        Field(
            "parent_process_instance_key",
            "key",
            V1("parentKey", nullable=True, asked_as="parentProcessInstanceKey"),
            V2(KEYS, nullable=True),
        ),
        Field(
            "parent_element_instance_key",
            "key",
            V1("parentFlowNodeInstanceKey", nullable=True),
            V2(KEYS, nullable=True),
        ),
        _ROOT_PROCESS_INSTANCE_KEY,
        Field("business_id", "text", v2=V2(TEXT, nullable=True, since=(8, 9))),
        Field("tags", "text", v2=V2(EQUAL, nullable=True), listed=True),
        Field("suspended_date", "date", v2=V2(RANGE, nullable=True, since=(8, 10))),
        Field("tenant_id", "text", V1("tenantId", since="8.3"), V2(TEXT)),
    ),
    archived=True,
)

PROCESS_DEFINITIONS = Resource(
    "process_definitions",
    V1Resource("process-definitions", text_order=True),
    V2Resource("process-definitions"),
    (
        Field("process_definition_key", "key", V1("key"), V2(EQUAL, sorted=True)),
        Field("process_definition_id", "text", V1("bpmnProcessId", sorted=True), V2(TEXT)),
        Field("name", "text", V1("name", nullable=True), V2(TEXT, nullable=True)),
        Field("version", "count", V1("version", sorted=True), V2(EQUAL, sorted=True)),
        # 8.6.0 ignores this filter and returns every row (contract 1.4).
        Field(
            "version_tag",
            "text",
            V1("versionTag", filtered=False, missing="", since="8.6"),
            V2(EQUAL, missing="", nullable=True),
        ),
        Field("resource_name", "text", v2=V2(EQUAL)),
        Field("has_start_form", "flag", v2=V2(EQUAL)),
        # Late servers of 8.9 send it already.
        Field("state", "text", v2=V2(EQUAL, nullable=True, since=(8, 9)), enum=DEFINITION_STATES),
        Field("tenant_id", "text", V1("tenantId", since="8.3"), V2(EQUAL)),
    ),
)

ELEMENT_INSTANCES = Resource(
    "element_instances",
    V1Resource("flownode-instances"),
    V2Resource("element-instances", walked_by="start_date"),
    (
        Field("element_instance_key", "key", V1("key", sorted=True), V2(EQUAL, sorted=True)),
        Field("process_instance_key", "key", V1("processInstanceKey", sorted=True), V2(EQUAL, sorted=True)),
        Field("process_definition_key", "key", V1("processDefinitionKey"), V2(EQUAL, nullable=True)),
        # Not in v1's rows: filled from the definitions.
        Field(
            "process_definition_id",
            "text",
            None,
            V2(EQUAL, nullable=True),
            filled_from="process_definition_id",
        ),
        Field("element_id", "text", V1("flowNodeId"), V2(EQUAL, _FROM_8_10_TEXT)),
        # 8.6.0 ignores this filter and returns every row (contract 1.6).
        Field(
            "element_name",
            "text",
            V1("flowNodeName", filtered=False, nullable=True),
            V2(EQUAL, _FROM_8_10_TEXT, nullable=True),
        ),
        Field("type", "text", V1("type"), V2(EQUAL), enum=ELEMENT_TYPES),
        Field("state", "text", V1("state"), V2(WORDS), enum=ELEMENT_STATES),
        Field("start_date", "date", V1("startDate", sorted=True), V2(RANGE, sorted=True)),
        Field("end_date", "date", V1("endDate", nullable=True), V2(RANGE, nullable=True)),
        Field("has_incident", "flag", V1("incident"), V2(EQUAL)),
        Field("incident_key", "key", V1("incidentKey", nullable=True), V2(EQUAL, nullable=True)),
        _ROOT_PROCESS_INSTANCE_KEY,
        Field("tenant_id", "text", V1("tenantId", since="8.3"), V2(EQUAL)),
    ),
    archived=True,
)

INCIDENTS = Resource(
    "incidents",
    V1Resource("incidents"),
    V2Resource("incidents", walked_by="creation_time"),
    (
        Field("incident_key", "key", V1("key", sorted=True), V2(EQUAL, _FROM_8_9_KEYS, sorted=True)),
        Field(
            "process_instance_key",
            "key",
            V1("processInstanceKey", sorted=True),
            V2(EQUAL, _FROM_8_9_KEYS, sorted=True),
        ),
        Field("process_definition_key", "key", V1("processDefinitionKey"), V2(EQUAL, _FROM_8_9_KEYS)),
        Field(
            "process_definition_id",
            "text",
            None,
            V2(EQUAL, _FROM_8_9_TEXT),
            filled_from="process_definition_id",
        ),
        Field("element_id", "text", v2=V2(EQUAL, _FROM_8_9_TEXT)),
        Field("element_instance_key", "key", v2=V2(EQUAL, _FROM_8_9_KEYS)),
        Field("error_type", "text", V1("type"), V2(EQUAL, _FROM_8_9_TEXT), enum=ERROR_TYPES),
        # The server looks for the words of a message in any order, not for the message (contract 1.7).
        Field("error_message", "text", V1("message", filtered=False), V2(EQUAL, _FROM_8_9_TEXT)),
        Field("creation_time", "date", V1("creationTime", sorted=True), V2(RANGE, sorted=True)),
        Field("state", "text", V1("state"), V2(EQUAL, _FROM_8_9_TEXT), enum=INCIDENT_STATES),
        Field("job_key", "key", V1("jobKey", nullable=True, since="8.5"), V2(EQUAL, _FROM_8_9_KEYS, nullable=True)),
        _ROOT_PROCESS_INSTANCE_KEY,
        Field("tenant_id", "text", V1("tenantId", since="8.3"), V2(EQUAL, _FROM_8_9_TEXT)),
    ),
    archived=True,
)

VARIABLES = Resource(
    "variables",
    V1Resource("variables"),
    V2Resource("variables"),
    (
        Field("variable_key", "key", V1("key", sorted=True), V2(KEYS, sorted=True)),
        Field("name", "text", V1("name", sorted=True), V2(TEXT)),
        Field("value", "text", V1("value"), V2(TEXT), json=True),
        Field("is_truncated", "flag", V1("truncated", hidden=True), V2(EQUAL)),
        Field("scope_key", "key", V1("scopeKey", sorted=True), V2(KEYS, sorted=True)),
        Field("process_instance_key", "key", V1("processInstanceKey", sorted=True), V2(KEYS, sorted=True)),
        _ROOT_PROCESS_INSTANCE_KEY,
        Field("tenant_id", "text", V1("tenantId", since="8.3"), V2(EQUAL)),
    ),
    archived=True,
    # Neither API knows it of a variable: found by way of the instances.
    extra_filters=(Field("process_definition_id", "text", filled_from="process_definition_id"),),
    details="full_values",
)
