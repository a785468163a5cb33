"""What a type checker of a user's code sees."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

# pandas' types alone take mypy ten seconds: it keeps what it knows of them.
CACHE = Path(__file__).parents[2] / ".mypy_cache" / "users"

RIGHT = """
from collections.abc import Iterator
from typing import assert_type
import pandas as pd
import polars as pl
import operate_frames as of

with of.connect("http://localhost", auth="none") as operate:
    assert_type(operate, of.Operate)
assert_type(of.read_instances(), pd.DataFrame)
assert_type(of.read_definitions(limit=5, process_definition_id="order"), pd.DataFrame)
assert_type(of.read_instances(chunksize=5, state="ACTIVE"), Iterator[pd.DataFrame])
assert_type(of.search("incidents").to_polars(), pl.DataFrame)
assert_type(of.cycle_times(process_definition_id="order", by="state"), pd.DataFrame)
assert_type(of.bottlenecks(pd.DataFrame()), pd.DataFrame)
assert_type(of.variants(explain=True), of.Explanation)
"""
WRONG = """
import operate_frames as of

of.connect(auth="magic")
of.connect(user="me")
of.read_instances(chunksize="x")
of.read_instances(dtype_backend="numpy")
of.cycle_times("order")
"""


def test_the_types_are_those_of_the_docs_and_misuse_is_found_line_by_line(tmp_path):
    (tmp_path / "right.py").write_text(RIGHT)
    (tmp_path / "wrong.py").write_text(WRONG)
    options = ["--strict", "--cache-dir", str(CACHE), "--config-file=", "--follow-imports=silent"]

    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options, "right.py", "wrong.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    errors = [line.split(":")[:2] for line in done.stdout.splitlines() if " error: " in line]
    assert {(file, number) for file, number in errors} == {("wrong.py", number) for number in "45678"}, done.stdout
