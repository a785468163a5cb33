"""Camunda 8 process data as data frames: every row, exactly typed.

The public door: what stands in ``__all__`` is the interface, everything else may move.
"""

from operate_frames._version import __version__
from operate_frames.connection import Operate, connect
from operate_frames.errors import (
    AnswerFailed,
    AudienceRejected,
    BadAnswer,
    ConnectionBroken,
    ConnectionFailed,
    ConnectionRefused,
    CredentialsRejected,
    CsrfRejected,
    HostUnknown,
    NotOperate,
    OperateError,
    PermissionMissing,
    ProxyFailed,
    QuestionError,
    RequestRejected,
    ServerBusy,
    SettingsError,
    SignInFailed,
    TimedOut,
    TlsFailed,
    UnknownName,
    WrongType,
)
from operate_frames.readers import read_definitions, read_instances

__all__ = [
    "AnswerFailed",
    "AudienceRejected",
    "BadAnswer",
    "ConnectionBroken",
    "ConnectionFailed",
    "ConnectionRefused",
    "CredentialsRejected",
    "CsrfRejected",
    "HostUnknown",
    "NotOperate",
    "Operate",
    "OperateError",
    "PermissionMissing",
    "ProxyFailed",
    "QuestionError",
    "RequestRejected",
    "ServerBusy",
    "SettingsError",
    "SignInFailed",
    "TimedOut",
    "TlsFailed",
    "UnknownName",
    "WrongType",
    "__version__",
    "connect",
    "read_definitions",
    "read_instances",
]
