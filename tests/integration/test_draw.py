"""`draw` of a process at a server: which version, what it asks for, and figures that are those of the rows."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

import operate_frames as of
from operate_frames.sandbox import serve
from tests.support.laid_out import in_a_row, parts, texts, tooltips
from tests.support.servers import DATASET

PATH_BLUE = "#0b57d0"
MODELS = Path(__file__).parents[1] / "data" / "models"


@pytest.fixture(scope="module", params=["8.6", "8.10"])
def server(request):
    with serve(auth="none", version=request.param, instances=1_500) as server:
        yield server


@pytest.fixture
def operate(server):
    with of.connect(server.base_url, auth="none") as operate:
        yield operate


@pytest.fixture(scope="module", params=["8.6", "8.10"])
def recorded(request):
    """The recorded rows, and their models, which were deployed without coordinates, with some."""
    data = json.loads(DATASET.read_text("utf-8"))
    texts_of_models = data["process-definitions"]["xml"]
    data["process-definitions"]["xml"] = {key: in_a_row(xml) for key, xml in texts_of_models.items()}
    with serve(auth="none", version=request.param, data=data) as server:
        yield server


def latest(process_definition_id):
    found = of.read_definitions(process_definition_id=process_definition_id)
    return found.sort_values("version").iloc[-1]


def test_an_id_means_its_latest_version_and_its_instances_alone(server, operate):
    key = int(latest("order")["process_definition_key"])
    rows = of.read_element_instances(process_definition_key=key)
    before = len(server.requests)
    drawing = of.draw("order", heat="frequency")
    asked = dict.fromkeys(request.path.partition("/v")[2][2:] for request in server.requests[before:])
    asked.pop("process-instances/search")  # whether any ended lately, for a second look

    said = {id_: lines[2] for id_, lines in tooltips(drawing.svg).items() if len(lines) > 2}
    counted = Counter(rows["element_id"])
    assert said == {id_: f"entered {count:,} times" for id_, count in counted.items()}
    assert of.draw(key, heat="frequency").svg == drawing.svg
    assert of.draw(str(key), heat="frequency").svg == drawing.svg
    instances = "flownode-instances" if operate.api.name == "v1" else "element-instances"
    assert list(asked) == ["process-definitions/search", f"process-definitions/{key}/xml", f"{instances}/search"]


def test_nothing_but_the_model_is_read_where_no_figures_are_asked_for(server, operate):
    key = int(latest("order")["process_definition_key"])
    before = len(server.requests)
    of.draw(key)

    assert [request.path.rpartition("/")[2] for request in server.requests[before:]] == ["xml"]


@pytest.mark.parametrize("process", ["order", "loan.request-ä", "tick", "shipping"])
def test_the_figures_of_the_recorded_rows(recorded, process):
    with of.connect(recorded.base_url, auth="none") as operate:
        key = int(latest(process)["process_definition_key"])
        rows = of.read_element_instances(process_definition_key=key)
        shown = {heat: tooltips(of.draw(process, heat=heat).svg) for heat in ("frequency", "mean_time", "incidents")}
        tokens = tooltips(of.draw(process, tokens=True, operate=operate).svg)

    turns = rows[rows["type"] != "MULTI_INSTANCE_BODY"]
    assert set(rows["element_id"]) <= set(tokens)
    for element, of_it in turns.groupby("element_id"):
        times = "once" if len(of_it) == 1 else f"{len(of_it)} times"
        assert f"entered {times}" in shown["frequency"][element]
        ended = of_it["end_date"].notna()
        said = " ".join(shown["mean_time"][element])
        assert not ended.any() or f"of {ended.sum():,} ended" in said
        assert ended.all() or f"{(~ended).sum():,} still there" in said
        incidents = rows.loc[rows["element_id"] == element, "incident_key"].nunique()
        assert f"{incidents} open incident{'' if incidents == 1 else 's'}" in shown["incidents"][element]
        there = of_it[of_it["state"] == "ACTIVE"]
        held = int(there["has_incident"].sum())
        line = f"{len(there) - held} there now without an incident, {held} with one"
        assert (line in tokens[element]) == bool(len(there))


def test_the_way_of_one_instance_is_drawn_upon_the_version_that_it_belongs_to(server, operate):
    first = of.read_definitions(process_definition_id="order").sort_values("version").iloc[0]
    instance = of.read_instances(process_definition_key=first["process_definition_key"], limit=1)
    key = int(instance["process_instance_key"].iloc[0])
    entered = set(of.read_element_instances(process_instance_key=key)["element_id"])
    taken = set(of.read_sequence_flows(key)["sequence_flow_id"])

    before = len(server.requests)
    svg = of.draw(process_instance_key=key, counts=True).svg
    asked = " ".join(request.path for request in server.requests[before:])

    blue = {id_ for id_, part in parts(svg).items() if any(each.get("stroke") == PATH_BLUE for each in part.iter())}
    assert blue == entered | taken
    assert f"/process-definitions/{first['process_definition_key']}/xml" in asked
    assert f"the way of process instance {key}" in texts(svg)
    assert f"from {len(entered)} element instances" in texts(svg)
    assert of.draw("order", process_instance_key=key, counts=True).svg == svg
    assert of.draw(int(first["process_definition_key"]), process_instance_key=key, counts=True).svg == svg


def test_an_instance_of_another_process_is_said(operate):
    key = int(of.read_instances(process_definition_id="tick", limit=1)["process_instance_key"].iloc[0])

    with pytest.raises(of.QuestionError, match=rf"instance {key} is one of 'tick', key \d+, not of 'order'"):
        of.draw("order", process_instance_key=key)


def test_what_is_not_there_is_said(operate):
    with pytest.raises(of.NotFound, match="has no process with the id 'ordre'"):
        of.draw("ordre")
    with pytest.raises(of.NotFound, match="has no process instance 42"):
        of.draw(process_instance_key=42)
    with pytest.raises(of.NotFound):
        of.draw(42)


def test_a_process_of_several_tenants_is_asked_for_by_key(tmp_path):
    data = json.loads(DATASET.read_text("utf-8"))
    versions = [each for each in data["process-definitions"]["search"] if each["bpmnProcessId"] == "order"]
    other = max(versions, key=lambda each: each["version"])
    twin = {**other, "key": other["key"] + 1_000_000, "tenantId": "north"}
    data["process-definitions"]["search"].append(twin)
    with serve(auth="none", data=data) as server, of.connect(server.base_url, auth="none"):
        with pytest.raises(
            of.QuestionError, match=rf"2 tenants have a process 'order': .*, {twin['key']} of north"
        ) as e:
            of.draw("order")
    assert f"{other['key']} of <default>" in str(e.value)


def test_a_model_without_coordinates_is_refused_in_a_sentence():
    with serve(auth="none", data=DATASET) as server, of.connect(server.base_url, auth="none"):
        with pytest.raises(of.QuestionError, match=r"^The BPMN has no coordinates .* in a modeler"):
            of.draw("order")


def test_rows_that_were_read_already_are_not_read_again(server, operate):
    rows = of.read_element_instances(process_definition_id="order", state="COMPLETED")
    before = len(server.requests)
    svg = of.draw("order", heat="p90_time", counts=True, element_instances=rows).svg

    assert not [request.path for request in server.requests[before:] if "process-definitions/" not in request.path]
    assert texts(svg)[-1].startswith(f"from {len(rows):,} element instances")


def test_the_deployed_models_of_the_recording_are_drawn():
    for file in MODELS.glob("*.bpmn"):
        assert len(parts(of.draw(file.read_text("utf-8")).svg)) >= 3


def test_a_heat_upon_the_way_of_one_instance_is_its_own(operate):
    key = int(of.read_instances(process_definition_id="order", state="COMPLETED", limit=1)["process_instance_key"][0])
    plain, hot = (parts(of.draw(process_instance_key=key, heat=heat).svg) for heat in (None, "frequency"))

    entered = set(of.read_element_instances(process_instance_key=key)["element_id"])
    for id_ in entered:
        outlines = [drawn[id_][1] for drawn in (plain, hot)]  # behind the title
        assert [each.get("stroke") for each in outlines] == [PATH_BLUE] * 2
        assert outlines[0].get("fill") != outlines[1].get("fill")
