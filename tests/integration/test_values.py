"""What a value means: dates without a time of day, lists of every library, keys as texts, JSON."""

from __future__ import annotations

import datetime as dt
import json
import re
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import operate_frames as of
from operate_frames.sandbox import serve
from tests.support.quick_retries import connect_quickly
from tests.support.scripted import EMPTY_PAGE, Answer, scripted

BERLIN = ZoneInfo("Europe/Berlin")
MS = pd.Timedelta(milliseconds=1)


def utc(text):
    return pd.Timestamp(text, tz="UTC")


def day(text, zone="UTC"):
    begin = pd.Timestamp(text, tz=zone)
    return begin, begin + pd.DateOffset(days=1)


@pytest.fixture(scope="module")
def operate():
    with serve(auth="none", instances=3000) as server, of.connect(server.base_url, auth="none") as operate:
        yield operate


@pytest.fixture(scope="module")
def whole(operate):
    return of.read_instances(operate=operate)


def within(whole, *spans):
    dates = whole["start_date"]
    return whole[sum(((dates >= low) & (dates < high) for low, high in spans), start=dates.isna())]


DATES = {
    "a text": ("2026-09-30", [day("2026-09-30")]),
    "a date": (dt.date(2026, 9, 30), [day("2026-09-30")]),
    "a Timestamp at midnight": (pd.Timestamp("2026-09-30"), [day("2026-09-30")]),
    "a datetime at midnight": (dt.datetime(2026, 9, 30), [day("2026-09-30")]),
    "numpy's day": (np.datetime64("2026-09-30"), [day("2026-09-30")]),
    "numpy's midnight": (np.datetime64("2026-09-30T00:00:00.000"), [day("2026-09-30")]),
    "numpy's month": (np.datetime64("2026-09"), [(utc("2026-09-01"), utc("2026-10-01"))]),
    "numpy's year": (np.datetime64("2026"), [(utc("2026-01-01"), utc("2027-01-01"))]),
    "midnight in Berlin": (pd.Timestamp("2026-09-30", tz=BERLIN), [day("2026-09-30", "Europe/Berlin")]),
    "a day without its last midnight": (
        dt.datetime(2026, 9, 5, tzinfo=ZoneInfo("America/Santiago")),
        [(utc("2026-09-05 04:00"), utc("2026-09-06 04:00"))],
    ),
    "a month": ("2026-09", [(utc("2026-09-01"), utc("2026-10-01"))]),
    "a year": ("2026", [(utc("2026-01-01"), utc("2027-01-01"))]),
    "a quarter": ("2026Q3", [(utc("2026-07-01"), utc("2026-10-01"))]),
    "a Period of a month": (pd.Period("2026-09"), [(utc("2026-09-01"), utc("2026-10-01"))]),
    "a Period of a week": (pd.Period("2026-09-30", "W"), [(utc("2026-09-28"), utc("2026-10-05"))]),
    "a Period of two days": (pd.Period("2026-09-28", "2D"), [(utc("2026-09-28"), utc("2026-09-30"))]),
    "date_range": (pd.date_range("2026-09-28", periods=3), [day(f"2026-09-{n}") for n in (28, 29, 30)]),
    "period_range": (pd.period_range("2026-08", "2026-09", freq="M"), [(utc("2026-08-01"), utc("2026-10-01"))]),
    "two texts": (["2026-09-28", "2026-09-30"], [day("2026-09-28"), day("2026-09-30")]),
    "two dates": ([dt.date(2026, 9, 28), dt.date(2026, 9, 30)], [day("2026-09-28"), day("2026-09-30")]),
    "a numpy array": (np.array(["2026-09-28", "2026-09-30"], "M8[D]"), [day("2026-09-28"), day("2026-09-30")]),
    "Arrow's dates": (pa.array([dt.date(2026, 9, 28), None]), [day("2026-09-28")]),
    "polars' dates": (pl.Series([dt.date(2026, 9, 28), dt.date(2026, 9, 30)]), [day("2026-09-28"), day("2026-09-30")]),
    "between months": (of.between("2026-08", "2026-10"), [(utc("2026-08-01"), utc("2026-10-01"))]),
    "between days": (of.between(pd.Timestamp("2026-09-28"), "2026-09-30"), [(utc("2026-09-28"), utc("2026-09-30"))]),
    "between Periods": (
        of.between(pd.Period("2026-08"), pd.Period("2026-09")),
        [(utc("2026-08-01"), utc("2026-09-01"))],
    ),
    "for ever": (of.between("2026-09-28", "9999-12-31"), [(utc("2026-09-28"), utc("2200-01-01"))]),
    "from ever": (of.between(None, dt.datetime.max), [(utc("1970-01-01"), utc("2200-01-01"))]),
}


