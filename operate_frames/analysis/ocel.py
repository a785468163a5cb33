"""`write_ocel()`: event logs as object-centric ones, OCEL 2.0 in JSON or SQLite."""

from __future__ import annotations

import os
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import pandas as pd

from operate_frames.analysis.log_files import INSTANCE, PROCESS, checked_log, put_in_place
from operate_frames.analysis.ocel_content import Content, Event
from operate_frames.display.tracebacks import short_traceback
from operate_frames.errors import QuestionError

__all__ = ["write_ocel"]

_BEFORE_ALL = "1970-01-01T00:00:00+00:00"  # what OCEL gives attributes that never changed
_SQL_TYPES = {"string": "TEXT", "time": "TIMESTAMP", "integer": "INTEGER", "float": "REAL", "boolean": "BOOLEAN"}
_CALLED_BY = "called by"
_ROWS = 10_000


@short_traceback
def write_ocel(log: pd.DataFrame, path: str | os.PathLike[str]) -> Path:
    """Write an event log as OCEL 2.0: events of objects, which are process instances and people.

    Parameters
    ----------
    log : pandas.DataFrame
        Of `event_log`. With ``case="root"`` each event belongs to its own process instance and to the one at the top.
    path : str or path
        A file that ends with ``.json``, ``.jsonocel`` or ``.sqlite``. One that is there is replaced at the end, in one
        step.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    QuestionError
        `UnknownName` for a log without the columns of `event_log`, `WrongType` for what is none; a file that cannot be
        written; for SQLite, columns that differ in upper and lower case only.

    Notes
    -----
    Types of objects are the processes, by id, and ``resource``; types of events are the names of activities. Columns
    ``case:<name>`` are attributes of the case's object, all others of events. A called instance is tied to the one at
    the top as ``called by``.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import operate_frames as of
    >>> from operate_frames.sandbox import serve
    >>> with serve() as server, tempfile.TemporaryDirectory() as folder:
    ...     operate = of.connect(server.base_url, username=server.username, password=server.password)
    ...     log = of.event_log(case="root", variables=["amount"])
    ...     of.write_ocel(log, Path(folder) / "company.sqlite").name
    'company.sqlite'
    """
    content = Content(checked_log(log, INSTANCE, PROCESS))
    write = _write_database if str(path).lower().endswith(".sqlite") else _write_json
    return put_in_place(path, (".json", ".jsonocel", ".sqlite"), lambda file: write(file, content))


def _write_json(path: Path, content: Content) -> None:
    with path.open("wb") as file:
        listed = (
            ("objectTypes", content.object_types, content.object_attributes),
            ("eventTypes", content.event_types, content.event_attributes),
        )
        file.write(b"{")
        for section, names, attributes in listed:
            declared = [{"name": name, "type": kind} for name, kind in attributes.items()]
            types = [{"name": name, "attributes": declared} for name in names]
            file.write(b'"%b":%b,\n' % (section.encode(), msgspec.json.encode(types)))
        called_by = dict(content.calls())
        _write_list(file, "objects", (_object(*each, called_by) for each in content.objects()))
        file.write(b",\n")
        _write_list(file, "events", map(_event, content.events()))
        file.write(b"}\n")


def _write_list(file: BinaryIO, section: str, items: Iterable[Any]) -> None:
    file.write(b'"%b":[' % section.encode())
    file.writelines((b",\n" if number else b"\n") + msgspec.json.encode(item) for number, item in enumerate(items))
    file.write(b"]")


def _object(key: str, kind: str, attributes: dict[str, Any], called_by: dict[str, str]) -> dict[str, Any]:
    top = called_by.get(key)
    return {
        "id": key,
        "type": kind,
        "attributes": [{"name": name, "time": _BEFORE_ALL, "value": value} for name, value in attributes.items()],
        "relationships": [] if top is None else [{"objectId": top, "qualifier": _CALLED_BY}],
    }


