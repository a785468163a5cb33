"""What can be asked, and what a question that cannot be asked says before anything is sent."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest

import operate_frames as of
from tests.scripted import EMPTY_PAGE, Answer, scripted


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
        ({"process_instance_key": "2251799813685271"}, of.WrongType, "write process_instance_key=2251799813685271"),
        ({"process_instance_key": 2251799813685271.0}, of.WrongType, "a float has no room for the last digits"),
        ({"process_instance_key": True}, of.WrongType, "not the bool True"),
        ({"process_instance_key": 2**63}, of.QuestionError, "is out of range"),
        ({"process_definition_id": 5}, of.WrongType, "process_definition_id takes a text, not the int 5"),
        ({"process_definition_id": ["a", "b"]}, of.WrongType, "takes a text, not the list"),
        ({"process_definition_id": ""}, of.QuestionError, "matches no row"),
        ({"process_definition_id": pd.NA}, of.WrongType, "takes a text"),
        ({"state": "ACTIV"}, of.QuestionError, "did you mean 'ACTIVE'?"),
        ({"state": "INCIDENT"}, of.QuestionError, "has_incident=True"),
        ({"has_incident": "true"}, of.WrongType, "takes True or False, not the str 'true'"),
        ({"has_incident": 1}, of.WrongType, "takes True or False"),
        ({"start_date": 1795485014414}, of.WrongType, "takes a date, a datetime or a text"),
        ({"start_date": "yesterday-ish"}, of.QuestionError, "is no date: write it like '2026-10-31'"),
        ({"start_date": pd.NaT}, of.WrongType, "takes a date"),
        ({"start_date": dt.datetime(2026, 1, 1, microsecond=1)}, of.QuestionError, "to the millisecond"),
        ({"start_date": pd.Timestamp(1)}, of.QuestionError, "to the millisecond"),
        ({"limit": -1}, of.QuestionError, "limit=-1 cannot be: it takes 0 or more"),
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
        ({"parent_process_instance_key": 5}, {"parentKey": 5}),
        ({"start_date": "2026-10-31"}, {"startDate": "2026-10-31T00:00:00.000+0000||/d"}),
        ({"start_date": dt.date(2026, 10, 31)}, {"startDate": "2026-10-31T00:00:00.000+0000||/d"}),
        ({"end_date": "2026-10-31T12:00:00.123"}, {"endDate": "2026-10-31T12:00:00.123+0000"}),
        ({"end_date": "2026-10-31T12:00:00.5+02:00"}, {"endDate": "2026-10-31T10:00:00.500+0000"}),
        ({"end_date": pd.Timestamp("2026-10-31 12:00", tz="Asia/Tokyo")}, {"endDate": "2026-10-31T03:00:00.000+0000"}),
        ({"end_date": dt.datetime(2026, 10, 31, 1, 2, 3, 4000)}, {"endDate": "2026-10-31T01:02:03.004+0000"}),
    ],
)
def test_a_filter_is_sent_in_the_servers_words(server, filters, sent):
    of.read_instances(**filters, columns=["state"])

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
