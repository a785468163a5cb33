"""The Orchestration Cluster's v2 API, Camunda 8.8 and later: contract ``camunda-v2.md``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, final

from operate_frames.api.base import Api, ApiField, Cursor, Plan, SearchRequest, VersionStatistics
from operate_frames.api.v2 import by_key, codec, cursor, errors, planner, statistics
from operate_frames.query.query import Query
from operate_frames.schema.fields import Field, Resource, Version

__all__ = ["FIRST_VERSION", "VERSION_PATH", "read_version", "v2_api"]

FIRST_VERSION = codec.FIRST_VERSION
VERSION_PATH = codec.VERSION_PATH
read_version = codec.read_version


@final
class _V2Api:
    """Put together from the modules beside it; what each does is said in `Api`.

    Parameters
    ----------
    version : Version
        Of the server: which fields and filters it has.
    """

    name = "v2"
    max_searches = planner.MAX_SEARCHES
    keys_per_search = planner.LONGEST_LIST
    max_page_size = planner.MAX_PAGE_SIZE
    max_sequence_flows = None
    counts_from_start = True
    closes_date_ranges = False

    def __init__(self, version: Version) -> None:
        self.version = version

    def fields(self, resource: Resource) -> Mapping[str, ApiField]:
        return codec.fields(resource, self.version)

    def lacks(self, resource: Resource) -> str | None:
        since = resource.v2.since
        if self.version >= since:
            return None
        return f"{resource.name} are there from Camunda {_said(since)} on; this server is {_said(self.version)}."

    def is_looked_up(self, field: Field) -> bool:
        return planner.is_looked_up(field, self.version)

    joins_variable = staticmethod(planner.joins_variable)

    def client_sorts(self, query: Query) -> bool:
        return planner.client_sorts(query, self.version)

    def plan(self, query: Query, after: Sequence[Any] | None = None, *, page_size: int | None = None) -> Plan:
        return planner.plan(query, self.version, after, page_size=page_size)

    def alternatives(
        self,
        query: Query,  # noqa: ARG002 - it takes lists
        plan: Plan,  # noqa: ARG002
        after: Sequence[Any] | None = None,  # noqa: ARG002
        *,
        page_size: int | None = None,  # noqa: ARG002
    ) -> Sequence[Plan]:
        return ()

    def filters_of_no_row(self, field: Field) -> Sequence[Mapping[str, Any]]:
        return planner.filters_of_no_row(field, self.version)

    search_path = staticmethod(codec.search_path)
    body = staticmethod(codec.body)
    read_page = staticmethod(codec.read_page)
    first_position = staticmethod(codec.first_position)
    keys_in = staticmethod(codec.keys_in)

    def first_cursor(self, search: SearchRequest) -> Cursor | None:  # noqa: ARG002 - its filter says where it begins
        return None

    next_cursor = staticmethod(cursor.next_cursor)
    cursor_before = staticmethod(cursor.cursor_before)
    downward = staticmethod(cursor.downward)
    split = staticmethod(cursor.split)
    partition = staticmethod(cursor.partition)

    def beyond(self, plan: Plan, search: SearchRequest, found: Sequence[int]) -> SearchRequest:
        return planner.beyond(plan, search, found)

    row_path = staticmethod(by_key.row_path)
    xml_path = staticmethod(by_key.xml_path)
    statistics_path = staticmethod(by_key.statistics_path)
    sequence_flows_path = staticmethod(by_key.sequence_flows_path)
    read_whole_value = staticmethod(by_key.read_whole_value)
    read_evaluation = staticmethod(by_key.read_evaluation)
    read_statistics = staticmethod(by_key.read_statistics)
    read_sequence_flows = staticmethod(by_key.read_sequence_flows)

    element_counts = staticmethod(statistics.element_counts)

    @property
    def version_statistics(self) -> VersionStatistics | None:
        return statistics.VERSION_STATISTICS if self.version >= statistics.COUNTS_VERSIONS_SINCE else None

    not_there = errors.NOT_THERE
    not_allowed = errors.NOT_ALLOWED
    read_error = staticmethod(errors.read_error)


def _said(version: Version) -> str:
    return ".".join(map(str, version))


@cache
def v2_api(version: Version) -> Api:
    """The API as a server of that version speaks it."""
    return _V2Api(version)
