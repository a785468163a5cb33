"""Rows to files: every cell as it was read, put in place in one step, gone on with after whatever stopped it."""

from __future__ import annotations

import csv
import json
import logging
import os
import random
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

import operate_frames as of
from operate_frames.exports import run
from operate_frames.reading.options import Tuning
from operate_frames.sandbox import serve
from operate_frames.schema.resources import RESOURCES
from tests.support.falsifying_proxy import falsified, first_row_left_out
from tests.support.quick_retries import QUICK
from tests.support.scripted import Answer
from tests.support.servers import DATASET

EACH_RESOURCE = pytest.mark.parametrize("resource", RESOURCES)
PART = 300


@pytest.fixture(scope="module", params=[pytest.param("8.6", marks=pytest.mark.matrix), "8.10"])
def server(request):
    with serve(auth="none", version=request.param, data=DATASET) as server:
        yield server


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(run, "ROWS_A_PART", PART)


@pytest.fixture
def operate(server):
    with of.connect(server.base_url, auth="none", retry=QUICK) as operate:
        operate.tuning = Tuning(page_size=100, seconds_between_passes=0)
        yield operate


def there(operate, resource):
    return RESOURCES[resource].since is None or operate.api.name == "v2"


def frame_of(operate, resource, **asked):
    return of.search(resource, operate=operate, recheck=False, **asked).to_pandas()


def in_key_order(frame, resource):
    return frame.sort_values(list(RESOURCES[resource].identity), ignore_index=True)


def as_text(value):
    if value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, pd.Timestamp):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return str(value).lower() if isinstance(value, (bool, np.bool_)) else str(value)


def test_of_two_exports_to_one_file_the_second_touches_nothing(operate, tmp_path, monkeypatch):
    trouble = []
    write = run._Export._write_part

    def meanwhile(self, *given):
        if not trouble:
            with pytest.raises(of.ExportFailed, match=r"Another export writes .*rows.csv just now") as caught:
                of.export("variables", tmp_path / "rows.csv", operate=operate)
            trouble.append(caught.value)
        return write(self, *given)

    monkeypatch.setattr(run._Export, "_write_part", meanwhile)
    report = of.export("variables", tmp_path / "rows.csv", operate=operate)

    assert trouble
    assert report.rows == len(frame_of(operate, "variables"))
    assert sorted(each.name for each in tmp_path.iterdir()) == ["rows.csv", "rows.csv.manifest.json"]


@EACH_RESOURCE
def test_a_csv_file_holds_every_cell(operate, resource, tmp_path):
    if not there(operate, resource):
        with pytest.raises(of.UnknownName, match="from Camunda 8"):
            of.export(resource, tmp_path / "rows.csv", operate=operate)
        assert [*tmp_path.iterdir()] == []
        return
    frame = frame_of(operate, resource)

    report = of.export(resource, tmp_path / "rows.csv", operate=operate)

    content = (tmp_path / "rows.csv").read_bytes()
    assert content.startswith("\ufeff".encode())
    with (tmp_path / "rows.csv").open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file, strict=True)
    assert header == list(frame.columns)
    assert sorted(rows) == sorted([as_text(value) for value in row] for row in frame.itertuples(index=False))
    assert (report.rows, report.nbytes, report.cut) == (len(frame), len(content), None)
    assert not report.rechecked  # nothing ended lately
    assert sorted(each.name for each in tmp_path.iterdir()) == ["rows.csv", "rows.csv.manifest.json"]


@EACH_RESOURCE
def test_a_csv_file_reads_back_as_docs_say(operate, resource, tmp_path):
    if not there(operate, resource):
        return
    frame = frame_of(operate, resource)
    of.export(resource, tmp_path / "rows.csv", operate=operate)

    dates = [name for name, dtype in frame.dtypes.items() if str(dtype).startswith("datetime")]
    types = {name: str(dtype) for name, dtype in frame.dtypes.items() if name not in dates}
    again = pd.read_csv(tmp_path / "rows.csv", dtype=types, keep_default_na=False, na_values=[""])
    for name in dates:
        again[name] = pd.to_datetime(again[name], format="ISO8601", utc=True).astype("datetime64[us, UTC]")

    pd.testing.assert_frame_equal(in_key_order(again, resource), frame)


