"""What Camunda holds of decisions: definitions, requirements, and what was decided.

Contract: ``operate-v1.md`` sections 1.9 to 1.11, ``camunda-v2.md`` 1.6, and section 3 there for the names.
"""

from __future__ import annotations

from operate_frames.schema.enumerations import DECISION_STATES, DECISION_TYPES
from operate_frames.schema.fields import EQUAL, KEYS, RANGE, TEXT, V1, V2, Field, Resource, V1Resource, V2Resource

__all__ = ["DECISION_DEFINITIONS", "DECISION_INSTANCES", "DECISION_REQUIREMENTS"]

_FROM_8_9_KEYS = (((8, 9), KEYS),)
_FROM_8_9_TEXT = (((8, 9), TEXT),)

_TENANT_ID = Field("tenant_id", "text", V1("tenantId", since="8.3"), V2(EQUAL))

DECISION_DEFINITIONS = Resource(
    "decision_definitions",
    V1Resource("decision-definitions"),
    V2Resource("decision-definitions"),
    (
        Field("decision_definition_key", "key", V1("key", sorted=True), V2(EQUAL, sorted=True)),
        Field("decision_definition_id", "text", V1("decisionId", sorted=True), V2(EQUAL)),
        Field("name", "text", V1("name", sorted=True), V2(EQUAL)),
        Field("version", "count", V1("version", sorted=True), V2(EQUAL, sorted=True)),
        Field(
            "decision_requirements_key",
            "key",
            V1("decisionRequirementsKey", sorted=True),
            V2(EQUAL, sorted=True),
        ),
        Field("decision_requirements_id", "text", V1("decisionRequirementsId", sorted=True), V2(EQUAL)),
        Field(
            "decision_requirements_name",
            "text",
            V1("decisionRequirementsName", nullable=True),
            V2(EQUAL, since=(8, 9)),
        ),
        Field(
            "decision_requirements_version",
            "count",
            V1("decisionRequirementsVersion", nullable=True),
            V2(EQUAL, sorted=True, since=(8, 9)),
        ),
        _TENANT_ID,
    ),
)

DECISION_REQUIREMENTS = Resource(
    "decision_requirements",
    V1Resource("drd"),
    V2Resource("decision-requirements"),
    (
        Field("decision_requirements_key", "key", V1("key", sorted=True), V2(EQUAL, sorted=True)),
        Field("decision_requirements_id", "text", V1("decisionRequirementsId", sorted=True), V2(EQUAL)),
        Field("decision_requirements_name", "text", V1("name", sorted=True), V2(EQUAL)),
        Field("version", "count", V1("version", sorted=True), V2(EQUAL, sorted=True)),
        Field("resource_name", "text", V1("resourceName", sorted=True), V2(EQUAL)),
        _TENANT_ID,
    ),
)

DECISION_INSTANCES = Resource(
    "decision_instances",
    V1Resource("decision-instances"),
    V2Resource("decision-instances", walked_by="evaluation_date"),
    (
        Field(
            "decision_evaluation_instance_key",
            "text",
            V1("id", sorted=True),
            V2(EQUAL, _FROM_8_9_KEYS),
        ),
        # One evaluation may have several rows.
        Field("decision_evaluation_key", "key", V1("key", sorted=True), V2(EQUAL, sorted=True)),
        Field("state", "text", V1("state"), V2(EQUAL, _FROM_8_9_TEXT), enum=DECISION_STATES),
        Field("evaluation_date", "date", V1("evaluationDate", sorted=True), V2(RANGE, sorted=True)),
        Field("evaluation_failure", "text", V1("evaluationFailure", nullable=True), V2(EQUAL, nullable=True)),
        Field("process_definition_key", "key", V1("processDefinitionKey", missing=-1), V2(EQUAL, nullable=True)),
        Field("process_instance_key", "key", V1("processInstanceKey", missing=-1), V2(EQUAL, nullable=True)),
        Field("element_instance_key", "key", v2=V2(KEYS, nullable=True)),
        Field("decision_definition_id", "text", V1("decisionId", sorted=True), V2(EQUAL)),
        # v1's name for it is v2's name for another thing: it holds the key, as a text.
        Field("decision_definition_key", "key", V1("decisionDefinitionId", as_text=True), V2(KEYS)),
        Field("decision_definition_name", "text", V1("decisionName", sorted=True), V2(EQUAL)),
        Field("decision_definition_version", "count", V1("decisionVersion"), V2(EQUAL)),
        Field("decision_definition_type", "text", V1("decisionType"), V2(EQUAL), enum=DECISION_TYPES),
        Field("root_decision_definition_key", "key", v2=V2(KEYS, since=(8, 9))),
        # v1 ignores this filter, and v2 has none.
        Field("result", "text", V1("result", filtered=False), V2()),
        Field("root_process_instance_key", "key", v2=V2(nullable=True, since=(8, 9))),
        Field("business_id", "text", v2=V2(TEXT, nullable=True, since=(8, 10))),
        _TENANT_ID,
    ),
    archived=True,
    sorted_by="decision_evaluation_key",
    extra_filters=(Field("process_definition_id", "text", filled_from="process_definition_id"),),
    details="inputs_and_outputs",
)
