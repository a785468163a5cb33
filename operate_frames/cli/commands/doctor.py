"""What `operate-frames doctor` does: each step of signing in by itself, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from operate_frames.client.config.secret import Masked
from operate_frames.client.config.settings import Settings, resolve
from operate_frames.client.config.sources import from_arguments, from_environment, from_file
from operate_frames.client.operate import Operate
from operate_frames.client.session import HttpSession, addresses_of
from operate_frames.errors import OperateError
from operate_frames.frames.readers import search
from operate_frames.schema.resources import RESOURCES
from operate_frames.signin.connect import connect
from operate_frames.signin.named import load_connection

__all__ = ["Step", "examine"]

# Tokens are refused by a clock that is further off.
_SECONDS_OFF = 60

Outcome = Literal["ok", "failed", "not tried"]


@dataclass(frozen=True)
class Step:
    """One step of signing in: its name, what came of it, and what was seen or what to do."""

    name: str
    outcome: Outcome
    said: str

    def as_json(self) -> dict[str, str]:
        """The same for other programs."""
        return asdict(self)


def examine(base_url: str | None, env_file: Path | None, connection: str | None) -> Iterator[Step]:
    """Try step by step, each as soon as the one before it went well.

    Parameters
    ----------
    base_url, env_file, connection
        Which server, as every command takes them.
    """
    found: dict[str, Any] = {}
    steps: list[tuple[str, Callable[[], str]]] = [
        ("settings", lambda: _settings(found, base_url, env_file, connection)),
        ("DNS", lambda: _names(found["settings"])),
        ("server", lambda: _reached(found)),
        ("clock", lambda: _clock(found["date"])),
        ("sign-in", lambda: _sign_in(found, base_url, env_file, connection)),
        ("API", lambda: f"API {found['operate'].api.name}, {found['operate'].definitions_counted} definitions visible"),
    ]
    broken = False
    for name, step in steps:
        if broken:
            yield Step(name, "not tried", "a step before it failed")
            continue
        try:
            yield Step(name, "ok", step())
        except (OperateError, OSError) as error:
            broken = True
            yield Step(name, "failed", str(error))
    if "operate" in found:
        with found["operate"] as operate:
            yield from _permissions(operate)


def _settings(found: dict[str, Any], base_url: str | None, env_file: Path | None, connection: str | None) -> str:
    if connection is not None:
        sources = [load_connection(connection)]
    else:
        given = from_arguments({"base_url": base_url})
        sources = [given, *([] if env_file is None else [from_file(env_file)]), from_environment()]
    settings = found["settings"] = resolve(sources)
    return f"{settings.base_url} ({settings.origins.get('base_url', 'of the region and cluster')}), {settings.who}"


def _names(settings: Settings) -> str:
    said = []
    for url in dict.fromkeys(filter(None, (settings.base_url, settings.token_url))):
        host = urlsplit(url).hostname or ""
        proxy = HttpSession(settings).options_for(settings.base_url)["proxies"].get(urlsplit(url).scheme)
        if proxy:
            said.append(f"{host} by the proxy {urlsplit(proxy).hostname}")
            continue
        said.append(f"{host} is {', '.join(addresses_of(host)[:3])}")
    return "; ".join(said)


def _reached(found: dict[str, Any]) -> str:
    session = HttpSession(found["settings"])
    try:
        response = session.send("GET", "/", headers=Masked())
    finally:
        session.close()
    found["date"] = response.headers.get("Date")
    secure = "TLS trusted" if found["settings"].base_url.startswith("https") else "without TLS"
    return f"answers {response.status}, {secure}"


def _clock(date: str | None) -> str:
    if date is None:
        return "the server does not say what time it is"
    off = (datetime.now(UTC) - parsedate_to_datetime(date)).total_seconds()
    if abs(off) > _SECONDS_OFF:
        raise OSError(f"this clock is {off:+.0f} s off the server's: tokens may be refused. Set it right (NTP)")
    return f"within {max(abs(off), 1):.0f} s of the server's"


def _sign_in(found: dict[str, Any], base_url: str | None, env_file: Path | None, connection: str | None) -> str:
    operate = found["operate"] = connect(connection or base_url, env_file=env_file)
    audience = f", audience {operate.settings.audience}" if operate.settings.audience else ""
    return f"{operate.settings.who}, by {operate.settings.auth}{audience}"


def _permissions(operate: Operate) -> Iterator[Step]:
    for name in RESOURCES:
        if operate.api.lacks(RESOURCES[name]) is not None:
            continue
        try:
            yield Step(name, "ok", str(search(name, operate=operate).count()))  # type: ignore[arg-type]  # one of the names
        except OperateError as error:
            yield Step(name, "failed", str(error))
