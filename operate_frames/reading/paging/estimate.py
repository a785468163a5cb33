"""What a few small requests tell of a search before it is read, or beside it: counts, ends, about how many rows."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import NamedTuple

from operate_frames.api.base import Api, Cursor, Page, Plan, SearchRequest, Total
from operate_frames.errors import OperateError
from operate_frames.reading.paging.partitions import Run, runs, share_behind
from operate_frames.reading.paging.threads import map_in_order

__all__ = ["Estimate", "Estimator", "ShareBehind", "Weighed", "weigh"]

# So many places in each partition are looked at, with so many rows each.
_PLACES = 3
_SAMPLE = 100
# A walk's page is full of rows that nobody asked for: it costs so much more than a search that finds a few.
_FULL_PAGE = 2.0

Fetch = Callable[[Plan, SearchRequest, Cursor | None, int], Page]


@dataclass(frozen=True)
class Estimate:
    """What to expect of a search.

    Attributes
    ----------
    total : Total
        The server's count.
    runs : tuple of Run
        Where its positions lie, partition by partition; empty where the count is the whole truth.
    rows : int or None
        About how many rows it has; None where that could not be seen.
    """

    total: Total
    runs: tuple[Run, ...]
    rows: int | None


class Estimator:
    """Looks at the searches of a plan with small requests.

    Parameters
    ----------
    api : Api
        What the server speaks.
    fetch : callable
        Gives one page: ``fetch(plan, search, after, size)``.
    plan : Plan
        Whose searches.
    """

    def __init__(self, api: Api, fetch: Fetch, plan: Plan) -> None:
        self._api = api
        self._fetch = fetch
        self._plan = plan

    def total(self, search: SearchRequest) -> Total:
        """Ask the server how many rows answer a search."""
        return self._fetch(self._plan, search, self._api.first_cursor(search), 1).total

    def estimate(self, search: SearchRequest) -> Estimate:
        """Find out about how many rows a search has, also where the server does not count them."""
        total = self.total(search)
        if total.exact and search.start is None and search.end_before is None:
            return Estimate(total, (), total.value)
        if not self._plan.seekable or search.skip_to:
            return Estimate(total, (), None)
        found = tuple(self.runs(search))
        return Estimate(total, found, round(sum(self._rows_in(run, search) for run in found)))

    def runs(self, search: SearchRequest) -> list[Run]:
        """Ask where the positions of a seekable search lie, partition by partition."""

        def last_before(end: int | None) -> int | None:
            return self.last_rows(search if end is None else replace(search, end_before=end), 1).position

        def first_from(start: int) -> int | None:
            return self._fetch(self._plan, search, self._api.cursor_before(self._plan, start), 1).position

        beginning = 0 if search.start is None else search.start[0]
        found = takewhile(lambda run: run.high > beginning, runs(last_before, first_from, self._api.partition))
        return sorted(Run(max(run.low, beginning), run.high) for run in found)

    def last_rows(self, search: SearchRequest, size: int) -> Page:
        """Ask for the last rows of a search that may end somewhere, the last one first."""
        downward = self._api.downward(self._plan)
        after = None if search.end_before is None else self._api.cursor_before(downward, search.end_before)
        return self._fetch(downward, search, after, size)

    def _rows_in(self, run: Run, search: SearchRequest) -> float:
        """About how many rows a run has, by the room that some of them take at some places of it."""
        length = math.ceil((run.high - run.low + 1) / _PLACES)
        return sum(self._rows_from(low, min(low + length, run.high + 1), search) for low in range(*run, length))

    def _rows_from(self, low: int, end: int, search: SearchRequest) -> float:
        page = self._fetch(self._plan, search, self._api.cursor_before(self._plan, low), _SAMPLE)
        reached = page.position
        if reached is None:
            return 0.0
        rows = len(self._api.keys_in(self._plan, page))
        here = (end - low) / max(reached - low, 1)
        return rows * here if rows == _SAMPLE else rows * min(here, 1)  # fewer are all that come


class Weighed(NamedTuple):
    """A plan, about how many requests it takes, and how much these are worth beside those of others."""

    plan: Plan
    requests: int
    cost: float


def weigh(api: Api, fetch: Fetch, plan: Plan, others: Sequence[Plan], *, workers: int) -> list[Weighed]:
    """Find out about how many requests each of some plans takes, by a small page of each of the others' searches.

    Parameters
    ----------
    api : Api
        What the server speaks.
    fetch : callable
        Gives one page.
    plan : Plan
        Of many searches, of which each takes a request at least.
    others : sequence of Plan
        Of walks that leap from one key to the next.
    workers : int
        At most so many requests at a time.
    """
    asked = [(other, search) for other in others for search in other.searches]
    leaps = list(map_in_order(lambda each: _leaps(api, fetch, *each), asked, workers=workers))
    weighed = [Weighed(plan, len(plan.searches), len(plan.searches))]
    for other in others:
        requests = sum(leaps[: len(other.searches)])
        weighed.append(Weighed(other, requests, requests * _FULL_PAGE))
        leaps = leaps[len(other.searches) :]
    return weighed


def _leaps(api: Api, fetch: Fetch, plan: Plan, search: SearchRequest) -> int:
    """About how many pages a walk takes that leaps over all keys that the page before has reached."""
    page = fetch(plan, search, api.first_cursor(search), _SAMPLE)
    first, last, rows = api.first_position(plan, page), page.position, len(api.keys_in(plan, page))
    if first is None or last is None or rows < _SAMPLE:
        return 1
    reach, reached, leaps = (last - first) * plan.page_size / rows, -math.inf, 0
    for key in search.skip_to:
        if key > reached:
            reached, leaps = key + reach, leaps + 1
    return leaps


class ShareBehind:
    """Which share of a search's positions a walk has behind it; the ends are looked up beside it.

    Parameters
    ----------
    estimator : Estimator
        Asks for the ends.
    search : SearchRequest
        The only one of its plan, and seekable.
    """

    def __init__(self, estimator: Estimator, search: SearchRequest) -> None:
        self._estimator = estimator
        self._search = search
        self._looking: threading.Thread | None = None
        self._runs: list[Run] = []

    def at(self, position: int) -> float | None:
        """The share at a position, between 0 and 1; None while the ends are not known."""
        if self._looking is None:
            self._looking = threading.Thread(target=self._look, name="operate_frames estimates", daemon=True)
            self._looking.start()
        return share_behind(self._runs, position) if self._runs else None

    def _look(self) -> None:
        with suppress(OperateError):  # the walk itself will tell of it
            self._runs = self._estimator.runs(self._search)
