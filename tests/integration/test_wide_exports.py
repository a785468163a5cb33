"""Files of instances with their variables as columns: the same cells as in the frame, whatever the format."""

import csv
import json
import re
from datetime import datetime

import pandas as pd
import polars as pl
import pytest

import operate_frames as of
from operate_frames.exports import run
from operate_frames.reading.options import Tuning
from operate_frames.sandbox import serve
from tests.support.quick_retries import QUICK
from tests.support.servers import DATASET

KEY = "process_instance_key"
WANTED = ["all", ["amount", "customer", "discount", "obj", "state", "no such"]]


@pytest.fixture(scope="module", params=[pytest.param("8.6", marks=pytest.mark.matrix), "8.10"])
def server(request):
    with serve(auth="none", version=request.param, data=DATASET) as server:
        yield server


@pytest.fixture
def operate(server, monkeypatch):
    monkeypatch.setattr(run, "ROWS_A_PART", 30)
    with of.connect(server.base_url, auth="none", retry=QUICK) as operate:
        operate.tuning = Tuning(page_size=20, seconds_between_passes=0)
        yield operate


@pytest.fixture(params=WANTED, ids=["all", "named"])
def variables(request):
    return request.param


def as_text(cell):
    if cell is None:
        return ""
    return str(cell).lower() if isinstance(cell, bool) else str(cell)


def is_run_by_spreadsheets(cell):
    if not isinstance(cell, str) or cell[:1] not in tuple("=@+-\t\r"):
        return False
    return re.fullmatch(r"[+-][0-9.]*", cell) is None


def test_parquet_has_the_columns_and_types_of_the_frame(operate, variables, tmp_path):
    of.export("process_instances", tmp_path / "a.parquet", operate=operate, variables=variables, incidents=True)

    table = of.search("process_instances", operate=operate, variables=variables, incidents=True).to_arrow()
    again = pl.read_parquet(tmp_path / "a.parquet").sort(KEY)
    assert again.schema == pl.from_arrow(table).schema
    assert again.equals(pl.from_arrow(table).sort(KEY))
    assert [*pd.read_parquet(tmp_path / "a.parquet").columns] == table.column_names


def test_csv_has_every_cell(operate, variables, tmp_path):
    report = of.export("process_instances", tmp_path / "a.csv", operate=operate, variables=variables, incidents=True)

    table = of.search("process_instances", operate=operate, variables=variables, incidents=True).to_arrow()
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file, strict=True)
    assert header == table.column_names
    said = sorted(table.to_pylist(), key=lambda row: str(row[KEY]))
    for cells, row in zip(sorted(rows), said, strict=True):
        for cell, value in zip(cells, row.values(), strict=True):
            if isinstance(value, float):
                assert float(cell) == value
            elif not isinstance(value, datetime):
                assert cell == as_text(value)
    assert report.formulas == sum(is_run_by_spreadsheets(cell) for row in said for cell in row.values())
    assert report.formulas


def test_json_lines_hold_values_and_not_their_texts(operate, variables, tmp_path):
    of.export("process_instances", tmp_path / "a.jsonl", operate=operate, variables=variables)

    frame = of.read_instances(operate=operate, variables=variables)
    rows = sorted(
        map(json.loads, (tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()), key=lambda row: row[KEY]
    )
    assert [*rows[0]] == [*frame.columns]
    names = [name for name in frame.columns[-2:] if name.endswith("variables")] + [
        "amount",
        "customer",
        "discount",
        "obj",
    ]
    for row, (_, said) in zip(rows, frame.iterrows(), strict=True):
        assert {name: row[name] for name in names} == {
            name: None if said[name] is pd.NA else said[name] for name in names
        }


def test_an_interrupted_one_goes_on_with_the_same_columns(operate, server, tmp_path, monkeypatch):
    whole = of.export("process_instances", tmp_path / "whole.csv", operate=operate, variables="all")
    written = []

    def stopped(self, name, stretch, began, write=run._Export._write_part):
        written.append(name)
        if len(written) == 3:
            raise OSError(28, "No space left on device")
        return write(self, name, stretch, began)

    with monkeypatch.context() as patched:
        patched.setattr(run._Export, "_write_part", stopped)
        with pytest.raises(of.ExportFailed, match="No space left"):
            of.export("process_instances", tmp_path / "again.csv", operate=operate, variables="all")
    again = of.export("process_instances", tmp_path / "again.csv", operate=operate, variables="all", resume=True)

    assert again.rows == whole.rows
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    with pytest.raises(of.QuestionError, match="Ask as the first time"):
        of.export("process_instances", tmp_path / "again.csv", operate=operate, variables=["amount"], resume=True)


def test_the_list_of_instances_has_what_people_miss_in_one_call(operate, tmp_path):
    report = of.export_instances(tmp_path / "list.parquet", operate=operate, variables=["customer"], state="ACTIVE")

    frame = pd.read_parquet(tmp_path / "list.parquet")
    assert list(frame.columns) == [
        "process_definition_name", KEY, "business_id", "process_definition_version", "process_definition_version_tag",
        "tenant_id", "state", "start_date", "end_date", "parent_process_instance_key", "customer", "null_variables",
        "truncated_variables", "incident_error_type", "incident_error_message", "incident_element_id",
        "open_incidents",
    ]  # fmt: skip
    assert report.rows == len(frame) > 0
    assert frame["process_definition_name"].notna().all()
    assert frame["incident_error_message"].notna().any()
    chosen = of.export_instances(
        tmp_path / "few.csv", operate=operate, columns=["state"], incidents=False, variables="all", limit=3
    )
    assert chosen.rows == 3
    assert (tmp_path / "few.csv").read_text(encoding="utf-8-sig").startswith("state,")
