"""What is shown upon a diagram: colours, figures, tokens, the way taken, and a legend that says what they mean."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, product

from operate_frames.analysis.drawing.edges import edge_label
from operate_frames.analysis.drawing.figures import Figures, times_said
from operate_frames.analysis.drawing.labels import LINE_HEIGHT, SIZE, text_at, width_of
from operate_frames.analysis.drawing.markup import BLUE, FAINT, INK, LINE, PALE_BLUE, PAPER, RED, drawn
from operate_frames.analysis.drawing.model import TASKS, Bounds, Diagram, Edge, Shape
from operate_frames.analysis.drawing.shapes import Look, inside_label, outside_label

__all__ = ["Badge", "badges", "edge_look", "legend", "shape_look", "tooltip"]

# From pale to strong, ever darker, so that it reads in grey; yellow to red-brown, which those see apart who see no
# green; and black text is readable upon the last.
_SCALE = ((0.0, (255, 247, 214)), (0.35, (254, 213, 130)), (0.7, (250, 150, 50)), (1.0, (230, 108, 30)))
_BADGE, _BADGE_SIZE = 15.0, 9.5
# Bold letters are wider than those that are measured, most so where a machine has none of Arial's kind.
_BOLD = 1.15
# How much a figure that hides something is in the way, by area.
_WORDS, _SHAPE, _ARROW = 4.0, 1.0, 0.5
# The side of the squares by which it is found, and of what is looked at always.
_CELL, _LARGE = 100.0, 2_000.0
_SWATCHES, _SWATCH = 20, 8.0
_TIMES = "\N{MULTIPLICATION SIGN}"


def shape_look(shape: Shape, figures: Figures) -> Look:
    """How a shape is painted: by its heat, and by whether one instance entered it."""
    heat, path = figures.heat, figures.path
    colored = heat is not None and not shape.is_container and shape.id in heat.texts
    fill = _color(heat.values[shape.id] / heat.highest) if heat and colored else PAPER
    if path is None or (shape.is_container and shape.id not in path.elements):
        return Look(fill)
    if shape.id not in path.elements:
        return Look(fill, stroke=FAINT, text=FAINT)
    return Look(PALE_BLUE if heat is None and not shape.is_container else fill, BLUE, 1.4)


def edge_look(edge: Edge, figures: Figures) -> Look:
    """How an edge is painted: by whether one instance took it."""
    if figures.path is None or edge.kind != "sequenceFlow":
        return Look()
    return Look(stroke=BLUE, thicker=1.6) if edge.id in figures.path.flows else Look(stroke=FAINT, text=FAINT)


def _color(share: float) -> str:
    """The colour of a share of the highest value."""
    place = min(bisect_right([at for at, _ in _SCALE], share), len(_SCALE) - 1)
    (low, pale), (high, strong) = _SCALE[place - 1], _SCALE[place]
    part = (share - low) / (high - low)
    return "#" + "".join(f"{round(a + (b - a) * part):02x}" for a, b in zip(pale, strong, strict=True))


@dataclass(frozen=True)
class Badge:
    """A figure in a pill upon an element.

    Attributes
    ----------
    words : str
        The figure.
    bounds : Bounds
        The room that it takes.
    fill, color : str
        Of the pill, and of its letters.
    """

    words: str
    bounds: Bounds
    fill: str
    color: str

    @property
    def markup(self) -> str:
        """It as SVG."""
        return _pill(self.words, self.bounds, self.fill, self.color)


def badges(diagram: Diagram, figures: Figures) -> list[Badge]:
    """The figures of all elements: heat and count at the upper side, tokens at the lower left.

    Where words, other figures or elements are in the way, at another corner, where the least is hidden.
    """
    if not (figures.heat or figures.counts or figures.tokens):
        return []
    hidden, found = _in_the_way(diagram), list[Badge]()
    for find in (_figure_badges, _token_badges):
        for shape in diagram.shapes:
            placed = find(shape, figures, hidden)
            for badge in placed:
                hidden.add(badge.bounds, _WORDS)
            found += placed
    return found


class _Hidden:
    """What figures would hide, found by where it is: a diagram may have thousands of shapes."""

    def __init__(self) -> None:
        self._all: list[tuple[Bounds, float, str]] = []
        self._by_cell: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
        self._large: list[int] = []

    def add(self, bounds: Bounds, weight: float, whose: str = "") -> None:
        """Keep in mind how much it matters that something is hidden, and of which element it does not."""
        is_large = max(bounds.width, bounds.height) > _LARGE
        for found in [self._large] if is_large else [self._by_cell[cell] for cell in _cells(bounds)]:
            found.append(len(self._all))
        self._all.append((bounds, weight, whose))

    def behind(self, place: Bounds, whose: str) -> int:
        """How much a figure of an element would hide at a place."""
        near = set(self._large).union(*(self._by_cell.get(cell, ()) for cell in _cells(place)))
        found = (self._all[each] for each in near)
        return round(sum(place.overlap(each) * weight for each, weight, of in found if of != whose))


def _cells(bounds: Bounds) -> Iterator[tuple[int, int]]:
    across = range(int(bounds.x // _CELL), int(bounds.right // _CELL) + 1)
    down = range(int(bounds.y // _CELL), int(bounds.bottom // _CELL) + 1)
    return product(across, down)


def _in_the_way(diagram: Diagram) -> _Hidden:
    hidden = _Hidden()
    for shape in diagram.shapes:
        box = shape.bounds
        for label in filter(None, (inside_label(shape), outside_label(shape))):
            hidden.add(label.bounds, _WORDS)
        if shape.kind == "textAnnotation":
            hidden.add(box, _WORDS)
        if shape.kind in TASKS:
            hidden.add(Bounds(box.x + 4, box.y + 4, 20, 20), _SHAPE)  # its sign
        if not shape.is_container:
            hidden.add(box, _SHAPE, shape.id)
    for edge in diagram.edges:
        x, y = edge.waypoints[-1]
        hidden.add(Bounds(x - 6, y - 6, 12, 12), _ARROW)
        if name := edge_label(edge):
            hidden.add(name.bounds, _WORDS)
    return hidden


def _figure_badges(shape: Shape, figures: Figures, hidden: _Hidden) -> list[Badge]:
    words = _words(shape, figures)
    if not words:
        return []
    box, width = shape.bounds, _badge_width(words)
    left, middle, right = box.x - 6, box.center[0] - width / 2, box.right + 6 - width
    behind = box.center[0] + 8  # a flow that comes from above
    aside = (
        (right, behind, left, middle) if width < box.width else (middle, box.center[0] - 8, box.center[0] + 8 - width)
    )
    return [Badge(words, _free(aside, (box.y, box.bottom), width, hidden, shape.id), PAPER, INK)]


def _token_badges(shape: Shape, figures: Figures, hidden: _Hidden) -> list[Badge]:
    tokens = figures.tokens.get(shape.id)
    if tokens is None:
        return []
    said = [(tokens.active, f"{tokens.active:,}", BLUE), (tokens.incidents, f"! {tokens.incidents:,}", RED)]
    there = [(words, color) for count, words, color in said if count]
    if not there:
        return []
    widths = [_badge_width(words) for words, _ in there]
    box, width = shape.bounds, sum(widths) + 2 * (len(widths) - 1)
    aside = (box.x - 6, box.right + 6 - width, box.center[0] - width / 2, box.right + 2, box.x - width - 2)
    row = _free(aside, (box.bottom, box.y, box.bottom + _BADGE + 1), width, hidden, shape.id)
    begins = accumulate(widths[:-1], lambda x, wide: x + wide + 2, initial=row.x)
    return [
        Badge(words, Bounds(x, row.y, wide, _BADGE), color, PAPER)
        for (words, color), wide, x in zip(there, widths, begins, strict=True)
    ]


def _free(aside: Sequence[float], levels: Sequence[float], width: float, hidden: _Hidden, whose: str) -> Bounds:
    """The place that hides least, the first of equals: it begins at one of some x, its middle is at one of some y."""
    places = [Bounds(x, y - _BADGE / 2, width, _BADGE) for y in levels for x in aside]
    return min(places, key=lambda place: hidden.behind(place, whose))


def _words(shape: Shape, figures: Figures) -> str:
    heat = figures.heat.texts.get(shape.id, "") if figures.heat else ""
    count = figures.counts.get(shape.id)
    if not count or heat == f"{count:,}":
        return heat
    said = f"{count:,}{_TIMES}" if figures.heat else f"{count:,}"
    return f"{heat} · {said}" if heat else said


def _badge_width(words: str) -> float:
    return max(width_of(words, _BADGE_SIZE) * _BOLD + 8, _BADGE)


def _pill(words: str, box: Bounds, fill: str, color: str) -> str:
    pill = drawn(
        "rect",
        x=box.x,
        y=box.y,
        width=box.width,
        height=box.height,
        rx=box.height / 2,
        fill=fill,
        stroke=color,
        stroke_width=0.8,
    )
    inset = (box.height - LINE_HEIGHT * _BADGE_SIZE / SIZE) / 2 + 0.6
    return pill + text_at([words], box.center[0], box.y + inset, size=_BADGE_SIZE, weight="bold", color=color)


def tooltip(item: Shape | Edge, figures: Figures) -> str:
    """What a pointer that rests on an element is told: its name, kind and id, and its figures in words."""
    kind = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", item.kind).lower()
    about = f"{item.definition} ".replace("_", " ") if isinstance(item, Shape) and item.definition else ""
    lines = [" ".join(item.name.split()), f"{about}{kind} {item.id}", *_sentences(item.id, figures)]
    return "\n".join(filter(None, lines))


def _sentences(element: str, figures: Figures) -> list[str]:
    said = []
    if figures.heat:
        said.append(figures.heat.sentences.get(element, ""))
    if (count := figures.counts.get(element)) and not any(each.startswith("entered") for each in said):
        said.append(f"entered {times_said(count)}")
    if tokens := figures.tokens.get(element):
        said.append(f"{tokens.active:,} there now without an incident, {tokens.incidents:,} with one")
    if figures.path and element in figures.path.elements | figures.path.flows:
        said.append(f"on the way of process instance {figures.path.process_instance_key}")
    return said


def legend(figures: Figures, x: float, y: float) -> tuple[str, Bounds]:
    """What colours and figures mean, below the diagram, with the room that it takes; no room where nothing is shown."""
    parts, right, top = [], x, y
    for markup, text in _rows(figures):
        begin = x + markup[1]
        parts.append(drawn("g", markup[0], transform=f"translate({x:g} {top:g})") if markup[0] else "")
        parts.append(text_at([text], begin, top, anchor="start"))
        right = max(right, begin + width_of(text))
        top += LINE_HEIGHT + 5
    return "".join(parts), Bounds(x, y, right - x, top - y)


def _rows(figures: Figures) -> list[tuple[tuple[str, float], str]]:
    """What stands before each line, with its width, and the line."""
    rows: list[tuple[tuple[str, float], str]] = []
    if figures.heat:
        heat = figures.heat
        scale = f"0 to {heat.highest_text}: " if heat.highest else "nowhere any: "
        rows.append((_swatches() if heat.highest else ("", 0.0), f"{scale}{heat.title}"))
    if figures.tokens:
        both = "".join(
            _pill(words, Bounds(x, 0, _badge_width(words), _BADGE), color, PAPER)
            for words, x, color in (("2", 0, BLUE), ("! 1", 22, RED))
        )
        rows.append(((both, 54.0), "instances there now, without an incident and with one"))
    if figures.path:
        line = drawn("rect", x=0, y=5, width=24, height=3, fill=BLUE)
        rows.append(((line, 30.0), f"the way of process instance {figures.path.process_instance_key}"))
    if figures.summary:
        entered = f"; 2{_TIMES} means entered twice" if figures.counts and figures.heat else ""
        rows.append((("", 0.0), f"from {figures.summary}{entered}"))
    return rows


def _swatches() -> tuple[str, float]:
    width = _SWATCHES * _SWATCH
    cells = [
        drawn("rect", x=place * _SWATCH, y=1, width=_SWATCH + 0.3, height=11, fill=_color(place / (_SWATCHES - 1)))
        for place in range(_SWATCHES)
    ]
    frame = drawn("rect", x=0, y=1, width=width, height=11, fill="none", stroke=LINE)
    return "".join(cells) + frame, width + 8
