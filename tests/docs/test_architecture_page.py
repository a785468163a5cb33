"""The page on the architecture says what holds: the layers of the package, and what it depends on."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from tests.unit.test_architecture import LAYERS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_the_page_lists_the_layers():
    rows = re.findall(r"^\| \d+ \| (.+) \|$", PAGE, re.MULTILINE)

    assert [re.findall(r"`(\w+)`", row) for row in rows] == LAYERS


def test_the_page_says_what_each_dependency_is_for():
    wanted = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    names = {re.match(r"[\w-]+", each)[0] for some in wanted for each in some} - {PROJECT["name"]}
    why = PAGE.partition("## Dependencies")[2]

    assert {name for name in names if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", why)} == set()


def test_every_path_that_the_page_names_is_there():
    named = re.findall(r"`([\w/]+/[\w/.]*\w)`", PAGE.partition("## Dependencies")[0])
    roots = (ROOT, ROOT / "operate_frames")

    assert {path for path in named if not any((root / path).exists() for root in roots)} == set()
