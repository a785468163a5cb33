"""A keyring in memory."""

from __future__ import annotations

import keyring
import pytest

from tests.support.keyrings import InMemory


@pytest.fixture
def backend():
    before = keyring.get_keyring()
    keyring.set_keyring(InMemory())
    yield keyring.get_keyring()
    keyring.set_keyring(before)
