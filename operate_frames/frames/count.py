"""How many rows a question has."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Count"]


class Count(NamedTuple):
    """How many rows there are.

    Attributes
    ----------
    value : int
        The number of rows.
    exact : bool
        False where there are at least that many: the server counts no further than 10,000.
    """

    value: int
    exact: bool

    def __str__(self) -> str:
        """The number, and whether there may be more."""
        return f"{self.value:,} rows" if self.exact else f"{self.value:,} rows or more"
