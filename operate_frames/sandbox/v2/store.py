"""What the sandbox knows, as v2 shows it: the tables of its resources, and what only by-key routes show."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from operate_frames.sandbox.tables.archiving import Archiver
from operate_frames.sandbox.tables.columns import Column
from operate_frames.sandbox.tables.conditions import Condition, OneOf
from operate_frames.sandbox.tables.table import Table
from operate_frames.sandbox.v1 import resources as v1
from operate_frames.sandbox.v1.store import Contents
from operate_frames.sandbox.v2.fields import Resource, Version
from operate_frames.sandbox.v2.resources import resources_of
from operate_frames.sandbox.v2.rows.columns import columns_of_all
from operate_frames.sandbox.v2.rows.joins import either, present, taken
from operate_frames.sandbox.v2.rows.visible import visible_to

__all__ = ["Store"]

_COUNTED_AS = {"ACTIVE": "active", "TERMINATED": "canceled", "COMPLETED": "completed"}
_V1_NAMES = {"process-definitions": v1.PROCESS_DEFINITIONS.name, "decision-requirements": v1.DRD.name}


class Store:
    """The rows of a running server, as v2 shows them.

    Parameters
    ----------
    contents : Contents
        What it is filled with.
    version : {"8.8", "8.9", "8.10"}
        Which fields there are.
    archiver : Archiver, optional
        Moves rows to the archive; by default they stay.
    readable : collection of str, optional
        The ids of the processes that everybody may read; by default all.
    """

    def __init__(
        self,
        contents: Contents,
        version: Version,
        archiver: Archiver | None = None,
        readable: Collection[str] | None = None,
    ) -> None:
        self.version = version
        self.resources = resources_of(version)
        columns = columns_of_all(contents)
        if version == "8.8":  # which always has a name; that it is the id where there is none, no server was seen to do
            instances = columns["process-instances"]
            instances["processDefinitionName"] = either(
                instances["processDefinitionName"], instances["processDefinitionId"]
            )
        if version != "8.10":  # which alone gives those of start events too
            waiting = columns["message-subscriptions"]
            columns["message-subscriptions"] = taken(waiting, present(waiting["processInstanceKey"]))
        if readable is not None:
            columns = visible_to(columns, readable)
        self.tables = {name: Table(known, _complete(columns[name], known)) for name, known in self.resources.items()}
        self._xml = {name: contents.xml[known] for name, known in _V1_NAMES.items()}
        self._variables = contents.full.get(v1.VARIABLES.name, {})
        self._decisions = contents.full.get(v1.DECISION_INSTANCES.name, {})
        self._sequence_flows = contents.sequence_flows
        self._whole: Table[Resource] | None = None
        if archiver is not None:
            for table in self.tables.values():
                if table.resource.identity != "processDefinitionKey" and "processInstanceKey" in table.resource.by_name:
                    archiver.watch(table, "processInstanceKey")

    def table(self, resource: Resource, *, whole: bool = False) -> Table[Resource]:
        """Give the rows of a resource.

        Parameters
        ----------
        resource : Resource
            Which.
        whole : bool
            With the whole values of variables.

        Returns
        -------
        Table
            To be searched.
        """
        if not whole:
            return self.tables[resource.name]
        if self._whole is None:
            self._whole = self._with_whole_values(self.tables[resource.name])
        return self._whole

    def row(self, resource: Resource, key: str) -> bytes | None:
        """Give a row as a by-key read shows it.

        Parameters
        ----------
        resource : Resource
            Which resource.
        key : str
            Its key.

        Returns
        -------
        bytes or None
            JSON, None when there is no such row.
        """
        row = _shown(self.tables[resource.name], key)
        if row is None:
            return None
        if resource.name == "variables":
            row["value"] = self._variables.get(key, row)["value"]
            del row["isTruncated"]
        if resource.name == "decision-instances":
            row |= self._evaluated(key)
        return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()

    def xml(self, resource: Resource, key: str) -> str | None:
        """Give a diagram.

        Parameters
        ----------
        resource : Resource
            Definitions or requirements.
        key : str
            Its key.

        Returns
        -------
        str or None
            None when there is none.
        """
        return self._xml[resource.name].get(key)

    def having(self, variables: tuple[tuple[str, str], ...]) -> frozenset[Condition]:
        """Give the conditions on process instances that have some variables, in any scope.

        Parameters
        ----------
        variables : tuple of (str, str)
            Names and values.

        Returns
        -------
        frozenset of Condition
            One for each.
        """
        table = self.tables["variables"]
        owners = table.column("processInstanceKey").values
        found: set[Condition] = set()
        for name, value in variables:
            codes = (table.column("name").code(name), table.column("value").code(value))
            met = np.zeros(table.count, dtype=np.bool_)
            if None not in codes:
                met = (table.column("name").values == codes[0]) & (table.column("value").values == codes[1])
            found.add(OneOf("processInstanceKey", tuple(sorted(set(owners[met].tolist())))))
        return frozenset(found)

    def statistics(self, process_instances: Sequence[int]) -> list[dict[str, Any]]:
        """Count elements of instances by id, the busiest first (``camunda-v2.md`` section 6).

        Parameters
        ----------
        process_instances : sequence of int
            Their keys.

        Returns
        -------
        list of dict
            One an element.
        """
        elements = self.tables["element-instances"]
        columns = [elements.column(name) for name in ("elementId", "type", "state")]
        incidents = elements.column("hasIncident").values
        counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        met = elements.met(OneOf("processInstanceKey", tuple(process_instances)))
        for row in np.flatnonzero(met).tolist():
            element, kind, state = (str(column.shown(row, descending=False)) for column in columns)
            counts[element]["documents"] += 1
            counts[element]["incidents"] += int(incidents[row])
            counted = _COUNTED_AS.get(state)
            if counted and kind != "MULTI_INSTANCE_BODY" and not (counted == "active" and incidents[row]):
                counts[element][counted] += 1
        busiest_first = sorted(counts, key=lambda element: (-counts[element]["documents"], element))
        names = ("active", "canceled", "incidents", "completed")
        return [{"elementId": each, **{name: counts[each][name] for name in names}} for each in busiest_first]

    def active_by_version(self) -> list[dict[str, Any]]:
        """Count the active instances of each version, with an incident and without.

        Returns
        -------
        list of dict
            One a version, by id and version.
        """
        instances, definitions = self.tables["process-instances"], self.tables["process-definitions"]
        code = instances.column("state").code("ACTIVE")
        active = instances.met(OneOf("state", () if code is None else (code,)))
        failing = instances.column("hasIncident").values == 1
        keys = instances.column("processDefinitionKey").values
        found = []
        for row in json.loads(b"[" + b"".join(definitions.encoded(range(definitions.count))) + b"]"):
            of_version = active & (keys == int(row["processDefinitionKey"]))
            shared = ("processDefinitionId", "processDefinitionKey", "tenantId")
            found.append(
                {
                    **{name: row[name] for name in shared},
                    "processDefinitionName": row.get("name"),
                    "processDefinitionVersion": row["version"],
                    "activeInstancesWithIncidentCount": int((of_version & failing).sum()),
                    "activeInstancesWithoutIncidentCount": int((of_version & ~failing).sum()),
                }
            )
        return sorted(found, key=lambda row: (row["processDefinitionId"], row["processDefinitionVersion"]))

    def sequence_flows(self, process_instance: int) -> list[dict[str, Any]]:
        """Give the flows that an instance has taken.

        Parameters
        ----------
        process_instance : int
            Its key.

        Returns
        -------
        list of dict
            One a flow.
        """
        instances = self.tables["process-instances"]
        row = _shown(instances, str(process_instance))
        assert row is not None
        shared = ["processInstanceKey", "processDefinitionKey", "processDefinitionId", "tenantId"]
        shared += [] if self.version == "8.8" else ["rootProcessInstanceKey"]
        flows = sorted(set(self._sequence_flows.get(str(process_instance), ())))
        return [
            {
                "sequenceFlowId": flow,
                "elementId": flow,
                **{name: row[name] for name in shared},
            }
            for flow in flows
        ]

    def ancestors(self, process_instance: int) -> list[dict[str, Any]]:
        """Give an instance and those above it, the topmost first.

        Parameters
        ----------
        process_instance : int
            Its key.

        Returns
        -------
        list of dict
            Rows of a call hierarchy.
        """
        instances = self.tables["process-instances"]
        found: list[dict[str, Any]] = []
        key: int | None = process_instance
        while key is not None and (row := _shown(instances, str(key))) is not None:
            name = row.get("processDefinitionName") or row["processDefinitionId"]
            known = {
                "processInstanceKey": row["processInstanceKey"],
                "processDefinitionKey": row["processDefinitionKey"],
            }
            found.insert(0, {**known, "processDefinitionName": name})
            parent = row.get("parentProcessInstanceKey")
            key = None if parent is None else int(parent)
        return found

    def _evaluated(self, key: str) -> dict[str, Any]:
        """The inputs and rules of a decision; v1 has its outputs in one list, each with its rule."""
        full = self._decisions.get(key, {})
        inputs = [
            {"inputId": each["id"], "inputName": each["name"], "inputValue": each["value"]}
            for each in full.get("evaluatedInputs", ())
        ]
        rules: dict[tuple[str, int], list[dict[str, Any]]] = {}
        for each in full.get("evaluatedOutputs", ()):
            rule = {} if self.version == "8.8" else {"ruleId": each["ruleId"], "ruleIndex": each["ruleIndex"]}
            output = {"outputId": each["id"], "outputName": each["name"], "outputValue": each["value"], **rule}
            rules.setdefault((each["ruleId"], each["ruleIndex"]), []).append(output)
        matched = [
            {"ruleId": rule, "ruleIndex": index, "evaluatedOutputs": outputs}
            for (rule, index), outputs in rules.items()
        ]
        return {"evaluatedInputs": inputs, "matchedRules": matched}

    def _with_whole_values(self, table: Table[Resource]) -> Table[Resource]:
        values, keys = table.column("value"), table.column("variableKey").values.tolist()
        cut = table.column("isTruncated")
        whole = [
            self._variables[str(key)]["value"] if str(key) in self._variables else values.words[code]
            for key, code in zip(keys, values.values.tolist(), strict=True)
        ]
        columns = {
            **table.columns,
            "value": type(values).of("keyword", whole),
            "isTruncated": type(cut)("boolean", np.zeros(table.count, dtype=np.int64)),
        }
        made = Table(table.resource, columns)
        made.seen_now = table.seen_now
        return made


def _shown(table: Table[Resource], key: str) -> dict[str, Any] | None:
    """A row as searches show it; None when there is no such row."""
    position = table.position(key)
    if position is None:
        return None
    row: dict[str, Any] = json.loads(b"".join(table.encoded(range(position, position + 1))))
    return row


def _complete(columns: Mapping[str, Column], resource: Resource) -> dict[str, Column]:
    """All columns of a resource, those that no row has included, which are written too."""
    count = len(next(iter(columns.values())))
    nothing = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.bool_)
    return {field.name: columns.get(field.name) or Column(field.kind, *nothing) for field in resource.known}
