"""What would be sent for a question, and what is left to this side, in words and as data."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import dedent
from typing import Any

from operate_frames.api.v1 import codec as v1
from operate_frames.api.v1.planner import MOST_QUERIES, Plan, plan, sorts_here
from operate_frames.display.html import card
from operate_frames.query.query import Question
from operate_frames.reading.enrich import described
from operate_frames.reading.paging.estimate import Forecast
from operate_frames.reading.paging.key_range import STRETCH
from operate_frames.reading.paging.partitions import Run

__all__ = ["Explanation", "explained"]

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
        The searches: v1's filter each. Empty where they are not known before something was read.
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
        total = self.totals[number]
        return f": {total} rows" if total < v1.HIGHEST_TOTAL else f": {v1.HIGHEST_TOTAL} rows or more"


def explained(
    question: Question, planned: Plan | None = None, forecasts: Sequence[Forecast] | None = None, requests: int = 0
) -> Explanation:
    """Explain a question, from its plan where there is one; where nothing is read beforehand it is made here."""
    beforehand = tuple(described(question))
    if planned is None and not beforehand:
        planned = plan(question)
    if planned is None:
        how = f"then one search for each of up to {MOST_QUERIES} keys or windows found, else a walk that cuts here"
        return Explanation(str(question), beforehand, (), (), (), how)
    return Explanation(
        str(question),
        beforehand,
        tuple(dict(query.filter) for query in planned.queries),
        tuple(f"{each.column} descending" if each.descending else each.column for each in planned.order),
        tuple(each.field.column for each in planned.by_client),
        _how(planned),
        None if forecasts is None else tuple(each.total for each in forecasts),
        requests,
        *_expected(question, planned, forecasts or ()),
    )


def _expected(
    question: Question, planned: Plan, forecasts: Sequence[Forecast]
) -> tuple[tuple[Run, ...], int | None, int | None]:
    """The keys, the pages and the parts of all searches together."""
    runs = tuple(run for each in forecasts for run in each.runs)
    rows = [each.rows for each in forecasts if each.rows is not None]
    if not forecasts or len(rows) < len(forecasts):
        return runs, None, None
    as_sent = not planned.by_client and not sorts_here(question)
    most = math.inf if question.limit is None or not as_sent else question.limit
    pages = [max(math.ceil(min(each, most) / planned.size), 1) for each in rows]
    parts = [
        max(math.ceil(count / STRETCH), len(each.runs)) if each.runs else 1
        for count, each in zip(pages, forecasts, strict=True)
    ]
    return runs, sum(pages), sum(parts)


def _some(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _written(run: Run) -> str:
    return f"{run.low} to {run.high}"


def _how(planned: Plan) -> str:
    pages = f"pages of {planned.size} rows"
    if not planned.queries:
        return "no search: no row can meet this"
    if len(planned.queries) > 1:
        return f"{len(planned.queries)} searches, their rows merged, {pages}"
    query = planned.queries[0]
    if query.wanted:
        return f"one walk that leaps to each of {len(query.wanted)} values of {planned.order[0].column}, {pages}"
    if query.start is not None or query.until is not None:
        return f"one walk over a part of the keys, {pages}"
    return f"one walk, {pages}"
