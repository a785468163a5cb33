"""Operate's ``QueryValidator``: sort first, then size, then ``searchAfter`` (contract, section 2.3).

Decision instances and decision requirements never pass it; their controllers leave it out.
"""

from __future__ import annotations

from operate_frames.sandbox.http.errors import data_invalid, invalid_request
from operate_frames.sandbox.v1.query import Query, Sort
from operate_frames.sandbox.v1.resources import Resource

_LARGEST_PAGE = 1000


def validate(query: Query, resource: Resource) -> None:
    """Refuse what the validator refuses.

    Parameters
    ----------
    query : Query
        The search body.
    resource : Resource
        Whose members may be sorted by.

    Raises
    ------
    Refused
        400, in the validator's words.
    """
    _validate_sort(query.sort or [], resource)
    if not 0 < query.size <= _LARGEST_PAGE:
        raise invalid_request("size should be greater than zero and equal or less than 1000")
    _validate_search_after(query)
    for sort in query.sort or []:
        known = resource.by_name.get(sort.field or "")
        if known is not None and known.refused_sort is not None:
            raise data_invalid(known.refused_sort)


def _validate_sort(sorts: list[Sort], resource: Resource) -> None:
    fields = [sort.field for sort in sorts if sort.field is not None]
    if sorts and not fields:
        raise data_invalid('No \'field\' given in sort. Example: "sort": [{"field":"name","order": "ASC"}] ')
    unknown = [field for field in fields if field not in resource.declared]
    if unknown:
        raise data_invalid(f"Sort has invalid field(s): {', '.join(unknown)}")


def _validate_search_after(query: Query) -> None:
    if query.search_after is None:
        return
    if not query.search_after:
        raise data_invalid("searchAfter should have a least 1 value")
    if query.sort is not None and len(query.search_after) != len(query.sort) + 1:
        raise data_invalid(f"searchAfter should have a {len(query.sort) + 1} values")
