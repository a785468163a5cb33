"""What a page says of a process: the figures of reports on its rows, and its drawing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from operate_frames.analysis.drawing.drawing import Drawing
from operate_frames.analysis.drawing.figures import figures_of
from operate_frames.analysis.drawing.parse import read_diagram
from operate_frames.analysis.page.rows import ProcessRows
from operate_frames.analysis.reports.elements import bottlenecks, stuck_instances
from operate_frames.analysis.reports.incidents import incident_report
from operate_frames.analysis.reports.instances import compare_versions, cycle_times
from operate_frames.analysis.reports.over_time import throughput
from operate_frames.analysis.reports.paths import variants
from operate_frames.errors import QuestionError
from operate_frames.reading.report import Report

__all__ = ["Content", "Drawn", "content_of"]

_PROCESS = "process_definition_id"
# The longest span of days that is counted by each period.
_FREQUENCIES = ((62, "D"), (366, "W"), (1830, "MS"))


@dataclass(frozen=True)
class Drawn:
    """The diagram of the last version.

    Attributes
    ----------
    drawing : Drawing or None
        None where the model cannot be drawn.
    why_not : str
        Why.
    left_out : int
        Rows of elements that this version does not have.
    """

    drawing: Drawing | None
    why_not: str = ""
    left_out: int = 0


@dataclass(frozen=True)
class Content:
    """The figures of a page.

    Attributes
    ----------
    process_definition_id, name : str
        Of the process; the name of its last version.
    versions : list of int
        Those that were asked for, the last one first.
    started : str or None
        When instances started, as it was asked.
    now : pandas.Timestamp
        Up to when ages count, in the page's time zone.
    whole, versions_compared, over_time, bottlenecks, incidents, variants, stuck : pandas.DataFrame
        As `cycle_times` of all instances, `compare_versions`, `throughput`, `bottlenecks`, `incident_report`,
        `variants` and `stuck_instances` give them.
    freq, idle : str
        The periods of `over_time`, and for how long nothing moved in what is stuck.
    drawn : Drawn
        The diagram.
    element_names : mapping
        Of elements by id, where they have one.
    reads : tuple of Report
        What was read.
    """

    process_definition_id: str
    name: str
    versions: list[int]
    started: str | None
    now: pd.Timestamp
    whole: pd.DataFrame
    versions_compared: pd.DataFrame
    over_time: pd.DataFrame
    bottlenecks: pd.DataFrame
    incidents: pd.DataFrame
    variants: pd.DataFrame
    stuck: pd.DataFrame
    freq: str
    idle: str
    drawn: Drawn
    element_names: Mapping[str, str]
    reads: tuple[Report, ...]


def content_of(rows: ProcessRows, *, started: str | None, idle: str, tz: str) -> Content:
    """Take the figures of a page from rows, up to the moment that the last of them were read.

    Parameters
    ----------
    rows : ProcessRows
        Of one process.
    started : str or None
        When instances started, as it was asked.
    idle : str
        For how long nothing moved in what is stuck.
    tz : str
        The time zone of days, weeks and moments.
    """
    instances, elements = rows.instances, rows.elements
    now = max(pd.Timestamp(each.started) + pd.Timedelta(seconds=each.seconds) for each in rows.reads)
    freq = _frequency(instances)
    last = rows.definitions.iloc[0]
    return Content(
        process_definition_id=str(last[_PROCESS]),
        name=str(last[_PROCESS] if pd.isna(last["name"]) else last["name"]),
        versions=[int(each) for each in rows.definitions["version"]],
        started=started,
        now=now.tz_convert(tz),
        whole=cycle_times(instances, by=_PROCESS, now=now),
        versions_compared=compare_versions(instances, now=now),
        over_time=throughput(instances, freq=freq, tz=tz),
        bottlenecks=bottlenecks(elements, by=["element_id", "type"], now=now),
        incidents=incident_report(rows.incidents, by=["element_id", "error_type", "message_pattern"], now=now),
        variants=variants(elements, instances=instances),
        stuck=stuck_instances(elements, instances=instances, idle=idle, now=now),
        freq=freq,
        idle=idle,
        drawn=_drawn(rows),
        element_names=_names(elements),
        reads=rows.reads,
    )


def _frequency(instances: pd.DataFrame) -> str:
    """Periods of which there are not too many to read."""
    moments: pd.Series[Any] = pd.concat([instances["start_date"], instances["end_date"]]).dropna()
    days = (moments.max() - moments.min()).days if len(moments) else 0
    return next((freq for most, freq in _FREQUENCIES if days <= most), "YS")


def _drawn(rows: ProcessRows) -> Drawn:
    try:
        diagram = read_diagram(rows.xml)
    except QuestionError as error:
        return Drawn(None, str(error))
    here = rows.elements["element_id"].isin([shape.id for shape in diagram.shapes])
    figures = figures_of(rows.elements[here], diagram, heat="mean_time", counts=True, tokens=True)
    return Drawn(Drawing(diagram, figures), left_out=int((~here).sum()))


def _names(elements: pd.DataFrame) -> dict[str, str]:
    named = elements.dropna(subset=["element_name"])
    last = named.groupby("element_id")["element_name"].last()
    return {str(element): str(name) for element, name in last.items() if str(name).strip()}
