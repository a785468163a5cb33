"""Filters as a command has them: Python's words, ``between(a, b)``, ``like(x)``, ``exclude(x)``, ``NA``."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import pandas as pd

from operate_frames.errors import QuestionError
from operate_frames.query.filter_words import between, exclude, like
from operate_frames.schema.fields import Field

__all__ = ["filter_value", "variable_values"]

_CALL = re.compile(r"(between|like|exclude)\((.*)\)\Z", re.DOTALL)
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,19}\Z")
_FLAGS = {"true": True, "false": False}
_MISSING = "NA"
_ENDS = 2


def filter_value(field: Field, texts: Sequence[str]) -> Any:
    """The value of a filter: one text a value, several any of them.

    Raises
    ------
    QuestionError
        A range that has not two ends.
    """
    values = [_value(field, text) for text in texts]
    return values[0] if len(values) == 1 else values


def variable_values(texts: Sequence[str]) -> dict[str, Any]:
    """What ``NAME=VALUE`` says of variables: JSON, or a text that is none.

    Raises
    ------
    QuestionError
        No name and value.
    """
    values: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise QuestionError(f"with-variables takes NAME=VALUE, not {text!r}: write --with-variables amount=100.")
        several = values.setdefault(name, [])
        called = _called(value, _json_value)
        several.append(_json_value(value) if called is None else called)
    return {name: several[0] if len(several) == 1 else several for name, several in values.items()}


def _value(field: Field, text: str) -> Any:
    def read(part: str) -> Any:
        if part == _MISSING:
            return pd.NA
        if field.kind in {"key", "count"} and _WHOLE_NUMBER.match(part):
            return int(part)
        return _FLAGS.get(part.lower(), part) if field.kind == "flag" else part

    found = _called(text, read)
    return read(text) if found is None else found


def _called(text: str, read: Any) -> Any:
    """What a word of Python's with its arguments says; None: it is a value like any other."""
    call = _CALL.match(text)
    if call is None:
        return None
    word, inside = call[1], call[2]
    if word == "like":
        return like(inside.strip())
    parts = [part.strip() for part in inside.split(",")]
    if word == "exclude":
        return exclude(*(read(part) for part in parts))
    if len(parts) != _ENDS:
        raise QuestionError(f"{text} has not two ends: write between(2026-09-01, 2026-10-01), an open end as None.")
    return between(*(None if part in {"", "None"} else read(part) for part in parts))


def _json_value(text: str) -> Any:
    if text == _MISSING:
        return pd.NA
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
