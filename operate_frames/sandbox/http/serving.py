"""Starting and stopping the sandbox in this process."""

from __future__ import annotations

import asyncio
import errno
import json
import socket
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import BaseRoute

from operate_frames.sandbox.auth.key_set import TrustedKeys
from operate_frames.sandbox.auth.sign_in import FROM_8_8, UP_TO_8_7, Gate
from operate_frames.sandbox.auth.token_service import REALM_PATH, Client, TokenService
from operate_frames.sandbox.data.company import LAST_MOMENT, TOLD_ROOTS, company
from operate_frames.sandbox.http.app import Distance, application, operate_routes
from operate_frames.sandbox.http.faults import Faults, Troubled
from operate_frames.sandbox.http.request_log import Logged, ReceivedRequest, RequestLog
from operate_frames.sandbox.tables.archiving import Archiving
from operate_frames.sandbox.v1.resources import Database
from operate_frames.sandbox.v1.store import Contents, Store, archiver_of, contents_of_dataset
from operate_frames.sandbox.v2 import fields as v2
from operate_frames.sandbox.v2.routes import cluster_routes
from operate_frames.sandbox.v2.store import Store as ClusterStore

USERNAME = "demo"
PASSWORD = "demo"  # noqa: S105 - the real server's own default
CLIENT_ID = "operate-frames-sandbox"
CLIENT_SECRET = "sandbox-secret-that-must-never-leak"  # noqa: S105 - easy to search logs and files for
AUDIENCE = "operate.camunda.io"
CLUSTER_ID = "5a4db0c5-0000-4000-8000-0a9d8f8e6c01"

Auth = Literal["cookie", "oauth", "both", "none"]
Version = Literal["8.6", "8.8", "8.9", "8.10"]
CsrfHeader = Literal["X-CSRF-TOKEN", "OPERATE-X-CSRF-TOKEN"]
_SMALL_COMPANY = 200
# Of zlib: it is to save the way, not the room.
_QUICKLY = 1
_TURNS = 5
_GRACE = 0.1


class Sandbox:
    """A running sandbox: where it is, how to sign in, and what it was sent.

    Parameters
    ----------
    origin : str
        Scheme, host and port.
    context_path : str
        What the server's own paths begin with.
    tokens : TokenService
        The token service beside it.
    sessions : set of str
        The cookie sessions that are logged in.
    log : RequestLog
        What it was sent.
    rows : mapping
        How many rows it has, by resource.

    Attributes
    ----------
    base_url, token_url : str
        The two addresses.
    client_id, client_secret, audience, cluster_id : str
        What OAuth2 clients sign in with; the same for every sandbox.
    username, password : str
        What the cookie login takes.
    """

    username = USERNAME
    password = PASSWORD
    client_id = CLIENT_ID
    client_secret = CLIENT_SECRET
    audience = AUDIENCE
    cluster_id = CLUSTER_ID

    def __init__(
        self,
        origin: str,
        context_path: str,
        tokens: TokenService,
        sessions: set[str],
        log: RequestLog,
        *,
        rows: Mapping[str, int],
    ) -> None:
        self.base_url = origin + context_path
        self.token_url = f"{origin}{REALM_PATH}/token"
        self._tokens = tokens
        self._sessions = sessions
        self._log = log
        self.rows = rows

    @property
    def requests(self) -> list[ReceivedRequest]:
        """The requests received so far, oldest first; the last hundred thousand."""
        return self._log.listed()

    def rotate_signing_key(self) -> None:
        """Sign with a new key from now on and refuse all tokens of the old one."""
        self._tokens.rotate()

    def end_sessions(self) -> None:
        """Forget all cookie sessions, as a restarted server does."""
        self._sessions.clear()


