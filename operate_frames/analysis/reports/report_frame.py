"""A frame whose `plot()` needs no arguments: the figures that matter, labelled, with their unit, sorted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import pandas as pd
from pandas.plotting import PlotAccessor

from operate_frames.optional import needed

__all__ = ["Drawn", "ReportFrame"]

# More bars than that nobody reads.
_MOST_BARS = 25
_UNITS = {"days": 86_400.0, "hours": 3_600.0, "minutes": 60.0}


@dataclass(frozen=True)
class Drawn:
    """How a report is drawn.

    Attributes
    ----------
    kind : str
        As in ``DataFrame.plot``.
    columns : tuple of str
        Which columns; bars are sorted by the first, the longest on top.
    unit : str
        ``seconds`` are shown in the unit that fits, ``share`` in percent.
    title : str
        What stands above.
    """

    kind: Literal["barh", "line"]
    columns: tuple[str, ...]
    unit: Literal["seconds", "share", "count"]
    title: str


class ReportFrame(pd.DataFrame):
    """A frame as any other, but for what `plot()` draws where it is not told."""

    # pandas hands it on to what is made of the frame: its first rows, some of its columns.
    _metadata: ClassVar[list[str]] = ["drawn"]
    drawn: Drawn | None = None

    @property
    def _constructor(self) -> Callable[..., pd.DataFrame]:
        return ReportFrame

    @property
    def plot(self) -> Any:  # type: ignore[override]  # pandas' accessor, and more
        """Draw it: `plot()` as it is meant, `plot.bar(...)` and `plot(kind=...)` as pandas does."""
        return _Plot(self)


class _Plot(PlotAccessor):  # type: ignore[misc]  # pandas' stubs know its methods only
    def __call__(self, *arguments: Any, **options: Any) -> Any:
        frame: ReportFrame = self._parent
        drawn = frame.drawn
        if pd.options.plotting.backend == "matplotlib":
            needed("matplotlib", "plot()", extra="plot")
        is_told = arguments or options.keys() & {"kind", "x", "y"}
        if is_told or drawn is None or frame.empty or not {*drawn.columns} <= {*frame.columns}:
            return super().__call__(*arguments, **options)
        values, unit = _in_unit(pd.DataFrame(frame)[list(drawn.columns)].astype(float), drawn.unit)
        return (_bars if drawn.kind == "barh" else _lines)(values, drawn.title, unit, options)


def _bars(values: pd.DataFrame, title: str, unit: str, options: dict[str, Any]) -> Any:
    longest = values.sort_values(values.columns[0], ascending=False, kind="stable")[:_MOST_BARS]
    if len(longest) < len(values):
        title = f"{title} (first {len(longest)} of {len(values):,})"
    labels = [" · ".join(map(str, label)) if isinstance(label, tuple) else str(label) for label in longest.index]
    label = " · ".join(str(name) for name in values.index.names)
    upwards = longest.set_axis(pd.Index(labels, name=label))[::-1]
    size = (8.0, 1.2 + len(labels) * 0.18 * (1 + len(values.columns)))
    return upwards.plot(**{"kind": "barh", "title": title, "xlabel": unit, "figsize": size, **options})


def _lines(values: pd.DataFrame, title: str, unit: str, options: dict[str, Any]) -> Any:
    return values.plot(**{"title": title, "ylabel": unit, "figsize": (8.0, 4.0), **options})


def _in_unit(values: pd.DataFrame, unit: str) -> tuple[pd.DataFrame, str]:
    """The values in a unit that reads well, without it in their names, and what it is called."""
    if unit == "share":
        return values * 100, "percent"
    if unit == "count":
        return values, unit
    longest = values.max(axis=None)
    name, seconds = next(((name, size) for name, size in _UNITS.items() if longest >= 2 * size), ("seconds", 1.0))
    return (values / seconds).rename(columns=lambda column: column.removesuffix("_seconds")), name
