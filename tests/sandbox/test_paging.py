"""Walks over any question: every row once, in order, and no page dearer than another."""

from __future__ import annotations

import json
from contextlib import nullcontext, suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operate_frames.sandbox.data.company import company
from operate_frames.sandbox.http.errors import Refused
from operate_frames.sandbox.tables import dates
from operate_frames.sandbox.v1.query import read_query
from operate_frames.sandbox.v1.resources import RESOURCES
from operate_frames.sandbox.v1.search import answer
from operate_frames.sandbox.v1.store import Store

STORES = {database: Store(company(70, seed=3), database) for database in ("elasticsearch", "opensearch")}
TEXT_ORDER = {("process-definitions", "key"), ("decision-instances", "decisionVersion")}


def page_of(resource, database, **body):
    table = STORES[database].tables[resource.name]
    return json.loads(answer(read_query(json.dumps(body).encode(), resource), table, database))


def walk(resource, database, size, **body):
    """All rows of a question, page by page; ends at an empty page."""
    rows, after = [], None
    while True:
        page = page_of(resource, database, size=size, **body, **({"searchAfter": after} if after else {}))
        assert len(page["items"]) <= size
        assert page["total"] == page_of(resource, database, **body)["total"]
        if not page["items"]:
            assert page["sortValues"] == []
            return rows
        rows += page["items"]
        assert len(rows) <= page["total"]
        after = page["sortValues"]
        assert len(after) == len(body.get("sort") or ()) + 1


def all_rows(resource):
    """The rows as Elasticsearch's driver shows them, which has every field."""
    return page_of(resource, "elasticsearch", size=1000)["items"]


def comparable(resource, field, value):
    """A value as the index orders it."""
    if resource.by_name[field].kind == "date":
        return dates.milliseconds(value)
    if (resource.name, field) in TEXT_ORDER:
        return str(value)
    return value


def sorted_by_hand(resource, rows, sort):
    """Python's own stable sorts, one a column, the tie-breaker first; missing values go last in both directions."""
    rows = sorted(rows, key=lambda row: comparable(resource, resource.identity, row[resource.identity]))
    for element in reversed(sort):
        field = element["field"]
        there = [row for row in rows if field in row]
        missing = [row for row in rows if field not in row]
        descending = element["order"] == "DESC"
        there.sort(key=lambda row, field=field: comparable(resource, field, row[field]), reverse=descending)
        rows = there + missing
    return rows


def sortable(resource):
    return [field.name for field in resource.fields if field.sortable and field.refused_sort is None]


@st.composite
def questions(draw):
    resource = draw(st.sampled_from(list(RESOURCES.values())))
    rows = all_rows(resource)
    example = draw(st.sampled_from(rows))
    filterable = [name for name in example if resource.by_name[name].filtered and not resource.by_name[name].analysed]
    fields = draw(st.lists(st.sampled_from(filterable), max_size=2, unique=True))
    sort_fields = draw(st.lists(st.sampled_from(sortable(resource)), max_size=2))
    sort = [{"field": name, "order": draw(st.sampled_from(["ASC", "DESC"]))} for name in sort_fields]
    return resource, {name: example[name] for name in fields}, sort, draw(st.integers(1, 60))


@settings(max_examples=150, deadline=None)
@given(questions())
def test_a_walk_gives_every_matching_row_once_and_in_order(question):
    resource, wanted, sort, size = question
    matching = [row for row in all_rows(resource) if all(row.get(name) == wanted[name] for name in wanted)]
    expected = sorted_by_hand(resource, matching, sort)
    assert walk(resource, "elasticsearch", size, filter=wanted, sort=sort) == expected


@settings(max_examples=80, deadline=None)
@given(questions())
def test_opensearch_gives_the_same_rows_or_dies_at_a_gap(question):
    resource, wanted, sort, size = question
    expected = walk(resource, "elasticsearch", size, filter=wanted, sort=sort)
    has_gap = any(element["field"] not in row for element in sort for row in expected)
    with suppress(Refused) if has_gap else nullcontext():
        rows = walk(resource, "opensearch", size, filter=wanted, sort=sort)
        for row in expected:
            row.pop("truncated", None)
        assert rows == expected


@pytest.mark.parametrize("database", ["elasticsearch", "opensearch"])
@pytest.mark.parametrize(
    ("resource", "field", "order", "goes_on"),
    [
        ("process-instances", "endDate", "ASC", {"elasticsearch", "opensearch"}),
        ("process-instances", "endDate", "DESC", {"elasticsearch"}),
        ("process-instances", "parentFlowNodeInstanceKey", "ASC", {"elasticsearch", "opensearch"}),
        ("process-instances", "parentFlowNodeInstanceKey", "DESC", {"elasticsearch", "opensearch"}),
        ("process-instances", "processVersionTag", "ASC", {"elasticsearch"}),
        ("process-definitions", "name", "DESC", {"elasticsearch"}),
    ],
)
def test_a_walk_passes_rows_without_a_value_where_the_driver_lets_it(database, resource, field, order, goes_on):
    sort = [{"field": field, "order": order}]
    resource = RESOURCES[resource]
    if database in goes_on:
        assert len(walk(resource, database, 1, sort=sort)) == len(all_rows(resource))
    else:
        with pytest.raises(Refused, match="Error in reading incidents"):
            walk(resource, database, 1, sort=sort)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["process-instances", "flownode-instances", "variables"]), st.integers(0, 2**63 - 1))
def test_any_number_cuts_a_long_key_in_two(name, cut):
    resource = RESOURCES[name]
    rows = all_rows(resource)
    behind = page_of(resource, "elasticsearch", size=1000, searchAfter=[cut])
    assert behind["items"] == [row for row in rows if row["key"] > cut]
    assert behind["total"] == len(rows)


def test_a_page_costs_the_same_however_deep_the_walk_has_come():
    store = Store(company(3_000, seed=1), "elasticsearch")
    resource = RESOURCES["process-instances"]
    table = store.tables[resource.name]

    def work_of_a_walk(size, body):
        before, pages, after = table.rows_gone_through, 0, None
        while True:
            asked = body | {"size": size} | ({"searchAfter": after} if after else {})
            page = json.loads(answer(read_query(json.dumps(asked).encode(), resource), table, "elasticsearch"))
            pages += 1
            if not page["items"]:
                return pages, table.rows_gone_through - before
            assert pages <= table.count
            after = page["sortValues"]

    assert work_of_a_walk(10, {}) == (301, 0)
    question = {"filter": {"state": "COMPLETED"}, "sort": [{"field": "startDate", "order": "DESC"}]}
    pages, work = work_of_a_walk(10, question)
    assert pages > 200
    assert work == 2 * table.count  # one look for the filter, one sort
    assert work_of_a_walk(7, question)[1] == 0


def test_a_total_stops_at_ten_thousand_and_a_walk_does_not():
    store = Store(company(10_500), "opensearch")
    resource = RESOURCES["process-instances"]
    table = store.tables[resource.name]
    page = json.loads(answer(read_query(b'{"size": 1}', resource), table, "opensearch"))
    assert page["total"] == 10_000
    last = int(table.identity.values[-2])
    body = json.dumps({"size": 1000, "searchAfter": [last]}).encode()
    page = json.loads(answer(read_query(body, resource), table, "opensearch"))
    assert [row["key"] for row in page["items"]] == [int(table.identity.values[-1])]
    assert page["total"] == 10_000
