"""The one table of what Operate holds: every resource, every field, in our words and in v1's.

Columns carry the v2 names in snake_case. Contract: ``operate-v1.md`` sections 1.4 to 1.11 for fields, types
and filters, ``camunda-v2.md`` section 3 for the names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["RESOURCES", "Field", "Kind", "Resource"]

Kind = Literal["key", "count", "text", "flag", "date"]


@dataclass(frozen=True, eq=False)
class Field:
    """One column.

    Attributes
    ----------
    column : str
        Our name: the v2 name in snake_case.
    v1 : str or None
        The name in v1; None where v1 does not send it.
    kind : str
        ``key`` and ``count`` become Int64, ``text`` string, ``flag`` boolean, ``date`` datetime64[us, UTC].
    filtered_by : str
        ``server``, or ``client`` where the server ignores the filter or means something else by it.
    walked : bool
        Whether the server may walk the rows by it: never missing, never changed, and sorted as this side sorts.
    words : tuple of (ours, v1's)
        The words of an enumeration that filters take.
    missing : int, text or None
        What v1 writes where there is no value, beside leaving the field out.
    v1_text : bool
        Whether v1 writes the number as a text.
    filled_from : str or None
        The column of the definitions that gives the values, by `process_definition_key`.
    """

    column: str
    v1: str | None
    kind: Kind
    filtered_by: Literal["server", "client"] = "server"
    walked: bool = False
    words: tuple[tuple[str, str], ...] = ()
    missing: int | str | None = None
    v1_text: bool = False
    filled_from: str | None = None


@dataclass(frozen=True, eq=False)
class Resource:
    """One kind of rows.

    Attributes
    ----------
    name : str
        Our name, plural.
    v1_path : str
        Where v1 searches it, below ``/v1/``.
    fields : tuple of Field
        In the order of the frame's columns; the first is the key, unique and never missing.
    archived : bool
        Whether rows move to other indices after they end, and may be missed or met twice meanwhile (contract 3.6).
    text_order : bool
        Whether the server walks the keys as text (contract 3.3).
    sorted_by : str or None
        The column that walks are sorted by before the key, where the key alone would not do.
    asked_by : tuple of Field
        Filters that are no columns: they are answered by way of another resource.
    details : str or None
        The option that asks for what search leaves out of a row, one call a row.
    """

    name: str
    v1_path: str
    fields: tuple[Field, ...]
    archived: bool = False
    text_order: bool = False
    sorted_by: str | None = None
    asked_by: tuple[Field, ...] = ()
    details: str | None = None

    @property
    def key(self) -> Field:
        """The field that every row has and no two rows share."""
        return self.fields[0]

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of all columns, in order."""
        return tuple(field.column for field in self.fields)

    @property
    def filters(self) -> tuple[str, ...]:
        """The names of all filters, in order."""
        return tuple(field.column for field in (*self.fields, *self.asked_by))

    def field(self, name: str) -> Field:
        """The field of a column or filter that exists."""
        return next(field for field in (*self.fields, *self.asked_by) if field.column == name)


def _same(*words: str) -> tuple[tuple[str, str], ...]:
    return tuple((word, word) for word in words)


_ELEMENT_TYPES = _same(
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

_ERROR_TYPES = _same(
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

_PROCESS_DEFINITION_KEY = Field("process_definition_key", "processDefinitionKey", "key")
_PROCESS_INSTANCE_KEY = Field("process_instance_key", "processInstanceKey", "key", walked=True)
_TENANT_ID = Field("tenant_id", "tenantId", "text")
# Not in v1's rows: filled from the definitions.
_PROCESS_DEFINITION_ID = Field(
    "process_definition_id", None, "text", filtered_by="client", filled_from="process_definition_id"
)

_PROCESS_INSTANCES = Resource(
    "process_instances",
    "process-instances",
    (
        Field("process_instance_key", "key", "key", walked=True),
        Field("process_definition_id", "bpmnProcessId", "text"),
        Field("process_definition_name", None, "text", filtered_by="client", filled_from="name"),
        Field("process_definition_version", "processVersion", "count"),
        Field("process_definition_version_tag", "processVersionTag", "text", missing=""),
        _PROCESS_DEFINITION_KEY,
        Field("start_date", "startDate", "date", walked=True),
        Field("end_date", "endDate", "date"),
        Field(
            "state",
            "state",
            "text",
            words=(("ACTIVE", "ACTIVE"), ("COMPLETED", "COMPLETED"), ("TERMINATED", "CANCELED")),
        ),
        Field("has_incident", "incident", "flag"),
        Field("parent_process_instance_key", "parentKey", "key"),
        Field("parent_element_instance_key", "parentFlowNodeInstanceKey", "key"),
        _TENANT_ID,
    ),
    archived=True,
)

_PROCESS_DEFINITIONS = Resource(
    "process_definitions",
    "process-definitions",
    (
        Field("process_definition_key", "key", "key"),
        Field("process_definition_id", "bpmnProcessId", "text", walked=True),
        Field("name", "name", "text"),
        Field("version", "version", "count", walked=True),
        # 8.6.0 ignores this filter and returns every row (contract 1.4).
        Field("version_tag", "versionTag", "text", filtered_by="client", missing=""),
        _TENANT_ID,
    ),
    text_order=True,
)

_ELEMENT_INSTANCES = Resource(
    "element_instances",
    "flownode-instances",
    (
        Field("element_instance_key", "key", "key", walked=True),
        _PROCESS_INSTANCE_KEY,
        _PROCESS_DEFINITION_KEY,
        _PROCESS_DEFINITION_ID,
        Field("element_id", "flowNodeId", "text"),
        # 8.6.0 ignores this filter and returns every row (contract 1.6).
        Field("element_name", "flowNodeName", "text", filtered_by="client"),
        Field("type", "type", "text", words=_ELEMENT_TYPES),
        Field("state", "state", "text", words=_same("ACTIVE", "COMPLETED", "TERMINATED")),
        Field("start_date", "startDate", "date", walked=True),
        Field("end_date", "endDate", "date"),
        Field("has_incident", "incident", "flag"),
        Field("incident_key", "incidentKey", "key"),
        _TENANT_ID,
    ),
    archived=True,
)

_INCIDENTS = Resource(
    "incidents",
    "incidents",
    (
        Field("incident_key", "key", "key", walked=True),
        _PROCESS_INSTANCE_KEY,
        _PROCESS_DEFINITION_KEY,
        _PROCESS_DEFINITION_ID,
        Field("error_type", "type", "text", words=_ERROR_TYPES),
        # The server looks for the words of a message in any order, not for the message (contract 1.7).
        Field("error_message", "message", "text", filtered_by="client"),
        Field("creation_time", "creationTime", "date", walked=True),
        Field("state", "state", "text", words=_same("ACTIVE", "MIGRATED", "PENDING", "RESOLVED")),
        Field("job_key", "jobKey", "key"),
        _TENANT_ID,
    ),
    archived=True,
)

_VARIABLES = Resource(
    "variables",
    "variables",
    (
        Field("variable_key", "key", "key", walked=True),
        Field("name", "name", "text", walked=True),
        Field("value", "value", "text"),
        Field("is_truncated", "truncated", "flag"),
        Field("scope_key", "scopeKey", "key", walked=True),
        _PROCESS_INSTANCE_KEY,
        _TENANT_ID,
    ),
    archived=True,
    asked_by=(_PROCESS_DEFINITION_ID,),
    details="full_values",
)

_DECISION_DEFINITIONS = Resource(
    "decision_definitions",
    "decision-definitions",
    (
        Field("decision_definition_key", "key", "key", walked=True),
        Field("decision_definition_id", "decisionId", "text", walked=True),
        Field("name", "name", "text", walked=True),
        Field("version", "version", "count", walked=True),
        Field("decision_requirements_key", "decisionRequirementsKey", "key", walked=True),
        Field("decision_requirements_id", "decisionRequirementsId", "text", walked=True),
        Field("decision_requirements_name", "decisionRequirementsName", "text"),
        Field("decision_requirements_version", "decisionRequirementsVersion", "count"),
        _TENANT_ID,
    ),
)

_DECISION_REQUIREMENTS = Resource(
    "decision_requirements",
    "drd",
    (
        Field("decision_requirements_key", "key", "key", walked=True),
        Field("decision_requirements_id", "decisionRequirementsId", "text", walked=True),
        Field("decision_requirements_name", "name", "text", walked=True),
        Field("version", "version", "count", walked=True),
        Field("resource_name", "resourceName", "text", walked=True),
        _TENANT_ID,
    ),
)

_DECISION_INSTANCES = Resource(
    "decision_instances",
    "decision-instances",
    (
        Field("decision_evaluation_instance_key", "id", "text", walked=True),
        # One evaluation may have several rows.
        Field("decision_evaluation_key", "key", "key", walked=True),
        Field("state", "state", "text", words=_same("EVALUATED", "FAILED", "UNKNOWN", "UNSPECIFIED")),
        Field("evaluation_date", "evaluationDate", "date", walked=True),
        Field("evaluation_failure", "evaluationFailure", "text"),
        Field("process_definition_key", "processDefinitionKey", "key", missing=-1),
        Field("process_instance_key", "processInstanceKey", "key", missing=-1),
        Field("decision_definition_id", "decisionId", "text", walked=True),
        # v1's name for it is v2's name for another thing: it holds the key, as a text.
        Field("decision_definition_key", "decisionDefinitionId", "key", v1_text=True),
        Field("decision_definition_name", "decisionName", "text", walked=True),
        Field("decision_definition_version", "decisionVersion", "count"),
        Field(
            "decision_definition_type",
            "decisionType",
            "text",
            words=_same("DECISION_TABLE", "LITERAL_EXPRESSION", "UNKNOWN", "UNSPECIFIED"),
        ),
        # The server ignores this filter (contract 1.11).
        Field("result", "result", "text", filtered_by="client"),
        _TENANT_ID,
    ),
    archived=True,
    sorted_by="decision_evaluation_key",
    asked_by=(_PROCESS_DEFINITION_ID,),
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
