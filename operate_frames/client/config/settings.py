"""Where to connect and as whom, checked and complete.

Nothing here touches the network. Rules: contract ``operate-v1.md`` sections 1.1 and 6, ``camunda-v2.md`` sections
2.2 to 2.4.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from operate_frames.client.auth.methods import CREDENTIALS, METHODS, AuthKind, Method
from operate_frames.client.config.certificates import checked_authorities, checked_certificate
from operate_frames.client.config.sources import ENVIRONMENT, SettingsLookup, Source
from operate_frames.client.config.urls import checked_base_url, operate_in_saas, saas_cluster
from operate_frames.errors import SettingsError
from operate_frames.query.describe import describe_value

__all__ = ["Settings", "check_way", "implied_methods", "resolve"]

# A region or cluster id becomes part of a host name and a path: anything else could name another host.
_HOST_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\Z")
# Camunda's regions are airports with a number; such as these stand beside them in the console.
_ANOTHER_CLOUDS_REGION = re.compile(r"[a-z]{2,}-[a-z]+-?\d+[a-z]?\Z")
# Seconds: sockets take no more than some weeks.
_LONGEST = 1_000_000


@dataclass(frozen=True)
class Settings:
    """Everything that is needed to sign in, checked and complete.

    What `credentials` holds is an attribute too, such as ``settings.client_id``; None where the way to sign in has no
    use for it.
    """

    auth: AuthKind
    base_url: str
    credentials: Mapping[str, Any] = field(default_factory=dict)
    ca: tuple[str, ...] | None = None
    cert: str | tuple[str, str] | None = None
    proxies: Mapping[str, str] | None = field(default=None, repr=False)
    timeout: tuple[float, float] = (10, 60)
    rest_address: str | None = None
    origins: Mapping[str, str] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        if name in CREDENTIALS:
            return self.credentials.get(name)
        raise AttributeError(f"Settings have no {name!r}.")

    @property
    def method(self) -> Method:
        """The way to sign in."""
        return METHODS[self.auth]

    @property
    def who(self) -> str:
        """The client or user signed in as, in words."""
        return self.method.who.format_map(self.credentials)

    def named(self, setting: str) -> str:
        """Name a setting for a message, with where its value came from."""
        origin = self.origins.get(setting, "the default")
        return f"{setting} (from {origin})"

    @property
    def saas(self) -> tuple[str, str] | None:
        """Region and cluster id, where it is one of SaaS."""
        return saas_cluster(self.base_url)

    @property
    def for_operate(self) -> tuple[Settings, ...]:
        """The same for Operate's own audience, and for the one that may do where that is refused."""
        second = self.credentials.get("second_audience")
        return (self, self._for_audience(second)) if second else (self,)

    @property
    def for_cluster(self) -> Settings:
        """The same for the audience of the cluster's own API."""
        return self._for_audience(self.credentials.get("cluster_audience"))

    def _for_audience(self, audience: str | None) -> Settings:
        return replace(self, credentials={**self.credentials, "audience": audience}) if audience else self

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
    _refuse_unused(lookup.sources[0], auth)
    base_url, rest_address = _addresses(lookup)
    method = METHODS[auth]
    credentials = {setting: _credential(lookup, auth, setting) for setting in method.needs}
    if method.complete is not None:
        credentials |= method.complete(lookup, base_url, allow_http)
    return Settings(
        auth,
        base_url,
        credentials,
        ca=checked_authorities(lookup.get("ca")),
        cert=_client_certificate(cert, lookup),
        proxies=_checked_proxies(proxies),
        timeout=_checked_timeout(timeout),
        rest_address=rest_address,
        origins=lookup.origins,
    )


def check_way(ca: Any, timeout: Any, proxies: Any, cert: Any = None) -> None:
    """Check how the network is to be reached, where nothing says yet which server.

    Raises
    ------
    SettingsError
        As `resolve` would raise it.
    """
    checked_authorities(ca)
    checked_certificate(cert)
    _checked_proxies(proxies)
    _checked_timeout(timeout)


def _auth_kind(lookup: SettingsLookup) -> AuthKind:
    """What the nearest source says or implies: its strategy, else the credentials that it holds."""
    for source in lookup.sources:
        stated = source.values.get("auth")
        implied = implied_methods(source)
        if stated:
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
        f" {lookup.spelled('client_id', 'cookie_username', 'basic_username')}.{lookup.unread()}"
    )


