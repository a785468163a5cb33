"""The eleven comparisons: which sides, on which server, and what is demanded."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from tests.benchmarks import bare, memory, node_sdk
from tests.benchmarks.company import skewed
from tests.benchmarks.cores import apart
from tests.benchmarks.fresh import Figures, Side, SideFailed, in_turn, python, report
from tests.benchmarks.results import Demand, NotRun, Result, Told
from tests.benchmarks.servers import Server, sandbox, sandbox_of
from tests.support.processes import ServerFailed
from tests.support.unavailable import Unavailable

_CONNECTIONS = 4
_MANY = 8
_DELAY = 0.05
_FILES = ("csv", "parquet", "jsonl")
_VARIABLES = ["order_id", "customer", "amount", "note", "ok"]


@dataclass(frozen=True)
class Scale:
    """How much of everything."""

    many: int = 1_000_000
    few: int = 100_000
    distant: int = 500_000
    skewed: int = 200_000
    told: int = 200_000
    decodes: int = 50
    rounds: int = 5
    long_rounds: int = 3  # where one takes half a minute
    short_rounds: int = 15  # where one takes a second


QUICK = Scale(
    many=100_000, few=20_000, distant=50_000, skewed=50_000, told=20_000, rounds=2, long_rounds=1, short_rounds=5
)


@dataclass(frozen=True)
class Row:
    """A row: what it measures, the server that it shares with its neighbours, and how it compares."""

    measure: str
    server: Callable[[Scale], AbstractContextManager[Server | None]]
    compare: Callable[..., Iterator[Result]]


def compared(rows: Collection[int], scale: Scale) -> Iterator[Result | NotRun]:
    """Run the rows in their order; one that cannot be run here says why."""
    chosen = [(number, row) for number, row in ROWS.items() if number in rows]
    for start, sharing in groupby(chosen, lambda each: each[1].server):
        left = list(sharing)
        try:
            with start(scale) as server:
                while left:
                    report(f"row {left[0][0]}: {left[0][1].measure}")
                    yield from _attempted(*left.pop(0), server, scale)
        except (Unavailable, ServerFailed) as trouble:
            yield from (_not_run(number, row, trouble) for number, row in left)


def _attempted(number: int, row: Row, server: Server | None, scale: Scale) -> Iterator[Result | NotRun]:
    try:
        yield from row.compare(server, scale)
    except (Unavailable, SideFailed) as trouble:
        yield _not_run(number, row, trouble)


def _not_run(number: int, row: Row, trouble: Exception) -> NotRun:
    report(str(trouble))
    reason = str(trouble).splitlines()[0]
    return NotRun(number, row.measure, reason, is_failure=not isinstance(trouble, Unavailable))


def _frame_beside_bare(server: Server, scale: Scale) -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as folder:
        told = server.told()
        sides = [
            python("read_instances(workers=4)", "frame", server=told, workers=_CONNECTIONS),
            _bare(server, Path(folder)),
            python("json and DataFrame(list), 1 connection", "frame_by_json", server=told),
        ]
        frame, limit, by_json = seconds_of(sides, scale.rounds)
        yield Result(1, f"{ROWS[1].measure}, cores shared: its time by theirs", frame, limit, None)
        yield Result(1, "the same by json and DataFrame(list): times as fast", by_json, frame, None)
        report("servers and clients on cores of their own")
        with apart(server.processes):
            alone = [replace(side, name=f"{side.name}; cores apart") for side in sides[:2]]
            frame, limit = seconds_of(alone, scale.rounds)
    yield Result(1, "the same fetch, servers and clients on cores apart: its time by theirs", frame, limit, None)


def _files_beside_bare(server: Server, scale: Scale) -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as folder:
        told = server.told()
        sides = [
            _bare(server, Path(folder)),
            *(
                python(
                    f"export to {kind}, workers=4",
                    "file",
                    server=told,
                    path=str(Path(folder, f"rows.{kind}")),
                    workers=_CONNECTIONS,
                )
                for kind in _FILES
            ),
        ]
        limit, *files = in_turn(sides, scale.long_rounds)
        bare_time = Told(sides[0].name, _of(limit, "seconds"))
        nothing = Told("nothing", [0.0] * scale.long_rounds, "MB")
        for kind, side, figures in zip(_FILES, sides[1:], files, strict=True):
            took = Told(side.name, _of(figures, "seconds"))
            yield Result(
                9, f"{ROWS[9].measure}, {kind}: its time by theirs", took, bare_time, Demand(1.6, is_most=True)
            )
        for kind, side, figures in zip(_FILES, sides[1:], files, strict=True):
            peak = Told(f"{side.name}: peak", _of(figures, "peak"), "MB")
            demand = Demand(500, is_most=True, unit=" MB")
            yield Result(9, f"peak memory of an export, {kind}", peak, nothing, demand, "difference")


def _wide_beside_bare(server: Server, scale: Scale) -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as folder:
        asked = {"server": server.told(), "workers": _CONNECTIONS, "names": _VARIABLES}
        outcomes = {
            "a frame": python("read_instances(variables=[...], workers=4)", "wide", **asked),
            **{
                kind: python(f"the same to {kind}", "wide", **asked, path=str(Path(folder, f"rows.{kind}")))
                for kind in ("csv", "parquet")
            },
        }
        limit, *wide = in_turn(
            [_bare(server, Path(folder), "process-instances", "variables"), *outcomes.values()], scale.long_rounds
        )
    bare_time = Told("bare requests for both", _of(limit, "seconds"))
    nothing = Told("nothing", [0.0] * scale.long_rounds, "MB")
    for (kind, side), figures in zip(outcomes.items(), wide, strict=True):
        took = Told(side.name, _of(figures, "seconds"))
        yield Result(10, f"{ROWS[10].measure}, {kind}: its time by theirs", took, bare_time, Demand(2, is_most=True))
        peak = Told(f"{side.name}: peak", _of(figures, "peak"), "MB")
        yield Result(10, f"peak memory, {kind}", peak, nothing, Demand(500, is_most=True, unit=" MB"), "difference")


def _workbook_beside_loop(server: Server, scale: Scale) -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as folder:
        told, ours, theirs = server.told(), str(Path(folder, "ours.xlsx")), str(Path(folder, "theirs.xlsx"))
        sides = [
            python("export to xlsx, workers=4", "file", server=told, path=ours, workers=_CONNECTIONS),
            python("XlsxWriter's loop in constant memory", "workbook_by_loop", server=told, path=theirs),
            _bare(server, Path(folder)),
        ]
        made, loop, fetch = in_turn(sides, scale.long_rounds)
    both = [one + other for one, other in zip(_of(loop, "seconds"), _of(fetch, "seconds"), strict=True)]
    took, limit = Told(sides[0].name, _of(made, "seconds")), Told("XlsxWriter's loop, and the bare fetch", both)
    yield Result(11, f"{ROWS[11].measure}: its time by theirs", took, limit, Demand(1.2, is_most=True))
    peak, nothing = Told(f"{sides[0].name}: peak", _of(made, "peak"), "MB"), Told("nothing", [0.0] * len(both), "MB")
    yield Result(11, "peak memory, xlsx", peak, nothing, Demand(500, is_most=True, unit=" MB"), "difference")


def _frame_beside_node(server: Server, scale: Scale) -> Iterator[Result]:
    theirs_walk = node_sdk.side(server)
    frame = python("read_instances(workers=4)", "frame", server=server.told(), workers=_CONNECTIONS)
    ours, theirs = seconds_of([frame, theirs_walk], scale.long_rounds)
    yield Result(2, f"{ROWS[2].measure}: times as fast", theirs, ours, Demand(4.5, is_most=False))


def _decode_beside_orjson(_: None, scale: Scale) -> Iterator[Result]:
    sides = [
        python("bare orjson.loads", "decode_by_orjson", times=scale.decodes),
        python("typed Arrow, one thread", "decode", times=scale.decodes),
    ]
    theirs, ours = seconds_of(sides, scale.short_rounds)
    yield Result(3, f"{ROWS[3].measure}: share of its rows/s", theirs, ours, Demand(0.4, is_most=False))


def _side_by_side(server: Server, scale: Scale) -> Iterator[Result]:
    loop = python("bare requests loop, 1 connection", "bare_loop", server=server.told())
    one, many, limit = seconds_of([_workers(server, 1), _workers(server, _MANY), loop], scale.long_rounds)
    yield Result(4, f"{ROWS[4].measure}, 8 workers by 1: times as fast", one, many, Demand(7, is_most=False))
    yield Result(4, "1 worker by a bare loop: its time by theirs", one, limit, Demand(1.1, is_most=True))


def _side_by_side_though_skewed(server: Server, scale: Scale) -> Iterator[Result]:
    one, many = seconds_of([_workers(server, 1), _workers(server, _MANY)], scale.rounds)
    yield Result(5, f"{ROWS[5].measure}, 8 workers by 1: times as fast", one, many, Demand(6, is_most=False))


def _stream_in_memory(server: Server, scale: Scale) -> Iterator[Result]:
    memory.needs_linux()
    with sandbox("--instances", scale.few) as small:
        sides = [
            python(f"peak, {count:,} rows", "stream", server=each.told(), workers=_CONNECTIONS)
            for count, each in ((scale.many, server), (scale.few, small))
        ]
        many, few = in_turn(sides, scale.rounds)
    large, little = (
        Told(side.name, _of(figures, "peak"), "MB") for side, figures in zip(sides, (many, few), strict=True)
    )
    yield Result(6, f"{ROWS[6].measure}: more MB", large, little, Demand(30, is_most=True, unit=" MB"), "difference")


def _frame_in_memory(server: Server, scale: Scale) -> Iterator[Result]:
    memory.needs_linux()
    side = python("read_instances(workers=4)", "frame_in_memory", server=server.told(), workers=_CONNECTIONS)
    (figures,) = in_turn([side], scale.rounds)
    added = Told("peak added by the frame", _of(figures, "added"), "MB")
    own = Told("memory_usage(deep=True)", _of(figures, "own"), "MB")
    yield Result(7, f"{ROWS[7].measure}: times its own", added, own, Demand(2.2, is_most=True))


def _imports(_: None, scale: Scale) -> Iterator[Result]:
    sides = [
        Side(f"import {names}", [sys.executable, "-c", f"import {names}"])
        for names in ("pandas, pyarrow, operate_frames", "pandas, pyarrow")
    ]
    in_turn(sides, 1)  # the first may also compile
    ours, theirs = seconds_of(sides, scale.short_rounds)
    yield Result(
        8, f"{ROWS[8].measure}: seconds more", ours, theirs, Demand(0.15, is_most=True, unit=" s"), "difference"
    )


def _bare(server: Server, folder: Path, *resources: str) -> Side:
    """The fetch of pages whose bodies a file of the folder has."""
    report("one walk, to know all pages beforehand")
    known = folder / "bodies.json"
    walks = [bare.walk(server, resource) for resource in resources or ("process-instances",)]
    known.write_text(json.dumps([asked for walk in walks for asked, _ in walk]))
    name = f"bare requests, {_CONNECTIONS} connections, pages known beforehand"
    asked = {"server": server.told(), "bodies": str(known), "connections": _CONNECTIONS}
    return python(name, "bare_side_by_side", **asked)


def _workers(server: Server, count: int) -> Side:
    return python(f"read_instances(workers={count})", "frame", server=server.told(), workers=count)


def seconds_of(sides: Sequence[Side], rounds: int) -> list[Told]:
    """What each side takes by the clock."""
    measured = zip(sides, in_turn(sides, rounds), strict=True)
    return [Told(side.name, _of(figures, "seconds")) for side, figures in measured]


def _of(figures: Sequence[Figures], name: str) -> list[float]:
    return [each[name] for each in figures]


def _alone(_: Scale) -> AbstractContextManager[None]:
    return nullcontext()


def _distant(scale: Scale) -> AbstractContextManager[Server]:
    return sandbox("--instances", scale.distant, "--delay", _DELAY)


def _skewed(scale: Scale) -> AbstractContextManager[Server]:
    return sandbox_of(skewed(scale.skewed), "--delay", _DELAY)


def _told(scale: Scale) -> AbstractContextManager[Server]:
    return sandbox("--instances", scale.told, "--told", scale.told)


def _near(scale: Scale) -> AbstractContextManager[Server]:
    return sandbox("--instances", scale.many)


ROWS = {
    1: Row("instances into a frame, by the bare parallel fetch", _near, _frame_beside_bare),
    2: Row("the same by the walk of Camunda's SDK for Node", _near, _frame_beside_node),
    3: Row("decoding recorded pages to typed columns, by bare orjson.loads", _alone, _decode_beside_orjson),
    4: Row("a server 50 ms away", _distant, _side_by_side),
    5: Row("95 % of the rows in one partition, 50 ms away", _skewed, _side_by_side_though_skewed),
    6: Row("peak memory of streaming to nowhere, many rows by a tenth of them", _near, _stream_in_memory),
    7: Row("peak memory added by a frame", _near, _frame_in_memory),
    8: Row("import operate_frames beside import pandas, pyarrow", _alone, _imports),
    9: Row("instances into a file, by the bare parallel fetch", _near, _files_beside_bare),
    10: Row("instances with five variables each, by the bare parallel fetch of both", _told, _wide_beside_bare),
    11: Row("instances into a workbook, by XlsxWriter's own loop and the bare fetch", _told, _workbook_beside_loop),
}
