"""What somebody is asked to sign in: the kinds of server and their fields; and which field an error is about.

The form and the questions at a terminal are two ways to ask the same.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from operate_frames.client.auth.methods import METHODS, AuthKind, Line
from operate_frames.client.config.secret import Secret
from operate_frames.client.config.settings import implied_methods
from operate_frames.client.config.sources import Source, from_environment
from operate_frames.client.operate import Operate
from operate_frames.errors import (
    AudienceRejected,
    BadAnswer,
    ConnectionBroken,
    ConnectionRefused,
    CredentialsRejected,
    CsrfRejected,
    HostUnknown,
    NotOperate,
    OperateError,
    PermissionMissing,
    ProxyFailed,
    ServerBusy,
    TimedOut,
    TlsFailed,
)

__all__ = ["FIELDS", "KINDS", "SECRET", "Prefill", "ServerKind", "SignIn", "connected_parts", "failed_line"]

# Connects by what was answered, unless it is stopped meanwhile; what it gives is not yet what readers use.
SignIn = Callable[[Source, threading.Event], Operate]

# The name under which a form has one field for the secret of every kind.
SECRET = "secret"  # noqa: S105 - a name
# What messages call the source of what was answered.
ANSWERS = "your answers"


FIELDS = {
    "region": Line("Region", "bru-2"),
    "cluster_id": Line("Cluster id", "as the console shows it"),
    "base_url": Line("Base URL of Operate", "http://localhost:8080"),
    **{setting: line for method in METHODS.values() for setting, line in method.lines.items()},
}


@dataclass(frozen=True)
class ServerKind:
    """One kind of server: how it signs in, what is asked, and which of that is the secret."""

    title: str
    auth: AuthKind
    fields: tuple[str, ...]
    secret: str | None = None

    def missing(self, values: Mapping[str, str]) -> list[str]:
        """The fields that must be filled in and are not."""
        return [name for name in self.fields if FIELDS[name].needed and not values.get(name, "").strip()]

    def concerned(self, error: Exception) -> str | None:
        """The field that an error is about, `SECRET` for the secret; None where it is none of them."""
        if isinstance(error, CredentialsRejected) and self.secret:
            return SECRET
        if isinstance(error, PermissionMissing):
            return next((name for name in ("client_id", "username") if name in self.fields), None)
        if self.auth == "oauth" and "region" in self.fields:
            saas: dict[type[Exception], str] = {
                HostUnknown: "region",
                NotOperate: "cluster_id",
                AudienceRejected: "cluster_id",
            }
            if type(error) in saas:
                return saas[type(error)]
        named = {name: rf"\b(?:{name}|{re.escape(FIELDS[name].label)} in {ANSWERS})" for name in self.fields}
        places = [(found.start(), name) for name, words in named.items() if (found := re.search(words, str(error)))]
        return min(places)[1] if places else None


KINDS = {
    name: ServerKind(title, auth, fields, method.secret)
    for auth, method in METHODS.items()
    for name, (title, fields) in method.servers.items()
}


class Prefill:
    """What the environment, or a credentials file that was pasted, already says."""

    def __init__(self, source: Source | None = None) -> None:
        self._source = source or from_environment()

    @property
    def kind(self) -> str:
        """The kind of server that this fits best, a name in `KINDS`."""
        known = self._source.values
        if known.get("auth") != "none" and (not known or known.keys() & {"region", "cluster_id"}):
            return "saas"
        implied: AuthKind = next(iter(implied_methods(self._source)), "oauth")
        needs = METHODS[
            "none" if known.get("auth") == "none" else implied
        ].needs  # a form asks the same for a cookie and for basic login
        return next(
            name for name, kind in KINDS.items() if METHODS[kind.auth].needs == needs and "region" not in kind.fields
        )

    @property
    def values(self) -> dict[str, str]:
        """The fields that can be filled in; no secrets."""
        known = self._source.values
        found = {name: known.get(name) for name in FIELDS} | {
            "base_url": known.get("base_url") or known.get("rest_address"),
            "username": known.get("cookie_username") or known.get("basic_username"),
            "audience": known.get("audience") or known.get("token_audience"),
        }
        return {name: value for name, value in found.items() if isinstance(value, str)}

    def secret_name(self, kind: ServerKind) -> str | None:
        """The name under which the environment holds the secret for a kind of server; None where it does not."""
        spelled = self._source.spelled
        return spelled.get(kind.secret or "") or spelled.get(f"{self.auth(kind)}_{kind.secret}")

    def auth(self, kind: ServerKind) -> AuthKind:
        """The way to sign in: basic login is a strategy of the environment, and else asked for by argument."""
        basic = self._source.values.get("auth") == "basic" or "basic_username" in self._source.values
        return "basic" if kind.auth == "cookie" and basic else kind.auth

    def answers(self, kind: ServerKind, values: Mapping[str, str], secret: Secret | None) -> Source:
        """What was answered, as a source of settings."""
        given: dict[str, object] = {name: text for name in kind.fields if (text := values.get(name, "").strip())}
        if kind.secret and secret is not None:
            given[kind.secret] = secret
        spelled = {name: FIELDS[name].label for name in given}
        return Source(ANSWERS, given | {"auth": self.auth(kind)}, spelled | {"auth": "Kind of server"})


_LINES: dict[type[Exception], str] = {
    HostUnknown: "No such host: check the spelling, or the network (VPN).",
    ConnectionRefused: "Nothing listens there: check host and port.",
    ConnectionBroken: "The connection broke off: is the port right?",
    TlsFailed: "No trusted TLS connection: https or http? A company's certificate authority goes into ca=.",
    ProxyFailed: "The proxy cannot be reached or refused.",
    TimedOut: "No answer in time: check the address and the network (VPN, firewall).",
    CredentialsRejected: "The server wants a sign-in.",
    AudienceRejected: "The token is not meant for this server.",
    CsrfRejected: "The server wants another way to sign in.",
    PermissionMissing: "Signed in, but not allowed to read Operate.",
    NotOperate: "Something answers there, but not Operate.",
    ServerBusy: "The server is busy: try again in a while.",
    BadAnswer: "Something answers there, but not as Operate does.",
}


def failed_line(error: Exception, kind: ServerKind) -> str:
    """Say in one line why it failed; the error's own message has the details."""
    if type(error) is CredentialsRejected and kind.secret:
        pair = [FIELDS[name].label.lower() for name in (kind.fields[-1], kind.secret) if name != "base_url"]
        return f"Refused: {' or '.join(pair)} is wrong, unknown or expired."
    if type(error) in _LINES:
        return _LINES[type(error)]
    return str(error) if isinstance(error, OperateError) else f"Unexpected trouble ({type(error).__name__})."


def connected_parts(operate: Operate) -> list[str]:
    """Say where and as whom a connection stands, part by part."""
    settings = operate.settings
    return [
        settings.base_url.partition("://")[2],
        settings.who,
        f"API {operate.api.name}",
        f"{operate.definitions_counted} definition{'' if operate.definitions_visible == 1 else 's'} visible",
        *([settings.method.renewal] if settings.method.renewal else []),
    ]
