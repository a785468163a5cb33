"""Definitions that were deleted, or are no longer listed, have running instances: nothing of theirs may be left out."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace

import pytest

import operate_frames as of
from operate_frames.sandbox import serve
from tests.support.falsifying_proxy import falsified
from tests.support.servers import DATASET

BELONG = [of.read_element_instances, of.read_incidents, of.read_decision_instances, of.read_variables]


@pytest.fixture(scope="module")
def server():
    with serve(auth="none", data=DATASET) as server:
        yield server


@contextmanager
def without(server, *ids):
    """Connect to a server that does not list the definitions with these ids; all of them where none is named."""

    def falsify(request, pass_on):
        answer = pass_on(request)
        if not request.path.endswith("/process-definitions/search"):
            return answer
        said = json.loads(answer.body)
        said["items"] = [row for row in said["items"] if ids and row["bpmnProcessId"] not in ids]
        said["sortValues"] = [str(row["key"]) for row in said["items"]][-1:]
        return replace(answer, body=json.dumps(said).encode())

    with falsified(server.base_url, falsify) as url, of.connect(url, auth="none") as operate:
        yield operate


@pytest.fixture(scope="module")
def truth(server):
    """What each reader gives by the definitions that are all listed."""
    with of.connect(server.base_url, auth="none") as operate:
        ids = of.read_instances(operate=operate)["process_definition_id"].unique().tolist()
        return {id_: {read: read(operate=operate, process_definition_id=id_) for read in BELONG} for id_ in ids}


@pytest.mark.parametrize("read", BELONG, ids=lambda read: read.__name__)
def test_rows_are_found_by_the_id_of_a_definition_that_was_deleted(server, truth, read):
    key = {of.read_decision_instances: "decision_evaluation_instance_key"}.get(read)
    found = 0
    for id_, frames in truth.items():
        wanted = frames[read]
        with without(server, id_) as operate:
            frame = read(operate=operate, process_definition_id=id_)

        key = key or frame.columns[0]
        assert frame[key].to_list() == wanted[key].to_list()
        if "process_definition_id" in frame:
            assert frame["process_definition_id"].to_list() == [id_] * len(frame)
        found += len(frame)
    assert found > 0


def test_ids_are_filled_from_the_instances(server):
    with of.connect(server.base_url, auth="none") as operate:
        wanted = of.read_element_instances(operate=operate)["process_definition_id"].to_list()
    with without(server) as operate:
        assert of.read_element_instances(operate=operate)["process_definition_id"].to_list() == wanted


def test_rows_whose_definition_is_unknown_are_counted(server):
    with of.connect(server.base_url, auth="none") as operate:
        whole = of.read_instances(operate=operate)
    gone = whole["process_definition_id"].mode()[0]
    lost = int((whole["process_definition_id"] == gone).sum())
    with without(server, gone) as operate:
        with pytest.warns(of.IncompleteWarning, match=f"{lost} rows belong to process definitions that are no longer"):
            frame = of.read_instances(operate=operate)

    of_gone = frame["process_definition_id"] == gone
    assert frame["process_definition_name"][of_gone].isna().all()
    assert frame["process_definition_name"][~of_gone].equals(whole["process_definition_name"][~of_gone])


@pytest.mark.parametrize("read", BELONG, ids=lambda read: read.__name__)
def test_an_id_that_nobody_knows_is_told(server, read):
    with of.connect(server.base_url, auth="none") as operate:
        with pytest.warns(of.IncompleteWarning, match="Nobody knows process_definition_id='no-such'") as told:
            assert read(operate=operate, process_definition_id="no-such").empty
        assert told[0].filename == __file__
        known = of.read_definitions(operate=operate)["process_definition_id"][0]
        with pytest.warns(of.IncompleteWarning, match="Nobody knows process_definition_id='no-such'"):
            some = read(operate=operate, process_definition_id=["no-such", known])
        assert len(some) == len(read(operate=operate, process_definition_id=known))


def test_a_leap_costs_a_request_and_not_a_walk(server):
    with of.connect(server.base_url, auth="none") as operate:
        id_ = of.read_definitions(operate=operate)["process_definition_id"].mode()[0]
        before = len(server.requests)
        of.search("element_instances", operate=operate, process_definition_id=id_).explain(probe=True)
        leaps = [each for each in server.requests[before:] if each.path == "/v1/process-instances/search"]
        keys = of.read_instances(operate=operate, process_definition_id=id_)["process_definition_key"].nunique()

    assert len(leaps) == keys + 1
    assert {json.loads(each.body)["size"] for each in leaps} == {1}
