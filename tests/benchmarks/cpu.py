"""Where the processor's time goes while a million rows become a frame: ``python -m tests.benchmarks.cpu``.

The sandbox is held to one half of the cores and the client to the other. In the client a thread looks at all others a
few hundred times a second: what each took of the processor since goes to what it does at that moment.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import operate_frames as of
from tests.benchmarks.cores import apart
from tests.benchmarks.fresh import Side, in_turn
from tests.benchmarks.machine import described
from tests.benchmarks.servers import sandbox
from tests.support.thread_frames import thread_frames

_ROUNDS = 5
_SECONDS_BETWEEN_LOOKS = 0.003
# What a thread does is told by the innermost frame that is named here: by file, and some functions apart.
_STAGES = {
    ("reading/decode.py", "_items"): "Arrow's JSON reader",
    ("reading/decode.py", None): "typed columns of what it read",
    ("frames/conversion/", None): "Arrow's columns to those of pandas",
    ("reading/rows.py", None): "order and doubles",
    ("reading/paging/", None): "which page to ask for next",
    ("operate_frames/client/", None): "fetch: requests, urllib3, http.client",
    ("operate_frames/api/", None): "requests written, cursors and keys read",
    ("operate_frames/", None): "all else of operate_frames",
}
_NATIVE = "threads of libraries, and what no look saw"
_ELSEWHERE = "outside operate_frames"
STAGES = {*_STAGES.values(), _NATIVE, _ELSEWHERE}


class Processor:
    """How long each stage held the processor.

    Attributes
    ----------
    seconds : Counter
        By stage.
    """

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self._seen: dict[int, float] = {}
        self._ended = threading.Event()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Watch all threads but the one that watches."""
        watching = threading.Thread(target=self._watch)
        before = time.process_time()
        self._look(record=False)
        watching.start()
        try:
            yield
        finally:
            self._ended.set()
            watching.join()
        all_of_it = time.process_time() - before - self._own
        self.seconds[_NATIVE] = max(all_of_it - self.seconds.total(), 0.0)

    def _watch(self) -> None:
        while not self._ended.wait(_SECONDS_BETWEEN_LOOKS):
            self._look(record=True)
        self._look(record=True)
        self._own = time.thread_time()

    def _look(self, *, record: bool) -> None:
        frames = thread_frames()
        for thread in threading.enumerate():
            if (thread is threading.current_thread() and record) or thread.ident not in frames:
                continue
            try:
                now = time.clock_gettime(time.pthread_getcpuclockid(thread.ident))
            except OSError:  # it has ended
                continue
            if record:
                self.seconds[stage(frames[thread.ident])] += now - self._seen.get(thread.ident, 0.0)
            self._seen[thread.ident] = now


def stage(frame: FrameType | None) -> str:
    """What a thread does."""
    while frame is not None:
        where, name = frame.f_code.co_filename, frame.f_code.co_name
        for (path, function), does in _STAGES.items():
            if path in where and function in (None, name):
                return does
        frame = frame.f_back
    return _ELSEWHERE


def measured(base_url: str) -> dict[str, float]:
    """Read all instances into a frame; gives the seconds of the stages."""
    with of.connect(base_url, auth="none") as operate:
        of.read_instances(operate=operate, limit=1)
        processor, began = Processor(), time.perf_counter()
        with processor.watched():
            rows = len(of.read_instances(operate=operate, workers=4, progress=False, recheck=False))
    return {**processor.seconds, "rows": rows, "by the clock": time.perf_counter() - began}


def table(rounds: list[dict[str, float]]) -> str:
    """The stages, the longest first, by the medians of the rounds."""
    stages = {each for one in rounds for each in one} - {"rows", "by the clock"}
    medians = {each: statistics.median(one.get(each, 0.0) for one in rounds) for each in stages}
    total = sum(medians.values())
    lines = [
        f"| {each} | {seconds:.2f} | {seconds / total:.0%} |"
        for each, seconds in sorted(medians.items(), key=lambda each: -each[1])
    ]
    clock = statistics.median(one["by the clock"] for one in rounds)
    lines += [f"| together | {total:.2f} | 100% |", f"| by the clock | {clock:.2f} | |"]
    return "\n".join(["| what | seconds of the processor | share |", "|---|---|---|", *lines])


def main() -> None:
    """Print the table, or the figures of one read."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--of", metavar="URL", help="the server of one read, whose figures are printed as JSON")
    given = options.parse_args()
    if given.of:
        print(json.dumps(measured(given.of)))
        return
    with sandbox("--instances", given.rows) as server, apart(server.processes):
        one = Side("read_instances(workers=4)", [sys.executable, "-m", "tests.benchmarks.cpu", "--of", server.base_url])
        (rounds,) = in_turn([one], _ROUNDS)
    print(described(), "\n", table(rounds), sep="\n")


if __name__ == "__main__":
    main()
