"""Process instances with their variables as columns and their open incidents, against a pivot made by hand."""

import json

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import operate_frames as of
from operate_frames.frames.conversion.to_pandas import frame_of
from operate_frames.query.joins import Joins
from operate_frames.reading import read
from operate_frames.reading.joins import joiner
from operate_frames.reading.joins.columns import widen
from operate_frames.reading.options import Tuning
from operate_frames.sandbox import serve
from tests.support.quick_retries import QUICK
from tests.support.servers import DATASET

KEY = "process_instance_key"
SERVERS = [
    "8.6 elasticsearch",
    pytest.param("8.6 opensearch", marks=pytest.mark.matrix),
    pytest.param("8.8 elasticsearch", marks=pytest.mark.matrix),
    pytest.param("8.9 opensearch", marks=pytest.mark.matrix),
    "8.10 elasticsearch",
]


@pytest.fixture(scope="module", params=SERVERS)
def server(request):
    version, database = request.param.split()
    with serve(auth="none", version=version, database=database, data=DATASET) as server:
        yield server


@pytest.fixture
def gives_whole_values(server, request):
    """Servers on OpenSearch give over v1 no more of a value than search does."""
    return request.node.callspec.params["server"] != "8.6 opensearch"


@pytest.fixture
def operate(server):
    with of.connect(server.base_url, auth="none", retry=QUICK) as operate:
        operate.tuning = Tuning(seconds_between_passes=0)
        yield operate


@pytest.fixture
def variables(operate):
    return of.read_variables(operate=operate)


def by_hand(variables):
    """For each instance and name the row that counts: the instance's own, else of the scope entered first."""
    chosen = {}
    for row in variables.to_dict("records"):
        at = (row[KEY], row["name"])
        rank = (row["scope_key"] != row[KEY], row["scope_key"], row["variable_key"])
        if at not in chosen or rank < chosen[at][0]:
            chosen[at] = (rank, row)
    return {at: row for at, (_, row) in chosen.items()}


def as_value(row):
    """The value that a cell shows: missing where it is cut, null or not there."""
    if row is None or row["is_truncated"] or row["value"] == "null":
        return None
    return json.loads(row["value"])


def names_in(cell):
    return set() if pd.isna(cell) else set(json.loads(cell))


def test_all_variables_are_columns_cell_by_cell(operate, variables):
    expected = by_hand(variables)
    names = sorted({name for _, name in expected})

    frame = of.read_instances(operate=operate, variables="all")

    plain = of.read_instances(operate=operate)
    pd.testing.assert_frame_equal(frame[plain.columns], plain)
    assert list(frame.columns) == [*plain.columns, *names, "null_variables", "truncated_variables"]
    compared = 0
    for row in frame.to_dict("records"):
        key = row[KEY]
        for name in names:
            cell, said = row[name], as_value(expected.get((key, name)))
            if said is None:
                assert cell is None or cell is pd.NA
            else:
                assert cell == said
                assert type(cell) is type(said) or str(frame[name].dtype) == "Float64"
            compared += said is not None
        of_row = {name: each for (instance, name), each in expected.items() if instance == key}
        assert names_in(row["null_variables"]) == {n for n, each in of_row.items() if each["value"] == "null"}
        assert names_in(row["truncated_variables"]) == {n for n, each in of_row.items() if each["is_truncated"]}
    assert compared == sum(as_value(each) is not None for each in expected.values())
    assert {len(json.dumps(v, ensure_ascii=False)) for v in frame["edge"].dropna()} == {8191}


def test_types_are_those_that_all_values_have(operate, variables):
    frame = of.read_instances(operate=operate, variables="all")

    kinds = {"int": "Int64", "float": "Float64", "bool": "boolean", "str": "string"}
    for name, rows in pd.Series(by_hand(variables)).groupby(level=1):
        met = {type(value).__name__ for row in rows if (value := as_value(row)) is not None}
        wanted = (
            "Float64" if met == {"int", "float"} else kinds[min(met)] if len(met) == 1 and met <= set(kinds) else None
        )
        assert str(frame[name].dtype) == (wanted or ("object" if met else "string")), name
    assert frame["amount"].map(type).nunique() > 2


def test_a_json_null_among_others_is_none_and_what_is_absent_is_na(operate, variables):
    expected = by_hand(variables)
    frame = of.read_instances(operate=operate, variables=["amount"])

    for key, cell in zip(frame[KEY], frame["amount"], strict=True):
        row = expected.get((key, "amount"))
        assert (cell is pd.NA) == (row is None)
        assert (cell is None) == (row is not None and row["value"] == "null")


