"""Rows that move to the archive: while a batch moves, searches do not find it, or find it twice.

As was measured on a real server (contract ``operate-v1.md`` 3.6): instances that have ended move in batches with all
that belongs to them; a row is hidden until its new index is refreshed, and stands in both for a while.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from operate_frames.sandbox.tables.columns import Column, Numbers
from operate_frames.sandbox.tables.table import Selection, Table

__all__ = ["Archiver", "Archiving"]


@dataclass(frozen=True)
class Archiving:
    """How ended instances move, and all that belongs to them. When the last batch has moved, the first one does again.

    Parameters
    ----------
    batch : int
        So many instances at a time, in the order of their keys.
    every : float
        Seconds from one batch to the next.
    hidden : float
        Seconds for which a batch is not found, from the moment that it moves.
    doubled : float
        Seconds for which each of its rows is found twice after that.
    since_end : (float, float), optional
        Only instances move that had ended for so many seconds when the server began: at least, and at most. By default
        all that have ended.
    """

    batch: int = 100
    every: float = 2.0
    hidden: float = 0.9
    doubled: float = 0.5
    since_end: tuple[float, float] | None = None


class Archiver:
    """Moves batch after batch, from the moment that it is made.

    Parameters
    ----------
    archiving : Archiving
        How.
    keys, ended : Column
        Those of the process instances, and when each ended.
    """

    def __init__(self, archiving: Archiving, keys: Column, ended: Column) -> None:
        self._archiving = archiving
        moves = np.ones(len(keys.values), dtype=np.bool_) if ended.present is None else ended.present.copy()
        if archiving.since_end is not None:
            seconds = time.time() - ended.values / 1000
            moves &= (seconds >= archiving.since_end[0]) & (seconds <= archiving.since_end[1])
        self._ended: Numbers = np.sort(keys.values[moves])
        self._batches = max(-(-len(self._ended) // archiving.batch), 1)
        self._began = time.monotonic()

    def watch(self, table: Table[Any], owner: str) -> None:
        """Let a table's searches see its rows move with the instances that they belong to."""
        owners = table.column(owner).values
        place = np.minimum(np.searchsorted(self._ended, owners), max(len(self._ended) - 1, 0))
        moves = self._ended[place] == owners if len(self._ended) else np.zeros(len(owners), dtype=np.bool_)
        batch = np.where(moves, place // self._archiving.batch, -1)
        table.seen_now = lambda selection: self._seen_now(selection, batch)

    def _seen_now(self, selection: Selection, batch: Numbers) -> Selection:
        turn, since = divmod(time.monotonic() - self._began, self._archiving.every)
        copies = 0 if since < self._archiving.hidden else 2
        if since >= self._archiving.hidden + self._archiving.doubled:
            return selection
        positions = np.arange(selection.count) if selection.positions is None else selection.positions
        times = np.where(batch[positions] == int(turn) % self._batches, copies, 1)
        found = np.repeat(np.arange(len(positions)), times)
        return replace(
            selection, positions=positions[found], keys=[key[found] for key in selection.keys], count=len(found)
        )
