"""Whatever is asked of whatever rows: what pandas finds in the whole, with at most 64 searches."""

from __future__ import annotations

import itertools
import json
import random
import re
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import operate_frames as of
from operate_frames.api.v1.date_windows import covers_of
from operate_frames.query.ranges import Range
from operate_frames.reading.options import Tuning
from operate_frames.sandbox import serve
from tests.support.names import FURTHER_READERS, NO_PLAIN_TEXTS, READERS, chosen_by, expected, names_of, path_of, values
from tests.support.random_rows import random_company

pytestmark = pytest.mark.matrix

RESOURCES = {
    "process_instances": of.read_instances,
    "process_definitions": of.read_definitions,
    "element_instances": of.read_element_instances,
    "incidents": of.read_incidents,
    "variables": of.read_variables,
    "decision_definitions": of.read_decision_definitions,
    "decision_requirements": of.read_decision_requirements,
    "decision_instances": of.read_decision_instances,
    **{read.__name__.removeprefix("read_"): read for read in FURTHER_READERS},
}
HEALTHY = {
    "deadline": None,
    "derandomize": True,
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
}
SIZES = [0, 1, 2, 3, 10, 63, 64, 65, 200]


@dataclass
class Company:
    server: Any
    operate: of.Operate
    rows: dict[str, Any]
    frames: dict[str, pd.DataFrame]
    columns: dict[str, list[str]]


SERVERS = [
    "8.6 v1 elasticsearch",
    "8.6 v1 opensearch",
    "8.8 v2 elasticsearch",
    "8.9 v2 elasticsearch",
    "8.10 v2 elasticsearch",
]


@pytest.fixture(scope="module", params=SERVERS)
def company(request):
    """Read in small pages, so that a thousand rows are as good as a million."""
    rows = random_company(seed=5)
    version, api, database = request.param.split()
    with serve(auth="none", version=version, database=database, data=rows) as server:
        with of.connect(server.base_url, auth="none") as operate:
            assert operate.api.name == api
            operate.tuning = Tuning(page_size=83, seconds_between_passes=0)
            there = {name: read for name, read in RESOURCES.items() if names_of(read, api, version)}
            frames = {name: read(operate=operate) for name, read in there.items()}
            columns = {name: chosen_by(read, api, version) for name, read in there.items()}
            yield Company(server, operate, rows, frames, columns)


def test_the_whole_is_what_was_put_in(company):
    if company.operate.api.name != "v1":
        pytest.skip("What is put in has the names of v1; readings of both are compared elsewhere.")
    for name, read in zip(RESOURCES, READERS, strict=False):
        raw = [
            {key: value for key, value in row.items() if "ersionTag" not in key or value}
            for row in company.rows[path_of(read, "v1")]["search"]
        ]
        names = names_of(read, "v1", "8.6")
        assert values(company.frames[name], names) == expected(raw, names)
    process = {row["key"]: row["bpmnProcessId"] for row in company.rows["process-definitions"]["search"]}
    elements = company.frames["element_instances"]
    assert elements["process_definition_id"].to_list() == [*elements["process_definition_key"].map(process)]


@st.composite
def filters(draw, frame, columns):
    """Some filters on some columns, and the rows of the frame that they mean."""
    names = draw(st.lists(st.sampled_from(columns), unique=True, max_size=3))
    asked, mask = {}, pd.Series(data=True, index=frame.index)
    for name in names:
        value, met = draw(one_filter(frame[name]))
        asked[name] = value
        mask &= met.astype("boolean").fillna(value=False)
    return asked, mask.astype(bool)


