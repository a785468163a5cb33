"""A page of `operate-frames report` as who reads it, or computes with it, takes it."""

from __future__ import annotations

from html.parser import HTMLParser

_NEVER_END = {"meta", "img", "br"}


class ReportPage(HTMLParser):
    """The tables by their labels, the text by its sections, and every tag and attribute.

    Attributes
    ----------
    tables : dict
        Rows as dicts of what the headings say: the exact value of a figure as text, else the text itself.
    sections : dict
        The text under each heading; that before the first one under an empty text.
    tags : list of (str, dict)
        Every element with its attributes.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tables: dict[str, list[dict[str, str]]] = {}
        self.sections: dict[str, str] = {"": ""}
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self._label = ""
        self._heading = ""
        self._cells: list[str] = []
        self._headings: list[str] = []
        self._exact: str | None = None
        self.feed(text)
        self.close()
        assert self._open == []

    @property
    def now(self) -> str:
        """Up to when ages count."""
        return next(str(attributes["datetime"]) for tag, attributes in self.tags if tag == "time")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        if tag not in _NEVER_END:
            self._open.append(tag)
        if attributes.get("role") == "region":
            self._label = attributes["aria-label"] or ""
        elif tag == "h2":
            self._heading = ""
        elif tag == "tr":
            self._cells = []
        elif tag in {"th", "td"}:
            self._cells.append("")
        elif tag in {"data", "time"}:
            self._exact = attributes.get("value") or attributes["datetime"]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag
        if tag in {"data", "time"}:
            self._exact = None
        elif tag == "h2":
            self.sections[self._heading] = ""
        elif tag == "tr" and "thead" in self._open:
            self._headings, self.tables[self._label] = self._cells, []
        elif tag == "tr":
            self.tables[self._label].append(dict(zip(self._headings, self._cells, strict=True)))

    def handle_data(self, data: str) -> None:
        if "h2" in self._open:
            self._heading += data
        elif "style" not in self._open and "head" not in self._open:
            self.sections[self._heading] += data
        if {"th", "td"} & {*self._open}:
            self._cells[-1] += data if self._exact is None else self._exact
