"""Pages of a thousand process instances, of rows that a real Operate 8.6.0 sent (`tests/data`)."""

from __future__ import annotations

import json
from itertools import cycle, islice

from tests.benchmarks.fresh import ROOT

_ROWS = 1_000


def pages(count: int) -> list[bytes]:
    """Give so many pages, in the bytes that the server would send."""
    dataset = json.loads((ROOT / "tests" / "data" / "dataset.json").read_text(encoding="utf-8"))
    rows = cycle(dataset["process-instances"]["search"])
    return [_page(list(islice(rows, _ROWS))) for _ in range(count)]


def _page(rows: list[dict[str, object]]) -> bytes:
    answer = {"items": rows, "sortValues": [str(rows[-1]["key"])], "total": 10_000}
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
