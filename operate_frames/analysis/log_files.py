"""What the files of event logs share: which logs they take, what their values are called, how they take their place."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from operate_frames.errors import QuestionError, UnknownName, WrongType
from operate_frames.exports.options import FileOptions
from operate_frames.query.describe import describe_value

if TYPE_CHECKING:
    from operate_frames.exports.targets import Target

__all__ = [
    "CASE",
    "INSTANCE",
    "PROCESS",
    "TIME",
    "attribute_of",
    "checked_log",
    "event_columns",
    "place_of",
    "put_in_place",
    "rows_of",
    "stretches",
    "without_control",
]

CASE, TIME = "case:concept:name", "time:timestamp"
INSTANCE, PROCESS = "process_instance_key", "process_definition_id"
_NEEDED = (CASE, "concept:name", TIME)
_ROWS = 10_000
_INT64 = 1 << 63
# What no text of XML 1.0 may hold, nor be written as a reference; a lone surrogate no file in UTF-8.
_NOT_TEXT = "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"


def checked_log(log: object, *needed: str) -> pd.DataFrame:
    """Check an event log, and put the events of each case together, in the order that they have.

    Raises
    ------
    WrongType
        It is no frame, or its times are none.
    UnknownName
        It lacks a column.
    QuestionError
        An event has no case or no time.
    """
    if not isinstance(log, pd.DataFrame):
        raise WrongType(f"log takes a frame of of.event_log(), not {describe_value(log)}.")
    if lacking := [name for name in (*_NEEDED, *needed) if name not in log.columns]:
        raise UnknownName(f"log has no column {', '.join(lacking)}: make it with of.event_log().")
    log = log.rename(columns=lambda name: without_control(str(name)))
    if not all(name.removeprefix("case:") for name in log.columns):
        raise QuestionError("log has a column without a name: rename it.")
    if log.columns.has_duplicates:
        raise QuestionError("log has columns of the same name: rename them.")
    times = log[TIME]
    if not isinstance(times.dtype, pd.DatetimeTZDtype):
        raise WrongType(f"{TIME} holds {times.dtype}, not times with a zone: write pd.to_datetime(..., utc=True).")
    said = [name for name in (*_NEEDED, INSTANCE) if name in log.columns]
    if unsaid := [name for name in said if log[name].isna().any()]:
        raise QuestionError(f"log has events without {', '.join(unsaid)}: drop them first.")
    codes, _ = pd.factorize(log[CASE])
    return log.assign(**{TIME: times.dt.tz_convert("UTC")}).take(codes.argsort(kind="stable"))


def event_columns(log: pd.DataFrame) -> list[str]:
    """The columns that say something of an event, not of its case, but for name and time."""
    return [name for name in log.columns if not name.startswith("case:") and name not in _NEEDED]


def rows_of(part: pd.DataFrame, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """Some columns row by row, as Python's own values."""
    return zip(*(part[name].tolist() for name in columns), strict=True)


def stretches(log: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The log, some thousand events at a time."""
    for start in range(0, len(log), _ROWS):
        yield log.iloc[start : start + _ROWS]


def attribute_of(value: Any) -> tuple[str, Any] | None:
    """The type of a value, as OCEL calls it, and the value, JSON where it is none of these; None for a missing one."""
    if isinstance(value, str):
        return "string", without_control(value)
    if isinstance(value, (np.generic, np.ndarray)):
        return attribute_of(pd.Timestamp(value) if isinstance(value, np.datetime64) else value.tolist())
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool):
        return "boolean", value
    if isinstance(value, int) and -_INT64 <= value < _INT64:
        return "integer", value
    if isinstance(value, float):
        return "float", value
    if isinstance(value, datetime):
        return "time", (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)).isoformat()
    if not isinstance(value, (dict, list, tuple)):
        return "string", without_control(str(value))
    return "string", without_control(json.dumps(value, ensure_ascii=False, default=str))


def without_control(text: str) -> str:
    """A text with a mark (U+FFFD) for each character that no XML can hold."""
    return text if text.isprintable() else re.sub(_NOT_TEXT, "�", text)


def place_of(path: object, endings: tuple[str, ...]) -> Target:
    """Check where a file is to stand, before anything is read for it.

    Raises
    ------
    QuestionError
        The name does not end as it should, or there is no such folder.
    """
    from operate_frames.exports.targets import target_of  # noqa: PLC0415 - it brings pyarrow's datasets

    if not isinstance(path, (str, os.PathLike)) or isinstance(os.fspath(path), bytes):
        raise WrongType(f"path takes the name of a file as text or a Path, not {describe_value(path)}.")
    file = Path(path).expanduser()
    if not file.name.lower().endswith(endings):
        raise QuestionError(f"path={str(file)!r} ends otherwise: name a file that ends with {' or '.join(endings)}.")
    target = target_of(file, "rows", FileOptions())
    target.check()
    return target


def put_in_place(path: object, endings: tuple[str, ...], write: Callable[[Path], object]) -> Path:
    """Write a file beside its place, then put it there in one step.

    Raises
    ------
    QuestionError
        As `place_of`.
    """
    target = place_of(path, endings)
    unfinished = target.path.with_name(f"{target.path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        write(unfinished)
        with unfinished.open("rb+") as written:
            os.fsync(written.fileno())
        target.take(unfinished)
    finally:
        unfinished.unlink(missing_ok=True)
    return target.path
