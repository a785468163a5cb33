"""How much memory this process has, by Linux's own account, in MB.

Not `resource.getrusage`: what it calls the peak of a fresh process begins with the memory of the process before.
"""

from __future__ import annotations

from pathlib import Path

from tests.support.unavailable import Unavailable

_STATUS = Path("/proc/self/status")


def resident() -> float:
    """Give what is in memory now."""
    return _status("VmRSS")


def peak() -> float:
    """Give the most that ever was."""
    return _status("VmHWM")


def needs_linux() -> None:
    """Check that the account is there."""
    if not _STATUS.exists():
        raise Unavailable("The peak of memory is read from /proc, which only Linux has.")


def _status(name: str) -> float:
    (line,) = (line for line in _STATUS.read_text().splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1]) / 1024
