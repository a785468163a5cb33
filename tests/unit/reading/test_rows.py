"""Rows of a walk that goes by keys or by dates, cut where another part of it begins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from operate_frames.reading.rows import below, positions

BEGAN = datetime(2026, 9, 1, tzinfo=UTC)
KEYS = pa.array([3, 5, 5, 9], pa.int64())
DATES = pa.array([BEGAN + timedelta(milliseconds=each) for each in (3, 5, 5, 9)], pa.timestamp("us", "UTC"))


@pytest.mark.parametrize(("column", "zero"), [(KEYS, 0), (DATES, int(BEGAN.timestamp() * 1000))], ids=["keys", "dates"])
def test_rows_from_a_position_on_belong_to_the_next_part(column, zero):
    batch = pa.record_batch({"by": column})

    assert positions(column).to_pylist() == [zero + each for each in (3, 5, 5, 9)]
    for end, left in [(3, 0), (4, 1), (5, 1), (6, 3), (9, 3), (10, 4)]:
        assert below(batch, "by", zero + end).num_rows == left
    assert below(batch, "by", None).num_rows == 4


def test_rows_that_a_server_gives_again_do_not_shift_the_cut():
    again = pa.record_batch({"by": pa.array([7, 9, 1, 3, 5], pa.int64())})

    assert below(again, "by", 5)["by"].to_pylist() == [1, 3]
