"""Zeebe's REST API (v2), as far as it is needed to create data."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self, TypeVar

import requests

from .zeebe_and_operate import signed_in

THREADS = 12
ONE_DAY = 24 * 60 * 60 * 1000  # milliseconds; a job that nobody finishes must not come back meanwhile
PATIENCE = 120  # seconds

Given = TypeVar("Given")
Made = TypeVar("Made")
Job = dict[str, Any]


class Engine:
    """Does to Zeebe what clients, workers and users do."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._session = signed_in(base_url, connections=THREADS)
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="engine")

    def deploy(self, *files: Path) -> list[dict[str, Any]]:
        """Deploy the files together; return what each became."""
        parts = [("resources", (file.name, file.read_bytes(), "application/octet-stream")) for file in files]
        return list(self._post("deployments", files=parts)["deployments"])

    def start(self, process_id: str, variables: dict[str, Any], version: int | None = None) -> int:
        """Start an instance; return its key."""
        wanted: dict[str, Any] = {"processDefinitionId": process_id, "variables": variables}
        if version is not None:
            wanted["processDefinitionVersion"] = version
        return int(self._post("process-instances", wanted)["processInstanceKey"])

    def cancel(self, process_instance_key: int) -> None:
        self._post(f"process-instances/{process_instance_key}/cancellation", {})

    def publish(self, name: str, correlation_key: str, variables: dict[str, Any]) -> None:
        """Publish a message; it waits for the one it is meant for."""
        self._post(
            "messages/publication",
            {"name": name, "correlationKey": correlation_key, "timeToLive": ONE_DAY, "variables": variables},
        )

    def evaluate(self, variables: dict[str, Any], **decision: object) -> None:
        """Evaluate a decision outside any process: ``decisionDefinitionId`` or ``decisionDefinitionKey``."""
        self._post("decision-definitions/evaluation", {**decision, "variables": variables})

    def complete(self, job: Job, variables: dict[str, Any] | None = None) -> None:
        self._post(f"jobs/{job['key']}/completion", {"variables": variables or {}})

    def fail(self, job: Job, message: str) -> None:
        """Fail a job for the last time: an incident follows."""
        self._post(f"jobs/{job['key']}/failure", {"retries": 0, "errorMessage": message})

    def throw_error(self, job: Job, code: str, message: str) -> None:
        self._post(f"jobs/{job['key']}/error", {"errorCode": code, "errorMessage": message})

    def set_retries(self, job_key: int, retries: int) -> None:
        self._ask("PATCH", f"jobs/{job_key}", {"changeset": {"retries": retries}})

    def set_variables(self, scope_key: int, variables: dict[str, Any]) -> None:
        self._ask("PUT", f"element-instances/{scope_key}/variables", {"variables": variables})

    def resolve(self, incident_key: int) -> None:
        self._post(f"incidents/{incident_key}/resolution", {})

    def work(self, job_type: str, expected: int, handle: Callable[[Job], None], *only: str) -> None:
        """Take `expected` jobs of a type, as they come, and `handle` each once.

        Parameters
        ----------
        job_type
            Which jobs.
        expected
            How many there are to be; it waits for them.
        handle
            What to do with one; it may leave it lying.
        *only
            The variables that `handle` looks at.
        """
        taken = 0
        deadline = time.monotonic() + PATIENCE
        while taken < expected:
            wanted = {
                "type": job_type,
                "maxJobsToActivate": expected - taken,
                "timeout": ONE_DAY,
                "worker": "tests",
                "requestTimeout": 1000,
                "fetchVariable": list(only),
            }
            jobs = self._post("jobs/activation", wanted)["jobs"]
            taken += len(jobs)
            self.in_parallel(handle, jobs)
            if time.monotonic() > deadline:
                raise TimeoutError(f"Of {expected} jobs of type {job_type!r} only {taken} came.")

    def in_parallel(self, function: Callable[[Given], Made], items: Iterable[Given]) -> list[Made]:
        """Call `function` on every item, several at a time; return the results in the items' order."""
        return list(self._pool.map(function, items))

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)  # or Ctrl-C would wait for all that is planned
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _post(self, path: str, body: object = None, **more: Any) -> dict[str, Any]:
        answer = self._ask("POST", path, body, **more)
        return dict(answer.json()) if answer.content else {}

    def _ask(self, method: str, path: str, body: object = None, **more: Any) -> requests.Response:
        """Ask, and ask again while a partition has not heard of a deployment yet (404) or is busy (429, 503)."""
        deadline = time.monotonic() + PATIENCE
        while True:
            answer = self._session.request(method, f"{self._base_url}/v2/{path}", json=body, timeout=30, **more)
            if answer.status_code not in (404, 429, 503) or time.monotonic() > deadline:
                break
            time.sleep(0.05)
        if not answer.ok:
            raise requests.HTTPError(f"{method} {path}: {answer.status_code} {answer.text[:500]}", response=answer)
        return answer
