"""How many instances start, end and run, and how many keep to a limit, day by day or week by week."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from operate_frames.analysis.reports.buckets import bucket_of, edges_of
from operate_frames.analysis.reports.durations import typed
from operate_frames.analysis.reports.report import report
from operate_frames.analysis.reports.report_frame import Drawn

__all__ = ["sla", "throughput"]


@report(
    "process_instances",
    "read_instances",
    "start_date",
    "end_date",
    drawn=Drawn(("started", "ended", "open"), "count", "Process instances"),
)
def throughput(instances: pd.DataFrame, *, freq: str = "D", tz: str = "UTC") -> pd.DataFrame:
    """Count how many process instances started and ended in each period, and how many ran at its end.

    Parameters
    ----------
    instances : pandas.DataFrame, optional
        Of `read_instances`, with `start_date` and `end_date`. Without it they are read. What had begun before the first
        of them is not known, so choose by process and not by date where `open` matters.
    freq : {"D", "W", "MS", "QS", "YS"}
        pandas' names: days, weeks from Monday on, months, quarters, years.
    tz : str
        The time zone whose midnights count, such as ``"Europe/Berlin"``.
    explain, operate, sort, limit, recheck, progress, workers, page_size, **filters
        As in `cycle_times`.

    Returns
    -------
    pandas.DataFrame
        One row per period from the first start to the last start or end, also where nothing happened: the index
        ``date`` is its beginning (datetime64[us, tz]); ``started``, ``ended``, and ``open``: the work in progress at
        its end (Int64).

    Raises
    ------
    QuestionError
        As in `cycle_times`; a frequency or a time zone that is not known.

    Examples
    --------
    >>> import operate_frames as of
    >>> from operate_frames.sandbox import serve
    >>> with serve() as server:
    ...     operate = of.connect(server.base_url, username=server.username, password=server.password)
    ...     of.throughput(freq="MS", tz="Europe/Berlin").to_dict("list")
    {'started': [51, 66, 83], 'ended': [42, 58, 70], 'open': [9, 17, 30]}
    """
    edges = edges_of(pd.concat([instances["start_date"], instances["end_date"]], ignore_index=True), freq, tz)
    counts = {
        name: _counted(bucket_of(instances[column], edges), len(edges))
        for name, column in (("started", "start_date"), ("ended", "end_date"))
    }
    counts["open"] = (counts["started"] - counts["ended"]).cumsum()
    return pd.DataFrame(counts, index=edges.rename("date"), dtype="Int64")


@report(
    "process_instances",
    "read_instances",
    "start_date",
    "end_date",
    drawn=Drawn(("share",), "share", "Within the limit"),
)
def sla(instances: pd.DataFrame, *, within: Any, freq: str = "W", tz: str = "UTC", now: Any = None) -> pd.DataFrame:
    """Tell which share of process instances ended within a limit, by the week that they started in.

    Parameters
    ----------
    instances : pandas.DataFrame, optional
        Of `read_instances`, with `start_date` and `end_date`. Without it they are read.
    within : str or timedelta
        The longest time that an instance may take, such as ``"36h"`` or ``"5D"``; just that long is within.
    freq, tz
        Periods of which time zone, as in `throughput`; weeks from Monday on by default.
    now : datetime or str, optional
        Up to when ages count; when the frame was read by default.
    explain, operate, sort, limit, recheck, progress, workers, page_size, **filters
        As in `cycle_times`.

    Returns
    -------
    pandas.DataFrame
        One row per period from the first start to the last one: the index ``date`` is its beginning. ``started``, of
        these ``within`` and ``late``, which have ended, ``open``, which have not, and ``open_late``, which are open for
        longer than the limit already (Int64). ``share`` (Float64, 0 to 1): those within of all whose outcome is known,
        ``within / (within + late + open_late)``; missing where none is.

    Raises
    ------
    QuestionError
        As in `throughput`; a limit that is no length of time.

    Examples
    --------
    >>> import operate_frames as of
    >>> from operate_frames.sandbox import serve
    >>> with serve() as server:
    ...     operate = of.connect(server.base_url, username=server.username, password=server.password)
    ...     of.sla(within="2h", freq="MS", now="2026-10-01")["share"].round(2).to_list()
    [0.67, 0.77, 0.77]
    """
    is_open = instances["end_date"].isna().to_numpy()
    took = instances["end_date"].fillna(now) - instances["start_date"]
    is_late = (took > within).to_numpy()
    edges = edges_of(instances["start_date"], freq, tz)
    place = bucket_of(instances["start_date"], edges)
    parts = {
        "started": np.ones(len(place), dtype=np.bool_),
        "within": ~is_open & ~is_late,
        "late": ~is_open & is_late,
        "open": is_open,
        "open_late": is_open & is_late,
    }
    counts = {name: _counted(place[chosen], len(edges)) for name, chosen in parts.items()}
    figures = pd.DataFrame(counts, index=edges.rename("date"))
    known = figures["within"] + figures["late"] + figures["open_late"]
    return typed({**figures, "share": (figures["within"] / known).where(known > 0)})


def _counted(places: np.ndarray[Any, Any], length: int) -> np.ndarray[Any, Any]:
    return np.bincount(places[places >= 0], minlength=length)
