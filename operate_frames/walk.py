"""One part of a read, page after page on the key column, with guards that fail loudly.

Knows neither HTTP nor field names: `fetch` gives the page behind a cursor. Contract ``operate-v1.md`` 3.4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol, TypeVar

from operate_frames.errors import BadAnswer

__all__ = ["walk"]


class Walkable(Protocol):
    """What a walk needs of a page."""

    @property
    def items(self) -> Any: ...

    @property
    def cursor(self) -> bytes: ...


P = TypeVar("P", bound=Walkable)


def walk(fetch: Callable[[bytes | None], P], *, after: bytes | None, position: Callable[[Any], Any]) -> Iterator[P]:
    """Give the pages of one part, in order, until an empty one.

    Neither a short page nor the total ends a walk: the server caps its total at 10,000 and may
    shorten a page.

    Parameters
    ----------
    fetch : callable
        Gives the page behind a cursor; behind None the first.
    after : bytes or None
        Where the part begins.
    position : callable
        The place of an item in the server's order.

    Raises
    ------
    BadAnswer
        The server goes in circles or back: a cursor that repeats, a page that begins before the last ended.
    """
    last: Any = None
    while True:
        page = fetch(after)
        if not len(page.items):
            return
        first = position(page.items[0])
        if last is not None and first <= last:
            raise BadAnswer(f"The pages are out of order: one begins at {first} after the last ended at {last}.")
        last = position(page.items[-1])
        if page.cursor in (after, b"[]", b"null"):
            raise BadAnswer(
                f"The server repeats its cursor {page.cursor.decode(errors='replace')[:80]}: the read would never end."
            )
        yield page
        after = page.cursor
