"""Made rows for reports: few processes, elements and moments, so that they meet; among the moments those of clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
from hypothesis import strategies as st

from operate_frames.schema.arrow import PANDAS_DTYPES
from operate_frames.schema.resources import RESOURCES

# Clocks leap or go back at these: Berlin, São Paulo and Havana at midnight, Lord Howe by half an hour.
AROUND = [
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2018, 11, 4, 3, tzinfo=UTC),
    datetime(2018, 2, 18, 2, tzinfo=UTC),
    datetime(2026, 11, 1, 5, tzinfo=UTC),
    datetime(2026, 4, 4, 15, tzinfo=UTC),
    datetime(2026, 12, 31, 23, 30, tzinfo=UTC),
]
ZONES = ["UTC", "Europe/Berlin", "America/Sao_Paulo", "America/Havana", "Australia/Lord_Howe", "Asia/Kolkata"]
# Behind every moment that is drawn.
NOW = datetime(2027, 6, 1, tzinfo=UTC)

lengths = st.one_of(st.none(), st.integers(0, 10**7).map(lambda seconds: timedelta(seconds=seconds / 10)))
keys = st.integers(0, 5).map(lambda number: (4 << 51) + number)
processes = st.sampled_from(["order", "shipping", "ä.b"])


def _instance(process, version, start, length, *, state, has_incident):
    return {
        "process_instance_key": 0,
        "process_definition_id": process,
        "process_definition_version": version,
        "start_date": start,
        "end_date": None if length is None else start + length,
        "state": "ACTIVE" if length is None else state,
        "has_incident": has_incident,
    }


def _element(instance, element, kind, start, *, length, state, has_incident):
    return {
        "element_instance_key": 0,
        "process_instance_key": instance,
        "process_definition_id": ["order", "shipping", "ä.b"][instance % 3],
        "element_id": element,
        "element_name": element.upper(),
        "type": kind,
        "start_date": start,
        "end_date": None if length is None else start + length,
        "state": "ACTIVE" if length is None else state,
        "has_incident": has_incident,
    }


def _incident(instance, kind, message, start, state):
    return {
        "incident_key": 0,
        "process_instance_key": instance,
        "process_definition_id": ["order", "shipping", "ä.b"][instance % 3],
        "element_id": kind.lower(),
        "error_type": kind,
        "error_message": message,
        "creation_time": start,
        "state": state,
    }


def _numbered(key):
    return lambda rows: [{**row, key: (4 << 51) + 7 + number} for number, row in enumerate(rows)]


ended = st.sampled_from(["COMPLETED", "COMPLETED", "TERMINATED"])


def _moments_around(anchor):
    """Few weeks, or a report by days would have thousands of them."""
    hours, millis = st.integers(-400, 400), st.sampled_from([0, 0, 1, 137, 1_799_999])
    return st.builds(lambda hour, milli: anchor + timedelta(hours=hour, milliseconds=milli), hours, millis)


def _instances_around(anchor):
    made = st.builds(
        _instance,
        processes,
        st.integers(1, 3),
        _moments_around(anchor),
        lengths,
        state=ended,
        has_incident=st.booleans(),
    )
    return st.lists(made, max_size=40).map(_numbered("process_instance_key"))


def _elements_around(anchor):
    kinds = ["START_EVENT", "USER_TASK", "SERVICE_TASK", "SUB_PROCESS", "MULTI_INSTANCE_BODY"]
    made = st.builds(
        _element,
        keys,
        st.sampled_from(["start", "pack", "wait"]),
        st.sampled_from(kinds),
        _moments_around(anchor),
        length=lengths,
        state=ended,
        has_incident=st.booleans(),
    )
    return st.lists(made, max_size=40).map(_numbered("element_instance_key"))


def _incidents_around(anchor):
    made = st.builds(
        _incident,
        keys,
        st.sampled_from(["JOB_NO_RETRIES", "IO_MAPPING_ERROR"]),
        st.text("a '\"7.,\nä", max_size=12),
        _moments_around(anchor),
        st.sampled_from(["ACTIVE", "RESOLVED", "MIGRATED"]),
    )
    return st.lists(made, max_size=30).map(_numbered("incident_key"))


anchors = st.sampled_from(AROUND)
instances = anchors.flatmap(_instances_around)
elements = anchors.flatmap(_elements_around)
incidents = anchors.flatmap(_incidents_around)


def frame_of(resource, rows):
    """Rows as their reader gives them, those that are needed for reports."""
    columns = {
        "process_instances": _instance("", 0, NOW, None, state="", has_incident=False),
        "element_instances": _element(0, "", "", NOW, length=None, state="", has_incident=False),
        "incidents": _incident(0, "", "", NOW, ""),
    }[resource]
    dtypes = {each.column: PANDAS_DTYPES[each.kind] for each in RESOURCES[resource].fields if each.column in columns}
    return pd.DataFrame(rows, columns=list(columns)).astype(dtypes)
