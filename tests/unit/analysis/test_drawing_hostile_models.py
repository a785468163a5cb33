"""Models that are broken, empty or meant to harm: one error that says why, or a harmless drawing."""

from __future__ import annotations

from contextlib import suppress
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

import operate_frames as of
from tests.support.laid_out import BEGINNING, DRAWN, label, model, parts, shape, tasks, tooltips

CLAIM = (DRAWN / "claim.bpmn").read_text(encoding="utf-8")
BOMB = (
    "<!DOCTYPE x [<!ENTITY a '"
    + "x" * 99
    + "'>"
    + "".join(f"<!ENTITY {name} '{f'&{before};' * 10}'>" for before, name in zip("abcdefgh", "bcdefghi", strict=True))
)
ALL_OF_XML = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")


@pytest.mark.parametrize(
    ("xml", "said"),
    [
        ("", "process is an empty text"),
        (" \n", "process is an empty text"),
        ("<", "cannot be read as XML"),
        (CLAIM[:5000], "cannot be read as XML"),
        ("<a>\x00</a>", "cannot be read as XML"),
        ("<a>\ud800</a>", "cannot be read as XML"),
        ("<html><body/></html>", "no BPMN: its root element is 'html'"),
        (f"{BEGINNING}</bpmn:definitions>", "holds no process"),
        (f'{BEGINNING}<bpmn:process id="p"/></bpmn:definitions>', "has no coordinates"),
        (model('<bpmn:task id="t"/>', ""), "has no coordinates"),
        (model('<bpmn:task id="t"/>', shape("other")), "shows no element of its process"),
        (BOMB + "]><x>&i;</x>", "DOCTYPE"),
        ("<!DOCTYPE x [<!ENTITY f SYSTEM 'file:///etc/passwd'>]><x>&f;</x>", "DOCTYPE"),
        ("<!DOCTYPE x SYSTEM 'http://127.0.0.1:1/x.dtd'><x/>", "DOCTYPE"),
    ],
)
def test_what_is_no_model_is_one_error_that_says_why(xml, said):
    with pytest.raises(of.QuestionError, match=said) as caught:
        of.draw(xml)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "place",
    [{"x": bad} for bad in ("NaN", "inf", "-1e300", "1e7", "", "two", "1,5")]
    + [{"width": "-1"}, {"width": "0"}, {"height": "0"}, {"height": "nan"}],
)
def test_absurd_coordinates_are_one_error_that_names_the_element(place):
    with pytest.raises(of.QuestionError, match="'t'"):
        of.draw(model('<bpmn:task id="t"/>', shape("t", **place) + shape("t")))


def test_an_edge_needs_two_places_to_go_between():
    edge = '<bpmndi:BPMNEdge bpmnElement="f"><di:waypoint x="1" y="{}"/></bpmndi:BPMNEdge>'
    inside = '<bpmn:task id="t"/><bpmn:sequenceFlow id="f" sourceRef="t" targetRef="t"/>'
    with pytest.raises(of.QuestionError, match="'f' fewer than two waypoints"):
        of.draw(model(inside, shape("t"), edge.format(1)))
    with pytest.raises(of.QuestionError, match="'f' at y='NaN'"):
        of.draw(model(inside, shape("t"), edge.format("NaN")))


def test_an_edge_all_of_whose_places_are_the_same_is_drawn():
    edge = '<bpmndi:BPMNEdge bpmnElement="f"><di:waypoint x="1" y="1"/><di:waypoint x="1" y="1"/></bpmndi:BPMNEdge>'
    inside = '<bpmn:task id="t"/><bpmn:sequenceFlow id="f" name="round" sourceRef="t" targetRef="t"/>'

    assert "f" in parts(of.draw(model(inside, shape("t"), edge)).svg)


@given(st.text(ALL_OF_XML, max_size=60))
def test_whatever_a_label_says_it_is_text(said):
    svg = of.draw(tasks(escape(said, {'"': "&quot;"}))).svg

    assert list(parts(svg)) == ["t0"]
    shown = "".join(label(parts(svg)["t0"])).removesuffix("…")
    assert "".join(said.split()).startswith("".join(shown.split()))
    assert [each.split() for each in tooltips(svg)["t0"][:1]] == [said.split() or ["task", "t0"]]


def test_a_script_in_an_id_is_text():
    said = "&quot;/&gt;&lt;script&gt;alert(1)&lt;/script&gt;"
    svg = of.draw(model(f'<bpmn:task id="{said}"/>', shape(said))).svg

    assert list(parts(svg)) == ['"/><script>alert(1)</script>']


@given(st.data())
def test_whatever_is_torn_out_of_a_model_or_said_twice_it_is_drawn_or_refused(data):
    begin = data.draw(st.integers(0, len(CLAIM)))
    end = data.draw(st.integers(begin, min(len(CLAIM), begin + 400)))
    torn = data.draw(st.sampled_from([CLAIM[:begin] + CLAIM[end:], CLAIM[:end] + CLAIM[begin:]]))
    with suppress(of.QuestionError):
        parts(of.draw(torn).svg)


def test_ten_thousand_shapes_are_drawn():
    tasks_there = "".join(f'<bpmn:userTask id="t{number}" name="Task number {number}"/>' for number in range(10_000))
    places = "".join(shape(f"t{number}", number % 100 * 120, number // 100 * 100) for number in range(10_000))

    assert of.draw(model(tasks_there, places)).svg.count("data-element-id") == 10_000


def test_a_nest_of_any_depth_is_drawn():
    deep = 20_000
    nest = "".join(f'<bpmn:subProcess id="s{number}">' for number in range(deep)) + "</bpmn:subProcess>" * deep

    assert list(parts(of.draw(model(nest, shape("s0", said='isExpanded="true"') + shape(f"s{deep - 1}"))).svg)) == [
        "s0",
        f"s{deep - 1}",
    ]


def test_a_label_of_a_million_letters_is_cut():
    svg = of.draw(tasks("long " * 200_000)).svg

    assert len(svg) < 1_100_000  # once in the tooltip
    assert len(label(parts(svg)["t0"])) < 10
