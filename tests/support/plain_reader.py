"""What the server says, read the plainest way: the other half of a comparison. It uses nothing of the package."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Self

import requests

from tests.support.http import new_session

RESOURCES = (
    "process-definitions",
    "process-instances",
    "flownode-instances",
    "incidents",
    "variables",
    "decision-definitions",
    "decision-instances",
    "drd",
)
USERNAME = PASSWORD = "demo"  # Operate makes this user itself, and the sandbox has it too


class PlainReader:
    """Reads an Operate with `requests` and `json` and nothing else, page after page.

    Parameters
    ----------
    base_url
        Operate's address.
    session
        One that is signed in; by default the user that Operate makes itself logs in.
    """

    api = "v1"

    def __init__(self, base_url: str, session: requests.Session | None = None) -> None:
        self.base_url = base_url
        self._session = signed_in(base_url) if session is None else session

    def rows(self, resource: str, page_size: int = 1000, **where: object) -> list[dict[str, Any]]:
        """Return every row of `resource` as the server wrote it, in its own order.

        Parameters
        ----------
        resource
            The word in the path: one of ``RESOURCES``.
        page_size
            Rows a page, 1000 at most.
        **where
            Fields under their v1 names, and the values that they must equal.
        """
        return [row for page in self.pages(resource, page_size, **where) for row in page["items"]]

    def pages(
        self, resource: str, page_size: int = 1000, sort: Sequence[str] = (), **where: object
    ) -> Iterator[dict[str, Any]]:
        """Yield the server's answers one by one, until one has no rows; `sort` names fields, all ascending."""
        question: dict[str, Any] = {"size": page_size, **({"filter": where} if where else {})}
        if sort:
            question["sort"] = [{"field": field, "order": "ASC"} for field in sort]
        while True:
            page = self._json("POST", f"/v1/{resource}/search", question)
            if not page["items"]:
                return
            yield page
            question["searchAfter"] = page["sortValues"]

    def total(self, resource: str, **where: object) -> int:
        """Return the server's own total, which is cut at 10,000."""
        return int(self._json("POST", f"/v1/{resource}/search", {"size": 1, "filter": where})["total"])

    def row(self, resource: str, key: int | str) -> dict[str, Any]:
        """Return one row, asked for by its key (decision instances: by their id)."""
        return dict(self._json("GET", f"/v1/{resource}/{key}"))

    def statistics(self, process_instance_key: int) -> list[dict[str, Any]]:
        """Return how many of each element of an instance are active, completed ..."""
        return list(self._json("GET", f"/v1/process-instances/{process_instance_key}/statistics"))

    def sequence_flows(self, process_instance_key: int) -> list[str]:
        """Return the ids of the flows that an instance took."""
        return list(self._json("GET", f"/v1/process-instances/{process_instance_key}/sequence-flows"))

    def xml(self, resource: str, key: int) -> str:
        """Return the BPMN of a process definition, or the DMN of a ``drd``."""
        return self._ask("GET", f"/v1/{resource}/{key}/xml").content.decode("utf-8")

    def send(self, method: str, path: str, **more: Any) -> requests.Response:
        """Return what the server says to one request, whatever its status; `more` is as in requests."""
        return self._session.request(method, self.base_url + path, timeout=60, **more)

    def close(self) -> None:
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _json(self, method: str, path: str, body: object = None) -> Any:
        return json.loads(self._ask(method, path, body).content)

    def _ask(self, method: str, path: str, body: object = None) -> requests.Response:
        answer = self.send(method, path, json=body)
        answer.raise_for_status()
        return answer


class PlainClusterReader(PlainReader):
    """The same for v2."""

    api = "v2"

    def pages(
        self, resource: str, page_size: int = 1000, sort: Sequence[str] = (), **where: object
    ) -> Iterator[dict[str, Any]]:
        """Yield the server's answers one by one, until one has no rows."""
        question: dict[str, Any] = {"page": {"limit": page_size}, **({"filter": where} if where else {})}
        if sort:
            question["sort"] = [{"field": field, "order": "ASC"} for field in sort]
        while True:
            page = self._json("POST", f"/v2/{resource}/search", question)
            if not page["items"]:
                return
            yield page
            question["page"]["after"] = page["page"]["endCursor"]

    def total(self, resource: str, **where: object) -> int:
        """Return the server's own total, which is cut at 10,000."""
        return int(self._json("POST", f"/v2/{resource}/search", {"filter": where})["page"]["totalItems"])

    def row(self, resource: str, key: int | str) -> dict[str, Any]:
        """Return one row, asked for by its key."""
        return dict(self._json("GET", f"/v2/{resource}/{key}"))

    def statistics(self, process_instance_key: int) -> list[dict[str, Any]]:
        """Return how many of each element of an instance are active, completed ..."""
        path = f"/v2/process-instances/{process_instance_key}/statistics/element-instances"
        return list(self._json("GET", path)["items"])

    def sequence_flows(self, process_instance_key: int) -> list[str]:
        """Return the ids of the flows that an instance took."""
        flows = self._json("GET", f"/v2/process-instances/{process_instance_key}/sequence-flows")
        return [each["sequenceFlowId"] for each in flows["items"]]

    def xml(self, resource: str, key: int) -> str:
        """Return the BPMN of a process definition, or the DMN of decision requirements."""
        return self._ask("GET", f"/v2/{resource}/{key}/xml").content.decode("utf-8")


def signed_in(base_url: str, connections: int = 10, *, path: str = "/api/login") -> requests.Session:
    """Return a session with the login's cookies and its CSRF header."""
    session = new_session(connections)
    answer = session.post(f"{base_url}{path}", params={"username": USERNAME, "password": PASSWORD}, timeout=30)
    answer.raise_for_status()
    session.headers["X-CSRF-TOKEN"] = answer.headers["X-CSRF-TOKEN"]
    return session
