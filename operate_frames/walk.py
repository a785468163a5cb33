"""One part of a read, page after page, and fetched ahead of their reader; guards that fail loudly.

Knows neither HTTP nor field names: `fetch` gives the page behind a cursor. Contract ``operate-v1.md`` 3.4.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Protocol, TypeVar

from operate_frames.errors import BadAnswer

__all__ = ["ahead", "walk"]

# Reading a page of a thousand rows costs a third less among eight; a page may hold megabytes, so not more.
_TOGETHER = 8
# Seconds to wait for one more page before those at hand are given: a distant server's come one by one.
_PATIENCE = 0.05


class Walkable(Protocol):
    """What a walk needs of a page."""

    @property
    def cursor(self) -> bytes: ...

    @property
    def empty(self) -> bool: ...


T = TypeVar("T")
P = TypeVar("P", bound=Walkable)


def walk(
    fetch: Callable[[bytes | None], P],
    *,
    after: bytes | None,
    onward: Callable[[bytes], bytes | None] = lambda cursor: cursor,
) -> Iterator[P]:
    """Give the pages of one part, in order, until an empty one or the part's end.

    Neither a short page nor the total ends a walk: the server caps its total at 10,000 and may
    shorten a page.

    Parameters
    ----------
    fetch : callable
        Gives the page behind a cursor; behind None the first.
    after : bytes or None
        Where the part begins.
    onward : callable
        Gives the cursor to go on from behind a page, or None where the part ends.

    Raises
    ------
    BadAnswer
        A cursor that repeats, or a page of rows without one.
    """
    while not (page := fetch(after)).empty:
        if page.cursor in (after, b"[]", b"null"):
            raise BadAnswer(
                f"The server repeats its cursor {page.cursor.decode(errors='replace')[:80]}: the read would never end."
            )
        yield page
        after = onward(page.cursor)
        if after is None:
            return


class _End:
    """Stands behind the last page, with the error that ended the walk if there was one."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def ahead(pages: Iterator[T]) -> Iterator[list[T]]:
    """Fetch pages in a daemon thread and give them in order, in lists of up to `_TOGETHER`.

    A list is given as soon as the next page keeps its reader waiting. While it is used, twice as many pages may come.
    When the reader stops, so does the thread, after the page that it is fetching.
    """
    arrived: queue.Queue[T | _End] = queue.Queue(maxsize=2 * _TOGETHER)
    stopped = threading.Event()

    def fetch() -> None:
        end = _End()
        try:
            for page in pages:
                arrived.put(page)
                if stopped.is_set():
                    return
        except BaseException as error:  # noqa: BLE001 - raised again where the pages are used
            end = _End(error)
        arrived.put(end)

    threading.Thread(target=fetch, name="operate_frames fetches ahead", daemon=True).start()
    try:
        while True:
            *together, last = _at_hand(arrived)
            if not isinstance(last, _End):
                yield [*together, last]
                continue
            if together:
                yield together
            if last.error is not None:
                raise last.error
            return
    finally:
        stopped.set()
        while not arrived.empty():  # a full queue would hold the thread for ever
            arrived.get()


def _at_hand(arrived: queue.Queue[Any]) -> list[Any]:
    """Wait for one page and take those that come close behind it; the end of the walk comes last."""
    together = [arrived.get()]
    with suppress(queue.Empty):
        while len(together) < _TOGETHER and not isinstance(together[-1], _End):
            together.append(arrived.get(timeout=_PATIENCE))
    return together
