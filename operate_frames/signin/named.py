"""Connections that have a name: settings in a TOML file, the secret in the keyring or in a file of its own.

The file is ``operate_frames/connections.toml`` in the user's folder for configuration. Where a computer has no keyring,
as in containers and under cron, the secret stands in an env file beside it that only its owner can read.
"""

from __future__ import annotations

import os
import re
import stat
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

import platformdirs

from operate_frames.client.auth.methods import CREDENTIALS, METHODS
from operate_frames.client.auth.token import TokenSource
from operate_frames.client.config.secret import Secret
from operate_frames.client.config.settings import Settings
from operate_frames.client.config.sources import SECRETS, Source, from_arguments, from_file
from operate_frames.errors import SettingsError
from operate_frames.signin.keyring_store import can_remember, forget_secret, keep_secret, kept_secret

__all__ = [
    "check_name",
    "connection_names",
    "connections_file",
    "forget_connection",
    "is_name",
    "keep_connection",
    "load_connection",
    "save_connection",
    "secret_file",
]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*\Z")
_KEPT = ("auth", "base_url", "rest_address", *(name for name in CREDENTIALS if name not in SECRETS), "ca")
_ENV_FILE = "env_file"


def is_name(text: object) -> bool:
    """Whether this can name a connection; an address has a dot, a colon or a slash."""
    return isinstance(text, str) and _NAME.match(text) is not None


def connections_file() -> Path:
    """Where connections stand that have a name."""
    return platformdirs.user_config_path("operate_frames", appauthor=False) / "connections.toml"


def connection_names() -> list[str]:
    """The names of all connections that were kept."""
    return list(_read())


def load_connection(name: str) -> Source:
    """What is known of a connection.

    Raises
    ------
    SettingsError
        There is none of that name; its settings cannot be read; or others can read its secret.
    """
    known = _read()
    if name not in known:
        there = f"there {'is' if len(known) == 1 else 'are'} {', '.join(known)}" if known else "there is none yet"
        raise SettingsError(
            f"There is no connection {name!r} in {connections_file()}: {there}. login(name={name!r}) makes it, and so"
            f" does operate-frames login --name {name}; a base URL begins with http:// or https://."
        )
    title = f"the connection {name!r} in {connections_file()}"
    values = dict(known[name])
    strange = sorted(set(values) - {*_KEPT, _ENV_FILE})
    if strange:
        raise SettingsError(
            f"{', '.join(strange)} in {title} is no setting: it takes {', '.join(_KEPT)} and {_ENV_FILE}; secrets stand"
            " in the keyring or in that file."
        )
    env_file = values.pop(_ENV_FILE, None)
    try:
        from_arguments(values)
    except SettingsError as error:
        raise SettingsError(f"In {title}: {error}") from None
    spelled = {each: each for each in values}
    if env_file is not None:
        secrets = from_file(_only_mine(env_file))
        values |= {each: value for each, value in secrets.values.items() if each in SECRETS}
    else:
        kind = METHODS.get(values.get("auth", "oauth"))
        secret = kept_secret(_entry(name))
        if secret is not None and kind is not None and kind.secret is not None:
            values[kind.secret] = secret
    return Source(title, values, spelled, stands_alone=True)


def keep_connection(name: str, settings: Settings) -> str:
    """Keep a connection, its secret in the keyring or where there is none in a file, and say where that is."""
    try:
        return save_connection(name, settings)
    except SettingsError:
        return save_connection(name, settings, in_file=True)


def save_connection(name: str, settings: Settings, *, in_file: bool = False) -> str:
    """Keep a connection, and say where its secret is.

    Parameters
    ----------
    name : str
        Letters, digits, ``-`` and ``_``; one of that name is replaced.
    settings : Settings
        Of a connection that works.
    in_file : bool
        Keep the secret in an env file that only its owner can read, where there is no keyring.

    Raises
    ------
    SettingsError
        No such name; or the secret cannot be kept.
    """
    check_name(name)
    if isinstance(settings.token, TokenSource):
        raise SettingsError("Not remembered: token= is a callable, which lives no longer than this process.")
    kept: dict[str, Any] = {each: value for each in _KEPT if (value := getattr(settings, each)) is not None}
    if "ca" in kept:
        kept["ca"] = list(kept["ca"])
    where = "it has no secret"
    secret = getattr(settings, settings.method.secret) if settings.method.secret else None
    if isinstance(secret, Secret):
        if in_file:
            kept[_ENV_FILE] = str(_write_secret(name, settings, secret))
            where = f"its secret is in {kept[_ENV_FILE]}, which only you can read"
        else:
            keep_secret(_entry(name), secret)
            where = "its secret is in the keyring of this computer"
    _write(_read() | {name: kept})
    return where


def check_name(name: object) -> None:
    """Check that this can name a connection.

    Raises
    ------
    SettingsError
        It cannot.
    """
    if not is_name(name):
        raise SettingsError(
            f"name={name!r} cannot name a connection: it takes letters, digits, - and _, such as 'prod'."
        )


def forget_connection(name: str) -> None:
    """Delete a connection and its secret.

    Raises
    ------
    SettingsError
        There is none of that name, or the keyring refuses.
    """
    known = _read()
    if name not in known:
        raise SettingsError(f"There is no connection {name!r} in {connections_file()}.")
    if known[name].get(_ENV_FILE) == str(secret_file(name)):
        secret_file(name).unlink(missing_ok=True)
    elif can_remember():
        forget_secret(_entry(name))
    _write({each: values for each, values in known.items() if each != name})


def _entry(name: str) -> str:
    return f"connection {name}"


def secret_file(name: str) -> Path:
    """Where the secret of a connection stands where there is no keyring."""
    return connections_file().with_name(f"{name}.env")


def _read() -> dict[str, dict[str, Any]]:
    try:
        known = tomllib.loads(connections_file().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{connections_file()} cannot be read: {error}. Mend it, or delete it.") from None
    if not all(isinstance(values, dict) for values in known.values()):
        raise SettingsError(f"{connections_file()} holds something else than connections: each is a table, [prod].")
    return known


def _write(known: dict[str, dict[str, Any]]) -> None:
    import tomli_w  # noqa: PLC0415 - few write it

    _write_mine(connections_file(), tomli_w.dumps(known))


def _write_secret(name: str, settings: Settings, secret: Secret) -> Path:
    """Write the secret under the name that the environment has for it."""
    method = settings.method
    spelled = method.environment.get(str(method.secret)) or method.environment[f"{settings.auth}_{method.secret}"]
    quoted = secret.reveal().replace("\\", "\\\\").replace("'", "\\'")
    _write_mine(secret_file(name), f"{spelled[0]}='{quoted}'\n")
    return secret_file(name)


def _write_mine(path: Path, text: str) -> None:
    """Write a file as a whole that nobody else can read, not even while it is written."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = path.with_name(f"{path.name}.unfinished")
    with suppress(FileNotFoundError):
        unfinished.unlink()
    try:
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        unfinished.replace(path)
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror or error}.") from None


def _only_mine(path: str) -> str:
    """Check that others cannot read a file with a secret; Windows has other ways."""
    if os.name == "posix":
        with suppress(OSError):  # what is not there says so when it is read
            mode = Path(path).stat().st_mode
            if mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise SettingsError(
                    f"env_file {path!r} is refused: others than you can read it. Run chmod 600 on it first."
                )
    return path
