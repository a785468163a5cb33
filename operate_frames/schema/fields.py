"""What a column and a resource are: our name and type, and their name and habits in each of Camunda's APIs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

__all__ = [
    "EQUAL",
    "KEYS",
    "RANGE",
    "TEXT",
    "V1",
    "V2",
    "WORDS",
    "Field",
    "Kind",
    "Operators",
    "Resource",
    "V1Resource",
    "V2Resource",
    "Version",
]

Kind = Literal["key", "count", "text", "flag", "date"]
# Of Camunda, such as (8, 10).
Version = tuple[int, int]

# What a filter of v2 may say of a field: contract ``camunda-v2.md`` 1.3.
Operators = frozenset[str]
EQUAL: Operators = frozenset({"$eq"})
_AMONG = EQUAL | {"$neq", "$exists", "$in"}
TEXT: Operators = _AMONG | {"$notIn", "$like"}
WORDS: Operators = _AMONG | {"$like"}
KEYS: Operators = _AMONG | {"$notIn"}
RANGE: Operators = _AMONG | {"$gt", "$gte", "$lt", "$lte"}


@dataclass(frozen=True)
class V1:
    """A field in Operate's v1 API.

    Attributes
    ----------
    name : str
        What v1 calls it.
    filtered : bool
        False where the server ignores the filter or means something else by it.
    sorted : bool
        Whether the server may walk the rows by it: never missing, never changed, and sorted as this side sorts.
    missing : int, str or None
        What v1 writes where there is no value, beside leaving the field out.
    nullable : bool
        Whether a row may lack it; else it is sent with every row.
    since : str or None
        The first version of Camunda that sends it, where some that v1 is read from do not.
    asked_as : str or None
        What a filter calls it, where that is another name.
    hidden : bool
        Whether the server filters by it also where its rows do not show it.
    as_text : bool
        Whether v1 writes the number as a text.
    words : mapping
        v1's own words for those of `Field.enum` that it calls otherwise.
    """

    name: str
    filtered: bool = True
    sorted: bool = False
    missing: int | str | None = None
    nullable: bool = False
    since: str | None = None
    asked_as: str | None = None
    hidden: bool = False
    as_text: bool = False
    words: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class V2:
    """A field in the v2 API, whose name is that of the column in camelCase.

    Attributes
    ----------
    filters : frozenset of str
        The operators that filters on it take; empty: there is no filter on it.
    later : tuple of (Version, frozenset of str)
        The operators from a version on, where they became more; in order.
    sorted : bool
        Whether the server may walk the rows by it: it sorts by it, it is never missing, and it never changes.
    missing : str or None
        What is written where there is no value, beside null and leaving the field out.
    nullable : bool
        Whether a row may lack it; else it is sent with every row.
    since : Version
        The first version that sends it.
    is_nested : bool
        Whether it is JSON within the JSON, which becomes its text.
    asked_as : str or None
        What a filter calls it, where that is another name.
    """

    filters: Operators = frozenset()
    later: tuple[tuple[Version, Operators], ...] = ()
    sorted: bool = False
    missing: str | None = None
    nullable: bool = False
    since: Version = (8, 8)
    is_nested: bool = False
    asked_as: str | None = None

    def operators(self, version: Version) -> Operators:
        """What a filter may say of it in a version."""
        found = self.filters
        for since, operators in self.later:
            found = operators if version >= since else found
        return found if version >= self.since else frozenset()


@dataclass(frozen=True, eq=False)
class Field:
    """One column.

    Attributes
    ----------
    column : str
        Our name: the v2 name in snake_case.
    kind : str
        ``key`` and ``count`` become Int64, ``text`` string, ``flag`` boolean, ``date`` datetime64[us, UTC].
    v1 : V1 or None
        The field in v1; None where v1 does not send it.
    v2 : V2 or None
        The field in v2; None where v2 does not send it.
    enum : tuple of str
        The words that filters take, in v2's spelling; empty where any text may be asked for.
    json : bool
        Whether the text is JSON, so that filters take any of its values.
    listed : bool
        Whether the text is a JSON list of texts, so that a filter asks for rows that have one of them.
    filled_from : str or None
        The column of the definitions that gives the values, by `process_definition_key`, where an API's rows lack them.
    """

    column: str
    kind: Kind
    v1: V1 | None = None
    v2: V2 | None = None
    enum: tuple[str, ...] = ()
    json: bool = False
    listed: bool = False
    filled_from: str | None = None

    @property
    def v2_name(self) -> str:
        """What v2 calls it."""
        return re.sub(r"_([a-z])", lambda found: found[1].upper(), self.column)

    @property
    def description(self) -> str:
        """What Camunda's APIs call it, and what its values are."""
        names = [f"{self.v2_name} in v2"] if self.v2 else []
        names += [f"{self.v1.name} in v1"] if self.v1 else []
        said = [", ".join(names) or f"from the definitions, by {self.filled_from}"]
        said += [f"one of {', '.join(self.enum)}"] if self.enum else []
        said += ["JSON"] if self.json else ["a JSON list of texts"] if self.listed else []
        return "; ".join(said)

    @property
    def v2_filter(self) -> str:
        """What a filter of v2 calls it."""
        return (self.v2.asked_as if self.v2 else None) or self.v2_name

    @property
    def api_names(self) -> tuple[str, ...]:
        """What Camunda's APIs call it."""
        return (*((self.v1.name,) if self.v1 else ()), *((self.v2_name, self.v2_filter) if self.v2 else ()))

    @property
    def spellings(self) -> dict[str, str]:
        """Every spelling of the words of `enum` that an API knows, with ours."""
        others = self.v1.words if self.v1 else {}
        return {spelling: word for word in self.enum for spelling in (word, others.get(word, word))}


