"""A small run of each row of `benchmarks/`: what its sides send and bring, counted. Nothing is timed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from textwrap import dedent

import orjson
import pytest

import operate_frames as of
from operate_frames.api.v1 import V1_API
from operate_frames.reading.decode import decode
from operate_frames.sandbox import serve
from operate_frames.schema.resources import RESOURCES
from tests.benchmarks import bare, company, comparisons, cores, cpu, fresh, node_sdk, recorded, results, sides, versions
from tests.benchmarks.servers import Server
from tests.clients.conftest import packages  # noqa: F401 - the fixture
from tests.support.counting_proxy import watched

ROWS, PAGES = 40_000, 40
# Beside its pages a read may look up the ends of keys, and each of its parts ends with a page of few rows.
MOST_SEARCHES = 2 * PAGES


@pytest.fixture(scope="module")
def even():
    with serve(instances=ROWS, auth="none") as server:
        yield server.base_url


@pytest.fixture(scope="module")
def skewed():
    with serve(data=company.skewed(ROWS), auth="none") as server:
        yield server.base_url


@contextmanager
def measured(base_url, measure, *, together=1, **given):
    """Run a side before a door where somebody counts; gives its figures and what was seen."""
    with watched(base_url, together=together) as seen:
        yield sides.measure(measure, {"server": Server(seen.base_url).told(), **given}), seen


def test_row_1_the_bare_side_fetches_the_pages_of_a_walk_over_four_connections(even, tmp_path):
    walked = list(bare.walk(Server(even)))
    known = tmp_path / "bodies.json"
    known.write_text(json.dumps([asked for asked, _ in walked]))

    with measured(even, "bare_side_by_side", together=4, bodies=str(known), connections=4) as (figures, seen):
        assert sorted(seen.searches) == sorted(body.encode() for (_, body), _ in walked)
        assert len(seen.searches) == PAGES
        assert seen.most == 4 <= seen.connections  # one that lay idle under load is opened anew
        assert figures["bytes"] == seen.bytes == sum(len(page) for _, page in walked)


def test_row_1_the_frame_has_the_same_rows_over_as_many_connections(even):
    with measured(even, "frame", together=4, workers=4) as (figures, seen):
        assert figures["rows"] == ROWS
        assert seen.most == 4
        assert seen.connections <= 4
        assert len(seen.searches) <= MOST_SEARCHES


@pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity") or len(os.sched_getaffinity(0)) < 2, reason="needs Linux and two cores"
)
def test_row_1_once_more_with_servers_and_clients_on_cores_apart():
    starts_threads = """
        import threading
        def begin(wait):
            thread = threading.Thread(target=wait)
            thread.start()
            print(thread.native_id, flush=True)
        begin(lambda: (input(), begin(input)))
    """
    command = [sys.executable, "-c", dedent(starts_threads)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as process:
        first = int(process.stdout.readline())
        all_cores = os.sched_getaffinity(0)
        with cores.apart([process.pid]):
            ours, theirs = os.sched_getaffinity(0), [os.sched_getaffinity(each) for each in (process.pid, first)]
            process.stdin.write(b"\n")
            second = int(process.stdout.readline())
        after = [os.sched_getaffinity(each) for each in (process.pid, second)]
        process.communicate(b"\n")

    assert ours
    assert all(each == all_cores - ours for each in theirs)
    assert all(each == all_cores for each in [*after, os.sched_getaffinity(0)])


def test_row_1_json_walks_one_connection(even):
    with measured(even, "frame_by_json") as (figures, seen):
        assert figures["rows"] == ROWS
        assert (seen.connections, seen.most, len(seen.searches)) == (1, 1, PAGES + 1)


@pytest.mark.node
@pytest.mark.usefixtures("packages")
@pytest.mark.parametrize("database", ["elasticsearch", "opensearch"])
def test_row_2_the_node_sdk_brings_every_row(database):
    with serve(instances=2_000, auth="none", database=database) as server, watched(server.base_url) as seen:
        side = node_sdk.side(Server(seen.base_url))
        done = subprocess.run(side.command, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rows"] == 2_000
    assert (seen.most, len(seen.searches)) == (1, 3)


def test_row_2_says_so_where_there_is_no_node(monkeypatch, even):
    monkeypatch.setenv("PATH", "")
    row = replace(comparisons.ROWS[2], server=lambda scale: _given(Server(even)))
    monkeypatch.setitem(comparisons.ROWS, 2, row)

    (result,) = comparisons.compared({2}, comparisons.QUICK)

    assert "**not run**: The command node is not on the PATH." in str(result)
    assert not result.is_failure


def test_row_3_both_sides_decode_the_same_rows():
    pages = recorded.pages(12)
    resource = RESOURCES["process_instances"]
    keys = decode(resource, pages, V1_API.fields(resource))["process_instance_key"].to_pylist()

    assert keys == [row["key"] for page in pages for row in orjson.loads(page)["items"]]
    assert sides.decode(2)["rows"] == sides.decode_by_orjson(2)["rows"] == 2 * len(keys) == 24_000


def test_row_4_one_worker_sends_what_a_bare_loop_sends(even):
    with measured(even, "bare_loop") as (_, bare_seen), measured(even, "frame", workers=1) as (figures, seen):
        assert figures["rows"] == ROWS
        assert (bare_seen.most, bare_seen.connections, len(bare_seen.searches)) == (1, 1, PAGES + 1)
        assert seen.most == 1
        assert seen.connections <= 1
        assert len(seen.searches) <= PAGES + 2


def test_row_4_eight_workers_fetch_eight_pages_at_once(even):
    with measured(even, "frame", together=8, workers=8) as (figures, seen):
        assert figures["rows"] == ROWS
        assert seen.most == 8
        assert seen.connections <= 8
        assert len(seen.searches) <= MOST_SEARCHES


def test_row_5_eight_workers_share_the_one_crowded_partition(skewed):
    with measured(skewed, "frame", together=8, workers=8) as (figures, seen):
        assert figures["rows"] == ROWS
        assert seen.most == 8
        assert seen.connections <= 8
        assert len(seen.searches) <= MOST_SEARCHES


def test_row_5_has_95_of_100_rows_in_one_partition():
    keys = [row["key"] for row in company.skewed(2_000)["process-instances"]["search"]]

    assert len(set(keys)) == 2_000
    assert {key >> 51 for key in keys} == {1, 2, 3, 4, 5}
    assert sum(key >> 51 == 3 for key in keys) == 1_900


def test_row_6_streams_every_row_and_tells_its_peak(even):
    with measured(even, "stream", together=4, workers=4) as (figures, seen):
        assert figures["streamed"] == ROWS
        assert figures["peak"] > 0
        assert seen.most == 4
        assert seen.connections <= 4


def test_row_7_tells_the_frames_own_memory(even):
    with measured(even, "frame_in_memory", workers=1) as (figures, _):
        assert figures["rows"] == ROWS
        assert 8 * ROWS * 5 < figures["own"] * 2**20 < 1_000 * ROWS  # five columns of eight bytes, and texts
        assert figures["added"] >= 0


def test_row_8_imports_nothing_that_only_some_need():
    seldom = ("IPython", "anywidget", "ipywidgets", "keyring", "orjson", "starlette", "typer", "uvicorn")
    code = f"import sys, pandas, pyarrow, operate_frames; print([name for name in {seldom} if name in sys.modules])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout.strip() == "[]"


def test_reports_drawings_and_pages_tell_how_much_of_their_time_was_reading(tmp_path):
    with serve(instances=300, told=300, auth="none") as server, of.connect(server.base_url, auth="none") as operate:
        told = {"server": Server(server.base_url).told()}
        measured = {
            "report": sides.measure("report", {**told, "called": "rework", "asked": {"workers": 4}}),
            "of all": sides.measure("drawing_of_all", {**told, "process": "order", "asked": {"counts": True}}),
            "of one": sides.measure("drawing", {**told, "process": "order", "asked": {"counts": True}}),
            "page": sides.measure("page", {**told, "process": "order", "path": str(tmp_path / "order.html")}),
        }
        elements = len(of.read_element_instances(operate=operate))
        running = len(of.read_instances(operate=operate, state="ACTIVE"))

    versions = 3
    assert measured["report"]["read"] == elements + running
    assert measured["of all"]["read"] == elements + versions
    assert versions < measured["of one"]["read"] < measured["page"]["read"] < elements
    assert all(0 < each["reading"] < each["seconds"] for each in measured.values())
    assert (tmp_path / "order.html").stat().st_size > 10_000


def test_what_fails_is_a_company_of_incidents_with_messages_of_their_own():
    rows = company.failing(1_000)

    with serve(data=rows, auth="none") as server, of.connect(server.base_url, auth="none") as operate:
        frame = of.read_incidents(operate=operate)

    assert len(frame) == 1_000
    assert 400 < frame["error_message"].nunique() < 600
    assert len(of.incident_report(frame, by="message_pattern")) == 2


def test_the_command_runs_its_sides_in_fresh_processes_and_makes_tables_of_them():
    scale = comparisons.Scale(decodes=1, short_rounds=1)

    (result,) = comparisons.compared({3}, scale)

    assert len(result.values) == 1
    text = results.tables([result])
    assert "| 3 | decoding recorded pages" in text
    assert "| 3 | bare orjson.loads |" in text


def test_who_came_first_in_one_round_comes_last_in_the_next(tmp_path):
    came = tmp_path / "came"
    first, second = (
        fresh.Side(name, [sys.executable, "-c", f"open({str(came)!r}, 'a').write('{name} '); print('{{\"n\": {n}}}')"])
        for n, name in enumerate(("first", "second"))
    )

    figures = fresh.in_turn([first, second], 3)

    assert came.read_text().split() == ["first", "second", "second", "first", "first", "second"]
    assert figures == [[{"n": 0}] * 3, [{"n": 1}] * 3]


def test_a_side_that_fails_does_not_keep_other_rows_from_running(monkeypatch):
    broken = replace(comparisons.ROWS[3], compare=lambda server, scale: comparisons.seconds_of([_broken()], 1))
    monkeypatch.setattr(comparisons, "ROWS", {3: broken, 8: replace(broken, compare=lambda server, scale: [ratio()])})

    failed, other = comparisons.compared({3, 8}, comparisons.QUICK)

    assert "**not run**: a side ended with 3" in str(failed)
    assert failed.is_failure
    assert other == ratio()


def _broken():
    return comparisons.Side("a side", [sys.executable, "-c", "raise SystemExit(3)"])


@contextmanager
def _given(server):
    yield server


def ratio(first=(2.0, 3.0, 8.0), limit=4, *, is_most=True):
    theirs, ours = results.Told("theirs", first), results.Told("ours", (1.0, 1.0, 2.0))
    return results.Result(1, "reading", theirs, ours, results.Demand(limit, is_most))


def test_an_earlier_version_reads_by_its_own_code(even):
    with versions.checked_out("HEAD") as earlier:
        for module in (earlier / "operate_frames/reading").rglob("*.py"):
            module.write_text("raise SystemExit('this is the earlier version')")
        with pytest.raises(fresh.SideFailed, match="the earlier one ended with 1:\nthis is the earlier version"):
            versions.compared(1, "rows", earlier, server=Server(even), workers=1, rounds=1)


def test_what_holds_the_processor_is_told_by_what_the_client_does(even):
    figures = cpu.measured(even)

    assert figures.pop("rows") == ROWS
    assert figures.pop("by the clock") > 0
    assert {"Arrow's JSON reader", "fetch: requests, urllib3, http.client"} <= figures.keys() <= cpu.STAGES


def test_its_table_has_the_medians_the_longest_first():
    rounds = [{"a": each, "b": 6.0, "rows": 1, "by the clock": 9.0} for each in (1.0, 2.0, 3.0)]

    assert cpu.table(rounds).splitlines()[2:] == [
        "| b | 6.00 | 75% |",
        "| a | 2.00 | 25% |",
        "| together | 8.00 | 100% |",
        "| by the clock | 9.00 | |",
    ]


@pytest.mark.parametrize(
    ("limit", "is_most", "verdict"),
    [(3, True, "reached"), (2.9, True, "**not reached**"), (3, False, "reached"), (3.1, False, "**not reached**")],
)
def test_the_median_of_the_rounds_is_what_counts(limit, is_most, verdict):
    result = ratio(limit=limit, is_most=is_most)

    assert result.values == [2, 3, 4]
    words = "at most" if is_most else "at least"
    assert str(result) == f"| 1 | reading | {words} {limit} | 3.00 | 2.00 to 4.00 | {verdict} |"


def test_a_side_that_is_compared_twice_is_told_once():
    text = results.tables([ratio(), ratio(limit=2), results.NotRun(2, "walking", "No Node.")])

    assert text.count("| 1 | ours | 1.000 | 1.000 to 2.000 |") == 0
    assert text.count("| 1 | ours | 1.00 | 1.00 to 2.00 | s | 3 |") == 1
    assert "| 2 | walking | | | | **not run**: No Node. |" in text


def test_the_tables_take_the_place_of_the_last_ones():
    page = f"Before.\n\n{results.BEGIN}\n\nold\n\n{results.END}\n\nAfter.\n"

    assert results.put_between_the_marks(page, "new") == page.replace("old", "new")
