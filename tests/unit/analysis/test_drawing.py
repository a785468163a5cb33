"""What is drawn of a model, and what it is saved as."""

from __future__ import annotations

import re
import struct
from base64 import b64decode
from xml.etree.ElementTree import fromstring

import pytest

import operate_frames as of
from operate_frames import optional
from operate_frames.analysis.drawing.labels import SIZE, width_of
from tests.support.laid_out import DRAWN, label, model, parts, shape, tasks, tooltips

CLAIM, SYMBOLS, UPRIGHT = (
    (DRAWN / f"{name}.bpmn").read_text(encoding="utf-8") for name in ("claim", "symbols", "vertical")
)
ACTIVITIES = [
    *("task", "usertask", "servicetask", "scripttask", "manualtask", "sendtask", "receivetask", "businessruletask"),
    *("callactivity", "loop", "par", "seq", "comp", "callmi", "recin", "sub", "adhoc", "trans", "evsub"),
]
SVG = "{http://www.w3.org/2000/svg}"


def attributes(part, name):
    """The values of an attribute in all that is drawn of an element."""
    return [each.get(name) for each in part.iter() if each.get(name)]


@pytest.mark.parametrize("xml", [CLAIM, SYMBOLS, UPRIGHT])
def test_a_drawing_is_svg_alone_without_what_pages_take_out_or_mix_up(xml):
    svg = of.draw(xml).svg

    tags = {each.tag.removeprefix(SVG) for each in fromstring(svg).iter()}
    assert tags <= {"svg", "g", "title", "rect", "circle", "path", "text", "tspan"}
    assert not re.search(r'\s(id|class|style|href|xlink:href|on\w+)="', svg)


def test_the_room_holds_all_that_is_drawn():
    svg = of.draw(CLAIM).svg
    x, y, width, height = map(float, fromstring(svg).get("viewBox").split())

    for part in parts(svg).values():
        for rectangle in part.findall(f"{SVG}rect"):
            left, top, wide, high = (float(rectangle.get(name)) for name in ("x", "y", "width", "height"))
            assert x < left
            assert left + wide < x + width
            assert y < top
            assert top + high < y + height


def test_long_labels_are_broken_to_fit_and_told_in_full():
    long = (
        "Check whether the customer's Donaudampfschifffahrtsgesellschaftskapitän has answered by e-mail or not at all"
    )
    svg = of.draw(tasks(long.replace("'", "&apos;"))).svg
    lines = label(parts(svg)["t0"])

    assert 3 <= len(lines) <= 6
    assert lines[-1].endswith("…")
    assert all(width_of(line, SIZE) <= 100 for line in lines)
    assert tooltips(svg)["t0"] == [long, "task t0"]


def test_a_label_that_fits_is_whole_whatever_its_script():
    for said in ("Short", "Darlehen prüfen und freigeben", "審査書類を確認して承認する", "Проверить документы"):
        assert "".join(label(parts(of.draw(tasks(said)).svg)["t0"])).replace(" ", "") == said.replace(" ", "")


def test_labels_stand_where_the_model_has_them_even_when_our_letters_are_wider():
    inside = '<bpmn:startEvent id="s" name="Wait for two words"/>'
    told = '<bpmndi:BPMNLabel><dc:Bounds x="300" y="10" width="96" height="14"/></bpmndi:BPMNLabel></bpmndi:BPMNShape>'
    xml = model(inside, shape("s", 0, 0, 36, 36).replace("</bpmndi:BPMNShape>", told))
    part = parts(of.draw(xml).svg)["s"]

    assert label(part) == ["Wait for two words"]
    assert [line.get("x") for line in part.iter(f"{SVG}tspan")] == ["348"]


def test_what_interrupts_has_a_whole_line_and_what_does_not_dashes():
    drawn = parts(of.draw(SYMBOLS).svg)

    assert attributes(drawn["event_24"], "stroke-dasharray") == []
    assert attributes(drawn["event_33"], "stroke-dasharray") == ["5 3", "5 3"]  # both rings
    assert attributes(drawn["event_12"], "stroke-dasharray") == ["5 3"]


def test_what_throws_is_filled_and_what_catches_is_hollow():
    drawn = parts(of.draw(SYMBOLS).svg)
    caught, thrown = (drawn[id_].find(f"{SVG}g/{SVG}path").get("fill") for id_ in ("event_19", "event_39"))

    assert (caught, thrown) == ("none", "#1f2328")


@pytest.mark.parametrize(
    "ids",
    [
        [f"event_{number}" for number in (*range(1, 16), *range(23, 37), *range(37, 53))],
        ACTIVITIES,
        ["x", "xn", "pg", "ig", "eg", "egi", "cg"],
        ["dor", "dol", "dst"],
    ],
)
def test_every_symbol_looks_otherwise_than_all_others(ids):
    drawn = parts(of.draw(SYMBOLS).svg)
    looks = {id_: str(list(look(drawn[id_]))) for id_ in ids}

    assert len(set(looks.values())) == len(ids)


