"""What each thread of this process does at the moment."""

from __future__ import annotations

import gc
import sys
from types import FrameType


def thread_frames() -> dict[int, FrameType]:
    """The topmost frame of each thread, by its ident.

    Garbage that the interpreter collected just then would make it wait for itself (python/cpython#106883).
    """
    is_collecting = gc.isenabled()
    gc.disable()
    try:
        return sys._current_frames()
    finally:
        if is_collecting:
            gc.enable()
