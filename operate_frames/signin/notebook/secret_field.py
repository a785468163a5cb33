"""A field for a secret: what is typed stays in the page and leaves it once, when Python asks for it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from operate_frames.client.config.secret import Secret
from operate_frames.client.config.sources import ENVIRONMENT, SECRETS

__all__ = ["SecretField"]

_HERE = Path(__file__).parent


class SecretField(anywidget.AnyWidget):
    """The field; its synced state holds label and hint, never what is typed.

    Messages: Python sends ``{"ask": n}``; the page answers ``{"answer": n, "secret": text, "fields": {name: value}}``
    with what stands in the form's other fields, whose own updates may come later, and is empty then.
    The page sends ``{"submit": true}`` for Enter, and ``{"found": {name: value}}`` for a credentials file that was
    pasted or dropped: without the secret, which it puts into the field on ``{"filled": true}``.

    Parameters
    ----------
    on_submit : callable
        Called on Enter.
    on_found : callable
        Called with names and values of a credentials file, as in the environment.
    on_answer : callable
        Called with the secret, or None where nothing was typed, and with what stands in the other fields.
    """

    _esm = _HERE / "secret_field.js"
    _css = _HERE / "form.css"

    label = traitlets.Unicode().tag(sync=True)
    hint = traitlets.Unicode().tag(sync=True)
    trouble = traitlets.Unicode().tag(sync=True)
    disabled = traitlets.Bool(default_value=False).tag(sync=True)
    takes_file = traitlets.Bool(default_value=False).tag(sync=True)
    secret_names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    plain_names = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def __init__(
        self,
        on_submit: Callable[[], object],
        on_found: Callable[[dict[str, str]], object],
        on_answer: Callable[[Secret | None, dict[str, Any]], object],
    ) -> None:
        super().__init__(
            secret_names=list(ENVIRONMENT["client_secret"]),
            plain_names=[name for setting, names in ENVIRONMENT.items() if setting not in SECRETS for name in names],
        )
        self._on_submit, self._on_found, self._on_answer = on_submit, on_found, on_answer
        self._numbers = itertools.count(1)
        self._asked: int | None = None
        self.on_msg(self._hear)

    def ask(self) -> None:
        """Ask the page for the secret; the answer comes through `on_answer`."""
        self._asked = next(self._numbers)
        self.send({"ask": self._asked})

    def focus(self) -> None:
        """Put the cursor into the field."""
        self.send({"focus": True})

    def _hear(self, _: SecretField, content: dict[str, Any], buffers: object) -> None:  # noqa: ARG002 - as ipywidgets calls it
        """Take a message apart; the secret is taken out of it, since the kernel keeps its last message."""
        secret = Secret(str(content.pop("secret", "")))
        if content.get("submit") and not self.disabled:
            self._on_submit()
        elif isinstance(content.get("found"), dict):
            self._on_found({name: str(value) for name, value in content["found"].items()})
            self.send({"filled": True})
        elif content.get("answer") == self._asked is not None:
            # An empty answer leaves the question open: another window that shows the form may hold the secret.
            if secret.reveal():
                self._asked = None
            self._on_answer(secret if secret.reveal() else None, dict(content.get("fields", {})))
