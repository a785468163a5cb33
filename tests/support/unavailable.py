"""The one reason why a test that needs more than Python cannot run here."""

from __future__ import annotations


class Unavailable(Exception):
    """Something this machine lacks: the text is a sentence that says what, for the one who reads a skipped test."""
