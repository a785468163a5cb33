"""Operate's date text, and the engine's date math in filters.

A date filter is the range from the text rounded down to the text rounded up (contract, section 4).
"""

from __future__ import annotations

import re
import time
from calendar import monthrange
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_API_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d{4}")
_ENGINE_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}(Z|[+-]\d\d:?\d\d)")
_STEP = re.compile(r"/(?P<unit>[yMwdhHms])|(?P<amount>[+-]\d*)(?P<of>[yMwdhHms])")
_LENGTHS = {
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}
_MILLISECOND = timedelta(milliseconds=1)


class NotADate(ValueError):
    """The engine cannot read this text as a date."""


def now() -> int:
    """Give the moment that ``now`` stands for, in epoch milliseconds."""
    return time.time_ns() // 1_000_000


def milliseconds(text: str) -> int:
    """Read a date in the API's own format, ``yyyy-MM-dd'T'HH:mm:ss.SSSZZ``.

    Parameters
    ----------
    text : str
        Such as ``2026-11-24T02:08:10.828+0000``.

    Returns
    -------
    int
        Epoch milliseconds.

    Raises
    ------
    NotADate
        For any other format.
    """
    if not _API_DATE.fullmatch(text):
        raise NotADate(text)
    return _milliseconds(_iso(text))


def search_after_milliseconds(text: str) -> int:
    """Read a value of ``searchAfter`` on a date column: epoch milliseconds or an ISO date as text.

    Parameters
    ----------
    text : str
        What the client sent.

    Returns
    -------
    int
        Epoch milliseconds.

    Raises
    ------
    NotADate
        For text that is neither; the smallest int64 is none, the engine negates its magnitude.
    """
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        magnitude = int(text.lstrip("-").split(".")[0])
        if magnitude > np.iinfo(np.int64).max:
            raise NotADate(text)
        return -magnitude if text.startswith("-") else magnitude
    if _ENGINE_DATE.fullmatch(text):
        return _milliseconds(_iso(text))
    raise NotADate(text)


def span(text: str) -> tuple[int, int]:
    """Give the first and the last millisecond that a date filter takes in.

    Parameters
    ----------
    text : str
        A date or ``now``, with date math such as ``||/d`` or ``||-1d/d`` behind it or not.

    Returns
    -------
    tuple of int
        Both ends, inclusive.

    Raises
    ------
    NotADate
        For text that the engine refuses.
    """
    start, steps = _anchor(text)
    return _after_steps(start, steps, rounding_up=False), _after_steps(start, steps, rounding_up=True)


def texts(moments: npt.NDArray[np.int64], zone: str) -> list[str]:
    """Write epoch milliseconds as the APIs do.

    Parameters
    ----------
    moments : ndarray of int64
        Epoch milliseconds.
    zone : str
        How UTC is written.

    Returns
    -------
    list of str
        Such as ``2026-11-24T02:08:10.828+0000``.
    """
    return [f"{text}{zone}" for text in np.datetime_as_string(moments.astype("datetime64[ms]")).tolist()]


def _iso(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as impossible:
        raise NotADate(text) from impossible


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MILLISECOND


def _anchor(text: str) -> tuple[datetime, str]:
    if text.startswith("now"):
        return _EPOCH + timedelta(milliseconds=now()), text[3:]
    date, _, steps = text.partition("||")
    return _EPOCH + timedelta(milliseconds=milliseconds(date)), steps


def _after_steps(moment: datetime, steps: str, *, rounding_up: bool) -> int:
    position = 0
    try:
        while position < len(steps):
            step = _STEP.match(steps, position)
            if step is None:
                raise NotADate(steps)
            position = step.end()
            if step["unit"]:
                moment = _floor(moment, step["unit"])
                if rounding_up:
                    moment = _moved(moment, 1, step["unit"]) - _MILLISECOND
            else:
                amount = step["amount"]
                moment = _moved(moment, int(amount if len(amount) > 1 else f"{amount}1"), step["of"])
    except OverflowError as beyond:
        raise NotADate(steps) from beyond
    return _milliseconds(moment)


def _floor(moment: datetime, unit: str) -> datetime:
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    match unit:
        case "y":
            return midnight.replace(month=1, day=1)
        case "M":
            return midnight.replace(day=1)
        case "w":
            return midnight - timedelta(days=midnight.weekday())
        case _:
            length = _LENGTHS[unit.lower()]
            return midnight + (moment - midnight) // length * length


def _moved(moment: datetime, amount: int, unit: str) -> datetime:
    if unit not in "yM":
        return moment + amount * _LENGTHS[unit.lower()]
    years, month = divmod(moment.month - 1 + amount * (12 if unit == "y" else 1), 12)
    year = moment.year + years
    if not 1 <= year <= 9999:  # Python's own calendar
        raise OverflowError
    last_day = monthrange(year, month + 1)[1]
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last_day))
