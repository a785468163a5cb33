"""The sandbox's faults: a schedule that a seed makes, and what each of them looks like to who asks."""

from __future__ import annotations

import json
from typing import get_args

import pytest
import requests

from operate_frames.sandbox import Faults, serve
from operate_frames.sandbox.http.faults import Fault
from tests.support.http import new_session

SEARCH = {"size": 3, "filter": {"state": "ACTIVE"}}


@pytest.fixture
def ask():
    with new_session() as session:
        yield lambda server, **body: session.post(
            f"{server.base_url}/v1/process-instances/search", json=SEARCH | body, timeout=10
        )


def always(kind):
    return serve(auth="none", instances=50, faults=Faults(share=1, kinds=[kind], wait=7, delay=0.01))


@pytest.mark.parametrize(
    ("kind", "status", "headers"),
    [
        ("busy", 503, {}),
        ("throttled", 429, {"Retry-After": "7"}),
        ("bad_gateway", 502, {"Content-Type": "text/html"}),
        ("error_page", 500, {"Content-Type": "text/html"}),
        ("redirected", 302, {"Location": "https://maintenance.example.com/"}),
        ("web_page", 200, {"Content-Type": "text/html"}),
        ("refused", 401, {"Content-Type": "application/json"}),
        ("slow", 200, {"Content-Type": "application/json"}),
    ],
)
def test_answers_that_stand_in_the_place_of_the_right_one(ask, kind, status, headers):
    with always(kind) as server, requests.Session() as session:
        answer = session.post(f"{server.base_url}/v1/process-instances/search", allow_redirects=False, timeout=10)

    assert answer.status_code == status
    assert answer.headers.items() >= headers.items()


@pytest.mark.parametrize("kind", ["broken", "cut"])
def test_connections_that_end(ask, kind):
    with always(kind) as server, pytest.raises(requests.exceptions.RequestException):
        ask(server)


def test_wrong_answers_to_a_search(ask):
    with serve(auth="none", instances=50) as server:
        right = ask(server).json()
        second = ask(server, searchAfter=right["sortValues"]).json()

    def answered(kind, **body):
        with always(kind) as server:
            return ask(server, **body)

    assert answered("cursor_ignored", searchAfter=right["sortValues"]).json() == right != second
    assert answered("cursor_leaps").json()["sortValues"][0] > right["sortValues"][0]
    assert answered("doubled").json()["items"] == [row for row in right["items"] for _ in range(2)]
    assert {row["state"] for row in answered("filter_ignored", size=50).json()["items"]} > {"ACTIVE"}
    with pytest.raises(json.JSONDecodeError):
        json.loads(answered("garbled").content)


def test_pages_that_are_too_large(ask):
    with serve(auth="none", instances=50, faults=Faults(share=0, largest_page=10)) as server:
        assert [ask(server, size=size).status_code for size in (10, 11)] == [200, 500]


def test_the_schedule_is_the_seeds():
    schedules = [[Faults(seed).of(number, searching=True) for number in range(2000)] for seed in (1, 1, 2)]

    assert schedules[0] == schedules[1] != schedules[2]
    assert 150 < sum(each is not None for each in schedules[0]) < 250
    assert {*schedules[0]} == {None, *get_args(Fault)}


def test_wrong_searches_are_for_searches_alone():
    other = {Faults(share=1).of(number, searching=False) for number in range(500)}

    assert not other & {"cursor_ignored", "cursor_leaps", "doubled", "filter_ignored", "garbled"}


@pytest.mark.parametrize("wrong", [{"share": 1.1}, {"share": -1}, {"kinds": ["earthquake"]}])
def test_a_schedule_that_cannot_be(wrong):
    with pytest.raises(ValueError, match="Faults takes a share from 0 to 1, and kinds of busy"):
        Faults(**wrong)
