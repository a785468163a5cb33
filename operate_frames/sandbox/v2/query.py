"""A search body of v2, read and checked (``camunda-v2.md`` sections 1.1, 1.3 and 1.4)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from operate_frames.sandbox.v2.fields import Field, Resource
from operate_frames.sandbox.v2.problems import Problem, invalid

__all__ = ["Asked", "PageAsked", "Query", "milliseconds", "read_page", "read_query"]

_KEY = re.compile(r"-?[0-9]{1,25}", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DEFAULT_LIMIT = 100
LARGEST_WINDOW = 10_000

# By field, by operator.
Asked = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class PageAsked:
    """Which page.

    Parameters
    ----------
    limit : int
        Rows at most.
    start : int
        The offset of the first row.
    cursor : str or None
        Where it begins, or ends.
    direction : {"after", "before"}
        Which of them.
    """

    limit: int = DEFAULT_LIMIT
    start: int = 0
    cursor: str | None = None
    direction: Literal["after", "before"] = "after"


@dataclass(frozen=True)
class Query:
    """A search.

    Parameters
    ----------
    filter : mapping
        By field, what each operator was given.
    alternatives : tuple of mapping
        Of ``$or``: a row meets the filter and one of these.
    variables : tuple of (str, str)
        Names and values that an instance has.
    sort : tuple of (str, bool)
        Fields, and whether they go down.
    page : PageAsked
        Which page.
    """

    filter: Asked
    alternatives: tuple[Asked, ...]
    variables: tuple[tuple[str, str], ...]
    sort: tuple[tuple[str, bool], ...]
    page: PageAsked


def read_query(body: bytes, resource: Resource) -> Query:
    """Read a search body; an empty one asks for everything.

    Parameters
    ----------
    body : bytes
        As received.
    resource : Resource
        Whose fields it may name.

    Returns
    -------
    Query
        Checked.

    Raises
    ------
    Problem
        400 for what is malformed, unknown or out of bounds.
    """
    try:
        sent = json.loads(body) if body.strip() else {}
    except (ValueError, RecursionError):
        raise invalid("Failed to read request") from None
    request = _object({} if sent is None else sent, "request body", {"filter", "sort", "page"})
    asked = dict(_object(request.get("filter") or {}, "filter", None))
    alternatives = asked.pop("$or", None) if resource.takes_or else None
    variables = asked.pop("variables", None) if resource.name == "process-instances" else None
    return Query(
        _filter(asked, resource),
        tuple(_filter(_object(each, "$or", None), resource) for each in _list(alternatives or [], "$or")),
        tuple(_variable(each) for each in _list(variables or [], "variables")),
        tuple(_sort(each, resource) for each in _list(request.get("sort") or [], "sort")),
        read_page(request.get("page")),
    )


def milliseconds(text: str) -> int:
    """Read an RFC 3339 date.

    Parameters
    ----------
    text : str
        Such as ``2026-11-24T02:08:10.828Z``.

    Returns
    -------
    int
        Epoch milliseconds.
    """
    return (datetime.fromisoformat(text).astimezone(UTC) - _EPOCH) // timedelta(milliseconds=1)


def _object(value: Any, what: str, names: set[str] | None) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise invalid(f"Request property [{what}] cannot be parsed")
    unknown = [] if names is None else sorted(value.keys() - names)
    if unknown:
        raise invalid(f"Request property [{unknown[0]}] cannot be parsed")
    return value


def _list(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise invalid(f"Request property [{what}] cannot be parsed")
    return value


def _variable(sent: Any) -> tuple[str, str]:
    given = _object(sent, "filter.variables", {"name", "value"})
    name, value = given.get("name"), given.get("value")
    if isinstance(value, dict):
        value = value.get("$eq")
    if not isinstance(name, str) or not isinstance(value, str):
        raise invalid("Variable value must not be null")
    return name, value


def _sort(sent: Any, resource: Resource) -> tuple[str, bool]:
    given = _object(sent, "sort", {"field", "order"})
    name, order = given.get("field"), str(given.get("order") or "ASC").upper()
    field = resource.by_name.get(name) if isinstance(name, str) else None
    if field is None or not field.is_sortable:
        raise invalid(f"Unexpected value '{name}' for enum field 'field'")
    if order not in {"ASC", "DESC"}:
        raise invalid(
            f"Unexpected value '{order}' for enum field 'order'. Use any of the following values: [ASC, DESC]"
        )
    return field.name, order == "DESC"


def read_page(sent: Any) -> PageAsked:
    """Read which page is asked for.

    Parameters
    ----------
    sent : object
        The member ``page`` of a body.

    Returns
    -------
    PageAsked
        Checked.
    """
    given = _object(sent or {}, "page", {"limit", "from", "after", "before"})
    modes = [name for name in ("from", "after", "before") if given.get(name) is not None]
    if len(modes) > 1:
        raise invalid("Only one of [from, after, before] is allowed")
    limit, start = _number(given, "limit", DEFAULT_LIMIT), _number(given, "from", 0)
    if limit + start > LARGEST_WINDOW:
        raise invalid(f"Result window is too large, from + size must be less than or equal to: [{LARGEST_WINDOW}]")
    cursor = given.get(modes[0]) if modes and modes[0] != "from" else None
    if cursor is not None and not isinstance(cursor, str):
        raise invalid(f"Request property [page.{modes[0]}] cannot be parsed")
    if cursor == "":  # as H2 was seen to answer (``camunda-v2.md`` 8)
        raise Problem(500, "INTERNAL_SERVER_ERROR", "Unexpected error occurred during the request processing")
    return PageAsked(limit, start, cursor, "before" if modes == ["before"] else "after")


def _number(given: Mapping[str, Any], name: str, default: int) -> int:
    value = given.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int):
        raise invalid(f"Request property [page.{name}] cannot be parsed")
    if value < 0:
        raise invalid(f"The value for page.{name} is '{value}' but must be greater than or equal to 0")
    return value


def _filter(sent: Mapping[str, Any], resource: Resource) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for name, value in sent.items():
        field = resource.by_name.get(name)
        if field is None or not field.operators:
            raise invalid(f"Request property [filter.{name}] cannot be parsed")
        if value is not None:
            found[name] = _operators(field, value)
    return found


def _operators(field: Field, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        return {"$eq": _value(field, value)}
    unknown = sorted(value.keys() - field.operators)
    if unknown or not value:
        raise invalid(f"Request property [filter.{'.'.join([field.name, *unknown[:1]])}] cannot be parsed")
    return {operator: _operand(field, operator, each) for operator, each in value.items()}


def _operand(field: Field, operator: str, value: Any) -> Any:
    if operator == "$exists":
        if not isinstance(value, bool):
            raise _unreadable(field)
        return value
    if operator in {"$in", "$notIn"}:
        return tuple(_value(field, each) for each in _list(value, f"filter.{field.name}"))
    if operator == "$like":
        if not isinstance(value, str):
            raise _unreadable(field)
        return value
    return _value(field, value)


def _value(field: Field, value: Any) -> Any:
    """Read a value as the index keeps it: keys, numbers, dates and flags as numbers, words and texts as text."""
    if field.type == "list":
        return tuple(str(each) for each in _list(value, f"filter.{field.name}"))
    if field.type == "flag" and isinstance(value, bool):
        return int(value)
    if field.type == "int" and isinstance(value, int) and not isinstance(value, bool):
        return value
    if not isinstance(value, str) or field.type in {"flag", "int"}:
        raise _unreadable(field)
    if field.type == "key":
        if not _KEY.fullmatch(value):
            raise invalid(f"The provided {field.name} '{value}' is not a valid key.")
        return int(value)
    if field.type == "date":
        return _date(field, value)
    if field.words and value.upper() not in field.words:
        words = ", ".join(field.words)
        raise invalid(
            f"Unexpected value '{value}' for enum field '{field.name}'. Use any of the following values: [{words}]"
        )
    return value.upper() if field.words else value


def _date(field: Field, value: str) -> int:
    if value == "":  # ``camunda-v2.md`` section 8
        raise Problem(500, "INTERNAL_SERVER_ERROR", "Unexpected error occurred during the request processing")
    try:
        if _DATE.fullmatch(value):
            return milliseconds(value)
    except ValueError:
        pass
    raise invalid(f"The provided {field.name} '{value}' cannot be parsed as a date according to RFC 3339, section 5.6.")


def _unreadable(field: Field) -> Problem:
    return invalid(f"Request property [filter.{field.name}] cannot be parsed")
