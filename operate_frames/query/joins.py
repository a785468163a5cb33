"""What stands beside rows and comes from other resources: variables, open incidents, names of elements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from operate_frames.errors import QuestionError, WrongType
from operate_frames.query.describe import describe_value

__all__ = ["JOIN_OPTIONS", "NO_JOINS", "Joins", "checked_joins"]

# The arguments of a search that say what is joined, by resource.
JOIN_OPTIONS = {
    "process_instances": ("variables", "full_values", "incidents"),
    "incidents": ("variables", "full_values", "elements"),
}
# The columns by which it is.
_JOINED_BY = {
    "process_instances": ("process_instance_key",),
    "incidents": ("incident_key", "process_instance_key", "element_instance_key", "element_id"),
}
_ALL = "all"


@dataclass(frozen=True)
class Joins:
    """What is joined to each row.

    Attributes
    ----------
    to : str
        The resource that it is joined to.
    variables : tuple of str or None
        Names of variables, a column each; None: all that there are.
    full_values : bool
        Whether values that search cuts are fetched whole.
    incidents : bool
        Whether the first open incident and the number of them are wanted.
    elements : bool
        Whether the element that an incident stands at is wanted, with its name.
    """

    to: str = "process_instances"
    variables: tuple[str, ...] | None = ()
    full_values: bool = False
    incidents: bool = False
    elements: bool = False

    def __bool__(self) -> bool:
        return self.variables != () or self.incidents or self.elements

    @property
    def needs(self) -> tuple[str, ...]:
        """The columns of the rows by which they are joined."""
        return _JOINED_BY[self.to] if self else ()

    def __str__(self) -> str:
        """The arguments that say the same."""
        said = []
        if self.variables != ():
            said.append(f"variables={_ALL if self.variables is None else list(self.variables)!r}")
        said += [f"{name}=True" for name in ("full_values", "incidents", "elements") if getattr(self, name)]
        return ", ".join(said)


NO_JOINS = Joins()


def checked_joins(resource: str, given: Mapping[str, object]) -> Joins:
    """Check what is to be joined.

    Raises
    ------
    WrongType, QuestionError
        No list of names, or options that mean nothing without one.
    """
    flags = {name: value for name, value in given.items() if name != "variables"}
    for name, value in flags.items():
        if not isinstance(value, bool):
            raise WrongType(f"{name} takes True or False, not {describe_value(value)}.")
    variables = _names(given["variables"]) if "variables" in given else ()
    if flags.get("full_values") and variables == ():
        raise QuestionError("full_values=True is of variables: name them, variables=['customer'].")
    return Joins(resource, variables, **flags) if given else NO_JOINS  # type: ignore[arg-type]  # checked


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
