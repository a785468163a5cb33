"""A server that misbehaves in the middle of a read: what passes is waited out, the rest is one clear error."""

from __future__ import annotations

import itertools
import json
import re
import threading
import time
from itertools import pairwise

import pytest

import operate_frames as of
from operate_frames.frames.conversion import to_pandas
from operate_frames.reading.options import Tuning
from operate_frames.schema.resources import RESOURCES
from tests.support.interrupting import press_ctrl_c
from tests.support.quick_retries import connect_quickly
from tests.support.scripted import EMPTY_PAGE, HTML, Answer, BreakConnection, scripted


def page(*keys, cursor=None, **more):
    items = [{"key": key, **more} for key in keys]
    return Answer(body=json.dumps({"items": items, "sortValues": cursor or list(keys[-1:]), "total": 10_000}).encode())


def read(*answers, seconds_between_passes=0.0, **arguments):
    """Read instances from a server that gives these answers in turn, the last one for ever, so one request a time."""
    script = list(answers)

    def answer(request):
        if "definitions" in request.path:
            return page()
        current = script.pop(0) if len(script) > 1 else script[0]
        if current is BreakConnection:
            raise BreakConnection
        return current

    with scripted(answer) as (url, received):
        connect_quickly(url, auth="none").tuning = Tuning(seconds_between_passes=seconds_between_passes)
        received.clear()
        try:
            usual = {"columns": ["process_instance_key"], "recheck": False, "workers": 1}
            frame = of.read_instances(**(usual | arguments))
        except of.OperateError as error:
            return error, received
        return frame["process_instance_key"].to_list(), received


def bare(status, body=b"", **headers):
    """An answer without a content type."""
    return Answer(status, body, headers)


WHOLE_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 42\r\n\r\n" + EMPTY_PAGE.ljust(42)
PASSES = {
    "429": Answer(429, b""),
    "502": Answer(502, b"<html>", HTML),
    "503": Answer(503, b""),
    "504": Answer(504, b""),
    "500 of Operate": Answer(
        500, b'{"status":500,"message":"Error in reading incidents","type":"API application error"}'
    ),
    "500 of the framework": Answer(500, b'{"status":500,"error":"Internal Server Error"}'),
    "500 as a web page": Answer(500, b"<html>", HTML),
    "500 without anything": bare(500),
    "520": Answer(520, b"<html>", HTML),
    "522": bare(522),
    "507": bare(507),
    "408": bare(408),
    "425": Answer(425, b"too early", {"Content-Type": "text/plain"}),
    "404 of a proxy": Answer(404, b"default backend - 404", {"Content-Type": "text/plain"}),
    "a login page": Answer(200, b"<html>", HTML),
    "text without a content type": bare(200, b"starting up"),
    "nothing": bare(200),
    "204": bare(204),
    "an interim answer": bare(103, WHOLE_ANSWER),
    "a redirect": bare(302, Location="https://login.example.com/?next=/v1"),
    "a redirect to nowhere": bare(302),
    "a redirect to a broken address": bare(302, Location="http://[::1"),
    "a redirect that is no text": bare(307, Location="/\xff\xfe"),
    "broken": BreakConnection,
    "broken in the answer": Answer(200, b'{"items":[{"key":3', length=999),
}


@pytest.mark.parametrize("trouble", PASSES.values(), ids=PASSES.keys())
def test_what_passes_is_tried_again_and_no_row_is_lost(trouble):
    rows, received = read(page(1, 2), trouble, trouble, page(3), page())

    assert rows == [1, 2, 3]
    assert len(received) == 5


@pytest.mark.parametrize("name", PASSES)
def test_what_does_not_pass_is_trouble_of_the_server_and_no_wrong_address(name):
    error, received = read(page(1, 2), PASSES[name], limit=3)

    assert type(error) is of.ReadFailed
    assert type(error.__cause__) is (of.ConnectionBroken if name.startswith("broken") else of.ServerBusy)
    assert "base_url" not in str(error) or name.startswith("broken")
    assert "next=" not in str(error)
    assert len(received) == 1 + 6


