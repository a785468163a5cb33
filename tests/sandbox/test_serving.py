"""Starting, stopping and looking at a sandbox."""

from __future__ import annotations

import ast
import gc
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

import operate_frames.sandbox
from operate_frames.sandbox import ReceivedRequest, serve

PACKAGE = Path(operate_frames.sandbox.__file__).parent


def test_a_sandbox_stops_listening(session, search):
    with serve(instances=5, auth="none") as sandbox:
        assert search(sandbox).status_code == 200
    with pytest.raises(requests.ConnectionError):
        search(sandbox)


def test_a_sandbox_stops_though_somebody_still_waits_for_an_answer():
    with ThreadPoolExecutor(1) as pool:
        with serve(instances=5, auth="none", delay=30.0) as sandbox:
            waiting = pool.submit(requests.get, f"{sandbox.base_url}/v1/process-instances/1", timeout=20)
            time.sleep(0.2)
            began = time.monotonic()
        assert time.monotonic() - began < 15  # a fifth of a second on an idle machine
        assert waiting.result(timeout=5).status_code == 500


def test_connections_stay_open(search):
    with serve(instances=5, auth="none") as sandbox:
        answers = [search(sandbox, {"size": 1}) for _ in range(3)]
        assert {answer.headers.get("Connection") for answer in answers} == {None}


def test_a_delay_does_not_make_requests_wait_for_each_other():
    with serve(instances=5, auth="none", delay=1.0) as sandbox, ThreadPoolExecutor(8) as pool:
        url = f"{sandbox.base_url}/v1/process-instances/search"
        statuses = list(pool.map(lambda _: requests.post(url, timeout=10).status_code, range(8)))
        moments = [request.received for request in sandbox.requests]
    assert statuses == [200] * 8
    assert max(moments) - min(moments) < 1  # all had come before the first was answered


def test_the_log_shows_what_was_sent(search):
    with serve(instances=5, auth="none") as sandbox:
        search(sandbox, {"size": 3})
        search(sandbox, {"size": 0})
        first, second = sandbox.requests
    assert isinstance(first, ReceivedRequest)
    assert (first.method, first.path, first.status) == ("POST", "/v1/process-instances/search", 200)
    assert (first.body, first.body_size, first.token_expires) == (b'{"size": 3}', 11, None)
    assert second.status == 400
    assert "size" not in repr(first.body_size)
    assert "size" not in repr(first).replace("body_size", "")


def test_data_and_instances_exclude_each_other():
    with pytest.raises(ValueError, match="not both"), serve(data={}, instances=5):
        pass


def test_an_empty_data_set_is_an_empty_server(search):
    with serve(data={}, auth="none") as sandbox:
        for resource in ("process-instances", "decision-instances", "drd"):
            page = search(sandbox, {"sort": [{"field": "tenantId"}]}, resource)
            assert page.json() == {"items": [], "sortValues": [], "total": 0}


def test_a_data_set_may_leave_out_fields_and_resources(search, session):
    rows = [{"key": 3, "state": "ACTIVE"}, {"key": 1, "state": "COMPLETED", "endDate": "2026-01-01T00:00:00.000+0000"}]
    with serve(data={"process-instances": {"search": rows}}, auth="none") as sandbox:
        assert search(sandbox).json() == {"items": rows[::-1], "sortValues": [3], "total": 2}
        by_tag = {"sort": [{"field": "processVersionTag"}]}
        assert search(sandbox, by_tag).json()["sortValues"] == [None, 3]
        assert search(sandbox, {"filter": {"bpmnProcessId": "x"}}).json()["total"] == 0
        assert session.get(f"{sandbox.base_url}/v1/process-instances/3/statistics").json() == []


def test_run_serves_until_it_is_interrupted(session):
    code = """
from operate_frames.sandbox import run
run(lambda sandbox: print(sandbox.base_url, flush=True), instances=1, auth="none")
"""
    command = [sys.executable, "-W", "error", "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        base_url = process.stdout.readline().strip()
        assert session.post(f"{base_url}/v1/process-instances/search").json()["total"] == 1
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=20) == ("", "")
    assert process.returncode == 0


def test_it_says_nothing_on_its_own():
    code = """
import requests
from operate_frames.sandbox import serve
with serve(instances=3, auth="none") as sandbox:
    requests.get(sandbox.base_url + "/v1/nothing")
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, check=True, timeout=60)
    assert (done.stdout, done.stderr) == (b"", b"")


def test_a_missing_extra_names_its_installation():
    code = """
import sys
sys.modules["uvicorn"] = None
try:
    import operate_frames.sandbox
except ImportError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=60, text=True)
    assert "pip install 'operate-frames[sandbox]'" in done.stdout


def test_the_sandbox_imports_nothing_of_the_client():
    for path in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            ours = [name for name in names if name.startswith("operate_frames")]
            assert all(name.startswith("operate_frames.sandbox") for name in ours), (path, ours)
            assert not isinstance(node, ast.ImportFrom) or node.level == 0


def test_it_closes_what_connects_while_it_ends():
    """Else the interpreter warns of an unclosed socket, some time later."""
    for _ in range(20):
        opened = []
        with ThreadPoolExecutor(1) as pool:
            with serve(auth="none", instances=5) as server:
                url = urlsplit(server.base_url)
                connecting = pool.submit(_connect_as_often_as_it_goes, (url.hostname, url.port), opened)
                while not opened:
                    pass
            connecting.result(timeout=5)
        for each in opened:
            each.close()
    gc.collect()


def _connect_as_often_as_it_goes(address, opened):
    with suppress(OSError):
        while len(opened) < 300:
            opened.append(socket.create_connection(address, timeout=5))


def test_it_closes_what_nobody_takes():
    with serve(auth="none", instances=1000) as server:
        url = urlsplit(server.base_url)
        client = socket.create_connection((url.hostname, url.port), timeout=5)
        body = b'{"size":1000}'
        head = f"POST {url.path}/v1/process-instances/search HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        for _ in range(30):  # more than the system holds for him
            client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        while len(server.requests) < 2:
            pass
    client.close()
    gc.collect()