@EACH_RESOURCE
def test_a_parquet_file_is_the_same_everywhere(operate, resource, tmp_path):
    if not there(operate, resource):
        return
    frame = frame_of(operate, resource)
    path = tmp_path / "rows.parquet"

    of.export(resource, path, operate=operate)

    nullable = pd.read_parquet(path, dtype_backend="numpy_nullable")
    pd.testing.assert_frame_equal(in_key_order(nullable, resource), frame)
    assert pl.read_parquet(path).height == len(frame)
    assert duckdb.sql(f"select count(*) from '{path}'").fetchall() == [(len(frame),)]


@EACH_RESOURCE
def test_json_lines_hold_every_value(operate, resource, tmp_path):
    if not there(operate, resource):
        return
    frame = frame_of(operate, resource)

    of.export(resource, tmp_path / "rows.jsonl", operate=operate)

    rows = [json.loads(line) for line in (tmp_path / "rows.jsonl").read_text(encoding="utf-8").splitlines()]
    kept = [
        {
            name: None if pd.isna(value) else as_text(value) if isinstance(value, pd.Timestamp) else value
            for name, value in row.items()
        }
        for row in frame.to_dict("records")
    ]
    identity = RESOURCES[resource].identity
    assert sorted(rows, key=lambda row: [row[name] for name in identity]) == kept


def test_inputs_and_outputs_are_json_in_csv_and_themselves_in_other_files(operate, tmp_path):
    asked = {"operate": operate, "inputs_and_outputs": True}
    for name in ("d.csv", "d.jsonl", "d.parquet"):
        of.export("decision_instances", tmp_path / name, **asked)
    frame = of.read_decision_instances(**asked, recheck=False).set_index("decision_evaluation_instance_key")

    in_csv = pd.read_csv(tmp_path / "d.csv", index_col=0).loc[frame.index]["evaluated_outputs"].map(json.loads)
    lines = (tmp_path / "d.jsonl").read_text(encoding="utf-8").splitlines()
    in_lines = pd.DataFrame(map(json.loads, lines)).set_index(frame.index.name).loc[frame.index]["evaluated_outputs"]
    in_parquet = pd.read_parquet(tmp_path / "d.parquet").set_index(frame.index.name).loc[frame.index]
    wanted = frame["evaluated_outputs"].to_list()
    assert in_csv.to_list() == in_lines.to_list() == wanted
    assert [list(cell) for cell in in_parquet["evaluated_outputs"]] == wanted
    assert any(wanted)


def test_columns_order_and_words_of_a_csv_file(operate, tmp_path):
    path = tmp_path / "rows.csv"
    asked = {"columns": ["state", "process_instance_key", "start_date"], "operate": operate, "sort": "-start_date"}
    frame = of.read_instances(**asked, limit=3)

    of.export("process_instances", path, limit=3, sep=";", encoding="utf-8", time_zone="Europe/Berlin", **asked)

    local = [date.tz_convert("Europe/Berlin").isoformat(timespec="milliseconds") for date in frame["start_date"]]
    lines = path.read_bytes().decode().splitlines()
    assert lines[0] == "state;process_instance_key;start_date"
    assert lines[1:] == [
        f'"{state}";{key};"{date}"'
        for state, key, date in zip(frame["state"], frame["process_instance_key"], local, strict=True)
    ]
    assert local[0].endswith("+01:00")

    of.export("process_instances", path, limit=3, header=False, date_format="%d.%m.%Y %H:%M:%S", **asked)
    said = [f"{date:%d.%m.%Y %H:%M:%S}" for date in frame["start_date"]]
    assert [line.rpartition(",")[2].strip('"') for line in path.read_text(encoding="utf-8-sig").splitlines()] == said


def test_no_rows_are_a_file_of_its_columns(operate, tmp_path):
    for name in ("rows.csv", "rows.parquet", "rows.jsonl"):
        report = of.export("process_instances", tmp_path / name, operate=operate, tenant_id="nobody")
        assert report.rows == 0
    assert (tmp_path / "rows.csv").read_text(encoding="utf-8-sig").startswith("process_instance_key,")
    empty = pd.read_parquet(tmp_path / "rows.parquet", dtype_backend="numpy_nullable")
    pd.testing.assert_frame_equal(empty, frame_of(operate, "process_instances", tenant_id="nobody"))
    assert (tmp_path / "rows.jsonl").read_bytes() == b""


