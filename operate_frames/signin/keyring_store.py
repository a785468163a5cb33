"""A sign-in kept in the keyring of the operating system, and nowhere else; only when somebody asked for it."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from operate_frames.client.auth.methods import CREDENTIALS
from operate_frames.client.auth.token import TokenSource
from operate_frames.client.config.secret import Secret
from operate_frames.client.config.settings import Settings
from operate_frames.client.config.sources import SECRETS, Source
from operate_frames.errors import SettingsError
from operate_frames.optional import is_installed, needed, what_is_missing

__all__ = [
    "can_remember",
    "forget_secret",
    "forget_signin",
    "keep_secret",
    "kept_secret",
    "load_signin",
    "save_signin",
    "where",
]

_SERVICE = "operate_frames"
_ENTRY = "sign-in"
_KEPT = ("auth", "base_url", *CREDENTIALS)
_PURPOSE = "Remembering a sign-in"


def can_remember() -> bool:
    """Whether the extra is installed."""
    return is_installed("keyring")


def where() -> str:
    """Name the keyring for a message, or how to get one."""
    return "the keyring of this computer" if can_remember() else f"no keyring ({what_is_missing('keyring', _PURPOSE)})"


def save_signin(settings: Settings) -> None:
    """Keep a sign-in, secret included.

    Raises
    ------
    SettingsError
        `ExtraMissing`, or the computer has no keyring that takes it.
    """
    if isinstance(settings.token, TokenSource):
        raise SettingsError("Not remembered: token= is a callable, which lives no longer than this process.")
    kept = {name: value for name in _KEPT if (value := getattr(settings, name)) is not None}
    text = json.dumps({name: v.reveal() if isinstance(v, Secret) else v for name, v in kept.items()})
    keep_secret(_ENTRY, Secret(text))


def load_signin() -> Source | None:
    """Give the sign-in that was kept; None where there is none, or no keyring.

    Raises
    ------
    SettingsError
        Something else stands in its place.
    """
    text = kept_secret(_ENTRY)
    if text is None:
        return None
    with suppress(ValueError, AttributeError):
        kept = json.loads(text.reveal())
        values = {name: Secret(value) if name in SECRETS else value for name, value in kept.items()}
        return Source("the keyring (login() asks anew, logout(forget=True) forgets it)", values, {n: n for n in values})
    raise SettingsError("What the keyring remembers cannot be read: forget it with logout(forget=True).")


def forget_signin() -> None:
    """Delete the sign-in that was kept, if there is one.

    Raises
    ------
    SettingsError
        `ExtraMissing`, or the keyring refuses.
    """
    forget_secret(_ENTRY)


def keep_secret(entry: str, secret: Secret) -> None:
    """Keep a secret under a name of its own.

    Raises
    ------
    SettingsError
        As `save_signin`.
    """
    keyring = _keyring()
    try:
        keyring.set_password(_SERVICE, entry, secret.reveal())
        if keyring.get_password(_SERVICE, entry) == secret.reveal():
            return
        reason = "it keeps nothing"  # as one that was switched off
    except keyring.errors.KeyringError as error:
        reason = type(error).__name__
    # Raised here and not above: frames of keyring hold the secret in their locals.
    raise SettingsError(f"Not remembered: the keyring of this computer does not take it ({reason}).")


def kept_secret(entry: str) -> Secret | None:
    """Give the secret under a name; None where there is none, or no keyring."""
    if not can_remember():
        return None
    keyring = _keyring()
    try:
        text = keyring.get_password(_SERVICE, entry)
    except keyring.errors.KeyringError:
        return None
    return None if text is None else Secret(text)


def forget_secret(entry: str) -> None:
    """Delete the secret under a name, if there is one.

    Raises
    ------
    SettingsError
        As `forget_signin`.
    """
    keyring = _keyring()
    try:
        if keyring.get_password(_SERVICE, entry) is not None:
            keyring.delete_password(_SERVICE, entry)
    except keyring.errors.NoKeyringError:
        return
    except keyring.errors.KeyringError as error:
        raise SettingsError(
            f"The keyring of this computer does not forget the sign-in ({type(error).__name__}): delete its entry"
            f" {_SERVICE!r} by hand."
        ) from None


def _keyring() -> Any:
    return needed("keyring", _PURPOSE)
