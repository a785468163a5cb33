"""Make an OpenSearch look like an Elasticsearch 7 to Operate's Elasticsearch driver.

Run as a script: ``python elasticsearch_proxy.py PORT OPENSEARCH_PORT``. Elasticsearch's client refuses a server that
does not call itself Elasticsearch, speaks a media type of its own, and wants a ``_type`` on every document. Standard
library only: it must start at once.
"""

from __future__ import annotations

import http.client
import json
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

VENDOR_MEDIA_TYPE = re.compile(r"application/vnd\.elasticsearch\+(json|x-ndjson)")
ONE_CONNECTION_ONLY = {"host", "connection", "keep-alive", "content-length", "transfer-encoding", "accept-encoding"}


class Translator(BaseHTTPRequestHandler):
    """Hands each request on, and its answer back."""

    protocol_version = "HTTP/1.1"  # keeps connections open
    disable_nagle_algorithm = True  # head and body leave apart: the body would wait 40 ms for the head's receipt
    opensearch_port: int
    _own = threading.local()

    def translate(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {
            name: VENDOR_MEDIA_TYPE.sub(r"application/\1", value)
            for name, value in self.headers.items()
            if name.lower() not in ONE_CONNECTION_ONLY
        }
        answer, content = self._ask_opensearch(body, headers)
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ONE_CONNECTION_ONLY:
                self.send_header(name, value)
        self.send_header("X-Elastic-Product", "Elasticsearch")
        if self.command == "HEAD":
            self.send_header("Content-Length", answer.getheader("Content-Length") or "0")
        else:
            content = self._in_elasticsearch_words(content, answer.getheader("Content-Type") or "")
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = translate  # noqa: N815 - the base class looks for these names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
        """Say nothing: Operate asks all the time."""

    def _ask_opensearch(self, body: bytes, headers: dict[str, str]) -> tuple[http.client.HTTPResponse, bytes]:
        """Each thread serves one connection and has one of its own to OpenSearch."""
        connection: http.client.HTTPConnection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = http.client.HTTPConnection("127.0.0.1", self.opensearch_port)
        connection.request(self.command, self.path, body or None, headers)
        answer = connection.getresponse()
        return answer, answer.read()

    def _in_elasticsearch_words(self, content: bytes, content_type: str) -> bytes:
        if "json" not in content_type:
            return content
        said = json.loads(content)
        if self.path.split("?")[0] == "/":
            said["version"] = {
                **said["version"],
                "number": "7.17.24",
                "build_flavor": "default",
                "minimum_wire_compatibility_version": "6.8.0",
                "minimum_index_compatibility_version": "6.0.0-beta1",
            }
            said["version"].pop("distribution", None)
            said["tagline"] = "You Know, for Search"
        _add_types(said)
        return json.dumps(said).encode()


def _add_types(part: Any) -> None:
    """Add ``_type`` to every document in an answer; what a document holds is left alone."""
    if isinstance(part, list):
        for each in part:
            _add_types(each)
    elif isinstance(part, dict):
        if "_index" in part and "_id" in part:
            part.setdefault("_type", "_doc")
        for name, each in part.items():
            if name != "_source":
                _add_types(each)


def main(port: int, opensearch_port: int) -> None:
    Translator.opensearch_port = opensearch_port
    ThreadingHTTPServer(("127.0.0.1", port), Translator).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
