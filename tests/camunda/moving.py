"""Rows that end, and that a real archiver moves to other indices, while someone reads them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import count, islice
from typing import Any, Self

from tests.support.http import ask
from tests.support.plain_reader import INDICES, documents_in_index

from .documents import LIST_VIEW, write
from .engine import Engine
from .filling import DRAWINGS
from .stack import Camunda
from .zeebe_and_operate import PARTITIONS

# By default the archiver waits an hour after the end of an instance.
IMPATIENT_ARCHIVER = {
    "CAMUNDA_OPERATE_ARCHIVER_WAITPERIODBEFOREARCHIVING": "1s",
    "CAMUNDA_OPERATE_ARCHIVER_ROLLOVERBATCHSIZE": "100",
    "CAMUNDA_OPERATE_ARCHIVER_DELAYBETWEENRUNS": "200",
}
INSTANCES = INDICES["process-instances"]
RUNNING = 4_000
AT_ONCE = 20
PAUSE = 0.3  # seconds
PATIENCE = 120  # seconds
# Far behind any key that the engine gives out here.
FIRST_COUNTER = 10**9


class Movement:
    """Instances that run and are ended little by little, by the engine and in the database, for as long as it takes.

    Most are written into the database, where a thousand take no time; the archiver moves them like any other. When all
    of them have ended, as many more are written.

    Attributes
    ----------
    camunda
        The server.
    running
        The keys of all instances that were there at the beginning. None is ever deleted.
    """

    def __init__(self, camunda: Camunda) -> None:
        self.camunda = camunda
        self._stopped = threading.Event()
        self._engine = Engine(camunda.base_url)
        self._engine.deploy(DRAWINGS / "shipping.bpmn", DRAWINGS / "tick.bpmn")
        self._waiting = [self._engine.start("shipping", {"orderId": f"A-{number}"}) for number in range(200)]
        self._like = self._shown(self._waiting[-1])
        self._written = self._write_running(FIRST_COUNTER)
        self.running = {*self._waiting, *self._written}
        self._until(lambda: documents_in_index(camunda.opensearch_url, "process-instances") >= len(self.running))
        self._thread = threading.Thread(target=self._end_some_for_ever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join(timeout=60)
        self._engine.close()

    def _end_some_for_ever(self) -> None:
        written, waiting = self._running_for_ever(), iter(self._waiting)
        while not self._stopped.wait(PAUSE):
            self._end_written(list(islice(written, AT_ONCE)))
            self._engine.start("tick", {"n": 1})
            if (key := next(waiting, None)) is not None:
                self._engine.cancel(key)

    def _running_for_ever(self) -> Iterator[int]:
        yield from self._written
        for first in count(FIRST_COUNTER + RUNNING, RUNNING):
            yield from self._write_running(first)

    def _shown(self, key: int) -> dict[str, Any]:
        """The document of an instance, once Operate has it."""
        found: list[dict[str, Any]] = []

        def there() -> bool:
            query = {"query": {"bool": {"must": [INSTANCES[1], {"term": {"key": key}}]}}}
            answer = ask("POST", f"{self.camunda.opensearch_url}/{INSTANCES[0]}/_search", json=query).json()
            found.extend(hit["_source"] for hit in answer["hits"]["hits"])
            return bool(found)

        self._until(there)
        return found[0]

    def _write_running(self, first: int) -> list[int]:
        keys = [((number % PARTITIONS + 1) << 51) + first + number for number in range(RUNNING)]
        for start in range(0, RUNNING, 2000):
            self._write(
                line
                for key in keys[start : start + 2000]
                for line in (
                    {"index": {"_id": str(key), "routing": str(key)}},
                    self._like | {"id": str(key), "key": key, "processInstanceKey": key, "partitionId": key >> 51},
                )
            )
        return keys

    def _end_written(self, keys: list[int]) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "+0000")
        self._write(
            line
            for key in keys
            for line in (
                {"update": {"_id": str(key), "routing": str(key)}},
                {"doc": {"state": "COMPLETED", "endDate": now}},
            )
        )

    def _write(self, lines: Iterable[dict[str, Any]]) -> None:
        write(self.camunda.opensearch_url, LIST_VIEW, lines)

    def _until(self, condition: Any) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, "Operate does not show what it should."
            time.sleep(0.2)
