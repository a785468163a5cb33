"""The rows of one resource: encoded once, filtered and sorted by columns, cut into pages by position.

Rows stand in the order of their tie-breaker. Their JSON lies in one block, so that a page of a plain walk is one
slice of it, however many rows there are and however deep the walk has come. The positions that a question has
selected are kept for its next pages.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from operate_frames.sandbox.tables.columns import Column, Mask, Numbers
from operate_frames.sandbox.tables.conditions import AnyOf, Condition, OfAField
from operate_frames.sandbox.tables.fields import TableField, TableResource

_ENCODED_AT_ONCE = 50_000
_SELECTED_ROWS_KEPT = 16_000_000
_SORTED_ROWS_KEPT = 8_000_000
_QUESTIONS_KEPT = 1_000

Value = TypeVar("Value", bound=Sized)
AnyResource = TypeVar("AnyResource", bound=TableResource)


@dataclass(frozen=True)
class SortKey:
    """One column of a sort.

    Parameters
    ----------
    field : str
        The field's name.
    descending : bool
        Its direction.
    """

    field: str
    descending: bool = False


@dataclass(frozen=True)
class Selection:
    """The rows that one question is about, in its order.

    Parameters
    ----------
    positions : ndarray of int64 or None
        Row positions; None for all rows as they stand.
    keys : sequence of ndarray
        The directed sort columns, in the same order.
    count : int
        How many rows there are.
    """

    positions: Numbers | None
    keys: Sequence[Numbers]
    count: int

    def start_after(self, directed: Sequence[int], row: int) -> int:
        """Find where the rows behind a sort tuple begin, by bisection.

        Parameters
        ----------
        directed : sequence of int
            The tuple's values as the sort columns hold them, without the tie-breaker.
        row : int
            How many rows of the table have a tie-breaker up to the tuple's.

        Returns
        -------
        int
            An offset into the selection.
        """
        low, high = 0, self.count
        for key, value in zip(self.keys, directed, strict=True):
            part = key[low:high]
            low, high = low + int(part.searchsorted(value)), low + int(part.searchsorted(value, "right"))
        if self.positions is None:
            return row
        return low + int(self.positions[low:high].searchsorted(row))

    def __len__(self) -> int:
        return self.count

    def rows(self, start: int, size: int) -> range | Numbers:
        """Give the positions of one page.

        Parameters
        ----------
        start, size : int
            The page's offset and its length.

        Returns
        -------
        range or ndarray of int64
            The row positions, a range where they lie side by side.
        """
        stop = min(start + size, self.count)
        return range(start, stop) if self.positions is None else self.positions[start:stop]


class _Recent(Generic[Value]):
    """Keeps what was asked for lately, as long as it has few enough rows together."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._kept: OrderedDict[Hashable, Value] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Give what is kept under a key, made when it is not there."""
        if key not in self._kept:
            self._kept[key] = make()
        self._kept.move_to_end(key)
        while len(self._kept) > 1 and self._is_too_much():
            self._kept.popitem(last=False)
        return self._kept[key]

    def _is_too_much(self) -> bool:
        return len(self._kept) > _QUESTIONS_KEPT or sum(map(len, self._kept.values())) > self._rows


