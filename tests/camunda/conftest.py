"""Load the fixtures here even where ``tests/conftest.py`` does not."""

from __future__ import annotations

import pytest

FIXTURES = f"{__package__}.fixtures"


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.import_plugin(FIXTURES)  # does nothing where it is loaded already
