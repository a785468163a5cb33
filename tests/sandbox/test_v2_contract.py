"""v2 of the sandbox against the contract, ``camunda-v2.md``: each line of the table cites its section."""

from __future__ import annotations

import pytest
import requests

from operate_frames.sandbox import serve
from operate_frames.sandbox.v2.fields import VERSIONS

INSTANCES = "process-instances"
# The version, what is searched, the body, the status, and a part of what is said.
REFUSED = [
    # 1.1: a page has one of four shapes, and bounds.
    ("8.9", INSTANCES, {"page": {"from": 1, "after": "WzFd"}}, 400, "Only one of"),
    ("8.9", INSTANCES, {"page": {"after": "WzFd", "before": "WzFd"}}, 400, "Only one of"),
    ("8.9", INSTANCES, {"page": {"limit": -1}}, 400, "page.limit"),
    ("8.9", INSTANCES, {"page": {"from": -1}}, 400, "page.from"),
    ("8.9", INSTANCES, {"page": {"limit": 10_001}}, 400, "window"),
    ("8.9", INSTANCES, {"page": {"from": 9_990, "limit": 11}}, 400, "window"),
    # 5: a cursor that cannot be read.
    ("8.9", INSTANCES, {"page": {"after": "no cursor"}}, 400, "cursor"),
    ("8.9", INSTANCES, {"page": {"after": "WzEsMl0="}}, 400, "cursor"),
    # 8: an empty cursor, an empty date.
    ("8.9", INSTANCES, {"page": {"after": ""}}, 500, "Unexpected"),
    ("8.9", INSTANCES, {"filter": {"startDate": ""}}, 500, "Unexpected"),
    # 1.3: operators by the class of a field.
    ("8.9", INSTANCES, {"filter": {"processInstanceKey": {"$gt": "1"}}}, 400, "processInstanceKey.$gt"),
    ("8.9", INSTANCES, {"filter": {"hasIncident": {"$neq": True}}}, 400, "hasIncident.$neq"),
    ("8.9", INSTANCES, {"filter": {"state": {"$notIn": ["ACTIVE"]}}}, 400, "state.$notIn"),
    ("8.9", "element-instances", {"filter": {"processInstanceKey": {"$in": ["1"]}}}, 400, "processInstanceKey.$in"),
    ("8.8", "incidents", {"filter": {"incidentKey": {"$in": ["1"]}}}, 400, "incidentKey.$in"),
    ("8.9", "element-instances", {"filter": {"elementId": {"$like": "a*"}}}, 400, "elementId.$like"),
    # 1.4, 1.7: keys are texts of digits, dates RFC 3339, words those of the version.
    ("8.9", INSTANCES, {"filter": {"processInstanceKey": 1}}, 400, "processInstanceKey"),
    ("8.9", INSTANCES, {"filter": {"processInstanceKey": "x"}}, 400, "not a valid key"),
    ("8.9", INSTANCES, {"filter": {"startDate": "2026-10-01"}}, 400, "RFC 3339"),
    ("8.9", INSTANCES, {"filter": {"state": "CANCELED"}}, 400, "ACTIVE, COMPLETED, TERMINATED]"),
    ("8.9", INSTANCES, {"filter": {"state": "SUSPENDED"}}, 400, "SUSPENDED"),
    # 1.6: fields and sorts of the version.
    ("8.9", INSTANCES, {"filter": {"unknown": 1}}, 400, "filter.unknown"),
    ("8.8", INSTANCES, {"filter": {"businessId": "a"}}, 400, "filter.businessId"),
    ("8.9", INSTANCES, {"filter": {"rootProcessInstanceKey": "1"}}, 400, "rootProcessInstanceKey"),
    ("8.9", INSTANCES, {"sort": [{"field": "tags"}]}, 400, "'tags'"),
    ("8.9", INSTANCES, {"sort": [{"field": "startDate", "order": "UP"}]}, 400, "'UP'"),
    ("8.9", "incidents", {"sort": [{"field": "errorMessage"}]}, 400, "errorMessage"),
    ("8.9", "element-instances", {"filter": {"$or": []}}, 400, "filter.$or"),
    # ``camunda-v2-further.md``: fields and operators of the version, and words.
    ("8.8", "user-tasks", {"filter": {"name": {"$like": "a*"}}}, 400, "name.$like"),
    ("8.9", "user-tasks", {"filter": {"processInstanceKey": {"$in": ["1"]}}}, 400, "processInstanceKey.$in"),
    ("8.9", "user-tasks", {"filter": {"candidateGroups": ["a"]}}, 400, "candidateGroups"),
    ("8.9", "user-tasks", {"sort": [{"field": "userTaskKey"}]}, 400, "userTaskKey"),
    ("8.9", "jobs", {"filter": {"state": "PRIORITY_UPDATED"}}, 400, "PRIORITY_UPDATED"),
    ("8.9", "jobs", {"sort": [{"field": "creationTime"}]}, 400, "creationTime"),
    ("8.8", "jobs", {"filter": {"creationTime": {"$exists": True}}}, 400, "creationTime"),
    ("8.8", "message-subscriptions", {"filter": {"processDefinitionKey": "1"}}, 400, "processDefinitionKey"),
    ("8.9", "message-subscriptions", {"filter": {"messageSubscriptionType": "START_EVENT"}}, 400, "SubscriptionType"),
    ("8.9", "batch-operations", {"filter": {"startDate": {"$exists": True}}}, 400, "startDate"),
    ("8.9", "batch-operations", {"filter": {"batchOperationType": "RESOLVE_INCIDENT"}}, 400, "batchOperationType"),
    ("8.8", "batch-operation-items", {"filter": {"operationType": "RESOLVE_INCIDENT"}}, 400, "operationType"),
    ("8.9", "audit-logs", {"filter": {"batchOperationKey": "1"}}, 400, "batchOperationKey"),
    ("8.9", "audit-logs", {"filter": {"inboundChannelType": "REST"}}, 400, "inboundChannelType"),
    ("8.9", INSTANCES, [], 400, "request body"),
    ("8.9", INSTANCES, {"query": {}}, 400, "query"),
]
TAKEN = [
    # 2.5 and the corrections: the bare searches of the three official clients.
    ("8.9", INSTANCES, None),
    ("8.9", INSTANCES, {}),
    ("8.9", INSTANCES, {"sort": []}),
    ("8.10", INSTANCES, {"page": {"limit": 0}}),
    ("8.9", INSTANCES, {"page": {"limit": 10_000}}),
    ("8.9", INSTANCES, {"filter": {"state": "active"}}),  # 1.1: words in any case
    ("8.9", INSTANCES, {"filter": {"state": {"$in": ["ACTIVE", "COMPLETED"]}, "$or": [{"hasIncident": True}, {}]}}),
    ("8.10", INSTANCES, {"filter": {"state": "SUSPENDED"}}),
    ("8.8", "incidents", {"sort": [{"field": "errorMessage", "order": "desc"}]}),
    ("8.9", "process-definitions", {"filter": {"isLatestVersion": True}}),
    ("8.10", "element-instances", {"filter": {"elementId": {"$like": "a*"}}}),
    # ``camunda-v2-further.md``.
    ("8.8", "user-tasks", {"filter": {"candidateGroup": {"$in": ["a"]}}, "sort": [{"field": "creationDate"}]}),
    ("8.10", "user-tasks", {"filter": {"processInstanceKey": {"$in": ["1"]}}}),
    ("8.10", "jobs", {"filter": {"priority": {"$gt": 3}}, "sort": [{"field": "creationTime"}]}),
    ("8.9", "batch-operations", {"filter": {"operationType": {"$in": ["RESOLVE_INCIDENT"]}, "batchOperationKey": "x"}}),
    ("8.9", "audit-logs", {"filter": {"entityKey": "anything", "timestamp": {"$gte": "2026-01-01T00:00:00Z"}}}),
]


