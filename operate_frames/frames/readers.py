"""`search()`, and `read_instances()` and its siblings: a question, asked of a connection, as frames."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal, Protocol, overload

import pandas as pd

from operate_frames.client.operate import Operate
from operate_frames.display.progress import Progress, checked_progress
from operate_frames.errors import QuestionError, WrongType
from operate_frames.frames.search import Search
from operate_frames.query.query import ask, checked_number, resource_named
from operate_frames.reading.decode import DtypeBackend, checked_backend
from operate_frames.reading.details import detail_columns
from operate_frames.reading.paging.parallel import MOST_WORKERS
from operate_frames.schema.resources import RESOURCES, Resource
from operate_frames.signin.connect import resolve_connection

__all__ = [
    "DTYPES",
    "Reader",
    "read_decision_definitions",
    "read_decision_instances",
    "read_decision_requirements",
    "read_definitions",
    "read_element_instances",
    "read_incidents",
    "read_instances",
    "read_variables",
    "search",
]

ResourceName = Literal[
    "process_instances",
    "process_definitions",
    "element_instances",
    "incidents",
    "variables",
    "decision_definitions",
    "decision_requirements",
    "decision_instances",
]


class Reader(Protocol):
    """The signature that all readers share: one frame, or with `chunksize` an iterator of frames."""

    __doc__: str | None
    __name__: str

    @overload
    def __call__(
        self,
        *,
        operate: Operate | None = None,
        columns: Iterable[str] | None = None,
        sort: str | Iterable[str] | None = None,
        limit: int | None = None,
        chunksize: None = None,
        dtype_backend: DtypeBackend = "numpy_nullable",
        recheck: bool | None = None,
        resume: Mapping[str, Any] | None = None,
        progress: Progress = None,
        workers: int | None = None,
        **filters: object,
    ) -> pd.DataFrame: ...

    @overload
    def __call__(
        self,
        *,
        operate: Operate | None = None,
        columns: Iterable[str] | None = None,
        sort: str | Iterable[str] | None = None,
        limit: int | None = None,
        chunksize: int,
        dtype_backend: DtypeBackend = "numpy_nullable",
        recheck: bool | None = None,
        resume: Mapping[str, Any] | None = None,
        progress: Progress = None,
        workers: int | None = None,
        **filters: object,
    ) -> Iterator[pd.DataFrame]: ...


def search(
    resource: ResourceName,
    *,
    operate: Operate | None = None,
    columns: Iterable[str] | None = None,
    sort: str | Iterable[str] | None = None,
    limit: int | None = None,
    recheck: bool | None = None,
    resume: Mapping[str, Any] | None = None,
    progress: Progress = None,
    workers: int | None = None,
    **filters: object,
) -> Search:
    """Ask a question, to be answered as a count, an explanation, batches, an Arrow table or a frame.

    Parameters
    ----------
    resource : str
        ``process_instances``, ``process_definitions``, ``element_instances``, ``incidents``, ``variables``,
        ``decision_definitions``, ``decision_requirements`` or ``decision_instances``.
    operate, columns, sort, limit, recheck, resume, progress, workers, **filters
        As in `read_instances` and its siblings.

    Returns
    -------
    Search
        Nothing was sent yet: its methods `count`, `explain`, `batches`, `to_arrow`, `to_pandas` and `to_polars` do.

    Raises
    ------
    QuestionError
        `UnknownName`, `WrongType` and others, as in the readers.

    Examples
    --------
    >>> import operate_frames as of
    >>> from operate_frames.sandbox import serve
    >>> with serve() as server:
    ...     operate = of.connect(server.base_url, username=server.username, password=server.password)
    ...     of.search("process_instances", state="ACTIVE").count().exact
    True
    """
    question = ask(resource_named(resource), columns=columns, sort=sort, limit=limit, filters=filters)
    if recheck is not None and not isinstance(recheck, bool):
        raise WrongType(f"recheck takes True, False or None, not {recheck!r}.")
    if workers is not None and checked_number("workers", workers, least=1, what="requests at once") > MOST_WORKERS:
        raise QuestionError(f"workers={workers} is too many: {MOST_WORKERS} requests at once are the most.")
    return Search(
        resolve_connection(operate),
        question,
        recheck=recheck,
        progress=checked_progress(progress),
        resume=resume,
        workers=workers,
    )


_DOCSTRING = """Read {what} into a data frame, every page, in key order.

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
    stays hidden. By default reads of up to 20 pages are read twice, at once, which finds most of them.
resume : mapping, optional
    Where an earlier read ended in the middle, as its error's `resume` says: gives the rows from there on.
progress : bool or callable, optional
    True for a bar, False for none, a function to be called with the rows so far; by default a bar in a
    terminal only.
workers : int, optional
    At most so many requests at once, 32 at most. By default one where the server answers a page in under 3 ms, else
    four. More than 10,000 rows are read in several ranges of keys side by side; lists and ranges of dates, which are
    several searches, side by side too. Rows come in the same order with any number.{options}
**filters
    A column's name and its value; several must all hold. A list means any of its values, `between` or a tuple
    ``(low, high)`` a range without its end, ``pd.NA`` missing values, None no filter. Dates take a datetime or a
    text (naive ones are UTC); a date without a time means that whole UTC day.{asked_by}

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
    `UnknownName` for a filter or column that does not exist, `WrongType` for a value of another type, and
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
Contract ``operate-v1.md`` {section} (fields) and section 3 (paging).

