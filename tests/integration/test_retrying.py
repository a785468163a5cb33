"""One budget for a call: sign-in, renewal and request together are tried six times, and no longer than a minute."""

from __future__ import annotations

import json
import threading

import pytest

import operate_frames as of
from operate_frames.client.retry import RetryPolicy
from tests.support.quick_retries import connect_quickly
from tests.support.scripted import EMPTY_PAGE, HTML, Answer, scripted

ATTEMPTS = 6
BUSY = {
    "429": Answer(429, b""),
    "429 in JSON": Answer(429, b'{"error":"too_many_requests"}'),
    "503": Answer(503, b"<html>", HTML),
    "a wait": Answer(429, b"", {"Retry-After": "0"}),
}
TOKEN = Answer(body=b'{"access_token":"t0ken","token_type":"Bearer","expires_in":3600}')


def page(*keys, total=10_000):
    items = [{"key": key} for key in keys]
    return Answer(body=json.dumps({"items": items, "sortValues": list(keys[-1:]), "total": total}).encode())


def rows_of(request):
    return Answer(body=EMPTY_PAGE) if "definitions" in request.path else page(1, 2)


def by_oauth(url):
    return {"client_id": "me", "client_secret": "s3cret", "token_url": f"{url}/token"}


@pytest.mark.parametrize("busy", BUSY.values(), ids=BUSY.keys())
def test_a_token_service_that_stays_busy_is_asked_six_times_and_named(busy):
    with scripted(lambda _: busy) as (url, received):
        with pytest.raises(of.ServerBusy, match=rf"The token service at {url[7:]} is busy \(HTTP {busy.status}\)"):
            connect_quickly("https://operate.example.com", **by_oauth(url))

    assert [request.path for request in received] == ["/token"] * ATTEMPTS


def test_a_wait_beyond_the_budget_is_told_at_once():
    with scripted(lambda _: Answer(429, b"", {"Retry-After": "412"})) as (url, received):
        with pytest.raises(of.ServerBusy, match="asks to wait 412 s"):
            connect_quickly("https://operate.example.com", **by_oauth(url))

    assert len(received) == 1


def test_a_login_that_stays_busy_is_tried_six_times():
    with scripted(lambda _: Answer(503, b"", {"Retry-After": "0"})) as (url, received):
        with pytest.raises(of.ServerBusy, match="not ready to log in"):
            connect_quickly(url, username="demo", password="demo")

    assert len(received) == ATTEMPTS


def test_a_renewal_that_meets_a_busy_service_is_one_of_the_six_attempts():
    def answer(request):
        if request.path == "/token":
            return tokens.pop(0) if tokens else Answer(429, b"")
        return Answer(401, b"{}") if b"searchAfter" in request.body else page(1, 2)

    tokens = [TOKEN]
    with scripted(answer) as (url, received):
        connect_quickly(url, **by_oauth(url))
        with pytest.raises(of.ReadFailed, match=r"The token service .* is busy"):
            of.read_instances(columns=["process_instance_key"], workers=1)

    assert sum(request.path == "/token" for request in received) == 1 + ATTEMPTS


def test_threads_share_what_a_busy_service_says():
    """As many threads as there are would prolong a block: who asks while it holds gets the same answer."""
    ranges = [1 << 51 | number for number in range(1, 400)]

    def answer(request):
        if request.path == "/token":
            return tokens.pop(0) if tokens else Answer(429, b"", {"Retry-After": "1"})
        asked = json.loads(request.body)
        after = asked.get("searchAfter", [0])[0]
        if after and len(received) > 60:
            return Answer(401, b"{}")
        return page(*[key for key in ranges if key > int(after)][: min(asked["size"], 2)])

    tokens = [TOKEN]
    with scripted(answer) as (url, received):
        connect_quickly(url, policy=RetryPolicy(attempts=3, first_wait=0.01), **by_oauth(url))
        with pytest.raises(of.ReadFailed, match="asks to wait"):
            of.read_instances(columns=["process_instance_key"], workers=8)

    assert 1 + 1 < sum(request.path == "/token" for request in received) <= 1 + 3


def test_no_attempt_begins_after_the_budget():
    policy = RetryPolicy(attempts=10_000, budget=0.3, first_wait=0.02, longest_wait=0.02)
    with scripted(lambda _: Answer(503, b"")) as (url, received):
        with pytest.raises(of.ServerBusy):
            connect_quickly(url, auth="none", policy=policy)

    assert 1 < len(received) <= 0.3 / 0.02 + 1


def test_who_waits_for_another_attempt_gets_none_once_the_connection_is_closed():
    waits, failure = threading.Event(), []

    def answer(request):
        if b"searchAfter" not in request.body:
            return rows_of(request)
        waits.set()
        return Answer(503, b"", {"Retry-After": "50"})

    def read():
        try:
            of.read_instances(operate=operate, columns=["process_instance_key"], workers=1)
        except of.OperateError as error:
            failure.append(error)

    with scripted(answer) as (url, received):
        operate = connect_quickly(url, auth="none")
        reader = threading.Thread(target=read)
        reader.start()
        assert waits.wait(30)
        operate.close()
        reader.join(30)

        assert not reader.is_alive()
        assert isinstance(failure[0], of.ReadFailed)
        assert sum(b"searchAfter" in request.body for request in received) == 1