@pytest.fixture(scope="module")
def servers():
    with (
        serve(auth="none", version="8.8") as old,
        serve(auth="none", version="8.9") as newer,
        serve(auth="none", version="8.10") as newest,
    ):
        yield dict(zip(VERSIONS, (old, newer, newest), strict=True))


def search(server, resource, body):
    url = f"{server.base_url}/v2/{resource}/search"
    if body is None:
        return requests.post(url, headers={"Content-Type": "application/json"}, timeout=10)
    return requests.post(url, json=body, timeout=10)


@pytest.mark.parametrize("refused", REFUSED, ids=str)
def test_what_is_refused_is_a_problem(servers, refused):
    version, resource, body, status, said = refused
    answer = search(servers[version], resource, body)

    problem = answer.json()
    assert answer.status_code == problem["status"] == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert problem.keys() == {"type", "title", "status", "detail", "instance"}
    assert problem["instance"] == f"/v2/{resource}/search"
    if status == 400:
        assert problem["title"] == ("Bad Request" if version == "8.8" else "INVALID_ARGUMENT")
    assert said in problem["detail"]


@pytest.mark.parametrize(("version", "resource", "body"), TAKEN, ids=str)
def test_what_is_taken(servers, version, resource, body):
    answer = search(servers[version], resource, body)

    assert answer.status_code == 200
    assert answer.json().keys() == {"items", "page"}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_missing_value_is_null_from_8_9_on_and_left_out_before(servers, version):
    answer = search(servers[version], INSTANCES, {"filter": {"endDate": {"$exists": False}}, "page": {"limit": 1}})

    (row,) = answer.json()["items"]
    assert ("endDate" in row) is (version != "8.8")
    assert row.get("endDate") is None
    assert ("rootProcessInstanceKey" in row) is (version != "8.8")
    assert ("suspendedDate" in row) is (version == "8.10")


