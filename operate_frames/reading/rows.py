"""What is done to rows once they are columns: kept in order, freed of doubles, cut to the question, merged.

Nothing here knows where rows come from.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cmp_to_key
from itertools import takewhile
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from operate_frames.api.base import Plan, SearchRequest
from operate_frames.errors import BadAnswer
from operate_frames.query.filters import Filter
from operate_frames.query.json_column import numbers_in, texts_in
from operate_frames.query.json_text import canonical
from operate_frames.query.query import Order
from operate_frames.query.ranges import Range
from operate_frames.schema.fields import Resource

__all__ = [
    "ENDED_BY",
    "Columns",
    "behind",
    "below",
    "columns_of",
    "in_order",
    "in_order_of",
    "meets",
    "merged",
    "place_of",
    "positions",
    "sorted_by",
    "without_doubles",
]

# The columns that tell the later copy of a row, where it has them.
ENDED_BY = ("end_date", "completion_date", "end_time", "state")
# By name: Arrow's, and once they are converted pandas'.
Columns = dict[str, Any]


def columns_of(table: pa.Table) -> Columns:
    """Take a table apart, so that its columns can be let go of one by one."""
    return dict(zip(table.column_names, table.columns, strict=True))


def in_order(plan: Plan, search: SearchRequest, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Pass batches on as long as the rows come in order from where the search begins, as the server's walk promises.

    Texts are sorted otherwise by some databases, so only what stands before the first text is looked at.

    Raises
    ------
    BadAnswer
        The server goes back or in circles.
    """
    resource = plan.resource
    order = list(takewhile(lambda each: plan.text_order or resource.field(each.column).kind != "text", plan.order))
    if not order:
        yield from batches
        return
    is_whole = len(order) == len(plan.order)
    last: list[pa.Scalar] | None = None
    for batch in batches:
        if last is None and search.start is not None:
            beginning = _beginning(plan, search.start, batch)
            last = beginning and beginning[: len(order)]
        places = [_comparable(plan, batch[each.column]) for each in order]
        first = [column[0] for column in places]
        goes_back = last is not None and _before(first, last, order).as_py()
        stands_still = is_whole and last is not None and not _before(last, first, order).as_py()
        backwards = _before([column[1:] for column in places], [column[:-1] for column in places], order)
        if goes_back or stands_still or pc.any(backwards).as_py():
            key = batch[resource.key.column][0]
            raise BadAnswer(f"The rows of {resource.name} come out of order, at or after key {key}: read again.")
        last = [column[-1] for column in places]
        yield batch


def behind(plan: Plan, start: Sequence[Any] | None, batch: pa.RecordBatch) -> pa.RecordBatch:
    """Leave out the rows up to the place where a search begins, which a server may give that knows no such places."""
    if start is None or plan.starts_exactly or not batch.num_rows:
        return batch
    beginning = _beginning(plan, start, batch)
    if beginning is None:
        return batch
    places = [_comparable(plan, batch[each.column]) for each in plan.order]
    is_behind = _before(beginning, places, plan.order)
    return batch if is_behind[0].as_py() else batch.filter(is_behind)


def positions(column: pa.Array) -> pa.Array:
    """The positions in a walk that goes by a column: keys as they are, of dates their milliseconds."""
    if pa.types.is_timestamp(column.type):
        return column.cast(pa.timestamp("ms", "UTC"), safe=False).cast(pa.int64())
    return column


def below(batch: pa.RecordBatch, column: str, end_before: int | None) -> pa.RecordBatch:
    """Keep the rows whose position is below a value; rows that a server gives again need not go up."""
    if end_before is None or not batch.num_rows:
        return batch
    is_below = pc.less(positions(batch[column]), end_before)
    return batch if is_below.true_count == batch.num_rows else batch.filter(is_below)


