"""The token service, and what the server makes of its tokens."""

from __future__ import annotations

import base64
import json
import threading
from types import SimpleNamespace

import pytest

from operate_frames.sandbox import serve
from operate_frames.sandbox.auth import token_service


@pytest.fixture(scope="module")
def sandbox():
    with serve(instances=20, auth="oauth") as running:
        yield running


def bearer(answer):
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def claims_of(answer):
    payload = answer.json()["access_token"].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=="))


def test_a_token_opens_the_api_without_csrf(sandbox, fetch_token, search):
    answer = fetch_token(sandbox)
    told = answer.json()
    assert (told["token_type"], told["expires_in"], told["scope"]) == ("Bearer", 300, "profile email")
    assert search(sandbox, headers=bearer(answer)).status_code == 200
    claims = claims_of(answer)
    assert claims["aud"] == [sandbox.audience]
    assert claims["https://camunda.com/clusterId"] == sandbox.cluster_id
    assert claims["exp"] - claims["iat"] == pytest.approx(300)


def test_basic_authentication_works_too(sandbox, session):
    answer = session.post(
        sandbox.token_url,
        data={"grant_type": "client_credentials"},
        auth=(sandbox.client_id, sandbox.client_secret),
    )
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "unauthorized_client"),
        ({"client_secret": ""}, 401, "unauthorized_client"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": None}, 400, "invalid_request"),
        ({"scope": "nope"}, 400, "invalid_scope"),
    ],
)
def test_a_wrong_request_gets_keycloaks_error(sandbox, fetch_token, changes, status, error):
    answer = fetch_token(sandbox, **changes)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_a_wrong_secret_is_described_in_the_recorded_words(sandbox, fetch_token):
    told = fetch_token(sandbox, client_secret="wrong").json()
    assert told["error_description"] == "Invalid client or Invalid client credentials"


def test_both_ways_of_sending_the_secret_at_once_are_one_too_many(sandbox, session):
    form = {"grant_type": "client_credentials", "client_secret": sandbox.client_secret}
    answer = session.post(sandbox.token_url, data=form, auth=(sandbox.client_id, sandbox.client_secret))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_another_realm_does_not_exist(sandbox, session):
    answer = session.post(sandbox.token_url.replace("camunda-platform", "other"))
    assert (answer.status_code, answer.json()) == (404, {"error": "Realm does not exist"})


def test_a_token_for_another_audience_is_refused(sandbox, fetch_token, search):
    answer = search(sandbox, headers=bearer(fetch_token(sandbox, audience="zeebe.camunda.io")))
    assert (answer.status_code, answer.json()) == (401, {"message": "JWT payload validation failed"})
    assert search(sandbox, headers=bearer(fetch_token(sandbox, audience=sandbox.audience))).status_code == 200


def test_what_is_no_token_and_what_another_signed_are_told_apart(sandbox, fetch_token, search):
    undecodable = "An error occurred while attempting to decode the Jwt: "
    for token in ("abc", "a.b.c"):
        answer = search(sandbox, headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()) == (401, {"message": f"{undecodable}Malformed token"})
    with serve(instances=0, auth="oauth") as other:
        foreign = search(sandbox, headers=bearer(fetch_token(other)))
    wrong_signature = {"message": f"{undecodable}Signed JWT rejected: Invalid signature"}
    assert (foreign.status_code, foreign.json()) == (401, wrong_signature)
    assert "WWW-Authenticate" not in foreign.headers


def test_a_token_ends_to_the_instant_and_its_end_is_in_the_log(fetch_token, search, monkeypatch):
    with serve(instances=5, auth="oauth", token_life=0.5) as sandbox:
        answer = fetch_token(sandbox)
        end = claims_of(answer)["exp"]
        assert answer.json()["expires_in"] == 0
        for moment, status in ((end - 0.001, 200), (end, 401)):
            monkeypatch.setattr(token_service, "time", SimpleNamespace(time=lambda moment=moment: moment))
            judged = search(sandbox, headers=bearer(answer))
            assert judged.status_code == status
        assert "Jwt expired at 20" in judged.json()["message"]
        token_request, *searches = sandbox.requests
    assert token_request.is_token_request
    assert token_request.token_expires is None
    assert [request.token_expires for request in searches] == [end, end]
    assert [request.is_token_request for request in searches] == [False, False]


def test_a_rotated_key_makes_old_tokens_invalid_and_new_ones_good(sandbox, fetch_token, search):
    old = bearer(fetch_token(sandbox))
    assert search(sandbox, headers=old).status_code == 200
    sandbox.rotate_signing_key()
    refused = search(sandbox, headers=old)
    assert refused.status_code == 401
    assert refused.json()["message"].endswith("Signed JWT rejected: Invalid signature")
    assert search(sandbox, headers=bearer(fetch_token(sandbox))).status_code == 200


def test_without_credentials_a_post_is_403_a_get_401_and_there_is_no_login(sandbox, search, session):
    assert search(sandbox).status_code == 403
    assert session.get(f"{sandbox.base_url}/v1/drd/1").json() == {"message": ""}
    login = session.post(f"{sandbox.base_url}/api/login", params={"username": "demo", "password": "demo"})
    assert login.status_code == 401


def test_a_signed_in_client_finds_no_login_either(sandbox, fetch_token, session):
    answer = session.post(f"{sandbox.base_url}/api/login", headers=bearer(fetch_token(sandbox)))
    assert answer.status_code == 404


def test_a_client_token_may_not_delete(sandbox, fetch_token, session):
    answer = session.delete(f"{sandbox.base_url}/v1/process-instances/1", headers=bearer(fetch_token(sandbox)))
    assert (answer.status_code, answer.json()["message"]) == (400, "Couldn't get authentication for user.")


def test_with_both_ways_a_lower_case_scheme_is_no_exemption(fetch_token, log_in, search):
    with serve(instances=5, auth="both") as sandbox:
        token = bearer(fetch_token(sandbox))
        assert search(sandbox, headers=token).status_code == 200
        lower = {"Authorization": token["Authorization"].replace("Bearer", "bearer")}
        assert search(sandbox, headers=lower).status_code == 403
        log_in(sandbox)
        assert search(sandbox).status_code == 200


def test_the_keys_of_the_tokens_are_public(sandbox, session):
    keys = session.get(sandbox.token_url.removesuffix("token") + "certs").json()["keys"]
    assert [key["kty"] for key in keys] == ["RSA"]
    assert "d" not in keys[0]


def test_the_log_may_be_read_while_requests_come_in(sandbox, fetch_token, search):
    headers = bearer(fetch_token(sandbox))
    before = len(sandbox.requests)
    reader = threading.Thread(target=lambda: [sandbox.requests for _ in range(200)])
    reader.start()
    for _ in range(20):
        search(sandbox, headers=headers)
    reader.join()
    assert len(sandbox.requests) == before + 20
    assert sandbox.requests[-1].body == b"{}"
