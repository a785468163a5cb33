"""`read_instances()` and its siblings: a question, asked of a connection, as frames."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from typing import Any, Protocol, overload

import pandas as pd

from operate_frames.columns import DtypeBackend, checked_backend
from operate_frames.connection import Operate, current
from operate_frames.errors import WrongType
from operate_frames.progress import Progress, checked_progress
from operate_frames.question import ask, checked_number
from operate_frames.resources import RESOURCES, Resource
from operate_frames.searches import Search

__all__ = ["Reader", "read_definitions", "read_instances"]


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
        limit: int | None = None,
        chunksize: None = None,
        dtype_backend: DtypeBackend = "numpy_nullable",
        progress: Progress = None,
        **filters: object,
    ) -> pd.DataFrame: ...

    @overload
    def __call__(
        self,
        *,
        operate: Operate | None = None,
        columns: Iterable[str] | None = None,
        limit: int | None = None,
        chunksize: int,
        dtype_backend: DtypeBackend = "numpy_nullable",
        progress: Progress = None,
        **filters: object,
    ) -> Iterator[pd.DataFrame]: ...


_DOCSTRING = """Read {what} into a data frame, every page, in key order.

Parameters
----------
operate : Operate, optional
    The connection; by default the one that `connect` made last, or one from the environment.
columns : iterable of str, optional
    Which columns, in which order; all by default.
limit : int, optional
    At most that many rows, the ones with the lowest keys.
chunksize : int, optional
    Give an iterator of frames of exactly that many rows (the last may be shorter); memory is bound by one.
dtype_backend : {{"numpy_nullable", "pyarrow"}}
    pandas' word for the kind of columns.
progress : bool or callable, optional
    True for a bar, False for none, a function to be called with the rows so far; by default a bar in a
    terminal only.
**filters
    A column's name and the value that it must equal; several must all hold. Dates take a datetime or a
    text (naive ones are UTC); a date without a time means that whole UTC day. None means no filter.

Returns
-------
pandas.DataFrame, or an iterator of them
    One row per {row}, with the columns and dtypes below; the dtypes are the same when there are no rows,
    and a missing value is ``<NA>`` (``NaT`` in dates). The index counts from 0.

{columns}

Raises
------
QuestionError
    `UnknownName` for a filter or column that does not exist, `WrongType` for a value of another type, and
    others that cannot be asked. Nothing was sent.
OperateError
    Whatever `connect` raises, also in the middle of a read; `BadAnswer` for a page that cannot be read.

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
>>> frame.dtypes["process_definition_key"]
Int64Dtype()
"""

_DTYPES = {
    "key": "Int64",
    "count": "Int64",
    "text": "string",
    "flag": "boolean",
    "date": "datetime64[us, UTC]",
}


def _reader(name: str, resource: Resource, *, what: str, row: str, section: str, example: str) -> Reader:
    """Make the reader of a resource; the docstring's columns come from the one table."""

    def read(
        *,
        operate: Operate | None = None,
        columns: Iterable[str] | None = None,
        limit: int | None = None,
        chunksize: int | None = None,
        dtype_backend: DtypeBackend = "numpy_nullable",
        progress: Progress = None,
        **filters: object,
    ) -> pd.DataFrame | Iterator[pd.DataFrame]:
        question = ask(resource, columns=columns, limit=limit, filters=filters)
        backend = checked_backend(dtype_backend)
        rows = None if chunksize is None else checked_number("chunksize", chunksize, least=1)
        shown = checked_progress(progress)
        search = Search(_connection(operate).transport, question, shown)
        return search.to_pandas(backend) if rows is None else search.frames(rows, backend)

    read.__name__ = read.__qualname__ = name
    read.__doc__ = inspect.cleandoc(_DOCSTRING).format(
        name=name, what=what, row=row, section=section, example=example, columns=_columns_listed(resource)
    )
    reader: Any = read
    return reader  # type: ignore[no-any-return]  # the overloads of Reader say more than one signature can


def _columns_listed(resource: Resource) -> str:
    return "\n".join(f"    - ``{field.column}``: {_DTYPES[field.kind]}" for field in resource.fields)


def _connection(operate: object) -> Operate:
    if operate is None:
        return current()
    if not isinstance(operate, Operate):
        raise WrongType(f"operate takes what connect() gives, not {type(operate).__name__}.")
    return operate


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
    example="",
)
