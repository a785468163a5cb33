"""What servers count: elements of an instance or of a definition, instances of each version of a process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeVar

import msgspec
import pandas as pd
import pyarrow as pa

from operate_frames.api.answers import Request
from operate_frames.client.operate import Operate
from operate_frames.display.tracebacks import short_traceback
from operate_frames.errors import BadAnswer, QuestionError, UnknownName
from operate_frames.frames.conversion.to_pandas import DtypeBackend, checked_backend, to_pandas
from operate_frames.frames.search import Search
from operate_frames.query.filters import checked_key
from operate_frames.query.query import Query, build_query
from operate_frames.reading.completeness.conditions import check_answerable
from operate_frames.reading.enrich.lookups import describe_lookups
from operate_frames.reading.options import ReadOptions
from operate_frames.schema.resources import RESOURCES
from operate_frames.signin.connect import resolve_connection

__all__ = ["read_answer", "read_definition_statistics", "read_element_statistics"]

_ELEMENTS = pa.schema(
    [("element_id", pa.string()), *((name, pa.int64()) for name in ("active", "canceled", "incidents", "completed"))]
)
_INSTANCES = RESOURCES["process_instances"]
_VERSION = ("process_definition_id", "process_definition_key", "process_definition_version")
_VERSIONS = pa.schema(
    [
        ("process_definition_id", pa.string()),
        ("process_definition_key", pa.int64()),
        ("process_definition_version", pa.int64()),
        ("process_definition_name", pa.string()),
        ("tenant_id", pa.string()),
        ("active_with_incident", pa.int64()),
        ("active_without_incident", pa.int64()),
    ]
)

T = TypeVar("T")


@short_traceback
def read_element_statistics(
    process_instance_key: int | None = None,
    *,
    process_definition_key: int | None = None,
    operate: Operate | None = None,
    dtype_backend: DtypeBackend = "numpy_nullable",
    **filters: object,
) -> pd.DataFrame:
    """Count the element instances of a process instance, or of all instances of a definition, element by element.

    Parameters
    ----------
    process_instance_key : int, optional
        As `read_instances` gives it.
    process_definition_key : int, optional
        In the place of an instance, as `read_definitions` gives it: from Camunda 8.8 on, over v2.
    operate : Operate, optional
        The connection; by default the one that `connect` made last, or one from the environment.
    dtype_backend : {"numpy_nullable", "pyarrow"}
        pandas' word for the kind of columns.
    **filters
        Of the instances of the definition, as in `read_instances`; the server must be able to answer them.

    Returns
    -------
    pandas.DataFrame
        One row per element that was entered, the busiest first: ``element_id`` (string), ``active``, ``canceled``,
        ``incidents``, ``completed`` (Int64). An element with an incident does not count as active.

    Raises
    ------
    QuestionError
        Neither key or both; a filter that the server cannot answer alone. Nothing was sent.
    UnknownName
        A definition over v1, which counts instances only.
    NotFound, WrongType, OperateError
        As in `read_definition_xml`.

    Notes
    -----
    Contract ``operate-v1.md`` section 1.12, ``camunda-v2.md`` section 6.

    Examples
    --------
    >>> import operate_frames as of
    >>> from operate_frames.sandbox import serve
    >>> with serve() as server:
    ...     operate = of.connect(server.base_url, username=server.username, password=server.password)
    ...     key = of.read_instances(limit=1)["process_instance_key"][0]
    ...     list(of.read_element_statistics(key).columns)
    ['element_id', 'active', 'canceled', 'incidents', 'completed']
    """
    backend = checked_backend(dtype_backend)
    if (process_instance_key is None) == (process_definition_key is None):
        raise QuestionError("Give process_instance_key or process_definition_key, one of them.")
    if process_instance_key is None:
        key = checked_key("process_definition_key", process_definition_key)
        query = build_query(_INSTANCES, filters=filters)
        connection = resolve_connection(operate)
        content = _asked(connection, _of_definition(connection, query, key))
    else:
        if filters:
            raise QuestionError(
                f"{next(iter(filters))} chooses instances of a process_definition_key, not of one instance."
            )
        key = checked_key("process_instance_key", process_instance_key)
        connection = resolve_connection(operate)
        content = connection.transport.get(connection.api.statistics_path(key))
    counts = read_answer(connection.api.read_statistics, content)
    return to_pandas(pa.Table.from_pylist([each._asdict() for each in counts], _ELEMENTS), backend)


def _of_definition(connection: Operate, query: Query, key: int) -> Request:
    check_answerable(connection.api, query)
    if steps := describe_lookups(connection.api, query):
        raise QuestionError(f"The server cannot count by this alone: it would need {steps[0]}.")
    plan = connection.api.plan(query)
    request = connection.api.element_counts(plan, key)
    if request is None:
        raise UnknownName(
            f"API {connection.api.name}, by which this server is read, counts the elements of one instance only;"
            " those of a process_definition_key are counted from Camunda 8.8 on."
        )
    if plan.residual_filters or len(plan.searches) != 1:
        names = ", ".join(each.field.column for each in plan.residual_filters or query.filters)
        raise QuestionError(
            f"The server cannot count by {names}: it takes no such filter there, or not as one question."
        )
    return request


@short_traceback
def read_definition_statistics(
    *, operate: Operate | None = None, dtype_backend: DtypeBackend = "numpy_nullable"
) -> pd.DataFrame:
    """Count the active instances of each version of each process, with an open incident and without.

    Parameters
    ----------
    operate : Operate, optional
        The connection; by default the one that `connect` made last, or one from the environment.
    dtype_backend : {"numpy_nullable", "pyarrow"}
        pandas' word for the kind of columns.

    Returns
    -------
    pandas.DataFrame
        One row per version that has active instances, by id and version: ``process_definition_id``,
        ``process_definition_name``, ``tenant_id`` (string), ``process_definition_key``, ``process_definition_version``,
        ``active_with_incident``, ``active_without_incident`` (Int64).

    Raises
    ------
    OperateError
        Whatever `connect` and `read_instances` raise.

    Notes
    -----
    From Camunda 8.9 on, over v2, the server counts: one request for all processes and one for each. Elsewhere all
    active instances are read and counted here, a request per thousand of them; `Operate.last_report` says how many.
    Contract ``camunda-v2.md`` section 6.

    Examples
    --------
    >>> import operate_frames as of
    >>> from operate_frames.sandbox import serve
    >>> with serve() as server:
    ...     operate = of.connect(server.base_url, username=server.username, password=server.password)
    ...     int(of.read_definition_statistics()["active_without_incident"].sum())
    23
    """
    backend = checked_backend(dtype_backend)
    connection = resolve_connection(operate)
    counted = _counted_there(connection) if connection.api.version_statistics else _counted_here(connection)
    in_order = [("process_definition_id", "ascending"), ("process_definition_version", "ascending")]
    return to_pandas(counted.sort_by(in_order).combine_chunks(), backend)


def _counted_there(connection: Operate) -> pa.Table:
    statistics = connection.api.version_statistics
    assert statistics is not None
    processes = list(dict.fromkeys(_all(connection, statistics.processes, statistics.read_processes)))
    versions = [
        counts
        for process in processes
        for counts in _all(connection, partial(statistics.versions, process), statistics.read_versions)
    ]
    active = [each._asdict() for each in versions if each.active_with_incident or each.active_without_incident]
    return pa.Table.from_pylist(active, _VERSIONS)


def _all(connection: Operate, ask: Callable[[int], Request], read: Callable[[bytes], list[T]]) -> Iterator[T]:
    """Every row of a list that is asked for from an offset on."""
    start = 0
    while rows := read_answer(read, _asked(connection, ask(start))):
        yield from rows
        start += len(rows)


def _counted_here(connection: Operate) -> pa.Table:
    columns = (*_VERSION, "process_definition_name", "tenant_id", "has_incident", "process_instance_key")
    query = build_query(_INSTANCES, columns=columns, filters={"state": "ACTIVE"})
    rows = Search(connection, query, ReadOptions()).to_arrow().to_pandas(types_mapper=pd.ArrowDtype)
    failing = rows.pop("has_incident").fillna(value=False).astype(bool)
    grouped = rows.assign(active_with_incident=failing, active_without_incident=~failing).groupby(
        [*_VERSION, "process_definition_name", "tenant_id"], dropna=False
    )
    counts = grouped[["active_with_incident", "active_without_incident"]].sum().reset_index()
    return pa.Table.from_pandas(counts, _VERSIONS, preserve_index=False)


def _asked(connection: Operate, request: Request) -> bytes:
    return connection.transport.post(request.path, request.body)


def read_answer(read: Callable[[bytes], T], content: bytes) -> T:
    """Read an answer that is no page of rows.

    Raises
    ------
    BadAnswer
        It cannot be read.
    """
    try:
        return read(content)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadAnswer(f"The answer cannot be read: {error}.") from None
