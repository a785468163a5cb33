"""A realistic company of any size, the same for a seed on every machine and every day.

Process instances are made as columns, a million in seconds. What happened in them is told one by one
(`company_stories`), so only for the first 2,000 roots and the instances that these called.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from operate_frames.sandbox.data.company_stories import Run, Stories
from operate_frames.sandbox.data.deployments import (
    DECISIONS,
    DIAGRAMS,
    PARTITION_BITS,
    PROCESSES,
    TENANT,
)
from operate_frames.sandbox.data.diagrams import bpmn, dmn
from operate_frames.sandbox.tables.columns import Column, Mask, Numbers
from operate_frames.sandbox.v1.resources import (
    DECISION_DEFINITIONS,
    DRD,
    PROCESS_DEFINITIONS,
    PROCESS_INSTANCES,
)
from operate_frames.sandbox.v1.store import Contents, columns_of

TOLD_ROOTS = 2_000
PARTITIONS = 5
LAST_MOMENT = 1_790_812_800_000  # 2026-10-01T00:00:00Z
_SPAN = 90 * 24 * 3_600_000
_STATES = ("ACTIVE", "CANCELED", "COMPLETED")
_ACTIVE, _CANCELED, _COMPLETED = range(3)
_EVALUATED_ALONE = 500  # at most
_COUNTERS_BEFORE = 300  # definitions have taken the first
_KEYS_OF_A_STORY = 120
_CALLED_KEY, _CALL_ACTIVITY_KEY, _ROOT_STORY, _CALLED_STORY = 2, 1, 3, 70  # counted from the root's key


@dataclass(frozen=True)
class _Instances:
    """Process instances as arrays: the roots in order of their start, or the instances that they called."""

    keys: Numbers
    processes: Numbers  # places in PROCESSES
    starts: Numbers
    ends: Numbers
    states: Numbers
    incidents: Mask


def company(instances: int, seed: int = 0, until: int = LAST_MOMENT) -> Contents:
    """Make a company.

    Parameters
    ----------
    instances : int
        How many process instances, called ones included.
    seed : int
        Another seed makes another company.
    until : int
        The last moment that it tells of, in milliseconds since 1970; another one moves all its dates.

    Returns
    -------
    Contents
        All eight resources. Element instances, variables, incidents and decision instances exist for the first
        2,000 root instances and those that they called; later ones have none, whatever their flags say.
    """
    random = np.random.default_rng(seed)
    called_count = instances // 10
    roots = _roots(instances - called_count, random, until)
    callers = _callers(roots, called_count, random)
    called = _called(roots, callers)
    stories = Stories(seed)
    for run in _runs(roots, called, callers):
        stories.tell(run)
    last = int(roots.keys.max(initial=0))
    stories.evaluate_alone(min(-(-instances // 40), _EVALUATED_ALONE), last + _KEYS_OF_A_STORY, until)
    return Contents(
        columns={
            PROCESS_INSTANCES.name: _columns(roots, called, callers),
            PROCESS_DEFINITIONS.name: columns_of(PROCESS_DEFINITIONS, [known.row() for known in PROCESSES]),
            DECISION_DEFINITIONS.name: columns_of(DECISION_DEFINITIONS, [known.row() for known in DECISIONS]),
            DRD.name: columns_of(DRD, [known.row() for known in DIAGRAMS]),
            **stories.columns(),
        },
        full=stories.full(),
        xml={
            PROCESS_DEFINITIONS.name: {str(known.key): bpmn(known.model, known.version) for known in PROCESSES},
            DRD.name: {str(known.key): dmn(known.diagram) for known in DIAGRAMS},
        },
        sequence_flows=stories.sequence_flows,
    )


def _roots(count: int, random: np.random.Generator, until: int) -> _Instances:
    shares = np.array([known.model.share / len(known.model.tags) for known in PROCESSES])
    processes = random.choice(len(PROCESSES), size=count, p=shares / shares.sum())
    starts = np.sort(random.integers(until - _SPAN, until - 3_600_000, size=count))
    lengths = 2_000 + (random.exponential(3_600_000.0, size=count)).astype(np.int64)
    states = random.choice(3, size=count, p=(0.16, 0.06, 0.78))
    may_fail = np.array([known.model.fails_at is not None for known in PROCESSES])[processes]
    return _Instances(
        keys=_root_keys(count, random),
        processes=processes,
        starts=starts,
        ends=np.minimum(starts + lengths, until),
        states=states,
        incidents=(states == _ACTIVE) & may_fail & (random.random(count) < 0.25),
    )


def _root_keys(count: int, random: np.random.Generator) -> Numbers:
    """Give keys on all partitions; a partition's counter moves on by what else is counted with it."""
    partitions = random.integers(1, PARTITIONS + 1, size=count)
    taken = random.integers(4, 30, size=count)
    taken[:TOLD_ROOTS] += _KEYS_OF_A_STORY
    keys = np.empty(count, dtype=np.int64)
    for partition in range(1, PARTITIONS + 1):
        here = partitions == partition
        counters = _COUNTERS_BEFORE + np.cumsum(taken[here]) - taken[here]
        keys[here] = (partition << PARTITION_BITS) + counters
    return keys


