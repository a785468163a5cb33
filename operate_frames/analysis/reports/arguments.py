"""What the parameters of reports take, checked before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from operate_frames.errors import QuestionError, UnknownName, WrongType
from operate_frames.query.dates import beginning_of_range, checked_time_zone
from operate_frames.query.describe import describe_value

__all__ = ["CHECKS", "FREQUENCIES"]

# pandas' names of calendar periods, and the offsets at whose steps they begin; a week begins on Monday.
FREQUENCIES = {"D": "D", "W": "W-MON", "MS": "MS", "QS": "QS", "YS": "YS"}
_AUDIT_COLUMNS = ("entity_type", "entity_key", "operation_type", "result", "timestamp")
_INSTANCE_COLUMNS = ("process_instance_key", "end_date")


def _columns(argument: str, value: object) -> tuple[str, ...]:
    """Names of columns; one alone may stand as a text."""
    is_list = isinstance(value, Iterable) and not isinstance(value, (str, Mapping, pd.DataFrame, pd.Series))
    names = (value,) if isinstance(value, str) else tuple(value) if is_list and isinstance(value, Iterable) else None
    if names is None or not all(isinstance(name, str) for name in names):
        raise WrongType(f"{argument} takes names of columns, not {describe_value(value)}: write {argument}=['state'].")
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise QuestionError(f"{argument} names {', '.join(doubled)} more than once.")
    return names


def _moment(argument: str, value: object) -> pd.Timestamp | None:
    """A moment in UTC, of a day or month its beginning; a naive one is UTC."""
    return None if value is None else beginning_of_range(argument, value)


def _span(argument: str, value: object) -> pd.Timedelta:
    if not isinstance(value, (str, timedelta, np.timedelta64)):
        raise WrongType(f"{argument} takes a length of time such as '36h' or '5D', not {describe_value(value)}.")
    # pandas takes a bare number for nanoseconds.
    is_bare = isinstance(value, str) and not re.search("[A-Za-zµ:]", value)
    span: Any = pd.NaT if is_bare else pd.to_timedelta(pd.Series([value]), errors="coerce")[0]
    if pd.isna(span):
        raise QuestionError(f"{argument}={value!r} is no length of time: write it like '90min', '36h' or '5D'.")
    length = pd.Timedelta(span)
    if length < pd.Timedelta(0):
        raise QuestionError(f"{argument}={value!r} is below zero, which no time is.")
    return length


def _frequency(argument: str, value: object) -> str | None:
    if value is None or (isinstance(value, str) and value in FREQUENCIES):
        return value
    raise QuestionError(
        f"{argument}={value!r} is not known: it takes pandas' 'D' (days), 'W' (weeks from Monday on), 'MS' (months),"
        " 'QS' (quarters) or 'YS' (years)."
    )


def _frame(reader: str, columns: Sequence[str], argument: str, value: object) -> pd.DataFrame | None:
    """A frame of another reader, that a report looks things up in."""
    if value is None:
        return None
    if not isinstance(value, pd.DataFrame):
        raise WrongType(f"{argument} takes a frame of of.{reader}(), not {describe_value(value)}.")
    if lacking := [name for name in columns if name not in value.columns]:
        raise UnknownName(f"{argument} has no column {', '.join(lacking)}: read it with of.{reader}().")
    return value


# By the name of the parameter.
CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "audit_logs": partial(_frame, "read_audit_logs", _AUDIT_COLUMNS),
    "by": _columns,
    "freq": _frequency,
    "idle": _span,
    "instances": partial(_frame, "read_instances", _INSTANCE_COLUMNS),
    "now": _moment,
    "tz": checked_time_zone,
    "within": _span,
}
