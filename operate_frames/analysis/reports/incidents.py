"""What fails: incidents by what they have in common, over time, and how long they stay open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from operate_frames.analysis.reports.buckets import bucket_of, edges_of
from operate_frames.analysis.reports.durations import keys_of, seconds, spread, typed
from operate_frames.analysis.reports.report import report
from operate_frames.analysis.reports.report_frame import Drawn

__all__ = ["incident_report", "message_patterns", "texts_of"]

_PATTERN = "message_pattern"
_TEXT = {pa.string(): pd.StringDtype("pyarrow")}.get
# What stands in quotes, not the apostrophe of "can't"; then numbers, also as parts of names.
_FOLDED = (
    (r'"[^"]*"', '"…"'),
    (r"\B'[^']*'", "'…'"),
    (r"[0-9]+([.,:][0-9]+)*", "#"),
)


@report(
    "incidents",
    "read_incidents",
    "incident_key",
    "process_instance_key",
    "creation_time",
    "state",
    drawn=Drawn(("count", "open"), "count", "Incidents"),
    derived={_PATTERN: "error_message"},
)
def incident_report(
    incidents: pd.DataFrame,
    *,
    by: str | Sequence[str] = ("process_definition_id", "element_id", "error_type", _PATTERN),
    freq: str | None = None,
    tz: str = "UTC",
    audit_logs: pd.DataFrame | None = None,
    now: Any = None,
) -> pd.DataFrame:
    """Count incidents by process, element, type and message pattern, or over time, and tell how long they are open.

    Parameters
    ----------
    incidents : pandas.DataFrame, optional
        Of `read_incidents`, with `incident_key`, `process_instance_key`, `creation_time`, `state` and the columns of
        `by`. Without it they are read.
    by : str or sequence of str
        Columns to group by; with `freq` it may be empty. ``message_pattern`` is the first line of `error_message`, in
        which what stands in quotes became ``…`` and each number ``#``.
    freq : {"D", "W", "MS", "QS", "YS"}, optional
        Count by the period that incidents were created in, too, as in `throughput`.
    tz : str
        The time zone of these periods.
    audit_logs : pandas.DataFrame, optional
        Of ``read_audit_logs(entity_type="INCIDENT", operation_type="RESOLVE")``, from Camunda 8.9 on: when somebody
        resolved an incident.
    now : datetime or str, optional
        Up to when ages count; when the frame was read by default.
    explain : bool
        True sends nothing and gives the `Explanation` of what would be read.
    operate, sort, limit, recheck, progress, workers, page_size, **filters
        In the place of a frame: as in `read_incidents`. Incidents of v1 have no `element_id`; ``elements=True`` looks
        it up for those that are open.

    Returns
    -------
    pandas.DataFrame
        One row per group, most incidents first, with `freq` in the order of the keys; `by`, and ``date`` of the period,
        are the index, which without other keys has every period. ``count``, ``open`` (not resolved), ``instances``
        that had one (Int64); ``first`` and ``last`` creation (datetime64[us, UTC]); of the ages of the open ones
        ``open_mean_seconds``, ``open_median_seconds`` and ``open_max_seconds``; ``timed`` (Int64): the resolved ones of
        which `audit_logs` says when, and the time that these took: ``resolution_mean_seconds``,
        ``resolution_median_seconds``, ``resolution_p90_seconds`` and ``resolution_p95_seconds`` (Float64).

    Raises
    ------
    QuestionError
        As in `throughput`; neither `by` nor `freq`.

    Notes
    -----
    Rows of incidents do not say when they were resolved, on any version: without `audit_logs` no time is known, and
    with it only of those that somebody resolved by Operate or the API.

    Examples
    --------
    >>> import operate_frames as of
    >>> from operate_frames.sandbox import serve
    >>> with serve() as server:
    ...     operate = of.connect(server.base_url, username=server.username, password=server.password)
    ...     of.incident_report(by="error_type")["count"].to_dict()
    {'JOB_NO_RETRIES': 4, 'IO_MAPPING_ERROR': 3}
    """
    if _PATTERN in by:
        incidents = incidents.assign(**{_PATTERN: message_patterns(incidents["error_message"])})
    keys = keys_of(incidents, by)
    edges = None
    if freq is not None:
        edges = edges_of(incidents["creation_time"], freq, tz)
        keys.append(pd.Series(edges[bucket_of(incidents["creation_time"], edges)], incidents.index, name="date"))
    is_open = incidents["state"] != "RESOLVED"
    took = seconds(_resolved(incidents, audit_logs) - incidents["creation_time"]).mask(is_open)
    values = incidents[["process_instance_key", "creation_time"]].assign(
        took=took, age=seconds(now - incidents["creation_time"]).where(is_open)
    )
    grouped = values.groupby(keys, dropna=False, observed=True)
    figures = typed(
        {
            "count": grouped.size(),
            "open": grouped["age"].count(),
            "instances": grouped["process_instance_key"].nunique(),
            "first": grouped["creation_time"].min(),
            "last": grouped["creation_time"].max(),
            "open_mean_seconds": grouped["age"].mean(),
            "open_median_seconds": grouped["age"].median(),
            "open_max_seconds": grouped["age"].max(),
            "timed": grouped["took"].count(),
            **spread(grouped["took"], "resolution_"),
        }
    )
    if edges is None:
        return figures.sort_values("count", ascending=False, kind="stable")
    return figures if by else _with_every_period(figures, edges)


def message_patterns(messages: pd.Series[Any]) -> pd.Series[Any]:
    """The first line of each message with what differs from one to the next folded: quotes to …, numbers to #."""
    texts = texts_of(messages).dictionary_encode()
    folded = pc.list_element(pc.split_pattern(texts.dictionary, "\n", max_splits=1), 0)
    for pattern, stands_for in _FOLDED:
        folded = pc.replace_substring_regex(folded, pattern, stands_for)
    patterns = folded.take(texts.indices)
    return pd.Series(patterns.to_pandas(types_mapper=_TEXT).array, messages.index)


def texts_of(column: pd.Series[Any]) -> pa.StringArray:
    """A column as one array of Arrow; that of a read without rows has no chunks, which Arrow takes for no texts."""
    texts = pa.array(column, pa.string())
    # Arrow makes chunks of chunks value by value.
    return (texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts).cast(pa.string())


def _resolved(incidents: pd.DataFrame, audit_logs: pd.DataFrame | None) -> pd.Series[Any]:
    """When each incident was resolved, as far as the audit log says so."""
    if audit_logs is None:
        return pd.Series(pd.NaT, incidents.index, dtype=incidents["creation_time"].dtype)
    resolved = audit_logs[
        (audit_logs["entity_type"] == "INCIDENT")
        & (audit_logs["operation_type"] == "RESOLVE")
        & (audit_logs["result"] == "SUCCESS")
    ]
    last = resolved.groupby("entity_key")["timestamp"].max()
    of_incidents = last.reindex(incidents["incident_key"].astype("string")).set_axis(incidents.index)
    return of_incidents.astype(incidents["creation_time"].dtype)


def _with_every_period(figures: pd.DataFrame, edges: pd.DatetimeIndex) -> pd.DataFrame:
    whole = figures.reindex(edges.rename("date"))
    return whole.fillna(dict.fromkeys(("count", "open", "instances", "timed"), 0))
