"""Reading an answer that is no page of rows: what went wrong, and which setting to change.

The four error bodies of Operate are in the contract, ``operate-v1.md`` sections 2.5, 2.6 and 6.3.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from operate_frames.client.retry import is_busy
from operate_frames.errors import (
    AnswerFailed,
    AudienceRejected,
    BadAnswer,
    CredentialsRejected,
    CsrfRejected,
    NotFound,
    NotOperate,
    OperateError,
    PermissionMissing,
    RequestRejected,
    ServerBusy,
)

if TYPE_CHECKING:
    from operate_frames.api.base import Api
    from operate_frames.client.config.settings import Settings
    from operate_frames.client.session import Response

__all__ = ["JSON", "error_body", "error_for", "is_refused", "no_api_at"]

JSON = "application/json"
_QUOTED = 300


def is_json(response: Response) -> bool:
    """Whether the answer says that it is JSON, problem+json included."""
    return _media_type(response) == JSON or _media_type(response).endswith("+json")


def _media_type(response: Response) -> str:
    return str(response.headers.get("Content-Type", "")).partition(";")[0].strip().lower()


def is_refused(response: Response) -> bool:
    """Whether the server did not take the sign-in, so that renewing it may help."""
    return response.status == 401 or (response.status == 403 and _is_csrf(error_body(response)))


def error_for(
    response: Response, settings: Settings, api: Api, *, accept: str = JSON, has_answered: bool = False
) -> OperateError | None:
    """Turn an answer into the error that explains it; None for a good one of the media type that was asked for.

    Once a server `has_answered` as Operate, what else comes from its address is trouble on the way, no other server.
    """
    status = response.status
    if status == 200 and _is_good(response, accept):
        return None
    body = error_body(response)
    error = api.read_error(status, body)
    said = error.message[:_QUOTED].strip()
    if error.is_busy or is_busy(status):
        return ServerBusy(
            f"{settings.base_url} cannot answer now (HTTP {status}{': ' + said if said else ''})"
            f"{response.asks_to_wait}.",
            status=status,
            retry_after=response.retry_after,
        )
    if status == 401:
        return _unauthorized(settings, said)
    if status == 403 and (is_json(response) or not response.content):
        return _forbidden(settings, said, api) if not _is_csrf(body) else _no_csrf_token(settings)
    if not error.is_ours:
        return _disturbed(settings, response) if has_answered else no_api_at(settings, response, api.not_there)
    if error.is_missing:
        return NotFound(f"{settings.base_url} says: {said}", status=status)
    return RequestRejected(
        f"{settings.base_url} refused the request (HTTP {status}): {said or body.get('error', 'no reason given')}",
        status=status,
    )


def _is_good(response: Response, accept: str) -> bool:
    if accept != JSON:
        return _media_type(response) == accept
    # Without a media type the answer speaks for itself.
    return is_json(response) or (not _media_type(response) and response.content[:1] in (b"{", b"["))


def _disturbed(settings: Settings, response: Response) -> AnswerFailed:
    """Explain an answer that Operate's API would not give, from where it gave some before."""
    status, what = response.status, _kind_of(response)
    passes = status in _MAY_PASS or (status >= 500 and status not in _NEVER_PASS)
    if passes or (status in _GONE and not is_json(response)):
        return ServerBusy(
            f"{settings.base_url}, or what stands before it, is disturbed: it answered HTTP {status} with {what} where"
            f" Operate's answer was due{response.asks_to_wait}.",
            status=status,
            retry_after=response.retry_after,
        )
    if status in _GONE and is_json(response):
        return BadAnswer(
            f"{settings.base_url} knows no such request (HTTP {status}): this version of Camunda may lack it.",
            status=status,
        )
    return BadAnswer(
        f"A firewall or proxy before {settings.base_url} seems to have refused the request: it answered HTTP {status}"
        f" with {what}. Ask who runs it.",
        status=status,
    )