@st.composite
def one_filter(draw, column):
    is_date = str(column.dtype).startswith("datetime")
    ordered = is_date or str(column.dtype) == "Int64"
    # A midnight means its whole day, but for the ends of ranges.
    here = [value for value in column.dropna().unique() if value != "" and not (is_date and value == value.normalize())]
    kinds = ["missing"] + (["one", "list", "list and missing", "all others", "all others there"] if here else [])
    kinds += ["pattern"] if str(column.dtype) == "string" and here and column.name not in NO_PLAIN_TEXTS else []
    kinds += ["range"] * 3 if ordered and here else []
    kinds += ["day"] if is_date and here else []
    kind = draw(st.sampled_from(kinds))
    if kind == "missing":
        return pd.NA, column.isna()
    if kind == "pattern":
        text = draw(st.sampled_from(here))
        beginning, looks = draw(st.sampled_from([(text[:1], "*"), (text[:-1], "?"), (text[: len(text) // 2], "*")]))
        pattern = re.sub(r"([*?\\])", r"\\\1", beginning) + looks
        return of.like(pattern), pd.Series([looks_like(each, beginning, looks) for each in column], column.index)
    if kind.startswith("all others"):
        some = random.Random(draw(st.integers(0, 99))).sample(here, min(2, len(here)))
        others = ~column.isin(some) & (column.notna() if "there" in kind else True)
        return of.exclude(*some, *([pd.NA] if "there" in kind else [])), others
    if kind == "one":
        value = draw(st.sampled_from(here))
        return value, column == value
    if kind == "day":
        day = draw(st.sampled_from(here)).date()
        return str(day), column.dt.date == day
    if kind == "range":
        step = pd.Timedelta(milliseconds=1) if is_date else 1
        low, high = sorted(draw(st.tuples(st.sampled_from(here), st.sampled_from(here))))
        low, high = low + draw(st.sampled_from([-step, 0 * step, step])), high + step
        if draw(st.booleans()):
            return of.between(low, None), column >= low
        if draw(st.booleans()) or low >= high:
            return of.between(None, high), column < high
        return of.between(low, high), (column >= low) & (column < high)
    size = draw(st.sampled_from(SIZES))
    some = random.Random(draw(st.integers(0, 99))).sample(here, min(size, len(here)))
    if kind == "list and missing":
        return [*some, pd.NA], column.isin(some) | column.isna()
    return (set(some) if is_date else some), column.isin(some)


def looks_like(text, beginning, looks):
    if text is pd.NA:
        return False
    return text.startswith(beginning) if looks == "*" else text[:-1] == beginning and len(text) == len(beginning) + 1


def in_order(frame, sort):
    names = [name.removeprefix("-") for name in sort]
    if not names:
        return frame
    return frame.sort_values(names, ascending=[not name.startswith("-") for name in sort], kind="stable")


# A version tag of definitions is one that 8.6 takes no filter by, so a few rows without it leave a doubt.
@pytest.mark.filterwarnings("ignore:Not one row has version_tag")
@given(data=st.data())
@settings(max_examples=125, **HEALTHY)
def test_any_question_gives_what_pandas_finds(company, data):
    resource = data.draw(st.sampled_from(list(company.frames)))
    whole = company.frames[resource]
    asked, mask = data.draw(filters(whole, company.columns[resource]))
    names = data.draw(st.lists(st.sampled_from(list(whole.columns)), unique=True, max_size=2))
    sort = [data.draw(st.sampled_from(["", "-"])) + name for name in names]
    limit = data.draw(st.sampled_from([None, None, 0, 1, 7, 5000]))
    columns = data.draw(st.lists(st.sampled_from(list(whole.columns)), unique=True, min_size=1))
    recheck = data.draw(st.sampled_from([None, True, False]))

    before = len(company.server.requests)
    found = RESOURCES[resource](
        operate=company.operate, columns=columns, sort=sort, limit=limit, recheck=recheck, **asked
    )

    wanted = in_order(whole[mask], sort).head(len(whole) if limit is None else limit)
    pd.testing.assert_frame_equal(found, wanted[columns].reset_index(drop=True))
    assert len(searches(company, company.server.requests[before:], resource)) <= 64


def searches(company, requests, resource):
    """The filters that were searched for, but for what only finds the ends of a range."""
    api = company.operate.api.name
    path = f"/{api}/{path_of(RESOURCES[resource], api)}/search"
    bodies = [json.loads(request.body) for request in requests if request.path == path]
    sent = {json.dumps(body.get("filter"), sort_keys=True) for body in bodies if size_of(body) > 1}
    # Databases that do not show which values are cut are asked for those that are.
    return {text for text in sent if resource != "variables" or '"truncated": true' not in text}


def size_of(body):
    return body["size"] if "size" in body else body["page"]["limit"]


@pytest.mark.parametrize("column", ["element_instance_key", "process_instance_key"])
@pytest.mark.parametrize("count", [pytest.param(64, marks=pytest.mark.matrix), 65, 400])
@pytest.mark.parametrize("limit", [None, pytest.param(20, marks=pytest.mark.matrix)])
def test_long_lists_of_keys(company, column, count, limit):
    whole = company.frames["element_instances"]
    listed = sorted(whole[column].unique())[::-2][:count]  # the last instance has more elements than a page

    found = of.read_element_instances(operate=company.operate, limit=limit, **{column: listed})

    wanted = whole[whole[column].isin(listed)].head(limit or len(whole))
    pd.testing.assert_frame_equal(found, wanted.reset_index(drop=True))


@given(data=st.data())
@settings(max_examples=30, **HEALTHY)
def test_chunks_and_batches_hold_the_same_rows(company, data):
    resource = data.draw(st.sampled_from(list(company.frames)))
    whole = company.frames[resource]
    asked, mask = data.draw(filters(whole, company.columns[resource]))
    chunksize = data.draw(st.integers(20, 500))
    key = whole.columns[0]

    chunks = list(RESOURCES[resource](operate=company.operate, chunksize=chunksize, **asked))
    batches = list(of.search(resource, operate=company.operate, **asked).batches())

    assert all(len(chunk) == chunksize for chunk in chunks[:-1])
    keys = [row for chunk in chunks for row in chunk[key]]
    assert sorted(keys) == sorted(whole[key][mask])
    assert [row for batch in batches for row in batch[key].to_pylist()] == keys


@given(data=st.data())
@settings(max_examples=20, **HEALTHY)
def test_counts_and_explanations_tell_the_truth(company, data):
    resource = data.draw(st.sampled_from(list(company.frames)))
    # What is below a root is looked up by searches of the same resource.
    columns = [name for name in company.columns[resource] if name != "root_process_instance_key"]
    asked, mask = data.draw(filters(company.frames[resource], columns))
    # Several workers cut a search of v2 into windows, which an explanation does not know yet.
    search = of.search(resource, operate=company.operate, workers=1, recheck=False, **asked)

    assert search.count() == (mask.sum(), True)
    explained = search.explain(probe=True)
    before = len(company.server.requests)
    search.to_arrow()
    sent = searches(company, company.server.requests[before:], resource)
    assert len(explained.queries) <= 64
    assert {json.dumps(query, sort_keys=True) if query else "null" for query in explained.queries} >= sent
    assert sum(explained.totals) >= mask.sum()


@pytest.mark.filterwarnings("ignore:Nobody knows process_definition_id='none'")
@given(data=st.data())
@settings(max_examples=20, **HEALTHY)
def test_what_belongs_to_a_process_is_found_by_its_name(company, data):
    resource = data.draw(st.sampled_from(["element_instances", "incidents", "variables", "decision_instances"]))
    whole, instances = company.frames[resource], company.frames["process_instances"]
    process = data.draw(st.sampled_from(["many", "few.0-ä", "few.1-ä", "none"]))
    asked, mask = data.draw(
        filters(whole, [name for name in company.columns[resource] if name != "process_definition_id"])
    )
    of_process = instances["process_instance_key"][instances["process_definition_id"] == process]

    found = RESOURCES[resource](operate=company.operate, process_definition_id=process, **asked)

    wanted = whole[mask & whole["process_instance_key"].isin(of_process)]
    pd.testing.assert_frame_equal(found, wanted.reset_index(drop=True))


@given(data=st.data())
@settings(max_examples=20, **HEALTHY)
def test_instances_with_variables(company, data):
    variables, instances = company.frames["variables"], company.frames["process_instances"]
    names = data.draw(
        st.lists(st.sampled_from(["orderId", "amount", "note", "ok"]), min_size=1, max_size=2, unique=True)
    )
    values = [text for text in variables["value"].unique() if not text.startswith("[")]  # no lists yet
    texts = {name: data.draw(st.sampled_from(values)) for name in names}
    asked, mask = data.draw(filters(instances, company.columns["process_instances"]))

    found = of.read_instances(
        operate=company.operate, with_variables={name: json.loads(text) for name, text in texts.items()}, **asked
    )

    for name, text in texts.items():
        having = variables[(variables["name"] == name) & (variables["value"] == text)]
        mask &= instances["process_instance_key"].isin(having["process_instance_key"])
    pd.testing.assert_frame_equal(found, instances[mask].reset_index(drop=True))


MOMENTS = st.datetimes(min_value=pd.Timestamp(2000, 1, 1), max_value=pd.Timestamp(2030, 1, 1)).map(
    lambda moment: pd.Timestamp(moment, tz="UTC").floor("ms")
)
LENGTHS = st.sampled_from(["1ms", "2ms", "999ms", "1s", "59s", "1min", "61min", "1D", "31D", "90D", "366D", "4000D"])
UNITS = {"y": "years", "M": "months", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


@st.composite
def closed_ranges(draw):
    low = draw(MOMENTS | MOMENTS.map(lambda moment: moment.floor("D")) | MOMENTS.map(lambda moment: moment.floor("h")))
    return Range(low, low + pd.Timedelta(draw(LENGTHS)) * draw(st.integers(1, 3)))


@given(st.lists(closed_ranges(), min_size=1, max_size=4), st.sampled_from([5, 64]))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_windows_cover_a_range_and_say_how_much_more(ranges, most):
    found = covers_of(ranges, most=most)
    if not found:
        years = {year for low, high in ranges for year in range(low.year, high.year + 1)}
        assert len(years) > most or (len(ranges) > most)
    asked = union_of(ranges)
    for each in found:
        spans = sorted((window.start, end_of(window)) for window in each.windows)

        assert len(spans) <= most
        assert all(end <= start for (_, end), (start, _) in itertools.pairwise(spans)), "windows overlap"
        for low, high in ranges:
            inside = [(max(low, start), min(high, end)) for start, end in spans if start < high and end > low]
            assert sum((end - start for start, end in inside), pd.Timedelta(0)) == high - low
        covered = sum((end - start for start, end in spans), pd.Timedelta(0))
        assert each.exact == (covered == asked)
        assert each.excess == pytest.approx(covered / asked - 1)
    assert [each.excess for each in found] == sorted((each.excess for each in found), reverse=True)


def end_of(window):
    if window.unit is None:
        return window.start + pd.Timedelta(milliseconds=1)
    return window.start + pd.DateOffset(**{UNITS[window.unit]: 1})


def union_of(ranges):
    total, reached = pd.Timedelta(0), None
    for low, high in sorted(ranges):
        start = low if reached is None else max(low, reached)
        total += max(high - start, pd.Timedelta(0))
        reached = high if reached is None else max(reached, high)
    return total
