"""The places where settings stand: arguments, the environment, a credentials file; and which one had a value.

Every value remembers where it came from, by name and never by value, so that an error can say which setting to
change. Rules: contract ``operate-v1.md`` sections 1.1 and 6, ``camunda-v2.md`` sections 2.2 to 2.4.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

from operate_frames.client.auth.methods import CREDENTIALS, METHODS, AuthKind
from operate_frames.client.auth.token import TokenSource
from operate_frames.client.config.paths import existing_path
from operate_frames.client.config.secret import Secret
from operate_frames.errors import SettingsError

__all__ = [
    "ENVIRONMENT",
    "SECRETS",
    "SettingsLookup",
    "Source",
    "from_arguments",
    "from_environment",
    "from_file",
    "from_names",
    "unread_names",
]

# The names in the environment and in the console's credentials file, the first one found wins.
ENVIRONMENT: dict[str, tuple[str, ...]] = {
    "auth": ("CAMUNDA_AUTH_STRATEGY", "CAMUNDA_CLIENT_AUTH_METHOD"),
    "base_url": ("CAMUNDA_OPERATE_BASE_URL", "CAMUNDA_CLIENT_OPERATE_BASEURL"),
    "region": ("CAMUNDA_CLUSTER_REGION", "CAMUNDA_CLIENT_CLOUD_REGION"),
    "cluster_id": ("CAMUNDA_CLUSTER_ID", "CAMUNDA_CLIENT_CLOUD_CLUSTERID"),
    "rest_address": ("CAMUNDA_REST_ADDRESS", "ZEEBE_REST_ADDRESS", "CAMUNDA_CLIENT_RESTADDRESS"),
    **{setting: names for method in METHODS.values() for setting, names in method.environment.items()},
    "ca": (
        "OPERATE_FRAMES_CA",
        "CAMUNDA_CUSTOM_ROOT_CERT_PATH",
        "CAMUNDA_CUSTOM_ROOT_CERT_STRING",
        "CAMUNDA_MTLS_CA_PATH",
        "CAMUNDA_MTLS_CA",
        "CAMUNDA_CA_CERTIFICATE_PATH",
        "ZEEBE_CA_CERTIFICATE_PATH",
        "CAMUNDA_CLIENT_CACERTIFICATEPATH",
    ),
    "cert_file": ("CAMUNDA_MTLS_CERT_PATH", "CAMUNDA_CUSTOM_CERT_CHAIN_PATH"),
    "key_file": ("CAMUNDA_MTLS_KEY_PATH", "CAMUNDA_CUSTOM_PRIVATE_KEY_PATH"),
}
_READ = {name for names in ENVIRONMENT.values() for name in names}
# camunda.client.auth.method of the Spring client, where it has another word.
_AS_SPRING_SAYS = {"oidc": "oauth"}
_LIKE_OURS = ("CAMUNDA_", "ZEEBE_", "OPERATE_")
_OF_THE_PACKAGE = "OPERATE_FRAMES_"  # they say no more of a server than OPERATE_FRAMES_CA does
SECRETS = {
    name
    for auth, method in METHODS.items()
    if method.secret is not None
    for name in (method.secret, f"{auth}_{method.secret}")
}


@dataclass(frozen=True)
class Source:
    """One place where settings come from; `values` by our names, `spelled` by theirs, `unread` what else is there.

    Where it `stands_alone`, secrets of other places are not meant for its server.
    """

    title: str
    values: dict[str, Any]
    spelled: dict[str, str]
    unread: tuple[str, ...] = ()
    stands_alone: bool = False

    def origin(self, setting: str) -> str:
        """Say where a value stands, for a message."""
        spelled = self.spelled.get(setting)
        return f"{spelled} in {self.title}" if spelled else f"the argument {setting}"

    def only(self, names: Collection[str]) -> Source:
        """Give the same source with some of its values."""
        return replace(self, values={name: value for name, value in self.values.items() if name in names})


class SettingsLookup:
    """Looks a setting up through the sources and remembers which one had it."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self.sources = sources
        self.origins: dict[str, str] = {}

    def get(self, *names: str) -> Any:
        """The value of the nearest source that has one, under the first of these names that it knows."""
        for source in self.sources:
            for name in names:
                if name in source.values:
                    self.origins[names[0]] = source.origin(name)
                    return source.values[name]
        return None

    def unread(self) -> str:
        """Name what stands there under names like ours and is not read, a sentence for the end of a message."""
        return " ".join(["", *(text for source in self.sources if (text := unread_names(source)))])

    @staticmethod
    def spelled(*names: str) -> str:
        """The names of settings in the environment, for a message."""
        return ", ".join(spelled for name in names for spelled in ENVIRONMENT.get(name, ()))


