"""Which worker runs which test."""

from __future__ import annotations

import psutil
from xdist.scheduler import LoadScopeScheduling

from tests.camunda.fixtures import WORD

# A Camunda with its database and Keycloak takes some 5 GB.
_ROOM_FOR_TWO_CAMUNDAS = psutil.virtual_memory().total > 14e9
_MOVING_ROWS = "test_camunda_moving_rows"


class ByServer(LoadScopeScheduling):
    """All tests of the real server go to one worker, all of the browser to one, so that each starts once.

    Where memory allows, the server whose rows move runs beside the other: its test mostly waits. They are known by
    their names: with pytest 9.2 the mark that xdist 3.8 has for this does nothing.
    """

    def _split_scope(self, nodeid: str) -> str:
        if _MOVING_ROWS in nodeid and _ROOM_FOR_TWO_CAMUNDAS:
            return _MOVING_ROWS
        if WORD in nodeid:
            return WORD
        return "browser" if nodeid.startswith("tests/browser/") else nodeid
