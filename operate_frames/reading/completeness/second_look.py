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
from typing import Literal

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from operate_frames.api.base import Plan
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
# So many instances that ended last are asked for, where that is one search and the window several.
_LAST_ENDED = 50
Part = Literal["all", "ended", "of late ones"]


class LateInstances:
    """The process instances that ended yesterday or today, asked for once a read, beside its first look.

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
        today = pd.Timestamp(context.http.clock.now()).floor("D")
        self.window = Range(today - _DAY, today + _DAY)
        self.counts = ReadCounts()
        self._context = context
        self._found: Future[list[int]] | None = None

    def begin(self) -> None:
        """Ask, once, in a thread of its own."""
        if self._found is None:
            self._found = Future()
            threading.Thread(target=self._find, args=(self._found,), name="operate_frames asks", daemon=True).start()

    def keys(self) -> list[int] | None:
        """Their keys; None where they are too many to be asked for by key, or could not be found."""
        self.begin()
        assert self._found is not None
        return self._few(self._found)

    def keys_again(self) -> list[int] | None:
        """Their keys, asked for anew: some may have been hidden the first time. None as in `keys`."""
        before, self._found = self.keys(), None
        now = self.keys()
        return None if before is None or now is None else sorted({*before, *now})

    @staticmethod
    def _few(asked: Future[list[int]]) -> list[int] | None:
        try:
            found = asked.result()
        except OperateError:
            return None
        return found if len(found) <= _MOST_INSTANCES else None

    def _find(self, asked: Future[list[int]]) -> None:
        ended = Filter(_INSTANCES.field("end_date"), ranges=(self.window,))
        scan = Scan(self._context, Query(_INSTANCES, (_INSTANCE_KEY,), (ended,), limit=_MOST_INSTANCES + 1))
        try:
            plan = scan.plan()
            found = self._latest(scan) if len(plan.searches) > 1 else None
            found = self._all(scan, plan) if found is None else found
            self.counts.add(scan.counts)
            asked.set_result(found)
        except BaseException as error:  # noqa: BLE001 - told where the answer is taken
            asked.set_exception(error)

    def _latest(self, scan: Scan) -> list[int] | None:
        """Those in the window, where a look at the last few that ended tells: one search, not one a day."""
        rows = scan.first_rows(_INSTANCES.field("end_date"), True, _LAST_ENDED)
        ends = rows["end_date"].to_pandas()
        if not ends.dropna().is_monotonic_decreasing:  # who ignores the order tells nothing
            return None
        is_late = ends >= self.window.low
        return None if is_late.sum() == _LAST_ENDED else rows[_INSTANCE_KEY].filter(pa.array(is_late)).to_pylist()

    @staticmethod
    def _all(scan: Scan, plan: Plan) -> list[int]:
        found: list[int] = []
        for batch in scan.batches(plan):
            found += batch[_INSTANCE_KEY].to_pylist()
            if len(found) > _MOST_INSTANCES:
                break
        return found


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
        self._named = self._instances_named()

    @property
    def needs(self) -> set[str]:
        """The columns that it looks at: whether instances that were named have come."""
        return set() if self._named is None else {_INSTANCE_KEY}

    def begin(self) -> None:
        """Ask beside the first look what its rows do not tell by themselves."""
        if self._never is None and self._recheck is None and self._asks_late:
            self._late.begin()

    @property
    def _asks_late(self) -> bool:
        return not self._ends_itself or self._named is not None

    def question(self, first: ReadCounts, rows: pa.Table) -> Query | None:
        """What to look at again, once it is time for it; None: nothing.

        Parameters
        ----------
        first : ReadCounts
            Of the first look.
        rows : pyarrow.Table
            What came.
        """
        part, why = self._chosen(first, rows)
        self.said = f"{'not taken' if part is None else 'taken'}: {why}"
        if part is None:
            return None
        time.sleep(self._context.tuning.seconds_before_second_look)
        if part == "ended":
            ended = Filter(self._query.resource.field("end_date"), ranges=(self._late.window,))
            return self._narrowed(ended)
        late = self._of_question(self._late.keys_again(), rows) if part == "of late ones" else None
        if late is None:
            return self._query
        return self._narrowed(Filter(self._query.resource.field(_INSTANCE_KEY), tuple(late)))

    def _chosen(self, first: ReadCounts, rows: pa.Table) -> tuple[Part | None, str]:
        most = self._context.tuning.rechecked_pages
        if self._never is not None:
            return None, self._never
        if self._recheck:
            return "all", "recheck=True"
        if first.pages_needed > most:
            return None, f"{first.pages_needed} pages; unasked only reads of up to {most} get one"
        late = self._of_question(self._late.keys(), rows) if self._asks_late else None
        if self._shows_gaps(first):
            return "all", "at all rows, as the first look lacks some or met some twice"
        if self._asks_late and late is not None and not late:
            return None, "no process instance of the question ended yesterday or today"
        ended = self._ended_lately(rows) if self._ends_itself else 0
        if self._ends_itself and not late and not ended:
            return None, "no row of the answer ended yesterday or today"
        if first.pages_needed <= self._context.few_pages or self._query.limit is not None:
            return "all", "at all rows, as some may have ended yesterday or today"
        if self._ends_itself:
            if 2 * ended > rows.num_rows:
                return "all", "at all rows, as most ended yesterday or today"
            return "ended", "at what ended yesterday and today"
        if late is None or len(late) / self._context.api.keys_per_search >= first.pages_needed:
            return "all", "at all rows, as process instances ended yesterday or today"
        return "of late ones", "at what belongs to the process instances that ended yesterday and today"

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

    def _ended_lately(self, rows: pa.Table) -> int:
        since = pa.scalar(self._late.window.low, rows["end_date"].type)
        return pc.sum(pc.greater_equal(rows["end_date"], since)).as_py() or 0

    def _instances_named(self) -> set[int] | None:
        """The process instances that the question names; None: it may be any."""
        for asked in self._query.filters:
            if asked.field.column == _INSTANCE_KEY and asked.values and not (asked.negated or asked.ranges):
                return set(asked.values)
        return None

    def _of_question(self, late: list[int] | None, rows: pa.Table) -> list[int] | None:
        """Those of these instances that the question names, and those named that did not come: they may be hidden."""
        if late is None or self._named is None:
            return late
        came = rows[_INSTANCE_KEY].to_pylist() if _INSTANCE_KEY in rows.column_names else []
        absent = self._named.difference(came) if late else ()
        return sorted(self._named.intersection(late).union(absent))

    def _narrowed(self, further: Filter) -> Query:
        return replace(self._query, filters=(*self._query.filters, further))


def united(resource: Resource, order: Sequence[Order], looks: Sequence[pa.Table]) -> pa.Table:
    """The rows of several looks, each once, in order; of two copies that are alike that of the earlier look."""
    rows = sorted_by(order, pa.concat_tables(looks)).combine_chunks().to_batches()
    return pa.Table.from_batches([without_doubles(resource, each) for each in rows], looks[0].schema)
