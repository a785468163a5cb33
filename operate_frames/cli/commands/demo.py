"""What `operate-frames demo` shows: two ways to sign in, two frames, a report, a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from operate_frames.frames.readers import read_definitions, read_instances
from operate_frames.sandbox import serve
from operate_frames.signin.connect import connect

__all__ = ["report"]


def report(folder: Path) -> Iterator[str]:
    """Read a sandbox and say what was found, line by line.

    Parameters
    ----------
    folder : Path
        Where ``instances.csv`` goes; made if it is not there.
    """
    with serve(auth="both", instances=5_000, seed=8, until="now") as server:
        yield f"A sandbox that answers like Operate 8.6.0 runs at {server.base_url}."
        with connect(
            server.base_url,
            client_id=server.client_id,
            client_secret=server.client_secret,
            token_url=server.token_url,
            audience=server.audience,
        ) as operate:
            yield f"By OAuth2:  {operate!r}"
            definitions = read_definitions(operate=operate)
        with connect(server.base_url, username=server.username, password=server.password) as operate:
            yield f"By cookie:  {operate!r}"
            instances = read_instances(operate=operate, progress=False)
    yield ""
    yield f"read_definitions(): {len(definitions)} rows"
    yield definitions.drop(columns="tenant_id").to_string(index=False)
    yield ""
    yield f"read_instances(): {len(instances)} rows"
    yield _first_rows(instances).to_string(index=False)
    yield ""
    yield "Instances by process and state"
    yield pd.crosstab(instances["process_definition_id"], instances["state"], margins=True).to_string()
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "instances.csv"
    instances.to_csv(file, index=False)
    yield ""
    yield f"All {len(instances)} instances are in {file}."


def _first_rows(instances: pd.DataFrame) -> pd.DataFrame:
    columns = ["process_instance_key", "process_definition_id", "start_date", "end_date", "state", "has_incident"]
    return instances[[*columns, "parent_process_instance_key"]].tail(5)
