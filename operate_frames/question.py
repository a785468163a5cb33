"""What is asked, in our words: filters named and typed, columns, limit. Checked before anything is sent.

The server ignores a filter that it does not know and returns every row (contract ``operate-v1.md``
section 10, surprises 1 to 3), so nothing unchecked may reach it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from difflib import get_close_matches
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd

from operate_frames.errors import QuestionError, UnknownName, WrongType
from operate_frames.resources import Field, Resource

__all__ = ["Condition", "Question", "ask", "checked_number"]

_WHOLE_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_INT64 = range(-(2**63), 2**63)


@dataclass(frozen=True)
class Condition:
    """One filter: a field and the value that it must equal.

    The value is an int, text or bool; for dates a timezone-aware datetime, or a date for a whole UTC day.
    """

    field: Field
    value: Any


@dataclass(frozen=True)
class Question:
    """A read, checked and complete: which rows of which resource, and which columns of them."""

    resource: Resource
    columns: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()
    limit: int | None = None


def ask(
    resource: Resource,
    *,
    columns: Iterable[str] | None = None,
    limit: int | None = None,
    filters: Mapping[str, object] | None = None,
) -> Question:
    """Check a read.

    Parameters
    ----------
    resource : Resource
        What to read.
    columns : iterable of str, optional
        Which columns, in which order; all by default.
    limit : int, optional
        At most that many rows.
    filters : mapping, optional
        Column names and the values that they must equal; None means no filter.

    Returns
    -------
    Question

    Raises
    ------
    UnknownName
        No such filter or column; the message names the nearest one.
    WrongType
        A value that the column cannot hold.
    QuestionError
        A value that cannot be asked for, such as a negative limit or an empty text.
    """
    given = {name: value for name, value in (filters or {}).items() if value is not None}
    return Question(
        resource,
        _columns(resource, columns),
        tuple(_condition(resource, name, value) for name, value in given.items()),
        None if limit is None else checked_number("limit", limit, least=0),
    )


def checked_number(argument: str, value: object, *, least: int) -> int:
    """Check an argument that counts rows."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Integral):
        raise WrongType(f"{argument} takes a whole number of rows, not {_shown(value)}.")
    if value < least:
        raise QuestionError(f"{argument}={value} cannot be: it takes {least} or more.")
    return int(value)


def _columns(resource: Resource, columns: Iterable[str] | None) -> tuple[str, ...]:
    if columns is None:
        return resource.columns
    if isinstance(columns, str) or not isinstance(columns, Iterable):
        raise WrongType(f"columns takes a list of names, not {_shown(columns)}: write columns=['state'].")
    chosen = tuple(columns)
    for name in chosen:
        if name not in resource.columns:
            raise _unknown(resource, "column", name)
    doubled = sorted({name for name in chosen if chosen.count(name) > 1})
    if doubled:
        raise QuestionError(f"columns names {', '.join(doubled)} more than once.")
    if not chosen:
        raise QuestionError("columns is empty: name at least one, or leave it out for all.")
    return chosen


def _condition(resource: Resource, name: str, value: object) -> Condition:
    if name not in resource.columns:
        raise _unknown(resource, "filter", name)
    field = resource.field(name)
    if isinstance(value, np.generic):
        value = value.item()
    check = {"key": _integer, "count": _integer, "text": _text, "flag": _flag, "date": _date}[field.kind]
    return Condition(field, check(field, value))


def _unknown(resource: Resource, what: str, name: object) -> UnknownName:
    there = f"{resource.name} has no {what} {name!r}"
    if not isinstance(name, str):
        return UnknownName(f"{there}: names are text.")
    renamed = [field.column for field in resource.fields if field.v1 == name]
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    nearest = renamed or get_close_matches(snake, resource.columns, n=1, cutoff=0.5)
    if nearest:
        return UnknownName(f"{there}: did you mean {nearest[0]!r}?")
    return UnknownName(f"{there}: it has {', '.join(resource.columns)}.")


def _integer(field: Field, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        advice = "an integer"
        if isinstance(value, float):
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
        raise QuestionError(f"{field.column}='' matches no row: leave the filter out for all rows.")
    if not field.words:
        return value
    known = {word: ours for ours, v1 in field.words for word in (ours, v1)}
    if value.upper() in known:
        return known[value.upper()]
    nearest = get_close_matches(value.upper(), known, n=1, cutoff=0.0)
    hint = (
        "has_incident=True finds instances with an incident"
        if value.upper() == "INCIDENT"
        else (f"did you mean {known[nearest[0]]!r}?")
    )
    words = ", ".join(ours for ours, _ in field.words)
    raise QuestionError(f"{field.column}={value!r} is no state ({words}): {hint}")


def _flag(field: Field, value: object) -> bool:
    if not isinstance(value, bool):
        raise _wrong_type(field, value, "True or False")
    return value


def _date(field: Field, value: object) -> datetime | date:
    """Read a moment or a whole UTC day; naive times are UTC."""
    if isinstance(value, str):
        value = _dated(field, value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, datetime) or pd.isna(value):
        raise _wrong_type(field, value, "a date, a datetime or a text such as '2026-10-31'")
    moment = pd.Timestamp(value)
    if moment.microsecond % 1000 or moment.nanosecond:
        raise QuestionError(f"{field.column}={value} matches no row: Operate keeps dates to the millisecond.")
    return moment.tz_localize(UTC) if moment.tzinfo is None else moment.tz_convert(UTC)


def _dated(field: Field, text: str) -> datetime | date:
    try:
        moment = pd.Timestamp(text)
    except ValueError:
        moment = None
    if moment is None or pd.isna(moment):
        raise QuestionError(
            f"{field.column}={text!r} is no date: write it like '2026-10-31' or '2026-10-31T12:00:00Z'."
        )
    return moment.date() if _WHOLE_DAY.match(text) else moment


def _wrong_type(field: Field, value: object, advice: str) -> WrongType:
    return WrongType(f"{field.column} takes {advice}, not {_shown(value)}.")


def _shown(value: object) -> str:
    """A value for a message: short, with its type."""
    text = repr(value)
    return f"the {type(value).__name__} {text if len(text) <= 60 else text[:57] + '...'}"
