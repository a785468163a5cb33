"""So many calls at once and no more, in the order of asking: for requests, and for one call for each of many things."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from typing import TypeVar

__all__ = ["FairSemaphore", "map_in_order"]

T = TypeVar("T")
R = TypeVar("R")


class FairSemaphore:
    """Let so many in at once, first come, first served; ``with semaphore:`` waits for its turn.

    A semaphore of the standard library lets whoever leaves come in again before those that wait have woken: a walk by
    one worker would leave no turn to what is looked up beside it.

    Parameters
    ----------
    number : int
        How many may be in at once.
    """

    def __init__(self, number: int) -> None:
        self._free = number
        self._waiting: deque[threading.Event] = deque()
        self._changing = threading.Lock()

    def __enter__(self) -> None:
        mine = threading.Event()
        with self._changing:
            self._waiting.append(mine)
            self._hand_out()
        try:
            mine.wait()
        except BaseException:  # interrupted: the next one's turn
            with self._changing:
                if mine.is_set():
                    self._free += 1
                else:
                    self._waiting.remove(mine)
                self._hand_out()
            raise

    def __exit__(self, *_: object) -> None:
        with self._changing:
            self._free += 1
            self._hand_out()

    def _hand_out(self) -> None:
        while self._free and self._waiting:
            self._free -= 1
            self._waiting.popleft().set()


def map_in_order(call: Callable[[T], R], things: Iterable[T], *, workers: int) -> Iterator[R]:
    """Give what a call makes of each thing; after the first error, or when nobody takes more, no further call begins.

    An executor of the standard library would hold up the end of the program until its last call has come back, which a
    server that no longer answers can draw out to the time-out: these threads are daemons.

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
