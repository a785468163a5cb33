"""Where a read that was stopped goes on: what `resume=` takes, and the errors that hold it with the rows so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from operate_frames.errors import OperateError, QuestionError, ReadFailed, ReadInterrupted, WrongType
from operate_frames.query.query import Order, Query
from operate_frames.reading.rows import place_of
from operate_frames.schema.fields import Resource

__all__ = ["check_order", "checked_resume", "checkpoint", "failed", "interrupted", "written_order"]

_KEPT = "The connection's .last_interrupted keeps both until the next read."


def checked_resume(query: Query, resume: object) -> dict[str, Any]:
    """Check the argument that says where to go on."""
    if resume is None or resume == {}:
        return {}
    if not isinstance(resume, Mapping) or set(resume) != {"resource", "order", "after", "rows"}:
        raise WrongType("resume takes what .resume of an interrupted read was, nothing else.")
    if resume["resource"] != query.resource.name:
        raise QuestionError(f"resume= belongs to a read of {resume['resource']}, not of {query.resource.name}.")
    return dict(resume)


def check_order(resume: Mapping[str, Any], order: Sequence[Order]) -> None:
    """Check that a read goes on in the order in which it began."""
    there, here = resume.get("order"), written_order(order)
    if there is not None and there != here:
        raise QuestionError(
            f"resume= belongs to a read in the order of {', '.join(there)}, this one is in the order of"
            f" {', '.join(here)}: ask as the first time, or leave it out."
        )


def checkpoint(resource: Resource, order: Sequence[Order], last: pa.RecordBatch, rows: int) -> dict[str, Any]:
    """Where to go on behind the last row of a batch, before which so many rows came in all."""
    return {"resource": resource.name, "order": written_order(order), "after": place_of(order, last), "rows": rows}


def interrupted(rows: int, partial: Any, resume: dict[str, Any]) -> ReadInterrupted:
    """Make the error of a read that somebody stopped."""
    what = f"Interrupted after {rows} rows: they {_where(partial)}; .resume says where to go on. {_KEPT}"
    return ReadInterrupted(what, partial=partial, resume=resume)


def failed(error: OperateError, rows: int, partial: Any, resume: dict[str, Any]) -> ReadFailed:
    """Make the error of a read that trouble stopped in the middle."""
    what = f"{error} The {rows} rows before it {_where(partial)}; .resume says where to go on. {_KEPT}"
    return ReadFailed(what, partial=partial, resume=resume)


def _where(partial: Any) -> str:
    return "were given already, or are in .partial" if partial is None else "are in .partial"


def written_order(order: Sequence[Order]) -> list[str]:
    """An order as JSON."""
    return [f"{'-' if each.descending else ''}{each.column}" for each in order]
