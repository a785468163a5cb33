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

__all__ = ["LONGEST_TEXT", "json_text"]

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


def _written(argument: str, value: object) -> str:
    if isinstance(value, np.generic):
        value = value.item()
    if value is pd.NA or value is pd.NaT:
        raise WrongType(f"{argument} is missing: write None for JSON's null.")
    if isinstance(value, Mapping):
        pairs = (f"{_text(str(name))}:{_written(argument, each)}" for name, each in value.items())
        return f"{{{','.join(pairs)}}}"
    if isinstance(value, (list, tuple)):
        return f"[{','.join(_written(argument, each) for each in value)}]"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, float):
        return _float(argument, value)
    if value is None or isinstance(value, (bool, int)):
        return json.dumps(value)
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
