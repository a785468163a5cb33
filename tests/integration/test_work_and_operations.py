"""User tasks, jobs, messages, batch operations, the audit log: what only v2 has, and what is its own about them."""

from __future__ import annotations

import json
import random

import pandas as pd
import pytest

import operate_frames as of
from operate_frames.reading.options import Tuning
from operate_frames.sandbox import serve
from tests.support.names import FURTHER_READERS, V2_PATHS
from tests.support.scripted import Answer, scripted

EACH = pytest.mark.parametrize("read", FURTHER_READERS, ids=lambda read: read.__name__)


@pytest.fixture(scope="module")
def server():
    with serve(auth="none", version="8.10", instances=2_000) as server:
        yield server


@pytest.fixture
def operate(server):
    with of.connect(server.base_url, auth="none") as operate:
        yield operate


def sent(server, read):
    """The last search that was sent."""
    path = f"/v2/{V2_PATHS[read]}/search"
    return json.loads([each.body for each in server.requests if each.path == path][-1])


def asked(server, read):
    """Its filter."""
    return sent(server, read).get("filter", {})


@EACH
@pytest.mark.parametrize(("version", "api"), [("8.6", None), ("8.9", "v1"), ("8.8", "v2")])
def test_a_server_that_has_none_is_one_error_and_no_request(read, version, api):
    with serve(auth="none", version=version) as server, of.connect(server.base_url, auth="none", api=api) as operate:
        before = len(server.requests)
        if api == "v2" and read is not of.read_audit_logs:
            assert len(read(operate=operate))
            return
        with pytest.raises(of.UnknownName, match=r"from Camunda 8\.[89] on") as refused:
            read(operate=operate)
        assert len(server.requests) == before
        assert api == "v2" or 'connect(api="v2")' in str(refused.value)


def test_tasks_of_a_group_are_found_by_the_server(server, operate):
    whole = of.read_user_tasks(operate=operate)
    in_group = whole["candidate_groups"].map(lambda text: "sales" in json.loads(text))

    found = of.read_user_tasks(operate=operate, candidate_groups="sales")

    assert 0 < in_group.sum() < len(whole)
    pd.testing.assert_frame_equal(found, whole[in_group].reset_index(drop=True))
    assert asked(server, of.read_user_tasks) == {"candidateGroup": "sales"}


def test_operations_of_a_type_are_found_by_the_server(server, operate):
    found = of.read_batch_operations(operate=operate, batch_operation_type="resolve_incident")

    assert found["batch_operation_type"].to_list() == ["RESOLVE_INCIDENT"]
    assert asked(server, of.read_batch_operations) == {"operationType": "RESOLVE_INCIDENT"}


def test_headers_are_the_json_that_they_are_and_are_found_in_any_order(server, operate):
    whole = of.read_jobs(operate=operate)
    with_headers = whole[whole["custom_headers"] != "{}"]
    headers = json.loads(with_headers["custom_headers"].iloc[0])

    found = of.read_jobs(operate=operate, custom_headers=dict(reversed(headers.items())))

    assert headers == {"queue": "a b", "note": 'Übung "1"'}
    pd.testing.assert_frame_equal(found, with_headers.reset_index(drop=True))


