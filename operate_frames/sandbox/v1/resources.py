"""The sandbox's own table of Operate's eight resources: what the server stores, takes and refuses.

It repeats nothing of the client's table on purpose: were the two one, both would be wrong together.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal

from operate_frames.sandbox.tables.fields import Kind

Database = Literal["elasticsearch", "opensearch"]


@dataclass(frozen=True)
class Enumeration:
    """A Java enumeration that a filter value must belong to, its words in Jackson's order.

    Parameters
    ----------
    java : str
        The class name that error texts show.
    words : tuple of str
        The words it has.
    """

    java: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Field:
    """One property of a resource.

    Parameters
    ----------
    name : str
        The JSON property, which is the Java member too.
    java : str or Enumeration
        What the setter takes: a primitive turns a JSON null into 0, a wrapper leaves it null.
    kind : {"long", "date", "boolean", "keyword"}
        How the index keeps it, which decides its order.
    filtered : bool
        Whether a filter on it has any effect.
    analysed : bool
        Whether a filter matches words in any order instead of the whole value.
    sortable : bool
        Whether the index has a field of that name to sort by.
    refused_sort : str or None
        What the validator says to a sort by this field, where it refuses one that is declared.
    """

    name: str
    java: str | Enumeration = "String"
    kind: Kind = "keyword"
    filtered: bool = True
    analysed: bool = False
    sortable: bool = True
    refused_sort: str | None = None

    is_quoted: ClassVar[bool] = False
    utc: ClassVar[str] = "+0000"
    nothing: ClassVar[None] = None

    @property
    def is_bare(self) -> bool:
        """Whether JSON shows the value as a number."""
        return self.java in {"long", "int", "java.lang.Long"}


@dataclass(frozen=True)
class Resource:
    """One of the eight resources.

    Parameters
    ----------
    name : str
        Its place in the path.
    entity : str
        The Java class, as JSON parse errors name it.
    fields : tuple of Field
        The stored fields, in the order in which answers write them.
    unread : str
        What a failed search on Elasticsearch says it was reading.
    missing : str
        The 404 text up to the key.
    identity : str
        The field that by-key reads look up; it is the tie-breaker of every sort too.
    validated : bool
        Whether searches pass Operate's validator at all.
    trailing_blank : frozenset of str
        The databases on which the 404 text ends with a blank.
    only_by_key : tuple of str
        Properties that a filter may name and only a by-key read shows.
    aliases : tuple of (str, str)
        Further names that a filter may use for a field.
    missing_xml : str or None
        The 404 text of the XML route, where there is one.
    """

    name: str
    entity: str
    fields: tuple[Field, ...]
    unread: str
    missing: str
    identity: str = "key"
    validated: bool = True
    trailing_blank: frozenset[str] = frozenset({"elasticsearch"})
    only_by_key: tuple[str, ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()
    missing_xml: str | None = None

    @cached_property
    def by_name(self) -> dict[str, Field]:
        """The stored fields by name."""
        return {field.name: field for field in self.fields}

    @cached_property
    def filters(self) -> dict[str, Field]:
        """The stored fields by each name that a filter may use."""
        return self.by_name | {alias: self.by_name[name] for alias, name in self.aliases}

    @cached_property
    def declared(self) -> frozenset[str]:
        """Every member name that the validator lets pass as a sort field, Java's constants included."""
        constants = {re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper() for name in self.by_name}
        return frozenset({*self.by_name, *self.only_by_key, *constants, "VERSION"})

    def not_found(self, key: str, database: Database) -> str:
        """Give the 404 text for a key.

        Parameters
        ----------
        key : str
            The key or id that was asked for.
        database : {"elasticsearch", "opensearch"}
            Whose wording to use.

        Returns
        -------
        str
            The text, with its trailing blank where the real one has it.
        """
        return f"{self.missing} {key}" + " " * (database in self.trailing_blank)


_ENTITIES = "io.camunda.operate.webapp.api.v1.entities."
_STATE = Enumeration(_ENTITIES + "DecisionInstanceState", ("UNKNOWN", "EVALUATED", "FAILED", "UNSPECIFIED"))
_DECISION_TYPE = Enumeration(
    "io.camunda.operate.entities.dmn.DecisionType",
    ("LITERAL_EXPRESSION", "UNKNOWN", "DECISION_TABLE", "UNSPECIFIED"),
)
_NO_BLANK: frozenset[str] = frozenset()
_NO_SORT = "Field '{}' cannot be used as sort field"


def _long(name: str, java: str = "java.lang.Long", **more: bool | str) -> Field:
    return Field(name, java, "long", **more)  # type: ignore[arg-type]


def _date(name: str) -> Field:
    return Field(name, kind="date")


def _flag(name: str, *, sortable: bool = True) -> Field:
    return Field(name, "java.lang.Boolean", "boolean", sortable=sortable)


