"""Small HTML for what a notebook shows of a connection, a search or a report; each has a plain twin in text."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

__all__ = ["card"]


def card(title: str, lines: Iterable[tuple[str, object]]) -> str:
    """Make a titled table of names and values as HTML; everything in it is escaped.

    Colours and fonts are those of the page, so it is readable in a light and in a dark one.
    """
    rows = "".join(
        f'<tr><th scope="row" style="text-align:left;font-weight:normal;opacity:.75;vertical-align:top">{escape(name)}'
        f'</th><td style="text-align:left;white-space:pre-wrap;overflow-wrap:anywhere">{escape(str(value))}</td></tr>'
        for name, value in lines
    )
    return (
        f'<table style="margin:0"><caption style="text-align:left;font-weight:bold;caption-side:top">{escape(title)}'
        f"</caption><tbody>{rows}</tbody></table>"
    )