def implied_methods(source: Source) -> list[AuthKind]:
    """The methods whose settings a source holds; plain user names are those of the first method that has them."""
    implied: list[AuthKind] = []
    taken: set[str] = set()
    for auth, method in METHODS.items():
        names = {*method.needs} - taken | {f"{auth}_{name}" for name in method.needs}
        taken |= {*method.needs}
        if names & source.values.keys():
            implied.append(auth)
    return implied


def _refuse_unused(arguments: Source, auth: AuthKind) -> None:
    for name in arguments.values:
        if name in CREDENTIALS and name not in METHODS[auth].settings:
            raise SettingsError(f"{name} has no use with auth={auth!r}: leave one of the two out.")


def _credential(lookup: SettingsLookup, auth: AuthKind, setting: str) -> Any:
    value = lookup.get(setting, f"{auth}_{setting}")
    if value is None:
        other = [name for name in METHODS[auth].needs if name != setting and lookup.get(name, f"{auth}_{name}")]
        spelled = ENVIRONMENT.get(setting) or ENVIRONMENT.get(f"{auth}_{setting}", ())
        half = (
            f"Half of the credentials: {other[0]} is given (from {lookup.origins[other[0]]}), but not "
            if other
            else f"auth={auth!r} needs "
        )
        raise SettingsError(
            f"{half}{setting}: pass {setting}= or set {' or '.join(spelled)} in the environment.{lookup.unread()}"
        )
    return value


def _addresses(lookup: SettingsLookup) -> tuple[str, str | None]:
    """Those of the nearest source that has one: a base URL, or a region and a cluster id, and a REST address."""
    for source in lookup.sources:
        region_or_cluster = "region" in source.values or "cluster_id" in source.values
        rest_address = None
        if "rest_address" in source.values:
            rest_address = checked_base_url(source.values["rest_address"], source.origin("rest_address"))
        if "base_url" in source.values:
            if region_or_cluster and source is lookup.sources[0]:
                raise SettingsError("Give base_url, or region and cluster_id, but not both.")
            lookup.origins["base_url"] = source.origin("base_url")
            return checked_base_url(source.values["base_url"], lookup.origins["base_url"]), rest_address
        if region_or_cluster:
            return _saas_base_url(lookup), rest_address
        if rest_address is not None:
            lookup.origins["base_url"] = source.origin("rest_address")
            saas = saas_cluster(rest_address)
            return rest_address if saas is None else operate_in_saas(*saas), rest_address
    raise SettingsError(
        "No server found: give base_url (such as 'http://localhost:8080'), or region and cluster_id for SaaS."
        f" Also looked in the environment for {lookup.spelled('base_url', 'region')}.{lookup.unread()}"
    )


def _saas_base_url(lookup: SettingsLookup) -> str:
    values = {}
    for setting in ("region", "cluster_id"):
        value = lookup.get(setting)
        if value is None:
            raise SettingsError(
                f"Only one of region and cluster_id is given: {setting} is missing;"
                f" pass {setting}= or set {ENVIRONMENT[setting][0]} in the environment.{lookup.unread()}"
            )
        if not _HOST_LABEL.match(value):
            raise SettingsError(
                f"{setting}={value!r} cannot be right: letters, digits and dashes only, as Camunda's console shows it."
            )
        values[setting] = value
    if _ANOTHER_CLOUDS_REGION.match(values["region"]):
        raise SettingsError(
            f"region={values['region']!r} is a region of Google's or Amazon's (from {lookup.origins['region']});"
            " Camunda has names of its own, such as 'bru-2': its console shows the cluster's."
        )
    lookup.origins["base_url"] = f"{lookup.origins['region']} and {lookup.origins['cluster_id']}"
    return operate_in_saas(values["region"], values["cluster_id"])


def _client_certificate(cert: Any, lookup: SettingsLookup) -> str | tuple[str, str] | None:
    if cert is None and (cert_file := lookup.get("cert_file")):
        key_file = lookup.get("key_file")
        cert = (cert_file, key_file) if key_file else cert_file
    return checked_certificate(cert)


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
        isinstance(part, (int, float)) and not isinstance(part, bool) and 0 < part <= _LONGEST for part in pair
    ):
        raise SettingsError(
            f"timeout takes seconds, above 0 and up to {_LONGEST:,}, or a pair (to connect, to wait for an answer), not"
            f" {describe_value(timeout)}."
        )
    return float(pair[0]), float(pair[1])
