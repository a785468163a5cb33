"""Bearer tokens: where they come from, when they are renewed, and how they sign requests."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, final

from operate_frames.client.auth.shared import SharedSignIn
from operate_frames.client.auth.signer import SignedHeaders
from operate_frames.client.config.secret import Masked, Secret
from operate_frames.errors import CredentialsRejected, OperateError, SettingsError

if TYPE_CHECKING:
    from operate_frames.client.retry import RetryPolicy

__all__ = ["RenewedToken", "Token", "TokenSource", "header_text"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Token:
    """An access token; `expires` and `fetched` are seconds of the monotonic clock, None: not said."""

    text: Secret
    fetched: float
    expires: float | None

    @property
    def due(self) -> float:
        """When to renew: min(30 s, 20 % of life) ahead of the end."""
        if self.expires is None:
            return float("inf")
        return self.expires - min(30.0, 0.2 * (self.expires - self.fetched))


class RenewedToken:
    """Signs requests with a token that is got anew ahead of its end, and once it was refused."""

    def __init__(self, fetch: Callable[[], Token], policy: RetryPolicy) -> None:
        self._token = SharedSignIn(fetch, policy, is_due=lambda token: time.monotonic() >= token.due)

    def sign(self) -> SignedHeaders:
        """Give the token that is good now."""
        token = self._token.get()
        return SignedHeaders(Masked(Authorization=f"Bearer {token.text.reveal()}"), stamp=token)

    def renew(self, refused: SignedHeaders) -> bool:
        """Forget the refused token."""
        _log.debug("the token was refused ahead of its end; asking for a new one")
        self._token.forget(refused.stamp)
        return True

    def after_fork(self) -> None:
        """Keep the token, which both processes may use."""
        self._token.after_fork()


@final
class TokenSource:
    """A callable of the user's own that gives tokens: from a vault, by a certificate, of a managed identity.

    It prints as ``***``: what it holds may be a secret.
    """

    __slots__ = ("_ask",)

    def __init__(self, ask: Callable[[], object]) -> None:
        self._ask = ask

    def fetch(self) -> Token:
        """Ask for one.

        Raises
        ------
        CredentialsRejected
            The callable raised; that error is the cause.
        SettingsError
            It gave something else.
        """
        started = time.monotonic()
        try:
            given: Any = self._ask()
        except OperateError:
            raise
        except Exception as error:
            raise CredentialsRejected(
                f"The callable given as token= gave no token: it raised {type(error).__name__}, which stands above."
            ) from error
        text, end = (given, None) if isinstance(given, str) else _parts(given)
        expires = None if end is None else time.monotonic() + end - time.time()
        return Token(header_text(Secret(text)), started, expires)

    def __repr__(self) -> str:
        return "***"

    def __reduce__(self) -> NoReturn:
        raise TypeError("what gives tokens cannot be pickled or copied")


def _parts(given: Any) -> tuple[str, float | None]:
    """The token and its end, as azure-identity gives them: seconds since 1970."""
    text, end = getattr(given, "token", None), getattr(given, "expires_on", None)
    if not isinstance(text, str) or not (end is None or isinstance(end, (int, float))):
        raise SettingsError(
            "The callable given as token= must return a text, or an object with token (text) and expires_on (seconds"
            f" since 1970), as azure-identity does; it returned {type(given).__name__}."
        )
    return text, end


def header_text(token: Secret) -> Secret:
    """Check a token that goes into a header; the word Bearer that was copied along is cut off."""
    text = token.reveal().strip()
    if text[:7].lower() == "bearer ":
        text = text[7:].strip()
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise SettingsError(
            "What token= gives is no token: it is empty, or holds blanks, line ends or letters that no token has."
        )
    return Secret(text)
