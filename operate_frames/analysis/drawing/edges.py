"""Flows and associations as SVG: their way, what they begin and end with, their label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from math import hypot

from operate_frames.analysis.drawing.icons import message_icon
from operate_frames.analysis.drawing.labels import LINE_HEIGHT, Label, external
from operate_frames.analysis.drawing.markup import PAPER, drawn, path, points
from operate_frames.analysis.drawing.model import Edge, Point
from operate_frames.analysis.drawing.shapes import Look

__all__ = ["edge_label", "edge_markup"]

_DASHES = {
    "messageFlow": "8 5",
    "association": "1.5 4",
    "dataInputAssociation": "1.5 4",
    "dataOutputAssociation": "1.5 4",
}
_WIDTH = 1.4
_HEAD = 9.0


def edge_markup(edge: Edge, look: Look) -> str:
    """The way first, then its ends, then its label."""
    way = edge.waypoints
    width = _WIDTH + look.thicker
    line = path(points(way), stroke=look.stroke, stroke_width=width, stroke_dasharray=_DASHES.get(edge.kind))
    label = edge_label(edge)
    return line + "".join(_ends(edge, look)) + (label.markup(look.text) if label else "")


def _ends(edge: Edge, look: Look) -> Sequence[str]:
    back, way = edge.waypoints[::-1], edge.waypoints
    if edge.kind == "sequenceFlow":
        head = _arrow(back, look, closed=True, fill=look.stroke)
        begin = (_diamond(way, look) if edge.conditional else "") + (_slash(way, look) if edge.default else "")
        return head, begin
    if edge.kind == "messageFlow":
        x, y = _at(way, 4, 0)
        begin = drawn("circle", cx=x, cy=y, r=4, fill=PAPER, stroke=look.stroke, stroke_width=_WIDTH)
        (x, y), _ = _middle(way)
        icon = message_icon(edge.message == "non_initiating") if edge.message else ""
        envelope = drawn("g", icon, transform=f"translate({x:g} {y:g})") if icon else ""
        return _arrow(back, look, closed=True, fill=PAPER), begin, envelope
    head = _arrow(back, look, closed=False, fill="none")
    if edge.kind != "association" or edge.direction == "One":
        return (head,)
    return (head, _arrow(way, look, closed=False, fill="none")) if edge.direction == "Both" else ()


def _step(way: Sequence[Point]) -> Point:
    """The direction in which a way leaves its first point, one long; to the right where all points are the same."""
    x, y = way[0]
    for to_x, to_y in way[1:]:
        if length := hypot(to_x - x, to_y - y):
            return (to_x - x) / length, (to_y - y) / length
    return 1.0, 0.0


def _at(way: Sequence[Point], ahead: float, aside: float) -> Point:
    (x, y), (dx, dy) = way[0], _step(way)
    return x + dx * ahead - dy * aside, y + dy * ahead + dx * aside


def _arrow(back: Sequence[Point], look: Look, *, closed: bool, fill: str) -> str:
    size = _HEAD + look.thicker
    corners = points([_at(back, size, size * 0.42), _at(back, 0, 0), _at(back, size, -size * 0.42)])
    return path(corners + "Z" * closed, fill=fill, stroke=look.stroke, stroke_width=_WIDTH)


def _diamond(way: Sequence[Point], look: Look) -> str:
    corners = [_at(way, 0, 0), _at(way, 8, 4.5), _at(way, 16, 0), _at(way, 8, -4.5)]
    return path(points(corners) + "Z", fill=PAPER, stroke=look.stroke, stroke_width=_WIDTH)


def _slash(way: Sequence[Point], look: Look) -> str:
    middle = min(9.0, hypot(way[1][0] - way[0][0], way[1][1] - way[0][1]) / 2)
    return path(
        points([_at(way, middle - 3, 5), _at(way, middle + 3, -5)]),
        stroke=look.stroke,
        stroke_width=_WIDTH + look.thicker,
    )


def _middle(way: Sequence[Point]) -> tuple[Point, bool]:
    """The middle of the longest stretch of a way, and whether that lies."""
    (x, y), (to_x, to_y) = max(pairwise(way), key=lambda ends: hypot(ends[1][0] - ends[0][0], ends[1][1] - ends[0][1]))
    return ((x + to_x) / 2, (y + to_y) / 2), abs(to_x - x) >= abs(to_y - y)


def edge_label(edge: Edge) -> Label | None:
    """Its label where the diagram has it, or else at the middle of its longest stretch: above it, or right of it."""
    (x, y), lies = _middle(edge.waypoints)
    label = external(edge.name, edge.label, x, y)
    if label is None or edge.label is not None:
        return label
    height = LINE_HEIGHT * len(label.lines)
    y -= 8 if edge.message else 0
    return replace(label, top=y - height - 3) if lies else replace(label, x=x + 5, top=y - height / 2, anchor="start")
