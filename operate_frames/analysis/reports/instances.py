"""How long instances take, and how one version of a process does beside another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from operate_frames.analysis.reports.durations import duration_figures, typed
from operate_frames.analysis.reports.report import report
from operate_frames.analysis.reports.report_frame import Drawn

__all__ = ["compare_versions", "cycle_times"]

_PROCESS, _VERSION = "process_definition_id", "process_definition_version"


@report(
    "process_instances",
    "read_instances",
    "start_date",
    "end_date",
    drawn=Drawn(("p90_seconds", "median_seconds"), "seconds", "Cycle times"),
)
def cycle_times(
    instances: pd.DataFrame, *, by: str | Sequence[str] = (_PROCESS, _VERSION), now: Any = None
) -> pd.DataFrame:
    """Measure how long process instances took, and how old those are that have not ended.

    Parameters
    ----------
    instances : pandas.DataFrame, optional
        Of `read_instances`, with `start_date`, `end_date` and the columns of `by`. Without it they are read.
    by : str or sequence of str
        Columns to group by, variables that are columns among them; by process and version by default.
    now : datetime or str, optional
        Up to when ages count; when the frame was read by default.
    explain : bool
        True sends nothing and gives the `Explanation` of what would be read.
    operate, sort, limit, recheck, progress, workers, page_size, **filters
        In the place of a frame: as in `read_instances`, with ``variables=`` for columns of variables.

    Returns
    -------
    pandas.DataFrame
        One row per group, in the order of `by`, which is the index. ``count`` (Int64): those that have ended,
        terminated ones among them; of these ``mean_seconds``, ``median_seconds``, ``p90_seconds`` and ``p95_seconds``
        (Float64, missing where none has ended). ``open`` (Int64): those that have not; of their ages
        ``open_mean_seconds``, ``open_median_seconds`` and ``open_max_seconds`` (Float64).

    Raises
    ------
    QuestionError
        A column that is not there (`UnknownName`), a value of another type (`WrongType`), a frame and filters at once;
        whatever `read_instances` raises. Nothing was sent.

    Examples
    --------
    >>> import operate_frames as of
    >>> from operate_frames.sandbox import serve
    >>> with serve() as server:
    ...     operate = of.connect(server.base_url, username=server.username, password=server.password)
    ...     figures = of.cycle_times(process_definition_id="order", by="process_definition_id")
    ...     figures[["count", "open"]].to_dict("index")
    {'order': {'count': 56, 'open': 18}}
    """
    return duration_figures(instances, by, now)


@report(
    "process_instances",
    "read_instances",
    _PROCESS,
    _VERSION,
    "start_date",
    "end_date",
    "state",
    "has_incident",
    drawn=Drawn(("p90_seconds", "median_seconds"), "seconds", "Cycle times by version", in_order=True),
)
def compare_versions(instances: pd.DataFrame, *, now: Any = None) -> pd.DataFrame:
    """Set the versions of processes side by side: how often each runs, fails and ends, how long it takes.

    Parameters
    ----------
    instances : pandas.DataFrame, optional
        Of `read_instances`, with `process_definition_id`, `process_definition_version`, `start_date`, `end_date`,
        `state` and `has_incident`. Without it they are read.
    now : datetime or str, optional
        Up to when ages count; when the frame was read by default.
    explain, operate, sort, limit, recheck, progress, workers, page_size, **filters
        As in `cycle_times`.

    Returns
    -------
    pandas.DataFrame
        One row per version, by process and version, which are the index: ``started``, ``completed``, ``terminated``,
        ``open`` and ``with_incident`` (Int64; incidents that are open), ``terminated_share`` of those that have ended
        (Float64, 0 to 1); ``mean_seconds`` to ``open_max_seconds`` as in `cycle_times`; ``median_change`` and
        ``p90_change`` against the version before it in the frame (Float64; 0.1 is a tenth longer).

    Raises
    ------
    QuestionError
        As in `cycle_times`.

    Examples
    --------
    >>> import operate_frames as of
    >>> from operate_frames.sandbox import serve
    >>> with serve() as server:
    ...     operate = of.connect(server.base_url, username=server.username, password=server.password)
    ...     versions = of.compare_versions(process_definition_id="order")
    ...     versions["started"].to_list()
    [27, 20, 27]
    """
    by = [_PROCESS, _VERSION]
    times = duration_figures(instances, by, now)
    counted = pd.DataFrame(
        {
            "completed": instances["state"] == "COMPLETED",
            "terminated": instances["state"] == "TERMINATED",
            "with_incident": instances["has_incident"],
        }
    )
    of_versions = counted.fillna(value=False).astype("int64").groupby([instances[name] for name in by], dropna=False)
    counts = of_versions.sum().assign(started=of_versions.size())
    before = times[["median_seconds", "p90_seconds"]].groupby(level=0, dropna=False).shift()
    before = before.mask(before == 0)
    return typed(
        {
            **{name: counts[name] for name in ("started", "completed", "terminated")},
            "open": times["open"],
            "with_incident": counts["with_incident"],
            "terminated_share": (counts["terminated"] / times["count"]).where(times["count"] > 0),
            **{name: times[name] for name in times.columns.drop(["count", "open"])},
            "median_change": times["median_seconds"] / before["median_seconds"] - 1,
            "p90_change": times["p90_seconds"] / before["p90_seconds"] - 1,
        }
    )
