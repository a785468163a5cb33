"""What a user sees of reads with several workers: the same rows, few more requests, control back at once."""

from __future__ import annotations

import itertools
import json
import signal
import subprocess
import sys
import textwrap
import threading
from contextlib import contextmanager

import pandas as pd
import psutil  # noqa: F401 - an interrupt in the middle of its import would be no interrupt of a read
import pytest

import operate_frames as of
from operate_frames.reading.options import Tuning
from operate_frames.reading.paging.key_range import PAGES_PER_RANGE
from operate_frames.reading.paging.threads import map_in_order
from operate_frames.sandbox import serve
from tests.support.changing_server import ChangingServer
from tests.support.counting_proxy import watched
from tests.support.interrupting import press_ctrl_c
from tests.support.quick_retries import connect_quickly
from tests.support.scripted import Answer, scripted

ROWS = {(p << 51) + 5 * number: ("ACTIVE", 1 + number % 3) for p in (1, 2, 5) for number in range(1, 700)}
KEYS = sorted(ROWS)
SMALL_PAGES = Tuning(page_size=10)
WORKERS = pytest.mark.parametrize("workers", [*(pytest.param(each, marks=pytest.mark.matrix) for each in (1, 3)), 8])


@contextmanager
def rows_behind(answer, **options):
    """Serve the rows in small pages, each request first shown to `answer`, which may answer itself."""
    server = ChangingServer(ROWS, **options)
    with scripted(lambda request: answer(request) or server(request)) as (url, received):
        with connect_quickly(url, auth="none") as operate:
            operate.tuning = SMALL_PAGES
            received.clear()
            yield operate, received


def read(operate, **asked):
    frame = of.read_instances(operate=operate, columns=["process_instance_key"], recheck=False, **asked)
    return frame["process_instance_key"].to_list()


@pytest.mark.parametrize("workers", [0, -1, 33, True, 2.0, "4"])
def test_a_number_of_workers_that_cannot_be_is_one_error_and_nothing_is_sent(workers):
    with rows_behind(lambda _: None) as (operate, received):
        with pytest.raises(of.QuestionError, match="workers"):
            read(operate, workers=workers)

        assert received == []


class Counter:
    """Counts how many requests are under way at once; each waits a moment for as many as are expected."""

    def __init__(self, expected):
        self.most = 0
        self._now = 0
        self._expected = expected
        self._counting = threading.Lock()
        self._enough = threading.Event()

    def __call__(self, request):
        with self._counting:
            self._now += 1
            self.most = max(self.most, self._now)
            if self._now == self._expected:
                self._enough.set()
        self._enough.wait(timeout=0.05)
        with self._counting:
            self._now -= 1


@WORKERS
def test_never_more_requests_at_once_than_workers(workers):
    counter = Counter(workers)
    with rows_behind(counter) as (operate, _):
        assert read(operate, workers=workers) == KEYS

    assert counter.most == workers


def test_what_is_looked_up_beside_the_rows_is_a_request_like_any_other():
    counter = Counter(2)
    with rows_behind(counter) as (operate, received):
        of.read_instances(operate=operate, process_instance_key=of.between(1 << 51, 2 << 51), workers=1, recheck=False)

    assert any("process-definitions" in request.path for request in received)
    assert counter.most == 1


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({"process_definition_version": [1, 2, 3]}, KEYS),
        ({"process_instance_key": KEYS[::7]}, KEYS[::7]),
        ({"process_instance_key": KEYS[::70]}, KEYS[::70]),
        ({"start_date": of.between("2026-01-01", "2026-01-04")}, []),
    ],
    ids=["list", "long list of keys", "short list of keys", "days"],
)
def test_what_is_several_searches_is_read_side_by_side(asked, wanted):
    counter = Counter(3)
    with rows_behind(counter) as (operate, _):
        assert read(operate, workers=3, **asked) == wanted

    assert counter.most == 3


@WORKERS
def test_a_small_limit_asks_for_no_more(workers):
    with rows_behind(lambda _: None) as (operate, received):
        assert read(operate, limit=25, workers=workers) == KEYS[:25]

        assert [json.loads(request.body)["size"] for request in received] == [10, 10, 10]


@WORKERS
@pytest.mark.parametrize("limit", [999, 10**6])
def test_a_large_limit_is_read_side_by_side_too(workers, limit):
    with rows_behind(lambda _: None) as (operate, _):
        assert read(operate, limit=limit, workers=workers) == KEYS[:limit]


