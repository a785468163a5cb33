"""Documents straight into Operate's database, where a thousand take no time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.http import ask

# The live index of instances; the archiver's have a date behind the underscore.
LIST_VIEW = "operate-list-view-8.3.0_"
DEFINITIONS = "operate-process-8.3.0_"


def write(opensearch_url: str, index: str, lines: Iterable[dict[str, Any]]) -> None:
    """Write documents, in the lines of the bulk API: what to do, and with which document."""
    body = "".join(json.dumps(line) + "\n" for line in lines)
    headers = {"Content-Type": "application/x-ndjson"}
    answer = ask("POST", f"{opensearch_url}/{index}/_bulk", data=body, headers=headers).json()
    assert not answer["errors"], answer["items"][0]


@contextmanager
def unseen(opensearch_url: str, index: str) -> Iterator[None]:
    """Let searches see what is written only at the end: a third of the time goes into showing it early."""
    settings = f"{opensearch_url}/{index}/_settings"
    ask("PUT", settings, json={"index": {"refresh_interval": "-1"}})
    yield
    ask("PUT", settings, json={"index": {"refresh_interval": None}})
    ask("POST", f"{opensearch_url}/{index}/_refresh")
