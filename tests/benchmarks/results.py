"""What comes out: two sides and how they relate, against what is demanded; and the tables of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

BEGIN, END = "<!-- benchmarks: begin -->", "<!-- benchmarks: end -->"


@dataclass(frozen=True)
class Told:
    """What one side took, round by round."""

    name: str
    figures: Sequence[float]
    unit: Literal["s", "MB"] = "s"

    def __str__(self) -> str:
        digits = 1 if self.unit == "MB" else 3 if max(self.figures) < 2 else 2
        return f"| {self.name} | {spread(self.figures, digits)} | {self.unit} | {len(self.figures)} |"


@dataclass(frozen=True)
class Demand:
    """What the median must reach."""

    limit: float
    is_most: bool
    unit: str = ""

    def __str__(self) -> str:
        return f"at {'most' if self.is_most else 'least'} {self.limit:g}{self.unit}"

    def is_met_by(self, value: float) -> bool:
        return value <= self.limit if self.is_most else value >= self.limit


@dataclass(frozen=True)
class Result:
    """One side by another, round by round: `first / second`, or `first - second`."""

    row: int
    measure: str
    first: Told
    second: Told
    demand: Demand | None
    by: Literal["ratio", "difference"] = "ratio"

    @property
    def values(self) -> list[float]:
        pairs = zip(self.first.figures, self.second.figures, strict=True)
        return [one / other if self.by == "ratio" else one - other for one, other in pairs]

    @property
    def verdict(self) -> str:
        if self.demand is None:
            return "for comparison"
        return "reached" if self.demand.is_met_by(median(self.values)) else "**not reached**"

    def __str__(self) -> str:
        digits = 1 if self.first.unit == "MB" and self.by == "difference" else 3 if max(self.values) < 2 else 2
        return (
            f"| {self.row} | {self.measure} | {self.demand or '-'} | {spread(self.values, digits)} | {self.verdict} |"
        )


@dataclass(frozen=True)
class NotRun:
    """A row that this machine could not run, or one of whose sides failed."""

    row: int
    measure: str
    reason: str
    is_failure: bool = False

    def __str__(self) -> str:
        return f"| {self.row} | {self.measure} | | | | **not run**: {self.reason} |"


def spread(values: Sequence[float], digits: int) -> str:
    """Give the median, and between which two values all of them lie, as two cells."""
    low, middle, high = (f"{value:,.{digits}f}" for value in (min(values), median(values), max(values)))
    return f"{middle} | {low} to {high}"


def tables(results: Iterable[Result | NotRun]) -> str:
    """Write what was compared, and what each side took."""
    shown = list(results)
    sides = [
        f"| {result.row} {side}"
        for result in shown
        if isinstance(result, Result)
        for side in map(str, (result.first, result.second))
    ]
    lines = [
        "| # | measure | must be | median | all | |",
        "|---|---|---|---|---|---|",
        *map(str, shown),
        "",
        "| # | side | median | all | | runs |",
        "|---|---|---|---|---|---|",
        *dict.fromkeys(sides),  # a side that is compared twice is told once
    ]
    return "\n".join(lines)


def put_between_the_marks(page: str, text: str) -> str:
    """Put the text where a page has room for it."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"
