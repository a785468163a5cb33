"""`draw()`: a process's diagram, found at the server or given, with what was read of its instances upon it."""

from __future__ import annotations

from dataclasses import replace
from numbers import Integral

import pandas as pd

from operate_frames.analysis.drawing.drawing import Drawing
from operate_frames.analysis.drawing.figures import Figures, HeatName, PathTaken, figures_of, needed_columns
from operate_frames.analysis.drawing.model import Diagram
from operate_frames.analysis.drawing.parse import read_diagram
from operate_frames.client.operate import Operate
from operate_frames.display.tracebacks import short_traceback
from operate_frames.errors import NotFound, QuestionError, WrongType
from operate_frames.frames.by_key import read_definition_xml, read_sequence_flows
from operate_frames.frames.readers import read_definitions, read_element_instances, read_instances
from operate_frames.query.filters import checked_key
from operate_frames.signin.connect import resolve_connection

__all__ = ["draw"]


@short_traceback
def draw(
    process: str | int | None = None,
    *,
    heat: HeatName | None = None,
    counts: bool = False,
    tokens: bool = False,
    process_instance_key: int | None = None,
    element_instances: pd.DataFrame | None = None,
    operate: Operate | None = None,
) -> Drawing:
    """Draw the BPMN diagram of a process, with figures of its instances upon it.

    Parameters
    ----------
    process : str or int, optional
        A process's id, whose latest version is drawn; the key of one version, as `read_definitions` gives it; or BPMN
        XML. Left out, it is the one of `process_instance_key`.
    heat : {"frequency", "mean_time", "p90_time", "incidents"}, optional
        What colours say, with the figure beside each element: how often it was entered, the mean or the 90th
        percentile of the time in it (of those that have ended; tooltips and legend say how many have not), or how
        many incidents are open there.
    counts : bool
        Whether to write beside each element how often it was entered.
    tokens : bool
        Whether to show how many instances are at each element now, those with an incident apart.
    process_instance_key : int, optional
        Shows the way of this one instance: the elements that it entered and the flows that it took, upon the version
        that it belongs to. Figures are then of it alone.
    element_instances : pandas.DataFrame, optional
        What figures are taken from, as `read_element_instances` gives it with any filters; by default those of the
        version that is drawn are read, with the columns that are needed.
    operate : Operate, optional
        The connection; by default the one that `connect` made last, or one from the environment.

    Returns
    -------
    Drawing
        A notebook shows it; `Drawing.svg` is its text, and `Drawing.save` writes ``.svg``, ``.png`` or ``.html``.

    Raises
    ------
    QuestionError
        The BPMN cannot be read or has no coordinates; several tenants have a process of that id; arguments that do not
        fit together.
    NotFound
        There is no process, version or instance of that id or key.
    UnknownName
        `element_instances` lacks a column that the figures are taken from.
    OperateError
        Whatever `connect` and the readers raise.

    Notes
    -----
    Of an activity with several instances its turns count, not the body around them. An expanded sub-process has its
    figure but no colour, which would outshine what is in it.

    Examples
    --------
    >>> import operate_frames as of
    >>> from operate_frames.sandbox import serve
    >>> with serve() as server:
    ...     operate = of.connect(server.base_url, username=server.username, password=server.password)
    ...     of.draw("order", heat="mean_time")
    <Drawing of 'Order handling': 6 shapes, 6 edges>
    """
    columns = needed_columns(heat, counts, tokens)
    _check(process, columns, process_instance_key, element_instances)
    if _is_xml(process):
        diagram, rows, path = read_diagram(str(process)), element_instances, None
    elif process_instance_key is not None:
        connection = resolve_connection(operate)
        instance = checked_key("process_instance_key", process_instance_key)
        diagram = _diagram(_of_instance(instance, process, connection), connection)
        rows = read_element_instances(
            columns=columns or ["element_id"], operate=connection, process_instance_key=instance
        )
        path = _path_taken(instance, rows, connection)
    else:
        connection = resolve_connection(operate)
        definition = _definition(process, connection)
        diagram, path = _diagram(definition, connection), None
        rows = element_instances
        if columns and rows is None:
            rows = read_element_instances(columns=columns, operate=connection, process_definition_key=definition)
    if not columns or rows is None:
        return Drawing(diagram, Figures(path=path))
    return Drawing(diagram, replace(figures_of(rows, diagram, heat=heat, counts=counts, tokens=tokens), path=path))


def _is_xml(process: object) -> bool:
    return isinstance(process, str) and "<" in process  # which no id has


def _diagram(definition: int, connection: Operate) -> Diagram:
    return read_diagram(read_definition_xml(definition, operate=connection))


def _path_taken(instance: int, rows: pd.DataFrame, connection: Operate) -> PathTaken:
    flows = read_sequence_flows(instance, operate=connection)["sequence_flow_id"]
    return PathTaken(instance, frozenset(rows["element_id"]), frozenset(flows))


def _check(process: object, columns: list[str], instance: object, rows: object) -> None:
    """Check before anything is sent that the arguments fit together."""
    if process is None and instance is None:
        raise QuestionError("Give a process: its id, the key of a version, or BPMN XML; or a process_instance_key.")
    if process is not None and (isinstance(process, bool) or not isinstance(process, (str, Integral))):
        raise WrongType(f"process takes an id, a key or BPMN XML, not a {type(process).__name__}.")
    if isinstance(process, str) and not process.strip():
        raise QuestionError("process is an empty text: give an id, a key or BPMN XML.")
    if rows is not None and instance is not None:
        raise QuestionError("Give element_instances or process_instance_key, one of them: the latter reads its own.")
    if rows is not None and not columns:
        raise QuestionError("element_instances says nothing alone: add heat=, counts=True or tokens=True.")
    if _is_xml(process) and instance is not None:
        raise QuestionError("process_instance_key draws the version that its instance belongs to: leave the XML out.")
    if _is_xml(process) and columns and rows is None:
        raise QuestionError(
            "BPMN XML alone does not say which version's instances to read: give the process's id or key instead, or"
            " element_instances."
        )


def _definition(process: object, operate: Operate) -> int:
    """The key of the latest version of a process, or the key that was given."""
    if not isinstance(process, str) or process.isdigit():
        return checked_key("process", process)
    found = read_definitions(
        process_definition_id=process, columns=["process_definition_key", "version", "tenant_id"], operate=operate
    )
    if found.empty:
        raise NotFound(f"{operate.settings.base_url} has no process with the id {process!r}.")
    latest = found.sort_values("version").groupby("tenant_id", dropna=False).tail(1)
    if len(latest) > 1:
        keys = ", ".join(
            f"{key} of {tenant}"
            for key, tenant in zip(latest["process_definition_key"], latest["tenant_id"], strict=True)
        )
        raise QuestionError(f"{len(latest)} tenants have a process {process!r}: give the key of one of them, {keys}.")
    return int(latest["process_definition_key"].iloc[0])


def _of_instance(instance: int, process: object, operate: Operate) -> int:
    """The key of the version that an instance belongs to, which must be the process that was given."""
    found = read_instances(
        process_instance_key=instance, columns=["process_definition_key", "process_definition_id"], operate=operate
    )
    if found.empty:
        raise NotFound(f"{operate.settings.base_url} has no process instance {instance}.")
    key, id_ = int(found["process_definition_key"].iloc[0]), str(found["process_definition_id"].iloc[0])
    if process is not None and process not in (id_, key, str(key)):
        raise QuestionError(f"Process instance {instance} is one of {id_!r}, key {key}, not of {process!r}.")
    return key
