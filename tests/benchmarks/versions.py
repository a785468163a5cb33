"""Large reads by this version and by an earlier one, in turn: ``python -m tests.benchmarks.versions REVISION``.

Both read from the same sandbox, which is this version's, each with its own copy of the sides.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.benchmarks.company import skewed
from tests.benchmarks.comparisons import seconds_of
from tests.benchmarks.fresh import ROOT, Side, python
from tests.benchmarks.machine import described
from tests.benchmarks.results import Demand, Result, tables
from tests.benchmarks.servers import Server, sandbox, sandbox_of

_ROUNDS = 9
_NO_WORSE = Demand(1.05, is_most=True)
_DELAY = 0.05


@contextmanager
def checked_out(revision: str) -> Iterator[Path]:
    """Give a folder with the files of a revision."""
    with tempfile.TemporaryDirectory() as folder:
        packed = subprocess.run(["git", "archive", revision], cwd=ROOT, capture_output=True, check=True).stdout
        subprocess.run(["tar", "-x", "-C", folder], input=packed, check=True)
        yield Path(folder)


def compared(row: int, measure: str, earlier: Path, *, server: Server, workers: int, rounds: int = _ROUNDS) -> Result:
    """Read all instances by both versions."""
    now = python("this version", "frame", server=server.told(), workers=workers)
    name = f"{measure}: this version"
    ours, theirs = seconds_of([replace(now, name=name), _at(earlier, now, f"{measure}: the earlier one")], rounds)
    return Result(row, f"{measure}: its time by that of the version before", ours, theirs, _NO_WORSE)


def _at(folder: Path, side: Side, name: str) -> Side:
    return Side(name, ["env", "-C", str(folder), *side.command])


def results(earlier: Path) -> Iterator[Result]:
    """The large reads of rows 1, 4 and 5."""
    with sandbox("--instances", 1_000_000) as server:
        yield compared(1, "a million rows, 4 workers", earlier, server=server, workers=4)
    with sandbox("--instances", 500_000, "--delay", _DELAY) as server:
        yield compared(4, "500,000 rows 50 ms away, 8 workers", earlier, server=server, workers=8)
    with sandbox_of(skewed(200_000), "--delay", _DELAY) as server:
        measure = "200,000 rows, 95 % in one partition, 50 ms away, 8 workers"
        yield compared(5, measure, earlier, server=server, workers=8)


def main() -> None:
    """Print the tables."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("revision", help="of the earlier version, as git knows it")
    with checked_out(options.parse_args().revision) as earlier:
        text = tables(results(earlier))
    print(f"`python -m tests.benchmarks.versions {sys.argv[1]}`\n\n{described()}\n\n{text}")


if __name__ == "__main__":
    main()
