"""Everything that the client can read, in the data set's own form, and where the two differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from tests.clients.node_client import NodeClient


@dataclass(frozen=True)
class Methods:
    """How the client reads a resource.

    Attributes
    ----------
    search, by_key
        The client's methods.
    page_size
        So small that the resource has several pages.
    more
        By the data set's word, methods that take a key and bring something else.
    """

    search: str
    by_key: str
    page_size: int
    more: Mapping[str, str] = field(default_factory=dict)


METHODS = {
    "process-definitions": Methods(
        "searchProcessDefinitions", "getProcessDefinition", 2, {"xml": "getProcessDefinitionXML"}
    ),
    "process-instances": Methods(
        "searchProcessInstances",
        "getProcessInstance",
        50,
        {"statistics": "getProcessInstanceStatistics", "sequence-flows": "getProcessInstanceSequenceFlows"},
    ),
    "flownode-instances": Methods("searchFlownodeInstances", "getFlownodeInstance", 50),
    "incidents": Methods("searchIncidents", "getIncident", 5),
    "variables": Methods("searchVariables", "getVariables", 50),
    "decision-definitions": Methods("searchDecisionDefinitions", "getDecisionDefinition", 3),
    "decision-instances": Methods("searchDecisionInstances", "getDecisionInstance", 50),
    "drd": Methods("searchDecisionRequirements", "getDecisionRequirements", 1, {"xml": "getDecisionRequirementsXML"}),
}

Everything = dict[str, dict[str, Any]]


def everything(client: NodeClient) -> Everything:
    """Read every page of every resource, then every row by its key with all that hangs on the key."""
    read: Everything = {}
    for resource, methods in METHODS.items():
        pages = list(_pages(client, methods))
        rows = [_keys_as_text(row) for page in pages for row in page["items"]]
        keys = [(_identity(resource, row),) for row in rows]
        read[resource] = {"search": rows, "totals": [page["total"] for page in pages]}
        for word, method in {"by_key": methods.by_key, **methods.more}.items():
            answers = client.call_for_each(method, keys)
            read[resource][word] = {key: answer for (key,), answer in zip(keys, answers, strict=True)}
        read[resource]["by_key"] = {key: _keys_as_text(row) for key, row in read[resource]["by_key"].items()}
    return read


def as_the_client_gives(data: Everything, database: str) -> Everything:
    """Give a data set as the client must read it, if the server is right: keys and counts are texts to it."""
    wanted: Everything = {}
    for resource, kept in data.items():
        methods = METHODS[resource]
        rows = [_as_shown(row, database) for row in kept["search"]]
        # OpenSearch's driver never shows a variable's full value.
        as_searched = resource == "variables" and database == "opensearch"
        fuller = {} if as_searched else kept.get("by_key", {})
        wanted[resource] = {
            "search": rows,
            "totals": [str(len(rows))] * (ceil(len(rows) / methods.page_size) + 1),
            "by_key": {_identity(resource, row): row for row in rows}
            | {key: _as_shown(row, database) for key, row in fuller.items()},
            **{word: kept[word] for word in methods.more},
        }
    instances = wanted["process-instances"]
    instances["statistics"] = {
        key: [_numbers_as_text(count) for count in counts] for key, counts in instances["statistics"].items()
    }
    return wanted


def repaired(sort_values: list[Any]) -> list[str]:
    """Turn the cursor of a page into what a server takes back.

    Where the server sent numbers the client gives objects, and would send those; as texts they go through, to the
    last digit.
    """
    return [value["value"] if isinstance(value, dict) else value for value in sort_values]


def differences(read: Everything, wanted: Everything) -> Iterator[str]:
    """Say one by one where what was read is not what is wanted."""
    for resource, parts in wanted.items():
        for part, expected in parts.items():
            found = read[resource][part]
            if part == "search":
                yield from _of_rows(resource, found, expected)
            elif part == "totals":
                if found != expected:
                    yield f"{resource} totals: {found}, not {expected}"
            else:
                yield from _of_keys(f"{resource} {part}", found, expected)


def _of_rows(resource: str, read: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> Iterator[str]:
    found, expected = ({_identity(resource, row): row for row in rows} for rows in (read, wanted))
    yield from _of_keys(f"{resource} search", found, expected)
    if len(read) != len(found):
        yield f"{resource} search: {len(read) - len(found)} rows came twice"
    if found.keys() == expected.keys() and list(found) != list(expected):
        yield f"{resource} search: another order"


def _of_keys(what: str, read: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[str]:
    for key in sorted(read.keys() | wanted.keys()):
        if key not in read:
            yield f"{what} {key}: missing"
        elif key not in wanted:
            yield f"{what} {key}: not in the data set"
        elif read[key] != wanted[key]:
            yield f"{what} {key}: {read[key]}, not {wanted[key]}"


def _pages(client: NodeClient, methods: Methods) -> Iterator[dict[str, Any]]:
    """Yield the pages of a resource, the empty one at the end too."""
    query: dict[str, Any] = {"size": methods.page_size}
    while True:
        page = client.call(methods.search, query)
        yield page
        if not page["items"]:
            return
        query["searchAfter"] = repaired(page["sortValues"])


def _identity(resource: str, row: Mapping[str, Any]) -> str:
    return str(row["id" if resource == "decision-instances" else "key"])


def _as_shown(row: dict[str, Any], database: str) -> dict[str, Any]:
    """Give a recorded row as a driver shows it: OpenSearch's never says whether a variable was cut."""
    hidden = {"truncated"} if database == "opensearch" else set()
    return _keys_as_text({name: value for name, value in row.items() if name not in hidden})


def _keys_as_text(row: dict[str, Any]) -> dict[str, Any]:
    """Write keys as texts: the client gives most of them so, and one as a number."""
    return {name: str(value) if name.lower().endswith("key") else value for name, value in row.items()}


def _numbers_as_text(row: dict[str, Any]) -> dict[str, Any]:
    return {name: str(value) for name, value in row.items()}
