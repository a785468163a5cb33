"""Random requests about the rows of a dump, right and wrong, all of them searches and GETs."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from typing import Any

from tests.live.dump import keys_to_ask

# Names that pass the check of sort fields but are not stored under that name, and names that there are nowhere.
_ODD_SORTS = {
    "process-instances": ["parentKey", "KEY", "parentProcessInstanceKey"],
    "flownode-instances": ["flowNodeName", "STATE"],
    "incidents": ["message"],
    "variables": ["truncated"],
    "decision-definitions": ["decisionRequirementsName"],
}
_NO_NUMBERS = ["abc", True, [1], {}, 1.5]
_WRONG_SIZES = [0, -1, 1001, "2", "abc", True, None, 2.7, 3_000_000_000]
_CURSORS = [
    [],
    ["zzz"],
    [2251799813685260],
    ["2251799813685260"],
    [1, 2],
    [9223372036854775806],
    [2251799813685300.5],
    7,
]
_OTHER_PATHS = [
    ("GET", "/v1/process-instances"),
    ("GET", "/v1/process-instances/search"),
    ("GET", "/v1/decision-instances/search"),
    ("GET", "/v1/nothing/5"),
    ("GET", "/v1/variables/search/"),
    ("GET", "/v1/decision-definitions/5/xml"),
]
_BELONGING = [
    ("process-instances", "statistics"),
    ("process-instances", "sequence-flows"),
    ("process-definitions", "xml"),
    ("drd", "xml"),
]
_HEADERS = [
    {"Accept": "text/xml"},
    {"Accept": "*/*"},
    {"Accept": "application/xml"},
    {"Content-Type": "text/plain"},
    {"Content-Type": "application/json;charset=UTF-8"},
]


@dataclass(eq=False)
class Asked:
    """One request; `pages` says how many pages to follow where it is a search that succeeds."""

    method: str
    path: str
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    pages: int = 1

    def __str__(self) -> str:
        return f"{self.method} {self.path} {json.dumps(self.body)} {self.headers or ''}"


def random_questions(data: dict[str, Any], *, count: int, seed: int) -> list[Asked]:
    """Make requests of all kinds, most of them searches, about the resources that have rows."""
    chance = random.Random(seed)
    kinds = [_search] * 8 + [_by_key, _belonging, _other]
    filled = {resource: known for resource, known in data.items() if known["search"]}
    return [chance.choice(kinds)(chance, filled) for _ in range(count)]


def _search(chance: random.Random, data: dict[str, Any]) -> Asked:
    resource = chance.choice(list(data))
    rows = data[resource]["search"]
    body: dict[str, Any] = {}
    if chance.random() < 0.7:
        body["filter"] = dict(_filter(chance, rows) for _ in range(chance.choice([1, 1, 1, 2, 3])))
    if chance.random() < 0.4:
        body["sort"] = [_sort(chance, resource, rows) for _ in range(chance.choice([0, 1, 1, 1, 2]))]
    body["size"] = chance.choice(_WRONG_SIZES) if chance.random() < 0.08 else chance.choice([1, 2, 7, 50, 1000])
    if chance.random() < 0.1:
        body["searchAfter"] = chance.choice(_CURSORS)
    if chance.random() < 0.05:
        body["from"] = 5
    headers = chance.choice(_HEADERS) if chance.random() < 0.05 else {}
    return Asked("POST", f"/v1/{resource}/search", body, headers, pages=chance.choice([1, 2, 3]))


def _filter(chance: random.Random, rows: list[dict[str, Any]]) -> tuple[str, Any]:
    row = chance.choice(rows)
    name = chance.choice(sorted(row))
    if chance.random() < 0.05:
        return chance.choice(["nothing", "Key", "flowNodeName", "versionTag"]), chance.choice(["x", 1, None])
    value = row[name]
    if name.endswith(("Date", "Time")):
        return name, _date(chance, value)
    if chance.random() < 0.75:
        return name, value
    if isinstance(value, bool):
        return name, chance.choice(["true", 1, "x", None])
    if isinstance(value, int):
        return name, chance.choice([value + 1, str(value), float(value), None, "", *_NO_NUMBERS])
    return name, chance.choice([value + "x", value.upper(), "", None, 5, True])


def _date(chance: random.Random, value: str) -> Any:
    if chance.random() < 0.85:
        return chance.choice([value, *(f"{value}||/{unit}" for unit in "yMwdhms"), f"{value}||-1d/d", f"{value}||"])
    bad = [value.replace("+0000", "Z"), value.replace("+0000", "+00:00"), value[:10], "junk", f"{value}||/x", "", 5]
    return chance.choice([*bad, value.replace("+0000", "+0200"), None])


def _sort(chance: random.Random, resource: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    name = chance.choice(sorted({name for row in rows for name in row}))
    if chance.random() < 0.1:
        name = chance.choice(["nothing", *_ODD_SORTS.get(resource, ["Key"])])
    order = chance.choice(["ASC", "DESC"]) if chance.random() < 0.95 else chance.choice(["desc", "", None, "UP"])
    return {"field": name, "order": order} if chance.random() < 0.9 else {"field": name}


def _by_key(chance: random.Random, data: dict[str, Any]) -> Asked:
    resource = chance.choice(list(data))
    there = chance.choice(keys_to_ask(data, resource))
    key = there if chance.random() < 0.7 else chance.choice([5, "abc", 99999999999999999999, f"{there}-99"])
    headers = chance.choice([{}, {}, {}, {"Accept": "text/xml"}, {"Accept": "application/json"}])
    return Asked("GET", f"/v1/{resource}/{key}", headers=headers)


def _belonging(chance: random.Random, data: dict[str, Any]) -> Asked:
    resource, what = chance.choice(_BELONGING)
    known = data.get(resource, {}).get("xml" if what == "xml" else "sequence-flows")
    key = chance.choice(list(known)) if known and chance.random() < 0.85 else chance.choice([5, "abc"])
    headers = chance.choice([{}, {}, {"Accept": "text/xml"}, {"Accept": "application/json"}])
    return Asked("GET", f"/v1/{resource}/{key}/{what}", headers=headers)


def _other(chance: random.Random, data: dict[str, Any]) -> Asked:
    method, path = chance.choice(_OTHER_PATHS)
    if chance.random() < 0.5:
        raw = chance.choice(["{bad", "[]", "null", "", '{"filter":[]}', '{"sort":{}}', '{"size":2} // comment'])
        return Asked("POST", f"/v1/{chance.choice(list(data))}/search", raw)
    return Asked(method, path)
