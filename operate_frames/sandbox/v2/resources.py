"""The sandbox's own table of v2: which fields, filters and sort fields each version has (``camunda-v2.md`` 1.6).

It repeats nothing of the client's table on purpose: were the two one, both would be wrong together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from operate_frames.sandbox.tables.fields import Kind

__all__ = ["RESOURCES", "VERSIONS", "Field", "Resource", "Version", "resources_of"]

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
        ``key``, ``int``, ``text``, ``date``, ``flag``, ``list`` (of texts), ``json`` or ``enum``.
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
    """

    name: str
    identity: str
    known: tuple[Field, ...]
    takes_or: bool = False
    has_xml: bool = False

    @cached_property
    def fields(self) -> Sequence[Field]:
        """What rows have."""
        return tuple(field for field in self.known if field.is_sent)

    @cached_property
    def by_name(self) -> dict[str, Field]:
        """All fields by name."""
        return {field.name: field for field in self.known}


@dataclass(frozen=True)
class _Described:
    """A resource in all versions: each line names a field, its type, presence, filter class and sort.

    One word holds for all versions, three with slashes for one each.
    """

    name: str
    identity: str
    fields: str
    takes_or: tuple[Version, ...] = ()
    has_xml: bool = False
    since: Version = "8.8"

    def of(self, version: Version) -> Resource:
        at = VERSIONS.index(version)
        known = tuple(_field(line.split(), at) for line in self.fields.strip().splitlines())
        return Resource(self.name, self.identity, known, version in self.takes_or, self.has_xml)


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
        # 8.8 leaves out what 8.9 shows as null (``camunda-v2.md`` 1.4).
        nothing="null" if at > 0 else ('""' if name in _EMPTY_IN_8_8 else None),
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
}