@pytest.mark.parametrize(
    "wrong",
    [
        ("rows", {}, "names no format"),
        ("rows.xls", {}, "one of .csv, .xlsx"),
        ("no such folder/rows.csv", {}, "there is no folder"),
        ("folder", {}, "names no format"),
        ("folder.csv", {}, "is a folder"),
        ("rows.parquet", {"sep": ";"}, "sep says nothing about a .parquet file"),
        ("rows.jsonl", {"header": False}, "header says nothing"),
        ("rows.csv", {"sep": ";;"}, "one character"),
        ("rows.csv", {"sep": '"'}, "one character"),
        ("rows.csv", {"sep": "a"}, "one character"),
        ("rows.csv", {"sep": "-"}, "one character"),
        ("rows.csv", {"sep": 5}, "sep takes a text, not the int 5"),
        ("rows.csv", {"header": "no"}, "header takes True or False"),
        ("rows.csv", {"encoding": "klingon"}, "none that Python knows"),
        ("rows.csv", {"encoding": "utf-16"}, "utf-16-le"),
        ("rows.csv", {"date_format": "yyyy"}, "shows nothing of a date"),
        ("rows.csv", {"date_format": "%H:%M:%S.%f"}, "no %f"),
        ("rows.csv", {"time_zone": "Mars/Base"}, "Europe/Berlin"),
        ("rows.csv", {"resume": {"rows": 3}}, "resume takes True or False"),
        ("rows.csv", {"no_such_filter": 1}, "no filter 'no_such_filter'"),
        ("rows.csv", {"recheck": True}, "recheck"),
    ],
    ids=str,
)
def test_what_cannot_be_written_is_one_error_before_anything_is_sent(operate, tmp_path, wrong):
    name, asked, said = wrong
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder.csv").mkdir()
    files = sorted(tmp_path.rglob("*"))

    with pytest.raises(of.QuestionError, match=said):
        of.export("process_instances", tmp_path / name, operate=operate, **asked)

    assert operate.last_report is None
    assert sorted(tmp_path.rglob("*")) == files


@pytest.mark.parametrize("path", [5, None, b"rows.csv", ["rows.csv"]])
def test_what_is_no_path_is_named(operate, path):
    with pytest.raises(of.WrongType, match="path takes the name of a file"):
        of.export("process_instances", path, operate=operate)


def test_a_home_folder_is_the_persons(operate, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))

    assert of.export("process_definitions", "~/rows.csv", operate=operate).path == tmp_path / "rows.csv"


def test_a_character_that_an_encoding_lacks_is_named(operate, tmp_path):
    (tmp_path / "rows.csv").write_text("as before")

    with pytest.raises(of.QuestionError, match=r"encoding='latin-1' has no '.'"):
        of.export("process_definitions", tmp_path / "rows.csv", operate=operate, encoding="latin-1")

    assert (tmp_path / "rows.csv").read_text() == "as before"


def test_what_a_limit_cut_is_said(operate, tmp_path, caplog):
    with caplog.at_level(logging.WARNING, logger="operate_frames"):
        report = of.export("process_instances", tmp_path / "rows.csv", operate=operate, limit=7)

    assert (report.rows, report.cut) == (7, "cut by limit=7")
    assert "rows.csv holds not all rows: it was cut by limit=7" in caplog.text
    assert "cut by limit=7" in str(report)


def test_cells_that_a_spreadsheet_would_run_are_counted_and_said(tmp_path, caplog):
    rows = {"process-definitions": {"search": [definition(name) for name in NAMES]}}
    with serve(auth="none", data=rows) as server, of.connect(server.base_url, auth="none") as operate:
        report = of.export("process_definitions", tmp_path / "rows.csv", operate=operate)

    assert report.formulas == 6
    assert "holds 6 cells that a spreadsheet would run as formulas" in caplog.text
    assert "6 cells that a spreadsheet would run" in str(report)


NAMES = ["=1+1", "+41 44 123", "-2+3", "@SUM(A1)", "\tTab", "-x", "-2", "+3.5", "a=1", "Ärger, 'quoted'"]


