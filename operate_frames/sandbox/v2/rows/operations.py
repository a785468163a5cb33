"""What the sandbox's operators did: batch operations on instances, and the log of who did what."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from typing import Any

import numpy as np

from operate_frames.sandbox.data.deployments import PARTITION_BITS, TENANT, Row
from operate_frames.sandbox.tables.columns import Column
from operate_frames.sandbox.v2.rows.joins import Columns, has_word, present, shown, taken
from operate_frames.sandbox.v2.rows.work import DEPLOYED

__all__ = ["audit_logs", "batch_operation_items", "batch_operations"]

_MOST_ITEMS = 1_000
_CANCEL, _DELETE, _MIGRATE = (str((1 << PARTITION_BITS) + 900 + number) for number in range(3))
# Operate's own operations, of before 8.8, have a UUID.
_RESOLVE = "6d7f6b0e-52f1-4d0a-9f0c-0c4f6f1f2b55"
_DATES = frozenset({"startDate", "endDate", "processedDate", "timestamp"})
_TEXT_KEYS = frozenset({"batchOperationKey", "itemKey", "auditLogKey", "entityKey", "relatedEntityKey"})
_HOUR = 3_600_000


def batch_operation_items(instances: Columns, incidents: Columns) -> dict[str, Column]:
    """Give what each batch operation did; some instances were first canceled and then deleted.

    Parameters
    ----------
    instances, incidents : mapping of str to Column
        By field.

    Returns
    -------
    dict of str to Column
        By field.
    """
    items: list[Row] = []
    for number, (key, root, end) in enumerate(_canceled(instances)):
        shared = {"itemKey": str(key), "processInstanceKey": key, "rootProcessInstanceKey": root}
        done: Row = {"operationType": "CANCEL_PROCESS_INSTANCE", "state": "COMPLETED", "processedDate": end}
        items.append({"batchOperationKey": _CANCEL, **shared, **done})
        if number % 4 == 0:
            failed = {"state": "FAILED", "errorMessage": "Command 'DELETE' was rejected: NOT_FOUND"}
            done = failed if number % 8 == 0 else {"state": "COMPLETED"}
            deleted = {"operationType": "DELETE_PROCESS_INSTANCE", "processedDate": end + _HOUR}
            items.append({"batchOperationKey": _DELETE, **shared, **deleted, **done})
    roots = incidents["rootProcessInstanceKey"]
    failing = zip(*map(shown, (incidents["incidentKey"], incidents["processInstanceKey"], roots)), strict=True)
    for key, instance, root in list(failing)[:_MOST_ITEMS]:
        shared = {"itemKey": str(key), "processInstanceKey": instance, "rootProcessInstanceKey": root}
        items.append({"batchOperationKey": _RESOLVE, **shared, "operationType": "RESOLVE_INCIDENT", "state": "ACTIVE"})
    for item in items:
        item["id"] = f"{item['batchOperationKey']}_{item['itemKey']}"
    names = ("id", "batchOperationKey", "itemKey", "operationType", "state", "errorMessage")
    return _columns(items, (*names, "processInstanceKey", "rootProcessInstanceKey", "processedDate"))


def batch_operations(items: Columns) -> dict[str, Column]:
    """Give the batch operations.

    Parameters
    ----------
    items : mapping of str to Column
        What they did.

    Returns
    -------
    dict of str to Column
        By field.
    """
    owners, states, dates = (shown(items[name]) for name in ("batchOperationKey", "state", "processedDate"))
    last = max((date for date in dates if date is not None), default=0)
    operations: list[Row] = [
        {"batchOperationKey": _CANCEL, "operationType": "CANCEL_PROCESS_INSTANCE", "state": "COMPLETED"},
        {"batchOperationKey": _DELETE, "operationType": "DELETE_PROCESS_INSTANCE", "state": "PARTIALLY_COMPLETED"},
        {"batchOperationKey": _RESOLVE, "operationType": "RESOLVE_INCIDENT", "state": "ACTIVE"},
        {
            "batchOperationKey": _MIGRATE,
            "operationType": "MIGRATE_PROCESS_INSTANCE",
            "state": "FAILED",
            "errors": '[{"partitionId":1,"type":"QUERY_FAILED","message":"Unexpected \\"end\\" of input"}]',
        },
    ]
    for number, operation in enumerate(operations):
        own = [state for owner, state in zip(owners, states, strict=True) if owner == operation["batchOperationKey"]]
        operation |= {
            "batchOperationType": operation["operationType"],
            "startDate": None if operation["state"] == "FAILED" else last - _HOUR,
            "endDate": None if operation["state"] in {"ACTIVE", "FAILED"} else last,
            "actorType": "USER" if number % 2 else "CLIENT",
            "actorId": "ada" if number % 2 else None,
            "operationsTotalCount": len(own),
            "operationsFailedCount": own.count("FAILED"),
            "operationsCompletedCount": own.count("COMPLETED"),
        }
        operation.setdefault("errors", "[]")
    return _columns(operations, tuple(dict.fromkeys(name for each in operations for name in each)))


def audit_logs(instances: Columns, tasks: Columns, definitions: Columns, operations: Columns) -> dict[str, Column]:
    """Give the audit log: deployments, canceled instances, user tasks that were assigned, batch operations.

    Parameters
    ----------
    instances, tasks, definitions, operations : mapping of str to Column
        By field.

    Returns
    -------
    dict of str to Column
        By field.
    """
    entries: list[Row] = [*_of_deployments(definitions), *_of_instances(instances), *_of_tasks(tasks)]
    for key, kind, date in zip(
        *map(shown, (operations["batchOperationKey"], operations["batchOperationType"], operations["startDate"])),
        strict=True,
    ):
        entity = {"entityType": "BATCH", "entityKey": key, "batchOperationKey": key, "batchOperationType": kind}
        done = {"operationType": "CREATE", "category": "DEPLOYED_RESOURCES", "actorType": "USER", "actorId": "grace"}
        entries.append({**entity, **done, "timestamp": date or _latest(instances), "entityDescription": "Nightly run"})
    for number, entry in zip(count((1 << PARTITION_BITS) + 1), entries, strict=False):
        entry["auditLogKey"] = str(number)
        entry.setdefault("result", "SUCCESS")
        entry.setdefault("tenantId", TENANT)
    names = dict.fromkeys(name for each in entries for name in each)
    return _columns(entries, tuple(names or ("auditLogKey",)))


def _of_deployments(definitions: Columns) -> Iterable[Row]:
    keys, ids = shown(definitions["processDefinitionKey"]), shown(definitions["processDefinitionId"])
    for key, process in zip(keys, ids, strict=True):
        yield {
            "entityType": "RESOURCE",
            "entityKey": str(key),
            "operationType": "CREATE",
            "category": "DEPLOYED_RESOURCES",
            "timestamp": DEPLOYED,
            "actorType": "CLIENT",
            "actorId": "deployer",
            "processDefinitionId": process,
            "processDefinitionKey": key,
            "deploymentKey": key - 1,
            "resourceKey": key,
            "inboundChannelType": "REST",
        }


def _of_instances(instances: Columns) -> Iterable[Row]:
    for key, root, end in _canceled(instances):
        yield {
            "entityType": "PROCESS_INSTANCE",
            "entityKey": str(key),
            "operationType": "CANCEL",
            "category": "DEPLOYED_RESOURCES",
            "timestamp": end,
            "batchOperationKey": _CANCEL,
            "batchOperationType": "CANCEL_PROCESS_INSTANCE",
            "processInstanceKey": key,
            "rootProcessInstanceKey": root,
        }


def _of_tasks(tasks: Columns) -> Iterable[Row]:
    keys = ("processInstanceKey", "rootProcessInstanceKey", "elementInstanceKey")
    names = ("userTaskKey", "assignee", "creationDate", *keys)
    rows = list(zip(*(shown(tasks[name]) for name in names), strict=True))[:_MOST_ITEMS]
    for number, (key, assignee, date, instance, root, element) in enumerate(rows):
        if assignee is None:
            continue
        yield {
            "entityType": "USER_TASK",
            "entityKey": str(key),
            "operationType": "ASSIGN",
            "category": "USER_TASKS",
            "result": "FAIL" if number % 7 == 0 else "SUCCESS",
            "timestamp": date,
            "actorType": "USER",
            "actorId": assignee,
            "userTaskKey": key,
            "processInstanceKey": instance,
            "rootProcessInstanceKey": root,
            "elementInstanceKey": element,
            "relatedEntityType": "USER",
            "relatedEntityKey": assignee,
            "tenantId": None if number % 5 == 0 else TENANT,
        }


def _canceled(instances: Columns) -> list[tuple[int, int, int]]:
    """Some canceled instances: key, root, end."""
    rows = np.flatnonzero(has_word(instances["state"], "TERMINATED") & present(instances["endDate"]))[:_MOST_ITEMS]
    names = ("processInstanceKey", "rootProcessInstanceKey", "endDate")
    return list(zip(*map(shown, taken({name: instances[name] for name in names}, rows).values()), strict=True))


def _latest(instances: Columns) -> int:
    return int(instances["startDate"].values.max(initial=0))


def _columns(rows: list[Row], names: Iterable[str]) -> dict[str, Column]:
    return {name: _column(name, [row.get(name) for row in rows]) for name in names}


def _column(name: str, values: list[Any]) -> Column:
    if name in _DATES:
        there = np.array([value is not None for value in values], dtype=np.bool_)
        return Column("date", np.array([value or 0 for value in values], dtype=np.int64), there)
    is_number = name not in _TEXT_KEYS and name.endswith(("Key", "Count"))
    return Column.of("long" if is_number else "keyword", values)
