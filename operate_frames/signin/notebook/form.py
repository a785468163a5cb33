"""The form to sign in with, in a notebook.

CSS classes to find its parts by: ``operate-frames-form`` the whole; ``of-field-<name>`` the row of a field with the
line that says what is wrong with it, by the names in `questions.FIELDS` and ``of-field-connection``,
``of-field-kind``, ``of-field-secret``, ``of-field-remember``; ``operate-frames-error`` such a line;
``operate-frames-secret`` the field of the secret; ``operate-frames-connect`` the button, ``operate-frames-cancel`` the
one beside it while it connects; ``operate-frames-status`` the line below them, and the line that says what is
connected; ``operate-frames-change`` the button beside that.
"""

from __future__ import annotations

import threading
from html import escape
from typing import Any

import ipywidgets as widgets
from IPython.display import display

from operate_frames.client.config.secret import Secret
from operate_frames.client.config.sources import Source, from_names
from operate_frames.client.operate import Operate, make_current
from operate_frames.errors import OperateError
from operate_frames.signin.keyring_store import can_remember, save_signin
from operate_frames.signin.named import connection_names, load_connection, save_connection
from operate_frames.signin.notebook.secret_field import SecretField
from operate_frames.signin.questions import (
    FIELDS,
    KINDS,
    SECRET,
    Prefill,
    SignIn,
    connected_parts,
    failed_line,
)

__all__ = ["Form"]

_PLAIN = (
    "A sign-in form for operate_frames stands here. Where none shows, this front end has no widgets: pass arguments to"
    " operate_frames.connect() instead."
)
_ANOTHER = "another one, asked for below"
# Longer than any page takes to answer unless its part of the form is missing.
_ANSWER_DUE = 10.0


