"""One attempt over HTTP: the session, TLS, proxies, time-outs.

The only door to the network; `operate_frames.client.auth.token_service` borrows the session that it dresses.
"""

from __future__ import annotations

import platform
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

import requests
import urllib3.exceptions
import urllib3.util
from requests.adapters import HTTPAdapter
from requests.utils import select_proxy

from operate_frames._version import __version__
from operate_frames.client.config.certificates import only_path, trusting
from operate_frames.client.config.secret import Masked
from operate_frames.client.failures import FAILURES, connection_error
from operate_frames.errors import HostUnknown, SettingsError

if TYPE_CHECKING:
    from operate_frames.client.config.settings import Settings

__all__ = ["USER_AGENT", "HttpSession", "Response", "addresses_of"]

USER_AGENT = f"operate-frames/{__version__} python/{platform.python_version()} requests/{requests.__version__}"

# One pool for all the connections that side-by-side reads may want later; idle ones cost nothing.
_POOL_SIZE = 32
# What Python raises by itself of chunks, or of a redirect's address, that cannot be read.
_UNREADABLE = (HTTPException, ValueError)
# requests takes an answer in pieces of 10 KB unless told otherwise, thirty for a page.
_PIECE = 1 << 20


class _SentAsBuilt(requests.auth.AuthBase):
    """Keeps requests from putting a login of ~/.netrc in the place of our own headers."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


@dataclass(frozen=True)
class Response:
    """What came back, whole."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)

    @property
    def retry_after(self) -> float | None:
        """The seconds to wait that the server asks for, which may give a date; None where it says nothing usable."""
        text = self.headers.get("Retry-After")
        try:
            return urllib3.util.Retry().parse_retry_after(text) if text else None
        except (urllib3.exceptions.InvalidHeader, ValueError, OverflowError):  # thousands of digits, the year 10000
            return None

    @property
    def asks_to_wait(self) -> str:
        """The same in words that go on a sentence, empty where it says nothing."""
        return "" if self.retry_after is None else f": it asks to wait {self.retry_after:g} s"


