"""What Camunda holds of what was done to instances: batch operations and the audit log. Only v2 has it.

Contract: ``camunda-v2-further.md``. Keys that may be a UUID, or name things of several kinds, stay texts.
"""

from __future__ import annotations

from operate_frames.schema.enumerations import (
    ACTOR_TYPES,
    AUDIT_LOG_CATEGORIES,
    AUDIT_LOG_ENTITY_TYPES,
    AUDIT_LOG_OPERATION_TYPES,
    AUDIT_LOG_RESULTS,
    BATCH_OPERATION_ITEM_STATES,
    BATCH_OPERATION_STATES,
    BATCH_OPERATION_TYPES,
)
from operate_frames.schema.fields import EQUAL, KEYS, RANGE, TEXT, V2, WORDS, Field, Resource, V2Resource

__all__ = ["AUDIT_LOGS", "BATCH_OPERATIONS", "BATCH_OPERATION_ITEMS"]

_ROOT_PROCESS_INSTANCE_KEY = Field("root_process_instance_key", "key", v2=V2(nullable=True, since=(8, 9)))

BATCH_OPERATIONS = Resource(
    "batch_operations",
    None,
    V2Resource("batch-operations"),
    (
        Field("batch_operation_key", "text", v2=V2(KEYS)),
        Field(
            "batch_operation_type",
            "text",
            v2=V2(WORDS, nullable=True, asked_as="operationType"),
            enum=BATCH_OPERATION_TYPES,
        ),
        Field("state", "text", v2=V2(WORDS), enum=BATCH_OPERATION_STATES),
        Field("start_date", "date", v2=V2(nullable=True)),
        Field("end_date", "date", v2=V2(nullable=True)),
        Field("operations_total_count", "count", v2=V2()),
        Field("operations_failed_count", "count", v2=V2()),
        Field("operations_completed_count", "count", v2=V2()),
        Field("actor_type", "text", v2=V2(EQUAL, nullable=True, since=(8, 9)), enum=ACTOR_TYPES),
        Field("actor_id", "text", v2=V2(TEXT, nullable=True, since=(8, 9))),
        Field("errors", "text", v2=V2(nullable=True, is_nested=True), json=True),
    ),
    archived=True,
)

BATCH_OPERATION_ITEMS = Resource(
    "batch_operation_items",
    None,
    V2Resource("batch-operation-items"),
    (
        # Of one operation: the same thing may have been operated upon before.
        Field("item_key", "text", v2=V2(KEYS, sorted=True)),
        Field("batch_operation_key", "text", v2=V2(KEYS, sorted=True)),
        Field("operation_type", "text", v2=V2(later=(((8, 9), WORDS),)), enum=BATCH_OPERATION_TYPES),
        Field("state", "text", v2=V2(WORDS), enum=BATCH_OPERATION_ITEM_STATES),
        Field("process_instance_key", "key", v2=V2(KEYS, nullable=True)),
        _ROOT_PROCESS_INSTANCE_KEY,
        Field("processed_date", "date", v2=V2(nullable=True)),
        Field("error_message", "text", v2=V2(nullable=True)),
    ),
    archived=True,
    sorted_by="batch_operation_key",
)

AUDIT_LOGS = Resource(
    "audit_logs",
    None,
    V2Resource("audit-logs", walked_by="timestamp", since=(8, 9)),
    (
        Field("audit_log_key", "text", v2=V2(KEYS)),
        Field("timestamp", "date", v2=V2(RANGE, sorted=True)),
        Field("category", "text", v2=V2(WORDS), enum=AUDIT_LOG_CATEGORIES),
        Field("operation_type", "text", v2=V2(WORDS), enum=AUDIT_LOG_OPERATION_TYPES),
        Field("entity_type", "text", v2=V2(WORDS), enum=AUDIT_LOG_ENTITY_TYPES),
        Field("entity_key", "text", v2=V2(KEYS)),
        Field("entity_description", "text", v2=V2(TEXT, nullable=True)),
        Field("result", "text", v2=V2(WORDS), enum=AUDIT_LOG_RESULTS),
        Field("actor_type", "text", v2=V2(WORDS, nullable=True), enum=ACTOR_TYPES),
        Field("actor_id", "text", v2=V2(TEXT, nullable=True)),
        Field("agent_element_id", "text", v2=V2(TEXT, nullable=True)),
        Field("inbound_channel_type", "text", v2=V2(TEXT, nullable=True, since=(8, 10))),
        Field("inbound_channel_tool_name", "text", v2=V2(TEXT, nullable=True, since=(8, 10))),
        Field("batch_operation_key", "text", v2=V2(nullable=True)),
        Field("batch_operation_type", "text", v2=V2(WORDS, nullable=True), enum=BATCH_OPERATION_TYPES),
        Field("related_entity_type", "text", v2=V2(WORDS, nullable=True), enum=AUDIT_LOG_ENTITY_TYPES),
        Field("related_entity_key", "text", v2=V2(KEYS, nullable=True)),
        Field("process_instance_key", "key", v2=V2(KEYS, nullable=True)),
        _ROOT_PROCESS_INSTANCE_KEY,
        Field("process_definition_id", "text", v2=V2(TEXT, nullable=True)),
        Field("process_definition_key", "key", v2=V2(KEYS, nullable=True)),
        Field("element_instance_key", "key", v2=V2(KEYS, nullable=True)),
        Field("job_key", "key", v2=V2(KEYS, nullable=True)),
        Field("user_task_key", "key", v2=V2(KEYS, nullable=True)),
        Field("decision_requirements_id", "text", v2=V2(TEXT, nullable=True)),
        Field("decision_requirements_key", "key", v2=V2(KEYS, nullable=True)),
        Field("decision_definition_id", "text", v2=V2(TEXT, nullable=True)),
        Field("decision_definition_key", "key", v2=V2(KEYS, nullable=True)),
        Field("decision_evaluation_key", "key", v2=V2(KEYS, nullable=True)),
        Field("deployment_key", "key", v2=V2(KEYS, nullable=True)),
        Field("form_key", "key", v2=V2(KEYS, nullable=True)),
        Field("resource_key", "key", v2=V2(KEYS, nullable=True)),
        Field("tenant_id", "text", v2=V2(TEXT, nullable=True)),
    ),
    archived=True,
)
