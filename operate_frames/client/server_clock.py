"""What the answers of a server tell of time: how far away it is, and what time it has."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

__all__ = ["ServerClock"]


class ServerClock:
    """Learns from each answer; several threads may tell it of theirs.

    A time of `time.monotonic` says when a request was sent.
    """

    def __init__(self) -> None:
        self._quickest = math.inf
        self._ahead = timedelta(0)

    @property
    def round_trip(self) -> float:
        """Seconds that the quickest answer took: the way there and back, and little else; 0 before the first one."""
        return self._quickest if math.isfinite(self._quickest) else 0.0

    def saw(self, date: str | None, began: float) -> None:
        """Learn from an answer that says this date, to a request sent at that time."""
        self._quickest = min(self._quickest, time.monotonic() - began)
        try:
            told = parsedate_to_datetime(date) if date else None
        except ValueError:
            return
        if told is not None and told.tzinfo is not None:
            self._ahead = told - datetime.now(UTC)

    def now(self) -> datetime:
        """The time that the server has, to the second; this machine's where it told none."""
        return datetime.now(UTC) + self._ahead
