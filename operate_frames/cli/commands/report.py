"""What `operate-frames report` does: read a process, write a page on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from operate_frames.analysis.log_files import place_of, put_in_place
from operate_frames.analysis.page.content import content_of
from operate_frames.analysis.page.page import as_html
from operate_frames.analysis.page.rows import read_process
from operate_frames.analysis.reports.arguments import CHECKS
from operate_frames.cli.values import filter_value
from operate_frames.client.operate import Operate
from operate_frames.schema.resources import RESOURCES

__all__ = ["PageAsked", "checked", "write_page"]

_ENDINGS = (".html", ".htm")


@dataclass(frozen=True)
class PageAsked:
    """What a page was asked to be, checked.

    Attributes
    ----------
    output : Path
        The file.
    started : str or None
        When instances started, as it was written.
    start_date : object
        The same as `read_instances` takes it.
    idle, tz : str
        As in `stuck_instances` and `throughput`.
    """

    output: Path
    started: str | None
    start_date: Any
    idle: str
    tz: str


def checked(output: Path, *, start_date: str | None, idle: str, tz: str) -> PageAsked:
    """Check what was asked, before anybody signs in.

    Raises
    ------
    QuestionError
        A file that cannot be, a length of time or a time zone that is none.
    """
    place_of(output, _ENDINGS)
    CHECKS["idle"]("idle", idle)
    CHECKS["tz"]("tz", tz)
    field = RESOURCES["process_instances"].field("start_date")
    meant = None if start_date is None else filter_value(field, [start_date])
    return PageAsked(output, start_date, meant, idle, tz)


def write_page(asked: PageAsked, process: str, *, version: int | None, tenant_id: str | None, operate: Operate) -> None:
    """Read a process, and put the page in place of what was there, in one step.

    Raises
    ------
    NotFound
        There is no such process.
    """
    rows = read_process(process, version=version, tenant_id=tenant_id, start_date=asked.start_date, operate=operate)
    page = as_html(content_of(rows, started=asked.started, idle=asked.idle, tz=asked.tz))
    put_in_place(asked.output, _ENDINGS, lambda file: file.write_text(page, encoding="utf-8"))
