"""What the sides do, each in a process of its own, which this is: ``python -m tests.benchmarks.sides MEASURE JSON``.

Imports, signing in and what a side may know beforehand are not timed.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import orjson
import pandas as pd
import xlsxwriter

import operate_frames as of
from operate_frames.analysis.drawing.figures import needed_columns
from operate_frames.api.v1 import V1_API
from operate_frames.cli.commands.report import checked, write_page
from operate_frames.frames.search import Search
from operate_frames.reading import decode as reading
from operate_frames.schema.resources import RESOURCES
from tests.benchmarks import bare, memory, recorded
from tests.benchmarks.fresh import Figures
from tests.benchmarks.servers import Server

_PAGES_TOGETHER = 12  # as the reader takes them at most


def frame(server: Server, workers: int) -> Figures:
    """Read all instances into a frame."""
    with of.connect(server.base_url, **server.sign_in) as operate:
        seconds, read = _timed(lambda: _frame(operate, workers))
    return {"seconds": seconds, "rows": len(read)}


def file(server: Server, path: str, workers: int) -> Figures:
    """Write all instances to a file."""
    with of.connect(server.base_url, **server.sign_in) as operate:
        search = of.search("process_instances", operate=operate, workers=workers, progress=False)
        seconds, report = _timed(lambda: search.export(path))
    return {"seconds": seconds, "rows": report.rows, "peak": memory.peak()}


def wide(server: Server, workers: int, names: list[str], path: str | None = None) -> Figures:
    """Read all instances with some variables into a frame, or write them to a file."""
    with of.connect(server.base_url, **server.sign_in) as operate:
        search = of.search("process_instances", operate=operate, workers=workers, progress=False, variables=names)
        seconds, made = _timed(search.to_pandas if path is None else lambda: search.export(path))
    return {"seconds": seconds, "rows": len(made) if path is None else made.rows, "peak": memory.peak()}


def workbook_by_loop(server: Server, path: str) -> Figures:
    """Write the same rows by XlsxWriter's own loop in constant memory; they are read beforehand."""
    with of.connect(server.base_url, **server.sign_in) as operate:
        table = of.search("process_instances", operate=operate, workers=1, progress=False).to_arrow()
    options = {"constant_memory": True, "default_date_format": "yyyy-mm-dd hh:mm:ss.000", "remove_timezone": True}

    def write() -> None:
        with xlsxwriter.Workbook(path, options) as workbook:
            sheet = workbook.add_worksheet()
            sheet.write_row(0, 0, table.column_names)
            row = 0
            for batch in table.to_batches():
                for cells in zip(*_for_cells(batch), strict=True):
                    row += 1
                    sheet.write_row(row, 0, cells)

    seconds, _ = _timed(write)
    return {"seconds": seconds, "rows": table.num_rows}


def _for_cells(batch: Any) -> list[list[Any]]:
    """Columns of a batch as a loop over them would have them: keys as texts."""
    return [
        [None if cell is None else str(cell) for cell in batch[name].to_pylist()]
        if name.endswith("_key")
        else batch[name].to_pylist()
        for name in batch.schema.names
    ]


def frame_by_json(server: Server) -> Figures:
    """Read all instances into a frame as many do: one connection, `json`, ``DataFrame(list)``."""

    def read() -> pd.DataFrame:
        return pd.DataFrame([row for _, page in bare.walk(server) for row in json.loads(page)["items"]])

    seconds, found = _timed(read)
    return {"seconds": seconds, "rows": len(found)}


def bare_loop(server: Server) -> Figures:
    """Fetch the pages over one connection and look into none."""
    seconds, size = _timed(lambda: sum(len(page) for _, page in bare.walk(server)))
    return {"seconds": seconds, "bytes": size}


def bare_side_by_side(server: Server, bodies: str, connections: int) -> Figures:
    """Fetch the same pages over several connections; the file `bodies` has what to send for each."""
    known = json.loads(Path(bodies).read_text())
    seconds, size = _timed(lambda: bare.side_by_side(server, known, connections))
    return {"seconds": seconds, "bytes": size}


def decode(times: int) -> Figures:
    """Turn recorded pages into typed Arrow columns."""
    pages = recorded.pages(_PAGES_TOGETHER)
    resource = RESOURCES["process_instances"]
    fields = V1_API.fields(resource)
    seconds, rows = _timed(lambda: sum(reading.decode(resource, pages, fields).num_rows for _ in range(times)))
    return {"seconds": seconds, "rows": rows}


