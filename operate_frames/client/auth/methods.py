"""The ways to sign in, a table: everything that the package knows of one stands in its row.

What settings it needs and what they are called in the environment, which of them is secret, what a form asks, what
signs requests, what to do about a refusal. A new way is a row here, and a class or function that signs; and an
argument of `connect`. Contract ``operate-v1.md`` section 6, ``camunda-v2.md`` sections 2.2 to 2.4.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from operate_frames.client.auth.cookie import CookieAuth
from operate_frames.client.auth.oauth import oauth, token_service_settings
from operate_frames.client.auth.static import basic, bearer, no_auth

if TYPE_CHECKING:
    from operate_frames.client.auth.signer import Signer
    from operate_frames.client.config.sources import SettingsLookup
    from operate_frames.client.retry import RetryPolicy
    from operate_frames.client.session import HttpSession

__all__ = ["CREDENTIALS", "METHODS", "AuthKind", "Line", "Method"]

AuthKind = Literal["oauth", "cookie", "basic", "bearer", "none"]


@dataclass(frozen=True)
class Line:
    """A line of a form; `example` is shown while it is empty."""

    label: str
    example: str = ""
    needed: bool = True


@dataclass(frozen=True)
class Method:
    """One way to sign in.

    Attributes
    ----------
    signer : callable
        Makes of a session and a retry policy what signs its requests.
    who : str
        Whom messages name, with the settings in braces.
    needs : tuple of str
        The settings that it cannot do without.
    takes : tuple of str
        The settings that only it uses beside those.
    complete : callable, optional
        Finds and checks what `takes` names: ``complete(lookup, base_url, allow_http)``.
    environment : mapping
        Names in the environment by setting, the first one found wins; ``<method>_<setting>`` where several methods
        have a setting of that name.
    secret : str, optional
        Which setting nobody may see.
    lines : mapping
        How a form asks for its settings.
    servers : mapping
        The kinds of server that a form offers for it: name, title and settings but for the secret.
    when_refused, when_csrf : str
        What to do about a 401, and about a 403 for want of a CSRF token, with the settings in braces.
    renewal : str, optional
        What happens when the sign-in ends.
    keeps_cookies : bool
        Whether the session's cookies are part of it.
    """

    signer: Callable[[HttpSession, RetryPolicy], Signer]
    who: str
    when_refused: str
    when_csrf: str = "a proxy may drop the header Authorization"
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    complete: Callable[[SettingsLookup, str, bool], Mapping[str, Any]] | None = None
    environment: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    secret: str | None = None
    lines: Mapping[str, Line] = field(default_factory=dict)
    servers: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    renewal: str | None = None
    keeps_cookies: bool = False

    @property
    def settings(self) -> tuple[str, ...]:
        """All settings that it uses."""
        return (*self.needs, *self.takes)


_WANTS_SIGN_IN = "the server wants a sign-in: give client_id and client_secret, or username and password"
_NO_BASIC = "Operate up to 8.7 takes no basic login: use auth='cookie'"

# Where credentials say nothing else, the first method whose settings they are is meant.
METHODS: dict[AuthKind, Method] = {
    "oauth": Method(
        signer=oauth,
        who="client {client_id}",
        needs=("client_id", "client_secret"),
        takes=("token_url", "audience", "scope", "client_auth"),
        complete=token_service_settings,
        environment={
            "client_id": ("ZEEBE_CLIENT_ID", "CAMUNDA_CLIENT_ID", "CAMUNDA_CLIENT_AUTH_CLIENTID"),
            "client_secret": ("ZEEBE_CLIENT_SECRET", "CAMUNDA_CLIENT_SECRET", "CAMUNDA_CLIENT_AUTH_CLIENTSECRET"),
            "token_url": (
                "ZEEBE_AUTHORIZATION_SERVER_URL",
                "CAMUNDA_AUTHORIZATION_SERVER_URL",
                "CAMUNDA_OAUTH_URL",
                "CAMUNDA_CLIENT_AUTH_TOKENURL",
            ),
            "audience": ("CAMUNDA_OPERATE_OAUTH_AUDIENCE", "CAMUNDA_CLIENT_OPERATE_AUDIENCE"),
            "token_audience": ("CAMUNDA_TOKEN_AUDIENCE", "CAMUNDA_CLIENT_AUTH_AUDIENCE"),
            "zeebe_audience": ("ZEEBE_TOKEN_AUDIENCE", "CAMUNDA_ZEEBE_OAUTH_AUDIENCE"),
            "scope": ("CAMUNDA_TOKEN_SCOPE", "ZEEBE_TOKEN_SCOPE", "CAMUNDA_CLIENT_AUTH_SCOPE"),
        },
        secret="client_secret",  # noqa: S106 - its name
        lines={
            "token_url": Line("Token URL", "https://.../protocol/openid-connect/token"),
            "audience": Line("Audience (if the token service wants one)", "operate-api", needed=False),
            "scope": Line("Scope (if the token service wants one)", needed=False),
            "client_id": Line("Client id"),
            "client_secret": Line("Client secret"),
        },
        servers={
            "saas": ("Camunda SaaS", ("region", "cluster_id", "client_id")),
            "oauth": (
                "Self-Managed with Identity or another OAuth2 service",
                ("base_url", "token_url", "audience", "scope", "client_id"),
            ),
        },
        when_refused="check {token_url} and {audience}: the token was refused although it is new",
        renewal="renews itself",
    ),
    "cookie": Method(
        signer=CookieAuth,
        who="user {username}",
        needs=("username", "password"),
        environment={
            "cookie_username": ("CAMUNDA_COOKIE_AUTH_USERNAME",),
            "cookie_password": ("CAMUNDA_COOKIE_AUTH_PASSWORD",),
        },
        secret="password",  # noqa: S106 - its name
        lines={"username": Line("User name"), "password": Line("Password")},
        servers={"user": ("User name and password", ("base_url", "username"))},
        when_refused="check {username}: the login worked, but its session is not accepted",
        when_csrf=(
            "the CSRF token of the login was not accepted; does a proxy drop the header X-CSRF-TOKEN or the cookies?"
        ),
        renewal="renews itself",
        keeps_cookies=True,
    ),
    "basic": Method(
        signer=basic,
        who="user {username}",
        needs=("username", "password"),
        environment={
            "basic_username": ("CAMUNDA_BASIC_AUTH_USERNAME", "CAMUNDA_CLIENT_AUTH_USERNAME"),
            "basic_password": ("CAMUNDA_BASIC_AUTH_PASSWORD", "CAMUNDA_CLIENT_AUTH_PASSWORD"),
        },
        secret="password",  # noqa: S106 - its name
        when_refused=f"check {{username}} and {{password}}; {_NO_BASIC}",
        when_csrf=_NO_BASIC,
    ),
    "bearer": Method(
        signer=bearer,
        who="a bearer token",
        needs=("token",),
        environment={"token": ("CAMUNDA_OAUTH_TOKEN",)},
        secret="token",  # noqa: S106 - its name
        lines={"token": Line("Token")},
        servers={"token": ("A token that you have", ("base_url",))},
        when_refused="get a new token; {token} may have expired or be meant for another API",
        renewal="not renewed when it ends",
    ),
    "none": Method(
        signer=no_auth,
        who="nobody (no sign-in)",
        servers={"open": ("Open server, without sign-in", ("base_url",))},
        when_refused=_WANTS_SIGN_IN,
        when_csrf=_WANTS_SIGN_IN,
    ),
}

# All settings that any way to sign in uses.
CREDENTIALS = tuple(dict.fromkeys(setting for method in METHODS.values() for setting in method.settings))
