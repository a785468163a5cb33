"""A way to a server that takes its time: every byte arrives later, so each connection costs its round trips too."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from queue import SimpleQueue
from urllib.parse import urlsplit

_PIECE = 1 << 16


class Way:
    """What has gone over it.

    Attributes
    ----------
    base_url : str
        Where it begins.
    connections : int
        How many were opened.
    nbytes : int
        How many bytes came back.
    """

    def __init__(self, base_url):
        self.base_url = base_url
        self.connections = 0
        self.nbytes = 0
        self.changed = threading.Condition()

    def wait_for_connections(self, count):
        with self.changed:
            assert self.changed.wait_for(lambda: self.connections >= count, timeout=20)


@contextmanager
def far_away(base_url, seconds=0.0):
    """A way to a server on loopback that takes so long in each direction."""
    behind = urlsplit(base_url)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        way = Way(f"{behind.scheme}://localhost:{listener.getsockname()[1]}{behind.path}")
        open_ends = []

        def accept():
            while True:
                try:
                    near, _ = listener.accept()
                except OSError:  # it was closed
                    return
                far = socket.create_connection((behind.hostname, behind.port))
                open_ends.extend((near, far))
                with way.changed:
                    way.connections += 1
                    way.changed.notify_all()
                for source, target in ((near, far), (far, near)):
                    _start(_carry, source, target, seconds, way if target is near else None)

        _start(accept)
        try:
            yield way
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            for each in open_ends:
                each.close()


def _carry(source, target, seconds, way):
    waiting = SimpleQueue()

    def hand_over():
        while (piece := waiting.get()) is not None:
            due, content = piece
            time.sleep(max(0.0, due - time.monotonic()))  # how far away the server is
            try:
                target.sendall(content)
            except OSError:
                return
        try:
            target.shutdown(socket.SHUT_WR)
        except OSError:
            return

    _start(hand_over)
    try:
        while content := source.recv(_PIECE):
            if way is not None:
                way.nbytes += len(content)
            waiting.put((time.monotonic() + seconds, content))
    except OSError:
        pass
    waiting.put(None)


def _start(work, *arguments):
    threading.Thread(target=work, args=arguments, daemon=True, name="the way").start()
