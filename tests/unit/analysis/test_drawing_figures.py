"""The figures upon a drawing are those that somebody would count who reads the rows one by one."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from itertools import pairwise
from xml.etree.ElementTree import fromstring

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import operate_frames as of
from operate_frames.analysis.drawing.figures import duration
from tests.support.laid_out import model, parts, shape, tasks, texts, tooltips

SVG = "{http://www.w3.org/2000/svg}"
THREE = tasks("A", "B", "C")
BODY, TASK = "MULTI_INSTANCE_BODY", "SERVICE_TASK"
BEGIN = pd.Timestamp("2026-03-29T00:30:00Z")  # the clocks of Berlin change half an hour later
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["t0", "t1", "t2", "elsewhere"]),
        st.sampled_from([TASK, TASK, BODY]),
        st.one_of(st.none(), st.integers(0, 10**7)),  # milliseconds until it ended
        st.one_of(st.none(), st.integers(1, 4)),  # the key of its open incident
    ),
    max_size=30,
)


def frame_of(rows, backend="numpy_nullable"):
    """Element instances as a reader gives them."""
    frame = pd.DataFrame(
        {
            "element_id": pd.array([element for element, *_ in rows], "string"),
            "type": pd.array([type_ for _, type_, *_ in rows], "string"),
            "start_date": pd.array([BEGIN] * len(rows), "datetime64[us, UTC]"),
            "end_date": pd.array(
                [pd.NaT if took is None else BEGIN + pd.Timedelta(took, "ms") for *_, took, _ in rows],
                "datetime64[us, UTC]",
            ),
            "state": pd.array(["ACTIVE" if took is None else "COMPLETED" for *_, took, _ in rows], "string"),
            "has_incident": pd.array([key is not None for *_, key in rows], "boolean"),
            "incident_key": pd.array([pd.NA if key is None else key for *_, key in rows], "Int64"),
        }
    )
    return frame.convert_dtypes(dtype_backend="pyarrow") if backend == "pyarrow" else frame


def fits(rows):
    """Whether there is nothing or something of the three tasks."""
    return not rows or any(element != "elsewhere" for element, *_ in rows)


@given(ROWS.filter(fits), st.sampled_from(["numpy_nullable", "pyarrow"]))
def test_how_often_each_was_entered_without_bodies_of_several(rows, backend):
    svg = of.draw(THREE, heat="frequency", element_instances=frame_of(rows, backend)).svg
    counted = Counter(element for element, type_, *_ in rows if type_ != BODY and element != "elsewhere")

    said = {id_: lines[2] for id_, lines in tooltips(svg).items() if len(lines) > 2}
    assert said == {id_: "entered once" if count == 1 else f"entered {count} times" for id_, count in counted.items()}
    assert sorted(texts(svg)[: len(counted)]) == sorted(map(str, counted.values()))


@given(ROWS.filter(fits), st.sampled_from(["mean_time", "p90_time"]), st.sampled_from(["numpy_nullable", "pyarrow"]))
def test_times_are_of_those_that_ended_and_the_others_are_counted_beside_them(rows, heat, backend):
    svg = of.draw(THREE, heat=heat, element_instances=frame_of(rows, backend)).svg
    took, there = defaultdict(list), Counter()
    for element, type_, milliseconds, _ in rows:
        if type_ != BODY and element != "elsewhere":
            if milliseconds is None:
                there[element] += 1
            else:
                took[element].append(milliseconds / 1000)

    for id_, lines in tooltips(svg).items():
        said = " ".join(lines[2:])
        times = sorted(took[id_])
        if times:
            wanted = sum(times) / len(times) if heat == "mean_time" else between_ranks(times, 0.9)
            word = "mean time" if heat == "mean_time" else "90 % within"
            # A quotient that lies between two figures may be rounded either way.
            near = {duration(wanted * nearly) for nearly in (1 - 1e-9, 1, 1 + 1e-9)}
            assert any(said.startswith(f"{word} {each} of {len(times):,} ended") for each in near)
        assert (f"{there[id_]} still there" in said) == bool(there[id_])
    left = sum(there.values())
    assert any(f"; {left:,} not ended are left out" in each for each in texts(svg)) == bool(left)


def between_ranks(times, share):
    """The quantile as pandas and spreadsheets have it."""
    place = (len(times) - 1) * share
    low = math.floor(place)
    return times[low] + (times[min(low + 1, len(times) - 1)] - times[low]) * (place - low)


@given(ROWS.filter(fits))
def test_open_incidents_are_counted_once_each_those_of_a_body_too(rows):
    svg = of.draw(THREE, heat="incidents", element_instances=frame_of(rows)).svg
    keys = defaultdict(set)
    for element, _, _, key in rows:
        if key is not None:
            keys[element].add(key)

    for id_, lines in tooltips(svg).items():
        wanted = f"{len(keys[id_])} open incident{'' if len(keys[id_]) == 1 else 's'}"
        assert not keys[id_] or wanted in lines


@given(ROWS.filter(fits))
def test_tokens_stand_where_instances_are_now(rows):
    svg = of.draw(THREE, tokens=True, element_instances=frame_of(rows)).svg
    there = Counter((element, key is not None) for element, type_, took, key in rows if type_ != BODY and took is None)

    for id_, lines in tooltips(svg).items():
        free, held = there[id_, False], there[id_, True]
        said = f"{free} there now without an incident, {held} with one"
        assert (said in lines) == bool(free or held)


def test_counts_stand_beside_another_heat_and_alone():
    rows = frame_of([("t0", TASK, 90_000, None), ("t0", TASK, 30_000, None), ("t1", TASK, None, 7)])

    beside = texts(of.draw(THREE, heat="mean_time", counts=True, element_instances=rows).svg)
    alone = texts(of.draw(THREE, counts=True, element_instances=rows).svg)
    assert beside[:2] == ["1.0 min · 2\N{MULTIPLICATION SIGN}", "1\N{MULTIPLICATION SIGN}"]
    assert "from 3 element instances; 2\N{MULTIPLICATION SIGN} means entered twice" in beside
    assert alone[:2] == ["2", "1"]
    assert "from 3 element instances" in alone


def test_an_open_sub_process_has_its_figure_but_no_colour():
    inside = '<bpmn:subProcess id="s"><bpmn:task id="t"/></bpmn:subProcess>'
    xml = model(inside, shape("s", 0, 0, 300, 200, said='isExpanded="true"') + shape("t", 20, 40))
    rows = frame_of([("s", "SUB_PROCESS", 3_600_000, None), ("t", TASK, 1_000, None)])
    svg = of.draw(xml, heat="mean_time", element_instances=rows).svg

    assert parts(svg)["s"].find(f"{SVG}rect").get("fill") == "#ffffff"
    assert texts(svg)[:2] == ["1.0 h", "1.0 s"]
    assert "0 to 1.0 s: mean time of ended element instances" in texts(svg)


def test_the_more_the_darker_in_grey_too_and_black_letters_stay_readable():
    rows = frame_of([(f"t{place}", TASK, 0, None) for place in range(60) for _ in range(place + 1)])
    drawn = parts(of.draw(tasks(*"x" * 60), heat="frequency", element_instances=rows).svg)
    light = [luminance(drawn[f"t{place}"].find(f"{SVG}rect").get("fill")) for place in range(60)]

    assert all(paler > darker for paler, darker in pairwise(light))
    ink = luminance("#1f2328")
    assert (light[-1] + 0.05) / (ink + 0.05) >= 4.5  # WCAG 2.2, level AA
    assert light[0] - light[-1] > 0.5


def luminance(colour):
    """How light a colour is, as WCAG 2.2 measures it."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 ms"),
        (0.1374, "137 ms"),
        (0.9999, "1.0 s"),
        (59.98, "1.0 min"),
        (61, "1.0 min"),
        (3600 * 9.96, "10 h"),
        (3600 * 23.995, "1.0 d"),
        (86400 * 1234.5, "1,234 d"),
    ],
)
def test_a_time_is_told_in_its_own_unit(seconds, said):
    assert duration(seconds) == said


