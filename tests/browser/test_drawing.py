"""What `draw` draws, beside what bpmn-visualization draws of the same models; and in notebooks, light and dark."""

from __future__ import annotations

import os
from itertools import product
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from playwright.sync_api import expect

import operate_frames as of
from operate_frames.analysis.drawing.parse import read_diagram
from operate_frames.sandbox.data.company_models import MODELS
from operate_frames.sandbox.data.diagrams import bpmn
from tests.browser.jupyter import FRONT_ENDS
from tests.clients.install import node_modules
from tests.support.unavailable import Unavailable

DATA = Path(__file__).parents[1] / "data"
CLAIM = DATA / "drawing" / "claim.bpmn"
FILES = sorted([*(DATA / "models").glob("*.bpmn"), *(DATA / "drawing").glob("*.bpmn")])
DRAWN = {file.stem: file.read_text(encoding="utf-8") for file in FILES} | {
    f"company {model.id}": bpmn(model, 1) for model in MODELS
}
# What it leaves out: data, what is joined to them, groups without a name, events of several definitions.
NEITHER = {"dataObjectReference", "dataStoreReference", "dataInputAssociation", "dataOutputAssociation", "group"}
SEVERAL = {"multiple", "parallel_multiple"}
THEIR_WORDS = {"participant": "pool", "adHocSubProcess": "subProcess", "transaction": "subProcess"}
THEIR_EVENTS = {"": "none", "compensation": "compensate"}
THEIR_MARKERS = {"loop": "loop", "parallel": "multi-parallel", "sequential": "multi-sequential", "ad_hoc": "adhoc"}
# Coordinates are the model's: of a cell, without the scale and place of their view.
THEIRS = """xml => {
    document.body.innerHTML = '<div id="place"></div>';
    const viewer = new bpmnvisu.BpmnVisualization({container: "place"});
    viewer.load(xml);
    const view = viewer.graph.view;
    const at = (x, y) => [x / view.scale - view.translate.x, y / view.scale - view.translate.y];
    const cells = Object.values(viewer.graph.getModel().cells).filter(cell => cell.vertex || cell.edge);
    return Object.fromEntries(cells.map(cell => [cell, view.getState(cell)]).filter(each => each[1]).map(
        ([cell, state]) => [cell.id, {
            label: cell.value || "",
            style: cell.style.split(";"),
            points: cell.edge ? state.absolutePoints.map(point => at(point.x, point.y)) :
                [at(state.x, state.y), at(state.x + state.width, state.y + state.height)],
        }]));
}"""
# The first thing drawn of each element is its outline or its way.
OURS = """svg => {
    document.body.innerHTML = svg;
    return Object.fromEntries([...document.querySelectorAll("g[data-element-id]")].map(group => {
        const first = group.querySelector(":scope > :not(title)"), box = first.getBBox();
        const corners = [[box.x, box.y], [box.x + box.width, box.y + box.height]];
        const way = () => first.getAttribute("d").slice(1).split("L").map(point => point.split(" ").map(Number));
        return [group.dataset.elementId, {
            label: [...group.querySelectorAll("tspan")].map(line => line.textContent).join(" "),
            corners, way: first.tagName === "path" && first.getAttribute("fill") === "none" ? way() : null,
        }];
    }));
}"""


@pytest.fixture(scope="module")
def viewer(browser):
    """A page with bpmn-visualization in it."""
    try:
        script = node_modules() / "bpmn-visualization" / "dist" / "bpmn-visualization.min.js"
    except Unavailable as caught:
        reason = f"bpmn-visualization cannot be run. {caught}"
        if os.environ.get("OPERATE_FRAMES_REQUIRE_NODE") == "1":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    with browser.new_page() as page:
        page.add_script_tag(path=script)
        yield page


@pytest.fixture
def pictures():
    folder = Path(__file__).parents[2] / os.environ.get("OPERATE_FRAMES_SCREENSHOTS", "build/screenshots") / "drawing"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.mark.parametrize("name", DRAWN)
def test_shapes_edges_and_labels_stand_where_bpmn_visualization_has_them(viewer, pictures, name):
    xml = DRAWN[name]
    diagram, theirs, ours = read_diagram(xml), viewer.evaluate(THEIRS, xml), viewer.evaluate(OURS, of.draw(xml).svg)
    viewer.screenshot(path=pictures / f"{name}.png", full_page=True)

    drawn = {each.id: each for each in (*diagram.shapes, *diagram.edges)}
    missing = {id_ for id_ in drawn if id_ not in theirs}
    assert {id_ for id_ in missing if not left_out(drawn[id_], missing)} == set()
    assert {id_ for id_ in theirs if not id_.startswith("messageFlowIcon_of_")} <= set(ours)
    for id_ in set(drawn) - missing:
        assert "".join(ours[id_]["label"].split()) == "".join(theirs[id_]["label"].split()), id_
        where = ours[id_]["way"] or ours[id_]["corners"]
        assert distinct(where) == pytest.approx(distinct(theirs[id_]["points"]), abs=0.6), id_
    for shape in diagram.shapes:
        if shape.id not in missing:
            assert their_style(shape) <= set(theirs[shape.id]["style"]), shape
    for edge in diagram.edges:
        kind = "default" if edge.default else "conditional_from_activity" if edge.conditional else edge.kind
        assert edge.id in missing or kind in theirs[edge.id]["style"], edge


