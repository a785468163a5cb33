"""Tracebacks that end at the user's own line: what is wrong stands in the message, not in this package."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Generator
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar, cast

from operate_frames.errors import OperateError, ReadInterrupted

__all__ = ["short_traceback"]

_F = TypeVar("_F", bound=Callable[..., Any])
_T = TypeVar("_T")

_OURS = str(Path(__file__).parent.parent) + os.sep
_FULL = "OPERATE_FRAMES_TRACEBACK"


def short_traceback(function: _F) -> _F:
    """Let errors of our tree leave a public function without the frames of this package.

    Those of any other error stay, since it is a bug; with ``OPERATE_FRAMES_TRACEBACK=full`` in the environment all do.
    """

    @functools.wraps(function)
    def shown(*arguments: Any, **options: Any) -> Any:
        __tracebackhide__ = not _is_full()  # for IPython and pytest
        try:
            result = function(*arguments, **options)
        except (OperateError, ReadInterrupted) as error:
            raise _shortened(error)  # noqa: B904 - it is the same error
        finally:
            # A secret among them would show in a traceback with local variables.
            arguments, options = (), {}
        return _while_iterated(result) if isinstance(result, Generator) else result

    return cast(_F, shown)


def _while_iterated(pieces: Generator[_T]) -> Generator[_T]:
    """The same for what a generator raises later on."""
    __tracebackhide__ = not _is_full()
    try:
        yield from pieces
    except (OperateError, ReadInterrupted) as error:
        raise _shortened(error)  # noqa: B904 - it is the same error


def _is_full() -> bool:
    return os.environ.get(_FULL, "").strip().lower() == "full"


def _shortened(error: BaseException) -> BaseException:
    if _is_full():
        return error
    one: BaseException | None = error
    seen: set[int] = set()
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        is_ours = isinstance(one, (OperateError, ReadInterrupted))
        one.__traceback__ = None if is_ours else _behind_ours(one.__traceback__)
        one = one.__cause__ or one.__context__
    return error


def _behind_ours(traceback: TracebackType | None) -> TracebackType | None:
    """What lies behind the last frame of this package, such as the line of a callable that the user gave."""
    behind = traceback
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename.startswith(_OURS):
            behind = traceback.tb_next
        traceback = traceback.tb_next
    return behind
