"""The second look at rows that may have been hidden while they moved: whether, at what, and what the report says."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

import operate_frames as of
from operate_frames.reading.options import Tuning
from operate_frames.sandbox import serve
from tests.lab.losses import ended_lately
from tests.support.falsifying_proxy import falsified, first_row_left_out
from tests.support.quick_retries import connect_quickly
from tests.support.scripted import Answer, scripted

AT_ONCE = Tuning(seconds_before_second_look=0.0)
KEY = ["process_instance_key"]
VERSIONS = ["8.6", "8.9"]


@pytest.fixture(scope="module", params=VERSIONS)
def of_old(request):
    with serve(auth="none", instances=400, version=request.param) as server:
        yield server


@pytest.fixture(scope="module", params=VERSIONS)
def of_today(request):
    with serve(auth="none", instances=2600, until="now", version=request.param) as server:
        yield server


@pytest.fixture
def connected():
    opened = []

    def connect(url, tuning=AT_ONCE):
        opened.append(of.connect(url, auth="none"))
        opened[-1].tuning = tuning
        return opened[-1]

    yield connect
    for each in opened:
        each.close()


def asked_of(server, what, before):
    """The filters of the searches for something that came since."""
    sent = [each for each in server.requests[before:] if each.path.endswith(f"/{what}/search")]
    return [json.loads(each.body).get("filter", {}) for each in sent]


@pytest.mark.parametrize(
    ("read", "asked", "why"),
    [
        (of.read_instances, {}, "no row of the answer ended yesterday or today"),
        (of.read_instances, {"recheck": False}, "recheck=False"),
        (of.read_instances, {"state": "ACTIVE"}, "what is active does not move to the archive"),
        (of.read_instances, {"end_date": of.between(None, "2026-09-20")}, "what was asked for ended before yesterday"),
        (of.read_incidents, {}, "no process instance of the question ended yesterday or today"),
        (of.read_variables, {"name": "amount"}, "no process instance of the question ended yesterday or today"),
        (of.read_definitions, {}, "process_definitions do not move to the archive"),
    ],
)
def test_where_nothing_can_be_moving_there_is_none(of_old, connected, read, asked, why):
    operate = connected(of_old.base_url)
    read(operate=operate, **asked)

    assert operate.last_report.second_look == f"not taken: {why}"
    assert operate.last_report.passes == 1


def test_of_many_rows_only_those_that_ended_lately_are_looked_at_again(of_today, connected):
    operate = connected(of_today.base_url)
    before = len(of_today.requests)
    frame = of.read_instances(operate=operate, page_size=200, workers=1)

    assert len(frame) == 2600
    assert operate.last_report.second_look == "taken: at what ended yesterday and today"
    asked = asked_of(of_today, "process-instances", before)
    first = [each for each in asked if "endDate" not in each]
    assert 0 < len(asked[len(first) :]) < 4
    assert not any("endDate" in each for each in asked[: len(first)])
    assert operate.last_report.rows == 2600
    assert operate.last_report.missing == 0


@pytest.mark.parametrize(
    ("rows", "page_size", "workers", "why"),
    [
        (300, 100, 1, "as some may have ended yesterday or today"),
        (1200, 100, 4, "as some may have ended yesterday or today"),
        (400, 100, 1, "as most ended yesterday or today"),
    ],
)
def test_all_rows_are_where_that_takes_little_or_they_are_the_same(connected, rows, page_size, workers, why):
    with serve(auth="none", data=ended_lately(rows)) as server:
        operate = connected(server.base_url)
        frame = of.read_instances(operate=operate, columns=KEY, page_size=page_size, workers=workers)
        second = server.requests[-1]

    assert len(frame) == rows
    assert operate.last_report.second_look == f"taken: at all rows, {why}"
    assert b"endDate" not in second.body


def test_what_belongs_to_instances_is_asked_for_by_those_that_ended_lately(of_today, connected):
    operate = connected(of_today.base_url)
    frame = of.read_variables(operate=operate, columns=["variable_key"])

    assert len(frame) == of_today.rows["variables"]
    assert operate.last_report.second_look in (
        "taken: at what belongs to the process instances that ended yesterday and today",
        "taken: at all rows, as process instances ended yesterday or today",
    )


def test_instances_that_were_named_and_ended_long_ago_need_none(of_today, connected):
    operate = connected(of_today.base_url)
    key = of.read_instances(operate=operate, columns=KEY, end_date=of.between(None, "2026-11-01"), limit=1).iloc[0, 0]
    of.read_element_instances(operate=operate, process_instance_key=key)

    assert operate.last_report.second_look == (
        "not taken: no process instance of the question ended yesterday or today"
    )


@pytest.mark.parametrize(("rows", "searches"), [(49, [{}]), (50, [{}, "endDate", "endDate"])])
def test_the_last_few_that_ended_tell_which_ended_lately_else_each_day_is_asked_for(connected, rows, searches):
    data = ended_lately(rows)
    data["variables"] = {"search": [{"key": 1, "name": "amount", "value": "1", "processInstanceKey": 2}]}
    with serve(auth="none", data=data) as server:
        operate = connected(server.base_url)
        before = len(server.requests)
        of.read_variables(operate=operate, columns=["variable_key"])

        asked = asked_of(server, "process-instances", before)
    assert [next(iter(each), {}) for each in asked] == searches
    assert operate.last_report.second_look.startswith("taken")


def test_more_than_twenty_pages_get_none_unasked(connected):
    with serve(auth="none", data=ended_lately(420)) as server:
        operate = connected(server.base_url)
        of.read_instances(operate=operate, columns=KEY, page_size=20)

    assert operate.last_report.second_look == "not taken: 21 pages; unasked only reads of up to 20 get one"


@pytest.mark.parametrize("rows", [900, 2500])
def test_a_row_that_the_first_look_missed_comes_with_the_second(connected, rows):
    seen = []

    def falsify(request, pass_on):
        answer = pass_on(request)
        if not request.path.endswith("/process-instances/search"):
            return answer
        seen.append(json.loads(request.body))
        said = json.loads(answer.body)
        if len(said["items"]) < 500 or len(seen) > 1:
            return answer
        left_out = json.loads(first_row_left_out(answer).body)
        return Answer(body=json.dumps(left_out | {"total": 10_000}).encode())  # no count tells of it

    with serve(auth="none", data=ended_lately(rows)) as server, falsified(server.base_url, falsify) as url:
        operate = connected(url)
        frame = of.read_instances(operate=operate, columns=KEY)

    assert len(frame) == rows
    assert operate.last_report.added == 1
    assert operate.last_report.second_look.startswith("taken: at")


def test_it_begins_no_sooner_than_a_second_after_the_first_look(connected):
    at = []

    def falsify(request, pass_on):
        if request.path.endswith("/process-instances/search"):
            at.append(datetime.now(UTC))
        return pass_on(request)

    with serve(auth="none", data=ended_lately(50)) as server, falsified(server.base_url, falsify) as url:
        of.read_instances(operate=connected(url, Tuning()), columns=KEY)

    assert at[-1] - at[0] >= timedelta(seconds=1)


@pytest.mark.parametrize(("hours", "looks"), [(20, "taken"), (50, "not taken")])
def test_what_ended_lately_the_server_s_clock_says(hours, looks):
    """Its clock is ten days ahead of this machine's."""
    now = datetime.now(UTC) + timedelta(days=10)
    ended = (now - timedelta(hours=hours)).isoformat(timespec="milliseconds")[:-6] + "+0000"
    row = {"key": 1, "state": "COMPLETED", "startDate": ended, "endDate": ended}

    def answer(request):
        items = [] if b"After" in request.body or "definitions" in request.path else [row]
        body = json.dumps({"items": items, "sortValues": [1] * len(items), "total": 10_000}).encode()
        return Answer(body=body, headers={"Date": format_datetime(now), "Content-Type": "application/json"})

    with scripted(answer) as (url, _):
        operate = connect_quickly(url, auth="none")
        operate.tuning = AT_ONCE
        of.read_instances(columns=["state"])

    assert operate.last_report.second_look.split(":")[0] == looks


def test_joined_rows_get_theirs(of_today, connected):
    operate = connected(of_today.base_url)
    before = len(of_today.requests)
    frame = of.read_instances(operate=operate, limit=50, sort="-start_date", incidents=True)

    assert len(frame) == 50
    assert len(asked_of(of_today, "incidents", before)) >= 1
