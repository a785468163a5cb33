"""Exports to a table of DuckDB and to a folder of Parquet files: in one step, beside what else is there."""

import duckdb
import pandas as pd
import polars as pl
import pytest

import operate_frames as of
from operate_frames.exports import run, targets
from operate_frames.reading.options import Tuning
from operate_frames.sandbox import serve
from tests.support.quick_retries import QUICK
from tests.support.servers import DATASET

KEY = "process_instance_key"


@pytest.fixture(scope="module")
def server():
    with serve(auth="none", version="8.10", data=DATASET) as server:
        yield server


@pytest.fixture
def operate(server, monkeypatch):
    monkeypatch.setattr(run, "ROWS_A_PART", 40)
    with of.connect(server.base_url, auth="none", retry=QUICK) as operate:
        operate.tuning = Tuning(page_size=20, seconds_between_passes=0)
        yield operate


def rows_of(path, table):
    with duckdb.connect(str(path), read_only=True) as database:
        return pl.DataFrame(database.sql(f'from "{table}"'))


def test_a_table_takes_its_place_beside_others(operate, tmp_path):
    path = tmp_path / "ops.duckdb"
    with duckdb.connect(str(path)) as database:
        database.execute("create table mine as select 1 as one; create table incidents as select 2 as old")

    report = of.export("incidents", path, operate=operate)
    of.export("process_instances", path, operate=operate, table="my instances", variables=["amount", "discount"])

    table = of.search("incidents", operate=operate).to_arrow()
    assert report.rows == table.num_rows
    again = rows_of(path, "incidents").sort("incident_key")
    assert again.columns == table.column_names
    for name in again.columns:
        said = pl.from_arrow(table)[name]
        assert again[name].cast(said.dtype).to_list() == said.to_list()
    assert rows_of(path, "mine")["one"].to_list() == [1]
    wide = rows_of(path, "my instances")
    assert str(wide.schema["discount"]) == "Int64"
    assert wide["amount"].drop_nulls().len() > 20
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "ops.duckdb", "ops.duckdb.incidents.manifest.json", "ops.duckdb.my instances.manifest.json"
    ]  # fmt: skip


def test_a_table_that_is_complete_is_not_read_again_unless_somebody_changed_it(server, operate, tmp_path):
    path = tmp_path / "ops.duckdb"
    of.export("incidents", path, operate=operate)
    before = len(server.requests)

    again = of.export("incidents", path, operate=operate, resume=True)
    assert len(server.requests) == before
    with duckdb.connect(str(path)) as database:
        database.execute("update incidents set state = 'X'")
    of.export("incidents", path, operate=operate, resume=True)

    assert len(server.requests) > before
    assert "X" not in rows_of(path, "incidents")["state"].to_list()
    assert again.rows == len(rows_of(path, "incidents"))


def test_a_folder_has_a_file_for_each_value(operate, tmp_path):
    frame = of.read_instances(operate=operate)
    (tmp_path / "by-state.parquet").mkdir()
    (tmp_path / "by-state.parquet" / "old").write_text("old")

    report = of.export("process_instances", tmp_path / "by-state.parquet", operate=operate, partition_by=["state"])
    again = of.export(
        "process_instances", tmp_path / "by-state.parquet", operate=operate, partition_by="state", resume=True
    )

    assert sorted(each.name for each in (tmp_path / "by-state.parquet").iterdir()) == [
        f"state={state}" for state in sorted(frame["state"].unique())
    ]
    assert report.rows == again.rows == len(frame)
    read = pd.read_parquet(tmp_path / "by-state.parquet", dtype_backend="numpy_nullable").sort_values(KEY)
    assert read[KEY].tolist() == frame[KEY].tolist()
    assert read["state"].astype("string").tolist() == frame["state"].tolist()
    pl_rows = pl.read_parquet(tmp_path / "by-state.parquet" / "**" / "*.parquet", hive_partitioning=True)
    assert len(pl_rows) == len(frame)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["by-state.parquet", "by-state.parquet.manifest.json"]


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("rows.parquet", {"table": "x"}, "table says nothing about a .parquet file"),
        ("rows.duckdb", {"partition_by": "state"}, "partition_by says nothing about a .duckdb file"),
        ("rows.csv", {"partition_by": "state"}, "partition_by says nothing about a .csv file"),
        ("rows.parquet", {"partition_by": "stat"}, "partition_by names stat"),
        ("rows.parquet", {"partition_by": 5}, "partition_by takes names of columns"),
        ("rows.duckdb", {"table": " "}, "table is empty"),
        ("none/rows.duckdb", {}, "there is no folder"),
        ("text.duckdb", {}, "cannot be opened as a database"),
        ("text.parquet", {"partition_by": "state"}, "is a file: partition_by= makes a folder"),
    ],
)
def test_what_cannot_be_written_is_one_error_and_nothing_is_sent(operate, server, name, options, said, tmp_path):  # noqa: PLR0917
    for text in ("text.duckdb", "text.parquet"):
        (tmp_path / text).write_text("something else")
    before = len(server.requests)

    with pytest.raises(of.QuestionError) as caught:
        of.export("process_instances", tmp_path / name, operate=operate, **options)

    assert said in str(caught.value)
    assert len(server.requests) == before
    assert (tmp_path / "text.duckdb").read_text() == "something else"


def test_a_database_that_another_program_holds_loses_no_finished_part(server, operate, tmp_path, monkeypatch):
    path = tmp_path / "ops.duckdb"

    def held(*_):
        raise OSError(0, "Could not set lock on file", str(path))

    with monkeypatch.context() as there:
        there.setattr(targets._Table, "take", held)
        with pytest.raises(of.ExportFailed, match=r"Could not set lock .*145 rows are kept"):
            of.export("process_instances", path, operate=operate)
    before = len(server.requests)
    assert of.export("process_instances", path, operate=operate, resume=True).rows == 145
    assert len(server.requests) == before
