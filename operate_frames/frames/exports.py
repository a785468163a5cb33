"""`export()` and `export_instances()`: a question, asked of a connection, as a file."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal

from operate_frames.display.tracebacks import short_traceback
from operate_frames.frames.readers import ResourceName, search
from operate_frames.frames.search import Search

if TYPE_CHECKING:
    from operate_frames.exports.report import ExportReport

__all__ = ["export", "export_instances"]

# What people miss in Operate's own list (camunda/camunda#63652).
_INSTANCE_COLUMNS = (
    "process_definition_name",
    "process_instance_key",
    "business_id",
    "process_definition_version",
    "process_definition_version_tag",
    "tenant_id",
    "state",
    "start_date",
    "end_date",
    "parent_process_instance_key",
)


# What an export takes beside the question.
_WRITING = tuple(
    each for each in inspect.signature(Search.export).parameters.values() if each.kind is inspect.Parameter.KEYWORD_ONLY
)


@short_traceback
def export(resource: ResourceName, path: str | os.PathLike[str], **asked: Any) -> ExportReport:
    """Write all rows that a question names to a file, as they come.

    Parameters
    ----------
    resource : str
        As in `search`.
    path, resume, header, sep, encoding, date_format, time_zone, decimal, excel, table, partition_by
        As in `Search.export`.
    operate, columns, sort, limit, recheck, progress, workers, page_size, **filters
        As in `search`.

    Returns
    -------
    ExportReport
        What was written, and when it was read.

    Raises
    ------
    QuestionError, ExportFailed, ReadInterrupted
        As in `Search.export`.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import operate_frames as of
    >>> from operate_frames.sandbox import serve
    >>> with serve() as server, tempfile.TemporaryDirectory() as folder:
    ...     operate = of.connect(server.base_url, username=server.username, password=server.password)
    ...     of.export("process_instances", Path(folder) / "instances.csv").rows
    200
    """
    written = {each.name: asked.pop(each.name) for each in _WRITING if each.name in asked}
    return search(resource, **asked).export(path, **written)


@short_traceback
def export_instances(
    path: str | os.PathLike[str],
    *,
    columns: Iterable[str] | None = None,
    variables: Iterable[str] | Literal["all"] | None = None,
    incidents: bool = True,
    **asked: Any,
) -> ExportReport:
    """Write process instances to a file as people want their list: with names, incidents and variables.

    Parameters
    ----------
    path : str or path
        As in `export`; ``.xlsx`` for a colleague.
    columns : iterable of str, optional
        By default the process' name, the instance's key, business id, version and version tag, tenant, state, start,
        end and the key of the parent.
    variables : iterable of str or "all", optional
        Which variables become columns; none by default.
    incidents : bool
        Add the first open incident and the number of them.
    resume, header, sep, encoding, date_format, time_zone, decimal, excel, table, partition_by
        As in `Search.export`.
    operate, sort, limit, recheck, progress, workers, page_size, **filters
        As in `search`.

    Returns
    -------
    ExportReport
        What was written, and when it was read.

    Raises
    ------
    QuestionError, ExportFailed, ReadInterrupted
        As in `Search.export`.

    Notes
    -----
    Business ids are known from Camunda 8.9 on, version tags from 8.6 on.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import operate_frames as of
    >>> from operate_frames.sandbox import serve
    >>> with serve() as server, tempfile.TemporaryDirectory() as folder:
    ...     operate = of.connect(server.base_url, username=server.username, password=server.password)
    ...     of.export_instances(Path(folder) / "orders.xlsx", state="ACTIVE", variables=["amount"]).cut is None
    True
    """
    chosen = _INSTANCE_COLUMNS if columns is None else columns
    return export("process_instances", path, columns=chosen, variables=variables, incidents=incidents, **asked)


def _with_all_that_they_take(function: Callable[..., Any]) -> None:
    """Let notebooks complete what a call may name."""
    own = [each for each in inspect.signature(function).parameters.values() if each.name != "asked"]
    named = {each.name for each in (*own, *_WRITING)}
    of_searches = inspect.signature(search).parameters.values()
    further = [each for each in of_searches if each.kind is not inspect.Parameter.POSITIONAL_OR_KEYWORD]
    taken = [*own, *_WRITING, *(each for each in further if each.name not in named)]
    function.__signature__ = inspect.Signature(taken)  # type: ignore[attr-defined]


_with_all_that_they_take(export)
_with_all_that_they_take(export_instances)
