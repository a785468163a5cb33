"""The questions to sign in with, at a terminal."""

from __future__ import annotations

import sys
import threading
from getpass import getpass

from operate_frames.client.config.secret import Secret
from operate_frames.client.operate import Operate
from operate_frames.errors import OperateError, SignInNeeded
from operate_frames.signin.keyring_store import can_remember, save_signin
from operate_frames.signin.named import connections_file, save_connection, secret_file
from operate_frames.signin.questions import FIELDS, KINDS, Prefill, ServerKind, SignIn, connected_parts, failed_line

__all__ = ["ask"]


def ask(sign_in: SignIn, name: str | None = None) -> Operate:
    """Ask until the sign-in works; what was answered before is the answer to an empty line, but for the secret.

    Parameters
    ----------
    sign_in : callable
        Connects by what was answered.
    name : str, optional
        Keep it under this name.

    Raises
    ------
    SignInNeeded
        The input ended (Ctrl-D).
    """
    prefill = Prefill()
    values = prefill.values
    chosen = prefill.kind
    _say("Sign in to Operate. An empty line takes what stands in brackets; Ctrl-C gives up.")
    try:
        while True:
            chosen = _kind(chosen)
            kind = KINDS[chosen]
            for field in kind.fields:
                values[field] = _line(field, values.get(field, ""))
            secret = _secret(kind, prefill)
            _say("Connecting ... Ctrl-C cancels.")
            try:
                operate = sign_in(prefill.answers(kind, values, secret), threading.Event())
            except OperateError as error:
                _say(f"{failed_line(error, kind)}\n{error}\n")
                continue
            except KeyboardInterrupt:
                _say("\nCancelled.\n")
                continue
            _say(" · ".join(connected_parts(operate)))
            _offer_to_remember(operate) if name is None else _keep(name, operate)
            return operate
    except EOFError:
        raise SignInNeeded("The questions were left unanswered: call connect() or login() again.") from None


def _kind(before: str) -> str:
    names = list(KINDS)
    for number, kind in enumerate(KINDS.values(), 1):
        _say(f"  {number}  {kind.title}")
    while True:
        answer = _asked("Kind of server", str(names.index(before) + 1))
        if answer in {str(number) for number in range(1, len(names) + 1)}:
            return names[int(answer) - 1]
        _say(f"A number from 1 to {len(names)}, please.")


def _line(name: str, before: str) -> str:
    while True:
        answer = _asked(FIELDS[name].label, before)
        if answer or not FIELDS[name].needed:
            return answer


def _secret(kind: ServerKind, prefill: Prefill) -> Secret | None:
    if kind.secret is None:
        return None
    from_environment = prefill.secret_name(kind)
    label = FIELDS[kind.secret].label + (f" [from {from_environment}]" if from_environment else "")
    while True:
        secret = Secret(getpass(f"{label}: ", stream=sys.stderr))
        if secret.reveal() or from_environment:
            return secret if secret.reveal() else None


def _offer_to_remember(operate: Operate) -> None:
    if not can_remember() or _asked("Remember it in the keyring of this computer? y or n", "n") != "y":
        return
    try:
        save_signin(operate.settings)
    except OperateError as error:
        _say(str(error))


def _keep(name: str, operate: Operate) -> None:
    """Keep it under its name; its secret in a file only where somebody agrees."""
    try:
        where = save_connection(name, operate.settings)
    except OperateError as error:
        _say(str(error))
        if _asked(f"Keep the secret in {secret_file(name)}, which only you can read? y or n", "n") != "y":
            _say(f"{name} is not kept.")
            return
        where = save_connection(name, operate.settings, in_file=True)
    _say(f"Kept as {name!r} in {connections_file()}; {where}.")


def _asked(label: str, before: str) -> str:
    """Ask for one line; on the error stream, as the secret is, since the output may go to a file."""
    sys.stderr.write(f"{label} [{before}]: " if before else f"{label}: ")
    sys.stderr.flush()
    return input().strip() or before


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
