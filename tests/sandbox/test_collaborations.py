"""The two processes drawn with pools and lanes: their diagrams hold together, and instances go their ways."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from itertools import combinations, pairwise
from xml.etree import ElementTree as ET

import pytest

import operate_frames as of
from operate_frames.sandbox import serve
from operate_frames.sandbox.data.company import company
from operate_frames.sandbox.v1.resources import RESOURCES
from operate_frames.sandbox.v1.store import Store

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
BPMNDI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DI = "{http://www.omg.org/spec/DD/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
NODES = ("Event", "Task", "Gateway", "subProcess")
PROCESSES = ("claim", "purchase")


def rows_of(contents):
    store = Store(contents, "elasticsearch")
    return {
        name: json.loads(b"[" + b"".join(table.encoded(range(table.count))) + b"]")
        for name, table in store.tables.items()
    }


@pytest.fixture(scope="module")
def contents():
    return company(30, seed=7, collaborations=400)


@pytest.fixture(scope="module")
def rows(contents):
    """Those of the collaborations alone."""
    rest = rows_of(company(30, seed=7))
    return {
        name: [row for row in found if row not in rest[name]] if name != "decision-instances" else []
        for name, found in rows_of(contents).items()
    }


@pytest.fixture(scope="module")
def elements(rows):
    """By instance, in the order of their start."""
    of_instance = defaultdict(list)
    for row in sorted(rows["flownode-instances"], key=lambda row: (row["startDate"], row["key"])):
        of_instance[row["processInstanceKey"]].append(row)
    return of_instance


@pytest.fixture(scope="module", params=PROCESSES)
def diagram(request, contents, rows):
    definition = next(row for row in rows["process-definitions"] if row["bpmnProcessId"] == request.param)
    return ET.fromstring(contents.xml["process-definitions"][str(definition["key"])])


def bounds(diagram):
    """Left, top, right and bottom by the id of what is drawn."""
    found = {}
    for shape in diagram.iter(f"{BPMNDI}BPMNShape"):
        x, y, width, height = (float(shape.find(f"{DC}Bounds").get(name)) for name in ("x", "y", "width", "height"))
        found[shape.get("bpmnElement")] = (x, y, x + width, y + height)
    return found


def waypoints(diagram):
    return {
        edge.get("bpmnElement"): [(float(each.get("x")), float(each.get("y"))) for each in edge.iter(f"{DI}waypoint")]
        for edge in diagram.iter(f"{BPMNDI}BPMNEdge")
    }


def nodes(diagram):
    return {each.get("id"): each for each in diagram.iter() if each.get("id") and each.tag.endswith(NODES)}


def holds(outer, inner):
    return outer[0] <= inner[0] and outer[1] <= inner[1] and inner[2] <= outer[2] and inner[3] <= outer[3]


def is_at_border(point, box):
    x, y = point
    inside = box[0] - 1 <= x <= box[2] + 1 and box[1] - 1 <= y <= box[3] + 1
    deep = box[0] + 7 < x < box[2] - 7 and box[1] + 7 < y < box[3] - 7
    return inside and not deep


def test_the_rest_of_the_company_stays_as_it_is():
    before, after = rows_of(company(400, seed=3)), rows_of(company(400, seed=3, collaborations=50))
    for name in RESOURCES:
        identity = RESOURCES[name].identity
        found = {row[identity]: row for row in after[name]}
        assert [found[row[identity]] for row in before[name]] == before[name]
    assert len(after["process-instances"]) == 450
    assert len(after["process-definitions"]) == len(before["process-definitions"]) + 3


def test_a_seed_gives_the_same_and_another_seed_another():
    one, again, other = (rows_of(company(0, seed=seed, collaborations=20)) for seed in (1, 1, 2))
    assert one == again
    assert one["process-instances"] != other["process-instances"]


def test_keys_are_unique_and_rise_with_time(rows):
    everything = [row["key"] for name in RESOURCES if name != "decision-instances" for row in rows[name]]
    assert len(set(everything)) == len(everything)
    starts = defaultdict(list)
    for row in sorted(rows["process-instances"], key=lambda row: row["key"]):
        starts[row["key"] >> 51].append(row["startDate"])
    assert all(dates == sorted(dates) for dates in starts.values())
    assert set(starts) == {6, 7}


def test_every_part_of_a_diagram_is_drawn_once(diagram):
    ids = [each.get("id") for each in diagram.iter() if each.get("id")]
    assert len(set(ids)) == len(ids)
    kinds = ("participant", "lane", "messageFlow", "sequenceFlow", "dataObjectReference", "textAnnotation")
    lines = ("association", "dataInputAssociation", "dataOutputAssociation")
    parts = {each.get("id") for each in diagram.iter() if each.tag.removeprefix(BPMN) in kinds + lines}
    assert parts | nodes(diagram).keys() == bounds(diagram).keys() | waypoints(diagram).keys()
    seen = {each.tag.removeprefix(BPMN) for each in diagram.iter()}
    assert {"participant", "lane", "messageFlow", "dataObjectReference", "textAnnotation", "boundaryEvent"} <= seen


def test_shapes_stand_where_they_belong_and_nothing_overlaps(diagram):
    drawn, known = bounds(diagram), nodes(diagram)
    inner = {child.get("id"): each for each in diagram.iter(f"{BPMN}subProcess") for child in each}
    pool = next(each.get("id") for each in diagram.iter(f"{BPMN}participant") if each.get("processRef"))
    lanes = [each.get("id") for each in diagram.iter(f"{BPMN}lane")]
    assert all(holds(drawn[pool], drawn[lane]) for lane in lanes)
    assert sum(drawn[lane][3] - drawn[lane][1] for lane in lanes) == drawn[pool][3] - drawn[pool][1]
    placed = {
        reference.text: lane.get("id")
        for lane in diagram.iter(f"{BPMN}lane")
        for reference in lane.iter(f"{BPMN}flowNodeRef")
    }
    assert placed.keys() == known.keys() - inner.keys()
    for node, each in known.items():
        outer = inner[node].get("id") if node in inner else placed[node]
        assert holds(drawn[outer], drawn[node]), node
        if host := each.get("attachedToRef"):
            x, y = (drawn[node][0] + drawn[node][2]) / 2, (drawn[node][1] + drawn[node][3]) / 2
            assert is_at_border((x, y), drawn[host])
    boundary = {node for node, each in known.items() if each.get("attachedToRef")}
    for one, other in combinations(known.keys() - boundary, 2):
        if {one, other} & {each.get("id") for each in inner.values()} and (one in inner or other in inner):
            continue
        a, b = drawn[one], drawn[other]
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (one, other)


def test_edges_lead_from_the_border_of_one_shape_to_that_of_another(diagram):
    drawn, points = bounds(diagram), waypoints(diagram)
    for kind in ("sequenceFlow", "messageFlow", "association"):
        for each in diagram.iter(BPMN + kind):
            way = points[each.get("id")]
            assert is_at_border(way[0], drawn[each.get("sourceRef")]), each.get("id")
            assert is_at_border(way[-1], drawn[each.get("targetRef")]), each.get("id")
            if kind != "association":
                assert all(a[0] == b[0] or a[1] == b[1] for a, b in pairwise(way))


def test_incoming_and_outgoing_are_those_of_the_flows(diagram):
    for node, each in nodes(diagram).items():
        for direction, end in (("incoming", "targetRef"), ("outgoing", "sourceRef")):
            said = [flow.text for flow in each.findall(BPMN + direction)]
            flows = diagram.iter(f"{BPMN}sequenceFlow")
            assert sorted(said) == sorted(flow.get("id") for flow in flows if flow.get(end) == node)


def test_every_element_of_the_diagrams_is_entered_and_no_other(contents, rows):
    process_of = {row["key"]: row["bpmnProcessId"] for row in rows["process-definitions"]}
    seen = defaultdict(set)
    for row in rows["flownode-instances"]:
        seen[process_of[row["processDefinitionKey"]]].add((row["flowNodeId"], row.get("flowNodeName")))
    for key, process in process_of.items():
        root = ET.fromstring(contents.xml["process-definitions"][str(key)])
        assert seen[process] == {(node, each.get("name")) for node, each in nodes(root).items()}


def test_an_instance_is_in_the_state_that_its_elements_say(rows, elements):
    for row in rows["process-instances"]:
        states = Counter(each["state"] for each in elements[row["key"]])
        assert (row["state"] == "ACTIVE") == ("endDate" not in row) == (states["ACTIVE"] > 0)
        if row["state"] == "CANCELED":
            assert states["TERMINATED"] > 0
        assert row["startDate"] == elements[row["key"]][0]["startDate"]
        for each in elements[row["key"]]:
            assert ("endDate" in each) == (each["state"] != "ACTIVE")
            assert each["startDate"] <= each.get("endDate", "9") <= row.get("endDate", "9")
    assert {row["state"] for row in rows["process-instances"]} == {"ACTIVE", "CANCELED", "COMPLETED"}


def test_instances_come_back_fork_and_are_interrupted(elements):
    entered = [Counter(each["flowNodeId"] for each in of_one) for of_one in elements.values()]
    assert max(count["register"] for count in entered) > 2
    assert max(count["specify"] for count in entered) > 1
    assert {count["stock"] + count["ledger"] + count["label"] for count in entered} >= {1, 2, 3}
    assert all(count["join"] <= min(count["assess"], count["cover"]) for count in entered)
    for event, host in (("late", "papers"), ("unknown", "pay"), ("overdue", "fulfil")):
        interrupted = 0
        for of_one in elements.values():
            for each in (row for row in of_one if row["flowNodeId"] == event):
                stopped = [row for row in of_one if row["flowNodeId"] == host and row["state"] == "TERMINATED"]
                assert each["startDate"] in {row["endDate"] for row in stopped}
                interrupted += 1
        assert interrupted, event


def test_what_is_inside_a_sub_process_ends_with_it_at_the_latest(contents, rows, elements):
    definition = next(row["key"] for row in rows["process-definitions"] if row["bpmnProcessId"] == "purchase")
    root = ET.fromstring(contents.xml["process-definitions"][str(definition)])
    inner = {each.get("id") for each in root.find(f".//{BPMN}subProcess") if each.get("id")}
    stopped = 0
    for of_one in elements.values():
        for outer in (row for row in of_one if row["flowNodeId"] == "fulfil"):
            parts = [row for row in of_one if row["flowNodeId"] in inner and row["processDefinitionKey"] == definition]
            assert all(outer["startDate"] <= row["startDate"] for row in parts)
            assert all(row.get("endDate", "9") <= outer.get("endDate", "9") for row in parts)
            stopped += outer["state"] == "TERMINATED" and any(row["state"] == "TERMINATED" for row in parts)
    assert stopped


def test_a_newer_version_comes_back_less_often(rows, elements):
    again = defaultdict(list)
    for row in rows["process-instances"]:
        if row["bpmnProcessId"] == "claim":
            again[row["processVersion"]].append(sum(e["flowNodeId"] == "ask" for e in elements[row["key"]]))
    means = {version: sum(counts) / len(counts) for version, counts in again.items()}
    assert means[1] > 2 * means[2] > 0


def test_a_multi_instance_activity_spans_its_instances(rows, elements):
    local = defaultdict(dict)
    for row in rows["variables"]:
        local[row["scopeKey"]][row["name"]] = json.loads(row["value"])
    bodies = 0
    for of_one in elements.values():
        offers = [row for row in of_one if row["flowNodeId"] == "offers"]
        for body in (row for row in offers if row["type"] == "MULTI_INSTANCE_BODY"):
            bodies += 1
            turns = [row for row in offers if row["type"] == "SERVICE_TASK" and row["startDate"] >= body["startDate"]]
            if body["state"] == "COMPLETED" and len(turns) <= 3:
                assert max(row["endDate"] for row in turns) == body["endDate"]
                assert sorted(local[row["key"]]["loopCounter"] for row in turns) == [*range(1, len(turns) + 1)]
    assert bodies > 100


def test_incidents_stand_at_elements_until_they_are_resolved(rows, elements):
    there = {row["key"]: row for of_one in elements.values() for row in of_one}
    states = Counter(row["state"] for row in rows["incidents"])
    assert min(states["ACTIVE"], states["RESOLVED"]) > 3
    open_ones = {row["key"]: row for row in rows["incidents"] if row["state"] == "ACTIVE"}
    assert {row["incidentKey"] for row in there.values() if row["incident"]} == open_ones.keys()
    assert all(row["state"] == "ACTIVE" for row in there.values() if row["incident"])
    assert {row["processInstanceKey"] for row in open_ones.values()} == {
        row["key"] for row in rows["process-instances"] if row["incident"]
    }


def test_the_flows_taken_lead_to_what_was_entered(contents, rows, elements):
    for row in rows["process-instances"][::7]:
        flows = {
            flow.get("id"): flow
            for flow in ET.fromstring(contents.xml["process-definitions"][str(row["processDefinitionKey"])]).iter(
                f"{BPMN}sequenceFlow"
            )
        }
        entered = {each["flowNodeId"] for each in elements[row["key"]]}
        taken = contents.sequence_flows[str(row["key"])]
        assert {flows[each].get("sourceRef") for each in taken} <= entered


@pytest.mark.parametrize("version", ["8.6", "8.9"])
def test_a_server_gives_them_with_the_rest(version):
    with serve(auth="none", version=version, collaborations=60) as server:
        operate = of.connect(server.base_url, auth="none")
        found = of.read_instances(operate=operate, progress=False)
        incidents = of.read_incidents(operate=operate, process_definition_id="claim", progress=False)
        everything = of.read_element_instances(operate=operate, process_definition_id="purchase", progress=False)
        assert "<bpmn:participant" in of.read_definition_xml(
            int(found.iloc[-1]["process_definition_key"]), operate=operate
        )
    assert len(found) == 260
    assert set(found["process_definition_id"].tail(60)) == set(PROCESSES)
    assert {"SUB_PROCESS", "MULTI_INSTANCE_BODY", "INCLUSIVE_GATEWAY"} <= set(everything["type"])
    if version != "8.6":
        assert set(incidents["element_id"]) <= {"pay", "cover"}


def test_they_go_with_a_made_company_only():
    with pytest.raises(ValueError, match="collaborations"), serve(data={"incidents": {}}, collaborations=3):
        pass