# A page of a proxy in the place of an answer, an interim answer, a redirect to a page that says to wait.
_MAY_PASS = frozenset((*range(100, 104), *range(200, 209), *range(300, 309)))
# Of a proxy that has lost its way; as JSON they are the server's own.
_GONE = frozenset((404, 405, 410))
# Not implemented, another version of HTTP, a network's own login page.
_NEVER_PASS = frozenset((501, 505, 511))


def _kind_of(response: Response) -> str:
    """What an answer is, in words."""
    if 300 <= response.status < 400:
        return f"a redirect to {redirect_target(response) or 'an address that cannot be read'}"
    if not response.content:
        return "nothing in it"
    if _media_type(response) == "text/html":
        return "a web page"
    return _media_type(response) or "something without a content type"


def redirect_target(response: Response) -> str:
    """Where a redirect leads, without its query; empty where that is no address."""
    try:
        target = urlsplit(response.headers.get("Location", ""))
        return f"{target.scheme}://{target.netloc}{target.path}" if target.netloc else target.path
    except ValueError:
        return ""


def no_api_at(settings: Settings, response: Response, why: str = "") -> NotOperate:
    """Explain an answer that Operate's API would not give."""
    status, content_type = response.status, response.headers.get("Content-Type", "no content type")
    base_url, where = settings.base_url, settings.named("base_url")
    if 300 <= status < 400:
        return NotOperate(
            f"{base_url} redirects to {redirect_target(response) or 'an address that cannot be read'} instead of"
            f" answering: {where} must be the final address of Operate's API."
        )
    if status == 403:
        return NotOperate(
            f"A firewall or proxy seems to stand before {base_url}: it answered HTTP 403 with {_kind_of(response)}"
            f" where JSON was due. Is {where} right, and may this machine reach it?"
        )
    if content_type.startswith("text/html"):
        return NotOperate(
            f"A web page came from {base_url} where JSON was due (HTTP {status}): {where} must be the address of"
            " Operate's API, not of a login page, portal or proxy; it is the part before the API's version."
        )
    if status in (404, 405):
        return NotOperate(
            f"There is no Operate API at {base_url} (HTTP {status}): check host, port and path of {where}."
            f"{' ' + why if why else ''}"
        )
    return NotOperate(
        f"{base_url} answered HTTP {status} ({content_type}) where JSON was due: is {where} the address of Operate?"
    )


def _unauthorized(settings: Settings, said: str) -> OperateError:
    because = f" ({said})" if said else ""
    if "audience" in settings.method.settings and "payload validation" in said:
        return AudienceRejected(
            f"{settings.base_url} takes no token for audience {settings.audience!r}{because}: check"
            f" {settings.named('audience')}, and that the base URL names the cluster that the client belongs to."
        )
    advice = settings.method.when_refused.format_map({name: settings.named(name) for name in settings.method.settings})
    return CredentialsRejected(f"{settings.base_url} refused the sign-in as {settings.who}{because}: {advice}.")


def _forbidden(settings: Settings, said: str, api: Api) -> PermissionMissing:
    return PermissionMissing(
        f"{settings.who} may not read this at {settings.base_url} (HTTP 403{': ' + said if said else ''}):"
        f" {api.not_allowed}"
    )


def _no_csrf_token(settings: Settings) -> CsrfRejected:
    return CsrfRejected(
        f"{settings.base_url} refused the request for want of a CSRF token (HTTP 403): {settings.method.when_csrf}."
    )


def _is_csrf(body: dict[str, Any]) -> bool:
    """The framework's own 403: it has a path and an error, where a missing permission has a type."""
    return body.get("error") == "Forbidden" and "type" not in body


def error_body(response: Response) -> dict[str, Any]:
    """The JSON object that an error came with, empty where there is none."""
    if not is_json(response):
        return {}
    try:
        body = json.loads(response.content)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}
