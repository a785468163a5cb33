"""The first rows of a resource, and what a frame has otherwise: by rows that stood still while it was read.

Rows of a busy server come, change and move while they are read. So they are read plainly before and after, and a row
that is the same both times must be in the frame as it is; others say nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from tests.support.names import expected, values
from tests.support.plain_reader import PlainReader

MOST_ROWS = 20_000  # of one resource: enough for many pages and several ranges of keys

Row = dict[str, Any]
Key = tuple[Any, ...]


@dataclass(frozen=True)
class FirstRows:
    """Rows by our names, in key order.

    Attributes
    ----------
    rows
        By what no two rows share.
    end
        Where the reading stopped: rows from there on were not read. None where all were.
    """

    rows: Mapping[Key, Row]
    end: Key | None

    def reaches(self, key: Key) -> bool:
        """Tell whether a row with this key would have been read."""
        return self.end is None or key < self.end

    def matching(self, wanted: Callable[[Row], bool]) -> FirstRows:
        """Return those that a filter lets pass."""
        return FirstRows({key: row for key, row in self.rows.items() if wanted(row)}, self.end)


def first_rows(plain: PlainReader, resource: str, names: Mapping[str, str], most: int = MOST_ROWS) -> FirstRows:
    """Read the rows with the lowest keys, a page beyond `most` at the furthest."""
    rows: list[Row] = []
    # Without a sort the server gives decision instances in the order of their ids, which are texts.
    sort = ["key"] if resource == "decision-instances" else []
    for page in plain.pages(resource, sort=sort):
        rows += page["items"]
        if len(rows) > most:
            break
    found = keyed(expected(rows, names), names)
    return FirstRows(found, list(found)[most] if len(found) > most else None)


def keyed(rows: list[Row], names: Mapping[str, str]) -> dict[Key, Row]:
    """Give rows by key; decision instances by key and id, as their key is that of the evaluation."""
    width = 2 if "decision_evaluation_key" in names else 1
    columns = list(names)[:width]
    return {tuple(row[column] for column in columns): row for row in rows}


@dataclass(frozen=True)
class Comparison:
    """What a frame was found to be.

    Attributes
    ----------
    stable
        How many rows stood still, and so were compared.
    faults
        What it has otherwise, a line each.
    """

    stable: int
    faults: list[str]


def compared(
    frame: pd.DataFrame, names: Mapping[str, str], before: FirstRows, after: FirstRows, limit: int | None = None
) -> Comparison:
    """Compare a frame with two plain readings, between which it was read.

    Parameters
    ----------
    frame
        All rows, or the `limit` rows with the lowest keys.
    names
        Its columns, with v1's names.
    before, after
        The two readings.
    limit
        How many rows were asked for.
    """
    listed = values(frame, names)
    found = keyed(listed, names)
    in_order = list(found) == sorted(found) and len(found) == len(listed)
    faults = [] if in_order else ["the frame is not in key order, or holds a row twice"]
    last = max(found) if limit is not None and len(listed) >= limit else None
    stable = 0
    for key in sorted(before.rows.keys() | after.rows.keys() | found.keys()):
        if not (before.reaches(key) and after.reaches(key) and (last is None or key <= last)):
            break
        was, seen, became = before.rows.get(key), found.get(key), after.rows.get(key)
        if was is None and became is None:
            faults.append(f"{key}: only in the frame: {seen}")
        elif was == became:
            stable += 1
            faults += _difference(key, was, seen)
    return Comparison(stable, faults)


def _difference(key: Key, said: Row, seen: Row | None) -> list[str]:
    if seen is None:
        return [f"{key}: not in the frame: {said}"]
    otherwise = [f"{name} is {seen[name]!r} instead of {said[name]!r}" for name in said if seen[name] != said[name]]
    return [f"{key}: {', '.join(otherwise)}"] if otherwise else []