def unread_names(source: Source) -> str:
    """A sentence that names what is not read, for a message about what is missing; empty where there is none."""
    return f"Not read, though it is there: {', '.join(source.unread)} in {source.title}." if source.unread else ""


def from_arguments(arguments: Mapping[str, Any]) -> Source:
    """What the caller gave; None means not given."""
    given = {name: value for name, value in arguments.items() if value is not None}
    for name, value in given.items():
        if isinstance(value, (Secret, TokenSource)) or name == "ca":  # checked where it is used
            continue
        if not isinstance(value, str):
            raise SettingsError(f"{name} must be a text, not {type(value).__name__}.")
        if not value.strip():
            raise SettingsError(f"{name} is empty: leave it out to take it from the environment, or fill it in.")
    if given.get("auth") not in (None, *get_args(AuthKind)):
        raise SettingsError(f"auth={given['auth']!r} is not known: use one of {', '.join(get_args(AuthKind))}.")
    for name in CREDENTIALS:
        if isinstance(given.get(name), Secret) and not given[name].reveal().strip():
            raise SettingsError(f"{name} is empty: leave it out to take it from the environment, or fill it in.")
    return Source("the arguments", given, {})


def from_environment() -> Source:
    """What the environment holds."""
    return from_names(os.environ, "the environment")


def from_names(names: Mapping[str, str | None], title: str) -> Source:
    """What stands under the names that the environment and credentials files use."""
    values: dict[str, Any] = {}
    spelled: dict[str, str] = {}
    for setting, candidates in ENVIRONMENT.items():
        for candidate in candidates:
            text = (names.get(candidate) or "").strip()
            if text:
                values[setting] = Secret(text) if setting in SECRETS else text
                spelled[setting] = candidate
                break
    if "auth" in values:
        values["auth"] = _AS_SPRING_SAYS.get(values["auth"].lower(), values["auth"].lower())
        if values["auth"] not in get_args(AuthKind):
            raise SettingsError(
                f"{spelled['auth']}={values['auth']!r} in {title} is not known:"
                f" use one of {', '.join(get_args(AuthKind)).upper()}."
            )
    if spelled.get("ca") == "OPERATE_FRAMES_CA":
        values["ca"] = values["ca"].split(os.pathsep)
    unread = sorted(
        name
        for name in names
        if name.startswith(_LIKE_OURS) and not name.startswith(_OF_THE_PACKAGE) and name not in _READ and names[name]
    )
    return Source(title, values, spelled, tuple(unread))


def from_file(path: str | os.PathLike[str]) -> Source:
    """What the credentials file holds that Camunda's console gives to download."""
    name = existing_path("env_file", path)
    if Path(name).is_dir():
        raise SettingsError(f"env_file {name!r} is a folder: give the path of the credentials file in it.")
    from dotenv import dotenv_values  # noqa: PLC0415 - few read a file

    try:
        lines = dotenv_values(name, interpolate=False)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"env_file {name!r} cannot be read as text ({type(error).__name__}).") from None
    source = from_names(lines, f"the file {Path(name).name}")
    if not source.values:
        raise SettingsError(
            f"env_file {name!r} names no setting of Camunda (such as ZEEBE_CLIENT_ID):"
            f" is it the credentials file from the console? {unread_names(source)}".rstrip()
        )
    return source
