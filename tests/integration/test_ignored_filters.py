"""Servers that do not do what they are asked: older ones ignore filters and lack fields, and say nothing of it."""

from __future__ import annotations

import json
import random
import re
import warnings
from contextlib import contextmanager
from dataclasses import replace

import pandas as pd
import pytest

import operate_frames as of
from operate_frames.reading.options import Tuning
from operate_frames.sandbox import serve
from tests.support.falsifying_proxy import falsified
from tests.support.names import V1_NAMES
from tests.support.names import V1_PATHS as PATHS
from tests.support.servers import DATASET

READERS = pytest.mark.parametrize("read", PATHS, ids=lambda read: read.__name__)
WORKERS = pytest.mark.parametrize("workers", [1, 8])


@pytest.fixture(scope="module")
def newest():
    with serve(auth="none", data=DATASET) as server:
        yield server


@pytest.fixture(scope="module")
def truth(newest):
    with of.connect(newest.base_url, auth="none") as operate:
        return {read: read(operate=operate) for read in PATHS}


@contextmanager
def older(newest, *, ignores=None, lacks=()):
    """Connect to a server that ignores some filters, all where that is left out, and sends no such fields."""

    def falsify(request, pass_on):
        if not request.path.endswith("/search"):
            return pass_on(request)
        asked = json.loads(request.body)
        heeded = {} if ignores is None else {k: v for k, v in asked.get("filter", {}).items() if k not in ignores}
        answer = pass_on(replace(request, body=json.dumps(asked | {"filter": heeded}).encode()))
        said = json.loads(answer.body)
        said["items"] = [{name: row[name] for name in row if name not in lacks} for row in said["items"]]
        return replace(answer, body=json.dumps(said).encode())

    with falsified(newest.base_url, falsify) as url, of.connect(url, auth="none") as operate:
        yield operate


def ours(frame, mask):
    return frame[mask.reindex(frame.index).fillna(value=False)].reset_index(drop=True)


@READERS
def test_rows_that_were_not_asked_for_are_dropped_and_counted(newest, truth, read):
    whole, chance = truth[read], random.Random(3)
    with older(newest) as operate:
        operate.tuning = Tuning(workers=3, page_size=500)
        for column in whole.columns:
            present = [value for value in whole[column].dropna().unique() if value != ""]
            if not present or column == "error_message":
                continue
            value = chance.choice(present)
            with warnings.catch_warnings(record=True) as told:
                warnings.simplefilter("always")
                found = read(operate=operate, recheck=False, **{column: value})

            pd.testing.assert_frame_equal(found, ours(whole, whole[column] == value))
            mentioned = [str(each.message) for each in told if each.category is of.FilterIgnoredWarning]
            assert len(mentioned) <= 1
            assert bool(mentioned) == bool(operate.last_report.unasked)
            if mentioned:
                assert "that do not meet" in mentioned[0]
                counts = re.findall(r"sent ([\d,]+) rows", mentioned[0])
                assert sum(int(count.replace(",", "")) for count in counts) == operate.last_report.unasked
                assert told[0].filename == __file__


@READERS
def test_counts_are_of_what_was_asked_for(newest, truth, read):
    whole, chance = truth[read], random.Random(4)
    name = read.__name__.removeprefix("read_")
    resource = {"instances": "process_instances", "definitions": "process_definitions"}.get(name, name)
    with older(newest) as operate:
        for column in whole.columns:
            present = [value for value in whole[column].dropna().unique() if value != ""]
            if not present:
                continue
            value = chance.choice(present)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", of.FilterIgnoredWarning)
                counted = of.search(resource, operate=operate, **{column: value}).count()

            assert counted == (int((whole[column] == value).sum()), True)


@WORKERS
@pytest.mark.filterwarnings("ignore:The server sent")
def test_lists_limits_orders_chunks_and_lookups_hold_what_was_asked(newest, truth, workers):
    whole = truth[of.read_instances]
    done = whole["state"].isin(["COMPLETED", "TERMINATED"])
    tag = whole["process_definition_version_tag"].dropna().iloc[0]
    tagged = whole["process_definition_version_tag"] == tag
    keys = whole["process_instance_key"].sample(20, random_state=1).sort_values().to_list()
    with older(newest) as operate:
        operate.tuning = Tuning(workers=workers, page_size=60)

        def read(**asked):
            return of.read_instances(operate=operate, recheck=False, **asked)

        pd.testing.assert_frame_equal(read(state=["COMPLETED", "TERMINATED"]), ours(whole, done))
        pd.testing.assert_frame_equal(
            read(state="COMPLETED", process_definition_version_tag=tag, limit=5),
            ours(whole, (whole["state"] == "COMPLETED") & tagged).head(5),
        )
        pd.testing.assert_frame_equal(
            read(state="ACTIVE", sort="-start_date", limit=9),
            ours(whole.sort_values("start_date", ascending=False, kind="stable"), whole["state"] == "ACTIVE").head(9),
        )
        pd.testing.assert_frame_equal(
            read(process_instance_key=keys), ours(whole, whole["process_instance_key"].isin(keys))
        )
        pd.testing.assert_frame_equal(
            pd.concat(read(state="COMPLETED", chunksize=7), ignore_index=True),
            ours(whole, whole["state"] == "COMPLETED"),
        )
        day = whole["start_date"].dt.date.mode()[0]
        pd.testing.assert_frame_equal(read(start_date=day), ours(whole, whole["start_date"].dt.date == day))
        variable = truth[of.read_variables].query("not is_truncated").iloc[3]
        same = truth[of.read_variables].query("name == @variable['name'] and value == @variable['value']")
        pd.testing.assert_frame_equal(
            read(with_variables={variable["name"]: json.loads(variable["value"])}),
            ours(whole, whole["process_instance_key"].isin(same["process_instance_key"])),
        )


