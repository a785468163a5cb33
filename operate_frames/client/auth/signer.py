"""What signs the attempts of a request in, whichever way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from operate_frames.client.config.secret import Masked

__all__ = ["SignedHeaders", "Signer"]


@dataclass(frozen=True)
class SignedHeaders:
    """What to send with one attempt; `stamp` tells which token or login that was."""

    headers: Masked
    stamp: object = None


class Signer(Protocol):
    """Signs attempts in."""

    def sign(self) -> SignedHeaders:
        """Give the headers for one attempt, signing in or renewing first where that is due."""

    def renew(self, refused: SignedHeaders) -> bool:
        """Renew what `refused` was sent with; False where there is nothing to renew."""

    def after_fork(self) -> None:
        """Make locks anew in a process that was forked while a thread may have held them."""
