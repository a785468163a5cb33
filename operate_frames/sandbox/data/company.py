"""A realistic company of any size, the same for a seed on every machine and every day.

Process instances are made as columns, a million in seconds. What happened in them is told one by one
(`company_stories`) for the first 2,000 roots and the instances that these called, and for more of them, where that is
asked for, as columns too (`story_columns`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from operate_frames.sandbox.data.collaboration_rows import with_collaborations
from operate_frames.sandbox.data.company_stories import Run, Stories
from operate_frames.sandbox.data.deployments import (
    DECISIONS,
    DIAGRAMS,
    PARTITION_BITS,
    PROCESSES,
    TENANT,
)
from operate_frames.sandbox.data.diagrams import bpmn, dmn
from operate_frames.sandbox.data.story_columns import StoryColumns, joined
from operate_frames.sandbox.tables.columns import Column, Mask, Numbers
from operate_frames.sandbox.v1.resources import (
    DECISION_DEFINITIONS,
    DRD,
    FLOWNODE_INSTANCES,
    INCIDENTS,
    PROCESS_DEFINITIONS,
    PROCESS_INSTANCES,
    VARIABLES,
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
_CALL_ACTIVITY_KEY, _CALLED_KEY = 1, 2  # counted from the key of the instance that calls
_STORIES = (5, 70, 100)  # of a root, of what it called, and of what that called, counted from the root's key


@dataclass(frozen=True)
class _Instances:
    """Process instances as arrays: the roots in order of their start, or the instances that some called.

    `callers` are the places of those that called them, one level up.
    """

    callers: Numbers
    keys: Numbers
    processes: Numbers  # places in PROCESSES
    starts: Numbers
    ends: Numbers
    states: Numbers
    incidents: Mask


def company(
    instances: int, seed: int = 0, until: int = LAST_MOMENT, told: int = TOLD_ROOTS, collaborations: int = 0
) -> Contents:
    """Make a company.

    Parameters
    ----------
    instances : int
        How many process instances, called ones included.
    seed : int
        Another seed makes another company.
    until : int
        The last moment that it tells of, in milliseconds since 1970; another one moves all its dates.
    told : int
        Of how many root instances, and those that they called, it tells what happened in them.
    collaborations : int
        How many instances more of the processes that are drawn as collaborations; whatever else there is stays the
        same. All of these are told of.

    Returns
    -------
    Contents
        All eight resources. Element instances, variables and incidents exist for the roots that are told of and those
        that they called, decision instances for 2,000 roots at most; others have none, whatever their flags say.
    """
    random = np.random.default_rng(seed)
    called_count = instances // 10
    deeper_count = called_count // 4
    roots = _roots(instances - called_count, random, until, told)
    called = _called(roots, called_count - deeper_count, random)
    levels = (roots, called, _called(called, deeper_count, random))
    stories = Stories(seed)
    one_by_one = 0
    for run in _runs(levels, range(min(told, TOLD_ROOTS))):
        stories.tell(run)
        one_by_one += 1
    copied = StoryColumns(seed, one_by_one)
    for run in _runs(levels, range(TOLD_ROOTS, told)):
        copied.add(run)
    last = int(roots.keys.max(initial=0))
    stories.evaluate_alone(min(-(-instances // 40), _EVALUATED_ALONE), last + _KEYS_OF_A_STORY, until)
    made = Contents(
        columns={
            PROCESS_INSTANCES.name: _columns(levels),
            PROCESS_DEFINITIONS.name: columns_of(PROCESS_DEFINITIONS, [known.row() for known in PROCESSES]),
            DECISION_DEFINITIONS.name: columns_of(DECISION_DEFINITIONS, [known.row() for known in DECISIONS]),
            DRD.name: columns_of(DRD, [known.row() for known in DIAGRAMS]),
            **_with(stories.columns(), copied.columns()),
        },
        full=stories.full(),
        xml={
            PROCESS_DEFINITIONS.name: {str(known.key): bpmn(known.model, known.version) for known in PROCESSES},
            DRD.name: {str(known.key): dmn(known.diagram) for known in DIAGRAMS},
        },
        sequence_flows=stories.sequence_flows | copied.sequence_flows,
    )
    return with_collaborations(made, collaborations, seed, until - _SPAN, until) if collaborations else made


def _roots(count: int, random: np.random.Generator, until: int, told: int) -> _Instances:
    shares = np.array([known.model.share / len(known.model.tags) for known in PROCESSES])
    processes = random.choice(len(PROCESSES), size=count, p=shares / shares.sum())
    starts = np.sort(random.integers(until - _SPAN, until - 3_600_000, size=count))
    lengths = 2_000 + (random.exponential(3_600_000.0, size=count)).astype(np.int64)
    states = random.choice(3, size=count, p=(0.16, 0.06, 0.78))
    may_fail = np.array([known.model.fails_at is not None for known in PROCESSES])[processes]
    return _Instances(
        callers=np.zeros(0, dtype=np.int64),
        keys=_root_keys(count, random, told),
        processes=processes,
        starts=starts,
        ends=np.minimum(starts + lengths, until),
        states=states,
        incidents=(states == _ACTIVE) & may_fail & (random.random(count) < 0.25),
    )


def _root_keys(count: int, random: np.random.Generator, told: int) -> Numbers:
    """Give keys on all partitions; a partition's counter moves on by what else is counted with it."""
    partitions = random.integers(1, PARTITIONS + 1, size=count)
    taken = random.integers(6, 30, size=count)
    taken[: max(told, TOLD_ROOTS)] += _KEYS_OF_A_STORY
    keys = np.empty(count, dtype=np.int64)
    for partition in range(1, PARTITIONS + 1):
        here = partitions == partition
        counters = _COUNTERS_BEFORE + np.cumsum(taken[here]) - taken[here]
        keys[here] = (partition << PARTITION_BITS) + counters
    return keys


