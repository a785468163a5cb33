"""Frames of figures as tables of a page: times in their own unit, shares in percent, the exact value beside each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Literal

import pandas as pd

from operate_frames.analysis.drawing.figures import duration
from operate_frames.display.html import Html, element

__all__ = ["Column", "figure", "moment", "scrolling", "table"]

Kind = Literal["text", "path", "count", "seconds", "share", "change", "moment", "key"]
_TEXTS = frozenset({"text", "path", "key"})
_MISSING = Html('<span class="none">\N{EN DASH}</span>')


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    name : str
        In the frame.
    heading : str
        In the table.
    kind : str
        What it holds.
    """

    name: str
    heading: str
    kind: Kind = "text"


_SAID: dict[str, Callable[[Any], str]] = {
    "count": lambda value: f"{int(value):,}",
    "seconds": lambda value: duration(float(value)) if value else "0",
    "share": lambda value: f"{value:.1%}",
    "change": lambda value: f"{value:+.1%}",
    "key": str,
    "path": str,
    "text": str,
}


def figure(value: Any, kind: Kind, zone: tzinfo | None = None) -> Html:
    """One value as it reads well, and exactly for who computes with it; a dash where there is none."""
    if pd.isna(value):
        return _MISSING
    if kind == "moment":
        return moment(value, zone)
    exact = None if kind in _TEXTS else repr(value.item() if hasattr(value, "item") else value)
    return element("data", _SAID[kind](value), value=exact) if exact else element("span", _SAID[kind](value))


def moment(value: pd.Timestamp, zone: tzinfo | None) -> Html:
    """A moment to the minute, in a time zone."""
    there = value.tz_convert(zone)
    return element("time", f"{there:%Y-%m-%d %H:%M}", datetime=there.isoformat())


def table(frame: pd.DataFrame, columns: Iterable[Column], *, label: str, zone: tzinfo | None = None) -> Html:
    """Make a table of some columns of a frame, as wide as the page and no wider: then it scrolls.

    Parameters
    ----------
    frame : pandas.DataFrame
        Its rows.
    columns : iterable of Column
        Its columns; the first one heads each row.
    label : str
        What is read out of it.
    zone : tzinfo, optional
        Of moments.
    """
    chosen = list(columns)
    head = element("tr", *(element("th", each.heading, scope="col", class_=_class(each)) for each in chosen))
    rows = [
        element(
            "tr",
            *(
                element("td" if place else "th", figure(value, column.kind, zone), class_=_class(column))
                for place, (column, value) in enumerate(zip(chosen, values, strict=True))
            ),
        )
        for values in zip(*(frame[each.name] for each in chosen), strict=True)
    ]
    whole = element("table", element("thead", head), element("tbody", *rows))
    return scrolling(whole, label=label)


def scrolling(wide: Html, *, label: str) -> Html:
    """Let what may be wider than the page be moved by itself, also by keys."""
    return element("div", wide, class_="scroll", role="region", tabindex=0, aria_label=label)


def _class(column: Column) -> str:
    return column.kind if column.kind in {*_TEXTS, "moment"} else "number"
