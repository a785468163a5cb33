"""What we send to v2 is what Camunda's own client would let pass: its schemas judge each request."""

from __future__ import annotations

import json
import random
import subprocess
from itertools import product

import jsonschema
import pandas as pd
import pytest

import operate_frames as of
from operate_frames.reading.options import Tuning
from operate_frames.sandbox import serve
from tests.clients import install
from tests.support.names import FURTHER_READERS, NO_PLAIN_TEXTS, READERS, V2_PATHS, chosen_by
from tests.support.random_rows import random_company

pytestmark = pytest.mark.timeout(120, func_only=True)
PROGRAM = install.HERE / "request_schemas.mjs"


@pytest.fixture(scope="module")
def schemas(packages):
    """By path of the search; nothing but what they name may be in a body."""
    command = [install.node(), str(PROGRAM), str(packages)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return {path: jsonschema.Draft202012Validator(closed(schema)) for path, schema in json.loads(done.stdout).items()}


def closed(schema, *, is_part=False):
    """The schema with every object closed; parts that hold together are closed as a whole."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {
        name: [closed(each, is_part=True) for each in value]
        if name == "allOf"
        else {key: closed(each) for key, each in value.items()}
        if name == "properties"
        else closed(value)
        for name, value in schema.items()
        if name != "pattern" or r"\p" not in value  # letters of any alphabet, which Python's `re` has no word for
    }
    if not is_part and ("properties" in made or "allOf" in made):
        made["unevaluatedProperties"] = False
    return made


def questions(frame, columns, chance):
    """What can be asked of every column."""
    for column in columns:
        here = list(frame[column].dropna().unique())
        some = chance.sample(here, min(3, len(here)))
        yield {column: pd.NA}
        if some:
            yield {column: some[0]}
            yield {column: set(some)}
            yield {column: [some[0], pd.NA]}
            yield {column: of.exclude(*some)}
            yield {column: of.exclude(some[0], pd.NA)}
        if str(frame[column].dtype) == "string" and column not in NO_PLAIN_TEXTS:
            yield {column: of.like("a*")}
        if some and str(frame[column].dtype) in ("Int64", "datetime64[us, UTC]"):
            yield {column: of.between(some[0], None)}
            yield {column: of.between(None, some[0])}


@pytest.mark.filterwarnings("ignore:Nobody knows", "ignore:Not one row has")
@pytest.mark.parametrize("read", [*READERS, *FURTHER_READERS], ids=lambda read: read.__name__)
def test_every_request_is_one_that_camundas_client_lets_pass(read, schemas):
    chance = random.Random(7)
    with serve(auth="none", version="8.9", data=random_company(seed=9)) as server:
        with of.connect(server.base_url, auth="none") as operate:
            operate.tuning = Tuning(page_size=83, workers=3, seconds_between_passes=0)
            frame = read(operate=operate)
            columns = chosen_by(read, "v2", "8.9")
            for question in questions(frame, columns, chance):
                read(operate=operate, limit=chance.choice([None, 3]), recheck=False, **question)
            for column, sign in product(frame.columns, ["", "-"]):
                read(operate=operate, sort=sign + column, limit=4)
            if read is of.read_instances:
                read(operate=operate, with_variables={"ok": True, "amount": 1})
            if read in (of.read_variables, of.read_decision_instances):
                read(operate=operate, process_definition_id="few.0-ä")
        received = [each for each in server.requests if each.path.startswith("/v2/") and each.method == "POST"]

    judged = 0
    for request in received:
        assert request.body_size == len(request.body)  # else the log has cut it
        path = request.path.removeprefix("/v2/").removesuffix("/search")
        schemas[path].validate(json.loads(request.body))
        judged += path == V2_PATHS[read]
    assert judged > 5 * len(columns)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("process-instances", {"filter": {"processInstanceKey": {"$gt": "1"}}}),
        ("process-instances", {"filter": {"unknown": "1"}}),
        ("process-instances", {"page": {"from": 3, "after": "WzFd"}}),
        ("process-instances", {"filter": {"state": "CANCELED"}}),
        ("process-instances", {"page": {"limit": 0}}),
        ("process-instances", {"sort": [{"field": "tags"}]}),
        ("element-instances", {"filter": {"processInstanceKey": {"$in": ["1"]}}}),
        ("variables", {"filter": {"isTruncated": {"$eq": True}}}),
    ],
)
def test_the_schemas_refuse_what_the_server_does_not_take(path, body, schemas):
    assert not schemas[path].is_valid(body)
