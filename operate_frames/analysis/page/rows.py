"""What is read for a page on one process: its versions, its diagram, its instances, their elements and incidents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from operate_frames.client.operate import Operate
from operate_frames.errors import NotFound, QuestionError
from operate_frames.frames.by_key import read_definition_xml
from operate_frames.frames.readers import read_definitions, read_element_instances, read_incidents, read_instances
from operate_frames.query.filter_words import between
from operate_frames.reading.report import Report

__all__ = ["ProcessRows", "read_process"]

_INSTANCE, _PROCESS = "process_instance_key", "process_definition_id"
_DEFINITIONS = ["process_definition_key", _PROCESS, "name", "version", "tenant_id"]
_INSTANCES = [
    _INSTANCE,
    _PROCESS,
    "process_definition_version",
    "start_date",
    "end_date",
    "state",
    "has_incident",
]
_ELEMENTS = [
    "element_instance_key",
    _INSTANCE,
    _PROCESS,
    "element_id",
    "element_name",
    "type",
    "state",
    "start_date",
    "end_date",
    "has_incident",
    "incident_key",
]
_INCIDENTS = ["incident_key", _INSTANCE, "element_id", "error_type", "error_message", "creation_time", "state"]


@dataclass(frozen=True)
class ProcessRows:
    """Rows of one process, as the readers give them.

    Attributes
    ----------
    definitions : pandas.DataFrame
        Its versions that were asked for, the last one first.
    xml : str
        The BPMN of the last one.
    instances, elements, incidents : pandas.DataFrame
        Elements and incidents are of these instances.
    reads : tuple of Report
        What each read found out about itself.
    """

    definitions: pd.DataFrame
    xml: str
    instances: pd.DataFrame
    elements: pd.DataFrame
    incidents: pd.DataFrame
    reads: tuple[Report, ...]


def read_process(
    process: str, *, version: int | None, tenant_id: str | None, start_date: Any, operate: Operate
) -> ProcessRows:
    """Read what a page on a process is made of.

    Parameters
    ----------
    process : str
        A process's id, or the key of one of its versions.
    version : int or None
        One version of it; None: all.
    tenant_id : str or None
        Whose process it is, where several have one of that id.
    start_date
        When instances started, as `read_instances` takes it; None: whenever.
    operate : Operate
        The connection.

    Raises
    ------
    NotFound
        There is no such process.
    QuestionError
        Several tenants have it; a filter that cannot be.
    """
    tenant: dict[str, Any] = {} if tenant_id is None else {"tenant_id": tenant_id}
    definitions = _definitions(process, version, tenant, operate)
    last = int(definitions["process_definition_key"].iloc[0])
    is_one = process.isdecimal() or version is not None
    asked: dict[str, Any] = {"operate": operate, **tenant}
    asked |= {"process_definition_key": last} if is_one else {_PROCESS: process}
    reads: list[Report] = []

    def kept(rows: pd.DataFrame) -> pd.DataFrame:
        if operate.last_report is not None:
            reads.append(operate.last_report)
        return rows

    xml = read_definition_xml(last, operate=operate)
    started: dict[str, Any] = {} if start_date is None else {"start_date": start_date}
    instances = kept(read_instances(columns=_INSTANCES, **started, **asked))
    entered: dict[str, Any] = {}
    created: dict[str, Any] = {}
    if started:  # nothing of an instance is older than itself
        first = instances["start_date"].min() if len(instances) else pd.Timestamp.now("UTC").ceil("s")
        entered, created = ({name: between(first, None)} for name in ("start_date", "creation_time"))
    elements = kept(read_element_instances(columns=_ELEMENTS, **entered, **asked))
    incidents = kept(read_incidents(columns=_INCIDENTS, **created, **asked))
    keys = instances[_INSTANCE]
    elements, incidents = (rows[rows[_INSTANCE].isin(keys)] for rows in (elements, incidents))
    return ProcessRows(definitions, xml, instances, elements, _with_elements(incidents, elements), tuple(reads))


def _definitions(process: str, version: int | None, tenant: Mapping[str, Any], operate: Operate) -> pd.DataFrame:
    if process.isdecimal() and version is not None:
        raise QuestionError(f"{process} is the key of one version: leave version={version} out, or give the id.")
    asked: dict[str, Any] = {_PROCESS: process} if version is None else {_PROCESS: process, "version": version}
    if process.isdecimal():
        asked = {"process_definition_key": int(process)}
    found: pd.DataFrame = read_definitions(columns=_DEFINITIONS, sort="-version", operate=operate, **asked, **tenant)
    if found.empty:
        of_version = "" if version is None else f" with version {version}"
        raise NotFound(f"There is no process {process!r}{of_version}: count definitions shows what there is.")
    if (tenants := found["tenant_id"].unique()).size > 1:
        raise QuestionError(
            f"{len(tenants)} tenants have a process {process!r}, name one: {', '.join(map(str, tenants))}."
        )
    return found


def _with_elements(incidents: pd.DataFrame, elements: pd.DataFrame) -> pd.DataFrame:
    """Where open incidents stand, which their rows do not say in every API."""
    standing = elements.dropna(subset=["incident_key"]).drop_duplicates("incident_key")
    known = standing.set_index("incident_key")["element_id"].reindex(incidents["incident_key"])
    return incidents.assign(element_id=incidents["element_id"].fillna(known.set_axis(incidents.index)))