@contextmanager
def serve(
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    version: Version = "8.6",
    database: Database = "elasticsearch",
    auth: Auth = "cookie",
    data: str | Path | Mapping[str, Any] | None = None,
    instances: int | None = None,
    seed: int = 0,
    until: datetime | Literal["now"] | None = None,
    told: int | None = None,
    collaborations: int | None = None,
    token_life: float = 300.0,
    csrf_header: CsrfHeader | None = "X-CSRF-TOKEN",
    context_path: str = "",
    delay: float = 0.0,
    archiving: Archiving | None = None,
    faults: Faults | None = None,
    jwks_url: str | None = None,
    readable: Collection[str] | None = None,
    compressed: bool = False,
    certificate: tuple[str | Path, str | Path] | None = None,
) -> Iterator[Sandbox]:
    """Run a stand-in for Camunda in a thread of this process: for a real Operate 8.6.0, or for a later cluster.

    Parameters
    ----------
    host : str
        The address to listen on; loopback unless told otherwise.
    port : int
        The port, 0 for a free one.
    version : {"8.6", "8.8", "8.9", "8.10"}
        Of Camunda: 8.6 has API v1 alone, 8.8 and 8.9 have v1 and v2, 8.10 has v2 alone. No real server was seen to
        answer v2; Camunda's own clients read it.
    database : {"elasticsearch", "opensearch"}
        The database driver whose answers to give; v2 is the same on both.
    auth : {"cookie", "oauth", "both", "none"}
        How clients sign in: cookie login, bearer tokens of the token service beside it, either, or not at all.
    data : path or mapping, optional
        Rows to serve, in the format of ``tests/data/dataset.json``.
    instances : int, optional
        Makes a company with so many process instances instead; 200 when there is no ``data`` either.
    seed : int
        Makes another company of the same size.
    until : datetime or "now", optional
        The end of the company's last day, so that "last month" finds something; by default 2026-10-01 UTC.
    told : int, optional
        Of so many root instances of the company it tells elements, variables and incidents, and of those that they
        called; 2,000 by default.
    collaborations : int, optional
        So many process instances more, of two processes that are drawn with pools and lanes: with parallel and
        inclusive gateways, boundary events, a sub-process, a multi-instance activity, and ways back. All that happened
        in them is told; what else there is stays the same. None by default.
    token_life : float
        Seconds that a token lives; ``expires_in`` says it in whole seconds, rounded down.
    csrf_header : {"X-CSRF-TOKEN", "OPERATE-X-CSRF-TOKEN"} or None
        Name of the CSRF header and cookie; None for a server without CSRF.
    context_path : str
        What the server's paths begin with, such as ``/operate``; the token service stays outside.
    delay : float
        Seconds before every answer, as from a distant server.
    archiving : Archiving, optional
        Moves instances that have ended to an archive, batch after batch: searches miss them for a while, or find them
        twice. By default nothing moves.
    faults : Faults, optional
        Lets requests meet trouble, by a seeded schedule, so that jobs can be tried with it. By default all goes well.
    jwks_url : str, optional
        Where another token service lists its keys, such as a Keycloak's ``.../protocol/openid-connect/certs``: bearer
        tokens signed by these are taken, in the place of those of the service beside it. They must name the sandbox's
        `audience` and, in the claim ``https://camunda.com/clusterId``, its `cluster_id`.

    readable : collection of str, optional
        The ids of the processes that whoever signs in may read, from 8.8 on: v2 gives no other rows, and v1, which
        wants the permission for all, answers 403. By default all may be read.
    compressed : bool
        Compresses answers for clients that take it, as a proxy before a server may.
    certificate : (path, path), optional
        Files of a certificate with its chain, and of its key: then it speaks HTTPS. By default plain HTTP.

    Yields
    ------
    Sandbox
        The running sandbox; it stops when the context ends.

    Raises
    ------
    ValueError
        If ``data`` is given with `instances` or what else makes a company, or holds no rows in that format.
    OSError
        If `port` is taken, or the file of ``data`` cannot be read.

    Examples
    --------
    >>> import requests
    >>> from operate_frames.sandbox import serve
    >>> with serve(auth="none") as sandbox:
    ...     answer = requests.post(f"{sandbox.base_url}/v1/process-instances/search", timeout=10)
    >>> answer.json()["total"]
    200
    """
    contents = (
        _company(instances, seed, until, told, collaborations)
        if data is None
        else _recorded(data, is_alone=not any(each is not None for each in (instances, until, told, collaborations)))
    )
    archiver = archiver_of(contents, archiving)
    store = None if version == "8.10" else Store(contents, database, archiver)
    client = Client(CLIENT_ID, CLIENT_SECRET, AUDIENCE, CLUSTER_ID)
    tokens = TokenService(client, token_life)
    judge = TrustedKeys(jwks_url, client) if jwks_url else tokens
    sessions: set[str] = set()
    log = RequestLog()
    middleware = [Middleware(Logged, log=log)]
    if compressed:
        middleware.append(Middleware(GZipMiddleware, compresslevel=_QUICKLY))
    if delay:
        middleware.append(Middleware(Distance, delay=delay, context_path=context_path))
    if faults is not None:
        middleware.append(Middleware(Troubled, faults=faults, context_path=context_path))
    if auth != "none":
        middleware.append(
            Middleware(
                Gate,
                context_path=context_path,
                sessions=sessions,
                user=(USERNAME, PASSWORD) if auth in {"cookie", "both"} else None,
                csrf_name=csrf_header,
                tokens=judge if auth in {"oauth", "both"} else None,
                style=UP_TO_8_7 if version == "8.6" else FROM_8_8,
            )
        )
    routes: list[BaseRoute] = [*tokens.routes()]
    if store is not None:
        routes += operate_routes(
            store, database, context_path, is_allowed=readable is None, shares_variables=version == "8.8"
        )
    if version in v2.VERSIONS:
        routes += cluster_routes(ClusterStore(contents, version, archiver, readable), context_path)
    with _listening(application(routes, middleware, version), host, port, certificate) as origin:
        rows = {name: len(next(iter(columns.values()))) for name, columns in contents.columns.items()}
        yield Sandbox(origin, context_path, tokens, sessions, log, rows=rows)


