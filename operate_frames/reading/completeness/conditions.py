"""Whether rows meet what was asked, also where the server was asked for it: it ignores filters that it does not know.

Contract ``operate-v1.md`` section 10, surprises 1, 2 and 13.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from operate_frames.api.base import Api, ApiField, Plan, SearchRequest
from operate_frames.errors import FieldNotSent, RequestRejected, UnknownName
from operate_frames.query.filters import Filter
from operate_frames.query.query import Query
from operate_frames.reading.enrich.lookups import is_of_roots
from operate_frames.reading.rows import meets
from operate_frames.schema.fields import Field

if TYPE_CHECKING:
    from operate_frames.reading.paging.estimate import Fetch
    from operate_frames.reading.report import ReadCounts

__all__ = ["Conditions", "check_answerable", "heeds", "heeds_filters"]

# A field that is sent with every row is missed after so many without it, or at the end: old data may lack it.
_ENOUGH = 1000


def check_answerable(api: Api, query: Query) -> None:
    """Check that a server has what a query asks of it.

    Raises
    ------
    UnknownName
        It has no such rows, or they lack a column by which some are to be chosen: none or all of them would be.
    """
    why = api.lacks(query.resource)
    if why is not None:
        raise UnknownName(why)
    sent = api.fields(query.resource)
    for each in query.filters:
        column = each.field.column
        is_known = column in sent or api.is_looked_up(each.field) or is_of_roots(each)
        if column in query.resource.columns and not is_known:
            raise UnknownName(
                f"Rows cannot be chosen by {column}: this server, read by API {api.name}, does not send it. Leave that"
                f" filter out."
            )


class Conditions:
    """What the rows of one pass must meet.

    Parameters
    ----------
    plan : Plan
        What was asked, and what was not.
    fields : mapping
        How the API writes the columns.
    counts : ReadCounts
        Learns which rows the server should not have sent.
    """

    def __init__(self, plan: Plan, fields: Mapping[str, ApiField], counts: ReadCounts) -> None:
        self._plan = plan
        self._fields = fields
        self._counts = counts
        self._asked = [each for each in (*plan.sent_filters, *plan.residual_filters) if each.field.column in fields]
        self._seen = 0
        self._carried: Counter[str] = Counter()

    def kept(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The rows that meet all conditions.

        Raises
        ------
        FieldNotSent
            A condition on a field that is sent with every row, and that no row has.
        """
        self._seen += batch.num_rows
        for each in self._asked:
            self._carried[each.field.column] += batch.num_rows - batch[each.field.column].null_count
        self._miss(after=_ENOUGH)
        for each in self._plan.sent_filters:
            met = self._may_meet(batch, each)
            if met.false_count:
                self._counts.unasked[self._plan.resource.name, each] += met.false_count
                batch = batch.filter(met)
        for each in self._plan.residual_filters:
            batch = batch.filter(meets(batch[each.field.column], each))
        return batch

    def end(self) -> None:
        """Say what was missed, once all rows have come.

        Raises
        ------
        FieldNotSent
            As `kept`.
        """
        if self._seen:
            self._miss(after=0)

    @property
    def doubtful(self) -> list[Field]:
        """The fields that no row had, and that this server may not know."""
        return [
            each.field
            for each in self._asked
            if self._seen
            and not self._carried[each.field.column]
            and not self._fields[each.field.column].hidden
            and (self._fields[each.field.column].since or (self._plan.resource.name, each) in self._counts.unasked)
        ]

    def _miss(self, *, after: int) -> None:
        for each in self._asked:
            column, written = each.field.column, self._fields[each.field.column]
            if self._carried[column] or written.nullable or written.hidden:
                continue
            if self._seen < after and not each.missing:  # rows without it would be given away
                continue
            since = f"Camunda sends it from {written.since} on" if written.since else "Camunda sends it with every row"
            raise FieldNotSent(
                f"Rows cannot be chosen by {column}: none of the {self._seen} that came has it ({written.name})."
                f" {since}, so this server is older, or something before it drops fields. Leave that filter out."
            )

    def _may_meet(self, batch: pa.RecordBatch, asked: Filter) -> pa.Array:
        """Which rows meet a condition; of what rows do not show, the server knows more."""
        column = batch[asked.field.column]
        met = meets(column, asked)
        return pc.or_(met, column.is_null()) if self._fields[asked.field.column].hidden else met


def heeds_filters(api: Api, fetch: Fetch, plan: Plan) -> bool:
    """Whether a server heeds the filters of a plan, so that its counts are right."""
    return all(heeds(api, fetch, plan, each.field) for each in plan.sent_filters)


def heeds(api: Api, fetch: Fetch, plan: Plan, field: Field) -> bool:
    """Ask a server for rows that cannot be, to see whether it heeds a filter."""
    cursors = set()
    for impossible in api.filters_of_no_row(field):
        try:
            page = fetch(plan, SearchRequest(impossible), None, 1)
        except RequestRejected:  # of a word that it does not know, so it looks at it
            return True
        if page.empty:
            return True
        cursors.add(page.cursor.raw)
    return len(cursors) > 1
