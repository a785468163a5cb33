"""`Drawing`: a diagram with what is shown upon it, as SVG, as a picture, as a page."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import suppress
from html import escape
from pathlib import Path
from uuid import uuid4

from operate_frames.analysis.drawing.edges import edge_label, edge_markup
from operate_frames.analysis.drawing.figures import Figures
from operate_frames.analysis.drawing.markup import FONT, LINE, PAPER, drawn, number
from operate_frames.analysis.drawing.model import Bounds, Diagram, Edge, Shape
from operate_frames.analysis.drawing.overlays import Badge, badges, edge_look, legend, shape_look, tooltip
from operate_frames.analysis.drawing.shapes import outside_label, shape_markup
from operate_frames.display.tracebacks import short_traceback
from operate_frames.errors import ExportFailed, QuestionError, WrongType
from operate_frames.optional import needed

__all__ = ["Drawing"]

_MARGIN = 20.0
_ZOOM = 2.0
_MOST_PIXELS = 10_000
_READABLE = 0.6
_ON_PAPER = '@media print{object[type="image/svg+xml"]{min-width:0!important}}'


class Drawing:
    """A process, drawn, as `draw` gives it: the cell of a notebook shows it.

    It is SVG without scripts, style sheets, ids or links, on a white ground of its own, so that it looks the same on a
    light and a dark page; a pointer that rests on an element is told its name, id and figures.

    Parameters
    ----------
    diagram : Diagram
        Shapes and edges with their coordinates.
    figures : Figures
        What is shown upon them.
    """

    def __init__(self, diagram: Diagram, figures: Figures) -> None:
        self._diagram = diagram
        self._figures = figures
        self._inside, self._box = _drawn(diagram, figures)

    def __repr__(self) -> str:
        return f"<Drawing of {self._title!r}: {len(self._diagram.shapes)} shapes, {len(self._diagram.edges)} edges>"

    @property
    def _title(self) -> str:
        return ", ".join(name or id_ for id_, name in self._diagram.processes.items())

    @property
    def svg(self) -> str:
        """The drawing as one ``<svg>`` element, in the diagram's own coordinates."""
        return self._svg(width=self._box.width, height=self._box.height)

    @property
    def svg_in_page(self) -> str:
        """The same for an HTML page: as wide as that, but never so small that it cannot be read."""
        return self._svg(style=self._style)

    def _svg(self, **size: object) -> str:
        box = self._box
        return drawn(
            "svg",
            self._inside,
            xmlns="http://www.w3.org/2000/svg",
            viewBox=f"{number(box.x)} {number(box.y)} {number(box.width)} {number(box.height)}",
            role="img",
            aria_label=self._title,
            font_family=FONT,
            **size,
        )

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_html_(self) -> str:
        """A document of its own, which has tooltips; where a page may hold none, the picture in it is left.

        As ``<svg>`` in the page it would leave nothing but its words in a notebook that is not trusted. Paper cannot be
        scrolled, so there it is as wide as the page.
        """
        data = f"data:image/svg+xml;base64,{b64encode(self._svg().encode()).decode()}"
        picture = drawn("img", src=data, alt=self._title, width=round(self._box.width))
        document = drawn("object", picture, type="image/svg+xml", data=data, aria_label=self._title, style=self._style)
        return drawn("div", drawn("style", _ON_PAPER), document, style="overflow-x:auto")

    @property
    def _style(self) -> str:
        """As wide as the page, but never so small that it cannot be read: then it scrolls."""
        width = self._box.width
        return f"display:block;width:100%;height:auto;max-width:{width:.0f}px;min-width:{width * _READABLE:.0f}px"

    @short_traceback
    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the drawing to a file, which takes its place in one step.

        Parameters
        ----------
        path : str or path
            Ends in ``.svg``, ``.png`` or ``.html``. A picture has twice the diagram's size in pixels, 10,000 at most
            each way; it needs the extra ``draw``, which also brings a font for machines without any.

        Raises
        ------
        QuestionError
            Another ending, a folder, or a place in a folder that is not there.
        ExtraMissing
            The extra is not installed.
        ExportFailed
            The file cannot be written.
        """
        if not isinstance(path, (str, os.PathLike)):
            raise WrongType(f"path takes a file's name such as 'order.svg', not {path!r:.100}.")
        target = Path(path)
        writers = {".svg": self._as_svg, ".png": self._as_png, ".html": self._as_html}
        write = writers.get(target.suffix.lower())
        if write is None:
            raise QuestionError(f"path={str(target)!r} must end in {', '.join(writers)}, which says what is written.")
        if target.is_dir():
            raise QuestionError(f"path={str(target)!r} is a folder: name a file in it.")
        if not target.parent.is_dir():
            raise QuestionError(f"path={str(target)!r} cannot be written: there is no folder {str(target.parent)!r}.")
        _replace(target, write())

    def _as_svg(self) -> bytes:
        return self.svg.encode()

    def _as_html(self) -> bytes:
        title = escape(self._title)
        return (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
            '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">'
            f"</head><body>{self.svg_in_page}</body></html>\n"
        ).encode()

    def _as_png(self) -> bytes:
        resvg = needed("resvg_py", "A PNG of a drawing", extra="draw")
        fonts = needed("font_roboto", "A PNG of a drawing", extra="draw").font_files

        lies = self._box.width >= self._box.height
        longest = round(min(_ZOOM * max(self._box.width, self._box.height), _MOST_PIXELS))
        picture: bytes = resvg.svg_to_bytes(
            svg_string=self.svg,
            width=longest if lies else None,
            height=None if lies else longest,
            font_files=list(fonts.values()),
            font_family="Roboto",
            sans_serif_family="Roboto",
        )
        return picture


def _replace(target: Path, content: bytes) -> None:
    unfinished = target.with_name(f".{uuid4().hex}.unfinished")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(target)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink()
        raise ExportFailed(f"{target} cannot be written: {error.strerror or error}.") from error


def _drawn(diagram: Diagram, figures: Figures) -> tuple[str, Bounds]:
    """What is drawn, from behind to the front, and the room that it takes."""
    containers = sorted(
        (each for each in diagram.shapes if each.is_container), key=lambda each: -each.bounds.width * each.bounds.height
    )
    others = [each for each in diagram.shapes if not each.is_container]
    others.sort(key=lambda each: each.kind == "boundaryEvent")
    taken = figures.path.flows if figures.path else frozenset()
    edges = sorted(diagram.edges, key=lambda each: each.id in taken)
    placed = badges(diagram, figures)
    layers = [
        *(_element(each, shape_markup(each, shape_look(each, figures)), figures) for each in containers),
        *(_element(each, edge_markup(each, edge_look(each, figures)), figures) for each in edges),
        *(_element(each, shape_markup(each, shape_look(each, figures)), figures) for each in others),
        *(each.markup for each in placed),
    ]
    box = _room(diagram, placed)
    words, room = legend(figures, box.x + _MARGIN, box.bottom)
    if words:
        box = Bounds(box.x, box.y, max(box.width, room.width + 2 * _MARGIN), box.height + room.height + _MARGIN / 2)
    paper = drawn(
        "rect",
        x=box.x + 0.5,
        y=box.y + 0.5,
        width=box.width - 1,
        height=box.height - 1,
        rx=6,
        fill=PAPER,
        stroke=LINE,
    )
    return "".join([paper, *layers, words]), box


def _element(item: Shape | Edge, markup: str, figures: Figures) -> str:
    title = drawn("title", escape(tooltip(item, figures)))
    return drawn("g", title, markup, data_element_id=item.id)


def _room(diagram: Diagram, placed: Sequence[Badge]) -> Bounds:
    """What holds all shapes, edges, labels and figures, with a margin."""
    boxes = [*_boxes(diagram), *(each.bounds for each in placed)]
    left, top = min(each.x for each in boxes), min(each.y for each in boxes)
    right, bottom = max(each.right for each in boxes), max(each.bottom for each in boxes)
    return Bounds(left - _MARGIN, top - _MARGIN, right - left + 2 * _MARGIN, bottom - top + 2 * _MARGIN)


def _boxes(diagram: Diagram) -> Iterator[Bounds]:
    for shape in diagram.shapes:
        yield shape.bounds
    for edge in diagram.edges:
        yield from (Bounds(x, y, 0, 0) for x, y in edge.waypoints)
    for label in [*map(outside_label, diagram.shapes), *map(edge_label, diagram.edges)]:
        if label:
            yield label.bounds
