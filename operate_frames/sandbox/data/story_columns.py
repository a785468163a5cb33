"""What happened in many process instances, as columns: each kind of story is told once and copied to all it fits.

Stories of one process that end alike differ in their keys, their dates, and some values; which is all that is counted
here. Decisions are not copied, nor are values that search cuts.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from operate_frames.sandbox.data.company_stories import LONGEST_CYCLE, SHORT, Run, Stories, message_of
from operate_frames.sandbox.data.deployments import Row
from operate_frames.sandbox.tables.columns import Column, Numbers
from operate_frames.sandbox.tables.dates import milliseconds
from operate_frames.sandbox.v1.resources import FLOWNODE_INSTANCES, INCIDENTS, VARIABLES, Resource

__all__ = ["StoryColumns", "joined"]

_COPIED = (FLOWNODE_INSTANCES, INCIDENTS, VARIABLES)
# Where a told key stands: at the instance's own key, among the free ones, or at the call activity.
_ROOM = 1 << 40
_FAR = 1 << 39  # later than any step
_STAND_INS = {"key": _ROOM, "free_keys": 2 * _ROOM, "call_activity": 3 * _ROOM}
_AMOUNTS = 100_000


@dataclass
class _Kind:
    """Instances whose stories are alike: their numbers, and where each begins and ends."""

    run: Run
    numbers: list[int]
    keys: list[tuple[int, int, int]]
    starts: list[int]
    ends: list[int]


class StoryColumns:
    """Collects the rows of many instances.

    Parameters
    ----------
    seed : int
        Decides what varies.
    first : int
        The number of the first instance, counted with those that were told one by one.
    """

    def __init__(self, seed: int, first: int) -> None:
        self._random = np.random.default_rng([seed, first])
        self._next = first
        self._kinds: dict[tuple[Any, ...], _Kind] = {}
        self.sequence_flows: dict[str, list[str]] = {}

    def add(self, run: Run) -> None:
        """Note an instance; what happened in it is made in `columns`."""
        number, self._next = self._next, self._next + 1
        calls = run.call_activity is not None
        kind = (run.process.key, run.end is None, run.is_canceled, run.has_incident, calls, number % LONGEST_CYCLE)
        known = self._kinds.setdefault(kind, _Kind(run, [], [], [], []))
        known.numbers.append(number)
        known.keys.append((run.key, run.free_keys, run.call_activity or 0))
        known.starts.append(run.start)
        known.ends.append(_FAR * 8 if run.end is None else run.end)

    def columns(self) -> dict[str, dict[str, Column]]:
        """The columns of elements, incidents and variables; and `sequence_flows` is filled in."""
        parts: dict[str, list[dict[str, _Part]]] = defaultdict(list)
        for kind in self._kinds.values():
            stories = Stories(0, told=kind.numbers[0], rare=SHORT)
            stories.tell(_stand_in(kind.run))
            flows = next(iter(stories.sequence_flows.values()))
            self.sequence_flows.update((str(key), flows) for key, *_ in kind.keys)
            for resource, rows in zip(_COPIED, stories.rows(), strict=True):
                if rows:
                    parts[resource.name].append(self._copied(resource, rows, kind))
        return {resource.name: _columns(resource, parts[resource.name]) for resource in _COPIED}

    def _copied(self, resource: Resource, rows: Sequence[Row], kind: _Kind) -> dict[str, _Part]:
        copies, bases = len(kind.numbers), np.array(kind.keys, dtype=np.int64)
        starts, ends = np.array(kind.starts), np.array(kind.ends)
        made = {}
        for known in resource.fields:
            told = [row.get(known.name) for row in rows]
            present = np.tile(np.array([value is not None for value in told]), copies)
            if known.kind == "keyword":
                made[known.name] = _Part(present, words=self._words(resource, known.name, rows, kind))
                continue
            if known.kind == "date":
                steps = np.array([0 if value is None else milliseconds(value) for value in told])
                values = np.minimum(starts[:, None] + steps, ends[:, None])
            else:
                numbers = np.array([0 if value is None else int(value) for value in told], dtype=np.int64)
                at = numbers // _ROOM  # keys of what is deployed lie far beyond
                values = np.tile(np.where(at <= len(_STAND_INS), numbers % _ROOM, numbers), (copies, 1))
                for place in range(1, len(_STAND_INS) + 1):
                    values[:, at == place] += bases[:, place - 1][:, None]
            made[known.name] = _Part(present, values=values.reshape(-1))
        return made

    def _words(self, resource: Resource, name: str, rows: Sequence[Row], kind: _Kind) -> list[list[str]]:
        """The words of a column, a list for each row of the story: one word where all copies have the same."""
        own: dict[str, Callable[[], list[str]]] = {}
        if resource is VARIABLES and name == "value":
            own = {"order_id": lambda: _order_ids(kind.numbers), "amount": lambda: self._amounts(len(kind.numbers))}
        words = []
        for row in rows:
            text = "" if row.get(name) is None else str(row[name])
            varies = own.get(str(row.get("name")))
            if resource is INCIDENTS and name == "message" and row.get("jobKey") is not None:
                varies = lambda: [message_of(number) for number in kind.numbers]  # noqa: E731
            words.append([text] if varies is None else varies())
        return words

    def _amounts(self, count: int) -> list[str]:
        return [str(each / 100) for each in self._random.integers(1, _AMOUNTS, size=count).tolist()]


@dataclass
class _Part:
    """A field of the copies of one story: numbers, or words, of one word for all copies or one for each."""

    present: np.ndarray[Any, np.dtype[np.bool_]]
    values: Numbers | None = None
    words: list[list[str]] | None = None


def joined(resource: Resource, told: Mapping[str, Column], copied: Mapping[str, Column]) -> dict[str, Column]:
    """The rows that were told one by one, then those that were copied."""
    return {known.name: _both(told[known.name], copied[known.name]) for known in resource.fields}


def _both(one: Column, other: Column) -> Column:
    present = None
    if one.present is not None or other.present is not None:
        masks = [np.ones(len(each), dtype=np.bool_) if each.present is None else each.present for each in (one, other)]
        present = np.concatenate(masks)
    if one.kind != "keyword":
        return Column(one.kind, np.concatenate([one.values, other.values]), present)
    words = sorted({*one.words, *other.words})
    code_of = {word: code for code, word in enumerate(words)}
    codes = [
        np.array([code_of[word] for word in each.words] or [0], dtype=np.int64)[each.values] for each in (one, other)
    ]
    return Column("keyword", np.concatenate(codes), present, words)


def _columns(resource: Resource, parts: Sequence[Mapping[str, _Part]]) -> dict[str, Column]:
    columns = {}
    for known in resource.fields:
        of_field = [part[known.name] for part in parts]
        present = np.concatenate([each.present for each in of_field]) if of_field else np.zeros(0, dtype=np.bool_)
        mask = None if present.all() else present
        if known.kind == "keyword":
            codes, words = _coded(of_field)
            columns[known.name] = Column.of_codes(codes, words, mask)
        else:
            values = [each.values for each in of_field if each.values is not None]
            columns[known.name] = Column(
                known.kind, np.concatenate(values) if values else np.zeros(0, dtype=np.int64), mask
            )
    return columns


def _coded(parts: Sequence[_Part]) -> tuple[Numbers, list[str]]:
    """Words as places in one vocabulary, copy by copy."""
    code_of: dict[str, int] = {}
    codes = []
    for part in parts:
        assert part.words is not None
        copies = len(part.present) // len(part.words)
        of_part = np.empty((copies, len(part.words)), dtype=np.int64)
        for at, words in enumerate(part.words):
            of_part[:, at] = [code_of.setdefault(word, len(code_of)) for word in words]
        codes.append(of_part.reshape(-1))
    return np.concatenate(codes) if codes else np.zeros(0, dtype=np.int64), list(code_of)


def _stand_in(run: Run) -> Run:
    calls = None if run.call_activity is None else _STAND_INS["call_activity"]
    end = None if run.end is None else _FAR
    key, free_keys = _STAND_INS["key"], _STAND_INS["free_keys"]
    return replace(run, start=0, end=end, call_activity=calls, key=key, free_keys=free_keys)


def _order_ids(numbers: Iterable[int]) -> list[str]:
    return [json.dumps(f"A-{number:06d}") for number in numbers]
