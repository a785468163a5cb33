"""Which certificate authorities are trusted, and which certificate a server is shown."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from operate_frames.client.config.paths import existing_path
from operate_frames.errors import SettingsError

__all__ = ["SYSTEM", "checked_authorities", "checked_certificate", "only_path", "trusting"]

# What stands for the store of the operating system, where a company puts its own authority.
SYSTEM = "system"
_PEM = "-----BEGIN CERTIFICATE-----"


def checked_authorities(ca: Any) -> tuple[str, ...] | None:
    """Check what is to be trusted in the place of the usual authorities.

    Parameters
    ----------
    ca : str, path or sequence of them, optional
        ``"system"``, a PEM file, a folder of them, or the text of a PEM file itself.

    Returns
    -------
    tuple of str or None
        At least one, or None: trust the usual ones.

    Raises
    ------
    SettingsError
        A file that does not exist, or holds no certificate.
    """
    if ca is None:
        return None
    each = list(ca) if isinstance(ca, (list, tuple)) else [ca]
    if not each:
        raise SettingsError('ca=[] trusts nobody: leave it out, or list files and "system".')
    return tuple(_checked_authority(one) for one in each)


def _checked_authority(one: Any) -> str:
    if isinstance(one, str) and one.strip() == SYSTEM:
        return SYSTEM
    if isinstance(one, str) and _is_text(one):
        text = one.replace("\\n", "\n")  # an environment holds one line as a rule
        _load(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), text, "the certificate text of ca")
        return text
    path = existing_path("ca", one)
    if Path(path).is_file():
        _load(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), path, f"ca {path!r}")
    return path


def trusting(authorities: Sequence[str]) -> ssl.SSLContext:
    """Make what trusts these authorities and no others."""
    context: ssl.SSLContext
    if SYSTEM in authorities:
        import truststore  # noqa: PLC0415 - few need it

        context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for one in authorities:
        if one != SYSTEM:
            _load(context, one, "ca")
    return context


def only_path(authorities: Sequence[str] | None) -> str | None:
    """The one file or folder to trust, which requests takes as it is; None where it is anything else."""
    if authorities is None or len(authorities) != 1 or authorities[0] == SYSTEM or _is_text(authorities[0]):
        return None
    return authorities[0]


def _is_text(one: str) -> bool:
    return one.lstrip().startswith(_PEM)


def _load(context: ssl.SSLContext, one: str, what: str) -> None:
    try:
        if _is_text(one):
            context.load_verify_locations(cadata=one)
        elif Path(one).is_dir():
            context.load_verify_locations(capath=one)
        else:
            context.load_verify_locations(cafile=one)
    except (OSError, ValueError):  # ssl.SSLError is an OSError
        raise SettingsError(f"{what} holds no certificate that can be read: it takes PEM, as text or file.") from None


def checked_certificate(cert: Any) -> str | tuple[str, str] | None:
    """Check a client certificate: one file with its key, or a pair."""
    if cert is None:
        return None
    if isinstance(cert, (tuple, list)):
        if len(cert) != 2:
            raise SettingsError("cert must be one file with certificate and key, or a pair (certificate, key).")
        return existing_path("cert", cert[0]), existing_path("cert", cert[1])
    return existing_path("cert", cert)
