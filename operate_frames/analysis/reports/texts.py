"""Columns of texts as Arrow has them."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa

__all__ = ["texts_of"]


def texts_of(column: pd.Series[Any]) -> pa.StringArray:
    """A column as one array; of a read without rows it has no chunks, which pyarrow takes for no texts."""
    return pa.chunked_array([pa.array(column, pa.string())]).combine_chunks().cast(pa.string())
