"""What a read tells while it goes on: one bar, how far it has come, and a word when it grows large."""

from __future__ import annotations

import re
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

import operate_frames as of
from operate_frames.api.v1 import V1_API
from operate_frames.display import progress
from operate_frames.reading.options import Tuning
from operate_frames.reading.paging.partitions import Run, runs, share_behind
from operate_frames.sandbox import serve
from tests.support.falsifying_proxy import counts_no_further_than, falsified
from tests.support.scripted import Answer, scripted

EMPTY = b'{"items":[],"sortValues":[],"total":0}'


class Bar:
    """What the real bar was told, update by update."""

    def __init__(self, **options):
        self.n, self.total, self.told, self.closed = 0, None, [], False
        self.options = options

    def update(self, rows):
        self.n += rows
        self.told.append((self.n, self.total))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.closed = True


@pytest.fixture
def bars(monkeypatch):
    made = []
    monkeypatch.setattr(progress, "_tqdm", lambda _: lambda **options: made.append(Bar(**options)) or made[-1])
    return made


@pytest.fixture(scope="module")
def server():
    with serve(auth="none", instances=1000, seed=3) as sandbox:
        yield sandbox


@pytest.fixture
def operate(server):
    with of.connect(server.base_url, auth="none") as operate:
        yield operate


@pytest.fixture
def long_reads(server):
    """A connection by which a thousand rows are as many as a million: small pages, and the server counts to ten."""
    with falsified(server.base_url, counts_no_further_than(10)) as url, of.connect(url, auth="none") as operate:
        operate.tuning = Tuning(page_size=20)
        yield operate


def test_the_servers_count_is_the_end_of_the_bar(operate, bars):
    frame = of.read_instances(operate=operate, progress=True, recheck=False)

    (bar,) = bars
    assert bar.told[-1] == (len(frame), len(frame))
    assert bar.closed


@pytest.mark.parametrize("filters", [{}, {"process_instance_key": of.between(3 << 51, 5 << 51)}])
@pytest.mark.parametrize(
    "read", [of.read_instances, of.read_variables, of.read_decision_instances], ids=lambda read: read.__name__
)
def test_where_the_server_counts_no_further_the_keys_behind_tell_the_share(
    long_reads, bars, monkeypatch, read, filters
):
    monkeypatch.setattr(threading.Thread, "start", run_at_once_if_it_estimates(threading.Thread.start))

    frame = read(operate=long_reads, progress=True, recheck=False, **filters)

    (bar,) = bars
    ends = [(rows, total) for rows, total in bar.told if total is not None]
    assert len(ends) >= len(bar.told) // 2
    assert all(rows <= total for rows, total in ends)
    assert ends[-1] == (len(frame), len(frame))
    halfway = [total for rows, total in ends if rows > len(frame) / 2]
    assert all(total < 3 * len(frame) for total in halfway), "the share is far from the truth"


def run_at_once_if_it_estimates(start):
    """The ends are looked up beside the walk; here the walk waits for them, so that each run shows the same."""

    def started(thread):
        start(thread)
        if "estimates" in thread.name:
            thread.join()

    return started


def test_no_bar_no_requests_for_its_sake(long_reads, server):
    before = len(server.requests)

    of.read_instances(operate=long_reads, progress=False, recheck=False, columns=["state"], workers=1)

    assert not [request for request in server.requests[before:] if b'"DESC"' in request.body]


def test_details_move_the_bar_as_they_come(operate):
    told = []
    frame = of.read_decision_instances(operate=operate, inputs_and_outputs=True, progress=told.append, recheck=False)

    assert told == sorted(set(told))
    assert told[-1] == len(frame)


def test_a_bar_ends_with_a_read_that_fails(bars):
    with scripted(lambda request: Answer(status=400 if bars else 200, body=EMPTY)) as (url, _):
        operate = of.connect(url, auth="none")
        with pytest.raises(of.OperateError):
            of.read_instances(operate=operate, progress=True)

    assert bars[0].closed


def test_a_frame_that_grows_large_is_told_of_once(operate):
    operate.tuning = Tuning(page_size=20, large_rows=300)

    with pytest.warns(of.LargeReadWarning) as told:
        of.read_instances(operate=operate, recheck=False)

    assert len(told) == 1
    assert told[0].filename == __file__
    assert re.search(r"grows large: \d+ rows of process_instances so far, about [\d,]+ a second", str(told[0].message))
    assert "chunksize=100_000" in str(told[0].message)


def test_a_frame_that_takes_much_of_the_free_memory_is_told_of(operate):
    operate.tuning = Tuning(large_share=0.0)

    with pytest.warns(of.LargeReadWarning, match=r"MB that are free"):
        of.read_instances(operate=operate, recheck=False)


def test_chunks_are_never_too_large(operate):
    operate.tuning = Tuning(large_rows=300)

    assert sum(len(frame) for frame in of.read_instances(operate=operate, chunksize=100)) > 300


@given(st.sets(st.integers(1, 60).flatmap(lambda p: st.integers((p << 51) + 1, (p << 51) + 10**6)), max_size=40))
def test_the_runs_are_the_ends_of_each_partition(keys):
    asked = []

    def last_before(end):
        asked.append(end)
        return max((key for key in keys if end is None or key < end), default=None)

    def first_from(start):
        return min((key for key in keys if key >= start), default=None)

    partitions = {key >> 51 for key in keys}
    found = sorted(runs(last_before, first_from, V1_API.partition))
    assert found == [
        Run(min(k for k in keys if k >> 51 == p), max(k for k in keys if k >> 51 == p)) for p in sorted(partitions)
    ]
    assert len(asked) <= len(partitions) + 1
    if keys:
        assert share_behind(found, max(keys)) == 1.0
        assert share_behind(found, min(keys) - 1) == 0.0
