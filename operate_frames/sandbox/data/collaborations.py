"""The processes of the sandbox's company that are drawn as collaborations, with pools and lanes: BPMN files.

What is in a diagram is read from it; beside it stands only what no diagram says: how long things take, and how often
which way is gone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import NamedTuple
from xml.etree import ElementTree as ET

from operate_frames.sandbox.data.company_models import Flow

__all__ = ["COLLABORATION_MODELS", "Collaboration", "FlowNode", "Trouble"]

_BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_IS_NODE = re.compile(r"\w+(Event|Task|Gateway)|subProcess")
_HEAD = 'isExecutable="true">'


@dataclass(frozen=True)
class FlowNode:
    """A flow node of a diagram.

    Parameters
    ----------
    id : str
        Its id in the diagram.
    name : str or None
        Its label, None for an unnamed one.
    type : str
        Operate's word for it.
    scope : str or None
        The sub-process that it stands in, None for the process itself.
    attached_to : str or None
        Of a boundary event: the activity.
    is_multi_instance : bool
        Whether it runs once for each of some things.
    default : str or None
        Of a gateway: the flow that is taken where no other is.
    """

    id: str
    name: str | None
    type: str
    scope: str | None
    attached_to: str | None
    is_multi_instance: bool
    default: str | None


class Trouble(NamedTuple):
    """An incident that an element may meet: how often, of which type, with which message."""

    chance: float
    type: str
    message: str


@dataclass(frozen=True)
class Collaboration:
    """A process with its partners, all its versions drawn alike.

    Parameters
    ----------
    id, name : str
        The BPMN process id, which its file is named after, and its name.
    tags : tuple of (str or None)
        The version tag of each version.
    share : float
        Its part of the started instances.
    hours : mapping of str to float
        How long nodes take on average; others take no time.
    chances : tuple of mapping of str to float
        For each version: how often a flow behind a gateway is taken, or an error is caught by a boundary event.
    limits : mapping of str to float
        The hours after which timers at boundaries interrupt.
    troubles : mapping of str to Trouble
        The incidents that nodes may meet.
    variables : tuple of str
        The names of its variables: a number of its own, a name, an amount.
    items : tuple of str
        What a multi-instance activity runs for, one each.
    """

    id: str
    name: str
    tags: tuple[str | None, ...]
    share: float
    hours: Mapping[str, float]
    chances: tuple[Mapping[str, float], ...]
    limits: Mapping[str, float]
    troubles: Mapping[str, Trouble]
    variables: tuple[str, str, str]
    items: tuple[str, ...] = ()

    def bpmn(self, version: int) -> str:
        """Give the BPMN document of a version, counted from 1."""
        tag = self.tags[version - 1]
        tagged = f'<bpmn:extensionElements><zeebe:versionTag value="{tag}" /></bpmn:extensionElements>' * bool(tag)
        return self._text.replace(_HEAD, _HEAD + tagged, 1)

    @cached_property
    def nodes(self) -> dict[str, FlowNode]:
        """The flow nodes by id, those of sub-processes among them."""
        return {
            child.attrib["id"]: FlowNode(
                id=child.attrib["id"],
                name=child.get("name"),
                type=re.sub(r"(?=[A-Z])", "_", tag).upper(),
                scope=scope.attrib["id"] if scope.tag == f"{_BPMN}subProcess" else None,
                attached_to=child.get("attachedToRef"),
                is_multi_instance=child.find(f"{_BPMN}multiInstanceLoopCharacteristics") is not None,
                default=child.get("default"),
            )
            for scope in self._process.iter()
            for child in scope
            if _IS_NODE.fullmatch(tag := child.tag.removeprefix(_BPMN))
        }

    @cached_property
    def flows(self) -> tuple[Flow, ...]:
        """All sequence flows, those inside sub-processes among them."""
        return tuple(
            Flow(each.attrib["id"], each.attrib["sourceRef"], each.attrib["targetRef"])
            for each in self._process.iter(f"{_BPMN}sequenceFlow")
        )

    @cached_property
    def _text(self) -> str:
        return files("operate_frames.sandbox.data").joinpath("models", f"{self.id}.bpmn").read_text(encoding="utf-8")

    @cached_property
    def _process(self) -> ET.Element:
        process = ET.fromstring(self._text).find(f"{_BPMN}process")  # noqa: S314 - a file of this package
        assert process is not None
        return process


_CLAIM_CHANCES = {"incomplete": 0.45, "all_there": 0.55, "denied": 0.2, "granted": 0.8, "unknown": 0.15}

COLLABORATION_MODELS = (
    Collaboration(
        "claim",
        "Insurance claim",
        tags=("2026.1", "2026.2"),
        share=0.6,
        hours={
            "register": 1.5,
            "ask": 0.01,
            "papers": 120.0,
            "assess": 30.0,
            "cover": 0.02,
            "decide": 5.0,
            "refuse": 0.01,
            "pay": 0.05,
            "correct": 8.0,
        },
        # The newer version asks for papers with the claim itself.
        chances=(_CLAIM_CHANCES, _CLAIM_CHANCES | {"incomplete": 0.2, "all_there": 0.8}),
        limits={"late": 14 * 24.0},
        troubles={
            "cover": Trouble(0.03, "IO_MAPPING_ERROR", "Failed to evaluate 'policy.cover': 'policy' is null"),
            "pay": Trouble(0.08, "JOB_NO_RETRIES", "No answer from the bank in 30 s: transfer {number}, attempt 3"),
        },
        variables=("claim_id", "customer", "amount"),
    ),
    Collaboration(
        "purchase",
        "Purchase of goods",
        tags=(None,),
        share=0.4,
        hours={
            "specify": 3.0,
            "offers": 20.0,
            "choose": 6.0,
            "order": 0.01,
            "delivery": 160.0,
            "inspect": 2.0,
            "return": 12.0,
            "cancel": 0.01,
            "stock": 0.02,
            "ledger": 0.01,
            "label": 10.0,
        },
        chances=(
            {
                "too_dear": 0.25,
                "affordable": 0.75,
                "faulty": 0.15,
                "fine": 0.85,
                "to_stock": 0.6,
                "to_ledger": 0.5,
                "to_label": 0.3,
            },
        ),
        limits={"overdue": 30 * 24.0},
        troubles={
            "offers": Trouble(0.03, "JOB_NO_RETRIES", "503 Service Unavailable: 'suppliers/{number}/offers'"),
            "budget": Trouble(0.02, "EXTRACT_VALUE_ERROR", "Failed to evaluate 'total < budget': 'budget' is null"),
        },
        variables=("purchase_id", "department", "total"),
        items=("Nord & Söhne", "Ünal <Import>", "Müller's"),
    ),
)
