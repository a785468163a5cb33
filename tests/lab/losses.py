"""How many of some hundred reads lose rows while these move to the archive: ``python -m tests.lab.losses``.

Each situation is a server of its own on loopback; rows move as was measured on a real one. It takes half an hour.
"""

from __future__ import annotations

import argparse
import random
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import operate_frames as of
from operate_frames.sandbox import Archiving, Sandbox, serve

# So many reads go on side by side, each on a connection of its own: most of their time they wait.
AT_ONCE = 3
HOUR = 3600.0
ANY_AGE, LATELY, AN_HOUR = None, (HOUR, 24 * HOUR), (HOUR, 1.5 * HOUR)
COLUMNS = ["process_instance_key", "state"]


def ended_lately(rows: int) -> dict[str, Any]:
    """Instances on three partitions, all of which ended between one and 24 hours ago."""
    chance, now = random.Random(7), datetime.now(UTC)
    instances = []
    for number in range(rows):
        ended = now - timedelta(seconds=chance.uniform(HOUR, 23.5 * HOUR))
        dates = [f"{each.isoformat(timespec='milliseconds')[:-6]}+0000" for each in (ended - timedelta(hours=2), ended)]
        key = (number % 3 + 1 << 51) + 300 + number
        instances.append(
            {
                "key": key,
                "processVersion": 1,
                "bpmnProcessId": "order",
                "startDate": dates[0],
                "endDate": dates[1],
                "state": "COMPLETED",
                "incident": False,
                "processDefinitionKey": 2251799813685249,
                "tenantId": "<default>",
            }
        )
    return {"process-instances": {"search": instances}}


@contextmanager
def server(rows: int, delay: float, of_old: bool, moves: tuple[float, float] | None) -> Iterator[Sandbox]:
    # In so small batches that those of a company's last day do not move again while a read goes on.
    archiving = Archiving(batch=max(rows // (1000 if of_old else 100), 1), since_end=moves)
    company: dict[str, Any] = {"instances": rows, "until": "now"} if of_old else {"data": ended_lately(rows)}
    with serve(auth="none", delay=delay, archiving=archiving, **company) as running:
        yield running


def read(running: Sandbox, recheck: bool | None) -> tuple[int, int]:
    """How many rows came, and in how many looks."""
    with warnings.catch_warnings(), of.connect(running.base_url, auth="none") as operate:
        warnings.simplefilter("ignore", of.IncompleteWarning)
        frame = of.read_instances(operate=operate, columns=COLUMNS, recheck=recheck)
        assert operate.last_report is not None
        return len(frame), operate.last_report.passes


def main() -> None:
    """Print a line for each situation."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--reads", type=int, default=200)
    options.add_argument("--recheck", choices=["default", "no", "yes"], default="default")
    options.add_argument("--situation", choices=["lately", "hour", "company", "company-lately"], nargs="*")
    given = options.parse_args()
    recheck = {"default": None, "no": False, "yes": True}[given.recheck]
    situations = {
        "lately": (False, ANY_AGE),
        "hour": (False, AN_HOUR),
        "company": (True, ANY_AGE),
        "company-lately": (True, LATELY),
    }
    for name in given.situation or situations:
        of_old, moves = situations[name]
        for rows in (1_000, 10_000):
            for delay in (0.005, 0.1):
                with server(rows, delay, of_old, moves) as running, ThreadPoolExecutor(AT_ONCE) as pool:
                    reads = [pool.submit(read, running, recheck) for _ in range(given.reads)]
                    found = [each.result() for each in reads]
                lost = sum(count < rows for count, _ in found)
                twice = sum(looks > 1 for _, looks in found)
                print(  # noqa: T201 - what it is for
                    f"{name}, {rows:,} rows, {delay * 1000:.0f} ms, recheck={recheck}: {lost} of {len(found)} reads"
                    f" lost rows, {twice} looked twice",
                    flush=True,
                )


if __name__ == "__main__":
    main()
