"""Start a server process, wait until it is ready, and end it for certain."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import requests

from tests.support.keeper import IN_GOOD_ORDER

KEEPER = Path(__file__).with_name("keeper.py")


class ServerFailed(Exception):
    """A server ended or did not get ready; the text has the last lines of its log."""


class ServerProcess:
    """A server in a session of its own, its output in a log file, ended at the latest with this process.

    Parameters
    ----------
    name
        For messages and for the log file's name.
    command
        What to run.
    folder
        The working folder; the log is written there too.
    environment
        Variables besides those of this process.
    """

    def __init__(
        self, name: str, command: list[str], folder: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self.log_file = folder / f"{name}.log"
        with self.log_file.open("wb") as log:
            self._keeper = subprocess.Popen(
                [sys.executable, "-I", "-S", str(KEEPER), *command],
                cwd=folder,
                env={**_without_java_settings(os.environ), **(environment or {})},
                stdin=subprocess.PIPE,  # its closing tells the keeper that we are gone
                bufsize=0,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        atexit.register(self.stop)

    @property
    def session_id(self) -> int:
        """The session of the server and its keeper: the keeper's process id."""
        return self._keeper.pid

    @property
    def is_running(self) -> bool:
        return self._keeper.poll() is None

    def wait_until(self, is_ready: Callable[[], bool], *, within: float) -> None:
        """Ask `is_ready` again and again until it says yes.

        Refused connections and broken answers count as "not yet".

        Raises
        ------
        ServerFailed
            When the process ends, or is not ready `within` that many seconds.
        """
        deadline = time.monotonic() + within
        while True:
            if not self.is_running:
                raise ServerFailed(f"{self.name} ended with status {self._keeper.returncode}.\n{self.log_tail()}")
            try:
                if is_ready():
                    return
            except (requests.RequestException, ValueError, KeyError):
                pass
            if time.monotonic() > deadline:
                raise ServerFailed(f"{self.name} was not ready within {within:.0f} s.\n{self.log_tail()}")
            time.sleep(0.1)

    def log_tail(self, lines: int = 40) -> str:
        """Return the last lines of the log."""
        return "\n".join(self.log_file.read_text(errors="replace").splitlines()[-lines:])

    def begin_to_stop(self) -> None:
        """Tell the server to end and come back at once: several servers then end at the same time."""
        if self._keeper.stdin is not None and not self._keeper.stdin.closed:
            with suppress(BrokenPipeError):  # it has ended by itself
                self._keeper.stdin.write(IN_GOOD_ORDER)
            self._keeper.stdin.close()

    def stop(self) -> None:
        """End the server and wait until it is gone."""
        self.begin_to_stop()
        self._keeper.wait()  # it gives the server some seconds to end well, and no more
        atexit.unregister(self.stop)


def _without_java_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Drop what a developer's shell sets for Java and for Camunda: it must not reach these servers."""
    strangers = ("JAVA_OPTS", "JDK_JAVA_", "JAVA_TOOL_", "CLASSPATH", "SPRING_", "CAMUNDA_", "ZEEBE_", "KC_")
    return {name: value for name, value in environment.items() if not name.startswith(strangers)}
