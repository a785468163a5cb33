"""Excel workbooks cell by cell, and CSV files that Excel opens right: no digit lost, nothing run."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import openpyxl
import pandas as pd
import pyarrow as pa
import pytest

import operate_frames as of
from operate_frames.exports import run
from operate_frames.exports.formats import excel
from operate_frames.exports.formats.arrow_parts import write_arrow
from operate_frames.exports.formats.cells import for_spreadsheets
from operate_frames.exports.options import FileOptions
from operate_frames.exports.partial import Manifest
from operate_frames.reading.options import Tuning
from operate_frames.sandbox import serve
from operate_frames.schema.resources import RESOURCES
from tests.support.quick_retries import QUICK
from tests.support.servers import DATASET

KEY = "process_instance_key"
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(scope="module")
def operate():
    with serve(auth="none", version="8.10", data=DATASET) as server:
        with of.connect(server.base_url, auth="none", retry=QUICK) as operate:
            operate.tuning = Tuning(page_size=20, seconds_between_passes=0)
            yield operate


def sheets_of(path):
    workbook = openpyxl.load_workbook(path)
    return {sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in workbook}, workbook


def as_cell(name, value):
    """What a cell holds: keys as texts, dates as those of Berlin's clocks."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value.astimezone(BERLIN).replace(tzinfo=None)
    return str(value) if name.endswith("_key") else value


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_workbook_holds_every_cell(operate, resource, tmp_path):
    table = of.search(resource, operate=operate, recheck=False).to_arrow()

    report = of.export(resource, tmp_path / "rows.xlsx", operate=operate, time_zone="Europe/Berlin")

    sheets, workbook = sheets_of(tmp_path / "rows.xlsx")
    assert [*sheets] == [resource[:31], "About"]
    header, *rows = sheets[resource[:31]]
    assert header == table.column_names
    assert report.rows == len(rows) == table.num_rows
    identity = [table.column_names.index(name) for name in RESOURCES[resource].identity]
    expected = [[as_cell(name, value) for name, value in row.items()] for row in table.to_pylist()]
    in_order = lambda row: [str(row[at]) for at in identity]  # noqa: E731
    for cells, said in zip(sorted(rows, key=in_order), sorted(expected, key=in_order), strict=True):
        for cell, value in zip(cells, said, strict=True):
            if isinstance(value, datetime):
                assert abs(cell - value) < timedelta(milliseconds=1)
            else:
                assert unescaped(cell) == value
    sheet = workbook[resource[:31]]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref.startswith("A1:")


def unescaped(cell):
    """Openpyxl shows characters that XML has none of as they are written."""
    if not isinstance(cell, str):
        return cell
    return re.sub(r"_x([0-9A-F]{4})_", lambda found: chr(int(found[1], 16)), cell)


def test_what_was_asked_and_whether_that_is_all_stands_on_the_last_sheet(operate, tmp_path, caplog):
    of.export("incidents", tmp_path / "rows.xlsx", operate=operate, state="ACTIVE", limit=2)

    sheets, _ = sheets_of(tmp_path / "rows.xlsx")
    said = dict(sheets["About"])
    assert said["Question"] == "incidents(state='ACTIVE', limit=2)"
    assert said["Rows"] == "2"
    assert said["Complete"] == "no: cut by limit=2, there may be more rows"
    assert said["Server"].startswith("127.0.0.1:")
    assert "holds not all rows: it was cut by limit=2" in caplog.text


def test_more_rows_than_a_sheet_has_go_on_on_the_next(operate, tmp_path, monkeypatch):
    monkeypatch.setattr(excel, "ROWS_A_SHEET", 50)
    monkeypatch.setattr(run, "ROWS_A_PART", 40)
    frame = of.read_instances(operate=operate)

    of.export("process_instances", tmp_path / "rows.xlsx", operate=operate)

    sheets, _ = sheets_of(tmp_path / "rows.xlsx")
    assert [*sheets] == ["process_instances", "process_instances 2", "process_instances 3", "About"]
    keys = [int(row[0]) for name, rows in sheets.items() if name != "About" for row in rows[1:]]
    assert sorted(keys) == frame[KEY].tolist()
    assert all(rows[0] == list(frame.columns) for name, rows in sheets.items() if name != "About")


def test_texts_that_are_too_long_for_excel_are_told(tmp_path, caplog):
    table = pa.table({"value": ["x" * 40_000, "short", None]})
    with (tmp_path / "part").open("wb") as part:
        write_arrow(table, part)
    with (tmp_path / "rows.xlsx").open("wb") as file:
        about = Manifest("variables()", "", "variables", "localhost")
        excel.Excel(FileOptions()).put_together(table.schema, [tmp_path / "part"], file, about)

    sheets, _ = sheets_of(tmp_path / "rows.xlsx")
    assert [row[0] for row in sheets["variables"][1:3]] == ["x" * 32_767, "short"]
    assert dict(sheets["About"])["Shortened"] == "1 texts of more than 32,767 characters"
    assert "1 texts of more than 32767 characters are cut" in caplog.text


