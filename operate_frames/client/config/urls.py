"""URLs as users give them, checked; and the addresses of Camunda's SaaS."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from operate_frames.errors import SettingsError

__all__ = [
    "SAAS_AUDIENCE",
    "SAAS_TOKEN_URL",
    "ZEEBE_AUDIENCE",
    "checked_base_url",
    "cluster_in_saas",
    "is_loopback",
    "is_saas_host",
    "operate_in_saas",
    "saas_cluster",
    "split_url",
]

SAAS_TOKEN_URL = "https://login.cloud.camunda.io/oauth/token"  # noqa: S105 - an address
SAAS_AUDIENCE = "operate.camunda.io"
ZEEBE_AUDIENCE = "zeebe.camunda.io"
_SAAS_ADDRESS = re.compile(
    r"https://(?P<region>[a-z0-9-]+)\.(?:zeebe|api|operate)\.camunda\.io(?::443)?/(?P<cluster_id>[A-Za-z0-9-]+)"
)
# Pages of Operate's web application, whose addresses are copied from a browser with what stands behind them.
_PAGE = re.compile(r"/(?:processes|instances|decisions|login)(?:/\d+)?$")


def saas_cluster(address: str) -> tuple[str, str] | None:
    """Region and cluster id of an address in SaaS; None for any other address."""
    saas = _SAAS_ADDRESS.match(address)
    return (saas["region"], saas["cluster_id"]) if saas else None


def operate_in_saas(region: str, cluster_id: str) -> str:
    """Operate's address in SaaS: contract ``operate-v1.md`` section 1.1."""
    return f"https://{region}.operate.camunda.io/{cluster_id}"


def cluster_in_saas(region: str, cluster_id: str) -> tuple[str, ...]:
    """The cluster's own addresses in SaaS, from 8.9 on and up to 8.8: contract ``camunda-v2.md`` section 2.2."""
    return f"https://{region}.api.camunda.io/{cluster_id}", f"https://{region}.zeebe.camunda.io/{cluster_id}"


def checked_base_url(text: str, origin: str) -> str:
    """Check a base URL and cut what users paste along: a trailing slash, the API's version, a page."""
    text = text.strip()
    parts = split_url(text, origin)
    parts = parts._replace(path=re.sub(r"/v[12](/[\w-]+/search)?$", "", parts.path.rstrip("/")))
    if (page := _PAGE.search(parts.path)) is not None:
        parts = parts._replace(path=parts.path[: page.start()], query="", fragment="")
    if parts.query or parts.fragment:
        raise SettingsError(f"base_url {text!r} (from {origin}) goes on behind '?' or '#': cut that off.")
    if is_saas_host(parts.hostname) and parts.scheme != "https":
        raise SettingsError(f"base_url {text!r} (from {origin}) must start with https:// for Camunda SaaS.")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def split_url(text: str, origin: str) -> Any:
    """Split a URL that must be absolute http or https, without a user in it."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        why = "is the port a number?" if "port" in str(error).lower() else "an IPv6 address stands in brackets: [::1]."
        raise SettingsError(f"The URL from {origin} cannot be read: {why}") from None
    if "@" in parts.netloc:
        raise SettingsError(f"The URL from {origin} holds a user or password: give those as username= and password=.")
    if parts.scheme not in ("http", "https") or not host:
        raise SettingsError(
            f"{text!r} (from {origin}) is not an http or https URL: write it in full, such as 'http://localhost:8080'."
        )
    return parts


def is_saas_host(host: str | None) -> bool:
    """Whether a host is Camunda's own."""
    return host is not None and host.endswith(".camunda.io")


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address is this machine."""
    if host is None:
        return False
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
