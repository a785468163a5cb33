"""Plots of reports as pictures in a page, where matplotlib is there."""

from __future__ import annotations

import io
import warnings
from base64 import b64encode
from typing import Any

from operate_frames.analysis.page.tables import scrolling
from operate_frames.display.html import Html, element
from operate_frames.optional import is_installed, needed, what_is_missing

__all__ = ["picture_of", "why_no_pictures"]

# Inches: as wide as a phone can show with letters that can be read.
_WIDTH = 5.2
_LOOKS = {
    "font.size": 10.0,
    "svg.fonttype": "none",  # letters of who looks at it, who has those of the model's language
    "svg.hashsalt": "operate-frames",  # the same rows, the same file
    "text.parse_math": False,  # a $ in a name is one
}


def why_no_pictures() -> str | None:
    """Say what plots lack; None: nothing."""
    return None if is_installed("matplotlib") else f"{what_is_missing('matplotlib', 'A plot', extra='plot')}."


def picture_of(report: Any, said: str) -> Html:
    """A report's own plot as a picture, by which no script and no style of it reaches the page.

    Parameters
    ----------
    report : ReportFrame
        What is drawn.
    said : str
        In its place, to who does not see it.
    """
    matplotlib = needed("matplotlib", "A plot", extra="plot")
    needed("matplotlib.figure", "A plot", extra="plot")
    drawn = io.BytesIO()
    with matplotlib.rc_context(_LOOKS), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        picture = matplotlib.figure.Figure(layout="constrained")
        report.plot(ax=picture.subplots())
        picture.set_size_inches(_WIDTH, picture.get_figheight())
        picture.savefig(drawn, format="svg", metadata={"Date": None})
    data = f"data:image/svg+xml;base64,{b64encode(drawn.getvalue()).decode()}"
    return scrolling(element("img", src=data, alt=said, class_="plot"), label=said)
