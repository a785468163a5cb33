"""Where a server is looked for: which API at which address, with tokens for which audience, in which order."""

from __future__ import annotations

import pytest

from operate_frames.client.config.settings import resolve
from operate_frames.client.config.sources import from_arguments, from_environment
from operate_frames.client.places import places

CLIENT = {"client_id": "me", "client_secret": "s3cret"}
TOKENS = {"token_url": "https://id.example.com/token"}
REGION, ID = "bru-2", "0aa1"
API, ZEEBE, OPERATE = (f"https://{REGION}.{host}.camunda.io/{ID}" for host in ("api", "zeebe", "operate"))


def found(api=None, **arguments):
    settings = resolve([from_arguments(arguments), from_environment()])
    return [(each.api, each.settings.base_url, each.settings.audience) for each in places(settings, api)]


@pytest.mark.parametrize("given", [{"region": REGION, "cluster_id": ID}, {"base_url": OPERATE}, {"base_url": API}])
def test_saas_has_other_hosts_and_audiences_for_v2(given):
    assert found(**given, **CLIENT) == [
        ("v2", API, "zeebe.camunda.io"),
        ("v2", ZEEBE, "zeebe.camunda.io"),
        ("v1", OPERATE, "operate.camunda.io"),
        ("v1", OPERATE, "zeebe.camunda.io"),
    ]


def test_the_consoles_file_names_the_audience_of_all(monkeypatch):
    monkeypatch.setenv("CAMUNDA_TOKEN_AUDIENCE", f"{ID}.api.camunda.io")
    monkeypatch.setenv("CAMUNDA_REST_ADDRESS", f"{API}/v2")
    monkeypatch.setenv("CAMUNDA_CLIENT_ID", "me")
    monkeypatch.setenv("CAMUNDA_CLIENT_SECRET", "s3cret")

    first, *_, last = found()
    assert first == ("v2", API, f"{ID}.api.camunda.io")
    assert last == ("v1", OPERATE, "operate.camunda.io")


@pytest.mark.parametrize("api", ["v1", "v2"])
def test_one_api_alone(api):
    assert {each[0] for each in found(api, region=REGION, cluster_id=ID, **CLIENT)} == {api}


def test_what_the_call_names_as_audience_is_asked_for_everywhere():
    mine = found(base_url="https://camunda.example.com", audience="mine", **CLIENT, **TOKENS)
    assert [each[2] for each in mine] == ["mine"] * len(mine)


@pytest.mark.parametrize(
    ("base_url", "addresses"),
    [
        ("http://h:8080", [("v2", ""), ("v1", ""), ("v1", "/operate")]),
        ("http://h:8080/operate", [("v2", "/operate"), ("v2", ""), ("v1", "/operate"), ("v1", "")]),
        ("http://h:8080/orchestration/v2", [("v2", "/orchestration"), ("v1", "/orchestration")]),
    ],
)
def test_a_server_of_ones_own_is_asked_as_it_is_named_and_beside(base_url, addresses):
    asked = [(api, url.removeprefix("http://h:8080")) for api, url, _ in found(base_url=base_url, auth="none")]

    assert asked[: len(addresses)] == addresses


def test_each_api_has_its_own_address_and_audience_in_the_environment(monkeypatch):
    names = {
        "CAMUNDA_REST_ADDRESS": "https://cluster.example.com/v2",
        "CAMUNDA_OPERATE_BASE_URL": "https://operate.example.com",
        "ZEEBE_TOKEN_AUDIENCE": "zeebe-api",
        "CAMUNDA_OPERATE_OAUTH_AUDIENCE": "operate-api",
        "ZEEBE_CLIENT_ID": "me",
        "ZEEBE_CLIENT_SECRET": "s3cret",
        "CAMUNDA_OAUTH_URL": "https://id.example.com/token",
    }
    for name, value in names.items():
        monkeypatch.setenv(name, value)

    assert found()[:2] == [
        ("v2", "https://cluster.example.com", "zeebe-api"),
        ("v1", "https://operate.example.com", "operate-api"),
    ]


def test_an_argument_beats_the_addresses_of_the_environment(monkeypatch):
    monkeypatch.setenv("CAMUNDA_REST_ADDRESS", "https://stale.example.com")
    asked = found(base_url="http://h:8080", auth="none")

    assert {url.partition("/operate")[0] for _, url, _ in asked} == {"http://h:8080"}