def left_out(element, missing):
    """Whether bpmn-visualization does not draw it; what is joined to nothing is not drawn either."""
    if element.kind == "association":
        return element.id == "as1"  # joined to a data store
    return element.kind in NEITHER or getattr(element, "definition", "") in SEVERAL


def their_style(shape):
    """What their style says of a shape, in their words."""
    words = {THEIR_WORDS.get(shape.kind, shape.kind)}
    if shape.kind.endswith("Event"):
        words.add(f"bpmn.eventDefinitionKind={THEIR_EVENTS.get(shape.definition, shape.definition)}")
    if shape.kind == "boundaryEvent":
        words.add(f"bpmn.isInterrupting={str(shape.interrupts).lower()}")
    closed = shape.kind in ("subProcess", "adHocSubProcess", "transaction", "callActivity") and not shape.expanded
    markers = [THEIR_MARKERS[each] for each in shape.markers if each in THEIR_MARKERS] + ["expand"] * closed
    if markers and shape.kind != "participant":
        words.add(f"bpmn.markers={','.join(markers)}")
    return words


def distinct(points):
    """Coordinates in a row, points that are the same as the one before them left out."""
    kept = [point for place, point in enumerate(points) if place == 0 or point != points[place - 1]]
    return [number for point in kept for number in point]


@pytest.mark.parametrize("jupyter", FRONT_ENDS, indirect=True)
def test_a_notebook_shows_it_with_its_tooltips_in_both_themes(opened, screenshots):
    notebook = opened(
        "from pathlib import Path\nimport operate_frames as of",
        f"of.draw(Path({str(CLAIM)!r}).read_text(encoding='utf-8'))",
    )
    notebook.run(1)
    with notebook.page.expect_event(
        "framenavigated", lambda frame: frame.url.startswith("data:image/svg+xml")
    ) as event:
        shown = notebook.run(2).locator("object")
    drawing = event.value
    expect(drawing.locator("[data-element-id=appraise] text")).to_be_visible()
    assert drawing.locator("[data-element-id=appraise] title").text_content().startswith("Appraise each damage\n")

    for theme, width in product(("light", "dark"), (400, 1000)):
        notebook.use_theme(theme)
        notebook.page.set_viewport_size({"width": width, "height": 900})
        colours = [painted(drawing, each) for each in ("rect", "text")]
        assert colours == ["rgb(255, 255, 255)", "rgb(31, 35, 40)"]
        assert drawing.locator("svg").evaluate("svg => svg.getScreenCTM().a") >= 0.59  # if smaller, unreadable
        shown.scroll_into_view_if_needed()
        notebook.page.screenshot(path=screenshots / f"drawing-{theme}-{width}.png")


def painted(drawing, tag):
    return drawing.locator(tag).first.evaluate("part => getComputedStyle(part).fill")


@pytest.mark.parametrize("jupyter", FRONT_ENDS, indirect=True)
def test_a_notebook_that_is_not_trusted_shows_the_picture(jupyter, page, screenshots):
    drawing = of.draw(CLAIM.read_text(encoding="utf-8"))
    shown = {"text/html": drawing._repr_html_(), "image/svg+xml": drawing._repr_svg_(), "text/plain": repr(drawing)}
    cell = new_code_cell("drawing", execution_count=1, outputs=[new_output("execute_result", shown, execution_count=1)])
    file = jupyter.new_notebook("from_a_colleague")
    nbformat.write(new_notebook(cells=[cell], metadata=nbformat.read(file, as_version=4).metadata), file)
    page.goto(jupyter.address_of(file))

    picture = page.locator(".jp-OutputArea-output img")
    expect(picture).to_be_visible()
    assert picture.evaluate("picture => picture.decode().then(() => picture.naturalWidth)") > 0
    assert page.locator(".jp-OutputArea-output").inner_text().strip() == ""  # and not the words alone
    page.screenshot(path=screenshots / "drawing-not-trusted.png")


def test_on_paper_nothing_is_cut_off_and_on_a_narrow_screen_it_scrolls(browser):
    drawing = of.draw(CLAIM.read_text(encoding="utf-8"))
    with browser.new_page(viewport={"width": 600, "height": 900}) as page:
        page.set_content(f"<body style='margin:0'>{drawing._repr_html_()}</body>")
        wide = "document.querySelector('object').getBoundingClientRect().width"

        assert page.evaluate(wide) > 600
        assert page.evaluate("document.documentElement.scrollWidth") == 600
        page.emulate_media(media="print")
        assert page.evaluate(wide) == 600


def test_nothing_in_a_model_is_run(browser, tmp_path):
    said = "&lt;/title&gt;&lt;script&gt;document.body.remove()&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;"
    xml = (
        DRAWN["tick"]
        .replace('name="', f'name="{said}')
        .replace('id="start"', f'id="start" name="{said} &quot; onload=&quot;alert(1)"')
    )
    of.draw(xml).save(tmp_path / "hostile.html")
    with browser.new_page() as page:
        page.on("dialog", lambda dialog: pytest.fail(dialog.message))
        page.goto((tmp_path / "hostile.html").as_uri())
        assert page.locator("script, img, [onload], [onerror]").count() == 0
        assert "<script>document.body.remove()</script>" in page.locator("[data-element-id=start] title").text_content()