@pytest.mark.parametrize(
    ("trouble", "kind", "said"),
    [
        (Answer(400, b'{"status":400,"message":"size","type":"Invalid request"}'), of.RequestRejected, "size"),
        (Answer(500, b'{"status":500,"type":"about:blank"}'), of.RequestRejected, "HTTP 500"),
        (Answer(403, b'{"status":403,"type":"AccessDeniedException"}'), of.PermissionMissing, "ask for the permission"),
        (Answer(403, b"<html>Request blocked", HTML), of.BadAnswer, "firewall or proxy .* HTTP 403 with a web page"),
        (Answer(403, b"RBAC: access denied", {"Content-Type": "text/plain"}), of.BadAnswer, "firewall or proxy"),
        (Answer(404, b"{}"), of.BadAnswer, "knows no such request"),
        (Answer(413, b"<html>", HTML), of.BadAnswer, "HTTP 413 with a web page"),
        (Answer(431, b""), of.BadAnswer, "HTTP 431 with nothing in it"),
        (bare(501), of.BadAnswer, "HTTP 501"),
    ],
)
def test_nothing_else_is_tried_again(trouble, kind, said):
    error, received = read(page(1, 2), trouble, limit=3)

    assert type(error) is of.ReadFailed
    assert type(error.__cause__) is kind
    assert str(error.__cause__) in str(error)
    assert re.search(said, str(error))
    assert len(received) == 2


def test_a_read_time_out_is_tried_again():
    asked, ended = itertools.count(1), threading.Event()

    def answer(request):
        if b"searchAfter" in request.body and next(asked) == 1:
            ended.wait(60)
        return page() if b"searchAfter" in request.body or "definitions" in request.path else page(1, 2)

    with scripted(answer) as (url, received):
        connect_quickly(url, auth="none", timeout=0.5)
        frame = of.read_instances(columns=["process_instance_key"], recheck=False, workers=1)
        ended.set()

    assert frame["process_instance_key"].to_list() == [1, 2]
    assert sum(b"searchAfter" in request.body for request in received) == 2


def test_a_content_type_that_is_missing_is_no_trouble():
    rows, received = read(bare(200, page(1, 2).body), bare(200, page().body))

    assert rows == [1, 2]
    assert len(received) == 2


@pytest.mark.parametrize(("asked", "said"), [("61", "61 s"), ("9" * 5000, ""), ("Fri, 31 Dec 9999 23:59:59 GMT", " s")])
def test_a_wait_that_is_too_long_is_told_at_once(asked, said):
    error, received = read(page(1, 2), Answer(503, b"", {"Retry-After": asked}), limit=3)

    assert isinstance(error.__cause__, of.ServerBusy)
    assert said in str(error)
    assert len(received) == (2 if said else 7)


@pytest.mark.parametrize("limit", [None, 5])
def test_nothing_is_lost_when_a_read_fails_in_the_middle(limit):
    error, _ = read(page(1, 2), page(3), Answer(400, b"{}"), limit=limit)
    behind, received = read(page(4, 5), page(), resume=json.loads(json.dumps(error.resume)), limit=limit)

    # Without a limit pages are read some together, so those before the error may have come as one.
    assert error.partial["process_instance_key"].to_list() == [1, 2, 3]
    assert error.partial.dtypes.astype(str).to_dict() == {"process_instance_key": "Int64"}
    assert json.loads(received[0].body)["searchAfter"] == [3]
    assert behind == [4, 5]


def test_an_error_before_the_first_row_is_raised_as_it_is():
    error, _ = read(Answer(400, b'{"status":400,"message":"size","type":"Invalid request"}'))

    assert type(error) is of.RequestRejected


@pytest.mark.parametrize("outcome", ["to_arrow", "to_pandas", "batches", "frames"])
def test_ctrl_c_gives_the_rows_so_far(outcome):
    def answer(request):
        if b"searchAfter" in request.body:
            press_ctrl_c()
        return page(1, 2)

    with scripted(answer) as (url, _):
        operate = connect_quickly(url, auth="none")
        search = of.search("process_instances", columns=["process_instance_key"], limit=50)
        read = {"batches": lambda: list(search.batches()), "frames": lambda: list(search.frames(50))}
        with pytest.raises(of.ReadInterrupted) as stopped:
            read.get(outcome, getattr(search, outcome))()

    partial = stopped.value.partial
    assert partial is None if outcome == "batches" else partial["process_instance_key"].to_numpy().tolist() == [1, 2]
    assert stopped.value.resume["after"] == [2]
    assert operate.last_report.finished is False
    assert operate.last_report.rows == 2
    assert operate.last_interrupted is stopped.value


def test_what_was_interrupted_is_kept_until_the_next_read():
    interrupting = [True]

    def answer(request):
        if b"searchAfter" not in request.body:
            return page(1, 2)
        if interrupting:
            press_ctrl_c()
        return page()

    with scripted(answer) as (url, _):
        operate = connect_quickly(url, auth="none")
        with pytest.raises(KeyboardInterrupt):
            of.read_instances(limit=50, columns=["process_instance_key"])
        kept = operate.last_interrupted.partial
        interrupting.clear()
        of.read_instances(limit=50, columns=["process_instance_key"])

    assert kept["process_instance_key"].to_list() == [1, 2]
    assert operate.last_interrupted is None


