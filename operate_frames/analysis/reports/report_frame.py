"""A frame whose `plot()` needs no arguments: the figures that matter, labelled, with their unit, sorted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any, ClassVar, Literal

import pandas as pd
from pandas.plotting import PlotAccessor

from operate_frames.optional import needed

__all__ = ["Drawn", "ReportFrame"]

# More bars than that nobody reads.
_MOST_BARS = 25
_MOST_LINES = 10
# Of the longest bar: what is shorter cannot be seen.
_LEAST = 0.001
_MOST_CHARACTERS = 60
# Lines that lie upon each other are seen apart, and so are colours in grey.
_STYLES = ("-", "--", "-.", ":")
# Of a legend: by how much of its letters it stands below the axis with its labels, and names that stand side by side.
_BELOW, _SHORT = 4.3, 20
_UNITS = {"days": 86_400.0, "hours": 3_600.0, "minutes": 60.0}


@dataclass(frozen=True)
class Drawn:
    """How a report is drawn.

    Attributes
    ----------
    columns : tuple of str
        Which columns: as lines over the periods of an index ``date``, else as bars, the longest by the first on top.
    unit : str
        ``seconds`` are shown in the unit that fits, ``share`` in percent.
    title : str
        What stands above.
    in_order : bool
        Whether bars keep the order of the rows, as versions do.
    """

    columns: tuple[str, ...]
    unit: Literal["seconds", "share", "count"]
    title: str
    in_order: bool = False


class ReportFrame(pd.DataFrame):
    """A frame as any other, but for what `plot()` draws where it is not told."""

    # pandas hands it on to what is made of the frame: its first rows, some of its columns.
    _metadata: ClassVar[list[str]] = ["drawn"]
    drawn: Drawn | None = None

    @property
    def _constructor(self) -> Callable[..., pd.DataFrame]:
        return ReportFrame

    @property
    def plot(self) -> Any:  # pandas' accessor, and more
        """Draw it: `plot()` as it is meant, `plot.bar(...)` and `plot(kind=...)` as pandas does."""
        return _Plot(self)


class _Plot(PlotAccessor):
    def __call__(self, *arguments: Any, **options: Any) -> Any:
        frame: ReportFrame = self._parent  # type: ignore[attr-defined]  # pandas' stubs know its methods only
        drawn = frame.drawn
        is_matplotlib = pd.options.plotting.backend == "matplotlib"
        if is_matplotlib:
            needed("matplotlib", "plot()", extra="plot")
        is_told = arguments or options.keys() & {"kind", "x", "y"}
        if is_told or drawn is None or frame.empty or not {*drawn.columns} <= {*frame.columns}:
            return super().__call__(*arguments, **options)
        values, unit = _in_unit(pd.DataFrame(frame)[list(drawn.columns)].astype(float), drawn.unit)
        is_over_time = values.index.names[-1] == "date" and values.index.get_level_values("date").nunique() > 1
        if is_over_time:
            axes = _lines(values, drawn.title, unit, options)
        else:
            axes = _bars(values, drawn.title, unit, options, in_order=drawn.in_order)
        if is_matplotlib and hasattr(axes, "figure"):
            _finish(axes, options, is_over_time=is_over_time, is_count=unit == "count")
        return axes


def _finish(axes: Any, options: dict[str, Any], *, is_over_time: bool, is_count: bool) -> None:
    """Leave room for labels, begin at zero, count in whole numbers, and let the legend hide nothing."""
    if "ax" not in options:
        axes.figure.set_layout_engine("constrained")  # labels are long
    if is_over_time and "ylim" not in options:
        axes.set_ylim(bottom=0)
    if is_count:
        (axes.yaxis if is_over_time else axes.xaxis).get_major_locator().set_params(integer=True)
    legend = axes.get_legend()
    if legend is not None and axes.figure.get_layout_engine() is not None:
        names = [each.get_text() for each in legend.get_texts()]
        axes.legend(
            loc="upper center",
            bbox_to_anchor=(0.5, 0),
            borderaxespad=_BELOW,
            frameon=False,
            ncols=3 if max(map(len, names)) <= _SHORT else 1,
            reverse=not is_over_time,  # bars are drawn upwards
        )


def _bars(values: pd.DataFrame, title: str, unit: str, options: dict[str, Any], *, in_order: bool) -> Any:
    first = values.columns[0]
    there = values[values[first] > _LEAST * values[first].max()] if (values[first] > 0).any() else values
    longest = (there if in_order else there.sort_values(first, ascending=False, kind="stable"))[:_MOST_BARS]
    if len(longest) < len(there):
        title = f"{title} (first {len(longest)} of {len(there):,})"
    upwards = longest.set_axis([_label(each) for each in longest.index])[::-1]
    size = (8.0, 1.4 + len(longest) * 0.18 * (1 + len(values.columns)))
    labels = {"title": title, "xlabel": unit, "ylabel": "", "legend": len(values.columns) > 1}
    return upwards.plot(**{"kind": "barh", "figsize": size, **labels, **options})


def _lines(values: pd.DataFrame, title: str, unit: str, options: dict[str, Any]) -> Any:
    if isinstance(values.index, pd.MultiIndex):  # one line for each of the other keys
        values = values.iloc[:, 0].unstack([*range(values.index.nlevels - 1)], fill_value=0)
        most = values.sum().sort_values(ascending=False, kind="stable").index[:_MOST_LINES]
        values = values[most].set_axis([_label(each) for each in most], axis="columns")
    labels: dict[str, Any] = {"title": title, "ylabel": unit, "legend": len(values.columns) > 1}
    if pd.options.plotting.backend == "matplotlib":
        labels["style"] = list(islice(cycle(_STYLES), len(values.columns)))
    return values.rename_axis(None).plot(**{"figsize": (8.0, 4.0 + 0.2 * len(values.columns)), **labels, **options})


def _label(key: Any) -> str:
    label = " · ".join(map(_said, key if isinstance(key, tuple) else (key,)))
    return label if len(label) <= _MOST_CHARACTERS else f"{label[: _MOST_CHARACTERS - 1]}…"


def _said(part: Any) -> str:
    is_day = isinstance(part, pd.Timestamp) and part == part.normalize()
    return f"{part:%Y-%m-%d}" if is_day else str(part)


def _in_unit(values: pd.DataFrame, unit: str) -> tuple[pd.DataFrame, str]:
    """The values in a unit that reads well, without it in their names, and what it is called."""
    if unit == "share":
        return values * 100, "percent"
    if unit == "count":
        return values, unit
    longest = float(values.max().max())
    name, seconds = next(((name, size) for name, size in _UNITS.items() if longest >= 2 * size), ("seconds", 1.0))
    return (values / seconds).rename(columns=lambda column: column.removesuffix("_seconds")), name
