"""Variables as columns: one for each name, of the one type that all its values have, else of JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from operate_frames.query.joins import Joins
from operate_frames.query.json_column import NUMBER, texts_in
from operate_frames.reading.joins.joiner import ELEMENT_NAME_FIELD, INCIDENT_FIELDS, VARIABLES_FIELD
from operate_frames.reading.rows import Columns, columns_of
from operate_frames.schema.resources import RESOURCES

__all__ = ["JSON_FIELD", "JsonColumn", "Widening", "as_texts", "plain", "widen"]

# What says of a field of texts that they are JSON.
JSON_FIELD = {b"operate_frames": b"json"}
# Which variables of an instance are JSON's null, and which are cut: a JSON list of names, missing where there is none.
_MARKS = ("null_variables", "truncated_variables")
_PREFIX = "variable_"
# What else is joined stands behind them.
_FURTHER = (*INCIDENT_FIELDS, ELEMENT_NAME_FIELD)
_WHOLE_NUMBER = r"^-?[0-9]{1,19}$"
# Floats give any number of so many digits back.
_EXACT_DIGITS = 15


class JsonColumn(NamedTuple):
    """A column of JSON texts, whose values have no one type."""

    texts: pa.ChunkedArray


class _Type(NamedTuple):
    """A type that variables may have: what Arrow calls it, and how JSON texts are read as it.

    `read` raises ValueError where one of them is none.
    """

    arrow: pa.DataType
    read: Callable[[pa.Array], pa.Array]


class Widening:
    """Which columns the variables of some rows become.

    Columns are int64, double, bool or string where all values are, else JSON; a variable that is null, cut or not there
    is missing. One with the name of another column gets ``variable_`` before its own.

    Parameters
    ----------
    joins : Joins
        Which variables are wanted.
    tables : iterable of pyarrow.Table
        All rows, some at a time, with the list of their variables.
    """

    def __init__(self, joins: Joins, tables: Iterable[pa.Table]) -> None:
        self._joins = joins
        named = joins.variables
        possible: dict[str, list[_Type]] = {} if named is None else {name: list(_TYPES) for name in named}
        empty = set(possible)
        for table in tables:
            variables = _Variables(table[VARIABLES_FIELD.name])
            for name in variables.names if named is None else named:
                given = _without_null(variables.texts(name))
                if given.null_count < len(given):
                    empty.discard(name)
                    possible[name] = [each for each in possible.get(name, _TYPES) if _reads(each, given)]
                elif name not in possible:
                    empty.add(name)
                    possible[name] = list(_TYPES)
        self._names = sorted(possible) if named is None else list(named)
        self._types = {name: _TEXT if name in empty else next(iter(possible[name]), None) for name in self._names}

    def schema(self, narrow: pa.Schema) -> pa.Schema:
        """The schema of rows with these columns in the place of the list."""
        fields = [
            pa.field(column, kind.arrow)
            if (kind := self._types[name])
            else pa.field(column, pa.string(), metadata=JSON_FIELD)
            for name, column in zip(self._names, _column_names(self._joins, self._names), strict=True)
        ]
        before = [each for each in narrow if each.name != VARIABLES_FIELD.name and each not in _FURTHER]
        behind = [each for each in narrow if each in _FURTHER]
        return pa.schema([*before, *fields, *(pa.field(name, pa.string()) for name in _MARKS), *behind])

    def table(self, narrow: pa.Table) -> pa.Table:
        """Rows with these columns in the place of the list."""
        columns = columns_of(narrow)
        variables = _Variables(columns[VARIABLES_FIELD.name])
        values = {name: _read_as(self._types[name], variables.texts(name)) for name in self._names}
        return plain(_widened(self._joins, columns, variables, values)).cast(self.schema(narrow.schema))


def widen(joins: Joins, columns: Columns) -> Columns:
    """Put a column for each variable in the place of their list, where there is one, as `Widening` says."""
    listed = columns.get(VARIABLES_FIELD.name)
    if listed is None:
        return columns
    variables = _Variables(listed)
    names = sorted(variables.names) if joins.variables is None else joins.variables
    return _widened(joins, columns, variables, {name: _typed(variables.texts(name)) for name in names})


def plain(columns: Columns) -> pa.Table:
    """A table of columns, JSON as its texts."""
    return pa.table({name: each.texts if isinstance(each, JsonColumn) else each for name, each in columns.items()})


def as_texts(joins: Joins, table: pa.Table) -> pa.Table:
    """Rows whose variables stand as JSON texts in columns, the same ones whatever the rows are."""
    columns = columns_of(table)
    if VARIABLES_FIELD.name not in columns:
        return table
    variables = _Variables(columns[VARIABLES_FIELD.name])
    texts = {name: variables.texts(name) for name in joins.variables or ()}
    return pa.table(_widened(joins, columns, variables, texts))


def _widened(joins: Joins, columns: Columns, variables: _Variables, values: Mapping[str, Any]) -> Columns:
    """Put values by name in the place of the list."""
    wide: Columns = dict(zip(_column_names(joins, list(values)), values.values(), strict=True))
    wide |= variables.marks()
    wide |= {each.name: columns.pop(each.name) for each in _FURTHER if each.name in columns}
    del columns[VARIABLES_FIELD.name]
    columns |= wide
    return columns


class _Variables:
    """The variables of some instances."""

    def __init__(self, listed: pa.ChunkedArray) -> None:
        rows = listed.combine_chunks()
        self._rows = len(rows)
        self._of_row = np.asarray(pc.list_parent_indices(rows))
        flat = pc.list_flatten(rows)
        names, self._values, cut = (pc.struct_field(flat, at) for at in range(3))
        encoded = names.dictionary_encode()
        self._names, self._codes = encoded.dictionary, np.asarray(encoded.indices)
        self._cut = pc.fill_null(cut, fill_value=False)
        self._null = pc.and_(pc.fill_null(pc.equal(self._values, "null"), fill_value=False), pc.invert(self._cut))
        self._shown = pc.if_else(self._cut, pa.scalar(None, pa.string()), self._values)

    @property
    def names(self) -> list[str]:
        """The names that there are."""
        return list(self._names.to_pylist())

    def texts(self, name: str) -> pa.Array:
        """The values of a name by row, JSON texts; those that are cut are missing."""
        code = pc.index(self._names, name).as_py()
        at = np.flatnonzero(self._codes == code) if code >= 0 else np.empty(0, dtype=np.int64)
        place = np.full(self._rows, -1)
        place[self._of_row[at]] = at
        return self._shown.take(pa.array(place, mask=place < 0))

    def marks(self) -> dict[str, pa.ChunkedArray]:
        """Which variables of each row are null, and which are cut."""
        return {name: self._listed(which) for name, which in zip(_MARKS, (self._null, self._cut), strict=True)}

    def _listed(self, which: pa.Array) -> pa.ChunkedArray:
        marked = np.asarray(which)
        lists: dict[int, list[str]] = {}
        names = self._names.take(pa.array(self._codes[marked])).to_pylist()
        for row, name in zip(self._of_row[marked].tolist(), names, strict=True):
            lists.setdefault(row, []).append(name)
        texts = [json.dumps(lists[row], ensure_ascii=False) if row in lists else None for row in range(self._rows)]
        return pa.chunked_array([pa.array(texts, pa.string())])


def _column_names(joins: Joins, names: Sequence[str]) -> list[str]:
    """The columns of variables: their names, with something before those that others have."""
    others = {*RESOURCES[joins.to].columns, *(each.name for each in _FURTHER), *_MARKS}
    taken = others.union(names)
    columns = []
    for name in names:
        column = name
        while column in others or (column != name and column in taken):
            column = f"{_PREFIX}{column}"
        taken.add(column)
        columns.append(column)
    return columns


def _without_null(texts: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(texts, "null"), pa.scalar(None, pa.string()), texts)


def _typed(texts: pa.Array) -> pa.ChunkedArray | JsonColumn:
    """JSON texts as values of the first type that they all have."""
    given = _without_null(texts)
    if given.null_count == len(given):
        return pa.chunked_array([given])
    for kind in _TYPES:
        with suppress(ValueError):
            return pa.chunked_array([kind.read(given)])
    return JsonColumn(pa.chunked_array([texts]))


def _read_as(kind: _Type | None, texts: pa.Array) -> pa.ChunkedArray | JsonColumn:
    return (
        JsonColumn(pa.chunked_array([texts])) if kind is None else pa.chunked_array([kind.read(_without_null(texts))])
    )


def _reads(kind: _Type, texts: pa.Array) -> bool:
    with suppress(ValueError):
        kind.read(texts)
        return True
    return False


def _check(met: pa.Array) -> None:
    if not pc.all(met, min_count=0).as_py():
        raise ValueError


def _flags(texts: pa.Array) -> pa.Array:
    _check(pc.is_in(texts, value_set=pa.array(["true", "false", None])))
    return pc.equal(texts, "true")


def _whole_numbers(texts: pa.Array) -> pa.Array:
    _check(pc.match_substring_regex(texts, _WHOLE_NUMBER))
    return texts.cast(pa.int64())


def _numbers(texts: pa.Array) -> pa.Array:
    """Numbers that floats hold to the digit."""
    _check(pc.match_substring_regex(texts, NUMBER))
    doubtful = pc.or_(pc.greater(pc.utf8_length(texts), _EXACT_DIGITS), pc.match_substring_regex(texts, "[eE]"))
    if not all(Decimal(text) == Decimal(repr(float(text))) for text in pc.unique(texts.filter(doubtful)).to_pylist()):
        raise ValueError
    return texts.cast(pa.float64())


def _texts(texts: pa.Array) -> pa.Array:
    _check(pc.match_substring_regex(texts, r'(?s)^".*"$'))
    return texts_in(texts)


_TEXT = _Type(pa.string(), _texts)
_TYPES = (_Type(pa.bool_(), _flags), _Type(pa.int64(), _whole_numbers), _Type(pa.float64(), _numbers), _TEXT)
