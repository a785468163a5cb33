"""What is asked of the values of variables, which are JSON: equal ones, any of several, ranges, others, any at all."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from operate_frames.errors import QuestionError, WrongType
from operate_frames.query.describe import describe_value
from operate_frames.query.filter_words import Between, Exclude, Like
from operate_frames.query.filters import Filter, flat, no_tuple
from operate_frames.query.json_text import as_json
from operate_frames.query.ranges import Range
from operate_frames.schema.fields import Field

__all__ = ["variable_filter"]

T = TypeVar("T")
_SEVERAL = (list, set, frozenset, np.ndarray, pd.Series, pd.Index)


def variable_filter(field: Field, argument: str, value: object) -> Filter:
    """The filter on a variable's value.

    Parameters
    ----------
    field : Field
        The values of variables.
    argument : str
        What the value was given to, for the error.
    value : object
        A JSON value, a list of which any will do, `between` of numbers or of texts, or `exclude`, which asks for
        instances that have the variable with any other value: ``exclude(pd.NA)`` with any at all.

    Raises
    ------
    WrongType, QuestionError
        No such value.
    """
    if isinstance(value, Exclude):
        others = flat(value.values)
        left_out = [each for each in (others if isinstance(others, list) else [others]) if each is not pd.NA]
        if not value.values:
            raise QuestionError(f"{argument} excludes nothing: name a value, or of.exclude(pd.NA) for any at all.")
        return replace(variable_filter(field, argument, left_out), negated=True)
    if type(value) is tuple:
        raise no_tuple(argument, value)
    values: list[str] = []
    ranges: list[Range] = []
    documents: list[str] = []
    for one in value if isinstance(value, _SEVERAL) else [value]:
        if isinstance(one, Between):
            ranges.append(_range(argument, one))
        elif isinstance(one, (Like, Exclude)):
            raise QuestionError(f"{argument} takes values, between() or exclude(), not {type(one).__name__.lower()}().")
        else:
            text, is_exact = as_json(argument, one)
            (values if is_exact else documents).append(text)
    return Filter(field, _each_once(values), _each_once(ranges), documents=_each_once(documents))


def _each_once(values: list[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(values))


def _range(argument: str, given: Between) -> Range:
    low, high = (each.item() if isinstance(each, np.generic) else each for each in given)
    ends = [each for each in (low, high) if each is not None]
    if not ends:
        raise QuestionError(f"{argument} is asked for between nothing and nothing: of.exclude(pd.NA) asks for any.")
    if not all(_is_number(each) for each in ends) and not all(isinstance(each, str) for each in ends):
        raise WrongType(f"{argument} takes a range of numbers, or of texts, not {describe_value(given)}.")
    if len(ends) > 1 and low >= high:
        raise QuestionError(
            f"{argument} between {low!r} and {high!r} holds no value: the first end must be smaller, and the second is"
            " not included."
        )
    return Range(low, high)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and not math.isnan(value)
