"""`write_xes()`: event logs in the XML of the XES standard (IEEE 1849)."""

from __future__ import annotations

import gzip
import math
import os
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO
from xml.sax.saxutils import quoteattr

import pandas as pd

from operate_frames.analysis.log_files import (
    CASE,
    TIME,
    attribute_of,
    checked_log,
    event_columns,
    put_in_place,
    rows_of,
    stretches,
)
from operate_frames.display.tracebacks import short_traceback

__all__ = ["write_xes"]

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849.2016" xes.features="" xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
<extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
<global scope="trace">
<string key="concept:name" value=""/>
</global>
<global scope="event">
<string key="concept:name" value=""/>
<date key="time:timestamp" value="1970-01-01T00:00:00+00:00"/>
</global>
<classifier name="Activity" scope="event" keys="concept:name"/>
<string key="lifecycle:model" value="standard"/>
"""
_TAGS = {"string": "string", "time": "date", "integer": "int", "float": "float", "boolean": "boolean"}
# Letters that every edition of XML takes in names (schemas and older tools know the first): of Latin, Greek, Cyrillic,
# Japanese, Chinese and Korean. As escapes: some have twins that they are easily taken for.
_STARTS = (
    r"A-Z_a-z:\xc0-\xd6\xd8-\xf6\xf8-\u0131\u0134-\u013e\u0141-\u0148\u014a-\u017e\u0391-\u03a1\u03a3-\u03ce"
    r"\u0401-\u040c\u040e-\u044f\u0451-\u045c\u3041-\u3094\u30a1-\u30fa\u4e00-\u9fa5\uac00-\ud7a3"
)
# The rest, and an underscore that would read as one of our escapes.
_NOT_A_NAME = rf"^[^{_STARTS}]|[^{_STARTS}\-.0-9]|_(?=x[0-9A-F]{{4,6}}_)"


@short_traceback
def write_xes(log: pd.DataFrame, path: str | os.PathLike[str]) -> Path:
    """Write an event log as XES, the XML that process mining tools read.

    Parameters
    ----------
    log : pandas.DataFrame
        Of `event_log`, or any frame with pm4py's columns. Those that begin with ``case:`` become attributes of traces,
        all others of events; missing values are left out.
    path : str or path
        A file that ends with ``.xes``, or with ``.xes.gz`` for a compressed one. One that is there is replaced at the
        end, in one step.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    QuestionError
        `UnknownName` for a log without pm4py's columns, `WrongType` for what is none; a file that cannot be written.

    Notes
    -----
    Characters that no XML can hold become U+FFFD. Keys must be XML names: a character of a column's name that is no
    letter or digit there is written as ``_x0020_``, as SQL/XML does. Times are in UTC. Lists and objects become JSON
    texts, whole numbers beyond 64 bits texts of digits.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import operate_frames as of
    >>> from operate_frames.sandbox import serve
    >>> with serve() as server, tempfile.TemporaryDirectory() as folder:
    ...     operate = of.connect(server.base_url, username=server.username, password=server.password)
    ...     file = of.write_xes(of.event_log(process_definition_id="order"), Path(folder) / "orders.xes.gz")
    ...     file.name
    'orders.xes.gz'
    """
    checked = checked_log(log)

    def write(file: Path) -> None:
        with file.open("wb") as raw:
            if str(path).lower().endswith(".gz"):
                with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed:
                    _write(packed, checked)
            else:
                _write(raw, checked)

    return put_in_place(path, (".xes", ".xes.gz"), write)


def _write(file: BinaryIO | gzip.GzipFile, log: pd.DataFrame) -> None:
    file.write(_HEAD.encode())
    case_columns = [name for name in log.columns if name.startswith("case:") and name != CASE]
    current = None
    for part in stretches(log):
        is_open = current is not None
        lines = []
        first_of_cases = _attributes(part, [CASE, *case_columns], strip="case:")
        events = _attributes(part, ["concept:name", TIME, *event_columns(log)])
        for case, trace, event in zip(part[CASE], first_of_cases, events, strict=True):
            if case != current:
                lines.append(f"{'</trace>' * is_open}<trace>{trace}\n")
                current, is_open = case, True
            lines.append(f"<event>{event}</event>\n")
        file.write("".join(lines).encode())
    file.write(b"</trace>\n</log>\n" if current is not None else b"</log>\n")


def _attributes(part: pd.DataFrame, columns: list[str], *, strip: str = "") -> Iterator[str]:
    """The attributes of each row."""
    keys = [quoteattr(re.sub(_NOT_A_NAME, _named, name.removeprefix(strip))) for name in columns]
    for values in rows_of(part, columns):
        yield "".join(_attribute(key, value) for key, value in zip(keys, values, strict=True))


def _attribute(key: str, value: Any) -> str:
    return _text_attribute(key, value) if isinstance(value, str) else _any_attribute(key, value)


def _any_attribute(key: str, value: Any) -> str:
    found = attribute_of(value)
    if found is None:
        return ""
    kind, plain = found
    if kind == "boolean":
        plain = "true" if plain else "false"
    elif kind == "float" and math.isinf(plain):
        plain = "INF" if plain > 0 else "-INF"
    return f"<{_TAGS[kind]} key={key} value={quoteattr(str(plain))}/>"


# Names come again and again.
_text_attribute = lru_cache(10_000)(_any_attribute)


def _named(character: re.Match[str]) -> str:
    return f"_x{ord(character[0]):04X}_"
