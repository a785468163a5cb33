"""What a few small requests tell of a search before it is read, or beside it: counts, ends, how keys are spread."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import takewhile

from operate_frames.api.v1 import codec as v1
from operate_frames.api.v1.planner import Plan, Query
from operate_frames.query.query import Order
from operate_frames.reading.paging.partitions import Run, runs

__all__ = ["Forecast", "Survey"]

# So many places in each partition are looked at, with so many rows each.
_PLACES = 3
_SAMPLE = 100

Fetch = Callable[[Plan, Query, bytes | None, int], v1.Page]


@dataclass(frozen=True)
class Forecast:
    """What to expect of a search.

    Attributes
    ----------
    total : int
        The server's count, which ends at `v1.HIGHEST_TOTAL`.
    runs : tuple of Run
        Where its keys lie, partition by partition; empty where the count is the whole truth.
    rows : int or None
        About how many rows it has; None where that could not be seen.
    """

    total: int
    runs: tuple[Run, ...]
    rows: int | None


class Survey:
    """Looks at the searches of a plan with small requests.

    Parameters
    ----------
    fetch : callable
        Gives one page: ``fetch(plan, query, after, size)``.
    planned : Plan
        Whose searches.
    """

    def __init__(self, fetch: Fetch, planned: Plan) -> None:
        self._fetch = fetch
        self._planned = planned

    def total(self, query: Query) -> int:
        """Ask the server how many rows answer a search, up to its highest count."""
        return self._fetch(self._planned, query, v1.first_place(query), 1).total

    def forecast(self, query: Query) -> Forecast:
        """Find out about how many rows a search has, also where the server does not count them."""
        total = self.total(query)
        is_whole = query.start is None and query.until is None
        if is_whole and total < v1.HIGHEST_TOTAL:
            return Forecast(total, (), total)
        if not self._planned.by_key or query.wanted:
            return Forecast(total, (), None)
        found = tuple(self.runs(query))
        return Forecast(total, found, round(sum(self._rows_in(run, query) for run in found)))

    def runs(self, query: Query) -> list[Run]:
        """Ask where the keys of a search lie, partition by partition; its order must begin with a key, going up."""

        def last_before(end: int | None) -> int | None:
            return self.last_key(query if end is None else replace(query, until=end))

        def first_from(start: int) -> int | None:
            return self._key_of(self._planned, query, v1.from_key(self._planned, start))

        beginning = 0 if query.start is None else query.start[0]
        found = takewhile(lambda run: run.high > beginning, runs(last_before, first_from))
        return sorted(Run(max(run.low, beginning), run.high) for run in found)

    def last_key(self, query: Query) -> int | None:
        """Ask for the highest key of a search that ends somewhere; None where it has no row."""
        planned = self._planned
        first, key = planned.order[0].column, planned.resource.key.column
        downward = replace(planned, order=(Order(first, descending=True), Order(key)))
        after = None if query.until is None else v1.from_key(downward, query.until)
        return self._key_of(downward, query, after)

    def _key_of(self, planned: Plan, query: Query, after: bytes | None) -> int | None:
        page = self._fetch(planned, query, after, 1)
        return None if page.empty else v1.first_key(page.cursor)

    def _rows_in(self, run: Run, query: Query) -> float:
        """About how many rows a run has, by the room that some of them take at some places of it."""
        length = math.ceil((run.high - run.low + 1) / _PLACES)
        return sum(self._rows_from(low, min(low + length, run.high + 1), query) for low in range(*run, length))

    def _rows_from(self, low: int, end: int, query: Query) -> float:
        page = self._fetch(self._planned, query, v1.from_key(self._planned, low), _SAMPLE)
        reached = None if page.empty else v1.first_key(page.cursor)
        if reached is None:
            return 0.0
        rows = v1.rows_in(page)
        here = (end - low) / max(reached - low, 1)
        return rows * here if rows == _SAMPLE else rows * min(here, 1)  # fewer are all that come