@pytest.mark.parametrize(
    ("read", "asked", "field", "since"),
    [
        (of.read_instances, {"has_incident": True}, "incident", "8.6"),
        (of.read_instances, {"has_incident": [True, pd.NA]}, "incident", "8.6"),
        (of.read_incidents, {"tenant_id": "<default>"}, "tenantId", "8.3"),
        (of.read_element_instances, {"type": "END_EVENT"}, "type", None),
        (of.read_variables, {"scope_key": of.between(5, None)}, "scopeKey", None),
    ],
)
def test_a_field_that_every_row_should_have_and_none_has_is_an_error(newest, read, asked, field, since):
    (column,) = asked
    with older(newest, ignores=[field], lacks=[field]) as operate:
        with pytest.raises(
            of.FieldNotSent, match=rf"by {column}: none of the \d+ that came has it \({field}\)"
        ) as told:
            read(operate=operate, **asked)
        resource = "process_instances" if read is of.read_instances else read.__name__.removeprefix("read_")
        with pytest.raises(of.FieldNotSent):
            of.search(resource, operate=operate, **asked).count()

    assert since is None or f"from {since} on" in str(told.value)


def test_a_field_that_may_be_missing_meets_only_the_missing_value(newest, truth):
    whole = truth[of.read_instances].assign(process_definition_version_tag=pd.NA)
    whole["process_definition_version_tag"] = whole["process_definition_version_tag"].astype("string")
    with older(newest, ignores=["processVersionTag"], lacks=["processVersionTag"]) as operate:
        with pytest.warns(of.FilterIgnoredWarning, match="Not one row has process_definition_version_tag") as told:
            tagged = of.read_instances(operate=operate, process_definition_version_tag="v2")
        assert "sent 145 rows of process_instances that do not meet" in str(told[0].message)
        assert tagged.empty
        assert operate.last_report.unasked == len(whole)
        assert f"dropped that were not asked for {len(whole)}" in str(operate.last_report)

        with pytest.warns(of.FilterIgnoredWarning, match="this server may not know it"):
            untagged = of.read_instances(operate=operate, process_definition_version_tag=pd.NA)
        pd.testing.assert_frame_equal(untagged, whole)


def test_what_the_server_knows_is_no_doubt(newest, truth):
    """None of these rows has the field, and there is nothing to be told of: 8.6 knows it."""
    whole = truth[of.read_instances]
    untagged = whole["process_definition_version_tag"].isna()
    with of.connect(newest.base_url, auth="none") as operate:
        found = of.read_instances(operate=operate, process_definition_version_tag=pd.NA)
        none = of.read_instances(operate=operate, process_definition_version_tag="no such tag")
        elements = of.read_element_instances(operate=operate, incident_key=of.between(1, None))

    pd.testing.assert_frame_equal(found, ours(whole, untagged))
    assert none.empty
    assert len(elements) == truth[of.read_element_instances]["incident_key"].notna().sum() > 0


def test_children_are_found_where_only_the_older_name_of_their_parent_is_heeded(newest, truth):
    whole = truth[of.read_instances]
    parent = whole["parent_process_instance_key"].dropna().iloc[0]
    with older(newest, ignores=["parentKey"]) as operate:
        found = of.read_instances(operate=operate, parent_process_instance_key=int(parent))

        pd.testing.assert_frame_equal(found, ours(whole, whole["parent_process_instance_key"] == parent))
        assert operate.last_report.unasked == 0


@pytest.mark.parametrize("database", ["elasticsearch", "opensearch"])
def test_rows_that_show_less_than_the_server_knows_stay(database):
    with serve(auth="none", database=database, data=DATASET) as server, of.connect(server.base_url, auth="none"):
        cut = of.read_variables(is_truncated=True)
        value = cut["value"].iloc[0]

        assert len(value) == 8191
        assert len(of.read_variables(value=value)) == (cut["value"] == value).sum()
        assert len(of.read_variables(is_truncated=False)) == len(of.read_variables()) - len(cut)
        assert of.search("variables", is_truncated=True).count() == (len(cut), True)


def test_every_reader_has_a_filter_here():
    assert set(V1_NAMES) == set(PATHS)
