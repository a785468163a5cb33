"""The rows of instances that go through the collaborations, beside those of the rest of a company."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Sequence
from typing import Any

from operate_frames.sandbox.data.collaborations import Collaboration
from operate_frames.sandbox.data.deployments import COLLABORATIONS, PARTITION_BITS, TENANT, DeployedProcess, Row
from operate_frames.sandbox.data.story_columns import joined
from operate_frames.sandbox.data.walks import Failure, Step, Walk
from operate_frames.sandbox.tables.columns import Column
from operate_frames.sandbox.v1.resources import (
    FLOWNODE_INSTANCES,
    INCIDENTS,
    PROCESS_DEFINITIONS,
    PROCESS_INSTANCES,
    RESOURCES,
    VARIABLES,
)
from operate_frames.sandbox.v1.store import Contents, columns_of

__all__ = ["with_collaborations"]

# Partitions of their own, so that whatever else there is keeps its keys.
_PARTITIONS = (6, 7)
_COUNTERS_BEFORE = 300
_CANCELED = 0.05
_NAMES = ("Ada", "Grace", "Jörg Müller", "O'Neill; Sons, Ltd.", "審査部")


def with_collaborations(contents: Contents, instances: int, seed: int, since: int, until: int) -> Contents:
    """Add instances of the collaborations, and their definitions, to what a server is filled with.

    Parameters
    ----------
    contents : Contents
        The rest, which stays as it is.
    instances : int
        How many.
    seed : int
        Decides what may be so or so.
    since, until : int
        When the first may begin, and the last moment that is told of, in epoch milliseconds.

    Returns
    -------
    Contents
        Both.
    """
    rows = _Rows()
    chance = random.Random(f"collaborations {seed}")  # noqa: S311 - nothing secret
    counters = dict.fromkeys(_PARTITIONS, _COUNTERS_BEFORE)
    for number, start in enumerate(sorted(chance.randrange(since, until) for _ in range(instances))):
        process = _process(start < (since + until) // 2, chance)
        walk = Walk(process.model, process.version, start, chance)
        is_canceled = chance.random() < _CANCELED
        if is_canceled:
            walk.cut(start + chance.random() * (min(walk.end, until) - start), "TERMINATED")
        walk.cut(until, "ACTIVE")
        partition = _PARTITIONS[number % len(_PARTITIONS)]
        first = (partition << PARTITION_BITS) + counters[partition]
        counters[partition] += rows.tell(first, process, walk, number, chance, is_canceled=is_canceled)
    return _both(contents, rows)


def _process(is_early: bool, chance: random.Random) -> DeployedProcess[Collaboration]:
    """One of those deployed: of several versions the one that was the newest then."""
    models = list(dict.fromkeys(known.model.id for known in COLLABORATIONS))
    shares = [next(known.model.share for known in COLLABORATIONS if known.model.id == each) for each in models]
    chosen = chance.choices(models, shares)[0]
    versions = [known for known in COLLABORATIONS if known.model.id == chosen]
    return versions[0] if is_early else versions[-1]


class _Rows:
    """Collects the rows, in the words of v1."""

    def __init__(self) -> None:
        self.of: dict[str, list[Row]] = {name: [] for name in RESOURCES}
        self.of[PROCESS_DEFINITIONS.name] = [known.row() for known in COLLABORATIONS]
        self.sequence_flows: dict[str, list[str]] = {}

    def tell(
        self,
        key: int,
        process: DeployedProcess[Collaboration],
        walk: Walk,
        number: int,
        chance: random.Random,
        *,
        is_canceled: bool,
    ) -> int:
        """Add the rows of one instance, and give how many keys they took."""
        keys = iter(range(key + 1, key + (1 << PARTITION_BITS)))
        shared = {"processInstanceKey": key, "processDefinitionKey": process.key, "tenantId": TENANT}
        for name, value in zip(process.model.variables, _values(process.model, number, chance), strict=True):
            self._add_variable(next(keys), key, key, name, value)
        steps = sorted(walk.steps, key=lambda step: step.began)
        key_of = {id(step): next(keys) for step in steps}
        incident_of: dict[int, int] = {}
        for failure in walk.failures:
            incident = next(keys)
            self.of[INCIDENTS.name].append(_incident(incident, key_of[id(failure.step)], next(keys), failure) | shared)
            if math.isinf(failure.resolved):
                incident_of[id(failure.step)] = incident
        for step in steps:
            own = key_of[id(step)]
            self.of[FLOWNODE_INSTANCES.name].append(_element(own, step, incident_of.get(id(step))) | shared)
            if step.turn:
                self._add_variable(next(keys), key, own, "loopCounter", step.turn)
                self._add_variable(next(keys), key, own, "supplier", process.model.items[step.turn - 1])
        is_active = any(step.state == "ACTIVE" for step in steps)
        self.of[PROCESS_INSTANCES.name].append(
            {
                "key": key,
                "processVersion": process.version,
                "processVersionTag": process.tag,
                "bpmnProcessId": process.model.id,
                "startDate": steps[0].began,
                "endDate": None if is_active else int(max(step.ended for step in steps)),
                "state": "ACTIVE" if is_active else "CANCELED" if is_canceled else "COMPLETED",
                "incident": bool(incident_of),
                "processDefinitionKey": process.key,
                "tenantId": TENANT,
            }
        )
        self.sequence_flows[str(key)] = sorted({flow for _, flow in walk.flows})
        return next(keys) - key

    def _add_variable(self, key: int, instance: int, scope: int, name: str, value: object) -> None:
        self.of[VARIABLES.name].append(
            {
                "key": key,
                "processInstanceKey": instance,
                "scopeKey": scope,
                "name": name,
                "value": json.dumps(value, ensure_ascii=False),
                "truncated": False,
                "tenantId": TENANT,
            }
        )


def _values(model: Collaboration, number: int, chance: random.Random) -> Sequence[object]:
    return f"{model.id[0].upper()}-{number:06d}", chance.choice(_NAMES), chance.randrange(5_000, 2_000_000) / 100


def _element(key: int, step: Step, incident: int | None) -> Row:
    return {
        "key": key,
        "startDate": step.began,
        "endDate": None if step.state == "ACTIVE" else int(step.ended),
        "flowNodeId": step.node.id,
        "flowNodeName": step.node.name,
        "incidentKey": incident,
        "type": "MULTI_INSTANCE_BODY" if step.turn == 0 else step.node.type,
        "state": step.state,
        "incident": incident is not None,
    }


def _incident(key: int, element: int, job: int, failure: Failure) -> Row:
    trouble = failure.trouble
    return {
        "key": key,
        "type": trouble.type,
        "message": trouble.message.format(number=job % 10_000),
        "creationTime": failure.came,
        "state": "ACTIVE" if math.isinf(failure.resolved) else "RESOLVED",
        "jobKey": job if trouble.type == "JOB_NO_RETRIES" else None,
        "elementInstanceKey": element,
    }


def _both(contents: Contents, rows: _Rows) -> Contents:
    columns: dict[str, Any] = {
        name: joined(resource, contents.columns[name], columns_of(resource, rows.of[name]))
        for name, resource in RESOURCES.items()
    }
    # Those that are resolved no element points to any more.
    stood_at = [None] * len(contents.columns[INCIDENTS.name]["key"])
    stood_at += [row["elementInstanceKey"] for row in rows.of[INCIDENTS.name]]
    columns[INCIDENTS.name]["elementInstanceKey"] = Column.of("long", stood_at)
    diagrams = {str(known.key): known.model.bpmn(known.version) for known in COLLABORATIONS}
    definitions = PROCESS_DEFINITIONS.name
    return Contents(
        columns=columns,
        full=contents.full,
        xml=contents.xml | {definitions: contents.xml[definitions] | diagrams},
        sequence_flows=contents.sequence_flows | rows.sequence_flows,
    )
