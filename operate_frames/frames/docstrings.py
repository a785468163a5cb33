"""The docstrings and signatures of the readers, from the one table of resources."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from operate_frames.reading.enrich.details import detail_columns
from operate_frames.schema.arrow import PANDAS_DTYPES
from operate_frames.schema.fields import Resource

__all__ = ["docstring", "signature"]

_DOCSTRING = """Read {what} into a data frame, every page, in key order.
{since}
Parameters
----------
operate : Operate, optional
    The connection; by default the one that `connect` made last, or one from the environment.
columns : iterable of str, optional
    Which columns, in which order; all by default.
sort : str or iterable of str, optional
    Columns to sort by, with a minus before those that go down; missing values come last. By key by default.
limit : int, optional
    At most that many rows, the first ones in that order. Where the server can sort by these columns it sends no
    more; otherwise all rows are read first.
chunksize : int, optional
    Give an iterator of frames of exactly that many rows (the last may be shorter); memory is bound by one.
dtype_backend : {{"numpy_nullable", "pyarrow"}}
    pandas' word for the kind of columns.
recheck : bool, optional
    Read again and add what was missed, until nothing is (three times at most): rows that ended an hour ago move to
    other indices, and a single pass can miss some meanwhile. Passes begin at least 2.5 s apart, as long as a row
    stays hidden. By default reads of up to 20 pages take a second look, a second later, at what ended within a day, if
    anything did; False for none.
resume : mapping, optional
    Where an earlier read ended in the middle, as its error's `resume` says: gives the rows from there on.
progress : bool or callable, optional
    True for a bar, False for none, a function to be called with the rows so far; by default a bar in a
    terminal only.
workers : int, optional
    At most so many requests at once, 32 at most. By default one where the server answers a page in under 3 ms, else
    four. More than 10,000 rows are read in several ranges of keys side by side; lists and ranges of dates, which are
    several searches, side by side too. Rows come in the same order with any number.
page_size : int, optional
    Rows a page, 1,000 by default and at most; 10,000 at most from Camunda 8.8 on. Where the server cannot carry a
    page (500, 502, 504, a time-out) it is halved, down to 50, and stays so for that resource.{options}
**filters
    A column's name and its value; several must all hold. A list means any of its values, `between` a
    range without its end, ``pd.NA`` missing values, None no filter. Dates take a datetime or a text (naive ones are
    UTC); what has no time of day means that whole day, ``"2026-09"`` or a Period that whole period.{extra_filters}

Returns
-------
pandas.DataFrame, or an iterator of them
    One row per {row}, with the columns and dtypes below; the dtypes are the same when there are no rows,
    and a missing value is ``<NA>`` (``NaT`` in dates). The index counts from 0; ``attrs["operate"]`` says how it
    was read.

{columns}

Raises
------
QuestionError
    `UnknownName` for a filter or column that does not exist{lacking}, `WrongType` for a value of another type, and
    others that cannot be asked. Nothing was sent.
OperateError
    Whatever `connect` raises; `BadAnswer` for a page that cannot be read.
ReadFailed, ReadInterrupted
    The same in the middle of a read, or Ctrl-C: with the rows so far and where to go on.

Warns
-----
IncompleteWarning
    Fewer rows came than the server counts.

Notes
-----
Contract {section} (fields), ``operate-v1.md`` section 3 and ``camunda-v2.md`` section 5 (paging).

Examples
--------
>>> import operate_frames as of
>>> from operate_frames.sandbox import serve
>>> with serve({server}) as server:
...     operate = of.connect(server.base_url, username=server.username, password=server.password)
...     frame = of.{name}({example})
>>> frame.dtypes["{key}"]
{key_type}
"""

_FURTHER = "camunda-v2-further.md"
# What only some readers take: type and meaning.
_OPTIONS: dict[str, dict[str, str]] = {
    "process_instances": {
        "variables": """iterable of str or "all", optional
    Names of variables that become columns, JSON decoded: Int64, Float64, boolean or string where all values are of that
    one type, else Python's values. Of several scopes the instance's own counts, then the one entered first. Values that
    are JSON's null or cut by the server are missing as those that are not there: `null_variables` and
    `truncated_variables`, JSON lists of names, tell them apart. A name that is a column's gets ``variable_`` before it.
    With `chunksize` these columns hold JSON texts.""",
        "full_values": """bool
    Fetch the whole text of variables that search cuts, one call each, some at a time.""",
        "incidents": """bool
    Add the first open incident's `incident_error_type`, `incident_error_message`, `incident_element_id`, and the number
    of them, `open_incidents`.""",
        "with_variables": """mapping, optional
    Names of variables and values: instances that have all of these, in any scope, as JSON: ``{"orderId": 42}``.""",
    },
    "incidents": {
        "variables": """iterable of str or "all", optional
    Names of variables that become columns, as in `read_instances`: those of the element that the incident stands
    at, then those of its process instance.""",
        "full_values": """bool
    Fetch the whole text of variables that search cuts, one call each, some at a time.""",
        "elements": """bool
    Add `element_name`, and fill `element_id` and `element_instance_key` where the server's incidents lack them: then
    of those that are open.""",
    },
    "variables": {
        "full_values": """bool
    Fetch the whole text of values that search cuts, one call each, some at a time. Servers on OpenSearch do not
    give them: there `is_truncated` stays True.""",
        "decode": """bool
    Turn the JSON texts of `value` into Python values; one that is cut becomes missing.""",
    },
    "decision_instances": {
        "inputs_and_outputs": """bool
    Add the columns `evaluated_inputs` and `evaluated_outputs`, lists of records, one call a row, some at a time.""",
    },
}


def docstring(resource: Resource, *, name: str, what: str, row: str, section: str, example: str) -> str:
    """Write the docstring of the reader of a resource."""
    later = resource.since is not None
    return inspect.cleandoc(_DOCSTRING).format(
        name=name,
        what=what,
        row=row,
        section=f"``{_FURTHER}`` {section}" if later else f"``operate-v1.md`` {section}",
        example=example,
        since=f"\nCamunda {resource.since} and later have them, by the API of the whole cluster.\n" if later else "",
        lacking=", and where the server has no such rows" if later else "",
        server='version="8.10"' if later else "",
        columns=_columns_listed(resource),
        options="".join(f"\n{option} : {said}" for option, said in _OPTIONS.get(resource.name, {}).items()),
        extra_filters="".join(
            f"\n    Also `{field.column}`, which is no column here." for field in resource.extra_filters
        ),
        key=resource.key.column,
        key_type="Int64Dtype()" if resource.key.kind == "key" else "<StringDtype(na_value=<NA>)>",
    )


def signature(resource: Resource, *functions: Callable[..., Any]) -> inspect.Signature:
    """What a call may name: what all readers take, as some functions say, the options of this one, every filter."""
    keyword = inspect.Parameter.KEYWORD_ONLY
    shared = [each for one in functions for each in inspect.signature(one).parameters.values() if each.kind is keyword]
    names = {each.name for each in shared}
    own = [*_OPTIONS.get(resource.name, {}), *(name for name in resource.filters if name not in names)]
    return inspect.Signature([*shared, *(inspect.Parameter(name, keyword, default=None) for name in own)])


def _columns_listed(resource: Resource) -> str:
    lines = [f"    - ``{field.column}``: {PANDAS_DTYPES[field.kind]}" for field in resource.fields]
    lines += [f"    - ``{field.name}`` where asked for: {field.type}" for field in detail_columns(resource)]
    return "\n".join(lines)
