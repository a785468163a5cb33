"""SVG's elements as text: everything escaped, by attributes alone.

No style sheet, no ids and no references: a page may hold many drawings, and what cleans HTML takes them out.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from operate_frames.analysis.drawing.model import Point

__all__ = ["BLUE", "FAINT", "FONT", "INK", "LINE", "PALE_BLUE", "PAPER", "RED", "drawn", "number", "path", "points"]

# Each is readable on the paper, which is always drawn: contrast 4.5 and more, but for lines.
INK = "#1f2328"
PAPER = "#ffffff"
LINE = "#d0d7de"
FAINT = "#767676"
BLUE = "#0b57d0"
PALE_BLUE = "#e3edfd"
RED = "#b3261e"
FONT = "Arial, Helvetica, Roboto, 'Liberation Sans', sans-serif"


def drawn(name: str, *inside: str, **attributes: object) -> str:
    """One element: numbers without needless digits, ``_`` in a name as ``-``, what is None left out."""
    written = "".join(
        f' {key.replace("_", "-")}="{number(value) if isinstance(value, (int, float)) else escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{''.join(inside)}</{name}>" if inside else f"<{name}{written}/>"


def path(data: str, **attributes: object) -> str:
    """A line or an outline: black, 1.5 wide, with round corners and nothing in it where nothing else is said."""
    return drawn(
        "path", d=data, **{"fill": "none", "stroke": INK, "stroke_width": 1.5, "stroke_linejoin": "round"} | attributes
    )


def points(corners: Iterable[Point]) -> str:
    """The data of a path through some points."""
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in corners)


def number(value: float) -> str:
    """A number with two digits behind the point at most."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