def test_named_ones_come_in_the_order_they_were_named_behind_the_chosen_columns(operate):
    frame = of.read_instances(
        operate=operate, variables=["order_id", "no such", "state", "amount"], columns=["state", KEY], limit=7
    )

    assert list(frame.columns) == [
        "state", KEY, "order_id", "no such", "variable_state", "amount", "null_variables", "truncated_variables"
    ]  # fmt: skip
    assert len(frame) == 7
    assert frame["no such"].isna().all()
    assert str(frame["no such"].dtype) == "string"


def test_cut_values_come_whole_where_that_is_asked_for(gives_whole_values, operate, variables):
    cut = variables[variables["is_truncated"]]
    whole = of.read_variables(operate=operate, full_values=True).set_index("variable_key")["value"]
    keys, names = cut[KEY].unique(), list(cut["name"].unique())

    frame = of.read_instances(operate=operate, variables=names, full_values=True, process_instance_key=keys)

    for row in by_hand(variables).values():
        if row["name"] in names and row["is_truncated"]:
            [cell] = frame.loc[frame[KEY] == row[KEY], row["name"]]
            [marked] = frame.loc[frame[KEY] == row[KEY], "truncated_variables"]
            assert (row["name"] in names_in(marked)) is not gives_whole_values
            assert cell is pd.NA or cell == json.loads(whole[row["variable_key"]])
            assert (cell is pd.NA) is not gives_whole_values


def test_open_incidents_stand_beside_their_instances(operate):
    incidents = of.read_incidents(operate=operate)
    elements = of.read_element_instances(operate=operate).dropna(subset="incident_key")
    at = dict(zip(elements["incident_key"], elements["element_id"], strict=True))

    frame = of.read_instances(operate=operate, incidents=True)

    for row in frame.to_dict("records"):
        mine = incidents[(incidents[KEY] == row[KEY]) & (incidents["state"] == "ACTIVE")]
        mine = mine.sort_values(["creation_time", "incident_key"])
        assert row["open_incidents"] == len(mine)
        if len(mine):
            first = mine.iloc[0]
            assert row["incident_error_type"] == first["error_type"]
            assert row["incident_error_message"] == first["error_message"]
            assert row["incident_element_id"] == at[first["incident_key"]]
        else:
            assert pd.isna(row["incident_error_type"])
    assert (frame["open_incidents"] > 0).sum() > 3


@pytest.mark.parametrize("rows_at_once", [7, 40])
def test_some_at_a_time_give_the_same(operate, rows_at_once, monkeypatch):
    whole = of.read_instances(operate=operate, variables=["amount", "customer"], incidents=True)
    monkeypatch.setattr(read, "ROWS_AT_ONCE", rows_at_once)

    again = of.read_instances(operate=operate, variables=["amount", "customer"], incidents=True, recheck=False)

    pd.testing.assert_frame_equal(again, whole)


def test_streams_hold_json_texts_of_the_same(operate):
    asked = {"variables": ["amount", "customer"], "columns": [KEY], "operate": operate}
    whole = of.read_instances(**asked)

    chunks = pd.concat(of.read_instances(**asked, chunksize=10), ignore_index=True)
    streamed = pl.DataFrame(of.search("process_instances", **asked))
    search = of.search("process_instances", **asked)  # noqa: F841 - DuckDB finds it by its name
    [counted] = duckdb.sql("select count(*), count(amount), count(customer) from search").fetchall()

    for frame in (chunks, streamed.to_pandas()):
        texts = frame.set_index(KEY)["customer"].dropna()
        said = {key: json.loads(text) for key, text in texts.items()}
        expected = whole.set_index(KEY)["customer"].dropna().to_dict()
        assert {key: value for key, value in said.items() if value is not None} == expected
    assert counted[0] == len(whole)
    assert counted[2] == chunks["customer"].notna().sum()
    with pytest.raises(of.QuestionError, match="variables='all' needs the whole read"):
        next(iter(of.read_instances(operate=operate, variables="all", chunksize=5)))


def test_arrow_and_polars_hold_what_the_frame_holds(operate):
    asked = {"variables": ["discount", "customer", "amount"], "columns": [KEY], "operate": operate}
    frame = of.read_instances(**asked)

    table = of.search("process_instances", **asked).to_arrow()
    polars = of.search("process_instances", **asked).to_polars()

    assert [str(field.type) for field in table.schema][:4] == ["int64", "int64", "string", "string"]
    assert table["discount"].to_pylist() == [None if pd.isna(each) else each for each in frame["discount"]]
    assert polars["customer"].to_list() == [None if pd.isna(each) else each for each in frame["customer"]]


