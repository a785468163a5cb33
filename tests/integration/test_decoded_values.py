"""Variables with ``decode=True``: Python's values in the frame, JSON text in Parquet and SQL."""

import json
import pickle
import sqlite3

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import operate_frames as of
from operate_frames.frames.conversion.to_pandas import to_pandas
from operate_frames.sandbox import serve
from tests.support.servers import DATASET


@pytest.fixture(scope="module")
def operate():
    with serve(auth="none", data=DATASET) as server, of.connect(server.base_url, auth="none") as operate:
        yield operate


@pytest.fixture
def texts(operate):
    return of.read_variables(operate=operate)


@pytest.fixture
def decoded(operate):
    return of.read_variables(operate=operate, decode=True)


def as_read(texts):
    """What each JSON text says; what search has cut says nothing."""
    return [None if cut else json.loads(text) for text, cut in zip(texts["value"], texts["is_truncated"], strict=True)]


def test_they_come_back_from_parquet_as_the_json_they_were(texts, decoded, tmp_path):
    decoded.to_parquet(tmp_path / "variables.parquet")

    for again in (
        pd.read_parquet(tmp_path / "variables.parquet")["value"],
        pl.read_parquet(tmp_path / "variables.parquet")["value"],
    ):
        said = [None if pd.isna(text) else json.loads(text) for text in again]
        assert said == as_read(texts)


def test_sqlite_holds_objects_and_lists_as_json_text(texts, decoded):
    database = sqlite3.connect(":memory:")

    decoded.to_sql("variables", database, index=False)

    rows = database.execute("select variable_key, value from variables").fetchall()
    database.close()
    assert [key for key, _ in rows] == texts["variable_key"].tolist()
    structured = 0
    for (_, stored), said in zip(rows, as_read(texts), strict=True):
        if isinstance(said, (dict, list)):
            structured += 1
            assert json.loads(stored) == said
        else:
            assert stored == (None if said is None else said if isinstance(said, str) else str(stored))
    assert structured


def test_numbers_longer_than_64_bits_go_to_sqlite_to_the_digit():

    frame = to_pandas(pa.table({"value": ["123456789012345678901234567890", "[1]"]}), "numpy_nullable", decode=True)
    database = sqlite3.connect(":memory:")

    frame.to_sql("numbers", database, index=False)

    assert database.execute("select value from numbers").fetchall() == [("123456789012345678901234567890",), ("[1]",)]
    database.close()


def test_a_frame_of_them_is_worked_with_as_one_of_objects(decoded):
    customers = decoded[decoded["name"] == "customer"]["value"]
    counts = decoded[decoded["value"].map(lambda value: type(value) is int)]["value"]

    assert decoded["value"].dtype == "object"
    assert customers.str.upper().dropna().tolist() == [each.upper() for each in customers if each is not None]
    assert (customers == customers.iloc[0]).sum() == customers.tolist().count(customers.iloc[0])
    assert counts.astype("Float64").sum() == pytest.approx(sum(counts))
    assert {type(value) for value in decoded["value"]} >= {str, int, float, bool, list, dict}


def test_what_is_made_of_them_still_goes_to_parquet(decoded, tmp_path):
    own = decoded[decoded["scope_key"] == decoded["process_instance_key"]]
    wide = own.pivot(index="process_instance_key", columns="name", values="value")
    both = pd.concat([own, own.tail(3)]).sort_values("name").reset_index(drop=True)

    wide.to_parquet(tmp_path / "wide.parquet")
    pickle.loads(pickle.dumps(both)).to_parquet(tmp_path / "both.parquet")

    again = pd.read_parquet(tmp_path / "wide.parquet")["customer"].dropna()
    assert [json.loads(text) for text in again] == wide["customer"][
        wide["customer"].map(lambda value: value is not pd.NA)
    ].tolist()
    assert len(pd.read_parquet(tmp_path / "both.parquet")) == len(own) + 3
