"""A whole server as the sandbox loads one: every row, and what is only given by key."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.support.plain_reader import RESOURCES, Truth

# One call each is slow on a real server; so many instances are enough to compare.
_DRAWN_INSTANCES = 150


def dumped(truth: Truth) -> dict[str, Any]:
    """Read everything that the questions may ask for; the Elasticsearch flavour shows most."""
    data: dict[str, Any] = {resource: {"search": truth.rows(resource)} for resource in RESOURCES}
    for resource in ("process-definitions", "drd"):
        data[resource]["xml"] = {str(row["key"]): truth.xml(resource, row["key"]) for row in data[resource]["search"]}
    cut = [row["key"] for row in data["variables"]["search"] if row["truncated"]]
    evaluated = [row["id"] for row in data["decision-instances"]["search"]]
    with ThreadPoolExecutor(4) as pool:
        for resource, keys in (("variables", cut), ("decision-instances", evaluated)):
            rows = pool.map(lambda key, resource=resource: truth.row(resource, key), keys)
            data[resource]["by_key"] = {str(key): row for key, row in zip(keys, rows, strict=True)}
        instances = drawn_instances(data)
        flows = pool.map(truth.sequence_flows, instances)
        data["process-instances"]["sequence-flows"] = {
            str(key): taken for key, taken in zip(instances, flows, strict=True)
        }
    return data


def drawn_instances(data: dict[str, Any]) -> list[int]:
    """The instances whose sequence flows are dumped, evenly over all of them."""
    keys = [row["key"] for row in data["process-instances"]["search"]]
    return keys[:: max(1, len(keys) // _DRAWN_INSTANCES)]
