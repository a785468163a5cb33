"""Compare, print, and write it into the docs: ``python -m tests.benchmarks [--rows 1,2,4] [--quick] [--write]``."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime

from tests.benchmarks.comparisons import QUICK, ROWS, Scale, compared
from tests.benchmarks.fresh import ROOT
from tests.benchmarks.machine import described
from tests.benchmarks.results import NotRun, put_between_the_marks, tables

PAGE = ROOT / "docs" / "performance.md"


def main() -> int:
    """Run the rows that were chosen; a ratio that is not reached is no failure, a side that ends with an error is."""
    chosen = _options().parse_args()
    results = list(compared(chosen.rows, QUICK if chosen.quick else Scale()))
    command = " ".join(["python -m tests.benchmarks", *sys.argv[1:]])
    text = f"`{command}`, {datetime.now(UTC):%Y-%m-%d}. {described()}\n\n{tables(results)}"
    print(text)
    if chosen.write:
        PAGE.write_text(put_between_the_marks(PAGE.read_text(encoding="utf-8"), text), encoding="utf-8")
    return int(any(isinstance(result, NotRun) and result.is_failure for result in results))


def _options() -> argparse.ArgumentParser:
    about = "\n".join(f"  {number}  {row.measure}" for number, row in ROWS.items())
    options = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description="Compare sides in turn, each in a fresh process.",
        epilog=f"The rows:\n{about}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument("--rows", type=_rows, default=set(ROWS), help="such as 1,2,4; all by default")
    options.add_argument("--quick", action="store_true", help="few rows and rounds: to see that all of it runs")
    options.add_argument("--write", action="store_true", help=f"put the tables into {PAGE.relative_to(ROOT)}")
    return options


def _rows(text: str) -> set[int]:
    rows = {int(number) for number in text.split(",")}
    if strange := sorted(rows - ROWS.keys()):
        raise argparse.ArgumentTypeError(f"there are no rows {strange}")
    return rows


if __name__ == "__main__":
    raise SystemExit(main())