def test_rows_of_other_processes_are_left_out_and_are_none_of_this_one():
    rows = frame_of([("t0", TASK, 1, None)] * 3).assign(process_definition_id=["p", "p", "q"])

    assert tooltips(of.draw(THREE, heat="frequency", element_instances=rows).svg)["t0"][2] == "entered 2 times"
    with pytest.raises(of.QuestionError, match="None of the 1 element instances is of an element of this diagram"):
        of.draw(THREE, counts=True, element_instances=frame_of([("elsewhere", TASK, 1, None)]))


def test_no_rows_are_no_error_and_say_so():
    svg = of.draw(THREE, heat="p90_time", counts=True, tokens=True, element_instances=frame_of([])).svg

    assert "from 0 element instances" in texts(svg)
    assert any(each.startswith("nowhere any: ") for each in texts(svg))


@pytest.mark.parametrize(
    ("asked", "error", "said"),
    [
        ({}, of.QuestionError, "Give a process"),
        ({"process": 3.5}, of.WrongType, "not a float"),
        ({"process": True}, of.WrongType, "not a bool"),
        ({"process": "p", "heat": "warm"}, of.QuestionError, "'frequency', 'mean_time', 'p90_time', 'incidents'"),
        ({"process": "p", "counts": 1}, of.WrongType, "counts takes True or False"),
        ({"process": "p", "tokens": "yes"}, of.WrongType, "tokens takes True or False"),
        ({"process": THREE, "heat": "frequency"}, of.QuestionError, "XML alone does not say"),
        ({"process": THREE, "process_instance_key": 1}, of.QuestionError, "leave the XML out"),
        ({"process": THREE, "element_instances": frame_of([])}, of.QuestionError, "says nothing alone"),
        ({"process": THREE, "element_instances": [], "counts": True}, of.WrongType, "not a list"),
        (
            {"process": THREE, "element_instances": frame_of([])[["element_id"]], "counts": True},
            of.UnknownName,
            "lacks the column type",
        ),
        (
            {"process": THREE, "element_instances": frame_of([]).drop(columns="end_date"), "heat": "mean_time"},
            of.UnknownName,
            "lacks the column end_date",
        ),
        (
            {"process": "p", "process_instance_key": 1, "element_instances": frame_of([]), "counts": True},
            of.QuestionError,
            "one of them",
        ),
    ],
)
def test_what_does_not_fit_together_is_said_before_anything_is_sent(asked, error, said):
    with pytest.raises(error, match=re.escape(said)):
        of.draw(**asked)


