"""Walks: every row once and in order, whatever the pages look like, and an end in any case."""

from __future__ import annotations

import itertools
import json
import threading
from dataclasses import dataclass

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import operate_frames as of
from operate_frames.sandbox import serve
from operate_frames.walk import ahead, walk


@dataclass
class Page:
    rows: list[int]
    cursor: bytes

    @property
    def empty(self):
        return not self.rows


def server_of(keys, sizes):
    """A server that gives pages of these sizes in turn, behind any cursor, and an empty one at the end."""
    sizes = itertools.cycle(sizes)

    def fetch(after):
        behind = json.loads(after)[0] if after else -1
        rows = [key for key in keys if key > behind][: next(sizes)]
        return Page(rows, json.dumps(rows[-1:]).encode())

    return fetch


KEYS = st.lists(st.integers(0, 2**60), unique=True, max_size=80).map(sorted)
SIZES = st.lists(st.integers(1, 7), min_size=1, max_size=5)


@given(KEYS, SIZES)
def test_a_walk_gives_every_row_once_in_order(keys, sizes):
    assert [row for page in walk(server_of(keys, sizes), after=None) for row in page.rows] == keys


@given(KEYS, SIZES)
@settings(deadline=None)
def test_fetching_ahead_changes_nothing(keys, sizes):
    together = ahead(walk(server_of(keys, sizes), after=None))

    assert [row for pages in together for page in pages for row in page.rows] == keys


@given(st.integers(0, 30))
@settings(deadline=None)
def test_an_error_comes_behind_the_pages_before_it(pages_before):
    def pages():
        yield from range(pages_before)
        raise ValueError("broken")

    seen = []
    with pytest.raises(ValueError, match="broken"):  # noqa: PT012 - the pages before it count
        for together in ahead(pages()):
            seen += together

    assert seen == list(range(pages_before))


@pytest.mark.parametrize("taken", [1, 2, 5])
def test_a_reader_that_stops_ends_the_thread_after_a_bounded_number_of_pages(taken):
    asked = []
    pages = (asked.append(page) or page for page in itertools.count())
    together = ahead(pages)
    for _ in range(taken):
        next(together)
    together.close()
    for thread in threading.enumerate():
        if thread.name == "operate_frames fetches ahead":
            thread.join(timeout=10)
            assert not thread.is_alive()

    # What was taken, one list that waits, one that the thread holds, and one page more.
    assert len(asked) <= 8 * (taken + 3) + 1


def test_a_cursor_that_repeats_ends_the_walk():
    pages = walk(lambda _: Page([1], b"[1]"), after=None)

    with pytest.raises(of.BadAnswer, match="repeats its cursor"):
        list(itertools.islice(pages, 5))


@pytest.fixture(scope="module")
def company():
    with serve(auth="none", instances=2500, seed=4) as server, of.connect(server.base_url, auth="none") as operate:
        yield operate, of.read_instances(operate=operate)


@given(data=st.data())
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_question_gives_what_pandas_finds_in_the_whole(company, data):
    operate, whole = company
    names = data.draw(st.lists(st.sampled_from(list(whole.columns)), unique=True, max_size=3))
    filters = {name: data.draw(st.sampled_from(list(whole[name].dropna().unique()[:20]))) for name in names}
    columns = data.draw(st.lists(st.sampled_from(list(whole.columns)), unique=True, min_size=1))
    limit = data.draw(st.none() | st.integers(0, 3000))
    chunksize = data.draw(st.integers(1, 3000).filter(lambda size: size > 40 or limit is not None))

    expected = whole
    for name, value in filters.items():
        expected = expected[(expected[name] == value).fillna(value=False)]
    expected = expected[columns].head(len(expected) if limit is None else limit).reset_index(drop=True)

    pd.testing.assert_frame_equal(of.read_instances(operate=operate, columns=columns, limit=limit, **filters), expected)
    chunks = list(of.read_instances(operate=operate, columns=columns, limit=limit, chunksize=chunksize, **filters))
    if len(expected):
        pd.testing.assert_frame_equal(pd.concat(chunks, ignore_index=True), expected)
        assert {len(chunk) for chunk in chunks[:-1]} <= {chunksize}
    else:
        assert chunks == []
