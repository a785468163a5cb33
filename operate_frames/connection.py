"""`connect()`: settings to a server that answers, and `Operate`, the connection to it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import TracebackType
from typing import Any, NoReturn, final
from urllib.parse import urlsplit

import requests

from operate_frames.api import v1
from operate_frames.errors import ConnectionFailed, NotOperate, SettingsError, WrongType
from operate_frames.patience import AT_FIRST_CONTACT
from operate_frames.reports import Report
from operate_frames.resources import RESOURCES
from operate_frames.secret import Masked, Secret
from operate_frames.settings import AuthKind, Settings, resolve
from operate_frames.transport import Transport
from operate_frames.wire import Wire

__all__ = ["Operate", "chosen", "connect"]

_current: Operate | None = None


@final
class Operate:
    """A connection to one server, as `connect` gives it.

    It closes its sockets at `close`, or at the end of a ``with`` block. It cannot be pickled: it holds
    secrets and sockets; call `connect` in the other process.

    Attributes
    ----------
    settings : Settings
        Where and as whom it is connected; secrets in it show as ``***``.
    last_report : Report or None
        What the last read found out about itself.
    """

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.settings: Settings = transport.settings
        self.last_report: Report | None = None

    def close(self) -> None:
        """Close the connection; readers no longer use it by themselves."""
        global _current
        if _current is self:
            _current = None
        self.transport.close()

    def __enter__(self) -> Operate:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        host = urlsplit(self.settings.base_url).netloc
        return f"<Operate at {host}, {self.settings.who}, {self.settings.auth}, API v1>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("An Operate cannot be pickled or copied, it holds secrets and sockets: call connect() there.")


def connect(
    base_url: str | None = None,
    *,
    auth: AuthKind | None = None,
    client_id: str | None = None,
    client_secret: str | None = None,
    token_url: str | None = None,
    audience: str | None = None,
    scope: str | None = None,
    region: str | None = None,
    cluster_id: str | None = None,
    username: str | None = None,
    password: str | None = None,
    token: str | None = None,
    ca: str | os.PathLike[str] | None = None,
    cert: str | tuple[str, str] | None = None,
    proxies: Mapping[str, str] | None = None,
    session: requests.Session | None = None,
    timeout: tuple[float, float] | float = (10, 60),
    allow_http: bool = False,
    env_file: str | os.PathLike[str] | None = None,
) -> Operate:
    """Sign in to Operate and make that connection the one that readers use.

    What is not given is looked up in the environment (``ZEEBE_CLIENT_ID``, ``CAMUNDA_OPERATE_BASE_URL``
    and so on: see the README), then in `env_file`. The server is asked once, so that a wrong setting shows
    here and not in the middle of a read.

    Parameters
    ----------
    base_url : str, optional
        Where Operate is, such as ``http://localhost:8080``; a trailing ``/``, ``/v1`` or ``/operate`` and
        a context path do no harm. Left out for SaaS, where `region` and `cluster_id` say it.
    auth : {"oauth", "cookie", "basic", "bearer", "none"}, optional
        How to sign in; by default what the credentials imply: client id and secret mean ``oauth``, user name
        and password ``cookie``, a token ``bearer``.
    client_id, client_secret : str, optional
        OAuth2 client credentials.
    token_url : str, optional
        The token service; needed for Self-Managed, known for SaaS.
    audience, scope : str, optional
        Sent to the token service as given. SaaS: ``operate.camunda.io``.
    region, cluster_id : str, optional
        The SaaS cluster.
    username, password : str, optional
        For cookie and basic login.
    token : str, optional
        A ready bearer token. It is not renewed.
    ca : path, optional
        Certificate authorities to trust, a PEM file or folder, in the place of the usual ones.
    cert : path or pair of paths, optional
        A client certificate, with its key in the same file or in a second one.
    proxies : mapping, optional
        As in requests, such as ``{"https": "http://proxy.example:3128"}``.
    session : requests.Session, optional
        Your own, with its adapters and settings. It is not closed.
    timeout : float or pair of float
        Seconds to wait for a connection and for an answer.
    allow_http : bool
        Let the secret go to a token URL that is plain http on another machine.
    env_file : path, optional
        The credentials file that Camunda's console gives to download.

    Returns
    -------
    Operate
        A context manager; `Operate.close` ends it.

    Raises
    ------
    SettingsError
        Something is missing, half given or malformed. Nothing was sent.
    ConnectionFailed
        No answer: `HostUnknown`, `ConnectionRefused`, `TlsFailed`, `ProxyFailed`, `TimedOut`, `ConnectionBroken`.
    SignInFailed
        `CredentialsRejected`, `AudienceRejected`, `CsrfRejected` or `PermissionMissing`.
    NotOperate
        Something else answers at the base URL.
    AnswerFailed
        Operate answered, but cannot serve; `ServerBusy` after some attempts.

    Notes
    -----
    Signing in: contract ``operate-v1.md`` section 6. A secret goes to the token URL or base URL that was
    named and nowhere else: redirects are not followed, ``~/.netrc`` is not read.

    Examples
    --------
    >>> import operate_frames as of
    >>> from operate_frames.sandbox import serve
    >>> with serve() as server:
    ...     operate = of.connect(server.base_url, username=server.username, password=server.password)
    ...     len(of.read_definitions()) > 0
    True
    """
    client_secret, password, token = _hidden(client_secret), _hidden(password), _hidden(token)
    settings = resolve(
        arguments={
            "base_url": base_url,
            "auth": auth,
            "client_id": client_id,
            "client_secret": client_secret,
            "token_url": token_url,
            "audience": audience,
            "scope": scope,
            "region": region,
            "cluster_id": cluster_id,
            "username": username,
            "password": password,
            "token": token,
            "ca": ca,
        },
        env_file=env_file,
        allow_http=allow_http,
        timeout=timeout,
        proxies=proxies,
        cert=cert,
    )
    if session is not None and not isinstance(session, requests.Session):
        raise SettingsError(f"session must be a requests.Session, not {type(session).__name__}.")
    global _current
    _current = _signed_in(settings, session)
    return _current


def chosen(operate: object) -> Operate:
    """Check the argument that readers take; without one give the connection made last, or one from the environment."""
    if operate is None:
        return _current if _current is not None else connect()
    if not isinstance(operate, Operate):
        raise WrongType(f"operate takes what connect() gives, not {type(operate).__name__}.")
    return operate


def _hidden(secret: Any) -> Any:
    """Wrap a secret before any frame, and so any traceback that shows locals, can hold it bare."""
    return Secret(secret) if isinstance(secret, str) else secret


def _signed_in(settings: Settings, session: requests.Session | None) -> Operate:
    """Try the base URL as it is given, and with and without the web application's ``/operate``."""
    given = settings.base_url
    other = given.removesuffix("/operate") if given.endswith("/operate") else f"{given}/operate"
    try:
        return _verified(settings, session)
    except NotOperate as error:
        not_there = error
    try:
        return _verified(settings.at(other), session)
    except NotOperate:
        if _is_zeebe_gateway(settings, session):
            raise NotOperate(
                f"{given} is a Zeebe gateway, which has no Operate API: {settings.named('base_url')} must be Operate's"
                " address, another host or port."
            ) from None
        raise not_there from None


def _is_zeebe_gateway(settings: Settings, session: requests.Session | None) -> bool:
    """Whether what answers there tells of brokers; asked without credentials."""
    wire = Wire(settings, session)
    try:
        answers = [wire.send("GET", f"/{version}/topology", headers=Masked()) for version in ("v2", "v1")]
    except ConnectionFailed:
        return False
    finally:
        wire.close()
    return any(answer.status == 200 and b'"brokers"' in answer.content for answer in answers)


def _verified(settings: Settings, session: requests.Session | None) -> Operate:
    """Ask for one definition: that tells every cause of failure apart and costs next to nothing."""
    definitions = RESOURCES["process_definitions"]
    transport = Transport(Wire(settings, session))
    try:
        content = transport.post(v1.path(definitions), v1.PROBE, troubles=AT_FIRST_CONTACT)
        v1.read_page(definitions, content)
    except BaseException:
        transport.close()
        raise
    return Operate(transport)
