"""The sections of the contract that the code cites are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NUMBERS = r"\d+(?:\.\d+)?(?:(?:, | and | to )\d+\.\d+)*"
CITED = re.compile(rf"(?:``(?P<page>[a-z0-9-]+)\.md``|[Cc]ontract),? (?:sections? )?(?P<numbers>{NUMBERS})(?![\w,])")
SECTIONS = {
    page.stem: set(re.findall(r"^##+ (\d+(?:\.\d+)?)\b", page.read_text(encoding="utf-8"), re.MULTILINE))
    for page in (ROOT / "docs" / "contract").glob("*.md")
}


def cited():
    for file in sorted((ROOT / "operate_frames").rglob("*.py")):
        text = re.sub(r"\s+(?:# )?", " ", file.read_text(encoding="utf-8"))
        for found in CITED.finditer(text):
            for number in re.findall(r"\d+(?:\.\d+)?", found["numbers"]):
                yield pytest.param(found["page"] or "operate-v1", number, id=f"{file.stem}: {found[0]}: {number}")


CITATIONS = list(cited())


def test_the_code_cites_the_contract():
    assert len(CITATIONS) > 40


@pytest.mark.parametrize(("page", "number"), CITATIONS)
def test_a_section_that_is_cited_is_there(page, number):
    assert number in SECTIONS[page]