@dataclass(frozen=True)
class V1Resource:
    """A resource in Operate's v1 API.

    Attributes
    ----------
    path : str
        Where v1 searches it, below ``/v1/``.
    text_order : bool
        Whether the server walks the keys as text (contract ``operate-v1.md`` 3.3).
    """

    path: str
    text_order: bool = False


@dataclass(frozen=True)
class V2Resource:
    """A resource in the v2 API.

    Attributes
    ----------
    path : str
        Where v2 searches it, below ``/v2/``.
    walked_by : str or None
        The column of dates by whose ranges it can be read side by side: never missing, never changed.
    since : Version
        The first version that has it.
    """

    path: str
    walked_by: str | None = None
    since: Version = (8, 8)


@dataclass(frozen=True, eq=False)
class Resource:
    """One kind of rows.

    Attributes
    ----------
    name : str
        Our name, plural.
    v1 : V1Resource or None
        The resource in v1; None where v1 does not have it.
    v2 : V2Resource
        The resource in v2.
    fields : tuple of Field
        In the order of the frame's columns; the first is the key, never missing and, but for `sorted_by`, unique.
    archived : bool
        Whether rows move to other indices after they end, and may be missed or met twice meanwhile (contract
        ``operate-v1.md`` 3.6).
    sorted_by : str or None
        The column that rows are sorted by before the key, and told apart by with it, where the key alone would not do.
    extra_filters : tuple of Field
        Filters that are no columns: they are answered by way of another resource.
    details : str or None
        The option that asks for what search leaves out of a row, one call a row.
    """

    name: str
    v1: V1Resource | None
    v2: V2Resource
    fields: tuple[Field, ...]
    archived: bool = False
    sorted_by: str | None = None
    extra_filters: tuple[Field, ...] = ()
    details: str | None = None

    @property
    def key(self) -> Field:
        """The field that every row has."""
        return self.fields[0]

    @property
    def identity(self) -> tuple[str, ...]:
        """The columns whose values no two rows share, in the order that rows are sorted by."""
        return (*((self.sorted_by,) if self.sorted_by else ()), self.key.column)

    @property
    def since(self) -> str | None:
        """The first version of Camunda that has it; None: all that can be read have."""
        return None if self.v1 else ".".join(map(str, self.v2.since))

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of all columns, in order."""
        return tuple(field.column for field in self.fields)

    @property
    def filters(self) -> tuple[str, ...]:
        """The names of all filters, in order."""
        return tuple(field.column for field in (*self.fields, *self.extra_filters))

    def field(self, name: str) -> Field:
        """The field of a column or filter that exists."""
        return next(field for field in (*self.fields, *self.extra_filters) if field.column == name)

    @property
    def api_names(self) -> tuple[str, ...]:
        """What Camunda's APIs call it in their paths."""
        return (*((self.v1.path,) if self.v1 else ()), self.v2.path)
