"""The judge of tokens that another token service has signed, by the keys that it lists."""

from __future__ import annotations

import base64
import binascii
import json
import threading
import urllib.request

from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from operate_frames.sandbox.auth.token_service import UNDECODABLE, Client, Judged, judge

__all__ = ["TrustedKeys"]

_SECONDS = 10


class TrustedKeys:
    """The keys at an address, fetched when a token names one that is not known.

    As the real server does it (contract ``operate-v1.md`` 6.1): a key that is no longer listed stays good until the
    next fetch.

    Parameters
    ----------
    url : str
        Where the key set lies, a JSON Web Key Set.
    client : Client
        The audience and the cluster that tokens must name.
    """

    def __init__(self, url: str, client: Client) -> None:
        self._url = url
        self._client = client
        self._changing = threading.Lock()
        self._keys: dict[str | None, RSAKey] = {}
        self._judged: dict[str, Judged] = {}

    def fault_of(self, token: str) -> str | None:
        """Give the text of the 401 for a token; None for a good one. Its end is looked at each time."""
        with self._changing:
            if token not in self._judged:
                self._judged[token] = self._judge(token)
            return self._judged[token].fault_now()

    def _judge(self, token: str) -> Judged:
        try:
            kid = _key_id(token)
        except ValueError:
            return Judged(fault=f"{UNDECODABLE}Malformed token")
        if kid not in self._keys:
            self._fetch()
        if kid not in self._keys:
            return Judged(
                fault=f"{UNDECODABLE}Signed JWT rejected: Another algorithm expected, or no matching key(s) found"
            )
        return judge(token, self._keys[kid], self._client)

    def _fetch(self) -> None:
        try:
            with urllib.request.urlopen(self._url, timeout=_SECONDS) as answer:  # noqa: S310 - the caller's own address
                listed = KeySet.import_key_set(json.load(answer))
        except (OSError, ValueError, JoseError):
            return  # what is known stays good
        self._keys = {key.kid: key for key in listed.keys if isinstance(key, RSAKey) and key.get("use") == "sig"}
        self._judged.clear()


def _key_id(token: str) -> str | None:
    """The id of the key in a token's head; `ValueError` where it has no head."""
    head = token.partition(".")[0]
    try:
        found = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except binascii.Error as error:
        raise ValueError(str(error)) from None
    kid = found.get("kid") if isinstance(found, dict) else None
    return kid if isinstance(kid, str) else None
