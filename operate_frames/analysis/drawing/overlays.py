"""What is shown upon a diagram: colours, figures, tokens, the way taken, and a legend that says what they mean."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from operate_frames.analysis.drawing.figures import Figures, times_said
from operate_frames.analysis.drawing.labels import LINE_HEIGHT, SIZE, text_at, width_of
from operate_frames.analysis.drawing.markup import BLUE, FAINT, INK, LINE, PALE_BLUE, PAPER, RED, drawn
from operate_frames.analysis.drawing.model import Bounds, Edge, Shape
from operate_frames.analysis.drawing.shapes import Look

__all__ = ["badge_room", "badges", "edge_look", "legend", "shape_look", "tooltip"]

# From pale to strong, ever darker, so that it reads in grey; yellow to red-brown, which those see apart who see no
# green; and black text is readable upon the last.
_SCALE = ((0.0, (255, 247, 214)), (0.35, (254, 213, 130)), (0.7, (250, 150, 50)), (1.0, (230, 108, 30)))
_BADGE, _BADGE_SIZE = 15.0, 9.5
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


def badges(shape: Shape, figures: Figures, attached: Sequence[Bounds]) -> str:
    """The figures of an element: its heat and count at its upper side, its tokens at the lower left."""
    box, words = shape.bounds, _words(shape, figures)
    found = _badge(words, _badge_left(box, words, attached), box.y, PAPER, INK) if words else ""
    tokens = figures.tokens.get(shape.id)
    x = box.x - 6
    for count, mark, color in ((tokens.active, "", BLUE), (tokens.incidents, "! ", RED)) if tokens else ():
        if count:
            said = f"{mark}{count:,}"
            found += _badge(said, x, box.bottom, color, PAPER)
            x += _badge_width(said) + 2
    return found


def badge_room(shape: Shape, figures: Figures) -> Bounds:
    """The room that an element and the figures at its upper side take."""
    words = _words(shape, figures)
    wider = max(_badge_width(words) - shape.bounds.width, 0) if words else 0
    return Bounds(shape.bounds.x - wider / 2, shape.bounds.y, shape.bounds.width + wider, shape.bounds.height)


def _badge_left(box: Bounds, words: str, attached: Sequence[Bounds]) -> float:
    """At the right end of what is wide, or at its left end where an event sits there; else in the middle."""
    width = _badge_width(words)
    if width >= box.width:
        return box.center[0] - width / 2
    left, top = box.right + 6 - width, box.y
    taken = any(each.x < box.right + 6 and left < each.right and each.y < top < each.bottom for each in attached)
    return box.x - 6 if taken else left


def _words(shape: Shape, figures: Figures) -> str:
    heat = figures.heat.texts.get(shape.id, "") if figures.heat else ""
    count = figures.counts.get(shape.id)
    if not count or heat == f"{count:,}":
        return heat
    said = f"{count:,}{_TIMES}" if figures.heat else f"{count:,}"
    return f"{heat} · {said}" if heat else said


def _badge_width(words: str) -> float:
    return max(width_of(words, _BADGE_SIZE) + 8, _BADGE)


def _badge(words: str, x: float, y: float, fill: str, color: str) -> str:
    """A pill with its middle on the line at `y`."""
    width, top = _badge_width(words), y - _BADGE / 2
    pill = drawn(
        "rect", x=x, y=top, width=width, height=_BADGE, rx=_BADGE / 2, fill=fill, stroke=color, stroke_width=0.8
    )
    inset = (_BADGE - LINE_HEIGHT * _BADGE_SIZE / SIZE) / 2 + 0.6
    return pill + text_at([words], x + width / 2, top + inset, size=_BADGE_SIZE, weight="bold", color=color)


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
        both = _badge("2", 0, 7.5, BLUE, PAPER) + _badge("! 1", 22, 7.5, RED, PAPER)
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
