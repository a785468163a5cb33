"""What is counted: by the server where it counts, else here; either way what the rows say."""

from __future__ import annotations

import pandas as pd
import pytest

import operate_frames as of
from operate_frames.sandbox import serve
from tests.support.random_rows import random_company

VERSION = ["process_definition_id", "process_definition_key", "process_definition_version"]
COUNTS = ["active", "canceled", "incidents", "completed"]


@pytest.fixture(scope="module", params=["8.6", "8.8", "8.9", "8.10"])
def server(request):
    with serve(auth="none", version=request.param, data=random_company(seed=5)) as server:
        yield server


@pytest.fixture
def operate(server):
    with of.connect(server.base_url, auth="none") as operate:
        yield operate


def test_the_active_instances_of_each_version(server, operate):
    rows = of.read_instances(state="ACTIVE")
    before = len(server.requests)
    found = of.read_definition_statistics()
    sent = len(server.requests) - before

    wanted = (
        rows.assign(active_with_incident=rows["has_incident"], active_without_incident=~rows["has_incident"])
        .groupby(VERSION)[["active_with_incident", "active_without_incident"]]
        .sum()
        .reset_index()
        .sort_values(["process_definition_id", "process_definition_version"], ignore_index=True)
    )
    pd.testing.assert_frame_equal(found[wanted.columns], wanted, check_dtype=False)
    names = rows.drop_duplicates("process_definition_key").set_index("process_definition_key")
    if operate.api.version != (8, 8):  # which has a name for each
        shown = names.loc[found["process_definition_key"], "process_definition_name"]
        assert found["process_definition_name"].fillna("").to_list() == shown.fillna("").to_list()
    assert {str(found[name].dtype) for name in ("active_with_incident", "process_definition_key")} == {"Int64"}
    processes = found["process_definition_id"].nunique()
    if operate.api.version >= (8, 9):
        assert sent == 2 + 2 * processes  # each list ends with an empty page
    assert len(found) > 30


def test_the_elements_of_a_definition_under_filters(server, operate):
    instances = of.read_instances()
    key = instances["process_definition_key"].value_counts().index[0]
    if operate.api.name == "v1":
        with pytest.raises(of.UnknownName, match=r"one instance only; those .* from Camunda 8\.8"):
            of.read_element_statistics(process_definition_key=key)
        return
    chosen = instances[(instances["process_definition_key"] == key) & (instances["state"] == "ACTIVE")]
    elements = of.read_element_instances(process_instance_key=chosen["process_instance_key"])

    found = of.read_element_statistics(process_definition_key=key, state="ACTIVE")

    assert set(found["element_id"]) == set(elements["element_id"])
    for element, group in elements.groupby("element_id"):
        failing = group["has_incident"]
        wanted = [
            ((group["state"] == "ACTIVE") & ~failing).sum(),
            (group["state"] == "TERMINATED").sum(),
            failing.sum(),
            (group["state"] == "COMPLETED").sum(),
        ]
        assert found.set_index("element_id").loc[element, COUNTS].to_list() == wanted
    assert len(of.read_element_statistics(process_definition_key=key)) >= len(found) > 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "one of them"),
        ({"process_instance_key": 1, "process_definition_key": 1}, "one of them"),
        ({"process_instance_key": 1, "state": "ACTIVE"}, "state chooses instances of a process_definition_key"),
        ({"process_definition_key": 1, "colour": "red"}, "has no filter 'colour'"),
    ],
)
def test_what_cannot_be_counted_is_refused_before_anything_is_sent(arguments, said):
    with pytest.raises(of.QuestionError, match=said):
        of.read_element_statistics(**arguments)


def test_what_the_server_cannot_count_by_is_told(operate):
    if operate.api.name == "v1":
        pytest.skip("v1 counts by nothing.")
    for question, said in (
        ({"process_definition_version_tag": pd.NA}, "cannot count by process_definition_version_tag"),
        ({"start_date": [pd.Timestamp("2024-03-01"), pd.Timestamp("2025-03-01")]}, "cannot count by start_date"),
        ({"root_process_instance_key": 1}, "cannot count by this alone"),
    ):
        with pytest.raises(of.QuestionError, match=said):
            of.read_element_statistics(process_definition_key=1, **question)


def test_there_is_no_such_definition(operate):
    if operate.api.name == "v2":
        with pytest.raises(of.NotFound, match="Process Definition with key '7' not found"):
            of.read_element_statistics(process_definition_key=7)
