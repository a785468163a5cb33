"""What a table must know of a resource and its fields, whichever API shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

__all__ = ["Kind", "TableField", "TableResource"]

Kind = Literal["long", "date", "boolean", "keyword"]


class TableField(Protocol):
    """One property of a resource."""

    @property
    def name(self) -> str:
        """The JSON property."""

    @property
    def kind(self) -> Kind:
        """How the index keeps it, which decides its order."""

    @property
    def is_bare(self) -> bool:
        """Whether a keyword is written without quotes, such as a number."""

    @property
    def is_quoted(self) -> bool:
        """Whether a number is written as a text."""

    @property
    def utc(self) -> str:
        """How its dates say that they are UTC."""

    @property
    def nothing(self) -> str | None:
        """What is written where there is no value; None: the property is left out."""


class TableResource(Protocol):
    """One kind of rows."""

    @property
    def name(self) -> str:
        """Its place in the path."""

    @property
    def identity(self) -> str:
        """The field that no two rows share; it is the tie-breaker of every sort too."""

    @property
    def fields(self) -> Sequence[TableField]:
        """In the order in which answers write them."""

    @property
    def by_name(self) -> Mapping[str, TableField]:
        """The same by name."""
