"""What can be asked, and what a question that cannot be asked says before anything is sent."""

from __future__ import annotations

import datetime as dt
import json
import re

import numpy as np
import pandas as pd
import pytest

import operate_frames as of
from tests.support.scripted import EMPTY_PAGE, Answer, scripted


@pytest.fixture
def server():
    with scripted(lambda _: Answer(body=EMPTY_PAGE)) as (url, received):
        of.connect(url, auth="none")
        received.clear()
        yield received


def filter_sent(received):
    (request,) = received
    return json.loads(request.body).get("filter")


@pytest.mark.parametrize(
    ("filters", "kind", "said"),
    [
        ({"bpmnProcessId": "x"}, of.UnknownName, "did you mean 'process_definition_id'?"),
        ({"processDefinitionId": "x"}, of.UnknownName, "did you mean 'process_definition_id'?"),
        ({"parentKey": 1}, of.UnknownName, "did you mean 'parent_process_instance_key'?"),
        ({"proces_definition_id": "x"}, of.UnknownName, "did you mean 'process_definition_id'?"),
        ({"zzz": "x"}, of.UnknownName, "it has process_instance_key, process_definition_id"),
        ({"process_instance_key": "2251799813685271 "}, of.WrongType, "takes an integer, not the str"),
        ({"process_instance_key": "1e5"}, of.WrongType, "takes an integer, not the str '1e5'"),
        ({"process_instance_key": "9" * 25}, of.WrongType, "takes an integer"),
        ({"process_instance_key": 10**5000}, of.QuestionError, "no key or count has more than 64 bits"),
        ({"process_definition_version": "2"}, of.WrongType, "write process_definition_version=2"),
        ({"process_instance_key": 2251799813685271.0}, of.WrongType, "a float has no room for the last digits"),
        ({"process_instance_key": True}, of.WrongType, "not the bool True"),
        ({"process_instance_key": 2**63}, of.QuestionError, "no number out of range"),
        ({"process_definition_id": 5}, of.WrongType, "process_definition_id takes a text, not the int 5"),
        ({"process_definition_id": ["a", 5]}, of.WrongType, "takes a text, not the int 5"),
        ({"process_definition_id": ["a", None]}, of.WrongType, "write pd.NA for missing values"),
        ({"process_definition_id": {"a": 1}}, of.WrongType, "takes a text, not the dict"),
        ({"process_definition_id": of.between("a", "b")}, of.WrongType, "process_definition_id has no ranges"),
        ({"state": ("ACTIVE", "COMPLETED")}, of.QuestionError, "or ['ACTIVE', 'COMPLETED'] for any of them"),
        ({"process_definition_version": (1, 2)}, of.QuestionError, "write of.between(1, 2) for a range"),
        ({"process_instance_key": [(1, 2), 5]}, of.QuestionError, "or [1, 2] for any of them"),
        ({"process_instance_key": ()}, of.QuestionError, "takes no tuple"),
        ({"process_instance_key": pd.DataFrame({"a": [1]})}, of.WrongType, "write frame['column']"),
        ({"process_instance_key": pd.Series([1.5, 2.5])}, of.WrongType, "a float has no room"),
        ({"process_instance_key": of.between(5, 5)}, of.QuestionError, "holds no value"),
        ({"process_instance_key": of.between(None, None)}, of.QuestionError, "between nothing and nothing"),
        ({"start_date": of.between("2026-10-02", "2026-10-01")}, of.QuestionError, "must be smaller"),
        ({"start_date": "2026-1"}, of.QuestionError, "is no date: write it like '2026-10-31'"),
        ({"start_date": "2026-13"}, of.QuestionError, "is no date: write it like '2026-10-31'"),
        ({"start_date": "2026Q5"}, of.QuestionError, "is no date: write it like '2026-10-31'"),
        ({"start_date": "9999-12-31"}, of.QuestionError, "is out of range: dates reach from the year 1 to 9998"),
        ({"start_date": dt.date.max}, of.QuestionError, "is out of range"),
        ({"start_date": of.between("9999-12-31", None)}, of.QuestionError, "is out of range"),
        ({"start_date": "today"}, of.QuestionError, "is no date"),
        ({"start_date": of.between("now", None)}, of.QuestionError, "is no date"),
        ({"with_variables": 5}, of.WrongType, "write with_variables={'orderId': 42}"),
        ({"with_variables": {}}, of.WrongType, "write with_variables={'orderId': 42}"),
        ({"with_variables": {1: 2}}, of.WrongType, "names of variables as text"),
        ({"with_variables": {"a": (1, 2)}}, of.QuestionError, "write of.between"),
        ({"with_variables": {"a": [1, {2}]}}, of.WrongType, "takes a JSON value"),
        ({"with_variables": {"a": of.between(2, 1)}}, of.QuestionError, "between 2 and 1 holds no value"),
        ({"with_variables": {"a": of.between(1, "b")}}, of.WrongType, "a range of numbers, or of texts"),
        ({"with_variables": {"a": of.between(None, None)}}, of.QuestionError, "asks for any"),
        ({"with_variables": {"a": of.exclude()}}, of.QuestionError, "excludes nothing"),
        ({"with_variables": {"a": of.like("x*")}}, of.QuestionError, "not like()"),
        ({"variables": "customer"}, of.WrongType, "write variables=['customer']"),
        ({"variables": []}, of.QuestionError, "variables is empty"),
        ({"variables": ["a", "a"]}, of.QuestionError, "names a more than once"),
        ({"variables": ["a", 5]}, of.WrongType, "takes a list of names"),
        ({"incidents": 1}, of.WrongType, "incidents takes True or False"),
        ({"full_values": True}, of.QuestionError, "is of variables: name them"),
        ({"with_variables": {"a": {"b": of.between(1, 2)}}}, of.WrongType, "takes a JSON value"),
        ({"with_variables": {"a": {"b": {1}}}}, of.WrongType, "takes a JSON value"),
        ({"with_variables": {"a": pd.NA}}, of.WrongType, "write None for JSON's null"),
        ({"with_variables": {"a": float("nan")}}, of.WrongType, "JSON has no such number"),
        ({"with_variables": {"a": "x" * 9000}}, of.QuestionError, "the server finds no text above 8191"),
        ({"sort": "-stat"}, of.UnknownName, "no column 'stat': did you mean 'state'?"),
        ({"sort": ["state", "-state"]}, of.QuestionError, "more than once"),
        ({"sort": 5}, of.WrongType, "write sort='-start_date'"),
        ({"recheck": "yes"}, of.WrongType, "recheck takes True, False or None"),
        ({"recheck": True, "chunksize": 5}, of.QuestionError, "leave chunksize out"),
        ({"resume": 5}, of.WrongType, "resume takes what .resume"),
        (
            {"resume": {"resource": "incidents", "order": [], "after": [], "rows": 0}},
            of.QuestionError,
            "a read of incid",
        ),
        ({"decode": True}, of.UnknownName, "no filter 'decode'"),
        ({"process_definition_id": ""}, of.QuestionError, "matches no row"),
        ({"state": "ACTIV"}, of.QuestionError, "did you mean 'ACTIVE'?"),
        ({"state": "INCIDENT"}, of.QuestionError, "has_incident=True"),
        ({"has_incident": "true"}, of.WrongType, "takes True or False, not the str 'true'"),
        ({"has_incident": 1}, of.WrongType, "takes True or False"),
        ({"start_date": 1795485014414}, of.WrongType, "takes a date, a datetime or a text"),
        ({"start_date": "yesterday-ish"}, of.QuestionError, "is no date: write it like '2026-10-31'"),
        ({"start_date": dt.datetime(2026, 1, 1, microsecond=1)}, of.QuestionError, "to the millisecond"),
        ({"start_date": pd.Timestamp(1)}, of.QuestionError, "to the millisecond"),
        ({"limit": -1}, of.QuestionError, "limit=-1 cannot be: it takes 0 or more"),
        ({"limit": -(10**5000)}, of.QuestionError, "cannot be: it takes 0 or more"),
        ({"limit": 1.0}, of.WrongType, "limit takes a whole number of rows"),
        ({"limit": True}, of.WrongType, "limit takes a whole number of rows"),
        ({"chunksize": 0}, of.QuestionError, "chunksize=0 cannot be: it takes 1 or more"),
        ({"chunksize": "10"}, of.WrongType, "chunksize takes a whole number of rows"),
        ({"columns": "state"}, of.WrongType, "write columns=['state']"),
        ({"columns": 5}, of.WrongType, "columns takes a list of names"),
        ({"columns": ["stat"]}, of.UnknownName, "no column 'stat': did you mean 'state'?"),
        ({"columns": [1]}, of.UnknownName, "no column 1: names are text"),
        ({"columns": ["state", "state"]}, of.QuestionError, "more than once"),
        ({"columns": []}, of.QuestionError, "columns is empty"),
        ({"dtype_backend": "numpy"}, of.QuestionError, "use 'numpy_nullable' or 'pyarrow'"),
        ({"progress": "yes"}, of.WrongType, "progress takes True, False, None"),
        ({"operate": "http://localhost"}, of.WrongType, "operate takes what connect() gives, not str"),
    ],
)
def test_a_question_that_cannot_be_asked_is_one_clear_error_and_nothing_is_sent(server, filters, kind, said):
    with pytest.raises(kind) as caught:
        of.read_instances(**filters)

    assert said in str(caught.value)
    assert server == []


