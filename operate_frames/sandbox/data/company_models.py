"""The processes and decisions of the sandbox's company: what runs there, and how often."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Node:
    """A flow node.

    Parameters
    ----------
    id : str
        Its id in the diagram.
    name : str or None
        Its label, None for an unnamed one.
    type : str
        Operate's word for it.
    inner : tuple of Node
        What a sub-process holds.
    turns : int
        How often a multi-instance activity runs, 0 for any other.
    """

    id: str
    name: str | None
    type: str
    inner: tuple[Node, ...] = ()
    turns: int = 0


@dataclass(frozen=True)
class Flow:
    """A sequence flow.

    Parameters
    ----------
    id : str
        Its id in the diagram.
    source, target : str
        The nodes that it joins.
    """

    id: str
    source: str
    target: str


@dataclass(frozen=True)
class Model:
    """A process, all its versions alike.

    Parameters
    ----------
    id : str
        The BPMN process id.
    name : str or None
        Its name, None for an unnamed one.
    tags : tuple of (str or None)
        The version tag of each version.
    share : float
        Its part of the started instances.
    nodes : tuple of Node
        The way through it.
    waits_at : str
        Where an instance stays that is active or was canceled.
    fails_at : str or None
        Where one with an incident stays, None for a process that has none.
    shortcut : tuple of (str, str) or None
        A second way, from one node to another.
    calls : str or None
        The process that its call activity starts.
    """

    id: str
    name: str | None
    tags: tuple[str | None, ...]
    share: float
    nodes: tuple[Node, ...]
    waits_at: str
    fails_at: str | None = None
    shortcut: tuple[str, str] | None = None
    calls: str | None = None

    def flows(self) -> list[Flow]:
        """Give the flows of the process itself, those inside sub-processes left out."""
        flows = list(flows_between(self.nodes, "f"))
        return flows if self.shortcut is None else [*flows, Flow("f0", *self.shortcut)]


def flows_between(nodes: tuple[Node, ...], prefix: str) -> Iterator[Flow]:
    """Join nodes in a row.

    Parameters
    ----------
    nodes : tuple of Node
        The nodes.
    prefix : str
        What the flows' ids begin with.

    Yields
    ------
    Flow
        One between each two.
    """
    for number, (source, target) in enumerate(pairwise(nodes), 1):
        yield Flow(f"{prefix}{number}", source.id, target.id)


@dataclass(frozen=True)
class Decision:
    """A decision of a DMN diagram.

    Parameters
    ----------
    id, name : str
        What it is called.
    type : str
        DECISION_TABLE or LITERAL_EXPRESSION.
    requires : str or None
        The decision that is evaluated before it.
    """

    id: str
    name: str
    type: str
    requires: str | None = None


@dataclass(frozen=True)
class DecisionDiagram:
    """A DMN diagram.

    Parameters
    ----------
    id, name, resource : str
        What it and its file are called.
    decisions : tuple of Decision
        Its decisions, in the order of evaluation.
    """

    id: str
    name: str
    resource: str
    decisions: tuple[Decision, ...]


MODELS = (
    Model(
        "order",
        "Order handling",
        (None, "2026.1", "2026.2"),
        0.45,
        (
            Node("start", "Order placed", "START_EVENT"),
            Node("decide", "Decide discount", "BUSINESS_RULE_TASK"),
            Node("gw", "Amount?", "EXCLUSIVE_GATEWAY"),
            Node("charge", "Charge card", "SERVICE_TASK"),
            Node("ship", "Ship", "CALL_ACTIVITY"),
            Node("done", "Order done", "END_EVENT"),
        ),
        waits_at="charge",
        fails_at="charge",
        shortcut=("gw", "done"),
        calls="shipping",
    ),
    Model(
        "shipping",
        "Shipping",
        (None,),
        0.08,
        (
            Node("s", None, "START_EVENT"),
            Node("pack", "Pack parcel", "SERVICE_TASK"),
            Node("label", "Print label", "CALL_ACTIVITY"),
            Node("e", None, "END_EVENT"),
        ),
        waits_at="pack",
        fails_at="pack",
        shortcut=("pack", "e"),
        calls="label",
    ),
    Model(
        "loan.request-ä",
        "Darlehen prüfen, 審査",
        (None,),
        0.2,
        (
            Node("start", None, "START_EVENT"),
            Node("score", "Score", "SCRIPT_TASK"),
            Node("checks", "Check document", "SERVICE_TASK", turns=3),
            Node(
                "sub",
                "Wait for papers",
                "SUB_PROCESS",
                inner=(
                    Node("ss", None, "START_EVENT"),
                    Node("papers", "Papers received", "RECEIVE_TASK"),
                    Node("se", None, "END_EVENT"),
                ),
            ),
            Node("approved", "Approved", "END_EVENT"),
        ),
        waits_at="sub",
        fails_at="checks",
    ),
    Model(
        "tick",
        None,
        (None,),
        0.15,
        (
            Node("s", None, "START_EVENT"),
            Node("wait", None, "INTERMEDIATE_CATCH_EVENT"),
            Node("e", None, "END_EVENT"),
        ),
        waits_at="wait",
    ),
    Model(
        "invoice-archive",
        'Invoice, archived "for good"',
        (None, "final"),
        0.12,
        (
            Node("received", "Invoice received", "START_EVENT"),
            Node("archive", "File; then forget", "USER_TASK"),
            Node("filed", "Filed", "END_EVENT"),
        ),
        waits_at="archive",
    ),
    Model(
        "label",
        "Parcel label",
        (None,),
        0.0,
        (
            Node("s", None, "START_EVENT"),
            Node("print", "Print", "SERVICE_TASK"),
            Node("e", None, "END_EVENT"),
        ),
        waits_at="print",
    ),
)

DECISION_DIAGRAMS = (
    DecisionDiagram(
        "discount_drg",
        "Discount DRG",
        "discount.dmn",
        (
            Decision("rate", "Rate", "DECISION_TABLE"),
            Decision("discount", "Discount", "LITERAL_EXPRESSION", requires="rate"),
        ),
    ),
    DecisionDiagram("rating", "Rating", "rating.dmn", (Decision("band", "Band", "DECISION_TABLE"),)),
)
