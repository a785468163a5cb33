"""A server on loopback that answers as a test scripts it: for what no well-behaved server would send."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

EMPTY_PAGE = b'{"items":[],"sortValues":[],"total":0}'
JSON = {"Content-Type": "application/json"}
HTML = {"Content-Type": "text/html"}


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Answer:
    """What to send; `length` larger than the body cuts the answer in the middle."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=lambda: dict(JSON))
    length: int | None = None


NOT_THERE = Answer(404, b'{"status":404,"error":"Not Found","path":"/v2"}')


class BreakConnection(Exception):
    """Raised by a script to end the connection without an answer."""


@dataclass
class HeldBack:
    """A server that answers with an empty page, once it is let."""

    url: str
    received: list[Request]
    asked: threading.Event = field(default_factory=threading.Event)
    answer: threading.Event = field(default_factory=threading.Event)


@contextmanager
def held_back():
    """Serve nothing until `answer` is set; `asked` is, once somebody has."""
    held = HeldBack("", [])

    def wait(_):
        held.asked.set()
        assert held.answer.wait(60)
        return Answer(body=EMPTY_PAGE)

    with scripted(wait) as (held.url, held.received):
        try:
            yield held
        finally:
            held.answer.set()


@contextmanager
def scripted(script: Callable[[Request], Answer], tls: ssl.SSLContext | None = None, *, has_v2: bool = False):
    """Serve what `script` says of each request; gives the base URL and the list of requests.

    Without `has_v2` it is a server up to 8.7: what is asked of v2 it does not know, and it does not count.
    """
    received: list[Request] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # headers and body in one piece
        disable_nagle_algorithm = True  # what is longer comes in two, and the second would wait for an acknowledgement

        def answer(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            request = Request(self.command, self.path, dict(self.headers), body)
            unknown = not has_v2 and "/v2/" in self.path
            if not unknown:
                received.append(request)
            try:
                answer = NOT_THERE if unknown else script(request)
            except BreakConnection:
                self.close_connection = True
                return
            self.send_response_only(answer.status)
            if "Date" not in answer.headers:
                self.send_header("Date", self.date_time_string())
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body) if answer.length is None else answer.length))
            self.end_headers()
            self.wfile.write(answer.body)
            self.close_connection = answer.length is not None

        do_GET = do_POST = answer  # noqa: N815 - the names that http.server looks for

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}", received
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
