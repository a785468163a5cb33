"""Rules of the wire contract that no recorded exchange shows."""

from __future__ import annotations

import json

import pytest

from operate_frames.sandbox import serve
from operate_frames.sandbox.tables import dates
from operate_frames.sandbox.v1.search import _java_text

DATABASES = ["elasticsearch", "opensearch"]
SEARCHED = {
    "process-instances",
    "process-definitions",
    "flownode-instances",
    "incidents",
    "variables",
    "decision-definitions",
    "decision-instances",
    "drd",
}
ENTITIES = "io.camunda.operate.webapp.api.v1.entities."


@pytest.fixture(scope="module")
def sandboxes():
    with (
        serve(auth="none") as elasticsearch,
        serve(auth="none", database="opensearch") as opensearch,
    ):
        yield {"elasticsearch": elasticsearch, "opensearch": opensearch}


@pytest.fixture
def sandbox(sandboxes):
    return sandboxes["elasticsearch"]


def unread(database, resource="process instances"):
    return f"Error in reading {resource if database == 'elasticsearch' else 'incidents'}"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('{"size": "abc"}', '`int` from String "abc": not a valid `int` value'),
        ('{"size": true}', "`int` from Boolean value (token `JsonToken.VALUE_TRUE`)"),
        ('{"filter": []}', f"`{ENTITIES}ProcessInstance` from Array value (token `JsonToken.START_ARRAY`)"),
        (
            '{"sort": {}}',
            f"`java.util.ArrayList<{ENTITIES}Query$Sort>` from Object value (token `JsonToken.START_OBJECT`)",
        ),
        ('{"searchAfter": 1}', "`java.lang.Object[]` from Integer value (token `JsonToken.VALUE_NUMBER_INT`)"),
        ('{"filter": {"incident": "x"}}', '`java.lang.Boolean` from String "x": only "true" or "false" recognized'),
        ('{"filter": {"parentKey": "x"}}', '`java.lang.Long` from String "x": not a valid `java.lang.Long` value'),
        ('{"filter": {"bpmnProcessId": {}}}', "`java.lang.String` from Object value (token `JsonToken.START_OBJECT`)"),
    ],
)
def test_what_jackson_cannot_read_is_named_in_its_words(sandbox, search, body, message):
    answer = search(sandbox, data=body, headers={"Content-Type": "application/json"})
    told = answer.json()
    assert (answer.status_code, told["type"]) == (400, "Invalid request")
    assert told["message"] == f"JSON parse error: Cannot deserialize value of type {message}"


def test_numbers_out_of_range_and_empty_orders_have_texts_of_their_own(sandbox, search):
    told = search(sandbox, {"size": 3_000_000_000}).json()["message"]
    assert told == "JSON parse error: Numeric value (3000000000) out of range of int (-2147483648 - 2147483647)"
    told = search(sandbox, {"sort": [{"field": "key", "order": ""}]}).json()["message"]
    assert told.startswith('JSON parse error: Cannot coerce empty String ("") to `')


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ('{"size": 3} rest', 3),
        ('{"size": 3 /* three */} // rows', 3),
        ('{"size": 3, "filter": {"bpmnProcessId": "// no comment"}} //', 0),
        ('{"size": "3"}', 3),
        ('{"size": 3.9}', 3),
        ('{"size": 2, "size": 3}', 3),
        ("null", 10),
        ("", 10),
    ],
)
def test_jackson_reads_more_than_json(sandbox, search, body, count):
    answer = search(sandbox, data=body, headers={"Content-Type": "application/json;charset=UTF-8"})
    assert len(answer.json()["items"]) == count


