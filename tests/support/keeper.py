"""Stand between the tests and one server, so that the server ends whatever happens to the tests.

Run as a script: ``python keeper.py COMMAND ...``. The server gets a process group of its own. The keeper ends that
group when its standard input closes, which the system does when the process that started it is gone: even when that
was killed. Where no word came before, it also removes the working folder, as nobody else will. Standard library only:
it must start at once.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

IN_GOOD_ORDER = b"."  # said by a starter that is still there, and looks after the folder itself
SECONDS_TO_END_WELL = 8


def main(command: list[str]) -> int:
    """Run `command` until it ends, or until it is to end; return its status."""
    keeper = Keeper(command)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=keeper.end, daemon=True).start())
    threading.Thread(target=keeper.end_when_input_closes, daemon=True).start()
    return keeper.wait()


class Keeper:
    """Looks after one server and all that it starts."""

    def __init__(self, command: list[str]) -> None:
        self._server = subprocess.Popen(command, stdin=subprocess.DEVNULL, process_group=0)
        self._is_alone = False

    def wait(self) -> int:
        """Wait until the server has ended, and see to it that nothing stays behind."""
        status = self._server.wait()
        self._send(signal.SIGKILL)  # to whatever it started, and left
        if self._is_alone:
            folder = Path.cwd()
            shutil.rmtree(folder, ignore_errors=True)
            with suppress(OSError):
                folder.parent.rmdir()  # works for the last of the keepers that share it
        return status

    def end_when_input_closes(self) -> None:
        last_word = os.read(sys.stdin.fileno(), 1)
        self._is_alone = last_word != IN_GOOD_ORDER
        self.end()

    def end(self) -> None:
        """Ask the group to end, and make it."""
        self._send(signal.SIGTERM)
        try:
            self._server.wait(SECONDS_TO_END_WELL)
        except subprocess.TimeoutExpired:
            self._send(signal.SIGKILL)

    def _send(self, what: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._server.pid, what)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