Examples
--------
>>> import operate_frames as of
>>> from operate_frames.sandbox import serve
>>> with serve() as server:
...     operate = of.connect(server.base_url, username=server.username, password=server.password)
...     frame = of.{name}({example})
>>> frame.dtypes["{key}"]
{key_type}
"""

DTYPES = {
    "key": "Int64",
    "count": "Int64",
    "text": "string",
    "flag": "boolean",
    "date": "datetime64[us, UTC]",
}

# What only some readers take: type and meaning.
_OPTIONS: dict[str, dict[str, str]] = {
    "process_instances": {
        "with_variables": """mapping, optional
    Names of variables and values: instances that have all of these, in any scope, as JSON: ``{"orderId": 42}``.""",
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


def _reader(name: str, resource: Resource, *, what: str, row: str, section: str, example: str = "") -> Reader:
    """Make the reader of a resource; docstring and signature come from the one table."""

    def read(
        *,
        chunksize: int | None = None,
        dtype_backend: DtypeBackend = "numpy_nullable",
        **asked: Any,
    ) -> pd.DataFrame | Iterator[pd.DataFrame]:
        decode = asked.pop("decode", False) if resource.name == "variables" else False
        if not isinstance(decode, bool):
            raise WrongType(f"decode takes True or False, not {decode!r}.")
        backend = checked_backend(dtype_backend)
        rows = None if chunksize is None else checked_number("chunksize", chunksize, least=1)
        if rows is not None and asked.get("recheck"):
            raise QuestionError("recheck=True needs the whole read: leave chunksize out.")
        found = search(resource.name, **asked)  # type: ignore[arg-type]  # one of the names
        return found.to_pandas(backend, decode=decode) if rows is None else found.frames(rows, backend, decode=decode)

    read.__name__ = read.__qualname__ = name
    read.__doc__ = inspect.cleandoc(_DOCSTRING).format(
        name=name,
        what=what,
        row=row,
        section=section,
        example=example,
        columns=_columns_listed(resource),
        options="".join(f"\n{option} : {said}" for option, said in _OPTIONS.get(resource.name, {}).items()),
        asked_by="".join(f"\n    Also `{field.column}`, which is no column here." for field in resource.asked_by),
        key=resource.key.column,
        key_type="Int64Dtype()" if resource.key.kind == "key" else "<StringDtype(na_value=<NA>)>",
    )
    read.__signature__ = _signature(resource, read)  # type: ignore[attr-defined]  # so that notebooks complete filters
    reader: Any = read
    return reader  # type: ignore[no-any-return]  # the overloads of Reader say more than one signature can


def _columns_listed(resource: Resource) -> str:
    lines = [f"    - ``{field.column}``: {DTYPES[field.kind]}" for field in resource.fields]
    lines += [f"    - ``{field.name}`` where asked for: {field.type}" for field in detail_columns(resource)]
    return "\n".join(lines)


def _signature(resource: Resource, read: Callable[..., Any]) -> inspect.Signature:
    """What a call may name: what all readers take, the options of this one, every filter."""
    keyword = inspect.Parameter.KEYWORD_ONLY
    shared = [*inspect.signature(read).parameters.values(), *inspect.signature(search).parameters.values()]
    shared = [each for each in shared if each.kind is keyword]
    names = {each.name for each in shared}
    own = [*_OPTIONS.get(resource.name, {}), *(name for name in resource.filters if name not in names)]
    return inspect.Signature([*shared, *(inspect.Parameter(name, keyword, default=None) for name in own)])


read_instances = _reader(
    "read_instances",
    RESOURCES["process_instances"],
    what="process instances",
    row="process instance",
    section="1.5",
    example='state="ACTIVE", limit=10',
)

read_definitions = _reader(
    "read_definitions",
    RESOURCES["process_definitions"],
    what="process definitions",
    row="version of a process",
    section="1.4",
)

read_element_instances = _reader(
    "read_element_instances",
    RESOURCES["element_instances"],
    what="element instances (flow node instances)",
    row="element that an instance entered",
    section="1.6",
    example='type="SERVICE_TASK", limit=10',
)

read_incidents = _reader(
    "read_incidents",
    RESOURCES["incidents"],
    what="incidents",
    row="incident",
    section="1.7",
    example='state="ACTIVE"',
)

read_variables = _reader(
    "read_variables",
    RESOURCES["variables"],
    what="variables",
    row="variable of a scope, with its latest value",
    section="1.8",
    example='name="orderId", limit=10',
)

read_decision_definitions = _reader(
    "read_decision_definitions",
    RESOURCES["decision_definitions"],
    what="decision definitions",
    row="version of a decision",
    section="1.9",
)

read_decision_requirements = _reader(
    "read_decision_requirements",
    RESOURCES["decision_requirements"],
    what="decision requirements (DRDs)",
    row="version of a decision requirements diagram",
    section="1.10",
)

read_decision_instances = _reader(
    "read_decision_instances",
    RESOURCES["decision_instances"],
    what="decision instances",
    row="decision that was evaluated; one evaluation may have several",
    section="1.11",
    example='state="EVALUATED", limit=10',
)