@pytest.mark.parametrize(
    ("filters", "sent"),
    [
        ({}, None),
        ({"state": None, "tenant_id": None}, None),
        ({"process_instance_key": 11258999068426241}, {"key": 11258999068426241}),
        ({"process_instance_key": np.int64(9007199254740993)}, {"key": 9007199254740993}),
        ({"process_definition_id": "a.b-ä"}, {"bpmnProcessId": "a.b-ä"}),
        ({"process_definition_version": 2}, {"processVersion": 2}),
        ({"state": "TERMINATED"}, {"state": "CANCELED"}),
        ({"state": "CANCELED"}, {"state": "CANCELED"}),
        ({"state": "active"}, {"state": "ACTIVE"}),
        ({"has_incident": np.bool_(True)}, {"incident": True}),
        ({"parent_process_instance_key": 5}, {"parentProcessInstanceKey": 5}),
        ({"start_date": "2026-10-31"}, {"startDate": "2026-10-31T00:00:00.000+0000||/d"}),
        ({"start_date": dt.date(2026, 10, 31)}, {"startDate": "2026-10-31T00:00:00.000+0000||/d"}),
        ({"end_date": "2026-10-31T12:00:00.123"}, {"endDate": "2026-10-31T12:00:00.123+0000"}),
        ({"end_date": "2026-10-31T12:00:00.5+02:00"}, {"endDate": "2026-10-31T10:00:00.500+0000"}),
        ({"end_date": pd.Timestamp("2026-10-31 12:00", tz="Asia/Tokyo")}, {"endDate": "2026-10-31T03:00:00.000+0000"}),
        ({"end_date": dt.datetime(2026, 10, 31, 1, 2, 3, 4000)}, {"endDate": "2026-10-31T01:02:03.004+0000"}),
    ],
)
def test_a_filter_is_sent_in_the_servers_words(server, filters, sent):
    of.read_instances(**filters, columns=["state"], recheck=False)

    assert filter_sent(server) == sent


