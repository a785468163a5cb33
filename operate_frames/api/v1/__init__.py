"""Operate's v1 API, Camunda 8.2 to 8.9: contract ``operate-v1.md``."""

from __future__ import annotations

from typing import final

from operate_frames.api.answers import Request
from operate_frames.api.base import Api, Plan
from operate_frames.api.v1 import by_key, codec, cursor, errors, planner

__all__ = ["V1_API"]


@final
class _V1Api:
    """Put together from the modules beside it; what each does is said in `Api`."""

    name = "v1"
    version = (8, 2)
    max_searches = planner.MAX_SEARCHES
    keys_per_search = 1
    max_page_size = planner.PAGE_SIZE
    max_sequence_flows = by_key.MAX_SEQUENCE_FLOWS
    counts_from_start = False
    closes_date_ranges = True

    fields = staticmethod(codec.fields)
    lacks = staticmethod(codec.lacks)
    is_looked_up = staticmethod(planner.is_looked_up)
    joins_variable = staticmethod(planner.joins_variable)

    client_sorts = staticmethod(planner.client_sorts)
    plan = staticmethod(planner.plan)
    alternatives = staticmethod(planner.alternatives)
    filters_of_no_row = staticmethod(planner.filters_of_no_row)

    search_path = staticmethod(codec.search_path)
    body = staticmethod(codec.body)
    read_page = staticmethod(codec.read_page)
    first_position = staticmethod(codec.first_position)
    keys_in = staticmethod(codec.keys_in)

    first_cursor = staticmethod(cursor.first_cursor)
    next_cursor = staticmethod(cursor.next_cursor)
    cursor_before = staticmethod(cursor.cursor_before)
    downward = staticmethod(cursor.downward)
    split = staticmethod(cursor.split)
    partition = staticmethod(cursor.partition)
    beyond = staticmethod(cursor.beyond)

    row_path = staticmethod(by_key.row_path)
    xml_path = staticmethod(by_key.xml_path)
    statistics_path = staticmethod(by_key.statistics_path)
    sequence_flows_path = staticmethod(by_key.sequence_flows_path)
    read_whole_value = staticmethod(by_key.read_whole_value)
    read_evaluation = staticmethod(by_key.read_evaluation)
    read_statistics = staticmethod(by_key.read_statistics)
    read_sequence_flows = staticmethod(by_key.read_sequence_flows)

    version_statistics = None

    def element_counts(self, plan: Plan, process_definition_key: int) -> Request | None:  # noqa: ARG002 - not in v1
        return None

    not_there = errors.NOT_THERE
    not_allowed = errors.NOT_ALLOWED
    read_error = staticmethod(errors.read_error)


V1_API: Api = _V1Api()
