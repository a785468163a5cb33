"""What Camunda holds of work that is waited for: user tasks, jobs, messages. Only v2 has it.

Contract: ``camunda-v2-further.md``.
"""

from __future__ import annotations

from operate_frames.schema.enumerations import (
    JOB_KINDS,
    JOB_LISTENER_EVENT_TYPES,
    JOB_STATES,
    MESSAGE_SUBSCRIPTION_STATES,
    MESSAGE_SUBSCRIPTION_TYPES,
    USER_TASK_STATES,
)
from operate_frames.schema.fields import EQUAL, KEYS, RANGE, TEXT, V2, WORDS, Field, Resource, V2Resource

__all__ = ["CORRELATED_MESSAGE_SUBSCRIPTIONS", "JOBS", "MESSAGE_SUBSCRIPTIONS", "USER_TASKS"]

_FROM_8_9_KEYS = (((8, 9), KEYS),)
_FROM_8_9_TEXT = (((8, 9), TEXT),)
_FROM_8_10_KEYS = (((8, 10), KEYS),)
_FROM_8_10_TEXT = (((8, 10), TEXT),)

_ROOT_PROCESS_INSTANCE_KEY = Field("root_process_instance_key", "key", v2=V2(nullable=True, since=(8, 9)))
_BUSINESS_ID = Field("business_id", "text", v2=V2(TEXT, nullable=True, since=(8, 10)))
_TENANT_ID = Field("tenant_id", "text", v2=V2(TEXT))

USER_TASKS = Resource(
    "user_tasks",
    None,
    V2Resource("user-tasks", walked_by="creation_date"),
    (
        Field("user_task_key", "key", v2=V2(EQUAL)),
        Field("name", "text", v2=V2(EQUAL, _FROM_8_9_TEXT, nullable=True)),
        Field("state", "text", v2=V2(WORDS), enum=USER_TASK_STATES),
        Field("assignee", "text", v2=V2(TEXT, nullable=True)),
        Field("candidate_groups", "text", v2=V2(TEXT, nullable=True, asked_as="candidateGroup"), listed=True),
        Field("candidate_users", "text", v2=V2(TEXT, nullable=True, asked_as="candidateUser"), listed=True),
        Field("priority", "count", v2=V2(RANGE)),
        Field("creation_date", "date", v2=V2(RANGE, sorted=True)),
        Field("completion_date", "date", v2=V2(RANGE, nullable=True)),
        Field("due_date", "date", v2=V2(RANGE, nullable=True)),
        Field("follow_up_date", "date", v2=V2(RANGE, nullable=True)),
        Field("element_id", "text", v2=V2(EQUAL)),
        Field("element_instance_key", "key", v2=V2(EQUAL)),
        Field("process_instance_key", "key", v2=V2(EQUAL, _FROM_8_10_KEYS)),
        _ROOT_PROCESS_INSTANCE_KEY,
        Field("process_definition_id", "text", v2=V2(EQUAL, _FROM_8_10_TEXT)),
        Field("process_name", "text", v2=V2(nullable=True)),
        Field("process_definition_version", "count", v2=V2()),
        Field("process_definition_key", "key", v2=V2(EQUAL, _FROM_8_10_KEYS)),
        Field("form_key", "key", v2=V2(nullable=True)),
        Field("external_form_reference", "text", v2=V2(nullable=True)),
        Field("custom_headers", "text", v2=V2(nullable=True, is_nested=True), json=True),
        _BUSINESS_ID,
        Field("tags", "text", v2=V2(EQUAL, nullable=True, since=(8, 9)), listed=True),
        _TENANT_ID,
    ),
    archived=True,
)