class Form:
    """A form that signs in, in the background, and can be corrected until that works.

    Parameters
    ----------
    sign_in : callable
        Connects by what was answered, or raises what went wrong.
    """

    def __init__(self, sign_in: SignIn) -> None:
        self._sign_in = sign_in
        self._prefill = Prefill()
        self._connecting: threading.Thread | None = None
        # What stops the attempt under way while that can still be cancelled: Cancel may come when its answer does.
        self._stopped: threading.Event | None = None
        self._outcome = threading.Lock()
        self._answer_due: threading.Timer | None = None
        self._keep_as: str | None = None
        self._build()
        self._kind.value = self._prefill.kind
        self.open()

    def _build(self) -> None:
        self._kind = widgets.Dropdown(
            options=[(kind.title, name) for name, kind in KINDS.items()], description="Kind of server"
        )
        self._kind.observe(lambda _: self._show_kind(), "value")
        self._named = widgets.Dropdown(options=[(_ANOTHER, "")], description="Connection")
        self._named.observe(lambda change: self._take(change["new"]), "value")
        self._fields = {
            name: widgets.Text(description=field.label, placeholder=field.example)
            for name, field in FIELDS.items()
            if all(name != kind.secret for kind in KINDS.values())
        }
        for text in self._fields.values():
            text.on_msg(self._heard_enter)
        self._secret = SecretField(on_submit=self._submit, on_found=self._fill, on_answer=self._answered)
        self._secret.add_class("operate-frames-secret")
        able = can_remember()
        self._remember = widgets.Checkbox(
            description="Remember on this computer, in its keyring"
            + ("" if able else " (needs pip install 'operate-frames[keyring]')"),
            disabled=not able,
            indent=False,
        )
        inputs = {
            "connection": self._named,
            "kind": self._kind,
            **self._fields,
            SECRET: self._secret,
            "remember": self._remember,
        }
        self._errors = {name: _line("operate-frames-error") for name in inputs}
        self._rows = {name: _row(name, [each, self._errors[name]]) for name, each in inputs.items()}
        self._button = widgets.Button(description="Connect", button_style="primary")
        self._button.add_class("operate-frames-connect")
        self._button.on_click(lambda _: self._submit())
        self._cancel_button = widgets.Button(description="Cancel")
        self._cancel_button.add_class("operate-frames-cancel")
        self._cancel_button.on_click(lambda _: self._cancel())
        buttons = widgets.HBox([self._button, self._cancel_button])
        self._status = _line("operate-frames-status")
        self._questions = widgets.VBox([*self._rows.values(), buttons, self._status])
        self._connected = _line("operate-frames-status")
        self._change = widgets.Button(description="Change")
        self._change.add_class("operate-frames-change")
        self._change.on_click(lambda _: self.open())
        self._answer = widgets.VBox([self._connected, self._change])
        self.box = widgets.VBox([self._questions, self._answer])
        self.box.add_class("operate-frames-form")

    # What others see of it.

    @property
    def is_open(self) -> bool:
        """Whether it waits to be filled in."""
        return bool(self._questions.layout.display != "none")

    @property
    def is_gone(self) -> bool:
        """Whether it was closed with all widgets, so that it cannot be shown again."""
        return bool(self.box.comm is None)

    def show(self, sign_in: SignIn, operate: Operate | None, keep_as: str | None = None) -> None:
        """Show it here too: what is connected, or the questions with what the environment says by now.

        What it connects to is kept under the name, if one is given.
        """
        self._sign_in = sign_in
        self._keep_as = keep_as
        self._offer_connections()
        _toggle(self._rows["remember"], shown=keep_as is None)
        self._prefill = Prefill()
        for name, value in self._prefill.values.items():
            self._fields[name].value = self._fields[name].value or value
        self._show_kind()
        if operate is not None:
            self._show_connected(operate)
        elif not self.is_open:
            self.open()
        display(self)  # type: ignore[no-untyped-call]

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """The form for a front end with widgets; no text of it holds what was filled in."""
        return dict(self.box._repr_mimebundle_()) | {"text/plain": _PLAIN}

    def open(self) -> None:
        """Show the questions."""
        self._tell("")
        _toggle(self._cancel_button, shown=False)
        _toggle(self._questions, shown=True)
        _toggle(self._answer, shown=False)

    def wait_while_connecting(self) -> None:
        """Wait for the outcome of an attempt under way."""
        if self._connecting is not None:
            self._connecting.join()

    # What the page tells.

    def _heard_enter(self, _: object, content: dict[str, Any], buffers: object) -> None:  # noqa: ARG002 - as ipywidgets calls it
        if content.get("event") == "submit" and not self._button.disabled:
            self._submit()

    def _fill(self, found: dict[str, str]) -> None:
        """Fill in what a credentials file says; its secret stays in the page."""
        prefill = Prefill(from_names(found, "the credentials file"))
        if not prefill.values:
            self._tell("Nothing of Camunda (such as ZEEBE_CLIENT_ID) stands in that text.")
            return
        self._kind.value = prefill.kind
        for name, value in prefill.values.items():
            self._fields[name].value = value
        self._tell("The credentials file is filled in: press Connect.")

    def _offer_connections(self) -> None:
        """Offer those that were kept under a name; where there are none, say nothing of it."""
        try:
            names = connection_names()
        except OperateError as error:
            names = []
            self._tell(str(error))
        self._named.options = [(_ANOTHER, ""), *((name, name) for name in names)]
        _toggle(self._rows["connection"], shown=bool(names))

    def _take(self, name: str) -> None:
        """Connect by what was kept under a name."""
        if not name:
            return
        self._clear_errors()
        try:
            known = load_connection(name)
        except OperateError as error:
            self._point_at("connection", str(error))
            return
        self._begin(known)

    # From the click to the outcome.

    def _submit(self) -> None:
        """Ask the page for the secret; what stands in the other fields comes with it."""
        self._clear_errors()
        self._lock(locked=True)
        self._answer_due = threading.Timer(_ANSWER_DUE, self._miss_answer)
        self._answer_due.daemon = True
        self._answer_due.start()
        self._secret.ask()

    def _miss_answer(self) -> None:
        self._lock(locked=False)
        self._tell("The secret's field does not answer: is anywidget installed where Jupyter itself runs?")

    def _answered(self, secret: Secret | None, beside: dict[str, Any]) -> None:
        if self._answer_due is not None:
            self._answer_due.cancel()
        if self._connecting is not None and self._connecting.is_alive():
            return
        for name, field in {**self._fields, "remember": self._remember}.items():
            field.value = beside.get(name, field.value)
        self._clear_errors()
        kind = KINDS[self._kind.value]
        values = {name: text.value for name, text in self._fields.items()}
        missing = kind.missing(values)
        if kind.secret and secret is None and not self._prefill.secret_name(kind):
            missing.append(SECRET)
        if missing:
            for name in missing:
                self._point_at(name, "Please fill this in.")
            self._lock(locked=False)
            self._focus(missing[0])
            return
        self._begin(self._prefill.answers(kind, values, secret))

    def _begin(self, answers: Source) -> None:
        """Connect in the background; the questions wait."""
        self._lock(locked=True)
        _toggle(self._cancel_button, shown=True)
        self._stopped = threading.Event()
        self._connecting = threading.Thread(
            target=self._connect,
            args=(answers, self._stopped),
            name="operate_frames sign-in",
            daemon=True,
        )
        self._connecting.start()

    def _connect(self, answers: Source, stopped: threading.Event) -> None:
        """Connect, in a thread of its own: no failure may leave the form locked."""
        operate, failure = None, None
        try:
            operate = self._sign_in(answers, stopped)
        except Exception as error:  # noqa: BLE001 - shown where it can be read
            failure = error
        with self._outcome:
            if stopped.is_set():
                if operate is not None:
                    operate.close()
                return
            self._stopped = None
            if operate is not None:
                make_current(operate)
        self._unlock()
        if operate is not None:
            self._show_connected(operate, self._remembered(operate))
        elif failure is not None:
            self._show_failure(failure)

    def _cancel(self) -> None:
        """Wait no longer; what stood before stays connected, and an answer that comes later counts for nothing."""
        with self._outcome:
            if self._stopped is None:
                return
            self._stopped.set()
            self._stopped = self._connecting = None
        self._unlock()
        self._tell("Cancelled.")

    def _unlock(self) -> None:
        self._lock(locked=False)
        _toggle(self._cancel_button, shown=False)

    def _remembered(self, operate: Operate) -> str:
        """Remember the sign-in where that was asked for, and say what came of it."""
        if self._named.value or not (self._keep_as or self._remember.value):
            return ""
        try:
            if self._keep_as:
                return f"Kept as {self._keep_as}; {save_connection(self._keep_as, operate.settings)}."
            save_signin(operate.settings)
        except OperateError as error:
            return str(error)
        return "Remembered on this computer; logout(forget=True) forgets it."

    # What it shows.

    def _show_kind(self) -> None:
        kind = KINDS[self._kind.value]
        for name in self._fields:
            _toggle(self._rows[name], shown=name in kind.fields)
        _toggle(self._rows[SECRET], shown=kind.secret is not None)
        spelled = self._prefill.secret_name(kind)
        self._secret.label = FIELDS[kind.secret].label if kind.secret else ""
        self._secret.hint = f"From {spelled} in the environment, where this is left empty." if spelled else ""
        self._secret.takes_file = self._kind.value == "saas"
        self._clear_errors()

    def _show_connected(self, operate: Operate, note: str = "") -> None:
        line = " · ".join(escape(part) for part in connected_parts(operate))
        note = f"<div>{escape(note)}</div>" if note else ""
        self._connected.value = f'<div role="status">{line}{note}</div>'
        _toggle(self._questions, shown=False)
        _toggle(self._answer, shown=True)

    def _show_failure(self, error: Exception) -> None:
        kind = KINDS[self._kind.value]
        concerned = kind.concerned(error)
        self._point_at(concerned, failed_line(error, kind), details=f"{type(error).__name__}: {error}")
        if concerned:
            self._focus(concerned)

    def _point_at(self, name: str | None, line: str, details: str = "") -> None:
        """Say under a field, or below the button, what is wrong with it."""
        unfold = (
            f'<details><summary>Details</summary><div class="operate-frames-details">{escape(details)}</div></details>'
            if details
            else ""
        )
        shown = f'<div role="alert"><div>{escape(line)}</div>{unfold}</div>'
        if name is None:
            self._status.value = f'<div class="operate-frames-error">{shown}</div>'
            return
        self._errors[name].value = shown
        _toggle(self._errors[name], shown=True)
        if name == SECRET:
            self._secret.trouble = line

    def _clear_errors(self) -> None:
        self._tell("")
        self._secret.trouble = ""
        for line in self._errors.values():
            line.value = ""
            _toggle(line, shown=False)

    def _tell(self, text: str) -> None:
        self._status.value = f'<div role="status">{escape(text)}</div>' if text else ""

    def _lock(self, *, locked: bool) -> None:
        for each in (self._named, self._kind, *self._fields.values(), self._secret, self._button):
            each.disabled = locked
        self._remember.disabled = locked or not can_remember()
        self._tell("Connecting ..." if locked else "")

    def _focus(self, name: str) -> None:
        {**self._fields, SECRET: self._secret}[name].focus()


def _line(css_class: str) -> widgets.HTML:
    line = widgets.HTML()
    line.add_class(css_class)
    return line


def _row(name: str, children: list[widgets.Widget]) -> widgets.VBox:
    row = widgets.VBox(children)
    row.add_class("of-row")
    row.add_class(f"of-field-{name}")
    return row


def _toggle(widget: widgets.DOMWidget, *, shown: bool) -> None:
    """Show or hide by style alone: a view that is taken away would lose what stands in it."""
    widget.layout.display = None if shown else "none"