class HttpSession:
    """Sends one request and gives the response, whatever its status.

    Parameters
    ----------
    settings : Settings
        Where to, with which certificates, proxies and time-outs.
    session : requests.Session, optional
        The user's own; it stays theirs and is not closed.
    """

    def __init__(self, settings: Settings, session: requests.Session | None = None) -> None:
        if session is not None:
            _check_session(session, settings)
        self.settings = settings
        self._owned = session is None
        self.requests_session = session if session is not None else _own_session(settings)
        # Proxies and certificates of the environment are looked up once: per request that takes requests
        # a quarter of its time.
        self._options = {url: self._options_for(url) for url in (settings.base_url, settings.token_url) if url}
        if self._owned:
            self.requests_session.trust_env = False
        self._requests: dict[str, tuple[Masked, requests.PreparedRequest]] = {}
        self._opening: list[threading.Thread] = []

    def send(self, method: str, path: str, *, headers: Masked, body: bytes | Masked | None = None) -> Response:
        """Send one request to a path below the base URL.

        Redirects are answers like any other: following one could carry a secret to another host.

        Raises
        ------
        ConnectionFailed
            The subclass says why no answer came.
        """
        settings = self.settings
        try:
            request = self._prepared(method, path, headers, body)
            options = self.options_for(settings.base_url)
            with self.requests_session.send(request, allow_redirects=False, stream=True, **options) as response:
                if response.status_code < 200:  # the answer proper comes behind it, for the next one who asks
                    response.raw.close()
                return Response(response.status_code, response.headers, b"".join(response.iter_content(_PIECE)))
        except (*FAILURES, *_UNREADABLE) as error:
            failure = connection_error(error, settings.base_url, settings.named("base_url"), settings.timeout)
        # Raised here and not above, so that no frame of requests with a header in it hangs on the error.
        raise failure

    def _prepared(
        self, method: str, path: str, headers: Masked, body: bytes | Masked | None
    ) -> requests.PreparedRequest:
        url = self.settings.base_url + path
        if self._owned:
            request = self._without_body(method, path, url, headers).copy()
            request.prepare_body(body, files=None)
            request.prepare_cookies(self.requests_session.cookies)
            return request
        # A session of the user's own may change between two requests, and may sign what it sends, body included.
        own = self.requests_session
        signs = None if own.auth else _SentAsBuilt()
        sent = {"Accept": "application/json", **self._user_agent(), **headers}
        return own.prepare_request(requests.Request(method, url, sent, data=body, auth=signs))

    def _without_body(self, method: str, path: str, url: str, headers: Masked) -> requests.PreparedRequest:
        """The request without body and cookies.

        That of a search is kept until the headers change: making it anew for each page would take requests a third of
        its time.
        """
        known = self._requests.get(path) if method == "POST" else None
        if known is None or known[0] != headers:
            sent = {"Accept": "application/json", **self._user_agent(), **headers}
            request = self.requests_session.prepare_request(requests.Request(method, url, sent, auth=_SentAsBuilt()))
            request.headers.pop("Cookie", None)
            known = headers, request
            if method == "POST":  # what is got by key is got once
                self._requests[path] = known
        return known[1]

    def _user_agent(self) -> dict[str, str]:
        """Ours, unless the user's own session has one."""
        theirs = str(self.requests_session.headers.get("User-Agent", ""))
        return {} if theirs and not theirs.startswith("python-requests/") else {"User-Agent": USER_AGENT}

    def dress(self, session: requests.Session) -> None:
        """Let another session go to the network as this one does: what the user's own brings goes to both."""
        own = self.requests_session
        session.adapters = own.adapters
        session.trust_env = own.trust_env
        if not self._owned:
            session.params, session.hooks, session.cookies = own.params, own.hooks, own.cookies
            session.headers.update(own.headers)
        session.headers.update(self._user_agent())

    def options_for(self, url: str) -> dict[str, Any]:
        """The options of requests that lead to one of the settings' addresses: proxies, certificates, time-outs."""
        return self._options[url]

    def open_ahead(self, count: int) -> None:
        """Open connections side by side, until so many stand, and wait for none: each costs a round trip or three.

        Not for a session of the user's own, nor through a proxy: these may count them.
        """
        url, options = self.settings.base_url, self.options_for(self.settings.base_url)
        adapter = self.requests_session.get_adapter(url)
        if not self._owned or not isinstance(adapter, HTTPAdapter) or select_proxy(url, options["proxies"]):
            return
        request = requests.Request("GET", url).prepare()
        # urllib3 has no public way to open one that sends nothing.
        pool: Any = adapter.get_connection_with_tls_context(request, options["verify"], cert=options["cert"])
        adapter.cert_verify(pool, url, options["verify"], options["cert"])  # type: ignore[no-untyped-call]
        self._opening = [each for each in self._opening if each.is_alive()]
        wanted = min(count, _POOL_SIZE) - len(self._opening)
        for connection in [pool._get_conn() for _ in range(wanted)]:  # noqa: SLF001
            if connection.sock is None:
                connection.timeout = self.settings.timeout[0]
                opening = threading.Thread(target=_open, args=(pool, connection), name="operate_frames opens")
                opening.daemon = True
                opening.start()
                self._opening.append(opening)
            else:
                pool._put_conn(connection)  # noqa: SLF001

    def after_fork(self) -> None:
        """Leave the sockets to the process that opened them: two that read from one get each other's answers."""
        for adapter in self.requests_session.adapters.values():
            if isinstance(adapter, HTTPAdapter):
                # As unpickled: with pools of its own, and without closing those of the other process.
                adapter.__setstate__(adapter.__getstate__())  # type: ignore[attr-defined]
        self.requests_session.cookies = self.requests_session.cookies.copy()  # another lock

    def close(self) -> None:
        """Close the connections, unless the session is the user's own."""
        if not self._owned:
            return
        for adapter in self.requests_session.adapters.values():
            if isinstance(adapter, HTTPAdapter):
                _close_pools(adapter)
        self.requests_session.close()

    def _options_for(self, url: str) -> dict[str, Any]:
        settings = self.settings
        file = only_path(settings.ca)
        merged = self.requests_session.merge_environment_settings(
            url, dict(settings.proxies or {}), None, file, settings.cert
        )
        if settings.ca is not None and file is None:
            merged["verify"] = True  # the adapter knows whom to trust
        return {name: merged[name] for name in ("proxies", "verify", "cert")} | {"timeout": settings.timeout}


