"""Operate's routes (contract, section 1.2) over a store."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from operate_frames.sandbox.http.errors import Refused, invalid_request, not_found
from operate_frames.sandbox.http.responses import (
    JSON,
    PROBLEM,
    XML,
    Answer,
    accepted,
    asked_xml,
    framework_answer,
    json_text,
)
from operate_frames.sandbox.v1.query import read_query
from operate_frames.sandbox.v1.resources import PROCESS_INSTANCES, RESOURCES, Database, Resource
from operate_frames.sandbox.v1.search import answer
from operate_frames.sandbox.v1.store import Store
from operate_frames.sandbox.v2.problems import Problem
from operate_frames.sandbox.v2.routes import refused


def application(routes: Sequence[BaseRoute], middleware: Sequence[Middleware], version: str = "8.6") -> Starlette:
    """Put routes and filters together, refusals answered as the real server answers them.

    Parameters
    ----------
    routes : sequence of route
        All routes of the port.
    middleware : sequence of Middleware
        The filters before them, the outermost first.
    version : str
        Of Camunda, which decides how problems read.

    Returns
    -------
    Starlette
        An ASGI application.
    """
    app = Starlette(
        routes=routes,
        middleware=middleware,
        exception_handlers={Refused: _refused, Problem: refused, HTTPException: _framework_refused},
    )
    app.state.version = version
    app.router.redirect_slashes = False  # a trailing slash is another path
    return app


def operate_routes(
    store: Store, database: Database, context_path: str, *, is_allowed: bool = True, shares_variables: bool = False
) -> list[Route]:
    """Give the routes of all eight resources.

    Parameters
    ----------
    store : Store
        The rows.
    database : {"elasticsearch", "opensearch"}
        Whose ways to follow.
    context_path : str
        What every path begins with.
    is_allowed : bool
        Whether who signs in may read everything, as v1 wants it from 8.8 on.
    shares_variables : bool
        Whether another application has the route of a variable too, so that nobody answers it, as on 8.8 (contract,
        section 5).

    Returns
    -------
    list of Route
        In the order in which they are tried.
    """
    if not is_allowed:
        return [Route(f"{context_path}/v1/{{rest:path}}", _forbidden, methods=["GET", "POST"])]
    shared = [Route(f"{context_path}/v1/variables/{{key}}", _ambiguous, methods=["GET"])] if shares_variables else []
    return shared + [
        route
        for resource in RESOURCES.values()
        for route in _ResourceRoutes(resource, store, database).under(f"{context_path}/v1/{resource.name}")
    ]


class Distance:
    """Makes the server seem far away: every answer of its own waits a while.

    Parameters
    ----------
    app : ASGI application
        What answers.
    delay : float
        Seconds to wait; other requests go on meanwhile.
    context_path : str
        What the paths that wait begin with.
    """

    def __init__(self, app: ASGIApp, delay: float, context_path: str) -> None:
        self._app = app
        self._delay = delay
        self._prefixes = tuple(f"{context_path}/{part}" for part in ("v1/", "v2/", "api/", "login"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait, then pass the request on."""
        if scope["type"] == "http" and scope["path"].startswith(self._prefixes):
            await asyncio.sleep(self._delay)
        await self._app(scope, receive, send)


