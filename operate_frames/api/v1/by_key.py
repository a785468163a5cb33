"""What v1 gives by key: rows whole, diagrams, element statistics, sequence flows.

Contract ``operate-v1.md`` sections 1.12 and 5. Each `read_...` raises what `msgspec` says of an answer that it cannot
read.
"""

from __future__ import annotations

import msgspec

from operate_frames.api.answers import ElementCounts, Evaluation
from operate_frames.api.v1.codec import v1_of
from operate_frames.schema.fields import Resource

__all__ = [
    "MAX_SEQUENCE_FLOWS",
    "read_evaluation",
    "read_sequence_flows",
    "read_statistics",
    "read_whole_value",
    "row_path",
    "sequence_flows_path",
    "statistics_path",
    "xml_path",
]

# The server gives no more and says nothing (contract 1.12).
MAX_SEQUENCE_FLOWS = 1000


class _Value(msgspec.Struct):
    value: str | None = None
    truncated: bool | None = None


class _Input(msgspec.Struct):
    id: str | None = None
    name: str | None = None
    value: str | None = None


class _Output(msgspec.Struct):
    id: str | None = None
    name: str | None = None
    value: str | None = None
    ruleId: str | None = None  # noqa: N815 - as on the wire
    ruleIndex: int | None = None  # noqa: N815


class _Evaluated(msgspec.Struct):
    evaluatedInputs: list[_Input] = []  # noqa: N815
    evaluatedOutputs: list[_Output] = []  # noqa: N815


class _Statistics(msgspec.Struct):
    activityId: str  # noqa: N815
    active: int = 0
    canceled: int = 0
    incidents: int = 0
    completed: int = 0


def row_path(resource: Resource, key: int | str) -> str:
    """The path of one row."""
    return f"/v1/{v1_of(resource).path}/{key}"


def xml_path(resource: Resource, key: int) -> str:
    """The path of a diagram."""
    return f"/v1/{v1_of(resource).path}/{key}/xml"


def statistics_path(process_instance_key: int) -> str:
    """The path of an instance's element statistics."""
    return f"/v1/process-instances/{process_instance_key}/statistics"


def sequence_flows_path(process_instance_key: int) -> str:
    """The path of the flows that an instance took."""
    return f"/v1/process-instances/{process_instance_key}/sequence-flows"


def read_whole_value(content: bytes) -> str | None:
    """The whole value of a variable; an answer that does not say ``truncated: false`` is the same cut one once more."""
    variable = msgspec.json.decode(content, type=_Value)
    return variable.value if variable.truncated is False else None


def read_evaluation(content: bytes) -> Evaluation:
    """The inputs and outputs of a decision."""
    evaluated = msgspec.json.decode(content, type=_Evaluated)
    return Evaluation(
        [(each.id, each.name, each.value) for each in evaluated.evaluatedInputs],
        [(each.id, each.name, each.value, each.ruleId, each.ruleIndex) for each in evaluated.evaluatedOutputs],
    )


def read_statistics(content: bytes) -> list[ElementCounts]:
    """How many of each element."""
    rows = msgspec.json.decode(content, type=list[_Statistics])
    return [ElementCounts(row.activityId, row.active, row.canceled, row.incidents, row.completed) for row in rows]


def read_sequence_flows(content: bytes) -> list[str]:
    """The ids of flows."""
    return msgspec.json.decode(content, type=list[str])
