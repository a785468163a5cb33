"""Reports and drawings of a million elements: their time by that of their reads, and the most memory that they take.

``python -m tests.benchmarks.reports``: each report by question, in turn, each time in a fresh process.
Both times are of the same process: the whole, and what of it was reading, which is the read that anybody would make.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks import company
from tests.benchmarks.fresh import Figures, Side, in_turn, python
from tests.benchmarks.machine import described
from tests.benchmarks.memory import needs_linux
from tests.benchmarks.results import Demand, spread
from tests.benchmarks.servers import Server, sandbox, sandbox_of

# With their elements a million rows; of the company's own incidents there are too few to measure.
INSTANCES, INCIDENTS = 208_000, 200_000
TIMES = Demand(1.3, is_most=True)
MEMORY = Demand(950, is_most=True)  # of 2^20 bytes: below 10^9 bytes
BESIDE = Demand(2, is_most=True)  # seconds
_FOUR: dict[str, Any] = {"workers": 4}
REPORTS: dict[str, dict[str, Any]] = {
    "element_times": _FOUR,
    "bottlenecks": _FOUR,
    "stuck_instances": _FOUR,
    "variants": _FOUR,
    "rework": _FOUR,
    "changes_since_start": _FOUR,
    "cycle_times": _FOUR,
    "compare_versions": _FOUR,
    "throughput": _FOUR,
    "sla": {**_FOUR, "within": "2h"},
}
DRAWINGS: dict[str, dict[str, Any]] = {
    "with counts": {"counts": True},
    "with a heat map, counts and tokens": {"heat": "p90_time", "counts": True, "tokens": True},
}


def lines(server: Server, failing: Server, rounds: int, folder: Path) -> Iterator[str]:
    """The tables, line by line."""
    told = server.told()
    reports = [python(name, "report", server=told, called=name, asked=asked) for name, asked in REPORTS.items()]
    reports.append(python("incident_report", "report", server=failing.told(), called="incident_report", asked=_FOUR))
    drawings = [
        python(f"{name}, {which}", measure, server=told, process="order", asked=asked)
        for which, measure in (("all elements", "drawing_of_all"), ("those of the latest version", "drawing"))
        for name, asked in DRAWINGS.items()
    ]
    page = python("the page of a process", "page", server=told, process="order", path=str(folder / "order.html"))
    measured = in_turn([*reports, *drawings, page], rounds)
    yield "| report | rows read | its time by that of its reads | all | peak memory | |"
    yield "|---|---|---|---|---|---|"
    of_reports, of_drawings = measured[: len(reports)], measured[len(reports) :]
    for side, figures in zip(reports, of_reports, strict=True):
        yield _line(side, figures, [each["seconds"] / each["reading"] for each in figures], TIMES)
    yield ""
    yield "| drawing | rows read | seconds beside the reads | all | peak memory | |"
    yield "|---|---|---|---|---|---|"
    for side, figures in zip([*drawings, page], of_drawings, strict=True):
        yield _line(side, figures, [each["beside"] for each in figures], BESIDE if side is not page else None)


def _line(side: Side, figures: Sequence[Figures], values: Sequence[float], demand: Demand | None) -> str:
    peak = median(each["peak"] for each in figures)
    is_met = demand is not None and demand.is_met_by(median(values)) and MEMORY.is_met_by(peak)
    verdict = "for comparison" if demand is None else "reached" if is_met else "**not reached**"
    return f"| {side.name} | {figures[0]['read']:,} | {spread(values, 2)} | {peak:,.0f} MB | {verdict} |"


def main() -> None:
    """Print the tables."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--instances", type=int, default=INSTANCES, help="each has about five elements")
    given = options.parse_args()
    needs_linux()
    served = ("--instances", given.instances, "--told", given.instances)
    with (
        tempfile.TemporaryDirectory() as folder,
        sandbox(*served) as server,
        sandbox_of(company.failing(INCIDENTS)) as failing,
    ):
        table = "\n".join(lines(server, failing, given.rounds, Path(folder)))
    print(f"`python -m tests.benchmarks.reports`, {datetime.now(UTC):%Y-%m-%d}. {described()}\n\n{table}")


if __name__ == "__main__":
    main()