@pytest.mark.parametrize(
    ("read", "keys"),
    [
        (of.read_correlated_message_subscriptions, ["subscription_key", "message_key"]),
        (of.read_batch_operation_items, ["batch_operation_key", "item_key"]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
@pytest.mark.parametrize("workers", [1, 4])
def test_rows_that_share_one_of_two_keys_are_all_there(server, operate, read, keys, workers):
    operate.tuning = Tuning(page_size=7, seconds_between_passes=0)

    frame = read(operate=operate, workers=workers, recheck=True)

    assert all(frame[key].duplicated().any() for key in keys)
    assert not frame.duplicated(keys).any()
    assert len(frame) == operate.last_report.total
    pd.testing.assert_frame_equal(frame, frame.sort_values(keys, ignore_index=True))
    some = random.Random(3).sample([*frame[keys[1]].unique()], 5)
    found = read(operate=operate, **{keys[1]: some})
    pd.testing.assert_frame_equal(found, frame[frame[keys[1]].isin(some)].reset_index(drop=True))


@pytest.mark.parametrize(
    ("read", "limit", "fields"),
    [
        (of.read_jobs, None, []),
        (of.read_user_tasks, None, ["creationDate"]),
        (of.read_user_tasks, 3, []),
        (of.read_correlated_message_subscriptions, None, ["correlationTime", "subscriptionKey", "messageKey"]),
        (of.read_correlated_message_subscriptions, 3, ["subscriptionKey", "messageKey"]),
        (of.read_batch_operation_items, None, ["batchOperationKey", "itemKey"]),
        (of.read_audit_logs, None, ["timestamp"]),
    ],
)
def test_a_key_that_is_unique_the_server_sorts_by_itself_of_two_it_is_told(server, operate, read, limit, fields):
    read(operate=operate, limit=limit)

    assert [each["field"] for each in sent(server, read).get("sort", [])] == fields


def page(rows, cursor):
    return json.dumps({"items": rows, "page": {"totalItems": 6, "endCursor": cursor}}).encode()


def answering(bodies):
    """A server of 8.10 that knows batch operations alone, and gives these pages one after the other."""

    def answer(request):
        if request.path == "/v2/topology":
            return Answer(body=b'{"gatewayVersion":"8.10.0"}')
        if not request.path.startswith("/v2/batch-operation"):
            return Answer(body=page([], None))
        at = int(json.loads(request.body).get("page", {}).get("after", 0))
        return Answer(body=bodies[at] if at < len(bodies) else page([], None))

    return scripted(answer, has_v2=True)


def answering_rows(pages):
    return answering([page(rows, str(number)) for number, rows in enumerate(pages, 1)])


def item(operation, key):
    return {"batchOperationKey": operation, "itemKey": key, "operationType": "RESOLVE_INCIDENT", "state": "ACTIVE"}


def test_a_row_that_comes_twice_is_there_once_where_two_keys_tell():
    pages = [[item("1", "5"), item("1", "5"), item("1", "7")], [item("2", "7"), item("3", "7"), item("3", "8")]]
    with answering_rows(pages) as (url, _), of.connect(url, auth="none") as operate:
        frame = of.read_batch_operation_items(operate=operate, recheck=False)

    assert frame[["batch_operation_key", "item_key"]].to_numpy().tolist() == [
        ["1", "5"],
        ["1", "7"],
        ["2", "7"],
        ["3", "7"],
        ["3", "8"],
    ]


def test_a_database_that_sorts_texts_otherwise_is_no_mistake():
    """Numbers by their value, or small letters before capitals: the order of texts is not ours to expect."""
    pages = [[item("9", "5"), item("9", "40")], [item("10", "1"), item("a-b", "1")], [item("aa", "1"), item("B", "2")]]
    with answering_rows(pages) as (url, _), of.connect(url, auth="none") as operate:
        frame = of.read_batch_operation_items(operate=operate, recheck=False)

    assert frame["batch_operation_key"].to_list() == ["10", "9", "9", "B", "a-b", "aa"]
    assert frame["item_key"].to_list() == ["1", "40", "5", "2", "1", "1"]


def test_what_is_walked_by_texts_begins_anew_after_a_stop_and_what_goes_by_dates_goes_on(operate):
    operate.tuning = Tuning(page_size=5, workers=1)
    for read, goes_on in [(of.read_batch_operation_items, False), (of.read_audit_logs, True)]:
        whole = read(operate=operate, recheck=False)

        def stop(rows):
            if rows >= 10:
                raise KeyboardInterrupt

        with pytest.raises(of.ReadInterrupted) as stopped:
            read(operate=operate, recheck=False, progress=stop)
        rest = read(operate=operate, recheck=False, resume=stopped.value.resume)

        assert bool(stopped.value.resume) is goes_on
        together = pd.concat([stopped.value.partial, rest]) if goes_on else rest
        key = list(whole.columns[:2])
        pd.testing.assert_frame_equal(
            together.sort_values(key[::-1], ignore_index=True), whole.sort_values(key[::-1], ignore_index=True)
        )


def test_start_events_wait_for_messages_from_8_10_on(operate):
    whole = of.read_message_subscriptions(operate=operate)
    of_starts = whole[whole["message_subscription_type"] == "START_EVENT"]

    assert len(of_starts)
    assert of_starts["process_instance_key"].isna().all()
    found = of.read_message_subscriptions(operate=operate, process_instance_key=pd.NA)
    pd.testing.assert_frame_equal(found, of_starts.reset_index(drop=True))


def test_a_cell_that_is_no_number_where_a_key_must_be_is_an_error():
    pages = [[item("1", "5") | {"processInstanceKey": "abc"}]]
    with answering_rows(pages) as (url, _), of.connect(url, auth="none") as operate:
        with pytest.raises(of.BadAnswer, match="process_instance_key"):
            of.read_batch_operation_items(operate=operate)


@pytest.mark.parametrize("errors", ["{", '"x', "[1", "nul"])
def test_a_page_whose_nested_json_is_cut_is_an_error(errors):
    body = f'{{"items":[{{"batchOperationKey":"1","errors":{errors}'.encode()
    with answering([body]) as (url, _), of.connect(url, auth="none") as operate:
        with pytest.raises(of.BadAnswer, match="no complete JSON"):
            of.read_batch_operations(operate=operate)
