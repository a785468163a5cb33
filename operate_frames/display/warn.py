"""Warnings that point at the user's own line, however deep in this package they come up."""

from __future__ import annotations

import sys
import warnings

__all__ = ["warn"]

# contextlib stands between where an error passes through a with block.
_INSIDE = (__name__.partition(".")[0], "contextlib")


def warn(message: str, category: type[Warning]) -> None:
    """Warn at the first line outside this package."""
    level, frame = 1, sys._getframe()  # noqa: SLF001 - as logging and pandas do; Python 3.12 has skip_file_prefixes
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] in _INSIDE:
        level, frame = level + 1, frame.f_back  # type: ignore[assignment]  # None ends it
    warnings.warn(message, category, stacklevel=level)
