"""Every report's figures are those of plain Python over the same rows, whatever the rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import operate_frames as of
from tests.support import plain_reports as plain
from tests.support.plain_reports import PROCESS, VERSION, assert_same, moment
from tests.support.report_rows import NOW, ZONES, elements, frame_of, incidents, instances

FREQUENCIES = ["D", "W", "MS", "QS", "YS"]
ELEMENT = (PROCESS, "element_id")


by_instances = st.sampled_from([(PROCESS, VERSION), (PROCESS,), ("state", PROCESS), ("has_incident",)])
by_elements = st.sampled_from([ELEMENT, ("type",), ("element_id", "state", "has_incident")])
quickly = settings(max_examples=30, deadline=None, derandomize=True)


@quickly
@given(instances, by_instances)
def test_cycle_times(rows, by):
    assert_same(of.cycle_times(frame_of("process_instances", rows), by=by, now=NOW), plain.times(rows, by, NOW))


@quickly
@given(instances)
def test_versions_side_by_side(rows):
    assert_same(of.compare_versions(frame_of("process_instances", rows), now=NOW), plain.versions(rows, NOW))


@quickly
@given(instances, st.sampled_from(FREQUENCIES), st.sampled_from(ZONES))
def test_throughput(rows, freq, tz):
    report = of.throughput(frame_of("process_instances", rows), freq=freq, tz=tz)

    assert_same(report, plain.throughput(rows, freq, tz))
    assert str(report.index.dtype) == f"datetime64[us, {tz}]"
    if rows:
        assert report["open"].iloc[-1] == sum(row["end_date"] is None for row in rows)


@quickly
@given(
    instances,
    st.sampled_from(FREQUENCIES),
    st.sampled_from(ZONES),
    st.sampled_from([timedelta(0), timedelta(hours=3), timedelta(days=5)]),
)
def test_sla(rows, freq, tz, within):
    report = of.sla(frame_of("process_instances", rows), within=within, freq=freq, tz=tz, now=NOW)

    assert_same(report, plain.sla(rows, within, freq, tz, NOW))
    assert report["started"].sum() == len(rows)


@quickly
@given(elements, by_elements)
def test_element_times(rows, by):
    assert_same(of.element_times(frame_of("element_instances", rows), by=by, now=NOW), plain.times(rows, by, NOW))


@quickly
@given(elements, by_elements)
def test_bottlenecks(rows, by):
    report = of.bottlenecks(frame_of("element_instances", rows), by=by, now=NOW)

    assert_same(report, plain.bottlenecks(rows, by, NOW), ordered=False)
    assert report["total_seconds"].is_monotonic_decreasing
    shares = report[["share", "cumulative_share"]].fillna(-1.0)  # of no time at all there are none
    assert shares["cumulative_share"].to_list() == pytest.approx(report["share"].cumsum().fillna(-1.0).to_list())


# Instances 0 to 5 have elements; what is said of others means nothing.
said = st.lists(st.tuples(st.integers(0, 7), st.booleans()), max_size=6, unique_by=lambda each: each[0]).map(
    lambda each: [
        {"process_instance_key": (4 << 51) + number, "end_date": NOW if has_ended else None}
        for number, has_ended in each
    ]
)


@quickly
@given(elements, said, st.sampled_from([timedelta(0), timedelta(days=200), timedelta(days=220)]))
def test_stuck_instances(rows, instances, idle):
    frame, running = frame_of("element_instances", rows), frame_of("process_instances", instances)
    report = of.stuck_instances(frame, instances=running, idle=idle, now=NOW)

    assert_same(report, plain.stuck(rows, idle, NOW, instances), ordered=False)
    assert report["idle_seconds"].is_monotonic_decreasing
    assert_same(of.stuck_instances(frame, idle=idle, now=NOW), plain.stuck(rows, idle, NOW), ordered=False)


@quickly
@given(elements, said)
def test_variants(rows, instances):
    frame, running = frame_of("element_instances", rows), frame_of("process_instances", instances)

    assert_same(of.variants(frame, instances=running), plain.variants(rows, instances))
    assert_same(of.variants(frame), plain.variants(rows))


@quickly
@given(elements, said)
def test_rework(rows, instances):
    frame, running = frame_of("element_instances", rows), frame_of("process_instances", instances)
    report = of.rework(frame, instances=running)

    assert_same(report, plain.rework(rows, instances), ordered=False)
    assert report["repetitions"].is_monotonic_decreasing


@quickly
@given(elements)
def test_changes_since_start(rows):
    assert_same(of.changes_since_start(frame_of("element_instances", rows)), plain.changes(rows))


by_incidents = st.sampled_from([(PROCESS, "element_id", "error_type", "message_pattern"), ("error_type",)])


@quickly
@given(incidents, by_incidents)
def test_incidents(rows, by):
    report = of.incident_report(frame_of("incidents", rows), by=by, now=NOW)

    assert_same(report, plain.incidents(rows, by, NOW), ordered=False)
    assert report["count"].is_monotonic_decreasing


@quickly
@given(incidents, st.sampled_from(FREQUENCIES), st.sampled_from(ZONES))
def test_incidents_over_time(rows, freq, tz):
    def period(row):
        return plain.begin_of(plain.period_of(row["creation_time"], freq, tz), tz)

    report = of.incident_report(frame_of("incidents", rows), by="error_type", freq=freq, tz=tz, now=NOW)
    alone = of.incident_report(frame_of("incidents", rows), by=[], freq=freq, tz=tz, now=NOW)

    assert_same(report, plain.incidents(rows, ("error_type",), NOW, period=period))
    assert_same(alone[alone["count"] > 0], plain.incidents(rows, (), NOW, period=period))
    days = plain.periods([row["creation_time"] for row in rows], freq, tz)
    assert [moment(begin) for begin in alone.index] == [plain.begin_of(day, tz) for day in days]


@quickly
@given(incidents, st.lists(st.tuples(st.integers(0, 30), st.integers(0, 10**6), st.booleans()), max_size=20))
def test_time_to_resolve(rows, entries):
    logged = [
        {
            "entity_type": "INCIDENT",
            "operation_type": "RESOLVE",
            "result": "SUCCESS" if success else "FAIL",
            "entity_key": str(rows[number]["incident_key"]),
            "timestamp": rows[number]["creation_time"] + timedelta(seconds=seconds),
        }
        for number, seconds, success in entries
        if number < len(rows)
    ]
    logged += [{**each, "operation_type": "UPDATE", "timestamp": NOW} for each in logged]
    resolved = {}
    for each in logged:
        if each["operation_type"] == "RESOLVE" and each["result"] == "SUCCESS":
            key = int(each["entity_key"])
            resolved[key] = max(each["timestamp"], resolved.get(key, each["timestamp"]))
    columns = ["entity_type", "operation_type", "result", "entity_key", "timestamp"]
    audit_logs = pd.DataFrame(logged, columns=columns).astype({"timestamp": "datetime64[us, UTC]"})

    report = of.incident_report(frame_of("incidents", rows), by="error_type", audit_logs=audit_logs, now=NOW)

    assert_same(report, plain.incidents(rows, ("error_type",), NOW, resolved), ordered=False)


def test_what_a_pattern_folds():
    messages = {
        "card 4711 of 'Zoë' was declined": "card # of '…' was declined",
        'no variable "amount" at 12:30:01.5': 'no variable "…" at #',
        "Can't compare 'null' with '100'\n[DETAILS]": "Can't compare '…' with '…'",
        "id=8.6.0-rc1, 1,000 left": "id=#-rc#, # left",
        "": "",
    }
    common = {"incident_key": 1, "process_instance_key": 2, "creation_time": NOW, "state": "ACTIVE"}
    rows = [{**common, "error_message": text} for text in messages]

    report = of.incident_report(frame_of("incidents", rows), by="message_pattern")

    assert sorted(report.index) == sorted(messages.values())


def test_the_hour_that_comes_twice_is_in_a_day_of_25_hours():
    first = datetime(2026, 10, 24, 22, tzinfo=UTC)
    rows = [{"start_date": first + timedelta(hours=hours)} for hours in range(26)]

    report = of.throughput(frame_of("process_instances", rows), tz="Europe/Berlin")

    assert report["started"].to_list() == [25, 1]
    assert report.index[1] - report.index[0] == pd.Timedelta(hours=25)
    assert report.index[0] == first


def test_a_day_without_midnight_begins_with_the_leap():
    leap = datetime(2018, 11, 4, 3, tzinfo=UTC)
    rows = [{"start_date": leap - timedelta(milliseconds=1)}, {"start_date": leap}]

    report = of.throughput(frame_of("process_instances", rows), tz="America/Sao_Paulo")

    assert report["started"].to_list() == [1, 1]
    assert report.index[1] == leap


def test_just_as_long_as_the_limit_is_within_it():
    begin = datetime(2026, 10, 1, tzinfo=UTC)
    ends = [begin + timedelta(hours=3), begin + timedelta(hours=3, milliseconds=1)]
    rows = [{"start_date": begin, "end_date": end} for end in ends]

    report = of.sla(frame_of("process_instances", rows), within="3h")

    assert report[["within", "late"]].to_numpy().tolist() == [[1, 1]]


def test_what_has_not_moved_for_just_so_long_is_stuck():
    row = {"process_instance_key": 1, "element_instance_key": 2, "element_id": "pack", "start_date": NOW}
    frame = frame_of("element_instances", [row])

    assert len(of.stuck_instances(frame, idle="3h", now=NOW + timedelta(hours=3))) == 1
    assert len(of.stuck_instances(frame, idle="3h", now=NOW + timedelta(hours=3, milliseconds=-1))) == 0