@pytest.mark.parametrize("body", ["{bad", '{"size": NaN}', "[" * 100_000, '{"size": ', "\x00"])
def test_what_is_no_json_is_a_400(sandbox, search, body):
    answer = search(sandbox, data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("JSON parse error: ")


@pytest.mark.parametrize("resource", sorted(SEARCHED))
def test_a_null_key_matches_nothing_where_the_setter_takes_a_primitive(sandbox, search, resource):
    total = search(sandbox, {"filter": {"key": None}}, resource).json()["total"]
    wrapped = resource in {"flownode-instances", "incidents", "variables"}
    assert (total > 0) == wrapped


@pytest.mark.parametrize(
    ("resource", "filters"),
    [
        ("process-definitions", {"versionTag": "nope"}),
        ("flownode-instances", {"flowNodeName": "nope"}),
        ("decision-instances", {"result": "nope", "evaluatedInputs": [], "evaluatedOutputs": None}),
        ("incidents", {"nope": 1, "state": "", "jobKey": None, "tenantId": None}),
        ("process-instances", {"incident": None, "parentKey": None, "processVersionTag": ""}),
    ],
)
def test_some_filters_are_ignored(sandbox, search, resource, filters):
    everything = search(sandbox, resource=resource).json()
    assert search(sandbox, {"filter": filters}, resource).json() == everything


def test_a_parent_is_found_by_either_name(sandbox, search):
    rows = search(sandbox, {"size": 1000}).json()["items"]
    parent = next(row["parentKey"] for row in rows if "parentKey" in row)
    for name in ("parentKey", "parentProcessInstanceKey"):
        assert search(sandbox, {"filter": {name: parent}}).json()["total"] == 1


def test_the_size_is_judged_before_search_after_and_the_sort_before_both(sandbox, search):
    bad = {"size": 0, "searchAfter": [], "sort": [{"field": "nope"}, {"field": "state"}, {"field": "nope2"}]}
    assert search(sandbox, bad).json()["message"] == "Sort has invalid field(s): nope, nope2"
    del bad["sort"]
    assert search(sandbox, bad).json()["message"].startswith("size should be")
    del bad["size"]
    assert search(sandbox, bad).json()["message"] == "searchAfter should have a least 1 value"
    one = {"sort": [], "searchAfter": [1, 2]}
    assert search(sandbox, one).json()["message"] == "searchAfter should have a 1 values"


@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.parametrize(
    ("value", "statuses"),
    [
        (2251799813685260.5, (200, 200)),
        ("2251799813685260.7", (200, 200)),
        (99999999999999999999, ("empty", "empty")),
        (-1, (200, 200)),
        (True, (500, 500)),
        ("zzz", (500, 500)),
        (None, (500, 500)),
        ({}, (400, 500)),
        ([1], (400, 500)),
    ],
)
def test_search_after_on_a_long_key(sandboxes, search, database, value, statuses):
    wanted = statuses[DATABASES.index(database)]
    answer = search(sandboxes[database], {"size": 1, "searchAfter": [value]})
    if wanted == "empty":
        assert answer.json()["items"] == answer.json()["sortValues"] == []
        assert answer.json()["total"] == 200
    else:
        assert answer.status_code == wanted
    if wanted == 500:
        assert answer.json()["message"] == unread(database)


def test_a_float_starts_the_walk_over_text_keys_again(sandbox, search):
    first = search(sandbox, {"size": 1}, "process-definitions").json()
    again = {"size": 1, "searchAfter": [float(first["sortValues"][0]) + 0.5]}
    assert search(sandbox, again, "process-definitions").json() == first
    assert search(sandbox, {"searchAfter": [3e15]}, "process-definitions").json()["items"] == []
    assert search(sandbox, {"searchAfter": [True]}, "process-definitions").json()["items"] == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2251799813685260.5, "2.2517998136852605E15"),
        (3000000000000000.0, "3.0E15"),
        (0.00012, "1.2E-4"),
        (-12345678.0, "-1.2345678E7"),
        (12.5, "12.5"),
        (0.0, "0.0"),
        (None, "null"),
        ({"a": [1, True]}, "{a=[1, true]}"),
    ],
)
def test_values_become_text_as_in_java(value, text):
    assert _java_text(value) == text


@pytest.mark.parametrize("database", DATABASES)
def test_dates_come_back_as_milliseconds_and_are_taken_as_text(sandboxes, search, database):
    question = {"size": 2, "sort": [{"field": "startDate"}]}
    page = search(sandboxes[database], question).json()
    last = page["items"][-1]
    moment = dates.milliseconds(last["startDate"])
    wanted = [moment, last["key"]]
    assert page["sortValues"] == (wanted if database == "elasticsearch" else [str(value) for value in wanted])
    rest = search(sandboxes[database], question | {"searchAfter": page["sortValues"]}).json()
    for text in (last["startDate"], last["startDate"].replace("+0000", "Z"), str(moment)):
        assert search(sandboxes[database], question | {"searchAfter": [text, last["key"]]}).json() == rest
    refused = search(sandboxes[database], question | {"searchAfter": ["-9223372036854775808", 1]})
    assert refused.json()["message"] == unread(database)


@pytest.mark.parametrize("database", DATABASES)
def test_flags_are_sorted_as_numbers(sandboxes, search, database):
    question = {"size": 1, "sort": [{"field": "incident"}]}
    page = search(sandboxes[database], question).json()
    assert page["sortValues"][0] == (0 if database == "elasticsearch" else "0")
    for value, status in (("1", 200), (1, 200), (True, 500), ("true", 500)):
        assert search(sandboxes[database], question | {"searchAfter": [value, 1]}).status_code == status


@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.parametrize("text", ["junk", "2026-09-01", "X+00:00", "XZ", "X||/ms", "X||/x", "X||d", 1, True])
def test_what_is_no_date_is_a_500(sandboxes, search, database, text):
    text = text.replace("X", "2026-09-01T00:00:00.000") if isinstance(text, str) else text
    answer = search(sandboxes[database], {"filter": {"startDate": text}})
    assert (answer.status_code, answer.json()["message"]) == (500, unread(database))


