"""How long things took that have ended, and how old those are that have not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

__all__ = ["duration_figures", "keys_of", "seconds", "spread", "typed"]

# Names of figures, and the share of values that are no larger.
_QUANTILES = {"median": 0.5, "p90": 0.9, "p95": 0.95}


def seconds(spans: pd.Series[Any]) -> pd.Series[Any]:
    """Lengths of time as floats, to the microsecond."""
    lengths: pd.Series[Any] = spans.dt.total_seconds()
    return lengths


def keys_of(rows: pd.DataFrame, by: Sequence[str]) -> list[pd.Series[Any]]:
    """The columns that rows are grouped by."""
    return [rows[name] for name in by]


def duration_figures(rows: pd.DataFrame, by: Sequence[str], now: pd.Timestamp) -> pd.DataFrame:
    """Figures of rows with `start_date` and `end_date`, group by group, in the order of the keys.

    Returns
    -------
    pandas.DataFrame
        ``count`` and ``open`` (Int64): those that have ended and those that have not; of the first ``mean_seconds``,
        ``median_seconds``, ``p90_seconds`` and ``p95_seconds``, of the age of the others ``open_mean_seconds``,
        ``open_median_seconds`` and ``open_max_seconds`` (Float64).
    """
    is_open = rows["end_date"].isna()
    took = seconds(rows["end_date"] - rows["start_date"])
    age = seconds(now - rows["start_date"]).where(is_open)
    grouped = pd.DataFrame({"took": took, "age": age}).groupby(keys_of(rows, by), dropna=False, observed=True)
    figures: dict[str, pd.Series[Any]] = {"count": grouped["took"].count(), "open": grouped["age"].count()}
    figures |= spread(grouped["took"], "")
    figures |= {
        "open_mean_seconds": grouped["age"].mean(),
        "open_median_seconds": grouped["age"].median(),
        "open_max_seconds": grouped["age"].max(),
    }
    return typed(figures)


def spread(values: Any, prefix: str) -> dict[str, pd.Series[Any]]:
    """Mean and quantiles of grouped seconds."""
    return {
        f"{prefix}mean_seconds": values.mean(),
        **{f"{prefix}{name}_seconds": values.quantile(share) for name, share in _QUANTILES.items()},
    }


def typed(figures: Mapping[Any, pd.Series[Any]]) -> pd.DataFrame:
    """Figures side by side, with nullable dtypes: counts Int64, all other numbers Float64."""
    frame = pd.DataFrame(dict(figures), copy=False)
    dtypes = {"i": "Int64", "u": "Int64", "f": "Float64"}
    return frame.astype({name: dtypes[each.kind] for name, each in frame.dtypes.items() if each.kind in dtypes})
