"""How instances go through a diagram: tokens, one after the other in time, as an engine moves them."""

from __future__ import annotations

import heapq
import math
import random
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import count

from operate_frames.sandbox.data.collaborations import Collaboration, FlowNode, Trouble
from operate_frames.sandbox.data.company_models import Flow

__all__ = ["Failure", "Step", "Walk"]

_HOUR = 3_600_000.0
_STEP = 3  # milliseconds that an engine needs
_RETRIES = 180_000  # until a job has used up its tries
_REPAIR = 20.0  # hours
_NEVER_REPAIRED = 0.25


@dataclass
class Step:
    """An element that was entered: when, when it was left, and whether by its own end.

    Of a multi-instance activity the body comes first (`turn` 0), then its instances, counted from 1.
    """

    node: FlowNode
    began: int
    ended: float
    state: str = "COMPLETED"
    turn: int | None = None


@dataclass
class Failure:
    """An incident of a step: when it came, and when it was resolved."""

    step: Step
    trouble: Trouble
    came: int
    resolved: float


class Walk:
    """The way of one instance from its start on, as if nothing stopped it; `cut` does.

    Parameters
    ----------
    model : Collaboration
        The process.
    version : int
        Counted from 1.
    start : int
        When it begins, in epoch milliseconds.
    chance : random.Random
        Decides what may be so or so.

    Attributes
    ----------
    steps : list of Step
        What was entered.
    failures : list of Failure
        What went wrong.
    flows : list of (int, str)
        The sequence flows that were taken, and when.
    """

    def __init__(self, model: Collaboration, version: int, start: int, chance: random.Random) -> None:
        self._model, self._chances, self._chance = model, model.chances[version - 1], chance
        self._outgoing: defaultdict[str, list[Flow]] = defaultdict(list)
        for flow in model.flows:
            self._outgoing[flow.source].append(flow)
        self._incoming = Counter(flow.target for flow in model.flows)
        self.steps: list[Step] = []
        self.failures: list[Failure] = []
        self.flows: list[tuple[int, str]] = []
        self.end = self._go_through(None, start)

    def cut(self, moment: float, state: str, *, since: tuple[int, int, int] = (0, 0, 0)) -> None:
        """Let nothing happen after a moment: what goes on then is ``ACTIVE``, or ``TERMINATED`` by it.

        Parameters
        ----------
        moment : float
            In epoch milliseconds.
        state : {"ACTIVE", "TERMINATED"}
            Of what goes on then.
        since : tuple of int
            How many steps, failures and flows stay as they are.
        """
        stopped = moment if state == "TERMINATED" else math.inf
        steps, failures, flows = since
        self.steps[steps:] = [step for step in self.steps[steps:] if step.began <= moment]
        self.failures[failures:] = [failure for failure in self.failures[failures:] if failure.came <= moment]
        self.flows[flows:] = [(taken, flow) for taken, flow in self.flows[flows:] if taken <= moment]
        for step in self.steps[steps:]:
            if step.ended > moment:
                step.state, step.ended = state, stopped
        for failure in self.failures[failures:]:
            if failure.resolved > moment:
                failure.resolved = stopped

    def _go_through(self, scope: str | None, start: int) -> int:
        """Enter the process, or a sub-process, and give the moment when the last token has ended."""
        first = next(each for each in self._model.nodes.values() if each.scope == scope and each.type == "START_EVENT")
        turns = count()
        tokens = [(start, next(turns), first)]
        arrived: Counter[str] = Counter()
        last = start
        while tokens:
            moment, _, node = heapq.heappop(tokens)
            arrived[node.id] += 1
            if node.type == "PARALLEL_GATEWAY" and arrived[node.id] % self._incoming[node.id]:
                continue
            left, onward = self._enter(node, moment)
            last = max(last, left)
            for flow in onward:
                self.flows.append((left, flow.id))
                heapq.heappush(tokens, (left + _STEP, next(turns), self._model.nodes[flow.target]))
        return last

    def _enter(self, node: FlowNode, moment: int) -> tuple[int, list[Flow]]:
        """Give the moment when a node is left, and by which flows."""
        step = Step(node, moment, math.inf)
        since = (len(self.steps), len(self.failures), len(self.flows))
        self.steps.append(step)
        if node.type == "SUB_PROCESS":
            left = self._go_through(node.id, moment + _STEP) + _STEP
        elif node.is_multi_instance:
            step.turn = 0
            left = max(self._work(Step(node, moment + _STEP, math.inf, turn=turn + 1)) for turn in range(self._items()))
        else:
            self.steps.pop()
            left = self._work(step)
        step.ended = left
        caught = self._caught(node, moment, left)
        if caught is None:
            return left, self._taken(node)
        event, at = caught
        self.cut(at, "TERMINATED", since=since)
        step.state, step.ended = "TERMINATED", at
        self.steps.append(Step(event, at, at + _STEP))
        return at + _STEP, self._outgoing[event.id]

    def _work(self, step: Step) -> int:
        """Let a step take its time, longer where something fails."""
        self.steps.append(step)
        hours = self._model.hours.get(step.node.id)
        left = step.began + (_STEP if hours is None else _STEP + int(self._chance.expovariate(1 / hours) * _HOUR))
        trouble = self._model.troubles.get(step.node.id)
        if trouble is not None and self._chance.random() < trouble.chance:
            came = left if trouble.type != "JOB_NO_RETRIES" else left + _RETRIES
            is_lost = self._chance.random() < _NEVER_REPAIRED
            left = came + int((1e6 if is_lost else self._chance.expovariate(1 / _REPAIR)) * _HOUR)
            self.failures.append(Failure(step, trouble, came, left))
        step.ended = left
        return left

    def _items(self) -> int:
        return self._chance.randint(2, len(self._model.items))

    def _caught(self, node: FlowNode, moment: int, left: int) -> tuple[FlowNode, int] | None:
        """The boundary event that interrupts an activity, and when."""
        for event in self._model.nodes.values():
            if event.attached_to != node.id:
                continue
            limit = self._model.limits.get(event.id)
            if limit is not None and left - moment > limit * _HOUR:
                return event, moment + int(limit * _HOUR)
            if limit is None and self._chance.random() < self._chances[event.id]:
                return event, left
        return None

    def _taken(self, node: FlowNode) -> list[Flow]:
        """The flows by which a node is left."""
        flows = self._outgoing[node.id]
        if node.type == "INCLUSIVE_GATEWAY":
            met = [flow for flow in flows if self._chance.random() < self._chances[flow.id]]
            return met or [flow for flow in flows if flow.id == node.default]
        if node.type == "EXCLUSIVE_GATEWAY" and len(flows) > 1:
            return self._chance.choices(flows, [self._chances[flow.id] for flow in flows])
        return flows
