"""The same question over both APIs of one cluster: the same frame, but for what one of them does not have."""

from __future__ import annotations

import pandas as pd
import pytest

import operate_frames as of
from operate_frames.sandbox import serve
from tests.support.names import READERS
from tests.support.quick_retries import QUICK
from tests.support.random_rows import random_company
from tests.support.scripted import NOT_THERE, Answer, scripted

pytestmark = pytest.mark.matrix

# As docs/versions.md says: what v1 does not send is missing there.
ONLY_IN_V2 = {
    of.read_instances: ["root_process_instance_key", "business_id", "tags", "suspended_date"],
    of.read_definitions: ["resource_name", "has_start_form", "state"],
    of.read_element_instances: ["root_process_instance_key"],
    of.read_incidents: ["element_id", "element_instance_key", "root_process_instance_key"],
    of.read_variables: ["root_process_instance_key"],
    of.read_decision_instances: [
        "element_instance_key",
        "root_decision_definition_key",
        "root_process_instance_key",
        "business_id",
    ],
}
# v2 has a name for each.
NAMED_OTHERWISE = {of.read_element_instances: "element_name"}
PAGE_OF_ONE = b'{"items":[{"processDefinitionKey":"1"}],"page":{"totalItems":%d,"endCursor":"WzFd"}}'


@pytest.fixture(scope="module")
def connections():
    with serve(auth="none", version="8.9", data=random_company(seed=5)) as server:
        with of.connect(server.base_url, auth="none", api="v1") as v1, of.connect(server.base_url, auth="none") as v2:
            assert (v1.api.name, v2.api.name) == ("v1", "v2")
            yield v1, v2


@pytest.mark.parametrize("read", READERS, ids=lambda read: read.__name__)
def test_frames_are_equal_cell_by_cell(read, connections):
    by_v1, by_v2 = (read(operate=operate) for operate in connections)

    only, named = ONLY_IN_V2.get(read, []), NAMED_OTHERWISE.get(read)
    assert by_v1[only].isna().all(axis=None)
    if named:
        assert by_v1[named].fillna(by_v1["element_id"]).to_list() == by_v2[named].to_list()
    dropped = [*only, *([named] if named else [])]
    pd.testing.assert_frame_equal(by_v1.drop(columns=dropped), by_v2.drop(columns=dropped))
    pd.testing.assert_series_equal(by_v1.dtypes, by_v2.dtypes)


@pytest.mark.parametrize(
    "question",
    [
        {"state": ["ACTIVE", "TERMINATED"], "start_date": of.between("2025-12-31", "2026-11-01")},
        {"end_date": pd.NA, "sort": "-start_date"},
        {"process_definition_id": of.like("few.*"), "limit": 7},
        {"state": of.exclude("ACTIVE"), "parent_process_instance_key": of.exclude(pd.NA)},
        {"with_variables": {"amount": 1}},
        {"sort": ["-process_definition_version", "start_date"], "limit": 9},
        {"process_definition_version": of.between(3, 60)},
    ],
    ids=str,
)
def test_questions_have_the_same_answer(question, connections):
    by_v1, by_v2 = (of.read_instances(operate=operate, **question) for operate in connections)

    only = ONLY_IN_V2[of.read_instances]
    pd.testing.assert_frame_equal(by_v1.drop(columns=only), by_v2.drop(columns=only))
    assert 0 < len(by_v1) < 900


def test_what_one_process_has_is_the_same_by_way_of_it(connections):
    for read in (of.read_element_instances, of.read_incidents, of.read_variables, of.read_decision_instances):
        by_v1, by_v2 = (read(operate=operate, process_definition_id="few.1-ä") for operate in connections)
        assert by_v1.iloc[:, 0].to_list() == by_v2.iloc[:, 0].to_list()
        assert len(by_v1) > 0