@pytest.mark.parametrize("wanted", [of.between(100, None), of.between(None, 300), of.between(10.5, 200)])
def test_instances_are_found_by_ranges_of_numbers(operate, variables, wanted):
    found = of.read_instances(operate=operate, with_variables={"amount": wanted})

    def lies_inside(row):
        value = None if row["is_truncated"] else json.loads(row["value"])
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return (
            is_number and (wanted.low is None or value >= wanted.low) and (wanted.high is None or value < wanted.high)
        )

    rows = [row for row in variables[variables["name"] == "amount"].to_dict("records") if lies_inside(row)]
    assert set(found[KEY]) == {row[KEY] for row in rows}
    assert len(found)


def test_instances_are_found_by_texts_lists_others_and_any(operate, variables):
    def having(name, met):
        rows = variables[(variables["name"] == name) & ~variables["is_truncated"]].to_dict("records")
        return {row[KEY] for row in rows if met(json.loads(row["value"]))}

    def found(value):
        return set(of.read_instances(operate=operate, with_variables=value)[KEY])

    assert found({"customer": ["Ada Lovelace", "tab\there"]}) == having(
        "customer", lambda value: value in ("Ada Lovelace", "tab\there")
    )
    assert found({"customer": of.between("A", "T")}) == having(
        "customer", lambda value: isinstance(value, str) and "A" <= value < "T"
    )
    others = found({"customer": of.exclude("Ada Lovelace", None)})
    assert others == having("customer", lambda value: value not in ("Ada Lovelace", None))
    assert found({"customer": of.exclude(pd.NA)}) == having("customer", lambda _: True)
    assert found({"amount": of.exclude(pd.NA), "customer": "tab\there"}) == having("amount", lambda _: True) & having(
        "customer", lambda value: value == "tab\there"
    )
    assert found({"list": [[1, 2, 3]]}) == having("list", lambda value: value == [1, 2, 3])


def test_incidents_bring_the_name_of_their_element_and_what_is_seen_from_there(operate, variables):
    elements = of.read_element_instances(operate=operate)
    by_incident = {row["incident_key"]: row for row in elements.dropna(subset="incident_key").to_dict("records")}
    by_key = {row["element_instance_key"]: row for row in elements.to_dict("records")}
    plain = of.read_incidents(operate=operate)

    frame = of.read_incidents(operate=operate, elements=True, variables="all")

    assert frame[KEY].equals(plain[KEY])
    named, marks = 0, ["null_variables", "truncated_variables"]
    for row in frame.to_dict("records"):
        place = row["element_instance_key"]
        element = by_incident.get(row["incident_key"]) or by_key.get(place)
        if element is None:  # it was resolved, and this server's row names no element
            assert operate.api.name == "v1"
            assert pd.isna(row["element_name"])
        else:
            named += 1
            assert (row["element_id"], place) == (element["element_id"], element["element_instance_key"])
            assert str(row["element_name"]) == str(element["element_name"])
        seen = {}
        for each in variables[variables[KEY] == row[KEY]].to_dict("records"):
            if each["scope_key"] in (place, row[KEY]) and (each["name"] not in seen or each["scope_key"] == place):
                seen[each["name"]] = each
        for name, each in seen.items():
            said = as_value(each)
            assert row[name] in (None, pd.NA) if said is None else row[name] == said
        others = set(frame.columns) - set(plain.columns) - set(seen) - {"element_name", *marks}
        assert {name: row[name] for name in others if not pd.isna(row[name])} == {}
    assert named > 5


def test_incidents_bring_named_variables_behind_chosen_columns(operate):
    frame = of.read_incidents(operate=operate, columns=["error_type"], variables=["amount", "state"], elements=True)
    chunks = pd.concat(of.read_incidents(operate=operate, columns=["error_type"], variables=["amount"], chunksize=3))

    assert list(frame.columns) == [
        "error_type", "amount", "variable_state", "null_variables", "truncated_variables", "element_name"
    ]  # fmt: skip
    assert frame["amount"].notna().sum() > 3
    assert chunks["amount"].notna().sum() == sum(cell is not pd.NA for cell in frame["amount"])


