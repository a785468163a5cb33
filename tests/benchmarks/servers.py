"""The servers that are read: sandboxes in processes of their own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.benchmarks.fresh import ROOT


@dataclass(frozen=True)
class Server:
    """A server, as a fresh process is told of it.

    Attributes
    ----------
    base_url
        Where it answers.
    sign_in
        What `connect` takes to sign in.
    headers
        What any other client sends, signed in already.
    processes
        The ids of those that it consists of, where it can be held to some cores.
    """

    base_url: str
    sign_in: dict[str, Any] = field(default_factory=lambda: {"auth": "none"})
    headers: dict[str, str] = field(default_factory=dict)
    processes: tuple[int, ...] = ()

    def told(self) -> dict[str, Any]:
        return asdict(self)


@contextmanager
def sandbox(*options: object) -> Iterator[Server]:
    """Run ``operate-frames sandbox`` with some options."""
    command = [sys.executable, "-m", "operate_frames", "sandbox", "--port", "0", "--auth", "none", *map(str, options)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            yield Server(process.stdout.readline().split()[1], processes=(process.pid,))
        finally:
            process.terminate()


@contextmanager
def sandbox_of(rows: Mapping[str, Any], *options: object) -> Iterator[Server]:
    """Run a sandbox that has some rows."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder, "rows.json")
        data.write_text(json.dumps(rows))
        with sandbox("--data", data, *options) as server:
            yield server
