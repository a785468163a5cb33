"""The company that the sandbox makes, as rows of v1: every server of a comparison holds the same kind of rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import accumulate, chain
from random import Random
from typing import Any

from operate_frames.sandbox.data.company import PARTITIONS, company
from operate_frames.sandbox.data.deployments import PARTITION_BITS, PROCESSES
from operate_frames.sandbox.v1.store import Store

Row = dict[str, Any]

_TOGETHER = 5_000
_CROWDED = 3  # the partition of 95 of a hundred rows
_QUIET = [partition for partition in range(1, PARTITIONS + 1) if partition != _CROWDED]
_QUIET_ONE_IN = 20


def instances(count: int) -> Iterator[list[Row]]:
    """Give process instances in key order, some thousands at a time: in lists they would take gigabytes."""
    table = Store(company(count), "opensearch").tables["process-instances"]
    for start in range(0, count, _TOGETHER):
        rows = range(start, min(start + _TOGETHER, count))
        yield json.loads(b"[" + b"".join(table.encoded(rows)) + b"]")


def definitions() -> list[Row]:
    """Give the definitions that the instances name."""
    return [process.row() for process in PROCESSES]


def skewed(count: int) -> dict[str, dict[str, list[Row]]]:
    """Give a company nearly all on one partition, as `operate-frames sandbox --data` reads it."""
    random = Random(0)
    counters = accumulate(random.randint(4, 30) for _ in range(count))  # what else is counted lies between
    rows = list(chain.from_iterable(instances(count)))
    for number, (row, counter) in enumerate(zip(rows, counters, strict=True)):
        partition = _CROWDED if number % _QUIET_ONE_IN else random.choice(_QUIET)
        row["key"] = (partition << PARTITION_BITS) + counter
    return {"process-instances": {"search": rows}, "process-definitions": {"search": definitions()}}


def failing(count: int) -> dict[str, dict[str, list[Row]]]:
    """Give a company nothing but whose incidents is told; half of their messages have a number of their own."""
    random, known = Random(0), definitions()
    messages = ("Payment was declined: card {} has expired.\nat Worker.java", "no variable found for name 'document'")
    rows = [
        {
            "key": (1 << PARTITION_BITS) + number,
            "processDefinitionKey": random.choice(known)["key"],
            "processInstanceKey": (1 << PARTITION_BITS) + number // 2,
            "type": random.choice(("JOB_NO_RETRIES", "IO_MAPPING_ERROR")),
            "message": random.choice(messages).format(number),
            "creationTime": f"2026-0{random.randint(7, 9)}-{random.randint(10, 30)}T10:00:00.{number % 1000:03}+0000",
            "state": random.choice(("ACTIVE", "RESOLVED")),
            "tenantId": "<default>",
        }
        for number in range(count)
    ]
    return {"incidents": {"search": rows}, "process-definitions": {"search": known}}
