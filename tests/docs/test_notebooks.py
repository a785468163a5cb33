"""Every notebook runs from top to bottom: against the sandbox, and with one cell changed against another server."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import papermill
import pytest
from nbclient import NotebookClient
from papermill.exceptions import PapermillExecutionError

from operate_frames.sandbox import serve
from tests.support.servers import DATASET

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
WITH_PARAMETERS = next(file for file in NOTEBOOKS if file.name.startswith("06"))
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
@pytest.mark.parametrize("file", [file for file in NOTEBOOKS if file != WITH_PARAMETERS], ids=lambda file: file.name)
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
    assert "serve(" in change.source or "parameters" in change.metadata.tags


@pytest.mark.parametrize(
    ("version", "process"),
    [
        pytest.param("8.10", "order"),
        pytest.param("8.6", "order", marks=pytest.mark.matrix),
        # Nothing of it is open, and nothing failed.
        pytest.param("8.10", "tick", marks=pytest.mark.matrix),
    ],
)
def test_papermill_looks_at_another_process_on_another_server(version, process, monkeypatch, tmp_path):
    with serve(auth="oauth", data=DATASET, version=version) as server:  # what a real server answered
        sign_in(monkeypatch, server)
        parameters = {"server": server.base_url, "process_definition_id": process}
        done = milled(tmp_path / "report.ipynb", parameters)

    assert all(cell.execution_count for cell in code_of(done))
    injected = next(cell for cell in done.cells if "injected-parameters" in cell.metadata.tags)
    assert process in injected.source
    text = (tmp_path / "report.ipynb").read_text(encoding="utf-8")
    assert "claim" not in printed(done)
    assert server.client_secret not in text


def test_papermill_fails_where_there_is_no_such_process(monkeypatch, tmp_path):
    with serve(auth="oauth", version="8.10") as server:
        sign_in(monkeypatch, server)
        with pytest.raises(PapermillExecutionError, match="NotFound"):
            milled(tmp_path / "report.ipynb", {"server": server.base_url, "process_definition_id": "clam"})


def sign_in(monkeypatch, server):
    monkeypatch.setenv("CAMUNDA_CLIENT_ID", server.client_id)
    monkeypatch.setenv("CAMUNDA_CLIENT_SECRET", server.client_secret)
    monkeypatch.setenv("CAMUNDA_OAUTH_URL", server.token_url)


def milled(target, parameters):
    return papermill.execute_notebook(WITH_PARAMETERS, target, parameters=parameters, progress_bar=False)


def printed(notebook):
    """What the cells show, as plain text."""
    outputs = [output for cell in code_of(notebook) for output in cell.outputs]
    return "\n".join(output.get("text", output.get("data", {}).get("text/plain", "")) for output in outputs)


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
