"""The tests of a live server, proven on servers of which we know what is wrong with them.

On a sandbox all of them pass, which says only that they run. So answers are falsified on their way, to the package or
to those who read plainly: whoever compares the two must say so.
"""

from __future__ import annotations

import itertools
import json
import multiprocessing
import os
import re
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from operate_frames.sandbox import serve
from tests.support.falsifying_proxy import (
    digit_changed,
    falsified,
    first_row_left_out,
    is_the_packages,
    status_wrong,
)
from tests.support.servers import DATASET

ROOT = Path(__file__).parents[2]
NO_ROOM = "127.0.0.2" if sys.platform == "linux" else "127.0.0.1"  # a host that the other tests may not reach
ALL_TESTS = 37
QUESTIONS = 60
WITHOUT = ("-p", "no:cacheprovider", "-p", "no:anyio", "-p", "no:hypothesispytest")  # no use here, and slow to load
LOADED_BEFORE = ("-W", "ignore::pytest.PytestAssertRewriteWarning")  # anyio, by the sandbox


pytestmark = pytest.mark.matrix  # what tests the package at somebody's server is tried apart from it


@dataclass
class Outcome:
    """What a run of the live tests came to, by the tests' names."""

    status: int
    said: str
    passed: set[str] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)


# It has loaded what takes longest to load, and each run is a fork of it.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["operate_frames.frames.search", "operate_frames.sandbox"])


def pytest_main(arguments, environment, said):
    """Be a pytest of its own, in a process of its own."""
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environment)
    with said.open("wb") as file:
        os.dup2(file.fileno(), sys.stdout.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())
    sys.exit(pytest.main(arguments))


def pytest_run(folder, *arguments, **environment):
    """Run pytest as somebody does who has these names in the environment."""
    report, said = folder / "report.xml", folder / "said.txt"
    command = [
        "-q",
        "-n",
        "0",
        "--tb=short",
        *WITHOUT,
        *LOADED_BEFORE,
        f"--junitxml={report}",
        "-o",
        "junit_family=xunit1",
    ]
    process = PROCESSES.Process(target=pytest_main, args=([*command, *arguments], os.environ | environment, said))
    process.start()
    process.join()
    outcome = Outcome(process.exitcode, said.read_text())
    for case in ET.parse(report).iter("testcase") if report.exists() else ():
        name = f"{case.get('classname').rpartition('.')[2]}::{case.get('name')}"
        trouble = next(iter(case.findall("failure") + case.findall("error") + case.findall("skipped")), None)
        if trouble is None:
            outcome.passed.add(name)
        else:
            into = outcome.skipped if trouble.tag == "skipped" else outcome.failed
            into[name] = f"{trouble.get('message')}\n{trouble.text}"
    return outcome


def run_live(folder, which="", **environment):
    """Run all of the live tests, or those whose names `-k` finds."""
    return pytest_run(folder, "--live", f"--live-questions={QUESTIONS}", "tests/live", "-k", which, **environment)


def by_oauth(server, base_url, token_url):
    return {
        "CAMUNDA_OPERATE_BASE_URL": base_url,
        "ZEEBE_CLIENT_ID": server.client_id,
        "ZEEBE_CLIENT_SECRET": server.client_secret,
        "CAMUNDA_OAUTH_URL": token_url,
        "CAMUNDA_TOKEN_AUDIENCE": server.audience,
    }


def by_cookie(server):
    return {
        "CAMUNDA_OPERATE_BASE_URL": server.base_url,
        "CAMUNDA_COOKIE_AUTH_USERNAME": server.username,
        "CAMUNDA_COOKIE_AUTH_PASSWORD": server.password,
    }


def only_read(requests_received):
    """Whether requests were GETs, searches and sign-ins, and nothing else."""
    return {each.method for each in requests_received} == {"GET", "POST"} and all(
        each.path.endswith(("/search", "/api/login", "/login")) or each.is_token_request
        for each in requests_received
        if each.method != "GET"
    )


def test_nothing_is_collected_unless_it_is_asked_for(tmp_path):
    outcome = pytest_run(tmp_path, "tests/live", CAMUNDA_OPERATE_BASE_URL="http://127.0.0.1:9")

    assert outcome.status == pytest.ExitCode.NO_TESTS_COLLECTED
    assert "no tests ran" in outcome.said


