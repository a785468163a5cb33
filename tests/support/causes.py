"""An error and all that led to it."""

from __future__ import annotations

from collections.abc import Iterator


def with_causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error itself, then what it was raised from or in the middle of, and so on."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
