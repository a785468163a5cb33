"""An instance and all that it called, however deep, over both APIs: what a walk along the parents' keys finds."""

from __future__ import annotations

import json

import pandas as pd
import pytest

import operate_frames as of
from operate_frames.sandbox import serve
from tests.support.random_rows import random_company

KEY, PARENT, ROOT = "process_instance_key", "parent_process_instance_key", "root_process_instance_key"


FURTHER = [pytest.param(version, marks=pytest.mark.matrix) for version in ("8.8", "8.10")]


@pytest.fixture(scope="module", params=["8.6", *FURTHER])
def operate(request):
    with serve(auth="none", version=request.param, data=random_company(seed=5)) as server:
        with of.connect(server.base_url, auth="none") as operate:
            operate.server = server
            yield operate


@pytest.fixture(scope="module")
def whole(operate):
    return of.read_instances(operate=operate)


def below(whole, key):
    """By key how far below another one an instance is."""
    found, level = {}, [key]
    while level:
        found |= dict.fromkeys(level, len(set(found.values())))
        level = whole[KEY][whole[PARENT].isin(level)].to_list()
    return found


def top_of(whole, key):
    parents = whole.set_index(KEY)[PARENT]
    while not pd.isna(parents[key]):
        key = parents[key]
    return key


def deepest(whole):
    roots = whole[KEY][whole[PARENT].isna()]
    return max(roots, key=lambda key: (max(below(whole, key).values()), key))


def test_a_hierarchy_has_all_levels(operate, whole):
    root = deepest(whole)
    called = whole[KEY][whole[PARENT] == root].iloc[0]
    alone = whole[KEY][whole[PARENT].isna() & ~whole[KEY].isin(whole[PARENT])].iloc[0]
    for key in (root, called, alone):
        depths = below(whole, key)
        found = of.read_hierarchy(key, operate=operate)

        assert dict(zip(found[KEY], found["depth"], strict=True)) == depths
        assert list(found["depth"]) == sorted(found["depth"])
        assert set(found[ROOT]) == {top_of(whole, key)}
        rows = whole[whole[KEY].isin(depths)].set_index(KEY).loc[found[KEY]].reset_index()
        pd.testing.assert_frame_equal(
            found.drop(columns=["depth", ROOT])[rows.columns.drop(ROOT)], rows.drop(columns=ROOT)
        )
    assert max(below(whole, root).values()) >= 3
    assert str(found["depth"].dtype) == "Int64"


def test_the_rows_of_a_root(operate, whole):
    root = deepest(whole)
    others = [key for key in whole[KEY][whole[PARENT].isna()].head(5) if key != root]
    for asked in (root, [root, *others]):
        wanted = {key for each in ([asked] if asked is root else asked) for key in below(whole, each)}
        found = of.read_instances(operate=operate, root_process_instance_key=asked)
        pd.testing.assert_frame_equal(found, whole[whole[KEY].isin(wanted)].reset_index(drop=True))
        elements = of.read_element_instances(operate=operate, root_process_instance_key=asked)
        every = of.read_element_instances(operate=operate)
        pd.testing.assert_frame_equal(elements, every[every[KEY].isin(wanted)].reset_index(drop=True))


def test_who_is_no_root_is_told(operate, whole):
    called = whole[KEY][whole[PARENT].notna()].iloc[0]
    with pytest.warns(
        of.IncompleteWarning, match=rf"{called} is at the top of no hierarchy: read_hierarchy\({called}\)"
    ):
        assert of.read_instances(operate=operate, root_process_instance_key=called).empty


def test_there_is_no_such_instance(operate):
    with pytest.raises(of.NotFound, match="has no process instance 7"):
        of.read_hierarchy(7, operate=operate)
    with pytest.raises(of.WrongType):
        of.read_hierarchy(7.0, operate=operate)


def instance(key, parent, start="2026-10-01T00:00:00.000+0000"):
    return {
        "key": key,
        "processVersion": 1,
        "bpmnProcessId": "p",
        "parentKey": parent,
        "startDate": start,
        "state": "ACTIVE",
        "incident": False,
        "processDefinitionKey": 1,
        "tenantId": "<default>",
    }


@pytest.fixture(params=["8.6", "8.10"])
def serve_instances(request):
    def start(*rows):
        definition = {"key": 1, "name": "P", "version": 1, "bpmnProcessId": "p", "tenantId": "<default>"}
        data = {"process-definitions": {"search": [definition]}, "process-instances": {"search": list(rows)}}
        return serve(auth="none", version=request.param, data=data)

    return start


def test_a_circle_ends_in_a_warning(serve_instances):
    with serve_instances(instance(11, 12), instance(12, 11), instance(13, 12)) as server:
        with (
            of.connect(server.base_url, auth="none"),
            pytest.warns(of.IncompleteWarning, match="calls itself in the end"),
        ):
            found = of.read_hierarchy(11)

    assert dict(zip(found[KEY], found["depth"], strict=True)) == {11: 0, 12: 1, 13: 2}


def test_a_missing_parent_ends_in_a_warning(serve_instances):
    with serve_instances(instance(11, 5), instance(12, 11)) as server:
        with of.connect(server.base_url, auth="none"):
            with pytest.warns(of.IncompleteWarning, match="5, which called 11, is gone"):
                found = of.read_hierarchy(12)
            with pytest.warns(of.IncompleteWarning, match="5, which called 11, is gone"):
                assert of.read_hierarchy(11)[ROOT].to_list() == [11, 11]

    assert (found[KEY].to_list(), found[ROOT].to_list()) == ([12], [11])


@pytest.mark.parametrize("younger", [0, 60_000])
def test_many_callers_are_asked_one_by_one_or_walked_past_whatever_costs_less(serve_instances, younger):
    """40 callers: v1 asks for each, or reads what began since; v2 asks for all of them at once."""
    day = "2026-10-05T00:00:00.000+0000"
    rows = [
        instance(1, None),
        *(instance(10 + n, 1) for n in range(40)),
        *(instance(100 + n, 10 + n) for n in range(40)),
    ]
    rows += [instance(1000 + n, None, day) for n in range(younger)]
    with serve_instances(*rows) as server, of.connect(server.base_url, auth="none") as operate:
        before = len(server.requests)
        found = of.read_hierarchy(1)
        sent = [json.loads(each.body).get("filter", {}) for each in server.requests[before:] if b"filter" in each.body]

    assert found["depth"].value_counts().to_dict() == {0: 1, 1: 40, 2: 40}
    by_parent = [each for each in sent if {"parentProcessInstanceKey", "parentKey"} & each.keys()]
    callers = len({json.dumps(each) for each in by_parent})
    if operate.api.name == "v2":
        assert callers <= 3
    else:
        assert callers >= 81 if younger else callers <= 2
