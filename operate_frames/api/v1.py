"""Operate's v1 API (8.2 to 8.9): a question to request bodies, the bytes of a page to items and cursor.

Contract ``operate-v1.md`` sections 1 to 4. Nothing here does I/O.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

import msgspec

from operate_frames.errors import BadAnswer
from operate_frames.question import Condition, Question
from operate_frames.resources import Field, Resource

__all__ = ["PROBE", "Page", "Part", "body", "parts", "path", "read_page"]

# The server refuses more (contract 2.3).
PAGE_SIZE = 1000
# The least that any search can be asked for.
PROBE = b'{"size":1}'

_PYTHON_TYPE: dict[str, Any] = {"key": int, "count": int, "text": str, "flag": bool, "date": str}


@dataclass(frozen=True)
class Part:
    """A stretch of a read that one walk covers: from behind a cursor to an end; None: all the way."""

    after: bytes | None = None


@dataclass(frozen=True)
class Page:
    """One page as the server gave it.

    Attributes
    ----------
    items : sequence of structs
        A struct a row; its attributes are the columns' names, None where the server sent nothing.
    cursor : bytes
        The JSON array to send back as `searchAfter`, to the letter: a number stays a number, and none
        passes through a float (contract 3.4, 3.5).
    """

    items: Sequence[Any]
    cursor: bytes


def path(resource: Resource) -> str:
    """The path of a resource's search, below the base URL."""
    return f"/v1/{resource.v1_path}/search"


def parts() -> list[Part]:
    """Plan a read as parts, each walked page after page: one connection walks the whole of it in one."""
    return [Part()]


def body(question: Question, after: bytes | None) -> bytes:
    """Write the request body of one page.

    Parameters
    ----------
    question : Question
        Its conditions that the server can check go into the filter.
    after : bytes or None
        The cursor of the page before, None for the first page.
    """
    asked = [condition for condition in question.conditions if condition.field.filtered_by == "server"]
    request: dict[str, Any] = {"size": _size(question)}
    if asked:
        request["filter"] = {condition.field.v1: _value(condition) for condition in asked}
    if after is not None:
        request["searchAfter"] = msgspec.Raw(after)
    return msgspec.json.encode(request)


def read_page(resource: Resource, content: bytes) -> Page:
    """Read the bytes of one page.

    Raises
    ------
    BadAnswer
        Not JSON, cut in the middle, or a value of the wrong type, named by row and column.
    """
    try:
        page = _decoder(resource).decode(content)
    except msgspec.ValidationError as error:
        raise BadAnswer(f"A page of {resource.name} cannot be read: {_located(resource, str(error))}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadAnswer(
            f"A page of {resource.name} is no complete JSON ({error}): a proxy may have cut it; read again."
        ) from None
    return Page(page.items, bytes(page.sortValues))


@cache
def _decoder(resource: Resource) -> msgspec.json.Decoder[Any]:
    """A decoder into structs: unknown fields are passed over, absent ones are None, the key must be there."""
    sent = [field for field in resource.fields if field.v1 is not None]
    item = msgspec.defstruct(
        "Item",
        [
            (field.column, int) if field is resource.key else (field.column, _PYTHON_TYPE[field.kind] | None, None)
            for field in sent
        ],
        rename={field.column: field.v1 for field in sent if field.v1},
        gc=False,
    )
    page = msgspec.defstruct("Answer", [("items", list[item]), ("sortValues", msgspec.Raw)], gc=False)  # type: ignore[valid-type]
    return msgspec.json.Decoder(page)


def _size(question: Question) -> int:
    """As many rows as a page may have, or as are wanted where this side neither filters nor orders."""
    as_sent = not question.resource.text_order and all(
        condition.field.filtered_by == "server" for condition in question.conditions
    )
    return min(PAGE_SIZE, question.limit or PAGE_SIZE) if as_sent else PAGE_SIZE


def _value(condition: Condition) -> Any:
    value = condition.value
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date):
        # A whole UTC day: the server rounds both ends (contract section 4).
        return f"{value.isoformat()}T00:00:00.000+0000||/d"
    return _word(condition.field, value)


def _moment(moment: datetime) -> str:
    """Write a UTC moment in the one form that 8.6 takes: milliseconds, offset without a colon."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+0000"


def _word(field: Field, value: Any) -> Any:
    return next((v1 for ours, v1 in field.words if ours == value), value)


def _located(resource: Resource, trouble: str) -> str:
    """Say a decoder's trouble by row and column: ``$.items[3].startDate`` is row 3 of start_date."""
    what, _, place = trouble.partition(" - at `$")
    row, _, name = place.rstrip("`").removeprefix(".items[").partition("]")
    column = next((field.column for field in resource.fields if field.v1 == name.removeprefix(".")), None)
    if row.isdecimal() and column:
        return f"{what} in row {row} of the page, column {column} (v1 {name.removeprefix('.')})."
    if row.isdecimal():
        return f"{what} in row {row} of the page."
    return f"{what}{place and ' at ' + place.rstrip('`')}."
