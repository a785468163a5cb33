"""The sandbox and a real Operate 8.6.0 on the same rows: asked the same, they answer the same."""

from __future__ import annotations

import json
from itertools import count

import pytest

from operate_frames.sandbox import serve
from tests.camunda.zeebe_and_operate import signed_in
from tests.live.dump import dumped
from tests.live.questions import random_questions
from tests.support.plain_reader import Truth

QUESTIONS = 500
SEED = 20261124


@pytest.fixture(scope="module")
def data(camunda_elasticsearch):
    """All rows of the real server, once: both flavours stand on the same database."""
    with Truth(camunda_elasticsearch.base_url) as truth:
        return dumped(truth)


@pytest.mark.timeout(240, func_only=True)
@pytest.mark.parametrize("flavour", ["camunda opensearch", "camunda elasticsearch"])
def test_the_sandbox_answers_as_the_real_server_does(request, flavour, data):
    _, database = flavour.split()
    real = request.getfixturevalue("camunda" if database == "opensearch" else "camunda_elasticsearch")
    with serve(database=database, data=data) as sandbox:
        faults = [*differences(real.base_url, sandbox.base_url, random_questions(data, count=QUESTIONS, seed=SEED))]

    assert not faults, f"{len(faults)} differences:\n" + "\n".join(faults[:20])


def differences(real_url, sandbox_url, questions):
    """What the two answer differently, request by request."""
    real, sandbox = signed_in(real_url), signed_in(sandbox_url)
    for question in questions:
        body = question.body
        for page in count(1):
            answers = [
                send(session, url, question, body) for session, url in ((real, real_url), (sandbox, sandbox_url))
            ]
            seen, imitated = map(shown, answers)
            if seen != imitated:
                yield f"{question} page {page}\n  real    {str(seen)[:400]}\n  sandbox {str(imitated)[:400]}"
                break
            cursor = seen[-1].get("sortValues") if isinstance(seen[-1], dict) else None
            if page == question.pages or not cursor:
                break
            body = body | {"searchAfter": cursor}


def send(session, base_url, question, body):
    headers = {"Content-Type": "application/json"} if body is not None else {}
    data = body if isinstance(body, str) or body is None else json.dumps(body)
    return session.request(
        question.method,
        base_url + question.path,
        data=data.encode() if data is not None else None,
        headers=headers | question.headers,
        allow_redirects=False,
        timeout=60,
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
