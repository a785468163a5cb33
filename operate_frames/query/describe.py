"""Values in words, for messages."""

from __future__ import annotations

__all__ = ["describe_value"]


def describe_value(value: object) -> str:
    """A value for a message: short, with its type."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - a message must not fail for a number of thousands of digits, or worse
        return f"a {type(value).__name__}"
    return f"the {type(value).__name__} {text if len(text) <= 60 else text[:57] + '...'}"
