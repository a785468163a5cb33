"""How the sandbox's own table of v2 is written: a line a field, and what each version has of it.

Contract ``camunda-v2.md`` 1.3 (classes of filters) and 1.7 (words).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from operate_frames.sandbox.tables.fields import Kind

__all__ = ["VERSIONS", "Described", "Field", "Resource", "Version"]

Version = Literal["8.8", "8.9", "8.10"]
VERSIONS: tuple[Version, ...] = ("8.8", "8.9", "8.10")
# The classes of filters (``camunda-v2.md`` 1.3).
_OPERATORS = {
    "-": frozenset[str](),
    "=": frozenset({"$eq"}),
    "S": frozenset({"$eq", "$neq", "$exists", "$in", "$notIn", "$like"}),
    "E": frozenset({"$eq", "$neq", "$exists", "$in", "$like"}),
    "K": frozenset({"$eq", "$neq", "$exists", "$in", "$notIn"}),
    "R": frozenset({"$eq", "$neq", "$exists", "$gt", "$gte", "$lt", "$lte", "$in"}),
}
_STORED: dict[str, Kind] = {"key": "long", "int": "long", "date": "date", "flag": "boolean"}


@dataclass(frozen=True)
class Field:
    """One property of a resource, as one version has it.

    Parameters
    ----------
    name : str
        The JSON property.
    type : str
        ``key``, ``int``, ``text``, ``date``, ``flag``, ``enum``, ``json``, ``list`` (of texts), or ``member`` for a
        filter on the texts of a list.
    is_sent : bool
        Whether rows have it.
    may_lack : bool
        Whether a row may have no value.
    operators : frozenset of str
        What filters may say.
    is_sortable : bool
        Whether searches can be sorted by it.
    words : tuple of str
        Of an enumeration.
    nothing : str or None
        What is written where there is no value.
    """

    name: str
    type: str
    is_sent: bool
    may_lack: bool
    operators: frozenset[str]
    is_sortable: bool
    words: tuple[str, ...]
    nothing: str | None

    utc = "Z"

    @property
    def kind(self) -> Kind:
        """How the index keeps it."""
        return _STORED.get(self.type, "keyword")

    @property
    def is_bare(self) -> bool:
        """Whether a keyword is written without quotes: it is JSON already."""
        return self.type in {"list", "json"}

    @property
    def is_quoted(self) -> bool:
        """Whether a number is written as a text."""
        return self.type == "key"


@dataclass(frozen=True)
class Resource:
    """One kind of rows, as one version has it.

    Parameters
    ----------
    name : str
        Its place in the path.
    identity : str
        The field that no two rows share, the tie-breaker of every sort.
    known : tuple of Field
        All fields of rows, filters and sorts.
    takes_or : bool
        Whether a filter may have alternatives.
    has_xml : bool
        Whether there are diagrams.
    has_key_route : bool
        Whether a row can be got by its key.
    """

    name: str
    identity: str
    known: tuple[Field, ...]
    takes_or: bool = False
    has_xml: bool = False
    has_key_route: bool = True

    @cached_property
    def fields(self) -> Sequence[Field]:
        """What rows have."""
        return tuple(field for field in self.known if field.is_sent)

    @cached_property
    def by_name(self) -> dict[str, Field]:
        """All fields by name."""
        return {field.name: field for field in self.known}


@dataclass(frozen=True)
class Described:
    """A resource in all versions.

    Parameters
    ----------
    name, identity : str
        As in `Resource`.
    fields : str
        Each line names a field, its type, presence, filter class and sort. One word holds for all versions, three with
        slashes for one each.
    takes_or : tuple of str
        The versions that take alternatives.
    has_xml : bool
        As in `Resource`.
    since : str
        The first version that has it.
    has_key_route : bool
        As in `Resource`.
    """

    name: str
    identity: str
    fields: str
    takes_or: tuple[Version, ...] = ()
    has_xml: bool = False
    since: Version = "8.8"
    has_key_route: bool = True

    def of(self, version: Version) -> Resource:
        """Give it as one version has it.

        Parameters
        ----------
        version : {"8.8", "8.9", "8.10"}
            Of Camunda.

        Returns
        -------
        Resource
            Its fields.
        """
        at = VERSIONS.index(version)
        known = tuple(_field(line.split(), at) for line in self.fields.strip().splitlines())
        return Resource(self.name, self.identity, known, version in self.takes_or, self.has_xml, self.has_key_route)


def _field(columns: list[str], at: int) -> Field:
    name, described, presence, filters, sort = columns
    kind, _, enumeration = described.partition(":")
    present = _in_version(presence, at)
    lacks = present in {"opt", "null"}
    return Field(
        name,
        kind,
        is_sent=present != "-",
        may_lack=lacks,
        operators=_OPERATORS[_in_version(filters, at)],
        is_sortable=_in_version(sort, at) == "sort",
        words=_words(enumeration, at),
        # 8.8 leaves out most of what 8.9 shows as null (``camunda-v2.md`` 1.4).
        nothing="null" if present == "null" else ('""' if name in _EMPTY_IN_8_8 else None),
    )


def _in_version(described: str, at: int) -> str:
    words = described.split("/")
    return words[at] if len(words) == len(VERSIONS) else described


def _words(enumeration: str, at: int) -> tuple[str, ...]:
    words = _ENUMERATIONS.get(enumeration, "").split()
    return tuple(word.rstrip("+") for word in words if len(word) - len(word.rstrip("+")) <= at)


_EMPTY_IN_8_8 = {"processDefinitionVersionTag", "versionTag"}
# Each plus is a version before which a word was not there (``camunda-v2.md`` 1.7).
_ENUMERATIONS = {
    "instance": "ACTIVE COMPLETED TERMINATED SUSPENDED++",
    "definition": "ACTIVE DELETED DRAINING++",
    "element": "ACTIVE COMPLETED TERMINATED",
    "element_type": (
        "UNSPECIFIED PROCESS SUB_PROCESS EVENT_SUB_PROCESS AD_HOC_SUB_PROCESS AD_HOC_SUB_PROCESS_INNER_INSTANCE"
        " START_EVENT INTERMEDIATE_CATCH_EVENT INTERMEDIATE_THROW_EVENT BOUNDARY_EVENT END_EVENT SERVICE_TASK"
        " RECEIVE_TASK USER_TASK MANUAL_TASK TASK EXCLUSIVE_GATEWAY INCLUSIVE_GATEWAY PARALLEL_GATEWAY"
        " EVENT_BASED_GATEWAY SEQUENCE_FLOW MULTI_INSTANCE_BODY CALL_ACTIVITY BUSINESS_RULE_TASK SCRIPT_TASK SEND_TASK"
        " UNKNOWN"
    ),
    "incident": "ACTIVE MIGRATED PENDING RESOLVED UNKNOWN+",
    "error": (
        "UNSPECIFIED UNKNOWN IO_MAPPING_ERROR JOB_NO_RETRIES EXECUTION_LISTENER_NO_RETRIES TASK_LISTENER_NO_RETRIES"
        " AD_HOC_SUB_PROCESS_NO_RETRIES CONDITION_ERROR EXTRACT_VALUE_ERROR CALLED_ELEMENT_ERROR UNHANDLED_ERROR_EVENT"
        " MESSAGE_SIZE_EXCEEDED CALLED_DECISION_ERROR DECISION_EVALUATION_ERROR FORM_NOT_FOUND RESOURCE_NOT_FOUND"
        " SECRET_RESOLUTION_ERROR++"
    ),
    "decision": "EVALUATED FAILED UNSPECIFIED UNKNOWN",
    "decision_type": "DECISION_TABLE LITERAL_EXPRESSION UNSPECIFIED UNKNOWN",
    "user_task": "CREATING CREATED ASSIGNING UPDATING COMPLETING COMPLETED CANCELING CANCELED FAILED",
    "job_kind": "BPMN_ELEMENT EXECUTION_LISTENER TASK_LISTENER AD_HOC_SUB_PROCESS",
    "listener_event": "ASSIGNING CANCELING COMPLETING CREATING END START UNSPECIFIED UPDATING BEFORE_ALL++ CANCEL++",
    "job": (
        "CANCELED COMPLETED CREATED ERROR_THROWN FAILED MIGRATED RETRIES_UPDATED TIMED_OUT PRIORITY_UPDATED++"
        " TIMEOUT_UPDATED++"
    ),
    "subscription": "CORRELATED CREATED DELETED MIGRATED",
    "subscription_type": "PROCESS_EVENT START_EVENT",
    "batch": "ACTIVE CANCELED COMPLETED CREATED FAILED PARTIALLY_COMPLETED SUSPENDED",
    "batch_item": "ACTIVE COMPLETED SKIPPED CANCELED FAILED",
    "batch_type": (
        "ADD_VARIABLE CANCEL_PROCESS_INSTANCE DELETE_DECISION_DEFINITION DELETE_DECISION_INSTANCE+"
        " DELETE_PROCESS_DEFINITION DELETE_PROCESS_INSTANCE MIGRATE_PROCESS_INSTANCE MODIFY_PROCESS_INSTANCE"
        " RESOLVE_INCIDENT RESUME_PROCESS_INSTANCE++ SUSPEND_PROCESS_INSTANCE++ UPDATE_JOB++ UPDATE_VARIABLE"
    ),
    "actor": "ANONYMOUS CLIENT UNKNOWN USER",
    "category": "ADMIN DEPLOYED_RESOURCES USER_TASKS",
    "entity": (
        "AUTHORIZATION BATCH CLIENT DECISION GROUP INCIDENT JOB MAPPING_RULE PROCESS_INSTANCE RESOURCE ROLE TENANT"
        " USER USER_TASK VARIABLE"
    ),
    "operation": (
        "ASSIGN CANCEL COMPLETE CREATE DELETE EVALUATE MIGRATE MODIFY RESOLVE RESUME SUSPEND UNASSIGN UNKNOWN UPDATE"
    ),
    "audit_result": "FAIL SUCCESS",
}
