"""What an export wrote, opened by LibreOffice in English and in German: what its cells show."""

import pytest

import operate_frames as of
from operate_frames.sandbox import serve
from tests.support.quick_retries import QUICK
from tests.support.servers import DATASET

pytestmark = pytest.mark.timeout(300)

KEY = "process_instance_key"
ASKED = {
    "columns": [KEY, "start_date", "state", "parent_process_instance_key"],
    "variables": ["customer", "discount", "rate"],
}
LANGUAGES = pytest.mark.parametrize("language", ["English", "German"])


@pytest.fixture(scope="module")
def operate():
    with serve(auth="none", version="8.10", data=DATASET) as server:
        with of.connect(server.base_url, auth="none", retry=QUICK) as operate:
            yield operate


@pytest.fixture(scope="module")
def said(operate):
    rows = of.search("process_instances", operate=operate, **ASKED).to_arrow().to_pylist()
    texts = [row["customer"] or "" for row in rows]
    # What the files must bring through: else this shows nothing.
    assert any("\n" in text for text in texts)
    assert any('"' in text for text in texts)
    assert any("ü" in text or "ø" in text for text in texts)
    assert any(ord(max(text, default="x")) > 0xFFFF for text in texts)
    assert any(text.startswith("=") for text in texts)
    return {row[KEY]: row for row in rows}


def shown_rows(rows):
    header, *cells = rows
    return {int(row[0]): dict(zip(header, row, strict=True)) for row in cells}


@LANGUAGES
def test_a_workbook(operate, said, shown, language, tmp_path):
    of.export("process_instances", tmp_path / "rows.xlsx", operate=operate, **ASKED)

    sheets = shown(tmp_path / "rows.xlsx", language)

    rows = shown_rows(sheets["process_instances"])
    assert set(rows) == set(said)
    for key, row in rows.items():
        assert row["start_date"] == said[key]["start_date"].strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
        assert row["customer"] == (said[key]["customer"] or "")
        assert row["parent_process_instance_key"] == str(said[key]["parent_process_instance_key"] or "")
        assert row["discount"] == ("" if said[key]["discount"] is None else str(said[key]["discount"]))
    assert dict(sheets["About"])["Complete"] == "yes"


@LANGUAGES
def test_a_csv_file_for_excel(operate, said, shown, language, tmp_path):
    option, sep = {"English": (True, ","), "German": ("de", ";")}[language]
    of.export("process_instances", tmp_path / "rows.csv", operate=operate, excel=option, **ASKED)

    [rows] = shown(tmp_path / "rows.csv", language, sep).values()

    rows = shown_rows(rows)
    assert set(rows) == set(said)
    rates = 0
    for key, row in rows.items():
        text = said[key]["customer"] or ""
        assert row["customer"] in (text, f"'{text}")
        assert (row["customer"] != text) == (text[:1] in tuple("=@+-\t\r") and text != "-5")
        assert row["start_date"] == said[key]["start_date"].strftime("%Y-%m-%d %H:%M:%S")
        assert row["parent_process_instance_key"] == str(said[key]["parent_process_instance_key"] or "")
        if said[key]["rate"] is not None:
            rates += 1
            assert float(row["rate"].replace(",", ".")) == pytest.approx(said[key]["rate"], rel=1e-3)
    assert rates


def test_without_it_a_spreadsheet_loses_the_last_digits_of_keys(operate, said, shown, tmp_path):
    of.export("process_instances", tmp_path / "rows.csv", operate=operate, **ASKED)

    [rows] = shown(tmp_path / "rows.csv", "English").values()

    assert {row[0] for row in rows[1:]} != {str(key) for key in said}
