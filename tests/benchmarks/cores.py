"""Servers on some cores and their clients on the others, as if each had a machine of its own."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

import psutil

from tests.support.unavailable import Unavailable


@contextmanager
def apart(servers: Iterable[int]) -> Iterator[None]:
    """Hold processes, and those that they started, to half of the cores, and what is started meanwhile to the rest.

    Raises
    ------
    tests.support.unavailable.Unavailable
        Where there is one core, or no way to choose.
    """
    if not hasattr(os, "sched_setaffinity"):
        raise Unavailable("Only Linux lets one choose the cores of servers and clients.")
    cores = os.sched_getaffinity(0)
    if len(cores) < 2:
        raise Unavailable("Servers and clients cannot be on cores of their own: there is one core.")
    theirs = set(sorted(cores)[: len(cores) // 2])
    keepers = [psutil.Process(server) for server in servers]
    try:
        _hold(keepers, theirs)
        os.sched_setaffinity(0, cores - theirs)
        yield
    finally:
        os.sched_setaffinity(0, cores)
        _hold(keepers, cores)


def _hold(keepers: Iterable[psutil.Process], cores: set[int]) -> None:
    """Hold every thread that there is now: one that is started later begins on the cores of the one that starts it."""
    for keeper in keepers:
        for process in (keeper, *keeper.children(recursive=True)):
            for thread in process.threads():
                with suppress(ProcessLookupError):  # it has ended
                    os.sched_setaffinity(thread.id, cores)
