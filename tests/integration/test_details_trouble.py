"""What search leaves out of a row and cannot be fetched: rows that have gone are counted, all else ends the read."""

from __future__ import annotations

import json

import pandas as pd
import pytest

import operate_frames as of
from operate_frames.reading import read
from operate_frames.sandbox import serve
from tests.support.quick_retries import connect_quickly
from tests.support.scripted import EMPTY_PAGE, HTML, Answer, BreakConnection, scripted

ROWS = 450
BATCH = 200  # so many rows are completed at a time
GONE = Answer(404, b'{"status":404,"message":"No variable found","type":"Requested resource not found"}')
TROUBLE = {
    "503": (Answer(503, b""), of.ServerBusy),
    "a web page": (Answer(500, b"<html>", HTML), of.ServerBusy),
    "500 of Operate": (Answer(500, b'{"status":500,"message":"Error","type":"API application error"}'), of.ServerBusy),
    "400": (Answer(400, b'{"status":400,"message":"no","type":"Invalid request"}'), of.RequestRejected),
    "403": (Answer(403, b'{"status":403,"type":"AccessDeniedException"}'), of.PermissionMissing),
    "broken": (BreakConnection, of.ConnectionBroken),
    "no JSON": (Answer(200, b"{"), of.BadAnswer),
}


def variable(number, *, whole):
    shown = {"value": f'"whole {number}"', "truncated": False} if whole else {"value": '"who', "truncated": True}
    return {"key": number, "name": "text", **shown}


def decision(number, *, whole):
    inputs = [{"id": "i", "name": "in", "value": str(number)}]
    found = {"evaluatedInputs": inputs, "evaluatedOutputs": []} if whole else {}
    return {"id": f"{number}-1", "key": number, "state": "EVALUATED", **found}


READERS = {
    "variables": (of.read_variables, {"full_values": True, "columns": ["variable_key", "value"]}, variable),
    "decision-instances": (of.read_decision_instances, {"inputs_and_outputs": True}, decision),
}
EACH = pytest.mark.parametrize("resource", READERS)


def server(resource, by_key):
    """Gives rows after what is asked for, and each by its key unless `by_key` has another answer for it."""
    row = READERS[resource][2]

    def answer(request):
        if request.method == "GET":
            number = int(request.path.rpartition("/")[2].partition("-")[0])
            found = by_key(number) or Answer(body=json.dumps(row(number, whole=True)).encode())
            if found is BreakConnection:
                raise BreakConnection
            return found
        if f"/{resource}/" not in request.path:
            return Answer(body=EMPTY_PAGE)
        asked = json.loads(request.body)
        begin = int(asked.get("searchAfter", [0])[0]) + 1
        items = [row(number, whole=False) for number in range(begin, ROWS + 1)][: asked["size"]]
        place = [items[-1]["key"], items[-1].get("id", "")][: len(asked.get("sort", [])) + 1] if items else []
        return Answer(body=json.dumps({"items": items, "sortValues": place, "total": ROWS}).encode())

    return scripted(answer)


def whole(frame):
    if "value" in frame:
        return frame["value"].to_list()
    return [None if found is pd.NA else found[0]["input_value"] for found in frame["evaluated_inputs"].to_list()]


def expected(resource, begin, end):
    return [f'"whole {n}"' if resource == "variables" else str(n) for n in range(begin, end)]


@pytest.mark.parametrize(
    ("resource", "trouble"), [*(("variables", each) for each in TROUBLE), ("decision-instances", "503")]
)
def test_details_that_cannot_be_had_end_the_read_with_the_rows_so_far(resource, trouble):
    read, asked, _ = READERS[resource]
    answer, kind = TROUBLE[trouble]
    with server(resource, lambda number: answer if number == 333 else None) as (url, _):
        operate = connect_quickly(url, auth="none")
        with pytest.raises(of.ReadFailed) as failed:
            read(operate=operate, recheck=False, **asked)

    assert type(failed.value.__cause__) is kind
    assert whole(failed.value.partial) == expected(resource, 1, BATCH + 1)
    with server(resource, lambda _: None) as (url, _):
        operate = connect_quickly(url, auth="none")
        rest = read(operate=operate, recheck=False, resume=failed.value.resume, **asked)
    assert whole(rest) == expected(resource, BATCH + 1, ROWS + 1)


@EACH
def test_rows_that_have_gone_are_counted_and_only_their_details_are_missing(resource):
    read, asked, _ = READERS[resource]
    with server(resource, lambda number: GONE if number in (7, 300) else None) as (url, _):
        operate = connect_quickly(url, auth="none")
        frame = read(operate=operate, recheck=False, **asked)

    missing = '"who' if resource == "variables" else None
    wanted = expected(resource, 1, ROWS + 1)
    wanted[6] = wanted[299] = missing
    assert whole(frame) == wanted
    assert operate.last_report.gone == frame.attrs["operate"]["gone"] == 2
    assert "gone before their details came 2" in str(operate.last_report)


@pytest.mark.parametrize("version", ["8.6", "8.10"])
def test_details_need_no_key_among_the_columns(version):
    with serve(auth="none", version=version, instances=60) as server:
        with connect_quickly(server.base_url, auth="none") as operate:
            asked = {"operate": operate, "inputs_and_outputs": True}
            few = of.read_decision_instances(**asked, columns=["state"])
            whole = of.read_decision_instances(**asked)

    assert list(few.columns) == ["state", "evaluated_inputs", "evaluated_outputs"]
    assert few["evaluated_inputs"].tolist() == whole["evaluated_inputs"].tolist()


def test_over_v2_too_a_read_goes_on_behind_the_rows_that_were_completed(monkeypatch):
    """Which walks by date, while a frame is in the order of keys."""
    with serve(auth="none", version="8.10", instances=1_000, seed=6) as server:
        with connect_quickly(server.base_url, auth="none") as operate:
            asked = {"operate": operate, "inputs_and_outputs": True, "recheck": False}
            expected = of.read_decision_instances(**asked)
            completed = []

            def stopped(*given, complete=read.fetch_details, **options):
                completed.append(1)
                if len(completed) == 3:
                    raise KeyboardInterrupt
                return complete(*given, **options)

            with monkeypatch.context() as there:
                there.setattr(read, "fetch_details", stopped)
                with pytest.raises(of.ReadInterrupted) as caught:
                    of.read_decision_instances(**asked)
            partial, rest = caught.value.partial, of.read_decision_instances(**asked, resume=caught.value.resume)

    assert len(partial) == 2 * BATCH
    keys = pd.concat([partial, rest])["decision_evaluation_instance_key"]
    assert sorted(keys) == sorted(expected["decision_evaluation_instance_key"])
    assert partial["evaluated_inputs"].notna().all()