def without_doubles(resource: Resource, batch: pa.RecordBatch) -> pa.RecordBatch:
    """Keep one of neighbouring rows that are the same: the ended one, as it is the later copy.

    The server shows a row twice while it moves to another index (contract 3.6).
    """
    same = np.ones(max(batch.num_rows - 1, 0), dtype=np.bool_)
    for column in (batch[name] for name in resource.identity):
        same &= np.asarray(pc.fill_null(pc.equal(column[1:], column[:-1]), fill_value=False))
    if not same.any():
        return batch
    row = np.concatenate(([0], np.cumsum(~same)))
    best_first = np.lexsort((~_ended(batch), row))
    chosen = best_first[np.concatenate(([True], np.diff(row[best_first]) > 0))]
    return batch.take(pa.array(chosen))


def meets(column: pa.Array, asked: Filter) -> pa.Array:
    """Which values meet a filter; a missing value meets no filter but those that ask for it, or for all but others."""
    met = _is_listed(column, asked) if asked.field.listed else pc.is_in(column, _of_type(column, asked.values))
    for each in asked.ranges:
        met = pc.or_(met, _within(column if not asked.field.json else _comparable_json(column, each), each))
    for pattern in asked.patterns:
        met = pc.or_(met, pc.match_substring_regex(column, _as_regex(pattern)))
    if asked.documents:
        met = pc.or_(met, _is_document(column, asked.documents))
    met = pc.or_(pc.fill_null(met, fill_value=False), pc.and_(column.is_null(), pa.scalar(asked.missing)))
    return pc.invert(met) if asked.negated else met


def merged(
    resource: Resource, order: Sequence[Order], streams: Sequence[Iterator[pa.RecordBatch]]
) -> Iterator[pa.RecordBatch]:
    """Make one stream in order out of several that are; a batch of each is held.

    Rows up to the least of the last rows at hand cannot be met again, so they are given together.
    """
    if len(streams) == 1:
        yield from streams[0]
        return
    held: dict[Iterator[pa.RecordBatch], pa.RecordBatch] = {}
    empty = list(streams)
    while True:
        held |= {stream: batch for stream in empty if (batch := next(stream, None)) is not None}
        if not held:
            return
        ends = [[batch[each.column][-1] for each in order] for batch in held.values()]
        bound = min(ends, key=cmp_to_key(_by(order)))
        ready, empty = [], []
        for stream, batch in list(held.items()):
            places = [batch[each.column] for each in order]
            count = batch.num_rows - pc.sum(_before(bound, places, order)).as_py()
            ready.append(batch.slice(0, count))
            held[stream] = batch.slice(count)
            if count == batch.num_rows:
                del held[stream]
                empty.append(stream)
        together = sorted_by(order, pa.Table.from_batches(ready)).combine_chunks()
        yield from (without_doubles(resource, batch) for batch in together.to_batches())


def sorted_by(order: Sequence[Order], rows: pa.Table) -> pa.Table:
    """Sort rows, missing values last; rows that are equal keep their places."""
    if not order or in_order_of(order, rows):
        return rows
    keys = [(each.column, "descending" if each.descending else "ascending") for each in order]
    return rows.take(pc.sort_indices(rows, sort_keys=keys))


def in_order_of(order: Sequence[Order], rows: pa.Table) -> bool:
    """Whether rows without missing values in these columns are in order already."""
    columns = [rows[each.column].combine_chunks() for each in order]
    if any(column.null_count for column in columns):
        return False
    return not pc.any(_before([c[1:] for c in columns], [c[:-1] for c in columns], order)).as_py()


def place_of(order: Sequence[Order], batch: pa.RecordBatch) -> list[Any]:
    """The place of the last row in an order, as the server writes it: numbers, texts, epoch milliseconds."""
    place = []
    for each in order:
        value = batch[each.column][-1:]
        if pa.types.is_timestamp(value.type):
            value = pc.divide(value.cast(pa.int64()), 1000)
        place.append(value[0].as_py())
    return place


