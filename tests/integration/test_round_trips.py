"""How many round trips a read takes, and how many requests: in units of time, of which each answer takes one.

The marks are half a round below those that reads from a server 100 ms away must reach (``docs/performance.md``): there
the answers take their time too. Requests are at most 1.3 times the pages and six more.
"""

from __future__ import annotations

from functools import cache
from time import monotonic

import pytest

import operate_frames as of
from operate_frames.reading.options import Tuning
from operate_frames.sandbox import Archiving, serve
from operate_frames.sandbox.data.company import company
from operate_frames.sandbox.http.app import application, operate_routes
from operate_frames.sandbox.v1.store import Store, archiver_of, contents_of_dataset
from operate_frames.sandbox.v2.routes import cluster_routes
from operate_frames.sandbox.v2.store import Store as ClusterStore
from tests.lab.losses import ended_lately
from tests.support.virtual_time import connected

APIS = ["v1", pytest.param("v2", marks=pytest.mark.matrix)]
# By default, four workers: rows, and at most so many units.
MARKS = [(1_000, 1), (2_000, 2), (10_000, 6), (30_000, 11), (60_000, 19)]
# Eight workers in one pass.
MARKS_OF_EIGHT = [
    (2_000, 2),
    (10_000, 4),
    (30_000, 7),
    (60_000, 11),
    pytest.param(500_000, 72, marks=pytest.mark.matrix),
]
# Their names are looked up by a search of its own.
DEFINITIONS = 1
WEEK = of.between("2026-07-06", "2026-07-13")
BERLIN_WEEK = of.between("2026-07-06T00:00+02:00", "2026-07-13T00:00+02:00")


def app_of(contents, api, archiving=None):
    archiver = archiver_of(contents, archiving)
    if api == "v1":
        return application(operate_routes(Store(contents, "elasticsearch", archiver), "elasticsearch", ""), [])
    return application(cluster_routes(ClusterStore(contents, "8.9", archiver), ""), [], "8.9")


@cache
def companies(instances, told=200):
    return company(instances, told=told)


def most_requests(pages):
    return 1.3 * pages + 6


@pytest.mark.parametrize(("rows", "most"), MARKS)
@pytest.mark.parametrize("api", APIS)
def test_a_read_by_default_of_what_ended_long_ago(api, rows, most):
    with connected(app_of(companies(rows), api), api) as (operate, time):
        frame = of.read_instances(operate=operate)

    assert len(frame) == rows
    assert time.units <= most
    assert max(time.at_once) <= 4
    assert sum(time.at_once) <= most_requests(rows / 1000 + DEFINITIONS)
    assert operate.last_report.passes == 1


@pytest.mark.parametrize(("rows", "most"), MARKS_OF_EIGHT)
@pytest.mark.parametrize("api", APIS)
def test_eight_at_once(api, rows, most):
    with connected(app_of(companies(rows), api), api) as (operate, time):
        frame = of.read_instances(operate=operate, workers=8, recheck=False)

    assert len(frame) == rows
    assert time.units <= most
    assert max(time.at_once) <= 8
    assert sum(time.at_once) <= most_requests(rows / 1000 + DEFINITIONS)


@pytest.mark.parametrize("goes_further", [True, False])
@pytest.mark.parametrize("dense", [1, 2, 3])
def test_nearly_all_rows_in_one_partition(dense, goes_further):
    rows = 60_000
    instances = ended_lately(rows)["process-instances"]["search"]
    counters = dict.fromkeys((1, 2, 3), 300)
    for number, each in enumerate(instances):
        partition = dense if number % 20 else 1 + number // 20 % 3
        for each_one in (partition,) if goes_further else counters:
            counters[each_one] += 7
        each["key"] = (partition << 51) + counters[partition]
    contents = contents_of_dataset({"process-instances": {"search": instances}})
    with connected(app_of(contents, "v1"), "v1") as (operate, time):
        frame = of.read_instances(operate=operate, columns=["process_instance_key"], workers=8, recheck=False)

    assert len(frame) == rows
    assert time.units <= 12
    assert sum(time.at_once) <= most_requests(rows / 1000)


