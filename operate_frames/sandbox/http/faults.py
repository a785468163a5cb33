"""Trouble on purpose: a seeded schedule of the faults that servers, and what stands before them, were seen to have."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import random
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal, get_args

from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Fault", "Faults", "Troubled"]

# What may happen to any request, and wrong answers to a search.
OnTheWay = Literal[
    "busy",
    "throttled",
    "bad_gateway",
    "error_page",
    "redirected",
    "web_page",
    "broken",
    "cut",
    "slow",
    "refused",
]
OfSearches = Literal["garbled", "cursor_ignored", "cursor_leaps", "doubled", "filter_ignored"]
Fault = Literal[OnTheWay, OfSearches]
_PAGE = b"<!doctype html><title>Please wait</title>"


@dataclass(frozen=True)
class Faults:
    """Which requests meet trouble, and which. The same seed has the same schedule.

    Attributes
    ----------
    seed : int
        Another one makes another schedule.
    share : float
        The share of requests that meet a fault.
    kinds : collection of str
        Which: ``busy`` (503), ``throttled`` (429 that asks to wait), ``bad_gateway`` (502) and ``error_page`` (500),
        both web pages, ``redirected`` (302) and ``web_page`` (200) as from a proxy, ``broken`` (the connection ends
        before the answer) and ``cut`` (in the middle of it), ``slow`` (it comes late), ``refused`` (a 401 although
        signed in), ``garbled`` (half the JSON); and of searches ``cursor_ignored`` (the first page again),
        ``cursor_leaps`` (the cursor lies beyond the last row), ``doubled`` (each row twice), ``filter_ignored`` (rows
        that were not asked for).
    wait : int
        Seconds that ``throttled`` asks to wait.
    delay : float
        Seconds that ``slow`` takes.
    largest_page : int, optional
        Searches for larger pages always end in a 500, as on a server that they are too heavy for.
    """

    seed: int = 0
    share: float = 0.1
    kinds: Collection[Fault] = get_args(Fault)
    wait: int = 1
    delay: float = 1.0
    largest_page: int | None = None

    def __post_init__(self) -> None:
        unknown = set(self.kinds) - set(get_args(Fault))
        if unknown or not 0 <= self.share <= 1:
            raise ValueError(
                f"Faults takes a share from 0 to 1, and kinds of {', '.join(get_args(Fault))}: share={self.share},"
                f" unknown: {', '.join(map(str, sorted(unknown))) or 'none'}."
            )

    def of(self, number: int, *, searching: bool) -> Fault | None:
        """Which fault the request of that number meets, None for none."""
        # A stream for each number: which request comes first is not for this side to say.
        chance = random.Random(f"{self.seed} {number}")  # noqa: S311 - a schedule
        possible = [kind for kind in self.kinds if searching or kind in get_args(OnTheWay)]
        return chance.choice(possible) if possible and chance.random() < self.share else None


class Troubled:
    """Lets requests meet the faults of a schedule.

    Parameters
    ----------
    app : ASGI application
        What answers.
    faults : Faults
        The schedule.
    context_path : str
        What the paths of the API begin with.

    Attributes
    ----------
    met : int
        How many requests met a fault so far.
    """

    def __init__(self, app: ASGIApp, faults: Faults, context_path: str = "") -> None:
        self._app = app
        self._faults = faults
        self._apis = (f"{context_path}/v1/", f"{context_path}/v2/")
        self._numbers = itertools.count()
        self.met = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with trouble, or pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        searching = scope["path"].startswith(self._apis) and scope["path"].endswith("/search")
        body = await _whole(receive) if searching else b""
        if searching and self._is_too_large(body):
            await _answer(send, 500, _PAGE)
            return
        fault = self._faults.of(next(self._numbers), searching=searching)
        self.met += fault is not None
        passed_on = _again(body) if searching else receive
        if fault in _ANSWERS:
            status, content, headers = _ANSWERS[fault]
            more = [(b"retry-after", str(self._faults.wait).encode())] if fault == "throttled" else []
            await _answer(send, status, content, [*headers, *more])
        elif fault == "broken":
            await _start(send, 200, [(b"content-length", b"1000")])
        elif fault == "cut":
            await self._app(scope, passed_on, _cutting(send))
        elif fault in ("cursor_ignored", "filter_ignored"):
            await self._app(scope, _again(_without(body, fault)), send)
        elif fault in ("garbled", "cursor_leaps", "doubled"):
            await self._app(scope, passed_on, _changing(send, fault))
        else:
            if fault == "slow":
                await asyncio.sleep(self._faults.delay)
            await self._app(scope, passed_on, send)

    def _is_too_large(self, body: bytes) -> bool:
        question, most = _object(body), self._faults.largest_page
        return most is not None and question.get("size", question.get("page", {}).get("limit", 10)) > most


_HTML = [(b"content-type", b"text/html")]
_JSON = [(b"content-type", b"application/json")]
_ANSWERS: dict[Any, tuple[int, bytes, list[tuple[bytes, bytes]]]] = {
    "busy": (503, b"", []),
    "throttled": (429, b"", []),
    "bad_gateway": (502, _PAGE, _HTML),
    "error_page": (500, _PAGE, _HTML),
    "redirected": (302, b"", [(b"location", b"https://maintenance.example.com/")]),
    "web_page": (200, _PAGE, _HTML),
    "refused": (401, b'{"message":"Jwt expired"}', _JSON),
}


async def _whole(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


def _again(body: bytes) -> Receive:
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    return receive


def _object(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _without(body: bytes, fault: Literal["cursor_ignored", "filter_ignored"]) -> bytes:
    """The question without its filter, or without its cursor: a member in v1, one of the page's in v2."""
    question = _object(body)
    if fault == "filter_ignored":
        question.pop("filter", None)
    else:
        question.pop("searchAfter", None)
        question.get("page", {}).pop("after", None)
    return json.dumps(question).encode()


