"""The second look at rows that may have been hidden while they moved to the archive: whether, when and at what.

An instance moves about an hour after it ended, with all that belongs to it, and is hidden for up to 0.9 s (contract
``operate-v1.md`` 3.6). So only what ended lately can have been missed, and the second look comes a second later: sooner
it would meet the same rows hidden.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from operate_frames.errors import OperateError
from operate_frames.query.filters import Filter
from operate_frames.query.query import Order, Query
from operate_frames.query.ranges import Range
from operate_frames.reading.report import ReadCounts
from operate_frames.reading.rows import sorted_by, without_doubles
from operate_frames.reading.scan import Scan, ScanContext
from operate_frames.schema.fields import Resource
from operate_frames.schema.resources import RESOURCES

__all__ = ["LateInstances", "SecondLook", "united"]

_INSTANCES = RESOURCES["process_instances"]
_INSTANCE_KEY = "process_instance_key"
_DAY = pd.Timedelta(days=1)
# More instances that ended lately are not asked for one by one: all is looked at again.
_MOST_INSTANCES = 2000
# To ask for less than this takes as long as to ask for a part of it.
_FEW_PAGES = 2


class LateInstances:
    """The process instances that ended within the last day, asked for once a read, beside its first look.

    Parameters
    ----------
    context : ScanContext
        Of the read.

    Attributes
    ----------
    window : Range
        Yesterday and today by the server's clock: two calendar windows.
    """

    def __init__(self, context: ScanContext) -> None:
        self.now = pd.Timestamp(context.http.clock.now())
        self.window = Range(self.now.floor("D") - _DAY, self.now.floor("D") + _DAY)
        self.counts = ReadCounts()
        self._context = context
        self._found: Future[list[int]] | None = None

    @property
    def asked(self) -> Filter:
        """What such an instance meets."""
        return Filter(_INSTANCES.field("end_date"), ranges=(self.window,))

    def begin(self) -> None:
        """Ask, once, in a thread of its own."""
        if self._found is None:
            self._found = Future()
            threading.Thread(target=self._find, name="operate_frames asks", daemon=True).start()

    def keys(self) -> list[int] | None:
        """Their keys; None where they are too many to be asked for by key, or could not be found."""
        self.begin()
        assert self._found is not None
        try:
            found = self._found.result()
        except OperateError:
            return None
        return found if len(found) <= _MOST_INSTANCES else None

    def _find(self) -> None:
        assert self._found is not None
        scan = Scan(self._context, Query(_INSTANCES, (_INSTANCE_KEY,), (self.asked,), limit=_MOST_INSTANCES + 1))
        self.counts = scan.counts
        found: list[int] = []
        try:
            for batch in scan.batches(scan.plan()):
                found += batch[_INSTANCE_KEY].to_pylist()
                if len(found) > _MOST_INSTANCES:
                    break
            self._found.set_result(found)
        except BaseException as error:  # noqa: BLE001 - told where the answer is taken
            self._found.set_exception(error)


class SecondLook:
    """Whether a question is looked at again, and at what of it.

    Parameters
    ----------
    context : ScanContext
        Of the read.
    query : Query
        What is read.
    recheck : bool or None
        As the caller said; None leaves the choice to this.
    late : LateInstances
        Of the read.

    Attributes
    ----------
    said : str
        Whether it was taken, and why or why not, for the report.
    """

    def __init__(self, context: ScanContext, query: Query, recheck: bool | None, late: LateInstances) -> None:
        self.said = "not taken: rows were given as they came, or not all of them came"
        self._context = context
        self._query = query
        self._recheck = recheck
        self._late = late
        # Its rows tell when they ended; those of others move with the process instance that they belong to.
        self._ends_itself = query.resource is _INSTANCES or _INSTANCE_KEY not in query.resource.columns
        self._never = self._why_never()

    def begin(self) -> None:
        """Ask beside the first look what its rows do not tell by themselves."""
        if self._never is None and self._recheck is None and not self._ends_itself:
            self._late.begin()

    def question(self, first: ReadCounts, rows: pa.Table) -> Query | None:
        """What to look at again, once it is time for it; None: nothing.

        Parameters
        ----------
        first : ReadCounts
            Of the first look.
        rows : pyarrow.Table
            What came.
        """
        again, why = self._chosen(first, rows)
        self.said = f"{'not taken' if again is None else 'taken'}: {why}"
        if again is not None:
            time.sleep(self._context.tuning.seconds_before_second_look)
        return again

    def _chosen(self, first: ReadCounts, rows: pa.Table) -> tuple[Query | None, str]:
        most = self._context.tuning.rechecked_pages
        if self._never is not None:
            return None, self._never
        if self._recheck:
            return self._query, "recheck=True"
        if first.pages_needed > most:
            return None, f"{first.pages_needed} pages; unasked only reads of up to {most} get one"
        late = None if self._ends_itself else self._late.keys()
        if self._shows_gaps(first):
            return self._query, "at all rows, as the first look lacks some or met some twice"
        if late is not None and not (late := self._of_question(late)):
            return None, "no process instance of the question ended within the last day"
        if self._ends_itself and not self._some_ended_lately(rows):
            return None, "no row of the answer ended within the last day"
        if first.pages_needed <= _FEW_PAGES or self._query.limit is not None:
            return self._query, "at all rows, as some ended within the last day"
        if self._ends_itself:
            ended = Filter(self._query.resource.field("end_date"), ranges=(self._late.window,))
            return self._narrowed(ended), "at what ended yesterday and today"
        if late is None or len(late) / self._context.api.keys_per_search >= first.pages_needed:
            return self._query, "at all rows, as process instances ended within the last day"
        keys = Filter(self._query.resource.field(_INSTANCE_KEY), tuple(late))
        return self._narrowed(keys), "at what belongs to the process instances that ended yesterday and today"

    def _why_never(self) -> str | None:
        """Why nothing that was asked for can be moving, or nobody wants to know; None: it can."""
        if self._recheck is False:
            return "recheck=False"
        if not self._query.resource.archived:
            return f"{self._query.resource.name} do not move to the archive"
        return None if self._recheck else next(filter(None, map(self._why_still, self._query.filters)), None)

    def _why_still(self, asked: Filter) -> str | None:
        """Why no row that meets a filter can be moving."""
        if asked.negated or asked.missing:
            return None
        if asked.field.column == "state" and asked.values == ("ACTIVE",):
            return "what is active does not move to the archive"
        is_end = self._ends_itself and asked.field.column == "end_date" and asked.ranges
        if is_end and all(each.high is not None and each.high <= self._late.window.low for each in asked.ranges):
            return "what was asked for ended before yesterday"
        return None

    def _shows_gaps(self, first: ReadCounts) -> bool:
        """Whether rows were met while they moved, or columns could not be looked up; a limit takes fewer on purpose."""
        lacks_some = first.short > 0 and self._query.limit is None
        return lacks_some or first.received != first.kept or bool(first.unfilled)

    def _some_ended_lately(self, rows: pa.Table) -> bool:
        since = pa.scalar(self._late.now - _DAY, rows["end_date"].type)
        return bool(pc.any(pc.greater_equal(rows["end_date"], since)).as_py())

    def _of_question(self, late: list[int]) -> list[int]:
        """Those of these instances that the question does not leave out."""
        named = [
            asked.values
            for asked in self._query.filters
            if asked.field.column == _INSTANCE_KEY and asked.values and not (asked.negated or asked.ranges)
        ]
        return [key for key in late if all(key in values for values in named)]

    def _narrowed(self, further: Filter) -> Query:
        return replace(self._query, filters=(*self._query.filters, further))


def united(resource: Resource, order: Sequence[Order], looks: Sequence[pa.Table]) -> pa.Table:
    """The rows of several looks, each once, in order; of two copies that are alike that of the earlier look."""
    rows = sorted_by(order, pa.concat_tables(looks)).combine_chunks().to_batches()
    return pa.Table.from_batches([without_doubles(resource, each) for each in rows], looks[0].schema)
