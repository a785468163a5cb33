"""Every reader gives every row and every value that the server holds: on the sandbox and on a real Camunda."""

from __future__ import annotations

import random

import pandas as pd
import pytest

import operate_frames as of
from tests.servers import SERVERS, described, sandbox_with_recorded_rows

# Column by column what v1 calls it: written down here once more, so that a mistake in the package's table shows.
V1_NAMES = {
    of.read_instances: {
        "process_instance_key": "key",
        "process_definition_id": "bpmnProcessId",
        "process_definition_version": "processVersion",
        "process_definition_version_tag": "processVersionTag",
        "process_definition_key": "processDefinitionKey",
        "start_date": "startDate",
        "end_date": "endDate",
        "state": "state",
        "has_incident": "incident",
        "parent_process_instance_key": "parentKey",
        "parent_element_instance_key": "parentFlowNodeInstanceKey",
        "tenant_id": "tenantId",
    },
    of.read_definitions: {
        "process_definition_key": "key",
        "process_definition_id": "bpmnProcessId",
        "name": "name",
        "version": "version",
        "version_tag": "versionTag",
        "tenant_id": "tenantId",
    },
}
PATHS = {of.read_instances: "process-instances", of.read_definitions: "process-definitions"}
READERS = pytest.mark.parametrize("read", PATHS, ids=lambda read: read.__name__)


@pytest.fixture(scope="module", params=SERVERS)
def server(request):
    where, database, by = request.param.split()
    if where == "sandbox":
        with sandbox_with_recorded_rows(database) as sandbox:
            yield described(sandbox, by)
        return
    real = request.getfixturevalue("camunda" if database == "opensearch" else "camunda_elasticsearch")
    yield described(real, by)


@pytest.fixture
def operate(server):
    with of.connect(server.base_url, **server.sign_in) as operate:
        yield operate


def expected(rows, names):
    """The rows as the server wrote them, by our names, in key order."""
    table = [{column: value_of(column, row.get(v1)) for column, v1 in names.items()} for row in rows]
    return sorted(table, key=lambda row: row[next(iter(names))])


def value_of(column, raw):
    if raw is None:
        return None
    if column.endswith("_date"):
        return pd.Timestamp(raw)
    return "TERMINATED" if raw == "CANCELED" else raw


def values(frame, names):
    return [
        {column: None if pd.isna(value) else value for column, value in row.items() if column in names}
        for row in frame.to_dict("records")
    ]


@READERS
def test_every_row_and_every_value(server, operate, read):
    rows = server.truth.rows(PATHS[read])

    frame = read(operate=operate)

    assert len(rows) > 0
    assert values(frame, V1_NAMES[read]) == expected(rows, V1_NAMES[read])


def test_all_five_partitions_are_read_to_the_last_digit(server, operate):
    keys = read_keys(operate)

    assert {key >> 51 for key in keys} == {1, 2, 3, 4, 5}
    assert any(key != int(float(key)) for key in keys)


def read_keys(operate, **arguments):
    return of.read_instances(operate=operate, columns=["process_instance_key"], **arguments)[
        "process_instance_key"
    ].to_list()


@READERS
@pytest.mark.parametrize("chunksize", [1, 64, 999, 100_000])
def test_chunks_are_the_frame_cut_in_pieces(server, operate, read, chunksize):
    whole = read(operate=operate, limit=300 if chunksize == 1 else None)
    chunks = list(read(operate=operate, limit=300 if chunksize == 1 else None, chunksize=chunksize))

    assert [len(chunk) for chunk in chunks[:-1]] == [chunksize] * (len(chunks) - 1)
    pd.testing.assert_frame_equal(pd.concat(chunks, ignore_index=True), whole)


@READERS
@pytest.mark.parametrize("limit", [0, 1, 3, 1000, 10**9])
def test_a_limit_takes_the_lowest_keys(server, operate, read, limit):
    pd.testing.assert_frame_equal(read(operate=operate, limit=limit), read(operate=operate).head(limit))


@READERS
def test_every_filter_gives_the_rows_that_it_names(server, operate, read):
    whole = read(operate=operate)
    chance = random.Random(11)
    for column in whole.columns:
        present = whole[column].dropna().unique()
        for value in chance.sample(sorted(present), min(4, len(present))):
            if value == "":
                continue
            found = read(operate=operate, **{column: value})
            pd.testing.assert_frame_equal(found, whole[whole[column] == value].reset_index(drop=True))


def test_filters_are_combined_and_a_day_is_a_day(server, operate):
    whole = of.read_instances(operate=operate)
    day = whole["start_date"][0].date()

    found = of.read_instances(operate=operate, start_date=day, state="ACTIVE", has_incident=True)

    mask = (whole["start_date"].dt.date == day) & (whole["state"] == "ACTIVE") & whole["has_incident"]
    assert mask.any()
    pd.testing.assert_frame_equal(found, whole[mask].reset_index(drop=True))


@READERS
def test_an_empty_result_has_the_types_of_a_full_one(server, operate, read):
    empty = read(operate=operate, tenant_id="nobody")

    assert empty.empty
    pd.testing.assert_series_equal(empty.dtypes, read(operate=operate).dtypes)
    assert list(read(operate=operate, tenant_id="nobody", chunksize=5)) == []


def test_names_of_definitions_stand_beside_the_instances(server, operate):
    definitions = of.read_definitions(operate=operate).set_index("process_definition_key")["name"]
    instances = of.read_instances(operate=operate)

    named = instances["process_definition_key"].map(definitions.to_dict())
    assert instances["process_definition_name"].notna().any()
    assert [*instances["process_definition_name"].fillna("")] == [*named.fillna("")]


def test_the_pyarrow_backend_holds_the_same_values(server, operate):
    arrow = of.read_instances(operate=operate, dtype_backend="pyarrow")
    nullable = of.read_instances(operate=operate)

    assert values(arrow, arrow.columns) == values(nullable, nullable.columns)