def test_an_interruption_while_the_frame_is_made_loses_no_row_and_no_column(monkeypatch):
    as_usual, made = to_pandas._nullable, []

    def interrupted(kind):
        made.append(kind)
        if len(made) == 3:
            press_ctrl_c()
        return as_usual(kind)

    monkeypatch.setattr(to_pandas, "_nullable", interrupted)
    pages = [page(1, 2, state="ACTIVE"), page(3, state="COMPLETED"), page()]
    with scripted(lambda request: page() if "definitions" in request.path else pages.pop(0)) as (url, _):
        operate = connect_quickly(url, auth="none")
        with pytest.raises(of.ReadInterrupted) as stopped:
            of.read_instances(recheck=False, workers=1)

    partial = stopped.value.partial
    assert partial["process_instance_key"].to_list() == [1, 2, 3]
    assert partial["state"].to_list() == ["ACTIVE", "ACTIVE", "COMPLETED"]
    assert list(partial.columns) == list(RESOURCES["process_instances"].columns)
    assert stopped.value.resume["after"] == [3]
    assert operate.last_report.rows == stopped.value.resume["rows"] == 3


def test_where_to_go_on_belongs_to_one_question():
    error, _ = read(page(1, 2), Answer(400, b"{}"), limit=5)
    other, received = read(page(3), page(), resume=error.resume, sort="-start_date", limit=5)

    assert isinstance(other, of.QuestionError)
    assert "order of process_instance_key, this one is in the order of -start_date" in str(other)
    assert received == []


# Whatever columns are wanted, those that tell which copy is the later one are heeded.
@pytest.mark.parametrize(("column", "later"), [("state", "COMPLETED"), ("has_incident", False)])
def test_doubles_are_dropped_and_counted_and_the_ended_copy_stays(column, later):
    running, ended = (
        {"key": 2, "state": "ACTIVE", "incident": True},
        {"key": 2, "state": "COMPLETED", "incident": False, "endDate": "2026-11-24T02:08:11.001+0000"},
    )
    for copies in ([running, ended], [ended, running], [ended, ended], [running, ended, running]):
        items = [{"key": 1}, *copies, {"key": 3}]
        body = json.dumps({"items": items, "sortValues": [3], "total": 10_000}).encode()
        with scripted(lambda request, body=body: page() if b"After" in request.body else Answer(body=body)) as (url, _):
            operate = connect_quickly(url, auth="none")
            frame = of.read_instances(columns=["process_instance_key", column], recheck=False)

        assert frame["process_instance_key"].to_list() == [1, 2, 3]
        assert frame[column][1] == later
        assert operate.last_report.doubles == len(copies) - 1


def test_a_checked_read_gives_hidden_rows_time_to_come_back():
    apart = 0.6
    came = []

    def answer(request):
        came.append(time.monotonic())
        return answers.pop(0)

    answers = [page(1), page(), page(1, 2), page(), page(1, 2), page()]
    with scripted(lambda request: page() if "definitions" in request.path else answer(request)) as (url, _):
        of.connect(url, auth="none").tuning = Tuning(seconds_between_passes=apart)
        frame = of.read_instances(columns=["process_instance_key"], recheck=True, workers=1)

    assert frame["process_instance_key"].to_list() == [1, 2]
    first_pages = came[::2]
    assert len(first_pages) == 3
    assert all(later - earlier > apart / 2 for earlier, later in pairwise(first_pages))


def test_a_second_pass_adds_what_the_first_one_missed():
    rows, received = read(page(1, 4), page(), page(1, 2, 4), page(), page(1, 2, 3, 4), page(), page(0), recheck=True)

    assert rows == [1, 2, 3, 4]
    assert len(received) == 6


def test_a_pass_that_adds_nothing_is_the_last():
    rows, received = read(page(1, 2), page(), page(1, 2), page(), page(9), recheck=True)

    assert rows == [1, 2]
    assert len(received) == 4


def test_fewer_rows_than_the_server_counts_are_told():
    def answer(request):
        return page() if b"After" in request.body else Answer(body=b'{"items":[{"key":1}],"sortValues":[1],"total":3}')

    with scripted(answer) as (url, _):
        operate = connect_quickly(url, auth="none")
        with pytest.warns(of.IncompleteWarning, match="counts 3 rows of process_instances, 2 more than came") as told:
            frame = of.read_instances(columns=["state"])

    assert told[0].filename == __file__
    assert frame.attrs["operate"]["missing"] == operate.last_report.missing == 2
    assert operate.last_report.total == 3


