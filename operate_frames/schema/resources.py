"""The one table of what Camunda holds: every resource, every field, in our words and in those of the APIs.

Columns carry the v2 names in snake_case. Contract: ``operate-v1.md`` sections 1.4 to 1.11 and ``camunda-v2.md``
section 1.6 for fields, types and filters, section 3 there for the names; ``camunda-v2-further.md`` for what only v2
has.
"""

from __future__ import annotations

from operate_frames.schema.decisions import DECISION_DEFINITIONS, DECISION_INSTANCES, DECISION_REQUIREMENTS
from operate_frames.schema.fields import Resource
from operate_frames.schema.operations import AUDIT_LOGS, BATCH_OPERATION_ITEMS, BATCH_OPERATIONS
from operate_frames.schema.processes import (
    ELEMENT_INSTANCES,
    INCIDENTS,
    PROCESS_DEFINITIONS,
    PROCESS_INSTANCES,
    VARIABLES,
)
from operate_frames.schema.work import (
    CORRELATED_MESSAGE_SUBSCRIPTIONS,
    JOBS,
    MESSAGE_SUBSCRIPTIONS,
    USER_TASKS,
)

__all__ = ["RESOURCES"]

RESOURCES: dict[str, Resource] = {
    resource.name: resource
    for resource in (
        PROCESS_INSTANCES,
        PROCESS_DEFINITIONS,
        ELEMENT_INSTANCES,
        INCIDENTS,
        VARIABLES,
        DECISION_DEFINITIONS,
        DECISION_REQUIREMENTS,
        DECISION_INSTANCES,
        USER_TASKS,
        JOBS,
        MESSAGE_SUBSCRIPTIONS,
        CORRELATED_MESSAGE_SUBSCRIPTIONS,
        BATCH_OPERATIONS,
        BATCH_OPERATION_ITEMS,
        AUDIT_LOGS,
    )
}
