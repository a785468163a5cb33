"""Values that show themselves to nobody."""

from __future__ import annotations

from typing import NoReturn, final

__all__ = ["Masked", "Secret"]


@final
class Secret:
    """A secret text: it prints as ``***`` and cannot be pickled.

    Secrets are wrapped where they enter the package and opened only where a request is built, so that
    no repr, log line, f-string or traceback that shows local variables can hold one.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Give the text itself."""
        return self._text

    def __repr__(self) -> str:
        return "***"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret cannot be pickled or copied")


@final
class Masked(dict[str, str]):
    """Headers or form fields that show their names only: a traceback with local variables may print them."""

    def __repr__(self) -> str:
        return f"{{{', '.join(f'{name!r}: ***' for name in self)}}}"

    __str__ = __repr__
