"""What a read found out about itself: how much came, how often it read, whether anything is missing."""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from operate_frames.display.html import card
from operate_frames.errors import OperateError
from operate_frames.query.filters import Filter
from operate_frames.query.query import describe_filter

__all__ = ["ReadCounts", "Report", "looked_up_in_vain", "unheeded"]


@dataclass
class ReadCounts:
    """Counts of one pass over the rows, kept while it goes.

    Attributes
    ----------
    pages : int
        Answers to searches, the empty ones at the end included.
    requests : int
        Searches and calls by key sent, those for other resources included.
    received : int
        Rows that came, doubles included.
    kept : int
        Rows that came, each once.
    gone : int
        Rows whose details could no longer be had.
    unasked : Counter of (str, Filter)
        Rows of a resource that do not meet what the server was asked for, dropped here.
    unknown : set of str
        Columns that rows were chosen by, that not all versions know, and that no row had.
    unlisted : int
        Rows that lack a column as their process definition is no longer listed.
    unheard_of : set of (str, value)
        Filters, and values of theirs, that neither a definition nor an instance has.
    no_roots : set of int
        Keys of instances that were asked for as the top of their hierarchies, and are not.
    unfilled : dict
        Columns that could not be looked up, and why.
    totals : dict
        The server's count for each of the searches, None where it is no exact one for the whole walk.
    searches, page_size : int
        How many searches the question needs, and how many rows a page of them has.
    is_whole : bool
        Whether it looks at all rows of the question, and not at a part of them again.
    """

    pages: int = 0
    requests: int = 0
    received: int = 0
    kept: int = 0
    gone: int = 0
    unasked: Counter[tuple[str, Filter]] = field(default_factory=Counter)
    unknown: set[str] = field(default_factory=set)
    unlisted: int = 0
    unheard_of: set[tuple[str, Any]] = field(default_factory=set)
    no_roots: set[int] = field(default_factory=set)
    unfilled: dict[str, OperateError] = field(default_factory=dict)
    totals: dict[int, int | None] = field(default_factory=dict)
    searches: int = 0
    page_size: int = 1
    is_whole: bool = True
    _counting: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def count_request(self) -> None:
        """Count a request; several threads may."""
        with self._counting:
            self.requests += 1

    def lookup_failed(self, columns: Iterable[str], error: OperateError) -> None:
        """Keep why columns could not be looked up."""
        self.unfilled |= dict.fromkeys(columns, error)

    def count_gone(self) -> None:
        """Count a row that has gone since; several threads may."""
        with self._counting:
            self.gone += 1

    def count_page(self) -> None:
        """Count a page; several threads may."""
        with self._counting:
            self.pages += 1

    def see_total(self, number: int, total: int | None) -> None:
        """Keep what the server's first page of a search said of all; several threads may."""
        with self._counting:
            self.totals.setdefault(number, total)

    def add(self, looked_up: ReadCounts) -> None:
        """Add what was found out by looking something up in another resource."""
        self.requests += looked_up.requests
        self.unasked += looked_up.unasked
        self.unknown |= looked_up.unknown

    @property
    def total(self) -> int | None:
        """How many rows the server counted, None where it counted no further than its limit."""
        counts = list(self.totals.values())
        return None if not counts or None in counts else sum(each for each in counts if each is not None)

    @property
    def pages_needed(self) -> int:
        """How many pages the rows that came fill at least: one a search."""
        return max(math.ceil(self.received / self.page_size), self.searches)

    @property
    def short(self) -> int:
        """How many rows fewer came than the server counted, as far as it did."""
        return 0 if self.total is None else max(0, self.total - self.received)


