"""The generated company: the same for a seed, and true to itself."""

from __future__ import annotations

import json
from collections import Counter
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from operate_frames.sandbox import serve
from operate_frames.sandbox.data import company as company_module
from operate_frames.sandbox.data.company import company
from operate_frames.sandbox.data.company_stories import SHORT, Stories
from operate_frames.sandbox.v1.resources import RESOURCES
from operate_frames.sandbox.v1.store import Store

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
BPMNDI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
CUT_AT = 8191


def rows_of(store, resource):
    table = store.tables[resource]
    return json.loads(b"[" + b"".join(table.encoded(range(table.count))) + b"]")


@pytest.fixture(scope="module")
def store():
    return Store(company(400, seed=7), "elasticsearch")


@pytest.fixture(scope="module")
def rows(store):
    return {resource: rows_of(store, resource) for resource in RESOURCES}


def test_a_seed_gives_the_same_company_and_another_seed_another():
    def bytes_of(seed):
        store = Store(company(50, seed), "elasticsearch")
        return {name: b"".join(table.encoded(range(table.count))) for name, table in store.tables.items()}

    assert bytes_of(1) == bytes_of(1)
    assert bytes_of(1)["process-instances"] != bytes_of(2)["process-instances"]


@pytest.mark.parametrize("instances", [0, 1, 2, 9, 10, 11, 400])
def test_there_are_as_many_instances_as_asked_for(instances):
    assert Store(company(instances), "opensearch").tables["process-instances"].count == instances


def test_keys_are_unique_and_lie_on_five_partitions(rows):
    keys = [row["key"] for name in RESOURCES if name != "decision-instances" for row in rows[name]]
    assert len(set(keys)) == len(keys)
    evaluations = {row["key"] for row in rows["decision-instances"]}
    assert not evaluations & set(keys)
    partitions = Counter(row["key"] >> 51 for row in rows["process-instances"])
    assert sorted(partitions) == [1, 2, 3, 4, 5]
    assert max(keys) > 2**53


def test_instances_have_all_that_a_client_trips_over(rows):
    instances = rows["process-instances"]
    assert {row["state"] for row in instances} == {"ACTIVE", "CANCELED", "COMPLETED"}
    assert {row["incident"] for row in instances} == {True, False}
    assert {"processVersionTag" in row for row in instances} == {True, False}
    assert all(("endDate" in row) == (row["state"] != "ACTIVE") for row in instances)
    assert {row["bpmnProcessId"] for row in instances} >= {"loan.request-ä", "invoice-archive", "tick"}
    assert any("name" not in row for row in rows["process-definitions"])
    assert len({row["version"] for row in rows["process-definitions"]}) == 3


def test_a_called_instance_hangs_on_its_parents_call_activity(rows):
    instances = {row["key"]: row for row in rows["process-instances"]}
    elements = {row["key"]: row for row in rows["flownode-instances"]}
    called = [row for row in instances.values() if "parentKey" in row]
    assert len(called) == 40
    for row in called:
        parent = instances[row["parentKey"]]
        element = elements[row["parentFlowNodeInstanceKey"]]
        assert (element["type"], element["processInstanceKey"]) == ("CALL_ACTIVITY", parent["key"])
        assert row["state"] == parent["state"]
        assert row["startDate"] >= parent["startDate"]


def test_elements_variables_and_incidents_belong_to_instances(rows):
    instances = {row["key"]: row for row in rows["process-instances"]}
    scopes = set(instances) | {row["key"] for row in rows["flownode-instances"]}
    incidents = {row["key"] for row in rows["incidents"]}
    for row in rows["flownode-instances"]:
        assert row["processInstanceKey"] in instances
        assert row["incident"] == ("incidentKey" in row)
        assert row.get("incidentKey") in {None, *incidents}
        assert row["endDate"] >= row["startDate"] if "endDate" in row else row["state"] == "ACTIVE"
    assert {row["processInstanceKey"] for row in rows["incidents"]} == {
        key for key, row in instances.items() if row["incident"]
    }
    assert all(row["scopeKey"] in scopes for row in rows["variables"])
    assert any(row["scopeKey"] != row["processInstanceKey"] for row in rows["variables"])


def test_an_instance_stays_where_its_state_says(rows):
    states = {}
    for row in rows["flownode-instances"]:
        states.setdefault(row["processInstanceKey"], set()).add(row["state"])
    left_over = {"ACTIVE": {"ACTIVE"}, "CANCELED": {"TERMINATED"}, "COMPLETED": set()}
    for row in rows["process-instances"]:
        assert states[row["key"]] - {"COMPLETED"} == left_over[row["state"]]


def test_variables_hold_what_a_client_trips_over(rows):
    values = [row["value"] for row in rows["variables"]]
    lengths = {(len(row["value"]), row["truncated"]) for row in rows["variables"]}
    assert (CUT_AT, True) in lengths
    assert (CUT_AT, False) in lengths
    assert "9007199254740993" in values
    assert any("\\uD83D\\uDEB2" in value for value in values)
    assert {'"=1+1"', "null", "0.1", "true"} <= set(values)
    for row in rows["variables"]:
        if not row["truncated"]:
            json.loads(row["value"])


