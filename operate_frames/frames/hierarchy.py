"""`read_hierarchy()`: a process instance and all that it called, however deep."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from operate_frames.client.operate import Operate
from operate_frames.display.tracebacks import short_traceback
from operate_frames.display.warn import warn
from operate_frames.errors import IncompleteWarning, NotFound
from operate_frames.frames.conversion.to_pandas import DtypeBackend, checked_backend, to_pandas
from operate_frames.frames.search import Search
from operate_frames.query.filters import checked_key
from operate_frames.query.query import Query
from operate_frames.reading.enrich.hierarchy import Hierarchy
from operate_frames.reading.options import ReadOptions
from operate_frames.schema.resources import RESOURCES
from operate_frames.signin.connect import resolve_connection

__all__ = ["read_hierarchy"]

_ROOT = "root_process_instance_key"


@short_traceback
def read_hierarchy(
    process_instance_key: int,
    *,
    operate: Operate | None = None,
    dtype_backend: DtypeBackend = "numpy_nullable",
) -> pd.DataFrame:
    """Read a process instance and all instances that it called, and those called, however deep.

    Parameters
    ----------
    process_instance_key : int
        As `read_instances` gives it; it may itself have been called.
    operate : Operate, optional
        The connection; by default the one that `connect` made last, or one from the environment.
    dtype_backend : {"numpy_nullable", "pyarrow"}
        pandas' word for the kind of columns.

    Returns
    -------
    pandas.DataFrame
        One row per instance, level by level and by key in each: ``depth`` (Int64, 0 for the one asked for), and the
        columns of `read_instances`, of which `root_process_instance_key` is the instance at the top on every version,
        and `parent_process_instance_key` the one that called it.

    Raises
    ------
    NotFound
        There is no instance with that key.
    WrongType
        The key is no integer; nothing was sent.
    OperateError
        Whatever `connect` and `read_instances` raise.

    Warns
    -----
    IncompleteWarning
        An instance on the way up is gone, or the hierarchy goes in a circle.

    Notes
    -----
    No API filters by the instance at the top, so it is read level by level, by the keys of the callers; v1 can be asked
    for one caller a search, so where that costs less all that began since is read instead. Contract ``operate-v1.md``
    section 1.5 and ``camunda-v2.md`` section 1.6.

    Examples
    --------
    >>> import pandas as pd
    >>> import operate_frames as of
    >>> from operate_frames.sandbox import serve
    >>> with serve() as server:
    ...     operate = of.connect(server.base_url, username=server.username, password=server.password)
    ...     called = of.read_instances(parent_process_instance_key=of.exclude(pd.NA), limit=1)
    ...     of.read_hierarchy(called["parent_process_instance_key"][0])["depth"].to_list()
    [0, 1]
    """
    backend = checked_backend(dtype_backend)
    key = checked_key("process_instance_key", process_instance_key)
    connection = resolve_connection(operate)

    def read(query: Query) -> pa.Table:
        return Search(connection, query, ReadOptions()).to_arrow()

    def pages(query: Query) -> int:
        from operate_frames.reading.scan import Scan, ScanContext  # noqa: PLC0415 - it comes with the first read

        return Scan(ScanContext.of(connection, ReadOptions()), query).pages()

    hierarchy = Hierarchy(connection.api, read, pages, RESOURCES["process_instances"].columns)
    own = hierarchy.of([key])
    if not own.num_rows:
        raise NotFound(f"{connection.settings.base_url} has no process instance {key}.")
    top = hierarchy.top_of(own)
    levels = [own, *hierarchy.below(own)]
    for trouble in hierarchy.trouble:
        warn(trouble, IncompleteWarning)
    table = pa.concat_tables(
        [_with_depth(level.sort_by("process_instance_key"), depth) for depth, level in enumerate(levels)]
    )
    place = table.schema.get_field_index(_ROOT)
    table = table.set_column(place, _ROOT, pa.array([top] * table.num_rows, pa.int64()))
    return to_pandas(table.combine_chunks(), backend)


def _with_depth(level: pa.Table, depth: int) -> pa.Table:
    return level.add_column(0, "depth", pa.array([depth] * level.num_rows, pa.int64()))