def _callers(roots: _Instances, count: int, random: np.random.Generator) -> Numbers:
    """Choose the roots that called another instance."""
    may_call = np.array([known.model.calls is not None for known in PROCESSES])[roots.processes]
    candidates = np.flatnonzero(may_call & ~roots.incidents)
    return np.sort(random.permutation(candidates)[:count])


def _called(roots: _Instances, callers: Numbers) -> _Instances:
    called_by = {
        place: next(number for number, other in enumerate(PROCESSES) if other.model.id == known.model.calls)
        for place, known in enumerate(PROCESSES)
        if known.model.calls is not None
    }
    processes = [called_by[place] for place in roots.processes[callers].tolist()]
    return _Instances(
        keys=roots.keys[callers] + _CALLED_KEY,
        processes=np.array(processes, dtype=np.int64),
        starts=np.minimum(roots.starts[callers] + 800, roots.ends[callers]),
        ends=roots.ends[callers],
        states=roots.states[callers],
        incidents=np.zeros(len(callers), dtype=np.bool_),
    )


def _columns(roots: _Instances, called: _Instances, callers: Numbers) -> dict[str, Column]:
    def both(name: str) -> Numbers:
        return np.concatenate([getattr(roots, name), getattr(called, name)])

    processes, states = both("processes"), both("states")
    tags = sorted({known.tag for known in PROCESSES if known.tag})
    ids = sorted({known.model.id for known in PROCESSES})
    tag_of = np.array([tags.index(known.tag) if known.tag else -1 for known in PROCESSES])[processes]
    id_of = np.array([ids.index(known.model.id) for known in PROCESSES])[processes]
    is_called = np.repeat([False, True], [len(roots.keys), len(called.keys)])
    parents = np.zeros(len(processes), dtype=np.int64)
    parents[is_called] = roots.keys[callers]
    return {
        "key": Column("long", both("keys")),
        "processVersion": Column("long", np.array([known.version for known in PROCESSES])[processes]),
        "processVersionTag": Column.of_codes(np.maximum(tag_of, 0), tags, tag_of >= 0),
        "bpmnProcessId": Column.of_codes(id_of, ids),
        "parentKey": Column("long", parents, is_called),
        "parentFlowNodeInstanceKey": Column("long", parents + _CALL_ACTIVITY_KEY, is_called),
        "startDate": Column("date", both("starts")),
        "endDate": Column("date", both("ends"), states != _ACTIVE),
        "state": Column.of_codes(states, _STATES),
        "incident": Column("boolean", both("incidents").astype(np.int64)),
        "processDefinitionKey": Column("long", np.array([known.key for known in PROCESSES])[processes]),
        "tenantId": Column.of_codes(np.zeros_like(states), (TENANT,)),
    }


def _runs(roots: _Instances, called: _Instances, callers: Numbers) -> Iterator[Run]:
    caller_of = dict(zip(callers.tolist(), range(len(callers)), strict=True))
    for place in range(min(len(roots.keys), TOLD_ROOTS)):
        key = int(roots.keys[place])
        calls = place in caller_of
        yield _run(roots, place, key + _ROOT_STORY, key + _CALL_ACTIVITY_KEY if calls else None)
        if calls:
            yield _run(called, caller_of[place], key + _CALLED_STORY, None)


def _run(instances: _Instances, place: int, free_keys: int, call_activity: int | None) -> Run:
    state = int(instances.states[place])
    return Run(
        key=int(instances.keys[place]),
        process=PROCESSES[int(instances.processes[place])],
        start=int(instances.starts[place]),
        end=None if state == _ACTIVE else int(instances.ends[place]),
        is_canceled=state == _CANCELED,
        has_incident=bool(instances.incidents[place]),
        call_activity=call_activity,
        free_keys=free_keys,
    )
