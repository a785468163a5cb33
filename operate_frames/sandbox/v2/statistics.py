"""What v2 counts over definitions (``camunda-v2.md`` section 6)."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from operate_frames.sandbox.http.responses import Answer, json_text
from operate_frames.sandbox.v2.problems import invalid, not_found
from operate_frames.sandbox.v2.query import PageAsked, read_page, read_query
from operate_frames.sandbox.v2.search import conditions_of
from operate_frames.sandbox.v2.store import Store

__all__ = ["statistics_routes"]

_INSTANCES = "process-instances"
_COUNTS = ("activeInstancesWithIncidentCount", "activeInstancesWithoutIncidentCount")


def statistics_routes(store: Store, root: str) -> list[Route]:
    """Give the routes of what is counted over definitions.

    Parameters
    ----------
    store : Store
        The rows.
    root : str
        What every path begins with.

    Returns
    -------
    list of Route
        Those that the version has.
    """
    table, resource = store.tables[_INSTANCES], store.resources[_INSTANCES]

    async def elements(request: Request) -> Answer:
        key = str(request.path_params["key"])
        if not key.isdecimal():
            raise invalid(f"Failed to convert '{key}' to a process definition key")
        if store.tables["process-definitions"].position(key) is None:
            raise not_found("Process Definition", key)
        query = read_query(await request.body(), resource)
        more = store.having(query.variables) if query.variables else frozenset()
        met = table.select(conditions_of(query, table) | more, ()).rows(0, table.count)
        of_definition = table.column("processDefinitionKey").values == int(key)
        keys = [int(table.identity.values[row]) for row in met if of_definition[row]]
        return Answer(json_text({"items": store.statistics(keys)}))

    async def processes(request: Request) -> Answer:
        versions: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for row in store.active_by_version():
            versions.setdefault((row["processDefinitionId"], row["tenantId"]), []).append(row)
        found = [
            {
                "processDefinitionId": process,
                "tenantId": tenant,
                "latestProcessDefinitionName": rows[-1]["processDefinitionName"],
                "hasMultipleVersions": len(rows) > 1,
                **{name: sum(row[name] for row in rows) for name in _COUNTS},
            }
            for (process, tenant), rows in versions.items()
            if any(row[name] for row in rows for name in _COUNTS)
        ]
        return _page(found, read_page(_body(await request.body()).get("page")))

    async def by_version(request: Request) -> Answer:
        body = _body(await request.body())
        process = (body.get("filter") or {}).get("processDefinitionId")
        if not isinstance(process, str):
            raise invalid("No filter.processDefinitionId provided")
        rows = [row for row in store.active_by_version() if row["processDefinitionId"] == process]
        return _page(rows, read_page(body.get("page")))

    definitions = f"{root}/process-definitions"
    routes = [Route(f"{definitions}/{{key}}/statistics/element-instances", elements, methods=["POST"])]
    if store.version != "8.8":
        routes += [
            Route(f"{definitions}/statistics/process-instances", processes, methods=["POST"]),
            Route(f"{definitions}/statistics/process-instances-by-version", by_version, methods=["POST"]),
        ]
    return routes


def _body(content: bytes) -> dict[str, Any]:
    try:
        body = json.loads(content or b"{}")
    except ValueError:
        raise invalid("Failed to read request") from None
    if not isinstance(body, dict):
        raise invalid("Request property [request body] cannot be parsed")
    return body


def _page(rows: list[dict[str, Any]], page: PageAsked) -> Answer:
    """By offset alone."""
    if page.cursor is not None:
        raise invalid("Only offset pages are allowed")
    shown = rows[page.start : page.start + page.limit]
    told = {"totalItems": len(rows), "hasMoreTotalItems": False, "startCursor": None, "endCursor": None}
    return Answer(json_text({"items": shown, "page": told}))