async def _start(send: Send, status: int, headers: list[tuple[bytes, bytes]]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def _answer(send: Send, status: int, content: bytes, headers: Collection[tuple[bytes, bytes]] = _HTML) -> None:
    await _start(send, status, [*headers, (b"content-length", str(len(content)).encode())])
    await send({"type": "http.response.body", "body": content})


def _cutting(send: Send) -> Send:
    """Send half an answer, and no end: the server then ends the connection."""

    async def half(message: Message) -> None:
        if message["type"] == "http.response.body":
            body = message.get("body", b"")
            message = {"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True}
        await send(message)

    return half


def _changing(send: Send, fault: Literal["garbled", "cursor_leaps", "doubled"]) -> Send:
    """Send another page in the place of the right one."""
    start: list[Message] = []
    body = bytearray()

    async def change(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.append(message)
            return
        body.extend(message.get("body", b""))
        if message.get("more_body"):
            return
        content = _changed(bytes(body), fault) if start[0]["status"] == 200 else bytes(body)
        headers = [(name, value) for name, value in start[0]["headers"] if name != b"content-length"]
        await _answer(send, start[0]["status"], content, headers)

    return change


def _changed(content: bytes, fault: Literal["garbled", "cursor_leaps", "doubled"]) -> bytes:
    if fault == "garbled":
        return content[: len(content) // 2]
    page = _object(content)
    if not page.get("items"):
        return content
    if fault == "doubled":
        page["items"] = [row for row in page["items"] for _ in range(2)]
    elif "sortValues" in page:
        page["sortValues"] = [_beyond(value) for value in page["sortValues"]]
    else:
        values = json.loads(base64.b64decode(page["page"]["endCursor"]))
        page["page"]["endCursor"] = base64.b64encode(json.dumps([_beyond(value) for value in values]).encode()).decode()
    return json.dumps(page, ensure_ascii=False, separators=(",", ":")).encode()


def _beyond(value: Any) -> Any:
    if isinstance(value, int):
        return value + 1_000_000
    return str(int(value) + 1_000_000) if isinstance(value, str) and value.isdecimal() else f"{value}~"
