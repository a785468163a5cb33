"""JSON texts of an Arrow column as the values that they are: numbers, texts."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["NUMBER", "numbers_in", "texts_in"]

NUMBER = r"^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$"


def numbers_in(texts: pa.Array) -> pa.Array:
    """The numbers among JSON texts, as double; others are missing."""
    is_number = pc.match_substring_regex(texts, NUMBER)
    return pc.if_else(is_number, texts, pa.scalar(None, pa.string())).cast(pa.float64())


def texts_in(texts: pa.Array) -> pa.Array:
    """The texts among JSON texts, without their quotes; others are missing, and one that is cut is as it is.

    Raises
    ------
    ValueError
        Half of a surrogate pair, which no text of Arrow's can hold.
    """
    inside = pc.replace_substring_regex(texts, r'^"|"$', "")
    inside = pc.if_else(pc.starts_with(texts, '"'), inside, pa.scalar(None, pa.string()))
    escaped = pc.fill_null(pc.match_substring(inside, "\\"), fill_value=False)
    if not pc.any(escaped).as_py():
        return inside
    encoded = inside.filter(escaped).dictionary_encode()  # each text is read once
    read = pa.array([_unescaped(text) for text in encoded.dictionary.to_pylist()], pa.string())
    return pc.replace_with_mask(inside, escaped, read.take(encoded.indices))


def _unescaped(text: str) -> str:
    try:
        return str(json.loads(f'"{text}"'))
    except json.JSONDecodeError:  # cut in the middle of an escape
        return text
