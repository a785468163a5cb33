"""Plans are chosen by what they cost: searches beside a walk, exact windows beside few; and are told of."""

from __future__ import annotations

import json

import pandas as pd
import pytest

import operate_frames as of
from operate_frames.sandbox import serve

BERLIN_WEEK = of.between("2026-07-06T00:00+02:00", "2026-07-13T00:00+02:00")


@pytest.fixture(scope="module")
def server():
    with serve(auth="none", instances=3000, told=3000) as running:
        yield running


@pytest.fixture(scope="module")
def operate(server):
    with of.connect(server.base_url, auth="none") as connection:
        yield connection


@pytest.fixture(scope="module")
def variables(operate):
    return of.read_variables(operate=operate)


def sent_for(server, read, **asked):
    before = len(server.requests)
    frame = read(recheck=False, **asked)
    return frame, [json.loads(each.body) for each in server.requests[before:]]


@pytest.mark.parametrize("names", [None, ["amount", "orderId"]])
def test_keys_that_lie_close_are_one_walk(server, operate, variables, names):
    keys = sorted(variables["process_instance_key"].unique())[:61]
    asked = {"process_instance_key": keys} | ({"name": names} if names else {})

    frame, sent = sent_for(server, of.read_variables, operate=operate, **asked)

    wanted = variables[variables["process_instance_key"].isin(keys)]
    wanted = wanted[wanted["name"].isin(names)] if names else wanted
    pd.testing.assert_frame_equal(frame, wanted.reset_index(drop=True))
    assert len(sent) <= 6
    assert not any("processInstanceKey" in each.get("filter", {}) for each in sent)


def test_keys_that_lie_far_apart_are_a_search_each(server, operate, variables):
    keys = sorted(variables["process_instance_key"].unique())
    keys = keys[:: len(keys) // 20][:20]

    frame, sent = sent_for(server, of.read_variables, operate=operate, process_instance_key=keys)

    wanted = variables[variables["process_instance_key"].isin(keys)]
    pd.testing.assert_frame_equal(frame, wanted.reset_index(drop=True))
    assert sum("processInstanceKey" in each.get("filter", {}) for each in sent) == 20
    assert len(sent) <= 22


def test_a_read_that_goes_on_keeps_to_the_plan_it_began_with(operate, variables):
    keys = sorted(variables["process_instance_key"].unique())[:40]
    whole = of.read_variables(operate=operate, process_instance_key=keys)
    search = of.search("variables", operate=operate, process_instance_key=keys, page_size=50)
    order = [each.removesuffix(" descending") for each in search.explain(probe=True).order]
    begun = next(iter(search.batches())).to_pandas()
    begun = begun.sort_values(order).head(30)
    resume = {
        "resource": "variables",
        "order": order,
        "after": [int(begun[column].iloc[-1]) for column in order],
        "rows": len(begun),
    }

    rest = of.read_variables(operate=operate, process_instance_key=keys, resume=resume)

    assert sorted([*begun["variable_key"], *rest["variable_key"]]) == sorted(whole["variable_key"])


def test_a_week_in_another_zone_is_whole_days(server, operate):
    asked = {"process_definition_id": "order", "start_date": BERLIN_WEEK, "columns": ["start_date"]}
    frame, sent = sent_for(server, of.read_instances, operate=operate, **asked)
    whole = of.read_instances(operate=operate, process_definition_id="order", columns=["start_date"])["start_date"]
    low, high = pd.Timestamp("2026-07-05T22:00Z"), pd.Timestamp("2026-07-12T22:00Z")

    assert sorted(frame["start_date"]) == sorted(whole[(whole >= low) & (whole < high)])
    assert len(sent) == 8


def test_an_explanation_says_what_was_weighed_and_how_a_read_is_cut(operate, variables):
    week = of.search("process_instances", operate=operate, start_date=BERLIN_WEEK).explain()
    keys = sorted(variables["process_instance_key"].unique())[:61]
    lists = of.search("variables", operate=operate, process_instance_key=keys, name=["amount", "orderId"])
    whole = of.search("process_instances", operate=operate, workers=4).explain(probe=True)

    assert week.weighed[:2] == (
        "start_date: 8 windows that hold 14% more than asked for",
        "start_date: 30 windows that hold just what was asked for",
    )
    assert lists.explain().weighed == (
        "or 2 walks that leap to each of 61 values of process_instance_key, pages of 1000 rows, where keys lie close",
        "or one walk that leaps to each of 61 values of process_instance_key, pages of 1000 rows, where keys lie close",
    )
    probed = lists.explain(probe=True)
    assert probed.weighed[0].endswith("(taken)")
    assert "61 searches, their rows merged, pages of 1000 rows: about 61 requests" in probed.weighed
    assert "weighed: " in str(probed)
    assert (whole.pages, whole.parts) == (3, 1)  # a server that is near; of a distant one it is cut
