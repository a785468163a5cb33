"""A search body, read as Operate's Jackson reads it (contract, sections 2.1, 2.2 and 2.6)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn, Self

from operate_frames.sandbox.http.errors import Refused, invalid_request
from operate_frames.sandbox.v1.resources import Enumeration, Resource

_ENTITIES = "io.camunda.operate.webapp.api.v1.entities."
_ORDER = Enumeration(f"{_ENTITIES}Query$Sort$Order", ("ASC", "DESC"))
_BOUNDS = {"int": 31, "long": 63}
_COMMENT = re.compile(r'("(?:\\.|[^"\\])*")|//[^\r\n]*|/\*.*?\*/', re.DOTALL)
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


class Floating(float):
    """A JSON number with a point or an exponent, its text kept for string members."""

    def __new__(cls, text: str) -> Self:
        """Read the number and keep how it was written."""
        made = super().__new__(cls, text)
        made.text = text
        return made

    text: str


@dataclass
class Sort:
    """One element of ``sort``.

    Parameters
    ----------
    field : str or None
        The field, None when the element names none.
    order : str or None
        ASC or DESC; None when the client sent a null.
    """

    field: str | None = None
    order: str | None = "ASC"


@dataclass
class Query:
    """A search body.

    Parameters
    ----------
    filter : dict
        Values by the field's own name, coerced; unknown names are gone.
    size : int
        The page size.
    sort : list of Sort or None
        The sort, None when absent.
    search_after : list or None
        The tuple to go on after, as sent.
    """

    filter: dict[str, Any] = field(default_factory=dict)
    size: int = 10
    sort: list[Sort] | None = None
    search_after: list[Any] | None = None


def read_query(body: bytes, resource: Resource) -> Query:
    """Read a search body; an absent one and a JSON null ask for everything.

    Parameters
    ----------
    body : bytes
        As received.
    resource : Resource
        Whose fields the filter may name.

    Returns
    -------
    Query
        What was asked, not validated yet.

    Raises
    ------
    Refused
        400 ``JSON parse error``, in the words of the real server where they were seen.
    """
    sent = _parsed(body) if body else None
    if sent is None:
        return Query()
    entity = f"{_ENTITIES}{resource.entity}"
    _expect(dict, sent, f"{_ENTITIES}Query<{entity}>")
    query = Query()
    for name, value in sent.items():
        match name:
            case "filter" if value is not None:
                query.filter = _filter(_expect(dict, value, entity), resource)
            case "size":
                query.size = _whole_number(value, "int") or 0
            case "sort" if value is not None:
                query.sort = _sorts(value)
            case "searchAfter" if value is not None:
                query.search_after = _expect(list, value, "java.lang.Object[]")
    return query


def _parsed(body: bytes) -> Any:
    text = body.decode("utf-8", "replace")
    try:
        return _decoded(text)
    except (ValueError, RecursionError):
        without_comments = _COMMENT.sub(lambda found: found[1] or " ", text)
    try:
        return _decoded(without_comments)
    except json.JSONDecodeError as malformed:
        raise invalid_request(f"JSON parse error: {_complaint(malformed)}") from malformed
    except (ValueError, RecursionError) as malformed:
        raise invalid_request(f"JSON parse error: {malformed}") from malformed


def _decoded(text: str) -> Any:
    # Jackson reads one value and does not look at what follows it.
    return _DECODER.raw_decode(text.lstrip(" \t\r\n"))[0]


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"Non-standard token '{word}': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow")


_DECODER = json.JSONDecoder(parse_float=Floating, parse_constant=_no_constant)


def _complaint(malformed: json.JSONDecodeError) -> str:
    if malformed.pos >= len(malformed.doc):
        return "Unexpected end-of-input"
    found = malformed.doc[malformed.pos]
    expected = {
        "Expecting property name enclosed in double quotes": "double-quote to start field name",
        "Expecting ':' delimiter": "a colon to separate field name and value",
        "Expecting ',' delimiter": "comma to separate entries",
    }
    wanted = expected.get(malformed.msg, "a valid value")
    return f"Unexpected character ('{found}' (code {ord(found)})): was expecting {wanted}"


def _filter(sent: dict[str, Any], resource: Resource) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for name, value in sent.items():
        if name in resource.filters:
            known = resource.filters[name]
            read[known.name] = _coerced(value, known.java)
        elif name in resource.only_by_key and value is not None:
            element = name.removesuffix("s").replace("evaluated", "DecisionInstance")
            _expect(list, value, f"java.util.ArrayList<{_ENTITIES}{element}>")
    return read


def _sorts(sent: Any) -> list[Sort]:
    listed = _expect(list, sent, f"java.util.ArrayList<{_ENTITIES}Query$Sort>")
    return [_sort(_expect(dict, element, f"{_ENTITIES}Query$Sort")) for element in listed]


def _sort(sent: dict[str, Any]) -> Sort:
    sort = Sort()
    for name, value in sent.items():
        if name == "field":
            sort.field = _text(value)
        elif name == "order":
            sort.order = _word(value, _ORDER)
    return sort


def _coerced(value: Any, java: str | Enumeration) -> Any:
    if isinstance(java, Enumeration):
        return _word(value, java)
    return _COERCIONS[java](value, java)


def _text(value: Any, java: str = "java.lang.String") -> str | None:
    match value:
        case None | str():
            return value
        case bool():
            return str(value).lower()
        case Floating():
            return value.text
        case int():
            return str(value)
        case _:
            raise _wrong_kind(value, java)


def _whole_number(value: Any, java: str) -> int | None:
    """Read a number into a primitive, where a null and a blank are 0, or into a wrapper, where they stay null."""
    nothing = 0 if java in _BOUNDS else None
    match value:
        case None:
            return nothing
        case bool():
            raise _wrong_kind(value, java)
        case int() | float():
            return _in_range(value, java)
        case str():
            return _number_in_text(value, java, nothing)
        case _:
            raise _wrong_kind(value, java)


def _number_in_text(text: str, java: str, nothing: int | None) -> int | None:
    if text.strip() in {"", "null"}:
        return nothing
    if not re.fullmatch(r"[+-]?[0-9]+", text.strip()):
        raise _cannot(f'`{java}` from String "{text}": not a valid `{java}` value')
    return _in_range(int(text), java)


def _in_range(number: float, java: str) -> int:
    primitive = "int" if java == "int" else "long"
    bound = 2 ** _BOUNDS[primitive]
    if not -bound <= number < bound:
        shown = number.text if isinstance(number, Floating) else number
        raise invalid_request(
            f"JSON parse error: Numeric value ({shown}) out of range of {primitive} ({-bound} - {bound - 1})"
        )
    return int(number)


def _flag(value: Any, java: str) -> bool | None:
    match value:
        case None | bool():
            return value
        case Floating():
            raise _wrong_kind(value, java)
        case int():
            return value != 0
        case str() if value.strip() in {"", "null"}:
            return None
        case str() if value.strip() in _BOOLEANS:
            return _BOOLEANS[value.strip()]
        case str():
            raise _cannot(f'`{java}` from String "{value}": only "true" or "false" recognized')
        case _:
            raise _wrong_kind(value, java)


def _word(value: Any, enumeration: Enumeration) -> str | None:
    if value is None or value in enumeration.words:
        return value  # type: ignore[no-any-return]
    if value == "":
        raise invalid_request(
            f'JSON parse error: Cannot coerce empty String ("") to `{enumeration.java}` value '
            "(but could if coercion was enabled using `CoercionConfig`)"
        )
    if not isinstance(value, str):
        raise _wrong_kind(value, enumeration.java)
    words = ", ".join(enumeration.words)
    raise _cannot(
        f'`{enumeration.java}` from String "{value}": not one of the values accepted for Enum class: [{words}]'
    )


_COERCIONS: dict[str, Callable[[Any, str], Any]] = {
    "String": lambda value, _: _text(value),
    "long": _whole_number,
    "int": _whole_number,
    "java.lang.Long": _whole_number,
    "java.lang.Boolean": _flag,
}


def _expect(kind: type, value: Any, java: str) -> Any:
    if not isinstance(value, kind):
        raise _wrong_kind(value, java)
    return value


def _wrong_kind(value: Any, java: str) -> Refused:
    match value:
        case None:
            seen, token = "Null value", "VALUE_NULL"
        case bool():
            seen, token = "Boolean value", f"VALUE_{str(value).upper()}"
        case int():
            seen, token = "Integer value", "VALUE_NUMBER_INT"
        case float():
            seen, token = "Floating-point value", "VALUE_NUMBER_FLOAT"
        case str():
            seen, token = "String value", "VALUE_STRING"
        case list():
            seen, token = "Array value", "START_ARRAY"
        case _:
            seen, token = "Object value", "START_OBJECT"
    return _cannot(f"`{java}` from {seen} (token `JsonToken.{token}`)")


def _cannot(what: str) -> Refused:
    return invalid_request(f"JSON parse error: Cannot deserialize value of type {what}")
