"""What v2 counts: elements of a definition's instances, and instances by version.

Contract ``camunda-v2.md`` section 6.
"""

from __future__ import annotations

from typing import final

import msgspec

from operate_frames.api.answers import Request, VersionCounts
from operate_frames.api.base import Plan
from operate_frames.schema.fields import Version

__all__ = ["COUNTS_VERSIONS_SINCE", "VERSION_STATISTICS", "element_counts"]

_PROCESSES = "/v2/process-definitions/statistics/process-instances"
_PAGE_SIZE = 1000
COUNTS_VERSIONS_SINCE: Version = (8, 9)


class _Process(msgspec.Struct, rename="camel"):
    process_definition_id: str


class _Processes(msgspec.Struct):
    items: list[_Process]


class _Version(msgspec.Struct, rename="camel"):
    process_definition_id: str
    process_definition_key: str
    process_definition_version: int
    process_definition_name: str | None = None
    tenant_id: str | None = None
    active_instances_with_incident_count: int = 0
    active_instances_without_incident_count: int = 0


class _Versions(msgspec.Struct):
    items: list[_Version]


def element_counts(plan: Plan, process_definition_key: int) -> Request | None:
    """Ask how many elements instances of a definition have that a plan finds."""
    path = f"/v2/process-definitions/{process_definition_key}/statistics/element-instances"
    asked = plan.searches[0].filter
    return Request(path, msgspec.json.encode({"filter": asked} if asked else {}))


@final
class _VersionStatistics:
    """As `VersionStatistics` says."""

    def processes(self, start: int) -> Request:
        return Request(_PROCESSES, msgspec.json.encode({"page": {"from": start, "limit": _PAGE_SIZE}}))

    def read_processes(self, content: bytes) -> list[str]:
        return [each.process_definition_id for each in msgspec.json.decode(content, type=_Processes).items]

    def versions(self, process_definition_id: str, start: int) -> Request:
        asked = {"processDefinitionId": process_definition_id}
        body = {"filter": asked, "page": {"from": start, "limit": _PAGE_SIZE}}
        return Request(f"{_PROCESSES}-by-version", msgspec.json.encode(body))

    def read_versions(self, content: bytes) -> list[VersionCounts]:
        return [
            VersionCounts(
                each.process_definition_id,
                int(each.process_definition_key),
                each.process_definition_version,
                each.process_definition_name,
                each.tenant_id,
                each.active_instances_with_incident_count,
                each.active_instances_without_incident_count,
            )
            for each in msgspec.json.decode(content, type=_Versions).items
        ]


VERSION_STATISTICS = _VersionStatistics()
