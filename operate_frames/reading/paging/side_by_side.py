"""One call for each of many things, so many at a time, their answers in order.

An executor of the standard library would hold up the end of the program until its last call has come back, which a
server that no longer answers can draw out to the time-out: these threads are daemons.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from typing import TypeVar

__all__ = ["side_by_side"]

T = TypeVar("T")
R = TypeVar("R")


def side_by_side(call: Callable[[T], R], things: Iterable[T], *, workers: int) -> Iterator[R]:
    """Give what a call makes of each thing; after the first error, or when nobody takes more, no further call begins.

    Parameters
    ----------
    call : callable
        Several threads call it.
    things : iterable
        What it is called with, one after another.
    workers : int
        At most so many calls at a time.

    Raises
    ------
    BaseException
        Whatever a call raised, in its place.
    """
    jobs = [(thing, Future[R]()) for thing in things]
    waiting = deque(jobs)

    def work() -> None:
        with suppress(IndexError):  # none is waiting
            while True:
                thing, answer = waiting.popleft()
                try:
                    answer.set_result(call(thing))
                except BaseException as error:  # noqa: BLE001 - raised again where the answers are taken
                    answer.set_exception(error)

    for _ in range(min(workers, len(jobs))):
        threading.Thread(target=work, name="operate_frames asks", daemon=True).start()
    try:
        for _, answer in jobs:
            yield answer.result()
    finally:
        waiting.clear()