def test_a_filter_that_the_server_would_ignore_is_not_sent(server):
    of.read_definitions(version_tag="2026.1", process_definition_id="order")

    assert filter_sent(server) == {"bpmnProcessId": "order"}


def test_a_limit_asks_for_no_more_rows_than_that_and_none_for_nothing(server):
    of.read_instances(limit=7, columns=["state"])
    assert json.loads(server[0].body)["size"] == 7

    server.clear()
    assert of.read_instances(limit=0).empty
    assert server == []


@pytest.mark.parametrize(
    ("ask", "kind", "said"),
    [
        (lambda: of.search("flownode-instances"), of.UnknownName, "did you mean 'element_instances'?"),
        (lambda: of.search("drd"), of.UnknownName, "did you mean 'decision_requirements'?"),
        (lambda: of.search("proces_instances"), of.UnknownName, "did you mean 'process_instances'?"),
        (lambda: of.search(5), of.UnknownName, "there are process_instances"),
        (lambda: of.read_variables(full_values="yes"), of.WrongType, "full_values takes True or False"),
        (lambda: of.read_variables(decode=1), of.WrongType, "decode takes True or False"),
        (lambda: of.read_variables(process_definition_id=pd.NA), of.QuestionError, "it is no column there"),
        (lambda: of.read_variables(with_variables={"a": 1}), of.UnknownName, "no filter 'with_variables'"),
        (lambda: of.read_element_instances(type="SERVICE_TSK"), of.QuestionError, "did you mean 'SERVICE_TASK'?"),
        (lambda: of.read_decision_instances(state="FAILD"), of.QuestionError, "did you mean 'FAILED'?"),
        (lambda: of.read_definition_xml("x"), of.WrongType, "process_definition_key takes an integer, not the str 'x'"),
        (lambda: of.read_variables(value="Ada"), of.QuestionError, """a text has its quotes, value='"Ada"'."""),
        (lambda: of.read_variables(value=["1", "tru"]), of.QuestionError, "value='tru' is no JSON"),
        (lambda: of.read_variables(value=of.between(1, 2)), of.WrongType, "value has no ranges"),
        (lambda: of.read_variables(value=float("inf")), of.WrongType, "JSON has no such number"),
        (lambda: of.read_element_statistics(True), of.WrongType, "process_instance_key takes an integer"),
        (lambda: of.read_sequence_flows(5.0), of.WrongType, "process_instance_key takes an integer"),
        (lambda: of.search("incidents", recheck=True).batches(), of.QuestionError, "recheck=True needs the whole read"),
    ],
)
def test_what_cannot_be_asked_of_the_others(server, ask, kind, said):
    with pytest.raises(kind, match=re.escape(said)):
        ask()

    assert server == []


