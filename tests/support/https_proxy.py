"""The addresses of examples, played on loopback: a proxy that takes each https host to a server of this machine.

So `connect("https://operate.example.com")` and SaaS's own addresses run as they are written, TLS included.
"""

from __future__ import annotations

import http.client
import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import trustme

PASSED_ON = ("Content-Type", "Location", "Set-Cookie", "X-CSRF-TOKEN", "Retry-After")


@contextmanager
def far_away(hosts: Mapping[str, Callable[[str], str]], ca: trustme.CA):
    """Serve https hosts through a proxy; gives the proxy's URL.

    `hosts` has for each host what makes the URL on loopback of a path.
    """
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert(*hosts).configure_cert(tls)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        host = None

        def do_CONNECT(self):
            self.host = self.path.partition(":")[0]
            self.send_response(200 if self.host in hosts else 502)
            self.end_headers()
            if self.host not in hosts:
                self.close_connection = True
                return
            self.connection = tls.wrap_socket(self.connection, server_side=True)
            self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
            self.close_connection = False

        def pass_on(self):
            url = urlsplit(hosts[self.host](self.path))
            near = http.client.HTTPConnection(url.hostname, url.port)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            near.request(self.command, f"{url.path}?{url.query}" if url.query else url.path, body, dict(self.headers))
            answer = near.getresponse()
            content = answer.read()
            near.close()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name in PASSED_ON or name.lower() in map(str.lower, PASSED_ON):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = pass_on  # noqa: N815 - the names that http.server looks for

        def finish(self):
            super().finish()
            self.connection.close()

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
