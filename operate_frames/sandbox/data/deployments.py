"""What the sandbox's company has deployed: processes and decisions with their keys, all on partition 1."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import Any, Generic, TypeVar

from operate_frames.sandbox.data.collaborations import COLLABORATION_MODELS, Collaboration
from operate_frames.sandbox.data.company_models import (
    DECISION_DIAGRAMS,
    MODELS,
    Decision,
    DecisionDiagram,
    Model,
)

PARTITION_BITS = 51
TENANT = "<default>"
Row = dict[str, Any]

AnyModel = TypeVar("AnyModel", Model, Collaboration)

_keys = count((1 << PARTITION_BITS) + 2)


@dataclass(frozen=True)
class DeployedProcess(Generic[AnyModel]):
    """One version of a process.

    Parameters
    ----------
    key : int
        Its definition key.
    model : Model or Collaboration
        The process.
    version : int
        Counted from 1.
    """

    key: int
    model: AnyModel
    version: int

    @property
    def tag(self) -> str | None:
        """The version tag, None without one."""
        return self.model.tags[self.version - 1]

    def row(self) -> Row:
        """Give the row of process-definitions."""
        return {
            "key": self.key,
            "name": self.model.name,
            "version": self.version,
            "versionTag": self.tag,
            "bpmnProcessId": self.model.id,
            "tenantId": TENANT,
        }


@dataclass(frozen=True)
class DeployedDiagram:
    """A DMN diagram.

    Parameters
    ----------
    key : int
        Its key.
    diagram : DecisionDiagram
        What it is.
    """

    key: int
    diagram: DecisionDiagram

    def row(self) -> Row:
        """Give the row of drd."""
        return {
            "id": str(self.key),
            "key": self.key,
            "decisionRequirementsId": self.diagram.id,
            "name": self.diagram.name,
            "version": 1,
            "resourceName": self.diagram.resource,
            "tenantId": TENANT,
        }


@dataclass(frozen=True)
class DeployedDecision:
    """A decision.

    Parameters
    ----------
    key : int
        Its definition key.
    decision : Decision
        What it is.
    within : DeployedDiagram
        The diagram that it belongs to.
    """

    key: int
    decision: Decision
    within: DeployedDiagram

    def row(self) -> Row:
        """Give the row of decision-definitions."""
        return {
            "id": str(self.key),
            "key": self.key,
            "decisionId": self.decision.id,
            "name": self.decision.name,
            "version": 1,
            "decisionRequirementsId": self.within.diagram.id,
            "decisionRequirementsKey": self.within.key,
            "decisionRequirementsName": self.within.diagram.name,
            "decisionRequirementsVersion": 1,
            "tenantId": TENANT,
        }


DIAGRAMS = tuple(DeployedDiagram(next(_keys), diagram) for diagram in DECISION_DIAGRAMS)
DECISIONS = tuple(
    DeployedDecision(next(_keys), decision, within) for within in DIAGRAMS for decision in within.diagram.decisions
)
PROCESSES = tuple(
    DeployedProcess(next(_keys), model, version) for model in MODELS for version in range(1, len(model.tags) + 1)
)
COLLABORATIONS = tuple(
    DeployedProcess(next(_keys), model, version)
    for model in COLLABORATION_MODELS
    for version in range(1, len(model.tags) + 1)
)
