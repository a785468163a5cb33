"""One search as pandas, polars, Arrow and DuckDB see it: the same rows, values and types, batch by batch."""

from __future__ import annotations

import gc
import json

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import operate_frames as of
from operate_frames import optional as extras
from operate_frames.reading.options import Tuning
from operate_frames.sandbox import serve
from operate_frames.schema.resources import RESOURCES
from tests.support.interrupting import press_ctrl_c
from tests.support.scripted import Answer, scripted
from tests.support.servers import DATASET, cookie


def polars_from_arrow(found):
    """polars 2 makes one column of records of any stream that is not pyarrow's own."""
    made = pl.from_arrow(found)
    return made.struct.unnest() if isinstance(made, pl.Series) else made


def queried(found):
    return pa.table(duckdb.sql("select * from found"))


STREAMED = {
    "pyarrow.table": pa.table,
    "pyarrow.RecordBatchReader": lambda found: pa.RecordBatchReader.from_stream(found).read_all(),
    "polars.DataFrame": pl.DataFrame,
    "polars.from_arrow": polars_from_arrow,
    "duckdb.sql": queried,
    "duckdb.from_arrow": lambda found: pa.table(duckdb.from_arrow(found)),
}
OUTCOMES = STREAMED | {"to_polars": lambda found: found.to_polars()}
EACH_STREAM = pytest.mark.parametrize("take", STREAMED.values(), ids=STREAMED)
EACH_OUTCOME = pytest.mark.parametrize("take", OUTCOMES.values(), ids=OUTCOMES)
EACH_RESOURCE = pytest.mark.parametrize("resource", RESOURCES)
OF_NO_TENANT = {"batch_operations": {"state": "SUSPENDED"}, "batch_operation_items": {"item_key": "1"}}
IN_POLARS = {"key": pl.Int64, "count": pl.Int64, "text": pl.String, "flag": pl.Boolean}


@pytest.fixture(scope="module")
def servers():
    with serve(auth="both", data=DATASET) as oldest, serve(auth="both", data=DATASET, version="8.10") as newest:
        yield oldest, newest


@pytest.fixture
def server(request, servers):
    """The newest one for what the oldest one does not have."""
    resource = getattr(request.node, "callspec", None) and request.node.callspec.params.get("resource")
    return servers[resource is not None and RESOURCES[resource].since is not None]


@pytest.fixture
def operate(server):
    with of.connect(server.base_url, **cookie(server)) as operate:
        yield operate


def by_key(rows, resource):
    """What streams, a server may give in the order of a date."""
    return sorted(rows, key=lambda row: [row[column] for column in RESOURCES[resource].identity])


def rows(table):
    return table.to_dicts() if isinstance(table, pl.DataFrame) else table.to_pylist()


def same_words(schema):
    """A schema, where DuckDB's word for UTC and polars' long texts are Arrow's."""
    words = {pa.large_string(): pa.string(), pa.string_view(): pa.string()}
    return [
        (
            field.name,
            pa.timestamp("us", tz="UTC") if pa.types.is_timestamp(field.type) else words.get(field.type, field.type),
        )
        for field in schema
    ]


@EACH_OUTCOME
@EACH_RESOURCE
def test_every_value_is_the_same_everywhere(operate, resource, take):
    found = of.search(resource, operate=operate)
    frame = found.to_pandas()

    taken = take(found)

    assert len(frame) > 0
    assert by_key(rows(taken), resource) == [
        {name: None if pd.isna(value) else value for name, value in row.items()} for row in frame.to_dict("records")
    ]
    assert operate.last_report.rows == len(frame)
    assert operate.last_report.finished


@EACH_OUTCOME
def test_digits_and_gaps_survive(operate, take):
    taken = rows(take(of.search("process_instances", operate=operate)))

    assert any(row["process_instance_key"] != int(float(row["process_instance_key"])) for row in taken)
    for column in ("parent_process_instance_key", "end_date", "process_definition_version_tag"):
        assert {row[column] is None for row in taken} == {True, False}


@EACH_OUTCOME
@EACH_RESOURCE
def test_the_types_do_not_depend_on_the_rows(operate, resource, take):
    nobody = OF_NO_TENANT.get(resource, {"tenant_id": "nobody"})
    full, none = of.search(resource, operate=operate), of.search(resource, operate=operate, **nobody)
    full, none = take(full), take(none)

    assert none.shape == (0, full.shape[1])
    assert none.schema == full.schema
    arrow = full.to_arrow() if isinstance(full, pl.DataFrame) else full
    assert same_words(arrow.schema) == same_words(of.search(resource, operate=operate).to_arrow().schema)


