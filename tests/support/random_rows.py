"""Rows that trip a planner, as the sandbox loads them: five partitions, calendar borders, gaps, long lists."""

from __future__ import annotations

import random
from typing import Any

TENANT = {"tenantId": "<default>"}
# The first and last milliseconds of days, months, years and a leap day; the same moments come often.
BORDERS = [
    "2024-02-28T23:59:59.999+0000",
    "2024-02-29T00:00:00.000+0000",
    "2024-02-29T23:59:59.999+0000",
    "2024-03-01T00:00:00.000+0000",
    "2025-12-31T23:59:59.999+0000",
    "2026-01-01T00:00:00.000+0000",
    "2026-10-31T23:59:59.999+0000",
    "2026-11-01T00:00:00.000+0000",
    "2026-11-01T00:00:00.001+0000",
    "2026-11-01T12:59:59.999+0000",
    "2026-11-01T13:00:00.000+0000",
]
NAMES = ["Order", "order", 'Ärger "quoted"', "a,b", "=1+1", "line\nbreak", "🚲", None]


def random_company(seed: int) -> dict[str, Any]:
    """Make a data set with a definition of 70 versions, and evaluations of up to 12 decisions."""
    chance = random.Random(seed)
    keys = _Keys(chance)
    definitions = [_definition(chance, number) for number in range(76)]
    instances = _instances(chance, keys, definitions)
    return {
        "process-definitions": {"search": definitions},
        "process-instances": {"search": instances},
        "flownode-instances": {"search": _elements(chance, keys, instances)},
        "incidents": {"search": _incidents(chance, keys, instances)},
        "variables": {"search": _variables(chance, keys, instances)},
        "decision-definitions": {"search": [_decision_definition(number) for number in range(4)]},
        "decision-instances": {"search": _decision_instances(chance, keys, instances)},
        "drd": {"search": [_requirements(number) for number in range(2)]},
    }


