"""The sign-in form as its user sees it: fields by their labels, buttons by their words."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

SAAS = "Camunda SaaS"
OAUTH = "Self-Managed with Identity or another OAuth2 service"
USER = "User name and password"
OPEN = "Open server, without sign-in"
LABELS = {
    "base_url": "Base URL of Operate",
    "token_url": "Token URL",
    "audience": "Audience (if the token service wants one)",
    "client_id": "Client id",
    "client_secret": "Client secret",
    "username": "User name",
    "password": "Password",
}
SECRETS = ("client_secret", "password")


class SignInForm:
    """A form somewhere in `place`."""

    def __init__(self, place: Locator) -> None:
        self.box = place.locator(".operate-frames-form")
        self.connect_button = self.box.get_by_role("button", name="Connect", exact=True)
        self.cancel_button = self.box.get_by_role("button", name="Cancel", exact=True)
        self.change_button = self.box.get_by_role("button", name="Change", exact=True)
        self.status = self.box.locator(".operate-frames-status").filter(visible=True)

    def choose(self, kind: str) -> None:
        self.box.get_by_label("Kind of server").select_option(kind)

    def field(self, name: str) -> Locator:
        """Return a field, found by what a screen reader calls it."""
        return self.box.get_by_label(LABELS[name], exact=True)

    def fill(self, **values: str) -> None:
        for name, value in values.items():
            self.field(name).fill(value)

    def trouble_at(self, name: str) -> Locator:
        """Return what is written under a field."""
        row = "secret" if name in SECRETS else name
        return self.box.locator(f".of-field-{row} .operate-frames-error")

    def connect(self) -> None:
        self.connect_button.click()

    def expect_connected(self, *parts: str) -> None:
        """Wait for the one line that says what is connected, and nothing else of the form."""
        expect(self.change_button).to_be_visible()
        expect(self.connect_button).to_be_hidden()
        for part in parts:
            expect(self.status).to_contain_text(part)

    def expect_questions_again(self, **kept: str) -> None:
        """Wait until the form can be used; what was filled in is kept, but for the secret."""
        expect(self.connect_button).to_be_enabled()
        for name, value in kept.items():
            expect(self.field(name)).to_have_value("" if name in SECRETS else value)