def look(part):
    """What is drawn of an element but for its words and where it stands."""
    for place, each in enumerate(part.iter()):
        if each.tag not in (SVG + "title", SVG + "text", SVG + "tspan"):
            where = {"x", "y", "cx", "cy", "transform", "data-element-id", "d" if place < 3 else ""}
            yield each.tag, {name: value for name, value in each.attrib.items() if name not in where}


def test_what_a_collapsed_sub_process_holds_is_not_drawn():
    drawn = parts(of.draw(UPRIGHT).svg)

    assert "more" in drawn
    assert not {"inner", "inner_end", "inner_flow"} & set(drawn)


def test_a_sub_process_that_does_not_say_so_is_open_where_its_inside_is_drawn():
    inside = '<bpmn:subProcess id="s" name="S"><bpmn:task id="t"/></bpmn:subProcess>'
    within, alone = model(inside, shape("s", 0, 0, 300, 200) + shape("t", 20, 40)), model(inside, shape("s"))

    assert "t" in parts(of.draw(within).svg)
    assert len(list(parts(of.draw(alone).svg)["s"])) > len(list(parts(of.draw(within).svg)["s"]))  # the plus


def test_a_notebook_gets_the_same_drawing_as_html_and_as_svg():
    drawing = of.draw(CLAIM)

    assert drawing._repr_svg_() == drawing.svg
    object_, picture = re.findall(r'data:image/svg\+xml;base64,([^"]+)"', drawing._repr_html_())
    assert object_ == picture
    assert list(parts(b64decode(picture).decode())) == list(parts(drawing.svg))
    assert "Withdrawn" not in drawing._repr_html_()  # no words that would be left where tags are taken out
    assert repr(drawing) == "<Drawing of 'Insurance claim': 35 shapes, 31 edges>"


def test_it_is_saved_as_what_the_ending_says(tmp_path):
    drawing = of.draw(CLAIM)
    for name in ("claim.svg", "claim.PNG", "claim.html"):
        drawing.save(tmp_path / name)

    assert (tmp_path / "claim.svg").read_text("utf-8") == drawing.svg
    page = (tmp_path / "claim.html").read_text("utf-8")
    assert "<title>Insurance claim</title>" in page
    assert "<script" not in page
    picture = (tmp_path / "claim.PNG").read_bytes()
    assert picture.startswith(b"\x89PNG")
    wide = float(fromstring(drawing.svg).get("width"))
    assert struct.unpack(">I", picture[16:20])[0] == round(2 * wide)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["claim.PNG", "claim.html", "claim.svg"]


def test_letters_are_in_the_picture(tmp_path):
    pictures = []
    for name in ("", "Words"):
        of.draw(tasks(name)).save(tmp_path / "t.png")
        pictures.append((tmp_path / "t.png").read_bytes())

    assert pictures[0] != pictures[1]


def test_a_picture_of_a_huge_diagram_is_no_huge_picture(tmp_path):
    xml = model('<bpmn:task id="a"/><bpmn:task id="b"/>', shape("a") + shape("b", 900_000, 10))
    of.draw(xml).save(tmp_path / "wide.png")

    assert struct.unpack(">II", (tmp_path / "wide.png").read_bytes()[16:24]) == (10_000, 2)


@pytest.mark.parametrize("name", ["claim.pdf", "claim", "claim.svg.gz"])
def test_any_other_ending_is_an_error_that_names_those_there_are(tmp_path, name):
    with pytest.raises(of.QuestionError, match=r"must end in \.svg, \.png, \.html"):
        of.draw(CLAIM).save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_is_not_there_or_is_a_folder_is_said(tmp_path):
    with pytest.raises(of.QuestionError, match="there is no folder"):
        of.draw(CLAIM).save(tmp_path / "no" / "claim.svg")
    (tmp_path / "folder.svg").mkdir()
    with pytest.raises(of.QuestionError, match="is a folder"):
        of.draw(CLAIM).save(tmp_path / "folder.svg")
    with pytest.raises(of.WrongType, match="takes a file's name"):
        of.draw(CLAIM).save(3)


def test_what_stood_there_stays_when_the_new_one_cannot_be_written(tmp_path):
    resource = pytest.importorskip("resource", reason="Windows has no limits of a process.")
    target, drawing = tmp_path / "claim.svg", of.draw(CLAIM)
    target.write_text("before", "utf-8")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, before[1]))  # as when the disk is full
    try:
        with pytest.raises(of.ExportFailed, match=r"claim\.svg cannot be written: File too large"):
            drawing.save(target)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert target.read_text("utf-8") == "before"
    assert [each.name for each in tmp_path.iterdir()] == ["claim.svg"]


def test_without_the_extra_its_installation_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(optional, "find_spec", lambda name: None)

    with pytest.raises(of.ExtraMissing, match=r"needs resvg_py, .*: pip install 'operate-frames\[draw\]'"):
        of.draw(CLAIM).save(tmp_path / "claim.png")
    of.draw(CLAIM).save(tmp_path / "claim.svg")  # which needs nothing
