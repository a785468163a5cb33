"""Operate's v1 API (8.2 to 8.9): a question to request bodies, the bytes of a page to items and cursor.

Contract ``operate-v1.md`` sections 1 to 4. Nothing here does I/O.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec

from operate_frames.errors import BadAnswer
from operate_frames.question import Condition, Question
from operate_frames.resources import Field, Resource

__all__ = ["PROBE", "Page", "Part", "body", "parts", "path", "read_page", "sent"]

# The server refuses more (contract 2.3).
PAGE_SIZE = 1000
# The least that any search can be asked for.
PROBE = b'{"size":1}'


@dataclass(frozen=True)
class Part:
    """A stretch of a read that one walk covers: from behind a cursor to an end; None: all the way."""

    after: bytes | None = None


@dataclass(frozen=True)
class Page:
    """One page as the server gave it, its rows not yet read.

    Attributes
    ----------
    content : bytes
        The whole answer, a JSON object whose ``items`` are the rows.
    cursor : bytes
        The JSON array to send back as `searchAfter`, to the letter: a number stays a number, and none
        passes through a float (contract 3.4, 3.5).
    empty : bool
        Whether it has no rows, which ends a walk.
    """

    content: bytes
    cursor: bytes
    empty: bool


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
    """Find the cursor of a page and whether it has rows.

    Raises
    ------
    BadAnswer
        Not JSON, cut in the middle, or no page of a search.
    """
    try:
        answer = _ANSWER.decode(content)
    except msgspec.ValidationError as error:
        raise BadAnswer(f"A page of {resource.name} cannot be read: {error}.") from None
    except msgspec.DecodeError as error:
        raise BadAnswer(
            f"A page of {resource.name} is no complete JSON ({error}): a proxy may have cut it; read again."
        ) from None
    items = bytes(answer.items)
    if not items.startswith(b"["):
        raise BadAnswer(f"A page of {resource.name} cannot be read: its items are no list.")
    return Page(content, bytes(answer.sortValues), empty=not items[1:-1].strip())


def sent(resource: Resource) -> dict[str, str]:
    """What v1 sends of a resource: our column names and its own."""
    return {field.column: field.v1 for field in resource.fields if field.v1 is not None}


class _Answer(msgspec.Struct, gc=False):
    items: msgspec.Raw
    sortValues: msgspec.Raw  # noqa: N815 - as on the wire


_ANSWER = msgspec.json.Decoder(_Answer)


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
