"""Requests to servers on this machine."""

from __future__ import annotations

import requests


def new_session(connections: int = 10) -> requests.Session:
    """Return a session that takes no proxy and no ``.netrc`` from the environment."""
    session = requests.Session()
    session.trust_env = False
    session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=connections))
    return session


def ask(method: str, url: str, timeout: float = 60, **more: object) -> requests.Response:
    """Send a single request; an answer above 399 is an error."""
    with new_session() as session:
        answer = session.request(method, url, timeout=timeout, **more)  # type: ignore[arg-type]
        answer.raise_for_status()
        return answer
