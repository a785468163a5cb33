"""Which connection readers use: `with` blocks, closed connections, and what they say of themselves."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

import operate_frames as of
from operate_frames.client.operate import current
from tests.support.scripted import EMPTY_PAGE, Answer, scripted


@pytest.fixture
def server():
    with scripted(lambda _: Answer(body=EMPTY_PAGE)) as (url, received):
        yield url, received


@pytest.fixture
def address(server):
    return server[0]


def connected(address):
    return of.connect(address, auth="none")


def test_a_with_block_gives_the_place_back(address):
    first = connected(address)
    with connected(address) as second:
        assert current() is second
        with connected(address) as third:
            assert current() is third
        assert current() is second
    assert current() is first

    assert of.read_definitions().empty


def test_it_is_given_back_after_trouble_and_after_a_close_inside_too(address):
    first = connected(address)
    with pytest.raises(ZeroDivisionError), connected(address):
        raise ZeroDivisionError
    assert current() is first

    with connected(address) as second:
        second.close()
        assert current() is None
    assert current() is first


def test_not_where_somebody_connected_meanwhile(address):
    connected(address)
    with connected(address) as inner:
        meanwhile = connected(address)
    assert current() is meanwhile
    assert inner.is_closed


def test_not_to_one_that_was_closed(address):
    first = connected(address)
    with connected(address):
        first.close()
    assert current() is None


def test_a_close_without_a_block_gives_nothing_back(address):
    connected(address)
    connected(address).close()
    assert current() is None


def test_connecting_again_and_again_keeps_only_the_last_ones(address):
    for _ in range(5):
        operate = connected(address)
    kept = []
    while operate is not None:
        kept.append(operate)
        operate = operate._before
    assert len(kept) == 2

    with ExitStack() as blocks:
        nested = [blocks.enter_context(connected(address)) for _ in range(5)]
        assert current() is nested[-1]
    assert current() is kept[0]


def test_a_closed_connection_says_so_and_refuses_with_one_sentence(server):
    address, received = server
    operate = connected(address)
    operate.close()
    sent = len(received)

    assert repr(operate) == f"<Operate at {address.removeprefix('http://')}, closed>"
    assert "closed: call connect() again" in operate._repr_html_()
    reads = [
        lambda: of.read_instances(operate=operate),
        lambda: of.read_instances(operate=operate, process_instance_key=[]),
        lambda: of.search("incidents", operate=operate).count(),
        lambda: of.read_definition_xml(2251799813685249, operate=operate),
        lambda: of.read_element_statistics(2251799813685249, operate=operate),
    ]
    for read in reads:
        with pytest.raises(of.ConnectionFailed) as caught:
            read()
        assert str(caught.value) == f"The connection to {address} was closed: call connect() again."
    assert len(received) == sent
