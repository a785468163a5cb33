"""Ctrl-C, as a terminal sends it: to the main thread, which wakes from whatever it waits for."""

from __future__ import annotations

import signal
import threading

__all__ = ["press_ctrl_c"]


def press_ctrl_c():
    """Interrupt the main thread; `signal.raise_signal` in a server's thread would not wake it."""
    signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