def definition(name):
    return {"key": (1 << 51) + NAMES.index(name), "name": name, "version": 1, "bpmnProcessId": "p", "tenantId": "t"}


# What stops an export


@contextmanager
def failing_after(server, pages):
    """The same server, which breaks after so many pages of rows, until it is told to go on."""
    left = [pages]

    def falsify(request, pass_on):
        if request.path.endswith("/search") and "definition" not in request.path:
            left[0] -= 1
            if left[0] < 0:
                return Answer(503, b"{}")
        return pass_on(request)

    with falsified(server.base_url, falsify, has_v2=True) as url:
        yield url, left


@pytest.mark.parametrize("name", ["rows.csv", "rows.parquet", "rows.jsonl"])
@pytest.mark.parametrize("workers", [1, 4])
def test_a_server_that_breaks_costs_no_row_that_has_come(server, operate, tmp_path, name, workers):
    undisturbed, path = tmp_path / f"whole-{name}", tmp_path / name
    of.export("variables", undisturbed, operate=operate, workers=workers)
    path.write_text("as before")
    with failing_after(server, 6) as (url, left), of.connect(url, auth="none", retry=QUICK) as broken:
        broken.tuning = Tuning(page_size=100, seconds_between_passes=0)
        with pytest.raises(of.ExportFailed, match="resume=True goes on behind them") as failed:
            of.export("variables", path, operate=broken, workers=workers)
        assert path.read_text() == "as before"
        manifest = json.loads((tmp_path / f"{name}.partial" / "manifest.json").read_text())
        kept = sum(part["rows"] for part in manifest["parts"])
        assert f"{kept} rows are kept in {path}.partial" in str(failed.value)
        left[0] = 10**6
        report = of.export("variables", path, operate=broken, workers=workers, resume=True)
        rest = broken.last_report

    assert kept > 0
    assert report.rows == kept + rest.rows == len(frame_of(operate, "variables"))
    assert len(report.read) > 1
    if name == "rows.parquet":
        pd.testing.assert_frame_equal(pd.read_parquet(path), pd.read_parquet(undisturbed))
    else:
        assert path.read_bytes() == undisturbed.read_bytes()
    assert not (tmp_path / f"{name}.partial").exists()


def test_what_is_complete_is_not_read_again_and_another_question_is_an_error(server, operate, tmp_path):
    path = tmp_path / "rows.csv"
    first = of.export("incidents", path, operate=operate, sep=";")
    before, content = len(server.requests), path.read_bytes()

    assert of.export("incidents", path, operate=operate, sep=";", resume=True) == first
    for other in ({"sep": ","}, {"sep": ";", "state": "ACTIVE"}, {"sep": ";", "limit": 3}):
        with pytest.raises(of.QuestionError, match="resume=True cannot go on"):
            of.export("incidents", path, operate=operate, resume=True, **other)
    with pytest.raises(of.QuestionError, match="resume=True cannot go on"):
        of.export("variables", path, operate=operate, sep=";", resume=True)
    assert len(server.requests) == before
    assert path.read_bytes() == content


def test_a_file_that_was_changed_since_is_written_anew(server, operate, tmp_path):
    path = tmp_path / "rows.csv"
    of.export("incidents", path, operate=operate)
    content, before = path.read_bytes(), len(server.requests)
    path.write_text("edited")

    of.export("incidents", path, operate=operate, resume=True)

    assert path.read_bytes() == content
    assert len(server.requests) > before


def interrupted_export(operate, path, after):
    def stop(rows):
        if rows >= after:
            raise KeyboardInterrupt

    with pytest.raises(of.ReadInterrupted) as stopped:
        of.export("variables", path, operate=operate, progress=stop, workers=1)
    return stopped.value


def test_ctrl_c_keeps_what_has_come_and_without_resume_that_is_discarded_and_said(operate, tmp_path, caplog):
    path = tmp_path / "rows.csv"
    stopped = interrupted_export(operate, path, 350)

    assert "rows are kept" in str(stopped)
    assert not path.exists()
    with caplog.at_level(logging.WARNING, logger="operate_frames"):
        of.export("variables", path, operate=operate)
    assert "rows of an earlier export to" in caplog.text