JOBS = Resource(
    "jobs",
    None,
    V2Resource("jobs"),
    (
        Field("job_key", "key", v2=V2(KEYS, sorted=True)),
        Field("type", "text", v2=V2(TEXT)),
        Field("kind", "text", v2=V2(WORDS), enum=JOB_KINDS),
        Field("listener_event_type", "text", v2=V2(WORDS), enum=JOB_LISTENER_EVENT_TYPES),
        Field("state", "text", v2=V2(WORDS), enum=JOB_STATES),
        # Empty until somebody takes the job.
        Field("worker", "text", v2=V2(TEXT, missing="", nullable=True)),
        Field("retries", "count", v2=V2(RANGE)),
        Field("priority", "count", v2=V2(RANGE, since=(8, 10))),
        Field("has_failed_with_retries_left", "flag", v2=V2(EQUAL)),
        Field("error_code", "text", v2=V2(TEXT, nullable=True)),
        Field("error_message", "text", v2=V2(TEXT, nullable=True)),
        Field("is_denied", "flag", v2=V2(EQUAL, nullable=True)),
        Field("denied_reason", "text", v2=V2(TEXT, nullable=True)),
        Field("creation_time", "date", v2=V2(RANGE, nullable=True, since=(8, 9))),
        Field("last_update_time", "date", v2=V2(RANGE, nullable=True, since=(8, 9))),
        Field("deadline", "date", v2=V2(RANGE, nullable=True)),
        Field("end_time", "date", v2=V2(RANGE, nullable=True)),
        Field("element_id", "text", v2=V2(TEXT, nullable=True)),
        Field("element_instance_key", "key", v2=V2(KEYS, sorted=True)),
        Field("process_instance_key", "key", v2=V2(KEYS, sorted=True)),
        _ROOT_PROCESS_INSTANCE_KEY,
        Field("process_definition_id", "text", v2=V2(TEXT, nullable=True)),
        Field("process_definition_key", "key", v2=V2(KEYS, nullable=True)),
        Field("custom_headers", "text", v2=V2(nullable=True, is_nested=True), json=True),
        Field("business_id", "text", v2=V2(nullable=True, since=(8, 10))),
        _TENANT_ID,
    ),
    archived=True,
)

MESSAGE_SUBSCRIPTIONS = Resource(
    "message_subscriptions",
    None,
    V2Resource("message-subscriptions"),
    (
        Field("message_subscription_key", "key", v2=V2(KEYS, sorted=True)),
        Field("message_subscription_state", "text", v2=V2(WORDS), enum=MESSAGE_SUBSCRIPTION_STATES),
        Field("message_subscription_type", "text", v2=V2(WORDS, since=(8, 10)), enum=MESSAGE_SUBSCRIPTION_TYPES),
        Field("message_name", "text", v2=V2(TEXT)),
        Field("correlation_key", "text", v2=V2(TEXT, nullable=True)),
        Field("last_updated_date", "date", v2=V2(RANGE)),
        Field("element_id", "text", v2=V2(TEXT)),
        Field("element_instance_key", "key", v2=V2(KEYS, nullable=True)),
        Field("process_instance_key", "key", v2=V2(KEYS, nullable=True)),
        _ROOT_PROCESS_INSTANCE_KEY,
        Field("process_definition_id", "text", v2=V2(TEXT)),
        Field("process_definition_name", "text", v2=V2(TEXT, nullable=True, since=(8, 10))),
        Field("process_definition_version", "count", v2=V2(RANGE, nullable=True, since=(8, 10))),
        Field("process_definition_key", "key", v2=V2(later=_FROM_8_9_KEYS, nullable=True)),
        Field("tool_name", "text", v2=V2(TEXT, nullable=True, since=(8, 10))),
        Field("tool_properties", "text", v2=V2(nullable=True, since=(8, 10), is_nested=True), json=True),
        Field("inbound_connector_type", "text", v2=V2(TEXT, nullable=True, since=(8, 10))),
        _BUSINESS_ID,
        _TENANT_ID,
    ),
    archived=True,
)

CORRELATED_MESSAGE_SUBSCRIPTIONS = Resource(
    "correlated_message_subscriptions",
    None,
    V2Resource("correlated-message-subscriptions", walked_by="correlation_time"),
    (
        # One message may meet several subscriptions, and a subscription several messages.
        Field("message_key", "key", v2=V2(KEYS, sorted=True)),
        Field("subscription_key", "key", v2=V2(KEYS, sorted=True)),
        Field("message_name", "text", v2=V2(TEXT)),
        Field("correlation_key", "text", v2=V2(TEXT, nullable=True)),
        Field("correlation_time", "date", v2=V2(RANGE, sorted=True)),
        Field("partition_id", "count", v2=V2(RANGE, sorted=True)),
        Field("element_id", "text", v2=V2(TEXT)),
        Field("element_instance_key", "key", v2=V2(KEYS, nullable=True)),
        Field("process_instance_key", "key", v2=V2(KEYS, sorted=True)),
        _ROOT_PROCESS_INSTANCE_KEY,
        Field("process_definition_id", "text", v2=V2(TEXT)),
        Field("process_definition_key", "key", v2=V2(KEYS, nullable=True)),
        _BUSINESS_ID,
        _TENANT_ID,
    ),
    archived=True,
    sorted_by="subscription_key",
)
