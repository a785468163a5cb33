"""What the server says, read the plainest way: the other half of a comparison. It uses nothing of the package."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Self

import requests

from tests.camunda.zeebe_and_operate import signed_in
from tests.support.http import ask

# How to find each resource's documents in the database. The list view also holds elements and variables; the
# patterns begin with the version's digit where another index has a longer name.
INDICES: dict[str, tuple[str, dict[str, Any]]] = {
    "process-definitions": ("operate-process-8*", {"match_all": {}}),
    "process-instances": ("operate-list-view-*", {"term": {"joinRelation": "processInstance"}}),
    "flownode-instances": ("operate-flownode-instance-*", {"match_all": {}}),
    "incidents": ("operate-incident-*", {"match_all": {}}),
    "variables": ("operate-variable-*", {"match_all": {}}),
    "decision-definitions": ("operate-decision-8*", {"match_all": {}}),
    "decision-instances": ("operate-decision-instance-*", {"match_all": {}}),
    "drd": ("operate-decision-requirements-*", {"match_all": {}}),
}
RESOURCES = tuple(INDICES)


class Truth:
    """Reads an Operate with `requests` and `json` and nothing else, page after page.

    Parameters
    ----------
    base_url
        Operate's address.
    """

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self._session = signed_in(base_url)

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

    def pages(self, resource: str, page_size: int = 1000, **where: object) -> Iterator[dict[str, Any]]:
        """Yield the server's answers one by one, until one has no rows."""
        question: dict[str, Any] = {"size": page_size, **({"filter": where} if where else {})}
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

    def close(self) -> None:
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _json(self, method: str, path: str, body: object = None) -> Any:
        return json.loads(self._ask(method, path, body).content)

    def _ask(self, method: str, path: str, body: object = None) -> requests.Response:
        answer = self._session.request(method, self.base_url + path, json=body, timeout=60)
        answer.raise_for_status()
        return answer


def documents_in_index(opensearch_url: str, resource: str) -> int:
    """Return how many rows of `resource` the database holds, past Operate altogether."""
    index, query = INDICES[resource]
    return int(ask("POST", f"{opensearch_url}/{index}/_count", json={"query": query}).json()["count"])
