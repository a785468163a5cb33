"""Every reader gives every row and every value that the server holds: on the sandbox, by one worker and by several."""

from __future__ import annotations

import json
import random
from functools import partial

import pandas as pd
import pytest

import operate_frames as of
from operate_frames.reading.options import Tuning
from tests.support.names import chosen_by, expected, keys_of, names_of, path_of, values
from tests.support.servers import (
    ON_NEWEST,
    by_servers_and_workers,
    by_servers_workers_and_readers,
    recorded_servers,
)

# These know the process they belong to by way of the definitions, or of the instances.
BELONG_TO_A_PROCESS = pytest.mark.parametrize(
    "read",
    [of.read_element_instances, of.read_incidents, of.read_variables, of.read_decision_instances],
    ids=lambda read: read.__name__,
)
OF_NO_TENANT = {of.read_batch_operations: {"state": "SUSPENDED"}, of.read_batch_operation_items: {"item_key": "1"}}
# What may differ by server is tried on each of them at once; the rest is of this side.
ON_EVERY_SERVER = by_servers_and_workers()
ON_NEWEST_SERVER = by_servers_and_workers(ON_NEWEST)
EVERY_READER_ON_EVERY_SERVER = by_servers_workers_and_readers()
EVERY_READER_ON_NEWEST = by_servers_workers_and_readers(ON_NEWEST)


@pytest.fixture(scope="module")
def servers():
    with recorded_servers() as named:
        yield named


@pytest.fixture
def server(request, servers):
    return servers(request.param.partition(",")[0])


@pytest.fixture
def operate(server, request):
    """Several workers get small pages, so that there is much to share."""
    workers = int(request.node.callspec.params["server"].split()[-2])
    with of.connect(server.base_url, **server.connection) as operate:
        assert operate.api.name == server.truth.api
        operate.tuning = Tuning(workers=workers, page_size=100 if workers > 1 else None)
        yield operate


@pytest.fixture
def names(server, read):
    """What the server calls the columns of a reader."""
    return names_of(read, server.truth.api, server.version)


@pytest.fixture
def columns(server, read):
    """The columns that rows can be chosen by."""
    return chosen_by(read, server.truth.api, server.version)


def ours(frame, mask):
    return frame[mask].reset_index(drop=True)


@pytest.fixture
def read_once(operate, read):
    """The reader with one pass a read: what a second one does to a question is tried with the planner's."""
    return partial(read, operate=operate, recheck=False)


@EVERY_READER_ON_EVERY_SERVER
def test_every_row_and_every_value(server, operate, read, names):
    rows = server.truth.rows(path_of(read, server.truth.api))

    frame = read(operate=operate)

    assert len(rows) > 0
    assert values(frame, names) == expected(rows, names)
    assert operate.last_report.total == (len(rows) if len(rows) < 10_000 else None)
    assert operate.last_report.rows == len(frame)
    assert frame.attrs["operate"] == json.loads(json.dumps(operate.last_report.as_attrs()))


@ON_EVERY_SERVER
def test_all_five_partitions_are_read_to_the_last_digit(server, operate):
    keys = read_keys(operate)

    assert {key >> 51 for key in keys} == {1, 2, 3, 4, 5}
    assert any(key != int(float(key)) for key in keys)


def read_keys(operate, **arguments):
    return of.read_instances(operate=operate, columns=["process_instance_key"], **arguments)[
        "process_instance_key"
    ].to_list()


@EVERY_READER_ON_NEWEST
@pytest.mark.parametrize("chunksize", [1, 64, 100_000])
def test_chunks_are_the_frame_cut_in_pieces(server, operate, read, names, chunksize):
    whole = read(operate=operate, limit=40 if chunksize == 1 else None)
    chunks = list(read(operate=operate, limit=40 if chunksize == 1 else None, chunksize=chunksize))

    assert [len(chunk) for chunk in chunks[:-1]] == [chunksize] * (len(chunks) - 1)
    together = pd.concat(chunks, ignore_index=True)
    if server.truth.api == "v2":  # walked by date
        together = together.sort_values(keys_of(names), ignore_index=True)
    pd.testing.assert_frame_equal(together, whole)


