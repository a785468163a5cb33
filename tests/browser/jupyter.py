"""A real JupyterLab or Notebook 7 on loopback, with settings, kernels and files of its own."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Literal, Self, get_args
from urllib.parse import quote

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from tests.support.http import ask
from tests.support.ports import free_ports
from tests.support.processes import ServerProcess

FrontEnd = Literal["lab", "notebook"]
FRONT_ENDS: tuple[FrontEnd, ...] = get_args(FrontEnd)
_MODULES = {"lab": "jupyterlab", "notebook": "notebook"}
_APPS = {"lab": "LabApp", "notebook": "JupyterNotebookApp"}
# Where a notebook has the window to itself: no file browser beside it.
_PAGES = {"lab": "doc/tree", "notebook": "notebooks"}
_SETTINGS = {
    # Nobody is there to say yes or no to news, and there is no network to fetch them from.
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    # The strictest case: what widgets know goes into the saved notebook.
    "@jupyter-widgets/jupyterlab-manager/plugin": {"saveState": True},
}


class Jupyter:
    """A Jupyter server whose kernels have this package, ended with all that it started.

    Parameters
    ----------
    front_end : {"lab", "notebook"}
        Which application it serves.

    Attributes
    ----------
    front_end : {"lab", "notebook"}
        The same.
    folder : Path
        Everything that it, its kernels and its users write is below.
    """

    def __init__(self, front_end: FrontEnd) -> None:
        self.front_end = front_end
        self._token = secrets.token_hex(16)
        (port,) = free_ports(1)
        self._url = f"http://127.0.0.1:{port}"
        self.folder = Path(tempfile.mkdtemp(prefix=f"operate_frames-{front_end}-"))
        self._notebooks = self.folder / "notebooks"
        self._notebooks.mkdir()
        self._write_settings()
        self._process = ServerProcess(
            front_end,
            # Nothing of the machine's settings, logins or proxies reaches the kernels.
            ["env", "-i", *self._environment(), sys.executable, "-m", _MODULES[front_end], *self._options(port)],
            self.folder,
        )

    def wait_until_ready(self) -> None:
        self._process.wait_until(lambda: ask("GET", f"{self._url}/api/status?token={self._token}").ok, within=60)

    def new_notebook(self, name: str, *cells: str) -> Path:
        """Write a notebook of these code cells."""
        file = self._notebooks / f"{name}.ipynb"
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        nbformat.write(new_notebook(cells=[new_code_cell(cell) for cell in cells], metadata=kernel), file)
        return file

    def address_of(self, notebook: Path) -> str:
        """Return what to type into a browser to open `notebook`."""
        return f"{self._url}/{_PAGES[self.front_end]}/{quote(notebook.name)}?token={self._token}"

    def files(self) -> list[Path]:
        """List what was written so far: notebooks, checkpoints, settings, histories, the server's log."""
        return [file for file in sorted(self.folder.rglob("*")) if file.is_file()]

    def end_kernels(self) -> None:
        """End all kernels, and with them what notebooks hold of the machine's memory."""
        for session in ask("GET", f"{self._url}/api/sessions?token={self._token}").json():
            ask("DELETE", f"{self._url}/api/sessions/{session['id']}?token={self._token}")

    def stop(self) -> None:
        """End the server and its kernels, and remove their files."""
        self._process.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _write_settings(self) -> None:
        for plugin, settings in _SETTINGS.items():
            file = self.folder / "settings" / f"{plugin}.jupyterlab-settings"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(settings))

    def _environment(self) -> list[str]:
        folders = {
            "HOME": "home",
            "IPYTHONDIR": "ipython",
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        }
        return [
            f"PATH={os.environ['PATH']}",
            "LANG=C.UTF-8",
            *(f"{variable}={self.folder / folder}" for variable, folder in folders.items()),
        ]

    def _options(self, port: int) -> list[str]:
        return [
            "--no-browser",
            "--allow-root",
            "--log-level=DEBUG",  # whatever it could write, it writes
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={port}",
            "--ServerApp.port_retries=0",
            f"--ServerApp.root_dir={self._notebooks}",
            f"--IdentityProvider.token={self._token}",
            f"--{_APPS[self.front_end]}.expose_app_in_browser=True",  # to change the theme
        ]
