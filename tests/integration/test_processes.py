"""Processes that come from one that is connected: each has its own sockets, and none reads another's answers."""

from __future__ import annotations

import multiprocessing
import os
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest

import operate_frames as of
from operate_frames.sandbox import serve
from tests.support.counting_proxy import watched

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
READS = 60
SEED = 6


def keys(**asked):
    frame = of.read_instances(columns=["process_instance_key", "state"], recheck=False, **asked)
    return sorted(zip(frame["process_instance_key"].to_list(), frame["state"].to_list(), strict=True))


def read_state(state):
    return state, keys(state=state)


def set_environment(names):
    os.environ.update(names)


def read_by_the_environment(state):
    of.connect()
    return read_state(state)


@pytest.fixture(params=["oauth", "cookie"])
def server(request):
    with serve(auth=request.param, instances=2000, seed=SEED) as server:
        with by_token(server) if request.param == "oauth" else by_login(server):
            yield server


def by_login(server):
    return of.connect(server.base_url, username=server.username, password=server.password)


def by_token(server):
    return of.connect(
        server.base_url,
        client_id=server.client_id,
        client_secret=server.client_secret,
        token_url=server.token_url,
        audience=server.audience,
    )


def by_state():
    return {state: keys(state=state) for state in ("ACTIVE", "COMPLETED", "TERMINATED")}


def asked():
    return [("ACTIVE", "COMPLETED", "TERMINATED")[number % 3] for number in range(READS)]


# Python 3.12 warns of what is tried here.
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_forked_processes_read_with_the_connection_they_came_with(server):
    expected = by_state()
    with ProcessPoolExecutor(4, multiprocessing.get_context("fork")) as pool:
        for state, found in pool.map(read_state, asked()):
            assert found == expected[state]
    assert by_state() == expected

    sign_ins = [each for each in server.requests if each.is_token_request or each.path.endswith("/login")]
    assert len(sign_ins) == 1, "each process signed in anew, which a token service may take for an attack"


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_process_that_was_forked_while_others_read_reads_too(server):
    ended = threading.Event()

    def read_on():
        while not ended.is_set():
            keys(state="ACTIVE", workers=4)

    expected = by_state()
    readers = [threading.Thread(target=read_on) for _ in range(2)]
    for each in readers:
        each.start()
    try:
        for _ in range(3):
            with ProcessPoolExecutor(2, multiprocessing.get_context("fork")) as pool:
                for state, found in pool.map(read_state, asked()[:6]):
                    assert found == expected[state]
    finally:
        ended.set()
        for each in readers:
            each.join()


def test_threads_share_a_connection(server):
    expected = by_state()
    with ThreadPoolExecutor(8) as pool:
        for state, found in pool.map(read_state, asked()):
            assert found == expected[state]


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_a_process_of_its_own_connects_by_the_environment(method):
    with serve(auth="oauth", instances=300, seed=SEED) as server:
        names = {
            "CAMUNDA_OPERATE_BASE_URL": server.base_url,
            "ZEEBE_CLIENT_ID": server.client_id,
            "ZEEBE_CLIENT_SECRET": server.client_secret,
            "CAMUNDA_OAUTH_URL": server.token_url,
            "CAMUNDA_TOKEN_AUDIENCE": server.audience,
        }
        context = multiprocessing.get_context(method)
        with by_token(server) as operate:
            expected = by_state()
            with ProcessPoolExecutor(1, context, initializer=set_environment, initargs=(names,)) as pool:
                for state, found in pool.map(read_by_the_environment, asked()[:3]):
                    assert found == expected[state]
                with pytest.raises(TypeError, match=r"cannot be pickled or copied.*call connect\(\) there"):
                    pool.submit(len, operate).result()


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_read_that_began_in_another_process_says_so():
    with (
        serve(auth="none", instances=3000) as server,
        watched(server.base_url) as door,
        of.connect(door.base_url, auth="none"),
    ):
        chunks = iter(of.read_instances(chunksize=500, recheck=False))
        first = next(chunks)
        context = multiprocessing.get_context("fork")
        told = context.SimpleQueue()

        def go_on():
            try:
                list(chunks)
            except of.OperateError as error:
                told.put(str(error))

        child = context.Process(target=go_on)
        child.start()
        child.join(30)
        assert child.exitcode == 0
        assert "began in another process" in told.get()
        assert len(first) + sum(map(len, chunks)) == 3000
