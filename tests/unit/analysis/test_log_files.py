"""The files of event logs: they hold what the log does, whatever is in it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from xml.etree import ElementTree as ET

import pandas as pd
import pytest
from oceldb.io import convert_ocel

import operate_frames as of
from operate_frames.errors import QuestionError, UnknownName, WrongType
from tests.support.event_rows import LOG, XES, element, elements, instances, traces, with_amounts

HOSTILE = "\"<&>'\n\t]]> \x00\x0b\x1f￾ 🚲 審査 <script>alert(1)</script> &amp; %s"


@pytest.fixture
def hostile():
    rows = elements(element(11, 1, 0, 5, name=HOSTILE), element(12, 1, 5, 9, name="Plain"), element(21, 2, 1))
    log = of.event_log(rows, variables=["amount"], instances=with_amounts())
    return log.assign(
        **{
            "case:my näme <1>": HOSTILE,
            "flag": True,
            "exact": pd.array([2**63 - 1] * 5, dtype="Int64"),
            "beyond": pd.Series([2**70] * 5, dtype=object),
            "endless": float("inf"),
            "part": pd.Series(["x\ud800"] * 5, dtype=object),
            "nested": pd.Series([{"a": [1, "\x01", None]}] * 5, dtype=object),
        }
    )


CLEAN = HOSTILE.translate(dict.fromkeys([0, 0xB, 0x1F, 0xFFFE], "�"))


@pytest.mark.parametrize("name", ["log.xes", "log.xes.gz", "LOG.XES"])
def test_xes_holds_what_the_log_does(tmp_path, hostile, name):
    file = of.write_xes(hostile, tmp_path / name)
    assert [*tmp_path.iterdir()] == [file]
    (one, events), (two, others) = traces(file)
    assert one == {"concept:name": "1", "amount": "1.5", "my_x0020_näme_x0020__x003C_1_x003E_": CLEAN}
    assert two["concept:name"] == "2"
    assert "amount" not in two
    assert (len(events), len(others)) == (4, 1)
    assert events[0] == {
        "concept:name": CLEAN,
        "time:timestamp": "2026-09-01T08:00:00+00:00",
        "lifecycle:transition": "start",
        "concept:instance": "11",
        "element_id": "id11",
        "element_type": "USER_TASK",
        "process_instance_key": "1",
        "process_definition_id": "order",
        "flag": "true",
        "exact": str(2**63 - 1),
        "beyond": str(2**70),
        "endless": "INF",
        "part": "x�",
        "nested": '{"a": [1, "\\u0001", null]}',
    }


def test_xes_has_the_parts_of_the_standard_in_its_order(tmp_path, hostile):
    log = ET.parse(of.write_xes(hostile, tmp_path / "log.xes")).getroot()
    tags = [each.tag.removeprefix(XES) for each in log]
    assert tags == [*["extension"] * 4, "global", "global", "classifier", "string", "trace", "trace"]
    assert log.tag == f"{XES}log"
    assert float(log.get("xes.version")) == 1849.2016
    checks = {"string": str, "date": pd.Timestamp, "int": int, "float": float, "boolean": ["false", "true"].index}
    for part in log.iter():
        if part.tag.removeprefix(XES) in checks:
            checks[part.tag.removeprefix(XES)](part.get("value"))
            assert part.attrib.keys() == {"key", "value"}
    for part in (*log.iter(f"{XES}trace"), *log.iter(f"{XES}event")):
        keys = [each.get("key") for each in part if each.get("key")]
        assert len(set(keys)) == len(keys)
        assert [each.tag for each in part] == sorted((each.tag for each in part), key=f"{XES}event".__eq__)


def test_xes_is_valid_by_the_schema_of_the_standard(tmp_path, hostile, xes_schema):
    for log in (hostile, hostile.iloc[:0], LOG):
        xes_schema.validate(str(of.write_xes(log, tmp_path / "log.xes")))


def test_an_empty_log_is_a_whole_file_of_each_kind(tmp_path):
    empty = LOG.iloc[:0]
    assert traces(of.write_xes(empty, tmp_path / "log.xes")) == []
    for name in ("log.json", "log.sqlite"):
        ocel = convert_ocel(of.write_ocel(empty, tmp_path / name), tmp_path / f"{name}.oceldb", validate=True)
        assert ocel.events().collect().height == 0


@pytest.mark.parametrize("name", ["log.json", "log.jsonocel", "log.sqlite"])
def test_ocel_is_read_by_another_library(tmp_path, hostile, name):
    ocel = convert_ocel(of.write_ocel(hostile, tmp_path / name), tmp_path / "log.oceldb", validate=True)
    events = ocel.events().collect().sort("ocel_id")
    assert events["ocel_type"].to_list() == [CLEAN, CLEAN, "Plain", "Plain", "Name"]
    assert events["ocel_time"].to_list() == [each.to_pydatetime() for each in hostile["time:timestamp"]]
    assert events["exact"].to_list() == [2**63 - 1] * 5
    assert events["beyond"].to_list() == [str(2**70)] * 5
    assert events["flag"].to_list() == [True] * 5
    assert events["lifecycle:transition"].to_list() == hostile["lifecycle:transition"].tolist()
    assert sorted(ocel.objects().collect().rows()) == [("1", "order"), ("2", "order")]
    changes = ocel.object_changes().collect().sort("ocel_id")
    assert changes["amount"].to_list() == [1.5, None]
    assert changes["my näme <1>"].to_list() == [CLEAN, CLEAN]
    assert ocel.e2o().collect().height == 5


@pytest.mark.parametrize("name", ["log.json", "log.sqlite"])
def test_ocel_tells_of_calls_and_of_people(tmp_path, name):
    rows = elements(element(11, 1, 0, 9), element(21, 2, 1, 4, process_definition_id="shipping"))
    tasks = pd.DataFrame({"element_instance_key": [21], "assignee": ["ada"]})
    log = of.event_log(rows, case="root", instances=instances(i1=None, i2=1), user_tasks=tasks)
    ocel = convert_ocel(of.write_ocel(log, tmp_path / name), tmp_path / "log.oceldb", validate=True)
    objects = ocel.objects().collect().rows()
    assert sorted(objects) == [("1", "order"), ("2", "shipping"), ("resource:ada", "resource")]
    calls = ocel.o2o().collect()
    assert calls.select("ocel_source_id", "ocel_target_id", "ocel_qualifier").rows() == [("2", "1", "called by")]
    qualifiers = ocel.e2o().collect()["ocel_qualifier"].to_list()
    assert sorted(qualifiers) == ["process instance"] * 4 + ["resource"] * 2 + ["root"] * 2


def test_ocel_names_tables_that_differ_in_what_no_table_may_be_called(tmp_path):
    rows = elements(
        element(11, 1, 0, name="審査"), element(12, 1, 0, name="審-査"), element(13, 1, 0, name='a"; drop table event')
    )
    file = of.write_ocel(of.event_log(rows), tmp_path / "log.sqlite")
    with closing(sqlite3.connect(file)) as database:
        names = dict(database.execute("select ocel_type, ocel_type_map from event_map_type"))
        counts = [database.execute(f'select count(*) from "event_{each}"').fetchone()[0] for each in names.values()]
    assert names.keys() == set(rows["element_name"])
    assert counts == [1, 1, 1]


def test_a_file_is_the_same_for_the_same_log_and_cases_stay_together(tmp_path):
    mixed = pd.concat([LOG.iloc[[4]], LOG.iloc[:2], LOG.iloc[[4]], LOG.iloc[2:4]])
    for name in ("a.xes.gz", "b.xes.gz"):
        of.write_xes(mixed, tmp_path / name)
    assert (tmp_path / "a.xes.gz").read_bytes() == (tmp_path / "b.xes.gz").read_bytes()
    assert (tmp_path / "a.xes.gz").read_bytes()[4:8] == bytes(4)  # where gzip keeps the time
    assert [(trace["concept:name"], len(events)) for trace, events in traces(tmp_path / "a.xes.gz")] == [
        ("2", 2),
        ("1", 4),
    ]


@pytest.mark.parametrize("rows", [9_999, 10_000, 10_001, 20_001])
def test_long_logs_are_whole_at_the_seams(tmp_path, rows):
    log = LOG.take([0] * rows).assign(**{"case:concept:name": [str(number // 7) for number in range(rows)]})
    found = traces(of.write_xes(log, tmp_path / "log.xes"))
    assert len(found) == -(-rows // 7)
    assert sum(len(events) for _, events in found) == rows
    written = json.loads(of.write_ocel(log, tmp_path / "log.json").read_text(encoding="utf-8"))
    assert len({event["id"] for event in written["events"]}) == rows


def test_a_log_of_another_zone_or_of_other_columns_is_written_as_it_says(tmp_path):
    log = pd.DataFrame(
        {
            "case:concept:name": ["c"],
            "concept:name": ["a"],
            "time:timestamp": pd.to_datetime(["2026-09-01T10:00"]).tz_localize("Europe/Berlin"),
        }
    )
    ((_, (event,)),) = traces(of.write_xes(log, tmp_path / "log.xes"))
    assert event == {"concept:name": "a", "time:timestamp": "2026-09-01T08:00:00+00:00"}


@pytest.mark.parametrize(
    ("log", "name", "error", "said"),
    [
        ("log", "log.xes", WrongType, "of.event_log"),
        (LOG.drop(columns="concept:name"), "log.xes", UnknownName, "concept:name"),
        (LOG.assign(**{"time:timestamp": "today"}), "log.xes", WrongType, "zone"),
        (LOG.assign(**{"time:timestamp": LOG["time:timestamp"].dt.tz_localize(None)}), "log.xes", WrongType, "zone"),
        (LOG.assign(**{"concept:name": pd.NA}), "log.xes", QuestionError, "without concept:name"),
        (pd.concat([LOG, LOG["element_id"]], axis=1), "log.xes", QuestionError, "same name"),
        (LOG, "log.csv", QuestionError, "ends otherwise"),
        (LOG, "none/log.xes", QuestionError, "no folder"),
        (LOG, 3, WrongType, "path takes"),
    ],
)
def test_what_cannot_be_written_is_said_and_leaves_nothing(tmp_path, log, name, error, said):
    with pytest.raises(error, match=said):
        of.write_xes(log, name if isinstance(name, int) else tmp_path / name)
    assert [*tmp_path.iterdir()] == []


def test_ocel_needs_the_columns_of_an_event_log(tmp_path):
    with pytest.raises(UnknownName, match="process_definition_id"):
        of.write_ocel(LOG.drop(columns="process_definition_id"), tmp_path / "log.json")
    with pytest.raises(QuestionError, match="ends otherwise"):
        of.write_ocel(LOG, tmp_path / "log.xes")
    both = LOG.assign(**{"case:Amount": 1, "case:amount": 2})
    with pytest.raises(QuestionError, match="upper and lower case"):
        of.write_ocel(both, tmp_path / "log.sqlite")
    assert [*tmp_path.iterdir()] == []
    of.write_ocel(both, tmp_path / "log.json")


def test_a_file_that_is_there_stays_until_the_new_one_is_whole(tmp_path):
    file = of.write_xes(LOG, tmp_path / "log.xes")
    before = file.read_bytes()

    class Broken:
        def __str__(self):
            raise KeyboardInterrupt

    broken = LOG.assign(odd=pd.Series([{"x": Broken()}] * len(LOG), dtype=object))
    with pytest.raises(KeyboardInterrupt):
        of.write_xes(broken, file)
    assert file.read_bytes() == before
    assert [*tmp_path.iterdir()] == [file]
