"""What makes a report of a function on rows: it takes a frame that was read, or the filters of its reader."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, Protocol, overload

import pandas as pd
from pandas.api.types import is_object_dtype

from operate_frames.analysis.reports.arguments import CHECKS
from operate_frames.analysis.reports.report_frame import Drawn, ReportFrame
from operate_frames.client.operate import Operate
from operate_frames.display.tracebacks import short_traceback
from operate_frames.errors import QuestionError, UnknownName, WrongType
from operate_frames.frames.readers import ResourceName, search
from operate_frames.frames.search import Search
from operate_frames.query.describe import describe_value
from operate_frames.query.joins import JOIN_OPTIONS
from operate_frames.reading.explain import Explanation
from operate_frames.schema.arrow import PANDAS_DTYPES
from operate_frames.schema.fields import Resource
from operate_frames.schema.resources import RESOURCES

__all__ = ["ReportFunction", "report"]

# What readers take, and a report knows better or cannot go on from.
_NOT_HERE = ("columns", "chunksize", "dtype_backend", "resume")
# What elements and instances are chosen and read by alike.
_SHARED = (
    "operate",
    "recheck",
    "workers",
    "page_size",
    "process_definition_id",
    "process_definition_key",
    "process_instance_key",
    "root_process_instance_key",
    "tenant_id",
)
# What rows reports take: those of another of them are a mistake, those of a third may be made to fit.
_REPORTED = ("process_instances", "element_instances", "incidents")


class ReportFunction(Protocol):
    """The signature that all reports share, beside parameters of their own."""

    __doc__: str | None
    __name__: str

    @overload
    def __call__(
        self,
        frame: pd.DataFrame | None = None,
        /,
        *,
        explain: Literal[False] = False,
        operate: Operate | None = None,
        **asked: Any,
    ) -> pd.DataFrame: ...

    @overload
    def __call__(self, *, explain: Literal[True], operate: Operate | None = None, **asked: Any) -> Explanation: ...


def report(
    resource: ResourceName,
    reader: str,
    *columns: str,
    drawn: Drawn | None = None,
    derived: Mapping[str, str] | None = None,
) -> Callable[[Callable[..., pd.DataFrame]], ReportFunction]:
    """Make a report of a function that takes rows and what its parameters say.

    Parameters
    ----------
    resource : str
        Whose rows it takes.
    reader : str
        What reads them, for messages.
    *columns : str
        The columns that it needs, beside those that ``by`` names.
    drawn : Drawn, optional
        How ``plot()`` draws what comes out.
    derived : mapping, optional
        Names that ``by`` may have and the function makes, and the column that each is made from.
    """

    def made(function: Callable[..., pd.DataFrame]) -> ReportFunction:
        first, *own = inspect.signature(function).parameters.values()

        @functools.wraps(function)
        def call(
            frame: object = None, /, *, explain: bool = False, operate: Operate | None = None, **asked: Any
        ) -> pd.DataFrame | Explanation:
            frame = asked.pop(first.name, None) if frame is None else frame
            given = {each.name: CHECKS[each.name](each.name, asked.pop(each.name, each.default)) for each in own}
            by = [(derived or {}).get(name, name) for name in given.get("by", ())]
            needed = tuple(dict.fromkeys([*by, *columns]))
            if "by" in given and not by and given.get("freq") is None:
                raise QuestionError("by names no column: name one, such as by='process_definition_id'.")
            if not isinstance(explain, bool):
                raise WrongType(f"explain takes True or False, not {describe_value(explain)}.")
            if frame is not None:
                rows = _taken(RESOURCES[resource], frame, needed, report=function.__name__, reader=reader)
                if explain or asked or operate is not None:
                    name = next(iter(asked), "explain" if explain else "operate")
                    raise QuestionError(
                        f"{function.__name__}() was given rows and {name}=, which says what to read: cut the frame"
                        " with pandas, or leave it out."
                    )
            else:
                found = _read(function.__name__, resource, needed, {"operate": operate, **asked})
                running = None
                if "instances" in given and given["instances"] is None:
                    running = _running({"operate": operate, **asked})
                if explain:
                    return _explained(found, running)
                rows = found.to_pandas()
                _check_there([*rows.columns], needed, function.__name__)
                if running is not None:  # behind the elements: what ends meanwhile has left them
                    given["instances"] = running.to_pandas()
            _check_groups(rows, by)
            if "now" in given:
                given["now"] = (given["now"] or _moment_of(frame)).as_unit("us")
            made = ReportFrame(function(rows, **given))
            made.attrs = {name: value for name, value in rows.attrs.items() if name == "operate"}
            made.drawn = drawn
            return made

        call.__signature__ = _signature(first, own, call)  # type: ignore[attr-defined]
        shown: Any = short_traceback(call)
        return shown  # type: ignore[no-any-return]  # the overloads say more than one signature can

    return made


def _signature(
    first: inspect.Parameter, own: Iterable[inspect.Parameter], call: Callable[..., Any]
) -> inspect.Signature:
    """What notebooks show: the rows, what is of this report, what all have."""
    *_, explain, operate, _ = inspect.signature(call, follow_wrapped=False).parameters.values()
    filters = inspect.Parameter("filters", inspect.Parameter.VAR_KEYWORD)
    return inspect.Signature([first.replace(default=None), *own, explain, operate, filters])


def _read(report: str, resource: ResourceName, needed: tuple[str, ...], asked: Mapping[str, Any]) -> Search:
    """The search for the columns that are needed; what is joined, such as variables, is asked for by its own option."""
    for name in _NOT_HERE:
        if name in asked:
            raise QuestionError(f"{report}() takes no {name}: it reads the columns that it needs, as one whole.")
    joins = any(asked.get(name) for name in JOIN_OPTIONS.get(resource, ()))
    found = search(
        resource, columns=[name for name in needed if name in RESOURCES[resource].columns or not joins], **asked
    )
    if joins and asked.get("variables") != "all":
        _check_there(found.schema.names, needed, report)
    return found


def _running(asked: Mapping[str, Any]) -> Search:
    """The search for the instances that run, among those whose elements are asked for."""
    chosen = {name: value for name, value in asked.items() if name in _SHARED}
    return search("process_instances", columns=["process_instance_key", "end_date"], state="ACTIVE", **chosen)


def _explained(found: Search, running: Search | None) -> Explanation:
    explained = found.explain()
    if running is None:
        return explained
    return replace(explained, afterwards=(*explained.afterwards, f"the keys of {running.explain().question}"))


def _taken(resource: Resource, frame: object, needed: tuple[str, ...], *, report: str, reader: str) -> pd.DataFrame:
    """The columns of a frame that are needed, with the dtypes of its reader."""
    if not isinstance(frame, pd.DataFrame):
        hint = f": write {report}(process_definition_id={frame!r})" if isinstance(frame, str) else ""
        raise WrongType(
            f"{report}() takes a frame of of.{reader}(), or filters by name, not {describe_value(frame)}{hint}."
        )
    if (read := _read_of(frame).get("resource", resource.name)) != resource.name and read in _REPORTED:
        raise QuestionError(f"{report}() takes a frame of of.{reader}(), and this one was read of {read}.")
    _check_there([*map(str, frame.columns)], needed, report)
    dtypes = {each.column: PANDAS_DTYPES[each.kind] for each in resource.fields if each.column in needed}
    rows = frame[list(needed)]
    for name, dtype in dtypes.items():
        rows = rows.assign(**{name: _typed(rows[name], dtype, reader)}) if str(rows[name].dtype) != dtype else rows
    rows.attrs = frame.attrs
    return rows


def _typed(column: pd.Series[Any], dtype: str, reader: str) -> pd.Series[Any]:
    """A column that was kept otherwise: by Arrow, as categories, in another zone; naive dates are UTC."""
    is_date = dtype == PANDAS_DTYPES["date"]
    kind = getattr(column.dtype, "pyarrow_dtype", column.dtype)
    if is_date and not str(kind).startswith(("datetime64", "timestamp")):
        raise WrongType(
            f"{column.name} holds {column.dtype}, not dates: read it with of.{reader}(), or write"
            f" frame[{column.name!r}] = pd.to_datetime(frame[{column.name!r}], utc=True)."
        )
    if is_date and "tz=" not in str(kind) and "," not in str(kind):
        column = column.astype("datetime64[us]").dt.tz_localize("UTC")
    try:
        typed: pd.Series[Any] = column.astype(dtype)  # type: ignore[call-overload]  # one of PANDAS_DTYPES
    except (TypeError, ValueError) as error:
        raise WrongType(
            f"{column.name} holds {column.dtype}, not the {dtype} of of.{reader}(), and cannot become it: {error}."
        ) from None
    return typed


def _check_there(names: Sequence[str], needed: tuple[str, ...], report: str) -> None:
    if lacking := [name for name in needed if name not in names]:
        raise UnknownName(f"{report}() needs {', '.join(lacking)}, and the rows have {', '.join(names)} only.")
    if doubled := [name for name in needed if names.count(name) > 1]:
        raise QuestionError(f"{report}() was given rows that have {', '.join(doubled)} more than once: rename them.")


def _check_groups(rows: pd.DataFrame, by: Iterable[str]) -> None:
    for name in by:
        if is_object_dtype(rows[name].dtype):
            try:
                rows[name].unique()
            except TypeError:
                raise WrongType(
                    f"by={name!r} cannot be: {name} holds JSON objects or lists. Read it and make a column of what they"
                    " differ in."
                ) from None


def _read_of(frame: object) -> Mapping[str, Any]:
    """What a frame says of how it was read."""
    said = frame.attrs.get("operate") if isinstance(frame, pd.DataFrame) else None
    return said if isinstance(said, Mapping) else {}


def _moment_of(frame: object) -> pd.Timestamp:
    """When rows were as they are: when a frame was read, where it says so, else now."""
    read = _read_of(frame)
    if {"started", "seconds"} <= read.keys():
        return pd.Timestamp(read["started"]).tz_convert("UTC") + pd.Timedelta(seconds=read["seconds"])
    return pd.Timestamp.now("UTC")
