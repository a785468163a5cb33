"""One quiet bar a read: where somebody sees it, silent elsewhere, as the caller says when asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from operate_frames.display.frontend import interactive_frontend
from operate_frames.errors import WrongType

__all__ = ["Progress", "ProgressSink", "checked_progress", "counting"]

Progress = bool | Callable[[int], object] | None
# How much of all rows those so far are, between 0 and 1; None where that is not known.
Share = Callable[[], float | None]

_SHARED = "{desc}: {percentage:3.0f}% |{bar}| {n_fmt} rows, {rate_fmt} [{elapsed}, {remaining} to go]"
_BARE = "{desc}: {n_fmt} rows, {rate_fmt} [{elapsed}]"


def checked_progress(progress: object) -> Progress:
    """Check the argument that readers take."""
    if progress is None or isinstance(progress, bool) or callable(progress):
        return progress
    raise WrongType(f"progress takes True, False, None or a function of the rows so far, not {progress!r}.")


class ProgressSink:
    """What a read tells while it goes on.

    Attributes
    ----------
    wants_share : bool
        Whether a bar is there to show which share of all rows has come.
    """

    wants_share = False

    def rows(self, count: int, share: Share = lambda: None) -> None:
        """Tell that so many more rows have come."""


class _Callback(ProgressSink):
    def __init__(self, tell: Callable[[int], object]) -> None:
        self._tell = tell
        self._total = 0

    def rows(self, count: int, share: Share = lambda: None) -> None:  # noqa: ARG002 - a function is told of rows alone
        self._total += count
        self._tell(self._total)


class _ProgressBar(ProgressSink):
    wants_share = True

    def __init__(self, bar: Any) -> None:
        self._bar = bar

    def rows(self, count: int, share: Share = lambda: None) -> None:
        part = share()
        if part:
            # The server counts no further than 10,000, so the end is known by the share of the keys behind.
            self._bar.bar_format = _SHARED
            self._stretch(round((self._bar.n + count) / min(part, 1.0)))
        self._bar.update(count)

    def _stretch(self, total: int) -> None:
        self._bar.total = total
        if (container := getattr(self._bar, "container", None)) is not None:
            # The widget of a notebook has an end of its own, which tqdm sets only where it begins anew.
            _, progress, _ = container.children
            progress.max, progress.layout.width = total, None


@contextmanager
def counting(progress: Progress, what: str) -> Iterator[ProgressSink]:
    """Show how a read goes on until it ends, whichever way.

    Parameters
    ----------
    progress : bool, callable or None
        True shows a bar, False none, None one in a live notebook or terminal; a function is called with the rows so
        far.
    what : str
        The name beside the bar.
    """
    if callable(progress):
        yield _Callback(progress)
        return
    frontend = interactive_frontend()
    if progress is False or (progress is None and frontend is None):
        yield ProgressSink()
        return
    with _tqdm(frontend)(desc=what, unit=" rows", unit_scale=True, bar_format=_BARE, leave=False) as bar:
        yield _ProgressBar(bar)


def _tqdm(frontend: str | None) -> Any:
    # Imported where a bar is shown: the one for notebooks brings all widgets with it.
    if frontend == "notebook":
        from tqdm.notebook import tqdm as widget  # noqa: PLC0415

        return widget
    from tqdm import tqdm  # noqa: PLC0415

    return tqdm
