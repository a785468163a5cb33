"""Camunda's own clients of v2 judge the sandbox and us: they read every row, by their own schemas, and each is ours.

What of them is not asked:

- The schemas of 8.8.4 take no id with letters beyond ASCII, which Zeebe takes: here the recorded ids have none.
- They take `decisionEvaluationInstanceKey` for a number, which it is not (contract ``camunda-v2.md`` 1.4): answers for
  decision instances are read, but not checked by them.
- With requests checked strictly, both take `after` out of a page, of which they know several shapes, and read the first
  page for ever. So only the first page of each resource is asked for strictly; answers are checked on all of them.
"""

from __future__ import annotations

import json

import pytest
from camunda_orchestration_sdk import CamundaClient, models

import operate_frames as of
from operate_frames.sandbox import serve
from tests.support.names import FURTHER_READERS, READERS, expected, names_of, values
from tests.support.servers import DATASET

pytestmark = pytest.mark.timeout(120, func_only=True)

RESOURCES = {
    of.read_instances: "process_instances",
    of.read_definitions: "process_definitions",
    **{read: read.__name__.removeprefix("read_") for read in (*READERS[2:], *FURTHER_READERS)},
}
PAGE = 37


@pytest.fixture(scope="module")
def recorded():
    return json.loads(DATASET.read_text(encoding="utf-8").replace("loan.request-ä", "loan.request-a"))


def there(version):
    """The readers of what a version has, and what they read."""
    return [(read, resource) for read, resource in RESOURCES.items() if names_of(read, "v2", version)]


def camel(name):
    return "".join(word.capitalize() for word in name.split("_"))


def pages_of(ask):
    """Every page, as the client goes from one to the next, up to the total: it waits for rows where a page has none."""
    page, rows = {"limit": PAGE}, 0
    while True:
        answer = ask({"page": page})
        yield answer
        rows += len(answer["items"])
        if rows >= answer["page"]["totalItems"]:
            return
        page = {"limit": PAGE, "after": answer["page"]["endCursor"]}


