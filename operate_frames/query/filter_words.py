"""What a filter can ask for beside values: ranges, patterns, all other values."""

from __future__ import annotations

from typing import Any, NamedTuple

from operate_frames.display.tracebacks import short_traceback

__all__ = ["Between", "Exclude", "Like", "between", "exclude", "like"]


class Between(NamedTuple):
    """What `between` gives."""

    low: Any
    high: Any


class Like(NamedTuple):
    """What `like` gives."""

    pattern: Any


class Exclude(NamedTuple):
    """What `exclude` gives."""

    values: tuple[Any, ...]


@short_traceback
def between(low: object, high: object) -> Between:
    """Ask for a range: from `low` on, up to but not including `high`.

    Parameters
    ----------
    low, high : date, datetime, text, int or None
        None leaves that end open. A date without a time is the start of that day, in UTC or in its own zone, so
        ``between("2026-10-01", "2026-11-01")`` is October, and so is ``between("2026-10", "2026-11")``.

    Returns
    -------
    Between
        For a filter on a date, key or count column.

    Examples
    --------
    >>> import operate_frames as of
    >>> of.between("2026-10-01", None)
    Between(low='2026-10-01', high=None)
    """
    return Between(low, high)


@short_traceback
def like(pattern: str) -> Like:
    """Ask for texts that look like a pattern.

    Parameters
    ----------
    pattern : str
        ``*`` stands for any run of characters, ``?`` for one; a backslash takes that meaning from what follows it.

    Returns
    -------
    Like
        For a filter on a text column. Capitals count, unless the server's database does not heed them.

    Examples
    --------
    >>> import operate_frames as of
    >>> of.like("ord-*")
    Like(pattern='ord-*')
    """
    return Like(pattern)


@short_traceback
def exclude(*values: object) -> Exclude:
    """Ask for all other values.

    Parameters
    ----------
    *values : object
        What a filter takes: values, `between`, `like`, and ``pd.NA``, without which missing values are among the
        others.

    Returns
    -------
    Exclude
        For a filter on any column, alone.

    Examples
    --------
    >>> import operate_frames as of
    >>> of.exclude("COMPLETED", "TERMINATED")
    Exclude(values=('COMPLETED', 'TERMINATED'))
    """
    return Exclude(values)
