"""The one table of what Operate holds: every resource, every field, in our words and in v1's.

Columns carry the v2 names in snake_case. Contract: ``operate-v1.md`` sections 1.4 to 1.11 for fields, types
and filters, ``camunda-v2.md`` section 3 for the names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["RESOURCES", "Field", "Kind", "Resource"]

Kind = Literal["key", "count", "text", "flag", "date"]


@dataclass(frozen=True, eq=False)
class Field:
    """One column.

    Attributes
    ----------
    column : str
        Our name: the v2 name in snake_case.
    v1 : str or None
        The name in v1; None where v1 does not send it.
    kind : str
        ``key`` and ``count`` become Int64, ``text`` string, ``flag`` boolean, ``date`` datetime64[us, UTC].
    filtered_by : str
        ``server``, or ``client`` where the server ignores the filter and would return every row.
    words : tuple of (ours, v1's)
        The words of an enumeration that filters take.
    """

    column: str
    v1: str | None
    kind: Kind
    filtered_by: Literal["server", "client"] = "server"
    words: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, eq=False)
class Resource:
    """One kind of rows.

    Attributes
    ----------
    name : str
        Our name, plural.
    v1_path : str
        Where v1 searches it, below ``/v1/``.
    fields : tuple of Field
        In the order of the frame's columns; the first is the key, unique and never missing.
    text_order : bool
        Whether the server walks the keys as text (contract section 3.3).
    """

    name: str
    v1_path: str
    fields: tuple[Field, ...]
    text_order: bool = False

    @property
    def key(self) -> Field:
        """The field that every row has and no two rows share."""
        return self.fields[0]

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of all columns, in order."""
        return tuple(field.column for field in self.fields)

    def field(self, column: str) -> Field:
        """The field of a column that exists."""
        return next(field for field in self.fields if field.column == column)


_PROCESS_INSTANCES = Resource(
    "process_instances",
    "process-instances",
    (
        Field("process_instance_key", "key", "key"),
        Field("process_definition_id", "bpmnProcessId", "text"),
        # Not in v1's rows: filled from the definitions.
        Field("process_definition_name", None, "text", filtered_by="client"),
        Field("process_definition_version", "processVersion", "count"),
        Field("process_definition_version_tag", "processVersionTag", "text"),
        Field("process_definition_key", "processDefinitionKey", "key"),
        Field("start_date", "startDate", "date"),
        Field("end_date", "endDate", "date"),
        Field(
            "state",
            "state",
            "text",
            words=(("ACTIVE", "ACTIVE"), ("COMPLETED", "COMPLETED"), ("TERMINATED", "CANCELED")),
        ),
        Field("has_incident", "incident", "flag"),
        Field("parent_process_instance_key", "parentKey", "key"),
        Field("parent_element_instance_key", "parentFlowNodeInstanceKey", "key"),
        Field("tenant_id", "tenantId", "text"),
    ),
)

_PROCESS_DEFINITIONS = Resource(
    "process_definitions",
    "process-definitions",
    (
        Field("process_definition_key", "key", "key"),
        Field("process_definition_id", "bpmnProcessId", "text"),
        Field("name", "name", "text"),
        Field("version", "version", "count"),
        # 8.6.0 ignores this filter and returns every row (contract 1.4).
        Field("version_tag", "versionTag", "text", filtered_by="client"),
        Field("tenant_id", "tenantId", "text"),
    ),
    text_order=True,
)

RESOURCES: dict[str, Resource] = {resource.name: resource for resource in (_PROCESS_INSTANCES, _PROCESS_DEFINITIONS)}