@dataclass(frozen=True)
class Report:
    """What a read found out about itself; `Operate.last_report` holds the latest one.

    Attributes
    ----------
    resource : str
        What was read.
    question : str
        The call that says the same.
    server : str
        Host and port.
    started : datetime
        When the read began, UTC.
    seconds : float
        How long it took.
    rows : int
        Rows in the answer.
    requests : int
        Requests that were sent, retries not counted.
    passes : int
        How often rows were read, a second look at some of them included.
    second_look : str
        Whether a second look was taken at rows that may have been moving, and at what; or why not.
    added : int
        Rows that a later pass added: the first one had missed them, or they came after it.
    doubles : int
        Second copies of a row that were dropped, all passes together.
    total : int or None
        How many rows the server counted for what was searched, None above 10,000 or where it was not asked so.
    unasked : int
        Rows that do not meet what the server was asked for, dropped here: it ignores filters that it does not know.
    gone : int
        Rows whose details could no longer be had, as they were deleted meanwhile: these cells are missing.
    chosen : str or None
        Why fewer rows than that total are right: what `limit` cut, or chose here among the rows that came; None
        where all rows that the server counted were to come.
    missing : int
        Rows fewer than that total in the pass that came nearest to it, less those that a later pass added; 0 where
        there is no total.
    finished : bool
        False where the read ended in the middle.
    """

    resource: str
    question: str
    server: str
    started: datetime
    seconds: float
    rows: int
    requests: int
    passes: int
    second_look: str
    added: int
    doubles: int
    total: int | None
    unasked: int
    gone: int
    chosen: str | None
    missing: int
    finished: bool

    @classmethod
    def of(
        cls,
        passes: list[ReadCounts],
        *,
        began: datetime,
        rows: int,
        added: int,
        limit: int | None,
        finished: bool,
        **about: str,
    ) -> Report:
        """Sum up the passes of a read."""
        whole = [each for each in passes if each.is_whole]
        short = max(0, min((each.short for each in whole), default=0) - added)
        received = whole[-1].kept if whole else 0
        chosen = None
        if limit is not None and rows == limit:
            chosen = f"cut by limit={limit}"
        elif rows < received:
            chosen = f"chosen here from {received:,} that came"
        return cls(
            **about,
            started=began,
            seconds=round((datetime.now(UTC) - began).total_seconds(), 3),
            rows=rows,
            requests=sum(each.requests for each in passes),
            passes=len(passes),
            added=added,
            doubles=sum(each.received - each.kept for each in passes),
            total=whole[-1].total if whole else None,
            unasked=max((each.unasked.total() for each in passes), default=0),
            gone=sum(each.gone for each in passes),
            chosen=chosen if finished else None,
            missing=short if finished and limit is None else 0,
            finished=finished,
        )

    def __str__(self) -> str:
        """The report in a line or two."""
        return ", ".join(f"{name} {said}".strip() if name != "rows" else said for name, said in self._lines())

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return card(self.question, self._lines())

    def _lines(self) -> list[tuple[str, str]]:
        lines = [("rows", f"{self.rows:,} rows of {self.resource}{'' if self.finished else ', not all'}")]
        lines.append(("from", f"{self.server} in {self.seconds:.1f} s"))
        lines.append(("by", f"{self.requests:,} requests in {self.passes} passes"))
        if self.total is not None:
            lines.append(("of", f"{self.total:,} that the server counts"))
        if self.chosen is not None:
            lines.append(("", self.chosen))
        found = (
            ("doubles dropped", self.doubles),
            ("dropped that were not asked for", self.unasked),
            ("added by later passes", self.added),
            ("gone before their details came", self.gone),
            ("missing", self.missing),
        )
        return lines + [(name, f"{count:,}") for name, count in found if count]

    def as_attrs(self) -> dict[str, Any]:
        """Give the report as plain JSON, as it stands in a frame's ``attrs["operate"]``."""
        return asdict(self) | {"started": self.started.isoformat(timespec="seconds")}


def unheeded(passes: Sequence[ReadCounts]) -> str | None:
    """Say which filters the server seems to ignore, and which fields it may not know; None where all is well."""
    dropped: Counter[tuple[str, Filter]] = Counter()
    unknown: set[str] = set()
    for each in passes:
        dropped |= each.unasked
        unknown |= each.unknown
    said = [
        f"The server sent {count:,} rows of {resource} that do not meet {describe_filter(asked)}: it seems to ignore"
        " that filter. They were dropped here."
        for (resource, asked), count in dropped.items()
    ]
    said += [f"Not one row has {column}: this server may not know it." for column in sorted(unknown)]
    return " ".join(said) or None


def looked_up_in_vain(passes: Sequence[ReadCounts]) -> str | None:
    """Say what could not be looked up, or is known to nobody; None where all is well."""
    if not passes:
        return None
    said, last = [], passes[-1]
    unfilled = {column: error for each in passes for column, error in each.unfilled.items()}
    if unfilled:
        names, error = " and ".join(unfilled), next(iter(unfilled.values()))
        said.append(f"{names} could not be looked up, and {'is' if len(unfilled) == 1 else 'are'} missing: {error}")
    if last.unlisted:
        said.append(
            f"{last.unlisted:,} rows belong to process definitions that are no longer listed: what only these know of"
            " them is missing."
        )
    said += [
        f"Nobody knows {column}={value!r}: no process definition and no instance has it."
        for column, value in sorted(last.unheard_of)
    ]
    said += [
        f"Process instance {key} is at the top of no hierarchy: read_hierarchy({key}) reads what it called."
        for key in sorted(last.no_roots)
    ]
    return " ".join(said) or None
