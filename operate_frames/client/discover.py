"""What a server speaks, and where: each place where an API may answer is asked; settings to a connection."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from operate_frames.api.base import Api, Total
from operate_frames.client.config.secret import Masked
from operate_frames.client.config.settings import Settings
from operate_frames.client.operate import Operate
from operate_frames.client.places import ApiName, Place, places
from operate_frames.client.retry import AT_FIRST_CONTACT, DEFAULT_POLICY, RetryPolicy
from operate_frames.display.warn import warn
from operate_frames.errors import (
    AudienceRejected,
    BadAnswer,
    ConnectionFailed,
    CredentialsRejected,
    IncompleteWarning,
    NotOperate,
    OperateError,
    PermissionMissing,
)
from operate_frames.query.query import Query
from operate_frames.schema.resources import RESOURCES

if TYPE_CHECKING:
    import requests

    from operate_frames.client.http import HttpClient

__all__ = ["open_connection"]

_log = logging.getLogger(__name__)
# As many requests as a read has at once unasked, so that the first one finds them open.
_OPENED_AHEAD = 4
# After these another place may answer.
_GOES_ON = (NotOperate, BadAnswer, PermissionMissing, AudienceRejected, CredentialsRejected, ConnectionFailed)


def open_connection(
    settings: Settings,
    session: requests.Session | None = None,
    policy: RetryPolicy = DEFAULT_POLICY,
    stopped: threading.Event | None = None,
    *,
    api: ApiName | None = None,
) -> Operate:
    """Connect to a server that answers.

    Parameters
    ----------
    settings : Settings
        Where to, and how to sign in.
    session : requests.Session, optional
        The user's own.
    policy : RetryPolicy
        How often the connection tries again, and how long it waits in between.
    stopped : threading.Event, optional
        Once it is set nothing more is sent.
    api : {"v1", "v2"}, optional
        The only one to ask for; by default what the server has, v2 before v1.

    Raises
    ------
    ConnectionFailed, SignInFailed, NotOperate, AnswerFailed
        Told apart by subclass; the connection that was current stays so.
    """
    wanted = places(settings, api)
    tried: list[tuple[Place, OperateError]] = []
    with _Clients(session, policy, stopped).closed() as clients:
        for place in wanted:
            if _is_pointless(place, tried):
                continue
            try:
                operate = clients.ask(place)
            except _GOES_ON as error:
                _log.debug("not %s: %s", place, error)
                tried.append((place, error))
                continue
            _tell_of_audience(settings, place)
            if place.api == "v2":
                _compare(operate, clients, [each for each in wanted if each.api == "v1"])
            clients.keep(operate)
            operate.transport.open_ahead(_OPENED_AHEAD)
            return operate
    raise _summed_up(tried, settings, session)


class _Clients:
    """Asks places, and signs in once where two of them share a sign-in."""

    def __init__(self, session: requests.Session | None, policy: RetryPolicy, stopped: threading.Event | None) -> None:
        self._session = session
        self._policy = policy
        self._stopped = stopped
        self._open: dict[tuple[str, str | None], HttpClient] = {}

    @contextmanager
    def closed(self) -> Iterator[_Clients]:
        """Close at the end all that were not kept."""
        try:
            yield self
        finally:
            for client in self._open.values():
                client.close()

    def keep(self, operate: Operate) -> None:
        """Leave the client of a connection open."""
        self._open = {place: client for place, client in self._open.items() if client is not operate.transport}

    def ask(self, place: Place) -> Operate:
        """Ask for one definition: that tells every cause of failure apart and costs next to nothing.

        Raises
        ------
        OperateError
            Nothing of that API answers there, or it refuses.
        """
        from operate_frames.api.v1 import V1_API  # noqa: PLC0415 - they and HTTP come with the first connection

        if place.api == "v1":
            client = self.client(place, V1_API)
            return Operate(V1_API, client, self._count(client, V1_API, "process_definitions"))
        from operate_frames.api.v2 import FIRST_VERSION, VERSION_PATH, read_version, v2_api  # noqa: PLC0415

        client = self.client(place, v2_api(FIRST_VERSION))
        visible = self._count(client, v2_api(FIRST_VERSION), "process_definitions")
        version = FIRST_VERSION
        with suppress(OperateError):  # who may not see it reads what all versions have
            version = read_version(client.get(VERSION_PATH, stopped=self._stopped))
        if version < FIRST_VERSION:
            raise NotOperate(f"{place} is that of an early version, which is not complete.")
        client.speak(v2_api(version))
        return Operate(v2_api(version), client, visible)

    def instances(self, client: HttpClient, api: Api) -> Total:
        """Count the process instances that somebody sees; asked once, as nothing hangs on it."""
        client.speak(api)
        return self._count(client, api, "process_instances", retry_on=())

    def client(self, place: Place, api: Api) -> HttpClient:
        """The client of a place, which speaks an API from now on."""
        from operate_frames.client.http import HttpClient  # noqa: PLC0415
        from operate_frames.client.session import HttpSession  # noqa: PLC0415

        client = self._open.get(place.signed_in_as)
        if client is None:
            client = HttpClient(HttpSession(place.settings, self._session), api, self._policy)
            self._open[place.signed_in_as] = client
        client.speak(api)
        return client

    def _count(
        self, client: HttpClient, api: Api, name: str, retry_on: tuple[type[OperateError], ...] = AT_FIRST_CONTACT
    ) -> Total:
        resource = RESOURCES[name]
        plan = api.plan(Query(resource, resource.columns, limit=1))
        body = api.body(plan, plan.searches[0], None, size=1)
        content = client.post(api.search_path(resource), body, retry_on=retry_on, stopped=self._stopped)
        return api.read_page(plan, content).total


def _is_pointless(place: Place, tried: list[tuple[Place, OperateError]]) -> bool:
    """Whether what failed elsewhere fails here too: no host, or the same sign-in."""
    return any(
        (isinstance(error, ConnectionFailed) and other.host == place.host)
        or (
            isinstance(error, (CredentialsRejected, AudienceRejected))
            and (other.host, other.settings.audience) == (place.host, place.settings.audience)
        )
        for other, error in tried
    )


def _compare(operate: Operate, clients: _Clients, others: list[Place]) -> None:
    """Warn where v1 sees more: v2 gives fewer rows without the permissions, and says nothing."""
    from operate_frames.api.v1 import V1_API  # noqa: PLC0415 - see ask

    here = (operate.settings.base_url, operate.settings.audience)
    if operate.api.version >= (8, 10) or here not in [place.signed_in_as for place in others]:
        return
    try:
        with suppress(OperateError):
            v2_sees = clients.instances(operate.transport, operate.api)
            v1_sees = clients.instances(operate.transport, V1_API)
            if v2_sees.value < v1_sees.value:
                warn(
                    f"API v2 shows {operate.settings.who} {v2_sees.value:,} process instances at"
                    f" {operate.settings.base_url}, v1 {v1_sees.value:,}{'' if v1_sees.exact else ' or more'}: ask for"
                    " the permission READ_PROCESS_INSTANCE on all process definitions, or connect with api='v1'.",
                    IncompleteWarning,
                )
    finally:
        operate.transport.speak(operate.api)


def _tell_of_audience(settings: Settings, place: Place) -> None:
    """Say which audience was taken where another was asked for first."""
    if place.api == "v1" and place.settings.audience != settings.audience:
        _log.warning(
            "%s takes audience %r, not %r: pass audience=%r to ask for that one at once.",
            place.settings.base_url,
            place.settings.audience,
            settings.audience,
            place.settings.audience,
        )


def _summed_up(
    tried: list[tuple[Place, OperateError]], settings: Settings, session: requests.Session | None
) -> OperateError:
    """The error that tells most: a refusal before a missing answer, that before something else that answers."""
    refused = [error for _, error in tried if not isinstance(error, (NotOperate, BadAnswer, ConnectionFailed))]
    audiences = [place.settings.audience for place, error in tried if isinstance(error, AudienceRejected)]
    if refused and isinstance(refused[-1], AudienceRejected) and len(set(audiences)) > 1:
        said = " and ".join(map(repr, list(dict.fromkeys(audiences))[1:]))
        kept = next(error for error in refused if isinstance(error, AudienceRejected))
        return AudienceRejected(f"{kept} Audience {said} was tried too, and refused.")
    if refused:
        return refused[0]
    for kind in (BadAnswer, ConnectionFailed):
        found = [error for place, error in tried if isinstance(error, kind) and place.api != "v2"]
        if found:
            return found[0]
    if all(isinstance(error, ConnectionFailed) for _, error in tried):
        return tried[0][1]
    if any(place.api == "v2" for place, _ in tried) and _is_zeebe_gateway(settings, session):
        return NotOperate(
            f"{settings.base_url} is a Zeebe gateway, which has no Operate API: {settings.named('base_url')} must be"
            " Operate's address, another host or port."
        )
    told = next((error for place, error in tried if place.api == "v1"), tried[0][1])
    return NotOperate(f"{told} Tried: {', '.join(str(place) for place, _ in tried)}.")


def _is_zeebe_gateway(settings: Settings, session: requests.Session | None) -> bool:
    """Whether what answers there tells of brokers; asked without credentials."""
    from operate_frames.client.session import HttpSession  # noqa: PLC0415

    http_session = HttpSession(settings, session)
    try:
        responses = [http_session.send("GET", f"/{version}/topology", headers=Masked()) for version in ("v2", "v1")]
    except ConnectionFailed:
        return False
    finally:
        http_session.close()
    return any(response.status == 200 and b'"brokers"' in response.content for response in responses)
