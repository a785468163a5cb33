"""The kept reference is what the tables of the package say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs import make_reference
from operate_frames import errors
from operate_frames.schema.resources import RESOURCES

PAGES = make_reference.pages()


def test_every_page_is_kept_and_no_other():
    assert {file.name for file in make_reference.FOLDER.iterdir()} == set(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_a_kept_page_is_the_one_that_would_be_written(name):
    kept = (make_reference.FOLDER / name).read_text(encoding="utf-8")

    assert kept == PAGES[name], "run: python docs/make_reference.py"


@pytest.mark.parametrize("resource", RESOURCES.values(), ids=lambda resource: resource.name)
def test_every_column_and_filter_has_its_line_with_both_names(resource):
    lines = re.findall(r"^\| `(\w+)` \| (.+) \|$", PAGES[f"{resource.name}.md"], re.MULTILINE)
    rows = dict(reversed(lines))  # the first table has the names

    assert set(resource.filters) <= set(rows)
    for field in resource.fields:
        assert field.v1 is None or f"`{field.v1.name}`" in rows[field.column]
        assert field.v2 is None or f"`{make_reference.camel(field.column)}`" in rows[field.column]


def test_every_error_has_its_line():
    rows = re.findall(r"^\| `(\w+)` \|", PAGES["errors.md"], re.MULTILINE)

    assert sorted(rows) == sorted(errors.__all__)


def test_links_between_pages_lead_somewhere():
    for name, text in PAGES.items():
        for target in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (Path(make_reference.FOLDER) / target).exists(), f"{name} links to {target}"
