"""The sandbox, filled with the server's own rows, answers whatever it is asked as the server does."""

from __future__ import annotations

import json
from itertools import count

import pytest

from operate_frames.sandbox import serve
from tests.live.dump import dumped
from tests.live.questions import random_questions
from tests.support.http import new_session
from tests.support.plain_reader import RESOURCES, PlainReader

SEED = 20261124
MOST_ROWS = 10_000  # of one resource; also as far as a server counts
ATTEMPTS = 3
# Where keys are numbers, only servers on OpenSearch write them as texts in cursors.
NUMBERED = ("process-instances", "flownode-instances", "incidents", "variables", "decision-definitions", "drd")


@pytest.fixture
def small(plain):
    """A plain reading of a server that is not too large to be read as a whole."""
    for resource in RESOURCES:
        if plain.total(resource) >= MOST_ROWS:
            pytest.skip(f"The server has {MOST_ROWS:,} {resource} or more, too many to fill a sandbox with.")
    return plain


@pytest.fixture
def database(plain):
    """Which of the two database drivers answers: they write cursors in their own way."""
    for page in (next(plain.pages(resource, 1), None) for resource in NUMBERED):
        if page:
            return "opensearch" if isinstance(page["sortValues"][0], str) else "elasticsearch"
    pytest.skip("The server holds no rows, so there is nothing to ask about.")


def test_the_sandbox_answers_as_the_server_does(small, database, pytestconfig, record_property):
    for _ in range(ATTEMPTS):
        data = dumped(small)
        questions = random_questions(data, count=pytestconfig.getoption("live_questions"), seed=SEED)
        with serve(auth="none", database=database, data=data) as served, new_session() as session:
            found = differences(small, PlainReader(served.base_url, session), questions)
            # A row that is moved is hidden for two seconds at most: what was only that is gone when asked again.
            found = differences(small, PlainReader(served.base_url, session), found)
        if not found or dumped(small) == data:
            break
    else:
        pytest.skip(f"The server's rows changed in each of {ATTEMPTS} attempts: ask when less is going on there.")
    record_property("figures", f"{len(questions):,} questions to {database}")
    assert not found, f"{len(found)} differences:\n" + "\n".join([*found.values()][:20])


def differences(real, sandbox, questions):
    """What the two answer differently, by question."""
    found = ((question, difference(real, sandbox, question)) for question in questions)
    return {question: said for question, said in found if said}


def difference(real, sandbox, question):
    """The first page of a question that the two answer differently, None where there is none."""
    body = question.body
    for page in count(1):
        seen, imitated = (shown(send(reader, question, body)) for reader in (real, sandbox))
        if seen != imitated:
            return f"{question} page {page}\n  server  {str(seen)[:400]}\n  sandbox {str(imitated)[:400]}"
        cursor = seen[-1].get("sortValues") if isinstance(seen[-1], dict) else None
        if page == question.pages or not cursor:
            return None
        body = body | {"searchAfter": cursor}
    return None


def send(reader, question, body):
    headers = {"Content-Type": "application/json"} if body is not None else {}
    data = body if isinstance(body, str) or body is None else json.dumps(body)
    return reader.send(
        question.method,
        question.path,
        data=data.encode() if data is not None else None,
        headers=headers | question.headers,
        allow_redirects=False,
    )


def shown(answer):
    """Status, media type and body, without what differs from run to run."""
    return answer.status_code, answer.headers.get("Content-Type"), body_of(answer.content.decode())


def body_of(text):
    try:
        body = json.loads(text)
    except ValueError:
        return text[: text.find("<timestamp>")], text[text.find("</timestamp>") :]
    if not isinstance(body, dict):
        return body
    if str(body.get("message")).startswith("JSON parse error"):
        body["message"] = "JSON parse error"  # the rest is the words of a library
    return {name: value for name, value in body.items() if name not in {"instance", "timestamp"}}
