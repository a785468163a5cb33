"""What a notebook shows of a connection, a search, a plan and a report: small, true, escaped, and nothing is sent."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

import operate_frames as of
from operate_frames.display.html import card
from operate_frames.sandbox import serve


class Reader(HTMLParser):
    """Reads HTML and complains about tags that do not close."""

    def __init__(self, html):
        super().__init__()
        self.open, self.texts = [], []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


@pytest.fixture(scope="module")
def server():
    with serve(auth="cookie", instances=300) as sandbox:
        yield sandbox


@pytest.fixture
def operate(server):
    with of.connect(server.base_url, username=server.username, password=server.password) as operate:
        yield operate


def shown(thing):
    return Reader(thing._repr_html_()).texts


def test_a_connection_says_where_and_as_whom_and_what_it_read_last(operate, server):
    texts = shown(operate)
    assert {"Operate", server.base_url, "user demo", "v1"} <= set(texts)
    definitions = of.read_definitions(operate=operate)
    assert texts[texts.index("definitions") + 1] == str(len(definitions))
    assert any(f"{len(definitions)} rows of process_definitions" in text for text in shown(operate))
    assert "password" not in operate._repr_html_()


def test_a_search_shows_question_plan_and_count_without_asking(operate, server):
    search = of.search("incidents", operate=operate, state="ACTIVE", error_message="<b>x</b>")
    before = len(server.requests)
    texts = shown(search)
    assert len(server.requests) == before
    assert "incidents(state='ACTIVE', error_message='<b>x</b>')" in texts
    assert any("cut here by error_message" in text for text in texts)
    assert any("not counted yet" in text for text in texts)
    assert "<b>" not in search._repr_html_()

    search.count()
    assert "0 rows" in shown(search)
    assert "0 rows" in repr(search)


def test_a_plan_and_a_report_have_a_plain_twin(operate):
    search = of.search("process_instances", operate=operate, state=["ACTIVE", "COMPLETED"])
    plan = search.explain()
    assert "2 searches, their rows merged" in str(plan)
    assert any("2 searches, their rows merged" in text for text in shown(plan))

    frame = search.to_pandas()
    report = operate.last_report
    assert f"{len(frame)} rows of process_instances" in str(report)
    assert any(f"{len(frame)} rows of process_instances" in text for text in shown(report))
    assert "\n" not in str(report)


def test_nothing_in_a_card_is_markup():
    html = card("<script>", [("<i>", "a & <b>")])
    assert Reader(html).texts == ["<script>", "<i>", "a & <b>"]
