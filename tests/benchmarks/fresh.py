"""The sides of a comparison, one after the other, round by round, each in a fresh process."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

Figures = dict[str, float]


class SideFailed(Exception):
    """A side ended with an error, or the sides did not bring the same rows."""


@dataclass(frozen=True)
class Side:
    """One side: its name, and the command that measures it and prints its figures as JSON, if any."""

    name: str
    command: Sequence[str]


def python(name: str, measure: str, **given: object) -> Side:
    """Make a side of one of the functions in `benchmarks.sides`."""
    return Side(name, [sys.executable, "-m", "tests.benchmarks.sides", measure, json.dumps(given)])


def in_turn(sides: Sequence[Side], rounds: int) -> list[list[Figures]]:
    """Measure each side once a round, every other round backwards; gives for each side its figures, one a round.

    A server gets faster while it is used: who always came first would meet the slower one.
    """
    measured: list[list[Figures]] = [[] for _ in sides]
    for number in range(rounds):
        for side, figures in list(zip(sides, measured, strict=True))[:: -1 if number % 2 else 1]:
            figures.append(_measured(side))
            report(side.name, **figures[-1])
    rows = {figures["rows"] for one in measured for figures in one if "rows" in figures}
    if len(rows) > 1:
        raise SideFailed(f"The sides did not bring the same rows: {sorted(rows)}.")
    return measured


def report(what: str, **figures: float) -> None:
    """Say on the side how far it has come."""
    said = ", ".join(f"{name} {figure:,.3f}".removesuffix(".000") for name, figure in figures.items())
    print(f"    {time.strftime('%H:%M:%S')} {what}{': ' if said else ''}{said}", file=sys.stderr, flush=True)


def _measured(side: Side) -> Figures:
    began = time.perf_counter()
    done = subprocess.run(side.command, cwd=ROOT, capture_output=True, text=True, check=False)
    took = time.perf_counter() - began
    if done.returncode:
        raise SideFailed(f"{side.name} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    figures: Figures = json.loads(done.stdout or f'{{"seconds": {took}}}')
    return figures