def test_a_new_run_that_was_stopped_goes_on_before_an_old_file_is_believed(operate, tmp_path):
    path = tmp_path / "rows.csv"
    of.export("variables", path, operate=operate)
    content = path.read_bytes()
    interrupted_export(operate, path, 350)
    assert path.read_bytes() == content

    of.export("variables", path, operate=operate, resume=True)

    assert operate.last_report.rows < len(frame_of(operate, "variables"))
    assert path.read_bytes() == content


def test_rows_that_are_sorted_here_come_at_the_end_and_are_all_or_none(operate, tmp_path):
    path = tmp_path / "rows.csv"
    frame = of.read_variables(operate=operate, sort="-value", recheck=False)

    of.export("variables", path, operate=operate, sort="-value", encoding="utf-8")

    with path.open(encoding="utf-8", newline="") as file:
        assert [row["variable_key"] for row in csv.DictReader(file)] == [str(key) for key in frame["variable_key"]]


def test_a_part_that_the_manifest_does_not_name_is_not_believed(operate, tmp_path):
    path = tmp_path / "rows.csv"
    of.export("variables", path, operate=operate)
    content = path.read_bytes()
    interrupted_export(operate, path, 350)
    folder = tmp_path / "rows.csv.partial"
    parts = len(json.loads((folder / "manifest.json").read_text())["parts"])
    (folder / f"part-{parts:06d}").write_bytes(b"half a part")
    (folder / f"part-{parts:06d}.unfinished").write_bytes(b"half a part")

    of.export("variables", path, operate=operate, resume=True)

    assert path.read_bytes() == content


@pytest.mark.parametrize("manifest", ["", "{", "[]", '{"version": 99, "question": "", "fingerprint": ""}'])
def test_a_manifest_that_cannot_be_read_is_none(operate, tmp_path, manifest):
    (tmp_path / "rows.csv.partial").mkdir()
    (tmp_path / "rows.csv.partial" / "manifest.json").write_text(manifest)

    assert of.export("incidents", tmp_path / "rows.csv", operate=operate, resume=True).rows > 0


def test_a_file_in_the_place_of_the_parts_is_an_error_and_stays(operate, tmp_path):
    (tmp_path / "rows.csv.partial").write_text("mine")

    with pytest.raises(of.ExportFailed, match=r"rows\.csv cannot be written: File exists"):
        of.export("incidents", tmp_path / "rows.csv", operate=operate)

    assert (tmp_path / "rows.csv.partial").read_text() == "mine"


EXPORT = """
import sys, resource
import operate_frames as of
from operate_frames.exports import run
from operate_frames.reading.options import Tuning
run.ROWS_A_PART = 100
url, path, most, resume = sys.argv[1:]
if int(most):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(most), int(most)))
operate = of.connect(url, auth="none")
operate.tuning = Tuning(page_size=50, seconds_between_passes=0)
print("begins", flush=True)
try:
    wide = {"variables": ["amount", "customer"]} if "wide" in path else {}
    resource = "process_instances" if wide else "variables"
    print(of.export(resource, path, operate=operate, workers=2, resume=resume == "True", **wide))
except of.ExportFailed as error:
    sys.exit(str(error))
"""


