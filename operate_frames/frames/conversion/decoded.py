"""A column of decoded JSON values: Python's own, which Parquet and SQL take as JSON text."""

from __future__ import annotations

import builtins
import json
import sqlite3
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.api.extensions import ExtensionDtype
from pandas.api.types import pandas_dtype

__all__ = ["DecodedArray", "DecodedDtype", "decoded_value"]

_SMALLEST, _LARGEST = -(2**63), 2**63 - 1


class DecodedDtype(ExtensionDtype):
    """The dtype of decoded values: an object column that knows how Arrow, and with it Parquet, may hold it.

    It bears the name ``object``, which Parquet files carry as their note for pandas: such a file is read anywhere, as
    JSON text.
    """

    name = "object"
    type = object
    kind = "O"
    na_value = pd.NA
    # What pandas takes values for, asked for their `.str`.
    base = "string"

    @classmethod
    def construct_array_type(cls) -> builtins.type[DecodedArray]:
        """The array that holds such values."""
        return DecodedArray


class DecodedArray(pd.arrays.NumpyExtensionArray):
    """Decoded JSON values, `pandas.NA` where there is none; it does what an object array does.

    Parameters
    ----------
    values : numpy.ndarray
        Of dtype object.
    copy : bool
        Whether to copy them.
    """

    # By this word pandas knows its own array, which it would take out of its wrapping.
    _typ = "extension"

    def __init__(self, values: np.ndarray[Any, Any], copy: bool = False) -> None:
        # NDArrayBacked's: NumpyExtensionArray itself gives the dtype of numpy.
        init: Any = super(pd.arrays.NumpyExtensionArray, self).__init__
        init(values.copy() if copy else values, DecodedDtype())

    @classmethod
    def of(cls, values: Iterable[Any]) -> DecodedArray:
        """Hold some values."""
        return cls(_objects(list(values)))

    @classmethod
    def _from_sequence(cls, scalars: Iterable[Any], **_: object) -> DecodedArray:
        return cls.of(scalars)

    def astype(self, dtype: Any, copy: bool = True) -> Any:
        """As another dtype; as objects, which is how `to_sql` asks for them, they are such that SQLite can store."""
        if pandas_dtype(dtype) == np.dtype(object):
            return _objects([_storable(value) for value in self._ndarray])
        return super().astype(dtype, copy)

    def _formatter(self, boxed: bool = False) -> Callable[[Any], str | None]:
        return str if boxed else repr

    def __arrow_array__(self, type: pa.DataType | None = None) -> pa.Array:  # noqa: A002 - Arrow's name
        return pa.array([None if value is pd.NA else _text(value) for value in self._ndarray], type or pa.string())


def _objects(values: list[Any]) -> np.ndarray[Any, Any]:
    held = np.empty(len(values), dtype=object)
    held[:] = values
    return held


def decoded_value(text: str | None) -> Any:
    """A value of JSON text, all digits kept; what is cut is missing, what Python cannot read stays text."""
    try:
        return pd.NA if text is None else json.loads(text)
    except json.JSONDecodeError:
        return pd.NA
    except (ValueError, RecursionError):
        return text


class _AsText:
    """What SQLite has no type for: it stores the JSON text."""

    def __conform__(self, protocol: object) -> str | None:
        return _text(self) if protocol is sqlite3.PrepareProtocol else None


class _Object(_AsText, dict[str, Any]):
    pass


class _List(_AsText, list[Any]):
    pass


class _LongNumber(_AsText, int):
    pass


def _storable(value: Any) -> Any:
    if isinstance(value, dict):
        return _Object(value)
    if isinstance(value, list):
        return _List(value)
    return _LongNumber(value) if isinstance(value, int) and not _SMALLEST <= value <= _LARGEST else value


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
