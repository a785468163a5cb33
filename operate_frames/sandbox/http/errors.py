"""What the server says when it refuses: the v1 Error object, and the causes that become one."""

from __future__ import annotations

import json
import uuid


class Refused(Exception):
    """A request that Operate answers with its own Error object.

    Parameters
    ----------
    status : int
        The HTTP status.
    kind : str
        The Error's ``type``.
    message : str
        The Error's ``message``.
    """

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message

    def body(self) -> bytes:
        """Write the Error object, with a fresh ``instance`` as the server does.

        Returns
        -------
        bytes
            JSON, its properties in the server's order.
        """
        error = {
            "status": self.status,
            "message": self.message,
            "instance": str(uuid.uuid4()),
            "type": self.kind,
        }
        return json.dumps(error, ensure_ascii=False, separators=(",", ":")).encode()


def invalid_request(message: str) -> Refused:
    """Give the 400 of a client mistake or of any exception that nobody expected.

    Parameters
    ----------
    message : str
        The text.

    Returns
    -------
    Refused
        To be raised.
    """
    return Refused(400, "Invalid request", message)


def data_invalid(message: str) -> Refused:
    """Give the 400 of Operate's validator.

    Parameters
    ----------
    message : str
        The text.

    Returns
    -------
    Refused
        To be raised.
    """
    return Refused(400, "Data invalid", message)


def not_found(message: str) -> Refused:
    """Give the 404 of a key that nothing has.

    Parameters
    ----------
    message : str
        The text.

    Returns
    -------
    Refused
        To be raised.
    """
    return Refused(404, "Requested resource not found", message)


def application_error(message: str) -> Refused:
    """Give the 500 of a search that the engine refused.

    Parameters
    ----------
    message : str
        The text.

    Returns
    -------
    Refused
        To be raised.
    """
    return Refused(500, "API application error", message)
