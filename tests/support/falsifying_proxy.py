"""A door before a server, where somebody falsifies what comes out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from tests.support.http import new_session
from tests.support.scripted import Answer, Request, scripted

_PASSED_ON = ("Content-Type", "Accept", "Authorization")

PassOn = Callable[[Request], Answer]


@contextmanager
def falsified(base_url: str, falsify: Callable[[Request, PassOn], Answer], *, has_v2: bool = False) -> Iterator[str]:
    """Answer what `falsify` makes of each request and of what passes it on to the server; gives the door's URL.

    Cookies do not come through: clients must sign in by a token, or not at all.
    """
    with new_session() as session:

        def pass_on(request: Request) -> Answer:
            headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
            url = base_url + request.path
            answer = session.request(request.method, url, data=request.body, headers=headers, allow_redirects=False)
            return Answer(answer.status_code, answer.content, {"Content-Type": answer.headers.get("Content-Type", "")})

        with scripted(lambda request: falsify(request, pass_on), has_v2=has_v2) as (url, _):
            yield url


def is_the_packages(request: Request) -> bool:
    """Whether the package sent it, and not somebody who reads plainly."""
    return request.headers["User-Agent"].startswith("operate-frames/")


def counts_no_further_than(most: int) -> Callable[[Request, PassOn], Answer]:
    """Let pages of so many rows or more be said to be of 10,000 or more, as v1 says of long ones."""

    def falsify(request: Request, pass_on: PassOn) -> Answer:
        answer = pass_on(request)
        said = json.loads(answer.body)
        return replace(answer, body=json.dumps(said | {"total": 10_000}).encode()) if said["total"] >= most else answer

    return falsify


def first_row_left_out(answer: Answer) -> Answer:
    """Give a page of several rows without its first, or a list without its first element; the total stays."""
    said = json.loads(answer.body)
    said = said[1:] if isinstance(said, list) else said | {"items": said["items"][1:] or said["items"]}
    return replace(answer, body=json.dumps(said).encode())


def digit_changed(answer: Answer) -> Answer:
    """Give a page with another last digit in each row, or anything else with another last digit."""
    text = answer.body.decode()
    if '"items"' not in text:
        return replace(answer, body=_with_another_digit(text).encode())
    said = json.loads(text)
    rows = [json.loads(_with_another_digit(json.dumps(row, ensure_ascii=False))) for row in said["items"]]
    return replace(answer, body=json.dumps(said | {"items": rows}).encode())


def _with_another_digit(text: str) -> str:
    # Not that of a date's offset: the date must be one that all can read.
    *_, last = re.finditer(r"\d", text.replace("+0000", "+oooo"))
    return text[: last.start()] + str(9 - int(last[0])) + text[last.end() :]


def status_wrong(answer: Answer) -> Answer:
    """Say of what is there that it is not."""
    body = b'{"timestamp":"2026-11-24T01:53:51.134+00:00","status":404,"error":"Not Found","path":"/"}'
    return replace(answer, status=404, body=body, headers={"Content-Type": "application/json"})
