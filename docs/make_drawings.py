"""Write the pictures of `docs/drawing.md`: `docs/_static/drawing-*.svg`.

    python docs/make_drawings.py

`tests/docs/test_drawings.py` holds the kept pictures equal to what this writes.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import pandas as pd

import operate_frames as of
from operate_frames.sandbox import serve

FOLDER = Path(__file__).parent / "_static"
CLAIM = Path(__file__).parents[1] / "tests" / "data" / "drawing" / "claim.bpmn"
# Of the made-up claims: for each element how often it is entered by a hundred claims, and its mean time in minutes.
ELEMENTS = {
    "reported": (100, 0),
    "register": (131, 34),
    "impatient": (4, 0),
    "dropped": (4, 0),
    "complete": (127, 0),
    "ask": (31, 3),
    "answered": (31, 4_100),
    "fork": (96, 0),
    "appraise": (240, 610),
    "photos": (96, 1_900),
    "photos_begin": (96, 0),
    "rate": (96, 0.4),
    "look": (96, 1_850),
    "photos_end": (88, 0),
    "overdue": (21, 0),
    "remind": (21, 0.2),
    "reminded": (21, 0),
    "join": (88, 140),
    "which": (88, 0),
    "pay": (71, 260),
    "failed": (6, 0),
    "by_hand": (6, 1_300),
    "write": (88, 0.1),
    "together": (84, 0),
    "inform": (84, 0),
    "closed": (84, 0),
}


def drawings() -> dict[str, str]:
    """All pictures by file name."""
    claim = of.draw(
        CLAIM.read_text(encoding="utf-8"),
        heat="mean_time",
        counts=True,
        element_instances=_claims(Random(27)),  # noqa: S311 - the same each time
    )
    with serve(auth="none", instances=2000) as server, of.connect(server.base_url, auth="none"):
        failing = of.read_instances(process_definition_id="order", has_incident=True, limit=1)
        found = {
            "drawing-order.svg": of.draw("order", heat="frequency", tokens=True),
            "drawing-path.svg": of.draw(process_instance_key=failing["process_instance_key"][0], tokens=True),
            "drawing-claim.svg": claim,
        }
    return {name: drawing.svg for name, drawing in found.items()}


def _claims(chance: Random) -> pd.DataFrame:
    begin = pd.Timestamp("2026-09-01T08:00:00Z")
    rows = []
    for element, (times, minutes) in ELEMENTS.items():
        for _ in range(times):
            took = pd.Timedelta(chance.expovariate(1 / minutes) if minutes else 0, "min")
            is_open = minutes > 1_000 and chance.random() < 0.06
            rows.append((element, begin, pd.NaT if is_open else begin + took))
    frame = pd.DataFrame(rows, columns=["element_id", "start_date", "end_date"])
    return frame.assign(type="TASK")


if __name__ == "__main__":
    for name, svg in drawings().items():
        (FOLDER / name).write_text(svg + "\n", encoding="utf-8")
