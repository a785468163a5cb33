"""Every report over a made company, asked over v1 and over v2: its figures are those of plain Python over plain rows.

The company's processes loop, wait, fail and have several instances at once; of each some are open.
"""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest

import operate_frames as of
from operate_frames.frames.search import Search
from operate_frames.sandbox import serve
from tests.support import plain_reports as plain
from tests.support.http import new_session
from tests.support.names import expected, names_of, path_of
from tests.support.plain_reader import PlainClusterReader, PlainReader
from tests.support.plain_reports import PROCESS, VERSION, assert_same, moment

NOW = datetime(2026, 12, 24, 12, tzinfo=UTC)
VERSIONS = {"v1": "8.6", "v2": "8.10"}
# Clocks leap in September: at two in the night, and at midnight itself.
ZONES = ["UTC", "Pacific/Auckland", "America/Santiago"]
FREQUENCIES = ["D", "W", "MS", "QS"]
ELEMENT = (PROCESS, "element_id")
MOVING = {
    "process_instance_key",
    "process_definition_id",
    "element_instance_key",
    "element_id",
    "type",
    "start_date",
    "end_date",
}
READ = {
    "cycle_times": {PROCESS, VERSION, "start_date", "end_date"},
    "compare_versions": {PROCESS, VERSION, "start_date", "end_date", "state", "has_incident"},
    "throughput": {"start_date", "end_date"},
    "sla": {"start_date", "end_date"},
    "element_times": {*ELEMENT, "start_date", "end_date"},
    "bottlenecks": {*ELEMENT, "type", "start_date", "end_date"},
    "stuck_instances": {*MOVING, "has_incident"},
    "variants": MOVING,
    "rework": MOVING - {"element_instance_key", "start_date"},
    "changes_since_start": (MOVING - {PROCESS}) | {"element_name", "state"},
    "incident_report": {
        PROCESS,
        "element_id",
        "error_type",
        "error_message",
        "incident_key",
        "process_instance_key",
        "creation_time",
        "state",
    },
}
RUNNING = {"process_instance_key", "end_date"}
OF_RUNNING = ("stuck_instances", "variants", "rework")
AGELESS = ("throughput", "variants", "rework", "changes_since_start")
READERS = {
    **dict.fromkeys(READ, of.read_element_instances),
    **dict.fromkeys(("cycle_times", "compare_versions", "throughput", "sla"), of.read_instances),
    "incident_report": of.read_incidents,
}
EVERY = pytest.mark.parametrize("report", READ)


def options(report):
    """What a report cannot do without, and what makes it the same whenever it is asked."""
    return ({"within": "1h"} if report == "sla" else {}) | ({} if report in AGELESS else {"now": NOW})


@pytest.fixture(scope="module", params=["v1", pytest.param("v2", marks=pytest.mark.matrix)])
def server(request):
    with serve(auth="none", version=VERSIONS[request.param], instances=400, collaborations=120, seed=3) as running:
        yield request.param, running


@pytest.fixture(scope="module")
def operate(server):
    api, running = server
    with of.connect(running.base_url, auth="none") as operate:
        assert operate.api.name == api
        yield operate


@pytest.fixture(scope="module")
def rows(server):
    """Rows of instances, elements and incidents, by nothing but HTTP and JSON."""
    api, running = server
    kind = PlainReader if api == "v1" else PlainClusterReader
    with ExitStack() as held:
        reader = held.enter_context(kind(running.base_url, new_session(1)))

        def found(read):
            names = names_of(read, api, VERSIONS[api])
            return expected(reader.rows(path_of(read, api)), names)

        ids = {each["process_definition_key"]: each[PROCESS] for each in found(of.read_definitions)}
        elements, incidents = found(of.read_element_instances), found(of.read_incidents)
        for row in [*elements, *incidents]:
            row.setdefault(PROCESS, ids[row["process_definition_key"]])
        return found(of.read_instances), elements, incidents


def test_the_company_has_something_to_show(rows):
    instances, elements, incidents = rows
    assert len({(row[PROCESS], row[VERSION]) for row in instances}) > 8
    assert 50 < sum(row["end_date"] is None for row in instances) < 400
    assert {"MULTI_INSTANCE_BODY", "SUB_PROCESS", "USER_TASK"} <= {row["type"] for row in elements}
    assert {row["state"] for row in incidents} == {"ACTIVE", "RESOLVED"}


@pytest.mark.parametrize("by", [(PROCESS, VERSION), (PROCESS,), ("state", "has_incident"), ("tenant_id",)])
def test_cycle_times(operate, rows, by):
    report = of.cycle_times(operate=operate, by=by, now=NOW)

    assert_same(report, plain.times(rows[0], by, NOW))
    assert report["open"].sum() + report["count"].sum() == len(rows[0])


def test_versions_side_by_side(operate, rows):
    report = of.compare_versions(operate=operate, now=NOW)

    assert_same(report, plain.versions(rows[0], NOW))
    assert report["median_change"].notna().sum() > 3


