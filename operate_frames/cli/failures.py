"""How a command ends: one sentence on the error stream, and a status that a script can tell trouble by."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec

import typer

from operate_frames.errors import IncompleteWarning, OperateError, QuestionError, ReadInterrupted

__all__ = ["FAILED", "INCOMPLETE", "MISUSED", "STOPPED", "ends_well", "say", "show_everything"]

# As docs/command-line.md lists them.
FAILED, MISUSED, INCOMPLETE, STOPPED = 1, 2, 3, 130

P = ParamSpec("P")

_shows_everything = False
# What is logged at WARNING is said by the command itself.
logging.getLogger("operate_frames").addHandler(logging.NullHandler())


def show_everything() -> None:
    """Log at DEBUG on the error stream, secrets masked, and give errors with their traceback."""
    global _shows_everything
    _shows_everything = True
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("operate_frames").setLevel(logging.DEBUG)


def say(text: str) -> None:
    """Say something beside the output, which may go to a file or another command."""
    typer.echo(f"operate-frames: {text}", err=True)


def ends_well(command: Callable[P, int | None]) -> Callable[P, None]:
    """Make a command of a function that gives its status: None for all well."""

    @wraps(command)
    def run(*arguments: P.args, **options: P.kwargs) -> None:
        with _warnings_told() as told:
            status = _status(command, arguments, options)
            try:
                sys.stdout.flush()
            except BrokenPipeError:
                status = _reader_is_gone()
        if status is None and any(issubclass(each, IncompleteWarning) for each in told):
            status = INCOMPLETE
        if status is not None:
            raise typer.Exit(status)

    return run


def _status(command: Callable[..., int | None], arguments: tuple[Any, ...], options: dict[str, Any]) -> int | None:
    try:
        return command(*arguments, **options)
    except BrokenPipeError:
        return _reader_is_gone()
    except (KeyboardInterrupt, ReadInterrupted) as stopped:
        say(str(stopped) or "Interrupted.")
        return STOPPED
    except (OperateError, OSError, ImportError, typer.BadParameter) as error:
        if _shows_everything:
            logging.getLogger("operate_frames").exception("the command failed")
        say(_said(error))
        return MISUSED if isinstance(error, (QuestionError, typer.BadParameter)) else FAILED


def _said(error: Exception) -> str:
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    where = f"{error.filename}: " if isinstance(error, OSError) and error.filename else ""
    return f"{where}{said}"


def _reader_is_gone() -> int:
    """End quietly, as after ``| head``: what Python would still write at its end goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


@contextmanager
def _warnings_told() -> Iterator[list[type[Warning]]]:
    """Say each warning in one line, and remember its kind."""
    told: list[type[Warning]] = []

    def tell(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
        told.append(category)
        say(str(message))

    with warnings.catch_warnings():
        warnings.showwarning = tell
        yield told