PROCESS_INSTANCES = Resource(
    "process-instances",
    "ProcessInstance",
    (
        _long("key", "long"),
        _long("processVersion", "int"),
        Field("processVersionTag"),
        Field("bpmnProcessId"),
        _long("parentKey", sortable=False),  # stored as parentProcessInstanceKey
        _long("parentFlowNodeInstanceKey"),
        _date("startDate"),
        _date("endDate"),
        Field("state"),
        _flag("incident"),
        _long("processDefinitionKey", "long"),
        Field("tenantId"),
    ),
    unread="process instances",
    missing="No process instances found for key",
    aliases=(("parentProcessInstanceKey", "parentKey"),),
)

PROCESS_DEFINITIONS = Resource(
    "process-definitions",
    "ProcessDefinition",
    (
        Field("key", "long"),  # a keyword: text order
        Field("name"),
        _long("version", "int"),
        Field("versionTag", filtered=False),
        Field("bpmnProcessId"),
        Field("tenantId"),
    ),
    unread="process definitions",
    missing="No process definition found for key",
    missing_xml="Process definition for key {} not found.",
)

FLOWNODE_INSTANCES = Resource(
    "flownode-instances",
    "FlowNodeInstance",
    (
        _long("key"),
        _long("processInstanceKey"),
        _long("processDefinitionKey"),
        _date("startDate"),
        _date("endDate"),
        Field("flowNodeId"),
        Field("flowNodeName", filtered=False, sortable=False),  # joined in from the definition
        _long("incidentKey"),
        Field("type"),
        Field("state"),
        _flag("incident"),
        Field("tenantId"),
    ),
    unread="flownode instances",
    missing="No flownode instance found for key",
)

INCIDENTS = Resource(
    "incidents",
    "Incident",
    (
        _long("key"),
        _long("processDefinitionKey"),
        _long("processInstanceKey"),
        Field("type"),
        Field("message", analysed=True, refused_sort="Field 'message' can't be used as sort field"),
        _date("creationTime"),
        Field("state"),
        _long("jobKey"),
        Field("tenantId"),
    ),
    unread="incidents",
    missing="No incident found for key",
    trailing_blank=frozenset({"elasticsearch", "opensearch"}),
)

VARIABLES = Resource(
    "variables",
    "Variable",
    (
        _long("key"),
        _long("processInstanceKey"),
        _long("scopeKey"),
        Field("name"),
        Field("value"),
        _flag("truncated", sortable=False),  # stored as isPreview
        Field("tenantId"),
    ),
    unread="incidents",
    missing="No variable found for key",
)

DECISION_DEFINITIONS = Resource(
    "decision-definitions",
    "DecisionDefinition",
    (
        Field("id"),
        _long("key", "long"),
        Field("decisionId"),
        Field("name"),
        _long("version", "int"),
        Field("decisionRequirementsId"),
        _long("decisionRequirementsKey", "long"),
        Field("decisionRequirementsName", refused_sort=_NO_SORT.format("decisionRequirementsName")),
        _long("decisionRequirementsVersion", "int", refused_sort=_NO_SORT.format("decisionRequirementsVersion")),
        Field("tenantId"),
    ),
    unread="decision definitions",
    missing="No decision definition found for key",
    trailing_blank=_NO_BLANK,
)

DECISION_INSTANCES = Resource(
    "decision-instances",
    "DecisionInstance",
    (
        Field("id"),
        _long("key", "long"),
        Field("state", _STATE),
        _date("evaluationDate"),
        Field("evaluationFailure"),
        _long("processDefinitionKey", "long"),
        _long("processInstanceKey", "long"),
        Field("decisionId"),
        Field("decisionDefinitionId"),
        Field("decisionName"),
        Field("decisionVersion", "int"),  # a keyword: "10" sorts before "2"
        Field("decisionType", _DECISION_TYPE),
        Field("result", filtered=False, sortable=False),
        Field("tenantId"),
    ),
    unread="decision instance",
    missing="No decision instance found for id",
    identity="id",
    validated=False,
    trailing_blank=_NO_BLANK,
    only_by_key=("evaluatedInputs", "evaluatedOutputs"),
)

DRD = Resource(
    "drd",
    "DecisionRequirements",
    (
        Field("id"),
        _long("key", "long"),
        Field("decisionRequirementsId"),
        Field("name"),
        _long("version", "int"),
        Field("resourceName"),
        Field("tenantId"),
    ),
    unread="decision requirements",
    missing="No decision requirements found for key",
    validated=False,
    trailing_blank=_NO_BLANK,
    missing_xml="Decision requirements for key {} not found.",
)

RESOURCES = {
    resource.name: resource
    for resource in (
        PROCESS_INSTANCES,
        PROCESS_DEFINITIONS,
        FLOWNODE_INSTANCES,
        INCIDENTS,
        VARIABLES,
        DECISION_DEFINITIONS,
        DECISION_INSTANCES,
        DRD,
    )
}