@EACH_RESOURCE
def test_polars_has_its_exact_types(operate, resource):
    kinds = {field.column: IN_POLARS.get(field.kind, pl.Datetime("us", "UTC")) for field in RESOURCES[resource].fields}
    found = of.search(resource, operate=operate)

    assert dict(found.to_polars().schema) == dict(pl.DataFrame(found).schema) == kinds


@EACH_RESOURCE
def test_the_schema_is_known_before_anything_is_sent(server, operate, resource):
    found = of.search(resource, operate=operate, columns=[RESOURCES[resource].columns[at] for at in (-1, 0, 1)])
    before = len(server.requests)
    schema, stream = found.schema, pa.RecordBatchReader.from_stream(found)
    assert len(server.requests) == before

    assert schema == stream.schema == found.to_arrow().schema
    assert {batch.schema for batch in stream} == {schema}


@EACH_OUTCOME
def test_columns_order_and_limit_are_those_of_the_question(operate, take):
    asked = {"columns": ["state", "process_instance_key"], "sort": "-start_date", "limit": 7, "operate": operate}

    taken = take(of.search("process_instances", **asked))

    assert rows(taken) == of.read_instances(**asked).to_dict("records")


def test_a_search_is_a_table_of_a_query(operate):
    instances = of.search("process_instances", operate=operate)
    incidents = of.search("incidents", operate=operate, state="ACTIVE")

    counted = duckdb.sql("""
        select instances.process_definition_id, count(*)
        from incidents join instances using (process_instance_key)
        group by all order by all
    """).fetchall()

    joined = incidents.to_pandas().merge(instances.to_pandas(), on="process_instance_key")
    assert counted == list(joined.groupby("process_definition_id_y").size().items())


def test_other_types_of_the_same_columns_are_given_on_request(server, operate):
    found = of.search("process_definitions", operate=operate, columns=["name", "version"])
    wide = pa.schema([("name", pa.large_string()), ("version", pa.int32())])
    before = len(server.requests)
    with pytest.raises(ValueError, match="field names are not matching"):
        pa.table(found, schema=pa.schema([("name", pa.large_string())]))
    assert len(server.requests) == before

    assert pa.table(found, schema=wide).schema == wide
    assert pa.table(found, schema=wide).to_pylist() == found.to_arrow().to_pylist()


@EACH_STREAM
def test_a_stream_cannot_be_checked_anew(server, operate, take):
    found = of.search("process_instances", operate=operate, recheck=True)
    before = len(server.requests)

    with pytest.raises(Exception, match="recheck=True needs the whole read: leave it out for batches, streams"):
        take(found)

    assert len(server.requests) == before


def test_a_polars_frame_can_be_checked(operate):
    operate.tuning = Tuning(seconds_between_passes=0)
    found = of.search("process_instances", operate=operate, recheck=True)

    assert rows(found.to_polars()) == rows(found.to_arrow())
    assert operate.last_report.passes == 2


def test_without_polars_its_installation_is_named(server, operate, monkeypatch):
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    before = len(server.requests)

    with pytest.raises(of.ExtraMissing, match=r"needs polars, which is not installed: pip install 'operate-frames\[po"):
        of.search("process_instances", operate=operate).to_polars()

    assert issubclass(of.ExtraMissing, ImportError)
    assert len(server.requests) == before


def test_numbers_and_dates_in_polars_are_arrows_own_memory(operate):
    operate.tuning = Tuning(page_size=50)  # several pieces, which a copy would join
    columns = ["process_instance_key", "start_date"]
    gc.collect()  # of the tests before
    before = pa.total_allocated_bytes()
    frame = of.search("process_instances", operate=operate, columns=columns, limit=500, recheck=False).to_polars()
    held = pa.total_allocated_bytes() - before

    assert frame.n_chunks() > 1
    assert held >= len(frame) * 2 * 8
    del frame
    assert pa.total_allocated_bytes() <= before


def page(*keys):
    items = [{"key": key, "state": "ACTIVE"} for key in keys]
    return Answer(body=json.dumps({"items": items, "sortValues": keys[-1:], "total": 10_000}).encode())


COLUMNS = ["process_instance_key", "state"]
REFUSED = Answer(400, b'{"status":400,"message":"size","type":"Invalid request"}')


def endless(request):
    """A server that always has three rows more."""
    last = json.loads(request.body).get("searchAfter", [0])[0]
    return page(*range(last + 1, last + 4))


@pytest.mark.parametrize(
    "first",
    [
        lambda found: duckdb.sql("select process_instance_key from found limit 3").fetchall(),
        lambda found: [(key.as_py(),) for key in next(iter(pa.RecordBatchReader.from_stream(found)))[0][:3]],
    ],
    ids=["duckdb", "pyarrow"],
)
def test_rows_are_used_before_all_are_read(first):
    with scripted(endless) as (url, _):
        operate = of.connect(url, auth="none")

        assert first(of.search("process_instances", operate=operate, columns=COLUMNS)) == [(1,), (2,), (3,)]


