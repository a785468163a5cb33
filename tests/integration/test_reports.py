"""Reports by the filters of their readers: the figures of the recorded rows over both APIs, and what is sent."""

from __future__ import annotations

import json
from contextlib import ExitStack
from datetime import datetime, timedelta

import pandas as pd
import pytest

import operate_frames as of
from operate_frames.sandbox import serve
from tests.support import plain_reports as plain
from tests.support.names import V1_NAMES
from tests.support.plain_reports import PROCESS, VERSION, assert_same
from tests.support.servers import DATASET

RECORDED = json.loads(DATASET.read_text(encoding="utf-8"))
NOW = datetime.fromisoformat("2026-12-24T12:00:00+00:00")
REPORTS = (
    "cycle_times",
    "compare_versions",
    "throughput",
    "sla",
    "element_times",
    "bottlenecks",
    "stuck_instances",
    "variants",
    "rework",
    "changes_since_start",
    "incident_report",
)
BOTH = pytest.mark.parametrize("api", ["v1", "v2"])


def recorded(read, path):
    """The recorded rows by our names, with dates, and the process that they belong to."""
    ids = {each["key"]: each["bpmnProcessId"] for each in RECORDED["process-definitions"]["search"]}
    rows = []
    for raw in RECORDED[path]["search"]:
        row = {ours: raw.get(theirs) for ours, theirs in V1_NAMES[read].items()}
        for name in ("start_date", "end_date", "creation_time"):
            if row.get(name):
                row[name] = datetime.strptime(row[name], "%Y-%m-%dT%H:%M:%S.%f%z")
        row[PROCESS] = row.get(PROCESS) or ids[row["process_definition_key"]]
        row["state"] = {"CANCELED": "TERMINATED"}.get(row["state"], row["state"])
        rows.append(row)
    return rows


INSTANCES = recorded(of.read_instances, "process-instances")
ELEMENTS = recorded(of.read_element_instances, "flownode-instances")
INCIDENTS = recorded(of.read_incidents, "incidents")


@pytest.fixture(scope="module")
def connections():
    with ExitStack() as running:
        servers = {"v1": "8.6", "v2": "8.10"}
        found = {}
        for api, version in servers.items():
            server = running.enter_context(serve(auth="none", version=version, data=DATASET))
            operate = running.enter_context(of.connect(server.base_url, auth="none"))
            assert operate.api.name == api
            found[api] = server, operate
        yield found


@pytest.fixture
def operate(api, connections):
    return connections[api][1]


@pytest.fixture
def server(api, connections):
    return connections[api][0]


@BOTH
def test_cycle_times(operate):
    report = of.cycle_times(operate=operate, now=NOW)

    assert_same(report, plain.times(INSTANCES, (PROCESS, VERSION), NOW))
    assert report["open"].sum() == 53
    assert report["count"].sum() == 92
    assert report.attrs["operate"]["rows"] == 145


@BOTH
def test_what_is_chosen_by_filters(operate):
    report = of.cycle_times(operate=operate, process_definition_id="order", state=["ACTIVE", "COMPLETED"], now=NOW)

    chosen = [row for row in INSTANCES if row[PROCESS] == "order" and row["state"] != "TERMINATED"]
    assert_same(report, plain.times(chosen, (PROCESS, VERSION), NOW))
    assert 0 < len(chosen) < 145


@BOTH
def test_versions_side_by_side(operate):
    assert_same(of.compare_versions(operate=operate, now=NOW), plain.versions(INSTANCES, NOW))


@BOTH
@pytest.mark.parametrize("tz", ["UTC", "Pacific/Auckland"])
def test_throughput_and_sla(operate, tz):
    assert_same(of.throughput(operate=operate, tz=tz), plain.throughput(INSTANCES, "D", tz))
    within = timedelta(seconds=2)
    report = of.sla(within=within, operate=operate, tz=tz, now=NOW)
    assert_same(report, plain.sla(INSTANCES, within, "W", tz, NOW))


@BOTH
def test_where_time_goes(operate):
    by = (PROCESS, "element_id")
    assert_same(of.element_times(operate=operate, now=NOW), plain.times(ELEMENTS, by, NOW))
    assert_same(of.bottlenecks(operate=operate, now=NOW), plain.bottlenecks(ELEMENTS, by, NOW), ordered=False)
    report = of.stuck_instances(idle="29D", operate=operate, now=NOW)
    assert_same(report, plain.stuck(ELEMENTS, timedelta(days=29), NOW, INSTANCES), ordered=False)
    # Three wait at a joining gateway for a token that went another way, and stand in no element.
    assert report["open_elements"].value_counts().to_dict()[0] == 3
    assert len(report) == 53


@BOTH
def test_which_way_instances_take(operate):
    report = of.variants(operate=operate)
    assert_same(report, plain.variants(ELEMENTS, INSTANCES))
    assert report["open"].sum() == 53
    assert_same(of.rework(operate=operate), plain.rework(ELEMENTS, INSTANCES), ordered=False)
    key = INSTANCES[7]["process_instance_key"]
    chosen = [row for row in ELEMENTS if row["process_instance_key"] == key]
    report = of.changes_since_start(operate=operate, process_instance_key=key)
    assert_same(report, plain.changes(chosen))
    assert len(report) == 5


@BOTH
def test_incidents(operate):
    by = (PROCESS, "error_type", "message_pattern")
    report = of.incident_report(operate=operate, by=by, now=NOW)

    assert_same(report, plain.incidents(INCIDENTS, by, NOW), ordered=False)
    assert report["count"].sum() == 15
    assert report["open"].sum() == 13


