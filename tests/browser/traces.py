"""Look for secrets where none may be."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote


def holds(content: bytes, secret: str) -> bool:
    """Tell whether `secret` stands in `content`: as it is, or as JSON, a URL or base64 write it."""
    return any(spelling in content for spelling in _spellings(secret))


def files_with(secret: str, files: Iterable[Path]) -> list[str]:
    """Return the names of those files that hold `secret`."""
    return [file.name for file in files if holds(file.read_bytes(), secret)]


def _spellings(secret: str) -> set[bytes]:
    plain = secret.encode()
    in_json = {json.dumps(secret, ensure_ascii=ascii_only)[1:-1].encode() for ascii_only in (True, False)}
    # Base64 depends on where the secret begins among three bytes; what its neighbours share in is cut off.
    in_base64 = {base64.b64encode(b"\0" * shift + plain)[4 if shift else 0 : -4] for shift in range(3)}
    return {plain, quote(secret, safe="").encode(), *in_json, *in_base64}
