"""One field of many rows: numbers to filter and sort by, and the JSON fragments they are written as.

Every kind is int64 underneath: longs as they are, dates as epoch milliseconds, flags as 0 and 1, and keywords
as positions in their sorted vocabulary, whose order is the engine's (code points, which is UTF-8's byte order).
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from operate_frames.sandbox.tables import dates
from operate_frames.sandbox.tables.fields import Kind, TableField

Numbers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

LARGEST = int(np.iinfo(np.int64).max)
SMALLEST = int(np.iinfo(np.int64).min)


@dataclass(frozen=True)
class Column:
    """The values of one field.

    Parameters
    ----------
    kind : {"long", "date", "boolean", "keyword"}
        What the numbers mean.
    values : ndarray of int64
        One a row; what stands where a value is missing does not matter.
    present : ndarray of bool or None
        Which rows have a value; None when all do.
    words : sequence of str
        The sorted vocabulary of a keyword.
    """

    kind: Kind
    values: Numbers
    present: Mask | None = None
    words: Sequence[str] = ()

    @classmethod
    def of(cls, kind: Kind, values: Iterable[Any]) -> Column:
        """Make a column of JSON values.

        Parameters
        ----------
        kind : {"long", "date", "boolean", "keyword"}
            How the index keeps them.
        values : iterable
            The values, None where one is missing; dates as texts or as epoch milliseconds.

        Returns
        -------
        Column
            The same values as numbers.
        """
        listed = list(values)
        present = np.array([value is not None for value in listed], dtype=np.bool_)
        words: list[str] = []
        if kind == "keyword":
            listed = [None if value is None else str(value) for value in listed]
            words = sorted({value for value in listed if value is not None})
            code_of = {word: code for code, word in enumerate(words)}
            numbers = [0 if value is None else code_of[value] for value in listed]
        elif kind == "date":
            numbers = [dates.milliseconds(value) if isinstance(value, str) else value or 0 for value in listed]
        else:
            numbers = [0 if value is None else int(value) for value in listed]
        return cls(kind, np.array(numbers, dtype=np.int64), None if present.all() else present, words)

    @classmethod
    def of_codes(cls, codes: Numbers, words: Sequence[str], present: Mask | None = None) -> Column:
        """Make a keyword column of positions in a vocabulary that need not be sorted.

        Parameters
        ----------
        codes : ndarray of int64
            One position a row.
        words : sequence of str
            The vocabulary, each word once.
        present : ndarray of bool, optional
            Which rows have a value; all by default.

        Returns
        -------
        Column
            The column with its vocabulary sorted.
        """
        order = sorted(range(len(words)), key=words.__getitem__)
        rank = np.empty(len(words), dtype=np.int64)
        rank[order] = np.arange(len(words))
        return cls("keyword", rank[codes], present, [words[position] for position in order])

    def __len__(self) -> int:
        return len(self.values)

    def taken(self, rows: Mask | Numbers) -> Column:
        """Give the column of some of its rows.

        Parameters
        ----------
        rows : ndarray of bool or int64
            Which rows, or in which order.

        Returns
        -------
        Column
            The rows taken, with the same vocabulary.
        """
        present = None if self.present is None else self.present[rows]
        return Column(self.kind, self.values[rows], present, self.words)

    def code(self, word: str) -> int | None:
        """Give a word's place in the vocabulary.

        Parameters
        ----------
        word : str
            The word.

        Returns
        -------
        int or None
            Its position, None for a word that no row has.
        """
        position = bisect_left(self.words, word)
        return position if position < len(self.words) and self.words[position] == word else None

    def rank_of_word(self, word: str) -> int:
        """Place any word among `ranks`: odd where a row may hold it, even between two words.

        Parameters
        ----------
        word : str
            The word, in the vocabulary or not.

        Returns
        -------
        int
            Its rank.
        """
        position = bisect_left(self.words, word)
        return 2 * position + int(position < len(self.words) and self.words[position] == word)

    @cached_property
    def ranks(self) -> Numbers:
        """Numbers in the engine's order of the values; doubled for keywords, so that others fit between."""
        return self.values * 2 + 1 if self.kind == "keyword" else self.values

    def directed(self, *, descending: bool) -> Numbers:
        """Give numbers that ascend in the asked direction, missing values last in both.

        Parameters
        ----------
        descending : bool
            Whether the largest value comes first.

        Returns
        -------
        ndarray of int64
            Sort by these.
        """
        ranks = ~self.ranks if descending else self.ranks
        return ranks if self.present is None else np.where(self.present, ranks, LARGEST)

    def shown(self, row: int, *, descending: bool) -> int | str | None:
        """Give the value of one row as ``sortValues`` shows it.

        Parameters
        ----------
        row : int
            Which row.
        descending : bool
            The sort's direction, which decides how a missing number is shown.

        Returns
        -------
        int, str or None
            A missing keyword is None, a missing number the end of int64 that sorts last.
        """
        if self.present is not None and not self.present[row]:
            if self.kind == "keyword":
                return None
            return SMALLEST if descending else LARGEST
        number = int(self.values[row])
        return self.words[number] if self.kind == "keyword" else number

    def fragments(self, field: TableField, rows: slice) -> list[str]:
        """Write the property of some rows, without a comma, empty where it is left out.

        Parameters
        ----------
        field : TableField
            Its name, and how its values are written.
        rows : slice
            Which rows.

        Returns
        -------
        list of str
            Such as ``"state":"ACTIVE"``.
        """
        label = f'"{field.name}":'
        numbers = self.values[rows]
        if self.kind == "keyword":
            codes, places = np.unique(numbers, return_inverse=True)
            written = self._written_words(label, codes.tolist(), quoted=not field.is_bare)
            made = [written[place] for place in places.tolist()]
        elif self.kind == "date":
            made = [f'{label}"{text}"' for text in dates.texts(numbers, field.utc)]
        elif self.kind == "boolean":
            made = [f"{label}{'true' if number else 'false'}" for number in numbers.tolist()]
        elif field.is_quoted:
            made = [f'{label}"{number}"' for number in numbers.tolist()]
        else:
            made = [f"{label}{number}" for number in numbers.tolist()]
        if self.present is None:
            return made
        present = self.present[rows].tolist()
        nothing = "" if field.nothing is None else label + field.nothing
        return [text if there else nothing for text, there in zip(made, present, strict=True)]

    def _written_words(self, label: str, codes: Sequence[int], *, quoted: bool) -> list[str]:
        if not self.words:
            return [""]  # no row has a value
        words = [self.words[code] for code in codes]
        return [label + (json.dumps(word, ensure_ascii=False) if quoted else word) for word in words]
