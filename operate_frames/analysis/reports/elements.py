"""Where time goes: how long elements take, which take most of all time, and where nothing moves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from operate_frames.analysis.reports.durations import duration_figures, keys_of, seconds, typed
from operate_frames.analysis.reports.report import report
from operate_frames.analysis.reports.report_frame import Drawn

__all__ = ["bottlenecks", "element_times", "running", "stuck_instances"]

_ELEMENT = ("process_definition_id", "element_id")
# Their time is that of the elements in them, which have rows of their own.
_CONTAINERS = (
    "PROCESS",
    "SUB_PROCESS",
    "EVENT_SUB_PROCESS",
    "AD_HOC_SUB_PROCESS",
    "AD_HOC_SUB_PROCESS_INNER_INSTANCE",
    "MULTI_INSTANCE_BODY",
)


@report(
    "element_instances",
    "read_element_instances",
    "start_date",
    "end_date",
    drawn=Drawn(("p90_seconds", "median_seconds"), "seconds", "Time by element"),
)
def element_times(elements: pd.DataFrame, *, by: str | Sequence[str] = _ELEMENT, now: Any = None) -> pd.DataFrame:
    """Measure how long tokens stayed in each element, and for how long they have been where they still are.

    Parameters
    ----------
    elements : pandas.DataFrame, optional
        Of `read_element_instances`, with `start_date`, `end_date` and the columns of `by`. Without it they are read.
    by : str or sequence of str
        Columns to group by; by process and element by default. ``by="type"`` tells what waits for people
        (``USER_TASK``), for messages and timers (``RECEIVE_TASK``, ``INTERMEDIATE_CATCH_EVENT``) and for workers
        (``SERVICE_TASK``) apart.
    now : datetime or str, optional
        Up to when ages count; when the frame was read by default.
    explain : bool
        True sends nothing and gives the `Explanation` of what would be read.
    operate, sort, limit, recheck, progress, workers, page_size, **filters
        In the place of a frame: as in `read_element_instances`.

    Returns
    -------
    pandas.DataFrame
        One row per group, in the order of `by`, which is the index, with the columns of `cycle_times`.

    Raises
    ------
    QuestionError
        As in `cycle_times`.

    Notes
    -----
    The time in an element is waiting and working together: it begins when the token arrives and ends when it leaves,
    and neither API says when a worker took the job or a person the task. The time for which a joining gateway waits for
    its other tokens is in no element.

    Examples
    --------
    >>> import operate_frames as of
    >>> from operate_frames.sandbox import serve
    >>> with serve() as server:
    ...     operate = of.connect(server.base_url, username=server.username, password=server.password)
    ...     of.element_times(type="USER_TASK", by="type")[["count", "open"]].to_dict("index")
    {'USER_TASK': {'count': 31, 'open': 2}}
    """
    return duration_figures(elements, by, now)


@report(
    "element_instances",
    "read_element_instances",
    "type",
    "start_date",
    "end_date",
    drawn=Drawn(("share",), "share", "Share of all time"),
)
def bottlenecks(elements: pd.DataFrame, *, by: str | Sequence[str] = _ELEMENT, now: Any = None) -> pd.DataFrame:
    """Find the elements in which most time is spent, up to now where they have not ended.

    Parameters
    ----------
    elements : pandas.DataFrame, optional
        Of `read_element_instances`, with `type`, `start_date`, `end_date` and the columns of `by`. Without it they are
        read.
    by : str or sequence of str
        Columns to group by; by process and element by default.
    now : datetime or str, optional
        Up to when open ones count; when the frame was read by default.
    explain, operate, sort, limit, recheck, progress, workers, page_size, **filters
        As in `element_times`.

    Returns
    -------
    pandas.DataFrame
        One row per group, the most time first; `by` is the index. ``count`` and ``open`` (Int64): those that have
        ended, those that have not. ``total_seconds``: the time of both; of it ``open_seconds``: of those that have not
        ended; ``mean_seconds``: of those that have; ``share`` of all time, and ``cumulative_share`` with the groups
        before it (Float64, 0 to 1).

    Raises
    ------
    QuestionError
        As in `cycle_times`.

    Notes
    -----
    Left out are sub-processes and the bodies of multi-instances: their time is that of the elements in them. A call
    activity counts, and so do the elements of the process that it calls, which are of another process.

    Examples
    --------
    >>> import operate_frames as of
    >>> from operate_frames.sandbox import serve
    >>> with serve() as server:
    ...     operate = of.connect(server.base_url, username=server.username, password=server.password)
    ...     of.bottlenecks(process_definition_id="order", now="2026-10-01")["share"].head(2).round(2).to_dict()
    {('order', 'charge'): 0.9, ('order', 'ship'): 0.1}
    """
    single = elements[~elements["type"].isin(_CONTAINERS)]
    is_open = single["end_date"].isna()
    spent = seconds(single["end_date"].fillna(now) - single["start_date"])
    values = pd.DataFrame({"all": spent, "open": spent.where(is_open), "ended": spent.mask(is_open)})
    grouped = values.groupby(keys_of(single, by), dropna=False, observed=True)
    total = grouped["all"].sum().sort_values(ascending=False, kind="stable")
    share = total / total.sum()
    figures = {
        "count": grouped["ended"].count(),
        "open": grouped["open"].count(),
        "total_seconds": total,
        "open_seconds": grouped["open"].sum(),
        "mean_seconds": grouped["ended"].mean(),
        "share": share,
        "cumulative_share": share.cumsum(),
    }
    return typed({name: each.loc[total.index] for name, each in figures.items()})


@report(
    "element_instances",
    "read_element_instances",
    "process_instance_key",
    "process_definition_id",
    "element_instance_key",
    "element_id",
    "type",
    "start_date",
    "end_date",
    "has_incident",
    drawn=Drawn(("idle_seconds",), "seconds", "Not moved for"),
)
def stuck_instances(
    elements: pd.DataFrame, *, idle: Any = "1D", instances: pd.DataFrame | None = None, now: Any = None
) -> pd.DataFrame:
    """Find running instances in which no element was entered or left for some time.

    Parameters
    ----------
    elements : pandas.DataFrame, optional
        Of `read_element_instances`, with `process_instance_key`, `process_definition_id`, `element_instance_key`,
        `element_id`, `type`, `start_date`, `end_date` and `has_incident`. Without it they are read.
    idle : str or timedelta
        For how long nothing moved, such as ``"36h"``; a day by default.
    instances : pandas.DataFrame, optional
        Of `read_instances`, with `process_instance_key` and `end_date`: which of them run. One that waits for another
        token at a joining gateway stands in no element. Without it those that are active are read after the elements;
        beside a frame of elements only those that stand in one are known.
    now : datetime or str, optional
        Up to when it counts; when the frame was read by default.
    explain, operate, sort, limit, recheck, progress, workers, page_size, **filters
        As in `element_times`. ``state="ACTIVE"`` makes it a small read: then only what is still there counts as
        moved, and not what another branch left since.

    Returns
    -------
    pandas.DataFrame
        One row per instance, the longest idle first; the index is ``process_instance_key``.
        ``process_definition_id``; ``element_id``, ``type`` and ``element_instance_key`` of the element that was entered
        last, of those that were not left where there are some; ``open_elements`` (Int64): how many were not left;
        ``has_incident`` (boolean): whether one of them has an incident; ``last_moved`` (datetime64[us, UTC]);
        ``idle_seconds`` (Float64).

    Raises
    ------
    QuestionError
        As in `cycle_times`; a time that is no length of time.

    Notes
    -----
    An instance that is active and stands in no element waits at a joining gateway for a token that may never come. A
    call activity does not move while the process that it calls does: that instance may be busy.

    Examples
    --------
    >>> import operate_frames as of
    >>> from operate_frames.sandbox import serve
    >>> with serve() as server:
    ...     operate = of.connect(server.base_url, username=server.username, password=server.password)
    ...     len(of.stuck_instances(idle="60D", now="2026-10-01"))
    9
    """
    key = "process_instance_key"
    rows = elements[elements[key].isin(running(elements, instances))]
    is_open = rows["end_date"].isna()
    by_instance = rows[key]
    last_moved = rows.groupby(key)[["start_date", "end_date"]].max().max(axis="columns")
    columns = ["process_definition_id", "element_id", "type", "element_instance_key"]
    standing = rows.assign(is_open=is_open).sort_values(["is_open", "start_date", "element_instance_key"])
    found = standing.drop_duplicates(key, keep="last").set_index(key)[columns].sort_index()
    found = found.assign(
        open_elements=is_open.groupby(by_instance).sum().astype("Int64"),
        has_incident=(rows["has_incident"].fillna(value=False) & is_open).groupby(by_instance).any().astype("boolean"),
        last_moved=last_moved.astype(rows["start_date"].dtype),
        idle_seconds=seconds(now - last_moved).astype("Float64"),
    )
    is_stuck: pd.Series[bool] = now - found["last_moved"] >= idle
    return found[is_stuck].sort_values("last_moved", kind="stable")


def running(elements: pd.DataFrame, instances: pd.DataFrame | None) -> pd.Series[Any]:
    """The keys of the instances that run, as far as elements and instances say."""
    frames = [elements] if instances is None else [elements, instances]
    key = "process_instance_key"
    return pd.concat([each.loc[each["end_date"].isna(), key].astype("Int64") for each in frames], ignore_index=True)