@WORKERS
def test_batches_and_chunks_hold_the_rows_of_the_frame(workers):
    with rows_behind(lambda _: None) as (operate, _):
        found = of.search("process_instances", operate=operate, columns=["process_instance_key"], workers=workers)
        chunks = list(of.read_instances(operate=operate, chunksize=130, columns=["state"], workers=workers))

        assert [key for batch in found.batches() for key in batch["process_instance_key"].to_pylist()] == KEYS
        assert [len(chunk) for chunk in chunks] == [130] * (len(KEYS) // 130) + [len(KEYS) % 130]


@WORKERS
@pytest.mark.parametrize("trouble", ["an answer that never comes", "a wait for another attempt"])
def test_ctrl_c_gives_control_back_at_once_with_the_rows_so_far(workers, trouble):
    asked, released, has_rows = itertools.count(1), threading.Event(), threading.Event()

    def stop(_):
        number = next(asked)
        if number < 120:
            return None
        if number == 120:
            has_rows.wait(60)
            press_ctrl_c()
        if trouble == "a wait for another attempt":
            return Answer(503, b"", {"Retry-After": "50"})
        released.wait(timeout=60)
        return None

    with rows_behind(stop) as (operate, _):
        with pytest.raises(of.ReadInterrupted) as stopped:
            read(operate, workers=workers, progress=lambda _: has_rows.set())
        assert not released.is_set(), "it came back only when the server did"
        released.set()
        rows = stopped.value.partial["process_instance_key"].to_list()
        assert rows == KEYS[: len(rows)]
        assert rows

    with rows_behind(lambda _: None) as (operate, _):
        assert rows + read(operate, workers=workers, resume=stopped.value.resume) == KEYS


@WORKERS
def test_an_error_keeps_the_rows_before_it_and_the_place_to_go_on(workers):
    pages = itertools.count(1)

    def refuse(request):
        looks_up = json.loads(request.body)["size"] == 1  # without what is looked up a read goes on
        return Answer(400, b"{}") if not looks_up and next(pages) == 60 else None

    with rows_behind(refuse) as (operate, _):
        with pytest.raises(of.ReadFailed) as failed:
            read(operate, workers=workers)
        rows = failed.value.partial["process_instance_key"].to_list()

        assert rows == KEYS[: len(rows)]
        assert rows + read(operate, workers=workers, resume=failed.value.resume) == KEYS


def test_one_server_that_stumbles_now_and_then_costs_no_row():
    asked = set()

    def stumble(request):
        is_new = request.body not in asked
        asked.add(request.body)
        return Answer(503, b"") if is_new and len(asked) % 5 == 0 else None

    with rows_behind(stumble) as (operate, received):
        assert read(operate, workers=8) == KEYS
        assert len(received) >= len(asked) * 1.1


@pytest.mark.parametrize(
    "workers", [pytest.param(None, marks=pytest.mark.matrix), pytest.param(1, marks=pytest.mark.matrix), 2]
)
def test_calls_for_details_are_requests_like_any_other(workers):
    with serve(auth="none", instances=100, seed=2, delay=0.005) as server, watched(server.base_url) as door:
        with of.connect(door.base_url, auth="none") as operate:
            operate.tuning = Tuning(page_size=50)
            chunks = of.read_decision_instances(operate=operate, inputs_and_outputs=True, chunksize=20, workers=workers)
            assert sum(len(chunk) for chunk in chunks) > 50

    assert door.connections <= max(workers or 4, 4)  # four are opened ahead, if the door takes its time


@pytest.mark.parametrize("workers", [1, 3])
def test_several_searches_are_counted_side_by_side(workers):
    asked = {"process_definition_version": [1, 2, 3, 4, 5, 6]}
    with serve(auth="none", instances=300, seed=2) as server, watched(server.base_url, together=workers) as door:
        with of.connect(server.base_url, auth="none") as operate:
            rows = len(of.read_instances(operate=operate, recheck=False, **asked))
        with of.connect(door.base_url, auth="none") as operate:
            count = of.search("process_instances", operate=operate, workers=workers, **asked).count()

    assert count == (rows, True)
    assert door.most == workers


def test_an_interrupt_while_details_are_fetched_holds_up_neither_the_caller_nor_the_end_of_his_program():
    program = """
        import signal, sys
        import operate_frames as of
        signal.signal(signal.SIGINT, signal.default_int_handler)
        operate = of.connect(sys.argv[1], auth="none")
        try:
            of.read_decision_instances(operate=operate, inputs_and_outputs=True, recheck=False, workers=2)
        except of.ReadInterrupted as stopped:
            print(len(stopped.partial), "rows")
    """
    answers, hanging, ended = [3, 4, 5], threading.Semaphore(0), threading.Event()

    def answer(request):
        if request.method == "GET":
            hanging.release()
            ended.wait(60)
            return Answer(404, b"{}")
        rows = [{"id": f"{key}-1", "key": key} for key in (answers if b"searchAfter" not in request.body else [])]
        page = {"items": rows, "sortValues": [row["id"] for row in rows[-1:]], "total": len(rows)}
        return Answer(body=json.dumps(page).encode())

    command = [sys.executable, "-c", textwrap.dedent(program)]
    with scripted(answer) as (url, _), subprocess.Popen([*command, url], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert hanging.acquire(timeout=30)
            assert hanging.acquire(timeout=30)
            process.send_signal(signal.SIGINT)
            said, _ = process.communicate(timeout=30)  # half of what the server may be silent for
        finally:
            ended.set()
            process.kill()

    assert said == "0 rows\n"


def test_after_an_error_nothing_more_is_called():
    called, go_on = [], threading.Event()

    def call(number):
        called.append(number)
        if number == 2:
            raise of.BadAnswer("no more")
        if number == 3:
            go_on.wait(30)
        return number

    answers = map_in_order(call, range(100), workers=1)
    assert [next(answers), next(answers)] == [0, 1]
    with pytest.raises(of.BadAnswer, match="no more"):
        next(answers)
    asking = [thread for thread in threading.enumerate() if thread.name == "operate_frames asks"]
    go_on.set()
    for thread in asking:
        thread.join(timeout=10)

    assert called in ([0, 1, 2], [0, 1, 2, 3])


def test_where_the_end_of_the_keys_cannot_be_found_one_reads_all():
    def no_way_down(request):
        return Answer(400, b"{}") if b'"DESC"' in request.body else None

    with rows_behind(no_way_down) as (operate, _):
        assert read(operate, workers=8) == KEYS


def test_after_a_read_no_thread_is_left():
    def fetching():
        return [thread for thread in threading.enumerate() if thread.name == "operate_frames fetches"]

    with rows_behind(lambda _: None) as (operate, _):
        read(operate, workers=8)
        for thread in fetching():
            thread.join(timeout=10)

        assert fetching() == []


@WORKERS
def test_all_resources_are_the_same_with_any_number(workers):
    with serve(auth="none", instances=400, seed=2) as server, of.connect(server.base_url, auth="none") as operate:
        for reader in (of.read_element_instances, of.read_variables, of.read_incidents, of.read_decision_instances):
            operate.tuning = None
            whole = reader(operate=operate, workers=1)
            operate.tuning = SMALL_PAGES
            pd.testing.assert_frame_equal(reader(operate=operate, workers=workers), whole)


def test_a_probe_tells_of_pages_and_parts():
    with rows_behind(lambda _: None, counts_to=100) as (operate, received):
        whole = of.search("process_instances", operate=operate).explain(probe=True)
        sent = len(received)
        few = of.search("process_instances", operate=operate, process_instance_key=KEYS[5]).explain(probe=True)
        limited = of.search("process_instances", operate=operate, limit=25).explain(probe=True)
        part = of.search("process_instances", operate=operate, process_instance_key=of.between(2 << 51, 3 << 51))
        part = part.explain(probe=True)
        place = {"resource": "process_instances", "order": ["process_instance_key"], "after": [KEYS[-100]], "rows": 9}
        rest = of.search("process_instances", operate=operate, resume=place).explain(probe=True)

    assert sent == whole.requests <= 25
    assert whole.runs == tuple(
        (min(k for k in KEYS if k >> 51 == p), max(k for k in KEYS if k >> 51 == p)) for p in (1, 2, 5)
    )
    assert len(KEYS) / 10 * 0.9 <= whole.pages <= len(KEYS) / 10 * 1.1
    assert whole.parts == -(-whole.pages // PAGES_PER_RANGE)
    assert f"about {whole.pages} pages, in {whole.parts} parts" in str(whole)
    assert (few.pages, few.parts, few.runs) == (1, 1, ((KEYS[5], KEYS[5]),))
    assert limited.pages == 3
    assert part.pages == pytest.approx(70, abs=7)
    assert rest.pages == pytest.approx(10, abs=1)
    assert "about 1 page, in 1 part" in str(few)
