"""What makes a report of a function on rows: it takes a frame that was read, or the filters of its reader."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Literal, Protocol, overload

import pandas as pd
from pandas.api.types import is_object_dtype

from operate_frames.analysis.reports.arguments import CHECKS, check_there, read_of, taken
from operate_frames.analysis.reports.report_frame import Drawn, ReportFrame
from operate_frames.client.operate import Operate
from operate_frames.display.tracebacks import short_traceback
from operate_frames.errors import QuestionError, WrongType
from operate_frames.frames.readers import ResourceName, search
from operate_frames.frames.search import Search
from operate_frames.query.describe import describe_value
from operate_frames.query.joins import JOIN_OPTIONS
from operate_frames.reading.explain import Explanation
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
            given = {each.name: _given(each, asked, function.__name__) for each in own}
            by = [(derived or {}).get(name, name) for name in given.get("by", ())]
            needed = tuple(dict.fromkeys([*by, *columns]))
            if "by" in given and not by and given.get("freq") is None:
                raise QuestionError("by names no column: name one, such as by='process_definition_id'.")
            if not isinstance(explain, bool):
                raise WrongType(f"explain takes True or False, not {describe_value(explain)}.")
            if frame is not None:
                rows = taken(resource, frame, needed, said=f"{function.__name__}()", reader=reader, always=columns)
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
                check_there([*rows.columns], needed, f"{function.__name__}()")
                if running is not None:  # behind the elements: what ends meanwhile has left them
                    given["instances"] = running.to_pandas()
            said, rows.attrs = read_of(rows if frame is None else frame), {}  # which pandas copies at every step
            _check_groups(rows, by)
            if "now" in given:
                given["now"] = (given["now"] or _moment_of(frame)).as_unit("us")
            made = ReportFrame(function(rows, **given))
            made.attrs = {"operate": said} if said else {}
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


def _given(parameter: inspect.Parameter, asked: dict[str, Any], report: str) -> Any:
    """What a parameter of its own was told, checked, and taken from what is asked."""
    name, default = parameter.name, parameter.default
    value = asked.pop(name, default)
    if value is inspect.Parameter.empty:
        raise QuestionError(f"{report}() needs {name}=, which has no default.")
    return None if value is None and default is None else CHECKS[name](name, value)


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
        check_there(found.schema.names, needed, f"{report}()")
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


def _moment_of(frame: object) -> pd.Timestamp:
    """When rows were as they are: when a frame was read, where it says so, else now."""
    read = read_of(frame)
    if {"started", "seconds"} <= read.keys():
        return pd.Timestamp(read["started"]).tz_convert("UTC") + pd.Timedelta(seconds=read["seconds"])
    return pd.Timestamp.now("UTC")