def _event(event: Event) -> dict[str, Any]:
    return {
        "id": event.id,
        "type": event.type,
        "time": event.time,
        "attributes": [{"name": name, "value": value} for name, value in event.attributes.items()],
        "relationships": [{"objectId": each, "qualifier": qualifier} for each, qualifier in event.objects],
    }


def _write_database(path: Path, content: Content) -> None:
    for kinds in (content.event_attributes, content.object_attributes):
        folded = [name.casefold() for name in kinds]
        if doubled := sorted({name for name in kinds if folded.count(name.casefold()) > 1}):
            raise QuestionError(
                f"SQLite cannot hold {', '.join(doubled)} apart, which differ in upper and lower case only: rename the"
                " columns, or write JSON."
            )
    with closing(sqlite3.connect(path)) as database:
        tables = _create(database, content)
        for part in _parts(content.objects()):
            _insert(database, "object", ((key, kind) for key, kind, _ in part), 2)
            for kind, of_kind in _by_type(part).items():
                rows = (
                    (key, _BEFORE_ALL, None, *(values.get(name) for name in content.object_attributes))
                    for key, _, values in of_kind
                )
                _insert(database, tables["object", kind], rows, 3 + len(content.object_attributes))
        _insert(database, "object_object", ((key, top, _CALLED_BY) for key, top in content.calls()), 3)
        for part in _parts(content.events()):
            _insert(database, "event", ((event.id, event.type) for event in part), 2)
            related = ((event.id, each, qualifier) for event in part for each, qualifier in event.objects)
            _insert(database, "event_object", related, 3)
            for kind, of_kind in _by_type(part).items():
                rows = (
                    (event.id, event.time, *(event.attributes.get(name) for name in content.event_attributes))
                    for event in of_kind
                )
                _insert(database, tables["event", kind], rows, 2 + len(content.event_attributes))
        database.commit()


def _create(database: sqlite3.Connection, content: Content) -> dict[tuple[str, str], str]:
    """Make the tables, and give that of each type."""
    database.execute("create table event (ocel_id TEXT primary key, ocel_type TEXT)")
    database.execute("create table object (ocel_id TEXT primary key, ocel_type TEXT)")
    database.execute("create table event_object (ocel_event_id TEXT, ocel_object_id TEXT, ocel_qualifier TEXT)")
    database.execute("create table object_object (ocel_source_id TEXT, ocel_target_id TEXT, ocel_qualifier TEXT)")
    tables = {}
    for section, types, attributes, core in (
        ("event", content.event_types, content.event_attributes, "ocel_id TEXT, ocel_time TIMESTAMP"),
        (
            "object",
            content.object_types,
            content.object_attributes,
            "ocel_id TEXT, ocel_time TIMESTAMP, ocel_changed_field TEXT",
        ),
    ):
        database.execute(f"create table {section}_map_type (ocel_type TEXT primary key, ocel_type_map TEXT)")
        columns = [core, *(f"{_quoted(name)} {_SQL_TYPES[kind]}" for name, kind in attributes.items())]
        for number, kind in enumerate(types, 1):
            short = f"{re.sub('[^A-Za-z0-9]', '', kind)[:40]}{number}"  # two names may differ in the rest only
            tables[section, kind] = f"{section}_{short}"
            database.execute(f"create table {_quoted(tables[section, kind])} ({', '.join(columns)})")
            database.execute(f"insert into {section}_map_type values (?, ?)", (kind, short))  # noqa: S608 - one of two
    return tables


def _parts(items: Iterable[Any]) -> Iterable[list[Any]]:
    """Some thousand at a time."""
    left = iter(items)
    while part := list(islice(left, _ROWS)):
        yield part


def _by_type(items: Iterable[Any]) -> dict[str, list[Any]]:
    found = defaultdict(list)
    for item in items:
        found[item[1]].append(item)
    return found


def _insert(database: sqlite3.Connection, table: str, rows: Iterable[tuple[Any, ...]], width: int) -> None:
    marks = ", ".join("?" * width)
    database.executemany(f"insert into {_quoted(table)} values ({marks})", rows)  # noqa: S608 - a name in quotes


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