def test_counting_reads_no_variables(server, operate):
    before = len(server.requests)
    counted = of.search("process_instances", operate=operate, variables="all", incidents=True, state="ACTIVE").count()

    assert counted.value == len(of.read_instances(operate=operate, state="ACTIVE"))
    assert not any("/variables/" in request.path for request in server.requests[before:])


def test_what_stops_in_the_middle_keeps_the_rows_that_have_their_variables(operate, monkeypatch):
    asked = {"variables": ["customer", "amount"], "operate": operate, "recheck": False}
    whole = of.read_instances(**asked)
    monkeypatch.setattr(read, "ROWS_AT_ONCE", 20)
    join, joined = joiner.Joiner.join, []

    def stopped(self, batch):
        joined.append(batch.num_rows)
        if len(joined) == 4:
            raise KeyboardInterrupt
        return join(self, batch)

    with monkeypatch.context() as there:
        there.setattr(joiner.Joiner, "join", stopped)
        with pytest.raises(of.ReadInterrupted) as caught:
            of.read_instances(**asked)

    partial = caught.value.partial
    assert list(partial.columns) == list(whole.columns)
    assert len(partial) == 60
    both = whole.merge(partial[[KEY, "customer"]], on=KEY, suffixes=("", "_partial"))
    assert both["customer"].equals(both["customer_partial"])
    rest = of.read_instances(**asked, resume=caught.value.resume)
    assert sorted([*partial[KEY], *rest[KEY]]) == sorted(whole[KEY])


def test_a_server_that_fails_meanwhile_is_told_with_the_rows_so_far(server, operate, monkeypatch):
    monkeypatch.setattr(read, "ROWS_AT_ONCE", 30)
    asked = joiner.Joiner.join
    joined = []

    def broken(self, batch):
        joined.append(batch.num_rows)
        if len(joined) > 2:
            raise of.BadAnswer("The server is busy.")
        return asked(self, batch)

    monkeypatch.setattr(joiner.Joiner, "join", broken)
    with pytest.raises(of.ReadFailed, match=r"The server is busy. The 60 rows before it are in .partial") as caught:
        of.read_instances(operate=operate, variables="all")
    assert len(caught.value.partial) == 60


def test_explain_says_what_is_joined(operate):
    said = str(of.search("process_instances", operate=operate, variables=["amount"], incidents=True).explain())
    assert "then reads variables amount" in said
    assert "then reads open incidents" in said


def test_few_instances_are_asked_for_by_key_and_many_are_walked_along():
    with serve(auth="none", instances=4000, seed=3) as server, of.connect(server.base_url, auth="none") as operate:
        told = of.read_variables(operate=operate)
        of_names = told["name"].isin(["amount", "customer"])
        pages = {"all": len(told) // 1000 + 2, "named": of_names.sum() // 1000 + 2}

        def requests(**asked):
            frame = of.read_instances(operate=operate, recheck=False, **asked)
            assert frame["amount"].notna().sum() == (told["name"].eq("amount") & told[KEY].isin(frame[KEY])).sum()
            return operate.last_report.requests

        few = requests(variables=["amount", "customer"], process_instance_key=told[KEY].unique()[:5])
        named = requests(variables=["amount", "customer"])
        every = requests(variables="all")

    instances = 10
    assert few <= 2 * 5 + 2 * 5
    assert named <= instances + pages["named"] * 1.5 + 10
    assert every <= instances + pages["all"] * 1.5 + 10


def test_numbers_that_no_type_holds_to_the_digit_stay_json():
    texts = ["9223372036854775807", "-1"], ["9223372036854775808", "1"], ["0.1", "12345678901234567.5"], ["1E400", "1"]
    shown = [frame_of_texts(each)["x"] for each in texts]

    assert [str(each.dtype) for each in shown] == ["Int64", "object", "object", "object"]
    assert shown[0].tolist() == [2**63 - 1, -1]
    assert shown[1].tolist() == [2**63, 1]


def test_half_of_a_pair_is_no_text_of_arrow_and_stays_what_python_reads():
    assert frame_of_texts([r'"\ud83d"', '"a"'])["x"].tolist() == ["\ud83d", "a"]


def frame_of_texts(texts):
    """One instance a row, whose only variable `x` has this JSON."""
    cells = [[{"name": "x", "value": text, "is_truncated": False}] for text in texts]
    listed = pa.chunked_array([pa.array(cells, joiner.VARIABLES_FIELD.type)])
    return frame_of(widen(Joins(variables=("x",)), {"variables": listed}), "numpy_nullable")
