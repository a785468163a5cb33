"""HTML as text, with everything escaped that is none already; and small tables for what a notebook shows."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

__all__ = ["Html", "card", "element"]

_WITHOUT_END = frozenset({"br", "img", "meta"})


class Html(str):
    """A text that is HTML already, and not escaped again."""

    __slots__ = ()


def element(name: str, /, *inside: str, **attributes: object) -> Html:
    """Make an element of what is in it; texts are escaped, `Html` is taken as it is.

    ``_`` in the name of an attribute is ``-``, one at its end is left out, and so is an attribute that is None.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _WITHOUT_END:
        return Html(f"<{name}{written}>")
    return Html(f"<{name}{written}>{''.join(map(_as_html, inside))}</{name}>")


def _as_html(text: str) -> str:
    return text if isinstance(text, Html) else escape(text, quote=False)


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
