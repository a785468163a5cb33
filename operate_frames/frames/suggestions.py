"""What somebody meant by a name that the package does not have."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches

__all__ = ["suggestion"]

# Names of both APIs and of Camunda's clients, as they stand behind a verb, and the readers of the same.
_READERS = {
    "process_instances": "read_instances",
    "process_definitions": "read_definitions",
    "processes": "read_definitions",
    "instances": "read_instances",
    "definitions": "read_definitions",
    "element_instances": "read_element_instances",
    "elements": "read_element_instances",
    "flow_node_instances": "read_element_instances",
    "flownode_instances": "read_element_instances",
    "flow_nodes": "read_element_instances",
    "incidents": "read_incidents",
    "variables": "read_variables",
    "decisions": "read_decision_definitions",
    "decision_definitions": "read_decision_definitions",
    "decision_requirements": "read_decision_requirements",
    "drd": "read_decision_requirements",
    "decision_instances": "read_decision_instances",
    "process_definition_xml": "read_definition_xml",
    "xml": "read_definition_xml",
    "process_instance_statistics": "read_element_statistics",
    "statistics": "read_element_statistics",
    "process_definition_statistics": "read_definition_statistics",
    "process_instance_call_hierarchy": "read_hierarchy",
    "call_hierarchy": "read_hierarchy",
    "process_instance_sequence_flows": "read_sequence_flows",
}
_VERB = re.compile(r"^(?:read|get|search|list|find|fetch|query|load)_")


def suggestion(name: str, public: Sequence[str]) -> str:
    """A sentence that names what was meant; empty where nothing is near."""
    subject = _VERB.sub("", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower())
    reader = _READERS.get(subject) or _READERS.get(f"{subject}s")
    nearest = [reader] if reader else get_close_matches(name, public, n=1, cutoff=0.6)
    return f": did you mean {nearest[0]}?" if nearest else ""
