"""What all tests share: a scrubbed environment, no current connection, servers on loopback only."""

from __future__ import annotations

import os

import pytest

from operate_frames.client import operate as connection
from operate_frames.signin import connect as signing_in

pytest_plugins = ["tests.camunda.fixtures"]

_OURS = ("CAMUNDA_", "ZEEBE_", "OAUTHLIB_", "OPERATE_")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "requests_ca_bundle", "curl_ca_bundle", "netrc")


def pytest_xdist_auto_num_workers(config):
    """Three workers for the whole suite: the real server and the browser wait much. None for a part of it."""
    return 3 if config.args_source is pytest.Config.ArgsSource.TESTPATHS else 0


def pytest_xdist_make_scheduler(config, log):
    from tests.workers import ByServer  # noqa: PLC0415 - it needs a plugin, which must be the first to be imported

    return ByServer(config, log)


def pytest_terminal_summary(terminalreporter):
    """What a test measured belongs into the log of every run."""
    for report in [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]:
        for name, figures in report.user_properties:
            if name == "figures" and report.when == "call":
                terminalreporter.write_line(f"{report.head_line}: {figures}")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch, tmp_path):
    """Nothing of the machine's settings, logins or connections reaches a test."""
    for name in list(os.environ):
        if (name.startswith(_OURS) and not name.startswith("OPERATE_FRAMES_")) or name.lower() in _PROXIES:
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(connection, "_current", None)
    monkeypatch.setattr(signing_in, "_form", None)
    monkeypatch.setenv("CI", "true")  # nobody is asked, also where pytest itself runs at a terminal
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
