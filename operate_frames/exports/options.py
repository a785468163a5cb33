"""How a file is written, in pandas' words, checked before anything is read."""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from operate_frames.errors import QuestionError, WrongType
from operate_frames.query.dates import checked_time_zone
from operate_frames.query.describe import describe_value

__all__ = ["FileOptions", "checked_options"]

# In any language Excel takes this for a date.
_EXCEL_DATE = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True)
class FileOptions:
    """How a file is written; None: as the format does by default.

    Attributes
    ----------
    header : bool
        Whether the first line names the columns.
    sep : str
        What stands between two cells.
    encoding : str
        One of Python's names of it.
    date_format : str or None
        As `strftime` takes it; None: ISO 8601.
    time_zone : str
        Of dates.
    decimal : str
        What stands before the decimals of a number.
    excel : bool
        Whether cells are written such that Excel shows what was read.
    table : str or None
        Of a database; None: named as the resource.
    partition_by : tuple of str
        Columns by whose values rows go to files of a folder.
    given : tuple of str
        The names of those that the caller chose.
    """

    header: bool = True
    sep: str = ","
    encoding: str = "utf-8-sig"
    date_format: str | None = None
    time_zone: str = "UTC"
    decimal: str = "."
    excel: bool = False
    table: str | None = None
    partition_by: tuple[str, ...] = ()
    given: tuple[str, ...] = ()


def checked_options(
    *,
    header: bool | None,
    sep: str | None,
    encoding: str | None,
    date_format: str | None,
    time_zone: str | None,
    decimal: str | None,
    excel: bool | str | None,
    table: str | None,
    partition_by: str | Iterable[str] | None,
) -> FileOptions:
    """Check how a file is to be written.

    Raises
    ------
    WrongType, QuestionError
        A value that means nothing.
    """
    asked = {
        "header": header,
        "sep": sep,
        "encoding": encoding,
        "date_format": date_format,
        "time_zone": time_zone,
        "decimal": decimal,
        "excel": excel,
        "table": table,
        "partition_by": partition_by,
    }
    given: dict[str, object] = {name: value for name, value in asked.items() if value is not None}
    for name, value in given.items():
        wanted = bool if name == "header" else str
        if name not in {"excel", "partition_by"} and not isinstance(value, wanted):
            raise WrongType(
                f"{name} takes {'True or False' if wanted is bool else 'a text'}, not {describe_value(value)}."
            )
    # Numbers, flags and missing values stand without quotes.
    if sep is not None and (len(sep) != 1 or not sep.isascii() or sep.isalnum() or sep in '-+."\r\n'):
        raise QuestionError(
            f"sep={sep!r} cannot stand between cells: it takes one character such as ',', ';' or '\\t'."
        )
    if encoding is not None:
        _check_encoding(encoding)
    if date_format is not None:
        _check_date_format(date_format)
    if time_zone is not None:
        checked_time_zone("time_zone", time_zone)
    if table is not None and not table.strip():
        raise QuestionError("table is empty: leave it out for the resource's name.")
    if partition_by is not None:
        given["partition_by"] = _columns(partition_by)
    if excel is not None:
        given = _of_excel(excel) | given | {"excel": excel is not False}
    if given.get("decimal", ".") not in (".", ","):
        raise QuestionError(f"decimal={decimal!r} is no sign before decimals: it takes '.' or ','.")
    if given.get("decimal", ".") == given.get("sep", ","):
        raise QuestionError(f"decimal={given.get('decimal', '.')!r} also stands between cells: take sep=';' with it.")
    named = tuple(name for name in asked if asked[name] is not None)
    return FileOptions(**given, given=named)  # type: ignore[arg-type]  # checked


def _columns(names: object) -> tuple[str, ...]:
    listed = (names,) if isinstance(names, str) else tuple(names) if isinstance(names, Iterable) else ()
    if not listed or not all(isinstance(name, str) for name in listed):
        raise WrongType(f"partition_by takes names of columns, not {describe_value(names)}.")
    return listed


def _of_excel(excel: object) -> dict[str, object]:
    """What Excel expects of a file, by the language of the computer that it runs on."""
    known: dict[object, dict[str, object]] = {
        False: {},
        True: {"date_format": _EXCEL_DATE},
        "de": {"date_format": _EXCEL_DATE, "sep": ";", "decimal": ","},
    }
    if not isinstance(excel, (bool, str)) or excel not in known:
        raise QuestionError(
            f"excel={excel!r} is not known: it takes True for an English Excel, 'de' for a German one (semicolons,"
            " decimal comma)."
        )
    return known[excel]


def _check_encoding(encoding: str) -> None:
    try:
        found = codecs.lookup(encoding)
        "".encode(encoding)
    except (LookupError, ValueError):
        raise QuestionError(f"encoding={encoding!r} is none that Python knows: it takes one such as 'utf-8'.") from None
    if found.name.startswith(("utf-16", "utf-32")) and not found.name.endswith(("le", "be")):
        raise QuestionError(
            f"encoding={encoding!r} begins each piece with a byte-order mark: name the order of bytes, such as"
            f" '{found.name}-le'."
        )


def _check_date_format(date_format: str) -> None:
    if "%f" in date_format:
        raise QuestionError("date_format takes no %f: leave date_format out for dates with their milliseconds.")
    if datetime(2026, 1, 31).strftime(date_format) == date_format:
        raise QuestionError(f"date_format={date_format!r} shows nothing of a date: write one such as '%Y-%m-%d %H:%M'.")
