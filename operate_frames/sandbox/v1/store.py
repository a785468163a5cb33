"""What the sandbox knows: the tables of the eight resources, and what only by-key routes show."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from operate_frames.sandbox.tables.archiving import Archiver, Archiving
from operate_frames.sandbox.tables.columns import Column
from operate_frames.sandbox.tables.conditions import Within
from operate_frames.sandbox.tables.table import Table
from operate_frames.sandbox.v1.resources import (
    FLOWNODE_INSTANCES,
    PROCESS_INSTANCES,
    RESOURCES,
    VARIABLES,
    Database,
    Resource,
)


@dataclass
class Contents:
    """What a server is filled with.

    Parameters
    ----------
    columns : dict
        By resource, the columns by field.
    full : dict
        By resource and key, rows that a by-key read shows fuller than a search does.
    xml : dict
        By resource and key, the diagrams.
    sequence_flows : dict
        By process instance key, the flows that were taken.
    """

    columns: dict[str, Mapping[str, Column]] = field(default_factory=dict)
    full: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    xml: dict[str, dict[str, str]] = field(default_factory=dict)
    sequence_flows: dict[str, list[str]] = field(default_factory=dict)


def columns_of(resource: Resource, rows: Iterable[Mapping[str, Any]]) -> dict[str, Column]:
    """Turn JSON rows into columns.

    Parameters
    ----------
    resource : Resource
        Whose rows.
    rows : iterable of mapping
        The rows; a field without a value is absent or None.

    Returns
    -------
    dict of str to Column
        Every field of the resource.
    """
    listed = list(rows)
    return {known.name: Column.of(known.kind, [row.get(known.name) for row in listed]) for known in resource.fields}


def contents_of_dataset(data: Mapping[str, Any]) -> Contents:
    """Read a data set as the recordings have it: by resource ``search`` and, where it exists, more by key.

    Parameters
    ----------
    data : mapping
        By resource: ``search`` (rows), ``by_key``, ``xml``, ``sequence-flows``. Statistics are not read, they
        follow from the element rows.

    Returns
    -------
    Contents
        The same as columns.

    Raises
    ------
    ValueError
        None of the resources is in it.
    """
    if data and not data.keys() & RESOURCES.keys():
        raise ValueError(f"none of {', '.join(RESOURCES)} is in it")
    contents = Contents()
    for name, resource in RESOURCES.items():
        given = data.get(name, {})
        rows = given.get("search", [])
        contents.columns[name] = columns_of(resource, rows)
        contents.xml[name] = dict(given.get("xml", {}))
        searched = {str(row[resource.identity]): row for row in rows}
        contents.full[name] = {key: row for key, row in given.get("by_key", {}).items() if row != searched.get(key)}
    contents.sequence_flows = dict(data.get(PROCESS_INSTANCES.name, {}).get("sequence-flows", {}))
    return contents


def archiver_of(contents: Contents, archiving: Archiving | None) -> Archiver | None:
    """Give what moves the ended instances of a server, which all APIs of it see.

    Parameters
    ----------
    contents : Contents
        What the server is filled with.
    archiving : Archiving or None
        How they move; None: they stay.

    Returns
    -------
    Archiver or None
        It begins at once.
    """
    if archiving is None:
        return None
    instances = contents.columns[PROCESS_INSTANCES.name]
    return Archiver(archiving, instances["key"], instances["endDate"])


class Store:
    """The rows of a running server.

    Parameters
    ----------
    contents : Contents
        What it starts with.
    database : {"elasticsearch", "opensearch"}
        Whose ways of showing rows to follow.
    archiver : Archiver, optional
        Moves rows to the archive; by default they stay.
    """

    def __init__(self, contents: Contents, database: Database, archiver: Archiver | None = None) -> None:
        # OpenSearch's driver knows the field under another name and so never shows it, nor a full value.
        on_opensearch = database == "opensearch"
        hidden = {VARIABLES.name: frozenset({"truncated"} if on_opensearch else ())}
        self.tables = {
            name: Table(resource, contents.columns[name], hidden.get(name, frozenset()))
            for name, resource in RESOURCES.items()
        }
        self._archiver = archiver
        self._watch_moves()
        self.xml = contents.xml
        self._full = contents.full | ({VARIABLES.name: {}} if on_opensearch else {})
        self._sequence_flows = contents.sequence_flows

    def row(self, resource: Resource, key: str) -> bytes | None:
        """Give a row as a by-key read shows it.

        Parameters
        ----------
        resource : Resource
            Which resource.
        key : str
            Its key or id.

        Returns
        -------
        bytes or None
            JSON, None when there is no such row.
        """
        table = self.tables[resource.name]
        position = table.position(key)
        if position is None:
            return None
        full = self._full.get(resource.name, {}).get(key)
        if full is not None:
            return json.dumps(full, ensure_ascii=False, separators=(",", ":")).encode()
        return b"".join(table.encoded(range(position, position + 1)))

    def statistics(self, process_instance: str) -> list[dict[str, str | int]]:
        """Count an instance's elements by flow node, the busiest first (contract, section 1.12).

        Parameters
        ----------
        process_instance : str
            Its key.

        Returns
        -------
        list of dict
            One a flow node.
        """
        elements = self.tables[FLOWNODE_INSTANCES.name]
        flow_nodes, types, states = (elements.column(name) for name in ("flowNodeId", "type", "state"))
        incidents = elements.column("incident").values
        counts: defaultdict[str, dict[str, int]] = defaultdict(
            lambda: {"active": 0, "canceled": 0, "incidents": 0, "completed": 0}
        )
        documents: defaultdict[str, int] = defaultdict(int)
        counted_as = {"ACTIVE": "active", "TERMINATED": "canceled", "COMPLETED": "completed"}
        of_instance = elements.column("processInstanceKey").values == int(process_instance)
        for row in np.flatnonzero(of_instance).tolist():
            node = str(flow_nodes.shown(row, descending=False))
            documents[node] += 1
            counts[node]["incidents"] += int(incidents[row])
            state = counted_as.get(str(states.shown(row, descending=False)))
            is_body = types.shown(row, descending=False) == "MULTI_INSTANCE_BODY"
            if state and not is_body and not (state == "active" and incidents[row]):
                counts[node][state] += 1
        busiest_first = sorted(documents, key=lambda node: (-documents[node], node))
        return [{"activityId": node, **counts[node]} for node in busiest_first]

    def sequence_flows(self, process_instance: str) -> list[str]:
        """Give the flows that an instance has taken, cut at 1,000 as the server does without notice.

        Parameters
        ----------
        process_instance : str
            Its key.

        Returns
        -------
        list of str
            Flow ids in text order.
        """
        return sorted(set(self._sequence_flows.get(process_instance, ())))[:1000]

    def is_finished(self, process_instance: str) -> bool:
        """Tell whether an instance may be deleted.

        Parameters
        ----------
        process_instance : str
            Its key; there must be such an instance.

        Returns
        -------
        bool
            Whether it is completed or canceled and has ended.
        """
        table = self.tables[PROCESS_INSTANCES.name]
        row = table.position(process_instance)
        assert row is not None
        state = table.column("state").shown(row, descending=False)
        ended = table.column("endDate").present
        return state in {"COMPLETED", "CANCELED"} and (ended is None or bool(ended[row]))

    def delete(self, process_instance: str) -> None:
        """Forget an instance and every row that belongs to it.

        Parameters
        ----------
        process_instance : str
            Its key.
        """
        key = int(process_instance)
        for name, table in self.tables.items():
            owner = "key" if name == PROCESS_INSTANCES.name else "processInstanceKey"
            if owner in table.resource.by_name:
                self.tables[name] = table.without(Within(owner, key, key))
        self._watch_moves()
        self._sequence_flows.pop(process_instance, None)

    def _watch_moves(self) -> None:
        if self._archiver is None:
            return
        for name, table in self.tables.items():
            owner = "key" if name == PROCESS_INSTANCES.name else "processInstanceKey"
            if owner in table.resource.by_name:
                self._archiver.watch(table, owner)
