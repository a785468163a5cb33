"""The command: the demo, and a sandbox that says where it is and ends when told."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys

import pandas as pd
import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import operate_frames as of
from operate_frames.cli.app import app
from operate_frames.sandbox import serve

COMMAND = [sys.executable, "-m", "operate_frames"]


def run(*arguments):
    return subprocess.run([*COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False)


def test_the_demo_reports_and_writes_every_instance(tmp_path):
    done = run("demo", "--folder", tmp_path / "out")

    assert done.returncode == 0, done.stderr
    assert "By OAuth2:  <Operate at 127.0.0.1" in done.stdout
    assert "By cookie:  <Operate at 127.0.0.1" in done.stdout
    assert "read_instances(): 5000 rows" in done.stdout
    written = pd.read_csv(tmp_path / "out" / "instances.csv", dtype={"process_instance_key": "Int64"})
    assert len(written) == 5000
    assert written["process_instance_key"].is_unique
    last = pd.to_datetime(written["start_date"], format="ISO8601").max()
    assert pd.Timedelta(0) < pd.Timestamp.now("UTC") - last < pd.Timedelta("2D")
    assert (written["process_instance_key"] // 2**51).max() == 5


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_sandbox_says_where_it_is_and_ends_when_told(stop):
    arguments = ["sandbox", "--port", "0", "--auth", "none", "--instances", "7", "--database", "opensearch"]
    with subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        try:
            base_url = server.stdout.readline().split()[1]
            told = iter(server.stdout.readline, "Ctrl-C stops it.\n")
            rows = {line.split()[1]: line.split()[0] for line in told}
            page = requests.post(f"{base_url}/v1/process-instances/search", json={"size": 3}, timeout=10).json()
        finally:
            server.send_signal(stop)
        _, errors = server.communicate(timeout=20)

    assert page["total"] == 7
    assert rows["process-instances"] == "7"
    assert isinstance(page["sortValues"][0], str)
    assert server.returncode == 0
    assert errors == ""


def test_the_version():
    assert run("--version").stdout == f"operate-frames {of.__version__}\n"


def test_a_port_that_is_taken_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("sandbox", "--port", port, "--instances", "5")

    assert done.returncode == 1
    assert done.stderr.startswith(f"operate-frames: port {port} at 127.0.0.1 is taken: give another, or 0")


def test_a_file_that_holds_no_rows_is_named(tmp_path):
    file = tmp_path / "rows.json"
    for text in ("[]", "5", '{"a":1}', '{"process-instances": {"search": [5]}}', "\udcff", '{"a":'):
        file.write_text(text, errors="surrogateescape")
        with pytest.raises(ValueError, match="holds no rows as tests/data/dataset"), serve(data=file):
            pass
    done = run("sandbox", "--port", "0", "--data", file)

    assert done.returncode == 1
    assert done.stderr.startswith(f"operate-frames: {file} holds no rows as tests/data/dataset.json does")
    assert len(done.stderr.splitlines()) == 1


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "out").write_text("")
    done = run("demo", "--folder", tmp_path / "out")

    assert done.returncode == 1
    assert done.stderr == f"operate-frames: {tmp_path / 'out'}: File exists\n"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (["--data", "no-such-file.json"], "no-such-file.json: No such file or directory"),
        (["--data", "x.json", "--instances", "5"], "give --data or --instances, not both"),
        (["--host", "256.0.0.1", "--instances", "5"], "256.0.0.1"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_wrong_option_is_one_line(wrong, said):
    done = run("sandbox", "--port", "0", *wrong)

    assert done.returncode == (2 if "not both" in said else 1)
    assert done.stderr.startswith("operate-frames: ")
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr


OPTIONS = ("host", "port", "version", "database", "auth", "data", "instances", "seed", "until", "delay")
VALUES = (
    "",
    "0",
    "-1",
    "1e3",
    "nan",
    "9" * 400,
    "8.10",
    "now",
    "127.0.0.1",
    "::1",
    "oauth",
    "\x00",
    "--",
    "ä",
    "/",
    "~",
)
WORDS = st.sampled_from([*(f"--{name}" for name in OPTIONS), *VALUES]) | st.text(max_size=8)
IN_ANY_ORDER = {"deadline": None, "derandomize": True, "suppress_health_check": [HealthCheck.function_scoped_fixture]}


@pytest.fixture
def handlers_that_stay():
    """The command takes Ctrl-C for itself, which here is the test's own process."""
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    yield
    for each, handler in before.items():
        signal.signal(each, handler)


@pytest.fixture(scope="module")
def taken_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield str(taken.getsockname()[1])


@pytest.mark.matrix
@given(st.lists(WORDS, max_size=6))
@settings(max_examples=60, **IN_ANY_ORDER)
def test_whatever_is_typed_ends_with_an_answer_and_no_traceback(handlers_that_stay, taken_port, words):
    """The port is taken, so that no server stays; the last one that is named counts."""
    told = CliRunner().invoke(app, ["sandbox", *words, "--host", "127.0.0.1", "--port", taken_port])

    assert told.exit_code in (0, 1, 2)
    assert told.exception is None or isinstance(told.exception, SystemExit)
    assert told.output.strip()
    assert "Traceback" not in told.output
