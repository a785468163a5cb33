"""What somebody may see who may read some processes."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from operate_frames.sandbox.tables.columns import Column
from operate_frames.sandbox.v2.rows.joins import Columns, present, shown, taken

__all__ = ["visible_to"]


def visible_to(made: Mapping[str, Columns], processes: Collection[str]) -> dict[str, dict[str, Column]]:
    """Leave out what somebody may not see, who may read some processes: v2 gives fewer rows and says nothing.

    Parameters
    ----------
    made : mapping of str to mapping of str to Column
        By resource and field.
    processes : collection of str
        Their ids.

    Returns
    -------
    dict of str to dict of str to Column
        The same with fewer rows.
    """
    instances = made["process-instances"]
    seen = np.array([each in processes for each in shown(instances["processDefinitionId"])], dtype=np.bool_)
    keys = instances["processInstanceKey"].values[seen]
    found: dict[str, dict[str, Column]] = {}
    for name, columns in made.items():
        if name in {"process-definitions", "process-instances"}:
            rows = np.array([each in processes for each in shown(columns["processDefinitionId"])], dtype=np.bool_)
        elif "processInstanceKey" in columns:
            rows = np.isin(columns["processInstanceKey"].values, keys) & present(columns["processInstanceKey"])
        else:
            rows = np.ones(len(next(iter(columns.values()))), dtype=np.bool_)
        found[name] = taken(columns, rows)
    return found
