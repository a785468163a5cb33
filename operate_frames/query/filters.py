"""Filters: the values that a user gives, checked and typed, as what a row must meet.

A value is equal, a list any of, a tuple or `between` a half-open range, ``pd.NA`` missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from operate_frames.errors import QuestionError, WrongType
from operate_frames.schema.fields import Field

__all__ = ["Between", "Filter", "Range", "between", "build_filter", "describe_value"]

_DATED = re.compile(r"\d{4}-\d{2}-\d{2}(?P<time>[T ].*)?\Z", re.DOTALL)
_INT64 = range(-(2**63), 2**63)


class Range(NamedTuple):
    """From `low` on, up to but not including `high`; None where that end is open."""

    low: Any
    high: Any


@dataclass(frozen=True)
class Filter:
    """One filter: a row meets it whose value is one of `values`, lies in one of `ranges`, or is missing as allowed.

    Values and ends of ranges are int, text, bool, or timezone-aware UTC Timestamps.
    """

    field: Field
    values: tuple[Any, ...] = ()
    ranges: tuple[Range, ...] = ()
    missing: bool = False


class Between(NamedTuple):
    """What `between` gives."""

    low: Any
    high: Any


def between(low: object, high: object) -> Between:
    """Ask for a range: from `low` on, up to but not including `high`.

    Parameters
    ----------
    low, high : date, datetime, text, int or None
        None leaves that end open. A date without a time is the start of that UTC day, so
        ``between("2026-10-01", "2026-11-01")`` is October.

    Returns
    -------
    Between
        For a filter on a date, key or count column. The tuple ``(low, high)`` says the same.

    Examples
    --------
    >>> import operate_frames as of
    >>> of.between("2026-10-01", None)
    Between(low='2026-10-01', high=None)
    """
    return Between(low, high)


def build_filter(field: Field, value: object) -> Filter:
    """Check the value of a filter.

    Raises
    ------
    WrongType
        A value that the column cannot hold.
    QuestionError
        A value that cannot be asked for, such as an empty text or a range that ends before it begins.
    """
    values: list[Any] = []
    ranges: list[Range] = []
    missing = False
    for one in _given(field, value):
        if isinstance(one, Between):
            ranges.append(_range(field, one))
        elif _is_missing(one):
            missing = True
        elif isinstance(checked := _CHECKS[field.kind](field, one), Range):
            ranges.append(checked)
        else:
            values.append(checked)
    return Filter(field, tuple(dict.fromkeys(values)), tuple(dict.fromkeys(ranges)), missing)


def describe_value(value: object) -> str:
    """A value for a message: short, with its type."""
    text = repr(value)
    return f"the {type(value).__name__} {text if len(text) <= 60 else text[:57] + '...'}"


def _given(field: Field, value: object) -> list[Any]:
    """The alternatives that a value stands for."""
    if isinstance(value, tuple):
        if len(value) != 2:
            raise QuestionError(
                f"{field.column} takes a tuple of two for a range, (low, high), not of {len(value)}: write a list for"
                " any of several values."
            )
        return [Between(*value)]
    if isinstance(value, Mapping) or not pd.api.types.is_list_like(value):
        return [value]
    assert isinstance(value, Iterable)
    several = list(value)
    if any(one is None for one in several):
        raise WrongType(f"{field.column} takes no None in a list: write pd.NA for missing values.")
    plain = not any(isinstance(one, tuple) or _is_missing(one) for one in several)
    if field.kind == "date" and isinstance(value, list) and len(value) == 2 and plain:
        # Two dates in a list are meant as a range by some and as two days by others.
        raise QuestionError(
            f"{field.column} was given a list of two dates: write between({several[0]!r}, {several[1]!r}) for the time"
            " between them, or a set for any of the two."
        )
    return [Between(*one) if isinstance(one, tuple) and len(one) == 2 else one for one in several]


def _is_missing(value: object) -> bool:
    return value is pd.NA or value is pd.NaT or (isinstance(value, (float, np.floating)) and bool(np.isnan(value)))


def _range(field: Field, given: Between) -> Range:
    if field.kind not in ("key", "count", "date"):
        raise WrongType(f"{field.column} has no ranges, only dates, keys and counts have: write a list of its values.")
    low, high = (None if end is None or _is_missing(end) else _end(field, end) for end in given)
    if low is None and high is None:
        raise QuestionError(f"{field.column} is asked for between nothing and nothing: give one end, or leave it out.")
    if low is not None and high is not None and low >= high:
        raise QuestionError(
            f"{field.column} between {given.low!r} and {given.high!r} holds no value: the first end must be smaller,"
            " and the second is not included."
        )
    return Range(low, high)


def _end(field: Field, value: object) -> Any:
    if field.kind != "date":
        return _integer(field, value)
    moment = _moment(field, value)
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)
    # Operate keeps dates to the millisecond, so nothing lies between an end and the next one.
    return _utc(moment).ceil("ms")


def _integer(field: Field, value: object) -> int:
    if isinstance(value, np.integer):
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, int):
        advice = "an integer"
        if isinstance(value, (float, np.floating)):
            advice = "an integer; a float has no room for the last digits of a key, keep keys as Int64"
        elif isinstance(value, str) and value.isdecimal():
            advice = f"an integer: write {field.column}={value}"
        raise _wrong_type(field, value, advice)
    if value not in _INT64:
        raise QuestionError(f"{field.column}={value} is out of range: no key or count has more than 64 bits.")
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
    """Read a moment or a whole UTC day as the range of its milliseconds."""
    moment = _moment(field, value)
    if not isinstance(moment, datetime):
        day = datetime(moment.year, moment.month, moment.day)
        if moment == date.max:
            raise QuestionError(f"{field.column}={value!r} is out of range: the last day of the calendar has no end.")
        return Range(_utc(day), _utc(day + timedelta(days=1)))
    first = _utc(moment)
    if first.microsecond % 1000 or first.nanosecond:
        raise QuestionError(f"{field.column}={value} matches no row: Operate keeps dates to the millisecond.")
    return Range(first, first + timedelta(milliseconds=1))


def _moment(field: Field, value: object) -> datetime | date:
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)
    if isinstance(value, str):
        return _dated(field, value)
    if not isinstance(value, date) or pd.isna(value):  # a datetime is a date
        raise _wrong_type(field, value, "a date, a datetime or a text such as '2026-10-31'")
    return value


def _dated(field: Field, text: str) -> datetime | date:
    form = _DATED.match(text)
    try:
        moment = pd.Timestamp(text) if form else None
    except ValueError:
        moment = None
    if form is None or moment is None or pd.isna(moment):
        raise QuestionError(
            f"{field.column}={text!r} is no date: write it like '2026-10-31' or '2026-10-31T12:00:00Z'."
        )
    return moment if form["time"] else moment.date()


def _utc(moment: datetime) -> pd.Timestamp:
    """Naive times are UTC."""
    stamp = pd.Timestamp(moment)
    return stamp.tz_localize(UTC) if stamp.tzinfo is None else stamp.tz_convert(UTC)


_CHECKS = {"key": _integer, "count": _integer, "text": _text, "flag": _flag, "date": _date}


def _wrong_type(field: Field, value: object, advice: str) -> WrongType:
    return WrongType(f"{field.column} takes {advice}, not {describe_value(value)}.")