def test_an_empty_date_filters_nothing_on_opensearch_and_fails_on_elasticsearch(sandboxes, search):
    body = {"filter": {"startDate": ""}}
    assert search(sandboxes["opensearch"], body).json()["total"] == 200
    assert search(sandboxes["elasticsearch"], body).status_code == 500


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("X", "2026-03-04T05:06:07.089+0000", "2026-03-04T05:06:07.089+0000"),
        ("X||", "2026-03-04T05:06:07.089+0000", "2026-03-04T05:06:07.089+0000"),
        ("X||/y", "2026-01-01T00:00:00.000+0000", "2026-12-31T23:59:59.999+0000"),
        ("X||/M", "2026-03-01T00:00:00.000+0000", "2026-03-31T23:59:59.999+0000"),
        ("X||/w", "2026-03-02T00:00:00.000+0000", "2026-03-08T23:59:59.999+0000"),
        ("X||/d", "2026-03-04T00:00:00.000+0000", "2026-03-04T23:59:59.999+0000"),
        ("X||/h", "2026-03-04T05:00:00.000+0000", "2026-03-04T05:59:59.999+0000"),
        ("X||/H", "2026-03-04T05:00:00.000+0000", "2026-03-04T05:59:59.999+0000"),
        ("X||/m", "2026-03-04T05:06:00.000+0000", "2026-03-04T05:06:59.999+0000"),
        ("X||/s", "2026-03-04T05:06:07.000+0000", "2026-03-04T05:06:07.999+0000"),
        ("X||-1d/d", "2026-03-03T00:00:00.000+0000", "2026-03-03T23:59:59.999+0000"),
        ("X||+1M-1y/M", "2025-04-01T00:00:00.000+0000", "2025-04-30T23:59:59.999+0000"),
        ("2026-03-31T00:00:00.000+0200||-1M", "2026-02-28T22:00:00.000+0000", "2026-02-28T22:00:00.000+0000"),
        ("now/d", "2026-03-04T00:00:00.000+0000", "2026-03-04T23:59:59.999+0000"),
    ],
)
def test_date_math(monkeypatch, text, first, last):
    moment = "2026-03-04T05:06:07.089+0000"
    monkeypatch.setattr(dates, "now", lambda: dates.milliseconds(moment))
    ends = dates.span(text.replace("X", moment))
    assert ends == (dates.milliseconds(first), dates.milliseconds(last))


def test_a_page_of_a_calendar_day_holds_that_day(sandbox, search):
    rows = search(sandbox, {"size": 1000}).json()["items"]
    day = rows[0]["startDate"][:10]
    page = search(sandbox, {"size": 1000, "filter": {"startDate": f"{day}T12:00:00.000+0000||/d"}}).json()
    assert page["items"] == [row for row in rows if row["startDate"].startswith(day)]


def test_words_of_an_incident_match_in_any_order(sandbox, search):
    def found(message):
        return search(sandbox, {"filter": {"message": message}}, "incidents").json()["total"]

    assert found("DECLINED, payment") == found("payment declined") > 0
    assert found("payment nothing") == found("declin") == found("!!!") == 0


@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.parametrize("resource", ["decision-instances", "drd"])
def test_two_resources_are_not_validated(sandboxes, search, database, resource):
    def status(body):
        return search(sandboxes[database], body, resource).status_code

    refused = 400 if database == "elasticsearch" else 500
    assert status({"size": 0}) == status({"size": 1001}) == status({"size": 10_000}) == 200
    assert status({"size": 10_001}) == status({"sort": [{"field": "nope"}]}) == 500
    assert status({"size": -1}) == status({"searchAfter": []}) == refused
    assert status({"sort": [{}]}) == 400


def test_only_a_by_key_read_shows_inputs_and_full_values(sandboxes, search, session):
    for database, sandbox in sandboxes.items():
        decision = search(sandbox, {"size": 1}, "decision-instances").json()["items"][0]
        full = session.get(f"{sandbox.base_url}/v1/decision-instances/{decision['id']}").json()
        assert "evaluatedInputs" not in decision
        assert full["evaluatedInputs"][0]["value"] == "1000"
        cut = search(sandbox, {"filter": {"truncated": True}}, "variables").json()["items"][0]
        assert len(cut["value"]) == 8191
        by_key = session.get(f"{sandbox.base_url}/v1/variables/{cut['key']}").json()
        if database == "elasticsearch":
            assert cut["truncated"] is True
            assert by_key["truncated"] is False
            assert by_key["value"].startswith(cut["value"])
            assert len(by_key["value"]) > 8191
        else:
            assert by_key == cut
            assert "truncated" not in cut


