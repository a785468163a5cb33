"""Filters: the values that a user gives, checked and typed, as what a row must meet.

A value is equal, a list any of, `between` a half-open range, `like` a pattern, ``pd.NA`` missing, `exclude` all others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from operate_frames.errors import QuestionError, WrongType
from operate_frames.query.dates import LAST_DATE, beginning_of_range, end_of_range, is_for_ever, time_meant
from operate_frames.query.describe import describe_value
from operate_frames.query.filter_words import Between, Exclude, Like
from operate_frames.query.json_text import as_json, from_json
from operate_frames.query.ranges import Range
from operate_frames.schema.fields import Field

__all__ = ["Filter", "build_filter", "checked_key", "flat", "no_tuple"]

_DIGITS = re.compile(r"[0-9]{1,19}", re.ASCII)
_INT64 = range(-(2**63), 2**63)


@dataclass(frozen=True)
class Filter:
    """One filter: a row meets it whose value is one of `values`, lies in one of `ranges`, or is missing as allowed.

    Values and ends of ranges are int, text, bool, or timezone-aware UTC Timestamps. A row also meets it whose text is
    the JSON of one of `documents`, which are canonical texts of objects: a row holds their keys in any order; or whose
    text looks like one of `patterns`. Where it is `negated`, just the other rows meet it.
    """

    field: Field
    values: tuple[Any, ...] = ()
    ranges: tuple[Range, ...] = ()
    missing: bool = False
    documents: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    negated: bool = False


def build_filter(field: Field, value: object) -> Filter:
    """Check the value of a filter.

    Raises
    ------
    WrongType
        A value that the column cannot hold.
    QuestionError
        A value that cannot be asked for, such as an empty text or a range that ends before it begins.
    """
    if isinstance(value, Exclude):
        if not value.values:
            raise QuestionError(f"{field.column} excludes nothing: name a value, or leave the filter out.")
        return replace(build_filter(field, flat(value.values)), negated=True)
    values: list[Any] = []
    ranges: list[Range] = []
    documents: list[str] = []
    patterns: list[str] = []
    missing = False
    for one in _given(field, value):
        if isinstance(one, Between):
            ranges.append(_range(field, one))
        elif isinstance(one, Like):
            patterns.append(_pattern(field, one.pattern))
        elif isinstance(one, Exclude):
            raise QuestionError(f"{field.column} takes exclude() alone: write of.exclude() around all its values.")
        elif _is_missing(one):
            missing = True
        elif field.json:
            text, is_exact = (from_json if isinstance(one, str) else as_json)(field.column, one)
            (values if is_exact else documents).append(text)
        elif isinstance(checked := _CHECKS[field.kind](field, one), Range):
            ranges.append(checked)
        else:
            values.append(checked)
    alternatives, spans, objects, looks = (tuple(dict.fromkeys(each)) for each in (values, ranges, documents, patterns))
    return Filter(field, alternatives, spans, missing, objects, looks)


def _given(field: Field, value: object) -> list[Any]:
    """The alternatives that a value stands for."""
    if isinstance(value, pd.DataFrame):
        raise WrongType(f"{field.column} takes one column of values, not a DataFrame: write frame['column'].")
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, pa.Scalar):
        value = pd.NA if value.as_py() is None else value.as_py()
    if isinstance(value, (Between, Like, Exclude, Mapping)) or not pd.api.types.is_list_like(value):
        several = [value]
    elif isinstance(value, tuple):
        raise no_tuple(field.column, value)
    else:
        several = _listed(value)
    for one in several:
        if one is None:
            raise WrongType(f"{field.column} takes no None in a list: write pd.NA for missing values.")
        if isinstance(one, tuple) and not isinstance(one, (Between, Like, Exclude)):
            raise no_tuple(field.column, one)
    return several


def flat(values: tuple[Any, ...]) -> Any:
    """What was excluded, whether it stands there one by one or as one list."""
    return values[0] if len(values) == 1 else list(values)


def _pattern(field: Field, pattern: object) -> str:
    if field.kind != "text" or field.json or field.listed:
        raise WrongType(f"{field.column} takes no like(): only columns of texts do.")
    if not isinstance(pattern, str) or not pattern:
        raise WrongType(f"{field.column}=like() takes a text such as 'ord-*', not {describe_value(pattern)}.")
    return pattern


def _listed(values: Any) -> list[Any]:
    """The elements of a list of any library, with pandas' missing value for theirs."""
    if isinstance(values, (pa.Array, pa.ChunkedArray)):
        return [pd.NA if value is None else value for value in values.to_pylist()]
    if type(values).__module__.partition(".")[0] == "polars":
        return [pd.NA if value is None else value for value in values]
    return list(values)