@EVERY_READER_ON_NEWEST
@pytest.mark.parametrize("limit", [0, 3, 1000, 10**9])
def test_a_limit_takes_the_lowest_keys(server, operate, read, limit):
    pd.testing.assert_frame_equal(read(operate=operate, limit=limit), read(operate=operate).head(limit))


@EVERY_READER_ON_EVERY_SERVER
def test_every_filter_gives_the_rows_that_it_names(server, read_once, columns):
    whole = read_once()
    chance = random.Random(11)
    for column in columns:
        present = whole[column].dropna().unique()
        for value in chance.sample(sorted(present), min(2, len(present))):
            if value == "":
                continue
            found = read_once(**{column: value})
            pd.testing.assert_frame_equal(found, ours(whole, whole[column] == value))


@EVERY_READER_ON_NEWEST
def test_lists_and_missing_values(server, read_once, columns):
    whole = read_once()
    chance = random.Random(12)
    for column in columns:
        present = list(whole[column].dropna().unique())
        some = [value for value in chance.sample(present, min(3, len(present))) if value != ""]
        wanted = set(some) if str(whole[column].dtype).startswith("datetime") else some
        pd.testing.assert_frame_equal(read_once(**{column: wanted}), ours(whole, whole[column].isin(some)))
        or_missing = chance.choice([[], some[:1]])
        pd.testing.assert_frame_equal(
            read_once(**{column: [*or_missing, pd.NA]}),
            ours(whole, whole[column].isin(or_missing) | whole[column].isna()),
        )


