"""Walks: every row once and in order, however many walk, and an end in any case."""

from __future__ import annotations

import itertools
import json
import random
import threading
import time
from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import operate_frames as of
from operate_frames.api.base import Cursor, Page, Plan, SearchRequest, Total
from operate_frames.api.v1 import V1_API
from operate_frames.query.query import Order
from operate_frames.reading.paging import parallel
from operate_frames.reading.paging.key_range import KeyRange, LastRow
from operate_frames.reading.paging.parallel import ParallelReader
from operate_frames.reading.paging.schedule import Limits, Schedule
from operate_frames.reading.paging.spread import Runs
from operate_frames.sandbox import serve
from operate_frames.schema.resources import RESOURCES
from tests.support.interrupting import press_ctrl_c
from tests.support.thread_frames import thread_frames

WORKERS = st.sampled_from([None, 1, 2, 3, 8])
# Where among its rows a search is cut from the beginning.
PLACES = st.lists(st.integers(0, 999), max_size=6)
HOW = st.fixed_dictionaries({"ahead": st.booleans(), "is_far": st.booleans()})


MOST_COUNTED = 10_000


class Keys:
    """v1, but that a page is a list of keys."""

    def __getattr__(self, name):
        return getattr(V1_API, name)

    def keys_in(self, plan, page):
        return [str(key).encode() for key in json.loads(page.content)]

    def first_position(self, plan, page):
        return json.loads(page.content)[0]


V1_KEYS = Keys()


def plan_of(size, *searches):
    key = Order("process_instance_key")
    searches = searches or (SearchRequest({}),)
    return Plan(RESOURCES["process_instances"], searches, (key,), (), (), size, seekable=True)


def page_of(keys, total=MOST_COUNTED):
    cursor = Cursor(json.dumps(keys[-1:]).encode(), keys[-1] if keys else None)
    return Page(json.dumps(keys).encode(), cursor, not keys, Total(total, exact=total < MOST_COUNTED))


