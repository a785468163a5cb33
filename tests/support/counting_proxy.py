"""A door before a server, where somebody counts: connections, requests, how many at once, bytes."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_SEARCH = "/v1/process-instances/search"
_PATIENCE = 0.2  # seconds that a request waits for others, until so many have come together once


@dataclass
class Seen:
    """What has come through.

    Attributes
    ----------
    base_url
        Where the door is.
    connections
        How many were opened.
    searches
        The bodies of searches for instances, in the order in which they came.
    most
        How many of these waited for an answer at the same time, at most.
    bytes
        How long their answers were together.
    """

    base_url: str = ""
    connections: int = 0
    searches: list[bytes] = field(default_factory=list)
    most: int = 0
    bytes: int = 0


@contextmanager
def watched(base_url: str, *, together: int = 1) -> Iterator[Seen]:
    """Pass requests on to a server and count them.

    Until `together` searches were here at the same time, each waits a little for more to come: so those who send so
    many at once are seen to do it, however fast the server is.
    """
    seen, here, changed = Seen(), 0, threading.Condition()
    server_behind = urlsplit(base_url)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self):
            super().setup()
            self.behind = http.client.HTTPConnection(server_behind.hostname, server_behind.port)
            with changed:
                seen.connections += 1

        def finish(self):
            super().finish()
            self.behind.close()

        def pass_on(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.path == _SEARCH:
                come(body)
            self.behind.request(self.command, self.path, body, dict(self.headers))
            answer = self.behind.getresponse()
            content = answer.read()
            if self.path == _SEARCH:
                go(content)
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.getheader("Content-Type", ""))
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = pass_on  # noqa: N815 - the names that http.server looks for

        def log_message(self, *arguments):
            pass

    def come(body):
        nonlocal here
        with changed:
            here += 1
            seen.searches.append(body)
            seen.most = max(seen.most, here)
            changed.notify_all()
            changed.wait_for(lambda: seen.most >= together, _PATIENCE)

    def go(content):
        nonlocal here
        with changed:
            here -= 1
            seen.bytes += len(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    seen.base_url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
