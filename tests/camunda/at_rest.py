"""Wait until Operate shows everything that Zeebe did."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

from tests.support.http import ask
from tests.support.plain_reader import RESOURCES, Truth, documents_in_index

from . import scenario

PATIENCE = 300  # seconds
QUIET = 2.0  # seconds without a change; the exporter writes once a second
# What Operate imports, of all that Zeebe exports.
IMPORTED = (
    "process",
    "decision",
    "decision-requirements",
    "decision-evaluation",
    "process-instance",
    "job",
    "incident",
    "variable",
    "user-task",
    "process-message-subscription",
)


class NotAtRest(Exception):
    """Operate does not show what it should; the text says what differs."""


def wait_until_at_rest(base_url: str, opensearch_url: str) -> None:
    """Come back when Operate shows the whole scenario and nothing moves any more.

    Raises
    ------
    NotAtRest
        When that takes too long.
    """
    deadline = time.monotonic() + PATIENCE
    before: dict[str, int] = {}
    quiet_since = time.monotonic()
    with Truth(base_url) as truth:
        while True:
            missing = differences(truth) or records_not_imported(opensearch_url)
            counts = {resource: documents_in_index(opensearch_url, resource) for resource in RESOURCES}
            now = time.monotonic()
            if missing or counts != before:
                before, quiet_since = counts, now
            elif now - quiet_since >= QUIET:
                return
            if now > deadline:
                raise NotAtRest(f"After {PATIENCE} s Operate is not at rest: {missing or counts}")
            time.sleep(0.5)


def differences(truth: Truth) -> dict[str, Any]:
    """Return where Operate's answers differ from what the scenario promises: what is missing and what is too much."""
    shown: dict[str, Counter[Any]] = {
        "process-instances": Counter(
            (row["bpmnProcessId"], row["state"], row["incident"]) for row in truth.rows("process-instances")
        ),
        "incidents": Counter((row["type"], row["state"]) for row in truth.rows("incidents")),
        "decision-instances": Counter(row["decisionId"] for row in truth.rows("decision-instances")),
    }
    expected: dict[str, Counter[Any]] = {
        "process-instances": scenario.expected_instances(),
        "incidents": scenario.expected_incidents(),
        "decision-instances": scenario.expected_decision_instances(),
    }
    return {
        resource: {"missing": dict(expected[resource] - rows), "too many": dict(rows - expected[resource])}
        for resource, rows in shown.items()
        if rows != expected[resource]
    }


def records_not_imported(opensearch_url: str) -> dict[str, int]:
    """Return, for each kind and partition where Operate lags, the position of the last record that Zeebe exported."""
    imported = _imported_positions(opensearch_url)
    return {
        f"{kind} of partition {partition}": position
        for (kind, partition), position in _exported_positions(opensearch_url).items()
        if kind in IMPORTED and imported.get((kind, partition), -1) < position
    }


def _exported_positions(opensearch_url: str) -> dict[tuple[str, int], int]:
    latest = {"max": {"field": "position"}}
    by_partition = {"terms": {"field": "partitionId", "size": 100}, "aggs": {"latest": latest}}
    by_index = {"terms": {"field": "_index", "size": 1000}, "aggs": {"partitions": by_partition}}
    found = _search(f"{opensearch_url}/zeebe-record_*", {"size": 0, "aggs": {"indices": by_index}})
    positions: dict[tuple[str, int], int] = {}
    for index in found["aggregations"]["indices"]["buckets"]:
        kind = index["key"].split("_")[1]  # zeebe-record_job_8.6.0_2026-11-24
        for partition in index["partitions"]["buckets"]:
            where = (kind, partition["key"])
            positions[where] = max(positions.get(where, -1), int(partition["latest"]["value"]))
    return positions


def _imported_positions(opensearch_url: str) -> dict[tuple[str, int], int]:
    found = _search(f"{opensearch_url}/operate-import-position-*", {"size": 1000})
    documents = [hit["_source"] for hit in found["hits"]["hits"]]
    return {(document["aliasName"], document["partitionId"]): document["position"] for document in documents}


def _search(url: str, query: dict[str, Any]) -> dict[str, Any]:
    return dict(ask("POST", f"{url}/_search", json=query).json())
