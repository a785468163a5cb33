"""Which worker runs which test."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

from tests.camunda.fixtures import WORD


class ByServer(LoadScopeScheduling):
    """All tests of the real server go to one worker, all of the browser to one, so that each starts once.

    They are known by their names: with pytest 9.2 the mark that xdist 3.8 has for this does nothing.
    """

    def _split_scope(self, nodeid: str) -> str:
        if WORD in nodeid:
            return WORD
        return "browser" if nodeid.startswith("tests/browser/") else nodeid