@BOTH
@pytest.mark.parametrize("report", REPORTS)
def test_a_read_without_rows_is_a_report_without_rows(operate, report):
    asked = {"within": "1h"} if report == "sla" else {}
    frame = getattr(of, report)(operate=operate, process_definition_key=7, **asked)

    assert frame.empty
    assert [*frame.columns]


@BOTH
def test_the_element_of_an_incident(operate, api):
    looked_up = {"elements": True} if api == "v1" else {}
    report = of.incident_report(operate=operate, by="element_id", state="ACTIVE", **looked_up)

    assert report["count"].to_dict() == {"gw": 7, "charge": 6}


@BOTH
@pytest.mark.parametrize(
    "report",
    [of.cycle_times, of.throughput, of.element_times, of.bottlenecks, of.variants, of.rework, of.incident_report],
    ids=lambda report: report.__name__,
)
def test_a_question_without_rows_is_a_report_without_rows(operate, report):
    assert len(report(operate=operate, process_instance_key=1)) == 0


@BOTH
def test_only_the_columns_that_are_needed_are_read(operate, server):
    before = len(server.requests)
    report = of.cycle_times(operate=operate, process_definition_id="order", by="state", recheck=False)

    assert list(report.index) == ["ACTIVE", "COMPLETED", "TERMINATED"]
    assert operate.last_report.question == "process_instances(process_definition_id='order')"
    assert len(server.requests) - before <= 2


@BOTH
def test_explain_says_what_a_reader_would_and_sends_nothing(operate, server):
    before = len(server.requests)
    explained = of.bottlenecks(operate=operate, process_definition_key=7, state="ACTIVE", explain=True)

    assert isinstance(explained, of.Explanation)
    assert str(explained) == str(
        of.search("element_instances", operate=operate, process_definition_key=7, state="ACTIVE").explain()
    )
    assert len(server.requests) == before


@BOTH
def test_explain_says_that_it_asks_for_the_instances_that_run(operate):
    explained = of.variants(operate=operate, process_definition_id="order", type="USER_TASK", explain=True)

    assert "process_instances(state='ACTIVE', process_definition_id='order')" in str(explained)


@BOTH
@pytest.mark.parametrize(
    ("report", "options", "message"),
    [
        (of.cycle_times, {"proces_definition_id": "order"}, "did you mean 'process_definition_id'"),
        (of.cycle_times, {"by": "versoin"}, "process_instances has no column 'versoin'"),
        (of.cycle_times, {"by": []}, "by names no column"),
        (of.cycle_times, {"by": 3}, "by takes names of columns"),
        (of.cycle_times, {"by": ["state", "state"]}, "by names state more than once"),
        (of.cycle_times, {"now": "tomorrow"}, "now='tomorrow' is no date"),
        (of.cycle_times, {"now": 5}, "now takes a date"),
        (of.cycle_times, {"columns": ["state"]}, r"cycle_times\(\) takes no columns"),
        (of.cycle_times, {"explain": "yes"}, "explain takes True or False"),
        (of.cycle_times, {"by": "amuont", "variables": ["amount"]}, r"cycle_times\(\) needs amuont"),
        (of.throughput, {"freq": "H"}, "freq='H' is not known: it takes pandas' 'D'"),
        (of.throughput, {"tz": "Europe/Berln"}, "tz='Europe/Berln' is none that this machine knows"),
        (of.throughput, {"tz": 2}, "tz takes a text"),
        (of.sla, {"within": "5"}, "within='5' is no length of time: write it like"),
        (of.sla, {"within": 5}, "within takes a length of time such as '36h'"),
        (of.sla, {}, "within"),
        (of.stuck_instances, {"idle": "-1D"}, "idle='-1D' is below zero"),
        (of.incident_report, {"by": []}, "by names no column"),
        (of.incident_report, {"audit_logs": [1]}, "audit_logs takes a frame of of.read_audit_logs"),
        (of.incident_report, {"audit_logs": pd.DataFrame()}, "audit_logs needs entity_type, .* and the rows have none"),
        (of.variants, {"type": "USER"}, "type='USER' is none of"),
    ],
)
def test_what_cannot_be_asked_is_told_before_anything_is_sent(operate, server, report, options, message):
    before = len(server.requests)
    with pytest.raises((of.QuestionError, TypeError), match=message):
        report(operate=operate, **options)

    assert len(server.requests) == before


def test_a_variable_is_a_column_as_any_other():
    with serve(auth="none", version="8.10", instances=300) as server, of.connect(server.base_url, auth="none"):
        report = of.cycle_times(process_definition_id="order", variables=["customer"], by="customer")
        frame = of.read_instances(process_definition_id="order", variables=["customer"])

    assert report["count"].sum() + report["open"].sum() == len(frame)
    assert set(report.index.dropna()) == set(frame["customer"].dropna())


def test_a_frame_knows_when_it_was_read():
    with serve(auth="none", instances=300) as server, of.connect(server.base_url, auth="none"):
        frame = of.read_instances(state="ACTIVE")
    frame.attrs["operate"]["started"] = "2026-10-05T00:00:00+00:00"

    first = of.cycle_times(frame, by="state")["open_max_seconds"].iloc[0]
    oldest = pd.Timestamp("2026-10-05", tz="UTC") - frame["start_date"].min()

    assert first == pytest.approx(oldest.total_seconds() + frame.attrs["operate"]["seconds"], abs=1e-3)
