"""The page of `operate-frames report` in a real browser: light and dark, on a phone, on paper; it loads nothing."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from operate_frames.cli.app import app
from operate_frames.sandbox import serve

ROOT = Path(__file__).parents[2]
# The contrast of each text to what is behind it, by WCAG's formula; pictures have a paper of their own.
CONTRASTS = """() => {
    const channels = color => color.match(/[0-9.]+/g).map(Number);
    const light = color => channels(color).slice(0, 3).map(each => each / 255).map(
        each => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4
    ).reduce((sum, each, place) => sum + each * [0.2126, 0.7152, 0.0722][place], 0);
    const behind = element => {
        for (let each = element; each; each = each.parentElement) {
            const color = getComputedStyle(each).backgroundColor;
            if (channels(color)[3] !== 0) return color;
        }
    };
    return [...document.querySelectorAll("h1, h2, p, p span, th, td, dt, dd, summary, footer")].map(element => {
        const shades = [getComputedStyle(element).color, behind(element)].map(light).sort((a, b) => b - a);
        return (shades[0] + 0.05) / (shades[1] + 0.05);
    });
}"""


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    file = tmp_path_factory.mktemp("report") / "claim.html"
    with serve(auth="none", version="8.9", collaborations=300) as server:
        asked = ["report", "claim", "--output", str(file), "--base-url", server.base_url]
        done = CliRunner().invoke(app, asked, env={"CAMUNDA_AUTH_STRATEGY": "NONE"})
    assert done.exit_code == 0, done.stderr
    return file


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 400])
def test_it_reads_well_and_loads_nothing(browser, written, scheme, width):
    asked, said = [], []
    with browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme) as context:
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url.partition(":")[0]))
        page.on("console", lambda message: said.append(message.text))
        page.goto(written.as_uri())
        page.screenshot(path=screenshot(f"report-{scheme}-{width}.png"), full_page=True)

        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert min(page.evaluate(CONTRASTS)) >= 4.5
        assert page.evaluate("[...document.images].every(each => each.naturalWidth > 0)")
    assert (asked.count("file"), set(asked) - {"file", "data"}) == (1, set())
    assert said == []


def test_it_is_printed_dark_on_white_and_not_cut(browser, written):
    with browser.new_context(viewport={"width": 718, "height": 1000}, color_scheme="dark") as context:
        page = context.new_page()
        page.goto(written.as_uri())
        page.emulate_media(media="print", color_scheme="dark")

        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
        wide = "[...document.querySelectorAll('.scroll > *')].filter(each => each.getBoundingClientRect().right > 718)"
        assert page.evaluate(f"{wide}.map(each => each.tagName)") == []
        assert page.locator("details").is_hidden()  # paper cannot open it
        assert len(page.pdf(format="A4")) > 10_000


def test_a_phone_shows_that_a_table_goes_on_and_until_where(browser, written):
    with browser.new_context(viewport={"width": 375, "height": 800}) as context:
        page = context.new_page()
        page.goto(written.as_uri())
        frame = page.get_by_role("region", name="Bottlenecks", exact=True)
        frame.scroll_into_view_if_needed()

        assert shades_at_the_right(frame) > 3
        frame.evaluate("frame => { frame.scrollLeft = frame.scrollWidth }")
        assert shades_at_the_right(frame) == 1
        heads = frame.locator("thead th").evaluate_all(
            "heads => heads.map(head => head.getBoundingClientRect().height)"
        )
        assert max(heads) < 60  # no heading is squeezed into a tower


def shades_at_the_right(frame):
    """How many colours the blank line above a table's headings has at its right end."""
    box = frame.bounding_box()
    clip = {"x": box["x"] + box["width"] - 8, "y": box["y"] + 2, "width": 8, "height": 1}
    return len(Image.open(BytesIO(frame.page.screenshot(clip=clip))).convert("RGB").getcolors())


def screenshot(name):
    folder = Path(os.environ.get("OPERATE_FRAMES_SCREENSHOTS", ROOT / "build" / "screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name