@EVERY_READER_ON_NEWEST
def test_ranges_hold_their_first_end_and_not_their_second(server, read_once, columns):
    whole = read_once()
    chance = random.Random(14)
    for column in columns:
        if str(whole[column].dtype) not in ("Int64", "datetime64[us, UTC]") or whole[column].isna().all():
            continue
        here = whole[column].dropna().sort_values()
        low, high = here.iloc[len(here) // 4], here.iloc[len(here) * 3 // 4]
        above, below = (whole[column] >= low).fillna(value=False), (whole[column] < high).fillna(value=False)
        open_end, mask = chance.choice([(of.between(low, None), above), (of.between(None, high), below)])
        pd.testing.assert_frame_equal(read_once(**{column: open_end}), ours(whole, mask))
        if low < high:
            found = read_once(**{column: of.between(low, high)})
            pd.testing.assert_frame_equal(found, ours(whole, above & below))


@EVERY_READER_ON_NEWEST
def test_the_first_rows_of_an_order_are_those_that_pandas_finds(server, read_once):
    check_sorted(read_once, limit=5)


@EVERY_READER_ON_NEWEST
def test_sorted_as_pandas_would_with_ties_in_key_order(server, read_once):
    check_sorted(read_once, limit=None)


def check_sorted(read_once, limit):
    whole = read_once()
    chance = random.Random(f"{read_once.func.__name__} {limit}")
    for column in whole.columns:
        sort = chance.choice(["", "-"]) + column
        wanted = whole.sort_values(column, ascending=sort == column, kind="stable", ignore_index=True)
        found = read_once(sort=sort, limit=limit)
        pd.testing.assert_frame_equal(found, wanted.head(limit or len(whole)))


@ON_NEWEST_SERVER
def test_filters_are_combined_and_a_day_is_a_day(server, operate):
    whole = of.read_instances(operate=operate)
    day = whole["start_date"][0].date()

    found = of.read_instances(operate=operate, start_date=day, state="ACTIVE", has_incident=True)

    mask = (whole["start_date"].dt.date == day) & (whole["state"] == "ACTIVE") & whole["has_incident"]
    assert mask.any()
    pd.testing.assert_frame_equal(found, ours(whole, mask))


@EVERY_READER_ON_NEWEST
def test_an_empty_result_has_the_types_of_a_full_one(server, operate, read):
    nobody = OF_NO_TENANT.get(read, {"tenant_id": "nobody"})
    empty = read(operate=operate, **nobody)

    assert empty.empty
    pd.testing.assert_series_equal(empty.dtypes, read(operate=operate).dtypes)
    assert list(read(operate=operate, **nobody, chunksize=5)) == []


@ON_NEWEST_SERVER
@pytest.mark.parametrize(
    ("read", "column", "source"),
    [
        (of.read_instances, "process_definition_name", "name"),
        (of.read_element_instances, "process_definition_id", "process_definition_id"),
        (of.read_incidents, "process_definition_id", "process_definition_id"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_what_rows_do_not_say_is_filled_from_the_definitions(server, operate, read, column, source):
    definitions = of.read_definitions(operate=operate).set_index("process_definition_key")[source]
    frame = read(operate=operate)

    named = frame["process_definition_key"].map(definitions.to_dict())
    if column == "process_definition_name" and server.version == "8.8" and server.truth.api == "v2":
        named = named.fillna(frame["process_definition_id"])  # which has a name for each
    assert frame[column].notna().any()
    assert [*frame[column].fillna("")] == [*named.fillna("")]


@ON_NEWEST_SERVER
@BELONG_TO_A_PROCESS
def test_a_process_finds_what_belongs_to_it(server, operate, read):
    whole = read(operate=operate)
    instances = of.read_instances(operate=operate).set_index("process_instance_key")["process_definition_id"]
    process = whole["process_instance_key"].map(instances.to_dict())
    assert process.notna().any()
    for name in process.dropna().unique():
        found = read(operate=operate, process_definition_id=name)
        pd.testing.assert_frame_equal(found, ours(whole, process == name))


@ON_NEWEST_SERVER
def test_instances_are_found_by_their_variables(server, operate):
    variables = of.read_variables(operate=operate, is_truncated=False)
    instances = of.read_instances(operate=operate)
    own = variables[variables["scope_key"] == variables["process_instance_key"]]
    own = own[~own["value"].str.startswith("[")]  # a list cannot be asked for yet
    chance = random.Random(13)
    for row in chance.sample(own.to_dict("records"), 12):
        same = variables[(variables["name"] == row["name"]) & (variables["value"] == row["value"])]
        found = of.read_instances(operate=operate, with_variables={row["name"]: json.loads(row["value"])})
        mask = instances["process_instance_key"].isin(same["process_instance_key"])
        pd.testing.assert_frame_equal(found, ours(instances, mask))


@ON_NEWEST_SERVER
def test_several_variables_must_all_be_there(server, operate):
    variables = of.read_variables(operate=operate, is_truncated=False)
    of_one = variables[variables["process_instance_key"] == variables["process_instance_key"].iloc[0]]
    asked = {row["name"]: json.loads(row["value"]) for row in of_one.head(3).to_dict("records")}

    found = of.read_instances(operate=operate, with_variables=asked)
    none = of.read_instances(operate=operate, with_variables=asked | {"no such": 1})

    assert of_one["process_instance_key"].iloc[0] in found["process_instance_key"].to_list()
    assert none.empty


@ON_EVERY_SERVER
def test_cut_values_are_flagged_and_given_whole_where_the_server_has_them(server, operate):
    api = server.truth.api
    flag, key = {"v1": ("truncated", "key"), "v2": ("isTruncated", "variableKey")}[api]
    cut = {int(row[key]) for row in server.truth.rows("variables", **{flag: True})}
    searched = of.read_variables(operate=operate)
    names = searched[searched["is_truncated"]]["name"].unique()
    if (server.version, api) == ("8.8", "v1"):  # which gives none by key: test_both_apis.py
        return
    whole = of.read_variables(operate=operate, full_values=True, name=names)

    assert set(searched["variable_key"][searched["is_truncated"]]) == cut
    for row in whole.to_dict("records"):
        said = server.truth.row("variables", row["variable_key"])
        assert row["value"] == said["value"]
        is_whole = api == "v2" or "truncated" in said  # on OpenSearch v1 does not say so
        assert row["is_truncated"] is (row["variable_key"] in cut and not is_whole)
    assert cut


@ON_NEWEST_SERVER
def test_json_texts_become_values(server, operate):
    texts = of.read_variables(operate=operate)
    decoded = of.read_variables(operate=operate, decode=True)

    for text, value, cut in zip(texts["value"], decoded["value"], texts["is_truncated"], strict=True):
        assert (value is pd.NA) if cut else (value == json.loads(text))
    assert {type(value).__name__ for value in decoded["value"]} >= {"str", "int", "float", "bool", "list", "dict"}


@ON_NEWEST_SERVER
def test_inputs_and_outputs_of_decisions(server, operate):
    frame = of.read_decision_instances(operate=operate, inputs_and_outputs=True)

    for row in frame.to_dict("records"):
        said = server.truth.row("decision-instances", row["decision_evaluation_instance_key"])
        inputs, outputs = told_of(said) if server.truth.api == "v1" else told_by_rules(said)
        assert [tuple(each.values()) for each in row["evaluated_inputs"]] == inputs
        assert [tuple(each.values()) for each in row["evaluated_outputs"]] == outputs
    assert frame["evaluated_outputs"].map(len).max() > 0


def told_of(said):
    inputs = [(each["id"], each["name"], each["value"]) for each in said["evaluatedInputs"]]
    names = ("id", "name", "value", "ruleId", "ruleIndex")
    return inputs, [tuple(each[name] for name in names) for each in said["evaluatedOutputs"]]


def told_by_rules(said):
    inputs = [(each["inputId"], each["inputName"], each["inputValue"]) for each in said["evaluatedInputs"]]
    return inputs, [
        (each["outputId"], each["outputName"], each["outputValue"], rule["ruleId"], rule["ruleIndex"])
        for rule in said["matchedRules"]
        for each in rule["evaluatedOutputs"]
    ]


@ON_NEWEST_SERVER
def test_diagrams_statistics_and_flows(server, operate):
    api = server.truth.api
    for key in of.read_definitions(operate=operate)["process_definition_key"]:
        assert of.read_definition_xml(key, operate=operate) == server.truth.xml("process-definitions", key)
    for key in of.read_decision_requirements(operate=operate)["decision_requirements_key"]:
        assert of.read_decision_requirements_xml(key, operate=operate) == server.truth.xml(
            path_of(of.read_decision_requirements, api), key
        )
    for key in of.read_instances(operate=operate)["process_instance_key"].head(20):
        counts = of.read_element_statistics(key, operate=operate)
        said = server.truth.statistics(key)
        name = {"v1": "activityId", "v2": "elementId"}[api]
        assert counts.rename(columns={"element_id": name}).to_dict("records") == said
        flows = of.read_sequence_flows(key, operate=operate)
        assert flows["sequence_flow_id"].to_list() == server.truth.sequence_flows(key)
        assert set(flows["process_instance_key"]) <= {key}


@EVERY_READER_ON_NEWEST
def test_counting_gives_the_number_of_rows(server, operate, read):
    names = {of.read_instances: "process_instances", of.read_definitions: "process_definitions"}
    resource = names.get(read, read.__name__.removeprefix("read_"))
    frame = read(operate=operate)

    assert of.search(resource, operate=operate).count() == (min(len(frame), 10_000), len(frame) < 10_000)
    assert of.search(resource, operate=operate, limit=2).count() == (2, True)
    column = frame.columns[1]
    value = frame[column].dropna().iloc[0]
    asked = of.search(resource, operate=operate, **{column: [value, value]})
    assert asked.count() == ((frame[column] == value).sum(), True)
    assert sum(batch.num_rows for batch in asked.batches()) == asked.to_arrow().num_rows == asked.count().value


@ON_NEWEST_SERVER
def test_the_pyarrow_backend_holds_the_same_values(server, operate):
    arrow = of.read_instances(operate=operate, dtype_backend="pyarrow")
    nullable = of.read_instances(operate=operate)

    assert values(arrow, arrow.columns) == values(nullable, nullable.columns)
