"""All errors of this package, one tree.

Every error is also the builtin that fits it, so ``except ValueError`` works for a wrong argument and
``except ConnectionError`` for a server that is away. The message says what happened, why, and what to do;
no message, argument or attribute ever holds a secret. ::

    OperateError
    ├── SettingsError (ValueError)              a setting is missing, half given or malformed; nothing was sent
    │   ├── ExtraMissing (ImportError)          a package that only an extra brings is not installed
    │   └── SignInNeeded                        nothing says where to connect, and nobody has answered yet
    ├── QuestionError (ValueError)              a read that cannot be asked; nothing was sent
    │   ├── UnknownName                         no such filter, column or resource
    │   └── WrongType (TypeError)               a value of the wrong type
    ├── ConnectionFailed (ConnectionError)      no answer came
    │   ├── HostUnknown
    │   ├── ConnectionRefused
    │   ├── ConnectionBroken                    the connection ended in the middle
    │   ├── TlsFailed
    │   ├── ProxyFailed
    │   └── TimedOut (TimeoutError)
    ├── SignInFailed (PermissionError)          the server or the token service said no
    │   ├── CredentialsRejected                 wrong, expired or unknown client, secret, user, password or token
    │   ├── AudienceRejected                    the token is genuine but meant for another API or cluster
    │   ├── CsrfRejected                        the server wants a CSRF token, or a sign-in at all
    │   └── PermissionMissing                   signed in, but not allowed to read this
    ├── NotOperate                              something answers at the base URL, but not Operate's API
    ├── AnswerFailed                            Operate answered, but not with what was asked for
    │   ├── ServerBusy                          429, 502, 503, 504 or a passing 500, also after the retries
    │   ├── NotFound (LookupError)              there is nothing with that key
    │   ├── RequestRejected                     any other refusal; a mistake of this package or a new server
    │   ├── FieldNotSent (LookupError)          rows cannot be chosen by a field that this version does not send
    │   └── BadAnswer                           not JSON, cut, without its key, out of order, going in circles
    ├── ReadFailed                              any of these in the middle of a read: with the rows so far
    └── ExportFailed                            an export ended in the middle, or its file cannot be written

    ReadInterrupted (KeyboardInterrupt)         Ctrl-C in the middle of a read: with the rows so far

    IncompleteWarning (UserWarning)             fewer rows came than the server counts, or a column is missing
    FilterIgnoredWarning (UserWarning)          the server sent rows that it was not asked for
    UndecodedWarning (UserWarning)              decode=True left some values as JSON text
    LargeReadWarning (UserWarning)              the rows so far are very many, or fill much of the memory
"""

from __future__ import annotations

import traceback
from types import TracebackType
from typing import Any

__all__ = [
    "AnswerFailed",
    "AudienceRejected",
    "BadAnswer",
    "ConnectionBroken",
    "ConnectionFailed",
    "ConnectionRefused",
    "CredentialsRejected",
    "CsrfRejected",
    "ExportFailed",
    "ExtraMissing",
    "FieldNotSent",
    "FilterIgnoredWarning",
    "HostUnknown",
    "IncompleteWarning",
    "LargeReadWarning",
    "NotFound",
    "NotOperate",
    "OperateError",
    "PermissionMissing",
    "ProxyFailed",
    "QuestionError",
    "ReadFailed",
    "ReadInterrupted",
    "RequestRejected",
    "ServerBusy",
    "SettingsError",
    "SignInFailed",
    "SignInNeeded",
    "TimedOut",
    "TlsFailed",
    "UndecodedWarning",
    "UnknownName",
    "WrongType",
]


def _one_line(error: BaseException) -> list[str]:
    """What IPython shows of what is no fault: no traceback."""
    return [f"{type(error).__name__}: {error}"]


def _own_lines(error: BaseException) -> list[str]:
    """What IPython shows: its traceback, also without the last frame where that hides itself, which it would show."""
    from IPython import get_ipython  # noqa: PLC0415 - it is what calls this

    visible, rest = [], error.__traceback__
    while rest is not None:
        if not rest.tb_frame.f_locals.get("__tracebackhide__"):
            visible.append(rest)
        rest = rest.tb_next
    for each in reversed(visible):
        rest = TracebackType(rest, each.tb_frame, each.tb_lasti, each.tb_lineno)
    shell = get_ipython()
    if shell is None:
        return traceback.format_exception(type(error), error, rest)
    shown: list[str] = shell.InteractiveTB.structured_traceback(type(error), error, rest)
    return shown


class OperateError(Exception):
    """The root: ``except OperateError`` catches whatever this package raises on purpose."""

    _render_traceback_ = _own_lines


class SettingsError(OperateError, ValueError):
    """A setting is missing, half given or malformed. Raised before anything is sent."""


class ExtraMissing(SettingsError, ImportError):
    """A package that only an extra brings is not installed; the message names what installs it."""