def test_pages_go_on_and_back_by_cursors_and_offsets(servers):
    whole = search(servers["8.9"], INSTANCES, {"page": {"limit": 200}}).json()["items"]
    first = search(servers["8.9"], INSTANCES, {"page": {"limit": 30}}).json()
    second = search(servers["8.9"], INSTANCES, {"page": {"limit": 30, "after": first["page"]["endCursor"]}}).json()
    back = search(servers["8.9"], INSTANCES, {"page": {"limit": 10, "before": second["page"]["startCursor"]}}).json()
    offset = search(servers["8.9"], INSTANCES, {"page": {"limit": 5, "from": 40}}).json()

    assert first["items"] + second["items"] == whole[:60]
    assert back["items"] == whole[20:30]
    assert offset["items"] == whole[40:45]
    assert {each["page"]["totalItems"] for each in (first, second, back, offset)} == {200}


def test_behind_the_last_row_there_is_no_cursor(servers):
    for version, server in servers.items():
        last = search(server, "decision-requirements", {}).json()
        behind = search(server, "decision-requirements", {"page": {"after": last["page"]["endCursor"]}}).json()
        assert behind["items"] == []
        assert ("endCursor" in behind["page"]) is (version != "8.8")
        assert behind["page"].get("endCursor") is None


def test_the_total_is_capped():
    with serve(auth="none", version="8.9", instances=10_001) as server:
        page = search(server, INSTANCES, {"page": {"limit": 1}}).json()["page"]

    assert (page["totalItems"], page["hasMoreTotalItems"]) == (10_000, True)


def test_keys_that_nothing_has_and_that_are_none(servers):
    def got(version, path):
        answer = requests.get(f"{servers[version].base_url}/v2/{path}", timeout=10)
        return answer.status_code, answer.json().get("title")

    assert got("8.9", f"{INSTANCES}/123") == (404, "NOT_FOUND")
    assert got("8.9", f"{INSTANCES}/abc") == (400, "INVALID_ARGUMENT")
    # 1.2: a malformed key of a decision instance.
    assert got("8.9", "decision-instances/abc") == (404, "NOT_FOUND")
    assert got("8.10", "decision-instances/abc") == (400, "INVALID_ARGUMENT")


