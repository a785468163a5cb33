"""What v2 says when it refuses: problem+json (``camunda-v2.md`` 1.2)."""

from __future__ import annotations

import json

__all__ = ["Problem", "invalid", "not_found"]


class Problem(Exception):
    """A request that v2 answers with a problem.

    Parameters
    ----------
    status : int
        The HTTP status.
    title : str
        Its kind.
    detail : str
        What is wrong.
    """

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.title = title
        self.detail = detail

    def body(self, path: str, version: str) -> bytes:
        """Write the problem.

        Parameters
        ----------
        path : str
            What was asked.
        version : str
            8.8 has other titles than later ones.

        Returns
        -------
        bytes
            JSON.
        """
        title = "Bad Request" if version == "8.8" and self.status == 400 else self.title
        problem = {"type": "about:blank", "title": title, "status": self.status, "detail": self.detail}
        return json.dumps({**problem, "instance": path}, ensure_ascii=False, separators=(",", ":")).encode()


def invalid(detail: str) -> Problem:
    """Give the 400 of a client mistake."""
    return Problem(400, "INVALID_ARGUMENT", detail)


def not_found(what: str, key: str) -> Problem:
    """Give the 404 of a key that nothing has."""
    return Problem(404, "NOT_FOUND", f"{what} with key '{key}' not found")
