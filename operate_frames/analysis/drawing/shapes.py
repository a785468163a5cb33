"""Shapes as SVG, each with its signs and its label: as BPMN draws them, where the diagram puts them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from operate_frames.analysis.drawing.icons import MARKER_WIDTH, event_icon, gateway_icon, marker, task_icon
from operate_frames.analysis.drawing.labels import LINE_HEIGHT, Label, external, fitted, text_at
from operate_frames.analysis.drawing.markup import FAINT, INK, PAPER, drawn, path, points
from operate_frames.analysis.drawing.model import (
    ACTIVITIES,
    DATA,
    EVENTS,
    GATEWAYS,
    POOLS,
    SUB_PROCESSES,
    Bounds,
    Shape,
)

__all__ = ["Look", "inside_label", "outside_label", "shape_markup"]

_HEADER = 30.0
_DASHES = "5 3"
_USUAL = {"event": 36.0, "gateway": 50.0}


@dataclass(frozen=True)
class Look:
    """How a shape is painted: its colours, how thick its outline is, and whether its label is pale."""

    fill: str = PAPER
    stroke: str = INK
    thicker: float = 0.0
    text: str = INK


def outside_label(shape: Shape) -> Label | None:
    """The label of what is too small to hold it, or of a group; none where it stands inside."""
    if shape.kind == "group":
        return external(shape.name, shape.label, shape.bounds.center[0], shape.bounds.y + 4)
    if shape.kind in EVENTS | GATEWAYS | DATA:
        return external(shape.name, shape.label, shape.bounds.center[0], shape.bounds.bottom + 5)
    return None


def inside_label(shape: Shape) -> Label | None:
    """The label that an activity holds: at its upper side where others lie in it, else in what its signs leave free."""
    box = shape.bounds
    if shape.kind not in ACTIVITIES or not shape.name.strip():
        return None
    if shape.expanded:
        return Label(fitted(shape.name, box.width - 16, 2 * LINE_HEIGHT), box.center[0], box.y + 5)
    icon = task_icon(shape.kind, shape.instantiates)
    above, below = (20.0 if icon else 4.0), (20.0 if _marker_names(shape) else 4.0)
    lines = fitted(shape.name, box.width - 10, box.height - above - below)
    height = LINE_HEIGHT * len(lines)
    highest, lowest = box.y + above, box.bottom - below - height
    return Label(lines, box.center[0], max(min(box.center[1] - height / 2, lowest), min(highest, lowest)))


def shape_markup(shape: Shape, look: Look) -> str:
    """The outline first, then signs and label."""
    for kinds, draw in _DRAWN:
        if shape.kind in kinds:
            return draw(shape, look)
    return _data(shape, look)


def _pool(shape: Shape, look: Look) -> str:
    box = shape.bounds
    if shape.kind == "participant" and not shape.expanded:
        lines = fitted(shape.name, box.width - 8, box.height - 8)
        named = text_at(lines, box.center[0], box.y + _centered(lines, box.height), color=look.text)
        return _rectangle(box, look, width=1.3) + named + _markers(shape)
    band = _HEADER if shape.kind == "participant" else 0.0
    outline = _rectangle(box, look, width=1.3)
    if shape.kind == "participant" and shape.horizontal:
        outline += path(f"M{box.x + band:g} {box.y:g}V{box.bottom:g}", stroke=look.stroke, stroke_width=1.3)
    elif shape.kind == "participant":
        outline += path(f"M{box.x:g} {box.y + band:g}H{box.right:g}", stroke=look.stroke, stroke_width=1.3)
    markers = _markers(shape)
    if not shape.horizontal:
        lines = fitted(shape.name, box.width - 8, _HEADER)
        return outline + text_at(lines, box.center[0], box.y + _centered(lines, _HEADER), color=look.text) + markers
    lines = fitted(shape.name, box.height - 4, _HEADER)
    x, y = box.x + _HEADER / 2, box.center[1]
    turned = text_at(
        lines,
        0,
        _centered(lines, _HEADER) - _HEADER / 2,
        color=look.text,
        transform=f"translate({x:g} {y:g}) rotate(-90)",
    )
    return outline + turned + markers


def _centered(lines: list[str], height: float) -> float:
    return (height - LINE_HEIGHT * len(lines)) / 2


def _activity(shape: Shape, look: Look) -> str:
    box = shape.bounds
    corner = min(10.0, box.width / 4, box.height / 4)
    bold = shape.kind == "callActivity"
    outline = _rectangle(
        box, look, width=3.6 if bold else 1.5, corner=corner, dashes="1.5 3" if shape.by_event else None
    )
    if shape.kind == "transaction":
        inner = Bounds(box.x + 3, box.y + 3, box.width - 6, box.height - 6)
        if inner.width > 0 and inner.height > 0:
            outline += _rectangle(inner, Look("none", look.stroke), width=1.2, corner=corner - 2)
    icon = task_icon(shape.kind, shape.instantiates)
    if icon:
        outline += _placed(icon, box.x + 14, box.y + 13)
    label = inside_label(shape)
    named = text_at(label.lines, label.x, label.top, color=look.text) if label else ""
    return outline + named + _markers(shape)


def _markers(shape: Shape) -> str:
    names = _marker_names(shape)
    middle, y = shape.bounds.center[0], shape.bounds.bottom - 11
    first = middle - MARKER_WIDTH * (len(names) - 1) / 2
    return "".join(_placed(marker(name), first + MARKER_WIDTH * place, y) for place, name in enumerate(names))


def _marker_names(shape: Shape) -> list[str]:
    closed = shape.kind in SUB_PROCESSES | {"callActivity"} and not shape.expanded
    return [*shape.markers, *(["collapsed"] if closed else [])]


def _event(shape: Shape, look: Look) -> str:
    (x, y), radius = shape.bounds.center, min(shape.bounds.width, shape.bounds.height) / 2
    dashes = None if shape.interrupts else _DASHES
    width = 3.6 if shape.kind == "endEvent" else 1.5
    ring = {"cx": x, "cy": y, "stroke": look.stroke, "stroke_dasharray": dashes}
    outline = drawn("circle", r=radius, fill=look.fill, stroke_width=width + look.thicker, **ring)
    if shape.kind not in ("startEvent", "endEvent"):
        outline += drawn("circle", r=max(radius - 3.2, 0), fill="none", stroke_width=1.3, **ring)
    scale = 2 * radius / _USUAL["event"]
    return outline + _placed(event_icon(shape.definition, shape.throws), x, y, scale) + _outside(shape, look)


def _gateway(shape: Shape, look: Look) -> str:
    box, (x, y) = shape.bounds, shape.bounds.center
    corners = points([(x, box.y), (box.right, y), (x, box.bottom), (box.x, y)]) + "Z"
    outline = path(corners, fill=look.fill, stroke=look.stroke, stroke_width=1.5 + look.thicker)
    scale = min(box.width, box.height) / _USUAL["gateway"]
    icon = gateway_icon(shape.kind, shape.instantiates, shape.crossed)
    return outline + _placed(icon, x, y, scale) + _outside(shape, look)


def _data(shape: Shape, look: Look) -> str:
    box = shape.bounds
    style = {"fill": look.fill, "stroke": look.stroke, "stroke_width": 1.3 + look.thicker}
    if shape.kind.startswith("dataStore"):
        deep = min(box.height / 8, 8)
        curve = f"c0 {deep * 1.4:g} {box.width:g} {deep * 1.4:g} {box.width:g} 0"
        top = box.y + deep
        outline = path(
            f"M{box.x:g} {top:g}V{box.bottom - deep:g}{curve}V{top:g}"
            f"c0 {-deep * 1.4:g} {-box.width:g} {-deep * 1.4:g} {-box.width:g} 0Z",
            **style,
        ) + "".join(
            path(f"M{box.x:g} {top + deep * row * 0.8:g}{curve}", stroke=look.stroke, stroke_width=1.3)
            for row in range(3)
        )
        return outline + _outside(shape, look)
    fold = min(box.width, box.height) / 3.5
    outline = path(
        f"M{box.x:g} {box.y:g}H{box.right - fold:g}L{box.right:g} {box.y + fold:g}V{box.bottom:g}H{box.x:g}Z"
        f"M{box.right - fold:g} {box.y:g}V{box.y + fold:g}H{box.right:g}",
        **style,
    )
    if shape.kind in ("dataInput", "dataOutput"):
        arrow = path(
            "M-5 -2.5H1V-5.5L6 0L1 5.5V2.5H-5Z", fill=INK if shape.kind == "dataOutput" else "none", stroke_width=1.1
        )
        outline += _placed(arrow, box.x + 9, box.y + 9)
    return outline + _markers(shape) + _outside(shape, look)


def _annotation(shape: Shape, look: Look) -> str:
    box = shape.bounds
    arm = min(10.0, box.width)
    outline = drawn("rect", x=box.x, y=box.y, width=box.width, height=box.height, fill="none") + path(
        f"M{box.x + arm:g} {box.y:g}H{box.x:g}V{box.bottom:g}h{arm:g}", stroke=look.stroke, stroke_width=1.3
    )
    lines = fitted(shape.name, box.width - 10, box.height + 4)
    return outline + text_at(lines, box.x + 6, box.y + 4, anchor="start", color=look.text)


def _group(shape: Shape, look: Look) -> str:
    outline = _rectangle(shape.bounds, Look("none", FAINT), width=1.3, corner=10, dashes="8 4 1.5 4")
    return outline + _outside(shape, look)


def _outside(shape: Shape, look: Look) -> str:
    label = outside_label(shape)
    return label.markup(look.text) if label else ""


def _rectangle(box: Bounds, look: Look, *, width: float, corner: float = 0.0, dashes: str | None = None) -> str:
    return drawn(
        "rect",
        x=box.x,
        y=box.y,
        width=box.width,
        height=box.height,
        rx=corner or None,
        fill=look.fill,
        stroke=look.stroke,
        stroke_width=width + look.thicker,
        stroke_dasharray=dashes,
    )


def _placed(icon: str, x: float, y: float, scale: float = 1.0) -> str:
    if not icon:
        return ""
    sized = "" if abs(scale - 1) < 0.01 else f" scale({scale:.3g})"
    return drawn("g", icon, transform=f"translate({x:g} {y:g}){sized}")


_DRAWN: tuple[tuple[frozenset[str], Callable[[Shape, Look], str]], ...] = (
    (POOLS, _pool),
    (ACTIVITIES, _activity),
    (EVENTS, _event),
    (GATEWAYS, _gateway),
    (DATA, _data),
    (frozenset({"textAnnotation"}), _annotation),
    (frozenset({"group"}), _group),
)