def test_a_stream_of_v2_comes_by_date_and_one_of_v1_by_key(connections):
    v1, v2 = (pd.concat(of.read_instances(operate=operate, chunksize=100)) for operate in connections)

    assert v1["process_instance_key"].is_monotonic_increasing
    assert v2["start_date"].is_monotonic_increasing
    assert sorted(v2["process_instance_key"]) == v1["process_instance_key"].to_list()


def test_side_by_side_v2_needs_about_as_many_requests_as_v1():
    requests = {}
    with serve(auth="none", version="8.9", instances=30_000) as server:
        for api in ("v1", "v2"):
            with of.connect(server.base_url, auth="none", api=api, page_size=100) as operate:
                rows = of.search("process_instances", operate=operate, workers=8, recheck=False).to_arrow()
                assert rows.num_rows == 30_000
                requests[api] = operate.last_report.requests

    assert requests["v2"] <= 1.15 * requests["v1"]
    assert requests["v2"] >= 300


@pytest.mark.parametrize(
    "question",
    [{"state": "ACTIVE"}, {"state": ["ACTIVE", "COMPLETED"], "has_incident": False}, {"tags": "vip"}],
    ids=str,
)
def test_v2_counts_without_reading(question):
    with (
        serve(auth="none", version="8.9", instances=3000) as server,
        of.connect(server.base_url, auth="none") as operate,
    ):
        before = len(server.requests)
        counted = of.search("process_instances", operate=operate, **question).count()
        assert len(server.requests) - before <= 5
        assert counted == (len(of.read_instances(operate=operate, **question)), True)


@pytest.mark.parametrize("api", ["v1", "v2"])
def test_an_api_can_be_chosen(api):
    with serve(auth="none", version="8.8") as server, of.connect(server.base_url, auth="none", api=api) as operate:
        assert operate.api.name == api
        assert f"API {api}" in repr(operate)
        others = {"v1": "/v2/", "v2": "/v1/"}
        assert [each.path for each in server.requests if each.path.startswith(others[api])] == []


def test_an_api_that_there_is_not_is_refused_before_anything_is_sent():
    with pytest.raises(of.SettingsError, match="api='v3' is not known: use 'v1' or 'v2'"):
        of.connect("http://localhost:1", auth="none", api="v3")


@pytest.mark.parametrize(("version", "api"), [("8.6", "v2"), ("8.10", "v1")])
def test_an_api_that_a_version_does_not_have(version, api):
    with serve(auth="none", version=version) as server, pytest.raises(of.NotOperate) as caught:
        of.connect(server.base_url, auth="none", api=api)

    assert f"Tried: API {api} at {server.base_url}" in str(caught.value)


def test_a_server_that_speaks_neither_is_told_with_what_was_tried():
    with scripted(lambda _: NOT_THERE, has_v2=True) as (url, _), pytest.raises(of.NotOperate) as caught:
        of.connect(url, auth="none")

    assert f"Tried: API v2 at {url}, API v1 at {url}, API v1 at {url}/operate." in str(caught.value)


@pytest.mark.parametrize("told", ["8.7.3", "8.6"])
def test_an_early_v2_is_not_used(told):
    def early(request):
        if request.path == "/v2/topology":
            return Answer(body=b'{"gatewayVersion":"%s"}' % told.encode())
        if request.path.startswith("/v2/"):
            return Answer(body=PAGE_OF_ONE % 1)
        return Answer(body=b'{"items":[],"sortValues":[],"total":0}')

    with scripted(early, has_v2=True) as (url, _), of.connect(url, auth="none") as operate:
        assert operate.api.name == "v1"


@pytest.mark.parametrize("told", [b'{"gatewayVersion":"next"}', b"{}", b"[]", b'{"gatewayVersion":"8.10.0-alpha2"}'])
def test_a_version_that_is_not_told_is_read_as_the_first_one(told):
    def answer(request):
        return Answer(body=told) if request.path == "/v2/topology" else Answer(body=PAGE_OF_ONE % 1)

    with scripted(answer, has_v2=True) as (url, _), of.connect(url, auth="none", api="v2") as operate:
        assert operate.api.version == ((8, 10) if b"8.10" in told else (8, 8))