@pytest.mark.parametrize(("value", "spans"), DATES.values(), ids=DATES.keys())
def test_a_date_means_what_it_says(operate, whole, value, spans):
    found = of.read_instances(operate=operate, start_date=value, recheck=False)

    wanted = within(whole, *spans)
    assert len(wanted) > 0, "there is nothing to see"
    pd.testing.assert_frame_equal(found, wanted.reset_index(drop=True))


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-07-01", 24)])
def test_a_day_has_the_hours_that_its_zone_gives_it(operate, day, hours):
    search = of.search("process_instances", operate=operate, start_date=pd.Timestamp(day, tz=BERLIN))

    low, high = re.findall(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}", str(search))
    assert pd.Timestamp(high) - pd.Timestamp(low) == pd.Timedelta(hours=hours)


def test_a_written_time_and_a_millisecond_are_instants(operate, whole):
    instant = whole["start_date"].iloc[5]
    midnight = pd.Timestamp("2026-09-30", tz="UTC")

    for value in (instant, instant.isoformat(), instant.to_pydatetime(), of.between(instant, instant + MS)):
        found = of.read_instances(operate=operate, start_date=value)
        assert found["process_instance_key"].to_list() == [whole["process_instance_key"].iloc[5]]
    for value in ("2026-09-30T00:00:00Z", "2026-09-30 00:00", of.between(midnight, midnight + MS)):
        assert str(of.search("process_instances", operate=operate, start_date=value)).count("00:00:00.001") == 1
        assert of.read_instances(operate=operate, start_date=value).empty


@pytest.mark.parametrize(
    "listed",
    [
        list,
        set,
        tuple,
        pd.Series,
        pd.Index,
        np.array,
        pa.array,
        lambda keys: pa.chunked_array([keys]),
        pl.Series,
        lambda keys: [str(key) for key in keys],
        lambda keys: pd.Series(keys, dtype="string"),
        dict.fromkeys,
    ],
    ids=["list", "set", "tuple", "Series", "Index", "numpy", "Arrow", "chunked", "polars", "texts", "strings", "dict"],
)
def test_keys_come_in_lists_of_every_library(operate, whole, listed):
    keys = whole["process_instance_key"].iloc[[3, 70, 900]].to_list()

    if listed in (tuple, dict.fromkeys):
        with pytest.raises(of.QuestionError):
            of.read_instances(operate=operate, process_instance_key=listed(keys))
        return
    found = of.read_instances(operate=operate, process_instance_key=listed(keys))
    assert found["process_instance_key"].to_list() == keys


def test_keys_as_texts_lose_no_digit(operate, whole):
    key = int(whole["process_instance_key"].max())

    assert key > 2**53
    assert of.read_instances(operate=operate, process_instance_key=str(key))["process_instance_key"].to_list() == [key]
    at_least = of.read_instances(operate=operate, process_instance_key=of.between(str(key), None))
    assert at_least["process_instance_key"].to_list() == [key]
    with pytest.raises(of.NotFound):  # what it was asked for is the key
        of.read_element_statistics("7", operate=operate)


def variables_of(*texts):
    """Connect to a server whose variables have these values, and which heeds equalities."""
    rows = [
        {"key": n, "name": "v", "value": text, "truncated": False, "processInstanceKey": n}
        for n, text in enumerate(texts, 1)
    ]

    def answer(request):
        asked = json.loads(request.body)
        if ("/variables/" not in request.path and "/process-instances/" not in request.path) or "searchAfter" in asked:
            return Answer(body=EMPTY_PAGE)
        wanted = asked.get("filter", {})
        items = [row for row in rows if all(row.get(name) == value for name, value in wanted.items())]
        return Answer(
            body=json.dumps(
                {"items": items, "sortValues": [r["key"] for r in items][-1:], "total": len(items)}
            ).encode()
        )

    return scripted(answer)


