"""Event logs of servers: the events are those of a plain loop over what the readers give."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pandas as pd
import pytest
from oceldb.io import convert_ocel

import operate_frames as of
from operate_frames.errors import UnknownName, WrongType
from operate_frames.sandbox import serve

DATASET = Path(__file__).parents[1] / "data" / "dataset.json"
SERVERS = {"recorded": {"data": DATASET}, "company": {"instances": 200, "collaborations": 60}}


FURTHER = [pytest.param(version, marks=pytest.mark.matrix) for version in ("8.8", "8.10")]


@pytest.fixture(scope="module", params=["8.6", "8.9", *FURTHER])
def version(request):
    return request.param


@pytest.fixture(scope="module", params=list(SERVERS))
def server(request, version):
    with serve(auth="none", version=version, **SERVERS[request.param]) as running:
        yield running


@pytest.fixture
def operate(server):
    return of.connect(server.base_url, auth="none")


def plain(elements, cases=None, incidents=None):
    """The events by a loop: case, moment, key, name, transition."""
    found = []
    of_these = set(elements["process_instance_key"])
    for row in elements.to_dict("records"):
        instance, key = row["process_instance_key"], row["element_instance_key"]
        case = instance if cases is None else cases[instance]
        name = row["element_id"] if pd.isna(row["element_name"]) else row["element_name"]
        found.append((case, row["start_date"], key, 0, name, "start"))
        if not pd.isna(row["end_date"]):
            how = "ate_abort" if row["state"] == "TERMINATED" else "complete"
            found.append((case, row["end_date"], key, 1, name, how))
    for row in [] if incidents is None else incidents.to_dict("records"):
        if (instance := row["process_instance_key"]) in of_these:
            case = instance if cases is None else cases[instance]
            name = f"Incident {row['error_type']}"
            found.append((case, row["creation_time"], row["incident_key"], 0, name, "complete"))
    return [(str(case), moment, str(key), name, how) for case, moment, key, _, name, how in sorted(found)]


def told(log):
    names = ["case:concept:name", "time:timestamp", "concept:instance", "concept:name", "lifecycle:transition"]
    return list(log[names].itertuples(index=False, name=None))


def roots(operate):
    """Who is at the top of each instance, one step up at a time."""
    parents = {
        row["process_instance_key"]: row["parent_process_instance_key"]
        for row in of.read_instances(operate=operate).to_dict("records")
    }
    tops = {}
    for key in parents:
        top = key
        while not pd.isna(parents.get(top, pd.NA)):
            top = parents[top]
        tops[key] = top
    return tops


def test_all_elements_and_incidents_become_events(operate):
    elements, incidents = of.read_element_instances(operate=operate), of.read_incidents(operate=operate)
    log = of.event_log(operate=operate, incidents=True)
    assert told(log) == plain(elements, incidents=incidents)
    assert len(incidents) > 3
    from_frames = of.event_log(elements, incidents=incidents, user_tasks=tasks(operate))
    pd.testing.assert_frame_equal(log, from_frames)


def tasks(operate):
    try:
        return of.read_user_tasks(operate=operate)
    except UnknownName:  # 8.6
        return None


def test_the_hierarchy_is_one_case(operate):
    tops = roots(operate)
    log = of.event_log(operate=operate, case="root")
    assert told(log) == plain(of.read_element_instances(operate=operate), cases=tops)
    assert log["case:concept:name"].nunique() < log["process_instance_key"].nunique()


def test_cases_reach_above_what_was_asked_for(operate):
    tops = roots(operate)
    processes = set(of.read_definitions(operate=operate)["process_definition_id"])
    deepest = "label" if "label" in processes else "shipping"  # two levels down, and one
    called = of.event_log(operate=operate, process_definition_id=deepest, case="root", transitions="start")
    elements = of.read_element_instances(operate=operate, process_definition_id=deepest)
    assert told(called) == [event for event in plain(elements, cases=tops) if event[-1] == "start"]
    assert any(tops[key] != key for key in elements["process_instance_key"])


@pytest.mark.parametrize("filters", [{"process_definition_id": "order"}, {"state": "COMPLETED", "limit": 150}, {}])
def test_variables_are_those_of_the_readers(operate, filters):
    names = ["amount", "customer", "nothing"]
    log = of.event_log(operate=operate, variables=names, **filters)
    instances = of.read_instances(operate=operate, variables=names).set_index("process_instance_key")
    for name in names:
        expected = instances[name].reindex(log["process_instance_key"])
        pd.testing.assert_series_equal(
            log[f"case:{name}"], expected.reset_index(drop=True), check_names=False, check_dtype=False
        )
    assert log["case:amount"].notna().any()


def test_people_are_known_over_v2(operate, version):
    log = of.event_log(operate=operate, type="USER_TASK")
    if version == "8.6":
        assert log["org:resource"].isna().all()
        with pytest.raises(UnknownName, match=r"8\.8"):
            of.event_log(operate=operate, user_tasks=True)
        return
    assignees = of.read_user_tasks(operate=operate).set_index("element_instance_key")["assignee"]
    expected = [assignees[int(key)] for key in log["concept:instance"]]
    assert [None if pd.isna(each) else each for each in log["org:resource"]] == [
        None if pd.isna(each) else each for each in expected
    ]
    assert of.event_log(operate=operate, type="USER_TASK", user_tasks=False)["org:resource"].isna().all()


def test_a_log_of_nothing_has_the_same_columns(operate):
    options = {"incidents": True, "variables": ["amount"], "case": "root"}
    nothing = of.event_log(operate=operate, start_date="1999", **options)
    some = of.event_log(operate=operate, **options)
    assert len(nothing) == 0
    assert list(nothing.columns) == list(some.columns)
    untyped = ["case:amount"]  # its type shows with its values
    assert nothing.dtypes.drop(untyped).equals(some.dtypes.drop(untyped))


def test_only_what_is_needed_is_read(server, operate):
    before = len(server.requests)
    of.event_log(operate=operate, process_definition_id="order", user_tasks=False, recheck=False)
    paths = {each.path.partition("/v")[2][2:] for each in server.requests[before:] if each.path.endswith("/search")}
    assert paths <= {"flownode-instances/search", "element-instances/search", "process-definitions/search"} | {
        "process-instances/search"  # for the ids of definitions that are gone
    }


def test_explain_says_all_reads_and_sends_none(server, operate):
    before = len(server.requests)
    options = {"incidents": True, "variables": ["amount"]}
    said = str(of.event_log(operate=operate, process_definition_id="order", explain=True, **options))
    assert "incidents, by the same filters" in said
    assert "variables amount of the instances, by the same filters" in said
    by_key = str(of.event_log(operate=operate, type="USER_TASK", explain=True, **options))
    assert "incidents, by the keys of the elements' instances" in by_key
    assert len(server.requests) == before


def test_what_cannot_be_asked_is_said_before_anything_is_sent(server, operate):
    before = len(server.requests)
    for error, arguments in (
        (UnknownName, {"sate": "ACTIVE"}),
        (WrongType, {"process_instance_key": "x"}),
        (of.QuestionError, {"columns": ["state"]}),
        (of.QuestionError, {"chunksize": 10}),
        (WrongType, {"incidents": "yes"}),
        (WrongType, {"explain": 1}),
        (of.QuestionError, {"instances": pd.DataFrame()}),
    ):
        with pytest.raises(error):
            of.event_log(operate=operate, **arguments)
    assert len(server.requests) == before


@pytest.mark.matrix
def test_files_hold_the_whole_log(operate, tmp_path, xes_schema):
    log = of.event_log(operate=operate, incidents=True, case="root", variables=["amount", "customer", "obj"])
    file = of.write_xes(log, tmp_path / "log.xes")
    xes_schema.validate(str(file))
    xes = ET.parse(file).getroot()
    names = [
        each.get("value")
        for event in xes.iter("{http://www.xes-standard.org/}event")
        for each in event
        if each.get("key") == "concept:name"
    ]
    assert names == log["concept:name"].tolist()
    instances = log.drop_duplicates("process_instance_key")
    is_called = instances["process_instance_key"].astype("string") != instances["case:concept:name"]
    for name in ("log.json", "log.sqlite"):
        ocel = convert_ocel(of.write_ocel(log, tmp_path / name), tmp_path / f"{name}.oceldb", validate=True)
        assert ocel.events().collect()["ocel_type"].value_counts().sort("ocel_type").rows() == sorted(
            log["concept:name"].value_counts().items()
        )
        kinds = ocel.objects().collect()["ocel_type"].value_counts().sort("ocel_type").rows()
        resources = [("resource", log["org:resource"].nunique())] if log["org:resource"].notna().any() else []
        assert kinds == sorted([*instances["process_definition_id"].value_counts().items(), *resources])
        assert ocel.o2o().collect().height == is_called.sum()