@pytest.mark.parametrize(("v2_sees", "warns"), [(120, True), (1000, False), (1200, False)])
def test_that_v2_shows_fewer_rows_than_v1_is_told(v2_sees, warns, recwarn):
    def answer(request):
        if request.path == "/v2/topology":
            return Answer(body=b'{"gatewayVersion":"8.9.1"}')
        if request.path.startswith("/v2/"):
            return Answer(body=PAGE_OF_ONE % v2_sees)
        return Answer(body=b'{"items":[{"key":1}],"sortValues":[1],"total":1000}')

    with scripted(answer, has_v2=True) as (url, _):
        if warns:
            with pytest.warns(of.IncompleteWarning, match=r"v2 shows nobody .* 120 process instances .*, v1 1,000"):
                of.connect(url, auth="none").close()
        else:
            of.connect(url, auth="none").close()


def test_where_permissions_are_missing_v2_gives_fewer_rows_and_v1_none():
    with serve(auth="cookie", version="8.9", readable={"order"}) as server:
        sign_in = {"username": server.username, "password": server.password}
        with of.connect(server.base_url, **sign_in) as operate:
            assert operate.api.name == "v2"
            assert set(of.read_instances()["process_definition_id"]) == {"order"}
            assert set(of.read_definitions()["process_definition_id"]) == {"order"}
            assert set(of.read_variables()["process_instance_key"]) <= set(of.read_instances()["process_instance_key"])
        with pytest.raises(of.PermissionMissing, match=r"from 8\.8 on v1 wants it for all resources"):
            of.connect(server.base_url, **sign_in, api="v1")


@pytest.mark.parametrize("version", ["8.8", "8.9", "8.10"])
@pytest.mark.parametrize("by", ["cookie", "basic", "oauth"])
def test_the_sign_ins_of_a_cluster(version, by):
    with serve(auth="both", version=version) as server:
        user = {"username": server.username, "password": server.password}
        client = {name: getattr(server, name) for name in ("client_id", "client_secret", "token_url", "audience")}
        sign_in = {"cookie": user, "basic": user | {"auth": "basic"}, "oauth": client}[by]
        with of.connect(server.base_url, **sign_in) as operate:
            assert (operate.settings.auth, operate.api.name) == (by, "v2")
            assert len(of.read_instances()) == 200
        with pytest.raises(of.SignInFailed):
            of.connect(server.base_url, **sign_in | {"password" if "password" in sign_in else "client_secret": "no"})


def test_the_address_of_a_cluster_is_found_in_the_environment(monkeypatch):
    with serve(auth="oauth", version="8.10", context_path="/orchestration") as server:
        monkeypatch.setenv("CAMUNDA_REST_ADDRESS", f"{server.base_url}/v2")
        monkeypatch.setenv("CAMUNDA_CLIENT_ID", server.client_id)
        monkeypatch.setenv("CAMUNDA_CLIENT_SECRET", server.client_secret)
        monkeypatch.setenv("CAMUNDA_OAUTH_URL", server.token_url)
        monkeypatch.setenv("CAMUNDA_TOKEN_AUDIENCE", server.audience)
        with of.connect() as operate:
            assert operate.api.name == "v2"
            assert len(of.read_definitions()) == 9


def test_8_8_gives_whole_values_over_v2_alone():
    """Contract ``operate-v1.md`` 5: another application has the route of a variable over v1, so nobody answers."""
    with serve(auth="none", version="8.8", instances=100) as server:
        with of.connect(server.base_url, auth="none", api="v1", retry=QUICK) as operate:
            assert of.read_variables(operate=operate)["is_truncated"].any()
            with pytest.raises(of.ServerBusy, match="HTTP 500"):
                of.read_variables(operate=operate, full_values=True)
        with of.connect(server.base_url, auth="none") as operate:
            whole = of.read_variables(operate=operate, full_values=True)
    assert whole["value"].str.len().max() > 8191
    assert not whole["is_truncated"].any()