def test_who_asks_without_naming_a_server_is_told_in_one_sentence(tmp_path):
    outcome = run_live(tmp_path)

    assert outcome.status == pytest.ExitCode.USAGE_ERROR
    assert re.fullmatch(r"ERROR: --live needs a server: set CAMUNDA_OPERATE_BASE_URL.*\.\n\n?", outcome.said)


def test_all_of_them_pass_on_a_sandbox_and_only_read_it(tmp_path):
    with serve(data=DATASET) as server:
        outcome = run_live(tmp_path, **by_cookie(server))

        assert not outcome.failed, outcome.said
        assert not outcome.skipped
        assert len(outcome.passed) >= ALL_TESTS
        assert "test_the_sandbox_answers_as_the_server_does: 60 questions to elasticsearch" in outcome.said
        assert only_read(server.requests)


def test_they_reach_the_host_that_is_named_by_tokens_and_know_the_other_database(tmp_path):
    with serve(host=NO_ROOM, auth="oauth", database="opensearch", data=DATASET) as server:
        outcome = run_live(tmp_path, **by_oauth(server, server.base_url, server.token_url))

        assert not outcome.failed, outcome.said
        assert not outcome.skipped
        assert len(outcome.passed) >= ALL_TESTS
        assert "test_the_sandbox_answers_as_the_server_does: 60 questions to opensearch" in outcome.said
        assert only_read(server.requests)


def test_an_open_server_refuses_nobody_so_that_is_not_tried(tmp_path):
    with serve(auth="none", instances=5) as server:
        outcome = run_live(
            tmp_path, "test_sign_in", CAMUNDA_OPERATE_BASE_URL=server.base_url, CAMUNDA_AUTH_STRATEGY="NONE"
        )

    assert not outcome.failed, outcome.said
    assert {name for name in outcome.skipped if "refused" in name} == outcome.skipped.keys()
    assert len(outcome.skipped) == 3
    assert all("is open to everybody" in reason for reason in outcome.skipped.values())


@contextmanager
def named_by_way_of(falsify, **rows):
    """Serve a small company, or `rows`, by way of somebody who falsifies answers; gives the environment."""
    with serve(auth="oauth", **(rows or {"instances": 10})) as server:
        with falsified(server.base_url, falsify) as url:
            yield by_oauth(server, url, server.token_url.replace(server.base_url, url))


# What the package gets otherwise than the server says it, by a part of the path.
TO_THE_PACKAGE = {
    "/process-instances/search": first_row_left_out,
    "/process-definitions/search": digit_changed,
    "/flownode-instances/search": first_row_left_out,
    "/incidents/search": digit_changed,
    "/variables/search": first_row_left_out,
    "/decision-definitions/search": status_wrong,
    "/drd/search": digit_changed,
    "/decision-instances/search": status_wrong,
    "/xml": digit_changed,
    "/statistics": first_row_left_out,
    "/variables/": digit_changed,
}
# Which tests look at it, and what they find.
ROWS = {
    "read_instances": "not in the frame",
    "read_definitions": "instead of",
    "read_element_instances": "not in the frame",
    "read_incidents": "instead of",
    "read_variables": "not in the frame",
    "read_decision_definitions": "BadAnswer",
    "read_decision_requirements": "instead of",
    "read_decision_instances": "BadAnswer",
}
ONE_BY_ONE = {
    "test_diagrams[BPMN]": "assert ",
    "test_diagrams[DMN]": "assert ",
    "test_statistics_and_sequence_flows": "assert ",
    "test_values_that_search_cuts": "assert ",
    "test_inputs_and_outputs_of_decisions": "BadAnswer",
}


SIGN_INS = {
    "test_sign_in::test_the_environment_alone_signs_in",
    *(f"test_sign_in::test_the_addresses_that_users_paste[{tail}]" for tail in ("/", "/v1", "/operate")),
}
REFUSALS = {
    "test_sign_in::test_wrong_credentials_are_refused",
    "test_sign_in::test_a_token_that_is_none_is_refused",
    "test_sign_in::test_nobody_is_refused",
}


def test_each_test_of_rows_finds_what_the_package_has_otherwise(tmp_path):
    def falsify(request, pass_on):
        answer = pass_on(request)
        change = next((change for part, change in TO_THE_PACKAGE.items() if part in request.path), None)
        return change(answer) if change and is_the_packages(request) and answer.status == 200 else answer

    with named_by_way_of(falsify, data=DATASET) as environment:
        outcome = run_live(tmp_path, **environment)

    expected = {f"test_filters_within_a_range_of_keys[{read}]": found for read, found in ROWS.items()} | {
        f"test_every_row_and_every_value[{workers}-{read}]": found
        for (read, found), workers in itertools.product(ROWS.items(), (1, 4))
    }
    expected |= ONE_BY_ONE
    assert {name.removeprefix("test_rows::") for name in outcome.failed} == expected.keys(), outcome.said
    for name, found in expected.items():
        assert found in outcome.failed[f"test_rows::{name}"]
    assert len(outcome.passed) == ALL_TESTS - len(expected)