def test_figures_give_way_to_an_event_that_sits_on_the_same_corner():
    inside = '<bpmn:task id="t"/><bpmn:boundaryEvent id="b" attachedToRef="t"/>'
    rows = frame_of([("t", TASK, 1, None)])
    places = {}
    for corner, event in (("free", shape("b", 82, 62, 36, 36)), ("taken", shape("b", 82, -18, 36, 36))):
        root = fromstring(of.draw(model(inside, shape("t") + event), counts=True, element_instances=rows).svg)
        places[corner] = [float(each.get("x")) for each in root.findall(f"{SVG}rect")][-1]

    assert places["free"] > 80
    assert places["taken"] + 15 <= 82


def test_what_was_not_there_long_enough_to_speak_of_has_no_figure_and_no_colour():
    rows = frame_of([("t0", TASK, 0, None), ("t1", TASK, 500, None)])
    svg = of.draw(THREE, heat="mean_time", element_instances=rows).svg

    assert [parts(svg)[id_].find(f"{SVG}rect").get("fill") == "#ffffff" for id_ in ("t0", "t1", "t2")] == [
        True,
        False,
        True,
    ]
    assert texts(svg)[0] == "500 ms"
    assert "mean time 0 ms of 1 ended" in tooltips(svg)["t0"]
