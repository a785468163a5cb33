"""The routes of v2 (``camunda-v2.md`` sections 1.5 and 6) over a store."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from operate_frames.sandbox.http.responses import JSON, PROBLEM, XML, Answer, json_text
from operate_frames.sandbox.v2.fields import Resource
from operate_frames.sandbox.v2.problems import Problem, invalid, not_found
from operate_frames.sandbox.v2.query import read_query
from operate_frames.sandbox.v2.search import answer
from operate_frames.sandbox.v2.statistics import statistics_routes
from operate_frames.sandbox.v2.store import Store

__all__ = ["cluster_routes", "refused"]

_WHATS = {
    "process-definitions": "Process Definition",
    "process-instances": "Process Instance",
    "element-instances": "Element Instance",
    "incidents": "Incident",
    "variables": "Variable",
    "decision-definitions": "Decision Definition",
    "decision-requirements": "Decision Requirements",
    "decision-instances": "Decision Instance",
    "user-tasks": "User Task",
    "batch-operations": "Batch Operation",
    "audit-logs": "Audit Log",
}


def cluster_routes(store: Store, context_path: str) -> list[Route]:
    """Give the routes of all resources, and those of the cluster itself.

    Parameters
    ----------
    store : Store
        The rows.
    context_path : str
        What every path begins with.

    Returns
    -------
    list of Route
        In the order in which they are tried.
    """
    root = f"{context_path}/v2"

    async def topology(_: Request) -> Answer:
        brokers = [{"nodeId": 0, "host": "127.0.0.1", "port": 26501, "partitions": [], "version": f"{store.version}.0"}]
        told = {"brokers": brokers, "clusterSize": 1, "partitionsCount": 1, "replicationFactor": 1}
        return Answer(json_text({**told, "gatewayVersion": f"{store.version}.0", "lastCompletedChangeId": "-1"}))

    return [
        Route(f"{root}/topology", topology, methods=["GET"]),
        *statistics_routes(store, root),
        *(
            route
            for resource in store.resources.values()
            for route in _ResourceRoutes(resource, store).under(f"{root}/{resource.name}")
        ),
    ]


async def refused(request: Request, problem: Exception) -> Response:
    """Answer with a problem.

    Parameters
    ----------
    request : Request
        What is answered.
    problem : Problem
        Why.

    Returns
    -------
    Response
        problem+json.
    """
    assert isinstance(problem, Problem)
    version = getattr(request.app.state, "version", "8.9")
    return Answer(problem.body(request.url.path, version), problem.status, PROBLEM)


class _ResourceRoutes:
    """The routes of one resource."""

    def __init__(self, resource: Resource, store: Store) -> None:
        self._resource = resource
        self._store = store

    def under(self, path: str) -> list[Route]:
        routes = [Route(f"{path}/search", self._search, methods=["POST"])]
        if self._resource.has_xml:
            routes.append(Route(f"{path}/{{key}}/xml", self._xml, methods=["GET"]))
        if self._resource.name == "process-instances":
            routes += [
                Route(f"{path}/{{key}}/statistics/element-instances", self._statistics, methods=["GET"]),
                Route(f"{path}/{{key}}/sequence-flows", self._sequence_flows, methods=["GET"]),
                Route(f"{path}/{{key}}/call-hierarchy", self._call_hierarchy, methods=["GET"]),
            ]
        if self._resource.has_key_route:
            routes.append(Route(f"{path}/{{key}}", self._by_key, methods=["GET"]))
        return routes

    async def _search(self, request: Request) -> Answer:
        body = await request.body()
        if body and request.headers.get("content-type", "").split(";")[0].strip().lower() != JSON:
            raise Problem(415, "Unsupported Media Type", "Content-Type must be application/json")
        query = read_query(body, self._resource)
        whole = self._resource.name == "variables" and request.query_params.get("truncateValues") == "false"
        more = self._store.having(query.variables) if query.variables else frozenset()
        table = self._store.table(self._resource, whole=whole)
        return Answer(answer(query, table, self._store.version, more=more))

    async def _by_key(self, request: Request) -> Answer:
        row = self._store.row(self._resource, self._key(request))
        if row is None:
            raise not_found(_WHATS[self._resource.name], self._key(request))
        return Answer(row)

    async def _xml(self, request: Request) -> Answer:
        key = self._key(request)
        diagram = self._store.xml(self._resource, key)
        if diagram is None:
            raise not_found(_WHATS[self._resource.name], key)
        return Answer(diagram.encode(), 200, XML, chunked=False)

    async def _statistics(self, request: Request) -> Answer:
        return Answer(json_text({"items": self._store.statistics([self._instance(request)])}))

    async def _sequence_flows(self, request: Request) -> Answer:
        return Answer(json_text({"items": self._store.sequence_flows(self._instance(request))}))

    async def _call_hierarchy(self, request: Request) -> Answer:
        return Answer(json_text(self._store.ancestors(self._instance(request))))

    def _instance(self, request: Request) -> int:
        key = self._key(request)
        if self._store.tables["process-instances"].position(key) is None:
            raise not_found(_WHATS["process-instances"], key)
        return int(key)

    def _key(self, request: Request) -> str:
        text = str(request.path_params["key"])
        if self._resource.name == "decision-instances":
            if not re.fullmatch(r"[0-9]+-[0-9]+", text):
                # ``camunda-v2.md`` section 1.2.
                if self._store.version == "8.10":
                    raise invalid(f"The provided decisionEvaluationInstanceKey '{text}' is not valid.")
                raise not_found(_WHATS[self._resource.name], text)
            return text
        if self._resource.by_name[self._resource.identity].type == "text":
            return text
        if not re.fullmatch(r"-?[0-9]{1,19}", text) or not -(2**63) <= int(text) < 2**63:
            raise invalid(f"Failed to convert '{text}' to the key of {self._resource.name}")
        return str(int(text))
