"""What the code and its docstrings cite is there: sections of the contract, and pages of the docs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import operate_frames as of

ROOT = Path(__file__).parents[2]
NUMBER = r"\d+(?:\.\d+)?"
NUMBERS = rf"{NUMBER}(?:(?: \([a-z ]+\))?(?:, | and | to )(?:section )?{NUMBER})*"
# A page or the word, and numbers behind it; without a page v1's is meant.
CITED = re.compile(rf"(?:``(?P<page>[a-z0-9-]+)\.md``|\b[Cc]ontract\b),? (?:sections? )?(?P<numbers>{NUMBERS})\b")
SECTIONS = {
    page.stem: re.findall(rf"^##+ ({NUMBER})\b", page.read_text(encoding="utf-8"), re.MULTILINE)
    for page in (ROOT / "docs" / "contract").glob("*.md")
}
FILES = sorted(file for folder in ("operate_frames", "tests") for file in (ROOT / folder).rglob("*.py"))
READERS = [name for name in of.__all__ if name.startswith("read_")]


def as_one_line(text):
    """A citation may go on in the next line, of a comment too."""
    return re.sub(r"\s+(?:# )?", " ", text)


TEXTS = {
    **{file.relative_to(ROOT).as_posix(): as_one_line(file.read_text(encoding="utf-8")) for file in FILES},
    **{name: as_one_line(getattr(of, name).__doc__) for name in READERS},  # most of these are put together
}
CITATIONS = [
    pytest.param(found["page"] or "operate-v1", number, id=f"{name}: {found[0]}: {number}")
    for name, text in TEXTS.items()
    for found in CITED.finditer(text)
    for number in re.findall(NUMBER, found["numbers"])
]
PAGES = sorted({page for text in TEXTS.values() for page in re.findall(r"``(?:docs/)?([\w/-]+\.md)``", text)})


@pytest.mark.parametrize(("page", "number"), CITATIONS)
def test_a_section_that_is_cited_is_there(page, number):
    assert number in SECTIONS[page]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_that_is_named_is_there(name):
    assert (ROOT / "docs" / name).exists() or (ROOT / "docs" / "contract" / name).exists()


@pytest.mark.parametrize("page", SECTIONS)
def test_a_number_means_one_section(page):
    assert len(SECTIONS[page]) == len(set(SECTIONS[page]))


@pytest.mark.parametrize("name", READERS)
def test_a_reader_says_where_its_rules_come_from(name):
    assert CITED.search(TEXTS[name])