_DESCRIBED = (
    _Described(
        "process-definitions",
        "processDefinitionKey",
        """
        name                  text              opt/null/null  S  sort
        resourceName          text              opt/req/req    =  sort
        version               int               opt/req/req    =  sort
        versionTag            text              opt/null/null  =  sort
        processDefinitionId   text              opt/req/req    S  sort
        tenantId              text              opt/req/req    =  sort
        processDefinitionKey  key               opt/req/req    =  sort
        hasStartForm          flag              opt/req/req    =  -
        state                 enum:definition   -/req/req      -/=/=  -
        isLatestVersion       flag              -              =  -
        """,
        has_xml=True,
    ),
    _Described(
        "process-instances",
        "processInstanceKey",
        """
        processDefinitionId          text           req            S      sort
        processDefinitionName        text           req/null/null  S      sort
        processDefinitionVersion     int            req            R      sort
        processDefinitionVersionTag  text           opt/null/null  S      sort
        startDate                    date           req            R      sort
        endDate                      date           opt/null/null  R      sort
        state                        enum:instance  req            E      sort
        hasIncident                  flag           req            =      sort
        tenantId                     text           req            S      sort
        processInstanceKey           key            req            K      sort
        processDefinitionKey         key            req            K      sort
        parentProcessInstanceKey     key            opt/null/null  K      sort
        parentElementInstanceKey     key            opt/null/null  K      sort
        tags                         list           opt/req/req    =      -
        rootProcessInstanceKey       key            -/null/null    -      -
        businessId                   text           -/null/null    -/S/S  -/sort/sort
        suspendedDate                date           -/-/null       -/-/R  -/-/sort
        """,
        takes_or=VERSIONS,
    ),
    _Described(
        "element-instances",
        "elementInstanceKey",
        """
        processDefinitionId     text               req/req/null   =      sort
        startDate               date               req            R      sort
        endDate                 date               opt/null/null  R      sort
        elementId               text               req            =/=/S  sort
        elementName             text               req            =/=/S  sort
        type                    enum:element_type  req            =      sort
        state                   enum:element       req            E      sort
        hasIncident             flag               req            =      -
        tenantId                text               req            =      sort
        elementInstanceKey      key                req            =      sort
        processInstanceKey      key                req            =      sort
        processDefinitionKey    key                req/req/null   =      sort
        incidentKey             key                opt/null/null  =      sort
        rootProcessInstanceKey  key                -/null/null    -      -
        """,
        takes_or=("8.10",),
    ),
    _Described(
        "incidents",
        "incidentKey",
        """
        processDefinitionId     text           opt/req/req    =/S/S  sort
        errorType               enum:error     opt/req/req    =/S/S  sort
        errorMessage            text           opt/req/req    =/S/S  sort/-/-
        elementId               text           opt/req/req    =/S/S  sort
        creationTime            date           opt/req/req    R      sort
        state                   enum:incident  opt/req/req    =/S/S  sort
        tenantId                text           opt/req/req    =/S/S  sort
        incidentKey             key            opt/req/req    =/K/K  sort
        processDefinitionKey    key            opt/req/req    =/K/K  sort
        processInstanceKey      key            opt/req/req    =/K/K  sort
        elementInstanceKey      key            opt/req/req    =/K/K  sort
        jobKey                  key            opt/null/null  =/K/K  sort
        rootProcessInstanceKey  key            -/null/null    -      -
        """,
    ),
    _Described(
        "variables",
        "variableKey",
        """
        name                    text  req          S  sort
        tenantId                text  req          =  sort
        variableKey             key   req          K  sort
        scopeKey                key   req          K  sort
        processInstanceKey      key   req          K  sort
        value                   text  req          S  sort
        isTruncated             flag  req          =  -
        rootProcessInstanceKey  key   -/null/null  -  -
        """,
    ),
    _Described(
        "decision-definitions",
        "decisionDefinitionKey",
        """
        decisionDefinitionId         text  opt/req/req  =      sort
        name                         text  opt/req/req  =      sort
        version                      int   opt/req/req  =      sort
        decisionRequirementsId       text  opt/req/req  =      sort
        tenantId                     text  opt/req/req  =      sort
        decisionDefinitionKey        key   opt/req/req  =      sort
        decisionRequirementsKey      key   opt/req/req  =      sort
        decisionRequirementsName     text  -/req/req    -/=/=  -/sort/sort
        decisionRequirementsVersion  int   -/req/req    -/=/=  -/sort/sort
        """,
    ),
    _Described(
        "decision-requirements",
        "decisionRequirementsKey",
        """
        decisionRequirementsName  text  opt/req/req  =  sort
        version                   int   opt/req/req  =  sort
        decisionRequirementsId    text  opt/req/req  =  sort
        resourceName              text  opt/req/req  =  -
        tenantId                  text  opt/req/req  =  sort
        decisionRequirementsKey   key   opt/req/req  =  sort
        """,
        has_xml=True,
    ),
    _Described(
        "decision-instances",
        "decisionEvaluationInstanceKey",
        """
        decisionEvaluationInstanceKey  text                opt/req/req    =/K/K  sort
        state                          enum:decision       opt/req/req    =/S/S  sort
        evaluationDate                 date                opt/req/req    R      sort
        evaluationFailure              text                opt/null/null  =      sort
        decisionDefinitionId           text                opt/req/req    =      sort
        decisionDefinitionName         text                opt/req/req    =      sort
        decisionDefinitionVersion      int                 opt/req/req    =      sort
        decisionDefinitionType         enum:decision_type  opt/req/req    =      sort
        result                         text                opt/req/req    -      -
        tenantId                       text                opt/req/req    =      sort
        decisionEvaluationKey          key                 opt/req/req    =      sort
        processDefinitionKey           key                 opt/null/null  =      sort
        processInstanceKey             key                 opt/null/null  =      sort
        decisionDefinitionKey          key                 opt/req/req    K      sort
        elementInstanceKey             key                 opt/null/null  K      sort
        rootDecisionDefinitionKey      key                 -/req/req      -/K/K  -/sort/sort
        rootProcessInstanceKey         key                 -/null/null    -      -
        businessId                     text                -/-/null       -/-/S  -/-/sort
        decisionRequirementsKey        key                 -              -/K/K  -
        """,
    ),
)

RESOURCES = tuple(described.name for described in _DESCRIBED)


def resources_of(version: Version) -> dict[str, Resource]:
    """Give the resources that a version has.

    Parameters
    ----------
    version : {"8.8", "8.9", "8.10"}
        Of Camunda.

    Returns
    -------
    dict of str to Resource
        By their place in the path.
    """
    at = VERSIONS.index(version)
    return {each.name: each.of(version) for each in _DESCRIBED if VERSIONS.index(each.since) <= at}
