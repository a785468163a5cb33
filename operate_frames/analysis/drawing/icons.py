"""The small signs of BPMN: what an event is about, what does a task, how it repeats, what a gateway does.

Each is drawn around (0, 0) as large as in a shape of the usual size, from a circle, a line and curves of our own.
"""

from __future__ import annotations

from math import cos, pi, sin

from operate_frames.analysis.drawing.markup import INK, PAPER, drawn, path, points
from operate_frames.analysis.drawing.model import Point

__all__ = ["MARKER_WIDTH", "event_icon", "gateway_icon", "marker", "message_icon", "task_icon"]

MARKER_WIDTH = 16
_THIN = 1.2


def event_icon(definition: str, filled: bool, color: str = INK) -> str:
    """What an event is about, hollow where it catches and filled where it throws; nothing for a plain one."""
    fill, line = (color, PAPER) if filled else ("none", color)
    if definition == "message":
        return _envelope(9, 6.2, filled, color)
    if definition == "timer":
        ticks = "".join(
            points([(7.2 * sin(turn), 7.2 * cos(turn)), (9 * sin(turn), 9 * cos(turn))])
            for turn in (pi / 6 * hour for hour in range(12))
        )
        return drawn("circle", r=9, fill="none", stroke=color, stroke_width=_THIN) + path(
            f"{ticks}M0 0L2.2 -6.5M0 0L4.8 1.6", stroke=color, stroke_width=1
        )
    if definition == "conditional":
        rows = "M-4.2 -5H4.2M-4.2 -1.7H4.2M-4.2 1.7H4.2M-4.2 5H4.2"
        return path("M-6.5 -8.5H6.5V8.5H-6.5Z", fill=fill, stroke=color, stroke_width=_THIN) + path(
            rows, stroke=line, stroke_width=_THIN
        )
    if definition == "terminate":
        return drawn("circle", r=10, fill=color)
    outline = _OUTLINES.get(definition)
    return path(outline, fill=fill, stroke=color, stroke_width=_THIN) if outline else ""


def _polygon(corners: int, radius: float, turned: float = 0.0) -> list[Point]:
    turns = (2 * pi * corner / corners + turned for corner in range(corners))
    return [(radius * sin(turn), -radius * cos(turn)) for turn in turns]


_CROSS = "M-3 -9H3V-3H9V3H3V9H-3V3H-9V-3H-3Z"
_OUTLINES = {
    "error": "M-8.5 8L-4 -7L2.5 1.5L8.5 -8L4.5 7L-2 -1.5Z",
    "escalation": "M0 -9L7 8L0 1.5L-7 8Z",
    "signal": "M0 -9L9 6.5H-9Z",
    "compensation": "M-0.5 -6.5L-9 0L-0.5 6.5ZM8 -6.5L-0.5 0L8 6.5Z",
    "link": "M-9 -4H1.5V-8L9 0L1.5 8V4H-9Z",
    "cancel": "M-8.5 -5.5L-5.5 -8.5L0 -3L5.5 -8.5L8.5 -5.5L3 0L8.5 5.5L5.5 8.5L0 3L-5.5 8.5L-8.5 5.5L-3 0Z",
    "multiple": points(_polygon(5, 9.5)) + "Z",
    "parallel_multiple": _CROSS,
}


def _envelope(x: float, y: float, filled: bool, color: str = INK) -> str:
    fill, line = (color, PAPER) if filled else (PAPER, color)
    return path(f"M-{x} -{y}H{x}V{y}H-{x}Z", fill=fill, stroke=color, stroke_width=_THIN) + path(
        f"M-{x} -{y}L0 1L{x} -{y}", stroke=line, stroke_width=_THIN
    )


def message_icon(filled: bool) -> str:
    """The envelope on a message flow."""
    return _envelope(9, 6.2, filled)


def _gear() -> str:
    corners: list[Point] = []
    for tooth in range(8):
        middle = 2 * pi * tooth / 8
        corners += [
            (radius * sin(middle + turn), -radius * cos(middle + turn))
            for radius, turn in ((5.6, -0.3), (8, -0.18), (8, 0.18), (5.6, 0.3))
        ]
    return points(corners) + "Z"