def _called(above: _Instances, count: int, random: np.random.Generator) -> _Instances:
    """Let some instances call another one; roots of a process that is called do not call themselves."""
    calls = np.array([_number_of(known.model.calls) for known in PROCESSES], dtype=np.int64)
    may_call = calls[above.processes] >= 0
    if not len(above.callers):
        may_call &= ~np.isin(above.processes, calls)
    callers = np.sort(random.permutation(np.flatnonzero(may_call & ~above.incidents))[:count])
    return _Instances(
        callers=callers,
        keys=above.keys[callers] + _CALLED_KEY,
        processes=calls[above.processes[callers]],
        starts=np.minimum(above.starts[callers] + 800, above.ends[callers]),
        ends=above.ends[callers],
        states=above.states[callers],
        incidents=np.zeros(len(callers), dtype=np.bool_),
    )


def _number_of(process_id: str | None) -> int:
    """The place of the first version of a process; -1 for none."""
    return next((number for number, known in enumerate(PROCESSES) if known.model.id == process_id), -1)


def _columns(levels: Sequence[_Instances]) -> dict[str, Column]:
    def of_all(name: str) -> Numbers:
        return np.concatenate([getattr(level, name) for level in levels])

    processes, states = of_all("processes"), of_all("states")
    tags = sorted({known.tag for known in PROCESSES if known.tag})
    ids = sorted({known.model.id for known in PROCESSES})
    tag_of = np.array([tags.index(known.tag) if known.tag else -1 for known in PROCESSES])[processes]
    id_of = np.array([ids.index(known.model.id) for known in PROCESSES])[processes]
    called_by = [above.keys[level.callers] for above, level in pairwise(levels)]
    parents = np.concatenate([np.zeros_like(levels[0].keys), *called_by])
    is_called = parents > 0
    return {
        "key": Column("long", of_all("keys")),
        "processVersion": Column("long", np.array([known.version for known in PROCESSES])[processes]),
        "processVersionTag": Column.of_codes(np.maximum(tag_of, 0), tags, tag_of >= 0),
        "bpmnProcessId": Column.of_codes(id_of, ids),
        "parentKey": Column("long", parents, is_called),
        "parentFlowNodeInstanceKey": Column("long", parents + _CALL_ACTIVITY_KEY, is_called),
        "startDate": Column("date", of_all("starts")),
        "endDate": Column("date", of_all("ends"), states != _ACTIVE),
        "state": Column.of_codes(states, _STATES),
        "incident": Column("boolean", of_all("incidents").astype(np.int64)),
        "processDefinitionKey": Column("long", np.array([known.key for known in PROCESSES])[processes]),
        "tenantId": Column.of_codes(np.zeros_like(states), (TENANT,)),
    }


def _with(told: dict[str, dict[str, Column]], copied: dict[str, dict[str, Column]]) -> dict[str, dict[str, Column]]:
    """The columns of what was told, and behind them of what was copied."""
    of = {resource.name: resource for resource in (FLOWNODE_INSTANCES, INCIDENTS, VARIABLES)}
    return {
        name: joined(of[name], columns, copied[name]) if name in of and len(copied[name]["key"]) else columns
        for name, columns in told.items()
    }


def _runs(levels: Sequence[_Instances], roots: range) -> Iterator[Run]:
    """Each of some roots, then what it called, then what that called."""
    called_at = [dict(zip(level.callers.tolist(), range(len(level.callers)), strict=True)) for level in levels[1:]]
    for root in roots[: max(len(levels[0].keys) - roots.start, 0)]:
        place = root
        for level, story, calls in zip(levels, _STORIES, (*called_at, {}), strict=True):
            called = calls.get(place)
            key = int(level.keys[place])
            free_keys = int(levels[0].keys[root]) + story
            yield _run(level, place, free_keys, None if called is None else key + _CALL_ACTIVITY_KEY)
            if called is None:
                break
            place = called


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