@pytest.mark.parametrize("tz", ZONES)
@pytest.mark.parametrize("freq", FREQUENCIES)
def test_over_time(operate, rows, freq, tz):
    instances, _, incidents = rows
    assert_same(of.throughput(operate=operate, freq=freq, tz=tz), plain.throughput(instances, freq, tz))
    within = timedelta(hours=1)
    report = of.sla(operate=operate, within=within, freq=freq, tz=tz, now=NOW)
    assert_same(report, plain.sla(instances, within, freq, tz, NOW))

    def period(row):
        return plain.begin_of(plain.period_of(row["creation_time"], freq, tz), tz)

    report = of.incident_report(operate=operate, by="error_type", freq=freq, tz=tz, now=NOW)
    assert_same(report, plain.incidents(incidents, ("error_type",), NOW, period=period))
    alone = of.incident_report(operate=operate, by=[], freq=freq, tz=tz, now=NOW)
    assert_same(alone[alone["count"] > 0], plain.incidents(incidents, (), NOW, period=period))
    days = plain.periods([row["creation_time"] for row in incidents], freq, tz)
    assert [moment(begin) for begin in alone.index] == [plain.begin_of(day, tz) for day in days]


@pytest.mark.parametrize("by", [ELEMENT, ("type",)])
def test_where_time_goes(operate, rows, by):
    assert_same(of.element_times(operate=operate, by=by, now=NOW), plain.times(rows[1], by, NOW))
    report = of.bottlenecks(operate=operate, by=by, now=NOW)
    assert_same(report, plain.bottlenecks(rows[1], by, NOW), ordered=False)
    assert report["share"].is_monotonic_decreasing


@pytest.mark.parametrize("days", [0, 80, 150])
def test_what_is_stuck(operate, rows, days):
    report = of.stuck_instances(operate=operate, idle=f"{days}D", now=NOW)

    assert_same(report, plain.stuck(rows[1], timedelta(days=days), NOW, rows[0]), ordered=False)


def test_which_way(operate, rows):
    instances, elements, _ = rows
    report = of.variants(operate=operate)
    assert_same(report, plain.variants(elements, instances))
    assert Counter(report.index.get_level_values(PROCESS)).most_common(1)[0][1] > 3
    report = of.rework(operate=operate)
    assert_same(report, plain.rework(elements, instances), ordered=False)
    assert report["reworked"].sum() > 0


def test_what_is_chosen_by_filters(operate, rows):
    chosen = {"process_definition_id": ["order", "shipping"]}
    instances, elements, incidents = ([row for row in each if row[PROCESS] in ("order", "shipping")] for each in rows)
    assert_same(of.rework(operate=operate, **chosen), plain.rework(elements, instances), ordered=False)
    assert_same(of.variants(operate=operate, **chosen), plain.variants(elements, instances))
    assert_same(of.compare_versions(operate=operate, **chosen, now=NOW), plain.versions(instances, NOW))
    tasks = [row for row in elements if row["type"] in ("USER_TASK", "SERVICE_TASK")]
    report = of.variants(operate=operate, **chosen, type=["USER_TASK", "SERVICE_TASK"])
    assert_same(report, plain.variants(tasks, instances))
    by = ("error_type",)
    report = of.incident_report(operate=operate, **chosen, by=by, now=NOW)
    assert_same(report, plain.incidents(incidents, by, NOW), ordered=False)


def test_what_changed(operate, rows):
    assert_same(of.changes_since_start(operate=operate), plain.changes(rows[1]))


def test_incidents(operate, rows):
    by = (PROCESS, "error_type", "message_pattern")
    report = of.incident_report(operate=operate, by=by, now=NOW)

    assert_same(report, plain.incidents(rows[2], by, NOW), ordered=False)


@EVERY
def test_a_frame_gives_the_figures_of_the_question(operate, report):
    frame = READERS[report](operate=operate, process_definition_id="order")
    running = {"instances": of.read_instances(operate=operate)} if report in OF_RUNNING else {}

    of_question = getattr(of, report)(operate=operate, process_definition_id="order", **options(report))
    of_frame = getattr(of, report)(frame, **running, **options(report))

    assert len(of_question) > 0
    assert of_frame.equals(of_question)


@EVERY
def test_only_the_columns_that_are_needed_are_read(operate, report, monkeypatch):
    read, frames = Search.to_pandas, []
    monkeypatch.setattr(Search, "to_pandas", lambda search: frames.append(read(search)) or frames[-1])

    getattr(of, report)(operate=operate, process_definition_id="order", **options(report))

    running = [RUNNING] if report in OF_RUNNING else []
    assert [{*frame.columns} for frame in frames] == [READ[report], *running]


@EVERY
def test_explain_sends_nothing(server, operate, report):
    before = len(server[1].requests)

    explained = getattr(of, report)(operate=operate, process_definition_id="order", explain=True, **options(report))

    assert isinstance(explained, of.Explanation)
    assert "process_definition_id='order'" in str(explained)
    assert len(server[1].requests) == before


@EVERY
def test_rows_and_a_question_at_once_are_refused(server, operate, report):
    frame = READERS[report](operate=operate, limit=3)
    before = len(server[1].requests)

    for name, value in {"process_definition_id": "order", "operate": operate, "explain": True, "workers": 2}.items():
        with pytest.raises(of.QuestionError, match=rf"{report}\(\) was given rows and {name}="):
            getattr(of, report)(frame, **options(report), **{name: value})
    assert len(server[1].requests) == before