def test_the_tests_of_signing_in_find_that_anybody_is_let_in(tmp_path):
    tokens = []

    def falsify(request, pass_on):
        if request.path.endswith("/token"):
            body = request.body.replace(b"surely-not-this-one", environment["ZEEBE_CLIENT_SECRET"].encode())
            answer = pass_on(replace(request, body=body))
            tokens.append(json.loads(answer.body)["access_token"])
            return answer
        return pass_on(replace(request, headers=request.headers | {"Authorization": f"Bearer {tokens[-1]}"}))

    with named_by_way_of(falsify) as environment:
        outcome = run_live(tmp_path, "sign_in or sandbox or 1-read", **environment)

    assert outcome.failed.keys() == REFUSALS, outcome.said
    assert all("DID NOT RAISE" in said for said in outcome.failed.values())


def test_the_tests_of_signing_in_find_a_wrong_status(tmp_path):
    def falsify(request, pass_on):
        answer = pass_on(request)
        is_page = request.path.endswith("/search") and answer.status == 200
        return status_wrong(answer) if is_the_packages(request) and is_page else answer

    with named_by_way_of(falsify) as environment:
        outcome = run_live(tmp_path, "test_sign_in", **environment)

    assert outcome.failed.keys() == SIGN_INS, outcome.said
    assert all("NotOperate" in said for said in outcome.failed.values())


def on_pages(change):
    def falsify(answer, request):
        return change(answer) if request.path.endswith("/search") and answer.status == 200 else answer

    return falsify


def unknown_is_a_bad_request(answer, request):
    return replace(answer, status=400) if answer.status == 404 else answer


@pytest.mark.parametrize(
    "falsification",
    [
        on_pages(first_row_left_out),
        on_pages(digit_changed),
        unknown_is_a_bad_request,
    ],
    ids=["a row left out", "a digit changed", "a status wrong"],
)
def test_the_comparison_with_the_sandbox_finds_what_the_server_has_otherwise(tmp_path, falsification):
    with named_by_way_of(lambda request, pass_on: falsification(pass_on(request), request)) as environment:
        # Of the others those that filter on this side may notice it too; who falsifies for both sides fools the rest.
        outcome = run_live(tmp_path, "sandbox or sign_in", **environment)

    assert outcome.failed.keys() == {"test_sandbox_agrees::test_the_sandbox_answers_as_the_server_does"}, outcome.said
    assert all(re.search(r"\d+ differences:", said) for said in outcome.failed.values())


def test_rows_that_change_meanwhile_are_no_faults(tmp_path):
    asked = itertools.count(1000)

    def falsify(request, pass_on):
        answer = pass_on(request)
        if not request.path.endswith("/process-instances/search") or answer.status != 200:
            return answer
        said = json.loads(answer.body)
        for row in said["items"]:
            row["processVersion"] = next(asked)
        return replace(answer, body=json.dumps(said).encode())

    with named_by_way_of(falsify) as environment:
        outcome = run_live(tmp_path, "read_instances or sandbox", **environment)

    assert not outcome.failed, outcome.said
    assert "test_every_row_and_every_value[1-read_instances]: 0 rows stood still" in outcome.said
    (reason,) = outcome.skipped.values()
    assert "rows changed in each of 3 attempts" in reason


def test_a_row_that_is_hidden_for_a_moment_is_no_fault(tmp_path):
    hidden = []

    def falsify(request, pass_on):
        answer = pass_on(request)
        if len(hidden) == 3 or not re.search(rb'"size": (2|7|50)\b', request.body) or answer.status != 200:
            return answer
        if len(json.loads(answer.body)["items"]) < 2:
            return answer
        hidden.append(request)
        return first_row_left_out(answer)

    with named_by_way_of(falsify) as environment:
        outcome = run_live(tmp_path, "sandbox", **environment)

    assert len(hidden) == 3
    assert outcome.passed == {"test_sandbox_agrees::test_the_sandbox_answers_as_the_server_does"}, outcome.said
