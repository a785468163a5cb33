"""What plain `requests` takes for the pages of a search, undecoded: the limit that no client can beat."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import requests

from tests.benchmarks.servers import Server

_FIRST = '{"size":1000}'


# What to fetch: a resource as its path has it, and the body of a page's request.
Asked = tuple[str, str]


def walk(server: Server, resource: str = "process-instances") -> Iterator[tuple[Asked, bytes]]:
    """Fetch page after page over one connection; gives what was sent and what came."""
    body = _FIRST
    with _session(server) as session:
        while True:
            page = _fetch(session, server, (resource, body))
            start = page.rindex(b'"sortValues":') + len(b'"sortValues":')
            cursor = page[start : page.index(b"]", start) + 1].decode()
            if cursor == "[]":
                return
            yield (resource, body), page
            body = f'{{"size":1000,"searchAfter":{cursor}}}'


def side_by_side(server: Server, asked: Sequence[Asked], connections: int) -> int:
    """Fetch pages that are known beforehand over several connections, taken off one list; gives their bytes."""
    left = deque(asked)

    def fetch_what_is_left(_: int) -> int:
        fetched = 0
        with _session(server) as session:
            while True:
                try:
                    each = left.popleft()
                except IndexError:
                    return fetched
                fetched += len(_fetch(session, server, each))

    with ThreadPoolExecutor(connections) as threads:
        return sum(threads.map(fetch_what_is_left, range(connections)))


def _session(server: Server) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.headers.update({"Content-Type": "application/json", **server.headers})
    return session


def _fetch(session: requests.Session, server: Server, asked: Asked) -> bytes:
    resource, body = asked
    answer = session.post(f"{server.base_url}/v1/{resource}/search", data=body, timeout=60)
    answer.raise_for_status()
    return answer.content
