"""Days, weeks, months, quarters and years of a time zone, of 23, 24 or 25 hours a day."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from operate_frames.analysis.reports.arguments import FREQUENCIES

__all__ = ["bucket_of", "edges_of"]


def edges_of(moments: pd.Series[Any], freq: str, tz: str) -> pd.DatetimeIndex:
    """When each period begins, from that of the first moment to that of the last, without a gap."""
    present, zone = moments.dropna(), ZoneInfo(tz)  # of a name, older pandas asks pytz, which may know other clocks
    if present.empty:
        return pd.DatetimeIndex([], dtype=pd.DatetimeTZDtype("us", zone))
    clock = present.dt.tz_convert(zone).dt.tz_localize(None)
    step = FREQUENCIES[freq]
    first = pd.tseries.frequencies.to_offset(step).rollback(clock.min().normalize())
    midnights = pd.date_range(first, clock.max(), freq=step)
    # Where clocks leap over midnight the day begins with the leap, and where it comes twice with the first.
    edges: pd.DatetimeIndex = midnights.tz_localize(
        zone, ambiguous=np.ones(len(midnights), dtype=np.bool_), nonexistent="shift_forward"
    )
    return edges.as_unit("us")


def bucket_of(moments: pd.Series[Any], edges: pd.DatetimeIndex) -> np.ndarray[Any, Any]:
    """The place of each moment's period among the edges; -1 where it is missing."""
    begins = edges.tz_convert("UTC").tz_localize(None).to_numpy("datetime64[us]")
    when = moments.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy("datetime64[us]")
    place = np.searchsorted(begins, when, side="right") - 1
    return np.where(np.isnat(when), -1, place)
