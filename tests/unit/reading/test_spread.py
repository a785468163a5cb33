"""What is expected of a search's positions: it adds up, and what lies so far ahead is found where it was counted."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operate_frames.api.v1 import V1_API
from operate_frames.reading.paging.spread import ListedPositions, Runs

PARTITION = 1 << 51
OFFSETS = st.integers(1, 10**6)
POSITIONS = st.builds(lambda partition, offset: partition * PARTITION + offset, st.integers(1, 5), OFFSETS)


@st.composite
def runs(draw):
    """Runs of which some pages have shown how dense they are."""
    first, last = sorted(draw(st.lists(POSITIONS, min_size=2, max_size=2, unique=True)))
    found = Runs(V1_API.partition, first, last, pages=draw(st.floats(0.1, 500)))
    for low, high in draw(st.lists(st.tuples(POSITIONS, POSITIONS), max_size=8)):
        if first <= low < high <= last:
            found.saw(low, high, draw(st.sampled_from([0.0, 0.5, 1.0])))
    return first, last, found


@given(runs(), st.lists(POSITIONS, min_size=3, max_size=3))
@settings(max_examples=200, deadline=None)
def test_pages_add_up(made, places):
    _, _, found = made
    low, middle, high = sorted(places)

    assert found.pages(low, high) == pytest.approx(found.pages(low, middle) + found.pages(middle, high), abs=1e-6)
    assert found.pages(low, high) >= 0


@given(runs(), st.floats(0.01, 1))
@settings(max_examples=200, deadline=None)
def test_what_lies_ahead_is_as_far_as_it_was_counted(made, share):
    first, last, found = made
    wanted = found.pages(first - 1, last) * share

    there = found.ahead(first - 1, wanted)

    assert first - 1 <= there <= last
    # Positions are whole numbers.
    assert found.pages(first - 1, there - 1) <= wanted + 1e-6
    assert found.pages(first - 1, there + 1) >= wanted - 1e-6 or there == last


def test_partitions_that_nobody_saw_are_taken_to_be_like_the_others():
    found = Runs(V1_API.partition, PARTITION + 1, 3 * PARTITION + 1000, pages=30)

    assert found.pages(0, 4 * PARTITION) == pytest.approx(30)
    assert found.pages(2 * PARTITION, 3 * PARTITION) == pytest.approx(10)


def test_what_pages_show_in_one_partition_is_expected_in_the_others():
    found = Runs(V1_API.partition, PARTITION + 1, 3 * PARTITION + 6400, pages=30)
    found.saw(PARTITION, PARTITION + 3200, 2.0)
    found.saw(PARTITION + 3200, PARTITION + 6400, 20.0)

    assert found.pages(2 * PARTITION, 2 * PARTITION + 3200) == pytest.approx(2, rel=0.1)
    assert found.pages(2 * PARTITION + 3200, 2 * PARTITION + 6400) == pytest.approx(20, rel=0.1)


def test_a_page_that_goes_on_in_the_next_partition_tells_where_the_first_ends():
    found = Runs(V1_API.partition, PARTITION + 1, 2 * PARTITION + 1000, pages=20)
    found.saw(PARTITION + 100, 2 * PARTITION + 50, 1.0)

    assert found.pages(PARTITION + 100, 2 * PARTITION) == 0


def test_a_partition_that_goes_further_than_the_others_is_asked_for_its_end_once():
    found = Runs(V1_API.partition, PARTITION + 1, 3 * PARTITION + 1000, pages=20)
    found.saw(PARTITION + 900, PARTITION + 5000, 1.0)
    found.saw(PARTITION + 5000, PARTITION + 9000, 1.0)

    assert list(found.further) == [PARTITION + 5000]
    found.ends_at(PARTITION + 50_000)
    assert found.pages(PARTITION + 9000, 2 * PARTITION) > 5


@given(st.sets(st.integers(1, 1000), min_size=2), st.integers(0, 1000), st.floats(0.1, 5))
@settings(deadline=None)
def test_of_listed_positions_one_at_least_lies_ahead(listed, position, pages):
    listed = tuple(sorted(listed))
    found = ListedPositions(listed)
    found.saw(0, listed[0], 1.0)

    there = found.ahead(position, pages)

    assert there in listed
    assert there > position or there == listed[-1]