def test_decisions_share_keys_fail_and_stand_alone(rows):
    decisions = rows["decision-instances"]
    per_key = Counter(row["key"] for row in decisions)
    assert set(per_key.values()) == {1, 2}
    assert any(row["processInstanceKey"] == -1 for row in decisions)
    failed = [row for row in decisions if row["state"] == "FAILED"]
    assert failed
    assert all("evaluationFailure" in row for row in failed)
    definitions = {row["id"] for row in rows["decision-definitions"]}
    assert {row["decisionDefinitionId"] for row in decisions} == definitions


def test_statistics_and_flows_follow_the_elements(store, rows):
    diagram = {key: flow_ids(text) for key, text in store.xml["process-definitions"].items()}
    for row in rows["process-instances"]:
        key = str(row["key"])
        elements = [one for one in rows["flownode-instances"] if one["processInstanceKey"] == row["key"]]
        statistics = store.statistics(key)
        assert {one["activityId"] for one in statistics} == {one["flowNodeId"] for one in elements}
        counted = sum(one["active"] + one["canceled"] + one["incidents"] + one["completed"] for one in statistics)
        assert counted == len([one for one in elements if one["type"] != "MULTI_INSTANCE_BODY"])
        flows = store.sequence_flows(key)
        assert flows == sorted(set(flows))
        assert set(flows) <= diagram[str(row["processDefinitionKey"])]


def flow_ids(text):
    return {flow.get("id") for flow in ET.fromstring(text).iter(f"{BPMN}sequenceFlow")}


def test_every_diagram_is_well_formed_and_draws_each_of_its_parts(store, rows):
    nodes_seen = {(row["processDefinitionKey"], row["flowNodeId"]) for row in rows["flownode-instances"]}
    definitions = {str(row["key"]): row for row in rows["process-definitions"]}
    assert store.xml["process-definitions"].keys() == definitions.keys()
    for key, text in store.xml["process-definitions"].items():
        root = ET.fromstring(text)
        process = root.find(f"{BPMN}process")
        assert process.get("id") == definitions[key]["bpmnProcessId"]
        assert process.get("name") == definitions[key].get("name")
        ids = [element.get("id") for element in root.iter() if element.get("id")]
        assert len(set(ids)) == len(ids)
        parts = {
            element.get("id")
            for element in process.iter()
            if element.find(f"{BPMN}incoming") is not None
            or element.find(f"{BPMN}outgoing") is not None
            or element.tag == f"{BPMN}sequenceFlow"
        }
        drawn = {
            element.get("bpmnElement") for kind in ("BPMNShape", "BPMNEdge") for element in root.iter(BPMNDI + kind)
        }
        assert parts == drawn
        assert {node for owner, node in nodes_seen if str(owner) == key} <= parts
    for text in store.xml["drd"].values():
        ET.fromstring(text)


def values_of(contents, resource):
    """All rows by key, but for amounts, which chance decides."""
    columns = contents.columns[resource]
    rows = {}
    for at, key in enumerate(columns["key"].values.tolist()):
        row = {name: each.shown(at, descending=False) for name, each in columns.items()}
        rows[key] = row | ({"value": "some"} if row.get("name") == "amount" else {})
    return rows


def test_what_is_told_of_many_is_what_one_by_one_tells(monkeypatch):
    monkeypatch.setattr(Stories.__init__, "__defaults__", (0, SHORT))
    monkeypatch.setattr(company_module, "TOLD_ROOTS", 10**9)
    one_by_one = company(2_000, seed=4, told=10**6)
    monkeypatch.setattr(company_module, "TOLD_ROOTS", 7)
    copied = company(2_000, seed=4, told=10**6)

    for resource in ("flownode-instances", "incidents", "variables"):
        assert values_of(copied, resource) == values_of(one_by_one, resource)
        assert len(values_of(copied, resource)) > 40
    assert copied.sequence_flows == one_by_one.sequence_flows
    again = company(2_000, seed=4, told=10**6)
    assert np.array_equal(again.columns["variables"]["value"].values, copied.columns["variables"]["value"].values)


def test_it_tells_of_as_many_as_asked(search):
    with serve(instances=6_000, told=6_000, auth="none") as sandbox:
        newest = search(sandbox, {"size": 1, "sort": [{"field": "startDate", "order": "DESC"}]}).json()["items"][0]
        answer = search(sandbox, {"filter": {"processInstanceKey": newest["key"]}}, "variables").json()
        assert answer["total"] >= 5
        assert sandbox.rows["variables"] > 5 * 6_000


def test_later_instances_of_a_big_company_have_no_elements(search):
    with serve(instances=3_000, told=30, auth="none") as sandbox:
        elements = search(sandbox, {"size": 1000}, "flownode-instances").json()
        owners = {row["processInstanceKey"] for row in elements["items"]}
        assert 30 <= len(owners) <= 60
        assert elements["total"] < 400
        page = search(sandbox, {"size": 1000, "searchAfter": [5 << 51]}).json()
        assert page["total"] == 3_000
        later = page["items"][-1]["key"]
        answer = search(sandbox, {"filter": {"processInstanceKey": later}}, "flownode-instances")
        assert answer.json()["total"] == 0
