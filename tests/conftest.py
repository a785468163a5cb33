"""What all tests share: a scrubbed environment, no current connection, servers on loopback only."""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path

import pytest

from operate_frames.client import operate as connection
from operate_frames.signin import connect as signing_in
from tests.support.unavailable import Unavailable

_TESTS = Path(__file__).parent
_MARKS = {
    "benchmarks": "matrix",
    "browser": "browser",
    "clients": "node",
    "keycloak": "keycloak",
    "lab": "lab",
    "spreadsheet": "spreadsheet",
}
_OURS = ("CAMUNDA_", "ZEEBE_", "OAUTHLIB_", "OPERATE_")
_OF_THE_TESTS = ("OPERATE_FRAMES_REQUIRE_", "OPERATE_FRAMES_SCREENSHOTS")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "requests_ca_bundle", "curl_ca_bundle", "netrc")


def pytest_addoption(parser):
    parser.addoption("--live", action="store_true", help="also tests/live, against the server of the environment")
    parser.addoption("--live-questions", type=int, default=500, help="how many to ask it and the sandbox alike")


def pytest_configure(config):
    """Who asks for a live server must have named one."""
    if config.getoption("live"):
        from tests.live.environment import NotNamed, server_named_in  # noqa: PLC0415 - few ask

        try:
            server_named_in(os.environ)
        except NotNamed as missing:
            raise pytest.UsageError(str(missing)) from None


def pytest_collection_modifyitems(items):
    """What needs more than Python, or much time, carries a mark, so that it can be left out while one works."""
    for item in items:
        mark = _MARKS.get(item.path.relative_to(_TESTS).parts[0])
        if mark:
            item.add_marker(mark)


def pytest_xdist_auto_num_workers(config):
    """Three workers for the whole suite: servers and the browser wait much. None for files that are named."""
    return 3 if config.args_source is pytest.Config.ArgsSource.TESTPATHS else 0


def pytest_xdist_make_scheduler(config, log):
    """One worker runs all that needs the browser, and one all that needs Keycloak, so that each starts once.

    One asks a live server. Of the rest a file goes to one, for each version of Camunda, so that its servers start once.
    """
    from xdist.scheduler import LoadScopeScheduling  # noqa: PLC0415 - it must be the first to be imported

    class FoldersTogether(LoadScopeScheduling):
        # By path: with pytest 9.2 the mark that xdist 3.8 has for this does nothing.
        def _split_scope(self, nodeid):
            folder = "/".join(nodeid.split("/")[:2])
            if folder in ("tests/browser", "tests/keycloak", "tests/live"):
                return folder
            version = re.search(r"\[(8\.\d+[^-\]]*)", nodeid)
            return nodeid.split("::")[0] + (version[1] if version else "")

    return FoldersTogether(config, log)


def pytest_terminal_summary(terminalreporter):
    """What a test measured, and what was skipped for what the machine lacks, belong into the log of every run."""
    skipped = Counter(report.longrepr[2].removeprefix("Skipped: ") for report in terminalreporter.getreports("skipped"))
    for reason, count in skipped.items():
        terminalreporter.write_line(f"{count} skipped. {reason}")
    for report in [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]:
        for name, figures in report.user_properties:
            if name == "figures" and report.when == "call":
                terminalreporter.write_line(f"{report.head_line}: {figures}")
    write_lab_figures(terminalreporter)


def write_lab_figures(terminalreporter):
    """The reads of the fault lab, summed up."""
    figures = [dict(report.user_properties).get("lab") for report in terminalreporter.getreports("passed")]
    sums = Counter()
    for each in filter(None, figures):
        sums.update(each)
    if sums:
        terminalreporter.write_line(f"fault lab: {', '.join(f'{count:,} {name}' for name, count in sums.items())}")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch, tmp_path):
    """Nothing of the machine's settings, logins or connections reaches a test."""
    for name in list(os.environ):
        if (name.startswith(_OURS) and not name.startswith(_OF_THE_TESTS)) or name.lower() in _PROXIES:
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setattr(connection, "_current", None)
    monkeypatch.setattr(signing_in, "_form", None)
    monkeypatch.setenv("CI", "true")  # nobody is asked, also where pytest itself runs at a terminal
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")


@pytest.fixture(scope="session")
def xes_schema():
    """The schema of IEEE 1849-2016, which Maven brings."""
    from tests.support.xes_schema import schema  # noqa: PLC0415 - few ask

    try:
        return schema()
    except Unavailable as caught:
        reason = f"IEEE's schema of XES cannot be had. {caught}"
        if os.environ.get("OPERATE_FRAMES_REQUIRE_XES_SCHEMA") == "1":
            pytest.fail(f"OPERATE_FRAMES_REQUIRE_XES_SCHEMA=1, but {reason}", pytrace=False)
        pytest.skip(reason)
