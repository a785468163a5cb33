"""A notebook as its user sees it: cells to run, outputs to look at, buttons to click."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, Response, WebSocket, expect

Theme = Literal["light", "dark"]
_THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
_KERNEL = "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel"
_SHOWN = re.compile(r"^\[.+\]:$")
_HAS_RUN = re.compile(r"^\[\d+\]:$")


class NotebookPage:
    """An open notebook whose kernel is ready.

    Parameters
    ----------
    page : Page
        The browser's page, still empty.
    file : Path
        The notebook's file.
    address : str
        Where the browser finds it.

    Attributes
    ----------
    sent, received : list of bytes
        Every message between this page and its kernel, whole.
    """

    def __init__(self, page: Page, file: Path, address: str) -> None:
        self.page = page
        self.file = file
        self.sent: list[bytes] = []
        self.received: list[bytes] = []
        page.on("websocket", self._listen)
        page.goto(address)
        page.wait_for_function(f"{_KERNEL} !== undefined")
        page.evaluate("() => jupyterapp.restored.then(() => null)")
        self.wait_until_idle()
        expect(page.locator("#jupyterlab-splash")).to_have_count(0)

    def wait_until_idle(self) -> None:
        """Wait until the kernel has answered for the first time, and does nothing."""
        self.page.evaluate(f"() => {_KERNEL}.info.then(() => null)")
        expect(self.page.locator(".jp-Notebook-ExecutionIndicator")).to_have_attribute("data-status", "idle")

    # ---- cells ------------------------------------------------------------------------------------------------------

    def cell(self, number: int) -> Locator:
        """Return a cell by its number, from 1."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(number - 1)

    def output(self, number: int) -> Locator:
        """Return all that stands below a cell's code."""
        return self.cell(number).locator(".jp-Cell-outputWrapper")

    def start(self, number: int) -> None:
        """Run a cell and come back when it runs, or has run."""
        prompt = self.cell(number).locator(".jp-InputPrompt")
        expect(prompt).to_have_text(_SHOWN)
        before = prompt.inner_text()
        self.cell(number).locator(".cm-content").click()
        expect(self.cell(number)).to_contain_class("jp-mod-active")
        self._toolbar_button("notebook:run-cell-and-select-next").click()
        expect(prompt).not_to_have_text(before)

    def run(self, number: int) -> Locator:
        """Run a cell to its end and return its output."""
        self.start(number)
        self.wait_for_end_of(number)
        return self.output(number)

    def wait_for_end_of(self, number: int) -> None:
        expect(self.cell(number).locator(".jp-InputPrompt")).to_have_text(_HAS_RUN)

    # ---- toolbar and menus ------------------------------------------------------------------------------------------

    def run_all(self) -> None:
        """Run every cell, or up to the first that fails, from the menu."""
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()

    def interrupt(self) -> None:
        """Click the stop button."""
        self._toolbar_button("notebook:interrupt-kernel").click()

    def restart_kernel(self) -> None:
        """Click the restart button, say yes, and wait for the new kernel."""
        with self.page.expect_response(lambda answer: _is_post(answer, "/restart")):
            self._toolbar_button("notebook:restart-kernel").click()
            self.page.locator(".jp-Dialog .jp-mod-accept").click()
        self.wait_until_idle()

    def save(self) -> None:
        """Click the save button and wait until the file is written, with its checkpoint."""
        with self.page.expect_response(lambda answer: _is_post(answer, "/checkpoints")):
            self._toolbar_button("docmanager:save").click()

    def use_theme(self, theme: Theme) -> None:
        """Change the colours of the application."""
        name = _THEMES[theme]
        self.page.evaluate("name => jupyterapp.commands.execute('apputils:change-theme', {theme: name})", name)
        expect(self.page.locator("body")).to_have_attribute("data-jp-theme-name", name)
        expect(self.page.locator("#jupyterlab-splash")).to_have_count(0)

    def _toolbar_button(self, command: str) -> Locator:
        return self.page.locator(f".jp-NotebookPanel-toolbar [data-command='{command}']")

    # ---- messages ---------------------------------------------------------------------------------------------------

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framesent", lambda payload: self.sent.append(_whole(payload)))
        socket.on("framereceived", lambda payload: self.received.append(_whole(payload)))


def _is_post(answer: Response, path: str) -> bool:
    return answer.request.method == "POST" and urlsplit(answer.url).path.endswith(path)


def _whole(payload: str | bytes) -> bytes:
    return payload.encode() if isinstance(payload, str) else payload
