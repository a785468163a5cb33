"""What a type checker of a user's code sees."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.xdist_group("mypy")  # both use one cache
RIGHT = """
from collections.abc import Iterator
from typing import assert_type
import pandas as pd
import operate_frames as of

with of.connect("http://localhost", auth="none") as operate:
    assert_type(operate, of.Operate)
assert_type(of.read_instances(), pd.DataFrame)
assert_type(of.read_definitions(limit=5, process_definition_id="order"), pd.DataFrame)
assert_type(of.read_instances(chunksize=5, state="ACTIVE"), Iterator[pd.DataFrame])
"""
WRONG = """
import operate_frames as of

of.connect(auth="magic")
of.connect(user="me")
of.read_instances(chunksize="x")
of.read_instances(dtype_backend="numpy")
"""


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("mypy")


def checked(code, tmp_path, cache):
    file = tmp_path / "code.py"
    file.write_text(code)
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--cache-dir",
        str(cache),
        "--config-file=",
        "--follow-imports=silent",
        str(file),
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)


def test_the_types_are_those_of_the_docs(tmp_path, cache):
    done = checked(RIGHT, tmp_path, cache)

    assert done.returncode == 0, done.stdout + done.stderr


def test_misuse_is_found_line_by_line(tmp_path, cache):
    done = checked(WRONG, tmp_path, cache)

    assert {line.split(":")[1] for line in done.stdout.splitlines() if " error: " in line} == {"4", "5", "6", "7"}
