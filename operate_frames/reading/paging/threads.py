"""So many at once and no more, first come, first served.

A semaphore of the standard library lets whoever gives a turn back take it again before those that wait have woken:
a walk by one worker would leave no turn to what is looked up beside it.
"""

from __future__ import annotations

import threading
from collections import deque

__all__ = ["Turns"]


class Turns:
    """Hold to a number of turns; ``with turns:`` waits for one.

    Parameters
    ----------
    number : int
        How many there are at once.
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
