"""How the form looks: both themes, and a narrow window; pictures are kept for people to look at."""

from __future__ import annotations

from itertools import product

from playwright.sync_api import expect

from operate_frames.sandbox import serve
from tests.browser.contrast import too_pale
from tests.browser.sign_in import OAUTH, OPEN, SAAS, USER, SignInForm
from tests.support.scripted import held_back
from tests.support.servers import cookie, oauth

LOGIN = "import operate_frames as of\nof.login()"
WIDE, NARROW = 1000, 400
LEAST_CONTRAST = 4.5  # WCAG 2.2, level AA


def test_the_form_can_be_read_in_both_themes_and_at_any_width(opened, screenshots):
    notebook = opened(LOGIN, "of.read_definitions().head(3)")
    form = SignInForm(notebook.run(1))

    def look(state):
        for theme, width in product(("light", "dark"), (NARROW, WIDE)):
            notebook.use_theme(theme)
            notebook.page.set_viewport_size({"width": width, "height": 900})
            assert too_pale(form.box, LEAST_CONTRAST) == []
            assert overflowing(form.box) == []
            form.box.scroll_into_view_if_needed()
            notebook.page.screenshot(path=screenshots / f"{state}-{theme}-{width}.png")

    with serve(auth="both") as server:
        form.choose(SAAS)
        look("1-saas")
        form.choose(OAUTH)
        form.fill(base_url=server.base_url, **oauth(server) | {"client_secret": "wrong"})
        look("2-filled-in")
        form.connect()
        expect(form.trouble_at("client_secret")).to_be_visible()
        form.box.get_by_text("Details").click()
        look("3-refused")
        with held_back() as slow:
            form.choose(OPEN)
            form.fill(base_url=slow.url)
            form.connect()
            expect(form.cancel_button).to_be_visible()
            look("4-connecting")
            form.cancel_button.click()
            expect(form.status).to_contain_text("Cancelled.")  # before the answer comes
        form.choose(USER)
        form.fill(**cookie(server), base_url=server.base_url)
        form.connect()
        form.expect_connected(server.username)
        expect(notebook.run(2).locator("table")).to_be_visible()
        look("5-connected")


def overflowing(box):
    """Elements that are wider than the form, or whose words are cut off."""
    return box.evaluate(
        """box => [box, ...box.querySelectorAll("*")].filter(each =>
            each.getClientRects().length &&
            (each.getBoundingClientRect().right > box.getBoundingClientRect().right + 1 ||
             (each.matches("label, button, div, span") && each.scrollWidth > each.clientWidth + 1 &&
              getComputedStyle(each).overflowX !== "visible"))
        ).map(each => each.outerHTML.slice(0, 120))"""
    )
