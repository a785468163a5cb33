"""What reports take, checked before anything is sent: their parameters, and frames that were read already."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_float_dtype

from operate_frames.errors import QuestionError, UnknownName, WrongType
from operate_frames.query.dates import beginning_of_range, checked_time_zone
from operate_frames.query.describe import describe_value
from operate_frames.schema.arrow import PANDAS_DTYPES
from operate_frames.schema.resources import RESOURCES

__all__ = ["CHECKS", "FREQUENCIES", "check_there", "read_of", "taken"]

# pandas' names of calendar periods, and the offsets at whose steps they begin; a week begins on Monday.
FREQUENCIES = {"D": "D", "W": "W-MON", "MS": "MS", "QS": "QS", "YS": "YS"}
_AUDIT_COLUMNS = ("entity_type", "entity_key", "operation_type", "result", "timestamp")
_INSTANCE_COLUMNS = ("process_instance_key", "end_date")
# What rows reports take: those of another of them are a mistake, those of a third may be made to fit.
_REPORTED = ("process_instances", "element_instances", "incidents")
# From here on floats skip whole numbers.
_EXACT = 2**53
# Without these a row is in no figure, or in a wrong one.
_NEVER_MISSING = ("_key", "start_date", "creation_time")


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


def _moment(argument: str, value: object) -> pd.Timestamp:
    """A moment in UTC, of a day or month its beginning; a naive one is UTC."""
    return beginning_of_range(argument, value)


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


def _frequency(argument: str, value: object) -> str:
    if isinstance(value, str) and value in FREQUENCIES:
        return value
    raise QuestionError(
        f"{argument}={value!r} is not known: it takes pandas' 'D' (days), 'W' (weeks from Monday on), 'MS' (months),"
        " 'QS' (quarters) or 'YS' (years)."
    )


def _frame(resource: str, reader: str, columns: tuple[str, ...], argument: str, value: object) -> pd.DataFrame:
    """A frame of another reader, that a report looks things up in."""
    return taken(resource, value, columns, said=argument, reader=reader, always=())


def taken(
    resource: str, frame: object, needed: tuple[str, ...], *, said: str, reader: str, always: Sequence[str]
) -> pd.DataFrame:
    """The columns of a frame that are needed, with the dtypes of its reader.

    Raises
    ------
    QuestionError
        It is no frame (`WrongType`), or that of another reader; it lacks columns (`UnknownName`), or keys or starts in
        those that are `always` there.
    """
    if not isinstance(frame, pd.DataFrame):
        raise WrongType(f"{said} takes a frame of of.{reader}(){_instead_of(frame, said)}.")
    if (read := read_of(frame).get("resource", resource)) != resource and read in _REPORTED:
        raise QuestionError(f"{said} takes a frame of of.{reader}(), and this one was read of {read}.")
    check_there([*map(str, frame.columns)], needed, said, index=frame.index.names)
    dtypes = {each.column: PANDAS_DTYPES[each.kind] for each in RESOURCES[resource].fields if each.column in needed}
    rows = frame[list(needed)]
    rows.attrs = {}  # which pandas copies at every step
    for name, dtype in dtypes.items():
        rows = rows.assign(**{name: _typed(rows[name], dtype, reader)}) if str(rows[name].dtype) != dtype else rows
    for name in always:
        if name.endswith(_NEVER_MISSING) and (count := int(rows[name].isna().sum())):
            raise QuestionError(
                f"{said} was given {count} rows without {name}: leave them out with frame.dropna(subset=[{name!r}])."
            )
    return rows


def _instead_of(given: object, said: str) -> str:
    """What was given in the place of a frame, and how it becomes one."""
    if isinstance(given, str) and said.endswith("()"):
        return f", or filters by name, not {describe_value(given)}: write {said[:-1]}process_definition_id={given!r})"
    package, kind = type(given).__module__.partition(".")[0], type(given).__name__
    named = f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}" + (f" of {package}" if package != "builtins" else "")
    if hasattr(given, "to_pandas"):
        return f", not {named}: give its to_pandas()"
    return f"{', or filters by name,' if said.endswith('()') else ','} not {named}"


def _typed(column: pd.Series[Any], dtype: str, reader: str) -> pd.Series[Any]:
    """A column that was kept otherwise: by Arrow, as categories, in another zone; naive dates are UTC."""
    if column.isna().all():  # of whatever dtype, as that of a frame without rows
        return pd.Series(None, column.index, dtype, column.name)
    is_date = dtype == PANDAS_DTYPES["date"]
    if is_float_dtype(column.dtype) and dtype == PANDAS_DTYPES["key"] and (column.abs() >= _EXACT).any():
        raise WrongType(
            f"{column.name} holds {column.dtype}, in which keys are not exact: read it with of.{reader}(), or from a"
            f" file with dtype={{{column.name!r}: 'Int64'}}."
        )
    kind = getattr(column.dtype, "pyarrow_dtype", column.dtype)
    if is_date and not str(kind).startswith(("datetime64", "timestamp")):
        raise WrongType(
            f"{column.name} holds {column.dtype}, not dates: read it with of.{reader}(), or write"
            f" frame[{column.name!r}] = pd.to_datetime(frame[{column.name!r}], utc=True)."
        )
    if is_date and "tz=" not in str(kind) and "," not in str(kind):
        column = column.astype("datetime64[us]").dt.tz_localize("UTC")
    try:
        typed: pd.Series[Any] = column.astype(dtype)  # type: ignore[call-overload]  # one of PANDAS_DTYPES
    except (TypeError, ValueError) as error:
        raise WrongType(
            f"{column.name} holds {column.dtype}, not the {dtype} of of.{reader}(), and cannot become it: {error}."
        ) from None
    return typed


def check_there(names: Sequence[str], needed: tuple[str, ...], said: str, index: Sequence[Any] = ()) -> None:
    """Check that rows have what is needed, each once.

    Raises
    ------
    UnknownName
        A column is missing.
    QuestionError
        One is there twice.
    """
    if lacking := [name for name in needed if name not in names]:
        hint = ", others as its index: give frame.reset_index()" if {*lacking} & {*index} else " only"
        raise UnknownName(f"{said} needs {', '.join(lacking)}, and the rows have {', '.join(names) or 'none'}{hint}.")
    if doubled := [name for name in needed if names.count(name) > 1]:
        raise QuestionError(f"{said} was given rows that have {', '.join(doubled)} more than once: rename them.")


def read_of(frame: object) -> Mapping[str, Any]:
    """What a frame says of how it was read."""
    said = frame.attrs.get("operate") if isinstance(frame, pd.DataFrame) else None
    return said if isinstance(said, Mapping) else {}


# By the name of the parameter.
CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "audit_logs": partial(_frame, "audit_logs", "read_audit_logs", _AUDIT_COLUMNS),
    "by": _columns,
    "freq": _frequency,
    "idle": _span,
    "instances": partial(_frame, "process_instances", "read_instances", _INSTANCE_COLUMNS),
    "now": _moment,
    "tz": checked_time_zone,
    "within": _span,
}
