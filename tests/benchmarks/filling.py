"""A large company straight into the database of a real Operate, in the documents that Operate 8.6.0 writes itself.

The engine makes some hundred instances a second; the database takes fifty thousand.
"""

from __future__ import annotations

from collections.abc import Iterable

from tests.benchmarks.company import Row, definitions, instances
from tests.camunda.documents import DEFINITIONS, LIST_VIEW, unseen, write

_PARTITION_BITS = 51


def fill(opensearch_url: str, count: int) -> None:
    """Write so many process instances and their definitions, and come back when Operate shows them."""
    write(opensearch_url, DEFINITIONS, _indexed(map(_definition, definitions())))
    with unseen(opensearch_url, LIST_VIEW):
        for rows in instances(count):
            write(opensearch_url, LIST_VIEW, _indexed(map(_instance, rows)))


def _indexed(documents: Iterable[Row]) -> Iterable[Row]:
    for document in documents:
        yield {"index": {"_id": document["id"], "routing": document["id"]}}
        yield document


def _instance(row: Row) -> Row:
    key, parent, call = row["key"], row.get("parentKey"), row.get("parentFlowNodeInstanceKey")
    above = f"PI_{parent}/FN_call/FNI_{call}/" if parent else ""
    return {
        "id": str(key),
        "key": key,
        "partitionId": key >> _PARTITION_BITS,
        "processDefinitionKey": row["processDefinitionKey"],
        "processName": row["bpmnProcessId"].capitalize(),
        "processVersion": row["processVersion"],
        "processVersionTag": row.get("processVersionTag"),
        "bpmnProcessId": row["bpmnProcessId"],
        "startDate": row["startDate"],
        "endDate": row.get("endDate"),
        "state": row["state"],
        "batchOperationIds": None,
        "parentProcessInstanceKey": parent,
        "parentFlowNodeInstanceKey": call,
        "treePath": f"{above}PI_{key}",
        "incident": row["incident"],
        "tenantId": row["tenantId"],
        "joinRelation": {"name": "processInstance", "parent": None},
        "position": key & (1 << _PARTITION_BITS) - 1,
        "processInstanceKey": key,
    }


def _definition(row: Row) -> Row:
    drawing = {"bpmnXml": "", "resourceName": f"{row['bpmnProcessId']}.bpmn", "flowNodes": []}
    return {"id": str(row["key"]), "partitionId": 0} | row | drawing
