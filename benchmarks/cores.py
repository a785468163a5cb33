"""Servers on some cores and their clients on the others, as if each had a machine of its own."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

import psutil

from benchmarks.memory import needs_linux
from tests.camunda.unavailable import Unavailable


@contextmanager
def apart(servers: Iterable[int]) -> Iterator[None]:
    """Hold processes, and those that they started, to half of the cores, and what is started meanwhile to the rest.

    Raises
    ------
    tests.camunda.unavailable.Unavailable
        Where there is one core, or no way to choose.
    """
    needs_linux()
    cores = os.sched_getaffinity(0)
    if len(cores) < 2:
        raise Unavailable("servers and clients cannot be on cores of their own: there is one core")
    theirs = set(sorted(cores)[: len(cores) // 2])
    threads = [thread for server in servers for thread in _threads(server)]
    try:
        _hold(threads, theirs)
        os.sched_setaffinity(0, cores - theirs)
        yield
    finally:
        os.sched_setaffinity(0, cores)
        _hold(threads, cores)


def _threads(process: int) -> list[int]:
    family = [psutil.Process(process), *psutil.Process(process).children(recursive=True)]
    return [thread.id for each in family for thread in each.threads()]


def _hold(threads: Iterable[int], cores: set[int]) -> None:
    for thread in threads:
        with suppress(ProcessLookupError):  # it has ended
            os.sched_setaffinity(thread, cores)