def decode_by_orjson(times: int) -> Figures:
    """Turn the same pages into dicts."""
    pages = recorded.pages(_PAGES_TOGETHER) * times
    seconds, rows = _timed(lambda: sum(len(orjson.loads(page)["items"]) for page in pages))
    return {"seconds": seconds, "rows": rows}


def stream(server: Server, workers: int) -> Figures:
    """Read all instances batch by batch and keep none."""
    with of.connect(server.base_url, **server.sign_in) as operate:
        search = of.search("process_instances", operate=operate, workers=workers, progress=False)
        streamed = sum(batch.num_rows for batch in search.batches())
    return {"peak": memory.peak(), "streamed": streamed}


def frame_in_memory(server: Server, workers: int) -> Figures:
    """Read all instances into a frame; gives the most memory that this added, and the frame's own."""
    with of.connect(server.base_url, **server.sign_in) as operate:
        before = memory.resident()
        read = _frame(operate, workers)
        added = memory.peak() - before
    return {"added": added, "own": float(read.memory_usage(deep=True).sum()) / 2**20, "rows": len(read)}


def report(server: Server, called: str, asked: dict[str, Any]) -> Figures:
    """Ask a report of all that there is; gives how much of its time was reading, and how many rows were read."""
    function = getattr(of, called)
    with of.connect(server.base_url, **server.sign_in) as operate:
        return _read_and_made(lambda: function(operate=operate, progress=False, recheck=False, **asked))


def drawing(server: Server, process: str, asked: dict[str, Any]) -> Figures:
    """Draw a process with figures of its elements."""
    with of.connect(server.base_url, **server.sign_in) as operate:
        return _read_and_made(lambda: of.draw(process, operate=operate, **asked).svg)


def drawing_of_all(server: Server, process: str, asked: dict[str, Any]) -> Figures:
    """Draw a process with figures of all elements, which are read first."""
    columns = needed_columns(asked.get("heat"), asked.get("counts", False), asked.get("tokens", False))
    with of.connect(server.base_url, **server.sign_in) as operate:

        def draw() -> str:
            rows = of.read_element_instances(operate=operate, columns=columns, workers=4, progress=False, recheck=False)
            return of.draw(process, element_instances=rows, operate=operate, **asked).svg

        return _read_and_made(draw)


def page(server: Server, process: str, path: str) -> Figures:
    """Write the page of ``operate-frames report``."""
    asked = checked(Path(path), start_date=None, idle="7D", tz="UTC")
    with of.connect(server.base_url, **server.sign_in) as operate:
        return _read_and_made(lambda: write_page(asked, process, version=None, tenant_id=None, operate=operate))


def _read_and_made(work: Callable[[], Any]) -> Figures:
    reads: list[tuple[float, int]] = []
    read = Search.to_pandas

    def timed(search: Search, *given: Any, **named: Any) -> pd.DataFrame:
        seconds, rows = _timed(lambda: read(search, *given, **named))
        reads.append((seconds, len(rows)))
        return rows

    with patch.object(Search, "to_pandas", timed):
        seconds, _ = _timed(work)
    reading = sum(each for each, _ in reads)
    figures = {"seconds": seconds, "reading": reading, "beside": seconds - reading}
    return {**figures, "read": sum(rows for _, rows in reads), "peak": memory.peak()}


def _frame(operate: of.Operate, workers: int) -> pd.DataFrame:
    return of.read_instances(operate=operate, workers=workers, progress=False, recheck=False)


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


MEASURES: dict[str, Callable[..., Figures]] = {
    each.__name__: each
    for each in (
        *(file, frame, frame_by_json, frame_in_memory, stream, wide, workbook_by_loop),
        *(drawing, drawing_of_all, page, report),
        *(bare_loop, bare_side_by_side),
        *(decode, decode_by_orjson),
    )
}


def measure(name: str, given: dict[str, Any]) -> Figures:
    """Run one side, told what a JSON text can tell."""
    if "server" in given:
        given |= {"server": Server(**given["server"])}
    return MEASURES[name](**given)


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], json.loads(sys.argv[2]))))
