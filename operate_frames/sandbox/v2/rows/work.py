"""User tasks, jobs and messages of the sandbox, made of the elements that need them.

What varies from row to row goes by the element's key, so that it is the same for the same data.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from operate_frames.sandbox.data.deployments import PARTITION_BITS
from operate_frames.sandbox.tables.columns import Column, Numbers
from operate_frames.sandbox.v2.rows.joins import (
    Columns,
    chosen,
    constant,
    has_word,
    joined,
    nothing_like,
    of_rows,
    present,
    renamed,
    taken,
)

__all__ = ["DEPLOYED", "correlations", "jobs", "subscriptions", "user_tasks"]

# Keys of what hangs on an element lie so far from its own, within the same partition.
_TASK, _JOB, _SUBSCRIPTION, _MESSAGE = (number << 45 for number in range(1, 5))
_DAY = 24 * 3_600_000
DEPLOYED = 1_780_000_000_000  # when all definitions were
_TURNS = 9_973  # keys often grow by an even number
_SHARED = ("processDefinitionId", "processDefinitionKey", "processInstanceKey", "elementInstanceKey", "elementId")
_OF_INSTANCE = {
    "processDefinitionVersion": "processDefinitionVersion",
    "processName": "processDefinitionName",
    "tags": "tags",
    "businessId": "businessId",
}
_WORK_STATES = {"ACTIVE": "CREATED", "TERMINATED": "CANCELED"}
_MESSAGE_STATES = {"ACTIVE": "CREATED", "COMPLETED": "CORRELATED", "TERMINATED": "DELETED"}
_ASSIGNEES = (None, "ada", "grace", "jörg.müller", None)
_GROUPS = ('["accounting"]', '["accounting","sales"]', "[]", '["Übersee, \\"East\\""]')
_USERS = ("[]", '["ada"]', '["ada","grace"]')
_HEADERS = ("{}", '{"queue":"a b","note":"Übung \\"1\\""}')


def user_tasks(elements: Columns, instances: Columns) -> dict[str, Column]:
    """Give the user tasks.

    Parameters
    ----------
    elements, instances : mapping of str to Column
        By field.

    Returns
    -------
    dict of str to Column
        By field.
    """
    there = taken(elements, has_word(elements["type"], "USER_TASK"))
    at = _places(there)
    of_instance = {
        ours: of_rows(there["processInstanceKey"], instances["processInstanceKey"], instances[theirs])
        for ours, theirs in _OF_INSTANCE.items()
        if theirs in instances
    }
    groups, users = chosen(_GROUPS, at), chosen(_USERS, at)
    starts = there["startDate"].values
    return {
        **_shared(there),
        **of_instance,
        "userTaskKey": Column("long", there["elementInstanceKey"].values + _TASK),
        "name": there["elementName"],
        "state": renamed(there["state"], _WORK_STATES),
        "assignee": chosen(_ASSIGNEES, at),
        "candidateGroups": groups,
        "candidateGroup": groups,
        "candidateUsers": users,
        "candidateUser": users,
        "priority": Column("long", at % 101),
        "creationDate": there["startDate"],
        "completionDate": there["endDate"],
        "dueDate": Column("date", starts + 2 * _DAY, at % 2 == 0),
        "followUpDate": Column("date", starts + _DAY, at % 3 == 0),
        "formKey": Column("long", np.full(len(at), (1 << PARTITION_BITS) + 77), at % 4 == 0),
        "externalFormReference": chosen(("forms/file.html", None), at),
        "customHeaders": chosen(_HEADERS, at),
    }


def jobs(elements: Columns, incidents: Columns) -> dict[str, Column]:
    """Give the jobs: of service tasks those that workers take, of user tasks those of a listener.

    Parameters
    ----------
    elements, incidents : mapping of str to Column
        By field.

    Returns
    -------
    dict of str to Column
        By field.
    """
    there = taken(elements, has_word(elements["type"], "SERVICE_TASK", "USER_TASK"))
    at = _places(there)
    listens = has_word(there["type"], "USER_TASK").astype(np.int64)
    named = of_rows(there["incidentKey"], incidents["incidentKey"], incidents["jobKey"])
    messages = of_rows(there["incidentKey"], incidents["incidentKey"], incidents["errorMessage"])
    fails = present(named)
    is_active = has_word(there["state"], "ACTIVE")
    states = renamed(there["state"], _WORK_STATES)
    retried = is_active & ~fails & (at % 5 == 0)
    return {
        **_shared(there),
        "jobKey": Column("long", np.where(fails, named.values, there["elementInstanceKey"].values + _JOB)),
        "type": there["elementId"],
        "kind": Column.of_codes(listens, ("BPMN_ELEMENT", "TASK_LISTENER")),
        "listenerEventType": Column.of_codes(listens, ("UNSPECIFIED", "CREATING")),
        "state": _with_word(_with_word(states, "FAILED", fails | retried), "TIMED_OUT", is_active & (at % 11 == 3)),
        "worker": chosen(("worker-1", "worker-2", ""), at),
        "retries": Column("long", np.where(fails, 0, np.where(retried, 2, 3))),
        "priority": Column("long", at % 7),
        "hasFailedWithRetriesLeft": Column("boolean", retried.astype(np.int64)),
        "errorCode": Column.of_codes(np.zeros(len(at), dtype=np.int64), ("E-42",), retried),
        "errorMessage": replace(messages, present=fails & present(messages)),
        "isDenied": Column("boolean", np.zeros(len(at), dtype=np.int64), listens == 1),
        "creationTime": there["startDate"],
        "lastUpdateTime": _last_changed(there),
        "deadline": Column("date", there["startDate"].values + 300_000, is_active & ~fails),
        "endTime": there["endDate"],
        "customHeaders": chosen(_HEADERS, at),
    }


def subscriptions(elements: Columns, definitions: Columns) -> dict[str, Column]:
    """Give the message subscriptions of elements, and those of start events, which belong to no instance.

    Parameters
    ----------
    elements, definitions : mapping of str to Column
        By field.

    Returns
    -------
    dict of str to Column
        By field.
    """
    there = _waiting(elements)
    at = _places(there)
    names = of_rows(there["processDefinitionKey"], definitions["processDefinitionKey"], definitions["name"])
    versions = of_rows(there["processDefinitionKey"], definitions["processDefinitionKey"], definitions["version"])
    of_elements = {
        **_shared(there),
        "messageSubscriptionKey": Column("long", there["elementInstanceKey"].values + _SUBSCRIPTION),
        "messageSubscriptionState": renamed(there["state"], _MESSAGE_STATES),
        "messageSubscriptionType": constant("PROCESS_EVENT", len(at)),
        "messageName": chosen(("papers", "Zahlung, eingegangen"), at),
        "correlationKey": _correlation_keys(there),
        "lastUpdatedDate": _last_changed(there),
        "processDefinitionName": names,
        "processDefinitionVersion": versions,
        "toolName": chosen((None, "search"), at),
        "toolProperties": chosen(("{}", '{"io.camunda.tool:description":"Find it"}'), at),
        "inboundConnectorType": chosen((None, None, "io.camunda:webhook:1"), at),
    }
    starts = {name: nothing_like(column, len(definitions["name"])) for name, column in of_elements.items()}
    keys = definitions["processDefinitionKey"].values
    starts |= {
        "messageSubscriptionKey": Column("long", keys + _SUBSCRIPTION),
        "messageSubscriptionState": constant("CREATED", len(keys)),
        "messageSubscriptionType": constant("START_EVENT", len(keys)),
        "messageName": constant("begin", len(keys)),
        "elementId": constant("start", len(keys)),
        "lastUpdatedDate": Column("date", np.full(len(keys), DEPLOYED)),
        "processDefinitionId": definitions["processDefinitionId"],
        "processDefinitionName": definitions["name"],
        "processDefinitionVersion": definitions["version"],
        "processDefinitionKey": definitions["processDefinitionKey"],
        "toolProperties": constant("{}", len(keys)),
        "tenantId": definitions["tenantId"],
    }
    return {name: joined(column, starts[name]) for name, column in of_elements.items()}


def correlations(waiting: Columns) -> dict[str, Column]:
    """Give what messages met: every third subscription two of them, and every second message two subscriptions.

    Parameters
    ----------
    waiting : mapping of str to Column
        The message subscriptions.

    Returns
    -------
    dict of str to Column
        By field.
    """
    met = taken(waiting, has_word(waiting["messageSubscriptionState"], "CORRELATED"))
    count = len(met["messageSubscriptionKey"])
    twice = np.flatnonzero(np.arange(count) % 3 == 0)
    rows = np.concatenate([np.arange(count), twice]).astype(np.int64)
    there = taken(met, rows)
    keys = there["messageSubscriptionKey"].values
    partitions = keys >> PARTITION_BITS
    # The second message of a subscription is one of its own.
    numbers = np.where(np.arange(len(rows)) < count, rows // 2, count + rows)
    messages = (partitions << PARTITION_BITS) + _MESSAGE + numbers
    same = ("correlationKey", "messageName", *_SHARED, "tenantId")
    ids = [f"{message}_{key}" for message, key in zip(messages.tolist(), keys.tolist(), strict=True)]
    return {
        **{name: there[name] for name in same},
        "id": Column.of("keyword", ids),
        "messageKey": Column("long", messages),
        "subscriptionKey": there["messageSubscriptionKey"],
        "correlationTime": there["lastUpdatedDate"],
        "partitionId": Column("long", partitions),
    }


def _waiting(elements: Columns) -> dict[str, Column]:
    kinds = ("RECEIVE_TASK", "INTERMEDIATE_CATCH_EVENT", "BOUNDARY_EVENT")
    return taken(elements, has_word(elements["type"], *kinds))


def _shared(elements: Columns) -> dict[str, Column]:
    return {name: elements[name] for name in (*_SHARED, "tenantId")}


def _places(elements: Columns) -> Numbers:
    return elements["elementInstanceKey"].values % _TURNS


def _last_changed(elements: Columns) -> Column:
    """When it ended, or soon after it began."""
    began, ended = elements["startDate"], elements["endDate"]
    return Column("date", np.where(present(ended), ended.values, began.values + 1_000))


def _with_word(column: Column, word: str, rows: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Column:
    """The same column with another word in some rows."""
    words = [*column.words, word]
    return Column.of_codes(np.where(rows, len(column.words), column.values), words, column.present)


def _correlation_keys(elements: Columns) -> Column:
    return Column.of("keyword", [f"A-{key % 1_000_000:06d}" for key in elements["processInstanceKey"].values.tolist()])
