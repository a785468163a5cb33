"""The one table of what Camunda holds: every resource, every field, in our words and in those of the APIs.

Columns carry the v2 names in snake_case. Contract: ``operate-v1.md`` sections 1.4 to 1.11 and ``camunda-v2.md``
section 1.6 for fields, types and filters, ``camunda-v2.md`` section 3 for the names.
"""

from __future__ import annotations

from operate_frames.schema.decisions import DECISION_DEFINITIONS, DECISION_INSTANCES, DECISION_REQUIREMENTS
from operate_frames.schema.fields import Resource
from operate_frames.schema.processes import (
    ELEMENT_INSTANCES,
    INCIDENTS,
    PROCESS_DEFINITIONS,
    PROCESS_INSTANCES,
    VARIABLES,
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
    )
}
