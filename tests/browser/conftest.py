"""A real browser before a real JupyterLab and a real Notebook 7."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser import chromium
from tests.browser.jupyter import Jupyter
from tests.browser.pages import NotebookPage
from tests.support.unavailable import Unavailable

ROOT = Path(__file__).parents[2]
SECONDS_FOR_A_TEST = 90
# A machine may be busy; a page that waits longer for anything is stuck.
expect.set_options(timeout=30_000)


# The browser's event loop would be in the way of the other tests' own: it ends with this package.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    try:
        with chromium.started() as browser:
            yield browser
        return
    except Unavailable as caught:
        reason = str(caught)
    _skip_or_fail(reason)


@pytest.fixture(scope="package", params=["lab"])
def jupyter(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Jupyter]:
    """JupyterLab; tests that go through the whole story ask for both front ends, which are made of the same parts."""
    with Jupyter(request.param) as jupyter:
        jupyter.wait_until_ready()
        yield jupyter


@pytest.fixture(scope="package")
def profile(jupyter: Jupyter, browser: Browser) -> Iterator[BrowserContext]:
    """What a browser keeps from page to page: the application's files need not be fetched anew."""
    with browser.new_context(viewport={"width": 1000, "height": 900}) as profile:
        yield profile


@pytest.fixture
def page(profile: BrowserContext) -> Iterator[Page]:
    with profile.new_page() as page:
        yield page


@pytest.fixture
def opened(jupyter: Jupyter, page: Page, request: pytest.FixtureRequest) -> Iterator[Callable[..., NotebookPage]]:
    """Open a new notebook of the given cells; its kernel ends with the test."""

    def open_notebook(*cells: str) -> NotebookPage:
        file = jupyter.new_notebook(request.node.originalname, *cells)
        return NotebookPage(page, file, jupyter.address_of(file))

    yield open_notebook
    jupyter.end_kernels()


@pytest.fixture
def screenshots(jupyter: Jupyter) -> Path:
    """The folder for pictures of what users see."""
    folder = ROOT / os.environ.get("OPERATE_FRAMES_SCREENSHOTS", "build/screenshots") / jupyter.front_end
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the clock of these tests run in their own lines only: the first also starts servers."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()) and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(SECONDS_FOR_A_TEST, func_only=True))


def _skip_or_fail(reason: str) -> NoReturn:
    """Skip the test, or fail it where someone counts on the browser being there."""
    if os.environ.get("OPERATE_FRAMES_REQUIRE_BROWSER") == "1":
        pytest.fail(f"OPERATE_FRAMES_REQUIRE_BROWSER=1, but no browser can be started. {reason}", pytrace=False)
    pytest.skip(f"No real browser to test in. {reason}")
