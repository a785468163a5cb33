"""What would be sent for a question, and what is left to this side, in words and as data."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import dedent
from typing import Any

from operate_frames.api.base import Api, Plan
from operate_frames.display.html import card
from operate_frames.query.query import Query
from operate_frames.reading.enrich.lookups import describe_lookups
from operate_frames.reading.joins.joiner import describe_joins
from operate_frames.reading.paging.estimate import Estimate
from operate_frames.reading.paging.key_range import PAGES_PER_RANGE
from operate_frames.reading.paging.partitions import Run

__all__ = ["Explanation", "explain"]

_LISTED = 8


@dataclass(frozen=True)
class Explanation:
    """How a question is answered; prints as text.

    Attributes
    ----------
    question : str
        The call that says the same.
    beforehand : tuple of str
        What is read first, to know what to ask.
    queries : tuple of dict
        The searches: the filter of each as it is sent. Empty where they are not known before something was read.
    order : tuple of str
        By what the server sorts the rows of each.
    by_client : tuple of str
        The columns by which this side cuts what comes.
    how : str
        The strategy in a sentence.
    totals : tuple of int or None
        The server's count for each of the searches, up to 10,000; None without a probe.
    requests : int
        How many requests this explanation sent.
    runs : tuple of (int, int)
        The lowest and the highest key of each partition, of searches with more rows than the server counts.
    pages : int or None
        About how many pages a read takes; None without a probe, or where that cannot be seen.
    parts : int or None
        About how many ranges of keys it is cut into where several workers read; as many as searches where it is not.
    totals_exact : tuple of bool
        Whether each of the totals is all there is; the server may have more where it is False.
    afterwards : tuple of str
        What is read for the rows that come.
    """

    question: str
    beforehand: tuple[str, ...]
    queries: tuple[dict[str, Any], ...]
    order: tuple[str, ...]
    by_client: tuple[str, ...]
    how: str
    totals: tuple[int, ...] | None = None
    requests: int = 0
    runs: tuple[Run, ...] = ()
    pages: int | None = None
    parts: int | None = None
    totals_exact: tuple[bool, ...] = ()
    afterwards: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [self.question]
        lines += [f"  first reads {step}" for step in self.beforehand]
        lines.append(f"  {self.how}")
        for number, query in enumerate(self.queries[:_LISTED]):
            lines.append(f"    {json.dumps(query)}{self._counted(number)}")
        if len(self.queries) > _LISTED:
            lines.append(f"    and {len(self.queries) - _LISTED} more")
        if self.order:
            lines.append(f"  in the order of {', '.join(self.order)}")
        if self.by_client:
            lines.append(f"  cut here by {', '.join(self.by_client)}")
        lines += [f"  then reads {step}" for step in self.afterwards]
        if self.pages is not None:
            lines.append(f"  about {_some(self.pages, 'page')}, in {_some(self.parts or 0, 'part')}")
        if self.runs:
            lines.append(f"  from keys of {_some(len(self.runs), 'partition')}: {', '.join(map(_written, self.runs))}")
        if self.totals is not None:
            lines.append(f"  sent for this explanation: {_some(self.requests, 'request')}")
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return card(self.question, [("plan", self.plan)])

    @property
    def plan(self) -> str:
        """The text without the question."""
        return dedent(str(self).removeprefix(self.question).lstrip("\n"))

    def _counted(self, number: int) -> str:
        if self.totals is None:
            return ""
        return f": {self.totals[number]} rows{'' if self.totals_exact[number] else ' or more'}"


def explain(
    api: Api, query: Query, plan: Plan | None = None, estimates: Sequence[Estimate] | None = None, requests: int = 0
) -> Explanation:
    """Explain a query, from its plan where there is one; where nothing is read beforehand it is made here."""
    beforehand, afterwards = tuple(describe_lookups(api, query)), tuple(describe_joins(api, query.joins))
    if plan is None and not beforehand:
        plan = api.plan(query)
    if plan is None:
        how = f"then one search for each of up to {api.max_searches} keys or windows found, else a walk that cuts here"
        return Explanation(str(query), beforehand, (), (), (), how, afterwards=afterwards)
    return Explanation(
        str(query),
        beforehand,
        tuple(dict(search.filter) for search in plan.searches),
        tuple(f"{each.column} descending" if each.descending else each.column for each in plan.order),
        tuple(each.field.column for each in plan.residual_filters),
        _how(plan),
        None if estimates is None else tuple(each.total.value for each in estimates),
        requests,
        *_expected(api, query, plan, estimates or ()),
        tuple(each.total.exact for each in estimates or ()),
        afterwards,
    )


def _expected(
    api: Api, query: Query, plan: Plan, estimates: Sequence[Estimate]
) -> tuple[tuple[Run, ...], int | None, int | None]:
    """The keys, the pages and the parts of all searches together."""
    runs = tuple(run for each in estimates for run in each.runs)
    rows = [each.rows for each in estimates if each.rows is not None]
    if not estimates or len(rows) < len(estimates):
        return runs, None, None
    as_sent = not plan.residual_filters and not api.client_sorts(query)
    most = math.inf if query.limit is None or not as_sent else query.limit
    pages = [max(math.ceil(min(each, most) / plan.page_size), 1) for each in rows]
    parts = [
        max(math.ceil(count / PAGES_PER_RANGE), len(each.runs)) if each.runs else 1
        for count, each in zip(pages, estimates, strict=True)
    ]
    return runs, sum(pages), sum(parts)


def _some(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _written(run: Run) -> str:
    return f"{run.low} to {run.high}"


def _how(plan: Plan) -> str:
    pages = f"pages of {plan.page_size} rows"
    if not plan.searches:
        return "no search: no row can meet this"
    if len(plan.searches) > 1:
        return f"{len(plan.searches)} searches, their rows merged, {pages}"
    search = plan.searches[0]
    if search.skip_to:
        return f"one walk that leaps to each of {len(search.skip_to)} values of {plan.order[0].column}, {pages}"
    if search.start is not None or search.end_before is not None:
        return f"one walk over a part of the keys, {pages}"
    return f"one walk, {pages}"
