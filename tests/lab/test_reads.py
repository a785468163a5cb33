"""Two thousand whole reads under random schedules of faults: in this process, in virtual time, and over sockets."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import replace

import psutil
import pytest

import operate_frames as of
from operate_frames.reading.options import Tuning
from operate_frames.sandbox import serve
from tests.lab.reads import INSTANCES, Lab, Schedule, assert_right, read_until_it_ends
from tests.support.quick_retries import QUICK
from tests.support.servers import cookie, oauth

IN_PROCESS, AT_A_TIME = 1800, 60


@pytest.fixture(scope="module")
def lab():
    return Lab()


@pytest.mark.parametrize("first", range(0, IN_PROCESS, AT_A_TIME))
def test_each_read_gives_every_row_once_or_says_where_to_go_on(lab, first, record_property):
    before = threading.active_count()
    kinds, figures = Counter(), Counter(reads=AT_A_TIME)
    for seed in range(first, first + AT_A_TIME):
        outcome = lab.check(Schedule(seed))
        kinds.update(type(error).__name__ for error in outcome.errors)
        figures.update(requests=outcome.requests, faults=outcome.faults, resumed=bool(outcome.errors))

    assert_comes_down_to(before, threading.active_count)
    record_property("lab", {**figures, **kinds})


def assert_comes_down_to(most, count):
    """What is under way ends by itself, soon."""
    end = time.monotonic() + 20
    while count() > most and time.monotonic() < end:
        threading.Event().wait(0.01)
    assert count() <= most


OVER_SOCKETS, A_SERVER = 200, 10


@pytest.mark.parametrize("first", range(IN_PROCESS, IN_PROCESS + OVER_SOCKETS, A_SERVER))
def test_the_same_over_sockets(lab, first, record_property):
    before = threading.active_count()
    figures = Counter(reads=A_SERVER)
    for seed in range(first, first + A_SERVER):
        schedule = Schedule(seed)
        right, _ = lab.right(schedule.question, schedule.version)
        faults = replace(schedule.faults, wait=0)
        with serve(auth="both", instances=INSTANCES, version=schedule.version, faults=faults) as server:
            sign_in = oauth(server) if seed % 2 else cookie(server)
            # A server whose v2 is in trouble at first contact is read by v1, whose rows have fewer columns.
            operate = connected_in_the_end(server, sign_in | {"api": "v1" if schedule.version == "8.6" else "v2"})
            operate.tuning = Tuning(page_size=schedule.page_size, seconds_between_passes=0)
            outcome = read_until_it_ends(operate, schedule, calm=lambda: None, tries=400)
            opened = sockets_to(server)
            operate.close()
            assert_right(outcome, right, schedule)
            assert opened <= max(schedule.workers or 4, 4) + 2  # four are opened ahead where it takes long
            assert len(server.requests) < 60_000
            assert_comes_down_to(0, lambda: sockets_to(server))
            figures.update(requests=len(server.requests), resumed=bool(outcome.errors))

    assert_comes_down_to(before, threading.active_count)
    record_property("lab", dict(figures))


def connected_in_the_end(server, sign_in):
    """Signing in meets the same faults: then with one error of our tree."""
    for _ in range(200):
        try:
            return of.connect(server.base_url, **sign_in, retry=QUICK)
        except of.OperateError:
            continue
    raise AssertionError("no connection in two hundred attempts")


def sockets_to(server):
    """How many sockets of this process are open towards a server."""
    port = int(server.base_url.rpartition(":")[2])
    return sum(
        each.status == psutil.CONN_ESTABLISHED and bool(each.raddr) and each.raddr.port == port
        for each in psutil.Process().net_connections("tcp")
    )