@pytest.mark.parametrize(("rows", "most"), MARKS[:3])
@pytest.mark.parametrize("api", APIS)
def test_a_second_look_takes_at_most_three_more_units(api, rows, most):
    with connected(app_of(contents_of_dataset(ended_lately(rows)), api), api) as (operate, time):
        operate.tuning = Tuning(seconds_before_second_look=0.0)
        of.read_instances(operate=operate, columns=["process_instance_key"], workers=4, recheck=False)
        first = time.units
        time.begin()
        frame = of.read_instances(operate=operate, columns=["process_instance_key"])

    assert len(frame) == rows
    assert operate.last_report.second_look.startswith("taken")
    assert operate.last_report.passes == 2
    assert time.units <= most + 3
    assert time.units - first <= (3 if rows == 10_000 else 2)  # as it is known how its rows are spread
    assert sum(time.at_once) <= most_requests(2 * rows / 1000)


@pytest.mark.matrix
@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize(
    ("read", "asked", "pages", "instances"),
    [
        (of.read_incidents, {"creation_time": WEEK}, 7, 320_000),
        (of.read_instances, {"process_definition_id": "order", "start_date": WEEK}, 7, 60_000),
        (of.read_instances, {"process_definition_id": "order", "start_date": BERLIN_WEEK}, 8, 60_000),
    ],
    ids=["incidents of a week", "instances of a week", "of a week in Berlin"],
)
def test_the_questions_of_a_week(api, read, asked, pages, instances):
    with connected(app_of(companies(instances, told=40_000), api), api) as (operate, time):
        frame = read(operate=operate, **asked)

    assert len(frame) >= 500
    assert operate.last_report.passes == 1
    assert time.units <= 4
    assert sum(time.at_once) <= most_requests(pages + len(frame) / 1000)


@cache
def completed():
    """Instances that have ended and of which the server has elements."""
    with serve(auth="none", instances=6_000, told=6_000) as server, of.connect(server.base_url, auth="none") as operate:
        ended = of.read_instances(operate=operate, columns=["process_instance_key"], state="COMPLETED")
        told = of.read_element_instances(operate=operate, columns=["process_instance_key"])["process_instance_key"]
        return ended["process_instance_key"][ended["process_instance_key"].isin(told)]


@pytest.mark.parametrize(("workers", "most"), [(8, 4), (4, 8)])
@pytest.mark.parametrize("spread", [pytest.param("together", marks=pytest.mark.matrix), "apart"])
def test_elements_of_thirty_instances(workers, most, spread):
    chosen = completed().head(30) if spread == "together" else completed().iloc[:: len(completed()) // 30].head(30)
    with connected(app_of(companies(6_000, told=6_000), "v1"), "v1") as (operate, time):
        frame = of.read_element_instances(operate=operate, process_instance_key=list(chosen), workers=workers)

    assert frame["process_instance_key"].nunique() == 30
    assert time.units <= most
    assert sum(time.at_once) == 30 + DEFINITIONS + 1  # and one look at what ended lately


def test_nothing_is_asked_ahead_of_a_server_that_is_near():
    with connected(app_of(companies(2_000), "v1"), "v1") as (operate, time):
        operate.transport.clock.saw(None, monotonic())  # one answer came at once
        of.read_instances(operate=operate, columns=["process_instance_key"], workers=8)

    assert time.at_once == [1, 1, 1]  # the last page is full, so one more might come


def test_rows_that_move_are_looked_at_a_second_time():
    contents = contents_of_dataset(ended_lately(500))
    for_ever = Archiving(batch=50, every=10_000.0, hidden=0.0, doubled=10_000.0)
    with connected(app_of(contents, "v1", for_ever), "v1") as (operate, _):
        operate.tuning = Tuning(seconds_before_second_look=0.0)
        of.read_instances(operate=operate, columns=["process_instance_key"])

    assert operate.last_report.second_look == "taken: at all rows, as the first look lacks some or met some twice"
    assert operate.last_report.doubles == 100


def test_an_explanation_says_into_how_many_parts_a_distant_read_is_cut():
    with connected(app_of(companies(2_000), "v1"), "v1") as (operate, _):
        explained = of.search("process_instances", operate=operate, workers=8).explain(probe=True)

    assert (explained.pages, explained.parts) == (2, 2)
    assert "about 2 pages, in 2 parts" in str(explained)
