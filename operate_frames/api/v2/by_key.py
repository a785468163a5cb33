"""What v2 gives by key: rows whole, diagrams, element statistics, sequence flows.

Contract ``camunda-v2.md`` sections 1.5, 1.6 and 6. Each `read_...` raises what `msgspec` says of an answer that it
cannot read.
"""

from __future__ import annotations

import msgspec

from operate_frames.api.answers import ElementCounts, Evaluation
from operate_frames.schema.fields import Resource

__all__ = [
    "read_evaluation",
    "read_sequence_flows",
    "read_statistics",
    "read_whole_value",
    "row_path",
    "sequence_flows_path",
    "statistics_path",
    "xml_path",
]


class _Struct(msgspec.Struct, rename="camel"):
    pass


class _Value(_Struct):
    value: str | None = None


class _Input(_Struct):
    input_id: str | None = None
    input_name: str | None = None
    input_value: str | None = None


class _Output(_Struct):
    output_id: str | None = None
    output_name: str | None = None
    output_value: str | None = None


class _Rule(_Struct):
    rule_id: str | None = None
    rule_index: int | None = None
    evaluated_outputs: list[_Output] = []


class _Evaluated(_Struct):
    evaluated_inputs: list[_Input] | None = None
    matched_rules: list[_Rule] | None = None


class _Counts(_Struct):
    element_id: str
    active: int = 0
    canceled: int = 0
    incidents: int = 0
    completed: int = 0


class _Statistics(_Struct):
    items: list[_Counts]


class _Flow(_Struct):
    sequence_flow_id: str


class _Flows(_Struct):
    items: list[_Flow]


def row_path(resource: Resource, key: int | str) -> str:
    """The path of one row."""
    return f"/v2/{resource.v2.path}/{key}"


def xml_path(resource: Resource, key: int) -> str:
    """The path of a diagram."""
    return f"/v2/{resource.v2.path}/{key}/xml"


def statistics_path(process_instance_key: int) -> str:
    """The path of an instance's element statistics."""
    return f"/v2/process-instances/{process_instance_key}/statistics/element-instances"


def sequence_flows_path(process_instance_key: int) -> str:
    """The path of the flows that an instance took."""
    return f"/v2/process-instances/{process_instance_key}/sequence-flows"


def read_whole_value(content: bytes) -> str | None:
    """The value of a variable, which is whole by key."""
    return msgspec.json.decode(content, type=_Value).value


def read_evaluation(content: bytes) -> Evaluation:
    """The inputs and outputs of a decision."""
    evaluated = msgspec.json.decode(content, type=_Evaluated)
    return Evaluation(
        [(each.input_id, each.input_name, each.input_value) for each in evaluated.evaluated_inputs or ()],
        [
            (each.output_id, each.output_name, each.output_value, rule.rule_id, rule.rule_index)
            for rule in evaluated.matched_rules or ()
            for each in rule.evaluated_outputs
        ],
    )


def read_statistics(content: bytes) -> list[ElementCounts]:
    """How many of each element."""
    rows = msgspec.json.decode(content, type=_Statistics).items
    return [ElementCounts(row.element_id, row.active, row.canceled, row.incidents, row.completed) for row in rows]


def read_sequence_flows(content: bytes) -> list[str]:
    """The ids of flows, in text order, each once."""
    return sorted({each.sequence_flow_id for each in msgspec.json.decode(content, type=_Flows).items})
