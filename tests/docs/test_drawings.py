"""The kept pictures are what the package draws."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs import make_drawings

PAGE = (Path(__file__).parents[2] / "docs" / "drawing.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def drawings():
    return make_drawings.drawings()


def test_every_picture_is_shown_on_the_page(drawings):
    assert {file.name for file in make_drawings.FOLDER.glob("drawing-*")} == set(drawings)
    assert all(f"(_static/{name})" in PAGE for name in drawings)


def test_a_kept_picture_is_the_one_that_would_be_drawn(drawings):
    for name, svg in drawings.items():
        kept = (make_drawings.FOLDER / name).read_text(encoding="utf-8")
        assert kept == svg + "\n", "run: python docs/make_drawings.py"
