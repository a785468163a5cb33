"""What the environment says of a server and of who signs in, read the plain way: it uses nothing of the package.

Names and rules are written down once more on purpose: were they the package's, both would be wrong together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from requests.utils import get_environ_proxies, prepend_scheme_if_needed, select_proxy

# The first name that holds something wins.
NAMES = {
    "auth": ("CAMUNDA_AUTH_STRATEGY",),
    "base_url": ("CAMUNDA_OPERATE_BASE_URL",),
    "region": ("CAMUNDA_CLUSTER_REGION",),
    "cluster_id": ("CAMUNDA_CLUSTER_ID",),
    "rest_address": ("CAMUNDA_REST_ADDRESS", "ZEEBE_REST_ADDRESS"),
    "client_id": ("ZEEBE_CLIENT_ID", "CAMUNDA_CLIENT_ID", "CAMUNDA_CLIENT_AUTH_CLIENTID"),
    "client_secret": ("ZEEBE_CLIENT_SECRET", "CAMUNDA_CLIENT_SECRET", "CAMUNDA_CLIENT_AUTH_CLIENTSECRET"),
    "token_url": ("ZEEBE_AUTHORIZATION_SERVER_URL", "CAMUNDA_OAUTH_URL"),
    "audience": ("CAMUNDA_OPERATE_OAUTH_AUDIENCE",),
    "token_audience": ("CAMUNDA_TOKEN_AUDIENCE",),
    "scope": ("CAMUNDA_TOKEN_SCOPE",),
    "cookie_username": ("CAMUNDA_COOKIE_AUTH_USERNAME",),
    "cookie_password": ("CAMUNDA_COOKIE_AUTH_PASSWORD",),
    "basic_username": ("CAMUNDA_BASIC_AUTH_USERNAME",),
    "basic_password": ("CAMUNDA_BASIC_AUTH_PASSWORD",),
    "token": ("CAMUNDA_OAUTH_TOKEN",),
    "ca": ("CAMUNDA_CUSTOM_ROOT_CERT_PATH", "CAMUNDA_MTLS_CA_PATH"),
    "cert": ("CAMUNDA_MTLS_CERT_PATH",),
    "key": ("CAMUNDA_MTLS_KEY_PATH",),
}
CREDENTIALS = {
    "oauth": ("client_id", "client_secret"),
    "cookie": ("cookie_username", "cookie_password"),
    "basic": ("basic_username", "basic_password"),
    "bearer": ("token",),
    "none": (),
}
_SAAS_REST_ADDRESS = re.compile(r"https://([a-z0-9-]+)\.(?:zeebe|api)\.camunda\.io(?::443)?/([A-Za-z0-9-]+)")
_THIS_MACHINE = re.compile(r"localhost|::1|127(\.\d+){3}")


class NotNamed(Exception):
    """The environment does not say what it takes; the text is a sentence for the one who gave ``--live``."""


@dataclass(frozen=True)
class NamedServer:
    """A server as the environment names it.

    Attributes
    ----------
    base_url
        Operate's address, without what users paste along.
    auth
        ``oauth``, ``cookie``, ``basic``, ``bearer`` or ``none``.
    given
        Everything else, by the words of ``NAMES``.
    """

    base_url: str
    auth: str
    given: Mapping[str, str] = field(repr=False)

    @property
    def token_url(self) -> str | None:
        """The token service; SaaS's own where none is given for a cluster there."""
        ours = "https://login.cloud.camunda.io/oauth/token" if _is_saas(self.base_url) else None
        return self.given.get("token_url", ours) if self.auth == "oauth" else None

    @property
    def audience(self) -> str | None:
        """What the token is to be good for."""
        other = "operate.camunda.io" if _is_saas(self.base_url) else self.given.get("token_audience")
        return self.given.get("audience", other)

    @property
    def hosts(self) -> list[str]:
        """The hosts that requests go to: the server and the token service, or the proxies on the way to them."""
        urls = [self.base_url, *([self.token_url] if self.token_url else [])]
        ways = [select_proxy(url, get_environ_proxies(url)) or url for url in urls]
        return sorted({str(urlsplit(prepend_scheme_if_needed(way, "http")).hostname) for way in ways})


def server_named_in(environment: Mapping[str, str]) -> NamedServer:
    """Read the server and the way to sign in from an environment.

    Raises
    ------
    NotNamed
        Something is missing, or a secret would go where it should not.
    """
    given = {
        setting: value
        for setting, names in NAMES.items()
        if (value := next(filter(None, (environment.get(name, "").strip() for name in names)), ""))
    }
    server = NamedServer(_base_url(given), _auth(given), given)
    for setting in CREDENTIALS[server.auth]:
        if setting not in given:
            raise NotNamed(f"--live signs in by {server.auth}: set {' or '.join(NAMES[setting])} in the environment.")
    if server.auth == "oauth":
        _check_token_url(server)
    return server


def _base_url(given: Mapping[str, str]) -> str:
    if "base_url" in given:
        return re.sub(r"/v[12]$", "", given["base_url"].rstrip("/")).rstrip("/")
    if "region" in given and "cluster_id" in given:
        return f"https://{given['region']}.operate.camunda.io/{given['cluster_id']}"
    saas = _SAAS_REST_ADDRESS.match(given.get("rest_address", ""))
    if saas:
        return f"https://{saas[1]}.operate.camunda.io/{saas[2]}"
    if "rest_address" in given:
        return re.sub(r"/v[12]$", "", given["rest_address"].rstrip("/")).rstrip("/")
    raise NotNamed(
        "--live needs a server: set CAMUNDA_OPERATE_BASE_URL, or CAMUNDA_CLUSTER_REGION and CAMUNDA_CLUSTER_ID, and"
        " the credentials that connect() reads from the environment (see tests/live/README.md)."
    )


def _auth(given: Mapping[str, str]) -> str:
    if "auth" in given:
        stated = given["auth"].lower()
        if stated not in CREDENTIALS:
            raise NotNamed(f"--live knows no CAMUNDA_AUTH_STRATEGY {stated!r}: use one of {', '.join(CREDENTIALS)}.")
        return stated
    implied = [auth for auth, settings in CREDENTIALS.items() if any(setting in given for setting in settings)]
    if len(implied) != 1:
        found = " and ".join(implied) or "no"
        raise NotNamed(
            f"--live finds {found} credentials in the environment: set those of one way to sign in,"
            " or say which with CAMUNDA_AUTH_STRATEGY."
        )
    return implied[0]


def _check_token_url(server: NamedServer) -> None:
    if server.token_url is None:
        raise NotNamed(f"--live signs in by oauth: set {' or '.join(NAMES['token_url'])} in the environment.")
    url = urlsplit(server.token_url)
    if _is_saas(server.token_url) and not _is_saas(server.base_url):
        raise NotNamed("--live sends no secret to SaaS's token service for a server that is not there.")
    if url.scheme != "https" and not _THIS_MACHINE.fullmatch(url.hostname or ""):
        raise NotNamed("--live sends no secret over plain http to another machine: the token URL must be https.")


def _is_saas(url: str) -> bool:
    return (urlsplit(url).hostname or "").endswith(".camunda.io")
