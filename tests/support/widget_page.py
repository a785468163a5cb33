"""A notebook's page without a browser: it keeps every message of the widgets, and types, clicks and answers."""

from __future__ import annotations

import json
import re
import threading
from html import unescape

import comm
import ipywidgets
from comm.base_comm import BaseComm

from operate_frames.signin.notebook.secret_field import SecretField


class Page:
    """What the widgets of a kernel talk to.

    Attributes
    ----------
    sent : list
        Every message that a widget sent, as JSON text.
    received : list
        Every message that the page sent, likewise.
    late : dict
        What stands in fields of the page, by name, while its update has not arrived.
    """

    def __init__(self):
        self.sent = []
        self.received = []
        self.typed = {}
        self.late = {}
        self.answers = True
        self.last_ask = None
        self._changed = threading.Condition()

    def comm(self, **arguments):
        page = self

        class Comm(BaseComm):
            def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **keys):
                assert not buffers
                page._arrived(self, {"type": msg_type, "data": data, "metadata": metadata, **keys})

        return Comm(**arguments)

    def _arrived(self, of, message):
        with self._changed:
            self.sent.append(json.dumps(message, default=str))
            self._changed.notify_all()
        content = (message.get("data") or {}).get("content") or {}
        if "ask" in content:
            self.last_ask = content["ask"]
        if "ask" in content and self.answers:
            secret = self.typed.pop(of.comm_id, "")
            answer = {"answer": content["ask"], "secret": secret, "fields": dict(self.late)}
            self._deliver(of, {"method": "custom", "content": answer})

    def tell(self, widget, content):
        """Send a custom message to a widget, as its view does."""
        self._deliver(widget.comm, {"method": "custom", "content": content})

    def _deliver(self, to, data):
        self.received.append(json.dumps(data))
        to.handle_msg({"content": {"data": data}, "buffers": []})

    def fill(self, widget, value):
        """Type into a field, or choose: what is typed into the secret's field stays here."""
        if isinstance(widget, SecretField):
            self.typed[widget.comm.comm_id] = value
        else:
            self._deliver(widget.comm, {"method": "update", "state": {trait_of(widget): value}})

    def click(self, button):
        assert not button.disabled
        self.tell(button, {"event": "click"})

    def wait_until(self, condition, timeout=20):
        """Wait until something is so; looked at again whenever a message arrives."""
        with self._changed:
            assert self._changed.wait_for(condition, timeout), "it did not come to that"


def trait_of(widget):
    return "index" if isinstance(widget, ipywidgets.Dropdown) else "value"


class Shown:
    """A form as somebody sees it: fields by name, what is shown of them, and the words on the page."""

    def __init__(self, form, page):
        self.form, self.page = form, page

    def part(self, css_class, within=None):
        return next(each for each in self.parts(within) if css_class in getattr(each, "_dom_classes", ()))

    def parts(self, within=None):
        """All that is visible, from top to bottom."""
        widget = self.form.box if within is None else within
        if widget.layout.display == "none":
            return
        yield widget
        for child in getattr(widget, "children", ()):
            yield from self.parts(child)

    def field(self, name):
        return self.part(f"of-field-{name}").children[0]

    def any_field(self, name):
        """A field, hidden or not."""
        return next(
            each for each in self.all_widgets if f"of-field-{name}" in getattr(each, "_dom_classes", ())
        ).children[0]

    @property
    def all_widgets(self):
        """Every widget of the form, hidden ones too, with their layouts and styles."""
        pending, found = [self.form.box], []
        while pending:
            widget = pending.pop()
            found.append(widget)
            pending += getattr(widget, "children", ())
            pending += [each for each in (getattr(widget, "layout", None), getattr(widget, "style", None)) if each]
        return found

    @property
    def fields(self):
        classes = (name for part in self.parts() for name in part._dom_classes)
        return [name.removeprefix("of-field-") for name in classes if name.startswith("of-field-")]

    def fill(self, **values):
        for name, value in values.items():
            widget = self.field(name)
            kinds = [key for _, key in getattr(widget, "options", ())]
            self.page.fill(widget, kinds.index(value) if kinds else value)

    def value(self, name):
        return self.field(name).value

    def press(self, button):
        self.page.click(self.part(f"operate-frames-{button}"))

    def connect(self):
        """Press the button and wait for the outcome."""
        self.press("connect")
        self.settle()

    def settle(self):
        self.form.wait_while_connecting()

    def trouble(self, name):
        """What is written under a field."""
        return words(self.part(f"of-field-{name}").children[1].value)

    @property
    def status(self):
        return words(self.part("operate-frames-status").value)

    @property
    def html(self):
        return "\n".join(part.value for part in self.parts() if isinstance(part, ipywidgets.HTML))

    @property
    def is_locked(self):
        return {self.field(name).disabled for name in self.fields if name != "remember"} | {
            self.part("operate-frames-connect").disabled
        } == {True}


def words(html):
    return unescape(re.sub(r"<[^>]*>", " ", html)).strip()


def install(monkeypatch):
    page = Page()
    monkeypatch.setattr(comm, "create_comm", page.comm)
    return page
