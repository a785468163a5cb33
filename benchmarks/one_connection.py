"""One connection, a million instances: how much time the frame takes beside the bare bytes of the same pages.

    python benchmarks/one_connection.py [--instances 1000000] [--rounds 5]

A sandbox runs in a process of its own. Each measurement runs in a fresh process, the kinds in turn:

- bare: a keep-alive loop of `requests` that fetches the same pages and decodes nothing;
- json: the same loop with `json.loads` of each page, keeping the rows as dicts;
- frame: `read_instances()`.

Each process reads twice: the first time it also pays for memory that the machine has not handed out before,
which varies widely on virtual machines. The last line is the median ratio of the second reads of frame and bare,
which is to stay below 1.4.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

import requests

import operate_frames as of

PATH = "/v1/process-instances/search"


def pages(base_url: str) -> Iterator[bytes]:
    """Fetch page after page as a plain loop would; the cursor stands at the end of each."""
    session = requests.Session()
    headers = {"Content-Type": "application/json"}
    body = b'{"size":1000}'
    while True:
        answer = session.post(base_url + PATH, data=body, headers=headers, timeout=60).content
        start = answer.rindex(b'"sortValues":') + len(b'"sortValues":')
        cursor = answer[start : answer.index(b"]", start) + 1]
        if cursor == b"[]":
            return
        yield answer
        body = b'{"size":1000,"searchAfter":' + cursor + b"}"


def bare(base_url: str) -> int:
    return sum(1000 for _ in pages(base_url))


def as_json(base_url: str) -> int:
    rows = []
    for page in pages(base_url):
        rows += json.loads(page)["items"]
    return len(rows)


def frame(base_url: str) -> int:
    with of.connect(base_url, auth="none") as operate:
        return len(of.read_instances(operate=operate))


KINDS = {"bare": bare, "json": as_json, "frame": frame}


def measured(kind: str, base_url: str) -> dict[str, float]:
    """Read twice in this process: seconds of both, and the peak of memory above what the imports took."""
    before = peak_megabytes()
    figures = {}
    for name in ("first", "again"):
        begin = time.perf_counter()
        KINDS[kind](base_url)
        figures[name] = time.perf_counter() - begin
        figures.setdefault("megabytes", peak_megabytes() - before)
    return figures


def peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def in_a_fresh_process(kind: str, base_url: str) -> dict[str, float]:
    command = [sys.executable, __file__, "--measure", kind, "--base-url", base_url]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def compared(instances: int, rounds: int) -> dict[str, list[dict[str, float]]]:
    command = [sys.executable, "-m", "operate_frames", "sandbox", "--port", "0", "--auth", "none"]
    command += ["--instances", str(instances)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sandbox:
        try:
            base_url = sandbox.stdout.readline().split()[1]
            results = {kind: [] for kind in KINDS}
            for _ in range(rounds):
                for kind in KINDS:
                    results[kind].append(in_a_fresh_process(kind, base_url))
            return results
        finally:
            sandbox.terminate()


def report(results: dict[str, list[dict[str, float]]], instances: int) -> None:
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {instances:,} instances")
    print(f"{'':8}{'first read, s':>15}{'again, s (min/median/max)':>30}{'rows/s':>12}{'peak MB':>10}")
    for kind, runs in results.items():
        first = statistics.median(run["first"] for run in runs)
        again = sorted(run["again"] for run in runs)
        middle = statistics.median(again)
        spread = f"{again[0]:.2f} / {middle:.2f} / {again[-1]:.2f}"
        memory = statistics.median(run["megabytes"] for run in runs)
        print(f"{kind:8}{first:>15.2f}{spread:>30}{instances / middle:>12,.0f}{memory:>10,.0f}")
    for name in ("first", "again"):
        pairs = zip(results["frame"], results["bare"], strict=True)
        ratio = statistics.median(frame[name] / bare[name] for frame, bare in pairs)
        print(f"frame / bare, {name}: {ratio:.2f}")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--instances", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--measure", choices=KINDS, help=argparse.SUPPRESS)
    options.add_argument("--base-url", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.measure:
        print(json.dumps(measured(chosen.measure, chosen.base_url)))
    else:
        report(compared(chosen.instances, chosen.rounds), chosen.instances)


if __name__ == "__main__":
    main()
