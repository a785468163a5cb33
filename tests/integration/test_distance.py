"""What is done about the way to a server: answers come compressed, and connections stand before they are needed."""

from __future__ import annotations

import time

import pandas as pd
import pytest
import requests
import trustme

import operate_frames as of
from operate_frames.sandbox import serve
from tests.support.distance import far_away


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """The files of an authority, and of a certificate of localhost with its key."""
    folder, authority = tmp_path_factory.mktemp("tls"), trustme.CA()
    issued = authority.issue_cert("localhost", "127.0.0.1")
    authority.cert_pem.write_to_path(folder / "authority.pem")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    (folder / "chain.pem").write_bytes(b"".join(each.bytes() for each in issued.cert_chain_pems))
    return folder / "authority.pem", (folder / "chain.pem", folder / "key.pem")


def test_answers_come_compressed_where_the_server_compresses():
    frames, nbytes = [], []
    for compressed in (False, True):
        with serve(auth="none", instances=1000, compressed=compressed) as server, far_away(server.base_url) as way:
            with of.connect(way.base_url, auth="none") as operate:
                frames.append(of.read_instances(operate=operate))
            nbytes.append(way.nbytes)

    pd.testing.assert_frame_equal(*frames)
    assert nbytes[1] < nbytes[0] / 4


def test_a_sandbox_speaks_https(certificate):
    authority, files = certificate
    with serve(auth="none", instances=300, certificate=files) as server:
        assert server.base_url.startswith("https://")
        with of.connect(server.base_url, auth="none", ca=str(authority)) as operate:
            assert len(of.read_instances(operate=operate)) == 300
        with pytest.raises(of.ConnectionFailed, match="certificate"):
            of.connect(server.base_url, auth="none")


@pytest.mark.parametrize("secure", [False, True])
def test_connections_to_a_distant_server_stand_before_the_first_read(certificate, secure):
    authority, files = certificate
    with (
        serve(auth="none", instances=3000, certificate=files if secure else None) as server,
        far_away(server.base_url, 0.01) as way,
        of.connect(way.base_url, auth="none", ca=str(authority) if secure else None) as operate,
    ):
        way.wait_for_connections(4)
        until_idle(operate, 4)
        of.read_instances(operate=operate, workers=4)
        by_four = way.connections
        of.read_instances(operate=operate, workers=6)
        by_six = way.connections

    assert by_four == 4  # the read needs no other
    assert by_six == 6


def test_none_is_opened_for_a_session_of_the_user_s_own():
    with (
        serve(auth="none", delay=0.02) as server,
        far_away(server.base_url) as way,
        requests.Session() as session,
        of.connect(way.base_url, auth="none", session=session) as operate,
    ):
        assert operate.transport.is_far
        of.read_instances(operate=operate, workers=1, columns=["state"])

        assert way.connections == 1


def until_idle(operate, count):
    """Wait until so many connections are open and wait for a request."""
    session = operate.transport._session.requests_session
    manager = session.get_adapter(operate.settings.base_url).poolmanager
    pool = manager.pools.get(next(iter(manager.pools.keys())))
    deadline = time.monotonic() + 20
    while sum(each is not None and each.sock is not None for each in list(pool.pool.queue)) < count:
        assert time.monotonic() < deadline
        time.sleep(0.001)
