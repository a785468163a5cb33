"""The browser: Debian's Chromium, driven by playwright."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from tests.support.unavailable import Unavailable

_NAMES = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def started() -> Iterator[Browser]:
    """Start Chromium without a window, and end it.

    Raises
    ------
    Unavailable
        When this machine has none.
    """
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        raise Unavailable(f"None of {', '.join(_NAMES)} is on the PATH. On Debian: apt-get install chromium.")
    with sync_playwright() as playwright:
        # Its sandbox needs rights that a container's root lacks; it sees nothing but pages of this machine.
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()
