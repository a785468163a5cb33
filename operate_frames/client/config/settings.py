"""Where to connect and as whom, checked and complete.

Nothing here touches the network. Rules: contract ``operate-v1.md`` sections 1.1 and 6, ``camunda-v2.md`` sections
2.2 to 2.4.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from operate_frames.client.config.secret import Secret
from operate_frames.client.config.sources import ENVIRONMENT, AuthKind, SettingsLookup, Source
from operate_frames.client.config.urls import (
    SAAS_AUDIENCE,
    SAAS_TOKEN_URL,
    checked_base_url,
    is_loopback,
    is_saas_host,
    operate_in_saas,
    operate_of_rest_address,
    split_url,
)
from operate_frames.errors import SettingsError

__all__ = ["Settings", "resolve"]

# What each way of signing in needs, and what tells that it is meant.
_CREDENTIALS: dict[str, tuple[str, ...]] = {
    "oauth": ("client_id", "client_secret"),
    "cookie": ("username", "password"),
    "basic": ("username", "password"),
    "bearer": ("token",),
    "none": (),
}
_OAUTH_ONLY = ("token_url", "audience", "scope")

# A region or cluster id becomes part of a host name and a path: anything else could name another host.
_HOST_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\Z")


@dataclass(frozen=True)
class Settings:
    """Everything that is needed to sign in, checked and complete."""

    auth: AuthKind
    base_url: str
    client_id: str | None = None
    client_secret: Secret | None = None
    token_url: str | None = None
    audience: str | None = None
    scope: str | None = None
    username: str | None = None
    password: Secret | None = None
    token: Secret | None = None
    ca: str | None = None
    cert: str | tuple[str, str] | None = None
    proxies: Mapping[str, str] | None = field(default=None, repr=False)
    timeout: tuple[float, float] = (10, 60)
    origins: Mapping[str, str] = field(default_factory=dict)

    @property
    def who(self) -> str:
        """The client or user signed in as, in words."""
        if self.auth == "oauth":
            return f"client {self.client_id}"
        if self.username:
            return f"user {self.username}"
        return "a bearer token" if self.auth == "bearer" else "nobody (no sign-in)"

    def named(self, setting: str) -> str:
        """Name a setting for a message, with where its value came from."""
        origin = self.origins.get(setting, "the default")
        return f"{setting} (from {origin})"

    def at(self, base_url: str) -> Settings:
        """Give the same settings for another base URL on the same server."""
        return replace(self, base_url=base_url)


def resolve(
    sources: Sequence[Source],
    *,
    allow_http: bool = False,
    timeout: tuple[float, float] | float = (10, 60),
    proxies: Mapping[str, str] | None = None,
    cert: str | tuple[str, str] | None = None,
) -> Settings:
    """Find and check all settings.

    Parameters
    ----------
    sources : sequence of Source
        Where to look; the first one that has a value wins.
    allow_http : bool
        Whether a token URL may be plain http on a host other than this one.
    timeout, proxies, cert
        As in `connect`.

    Returns
    -------
    Settings

    Raises
    ------
    SettingsError
        What is missing or malformed, by name.
    """
    lookup = SettingsLookup(sources)
    auth = _auth_kind(lookup)
    base_url = _base_url(lookup)
    settings: dict[str, Any] = {"auth": auth, "base_url": base_url}
    for setting in _CREDENTIALS[auth]:
        settings[setting] = _credential(lookup, auth, setting)
    if auth == "oauth":
        settings |= _token_service(lookup, base_url, allow_http)
    return Settings(
        **settings,
        ca=_existing_file("ca", lookup.get("ca")),
        cert=_client_certificate(cert, lookup),
        proxies=_checked_proxies(proxies),
        timeout=_checked_timeout(timeout),
        origins=lookup.origins,
    )


def _auth_kind(lookup: SettingsLookup) -> AuthKind:
    """What the nearest source says or implies: its strategy, else the credentials that it holds."""
    for source in lookup.sources:
        stated = source.values.get("auth")
        implied = _implied(source)
        if stated:
            if source is lookup.sources[0]:
                _refuse_unused(source, stated)
            lookup.origins["auth"] = source.origin("auth")
            return stated  # type: ignore[no-any-return]  # checked against AuthKind where it was read
        if len(implied) > 1:
            raise SettingsError(
                f"Both {implied[0]} and {implied[1]} credentials are given by {source.title}:"
                f" say which to use with auth={implied[0]!r} or auth={implied[1]!r}."
            )
        if implied:
            return implied[0]
    raise SettingsError(
        "No credentials found: give client_id and client_secret, or username and password, or token,"
        " or auth='none' for an open server. Also looked in the environment for"
        f" {_listed(ENVIRONMENT['client_id'] + ENVIRONMENT['cookie_username'] + ENVIRONMENT['basic_username'])}."
    )


def _implied(source: Source) -> list[AuthKind]:
    signs: dict[AuthKind, tuple[str, ...]] = {
        "oauth": ("client_id", "client_secret"),
        "cookie": ("username", "password", "cookie_username", "cookie_password"),
        "basic": ("basic_username", "basic_password"),
        "bearer": ("token",),
    }
    return [kind for kind, names in signs.items() if any(name in source.values for name in names)]


def _refuse_unused(arguments: Source, auth: str) -> None:
    used = set(_CREDENTIALS[auth]) | (set(_OAUTH_ONLY) if auth == "oauth" else set())
    known = {name for names in _CREDENTIALS.values() for name in names} | set(_OAUTH_ONLY)
    for name in arguments.values:
        if name in known - used:
            raise SettingsError(f"{name} has no use with auth={auth!r}: leave one of the two out.")


def _credential(lookup: SettingsLookup, auth: AuthKind, setting: str) -> Any:
    value = lookup.get(setting, f"{auth}_{setting}")
    if value is None:
        other = [name for name in _CREDENTIALS[auth] if name != setting and lookup.get(name, f"{auth}_{name}")]
        spelled = ENVIRONMENT.get(setting) or ENVIRONMENT.get(f"{auth}_{setting}", ())
        half = (
            f"Half of the credentials: {other[0]} is given (from {lookup.origins[other[0]]}), but not "
            if other
            else f"auth={auth!r} needs "
        )
        raise SettingsError(f"{half}{setting}: pass {setting}= or set {' or '.join(spelled)} in the environment.")
    return value


def _base_url(lookup: SettingsLookup) -> str:
    """The address of the nearest source that has one: a base URL, or a region and a cluster id."""
    for source in lookup.sources:
        region_or_cluster = "region" in source.values or "cluster_id" in source.values
        if "base_url" in source.values:
            if region_or_cluster and source is lookup.sources[0]:
                raise SettingsError("Give base_url, or region and cluster_id, but not both.")
            lookup.origins["base_url"] = source.origin("base_url")
            return checked_base_url(source.values["base_url"], lookup.origins["base_url"])
        if region_or_cluster:
            return _saas_base_url(lookup)
    address = lookup.get("rest_address")
    if address:
        lookup.origins["base_url"] = lookup.origins["rest_address"]
        return operate_of_rest_address(address) or checked_base_url(address, lookup.origins["base_url"])
    raise SettingsError(
        "No server found: give base_url (such as 'http://localhost:8080'), or region and cluster_id for SaaS."
        f" Also looked in the environment for {_listed(ENVIRONMENT['base_url'] + ENVIRONMENT['region'])}."
    )


def _saas_base_url(lookup: SettingsLookup) -> str:
    values = {}
    for setting in ("region", "cluster_id"):
        value = lookup.get(setting)
        if value is None:
            raise SettingsError(
                f"Only one of region and cluster_id is given: {setting} is missing;"
                f" pass {setting}= or set {ENVIRONMENT[setting][0]} in the environment."
            )
        if not _HOST_LABEL.match(value):
            raise SettingsError(
                f"{setting}={value!r} cannot be right: letters, digits and dashes only, as Camunda's console shows it."
            )
        values[setting] = value
    lookup.origins["base_url"] = f"{lookup.origins['region']} and {lookup.origins['cluster_id']}"
    return operate_in_saas(values["region"], values["cluster_id"])


def _token_service(lookup: SettingsLookup, base_url: str, allow_http: bool) -> dict[str, str | None]:
    saas = is_saas_host(urlsplit(base_url).hostname)
    token_url = lookup.get("token_url")
    if token_url is None:
        if not saas:
            # The SaaS address as a default would send a Self-Managed secret to a stranger.
            raise SettingsError(
                f"No token_url for {base_url}: pass token_url= or set"
                f" {_listed(ENVIRONMENT['token_url'])} in the environment. Nothing was sent."
            )
        token_url = SAAS_TOKEN_URL
    origin = lookup.origins.get("token_url", "the SaaS default")
    parts = split_url(token_url, origin)
    if is_saas_host(parts.hostname) and not saas and not origin.startswith("the argument"):
        raise SettingsError(
            f"token_url {token_url!r} (from {origin}) is Camunda SaaS's, but base_url {base_url} is not:"
            " the secret would go to a stranger. Pass the right token_url=."
        )
    if parts.scheme == "http" and not (allow_http or is_loopback(parts.hostname)):
        raise SettingsError(
            f"token_url {token_url!r} (from {origin}) would send the client secret unencrypted:"
            " use https, or allow_http=True if that network is safe."
        )
    audience = lookup.get("audience")
    if audience is None:
        audience = SAAS_AUDIENCE if saas else lookup.get("audience", "token_audience")
    return {"token_url": token_url, "audience": audience, "scope": lookup.get("scope")}


def _existing_file(setting: str, path: Any) -> str | None:
    if path is None:
        return None
    if not isinstance(path, (str, os.PathLike)):
        raise SettingsError(f"{setting} must be a path, not {type(path).__name__}.")
    if not Path(path).exists():
        raise SettingsError(f"{setting} {os.fspath(path)!r} does not exist.")
    return os.fspath(path)


def _client_certificate(cert: Any, lookup: SettingsLookup) -> str | tuple[str, str] | None:
    if cert is None and (cert_file := lookup.get("cert_file")):
        key_file = lookup.get("key_file")
        cert = (cert_file, key_file) if key_file else cert_file
    if isinstance(cert, (tuple, list)):
        if len(cert) != 2:
            raise SettingsError("cert must be one file with certificate and key, or a pair (certificate, key).")
        certificate, key = (_existing_file("cert", path) for path in cert)
        return certificate, key  # type: ignore[return-value]  # neither is None: the pair holds no None
    return _existing_file("cert", cert)


def _checked_proxies(proxies: Any) -> Mapping[str, str] | None:
    if proxies is None:
        return None
    if not isinstance(proxies, Mapping) or not all(
        isinstance(key, str) and isinstance(value, str) for key, value in proxies.items()
    ):
        raise SettingsError("proxies must be as in requests: {'https': 'http://proxy.example:3128'}.")
    return dict(proxies)


def _checked_timeout(timeout: Any) -> tuple[float, float]:
    pair = timeout if isinstance(timeout, (tuple, list)) else (timeout, timeout)
    if len(pair) != 2 or not all(
        isinstance(part, (int, float)) and not isinstance(part, bool) and part > 0 for part in pair
    ):
        raise SettingsError(
            f"timeout={timeout!r} is not usable: seconds above 0, or a pair (to connect, to wait for an answer)."
        )
    return float(pair[0]), float(pair[1])


def _listed(names: Any) -> str:
    return ", ".join(names)
