"""What surrounds the rows of a page in every API, read without reading the rows."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

import msgspec

from operate_frames.api.base import Page
from operate_frames.errors import BadAnswer
from operate_frames.schema.fields import Resource

__all__ = ["checked_items", "decoded", "keys_in"]

T = TypeVar("T")


def decoded(decoder: msgspec.json.Decoder[T], resource: Resource, content: bytes) -> T:
    """Read an answer whose rows stay as they are.

    Raises
    ------
    BadAnswer
        Not JSON, cut in the middle, or no page of a search.
    """
    try:
        return decoder.decode(content)
    except msgspec.ValidationError as error:
        raise BadAnswer(f"A page of {resource.name} cannot be read: {error}.") from None
    except msgspec.DecodeError as error:
        raise BadAnswer(
            f"A page of {resource.name} is no complete JSON ({error}): a proxy may have cut it; read again."
        ) from None
    except RecursionError:
        raise BadAnswer(f"A page of {resource.name} nests too deep: this is no answer of Operate's.") from None


def checked_items(items: msgspec.Raw, resource: Resource) -> bytes:
    """The text between the brackets of a list, empty where it has no rows.

    Raises
    ------
    BadAnswer
        It is no list.
    """
    text = bytes(items)
    if not text.startswith(b"["):
        raise BadAnswer(f"A page of {resource.name} cannot be read: its items are no list.")
    return text[1:-1].strip()


def keys_in(page: Page, name: str) -> list[bytes]:
    """The values of a field in the rows of a page; empty where it cannot be read, as who reads its rows will say."""
    try:
        return [bytes(row.key) for row in _keys_decoder(name).decode(page.content).items]
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return []


@cache
def _keys_decoder(name: str) -> msgspec.json.Decoder[Any]:
    row = msgspec.defstruct("Row", [("key", msgspec.Raw)], rename={"key": name}, gc=False)
    return msgspec.json.Decoder(msgspec.defstruct("Rows", [("items", list[row])], gc=False))  # type: ignore[valid-type]
