"""A server in this process: requests reach an ASGI application without a socket, in virtual time."""

from __future__ import annotations

import asyncio
import io
import threading
from collections import defaultdict
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse
from urllib3.exceptions import ProtocolError

from operate_frames.client.retry import Clock

ADDRESS = "http://operate.test"


class VirtualClock(Clock):
    """Each wait is over at once, and the time has passed. Threads wait one after another, as if each waited alone."""

    def __init__(self):
        self._now = 0.0
        self._lock = threading.Lock()

    def now(self):
        return self._now

    def wait(self, seconds, stops):
        if not any(each.is_set() for each in stops):
            with self._lock:
                self._now += seconds


class TooManyRequests(BaseException):
    """Nothing of a client catches it."""


@dataclass
class Sent:
    """A request: which one it was, when it was sent, and how long its answer asked to wait."""

    question: tuple
    at: float
    wait: float


class InProcess(HTTPAdapter):
    """Takes requests to an application; `app` may be changed between two reads.

    Attributes
    ----------
    sent : dict
        The requests of each thread in each try, in their order.
    tries : int
        How often somebody has begun anew, who may ask the same at once: threads are named by numbers that come again.
    most : int
        So many requests at most, then `TooManyRequests` ends it.
    """

    def __init__(self, app, clock, most=100_000):
        super().__init__()
        self.app = app
        self.most = most
        self.sent = defaultdict(list)
        self.tries = 0
        self._clock = clock
        self._own = threading.local()
        self._one_at_a_time = threading.Lock()  # as the event loop of a server has it
        self._loops = []
        self._is_closed = False

    @property
    def count(self):
        return sum(map(len, list(self.sent.values())))

    def send(self, request, **_options):
        if self.count >= self.most:
            raise TooManyRequests
        url = urlsplit(request.url)
        body = request.body or b""
        question = (request.method, url.path, body.encode() if isinstance(body, str) else bytes(body))
        sent = Sent(question, self._clock.now(), 0.0)
        self.sent[self.tries, threading.get_ident()].append(sent)
        status, headers, content, complete = self._answer(request, url, question[2])
        sent.wait = float(headers.get("retry-after", 0))
        expected = headers.get("content-length")
        if not complete and not content:
            raise requests.ConnectionError(ProtocolError("the connection ended"), request=request)
        response = requests.Response()
        response.status_code = status
        response.headers.update(headers)
        response.url, response.request = request.url, request
        response.raw = _Raw(content, status, complete=complete and (expected is None or int(expected) == len(content)))
        return response

    def close(self):
        with self._one_at_a_time:  # a thread that reads ahead may be at it
            self._is_closed = True
            for loop in self._loops:
                loop.close()

    def _answer(self, request, url, body):
        messages, told = [], [{"type": "http.request", "body": body, "more_body": False}]

        async def receive():
            return told.pop() if told else {"type": "http.disconnect"}

        async def send(message):
            messages.append(message)

        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": url.scheme,
            "path": url.path,
            "raw_path": url.path.encode(),
            "query_string": url.query.encode(),
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in request.headers.items()],
            "client": ("127.0.0.1", 1),
            "server": (url.hostname, 80),
        }
        with self._one_at_a_time:
            if self._is_closed:
                raise requests.ConnectionError(ProtocolError("the server is gone"), request=request)
            self._loop().run_until_complete(self.app(scope, receive, send))
        start, *bodies = messages
        headers = {name.decode(): value.decode() for name, value in start["headers"]}
        complete = bool(bodies) and not bodies[-1].get("more_body", False)
        return start["status"], headers, b"".join(each.get("body", b"") for each in bodies), complete

    def _loop(self):
        if not hasattr(self._own, "loop"):
            self._own.loop = asyncio.new_event_loop()
            self._loops.append(self._own.loop)
        return self._own.loop


class _Raw(HTTPResponse):
    """The body as urllib3 gives it; one that is cut says so at its end."""

    def __init__(self, content, status, *, complete):
        super().__init__(body=io.BytesIO(content), status=status, preload_content=False)
        self._complete = complete

    def stream(self, amt=None, decode_content=None):
        yield from super().stream(amt, decode_content)
        if not self._complete:
            raise ProtocolError("the answer was cut")