def _beginning(plan: Plan, start: Sequence[Any], batch: pa.RecordBatch) -> list[pa.Scalar] | None:
    """The place behind which a search begins, as its rows have it; None where it names no value of some column."""
    if any(value is None for value in start):
        return None
    kinds = [_comparable(plan, batch[each.column]).type for each in plan.order]
    return [_scalar(value, kind) for value, kind in zip(start, kinds, strict=True)]


def _scalar(value: Any, kind: pa.DataType) -> pa.Scalar:
    if pa.types.is_timestamp(kind):
        return pa.scalar(value * 1000, kind)
    return pa.scalar(str(value) if pa.types.is_string(kind) else value, kind)


def _comparable(plan: Plan, column: pa.Array) -> pa.Array:
    return column.cast(pa.string()) if plan.text_order else column


def _before(left: Sequence[Any], right: Sequence[Any], order: Sequence[Order]) -> Any:
    """Row by row, whether the left one comes strictly before the right one; columns, or the values of one row."""
    earlier = None
    for one, other, each in reversed(list(zip(left, right, order, strict=True))):
        less = pc.greater(one, other) if each.descending else pc.less(one, other)
        earlier = less if earlier is None else pc.or_(less, pc.and_(pc.equal(one, other), earlier))
    return earlier


def _by(order: Sequence[Order]) -> Any:
    def compare(left: Sequence[pa.Scalar], right: Sequence[pa.Scalar]) -> int:
        for a, b, each in zip(left, right, order, strict=True):
            if not a.equals(b):
                return 1 if pc.less(a, b).as_py() == each.descending else -1
        return 0

    return compare


def _ended(batch: pa.RecordBatch) -> np.ndarray[Any, np.dtype[np.bool_]]:
    names = batch.schema.names
    for date in ENDED_BY[:-1]:
        if date in names:
            return np.asarray(batch[date].is_valid())
    if "state" in names:
        return np.asarray(pc.fill_null(pc.not_equal(batch["state"], "ACTIVE"), fill_value=False))
    return np.zeros(batch.num_rows, dtype=bool)


def _is_document(column: pa.Array, documents: Sequence[str]) -> pa.Array:
    """Whether JSON texts are equal as JSON; each text is read once."""
    texts = pc.unique(column)
    equal = [text is not None and canonical(text) in documents for text in texts.to_pylist()]
    return pc.is_in(column, value_set=texts.filter(pa.array(equal, pa.bool_())))


def _of_type(column: pa.Array, values: Sequence[Any]) -> pa.Array:
    return pa.array(values, column.type)


def _is_listed(column: pa.Array, asked: Filter) -> pa.Array:
    """Whether texts of JSON lists have one of some texts in them, or are one of them."""
    met = pc.is_in(column, _of_type(column, asked.values))
    for value in asked.values:
        met = pc.or_(met, pc.match_substring(column, json.dumps(value, ensure_ascii=False)))
    return met


def _as_regex(pattern: str) -> str:
    """A pattern with ``*`` and ``?`` as a regular expression of the whole text."""
    signs = {"*": ".*", "?": "."}
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    written = (signs.get(part) or re.escape(part[-1]) for part in parts)
    return f"(?s)^{''.join(written)}$"


def _comparable_json(texts: pa.Array, asked: Range) -> pa.Array:
    """The values of JSON texts that may lie in a range: numbers or texts, as its ends are."""
    return texts_in(texts) if isinstance(asked.low if asked.low is not None else asked.high, str) else numbers_in(texts)


def _within(column: pa.Array, asked: Range) -> pa.Array:
    low, high = (None if end is None else pa.scalar(end, column.type) for end in asked)
    inside = column.is_valid()
    if low is not None:
        inside = pc.and_(inside, pc.greater_equal(column, low))
    if high is not None:
        inside = pc.and_(inside, pc.less(column, high))
    return inside
