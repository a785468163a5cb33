"""Whether a frame that is still coming grows too large for the memory that is free."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pyarrow as pa

from operate_frames.display.warn import warn
from operate_frames.errors import LargeReadWarning
from operate_frames.reading.options import Tuning

__all__ = ["MemoryGuard"]

# Batches between two looks at the memory that is free.
_LOOKS_APART = 8


class MemoryGuard:
    """Warn once that a frame grows large, while there is time to ask otherwise.

    Parameters
    ----------
    what : str
        What is read.
    tuning : Tuning
        Says what is large.
    """

    def __init__(self, what: str, tuning: Tuning) -> None:
        self._what = what
        self._tuning = tuning
        self._began = time.monotonic()
        self._warned = False

    def look(self, rows: int, held: Sequence[pa.RecordBatch]) -> None:
        """Look at what is held so far, after each batch."""
        if self._warned or (rows < self._tuning.large_rows and len(held) % _LOOKS_APART != 1):
            return
        import psutil  # noqa: PLC0415 - only reads of whole frames need it, and it takes its time

        taken, free = held[-1].nbytes * len(held), psutil.virtual_memory().available
        if rows < self._tuning.large_rows and taken < self._tuning.large_share * free:
            return
        self._warned = True
        rate = rows / max(time.monotonic() - self._began, 1e-3)
        warn(
            f"This frame grows large: {rows:,} rows of {self._what} so far, about"
            f" {rate:,.0f} a second, {taken / 1e6:,.0f} MB of {free / 1e6:,.0f} MB that are free. With"
            " chunksize=100_000 rows come as frames one after another, in little memory; columns= and filters make it"
            " less.",
            LargeReadWarning,
        )
