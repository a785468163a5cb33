"""The fixture gives what it promises."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator

import pytest
import requests

from tests.support.http import ask, new_session
from tests.support.plain_reader import RESOURCES, Truth, documents_in_index

from .at_rest import differences
from .elasticsearch_flavour import OperateOnElasticsearch
from .scenario import CUSTOMERS, OPERATE_CUTS_AFTER
from .stack import Camunda

BPMNDI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DMNDI = "{https://www.omg.org/spec/DMN/20191111/DMNDI/}"


@pytest.fixture(scope="module")
def truth(camunda: Camunda) -> Iterator[Truth]:
    with Truth(camunda.base_url) as reader:
        yield reader


def search_with(camunda: Camunda, token: str) -> requests.Response:
    with new_session() as session:
        url = f"{camunda.base_url}/v1/process-instances/search"
        return session.post(url, json={"size": 1}, headers={"Authorization": f"Bearer {token}"}, timeout=60)


# ---- data -----------------------------------------------------------------------------------------------------------


def test_keys_come_from_five_partitions_and_exceed_what_a_double_holds(truth):
    keys = [row["key"] for row in truth.rows("process-instances")]
    by_partition = Counter(key >> 51 for key in keys)
    assert sorted(by_partition) == [1, 2, 3, 4, 5]
    assert min(by_partition.values()) > 400
    assert all((key > 2**53) == (key >> 51 >= 4) for key in keys)


@pytest.mark.parametrize("resource", RESOURCES)
def test_walk_finds_exactly_what_the_index_holds(camunda, truth, resource):
    rows = truth.rows(resource)
    assert len({row.get("id", row["key"]) for row in rows}) == len(rows)
    assert len(rows) == documents_in_index(camunda.opensearch_url, resource)


def test_a_walk_over_instances_has_several_pages_of_any_size(truth):
    assert len(truth.rows("process-instances")) > 2500
    assert [len(page["items"]) for page in truth.pages("process-instances")][:2] == [1000, 1000]


def test_data_is_what_the_scenario_says(truth):
    assert differences(truth) == {}


def test_definitions_have_tags_or_none_names_or_none(truth):
    definitions = truth.rows("process-definitions")
    tags = {(row["bpmnProcessId"], row["version"]): row.get("versionTag") for row in definitions}
    assert [tags["order", version] for version in (1, 2, 3)] == ["2026.1", "2026.2", None]
    assert [row["bpmnProcessId"] for row in definitions if "name" not in row] == ["tick"]


@pytest.mark.parametrize(
    ("resource", "diagram"), [("process-definitions", f"{BPMNDI}BPMNShape"), ("drd", f"{DMNDI}DMNShape")]
)
def test_definitions_can_be_drawn(truth, resource, diagram):
    for row in truth.rows(resource):
        assert ET.fromstring(truth.xml(resource, row["key"])).findall(f".//{diagram}")


def test_variables_hold_what_a_client_trips_over(truth):
    rows = truth.rows("variables")
    values = {row["name"]: row["value"] for row in rows}
    assert len(values["just_fits"]) == OPERATE_CUTS_AFTER
    assert values["just_fits"].endswith('"')
    for cut in ("one_too_long", "long", "long_emoji", "long_list"):
        assert len(values[cut]) == OPERATE_CUTS_AFTER
    assert values["beyond_double"] == "9007199254740993"
    assert {row["value"][0] for row in rows} >= set('"[{tfn0123456789')
    assert len({row["value"] for row in rows if row["name"] == "customer"}) >= len(CUSTOMERS)
    assert any(row["scopeKey"] != row["processInstanceKey"] for row in rows)


def test_decisions_outside_a_process_and_failed_ones_are_there(truth):
    rows = truth.rows("decision-instances")
    assert any(row["processInstanceKey"] == -1 for row in rows)
    assert any(row["state"] == "FAILED" and row["evaluationFailure"] for row in rows)
    shared = Counter(row["key"] for row in rows)
    assert 2 in shared.values()


# ---- signing in -----------------------------------------------------------------------------------------------------


def test_cookie_login_needs_its_csrf_header(camunda):
    with new_session() as session:
        login = {"username": camunda.username, "password": camunda.password}
        answer = session.post(f"{camunda.base_url}/api/login", params=login, timeout=60)
        assert answer.status_code == 204
        url = f"{camunda.base_url}/v1/process-instances/search"
        assert session.post(url, json={}, timeout=60).status_code == 403
        csrf = {"X-CSRF-TOKEN": answer.headers["X-CSRF-TOKEN"]}
        assert session.post(url, json={}, headers=csrf, timeout=60).status_code == 200


def test_token_of_keycloak_is_taken(camunda):
    answer = search_with(camunda, camunda.keycloak.new_token())
    assert answer.status_code == 200
    assert len(answer.json()["items"]) == 1


def test_a_changed_token_is_refused(camunda):
    header, payload, signature = camunda.keycloak.new_token().split(".")
    assert search_with(camunda, f"{header}.{payload}.{signature[::-1]}").status_code == 401


def test_rotation_ends_old_tokens_once_a_new_one_was_seen(camunda):
    keycloak = camunda.keycloak
    old = keycloak.new_token()
    assert search_with(camunda, old).status_code == 200
    old_keys = keycloak.key_ids()

    keycloak.rotate_signing_key()

    assert len(keycloak.key_ids()) == 1
    assert keycloak.key_ids() != old_keys
    assert search_with(camunda, old).status_code == 200  # Operate has not looked again yet
    assert search_with(camunda, keycloak.new_token()).status_code == 200
    assert search_with(camunda, old).status_code == 401


def test_token_life_can_be_set(camunda):
    form = {"grant_type": "client_credentials", "client_id": camunda.client_id, "client_secret": camunda.client_secret}
    camunda.keycloak.set_token_life(7)
    try:
        assert ask("POST", camunda.token_url, data=form).json()["expires_in"] == 7
    finally:
        camunda.keycloak.set_token_life(300)


# ---- the other flavour ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("resource", RESOURCES)
def test_elasticsearch_flavour_has_the_same_rows(truth, camunda_elasticsearch: OperateOnElasticsearch, resource):
    with Truth(camunda_elasticsearch.base_url) as other:
        rows = other.rows(resource)
        if resource == "variables":
            assert {row.pop("truncated") for row in rows} == {True, False}
        assert rows == truth.rows(resource)


def test_elasticsearch_flavour_keeps_the_types_of_sort_values(truth, camunda_elasticsearch: OperateOnElasticsearch):
    with Truth(camunda_elasticsearch.base_url) as other:
        key = next(other.pages("process-instances"))["sortValues"][0]
        assert isinstance(key, int)
        assert next(truth.pages("process-instances"))["sortValues"] == [str(key)]
        cut = other.rows("variables", truncated=True)[0]
        assert len(other.row("variables", cut["key"])["value"]) > OPERATE_CUTS_AFTER
