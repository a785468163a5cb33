"""A server in this process whose every answer takes one unit of time, whatever else happens.

A unit ends when nobody can send anything more before it: each thread of the client waits, for an answer or for another
thread. So the units of a read are its round trips, on any machine.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from pathlib import Path

import requests

import operate_frames as of
from tests.support.in_process import ADDRESS, InProcess, VirtualClock
from tests.support.thread_frames import thread_frames

# A thread that was just woken still seems to wait: it must seem so this often, with turns for others between, and not
# be one that the system would run as soon as it has a core for it.
_LOOKS = 6
_TURN = 0.002
# Longer than this takes an answer from a server that a client counts as far away.
_FAR_AWAY = 0.012


class UnitsOfTime(InProcess):
    """Holds answers back until their unit ends.

    Attributes
    ----------
    units : int
        How many have passed.
    at_once : list of int
        How many requests there were in each.
    """

    def __init__(self, app):
        super().__init__(app, VirtualClock())
        self.units = 0
        self.at_once = []
        self._in_flight = 0
        self._changed = threading.Condition()
        self._ended = False
        self._reader = threading.current_thread()
        self._clerk = threading.Thread(target=self._end_units, name="units of time", daemon=True)
        self._clerk.start()

    def begin(self):
        self.units, self.at_once = 0, []

    def send(self, request, **options):
        with self._changed:
            self._in_flight += 1
            unit = self.units
            self._changed.notify_all()
            self._changed.wait_for(lambda: self.units != unit or self._ended)
        return super().send(request, **options)

    def close(self):
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        super().close()

    def _end_units(self):
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._in_flight or self._ended)
                if self._ended:
                    return
            began, looks = time.monotonic(), 0
            while looks < _LOOKS or time.monotonic() - began < _FAR_AWAY:
                looks = looks + 1 if self._everybody_waits() else 0
                time.sleep(_TURN)
            with self._changed:
                self.at_once.append(self._in_flight)
                self._in_flight = 0
                self.units += 1
                self._changed.notify_all()

    def _everybody_waits(self):
        frames = thread_frames()
        return all(
            each.ident not in frames
            or (frames[each.ident].f_code.co_name in ("wait", "_wait_for_tstate_lock") and not _is_runnable(each))
            for each in threading.enumerate()
            if each is self._reader or each.name.startswith("operate_frames")
        )


def _is_runnable(thread):
    """Whether a thread would run if there were a core for it, as far as the system tells."""
    try:
        about = Path(f"/proc/self/task/{thread.native_id}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return about.rpartition(")")[2].split()[0] == "R"


@contextmanager
def connected(app, api="v1"):
    """A connection to an application that seems far away, and its units of time."""
    with requests.Session() as session:
        session.trust_env = False
        adapter = UnitsOfTime(app)
        session.mount(ADDRESS, adapter)
        with of.connect(ADDRESS, auth="none", session=session, api=api) as operate:
            adapter.begin()
            yield operate, adapter
