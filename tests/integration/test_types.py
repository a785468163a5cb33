"""The types of a frame: the same for no rows, rows without values, and full ones, to the last digit."""

from __future__ import annotations

import json

import pandas as pd
import pyarrow as pa
import pytest

import operate_frames as of
from operate_frames.frames.conversion.to_pandas import frame_of
from tests.support.scripted import Answer, scripted

P4 = (4 << 51) + 1
P5 = (5 << 51) + 12345
FULL = {
    "key": P4,
    "processVersion": 3,
    "processVersionTag": "2026.1",
    "bpmnProcessId": "order.é-1",
    "parentKey": P5,
    "parentFlowNodeInstanceKey": P5 + 2,
    "startDate": "2026-11-24T02:08:10.828+0000",
    "endDate": "2026-11-24T02:08:11.001+00:00",
    "state": "CANCELED",
    "incident": False,
    "processDefinitionKey": 2251799813685264,
    "tenantId": "<default>",
    "somethingNew": {"in": "8.9"},
}
DTYPES = {
    "process_instance_key": "Int64",
    "process_definition_id": "string",
    "process_definition_name": "string",
    "process_definition_version": "Int64",
    "process_definition_version_tag": "string",
    "process_definition_key": "Int64",
    "start_date": "datetime64[us, UTC]",
    "end_date": "datetime64[us, UTC]",
    "state": "string",
    "has_incident": "boolean",
    "parent_process_instance_key": "Int64",
    "parent_element_instance_key": "Int64",
    "root_process_instance_key": "Int64",
    "business_id": "string",
    "tags": "string",
    "suspended_date": "datetime64[us, UTC]",
    "tenant_id": "string",
}
DEFINITIONS = [{"key": 2251799813685264, "name": "Order", "version": 3, "bpmnProcessId": "order.é-1"}]


def read(*items, **arguments):
    def script(request):
        rows = DEFINITIONS if "definitions" in request.path else items
        rows = [] if b"searchAfter" in request.body else rows
        return Answer(body=json.dumps({"items": list(rows), "sortValues": [1] if rows else [], "total": 0}).encode())

    with scripted(script) as (url, _):
        of.connect(url, auth="none")
        frame = of.read_instances(**arguments)
        return frame if isinstance(frame, pd.DataFrame) else list(frame)


@pytest.mark.parametrize("items", [[], [{"key": 1}], [FULL], [{"key": 1}, FULL]], ids=["none", "bare", "full", "mixed"])
def test_the_types_do_not_depend_on_the_rows(items):
    assert read(*items).dtypes.astype(str).to_dict() == DTYPES
    arrow = read(*items, dtype_backend="pyarrow").dtypes
    assert arrow["process_instance_key"] == "int64[pyarrow]"
    assert str(arrow["start_date"]) == "timestamp[us, tz=UTC][pyarrow]"
    assert all(isinstance(dtype, pd.ArrowDtype) for dtype in arrow)


def test_every_value_arrives_whole():
    assert read(FULL).iloc[0].dropna().to_dict() == {
        "process_instance_key": P4,
        "process_definition_id": "order.é-1",
        "process_definition_name": "Order",
        "process_definition_version": 3,
        "process_definition_version_tag": "2026.1",
        "process_definition_key": 2251799813685264,
        "start_date": pd.Timestamp("2026-11-24T02:08:10.828Z"),
        "end_date": pd.Timestamp("2026-11-24T02:08:11.001Z"),
        "state": "TERMINATED",
        "has_incident": False,
        "parent_process_instance_key": P5,
        "parent_element_instance_key": P5 + 2,
        "tenant_id": "<default>",
    }


def test_keys_above_2_53_survive_a_column_with_gaps():
    frame = read({"key": 1}, FULL)

    assert frame["parent_process_instance_key"].to_list() == [pd.NA, P5]
    assert str(frame["parent_process_instance_key"][1]) == "11258999068438585"


def test_columns_come_as_asked_and_without_names_no_definitions_are_read():
    assert list(read(FULL, columns=["state", "process_instance_key"]).columns) == ["state", "process_instance_key"]


def test_a_column_is_let_go_of_before_the_next_one_is_converted():
    freed = []

    class Watched(dict):
        def __setitem__(self, name, series):
            super().__setitem__(name, series)
            freed.append((before - pa.total_allocated_bytes()) >> 20)

    columns = Watched((name, pa.chunked_array([pa.array(range(1 << 17), pa.int64())])) for name in "abc")
    before = pa.total_allocated_bytes()
    frame = frame_of(columns, "numpy_nullable")

    assert freed == [1, 2, 3]
    assert frame["c"].to_list()[-1] == (1 << 17) - 1


def test_text_columns_are_arrow_backed():
    assert read(FULL)["state"].dtype == pd.StringDtype("pyarrow")


@pytest.mark.parametrize("chunksize", [1, 2, 3, 7, 100])
def test_chunks_have_exactly_the_size_asked_for_and_the_same_types(chunksize):
    items = [{"key": key} for key in range(1, 8)]
    chunks = read(*items, chunksize=chunksize)

    sizes = [len(chunk) for chunk in chunks]
    assert sizes == [chunksize] * (7 // chunksize) + ([7 % chunksize] if 7 % chunksize else [])
    assert all(chunk.dtypes.astype(str).to_dict() == DTYPES for chunk in chunks)
    assert pd.concat(chunks)["process_instance_key"].to_list() == list(range(1, 8))


def test_progress_calls_a_function_with_the_rows_so_far():
    seen = []
    read(FULL, {"key": P4 + 1}, progress=seen.append)

    assert seen == [2]


def test_progress_is_silent_where_nobody_looks_and_shown_when_asked_for(capfd):
    read(FULL)
    assert capfd.readouterr().err == ""
    read(FULL, progress=True)
    assert "process_instances" in capfd.readouterr().err
