"""What would be sent for a question, and what is left to this side, in words and as data."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from textwrap import dedent
from typing import Any, NamedTuple

from operate_frames.api.base import Api, Plan
from operate_frames.display.html import card
from operate_frames.query.query import Query
from operate_frames.reading.enrich.lookups import describe_lookups
from operate_frames.reading.joins.joiner import describe_joins
from operate_frames.reading.paging.estimate import Estimate, Weighed
from operate_frames.reading.paging.partitions import Run
from operate_frames.reading.paging.schedule import ranges_of

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
        About how many ranges it is cut into, which are read side by side; as many as searches where it is not cut.
    totals_exact : tuple of bool
        Whether each of the totals is all there is; the server may have more where it is False.
    afterwards : tuple of str
        What is read for the rows that come.
    weighed : tuple of str
        What was weighed against what, the one that is taken first; empty where there was no choice.
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
    weighed: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [self.question]
        lines += [f"  first reads {step}" for step in self.beforehand]
        lines.append(f"  {self.how}")
        lines += [f"    weighed: {each}" for each in self.weighed]
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


class Probed(NamedTuple):
    """What was found out about a question by small requests.

    Attributes
    ----------
    plan : Plan
        The one that is taken.
    weighed : sequence of Weighed
        This one and the others, where there are any.
    estimates : sequence of Estimate
        Of each of its searches.
    requests : int
        How many were sent for it.
    workers : int
        How many requests a read has at once.
    is_far : bool
        Whether the server is far away.
    """

    plan: Plan
    weighed: Sequence[Weighed]
    estimates: Sequence[Estimate]
    requests: int
    workers: int
    is_far: bool


def explain(api: Api, query: Query, probed: Probed | None = None) -> Explanation:
    """Explain a query, by what was found out about it; where nothing is read beforehand its plan is made here."""
    beforehand, afterwards = tuple(describe_lookups(api, query)), tuple(describe_joins(api, query.joins))
    plan = probed.plan if probed is not None else None if beforehand else api.plan(query)
    if plan is None:
        how = f"then one search for each of up to {api.max_searches} keys or windows found, else a walk that cuts here"
        return Explanation(str(query), beforehand, (), (), (), how, afterwards=afterwards)
    explanation = Explanation(
        str(query),
        beforehand,
        tuple(dict(search.filter) for search in plan.searches),
        tuple(f"{each.column} descending" if each.descending else each.column for each in plan.order),
        tuple(each.field.column for each in plan.residual_filters),
        _how(plan),
        afterwards=afterwards,
        weighed=(
            *plan.weighed,
            *(f"or {_how(other)}, where keys lie close" for other in api.alternatives(query, plan)),
        ),
    )
    if probed is None:
        return explanation
    runs, pages, parts = _expected(api, query, probed)
    return replace(
        explanation,
        totals=tuple(each.total.value for each in probed.estimates),
        totals_exact=tuple(each.total.exact for each in probed.estimates),
        requests=probed.requests,
        runs=runs,
        pages=pages,
        parts=parts,
        weighed=(
            *plan.weighed,
            *(
                f"{_how(each.plan)}: about {_some(each.requests, 'request')}{' (taken)' if each.plan is plan else ''}"
                for each in sorted(probed.weighed, key=lambda each: each.plan is not plan)
            ),
        ),
    )


def _expected(api: Api, query: Query, probed: Probed) -> tuple[tuple[Run, ...], int | None, int | None]:
    """The keys, the pages and the parts of all searches together."""
    plan, estimates = probed.plan, probed.estimates
    runs = tuple(run for each in estimates for run in each.runs)
    rows = [each.rows for each in estimates if each.rows is not None]
    if not estimates or len(rows) < len(estimates):
        return runs, None, None
    as_sent = not plan.residual_filters and not api.client_sorts(query)
    most = math.inf if query.limit is None or not as_sent else query.limit
    pages = [max(math.ceil(min(each, most) / plan.page_size), 1) for each in rows]
    parts = [ranges_of(each, workers=probed.workers, is_far=probed.is_far) if plan.seekable else 1 for each in pages]
    return runs, sum(pages), sum(parts)


def _some(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _written(run: Run) -> str:
    return f"{run.low} to {run.high}"


def _how(plan: Plan) -> str:
    pages = f"pages of {plan.page_size} rows"
    if not plan.searches:
        return "no search: no row can meet this"
    several, search = len(plan.searches), plan.searches[0]
    if several > 1 and not search.skip_to:
        return f"{several} searches, their rows merged, {pages}"
    if search.skip_to:
        walks = "one walk that leaps" if several == 1 else f"{several} walks that leap"
        return f"{walks} to each of {len(search.skip_to)} values of {plan.order[0].column}, {pages}"
    if search.start is not None or search.end_before is not None:
        return f"one walk over a part of the keys, {pages}"
    return f"one walk, {pages}"
