"""Paths as users give them, checked before anything else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from operate_frames.errors import SettingsError

__all__ = ["existing_path"]

_SHOWN = 300


def existing_path(setting: str, path: Any) -> str:
    """Check that a file or folder is there.

    Raises
    ------
    SettingsError
        It is not, or this is no path at all.
    """
    name = os.fspath(path) if isinstance(path, (str, os.PathLike)) else path
    if not isinstance(name, str):
        raise SettingsError(f"{setting} must be a path, not {type(path).__name__}.")
    try:
        exists = bool(name) and Path(name).exists()
    except (OSError, ValueError):  # a name too long, a null byte
        exists = False
    if not exists:
        shown = name if len(name) <= _SHOWN else f"{name[:_SHOWN]}..."
        raise SettingsError(f"{setting} {shown!r} does not exist.")
    return name
