"""What requests and urllib3 raise, as the error of our tree that names the cause and the setting to change."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from requests.exceptions import (
    ConnectTimeout,
    InvalidHeader,
    InvalidURL,
    ProxyError,
    ReadTimeout,
    RequestException,
    SSLError,
)
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ReadTimeoutError,
)
from urllib3.exceptions import ProxyError as UrllibProxyError
from urllib3.exceptions import SSLError as UrllibSSLError

from operate_frames.errors import (
    ConnectionBroken,
    ConnectionFailed,
    ConnectionRefused,
    HostUnknown,
    ProxyFailed,
    SettingsError,
    TimedOut,
    TlsFailed,
)

__all__ = ["FAILURES", "connection_error"]

# All that a request may raise; urllib3's own come through where an answer breaks off in the middle.
FAILURES = (RequestException, HTTPError)


def connection_error(error: Exception, url: str, setting: str, timeout: tuple[float, float]) -> ConnectionFailed:
    """Turn a failure of requests into the error of our tree that names its cause and the setting.

    Nothing of the original text is quoted but TLS's reason: it may hold a proxy's password.
    """
    parts = urlsplit(url)
    host, address = parts.hostname, f"{parts.scheme}://{parts.netloc}"
    causes = list(_causes(error))
    if _any(causes, ProxyError, UrllibProxyError):
        return ProxyFailed(
            f"The proxy on the way to {address} cannot be reached or refused:"
            " check proxies=, or HTTPS_PROXY, HTTP_PROXY and NO_PROXY in the environment."
        )
    if _any(causes, SSLError, UrllibSSLError):
        reason = _tls_reason(causes)
        return TlsFailed(f"No trusted TLS connection to {address} ({reason}): {_tls_advice(reason, setting)}.")
    if _any(causes, NameResolutionError):
        return HostUnknown(f"The host {host!r} is unknown: check {setting} for a typo, or the network (VPN).")
    if _any(causes, NewConnectionError):  # before the time-outs: urllib3 makes it one of them
        return ConnectionRefused(
            f"Nothing listens at {address} ({_system_reason(causes)}): is the server up, and is the port in"
            f" {setting} right?"
        )
    if _any(causes, ConnectTimeout, ConnectTimeoutError):
        return TimedOut(
            f"{address} did not accept a connection within {timeout[0]:g} s: check {setting} and the network"
            " (VPN, firewall), or raise timeout=."
        )
    if _any(causes, ReadTimeout, ReadTimeoutError):
        return TimedOut(f"{address} sent nothing for {timeout[1]:g} s: ask again, or raise timeout=.")
    if _any(causes, InvalidURL, InvalidHeader):
        raise SettingsError(f"{setting} cannot be used for a request: check it for stray characters.")
    return ConnectionBroken(
        f"The connection to {address} broke before the answer was complete. If it never worked, another protocol"
        f" may listen there, such as Zeebe's gRPC (port 26500): {setting} must name the HTTP port."
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Walk from an error down to what requests and urllib3 wrapped in it."""
    seen: set[int] = set()
    pending = [error]
    while pending:
        current = pending.pop()
        if not isinstance(current, BaseException) or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        pending += [current.__cause__, current.__context__, getattr(current, "reason", None), *current.args]


def _any(causes: list[BaseException], *kinds: type[BaseException]) -> bool:
    return any(isinstance(cause, kinds) for cause in causes)


def _system_reason(causes: list[BaseException]) -> str:
    return next(
        (cause.strerror.lower() for cause in causes if isinstance(cause, OSError) and cause.strerror), "no connection"
    )


def _tls_advice(reason: str, setting: str) -> str:
    if "issuer" in reason or "self-signed" in reason or "self signed" in reason:
        return (
            'behind a company\'s proxy, pass ca="system", which trusts what this computer trusts, or set'
            " OPERATE_FRAMES_CA=system in the environment; or give the company's certificate authority as a file, ca="
            " or REQUESTS_CA_BUNDLE"
        )
    return (
        f"check {setting}, and give the company's certificate authority as ca= or in REQUESTS_CA_BUNDLE; a server"
        " without TLS wants http://"
    )


def _tls_reason(causes: list[BaseException]) -> str:
    for cause in causes:
        message = getattr(cause, "verify_message", None) or getattr(cause, "reason", None)
        if isinstance(message, str):
            return message.replace("_", " ").lower()
    return "handshake failed"
