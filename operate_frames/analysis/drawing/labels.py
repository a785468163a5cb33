"""Labels: how wide a text will be about, where its lines break, and its lines as SVG."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape

from operate_frames.analysis.drawing.markup import INK, PAPER, drawn, number
from operate_frames.analysis.drawing.model import Bounds

__all__ = ["LINE_HEIGHT", "SIZE", "Label", "external", "fitted", "text_at", "width_of", "wrapped"]

SIZE = 11.0
LINE_HEIGHT = 13.0
# Of a letter as wide as it is high; those of Arial, rounded up, since the reader's font is not known.
_WIDTHS = {
    **dict.fromkeys("'ijl|", 0.25),
    **dict.fromkeys(" !,./:;I[]\\ft", 0.31),
    **dict.fromkeys('()`-r"{}*', 0.39),
    **dict.fromkeys("Jcksvxyz^", 0.54),
    **dict.fromkeys("&ABEKPSVXYT", 0.72),
    **dict.fromkeys("CDGHNOQRUwF<>=+~", 0.76),
    **dict.fromkeys("Mm%@W", 0.96),
}
_LETTER, _IDEOGRAPH = 0.6, 1.05
_LONGEST = 2_000
_EXTERNAL = 90.0
_MORE = "…"
_BREAK_AFTER = "-/_.,;:·"


@lru_cache(maxsize=4096)
def _width(letter: str) -> float:
    if letter in _WIDTHS:
        return _WIDTHS[letter]
    if unicodedata.combining(letter) or unicodedata.category(letter) in ("Cf", "Mn"):
        return 0.0
    return _IDEOGRAPH if unicodedata.east_asian_width(letter) in "WF" else _LETTER


def width_of(text: str, size: float = SIZE) -> float:
    """How wide a text will be about."""
    return sum(map(_width, text)) * size


def wrapped(text: str, width: float, size: float = SIZE) -> list[str]:
    """Break a text into lines that fit a width: behind words, else behind a hyphen or the like, else anywhere."""
    lines: list[str] = []
    for paragraph in text[:_LONGEST].splitlines():
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}" if line else word
            if width_of(longer, size) <= width:
                line = longer
                continue
            if line:
                lines.append(line)
            *whole, line = _pieces(word, width, size)
            lines += whole
        if line:
            lines.append(line)
    return lines


def _pieces(word: str, width: float, size: float) -> list[str]:
    """A word in pieces that fit."""
    pieces, start, fits, used = [], 0, 0, 0.0
    for place, letter in enumerate(word):
        used += _width(letter) * size
        if used > width and place > start:
            end = fits if fits > start else place
            pieces.append(word[start:end])
            start, used = end, width_of(word[end : place + 1], size)
        if letter in _BREAK_AFTER or unicodedata.east_asian_width(letter) in "WF":
            fits = place + 1
    return [*pieces, word[start:]]


def fitted(text: str, width: float, height: float, size: float = SIZE) -> list[str]:
    """The lines of a text that a box has room for, at least one; the last one says by ``…`` that there are more."""
    lines = wrapped(text, width, size)
    most = max(1, int(height // (LINE_HEIGHT * size / SIZE)))
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    while last and width_of(last + _MORE, size) > width:
        last = last[:-1]
    return [*lines[: most - 1], last.rstrip() + _MORE]


def text_at(
    lines: Sequence[str],
    x: float,
    top: float,
    *,
    anchor: str = "middle",
    size: float = SIZE,
    color: str = INK,
    weight: str | None = None,
    transform: str | None = None,
    halo: bool = False,
) -> str:
    """Lines one below the other, the first one's upper side at `top`; with a halo where flows may pass below them."""
    height = LINE_HEIGHT * size / SIZE
    rows = [
        f'<tspan x="{number(x)}" y="{number(top + height * place + size * 0.93)}">{escape(line)}</tspan>'
        for place, line in enumerate(lines)
    ]
    return drawn(
        "text",
        *rows,
        font_size=size,
        font_weight=weight,
        fill=color,
        text_anchor=anchor,
        transform=transform,
        **({"stroke": PAPER, "stroke_width": 3, "stroke_linejoin": "round", "paint_order": "stroke"} if halo else {}),
    )


@dataclass(frozen=True)
class Label:
    """Lines that stand outside of what they name, `x` their middle or, with the anchor ``start``, their left side."""

    lines: list[str]
    x: float
    top: float
    anchor: str = "middle"

    @property
    def bounds(self) -> Bounds:
        """The room that it takes, about."""
        width = max(map(width_of, self.lines))
        left = self.x - width / 2 if self.anchor == "middle" else self.x
        return Bounds(left, self.top, width, LINE_HEIGHT * len(self.lines))

    def markup(self, color: str) -> str:
        """It as SVG."""
        return text_at(self.lines, self.x, self.top, anchor=self.anchor, color=color, halo=True)


def external(name: str, given: Bounds | None, x: float, top: float) -> Label | None:
    """The label where the diagram has it, or else with the upper side of its middle at a place; none for no name.

    A modeler writes how large the label was in its own font; ours may be wider, so the label may be, too.
    """
    if not name.strip():
        return None
    if given is None:
        return Label(wrapped(name, _EXTERNAL), x, top)
    lines_there = max(1, round(given.height / 14))
    narrow, wide = given.width * 1.05, max(given.width * 1.25, _EXTERNAL)
    lines = wrapped(name, narrow)
    if len(lines) > lines_there:
        lines = wrapped(name, wide)
    return Label(lines, given.center[0], given.y)
