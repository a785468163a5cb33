"""Two thousand whole reads under random schedules of faults: in this process, in virtual time, and over sockets."""

from __future__ import annotations

import threading
import time
from collections import Counter

import psutil
import pytest

from tests.lab.reads import Lab, Schedule

IN_PROCESS, AT_A_TIME = 1800, 60


@pytest.fixture(scope="module")
def lab():
    return Lab()


@pytest.mark.parametrize("first", range(0, IN_PROCESS, AT_A_TIME))
def test_each_read_gives_every_row_once_or_says_where_to_go_on(lab, first, record_property):
    before = threading.active_count()
    kinds, resumed = Counter(), 0
    for seed in range(first, first + AT_A_TIME):
        outcome = lab.check(Schedule(seed))
        kinds.update(type(error).__name__ for error in outcome.errors)
        resumed += bool(outcome.errors)

    assert_threads_end(before)
    assert resumed > 0
    record_property("lab", {"reads": AT_A_TIME, "resumed": resumed, "errors": dict(kinds)})


def assert_threads_end(before):
    end = time.monotonic() + 20
    while threading.active_count() > before and time.monotonic() < end:
        threading.Event().wait(0.01)
    assert threading.active_count() <= before


def open_sockets():
    return len(psutil.Process().net_connections("tcp"))
