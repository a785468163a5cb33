"""Every notebook runs from top to bottom: against the sandbox, and with one cell changed against another server."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from operate_frames.sandbox import serve
from tests.support.servers import DATASET

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
REFRESH = "run: .venv/bin/jupyter execute --inplace --NotebookClient.record_timing=False notebooks/*.ipynb"

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
each_notebook = pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.name)
# While one works the one that shows most; the others in the matrix.
some_notebooks = pytest.mark.parametrize(
    "file",
    [pytest.param(file, marks=[] if file.name.startswith("02") else pytest.mark.matrix) for file in NOTEBOOKS],
    ids=lambda file: file.name,
)


@some_notebooks
def test_a_notebook_runs_and_its_kept_outputs_are_of_this_version(file):
    kept = nbformat.read(file, as_version=4)
    fresh = nbformat.read(file, as_version=4)
    execute(fresh)

    assert len(code_of(fresh)) > 5
    for before, after in zip(code_of(kept), code_of(fresh), strict=True):
        assert shown(before) == shown(after), REFRESH


@pytest.mark.matrix
@pytest.mark.parametrize("version", ["8.6", "8.10"])
@each_notebook
def test_a_notebook_runs_on_another_server_with_one_cell_changed(file, version):
    notebook = nbformat.read(file, as_version=4)
    with serve(auth="cookie", data=DATASET, version=version) as server:  # what a real server answered
        changed = code_of(notebook)[0]
        sign_in = {"base_url": server.base_url, "username": server.username, "password": server.password}
        changed.source = f"import pandas as pd\nimport operate_frames as of\nsign_in = {sign_in!r}\n"
        changed.source += 'operate = of.connect(**sign_in)\nnow = pd.Timestamp.now("UTC")'
        execute(notebook)

    assert all(cell.execution_count for cell in code_of(notebook))


@each_notebook
def test_a_notebook_starts_with_what_it_is_and_where_to_change_it(file):
    title, change = nbformat.read(file, as_version=4).cells[:2]

    assert title.source.startswith("# ")
    assert "the next cell" in title.source
    assert "serve(" in change.source


def execute(notebook):
    NotebookClient(notebook, timeout=90, kernel_name="python3").execute()


def code_of(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def shown(cell):
    """A cell's outputs: their plain text, and of what other kinds they are.

    Only ports differ from run to run, and into how many pieces what is printed falls.
    """
    outputs = []
    for output in cell.outputs:
        data = output.get("data", {})
        text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1", output.get("text", data.get("text/plain", "")))
        if outputs and output.output_type == outputs[-1][0] == "stream":
            text = outputs.pop()[1] + text
        outputs.append((output.output_type, text, sorted(data)))
    return outputs
