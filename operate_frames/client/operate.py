"""`Operate`, the connection to a server that answered; and the one that readers use."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, NoReturn, final
from urllib.parse import urlsplit

from operate_frames.api.base import Api, Total
from operate_frames.client.config.settings import Settings
from operate_frames.display.html import card
from operate_frames.errors import ReadFailed, ReadInterrupted

if TYPE_CHECKING:
    from operate_frames.client.http import HttpClient
    from operate_frames.reading.options import Tuning
    from operate_frames.reading.report import Report

__all__ = ["Operate", "current", "make_current"]

_current: Operate | None = None


@final
class Operate:
    """A connection to one server, as `connect` gives it.

    It closes its sockets at `close`, or at the end of a ``with`` block, which gives the place of the connection that
    readers use back to the one before, unless another was made meanwhile. It cannot be pickled: it holds
    secrets and sockets; call `connect` in the other process.

    Attributes
    ----------
    api : Api
        What its server speaks: its `name` is ``v1`` or ``v2``, its `version` that of Camunda, such as ``(8, 9)``; of v1
        the first that has it.
    settings : Settings
        Where and as whom it is connected; secrets in it show as ``***``.
    last_report : Report or None
        What the last read found out about itself.
    last_interrupted : ReadInterrupted, ReadFailed or None
        What the last read raised in the middle, with its rows and where to go on; None again from the next read on.
    definitions_visible : int
        How many process definitions it could see when it signed in; 10,000 means that many or more.
    tuning : Tuning or None
        Numbers that fit its server; None: those that fit most.
    page_size : int or None
        Rows a page, as `connect` was told; None: the most that its server gives.
    page_sizes : dict
        The most rows a page that its server could carry, by resource, where that was seen to be less than it may give.
    """

    def __init__(self, api: Api, transport: HttpClient, definitions: Total) -> None:
        self.api = api
        self.transport = transport
        self.definitions_visible = definitions.value
        self._definitions = definitions
        self.settings: Settings = transport.settings
        self.last_report: Report | None = None
        self.last_interrupted: ReadInterrupted | ReadFailed | None = None
        self.tuning: Tuning | None = None
        self.page_size: int | None = None
        self.page_sizes: dict[str, int] = {}
        self._before: Operate | None = None
        self._is_entered = False

    @property
    def definitions_counted(self) -> str:
        """The number of definitions visible, in words where there may be more."""
        return f"{self._definitions.value:,}{'' if self._definitions.exact else ' or more'}"

    def close(self) -> None:
        """Close the connection; readers no longer use it by themselves."""
        global _current
        if _current is self:
            _current = None
        self.transport.close()

    @property
    def is_closed(self) -> bool:
        """Whether it was closed, and can no longer be used."""
        return self.transport.is_closed

    def __enter__(self) -> Operate:
        self._is_entered = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        global _current
        self.close()
        before, self._before = self._before, None
        if _current is None and before is not None and not before.is_closed:
            _current = before

    def __repr__(self) -> str:
        host = urlsplit(self.settings.base_url).netloc
        if self.is_closed:
            return f"<Operate at {host}, closed>"
        return f"<Operate at {host}, {self.settings.who}, {self.settings.auth}, API {self.api.name}>"

    def _repr_html_(self) -> str:
        """What a notebook shows; nothing is sent for it."""
        lines: list[tuple[str, object]] = [
            *([("state", "closed: call connect() again")] if self.is_closed else []),
            ("server", self.settings.base_url),
            ("signed in as", self.settings.who),
            ("by", self.settings.auth),
            ("API", self.api.name),
            ("definitions", self.definitions_counted),
        ]
        if self.last_report is not None:
            lines.append(("last read", self.last_report))
        return card("Operate", lines)

    def __reduce__(self) -> NoReturn:
        raise TypeError("An Operate cannot be pickled or copied, it holds secrets and sockets: call connect() there.")


def current() -> Operate | None:
    """The connection that readers use when they are given none."""
    return _current


def make_current(operate: Operate) -> Operate:
    """Let readers use this connection from now on."""
    global _current
    before = _current
    if before is not None and before is not operate:
        operate._before = before  # noqa: SLF001 - its own kind
        if not before._is_entered:  # noqa: SLF001
            before._before = None  # noqa: SLF001 - or a notebook that connects again and again would keep them all
    _current = operate
    return operate