def no_tuple(argument: str, given: tuple[Any, ...]) -> QuestionError:
    """The error of a tuple, which could be either of two."""
    values = ", ".join(map(repr, given[:2]))
    return QuestionError(
        f"{argument} takes no tuple, which could be a range or any of its values: write of.between({values}) for a"
        f" range without its end, or [{values}] for any of them."
    )


def _is_missing(value: object) -> bool:
    return value is pd.NA or value is pd.NaT or (isinstance(value, (float, np.floating)) and bool(np.isnan(value)))


def _range(field: Field, given: Between) -> Range:
    if field.kind not in ("key", "count", "date"):
        raise WrongType(f"{field.column} has no ranges, only dates, keys and counts have: write a list of its values.")
    low = None if given.low is None or _is_missing(given.low) else _beginning(field, given.low)
    high = None if given.high is None or _is_missing(given.high) else _end(field, given.high)
    if field.kind == "date" and high is not None and is_for_ever(high):
        high = None if low is not None else LAST_DATE
    if low is None and high is None:
        raise QuestionError(f"{field.column} is asked for between nothing and nothing: give one end, or leave it out.")
    if low is not None and high is not None and low >= high:
        raise QuestionError(
            f"{field.column} between {given.low!r} and {given.high!r} holds no value: the first end must be smaller,"
            " and the second is not included."
        )
    return Range(low, high)


def _beginning(field: Field, value: object) -> Any:
    return beginning_of_range(field.column, value) if field.kind == "date" else _integer(field, value)


def _end(field: Field, value: object) -> Any:
    return end_of_range(field.column, value) if field.kind == "date" else _integer(field, value)


def checked_key(argument: str, value: object) -> int:
    """Check a key; sheets and v2 keep keys as texts of digits, which cost them no digit.

    Raises
    ------
    WrongType, QuestionError
        No key.
    """
    return _whole_number(argument, int(value) if isinstance(value, str) and _DIGITS.fullmatch(value) else value)


def _integer(field: Field, value: object) -> int:
    return checked_key(field.column, value) if field.kind == "key" else _whole_number(field.column, value)


def _whole_number(argument: str, value: object) -> int:
    if isinstance(value, np.integer):
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, int):
        advice = "an integer"
        if isinstance(value, (float, np.floating)):
            advice = "an integer; a float has no room for the last digits of a key, keep keys as Int64"
        elif isinstance(value, str) and value.isdecimal():
            advice = f"an integer: write {argument}={int(value[:19])}"
        raise WrongType(f"{argument} takes {advice}, not {describe_value(value)}.")
    if value not in _INT64:
        raise QuestionError(
            f"{argument} takes no number out of range, as {describe_value(value)} is: no key or count has more than 64"
            " bits."
        )
    return value


def _text(field: Field, value: object) -> str:
    if not isinstance(value, str):
        raise _wrong_type(field, value, "a text")
    if not value:
        # The server takes an empty text for no filter at all (contract 2.2).
        raise QuestionError(
            f"{field.column}='' matches no row: leave the filter out for all rows, or write pd.NA for missing values."
        )
    return _word(field, str(value)) if field.enum else str(value)


def _word(field: Field, value: str) -> str:
    known = field.spellings
    if value.upper() in known:
        return known[value.upper()]
    nearest = get_close_matches(value.upper(), known, n=1, cutoff=0.0)
    hint = (
        "has_incident=True finds rows with an incident"
        if value.upper() == "INCIDENT"
        else f"did you mean {known[nearest[0]]!r}?"
    )
    raise QuestionError(f"{field.column}={value!r} is none of {', '.join(field.enum)}: {hint}")


def _flag(field: Field, value: object) -> bool:
    if isinstance(value, np.bool_):
        value = value.item()
    if not isinstance(value, bool):
        raise _wrong_type(field, value, "True or False")
    return value


def _date(field: Field, value: object) -> Range:
    return time_meant(field.column, value)


_CHECKS = {"key": _integer, "count": _integer, "text": _text, "flag": _flag, "date": _date}


def _wrong_type(field: Field, value: object, advice: str) -> WrongType:
    return WrongType(f"{field.column} takes {advice}, not {describe_value(value)}.")
