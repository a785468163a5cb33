"""`export()` and `export_instances()`: a question, asked of a connection, as a file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from operate_frames.display.tracebacks import short_traceback
from operate_frames.frames.readers import ResourceName, search

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


@short_traceback
def export(
    resource: ResourceName,
    path: str | os.PathLike[str],
    *,
    resume: bool = False,
    header: bool | None = None,
    sep: str | None = None,
    encoding: str | None = None,
    date_format: str | None = None,
    time_zone: str | None = None,
    decimal: str | None = None,
    excel: bool | Literal["de"] | None = None,
    table: str | None = None,
    partition_by: str | Sequence[str] | None = None,
    **asked: Any,
) -> ExportReport:
    """Write all rows that a question names to a file, as they come.

    Parameters
    ----------
    resource : str
        As in `search`.
    path, resume, header, sep, encoding, date_format, time_zone, decimal, excel, table, partition_by
        As in `Search.export`.
    **asked
        What else `search` takes: `operate`, `columns`, `sort`, `limit`, `progress`, `workers`, `page_size`, filters.

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
    found = search(resource, **asked)
    return found.export(
        path,
        resume=resume,
        header=header,
        sep=sep,
        encoding=encoding,
        date_format=date_format,
        time_zone=time_zone,
        decimal=decimal,
        excel=excel,
        table=table,
        partition_by=partition_by,
    )


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
    **asked
        What else `export` takes: filters, `limit`, `resume`, `time_zone` and so on.

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
