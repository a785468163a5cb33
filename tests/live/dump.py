"""A whole server as the sandbox loads one: every row, and what is only given by key."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from tests.support.plain_reader import RESOURCES, PlainReader

# One call each is slow on a real server; so many of a kind are enough to compare.
_DRAWN = 150


def dumped(plain: PlainReader) -> dict[str, Any]:
    """Read everything that the questions may ask for, and nothing more."""
    data: dict[str, Any] = {resource: {"search": plain.rows(resource)} for resource in RESOURCES}
    cut = {row["key"] for row in plain.rows("variables", truncated=True)}
    for row in data["variables"]["search"]:
        row.setdefault("truncated", row["key"] in cut)  # servers on OpenSearch do not show it, and filter by it
    with ThreadPoolExecutor(4) as pool:

        def each(ask, keys):
            drawn = keys[:: max(1, len(keys) // _DRAWN)]
            return {str(key): answer for key, answer in zip(drawn, pool.map(ask, drawn), strict=True)}

        for resource in ("process-definitions", "drd"):
            keys = [row["key"] for row in data[resource]["search"]]
            data[resource]["xml"] = each(partial(plain.xml, resource), keys)
        evaluated = [row["id"] for row in data["decision-instances"]["search"]]
        data["decision-instances"]["by_key"] = each(partial(plain.row, "decision-instances"), evaluated)
        data["variables"]["by_key"] = each(partial(plain.row, "variables"), sorted(cut))
        instances = [row["key"] for row in data["process-instances"]["search"]]
        data["process-instances"]["sequence-flows"] = each(plain.sequence_flows, instances)
    return data


def keys_to_ask(data: dict[str, Any], resource: str) -> list[int | str]:
    """The keys whose rows the dump holds as a GET shows them."""
    if resource == "decision-instances":
        return list(data[resource]["by_key"])
    if resource == "variables":
        whole = data[resource]["by_key"]
        return [row["key"] for row in data[resource]["search"] if not row["truncated"] or str(row["key"]) in whole]
    return [row["key"] for row in data[resource]["search"]]
