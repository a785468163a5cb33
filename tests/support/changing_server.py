"""A server whose rows change while they are read: some are added, some end, some are hidden while they move.

It answers searches for process instances as v1 does: by key, up or down, behind any cursor.
"""

from __future__ import annotations

import json
import random
import threading
from bisect import bisect_left, bisect_right, insort
from itertools import islice

from tests.support.scripted import EMPTY_PAGE, Answer

STATES = ["ACTIVE", "COMPLETED", "CANCELED"]
# Requests for which a row that moves is not to be seen.
HIDDEN_FOR = 3
# Who adds rows faster than they are read is never read to the end.
MOST_CHANGES = 150


class ChangingServer:
    """Rows by key, changed by a seeded chance before each answer.

    Parameters
    ----------
    rows : mapping
        The state and the version of each key, at the beginning.
    seed : int
        Of all changes.
    changes : float
        How many to expect for each request; 0 for a server at rest.
    counts_to : int
        Of so many rows or more it says that there are 10,000, as v1 says of long searches.

    Attributes
    ----------
    stable : set of int
        The keys that were there from the beginning, and to be seen all the time.
    unchanged : set of int
        Those of them that did not end meanwhile.
    """

    def __init__(self, rows, seed=0, changes=0.0, counts_to=10_000):
        self._counts_to = counts_to
        self.rows = dict(rows)
        self.keys = sorted(self.rows)
        self.stable = set(self.keys)
        self.unchanged = set(self.keys)
        self.received = []
        self._hidden = {}
        self._rate = changes / (1 + changes)
        self._left = MOST_CHANGES
        self._chance = random.Random(seed)
        self._changing = threading.Lock()

    def __call__(self, request):
        if "process-instances" not in request.path:
            return Answer(body=EMPTY_PAGE)
        body = json.loads(request.body)
        with self._changing:
            self.received.append(body)
            while self._left and self._chance.random() < self._rate:
                self._left -= 1
                self._change()
            return Answer(body=self._page(body))

    def _change(self):
        if not self.keys:
            return
        kind = self._chance.choice(["add", "end", "move"])
        key = self._chance.choice(self.keys)
        if kind == "add":
            new = key + self._chance.randrange(1, 50)
            if new not in self.rows:
                self.rows[new] = ("ACTIVE", 1)
                insort(self.keys, new)
        elif kind == "end":
            self.rows[key] = ("COMPLETED", self.rows[key][1])
            self.unchanged.discard(key)
        else:
            self._hidden[key] = len(self.received) + HIDDEN_FOR
            self.stable.discard(key)
            self.unchanged.discard(key)

    def _page(self, body):
        asked = body.get("filter", {})
        down = any(each["order"] == "DESC" for each in body.get("sort", []))
        after = body.get("searchAfter")
        keys, start = self.keys, 0
        if down:
            keys = keys[::-1] if after is None else keys[: bisect_left(keys, after[0])][::-1]
        elif after is not None:
            start = bisect_right(keys, after[0])
        found = list(islice((key for key in islice(keys, start, None) if self._answers(key, asked)), body["size"]))
        total = sum(self._answers(key, asked) for key in self.keys)
        items = [{"key": key, "state": self.rows[key][0], "processVersion": self.rows[key][1]} for key in found]
        cursor = [found[-1]] * (len(body.get("sort", [])) + 1) if found else []
        counted = total if total < self._counts_to else 10_000
        return json.dumps({"items": items, "sortValues": cursor, "total": counted}).encode()

    def _answers(self, key, asked):
        if self._hidden.get(key, 0) >= len(self.received) or "startDate" in asked:  # they have none
            return False
        state, version = self.rows[key]
        return (asked.get("key", key), asked.get("state", state), asked.get("processVersion", version)) == (
            key,
            state,
            version,
        )
