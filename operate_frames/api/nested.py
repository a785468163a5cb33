"""JSON within the rows of a page, such as headers of any names: made its own text, which is what a column holds."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

__all__ = ["with_texts"]


def with_texts(page: bytes, names: Collection[str]) -> bytes:
    """Write some properties of the rows of a page as texts of the JSON that they hold, to the letter.

    Raises
    ------
    msgspec.DecodeError, RecursionError, UnicodeDecodeError
        The page cannot be read.
    """
    rows = msgspec.json.decode(page, type=_Page).items
    for row in rows:
        for name in names:
            value = row.get(name, _NOTHING)
            if value != _NOTHING:
                row[name] = msgspec.Raw(msgspec.json.encode(bytes(value).decode()))
    return msgspec.json.encode({"items": rows})


class _Page(msgspec.Struct):
    items: list[dict[str, msgspec.Raw]]


_NOTHING = msgspec.Raw(b"null")
