"""A value as the JSON text that Camunda stores of a variable, to the letter.

The server compares texts (contract ``operate-v1.md`` 1.8 and section 5), so ``42`` finds no ``42.0``.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from decimal import Decimal

import numpy as np
import pandas as pd

from operate_frames.errors import QuestionError, WrongType

__all__ = ["LONGEST_TEXT", "as_json", "canonical", "from_json", "json_text"]

# Longer texts are stored but not indexed: no filter finds them.
LONGEST_TEXT = 8191
_ABOVE_FFFF = re.compile("[\U00010000-\U0010ffff]")


def json_text(argument: str, value: object) -> str:
    """Write a value as Camunda does: no blanks, text unescaped but for characters above U+FFFF.

    Parameters
    ----------
    argument : str
        What the value was given to, for the error.
    value : None, bool, int, float, str, list or mapping
        None is JSON's null.

    Raises
    ------
    WrongType
        No JSON value.
    QuestionError
        A text that no filter can find.
    """
    text = _written(argument, value)
    if len(text) > LONGEST_TEXT:
        raise QuestionError(f"{argument} has {len(text)} characters: the server finds no text above {LONGEST_TEXT}.")
    return text


def as_json(argument: str, value: object) -> tuple[str, bool]:
    """A value as JSON text, and whether that is to the letter; else canonical, of objects whose keys have no order."""
    text = json_text(argument, value)
    return (text, True) if _has_one_text(value) else (str(canonical(text)), False)


def from_json(argument: str, text: str) -> tuple[str, bool]:
    """A JSON text that somebody wrote, as `as_json` gives it.

    Raises
    ------
    QuestionError
        It is no JSON: of a text the quotes are missing. One that search has cut is none either, but is what it shows.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        if len(text) == LONGEST_TEXT:
            return text, True
        raise QuestionError(
            f"{argument}={text[:60]!r} is no JSON, which values are: a text has its quotes,"
            f" {argument}={json.dumps(text[:60])!r}."
        ) from None
    return (text, True) if _has_one_text(value) else (str(canonical(text)), False)


def canonical(text: str) -> str | None:
    """A JSON text with the keys of objects in one order, so that equal objects are equal texts; None: it is no JSON.

    Numbers stay as they are written, but for what `json` reads alike.
    """
    try:
        return json.dumps(json.loads(text), sort_keys=True, ensure_ascii=False)
    except (ValueError, RecursionError):
        return None


def _has_one_text(value: object) -> bool:
    """Whether Camunda can have stored a value in one way only: no object in it has several keys."""
    if isinstance(value, Mapping):
        return len(value) < 2 and all(map(_has_one_text, value.values()))
    return not isinstance(value, (list, tuple)) or all(map(_has_one_text, value))


def _written(argument: str, value: object) -> str:
    if isinstance(value, np.generic):
        value = value.item()
    if value is pd.NA or value is pd.NaT:
        raise WrongType(f"{argument} is missing: write None for JSON's null.")
    if isinstance(value, Mapping):
        pairs = (f"{_text(str(name))}:{_written(argument, each)}" for name, each in value.items())
        return f"{{{','.join(pairs)}}}"
    if isinstance(value, list) or type(value) is tuple:  # `between` gives a tuple too
        return f"[{','.join(_written(argument, each) for each in value)}]"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, float):
        return _float(argument, value)
    if value is None or isinstance(value, (bool, int)):
        try:
            return json.dumps(value)
        except ValueError:
            raise QuestionError(f"{argument} has thousands of digits: the server finds no such number.") from None
    raise WrongType(f"{argument} takes a JSON value (text, number, True, False, None, list, dict), not {value!r:.60}.")


def _text(text: str) -> str:
    return _ABOVE_FFFF.sub(_as_pair, json.dumps(text, ensure_ascii=False))


def _as_pair(character: re.Match[str]) -> str:
    high, low = (character[0].encode("utf-16-be")[start : start + 2] for start in (0, 2))
    return f"\\u{high.hex().upper()}\\u{low.hex().upper()}"


def _float(argument: str, value: float) -> str:
    """Write a float as Java does: with an exponent from ten million on and below a thousandth."""
    if not math.isfinite(value):
        raise WrongType(f"{argument} is {value}: JSON has no such number.")
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(value)
    number = Decimal(repr(value))
    sign, digits, _ = number.normalize().as_tuple()
    mantissa = f"{digits[0]}.{''.join(map(str, digits[1:])) or '0'}"
    return f"{'-' if sign else ''}{mantissa}E{number.adjusted()}"
