"""A server that was started ends, whatever happens. Anything that sleeps will do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.support.processes import ServerFailed, ServerProcess

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Process groups are not a thing of Windows.")

ROOT = Path(__file__).parents[2]
SLEEPER = [sys.executable, "-c", "import time; print('I am up', flush=True); time.sleep(600)"]
# It ignores SIGTERM, and has a child that does too.
STUBBORN = ["sh", "-c", "trap '' TERM; sleep 600 & while true; do sleep 1; done"]


def processes_of(session: int) -> list[int]:
    """Return who lives in a session: a server, its keeper, and what the server started."""
    found = []
    for pid in psutil.pids():
        with suppress(ProcessLookupError, psutil.NoSuchProcess):  # it has ended meanwhile
            if os.getsid(pid) == session and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                found.append(pid)
    return found


def wait_until_gone(session: int, within: float = 20) -> None:
    deadline = time.monotonic() + within
    while left := processes_of(session):
        assert time.monotonic() < deadline, f"still there: {left}"
        time.sleep(0.05)


@pytest.mark.parametrize("command", [SLEEPER, STUBBORN], ids=["obedient", "stubborn"])
def test_stop_ends_the_server_and_all_that_it_started(tmp_path, command):
    server = ServerProcess("server", command, tmp_path)
    server.wait_until(lambda: len(processes_of(server.session_id)) > 1, within=20)
    server.stop()
    assert not server.is_running
    wait_until_gone(server.session_id)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_server_ends_when_its_starter_is_killed(tmp_path, end):
    folder = tmp_path / "server"
    folder.mkdir()
    starter = f"""
import sys, time
from pathlib import Path
from tests.support.processes import ServerProcess
print(ServerProcess("server", {SLEEPER!r}, Path({str(folder)!r})).session_id, flush=True)
time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", starter], stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        session = int(process.stdout.readline())
        assert processes_of(session)
        process.send_signal(end)
        process.wait()
    wait_until_gone(session)
    assert not folder.exists()


def test_a_server_that_ends_early_is_reported_with_its_last_words(tmp_path):
    server = ServerProcess("server", ["sh", "-c", "echo port taken; exit 3"], tmp_path)
    with pytest.raises(ServerFailed, match=r"status 3\.\s+port taken"):
        server.wait_until(lambda: False, within=20)
    server.stop()


def test_a_server_that_never_gets_ready_is_reported_with_its_last_words(tmp_path):
    server = ServerProcess("server", SLEEPER, tmp_path)
    try:
        server.wait_until(lambda: "I am up" in server.log_tail(), within=20)
        with pytest.raises(ServerFailed, match=r"not ready within 0 s\.\s+I am up"):
            server.wait_until(lambda: False, within=0.2)
    finally:
        server.stop()


def test_a_developers_settings_for_java_do_not_reach_the_server(tmp_path, monkeypatch):
    monkeypatch.setenv("JAVA_OPTS", "-Xmx1m")
    monkeypatch.setenv("CAMUNDA_OPERATE_DATABASE", "elsewhere")
    server = ServerProcess("server", ["sh", "-c", "env; sleep 600"], tmp_path, {"JAVA_HOME": "/some/java"})
    try:
        server.wait_until(lambda: "JAVA_HOME=/some/java" in server.log_tail(1000), within=20)
        assert "-Xmx1m" not in server.log_tail(1000)
        assert "elsewhere" not in server.log_tail(1000)
    finally:
        server.stop()