def breaking(request):
    return REFUSED if json.loads(request.body).get("searchAfter") == [9] else endless(request)


@EACH_STREAM
def test_a_stream_that_fails_says_why_and_the_connection_says_where_to_go_on(take):
    with scripted(breaking) as (url, _):
        operate = of.connect(url, auth="none")
        with pytest.raises(Exception, match=r"ReadFailed: .*refused the request.* The 9 rows before it were") as told:
            take(of.search("process_instances", operate=operate, columns=COLUMNS))
        kept, report = operate.last_interrupted, operate.last_report
        with scripted(lambda request: page(10, 11) if b"[9]" in request.body else page()) as (behind, _):
            rest = of.search("process_instances", operate=of.connect(behind, auth="none"), resume=kept.resume)
            taken = rows(take(rest))

    assert str(told.value).count("\n") < 6, "the text has a long traceback"
    assert type(kept) is of.ReadFailed
    assert type(kept.__cause__) is of.RequestRejected
    assert kept.partial is None
    assert (report.rows, report.finished) == (9, False)
    assert [row["process_instance_key"] for row in taken] == [10, 11]


@EACH_STREAM
def test_an_error_before_the_first_row_says_what_it_is(take):
    with scripted(lambda request: REFUSED if b"tenantId" in request.body else page()) as (url, _):
        found = of.search("process_instances", operate=of.connect(url, auth="none"), tenant_id="x")
        with pytest.raises(Exception, match=r"RequestRejected: .*refused the request"):
            take(found)


@EACH_STREAM
def test_ctrl_c_ends_a_stream_and_the_connection_says_where_to_go_on(take):
    def answer(request):
        if json.loads(request.body).get("searchAfter") == [9]:
            press_ctrl_c()
        return endless(request)

    with scripted(answer) as (url, _):
        operate = of.connect(url, auth="none")
        with pytest.raises((Exception, KeyboardInterrupt)) as stopped:
            take(of.search("process_instances", operate=operate, columns=COLUMNS, limit=50))

    # DuckDB reads in threads as well, and no signal reaches those: then it ends on its own, or some pages later.
    if isinstance(stopped.value, KeyboardInterrupt):
        assert take in (STREAMED["duckdb.sql"], STREAMED["duckdb.from_arrow"])
    else:
        told = operate.last_interrupted
        assert f"ReadInterrupted: Interrupted after {told.resume['rows']} rows: they were given" in str(stopped.value)
        assert told.resume["after"] == [told.resume["rows"]] >= [9]


def test_a_polars_frame_that_fails_keeps_its_rows():
    with scripted(breaking) as (url, _):
        operate = of.connect(url, auth="none")
        with pytest.raises(of.ReadFailed, match=r"are in \.partial") as failed:
            of.search("process_instances", operate=operate, columns=COLUMNS, recheck=False).to_polars()

    assert isinstance(failed.value.partial, pl.DataFrame)
    assert failed.value.partial["process_instance_key"].to_list() == list(range(1, 10))
    assert operate.last_interrupted is failed.value


@pytest.mark.parametrize("rows", [20, 0])
def test_inputs_and_outputs_survive_a_parquet_file(tmp_path, rows):
    with serve(auth="none", instances=300) as server, of.connect(server.base_url, auth="none") as operate:
        frame = of.read_decision_instances(operate=operate, inputs_and_outputs=True, limit=rows)
    frame.to_parquet(tmp_path / "decisions.parquet")
    again = pd.read_parquet(tmp_path / "decisions.parquet")

    assert len(frame) == rows
    assert list(again.columns) == list(frame.columns)
    for name in ("evaluated_inputs", "evaluated_outputs"):
        assert [list(cell) for cell in again[name]] == frame[name].to_list()
    others = frame.columns.drop(["evaluated_inputs", "evaluated_outputs"])
    pd.testing.assert_frame_equal(again[others], frame[others])


def test_a_read_that_was_cut_here_does_not_look_like_loss():
    with serve(auth="none", instances=300) as server, of.connect(server.base_url, auth="none") as operate:
        said = {}
        for name, asked in {
            "limit": {"limit": 10},
            "limit not reached": {"limit": 1000},
            "chosen": {"process_definition_version": of.between(2, None)},
            "all": {},
        }.items():
            of.read_instances(operate=operate, **asked)
            said[name] = operate.last_report

    assert said["limit"].chosen == "cut by limit=10"
    assert "of 300 that the server counts, cut by limit=10" in str(said["limit"])
    assert said["chosen"].chosen == "chosen here from 300 that came"
    assert said["limit not reached"].chosen is said["all"].chosen is None
    assert {report.missing for report in said.values()} == {0}