def exporting(server, path, *, most=0, resume=False):
    command = [sys.executable, "-c", EXPORT, server.base_url, str(path), str(most), str(resume)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limits of a process")
def test_a_full_disk_is_one_error_that_keeps_what_was_there_and_what_has_come(server, operate, tmp_path):
    path = tmp_path / "rows.csv"
    of.export("variables", path, operate=operate)
    content = path.read_bytes()

    process = exporting(server, path, most=len(content) // 3)
    _, said = process.communicate(timeout=60)

    assert process.returncode == 1
    assert "rows.csv cannot be written: File too large" in said
    assert "are kept in" in said
    assert "Traceback" not in said
    assert path.read_bytes() == content
    of.export("variables", tmp_path / "again.csv", operate=operate)
    process = exporting(server, path, resume=True)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("name", "kills"),
    [
        pytest.param("rows.csv", 20, marks=pytest.mark.lab),
        pytest.param("rows.parquet", 20, marks=pytest.mark.lab),
        pytest.param("rows.xlsx", 20, marks=pytest.mark.lab),
        pytest.param("rows.duckdb", 20, marks=pytest.mark.lab),
        pytest.param("wide.csv", 20, marks=pytest.mark.lab),
        pytest.param("wide.parquet", 20, marks=pytest.mark.lab),
    ],
)
def test_killed_at_any_place_and_gone_on_with_it_is_the_same_file(name, kills, tmp_path):
    chance = random.Random(f"{name} {kills}")
    path, undisturbed = tmp_path / name, tmp_path / f"whole-{name}"
    with serve(auth="none", version="8.10", instances=600, delay=0.01) as server:
        with of.connect(server.base_url, auth="none") as operate:
            wide = {"variables": ["amount", "customer"]} if "wide" in name else {}
            resource = "process_instances" if wide else "variables"
            rows = of.export(resource, undisturbed, operate=operate, **wide).rows
        for number in range(kills):
            process = exporting(server, path, resume=number > 0)
            assert process.stdout.readline() == "begins\n"
            try:
                process.wait(chance.uniform(0, 0.4))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
            process.communicate(timeout=60)
            assert not path.exists() or process.returncode == 0 or name == "rows.duckdb"  # others may have tables in it
        beside = f"{path}.variables" if name == "rows.duckdb" else path
        begun = Path(f"{beside}.partial") / "manifest.json"
        parts = json.loads(begun.read_text())["parts"] if begun.exists() else []
        before = len(server.requests)
        process = exporting(server, path, resume=True)
        _, said = process.communicate(timeout=60)
        assert process.returncode == 0, said
        asked = [
            each for each in server.requests[before:] if each.path.endswith(f"{resource.replace('_', '-')}/search")
        ]

    kept = sum(part["rows"] for part in parts)
    # Where rows have no date by which one could begin, v2 reads those before the place again, and cuts them.
    assert asked or kept == rows
    if name == "rows.csv":
        assert path.read_bytes() == undisturbed.read_bytes()
    else:
        read = {"xlsx": pd.read_excel, "csv": pd.read_csv, "parquet": pd.read_parquet, "duckdb": table_in}
        again, whole = (read[path.suffix[1:]](each) for each in (path, undisturbed))
        key = whole.columns[0]  # of instances other parts begin elsewhere in the walk by date
        pd.testing.assert_frame_equal(*(each.sort_values(key, ignore_index=True) for each in (again, whole)))


def table_in(path):
    with duckdb.connect(str(path), read_only=True) as database:
        return database.sql("from variables").df()


def test_a_small_export_is_read_twice_for_rows_that_one_pass_misses(server, operate, tmp_path):
    wanted = frame_of(operate, "incidents")
    passes = []

    def falsify(request, pass_on):
        answer = pass_on(request)
        if not request.path.endswith("/incidents/search"):
            return answer
        passes.append(json.loads(request.body))
        return first_row_left_out(answer) if len(passes) == 1 else answer

    with falsified(server.base_url, falsify, has_v2=True) as url, of.connect(url, auth="none") as hiding:
        hiding.tuning = Tuning(seconds_between_passes=0)
        report = of.export("incidents", tmp_path / "rows.csv", operate=hiding)
        found = hiding.last_report

    assert found.added == 1
    assert found.passes > 1
    assert report.rechecked
    assert report.rows == len(wanted)
    again = pd.read_csv(tmp_path / "rows.csv", usecols=["incident_key"])
    assert sorted(again["incident_key"]) == sorted(wanted["incident_key"])


def test_what_the_second_look_adds_has_its_variables_too(server, operate, tmp_path):
    wanted = of.search("process_instances", operate=operate, variables=["customer"]).to_arrow().to_pandas()
    passes = []

    def falsify(request, pass_on):
        answer = pass_on(request)
        if not request.path.endswith("/process-instances/search"):
            return answer
        passes.append(request)
        return first_row_left_out(answer) if len(passes) == 1 else answer

    with falsified(server.base_url, falsify, has_v2=True) as url, of.connect(url, auth="none") as hiding:
        hiding.tuning = Tuning(seconds_between_passes=0)
        report = of.export("process_instances", tmp_path / "rows.parquet", operate=hiding, variables=["customer"])
        found = hiding.last_report

    assert found.added == 1
    assert report.rechecked
    again = pd.read_parquet(tmp_path / "rows.parquet").sort_values("process_instance_key", ignore_index=True)
    assert again["customer"].equals(wanted["customer"])