def test_finished_instances_can_be_deleted_with_all_that_belongs_to_them(session, search):
    with serve(instances=60, auth="none") as sandbox:
        rows = search(sandbox, {"size": 1000}).json()["items"]
        path = f"{sandbox.base_url}/v1/process-instances"
        active = next(row["key"] for row in rows if row["state"] == "ACTIVE")
        refused = session.delete(f"{path}/{active}")
        needed = "Process instances needs to be in one of the states [COMPLETED, CANCELED]"
        assert (refused.status_code, refused.json()["message"]) == (400, needed)
        ended = next(row["key"] for row in rows if row["state"] == "COMPLETED")
        assert session.get(f"{path}/{ended}/statistics").json()
        assert search(sandbox, {"filter": {"processInstanceKey": ended}}, "variables").json()["total"] > 0
        deleted = session.delete(f"{path}/{ended}")
        message = f"Process instance and dependant data deleted for key '{ended}'"
        assert deleted.json() == {"message": message, "deleted": 1}
        for route in ("", "/statistics", "/sequence-flows"):
            answer = session.get(f"{path}/{ended}{route}")
            assert answer.json()["message"] == f"No process instances found for key {ended} "
        assert search(sandbox, {"size": 1000}).json()["items"] == [row for row in rows if row["key"] != ended]
        for resource in ("variables", "flownode-instances"):
            assert search(sandbox, {"filter": {"processInstanceKey": ended}}, resource).json()["total"] == 0


def test_lists_without_a_type_of_their_own_turn_to_xml(sandbox, search, session):
    key = search(sandbox, {"filter": {"state": "COMPLETED", "bpmnProcessId": "tick"}}).json()["items"][0]["key"]
    path = f"{sandbox.base_url}/v1/process-instances/{key}"
    flows = session.get(f"{path}/sequence-flows", headers={"Accept": "text/xml"})
    assert flows.text == "<List><item>f1</item><item>f2</item></List>"
    assert flows.headers["Content-Type"] == "text/xml;charset=UTF-8"
    counts = session.get(f"{path}/statistics", headers={"Accept": "application/xml"})
    assert counts.text.startswith("<Collection><item><activityId>e</activityId><active>0</active>")


def test_what_nobody_can_write_is_a_406(sandbox, session):
    path = f"{sandbox.base_url}/v1/process-definitions/2251799813685255"
    for accept, media in (("text/xml", "text/xml;charset=UTF-8"), ("application/xml", "application/xml;charset=UTF-8")):
        answer = session.get(path, headers={"Accept": accept})
        assert (answer.status_code, answer.headers["Content-Type"]) == (406, media)
        assert "<error>Not Acceptable</error>" in answer.text
    assert session.get(path, headers={"Accept": "image/png"}).status_code == 406
    assert session.get(path, headers={"Accept": "image/png, application/*;q=0.1"}).status_code == 200


def test_a_trailing_slash_or_another_method_is_another_route(sandbox, session):
    assert session.get(f"{sandbox.base_url}/v1/drd/1/").status_code == 404
    assert session.get(f"{sandbox.base_url}/v1/process-instances").status_code == 404
    answer = session.put(f"{sandbox.base_url}/v1/variables/search", json={})
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, POST")


def test_answers_are_written_as_jackson_writes(sandbox, search):
    page = search(sandbox, {"size": 1000})
    assert page.headers["Transfer-Encoding"] == "chunked"
    assert page.headers["Content-Type"] == "application/json"
    assert page.text == json.dumps(page.json(), ensure_ascii=False, separators=(",", ":"))
    assert list(page.json()) == ["items", "sortValues", "total"]


@pytest.mark.parametrize(("database", "rows"), [("elasticsearch", 0), ("opensearch", None)])
def test_a_blank_message_finds_nothing_on_elasticsearch_and_everything_on_opensearch(sandboxes, search, database, rows):
    everything = search(sandboxes[database], {}, "incidents").json()["total"]

    found = search(sandboxes[database], {"filter": {"message": ""}}, "incidents").json()["total"]

    assert found == (everything if rows is None else rows)
    assert everything > 0


def test_a_wrong_sort_field_is_named_as_often_as_it_is_given(sandbox, search):
    answer = search(sandbox, {"sort": [{"field": "a", "order": "ASC"}, {"field": "a"}]})

    assert answer.json()["message"] == "Sort has invalid field(s): a, a"


def test_the_type_is_refused_before_the_key_of_a_diagram(sandbox, session):
    url = f"{sandbox.base_url}/v1/drd/abc/xml"

    assert session.get(url, headers={"Accept": "application/json"}).status_code == 406
    assert session.get(url).status_code == 400