class _ResourceRoutes:
    """The routes of one resource."""

    def __init__(self, resource: Resource, store: Store, database: Database) -> None:
        self._resource = resource
        self._store = store
        self._database = database

    def under(self, path: str) -> list[Route]:
        routes = [
            Route(f"{path}/search", self._search, methods=["POST"]),
            Route(f"{path}/{{key}}", self._by_key, methods=["GET"]),
        ]
        if self._resource.missing_xml:
            routes.append(Route(f"{path}/{{key}}/xml", self._xml, methods=["GET"]))
        if self._resource is PROCESS_INSTANCES:
            routes += [
                Route(f"{path}/{{key}}", self._delete, methods=["DELETE"]),
                Route(f"{path}/{{key}}/statistics", self._statistics, methods=["GET"]),
                Route(f"{path}/{{key}}/sequence-flows", self._sequence_flows, methods=["GET"]),
            ]
        return routes

    async def _search(self, request: Request) -> Answer:
        body = await request.body()
        if body and request.headers.get("content-type", "").split(";")[0].strip().lower() != JSON:
            raise HTTPException(415)
        _must_accept(request, JSON)
        query = read_query(body, self._resource)
        return Answer(answer(query, self._store.tables[self._resource.name], self._database))

    async def _by_key(self, request: Request) -> Answer:
        _must_accept(request, JSON)
        return Answer(self._row(self._key(request)))

    async def _xml(self, request: Request) -> Answer:
        _must_accept(request, "text/xml")
        key = self._key(request)
        diagram = self._store.xml[self._resource.name].get(key)
        if diagram is None:
            assert self._resource.missing_xml is not None
            raise not_found(self._resource.missing_xml.format(key))
        return Answer(diagram.encode(), 200, XML, chunked=False)

    async def _delete(self, request: Request) -> Answer:
        if getattr(request.state, "by_token", False):
            raise invalid_request("Couldn't get authentication for user.")
        key = self._key(request)
        self._row(key)
        if not self._store.is_finished(key):
            raise invalid_request("Process instances needs to be in one of the states [COMPLETED, CANCELED]")
        self._store.delete(key)
        message = f"Process instance and dependant data deleted for key '{key}'"
        return Answer(json_text({"message": message, "deleted": 1}))

    async def _statistics(self, request: Request) -> Answer:
        key = self._key(request)
        self._row(key)
        counts = self._store.statistics(key)
        xml_type = _xml_or_json(request)
        if xml_type is None:
            return Answer(json_text(counts))
        items = ("".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in count.items()) for count in counts)
        return Answer(_xml_list("Collection", items), 200, xml_type)

    async def _sequence_flows(self, request: Request) -> Answer:
        key = self._key(request)
        self._row(key)
        flows = self._store.sequence_flows(key)
        xml_type = _xml_or_json(request)
        if xml_type is None:
            return Answer(json_text(flows))
        return Answer(_xml_list("List", map(escape, flows)), 200, xml_type)

    def _key(self, request: Request) -> str:
        """Read the path's key: a Java long, but for decision instances, whose id is text."""
        text = str(request.path_params["key"])
        if self._resource.identity == "id":
            return text
        if re.fullmatch(r"[+-]?[0-9]+", text) and -(2**63) <= int(text) < 2**63:
            return str(int(text))
        raise invalid_request(
            "Failed to convert value of type 'java.lang.String' to required type 'java.lang.Long'; "
            f'For input string: "{text}"'
        )

    def _row(self, key: str) -> bytes:
        row = self._store.row(self._resource, key)
        if row is None:
            raise not_found(self._resource.not_found(key, self._database))
        return row


def _must_accept(request: Request, media_type: str) -> None:
    if not accepted(request, media_type):
        raise HTTPException(406)


def _xml_or_json(request: Request) -> str | None:
    """Choose the type of a route that declares none: XML for those who take no JSON."""
    xml_type = asked_xml(request)
    if xml_type is None:
        _must_accept(request, JSON)
    return xml_type


def _xml_list(name: str, items: Iterable[str]) -> bytes:
    inner = "".join(f"<item>{item}</item>" for item in items)
    return f"<{name}>{inner}</{name}>".encode()


async def _ambiguous(_: Request) -> Answer:
    raise HTTPException(500)


async def _forbidden(_: Request) -> Answer:
    raise Refused(403, "Access denied", "No permission to read everything")


async def _refused(_: Request, refused: Exception) -> Response:
    assert isinstance(refused, Refused)
    return Answer(refused.body(), refused.status, PROBLEM)


async def _framework_refused(request: Request, refused: Exception) -> Response:
    assert isinstance(refused, HTTPException)
    headers = {"Allow": _allowed(request)} if refused.status_code == 405 else None
    return framework_answer(request, refused.status_code, headers)


def _allowed(request: Request) -> str:
    methods: set[str] = set()
    for route in request.app.routes:
        if route.matches(request.scope)[0] is not Match.NONE:
            methods |= route.methods
    return ", ".join(sorted(methods - {"HEAD"}))
