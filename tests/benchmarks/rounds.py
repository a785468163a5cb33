"""Round trips of reads from a distant sandbox, seconds by its delay: ``python -m tests.benchmarks.rounds``.

Beside the way there the sandbox takes its own time for each page, on cores that it shares with the client: 60 pages one
after another measure 65.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import operate_frames as of
from tests.benchmarks.company import skewed
from tests.benchmarks.machine import described
from tests.benchmarks.servers import Server, sandbox, sandbox_of
from tests.lab.losses import ended_lately

READS = 5
WEEK = of.between("2026-07-06", "2026-07-13")
BERLIN_WEEK = of.between("2026-07-06T00:00+02:00", "2026-07-13T00:00+02:00")
Read = Callable[..., Any]


@dataclass(frozen=True)
class Case:
    """A read, and at most how many round trips it may take at 100 ms."""

    name: str
    most: float
    read: Read = of.read_instances
    asked: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0  # that it may wait beside them


def of_company(rows: int) -> list[Case]:
    """The reads of all instances of a company, none of which ended lately."""
    by_default = {1_000: 1.7, 2_000: 2.7, 10_000: 6.5, 30_000: 11.5, 60_000: 19.5}
    by_eight = {2_000: 2.5, 10_000: 5, 30_000: 7.5, 60_000: 11.5, 500_000: 73}
    eight = {"workers": 8, "recheck": False}
    cases = []
    if rows in by_default:
        cases.append(Case(f"{rows:,} rows, by default", by_default[rows]))
    if rows in by_eight:
        cases.append(Case(f"{rows:,} rows, 8 workers, one pass", by_eight[rows], asked=eight))
    return cases


def of_a_week() -> list[Case]:
    """What people ask every day."""
    return [
        Case("instances of a process and week", 5, asked={"process_definition_id": "order", "start_date": WEEK}),
        Case("the same in Berlin", 5, asked={"process_definition_id": "order", "start_date": BERLIN_WEEK}),
    ]


def of_thirty(operate: of.Operate) -> list[Case]:
    """Elements of instances that lie far apart."""
    told = of.read_element_instances(operate=operate, columns=["process_instance_key", "type"], type="PROCESS")
    told = of.read_element_instances(operate=operate, columns=["process_instance_key"]) if told.empty else told
    keys = told["process_instance_key"].drop_duplicates()
    asked = {"process_instance_key": list(keys.iloc[:: len(keys) // 30].head(30))}
    return [
        Case("elements of 30 instances, 8 workers", 5.5, of.read_element_instances, asked | {"workers": 8}),
        Case("elements of 30 instances, 4 workers", 9.5, of.read_element_instances, asked | {"workers": 4}),
    ]


def measured(operate: of.Operate, case: Case, delay: float) -> str:
    """A line of the table."""
    rounds = []
    for number in range(READS + 1):
        began = time.perf_counter()
        rows = len(case.read(operate=operate, **case.asked))
        if number:  # the first one imports
            rounds.append((time.perf_counter() - began - case.seconds) / delay)
    report = operate.last_report
    assert report is not None
    median = statistics.median(rounds)
    reached = "reached" if median <= case.most else "**not reached**"
    judged = reached if delay == 0.1 else "for comparison"
    beside = f" and {case.seconds:g} s" if case.seconds else ""
    return (
        f"| {case.name} | {case.most:g}{beside} | {median:.1f} | {min(rounds):.1f} to {max(rounds):.1f} |"
        f" {report.requests} | {rows:,} | {judged} |"
    )


def lines(delay: float, api: str | None, most: int) -> Iterator[str]:
    """The table, line by line."""
    version = ["--version", "8.9"] if api == "v2" else []
    columns = {"columns": ["process_instance_key", "state"]}
    for rows in (each for each in (1_000, 2_000, 10_000, 30_000, 60_000, 500_000) if each <= most):
        with sandbox("--instances", rows, "--delay", delay, *version) as server, connected(server, api) as operate:
            yield from (measured(operate, case, delay) for case in of_company(rows))
    for rows, rounds in ((1_000, 4.7), (10_000, 9.5)):
        with sandbox_of(ended_lately(rows), "--delay", delay) as server, connected(server, None) as operate:
            case = Case(f"{rows:,} rows that ended lately, by default", rounds, asked=columns, seconds=1.0)
            yield measured(operate, case, delay)
    with sandbox_of(skewed(60_000), "--delay", delay) as server, connected(server, None) as operate:
        eight = {**columns, "workers": 8, "recheck": False}
        yield measured(operate, Case("60,000 rows, 95 % in one partition, 8 workers", 12.5, asked=eight), delay)
    with sandbox("--instances", 320_000, "--told", 80_000, "--delay", delay, *version) as server:
        with connected(server, api) as operate:
            yield measured(operate, Case("incidents of a week", 5, of.read_incidents, {"creation_time": WEEK}), delay)
    options = ("--instances", 60_000, "--told", 60_000, "--delay", delay, *version)
    with sandbox(*options) as server, connected(server, api) as operate:
        yield from (measured(operate, case, delay) for case in [*of_a_week(), *of_thirty(operate)])


@contextmanager
def connected(server: Server, api: str | None) -> Iterator[of.Operate]:
    with of.connect(server.base_url, api=api, **server.sign_in) as operate:  # type: ignore[arg-type]
        yield operate


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--delay", type=float, default=0.1, help="seconds before each answer")
    options.add_argument("--api", choices=["v1", "v2"])
    options.add_argument("--most", type=int, default=500_000, help="rows of the largest company")
    given = options.parse_args()
    print(described(), "\n")
    print("| read | at most | rounds | all | requests | rows | |\n|---|---|---|---|---|---|---|")
    for line in lines(given.delay, given.api, given.most):
        print(line, flush=True)


if __name__ == "__main__":
    main()
