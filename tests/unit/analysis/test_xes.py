"""Whatever is in an event log: its XES is valid by the standard's schema, and says all of it when it is read back."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import operate_frames as of
from tests.support.event_rows import XES

START = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
ZONES = [UTC, ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kolkata"), timezone(timedelta(hours=-3, minutes=-30))]
LONG = 'ä🚲<&">' * 30_000

texts = st.one_of(st.text(max_size=12), st.sampled_from(["", " ", "a\r\n\tb", "\x00\x1b[31m", "]]>", "￾￿", LONG]))
whole = st.one_of(st.integers(-5, 5), st.sampled_from([2**63 - 1, -(2**63), 2**63, -(2**63) - 1, 10**30]))
moments = st.builds(
    lambda seconds, micros, zone: (
        datetime(1890, 1, 1, tzinfo=UTC).astimezone(zone) + timedelta(seconds=seconds, microseconds=micros)
    ),
    st.integers(0, 6 * 10**9),
    st.sampled_from([0, 1, 137_000]),
    st.sampled_from(ZONES),
)
numbers = st.one_of(whole, st.floats(allow_nan=False, allow_infinity=False))
plain = st.one_of(st.none(), st.booleans(), numbers, st.text("aä\n\x00🚲"))
nested = st.one_of(
    st.lists(st.recursive(plain, lambda inner: st.lists(inner, max_size=3), max_leaves=5), max_size=3),
    st.dictionaries(st.text("aä\n🚲", max_size=3), plain, max_size=3),
)
cells = st.one_of(st.none(), st.just(pd.NA), st.just(pd.NaT), st.booleans(), whole, st.floats(), texts, moments, nested)
names = st.one_of(
    st.text(min_size=1, max_size=6),
    st.sampled_from(["a b", "a_x0020_b", "1", "-", "org:resource", "ä", "審査", "🚲", "<&>", "_x0020_", "x\x00"]),
).filter(lambda name: not name.startswith("case:") and name not in ("concept:name", "time:timestamp"))


@st.composite
def logs(draw):
    """A log as a list of events, each with its case, name, time and further attributes, and what its case has."""
    of_events = draw(st.lists(names, max_size=3, unique_by=clean))
    of_cases = draw(st.lists(names, max_size=2, unique_by=clean))
    rows = st.fixed_dictionaries(
        {
            "case:concept:name": st.sampled_from(["1", "2", "a\n\x01", "🚲"]),
            "concept:name": texts,
            "time:timestamp": st.integers(0, 10**13).map(lambda micros: START + timedelta(microseconds=micros)),
            **dict.fromkeys(of_events, cells),
            **{f"case:{name}": cells for name in of_cases},
        }
    )
    return draw(st.lists(rows, max_size=8)), [*of_events, *(f"case:{name}" for name in of_cases)]


def clean(text):
    """A text as XML can hold it."""
    return re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "�", text)


def said(value):
    """The tag of an attribute and its value, or None for one that is left out."""
    if isinstance(value, (dict, list)):
        return "string", value
    if value is None or value is pd.NA or value is pd.NaT or value != value:  # noqa: PLR0124 - what is no number
        return None
    if isinstance(value, bool):
        return "boolean", value
    if isinstance(value, int):
        return ("int", value) if -(2**63) <= value < 2**63 else ("string", str(value))
    if isinstance(value, float):
        return "float", value
    return ("string", clean(value)) if isinstance(value, str) else ("date", value)


def attributes(part, expected):
    """What an element of the file says, by key; texts are JSON where an object is expected."""
    read = {
        "string": str,
        "int": int,
        "float": lambda text: float(text.lower()),
        "boolean": {"true": True, "false": False}.get,
        "date": datetime.fromisoformat,
    }
    found = {}
    for each in part:
        kind, key = each.tag.removeprefix(XES), each.get("key")
        if kind == "event":
            continue
        name = re.sub("_x([0-9A-F]{4,6})_", lambda code: chr(int(code[1], 16)), key)
        value = read[kind](each.get("value"))
        is_object = isinstance(expected.get(name, ("", ""))[1], (dict, list))
        assert name not in found
        found[name] = kind, json.loads(value) if is_object else value
    return found


def frame_of(rows, more):
    columns = ["case:concept:name", "concept:name", "time:timestamp", *more]
    made = {name: pd.Series([row[name] for row in rows], dtype=object) for name in columns}
    return pd.DataFrame(made).astype({"time:timestamp": "datetime64[us, UTC]"})


@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(logs())
@example(([], []))
def test_what_is_read_back_is_what_the_log_says(tmp_path, xes_schema, drawn):
    rows, more = drawn
    file = of.write_xes(frame_of(rows, more), tmp_path / "log.xes")

    xes_schema.validate(str(file))
    cases = {}
    for row in rows:
        cases.setdefault(row["case:concept:name"], []).append(row)
    traces = list(ET.parse(file).getroot().iter(f"{XES}trace"))
    assert len(traces) == len(cases)
    for trace, (case, events) in zip(traces, cases.items(), strict=True):
        of_case = {"concept:name": case} | {
            name.removeprefix("case:"): events[0][name] for name in more if name.startswith("case:")
        }
        assert_same(trace, of_case)
        for event, row in zip(trace.iter(f"{XES}event"), events, strict=True):
            assert_same(event, {name: value for name, value in row.items() if not name.startswith("case:")})


def assert_same(part, values):
    expected = {clean(name): said(value) for name, value in values.items() if said(value) is not None}
    assert attributes(part, expected) == expected


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (np.int64(7), "int", "7"),
        (np.float32(0.5), "float", "0.5"),
        (np.bool_(True), "boolean", "true"),
        (np.datetime64("2026-10-25T00:30"), "date", "2026-10-25T00:30:00+00:00"),
        (pd.Timestamp("2026-10-25T03:30", tz="Europe/Berlin"), "date", "2026-10-25T02:30:00+00:00"),
        (datetime(2026, 10, 25, 0, 30), "date", "2026-10-25T00:30:00+00:00"),
        (date(2026, 10, 25), "string", "2026-10-25"),
        (Decimal("1.50"), "string", "1.50"),
        ((1, "a"), "string", '[1, "a"]'),
        (np.array([1, 2]), "string", "[1, 2]"),
    ],
)
def test_values_of_other_libraries_are_those_of_the_standard(tmp_path, xes_schema, value, kind, text):
    cell = pd.Series([None], dtype=object)
    cell[0] = value
    log = frame_of([{"case:concept:name": "1", "concept:name": "a", "time:timestamp": START}], []).assign(v=cell)

    file = of.write_xes(log, tmp_path / "log.xes")

    xes_schema.validate(str(file))
    (found,) = (each for each in ET.parse(file).getroot().iter() if each.get("key") == "v")
    assert (found.tag, found.get("value")) == (f"{XES}{kind}", text)


def test_a_column_without_a_name_is_told(tmp_path):
    log = frame_of([], []).assign(**{"case:": "x"})
    with pytest.raises(of.QuestionError, match="column without a name"):
        of.write_xes(log, tmp_path / "log.xes")
