"""What belongs to one thing and is asked for by its key: diagrams, sequence flows."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from operate_frames.client.operate import Operate
from operate_frames.display.tracebacks import short_traceback
from operate_frames.display.warn import warn
from operate_frames.errors import BadAnswer, IncompleteWarning
from operate_frames.frames.conversion.to_pandas import DtypeBackend, checked_backend, to_pandas
from operate_frames.frames.statistics import read_answer
from operate_frames.query.filters import checked_key
from operate_frames.schema.resources import RESOURCES
from operate_frames.signin.connect import resolve_connection

__all__ = [
    "read_decision_requirements_xml",
    "read_definition_xml",
    "read_sequence_flows",
]

_XML = "text/xml"
_FLOWS = pa.schema([("process_instance_key", pa.int64()), ("sequence_flow_id", pa.string())])


@short_traceback
def read_definition_xml(process_definition_key: int, *, operate: Operate | None = None) -> str:
    """Read the BPMN diagram of one process definition.

    Parameters
    ----------
    process_definition_key : int
        As `read_definitions` gives it.
    operate : Operate, optional
        The connection; by default the one that `connect` made last, or one from the environment.

    Returns
    -------
    str
        The XML as it was deployed.

    Raises
    ------
    NotFound
        There is no definition with that key.
    WrongType
        The key is no integer; nothing was sent.
    OperateError
        Whatever `connect` raises.

    Notes
    -----
    Contract ``operate-v1.md`` section 1.4.

    Examples
    --------
    >>> import operate_frames as of
    >>> from operate_frames.sandbox import serve
    >>> with serve() as server:
    ...     operate = of.connect(server.base_url, username=server.username, password=server.password)
    ...     key = of.read_definitions()["process_definition_key"][0]
    ...     "<bpmn:process " in of.read_definition_xml(key)
    True
    """
    return _xml("process_definitions", "process_definition_key", process_definition_key, operate)


@short_traceback
def read_decision_requirements_xml(decision_requirements_key: int, *, operate: Operate | None = None) -> str:
    """Read the DMN diagram of one version of decision requirements.

    Parameters
    ----------
    decision_requirements_key : int
        As `read_decision_requirements` gives it.
    operate : Operate, optional
        The connection; by default the one that `connect` made last, or one from the environment.

    Returns
    -------
    str
        The XML as it was deployed.

    Raises
    ------
    NotFound, WrongType, OperateError
        As in `read_definition_xml`.

    Notes
    -----
    Contract ``operate-v1.md`` section 1.10.

    Examples
    --------
    >>> import operate_frames as of
    >>> from operate_frames.sandbox import serve
    >>> with serve() as server:
    ...     operate = of.connect(server.base_url, username=server.username, password=server.password)
    ...     key = of.read_decision_requirements()["decision_requirements_key"][0]
    ...     "<definitions " in of.read_decision_requirements_xml(key)
    True
    """
    return _xml("decision_requirements", "decision_requirements_key", decision_requirements_key, operate)


@short_traceback
def read_sequence_flows(
    process_instance_key: int,
    *,
    operate: Operate | None = None,
    dtype_backend: DtypeBackend = "numpy_nullable",
) -> pd.DataFrame:
    """Read which sequence flows one process instance has taken.

    Parameters
    ----------
    process_instance_key : int
        As `read_instances` gives it.
    operate : Operate, optional
        The connection; by default the one that `connect` made last, or one from the environment.
    dtype_backend : {"numpy_nullable", "pyarrow"}
        pandas' word for the kind of columns.

    Returns
    -------
    pandas.DataFrame
        One row per flow, in text order: ``process_instance_key`` (Int64), ``sequence_flow_id`` (string).

    Raises
    ------
    NotFound, WrongType, OperateError
        As in `read_definition_xml`.

    Warns
    -----
    IncompleteWarning
        There are 1,000: the server gives no more, so some may be left out.

    Notes
    -----
    Contract ``operate-v1.md`` section 1.12.

    Examples
    --------
    >>> import operate_frames as of
    >>> from operate_frames.sandbox import serve
    >>> with serve() as server:
    ...     operate = of.connect(server.base_url, username=server.username, password=server.password)
    ...     key = of.read_instances(limit=1)["process_instance_key"][0]
    ...     list(of.read_sequence_flows(key).columns)
    ['process_instance_key', 'sequence_flow_id']
    """
    backend = checked_backend(dtype_backend)
    key = checked_key("process_instance_key", process_instance_key)
    connection = resolve_connection(operate)
    flows = read_answer(
        connection.api.read_sequence_flows, connection.transport.get(connection.api.sequence_flows_path(key))
    )
    most = connection.api.max_sequence_flows
    if most is not None and len(flows) >= most:
        warn(
            f"The server gives {most} sequence flows at most, and process instance {key} has that many: some may be"
            " left out.",
            IncompleteWarning,
        )
    return to_pandas(pa.table([[key] * len(flows), flows], schema=_FLOWS), backend)


def _xml(resource: str, argument: str, key: object, operate: object) -> str:
    checked = checked_key(argument, key)
    connection = resolve_connection(operate)
    return _text(connection.transport.get(connection.api.xml_path(RESOURCES[resource], checked), accept=_XML))


def _text(xml: bytes) -> str:
    """XML as text: Operate sends UTF-8, whatever the document says of itself (contract ``operate-v1.md`` 1.2)."""
    try:
        return xml.decode()
    except UnicodeDecodeError as error:
        raise BadAnswer(f"The diagram cannot be read as text: {error}.") from None
