"""What searches see of rows that move to the archive."""

from __future__ import annotations

import pytest

from operate_frames.sandbox import Archiving, serve
from tests.support.http import ask

FOR_EVER = 10_000.0
SEARCHED = {"size": 1000}


def keys_of(server, resource, **body):
    rows = ask("POST", f"{server.base_url}/v1/{resource}/search", json=SEARCHED | body).json()
    return [row["key"] for row in rows["items"]], rows["total"]


@pytest.fixture(scope="module")
def still():
    with serve(auth="none", instances=300, seed=2) as server:
        ended = ask("POST", f"{server.base_url}/v1/process-instances/search", json=SEARCHED).json()["items"]
        yield server, [row["key"] for row in ended if row.get("endDate")][:20]


@pytest.mark.parametrize("sort", [{}, {"sort": [{"field": "startDate", "order": "DESC"}]}], ids=["by key", "sorted"])
def test_a_batch_that_moves_is_not_found_and_not_counted(still, sort):
    server, batch = still
    everything, total = keys_of(server, "process-instances", **sort)
    with serve(
        auth="none", instances=300, seed=2, archiving=Archiving(batch=20, every=FOR_EVER, hidden=FOR_EVER)
    ) as moving:
        found, count = keys_of(moving, "process-instances", **sort)

    assert found == [key for key in everything if key not in batch]
    assert count == total - len(batch) == len(found)


@pytest.mark.parametrize("resource", ["flownode-instances", "variables", "incidents"])
def test_what_belongs_to_it_moves_with_it(still, resource):
    _, batch = still
    instance = {"filter": {"processInstanceKey": batch[0]}}
    with serve(
        auth="none", instances=300, seed=2, archiving=Archiving(batch=20, every=FOR_EVER, hidden=FOR_EVER)
    ) as moving:
        assert keys_of(moving, resource, **instance) == ([], 0)
        found, _ = keys_of(moving, resource)

    assert found


def test_then_each_of_its_rows_is_found_twice(still):
    server, batch = still
    everything, total = keys_of(server, "process-instances")
    with serve(
        auth="none", instances=300, seed=2, archiving=Archiving(batch=20, every=FOR_EVER, hidden=0, doubled=FOR_EVER)
    ) as moving:
        found, count = keys_of(moving, "process-instances")

    assert found == sorted([*everything, *batch])
    assert count == total + len(batch)


def test_definitions_and_what_has_moved_are_there(still):
    server, _ = still
    with serve(auth="none", instances=300, seed=2, archiving=Archiving(every=FOR_EVER, hidden=0, doubled=0)) as moving:
        for resource in ("process-definitions", "process-instances", "variables"):
            assert keys_of(moving, resource) == keys_of(server, resource)
