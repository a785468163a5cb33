"""What answers beside pages hold, and what is asked beside searches: counts, decisions, errors."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["ApiError", "ElementCounts", "Evaluation", "Request", "VersionCounts"]


class ElementCounts(NamedTuple):
    """How many instances of an element are in which state."""

    element_id: str
    active: int
    canceled: int
    incidents: int
    completed: int


class VersionCounts(NamedTuple):
    """How many instances of one version of a process are active, with an open incident and without."""

    process_definition_id: str
    process_definition_key: int
    process_definition_version: int
    process_definition_name: str | None
    tenant_id: str | None
    active_with_incident: int
    active_without_incident: int


class Request(NamedTuple):
    """A question beside the searches: where it is sent, and what."""

    path: str
    body: bytes


class Evaluation(NamedTuple):
    """The inputs of a decision: id, name, value; and its outputs: id, name, value, rule's id and index."""

    inputs: list[tuple[str | None, str | None, str | None]]
    outputs: list[tuple[str | None, str | None, str | None, str | None, int | None]]


class ApiError(NamedTuple):
    """What an answer that is no good says of itself.

    Attributes
    ----------
    message : str
        The server's own words, empty where there are none.
    is_ours : bool
        Whether the API gave it, and not something before it.
    is_busy : bool
        Whether the same request may be answered soon, beside the statuses of HTTP that say so.
    is_missing : bool
        Whether there is nothing with the key that was asked for.
    """

    message: str
    is_ours: bool
    is_busy: bool
    is_missing: bool
