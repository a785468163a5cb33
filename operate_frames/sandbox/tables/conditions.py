"""What the rows that a search finds must meet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from operate_frames.sandbox.tables.columns import Column, Mask

__all__ = ["AnyOf", "Condition", "Missing", "Not", "OfAField", "OneOf", "Within"]


@dataclass(frozen=True)
class Within:
    """A condition: a field's number lies between two ends, both included.

    Parameters
    ----------
    field : str
        The field's name.
    low, high : int
        The ends; equal for equality, crossed for a value that no row has.
    """

    field: str
    low: int
    high: int

    def holds(self, column: Column) -> Mask:
        """Tell which rows of a column meet the condition."""
        values = column.values
        found = values == self.low if self.low == self.high else (values >= self.low) & (values <= self.high)
        return found if column.present is None else found & column.present


@dataclass(frozen=True)
class OneOf:
    """A condition: a keyword's code is one of several.

    Parameters
    ----------
    field : str
        The field's name.
    codes : tuple of int
        The codes.
    """

    field: str
    codes: tuple[int, ...]

    def holds(self, column: Column) -> Mask:
        """Tell which rows of a column meet the condition."""
        found = np.isin(column.values, self.codes)
        return found if column.present is None else found & column.present


@dataclass(frozen=True)
class Missing:
    """A condition: a field has no value.

    Parameters
    ----------
    field : str
        The field's name.
    """

    field: str

    def holds(self, column: Column) -> Mask:
        """Tell which rows of a column meet the condition."""
        return np.zeros(len(column), dtype=np.bool_) if column.present is None else ~column.present


@dataclass(frozen=True)
class Not:
    """A condition: another one does not hold.

    Parameters
    ----------
    condition : Condition
        The other one.
    """

    condition: Within | OneOf | Missing

    @property
    def field(self) -> str:
        """The field that it is about."""
        return self.condition.field

    def holds(self, column: Column) -> Mask:
        """Tell which rows of a column meet the condition."""
        return ~self.condition.holds(column)


@dataclass(frozen=True)
class AnyOf:
    """A condition: all of one of several groups of conditions hold.

    Parameters
    ----------
    groups : frozenset of frozenset of Condition
        The groups.
    """

    groups: frozenset[frozenset[OfAField]]


OfAField = Within | OneOf | Missing | Not
Condition = OfAField | AnyOf
