"""Look for secrets where none may be."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote


def holds(content: bytes, secret: str) -> bool:
    """Tell whether `secret` stands in `content`: as it is, or as JSON, a URL or base64 write it."""
    return any(spelling in content for spelling in _spellings(secret.encode()))


def files_with(secret: str, files: Iterable[Path]) -> list[str]:
    """Return the names of those files that hold `secret`."""
    return [file.name for file in files if holds(file.read_bytes(), secret)]


def _spellings(secret: bytes) -> set[bytes]:
    # Base64 depends on where the secret begins among three bytes; what its neighbours share in is cut off.
    in_base64 = {base64.b64encode(b"\0" * shift + secret)[4 if shift else 0 : -4] for shift in range(3)}
    in_json = secret.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    return {secret, in_json, quote(secret, safe="").encode(), *in_base64}
