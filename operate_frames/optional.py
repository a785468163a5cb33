"""Packages that only an extra brings, or how to get them."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from operate_frames.errors import ExtraMissing

__all__ = ["is_installed", "needed", "what_is_missing"]


def is_installed(package: str) -> bool:
    """Whether the package is there; it is not imported."""
    return find_spec(package) is not None


def needed(package: str, purpose: str, *, extra: str | None = None) -> Any:
    """Import what an extra brings, by default the one of the same name.

    Raises
    ------
    ExtraMissing
        It is not installed; the message names what would install it.
    """
    if not is_installed(package):
        raise ExtraMissing(f"{what_is_missing(package, purpose, extra=extra)}.")
    return import_module(package)


def what_is_missing(package: str, purpose: str, *, extra: str | None = None) -> str:
    """Say what a package is needed for, and how to install it."""
    return f"{purpose} needs {package}, which is not installed: pip install 'operate-frames[{extra or package}]'"