class SignInNeeded(SettingsError):
    """Nothing says where to connect: a form waits for an answer, or nobody is there to be asked.

    A notebook shows it as one line, without a traceback: it is a request, not a fault.
    """

    _render_traceback_ = _one_line


class QuestionError(OperateError, ValueError):
    """A read that cannot be asked as it stands. Raised before anything is sent."""


class UnknownName(QuestionError):
    """A filter, column or other name that does not exist; the message names the nearest one."""


class WrongType(QuestionError, TypeError):
    """A value whose type cannot be right for the filter or argument it was given to."""


class ConnectionFailed(OperateError, ConnectionError):
    """No answer came from the server, the token service or the proxy."""


class HostUnknown(ConnectionFailed):
    """The host's name does not resolve."""


class ConnectionRefused(ConnectionFailed):
    """The host is there, but nothing listens on that port."""


class ConnectionBroken(ConnectionFailed):
    """The connection ended before the answer was complete."""


class TlsFailed(ConnectionFailed):
    """The TLS handshake failed: an unknown certificate authority, a wrong name, no TLS at all."""


class ProxyFailed(ConnectionFailed):
    """The proxy could not be reached or refused."""


class TimedOut(ConnectionFailed, TimeoutError):
    """The server took longer than ``timeout`` allows."""


class SignInFailed(OperateError, PermissionError):
    """The server or the token service refused. Not raised when nothing answers (`ConnectionFailed`)."""


class CredentialsRejected(SignInFailed):
    """The client, secret, user, password or token is wrong, expired or unknown."""


class AudienceRejected(SignInFailed):
    """The token is genuine, but meant for another API or another cluster."""


class CsrfRejected(SignInFailed):
    """The server stopped the request for want of a CSRF token, which it also does without any sign-in."""


class PermissionMissing(SignInFailed):
    """Signed in, but not allowed to read this."""


class NotOperate(OperateError):
    """Something answers at the base URL, but it is not Operate's API."""


class AnswerFailed(OperateError):
    """Operate answered, but not with what was asked for.

    Attributes
    ----------
    status : int or None
        The HTTP status, where there was one.
    """

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class ServerBusy(AnswerFailed):
    """The server cannot answer now: 429, 502, 503, 504, or a 500 "API application error".

    Reads try again a few times before they raise it.

    Attributes
    ----------
    retry_after : float or None
        The seconds that the server asked to wait, where it said so.
    """

    def __init__(self, message: str, *, status: int, retry_after: float | None = None) -> None:
        super().__init__(message, status=status)
        self.retry_after = retry_after


class NotFound(AnswerFailed, LookupError):
    """There is nothing with that key, or no longer."""


class RequestRejected(AnswerFailed):
    """The server refused the request itself. Arguments are checked before, so this is worth a bug report."""


class FieldNotSent(AnswerFailed, LookupError):
    """Rows cannot be chosen by a field: every row should have it, and none has; the server's version is older."""


class BadAnswer(AnswerFailed):
    """The answer is not JSON, is cut, lacks its key, is out of order or goes in circles."""


class ReadFailed(OperateError):
    """A read ended in the middle; the error that ended it is its ``__cause__``. The rows so far are not lost.

    An error before the first row is raised as it is.

    Attributes
    ----------
    partial : pandas.DataFrame, pyarrow.Table or None
        The rows so far, as the call would have given them; None where they were given already, batch by batch.
    resume : dict
        Where to go on: the same call with ``resume=error.resume`` gives the rows behind `partial`. Plain JSON.
    """

    def __init__(self, message: str, *, resume: dict[str, Any], partial: Any = None) -> None:
        super().__init__(message)
        self.partial = partial
        self.resume = resume


class ExportFailed(OperateError):
    """An export ended in the middle, or its file cannot be written; the error that ended it is its ``__cause__``.

    What stood at its place before stands there still, and finished parts are kept, as the message says.
    """


class ReadInterrupted(KeyboardInterrupt):
    """Ctrl-C, or the stop button of a notebook, in the middle of a read. The rows so far are not lost.

    A notebook shows it as one line.

    Attributes
    ----------
    partial, resume
        As in `ReadFailed`.
    """

    def __init__(self, message: str, *, resume: dict[str, Any], partial: Any = None) -> None:
        super().__init__(message)
        self.partial = partial
        self.resume = resume

    _render_traceback_ = _one_line


class IncompleteWarning(UserWarning):
    """Fewer rows came than the server counts, or a column could not be looked up; the message says which."""


class FilterIgnoredWarning(UserWarning):
    """The server sent rows that do not meet a filter, or may not know a field; these rows were dropped."""


class UndecodedWarning(UserWarning):
    """``decode=True`` left some values as JSON text: nested too deep, or with numbers too long, for Python's reader."""


class LargeReadWarning(UserWarning):
    """A whole read has passed a million rows, or a quarter of the memory that was free; the message says what helps."""
