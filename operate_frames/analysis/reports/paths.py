"""Which way instances take: how often each path, what is done again, what happened since the start."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from operate_frames.analysis.reports.durations import seconds, spread, typed
from operate_frames.analysis.reports.elements import running
from operate_frames.analysis.reports.incidents import texts_of
from operate_frames.analysis.reports.report import report
from operate_frames.analysis.reports.report_frame import Drawn

__all__ = ["changes_since_start", "rework", "variants"]

_INSTANCE, _PROCESS = "process_instance_key", "process_definition_id"
_BODY = "MULTI_INSTANCE_BODY"
_ARROW = " → "


@report(
    "element_instances",
    "read_element_instances",
    _INSTANCE,
    _PROCESS,
    "element_instance_key",
    "element_id",
    "type",
    "start_date",
    "end_date",
    drawn=Drawn(("share",), "share", "Variants"),
)
def variants(elements: pd.DataFrame, *, instances: pd.DataFrame | None = None) -> pd.DataFrame:
    """Count the paths that instances took: which elements they entered, in which order.

    Parameters
    ----------
    elements : pandas.DataFrame, optional
        Of `read_element_instances`, with `process_instance_key`, `process_definition_id`, `element_instance_key`,
        `element_id`, `type`, `start_date` and `end_date`. Without it they are read. ``type=["USER_TASK",
        "SERVICE_TASK"]`` looks at these alone.
    instances : pandas.DataFrame, optional
        Of `read_instances`, with `process_instance_key` and `end_date`: which of them run. One that waits for another
        token at a joining gateway stands in no element. Without it those that are active are read after the elements;
        beside a frame of elements only those that stand in one are known.
    explain, operate, sort, limit, recheck, progress, workers, page_size, **filters
        As in `element_times`.

    Returns
    -------
    pandas.DataFrame
        One row per process and path, the most frequent first in each; the index is ``process_definition_id`` and
        ``variant``, counted from 1. ``path`` (string): ids of elements with ``→`` between them; ``elements``: how many;
        ``instances`` (Int64) and their ``share`` of those of the process, ``cumulative_share`` with the variants
        before it (Float64, 0 to 1). ``open`` (Int64): those that run still, whose path is the one so far. Of the
        others, from the first element's start to the last one's end: ``mean_seconds``, ``median_seconds``,
        ``p90_seconds`` and ``p95_seconds`` (Float64).

    Raises
    ------
    QuestionError
        As in `cycle_times`.

    Notes
    -----
    Elements come in the order of their starts, those of the same millisecond by key, as they were made. An activity
    with several instances at once counts once, whatever their number.

    Examples
    --------
    >>> import operate_frames as of
    >>> from operate_frames.sandbox import serve
    >>> with serve() as server:
    ...     operate = of.connect(server.base_url, username=server.username, password=server.password)
    ...     of.variants(process_definition_id="invoice-archive")["path"].to_list()
    ['received → archive → filed', 'received → archive']
    """
    rows = _single(elements)
    keys, codes = _instances(rows)
    order = np.lexsort((_keys(rows), _moments(rows["start_date"]), codes))
    rows, codes = rows.iloc[order], codes[order]
    sizes = np.bincount(codes, minlength=len(keys))
    offsets = np.concatenate(([0], np.cumsum(sizes)))
    ids = texts_of(rows["element_id"].fillna(""))
    paths = pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), ids), _ARROW)
    is_open = keys.isin(running(elements, instances))
    grouped = rows.groupby(codes)
    took = seconds(grouped["end_date"].max() - grouped["start_date"].min()).to_numpy()
    whole = pd.DataFrame(
        {
            _PROCESS: rows[_PROCESS].take(offsets[:-1]).array,
            "path": pd.Series(paths.to_pandas(types_mapper={pa.string(): pd.StringDtype("pyarrow")}.get)),
            "elements": sizes,
            "open": is_open,
            "took": np.where(is_open, np.nan, took),
        }
    )
    by_path = whole.groupby([_PROCESS, "path"], dropna=False)
    figures = typed(
        {
            "elements": by_path["elements"].first(),
            "instances": by_path.size(),
            "open": by_path["open"].sum().astype("int64"),
            **spread(by_path["took"], ""),
        }
    ).reset_index()
    figures = figures.sort_values([_PROCESS, "instances", "path"], ascending=[True, False, True], ignore_index=True)
    in_process = figures.groupby(_PROCESS, dropna=False)
    share = (figures["instances"] / in_process["instances"].transform("sum")).astype("Float64")
    figures.insert(4, "share", share)
    figures.insert(5, "cumulative_share", share.groupby(figures[_PROCESS], dropna=False).cumsum())
    figures.insert(1, "variant", (in_process.cumcount() + 1).astype("Int64"))
    return figures.set_index([_PROCESS, "variant"])


@report(
    "element_instances",
    "read_element_instances",
    _INSTANCE,
    _PROCESS,
    "element_id",
    "type",
    "end_date",
    drawn=Drawn(("share",), "share", "Entered more than once"),
)
def rework(elements: pd.DataFrame, *, instances: pd.DataFrame | None = None) -> pd.DataFrame:
    """Count how often elements were entered again in the same instance.

    Parameters
    ----------
    elements : pandas.DataFrame, optional
        Of `read_element_instances`, with `process_instance_key`, `process_definition_id`, `element_id`, `type` and
        `end_date`. Without it they are read.
    instances : pandas.DataFrame, optional
        Of `read_instances`, with `process_instance_key` and `end_date`: which of them run. One that waits for another
        token at a joining gateway stands in no element. Without it those that are active are read after the elements;
        beside a frame of elements only those that stand in one are known.
    explain, operate, sort, limit, recheck, progress, workers, page_size, **filters
        As in `element_times`.

    Returns
    -------
    pandas.DataFrame
        One row per element, most repetitions first; the index is ``process_definition_id`` and ``element_id``.
        ``instances`` that entered it, of these ``open``, which run still and may enter it again, and ``reworked``,
        which entered it more than once; ``entries``, of these ``repetitions``, which were not the first of their
        instance; ``most_entries`` of one instance (Int64); ``share`` of the instances that was reworked (Float64, 0
        to 1).

    Raises
    ------
    QuestionError
        As in `cycle_times`.

    Notes
    -----
    An activity with several instances at once counts as entered once, by the row of its body. What lies in a
    sub-process with several instances counts each time: rows do not say what they lie in.

    Examples
    --------
    >>> import operate_frames as of
    >>> from operate_frames.sandbox import serve
    >>> with serve() as server:
    ...     operate = of.connect(server.base_url, username=server.username, password=server.password)
    ...     list(of.rework(process_definition_id="order").columns)
    ['instances', 'open', 'reworked', 'entries', 'repetitions', 'most_entries', 'share']
    """
    keys, _ = _instances(elements)
    is_open = keys.isin(running(elements, instances))
    rows = _single(elements)
    by = rows.groupby([_PROCESS, "element_id"], dropna=False)
    width = max(len(keys), 1)
    pairs = by.ngroup().to_numpy("int64") * width + keys.get_indexer(pd.Index(rows[_INSTANCE]))
    pairs, entries = np.unique(pairs, return_counts=True)
    group, instance = np.divmod(pairs, width)
    counted = pd.DataFrame({"entries": entries, "reworked": entries > 1, "open": is_open[instance]}).groupby(group)
    figures = pd.DataFrame(
        {
            "instances": counted.size(),
            "open": counted["open"].sum(),
            "reworked": counted["reworked"].sum(),
            "entries": counted["entries"].sum(),
            "repetitions": counted["entries"].sum() - counted.size(),
            "most_entries": counted["entries"].max(),
        }
    ).astype("int64")
    figures.index = by.size().index
    figures["share"] = figures["reworked"] / figures["instances"]
    return typed({**figures}).sort_values("repetitions", ascending=False, kind="stable")


@report(
    "element_instances",
    "read_element_instances",
    _INSTANCE,
    "element_instance_key",
    "element_id",
    "element_name",
    "type",
    "state",
    "start_date",
    "end_date",
    drawn=Drawn(("since_previous_seconds",), "seconds", "Time since the change before"),
)
def changes_since_start(elements: pd.DataFrame) -> pd.DataFrame:
    """List what happened in an instance since it started: which element was entered or left, when, and how long after.

    Parameters
    ----------
    elements : pandas.DataFrame, optional
        Of `read_element_instances`, with `process_instance_key`, `element_instance_key`, `element_id`, `element_name`,
        `type`, `state`, `start_date` and `end_date`; of one instance or of several. Without it they are read:
        ``process_instance_key=2251799813685271``.
    explain, operate, sort, limit, recheck, progress, workers, page_size, **filters
        As in `element_times`.

    Returns
    -------
    pandas.DataFrame
        One row per change, instance by instance and in the order in which they happened; the index is
        ``process_instance_key``, ``element_id`` and ``change``: ``ENTERED``, or the state that the element was left in,
        ``COMPLETED`` or ``TERMINATED``. ``date`` (datetime64[us, UTC]), ``element_name``, ``type`` (string),
        ``element_instance_key`` (Int64); ``elapsed_seconds`` since the first element of the instance was entered, and
        ``since_previous_seconds`` since the change before (Float64, missing in the first).

    Raises
    ------
    QuestionError
        As in `cycle_times`.

    Notes
    -----
    What changed in variables is not told: both APIs keep the latest value of each, without a date.

    Examples
    --------
    >>> import operate_frames as of
    >>> from operate_frames.sandbox import serve
    >>> with serve() as server:
    ...     operate = of.connect(server.base_url, username=server.username, password=server.password)
    ...     key = of.read_instances(process_definition_id="invoice-archive", limit=1)["process_instance_key"][0]
    ...     changes = of.changes_since_start(process_instance_key=key)
    ...     changes.index.get_level_values("change").to_list()
    ['ENTERED', 'COMPLETED', 'ENTERED', 'COMPLETED', 'ENTERED', 'COMPLETED']
    """
    left = np.flatnonzero(elements["end_date"].notna())
    place = np.concatenate((np.arange(len(elements)), left))
    moments = np.concatenate((_moments(elements["start_date"]), _moments(elements["end_date"])[left]))
    keys, codes = _instances(elements)
    codes = codes.astype("int32")[place]
    # What was entered stands before what was left, and stays there.
    order = np.lexsort((_keys(elements)[place], moments, codes))
    is_left = order >= len(elements)
    place, moments, codes = place[order], moments[order], codes[order]
    is_first = np.ones(len(codes), dtype=np.bool_)
    is_first[1:] = codes[1:] != codes[:-1]
    begins = moments[is_first][np.cumsum(is_first) - 1]
    since_previous = np.diff(moments, prepend=moments[:1])
    since_previous[is_first] = np.timedelta64("NaT")
    # Of codes, since texts would be put in order and told apart once more.
    of_ids, ids = pd.factorize(elements["element_id"], sort=True)
    entered = pd.Series(["ENTERED"], dtype=elements["state"].dtype)
    of_ways, names = pd.factorize(pd.concat([elements["state"], entered]), sort=True)
    of_changes = np.where(is_left, of_ways.astype("int32")[place], of_ways[-1].astype("int32"))
    found: Any = {
        _INSTANCE: (keys, codes),
        "element_id": (ids, of_ids.astype("int32")[place]),
        "change": (names, of_changes),
    }
    levels, places = zip(*found.values(), strict=True)
    index = pd.MultiIndex(levels=levels, codes=places, names=[*found])
    changes = elements[["element_name", "type", "element_instance_key"]].take(place).set_axis(index)
    changes.insert(0, "date", pd.Series(moments, index).dt.tz_localize("UTC"))
    return changes.assign(elapsed_seconds=_floats(moments - begins), since_previous_seconds=_floats(since_previous))


def _floats(spans: np.ndarray[Any, Any]) -> pd.arrays.FloatingArray:
    """Lengths of time in microseconds as seconds."""
    return pd.arrays.FloatingArray(spans.view("int64") / 1e6, np.isnat(spans))


def _instances(rows: pd.DataFrame) -> tuple[pd.Index[Any], np.ndarray[Any, Any]]:
    """The instances by key, and the place of each row's own among them."""
    codes, instances = pd.factorize(rows[_INSTANCE], sort=True)
    return pd.Index(instances), codes


def _keys(rows: pd.DataFrame) -> np.ndarray[Any, Any]:
    return rows["element_instance_key"].to_numpy("int64")


def _moments(dates: pd.Series[Any]) -> np.ndarray[Any, Any]:
    moments: np.ndarray[Any, Any] = dates.to_numpy("datetime64[us]")
    return moments


def _single(elements: pd.DataFrame) -> pd.DataFrame:
    """Rows without the inner instances of an activity that has several at once: its body has the same id."""
    is_body = (elements["type"] == _BODY).fillna(value=False).to_numpy(np.bool_)
    if not is_body.any():
        return elements
    instances, (ids, names) = pd.factorize(elements[_INSTANCE])[0], pd.factorize(elements["element_id"])
    pairs = instances * len(names) + ids
    return elements[is_body | ~np.isin(pairs, pairs[is_body])]