def run(ready: Callable[[Sandbox], object], **options: Any) -> None:
    """Run a sandbox until Ctrl-C.

    Parameters
    ----------
    ready : callable
        Called with the running sandbox, so that a command can say where it is.
    **options
        What `serve` takes.
    """
    try:
        with serve(**options) as sandbox:
            ready(sandbox)
            threading.Event().wait()
    except KeyboardInterrupt:
        return


def _company(
    instances: int | None,
    seed: int,
    until: datetime | Literal["now"] | None,
    told: int | None,
    collaborations: int | None,
) -> Contents:
    size = _SMALL_COMPANY if instances is None else instances
    return company(size, seed, _moment(until), TOLD_ROOTS if told is None else told, collaborations or 0)


def _recorded(data: str | Path | Mapping[str, Any], *, is_alone: bool) -> Contents:
    if not is_alone:
        raise ValueError("Give data, or instances, told, collaborations and until of a made company, not both.")
    if isinstance(data, Mapping):
        return contents_of_dataset(data)
    try:
        return contents_of_dataset(json.loads(Path(data).read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{data} holds no rows as tests/data/dataset.json does ({error}).") from None


def _moment(until: datetime | Literal["now"] | None) -> int:
    """Milliseconds since 1970; a time without a zone is UTC."""
    if until is None:
        return LAST_MOMENT
    moment = datetime.now(UTC) if isinstance(until, str) else until
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


@contextmanager
def _listening(
    app: Starlette, host: str, port: int, certificate: tuple[str | Path, str | Path] | None
) -> Iterator[str]:
    chain, key = (None, None) if certificate is None else certificate
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends without Nagle's delay only where the protocol is named, which socket.create_server does not do.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            is_taken = error.errno == errno.EADDRINUSE
            why = "is taken: give another, or 0 for a free one" if is_taken else f"cannot be used ({error.strerror})"
            raise OSError(error.errno, f"port {port} at {host} {why}") from None
        config = uvicorn.Config(
            app,
            log_config=None,
            log_level="critical",
            access_log=False,
            lifespan="off",
            ws="none",
            loop="asyncio",
            http="httptools",
            server_header=False,
            timeout_keep_alive=60,
            ssl_certfile=chain,
            ssl_keyfile=key,
        )
        server = _Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), name="sandbox", daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.002)
        try:
            name = f"[{host}]" if ":" in host else host
            yield f"http{'s' if certificate else ''}://{name}:{listener.getsockname()[1]}"
        finally:
            server.end()
            thread.join()


class _Server(uvicorn.Server):
    """One that ends at once: uvicorn looks ten times a second whether it should, and waits as long again."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._told = asyncio.Event()

    def end(self) -> None:
        """Tell it, from another thread."""
        self.should_exit = True
        if self._loop is not None:
            with suppress(RuntimeError):  # it has ended by itself
                self._loop.call_soon_threadsafe(self._told.set)

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        ticking = asyncio.ensure_future(super().main_loop())
        told = asyncio.ensure_future(self._told.wait())
        await asyncio.wait((ticking, told), return_when=asyncio.FIRST_COMPLETED)
        for task in (ticking, told):
            task.cancel()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002 - who gave them closes them
        # One that was just accepted becomes a connection after a few turns of the loop, if its server is still open.
        for listener in (each for server in self.servers for each in server.sockets):
            asyncio.get_running_loop().remove_reader(listener.fileno())
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if self.server_state.tasks:  # answers under way
            await asyncio.wait(self.server_state.tasks, timeout=_GRACE)
        for task in self.server_state.tasks:
            task.cancel()
        for _ in range(_TURNS):  # for connections to close
            await asyncio.sleep(0)
        for connection in list(self.server_state.connections):  # whose clients do not take what is sent
            connection.transport.abort()
        await asyncio.sleep(0)