class Table(Generic[AnyResource]):
    """All rows of one resource.

    Parameters
    ----------
    resource : TableResource
        Which resource.
    columns : mapping of str to Column
        Its fields, rows in any order; a field that no row has may be left out.
    hidden : frozenset of str
        Fields that are kept for filters but not written.

    Attributes
    ----------
    seen_now : callable or None
        Makes of a selection what a search sees of it at this moment; None: all of it.
    """

    def __init__(
        self, resource: AnyResource, columns: Mapping[str, Column], hidden: frozenset[str] = frozenset()
    ) -> None:
        self.resource = resource
        self.hidden = hidden
        in_order = np.argsort(columns[resource.identity].values, kind="stable")
        self.columns = {name: column.taken(in_order) for name, column in columns.items()}
        self.identity = self.columns[resource.identity]
        self.count = len(in_order)
        self.seen_now: Callable[[Selection], Selection] | None = None
        self.rows_gone_through = 0
        self._starts, self._block = self._encoded()
        self._selections: _Recent[Selection] = _Recent(_SELECTED_ROWS_KEPT)
        self._orders: _Recent[Numbers] = _Recent(_SORTED_ROWS_KEPT)

    def column(self, field: str) -> Column:
        """Give the column of a stored field, all missing where no row has it.

        Parameters
        ----------
        field : str
            The field's name.

        Returns
        -------
        Column
            Its values.
        """
        if field not in self.columns:
            nothing = np.zeros(self.count, dtype=np.int64)
            kind = self.resource.by_name[field].kind
            self.columns[field] = Column(kind, nothing, np.zeros(self.count, dtype=np.bool_))
        return self.columns[field]

    def select(self, conditions: frozenset[Condition], sort: tuple[SortKey, ...]) -> Selection:
        """Find the rows that meet all conditions, sorted, as they are seen now.

        Parameters
        ----------
        conditions : frozenset of Condition
            What must hold.
        sort : tuple of SortKey
            The sort columns, without the tie-breaker, which always comes last and ascends.

        Returns
        -------
        Selection
            The rows in order.
        """
        found = self._found(conditions, sort)
        return found if self.seen_now is None else self.seen_now(found)

    def _found(self, conditions: frozenset[Condition], sort: tuple[SortKey, ...]) -> Selection:
        """All rows of a question; the answer is kept for its next pages."""
        if not conditions and not sort:
            return Selection(None, (), self.count)
        return self._selections.get((conditions, sort), lambda: self._selected(conditions, sort))

    def rows_up_to(self, rank: int) -> int:
        """Count the rows whose tie-breaker ranks no higher.

        Parameters
        ----------
        rank : int
            A rank of the tie-breaker's column.

        Returns
        -------
        int
            How many.
        """
        return int(self.identity.ranks.searchsorted(rank, "right"))

    def position(self, key: str) -> int | None:
        """Find a row by its key or id.

        Parameters
        ----------
        key : str
            As it stands in the path.

        Returns
        -------
        int or None
            Its position.
        """
        wanted = self.identity.code(key) if self.identity.kind == "keyword" else int(key)
        if wanted is None:
            return None
        position = int(self.identity.values.searchsorted(wanted))
        return position if position < self.count and self.identity.values[position] == wanted else None

    def encoded(self, rows: range | Numbers) -> Sequence[bytes | memoryview]:
        """Give the JSON of some rows, commas between them.

        Parameters
        ----------
        rows : range or ndarray of int64
            Their positions.

        Returns
        -------
        sequence of bytes-like
            Pieces to be joined.
        """
        if not len(rows):
            return ()
        if rows[-1] - rows[0] == len(rows) - 1 and (isinstance(rows, range) or (np.diff(rows) == 1).all()):
            return (self._block[self._starts[rows[0]] : self._starts[rows[-1] + 1] - 1],)
        starts = self._starts[rows].tolist()
        stops = (self._starts[np.asarray(rows) + 1] - 1).tolist()
        pieces = [self._block[start:stop] for start, stop in zip(starts, stops, strict=True)]
        return (b",".join(pieces),)

    def without(self, condition: OfAField) -> Table[AnyResource]:
        """Give the table without some of its rows.

        Parameters
        ----------
        condition : Condition
            What holds for the rows to leave out.

        Returns
        -------
        Table
            A new table.
        """
        kept = ~self.met(condition)
        columns = {name: column.taken(kept) for name, column in self.columns.items()}
        return Table(self.resource, columns, self.hidden)

    def _selected(self, conditions: frozenset[Condition], sort: tuple[SortKey, ...]) -> Selection:
        mask = self._mask(conditions)
        if not sort:
            positions = np.flatnonzero(mask)
            return Selection(positions, (), len(positions))
        order = self._orders.get(sort, lambda: self._sorted(sort))
        positions = order[mask[order]]
        keys = [self.column(key.field).directed(descending=key.descending)[positions] for key in sort]
        return Selection(positions, keys, len(positions))

    def _mask(self, conditions: Collection[Condition]) -> Mask:
        mask = np.ones(self.count, dtype=np.bool_)
        for condition in conditions:
            if isinstance(condition, AnyOf):
                mask &= np.any([self._mask(group) for group in condition.groups], axis=0)
            else:
                mask &= self.met(condition)
        return mask

    def met(self, condition: OfAField) -> Mask:
        """Tell which rows meet a condition.

        Parameters
        ----------
        condition : OfAField
            What must hold.

        Returns
        -------
        ndarray of bool
            One a row.
        """
        self.rows_gone_through += self.count
        return condition.holds(self.column(condition.field))

    def _sorted(self, sort: tuple[SortKey, ...]) -> Numbers:
        self.rows_gone_through += self.count
        keys = [self.column(key.field).directed(descending=key.descending) for key in sort]
        return np.lexsort(keys[::-1])  # a stable sort: equal rows keep the order of the tie-breaker

    def _encoded(self) -> tuple[Numbers, memoryview]:
        shown = [
            (field, self.columns[field.name])
            for field in self.resource.fields
            if field.name in self.columns and field.name not in self.hidden
        ]
        block = bytearray()
        lengths: list[int] = []
        for rows in self._in_chunks():
            encoded = [text.encode() for text in _objects(shown, rows)]
            lengths.extend(map(len, encoded))
            block += b",".join(encoded)
            block += b","
        starts = np.zeros(self.count + 1, dtype=np.int64)
        np.cumsum(np.array(lengths, dtype=np.int64) + 1, out=starts[1:])
        return starts, memoryview(block)

    def _in_chunks(self) -> Iterator[slice]:
        for start in range(0, self.count, _ENCODED_AT_ONCE):
            yield slice(start, min(start + _ENCODED_AT_ONCE, self.count))


def _objects(shown: Sequence[tuple[TableField, Column]], rows: slice) -> Iterator[str]:
    properties = [column.fragments(field, rows) for field, column in shown]
    for present in zip(*properties, strict=True):
        yield "{" + ",".join(filter(None, present)) + "}"
