"""Dates as users give them: an instant, or the day, month or year that something without a time of day means."""

from __future__ import annotations

import re
from datetime import UTC, date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd

from operate_frames.errors import QuestionError, WrongType
from operate_frames.query.describe import describe_value
from operate_frames.query.ranges import Range

__all__ = ["LAST_DATE", "beginning_of_range", "checked_time_zone", "end_of_range", "is_for_ever", "time_meant"]

_PARTIAL = re.compile(r"\d{4}(-\d{2}(-\d{2})?|-?[qQ][1-4])?", re.ASCII)
_WITH_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ].*", re.DOTALL | re.ASCII)
# numpy's units of dates that are no times.
_CALENDAR_UNITS = ("Y", "M", "W", "D")
# Whoever asks up to then means: for ever.
_FOR_EVER = 9999
LAST_DATE = pd.Timestamp(_FOR_EVER - 1, 12, 31, tz=UTC)


def checked_time_zone(argument: str, time_zone: object) -> str:
    """Check the name of a time zone.

    Raises
    ------
    WrongType, QuestionError
        No text, or none that this machine knows.
    """
    if not isinstance(time_zone, str):
        raise WrongType(f"{argument} takes a text, not {describe_value(time_zone)}.")
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise QuestionError(
            f"{argument}={time_zone!r} is none that this machine knows: it takes one such as 'Europe/Berlin'."
        ) from None
    return time_zone


def time_meant(column: str, value: object) -> Range:
    """The time that a date means as an equality, in UTC.

    An instant is its millisecond. What has no time of day is a whole day, midnight in its own zone to the next one; a
    text such as ``2026-09``, a `pandas.Period` and a numpy date of a month are that whole period.

    Raises
    ------
    WrongType, QuestionError
        No date, one between two milliseconds, or one at the end of the calendar.
    """
    try:
        low, high = _span(column, value)
        first, end = _utc(low), _utc(high)
    except (OverflowError, pd.errors.OutOfBoundsDatetime):
        raise _out_of_range(column, value) from None
    if is_for_ever(first):
        raise _out_of_range(column, value)
    if first == end:
        if first.microsecond % 1000 or first.nanosecond:
            raise QuestionError(f"{column}={value} matches no row: Operate keeps dates to the millisecond.")
        end = first + pd.Timedelta(milliseconds=1)
    return Range(first, end)


def end_of_range(column: str, value: object) -> pd.Timestamp:
    """The instant that an end of a range is: of what has no time of day its beginning."""
    try:
        # Operate keeps dates to the millisecond, so nothing lies between an end and the next one.
        return _utc(_span(column, value)[0]).ceil("ms")
    except (OverflowError, pd.errors.OutOfBoundsDatetime):
        raise _out_of_range(column, value) from None


def is_for_ever(end: pd.Timestamp) -> bool:
    """Whether an end is one that stands for none."""
    return end.year >= _FOR_EVER


def beginning_of_range(column: str, value: object) -> pd.Timestamp:
    """As `end_of_range`, of the end at which a range begins."""
    begin = end_of_range(column, value)
    if is_for_ever(begin):
        raise _out_of_range(column, value)
    return begin


def _span(column: str, value: object) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Where the time that a value means begins and ends; an instant ends where it begins."""
    if isinstance(value, str):
        value = _read(column, value)
        if isinstance(value, pd.Timestamp):  # its time is written, so midnight is meant
            return value, value
    if isinstance(value, pd.Period):
        return value.start_time, (value + 1).start_time
    if isinstance(value, np.datetime64):
        unit, count = np.datetime_data(value.dtype)
        if unit in _CALENDAR_UNITS and not np.isnat(value):
            return pd.Timestamp(value), pd.Timestamp(value + count)  # numpy counts in its unit
        value = pd.Timestamp(value)
    if not isinstance(value, date) or pd.isna(value):  # a datetime is a date
        raise WrongType(
            f"{column} takes a date, a datetime or a text such as '2026-10-31', not {describe_value(value)}."
        )
    begin = pd.Timestamp(value)
    return begin, _next_midnight(begin) if begin == begin.normalize() else begin


def _read(column: str, text: str) -> pd.Period | pd.Timestamp:
    try:
        if _PARTIAL.fullmatch(text):
            return pd.Period(text)
        if _WITH_TIME.fullmatch(text) and not pd.isna(moment := pd.Timestamp(text)):
            return moment
    except ValueError:
        pass
    raise QuestionError(
        f"{column}={text!r} is no date: write it like '2026-10-31', '2026-10' or '2026-10-31T12:00:00Z'."
    )


def _next_midnight(midnight: pd.Timestamp) -> pd.Timestamp:
    """The end of a day of 23, 24 or 25 hours; where clocks leap over midnight it ends with that leap."""
    next_day = midnight.tz_localize(None) + pd.Timedelta(days=1)
    return next_day.tz_localize(midnight.tz, ambiguous=True, nonexistent="shift_forward")


def _utc(moment: pd.Timestamp) -> pd.Timestamp:
    """Naive times are UTC."""
    return moment.tz_localize(UTC) if moment.tzinfo is None else moment.tz_convert(UTC)


def _out_of_range(column: str, value: object) -> QuestionError:
    return QuestionError(f"{column}={value!r} is out of range: dates reach from the year 1 to 9998.")