def test_a_few_times_are_not_for_ever():
    error, received = read(Answer(503, b""))

    assert isinstance(error, of.ServerBusy)
    assert error.status == 503
    assert len(received) == 6


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"not json", "is no complete JSON"),
        (b'{"items":[{"key":1}],"sortVal', "is no complete JSON"),
        (b'{"items":[{"key":1,}],"sortValues":[1]}', "is no complete JSON"),
        (b'{"items":[{"key":1,"state":"\\ud800"}],"sortValues":[1]}', "is no complete JSON"),
        (b'{"items":[{"state":"ACTIVE"}],"sortValues":[1]}', "lacks its key (key), row 0"),
        (
            b'{"items":[{"key":1},{"key":2.5}],"sortValues":[1]}',
            "Row 1 of a page has no readable process_instance_key (key)",
        ),
        (
            b'{"items":[{"key":99999999999999999999}],"sortValues":[1]}',
            "couldn't parse:99999999999999999999",
        ),
        (
            b'{"items":[{"key":1,"startDate":"soon"}],"sortValues":[1]}',
            "Row 0 of a page has no readable start_date (startDate)",
        ),
        (b'{"items":[{"key":1,"incident":"no"}],"sortValues":[1]}', "no readable has_incident (incident)"),
        (b'{"items":{},"sortValues":[]}', "its items are no list"),
        (b'{"items":[5],"sortValues":[1]}', "Row 0 of a page has no readable process_instance_key"),
        (b'{"items":[{"key":1,"state":"\xff"}],"sortValues":[1]}', "Invalid UTF8 sequence"),
    ],
)
def test_a_page_that_cannot_be_read_names_the_place(body, said):
    error, received = read(Answer(body=body), columns=["process_instance_key", "start_date", "state", "has_incident"])

    assert isinstance(error, of.BadAnswer)
    assert said in str(error)
    assert len({request.body for request in received}) == len(received), "a page was asked for again"


def test_what_nobody_asked_for_is_not_read_out_of_a_page():
    odd = Answer(body=b'{"items":[{"key":1,"startDate":"soon","incident":"no"}],"sortValues":[1]}')
    rows, _ = read(odd, page(), columns=["process_instance_key", "process_definition_id"])

    assert rows == [1]


def test_a_cursor_that_repeats_is_noticed():
    error, _ = read(page(1, cursor=["1"]), page(2, cursor=["1"]))

    assert isinstance(error.__cause__, of.BadAnswer)
    assert 'repeats its cursor ["1"]' in str(error)


@pytest.mark.parametrize("cursor", [[9], ["9"]])
@pytest.mark.parametrize("where", [0, 1])
@pytest.mark.parametrize("limit", [None, 5])
def test_a_cursor_that_leaps_over_rows_is_noticed(cursor, where, limit):
    pages = [page(1, 2), page(3, 4)]
    pages.insert(where, page(*((3, 4) if where else (1,)), cursor=cursor))
    error, _ = read(*pages, page(), limit=limit)

    assert isinstance(error if where == 0 else error.__cause__, of.BadAnswer)
    assert f"ends at process_instance_key {4 if where else 1}, but its cursor leaps to 9" in str(error)


@pytest.mark.parametrize(("sort", "leap"), [("start_date", 10**15), ("-start_date", 5)])
def test_a_cursor_that_leaps_over_dates_is_noticed(sort, leap):
    when = "2026-11-24T02:08:11.001+0000"
    error, _ = read(page(1, 2, cursor=[leap, 2], startDate=when), page(), sort=sort, limit=3)

    assert isinstance(error, of.BadAnswer)
    assert "ends at start_date 1795486091001, but its cursor leaps to" in str(error)


def test_pages_that_go_back_are_noticed():
    error, _ = read(page(5, 6), page(4, 7), limit=5)

    assert isinstance(error.__cause__, of.BadAnswer)
    assert "come out of order, at or after key" in str(error)


def test_rows_without_a_cursor_are_noticed():
    error, _ = read(Answer(body=b'{"items":[{"key":1}],"sortValues":[]}'))

    assert isinstance(error, of.BadAnswer)


def test_a_short_page_and_a_wrong_total_end_nothing():
    rows, _ = read(page(1), page(2, 3), page(4), page())

    assert rows == [1, 2, 3, 4]


@pytest.mark.parametrize("cursor", [["2251799813685249"], [2251799813685249], [None, "x"], [-9223372036854775808]])
def test_the_cursor_goes_back_as_it_came(cursor):
    _, received = read(page(1, cursor=cursor), page())

    assert json.loads(received[1].body)["searchAfter"] == cursor
    assert json.dumps(cursor).replace(" ", "") in received[1].body.decode().replace(" ", "")
