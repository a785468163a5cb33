"""Figures upon a drawing hide no words and no other figures."""

from __future__ import annotations

from importlib.resources import files
from itertools import combinations
from xml.etree.ElementTree import fromstring

import pandas as pd
import pytest

import operate_frames as of
from operate_frames.analysis.drawing.labels import LINE_HEIGHT, width_of
from operate_frames.analysis.drawing.parse import read_diagram
from tests.support.laid_out import DRAWN, model, parts, shape

SVG = "{http://www.w3.org/2000/svg}"
BEGIN = pd.Timestamp("2026-03-29T00:30:00Z")
SANDBOX = files("operate_frames.sandbox.data").joinpath("models")
MODELS = {
    "claim": SANDBOX.joinpath("claim.bpmn").read_text(encoding="utf-8"),
    "purchase": SANDBOX.joinpath("purchase.bpmn").read_text(encoding="utf-8"),
    "another claim": (DRAWN / "claim.bpmn").read_text(encoding="utf-8"),
}


def everywhere(xml):
    """Element instances of all elements of a model: 300 that ended, 20 that are there, 7 of them with an incident."""
    kinds = ("Activity", "Event", "Gateway", "Task", "task", "Process")
    ids = [each.id for each in read_diagram(xml).shapes if each.kind.endswith(kinds)]
    frame = pd.DataFrame({"element_id": [id_ for id_ in ids for _ in range(320)]})
    place = frame.index % 320
    return frame.assign(
        type="TASK",
        start_date=BEGIN,
        end_date=[pd.NaT if each < 20 else BEGIN + pd.Timedelta("137ms") for each in place],
        state=["ACTIVE" if each < 20 else "COMPLETED" for each in place],
        has_incident=place < 7,
    )


def pills(svg):
    """Left, top, right and bottom of all figures, without the legend's."""
    rectangles = [each for each in fromstring(svg) if each.tag == f"{SVG}rect"][1:]
    return [box(*(float(each.get(name)) for name in ("x", "y", "width", "height"))) for each in rectangles]


def lines(svg):
    """The same of all lines of labels, but of those that stand upright, by their words."""
    for part in parts(svg).values():
        for text in part.iter(f"{SVG}text"):
            for line in text if text.get("transform") is None else ():
                width, x, below = width_of(line.text), float(line.get("x")), float(line.get("y"))
                left = x - width / 2 if text.get("text-anchor") == "middle" else x
                yield line.text, box(left, below - LINE_HEIGHT * 0.7, width, LINE_HEIGHT * 0.7)


def box(x, y, width, height):
    return x, y, x + width, y + height


def meet(one, other):
    """Whether two boxes share more than an edge."""
    return all(one[side] < other[side + 2] - 0.5 and other[side] < one[side + 2] - 0.5 for side in (0, 1))


@pytest.mark.parametrize("name", MODELS)
def test_figures_hide_no_words_and_no_other_figures_even_if_all_elements_have_all(name):
    xml = MODELS[name]
    svg = of.draw(xml, heat="mean_time", counts=True, tokens=True, element_instances=everywhere(xml)).svg
    placed, said = pills(svg), list(lines(svg))

    assert len(placed) > 30
    assert [words for words, where in said if any(meet(where, pill) for pill in placed)] == []
    assert [pair for pair in combinations(placed, 2) if meet(*pair)] == []


@pytest.mark.parametrize("name", MODELS)
def test_no_label_of_a_model_is_covered_by_another_element(name):
    xml = MODELS[name]
    events = [each for each in read_diagram(xml).shapes if each.kind == "boundaryEvent"]
    around = [box(each.bounds.x, each.bounds.y, each.bounds.width, each.bounds.height) for each in events]

    assert [words for words, where in lines(of.draw(xml).svg) if any(meet(where, each) for each in around)] == []


@pytest.mark.parametrize("name", MODELS)
def test_labels_do_not_meet_the_names_of_lanes_that_stand_upright(name):
    xml = MODELS[name]
    lanes = [each.bounds for each in read_diagram(xml).shapes if each.kind == "lane"]
    names = [box(each.x + 8, each.y, 16, each.height) for each in lanes]

    assert [words for words, where in lines(of.draw(xml).svg) if any(meet(where, each) for each in names)] == []


def test_figures_keep_to_their_corners_where_nothing_is_in_the_way():
    inside = '<bpmn:task id="t" name="Ship"/>'
    rows = everywhere(model(inside, shape("t")))
    svg = of.draw(model(inside, shape("t")), counts=True, tokens=True, element_instances=rows).svg
    (_, top, right, _), (left, token_top, *_), _ = pills(svg)

    assert (top, right) == (-7.5, 106)
    assert (left, token_top) == (-6, 72.5)


@pytest.mark.matrix
def test_ten_thousand_shapes_with_figures_are_drawn():
    many = "".join(f'<bpmn:task id="t{number}" name="Task {number}"/>' for number in range(10_000))
    places = "".join(shape(f"t{number}", number % 100 * 120, number // 100 * 100) for number in range(10_000))
    rows = pd.DataFrame({"element_id": [f"t{number}" for number in range(10_000)]}).assign(type="TASK")

    assert len(pills(of.draw(model(many, places), counts=True, element_instances=rows).svg)) == 10_000
