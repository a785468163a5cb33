"""`search()`, and `read_instances()` and its siblings: a question, asked of a connection, as frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, Protocol, overload

import pandas as pd

from operate_frames.client.operate import Operate
from operate_frames.display.progress import Progress, checked_progress
from operate_frames.display.tracebacks import short_traceback
from operate_frames.errors import QuestionError, WrongType
from operate_frames.frames.conversion.to_pandas import DtypeBackend, checked_backend
from operate_frames.frames.docstrings import docstring, signature
from operate_frames.frames.search import Search
from operate_frames.query.query import build_query, checked_number, resource_named
from operate_frames.reading.checkpoint import checked_resume
from operate_frames.reading.completeness.conditions import check_answerable
from operate_frames.reading.options import MAX_WORKERS, ReadOptions
from operate_frames.schema.fields import Resource
from operate_frames.schema.resources import RESOURCES
from operate_frames.signin.connect import resolve_connection

__all__ = [
    "Reader",
    "ResourceName",
    "read_audit_logs",
    "read_batch_operation_items",
    "read_batch_operations",
    "read_correlated_message_subscriptions",
    "read_decision_definitions",
    "read_decision_instances",
    "read_decision_requirements",
    "read_definitions",
    "read_element_instances",
    "read_incidents",
    "read_instances",
    "read_jobs",
    "read_message_subscriptions",
    "read_user_tasks",
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
    "user_tasks",
    "jobs",
    "message_subscriptions",
    "correlated_message_subscriptions",
    "batch_operations",
    "batch_operation_items",
    "audit_logs",
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
        page_size: int | None = None,
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
        page_size: int | None = None,
        **filters: object,
    ) -> Iterator[pd.DataFrame]: ...


@short_traceback
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
    page_size: int | None = None,
    **filters: object,
) -> Search:
    """Ask a question, to be answered as a count, an explanation, batches, an Arrow table or a frame.

    Parameters
    ----------
    resource : str
        ``process_instances``, ``process_definitions``, ``element_instances``, ``incidents``, ``variables``,
        ``decision_definitions``, ``decision_requirements`` or ``decision_instances``; over v2 also ``user_tasks``,
        ``jobs``, ``message_subscriptions``, ``correlated_message_subscriptions``, ``batch_operations``,
        ``batch_operation_items`` and ``audit_logs``.
    operate, columns, sort, limit, recheck, resume, progress, workers, page_size, **filters
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
    query = build_query(resource_named(resource), columns=columns, sort=sort, limit=limit, filters=filters)
    if recheck is not None and not isinstance(recheck, bool):
        raise WrongType(f"recheck takes True, False or None, not {recheck!r}.")
    if workers is not None and checked_number("workers", workers, least=1, what="requests at once") > MAX_WORKERS:
        raise QuestionError(f"workers={workers} is too many: {MAX_WORKERS} requests at once are the most.")
    if page_size is not None:
        checked_number("page_size", page_size, least=1)
    options = ReadOptions(recheck, checked_progress(progress), checked_resume(query, resume), workers, page_size)
    connection = resolve_connection(operate)
    check_answerable(connection.api, query)
    most, asked = connection.api.max_page_size, page_size or connection.page_size
    if asked is not None and asked > most:
        raise QuestionError(f"page_size={asked} is too many: this server gives {most:,} rows a page at most.")
    return Search(connection, query, options)


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
    read.__doc__ = docstring(resource, name=name, what=what, row=row, section=section, example=example)
    read.__signature__ = signature(resource, read, search)  # type: ignore[attr-defined]  # so that notebooks complete
    reader: Any = short_traceback(read)
    return reader  # type: ignore[no-any-return]  # the overloads of Reader say more than one signature can


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

read_user_tasks = _reader(
    "read_user_tasks",
    RESOURCES["user_tasks"],
    what="user tasks",
    row="user task",
    section="/user-tasks/search",
    example='state="CREATED", limit=10',
)

read_jobs = _reader(
    "read_jobs",
    RESOURCES["jobs"],
    what="jobs",
    row="job that a worker or a listener takes",
    section="/jobs/search",
    example='state="FAILED"',
)

read_message_subscriptions = _reader(
    "read_message_subscriptions",
    RESOURCES["message_subscriptions"],
    what="message subscriptions",
    row="subscription of an element, and from 8.10 on of a start event",
    section="/message-subscriptions/search",
    example='message_subscription_state="CREATED"',
)

read_correlated_message_subscriptions = _reader(
    "read_correlated_message_subscriptions",
    RESOURCES["correlated_message_subscriptions"],
    what="correlated message subscriptions",
    row="message that a subscription was given; the two keys together are unique",
    section="/correlated-message-subscriptions/search",
    example="limit=10",
)

read_batch_operations = _reader(
    "read_batch_operations",
    RESOURCES["batch_operations"],
    what="batch operations",
    row="batch operation",
    section="/batch-operations/search",
)

read_batch_operation_items = _reader(
    "read_batch_operation_items",
    RESOURCES["batch_operation_items"],
    what="the items of batch operations",
    row="thing that a batch operation worked on; the two keys together are unique",
    section="/batch-operation-items/search",
    example='state="FAILED"',
)

read_audit_logs = _reader(
    "read_audit_logs",
    RESOURCES["audit_logs"],
    what="audit logs",
    row="operation that somebody asked for",
    section="/audit-logs/search",
    example='result="FAIL"',
)
