"""Camunda's own client judges the sandbox: it reads every recorded row as it was recorded.

Where it needs help, and what of it is not called:

- It gives the cursor of a page back as it got it, which no server takes that sends numbers: here it is sent as text.
- It takes a key that is a text for one that is a number; the recorded exchanges tell these apart.
- `getVariablesforProcess` rounds keys above 2^53: only names and values of it are compared.
- `getJSONVariablesforProcess` prints to where this test's answers come out, when a value was cut: not called.
- `deleteProcessInstance` is no reading: not called.
"""

from __future__ import annotations

import json
from copy import deepcopy

import pytest

from operate_frames.sandbox import serve
from tests.clients.node_client import Refused, by_cookie, by_oauth, without_sign_in
from tests.clients.recorded_rows import METHODS, as_the_client_gives, differences, everything, repaired
from tests.support.servers import DATASET

# The clock runs in the tests' own lines only: before the first npm may have to fetch the client.
pytestmark = pytest.mark.timeout(120, func_only=True)


@pytest.fixture(scope="module")
def recorded():
    return json.loads(DATASET.read_text(encoding="utf-8"))


@pytest.mark.parametrize("database", ["elasticsearch", "opensearch"])
@pytest.mark.parametrize("auth", ["oauth", "none"])
def test_every_row_is_read_as_it_was_recorded(database, auth, recorded, start_client, tmp_path):
    settings = {"oauth": by_oauth, "none": without_sign_in}[auth]
    with serve(database=database, auth=auth, data=recorded) as sandbox:
        read = everything(start_client(settings(sandbox)))
        received = sandbox.requests

    assert list(differences(read, as_the_client_gives(recorded, database))) == []
    assert all(len(read[resource]["totals"]) > 2 for resource in METHODS)
    assert sum(request.is_token_request for request in received) == (1 if auth == "oauth" else 0)
    carried_a_token = {request.token_expires is not None for request in received if not request.is_token_request}
    assert carried_a_token == {auth == "oauth"}
    assert list(tmp_path.iterdir()) == []  # it left no token and no log in its user's home


def test_what_is_wrong_in_a_server_is_found(recorded, start_client):
    wrong = deepcopy(recorded)
    left_out = wrong["process-definitions"]["search"].pop(2)["key"]
    instance = next(key for key, flows in wrong["process-instances"]["sequence-flows"].items() if len(flows) > 1)
    wrong["process-instances"]["sequence-flows"][instance].pop()
    element = wrong["flownode-instances"]["search"][0]
    element["startDate"] = element["startDate"].replace(".828+", ".829+")
    active = next(row for row in wrong["flownode-instances"]["search"] if row["state"] == "ACTIVE")
    active["state"] = "TERMINATED"
    key = wrong["incidents"]["search"][-1]["key"]
    assert key > 2**53
    wrong["incidents"]["search"][-1]["key"] = key + 1
    cut = next(row for row in wrong["variables"]["search"] if row["truncated"])
    full = wrong["variables"]["by_key"][str(cut["key"])]
    full["value"] = full["value"][:-1]
    drd = next(iter(wrong["drd"]["xml"]))
    wrong["drd"]["xml"][drd] += "\n"
    with serve(auth="none", data=wrong) as sandbox:
        read = everything(start_client(without_sign_in(sandbox)))

    found = differences(read, as_the_client_gives(recorded, "elasticsearch"))
    assert [each.partition(":")[0] for each in found] == [
        f"process-definitions search {left_out}",
        "process-definitions totals",
        f"process-definitions by_key {left_out}",
        f"process-definitions xml {left_out}",
        f"process-instances statistics {active['processInstanceKey']}",
        f"process-instances sequence-flows {instance}",
        f"flownode-instances search {element['key']}",
        f"flownode-instances search {active['key']}",
        f"flownode-instances by_key {element['key']}",
        f"flownode-instances by_key {active['key']}",
        f"incidents search {key}",
        f"incidents search {key + 1}",
        f"incidents by_key {key}",
        f"incidents by_key {key + 1}",
        f"variables by_key {cut['key']}",
        f"drd xml {drd}",
    ]


def test_the_variables_of_each_instance_come_sorted_by_name(recorded, start_client):
    by_instance = {row["key"]: [] for row in recorded["process-instances"]["search"]}
    for row in recorded["variables"]["search"]:
        by_instance[row["processInstanceKey"]].append((row["name"], row["value"]))
    with serve(auth="none", data=recorded) as sandbox:
        client = start_client(without_sign_in(sandbox))
        answers = client.call_for_each("getVariablesforProcess", [(str(key),) for key in by_instance])

    read = [[(variable["name"], variable["value"]) for variable in answer["items"]] for answer in answers]
    assert read == [sorted(variables, key=lambda variable: variable[0]) for variables in by_instance.values()]


def test_its_cursor_is_refused_where_the_server_sends_numbers_until_it_is_sent_as_text(recorded, start_client):
    with serve(database="elasticsearch", auth="none", data=recorded) as sandbox:
        client = start_client(without_sign_in(sandbox))
        cursor = client.call("searchIncidents", {"size": 5})["sortValues"]
        with pytest.raises(Refused, match="Can't handle search_after field value of type") as caught:
            client.call("searchIncidents", {"size": 5, "searchAfter": cursor})
        onward = client.call("searchIncidents", {"size": 5, "searchAfter": repaired(cursor)})

    assert caught.value.status == 400
    assert onward["items"][0]["key"] == str(recorded["incidents"]["search"][5]["key"])


def test_its_cursor_is_taken_as_it_is_where_the_server_sends_texts(recorded, start_client):
    with serve(database="opensearch", auth="none", data=recorded) as sandbox:
        client = start_client(without_sign_in(sandbox))
        cursor = client.call("searchIncidents", {"size": 5})["sortValues"]
        onward = client.call("searchIncidents", {"size": 5, "searchAfter": cursor})

    assert onward["items"][0]["key"] == str(recorded["incidents"]["search"][5]["key"])


def test_by_cookie_its_searches_are_refused_because_it_sends_no_csrf_header(recorded, start_client):
    key = str(recorded["incidents"]["search"][0]["key"])
    with serve(auth="cookie", data=recorded) as sandbox:
        client = start_client(by_cookie(sandbox))
        with pytest.raises(Refused) as caught:
            client.call("searchIncidents", {"size": 5})
        by_key = client.call("getIncident", key)

    assert caught.value.status == 403
    assert by_key["key"] == key  # it is logged in


def test_where_the_server_has_no_csrf_protection_it_searches_by_cookie(recorded, start_client):
    with serve(auth="cookie", csrf_header=None, data=recorded) as sandbox:
        page = start_client(by_cookie(sandbox)).call("searchIncidents", {"size": 5})

    assert len(page["items"]) == 5


def test_the_client_reaches_no_other_host(start_client):
    client = start_client({"CAMUNDA_OPERATE_BASE_URL": "http://operate.example", "CAMUNDA_AUTH_STRATEGY": "NONE"})
    with pytest.raises(Refused, match=r"The client wanted to reach operate\.example"):
        client.call("searchIncidents", {"size": 5})
