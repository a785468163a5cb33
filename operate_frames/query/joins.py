"""What stands beside process instances and comes from other resources: their variables and open incidents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from operate_frames.errors import QuestionError, WrongType
from operate_frames.query.describe import describe_value

__all__ = ["JOIN_OPTIONS", "NO_JOINS", "Joins", "checked_joins"]

# The arguments of a search that say what is joined.
JOIN_OPTIONS = ("variables", "full_values", "incidents")
_ALL = "all"


@dataclass(frozen=True)
class Joins:
    """What is joined to each process instance.

    Attributes
    ----------
    variables : tuple of str or None
        Names of variables, a column each; None: all that there are.
    full_values : bool
        Whether values that search cuts are fetched whole.
    incidents : bool
        Whether the first open incident and the number of them are wanted.
    """

    variables: tuple[str, ...] | None = ()
    full_values: bool = False
    incidents: bool = False

    def __bool__(self) -> bool:
        return self.variables != () or self.incidents

    def __str__(self) -> str:
        """The arguments that say the same."""
        said = []
        if self.variables != ():
            said.append(f"variables={_ALL if self.variables is None else list(self.variables)!r}")
        said += [f"{name}=True" for name in ("full_values", "incidents") if getattr(self, name)]
        return ", ".join(said)


NO_JOINS = Joins()


def checked_joins(given: Mapping[str, object]) -> Joins:
    """Check what is to be joined.

    Raises
    ------
    WrongType, QuestionError
        No list of names, or options that mean nothing without one.
    """
    for name in ("full_values", "incidents"):
        if not isinstance(given.get(name, False), bool):
            raise WrongType(f"{name} takes True or False, not {describe_value(given[name])}.")
    variables = _names(given["variables"]) if "variables" in given else ()
    full_values, incidents = bool(given.get("full_values", False)), bool(given.get("incidents", False))
    if full_values and variables == ():
        raise QuestionError("full_values=True is of variables: name them, variables=['customer'].")
    return Joins(variables, full_values, incidents)


def _names(given: object) -> tuple[str, ...] | None:
    if isinstance(given, str) and given == _ALL:
        return None
    is_list = isinstance(given, Iterable) and not isinstance(given, (str, bytes, Mapping, pd.DataFrame))
    names = tuple(given) if is_list and isinstance(given, Iterable) else ()
    if not is_list or not all(isinstance(name, str) and name for name in names):
        raise WrongType(
            f"variables takes a list of names, or 'all', not {describe_value(given)}: write variables=['customer']."
        )
    if not names:
        raise QuestionError("variables is empty: name at least one, or leave it out.")
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise QuestionError(f"variables names {', '.join(doubled)} more than once.")
    return names