TEXTS = [
    '"Ada"',
    "42",
    "42.0",
    "true",
    "null",
    '{"b":1,"a":{"d":[1,{"x":1,"y":2}],"c":2}}',
    '{"a":1}',
    "[1,2]",
    '[{"q":1,"p":2}]',
    '{"b":1',
]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ('"Ada"', ['"Ada"']),
        (42, ["42"]),
        (42.0, ["42.0"]),
        (True, ["true"]),
        ("null", ["null"]),
        ({"a": 1}, ['{"a":1}']),
        ({"a": {"c": 2, "d": [1, {"y": 2, "x": 1}]}, "b": 1}, TEXTS[5:6]),
        ('{"a": {"c": 2, "d": [1, {"y": 2, "x": 1}]}, "b": 1}', TEXTS[5:6]),
        ({"a": {"c": 2, "d": [{"y": 2, "x": 1}, 1]}, "b": 1}, []),
        ([[1, 2]], ["[1,2]"]),
        ([[{"p": 2, "q": 1}], 42, {"b": 1, "a": {"c": 2, "d": [1, {"y": 2, "x": 1}]}}], ["42", TEXTS[5], TEXTS[8]]),
        ([True, '"Ada"'], ['"Ada"', "true"]),
        (np.float64(42), ["42.0"]),
    ],
)
def test_values_of_variables_are_json(value, found):
    with variables_of(*TEXTS) as (url, _):
        operate = connect_quickly(url, auth="none")
        frame = of.read_variables(operate=operate, value=value, recheck=False, columns=["value"])
        counted = of.search("variables", operate=operate, value=value).count()

    assert frame["value"].to_list() == found
    assert counted == (len(found), True)


def test_instances_are_found_by_objects_whatever_the_order_of_their_keys():
    with variables_of(*TEXTS) as (url, _):
        operate = connect_quickly(url, auth="none")
        explained = of.search("process_instances", operate=operate, with_variables={"v": {"b": 1, "a": 2}}).explain()
        frame = of.read_variables(operate=operate, name="v", value={"b": 1, "a": {"d": [1, {"x": 1, "y": 2}], "c": 2}})

    assert 'variables \'v\': {"a": 2, "b": 1}' in str(explained)
    assert frame["variable_key"].to_list() == [6]


ODD = ["9999-12-31", "2026-09", "2026Q3", "0000-01-01", "10000-01-01", "2026-W01", "24:00", 10**30, -(10**4000), b"x"]
ODD += [np.datetime64("NaT"), np.datetime64(2**62, "s"), pd.Period("NaT", "D"), np.timedelta64(5, "D"), pd.NA, pd.NaT]
NUMBERS = st.integers() | st.floats() | st.complex_numbers() | st.decimals()
SCALAR = st.none() | st.booleans() | NUMBERS | st.text(max_size=12) | st.dates() | st.datetimes() | st.sampled_from(ODD)
VALUES = st.recursive(
    SCALAR,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.tuples(inner, inner),
        st.builds(of.between, inner, inner),
        st.dictionaries(st.text(max_size=3), inner, max_size=2),
    ),
    max_leaves=4,
)
READERS = [of.read_instances, of.read_incidents, of.read_variables, of.read_definitions]
OPTIONS = ["limit", "sort", "columns", "chunksize", "workers", "page_size", "resume", "recheck", "progress"]
OPTIONS += ["dtype_backend", "with_variables", "full_values", "decode", "no_such"]
FILTERS = ["process_instance_key", "state", "start_date", "creation_time", "has_incident", "value", "error_message"]
ARGUMENTS = [*OPTIONS, *FILTERS, "process_definition_version", "tenant_id"]


@pytest.mark.filterwarnings("ignore::operate_frames.FilterIgnoredWarning")
@given(read=st.sampled_from(READERS), asked=st.dictionaries(st.sampled_from(ARGUMENTS), VALUES, max_size=2))
@settings(max_examples=400, deadline=None, derandomize=True)
def test_no_question_ends_in_anything_but_rows_or_an_error_of_ours(empty, read, asked):
    try:
        found = read(operate=empty, **asked)
        if asked.get("chunksize") is not None:
            list(found)
    except of.OperateError as error:
        found = error
    assert not isinstance(found, Exception) or len(str(found)) < 1500


@pytest.fixture(scope="module")
def empty():
    with scripted(lambda _: Answer(body=EMPTY_PAGE)) as (url, _):
        yield connect_quickly(url, auth="none")
