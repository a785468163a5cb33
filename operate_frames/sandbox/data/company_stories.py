"""What happened in single process instances: their elements, variables, incidents and decisions."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from operate_frames.sandbox.data.company_models import Flow, Model, Node, flows_between
from operate_frames.sandbox.data.deployments import (
    DECISIONS,
    TENANT,
    DeployedDecision,
    DeployedProcess,
    Row,
)
from operate_frames.sandbox.tables.columns import Column
from operate_frames.sandbox.v1.resources import (
    DECISION_INSTANCES,
    FLOWNODE_INSTANCES,
    INCIDENTS,
    VARIABLES,
)
from operate_frames.sandbox.v1.store import columns_of

CUT_AT = 8191
_BICYCLE = "\\uD83D\\uDEB2"  # above U+FFFF, text holds an escaped pair
_CUSTOMERS = ("Ada", "Grace", "Jörg Müller", f"Zoë {_BICYCLE}", "O'Neill; Sons, Ltd.", "審査部")
_FORMULAS = ("=1+1", "+41 44 123 45 67", "-2", "@SUM(A1:A9)", '=HYPERLINK("http://x")', "\tTab")
RARE: tuple[tuple[str, str], ...] = (
    ("big_int", "9007199254740993"),
    ("nothing", "null"),
    ("dec", "0.1"),
    ("ok", "true"),
    ("obj", '{"a":[1,2.5,null]}'),
    ("text", json.dumps("x" * 9000)),
    ("edge", json.dumps("e" * (CUT_AT - 2))),
    ("uni", '"' + f"é{_BICYCLE}" * 1000 + '"'),
)
_MESSAGE = (
    "Payment was declined: card {number} has expired.\nio.camunda.zeebe.client.api.command.ClientStatusException: "
    "the worker gave up after 3 attempts"
)
_MAPPING_MESSAGE = "Assertion failure on evaluate the expression '{}': no variable found for name 'document'"


# Those that no search cuts, and that take little room where there are many.
SHORT = tuple((name, value) for name, value in RARE if len(value) < CUT_AT // 2)
# After so many instances all that takes turns has come round, the short ones of those that are rare.
LONGEST_CYCLE = math.lcm(len(_CUSTOMERS), len(_FORMULAS), len(SHORT), 3)


def message_of(number: int) -> str:
    """The message of an incident of a job."""
    return _MESSAGE.format(number=number)


@dataclass(frozen=True)
class Run:
    """A process instance to be told.

    Parameters
    ----------
    key : int
        Its key; the keys behind it are free for what happens in it.
    process : DeployedProcess
        Its definition.
    start : int
        When it began, in epoch milliseconds.
    end : int or None
        When it ended, None while it is active.
    is_canceled : bool
        Whether it was canceled.
    has_incident : bool
        Whether it has an open incident.
    call_activity : int or None
        The key of the call activity that started another instance, if one did.
    free_keys : int
        The first free key.
    """

    key: int
    process: DeployedProcess[Model]
    start: int
    end: int | None
    is_canceled: bool
    has_incident: bool
    call_activity: int | None
    free_keys: int


@dataclass
class _Telling:
    """How far the story of one instance has come."""

    run: Run
    next_key: int
    moment: int

    def key(self) -> int:
        """Take a free key."""
        self.next_key += 1
        return self.next_key - 1

    def date(self) -> str:
        """Let some time pass, never beyond the end, and give the date."""
        later = self.moment + 137
        self.moment = later if self.run.end is None else min(later, self.run.end)
        return _date(self.moment)


class Stories:
    """Collects the rows of many instances.

    Parameters
    ----------
    seed : int
        Decides what varies.
    told : int
        How many were told before, which decides the turn of values that take turns.
    rare : sequence of (name, value)
        The variables that take turns.
    """

    def __init__(self, seed: int, told: int = 0, rare: Sequence[tuple[str, str]] = RARE) -> None:
        self._random = random.Random(seed)  # noqa: S311 - nothing secret
        self._elements: list[Row] = []
        self._incidents: list[Row] = []
        self._variables: list[Row] = []
        self._full_variables: list[Row] = []
        self._decisions: list[Row] = []
        self._told = told
        self._rare = rare
        self.sequence_flows: dict[str, list[str]] = {}

    def columns(self) -> dict[str, dict[str, Column]]:
        """Give the columns of all resources that were told of."""
        return {
            FLOWNODE_INSTANCES.name: columns_of(FLOWNODE_INSTANCES, self._elements),
            INCIDENTS.name: columns_of(INCIDENTS, self._incidents),
            VARIABLES.name: columns_of(VARIABLES, self._variables),
            DECISION_INSTANCES.name: columns_of(DECISION_INSTANCES, self._decisions),
        }

    def rows(self) -> tuple[Sequence[Row], Sequence[Row], Sequence[Row]]:
        """Give the rows of elements, incidents and variables."""
        return self._elements, self._incidents, self._variables

    def full(self) -> dict[str, dict[str, Row]]:
        """Give the rows that a by-key read shows fuller than a search does."""
        return {
            VARIABLES.name: {str(row["key"]): row for row in self._full_variables},
            DECISION_INSTANCES.name: {row["id"]: row for row in self._decisions},
        }

    def tell(self, run: Run) -> None:
        """Tell what happened in an instance.

        Parameters
        ----------
        run : Run
            The instance.
        """
        telling = _Telling(run, run.free_keys, run.start)
        self._tell_variables(telling)
        way, stop = _way(run), _stop(run)
        taken = _flows_of(way, run.process.model.flows())
        for node in way:
            self._tell_node(telling, node, stays=node.id == stop)
            taken += [flow.id for flow in flows_between(node.inner, f"{node.id}_")][: 1 if stop == node.id else None]
        self.sequence_flows[str(run.key)] = sorted(taken)
        self._told += 1

    def evaluate_alone(self, times: int, first_key: int, moment: int) -> None:
        """Evaluate a decision outside any process, every fifth time in vain.

        Parameters
        ----------
        times : int
            How often.
        first_key : int
            The first free key.
        moment : int
            When, in epoch milliseconds.
        """
        band = [deployed for deployed in DECISIONS if deployed.decision.id == "band"]
        for number in range(times):
            failure = "Can't compare 'null' with '100'" if number % 5 == 0 else None
            self._evaluate(band, first_key + 3 * number, moment + number, failure=failure)

    def _tell_variables(self, telling: _Telling) -> None:
        number = self._told
        values = [
            ("order_id", json.dumps(f"A-{number:06d}")),
            ("customer", f'"{_CUSTOMERS[number % len(_CUSTOMERS)]}"'),
            ("amount", str(self._random.randrange(1, 100_000) / 100)),
            ("note", json.dumps(_FORMULAS[number % len(_FORMULAS)])),
            self._rare[number % len(self._rare)],
        ]
        for name, value in values:
            self._add_variable(telling, telling.run.key, name, value)

    def _add_variable(self, telling: _Telling, scope: int, name: str, value: str) -> None:
        row: Row = {
            "key": telling.key(),
            "processInstanceKey": telling.run.key,
            "scopeKey": scope,
            "name": name,
            "value": value[:CUT_AT],
            "truncated": len(value) > CUT_AT,
            "tenantId": TENANT,
        }
        self._variables.append(row)
        if row["truncated"]:
            self._full_variables.append(row | {"value": value, "truncated": False})

    def _tell_node(self, telling: _Telling, node: Node, *, stays: bool) -> None:
        run = telling.run
        began = telling.date()
        if node.turns:
            self._add_element(telling, node, began, stays=stays, type_="MULTI_INSTANCE_BODY")
            for turn in range(1, node.turns + 1):
                element = self._add_element(telling, node, telling.date(), stays=stays and turn == node.turns)
                self._add_variable(telling, element, "loopCounter", str(turn))
            return
        key = run.call_activity if node.type == "CALL_ACTIVITY" else None
        element = self._add_element(telling, node, began, stays=stays, key=key)
        for inner in node.inner[: 2 if stays else None]:
            self._tell_node(telling, inner, stays=stays and inner is node.inner[1])
        if node.type == "BUSINESS_RULE_TASK":
            deployed = [known for known in DECISIONS if known.within.diagram.id == "discount_drg"]
            self._evaluate(
                deployed,
                telling.key(),
                telling.moment,
                process_definition=run.process.key,
                process_instance=run.key,
            )

    def _add_element(
        self,
        telling: _Telling,
        node: Node,
        began: str,
        *,
        stays: bool,
        type_: str | None = None,
        key: int | None = None,
    ) -> int:
        run = telling.run
        is_body = type_ is not None
        fails = stays and run.has_incident and not is_body
        where_it_stays = "TERMINATED" if run.is_canceled else "ACTIVE"
        state = where_it_stays if stays else "COMPLETED"
        row: Row = {
            "key": telling.key() if key is None else key,
            "processInstanceKey": run.key,
            "processDefinitionKey": run.process.key,
            "startDate": began,
            "endDate": None if state == "ACTIVE" else telling.date(),
            "flowNodeId": node.id,
            "flowNodeName": node.name,
            "incidentKey": self._add_incident(telling, began) if fails else None,
            "type": type_ or node.type,
            "state": state,
            "incident": fails,
            "tenantId": TENANT,
        }
        self._elements.append(row)
        return int(row["key"])

    def _add_incident(self, telling: _Telling, began: str) -> int:
        job = telling.key()
        has_job = self._told % 3 > 0
        row: Row = {
            "key": telling.key(),
            "processDefinitionKey": telling.run.process.key,
            "processInstanceKey": telling.run.key,
            "type": "JOB_NO_RETRIES" if has_job else "IO_MAPPING_ERROR",
            "message": message_of(self._told) if has_job else _MAPPING_MESSAGE,
            "creationTime": began,
            "state": "ACTIVE",
            "jobKey": job if has_job else None,
            "tenantId": TENANT,
        }
        self._incidents.append(row)
        return int(row["key"])

    def _evaluate(
        self,
        deployed: Sequence[DeployedDecision],
        key: int,
        moment: int,
        *,
        process_definition: int = -1,
        process_instance: int = -1,
        failure: str | None = None,
    ) -> None:
        for number, known in enumerate(deployed, 1):
            of_table = known.decision.type == "DECISION_TABLE" and failure is None
            decision = known.decision.id
            row: Row = {
                "id": f"{key}-{number}",
                "key": key,
                "state": "EVALUATED" if failure is None else "FAILED",
                "evaluationDate": _date(moment),
                "evaluationFailure": failure,
                "processDefinitionKey": process_definition,
                "processInstanceKey": process_instance,
                "decisionId": decision,
                "decisionDefinitionId": str(known.key),
                "decisionName": known.decision.name,
                "decisionVersion": 1,
                "decisionType": known.decision.type,
                "result": "10" if failure is None else "null",
                "evaluatedInputs": [_input(decision)] if of_table else [],
                "evaluatedOutputs": [_output(decision)] if of_table else [],
                "tenantId": TENANT,
            }
            self._decisions.append({name: value for name, value in row.items() if value is not None})


def _stop(run: Run) -> str | None:
    """Give the node where an instance stays, None for one that went through."""
    model = run.process.model
    if run.end is not None and not run.is_canceled:
        return None
    if run.call_activity is not None:
        return next(node.id for node in model.nodes if node.type == "CALL_ACTIVITY")
    return model.fails_at if run.has_incident else model.waits_at


def _way(run: Run) -> list[Node]:
    """Give the nodes that an instance came to; one that went through and called nobody took the shortcut."""
    model, stop = run.process.model, _stop(run)
    place = {node.id: number for number, node in enumerate(model.nodes)}
    if stop is not None:
        return list(model.nodes[: place[stop] + 1])
    if model.shortcut is None or run.call_activity is not None:
        return list(model.nodes)
    source, target = model.shortcut
    return [*model.nodes[: place[source] + 1], *model.nodes[place[target] :]]


def _flows_of(way: Sequence[Node], flows: Sequence[Flow]) -> list[str]:
    joined = {(source.id, target.id) for source, target in pairwise(way)}
    return [flow.id for flow in flows if (flow.source, flow.target) in joined]


def _input(decision: str) -> Row:
    return {"id": f"{decision}_in", "name": "Amount", "value": "1000"}


def _output(decision: str) -> Row:
    return {
        "id": f"{decision}_out",
        "name": decision,
        "value": "10",
        "ruleId": f"{decision}_1",
        "ruleIndex": 1,
    }


def _date(moment: int) -> str:
    seconds, milliseconds = divmod(moment, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{milliseconds:03d}+0000"
