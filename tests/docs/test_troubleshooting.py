"""The page of error texts speaks of messages that the package really has, and of every kind of error."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import operate_frames
from operate_frames import errors

PACKAGE = Path(operate_frames.__file__).parent
PAGE = (PACKAGE.parent / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
HEADINGS = re.findall(r"^### (.+)$", PAGE, re.MULTILINE)
VARIES = "…"


def messages():
    """Every text of the package, with … where a value is put in."""
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                yield "".join(part.value if isinstance(part, ast.Constant) else VARIES for part in node.values)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


TEXTS = set(messages())


@pytest.mark.parametrize("heading", HEADINGS)
def test_a_heading_is_how_a_message_of_the_package_begins(heading):
    assert any(text.startswith(heading) for text in TEXTS)


def test_every_kind_of_error_that_is_raised_has_its_place():
    families = {base for name in errors.__all__ for base in getattr(errors, name).__mro__[1:]}
    raised = {name for name in errors.__all__ if getattr(errors, name) not in families}

    assert raised - set(re.findall(r"`(\w+)`", PAGE)) == set()


def test_no_heading_stands_twice():
    assert len(HEADINGS) == len(set(HEADINGS))