def test_a_workbook_has_variables_of_their_types_and_runs_nothing(operate, tmp_path):
    asked = {"variables": ["customer", "discount", "rate", "obj"], "operate": operate}
    of.export("process_instances", tmp_path / "rows.xlsx", **asked)

    _, workbook = sheets_of(tmp_path / "rows.xlsx")
    table = of.search("process_instances", **asked).to_arrow()
    cells = {row[0].value: row for row in workbook["process_instances"].iter_rows(min_row=2)}
    for row in table.to_pylist():
        written = {cell: cells[str(row[KEY])][table.column_names.index(cell)] for cell in asked["variables"]}
        assert {name: unescaped(cell.value) for name, cell in written.items()} == {
            name: row[name] for name in asked["variables"]
        }
        assert "f" not in {cell.data_type for cell in written.values()}
    assert any(str(row["customer"]).startswith("=") for row in table.to_pylist())


@pytest.mark.parametrize(("option", "sep", "decimal"), [(True, ",", "."), ("de", ";", ",")])
def test_a_csv_file_for_excel_reads_back_as_docs_say(operate, option, sep, decimal, tmp_path):
    asked = {"columns": [KEY, "start_date", "state"], "variables": ["customer", "rate", "order_id"], "operate": operate}
    frame = of.read_instances(**asked)
    report = of.export("process_instances", tmp_path / "rows.csv", **asked, excel=option)

    again = pd.read_csv(tmp_path / "rows.csv", sep=sep, decimal=decimal, parse_dates=["start_date"])
    again[KEY] = again[KEY].str.strip('="').astype("Int64")

    again = again.sort_values(KEY, ignore_index=True)
    assert again[KEY].equals(frame[KEY])
    assert again["rate"].astype("Float64").equals(frame["rate"])
    assert (again["start_date"] == frame["start_date"].dt.tz_localize(None).dt.floor("s")).all()
    harmless = [re.fullmatch(r'(?s)[^=+\-@\t\r].*|="[^"]*"|', text) for text in again["customer"].dropna()]
    assert all(harmless)
    assert report.formulas == 0
    assert (tmp_path / "rows.csv").read_bytes().startswith("\ufeff".encode())


@pytest.mark.parametrize("sep", [",", ";"])
def test_names_of_variables_may_hold_any_character(operate, tmp_path, sep):
    names = ["a,b;c", 'say "so"', "two\nlines", "=1+1"]
    asked = {"columns": [KEY], "variables": names, "operate": operate}
    of.export("process_instances", tmp_path / "rows.csv", sep=sep, **asked)
    of.export("process_instances", tmp_path / "excel.csv", excel=True, **asked)

    marks = ["null_variables", "truncated_variables"]
    assert list(pd.read_csv(tmp_path / "rows.csv", sep=sep).columns) == [KEY, *names, *marks]
    assert list(pd.read_csv(tmp_path / "excel.csv").columns) == [KEY, *names[:3], "'=1+1", *marks]


def test_another_way_of_writing_is_another_question(operate, tmp_path):
    of.export("incidents", tmp_path / "rows.csv", operate=operate, excel=True)

    with pytest.raises(of.QuestionError, match="written in its own way"):
        of.export("incidents", tmp_path / "rows.csv", operate=operate, excel="de", resume=True)
    assert of.export("incidents", tmp_path / "rows.csv", operate=operate, excel=True, resume=True).rows


def test_texts_that_excel_would_take_for_numbers_are_constants(tmp_path):
    texts = ["00123", "1E5", "3-4", "2026-01-01", "12345678901234567890", "A-1", "=1+1", "+41 44", "x=1", "-5", None]
    shown = for_spreadsheets(pa.table({"text": texts}))["text"].to_pylist()

    assert shown == [
        '="00123"', '="1E5"', '="3-4"', '="2026-01-01"', '="12345678901234567890"', "A-1", "'=1+1", "'+41 44", "x=1",
        '="-5"', None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"excel": "fr"}, "excel='fr' is not known"),
        ({"excel": 1.5}, "excel=1.5 is not known"),
        ({"decimal": ","}, "decimal=',' also stands between cells: take sep=';'"),
        ({"decimal": "x"}, "it takes '.' or ','"),
    ],
)
def test_options_that_mean_nothing_are_one_error(operate, options, said, tmp_path):
    with pytest.raises(of.QuestionError) as caught:
        of.export("incidents", tmp_path / "rows.csv", operate=operate, **options)
    assert said in str(caught.value)
    assert [*tmp_path.iterdir()] == []
