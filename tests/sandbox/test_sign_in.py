"""Cookie login and CSRF, as contract sections 6.3 to 6.5 have them."""

from __future__ import annotations

import pytest
import requests

from operate_frames.sandbox import serve
from operate_frames.sandbox.auth.sign_in import masked, unmasked


@pytest.fixture(scope="module")
def sandbox():
    with serve(instances=20) as running:
        yield running


def test_a_login_gives_two_cookies_and_a_header_that_is_not_the_cookie(sandbox, session):
    answer = session.post(f"{sandbox.base_url}/api/login", data={"username": "demo", "password": "demo"})
    assert answer.status_code == 204
    assert session.cookies.keys() == ["OPERATE-SESSION", "X-CSRF-TOKEN"]
    assert len(answer.headers["X-CSRF-TOKEN"]) == 96
    assert answer.headers["X-CSRF-TOKEN"] != session.cookies["X-CSRF-TOKEN"]


@pytest.mark.parametrize(
    "request_of",
    [
        {"json": {"username": "demo", "password": "demo"}},
        {"params": {"username": "demo", "password": "wrong"}},
        {"params": {"username": "demo"}},
        {},
    ],
)
def test_a_login_without_the_right_form_fields_is_refused(sandbox, session, request_of):
    answer = session.post(f"{sandbox.base_url}/api/login", **request_of)
    assert (answer.status_code, answer.text) == (401, '{"message":""}')
    assert answer.headers["Content-Type"] == "application/json;charset=UTF-8"
    assert not session.cookies


def test_every_header_value_stays_good_and_every_get_gives_another(sandbox, log_in, search):
    session = log_in(sandbox)
    first = session.headers["X-CSRF-TOKEN"]
    given = [
        session.get(f"{sandbox.base_url}/v1/process-definitions/{key}").headers["X-CSRF-TOKEN"]
        for key in ("2251799813685255", "1", "abc")
    ]
    assert len({first, *given}) == 4
    for value in (first, *given):
        answer = search(sandbox, headers={"X-CSRF-TOKEN": value})
        assert answer.status_code == 200
        assert "X-CSRF-TOKEN" not in answer.headers


def test_a_post_needs_header_and_cookie_and_takes_no_bare_cookie_value(sandbox, log_in, search):
    session = log_in(sandbox)
    cookie = session.cookies["X-CSRF-TOKEN"]
    for wrong in (cookie, "zzz", "", None):
        refused = search(sandbox, headers={"X-CSRF-TOKEN": wrong})
        assert refused.status_code == 403
        assert list(refused.json()) == ["timestamp", "status", "error", "path"]
        assert "Set-Cookie" not in refused.headers
    del session.cookies["X-CSRF-TOKEN"]
    without_cookie = search(sandbox)
    assert without_cookie.status_code == 403
    assert "X-CSRF-TOKEN=" in without_cookie.headers["Set-Cookie"]


def test_without_a_login_a_post_is_403_and_a_get_401(sandbox, search, session):
    assert search(sandbox).status_code == 403
    session.cookies.clear()
    answer = session.get(f"{sandbox.base_url}/v1/process-instances/1")
    assert (answer.status_code, answer.text) == (401, '{"message":""}')
    assert "WWW-Authenticate" not in answer.headers
    assert session.get(f"{sandbox.base_url}/v1/nothing").status_code == 401


def test_other_pages_redirect_to_a_login_that_is_no_page(sandbox, session):
    answer = session.get(f"{sandbox.base_url}/operate", allow_redirects=False)
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{sandbox.base_url}/api/login"
    assert session.get(answer.headers["Location"]).status_code == 404


def test_after_logout_the_session_is_gone_but_the_csrf_check_passes(sandbox, log_in, search):
    session = log_in(sandbox)
    kept = dict(session.cookies)
    assert session.post(f"{sandbox.base_url}/api/logout").status_code == 204
    assert not session.cookies
    answer = search(sandbox, cookies=kept)
    assert (answer.status_code, answer.text) == (401, '{"message":""}')


def test_ended_sessions_are_refused_until_the_next_login(sandbox, log_in, search):
    log_in(sandbox)
    sandbox.end_sessions()
    assert search(sandbox).status_code == 401
    log_in(sandbox)
    assert search(sandbox).status_code == 200


def test_nothing_reads_a_bearer_token_here(sandbox, log_in, search):
    assert search(sandbox, headers={"Authorization": "Bearer abc"}).text == '{"message":""}'
    session = log_in(sandbox)
    del session.headers["X-CSRF-TOKEN"]
    assert search(sandbox, headers={"Authorization": "Bearer abc"}).status_code == 200
    assert search(sandbox, headers={"Authorization": "bearer abc"}).status_code == 403


def test_a_server_without_csrf_names_none_and_asks_for_none(log_in, search):
    with serve(instances=5, csrf_header=None) as sandbox:
        assert search(sandbox).status_code == 401
        session = log_in(sandbox)
        assert session.cookies.keys() == ["OPERATE-SESSION"]
        assert search(sandbox).status_code == 200
        assert "X-CSRF-TOKEN" not in session.get(f"{sandbox.base_url}/v1/drd/1").headers


def test_the_older_csrf_name_replaces_the_newer(log_in, search):
    name = "OPERATE-X-CSRF-TOKEN"
    with serve(instances=5, csrf_header=name) as sandbox:
        session = log_in(sandbox, name)
        assert name in session.headers
        assert search(sandbox).status_code == 200
        session.headers["X-CSRF-TOKEN"] = session.headers.pop(name)
        assert search(sandbox).status_code == 403


def test_cookies_and_redirections_stay_in_the_context_path(log_in, search, session):
    with serve(instances=5, context_path="/operate") as sandbox:
        assert sandbox.base_url.endswith("/operate")
        log_in(sandbox)
        assert {cookie.path for cookie in session.cookies} == {"/operate"}
        assert search(sandbox).status_code == 200
        assert search(sandbox, {"size": 0}).status_code == 400
        root = sandbox.base_url.removesuffix("/operate")
        outside = session.get(f"{root}/v1/process-instances/1")
        assert outside.status_code == 404
        refused = requests.post(f"{sandbox.base_url}/v1/process-instances/search", timeout=10)
        assert refused.json()["path"] == "/operate/v1/process-instances/search"


def test_an_open_server_needs_nothing(search, session):
    with serve(instances=5, auth="none") as sandbox:
        assert search(sandbox).status_code == 200
        assert session.post(f"{sandbox.base_url}/api/login").status_code == 404


def test_a_mask_comes_off_again_and_only_whole():
    token = "0b63e02c-3a71-4d6b-9b3c-2f6cf5a6d7f1"
    assert unmasked(masked(token)) == token
    assert unmasked(masked(token)[:-4]) != token
    assert unmasked("ä") is None
