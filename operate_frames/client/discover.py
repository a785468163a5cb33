"""What answers at a URL: Operate, with or without ``/operate``, or something else; settings to a connection."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from operate_frames.client.config.secret import Masked
from operate_frames.client.config.settings import Settings
from operate_frames.client.operate import Operate
from operate_frames.client.retry import AT_FIRST_CONTACT, DEFAULT_POLICY, RetryPolicy
from operate_frames.errors import AudienceRejected, ConnectionFailed, NotOperate
from operate_frames.schema.resources import RESOURCES

if TYPE_CHECKING:
    import requests

__all__ = ["open_connection"]

_log = logging.getLogger(__name__)


def open_connection(
    settings: Settings,
    session: requests.Session | None = None,
    policy: RetryPolicy = DEFAULT_POLICY,
    stopped: threading.Event | None = None,
) -> Operate:
    """Connect to a server that answers: at the base URL as it is given, or with or without ``/operate``.

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

    Raises
    ------
    ConnectionFailed, SignInFailed, NotOperate, AnswerFailed
        Told apart by subclass; the connection that was current stays so.
    """
    second = settings.with_second_audience
    try:
        return _at_either_path(settings, session, policy, stopped)
    except AudienceRejected as error:
        if second is None:
            raise
        refused = error
    try:
        operate = _at_either_path(second, session, policy, stopped)
    except AudienceRejected:
        raise AudienceRejected(f"{refused} Audience {second.audience!r} was tried too, and refused.") from None
    _log.warning(
        "%s takes audience %r, not %r: pass audience=%r to ask for that one at once.",
        settings.base_url,
        second.audience,
        settings.audience,
        second.audience,
    )
    return operate


def _at_either_path(
    settings: Settings, session: requests.Session | None, policy: RetryPolicy, stopped: threading.Event | None
) -> Operate:
    """At the base URL as it is given, or with or without ``/operate``."""
    given = settings.base_url
    other = given.removesuffix("/operate") if given.endswith("/operate") else f"{given}/operate"
    try:
        return _verified(settings, session, policy, stopped)
    except NotOperate as error:
        not_there = error
    try:
        return _verified(settings.at(other), session, policy, stopped)
    except NotOperate:
        if _is_zeebe_gateway(settings, session):
            raise NotOperate(
                f"{given} is a Zeebe gateway, which has no Operate API: {settings.named('base_url')} must be Operate's"
                " address, another host or port."
            ) from None
        raise not_there from None


def _is_zeebe_gateway(settings: Settings, session: requests.Session | None) -> bool:
    """Whether what answers there tells of brokers; asked without credentials."""
    from operate_frames.client.session import HttpSession  # noqa: PLC0415 - see _verified

    http_session = HttpSession(settings, session)
    try:
        responses = [http_session.send("GET", f"/{version}/topology", headers=Masked()) for version in ("v2", "v1")]
    except ConnectionFailed:
        return False
    finally:
        http_session.close()
    return any(response.status == 200 and b'"brokers"' in response.content for response in responses)


def _verified(
    settings: Settings, session: requests.Session | None, policy: RetryPolicy, stopped: threading.Event | None
) -> Operate:
    """Ask for one definition: that tells every cause of failure apart and costs next to nothing."""
    # HTTP takes half of what `import operate_frames` would: it and the API come with the first connection.
    from operate_frames.api.v1 import V1_API  # noqa: PLC0415
    from operate_frames.client.http import HttpClient  # noqa: PLC0415
    from operate_frames.client.session import HttpSession  # noqa: PLC0415

    definitions = RESOURCES["process_definitions"]
    transport = HttpClient(HttpSession(settings, session), V1_API, policy)
    try:
        content = transport.post(
            V1_API.search_path(definitions), V1_API.probe, retry_on=AT_FIRST_CONTACT, stopped=stopped
        )
        visible = V1_API.read_page(definitions, content).total
    except BaseException:
        transport.close()
        raise
    return Operate(V1_API, transport, visible)