class Server:
    """Gives pages of keys behind any cursor, as v1 does, with an empty one at the end."""

    def __init__(self, *searches, delay=0.0, shorten=(1,)):
        self.searches = [sorted(keys) for keys in searches]
        self.asked = []
        self.lasts = 0
        self.in_flight = []
        self._active = 0
        self._delay = delay
        self._shorten = itertools.cycle(shorten)
        self._counting = threading.Lock()

    def page(self, number, search, after, size):
        with self._counting:
            self._active += 1
            self.in_flight.append(self._active)
            self.asked.append((number, after, size))
            size = max(size // next(self._shorten), 1)
        time.sleep(self._delay)  # how far away the server is
        keys = self.searches[number]
        start = bisect_right(keys, json.loads(after.raw)[0]) if after else 0
        rows = keys[start : start + size]
        with self._counting:
            self._active -= 1
        return page_of(rows, min(len(keys), MOST_COUNTED))

    def decode(self, pages):
        keys = [key for page in pages for key in json.loads(page.content)]
        return pa.record_batch({"key": pa.array(keys, pa.int64())})

    def last_row(self, search):
        with self._counting:
            self.lasts += 1
        keys = self.searches[search.filter.get("number", 0)]
        end = len(keys) if search.end_before is None else bisect_left(keys, search.end_before)
        return LastRow(keys[end - 1], str(keys[end - 1])) if end else None


def walk_of(server, plan, workers, **how):
    return ParallelReader(server, schedule_of(plan, workers, **how), stopped=threading.Event())


def schedule_of(plan, workers, *, ahead=True, is_far=False, seams=()):
    how = {"is_far": is_far, "ahead": ahead, "limits": Limits(28, 3_000_000), "seams": seams}
    return Schedule(V1_KEYS, plan, workers=workers, workers_if_slow=4, **how)


def seams_in(keys, places):
    return sorted({keys[place % len(keys)] + place % 2 for place in places}) if keys else []


def keys_in(taken):
    return [key for key in taken.rows["key"].to_pylist() if taken.end_before is None or key < taken.end_before]


def rows_of(walk, number=0):
    try:
        return [key for taken in walk.rows(number) for key in keys_in(taken)]
    finally:
        walk.close()


def rows_before(walk, error, said):
    """The rows that come before a walk ends with an error."""
    found = []
    with pytest.raises(error, match=said):  # noqa: PT012 - the rows before it count
        for taken in walk.rows(0):
            found += keys_in(taken)
    walk.close()
    return found


@st.composite
def spread(draw):
    """Keys as partitions have them: runs that are dense, sparse, or far from each other."""
    runs = draw(
        st.lists(
            st.tuples(
                st.integers(0, 6), st.integers(1, 2**48), st.sampled_from([1, 2, 17, 10**5]), st.integers(1, 150)
            ),
            max_size=6,
        )
    )
    keys = {
        (partition << 51) + start + step * number for partition, start, step, count in runs for number in range(count)
    }
    return sorted(key for key in keys if key < 8 << 51)


@given(spread(), st.integers(1, 9), WORKERS, st.lists(st.integers(1, 4), min_size=1, max_size=4), st.data())
@settings(deadline=None, max_examples=120)
def test_a_walk_gives_every_row_once_in_order(keys, size, workers, shorten, data):
    server = Server(keys, shorten=shorten)
    seams = seams_in(keys, data.draw(PLACES))

    assert rows_of(walk_of(server, plan_of(size), workers, **data.draw(HOW), seams=seams)) == keys


class Changing(Server):
    """Some keys come while it is read, some go, and some are hidden for a while: the others are to be found."""

    def __init__(self, keys, changes, seed):
        super().__init__(keys)
        self._chance = random.Random(seed)
        self._changes = changes
        self._hidden = {}
        self.stable = set(keys)

    def page(self, number, search, after, size):
        with self._counting:
            for _ in range(self._chance.randrange(self._changes + 1)):
                self._change()
            return super_page(self, number, after, size)

    def last_row(self, search):
        with self._counting:
            self._change()
        return super().last_row(search)

    def _change(self):
        keys = self.searches[0]
        for key in [key for key, left in self._hidden.items() if not left]:
            del self._hidden[key]
            keys.insert(bisect_left(keys, key), key)
        self._hidden = {key: left - 1 for key, left in self._hidden.items()}
        kind = self._chance.choice(["come", "go", "hide", "stay"])
        key = self._chance.choice(keys) if keys else 1
        if kind == "come" and key + 1 not in {*keys, *self._hidden}:
            keys.insert(bisect_left(keys, key + 1), key + 1)
        elif kind in ("go", "hide") and keys:
            keys.remove(key)
            self.stable.discard(key)
            if kind == "hide":
                self._hidden[key] = 3


def super_page(server, number, after, size):
    keys = server.searches[number]
    start = bisect_right(keys, json.loads(after.raw)[0]) if after else 0
    return page_of(keys[start : start + size], min(len(keys), MOST_COUNTED))


@given(spread(), st.integers(1, 9), WORKERS, HOW, st.data())
@settings(deadline=None, max_examples=200)
def test_what_stays_is_found_once_whatever_comes_and_goes(keys, size, workers, how, data):
    server = Changing(keys, changes=data.draw(st.integers(1, 6)), seed=data.draw(st.integers(0, 999)))
    seams = seams_in(keys, data.draw(PLACES))

    found = rows_of(walk_of(server, plan_of(size), workers, **how, seams=seams))

    assert found == sorted(set(found))
    assert server.stable <= set(found)


@given(spread(), st.integers(1, 9), WORKERS, st.booleans(), st.data())
@settings(deadline=None, max_examples=60)
def test_from_one_key_to_another(keys, size, workers, is_far, data):
    low, high = sorted(data.draw(st.lists(st.sampled_from([*keys, 1, 7 << 51]), min_size=2, max_size=2)))
    server = Server(keys)

    search = SearchRequest({}, start=(low - 1,), end_before=high)
    found = rows_of(walk_of(server, plan_of(size, search), workers, is_far=is_far))

    assert found == [key for key in keys if low <= key < high]


@given(spread(), st.integers(1, 9), WORKERS, st.data())
@settings(deadline=None, max_examples=60)
def test_from_one_wanted_key_to_the_next(keys, size, workers, data):
    wanted = sorted(data.draw(st.sets(st.sampled_from([*keys, 1, 7 << 51]), min_size=1)))
    server = Server(keys)

    search = SearchRequest({}, start=(wanted[0] - 1,), skip_to=tuple(wanted))
    found = rows_of(walk_of(server, plan_of(size, search), workers))

    assert [key for key in found if key in set(wanted)] == [key for key in keys if key in set(wanted)]
    assert len(server.asked) <= len(wanted) + len(keys) // size + 2


@given(st.lists(spread(), min_size=1, max_size=5), st.integers(1, 9), WORKERS, st.booleans())
@settings(deadline=None, max_examples=60)
def test_several_searches_at_once(searches, size, workers, ahead):
    server = Server(*searches)
    asked = [SearchRequest({"number": number}) for number in range(len(searches))]
    walk = walk_of(server, plan_of(size, *asked), workers, ahead=ahead)

    # Their reader merges them, so he asks for one and the other.
    streams = {number: walk.rows(number) for number in range(len(searches))}
    found = {number: [] for number in streams}
    while streams:
        for number in list(streams):
            if (taken := next(streams[number], None)) is None:
                del streams[number]
            else:
                found[number] += keys_in(taken)
    walk.close()

    assert list(found.values()) == searches


PAGES = 400
SPREADS = {
    "five partitions": [(p << 51) + 7 * number for p in range(1, 6) for number in range(1, PAGES * 2)],
    "95 % in one partition": [
        *((2 << 51) + 3 * number for number in range(1, int(PAGES * 9.5))),
        *((p << 51) + 3 * number for p in (1, 3, 4, 5) for number in range(1, PAGES // 8)),
    ],
    "one giant partition, the last": [(5 << 51) + 11 * number for number in range(1, PAGES * 10)],
    "dense at one end": [(1 << 51) + number**3 for number in range(1, PAGES * 10)],
    "dense at the other end": [(1 << 51) + 10**12 - number**3 for number in range(1, PAGES * 10)],
    "far apart": [(1 << 51) + 10**9 * island + number for island in range(1, 6) for number in range(PAGES * 2)],
}


@pytest.mark.parametrize("keys", SPREADS.values(), ids=SPREADS)
def test_nobody_idles_while_another_walks_the_rest(keys):
    server = Server(keys, delay=0.003)

    assert rows_of(walk_of(server, plan_of(10), 8)) == sorted(keys)

    needed = len(keys) / 10
    assert len(server.asked) + server.lasts <= needed * 1.3 + 6
    assert max(server.in_flight) == 8
    # Until the first pages have shown how keys are spread, and in the last moments, there is less to do.
    assert sum(server.in_flight) / len(server.in_flight) > 6


def test_a_rest_that_is_short_is_shared_too():
    server = Server(range(1, 301), delay=0.01)

    assert rows_of(walk_of(server, plan_of(10), 8)) == list(range(1, 301))

    assert max(server.in_flight) == 8
    assert len(server.asked) <= 36


def test_a_part_is_never_cut_behind_its_end():
    part = KeyRange(V1_KEYS, plan_of(10), SearchRequest({}, start=(0,), end_before=1000))
    part.spread = Runs(V1_KEYS.partition, 1, 1280, pages=128)
    for last in (10, 20):
        part.arrived(page_of(list(range(last - 9, last + 1))), 10)

    assert 97 < part.left < 99
    assert part.cut(100) is None
    behind = part.cut(50).search
    assert behind == SearchRequest({}, start=(part.search.end_before - 1,), end_before=1000)
    assert 515 < part.search.end_before < 525


def test_what_is_short_is_walked_by_one_and_costs_no_request_more():
    server = Server(range(1, 96))

    assert rows_of(walk_of(server, plan_of(10), 8)) == list(range(1, 96))

    assert max(server.in_flight) == 1
    assert (len(server.asked), server.lasts) == (10, 0)  # their number is known, so no empty page is waited for


@pytest.mark.parametrize(("seconds", "most"), [(0.0005, 1), (0.01, 4)])
def test_unasked_there_are_four_where_pages_take_time_and_else_one(seconds, most):
    schedule = schedule_of(plan_of(10), None)
    server = Server([(p << 51) + number for p in range(1, 6) for number in range(1, 200)])
    assert schedule.threads_wanted == 1

    for _ in range(2):
        job = schedule.next_job()
        page = server.page(0, job.range.search, job.range.after, job.range.size)
        schedule.arrived(job, page, job.range.size, seconds)

    assert schedule.threads_wanted == most
    assert len([schedule.next_job() for _ in range(most)]) == most


@pytest.mark.parametrize("workers", [1, 3, 8])
def test_a_slow_reader_slows_the_workers(workers):
    keys = list(range(1, 100_000))
    server = Server(keys)
    walk = walk_of(server, plan_of(10), workers)
    taken = walk.rows(0)

    seen = keys_in(next(taken))
    at_rest(server)

    # Some for each worker, those that are being fetched, and what the reader has.
    assert len(server.asked) <= workers * (28 + 1) + 12
    assert seen + [key for each in taken for key in keys_in(each)] == keys
    walk.close()


def at_rest(server):
    """Wait until nothing more is fetched."""
    deadline = time.monotonic() + 20
    before = None
    while before != (before := len(server.asked)):
        assert time.monotonic() < deadline
        time.sleep(0.1)  # what fetches does so every millisecond


def test_a_page_of_megabytes_counts_for_many():
    class Heavy(Server):
        def page(self, *asked):
            page = super().page(*asked)
            return replace(page, content=page.content + b" " * 10_000_000)

    server = Heavy(range(1, 1000))
    walk = walk_of(server, plan_of(10), 8)
    next(walk.rows(0))
    at_rest(server)
    walk.close()

    assert len(server.asked) <= 8 + 6 + 12


@pytest.mark.timeout(30)
def test_a_part_that_ends_while_there_is_no_room_holds_nobody():
    class Full(Server):
        """What waits for the reader of the second search takes all the room before the first one's parts are known."""

        def page(self, number, search, after, size):
            page = super().page(number, search, after, size)
            if number == 1:
                return replace(page, content=page.content + heavy)
            deadline = time.monotonic() + 20
            while walk._schedule.has_room and time.monotonic() < deadline:
                time.sleep(0.001)
            return page

    heavy = b" " * 20_000_000
    walk = walk_of(Full(range(1, 400), range(1, 400)), plan_of(10, SearchRequest({}), SearchRequest({})), 3)

    assert rows_of(walk) == list(range(1, 400))


@given(st.integers(0, 30), st.sampled_from([1, 3, 8]))
@settings(deadline=None, max_examples=40)
def test_an_error_comes_behind_the_rows_before_it(pages_before, workers):
    class Broken(Server):
        def page(self, number, search, after, size):
            page = super().page(number, search, after, size)
            if after is not None and json.loads(after.raw)[0] >= pages_before * 10:
                raise ValueError("broken")
            return page

    keys = list(range(1, 2000))
    walk = walk_of(Broken(keys), plan_of(10), workers)
    found = rows_before(walk, ValueError, "broken")

    assert found == keys[: len(found)]
    if workers == 1:
        assert len(found) == max(pages_before, 1) * 10


@pytest.mark.parametrize("workers", [1, 3, 8])
@pytest.mark.parametrize("trouble", [KeyboardInterrupt, of.BadAnswer])
def test_what_stops_the_reader_at_his_reading_leaves_no_gap(workers, trouble):
    keys = list(range(1, 3000))
    calls = itertools.count()

    class Stopping(Server):
        def decode(self, pages):
            rows = super().decode(pages)
            if (next(calls) == 9) if trouble is KeyboardInterrupt else (2000 in rows["key"].to_pylist()):
                raise trouble("stopped")
            return rows

    walk = walk_of(Stopping(keys, delay=0.001), plan_of(10), workers)
    found = rows_before(walk, trouble, "stopped")

    assert found == keys[: len(found)]
    assert found


@pytest.mark.parametrize("workers", [1, 8])
def test_an_interrupt_while_rows_are_being_taken_passes_none_over(monkeypatch, workers):
    keys, as_usual = list(range(1, 3000)), parallel.Rows
    server = Server(keys)
    walk = walk_of(server, plan_of(10), workers)
    found = keys_in(next(walk.rows(0)))
    at_rest(server)  # much is at hand
    interrupts = iter([KeyboardInterrupt("stopped")])

    def interrupted(*rows):
        for interrupt in interrupts:
            raise interrupt
        return as_usual(*rows)

    monkeypatch.setattr(parallel, "Rows", interrupted)
    found += rows_before(walk, KeyboardInterrupt, "stopped")

    assert found == keys[: len(found)]


def test_an_interrupt_while_the_reader_waits_for_the_threads_lets_them_end(monkeypatch):
    reader, one_is_there, as_usual = threading.main_thread(), threading.Event(), KeyRange.arrived

    def arrived(*page):
        monkeypatch.setattr(KeyRange, "arrived", as_usual)  # once is enough
        one_is_there.set()
        while thread_frames()[reader.ident].f_code.co_name not in ("rows", "__enter__"):
            time.sleep(0)  # to the reader, until this thread is what he waits for
        press_ctrl_c()
        as_usual(*page)

    before = {thread for thread in threading.enumerate() if thread.name == "operate_frames fetches"}
    monkeypatch.setattr(KeyRange, "arrived", arrived)
    walk = walk_of(Server(range(1, 100)), plan_of(10), 1)
    walk.start()
    assert one_is_there.wait(timeout=10)
    with pytest.raises(KeyboardInterrupt):
        next(walk.rows(0))
    walk.close()
    left = {thread for thread in threading.enumerate() if thread.name == "operate_frames fetches"} - before
    for thread in left:
        thread.join(timeout=10)

    assert not any(thread.is_alive() for thread in left)


@pytest.mark.parametrize("workers", [1, 8])
def test_threads_end_when_their_reader_stops(workers):
    walk = walk_of(Server(range(1, 100_000)), plan_of(10), workers)
    before = {thread for thread in threading.enumerate() if thread.name == "operate_frames fetches"}
    next(walk.rows(0))
    mine = {thread for thread in threading.enumerate() if thread.name == "operate_frames fetches"} - before
    assert len(mine) >= 1
    assert all(thread.daemon for thread in mine)

    walk.close()
    for thread in mine:
        thread.join(timeout=10)

    assert not any(thread.is_alive() for thread in mine)


@pytest.mark.parametrize("workers", [1, 8])
def test_a_cursor_that_repeats_ends_the_walk(workers):
    class Circle(Server):
        def page(self, *asked):
            return page_of([1])

    with pytest.raises(of.BadAnswer, match="repeats its cursor"):
        rows_of(walk_of(Circle([]), plan_of(10), workers))


@pytest.fixture(scope="module")
def company():
    with serve(auth="none", instances=2500, seed=4) as server, of.connect(server.base_url, auth="none") as operate:
        yield operate, of.read_instances(operate=operate)


@given(data=st.data())
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_question_gives_what_pandas_finds_in_the_whole(company, data):
    operate, whole = company
    sent = [name for name in whole.columns if whole[name].notna().any()]
    names = data.draw(st.lists(st.sampled_from(sent), unique=True, max_size=3))
    filters = {name: data.draw(st.sampled_from(list(whole[name].dropna().unique()[:20]))) for name in names}
    asked = {
        "columns": data.draw(st.lists(st.sampled_from(list(whole.columns)), unique=True, min_size=1)),
        "limit": data.draw(st.none() | st.integers(0, 3000)),
        "workers": data.draw(WORKERS),
    }
    chunksize = data.draw(st.integers(1, 3000).filter(lambda size: size > 40 or asked["limit"] is not None))

    expected = whole
    for name, value in filters.items():
        expected = expected[(expected[name] == value).fillna(value=False)]
    expected = expected.head(len(expected) if asked["limit"] is None else asked["limit"])
    expected = expected[asked["columns"]].reset_index(drop=True)

    pd.testing.assert_frame_equal(of.read_instances(operate=operate, **asked, **filters), expected)
    chunks = list(of.read_instances(operate=operate, chunksize=chunksize, **asked, **filters))
    if len(expected):
        pd.testing.assert_frame_equal(pd.concat(chunks, ignore_index=True), expected)
        assert Counter(len(chunk) for chunk in chunks[:-1]).keys() <= {chunksize}
    else:
        assert chunks == []
