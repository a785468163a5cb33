"""Every notebook runs from top to bottom against the sandbox."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.name)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_notebook_runs_and_its_kept_outputs_are_of_this_version(file):
    kept = nbformat.read(file, as_version=4)
    fresh = nbformat.read(file, as_version=4)
    NotebookClient(fresh, timeout=90, kernel_name="python3").execute()

    code = [cell for cell in fresh.cells if cell.cell_type == "code"]
    assert len(code) > 5
    for before, after in zip((cell for cell in kept.cells if cell.cell_type == "code"), code, strict=True):
        assert shown(before) == shown(after)


def shown(cell):
    """The plain text of a cell's outputs."""
    return ["".join(output.get("text", output.get("data", {}).get("text/plain", ""))) for output in cell.outputs]