def addresses_of(host: str) -> list[str]:
    """The addresses that a name stands for.

    Raises
    ------
    HostUnknown
        It stands for none.
    """
    try:
        return sorted({str(each[4][0]) for each in socket.getaddrinfo(host, None)})
    except (OSError, UnicodeError):
        raise HostUnknown(f"{host} is not known: check the spelling, or the network (VPN).") from None


def _open(pool: Any, connection: Any) -> None:
    """Open a connection of a pool; what cannot be opened the next request will tell of."""
    began = time.monotonic()
    try:
        connection.connect()
        if isinstance(connection.sock, ssl.SSLSocket):
            _take_tickets(connection.sock, time.monotonic() - began)
    except (*FAILURES, urllib3.exceptions.HTTPError, OSError):
        connection.close()
    finally:
        pool._put_conn(connection)  # noqa: SLF001


def _take_tickets(connection: ssl.SSLSocket, seconds: float) -> None:
    """Wait so long for the session tickets that servers send behind a handshake of TLS 1.3.

    To urllib3 a connection on which something waits to be read is one that the server has closed.

    Raises
    ------
    OSError
        The server has closed it, or says something else already.
    """
    connection.settimeout(seconds)
    try:
        connection.recv(1)
    except TimeoutError:
        return
    raise OSError("the server did not wait for a request")


class _Session(requests.Session):
    """One to which a redirect is an answer like any other, so that nobody reads where it leads."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: there is nothing to prepare."""


def _close_pools(adapter: HTTPAdapter) -> None:
    """Close idle sockets now: urllib3 leaves that to the garbage collector, for which a past error may keep a pool."""
    for manager in (adapter.poolmanager, *adapter.proxy_manager.values()):
        for key in manager.pools.keys():  # noqa: SIM118 - the container refuses to be iterated
            if (pool := manager.pools.get(key)) is not None:
                pool.close()


class _TrustingAdapter(HTTPAdapter):
    """Trusts what a TLS context trusts, in the place of a file of authorities."""

    def __init__(self, context: ssl.SSLContext, **options: Any) -> None:
        self._context = context
        super().__init__(**options)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **options)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        return super().proxy_manager_for(proxy, ssl_context=self._context, proxy_ssl_context=self._context, **options)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call]
        conn.ca_certs = conn.ca_cert_dir = None  # requests' own file would be trusted too


def _check_session(session: Any, settings: Settings) -> None:
    """Refuse what a session of the user's own and the settings both say."""
    if not isinstance(session, requests.Session):
        raise SettingsError(f"session must be a requests.Session, not {type(session).__name__}.")
    if settings.ca is not None and only_path(settings.ca) is None:
        raise SettingsError(
            f"ca={' and '.join(map(repr, settings.ca))} needs an adapter of its own, and session= brings yours: give"
            " one file as ca=, or mount an adapter on the session that trusts the right authorities."
        )
    if settings.auth == "none":
        return
    for what, there in (("auth", session.auth), ("headers['Authorization']", session.headers.get("Authorization"))):
        if there:
            raise SettingsError(
                f"Two ways to sign in: session.{what} and auth={settings.auth!r}. Pass auth='none' to let the session"
                f" sign its requests, or leave session.{what} out."
            )


def _own_session(settings: Settings) -> requests.Session:
    session = _Session()
    adapter = _adapter(settings)
    for prefix in ("https://", "http://"):
        session.mount(prefix, adapter)
    if not settings.method.keeps_cookies:
        # A session cookie beside a token would bring the CSRF check with it (contract 6.6).
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    return session


def _adapter(settings: Settings) -> HTTPAdapter:
    if settings.ca is None or only_path(settings.ca) is not None:
        return HTTPAdapter(pool_maxsize=_POOL_SIZE)
    return _TrustingAdapter(trusting(settings.ca), pool_maxsize=_POOL_SIZE)