_TASKS = {
    "userTask": path("M-7 7.5C-7 2.5 -4 0.8 0 0.8C4 0.8 7 2.5 7 7.5Z", stroke_width=_THIN)
    + drawn("circle", cx=0, cy=-3.6, r=3.8, fill="none", stroke=INK, stroke_width=_THIN),
    "serviceTask": path(_gear(), stroke_width=_THIN)
    + drawn("circle", r=2.6, fill="none", stroke=INK, stroke_width=_THIN),
    "scriptTask": path("M-3 -7.5H7.5C2.5 -4 8.5 2 4 7.5H-6.5C-1 2.5 -8 -3.5 -3 -7.5Z", stroke_width=_THIN)
    + path("M-3.2 -4.2H2.8M-3 -1.2H3.4M-1.8 1.8H4.4M-2.4 4.8H3.2", stroke_width=1),
    "manualTask": path(
        "M-8 -0.5L-3.5 -5H-0.5C0.8 -5 0.8 -3 -0.5 -3H-2.2M-0.5 -3H6.3C7.7 -3 7.7 -0.6 6.3 -0.6H1.5"
        "M6.3 -0.6H6.9C8.3 -0.6 8.3 1.8 6.9 1.8H1.5M6.1 1.8C7.5 1.8 7.5 4.2 6.1 4.2H1.5"
        "M5.1 4.2C6.4 4.2 6.4 6.5 5.1 6.5H-4.5L-8 4.2",
        stroke_width=_THIN,
    ),
    "sendTask": _envelope(8, 5.5, filled=True),
    "receiveTask": _envelope(8, 5.5, filled=False),
    "businessRuleTask": drawn("rect", x=-8, y=-6, width=16, height=4, fill=INK, fill_opacity=0.35)
    + path("M-8 -6H8V6H-8ZM-8 -2H8M-8 2H8M-3 -2V6", stroke_width=_THIN),
}


def task_icon(kind: str, instantiates: bool) -> str:
    """What does a task; nothing for one that does not say so."""
    begins = drawn("circle", r=9.5, fill="none", stroke=INK, stroke_width=1) if instantiates else ""
    return _TASKS.get(kind, "") + begins


_MARKERS = {
    "loop": path("M2.5 4.8A5.3 5.3 0 1 0 -3 4.4", stroke_width=1.6) + path("M-6.8 4.8H-2.6V0.6", stroke_width=1.6),
    "parallel": path("M-4 -5V5M0 -5V5M4 -5V5", stroke_width=2.2),
    "sequential": path("M-5 -4H5M-5 0H5M-5 4H5", stroke_width=2.2),
    "compensation": path("M-0.5 -5L-6.5 0L-0.5 5ZM5.5 -5L-0.5 0L5.5 5Z", stroke_width=_THIN),
    "ad_hoc": path("M-6 1.5C-4 -3.5 -1.5 -2.5 0 0C1.5 2.5 4 3.5 6 -1.5", stroke_width=2.4),
    "collection": path("M-3.5 -5V4M0 -5V4M3.5 -5V4", stroke_width=1.8),
    "collapsed": path("M-6.5 -6.5H6.5V6.5H-6.5ZM0 -4V4M-4 0H4", stroke_width=1.3),
}


def marker(name: str) -> str:
    """How an activity repeats, or that there is more in it."""
    return _MARKERS[name]


def gateway_icon(kind: str, instantiates: bool, crossed: bool) -> str:
    """What a gateway does."""
    if kind == "exclusiveGateway":
        return path("M-6.5 -9L6.5 9M6.5 -9L-6.5 9", stroke_width=3.6) if crossed else ""
    if kind == "parallelGateway":
        return path("M0 -11V11M-11 0H11", stroke_width=3.6)
    if kind == "inclusiveGateway":
        return drawn("circle", r=11.5, fill="none", stroke=INK, stroke_width=2.8)
    if kind == "complexGateway":
        return path("M0 -12V12M-12 0H12M-8 -8L8 8M8 -8L-8 8", stroke_width=2.8)
    rings = (12.5,) if instantiates else (13.5, 10.8)
    return "".join(drawn("circle", r=each, fill="none", stroke=INK, stroke_width=1) for each in rings) + path(
        points(_polygon(5, 7.5)) + "Z", stroke_width=_THIN
    )
