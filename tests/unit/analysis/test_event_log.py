"""Event logs of frames: which events there are, in which order, with which columns."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import operate_frames as of
from operate_frames.errors import QuestionError, UnknownName, WrongType
from tests.support.event_rows import START, element, elements, instances, with_amounts

DTYPES = {
    "case:concept:name": "string",
    "concept:name": "string",
    "time:timestamp": "datetime64[us, UTC]",
    "lifecycle:transition": "string",
    "org:resource": "string",
    "concept:instance": "string",
    "element_id": "string",
    "element_type": "string",
    "process_instance_key": "Int64",
    "process_definition_id": "string",
}


def told(log):
    """Case, name and transition of each event."""
    columns = ["case:concept:name", "concept:name", "lifecycle:transition"]
    return list(log[columns].itertuples(index=False, name=None))


def test_an_element_gives_a_start_and_an_end_by_case_and_time():
    log = of.event_log(
        elements(
            element(21, 2, 1, name="B"), element(12, 1, 5, 9, "TERMINATED", name="C"), element(11, 1, 0, 5, name="A")
        )
    )
    assert told(log) == [
        ("1", "A", "start"),
        ("1", "A", "complete"),
        ("1", "C", "start"),
        ("1", "C", "ate_abort"),
        ("2", "B", "start"),
    ]
    assert log["concept:instance"].tolist() == ["11", "11", "12", "12", "21"]
    assert {name: str(dtype) for name, dtype in log.dtypes.items()} == DTYPES
    assert log.index.tolist() == [0, 1, 2, 3, 4]


def test_an_empty_frame_gives_an_empty_log_of_the_same_dtypes():
    log = of.event_log(elements(), incidents=incidents(0), variables=["amount"], instances=with_amounts())
    assert len(log) == 0
    assert {name: str(log.dtypes[name]) for name in DTYPES} == DTYPES
    assert str(log.dtypes["case:amount"]) == "Float64"


@pytest.mark.parametrize(("transitions", "expected"), [("start", 3), (["complete"], 2), (("complete", "start"), 5)])
def test_one_event_per_start_or_end_is_enough_where_asked(transitions, expected):
    rows = elements(element(11, 1, 0, 5), element(12, 1, 5, 9), element(21, 2, 1))
    assert len(of.event_log(rows, transitions=transitions)) == expected


def test_an_element_without_a_name_is_called_by_its_id():
    assert of.event_log(elements(element(11, 1, 0, name=None)))["concept:name"].tolist() == ["id11"]


def incidents(count):
    rows = pd.DataFrame(
        {
            "incident_key": range(100, 102),
            "process_instance_key": [1, 9],
            "process_definition_id": "order",
            "element_id": "id11",
            "error_type": "JOB_NO_RETRIES",
            "error_message": "no",
            "creation_time": START + pd.Timedelta(seconds=3),
        }
    )
    return rows.head(count)


def test_incidents_of_these_instances_are_events_when_they_came():
    log = of.event_log(elements(element(11, 1, 0, 5)), incidents=incidents(2))
    assert told(log)[1] == ("1", "Incident JOB_NO_RETRIES", "complete")
    assert log["error_message"].tolist() == [pd.NA, "no", pd.NA]
    assert len(log) == 3


def test_variables_are_columns_of_the_case():
    rows = elements(element(11, 1, 0, 5), element(21, 2, 1))
    log = of.event_log(rows, variables=["amount", "state"], instances=with_amounts())
    assert log["case:amount"].tolist() == [1.5, 1.5, pd.NA]
    assert log["case:state"].tolist() == ["x", "x", "y"]
    root = of.event_log(rows, variables=["amount"], instances=with_amounts(), case="root")
    assert root["case:amount"].tolist() == [1.5, 1.5, 1.5]


def test_the_instance_at_the_top_is_the_case():
    rows = elements(element(11, 1, 0, 9), element(21, 2, 1, 4), element(31, 3, 2, 3), element(41, 4, 0))
    log = of.event_log(rows, case="root", instances=instances(i1=None, i2=1, i3=2))
    assert log["case:concept:name"].tolist() == ["1"] * 6 + ["4"]
    assert log["process_instance_key"].tolist() == [1, 2, 3, 3, 2, 1, 4]
    said = rows.assign(root_process_instance_key=[1, 1, 1, 4])
    pd.testing.assert_frame_equal(of.event_log(said, case="root"), log)


def test_instances_that_call_each_other_in_a_circle_end():
    rows = elements(element(11, 1, 0, 9), element(21, 2, 1, 4))
    assert len(of.event_log(rows, case="root", instances=instances(i1=2, i2=1))) == 4


def test_who_a_user_task_is_assigned_to_is_the_resource():
    tasks = pd.DataFrame({"element_instance_key": [12, 12, 99], "assignee": ["ada", "bob", "eve"]})
    log = of.event_log(elements(element(11, 1, 0, 5), element(12, 1, 5, 9)), user_tasks=tasks)
    assert log["org:resource"].tolist() == [pd.NA, pd.NA, "ada", "ada"]


def test_other_dtypes_of_the_same_values_give_the_same_log():
    rows = elements(element(11, 1, 0, 5), element(12, 1, 5))
    typed = rows.convert_dtypes(dtype_backend="pyarrow")
    pd.testing.assert_frame_equal(of.event_log(typed.set_index("element_id", drop=False)), of.event_log(rows))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 4), st.integers(0, 5), st.one_of(st.none(), st.integers(0, 3))),
        min_size=1,
        max_size=12,
    ),
    st.randoms(use_true_random=False),
)
def test_the_log_is_that_of_a_plain_loop_in_whatever_order_rows_come(drawn, chance):
    rows = [
        element(10 + number, instance, began, None if lasted is None else began + lasted)
        for number, (instance, began, lasted) in enumerate(drawn)
    ]
    expected = sorted(
        (row["process_instance_key"], moment, row["element_instance_key"], rank)
        for row in rows
        for rank, moment in enumerate((row["start_date"], row["end_date"]))
        if not pd.isna(moment)
    )
    chance.shuffle(rows)
    log = of.event_log(elements(*rows))
    found = zip(
        log["process_instance_key"],
        log["time:timestamp"],
        log["concept:instance"].astype(int),
        log["lifecycle:transition"].eq("complete").astype(int),
        strict=True,
    )
    assert list(found) == expected


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"case": "element"}, QuestionError, "case takes"),
        ({"transitions": "schedule"}, QuestionError, "transitions takes"),
        ({"transitions": ()}, QuestionError, "transitions takes"),
        ({"variables": "amount"}, WrongType, "variables takes names"),
        ({"variables": ["concept:name"]}, QuestionError, "name of the case itself"),
        ({"variables": ["amount"]}, QuestionError, "of.read_instances"),
        ({"variables": ["lost"], "instances": with_amounts()}, UnknownName, "'lost'"),
        ({"incidents": True}, QuestionError, "of.read_incidents"),
        ({"incidents": 3}, WrongType, "frame of of.read_incidents"),
        ({"user_tasks": True}, QuestionError, "of.read_user_tasks"),
        ({"case": "root"}, QuestionError, "who called whom"),
        ({"state": "ACTIVE"}, QuestionError, "state="),
        ({"operate": object()}, QuestionError, "operate="),
        ({"explain": True}, QuestionError, "explain"),
    ],
)
def test_what_cannot_be_is_said_in_one_error(arguments, error, said):
    with pytest.raises(error, match=said):
        of.event_log(elements(element(11, 1, 0)), **arguments)


def test_a_frame_that_is_none_of_elements_is_refused():
    with pytest.raises(UnknownName, match="element_name"):
        of.event_log(elements(element(11, 1, 0)).drop(columns="element_name"))
    with pytest.raises(WrongType, match="read_element_instances"):
        of.event_log([1])
    with pytest.raises(WrongType, match="dtypes"):
        of.event_log(elements(element(11, 1, 0)).assign(process_instance_key="one"))
