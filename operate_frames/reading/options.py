"""How a read is done: what the caller may say, and what is tuned to servers as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from operate_frames.display.progress import Progress

__all__ = ["DEFAULT_WORKERS", "MAX_WORKERS", "ReadOptions", "Tuning"]

# As many connections are kept open.
MAX_WORKERS = 32
# Nobody asked for more than this, and it is somebody's production server.
DEFAULT_WORKERS = 4


@dataclass(frozen=True)
class ReadOptions:
    """What a call says of how it is read, checked.

    Attributes
    ----------
    recheck : bool or None
        Whether to read again for rows that one pass missed; None: where rows may be moving, and that costs little.
    progress : bool, callable or None
        As in the readers.
    resume : mapping
        Where an earlier read was stopped; empty: from the beginning.
    workers : int or None
        At most so many requests at once; None: as the connection's `Tuning` says.
    page_size : int or None
        Rows a page at most; None: as the connection's `Tuning` says.
    """

    recheck: bool | None = None
    progress: Progress = None
    resume: Mapping[str, Any] = field(default_factory=dict)
    workers: int | None = None
    page_size: int | None = None


@dataclass(frozen=True)
class Tuning:
    """Numbers that fit servers as they are; `Operate.tuning` holds those of a connection.

    Attributes
    ----------
    page_size : int or None
        Rows a page; None: the most that the API gives.
    workers : int or None
        At most so many requests at once; None: one, or four where pages take some time.
    seconds_between_passes : float
        Passes of ``recheck=True`` begin at least so far apart. A row that moves to the archive is hidden until its new
        index is refreshed: up to 0.9 s were seen on a real 8.6.0, and Operate's templates say 2 s (contract
        ``operate-v1.md`` 3.6). A pass that follows sooner can miss the same row again.
    seconds_before_second_look : float
        Between the first look and the second one that a read takes unasked, where rows may be moving.
    rechecked_pages : int
        Reads of so many pages at most get such a second look.
    waiting_pages, waiting_bytes : int
        What waits for the reader at most, for each worker; the reader's next page may always come.
    large_rows, large_share : int, float
        A frame that grows to so many rows, or to this share of the memory that is free, is worth a warning.
    """

    page_size: int | None = None
    workers: int | None = None
    seconds_between_passes: float = 2.5
    seconds_before_second_look: float = 1.0
    rechecked_pages: int = 20
    waiting_pages: int = 28
    waiting_bytes: int = 3_500_000
    large_rows: int = 1_000_000
    large_share: float = 0.25