def test_variables_come_whole_where_that_is_asked_for_and_by_key(servers):
    url = f"{servers['8.9'].base_url}/v2/variables"
    body = {"filter": {"isTruncated": True}, "page": {"limit": 5}}
    cut = requests.post(f"{url}/search", json=body, timeout=10).json()["items"]
    key = cut[0]["variableKey"]
    body = {"filter": {"variableKey": key}}
    whole = requests.post(f"{url}/search?truncateValues=false", json=body, timeout=10).json()["items"][0]
    by_key = requests.get(f"{url}/{key}", timeout=10).json()

    assert len(cut[0]["value"]) == 8191
    assert len(whole["value"]) > 8191
    assert whole["isTruncated"] is False
    assert by_key["value"] == whole["value"]
    assert "isTruncated" not in by_key


@pytest.mark.parametrize("operator", ["$eq", "$neq", "$in", "$notIn", "$like", "$exists"])
def test_a_group_is_one_of_a_list_of_groups(servers, operator):
    """``camunda-v2-further.md``: candidateGroup looks into candidateGroups; how it denies, no server was seen."""
    rows = search(servers["8.9"], "user-tasks", {"page": {"limit": 1000}}).json()["items"]
    operand = {"$in": ["sales", "none"], "$notIn": ["sales", "none"], "$like": "s?les", "$exists": True}
    body = {"filter": {"candidateGroup": {operator: operand.get(operator, "sales")}}, "page": {"limit": 1000}}
    found = search(servers["8.9"], "user-tasks", body).json()["items"]

    def has_it(row):
        return bool(row["candidateGroups"]) if operator == "$exists" else "sales" in row["candidateGroups"]

    assert found == [row for row in rows if has_it(row) is (operator not in ("$neq", "$notIn"))]
    assert 0 < len(found) < len(rows)


@pytest.mark.parametrize("version", VERSIONS)
def test_what_can_be_got_by_its_key(servers, version):
    """``camunda-v2-further.md``: no GET for jobs and message subscriptions; audit logs from 8.9 on."""
    keys = {"user-tasks": "userTaskKey", "batch-operations": "batchOperationKey", "audit-logs": "auditLogKey"}
    for resource, key in keys.items():
        answer = search(servers[version], resource, {"page": {"limit": 1}})
        if resource == "audit-logs" and version == "8.8":
            assert answer.status_code == 404
            continue
        (row,) = answer.json()["items"]
        url = f"{servers[version].base_url}/v2/{resource}/{row[key]}"
        assert requests.get(url, timeout=10).json() == row
    job = search(servers[version], "jobs", {"page": {"limit": 1}}).json()["items"][0]
    assert requests.get(f"{servers[version].base_url}/v2/jobs/{job['jobKey']}", timeout=10).status_code == 404


@pytest.mark.parametrize("version", ["8.6", *VERSIONS])
def test_which_api_a_version_has(version):
    with serve(auth="none", version=version) as server:
        found = {
            api: requests.post(f"{server.base_url}/{api}/process-definitions/search", json={}, timeout=10).status_code
            for api in ("v1", "v2")
        }

    assert found == {"v1": 404 if version == "8.10" else 200, "v2": 404 if version == "8.6" else 200}


def test_an_instance_and_those_above_it(servers):
    called = search(servers["8.9"], INSTANCES, {"filter": {"parentProcessInstanceKey": {"$exists": True}}}).json()[
        "items"
    ][0]
    url = f"{servers['8.9'].base_url}/v2/{INSTANCES}/{called['processInstanceKey']}/call-hierarchy"
    rows = requests.get(url, timeout=10).json()

    assert [row["processInstanceKey"] for row in rows] == [
        called["parentProcessInstanceKey"],
        called["processInstanceKey"],
    ]
    assert rows[0].keys() == {"processInstanceKey", "processDefinitionKey", "processDefinitionName"}
