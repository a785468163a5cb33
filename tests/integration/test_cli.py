"""The command: the demo, and a sandbox that says where it is and ends when told."""

from __future__ import annotations

import signal
import subprocess
import sys

import pandas as pd
import pytest
import requests

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
    assert (written["process_instance_key"] // 2**51).max() == 5


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_sandbox_says_where_it_is_and_ends_when_told(stop):
    arguments = ["sandbox", "--port", "0", "--auth", "none", "--instances", "7", "--database", "opensearch"]
    with subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        try:
            base_url = server.stdout.readline().split()[1]
            page = requests.post(f"{base_url}/v1/process-instances/search", json={"size": 3}, timeout=10).json()
        finally:
            server.send_signal(stop)
        _, errors = server.communicate(timeout=20)

    assert page["total"] == 7
    assert isinstance(page["sortValues"][0], str)
    assert server.returncode == 0
    assert errors == ""


@pytest.mark.parametrize(
    "wrong",
    [
        ["--data", "no-such-file.json"],
        ["--data", "x.json", "--instances", "5"],
        ["--host", "256.0.0.1", "--instances", "5"],
    ],
    ids=" ".join,
)
def test_a_wrong_option_is_one_line(wrong):
    done = run("sandbox", "--port", "0", *wrong)

    assert done.returncode == 1
    assert done.stderr.startswith("operate-frames: ")
    assert len(done.stderr.splitlines()) == 1
