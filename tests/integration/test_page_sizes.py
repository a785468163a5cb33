"""Servers that cannot carry a large page: it is halved until they can, and stays so for that resource."""

from __future__ import annotations

import itertools
import json
import threading
from contextlib import contextmanager

import pytest

import operate_frames as of
from operate_frames.sandbox import serve
from tests.support.falsifying_proxy import falsified
from tests.support.quick_retries import connect_quickly
from tests.support.scripted import HTML, Answer, BreakConnection, scripted

INSTANCES = 1500
TROUBLE = {
    "500": Answer(500, b'{"status":500,"error":"Internal Server Error"}'),
    "500 of Operate": Answer(500, b'{"status":500,"message":"too much","type":"API application error"}'),
    "502": Answer(502, b"<html>", HTML),
    "504": Answer(504, b"<html>", HTML),
    "524": Answer(524, b"<html>", HTML),
    "a reset": BreakConnection,
}


@pytest.fixture(scope="module")
def server():
    with serve(auth="none", instances=INSTANCES) as server:
        yield server


@contextmanager
def carrying(server, most, trouble, *, path="process-instances"):
    """Connect to a server that cannot carry more than so many rows a page; gives the sizes asked for too."""
    sizes = []

    def falsify(request, pass_on):
        size = json.loads(request.body)["size"] if request.body else 0
        if path in request.path and size > 1:
            sizes.append(size)
            if size > most:
                if trouble is BreakConnection:
                    raise BreakConnection
                return trouble
        return pass_on(request)

    with falsified(server.base_url, falsify) as url:
        yield connect_quickly(url, auth="none"), sizes


@pytest.mark.parametrize("trouble", TROUBLE.values(), ids=TROUBLE.keys())
def test_a_page_is_halved_until_the_server_carries_it(server, trouble):
    with carrying(server, 300, trouble) as (operate, sizes):
        frame = of.read_instances(operate=operate, recheck=False, workers=1, columns=["process_instance_key"])

    assert frame["process_instance_key"].is_unique
    assert len(frame) == INSTANCES
    assert sizes[:4] == [1000, 500, 250, 250]
    assert set(sizes[4:]) == {250}


@pytest.mark.parametrize(("most", "learned"), [(300, 250), (50, 50)])
def test_what_was_learned_holds_for_all_workers_and_for_the_next_read(server, most, learned):
    with carrying(server, most, TROUBLE["502"]) as (operate, sizes):
        assert len(of.read_instances(operate=operate, recheck=False, workers=8, columns=["state"])) == INSTANCES
        again = len(sizes)
        of.read_instances(operate=operate, recheck=False, limit=900, columns=["state"])

    assert max(sizes[again:]) == learned
    assert operate.page_sizes == {"process_instances": learned}


def test_a_time_out_halves_the_page_too(server):
    ended = threading.Event()

    def falsify(request, pass_on):
        if "process-instances" in request.path and json.loads(request.body)["size"] > 500:
            ended.wait(60)
        return pass_on(request)

    with falsified(server.base_url, falsify) as url:
        operate = connect_quickly(url, auth="none", timeout=0.5)
        frame = of.read_instances(operate=operate, recheck=False, columns=["state"])
        ended.set()

    assert len(frame) == INSTANCES
    assert operate.page_sizes == {"process_instances": 500}


@pytest.mark.parametrize("trouble", [Answer(503, b""), Answer(429, b"")])
def test_a_busy_server_is_no_reason_for_smaller_pages(server, trouble):
    pages = itertools.count(1)

    def falsify(request, pass_on):
        is_page = "process-instances" in request.path
        return trouble if is_page and next(pages) == 2 else pass_on(request)

    with falsified(server.base_url, falsify) as url:
        operate = connect_quickly(url, auth="none")
        assert len(of.read_instances(operate=operate, recheck=False, columns=["state"], workers=1)) == INSTANCES

    assert operate.page_sizes == {}


def test_a_page_that_is_too_large_even_at_fifty_ends_the_read(server):
    with carrying(server, 10, TROUBLE["502"]) as (operate, sizes):
        with pytest.raises(of.ServerBusy):
            of.read_instances(operate=operate, workers=1, recheck=False)

    assert sizes == [1000, 500, 250, 125, 62, 50]


@pytest.mark.parametrize("resource", ["process_instances", "process_definitions", "decision_definitions"])
def test_a_limit_makes_pages_smaller_on_every_resource(server, resource):
    with of.connect(server.base_url, auth="none") as operate:
        before = len(server.requests)
        of.search(resource, operate=operate, limit=7, recheck=False, columns=["tenant_id"]).to_arrow()
        asked = [json.loads(each.body)["size"] for each in server.requests[before:]]

    assert max(asked) <= 50


def sizes_of(server, before):
    return {json.loads(each.body)["size"] for each in server.requests[before:] if b'"size":1}' not in each.body}


def test_the_size_can_be_said_for_a_read_and_for_a_connection(server):
    with of.connect(server.base_url, auth="none", page_size=200) as operate:
        before = len(server.requests)
        assert len(of.read_instances(operate=operate, recheck=False, columns=["state"])) == INSTANCES
        assert max(sizes_of(server, before)) == 200
        before = len(server.requests)
        assert len(of.read_instances(operate=operate, recheck=False, columns=["state"], page_size=333)) == INSTANCES
        assert max(sizes_of(server, before)) == 333


@pytest.mark.parametrize(
    ("size", "kind", "said"),
    [
        (0, of.QuestionError, "page_size=0 cannot be: it takes 1 or more"),
        (2.5, of.WrongType, "page_size takes a whole number of rows"),
        (True, of.WrongType, "page_size takes a whole number of rows"),
        (1001, of.QuestionError, "page_size=1001 is too many: this server gives 1,000 rows a page at most"),
    ],
)
def test_a_size_that_cannot_be_is_refused(server, size, kind, said):
    with of.connect(server.base_url, auth="none") as operate:
        before = len(server.requests)
        with pytest.raises(kind, match=said):
            of.read_instances(operate=operate, page_size=size)
        assert len(server.requests) == before
    if size != 1001:
        with pytest.raises(kind, match=said):
            of.connect(server.base_url, auth="none", page_size=size)


def test_attempts_can_be_said_for_a_connection():
    with scripted(lambda _: Answer(503, b"")) as (url, received):
        with pytest.raises(of.ServerBusy):
            of.connect(url, auth="none", retry=of.RetryPolicy(attempts=2, first_wait=0))
        assert len(received) == 2
        with pytest.raises(of.SettingsError, match="retry takes a RetryPolicy, not int"):
            of.connect(url, auth="none", retry=3)
    with pytest.raises(of.SettingsError, match="takes one attempt or more"):
        of.RetryPolicy(attempts=0)


NAMES = ["process_instance_key", "process_definition_name"]


def test_names_that_cannot_be_looked_up_are_missing_and_told(server):
    with carrying(server, 0, TROUBLE["502"], path="process-definitions") as (operate, _):
        with pytest.warns(of.IncompleteWarning, match="process_definition_name could not be looked up, and is missing"):
            frame = of.read_instances(operate=operate, columns=NAMES, limit=10)

        assert len(frame) == 10
        assert frame["process_definition_name"].isna().all()
        for asked in ({"sort": "process_definition_name"}, {"process_definition_name": "Order"}):
            with pytest.raises(of.ServerBusy):
                of.read_instances(operate=operate, columns=NAMES, **asked)
    with of.connect(server.base_url, auth="none") as operate:
        assert of.read_instances(operate=operate, columns=NAMES)["process_definition_name"].notna().any()
