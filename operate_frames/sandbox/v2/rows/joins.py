"""Columns of v2's rows made of others: chosen, renamed, looked up in another resource by key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from operate_frames.sandbox.tables.columns import Column, Mask, Numbers

__all__ = [
    "Columns",
    "chosen",
    "constant",
    "either",
    "filled",
    "has_word",
    "joined",
    "nothing_like",
    "of_rows",
    "present",
    "renamed",
    "shown",
    "taken",
]

Columns = Mapping[str, Column]


def of_rows(wanted: Column, keys: Column, values: Column) -> Column:
    """Give the value that stands beside each wanted key, missing where nothing has it.

    Parameters
    ----------
    wanted : Column
        Keys.
    keys, values : Column
        Of the rows that are looked at.

    Returns
    -------
    Column
        One a wanted key.
    """
    has_key = present(keys)
    order = np.argsort(keys.values[has_key], kind="stable")
    known = keys.values[has_key][order]
    if not len(known):
        return nothing_like(values, len(wanted))
    place = np.minimum(np.searchsorted(known, wanted.values), len(known) - 1)
    found = (known[place] == wanted.values) & present(wanted)
    rows = np.flatnonzero(has_key)[order][place]
    there = found & present(values)[rows]
    return replace(values, values=values.values[rows], present=None if there.all() else there)


def either(first: Column, second: Column) -> Column:
    """Texts of the first column, of the second where that has none.

    Parameters
    ----------
    first, second : Column
        Keywords.

    Returns
    -------
    Column
        Keywords.
    """
    both = zip(shown(first), shown(second), strict=True)
    return Column.of("keyword", [one if one is not None else other for one, other in both])


def filled(column: Column) -> Column:
    """Leave out empty texts, which v1 writes for missing ones.

    Parameters
    ----------
    column : Column
        Keywords.

    Returns
    -------
    Column
        Keywords.
    """
    return Column.of("keyword", [text or None for text in shown(column)])


def renamed(column: Column, words: Mapping[str, str]) -> Column:
    """Give other words for some.

    Parameters
    ----------
    column : Column
        Keywords.
    words : mapping of str to str
        The new word of each, no two the same.

    Returns
    -------
    Column
        Keywords.
    """
    return Column.of_codes(column.values, [words.get(word, word) for word in column.words], column.present)


def present(column: Column) -> Mask:
    """Tell which rows have a value.

    Parameters
    ----------
    column : Column
        Any.

    Returns
    -------
    ndarray of bool
        One a row.
    """
    return np.ones(len(column), dtype=np.bool_) if column.present is None else column.present


def shown(column: Column) -> list[Any]:
    """Give the values, None where one is missing.

    Parameters
    ----------
    column : Column
        Any.

    Returns
    -------
    list
        Texts or numbers.
    """
    numbers = column.values.tolist()
    listed = [column.words[code] for code in numbers] if column.words else numbers
    return [value if there else None for value, there in zip(listed, present(column).tolist(), strict=True)]


def taken(columns: Columns, rows: Mask | Numbers) -> dict[str, Column]:
    """Give some rows of all columns.

    Parameters
    ----------
    columns : mapping of str to Column
        By field.
    rows : ndarray of bool or int64
        Which.

    Returns
    -------
    dict of str to Column
        By field.
    """
    return {name: column.taken(rows) for name, column in columns.items()}


def chosen(words: tuple[str | None, ...], places: Numbers) -> Column:
    """Texts by their places in a list.

    Parameters
    ----------
    words : tuple of (str or None)
        The list.
    places : ndarray of int64
        Any numbers; they go round.

    Returns
    -------
    Column
        Keywords.
    """
    known = sorted({word for word in words if word is not None})
    codes = np.array([known.index(word) if word is not None else 0 for word in words], dtype=np.int64)
    there = np.array([word is not None for word in words], dtype=np.bool_)
    at = places % len(words)
    return Column.of_codes(codes[at], known, None if there.all() else there[at])


def constant(word: str, count: int) -> Column:
    """The same text in every row.

    Parameters
    ----------
    word : str
        The text.
    count : int
        How many rows.

    Returns
    -------
    Column
        Keywords.
    """
    return Column.of_codes(np.zeros(count, dtype=np.int64), (word,))


def has_word(column: Column, *words: str) -> Mask:
    """Tell which rows have one of some words.

    Parameters
    ----------
    column : Column
        Keywords.
    *words : str
        The words.

    Returns
    -------
    ndarray of bool
        One a row.
    """
    codes = [code for word in words if (code := column.code(word)) is not None]
    return np.isin(column.values, codes) & present(column)


def nothing_like(column: Column, count: int) -> Column:
    """Give missing values of a kind.

    Parameters
    ----------
    column : Column
        Whose kind.
    count : int
        How many.

    Returns
    -------
    Column
        Of so many rows.
    """
    return Column(column.kind, np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.bool_))


def joined(first: Column, second: Column) -> Column:
    """Give the rows of two columns of a kind, one after the other.

    Parameters
    ----------
    first, second : Column
        Of the same kind.

    Returns
    -------
    Column
        As long as both.
    """
    words = sorted({*first.words, *second.words})
    place = {word: number for number, word in enumerate(words)}
    numbers = [
        np.array([place[word] for word in each.words], dtype=np.int64)[each.values] if each.words else each.values
        for each in (first, second)
    ]
    there = np.concatenate([present(first), present(second)])
    return Column(first.kind, np.concatenate(numbers), None if there.all() else there, words)
