"""One quiet bar a read: on in a live terminal, silent elsewhere, as the caller says when asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

from operate_frames.errors import WrongType

__all__ = ["Progress", "checked_progress", "counting"]

Progress = bool | Callable[[int], object] | None


def checked_progress(progress: object) -> Progress:
    """Check the argument that readers take."""
    if progress is None or isinstance(progress, bool) or callable(progress):
        return progress
    raise WrongType(f"progress takes True, False, None or a function of the rows so far, not {progress!r}.")


@contextmanager
def counting(progress: Progress, what: str) -> Iterator[Callable[[int], object]]:
    """Give a function to call with the number of rows that each page added.

    Parameters
    ----------
    progress : bool, callable or None
        True shows a bar, False none, None one where the standard error stream is a terminal; a function
        is called with the rows so far.
    what : str
        The name beside the bar.
    """
    if callable(progress):
        total = 0

        def tell(rows: int) -> None:
            nonlocal total
            total += rows
            progress(total)

        yield tell
        return
    disable = None if progress is None else not progress
    with tqdm(desc=what, unit=" rows", unit_scale=True, disable=disable, leave=False) as bar:
        yield bar.update
