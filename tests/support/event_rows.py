"""Made rows for event logs, and what an XES file says."""

from __future__ import annotations

import gzip
from xml.etree import ElementTree as ET

import pandas as pd

import operate_frames as of

XES = "{http://www.xes-standard.org/}"
START = pd.Timestamp("2026-09-01T08:00", tz="UTC")


def element(key, instance, began, ended=None, state="COMPLETED", *, name="Name", **more):
    return {
        "element_instance_key": key,
        "process_instance_key": instance,
        "process_definition_id": "order",
        "element_id": f"id{key}",
        "element_name": name,
        "type": "USER_TASK",
        "state": state if ended is not None else "ACTIVE",
        "start_date": START + pd.Timedelta(seconds=began),
        "end_date": pd.NaT if ended is None else START + pd.Timedelta(seconds=ended),
        **more,
    }


def elements(*rows):
    empty = element(1, 1, 0, 1)
    frame = pd.DataFrame(list(rows) or [empty])
    return frame if rows else frame.iloc[:0]


def instances(**parents):
    """Instances by key, each with its parent."""
    keys = [int(key.removeprefix("i")) for key in parents]
    return pd.DataFrame(
        {
            "process_instance_key": pd.array(keys, dtype="Int64"),
            "parent_process_instance_key": pd.array(list(parents.values()), dtype="Int64"),
        }
    )


def with_amounts():
    amounts = {"amount": pd.array([1.5, None], dtype="Float64"), "variable_state": ["x", "y"]}
    return instances(i1=None, i2=1).assign(**amounts)


def traces(path):
    """Each trace: its attributes, and those of its events, by key."""
    written = path.read_bytes()
    log = ET.fromstring(gzip.decompress(written) if path.name.endswith(".gz") else written)
    of_parts = lambda part: {each.get("key"): each.get("value") for each in part if each.get("key")}  # noqa: E731
    return [
        (of_parts(trace), [of_parts(event) for event in trace.iter(f"{XES}event")]) for trace in log.iter(f"{XES}trace")
    ]


LOG = of.event_log(elements(element(11, 1, 0, 5), element(12, 1, 5, 9), element(21, 2, 1)))