@pytest.mark.parametrize(
    ("filters", "sent"),
    [
        ({"state": ["ACTIVE", "TERMINATED"]}, [{"state": "ACTIVE"}, {"state": "CANCELED"}]),
        ({"state": ["ACTIVE"], "process_definition_id": "a"}, [{"state": "ACTIVE", "bpmnProcessId": "a"}]),
        ({"state": []}, []),
        ({"process_definition_version": of.between(2, 4)}, [{"processVersion": 2}, {"processVersion": 3}]),
        ({"process_instance_key": list(range(1, 66))}, [None]),
        ({"end_date": pd.NA}, [None]),
        (
            {"start_date": of.between("2026-09-15", "2026-11-02")},
            [{"startDate": f"2026-09-{day}T00:00:00.000+0000||/d"} for day in range(15, 31)]
            + [{"startDate": "2026-10-01T00:00:00.000+0000||/M"}, {"startDate": "2026-11-01T00:00:00.000+0000||/d"}],
        ),
        (
            {"start_date": of.between("2026-10-01T00:00:00", "2026-10-01T01:01:00")},
            [
                {"startDate": "2026-10-01T00:00:00.000+0000||/h"},
                {"startDate": "2026-10-01T01:00:00.000+0000||/m"},
            ],
        ),
        (
            {"start_date": of.between("2020-01-01", "2026-01-01")},
            [{"startDate": f"{y}-01-01T00:00:00.000+0000||/y"} for y in range(2020, 2026)],
        ),
        (
            {"process_definition_key": [1, 2], "state": ["ACTIVE", "COMPLETED"]},
            [{"processDefinitionKey": 1}, {"processDefinitionKey": 2}],
        ),
    ],
)
def test_lists_and_ranges_become_searches(server, filters, sent):
    of.read_instances(**filters, columns=["process_instance_key"], recheck=False, workers=1)

    assert [json.loads(request.body).get("filter") for request in server] == sent
    assert list(of.search("process_instances", **filters).explain().queries) == [each or {} for each in sent]


def test_keys_bound_the_walk(server):
    of.read_instances(process_instance_key=of.between(100, 200), columns=["state"], recheck=False)
    of.read_instances(process_instance_key=list(range(100, 300, 2)), columns=["state"], recheck=False)

    assert [json.loads(request.body)["searchAfter"] for request in server] == [[99], [99]]


def test_the_server_sorts_under_a_limit_by_what_it_can_sort(server):
    of.read_instances(sort="-start_date", limit=7, columns=["state"], recheck=False)
    of.read_instances(sort="-end_date", limit=7, columns=["state"], recheck=False)
    of.read_instances(sort="-start_date", columns=["state"], recheck=False)

    bodies = [json.loads(request.body) for request in server]
    assert bodies[0] == {"size": 7, "sort": [{"field": "startDate", "order": "DESC"}]}
    assert bodies[1:] == [{"size": 1000}] * 2


def test_explaining_sends_nothing_unless_told_to(server):
    asked = of.search("variables", process_definition_id="order", name=["a", "b"])

    text = str(asked.explain())
    assert server == []
    assert "first reads process_instances with process_definition_id 'order' for their keys" in text
    assert "variables(process_definition_id='order', name=['a', 'b'])" in text
    probed = asked.explain(probe=True)
    assert len(server) == probed.requests > 0


@pytest.mark.parametrize(
    ("resource", "option", "said"),
    [
        ("incidents", {"chunksize": 5}, "search() takes no chunksize: what it gives does, .frames(chunksize)."),
        ("incidents", {"dtype_backend": "pyarrow"}, "what it gives does, .to_pandas(dtype_backend)"),
        ("variables", {"decode": True}, "what it gives does, .to_pandas(decode=True)"),
    ],
)
def test_what_a_search_takes_only_later_is_said(resource, option, said):
    with pytest.raises(of.UnknownName) as caught:
        of.search(resource, **option)

    assert said in str(caught.value)
