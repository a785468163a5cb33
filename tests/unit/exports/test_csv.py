"""Rows to comma-separated values, however they lie in memory."""

from __future__ import annotations

from io import BytesIO

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from operate_frames.exports.formats.csv import Csv
from operate_frames.exports.options import FileOptions


def written(table):
    part = BytesIO()
    Csv(FileOptions()).write_part(table, part)
    return part.getvalue().decode()


@given(sizes=st.lists(st.integers(0, 3), min_size=1, max_size=6))
def test_chunks_of_any_length_are_one_text(sizes):
    rows = pa.table(
        {"key": pa.array(range(6755399441055994, 6755399441055994 + sum(sizes))), "text": ["a"] * sum(sizes)}
    )
    starts = [sum(sizes[:at]) for at in range(len(sizes))]
    chunked = pa.concat_tables([rows.slice(start, size) for start, size in zip(starts, sizes, strict=True)])

    assert written(chunked) == "".join(f'{key},"a"\n' for key in rows["key"].to_pylist())