def check(read, answers, operate, version):
    rows = [row for answer in answers for row in answer["items"]]
    names = names_of(read, "v2", version)
    assert rows
    assert len(answers) == -(-len(rows) // PAGE)
    assert values(read(operate=operate), names) == expected(rows, names)
    assert {answer["page"]["totalItems"] for answer in answers} == {len(rows)}


@pytest.mark.parametrize(
    ("version", "package"), [("8.9", "orchestration-cluster-api-9"), ("8.8", "@camunda8/orchestration-cluster-api")]
)
def test_the_javascript_client_reads_every_row_as_we_do(version, package, recorded, start_cluster_client):
    with serve(version=version, auth="oauth", data=recorded) as sandbox:
        settings = {
            "CLUSTER_CLIENT": package,
            "CAMUNDA_REST_ADDRESS": sandbox.base_url,
            "CAMUNDA_AUTH_STRATEGY": "OAUTH",
            "CAMUNDA_CLIENT_ID": sandbox.client_id,
            "CAMUNDA_CLIENT_SECRET": sandbox.client_secret,
            "CAMUNDA_OAUTH_URL": sandbox.token_url,
            "CAMUNDA_TOKEN_AUDIENCE": sandbox.audience,
            "CAMUNDA_SDK_LOG_LEVEL": "silent",
        }
        strict = start_cluster_client(settings | {"CAMUNDA_SDK_VALIDATION": "req:strict,res:fanatical"})
        client = start_cluster_client(settings | {"CAMUNDA_SDK_VALIDATION": "req:warn,res:fanatical"})
        unchecked = start_cluster_client(settings | {"CAMUNDA_SDK_VALIDATION": "req:warn,res:none"})
        with of.connect(sandbox.base_url, auth="oauth", **oauth(sandbox)) as operate:
            for read, resource in there(version):
                is_known_wrong = version == "8.8" and resource == "decision_instances"
                asked, method = unchecked if is_known_wrong else client, f"search{camel(resource)}"
                check(read, list(pages_of(lambda body, a=asked, m=method: a.call(m, body))), operate, version)
                if not is_known_wrong:
                    assert len(strict.call(method, {"page": {"limit": 2}})["items"]) == 2


def oauth(sandbox):
    return {name: getattr(sandbox, name) for name in ("client_id", "client_secret", "token_url", "audience")}


def test_the_python_client_reads_every_row_as_we_do(recorded, monkeypatch):
    with serve(version="8.10", auth="oauth", data=recorded) as sandbox:
        with python_client(sandbox, monkeypatch) as client, of.connect(sandbox.base_url, **oauth(sandbox)) as operate:
            for read, resource in there("8.10"):
                search = getattr(client, f"search_{resource}")
                query = search_query_of(search)
                answers = list(pages_of(lambda body, s=search, q=query: s(data=q.from_dict(body)).to_dict()))
                check(read, answers, operate, "8.10")


def python_client(sandbox, monkeypatch):
    monkeypatch.setenv("CAMUNDA_TOKEN_DISK_CACHE_DISABLE", "true")
    return CamundaClient(
        configuration={
            "CAMUNDA_REST_ADDRESS": sandbox.base_url,
            "CAMUNDA_AUTH_STRATEGY": "OAUTH",
            "CAMUNDA_CLIENT_ID": sandbox.client_id,
            "CAMUNDA_CLIENT_SECRET": sandbox.client_secret,
            "CAMUNDA_OAUTH_URL": sandbox.token_url,
            "CAMUNDA_TOKEN_AUDIENCE": sandbox.audience,
            "CAMUNDA_SDK_LOG_LEVEL": "silent",
        }
    )


def search_query_of(search):
    """The class of a search's body, which its signature names."""
    return getattr(models, search.__annotations__["data"].partition(" ")[0])


def test_the_python_client_gets_by_key_what_we_get(recorded, monkeypatch):
    with serve(version="8.10", auth="oauth", data=recorded) as sandbox:
        with python_client(sandbox, monkeypatch) as client, of.connect(sandbox.base_url, **oauth(sandbox)) as operate:
            for key in of.read_instances(operate=operate)["process_instance_key"].head(20).map(str):
                instance = client.get_process_instance(process_instance_key=key).to_dict()
                assert instance["processInstanceKey"] == key
                counts = client.get_process_instance_statistics(process_instance_key=key).to_dict()["items"]
                ours = of.read_element_statistics(key, operate=operate)
                assert ours.rename(columns={"element_id": "elementId"}).to_dict("records") == counts
                flows = client.get_process_instance_sequence_flows(process_instance_key=key).to_dict()["items"]
                ours = of.read_sequence_flows(key, operate=operate)
                assert ours["sequence_flow_id"].to_list() == [flow["sequenceFlowId"] for flow in flows]
            for key in of.read_definitions(operate=operate)["process_definition_key"].map(str):
                assert of.read_definition_xml(key, operate=operate) == client.get_process_definition_xml(
                    process_definition_key=key
                )
            decisions = of.read_decision_instances(operate=operate, inputs_and_outputs=True, limit=20)
            for row in decisions.to_dict("records"):
                told = client.get_decision_instance(
                    decision_evaluation_instance_key=row["decision_evaluation_instance_key"]
                ).to_dict()
                assert [each["input_value"] for each in row["evaluated_inputs"]] == [
                    each["inputValue"] for each in told["evaluatedInputs"]
                ]
                assert [each["output_value"] for each in row["evaluated_outputs"]] == [
                    each["outputValue"] for rule in told["matchedRules"] for each in rule["evaluatedOutputs"]
                ]


def test_the_python_client_counts_what_we_count(recorded, monkeypatch):
    with serve(version="8.10", auth="oauth", data=recorded) as sandbox:
        with python_client(sandbox, monkeypatch) as client, of.connect(sandbox.base_url, **oauth(sandbox)) as operate:
            ours = of.read_definition_statistics(operate=operate)
            processes = client.get_process_definition_instance_statistics().to_dict()["items"]
            assert {each["processDefinitionId"] for each in processes} == set(ours["process_definition_id"])
            for each in processes:
                query = models.ProcessDefinitionInstanceVersionStatisticsQuery.from_dict(
                    {"filter": {"processDefinitionId": each["processDefinitionId"]}}
                )
                versions = client.get_process_definition_instance_version_statistics(data=query).to_dict()["items"]
                mine = ours[ours["process_definition_id"] == each["processDefinitionId"]]
                told = [version for version in versions if counted(version) != (0, 0)]
                assert list(zip(mine["active_with_incident"], mine["active_without_incident"], strict=True)) == [
                    counted(version) for version in told
                ]
                assert mine["process_definition_key"].to_list() == [
                    int(version["processDefinitionKey"]) for version in told
                ]
            for key in of.read_definitions(operate=operate)["process_definition_key"].map(str):
                counts = client.get_process_definition_statistics(process_definition_key=key).to_dict()["items"]
                mine = of.read_element_statistics(process_definition_key=key, operate=operate)
                assert mine.rename(columns={"element_id": "elementId"}).to_dict("records") == counts


def counted(version):
    return version["activeInstancesWithIncidentCount"], version["activeInstancesWithoutIncidentCount"]