class _Keys:
    """Keys of all partitions, no two the same, some of them neighbours."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._next = dict.fromkeys(range(1, 6), 100)

    def one(self) -> int:
        partition = self._chance.choice([1, 1, 2, 3, 4, 5, 5])
        self._next[partition] += self._chance.choice([1, 1, 1, 2, 50, 3000])
        return (partition << 51) + self._next[partition]


def _without_gaps(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _moment(chance: random.Random) -> str:
    if chance.random() < 0.5:
        return chance.choice(BORDERS)
    day, second = chance.randrange(1, 29), chance.randrange(86_400)
    clock = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.{chance.randrange(1000):03}"
    return f"{chance.choice([2024, 2025, 2026])}-{chance.randrange(1, 12):02}-{day:02}T{clock}+0000"


def _definition(chance: random.Random, number: int) -> dict[str, Any]:
    # 70 versions of one process: more keys than there may be searches.
    process, version = ("many", number + 1) if number < 70 else (f"few.{number % 3}-ä", number - 69)
    return _without_gaps(
        key=(1 << 51) + number,
        name=chance.choice(NAMES),
        version=version,
        versionTag=chance.choice(["", "v1", "v2", None]),
        bpmnProcessId=process,
        **TENANT,
    )


def _instances(chance: random.Random, keys: _Keys, definitions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for _ in range(900):
        definition = chance.choice([*definitions, *definitions[70:] * 10])
        state = chance.choice(["ACTIVE", "COMPLETED", "CANCELED"])
        parent = chance.choice(rows)["key"] if rows and chance.random() < 0.3 else None
        rows.append(
            _without_gaps(
                key=keys.one(),
                processVersion=definition["version"],
                processVersionTag=definition.get("versionTag"),
                bpmnProcessId=definition["bpmnProcessId"],
                parentKey=parent,
                parentFlowNodeInstanceKey=parent and parent + 1,
                startDate=_moment(chance),
                endDate=None if state == "ACTIVE" else _moment(chance),
                state=state,
                incident=chance.random() < 0.2,
                processDefinitionKey=definition["key"],
                **TENANT,
            )
        )
    return sorted(rows, key=lambda row: row["key"])


def _elements(chance: random.Random, keys: _Keys, instances: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = []
    for _ in range(1100):
        instance = instances[-1] if chance.random() < 0.2 else chance.choice(instances)
        state = chance.choice(["ACTIVE", "COMPLETED", "TERMINATED"])
        rows.append(
            _without_gaps(
                key=keys.one(),
                processInstanceKey=instance["key"],
                processDefinitionKey=instance["processDefinitionKey"],
                startDate=_moment(chance),
                endDate=None if state == "ACTIVE" else _moment(chance),
                flowNodeId=chance.choice(["start", "pack", "end"]),
                flowNodeName=chance.choice(NAMES),
                incidentKey=keys.one() if chance.random() < 0.1 else None,
                type=chance.choice(["START_EVENT", "SERVICE_TASK", "USER_TASK", "RECEIVE_TASK", "END_EVENT"]),
                state=state,
                incident=chance.random() < 0.1,
                **TENANT,
            )
        )
    return sorted(rows, key=lambda row: row["key"])


def _incidents(chance: random.Random, keys: _Keys, instances: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = []
    for _ in range(200):
        instance = chance.choice(instances)
        rows.append(
            _without_gaps(
                key=keys.one(),
                processDefinitionKey=instance["processDefinitionKey"],
                processInstanceKey=instance["key"],
                type=chance.choice(["JOB_NO_RETRIES", "IO_MAPPING_ERROR"]),
                message=chance.choice(["card declined", "declined card", "no!", "!!!", "two\nlines"]),
                creationTime=_moment(chance),
                state=chance.choice(["ACTIVE", "RESOLVED", "PENDING"]),
                jobKey=keys.one() if chance.random() < 0.5 else None,
                **TENANT,
            )
        )
    return sorted(rows, key=lambda row: row["key"])


def _variables(chance: random.Random, keys: _Keys, instances: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = []
    for instance in instances[::2]:
        for name in chance.sample(["orderId", "amount", "note", "ok"], chance.randrange(1, 4)):
            rows.append(  # noqa: PERF401 - as the others
                {
                    "key": keys.one(),
                    "processInstanceKey": instance["key"],
                    "scopeKey": instance["key"] if chance.random() < 0.8 else keys.one(),
                    "name": name,
                    "value": chance.choice(["1", "2", '"1"', "null", "true", '"Ärger"', "[1,2]", '{"a":0.1}']),
                    "truncated": chance.random() < 0.05,
                    **TENANT,
                }
            )
    return sorted(rows, key=lambda row: row["key"])


def _decision_definition(number: int) -> dict[str, Any]:
    key = (1 << 51) + 200 + number
    return {
        "id": str(key),
        "key": key,
        "decisionId": f"decision{number % 2}",
        "name": f"Decision {number % 2}",
        "version": number // 2 + 1,
        "decisionRequirementsId": "drg",
        "decisionRequirementsKey": (1 << 51) + 300 + number // 2,
        "decisionRequirementsName": "DRG",
        "decisionRequirementsVersion": number // 2 + 1,
        **TENANT,
    }


def _requirements(number: int) -> dict[str, Any]:
    key = (1 << 51) + 300 + number
    return {
        "id": str(key),
        "key": key,
        "decisionRequirementsId": "drg",
        "name": "DRG",
        "version": number + 1,
        "resourceName": "drg.dmn",
        **TENANT,
    }


def _decision_instances(chance: random.Random, keys: _Keys, instances: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = []
    for _ in range(80):
        key, alone, instance = keys.one(), chance.random() < 0.3, chance.choice(instances)
        for place in range(1, chance.choice([2, 2, 3, 13])):
            failed = chance.random() < 0.2
            rows.append(
                _without_gaps(
                    id=f"{key}-{place}",
                    key=key,
                    state="FAILED" if failed else "EVALUATED",
                    evaluationDate=_moment(chance),
                    evaluationFailure="no rule" if failed else None,
                    processDefinitionKey=-1 if alone else instance["processDefinitionKey"],
                    processInstanceKey=-1 if alone else instance["key"],
                    decisionId=f"decision{place % 2}",
                    decisionDefinitionId=str((1 << 51) + 200 + place % 4),
                    decisionName=f"Decision {place % 2}",
                    decisionVersion=place,
                    decisionType=chance.choice(["DECISION_TABLE", "LITERAL_EXPRESSION"]),
                    result=chance.choice(["1", '"a"']),
                    **TENANT,
                )
            )
    return sorted(rows, key=lambda row: row["id"])
