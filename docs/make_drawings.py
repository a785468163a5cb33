"""Write the pictures of `docs/drawing.md`: `docs/_static/drawing-*.svg`.

    python docs/make_drawings.py

`tests/docs/test_drawings.py` holds the kept pictures equal to what this writes.
"""

from __future__ import annotations

from pathlib import Path

import operate_frames as of
from operate_frames.sandbox import serve

FOLDER = Path(__file__).parent / "_static"


def drawings() -> dict[str, str]:
    """All pictures by file name."""
    with serve(auth="none", instances=2000, collaborations=600) as server, of.connect(server.base_url, auth="none"):
        failing = of.read_instances(process_definition_id="order", has_incident=True, limit=1)
        found = {
            "drawing-order.svg": of.draw("order", heat="frequency", tokens=True),
            "drawing-path.svg": of.draw(process_instance_key=failing["process_instance_key"][0], tokens=True),
            "drawing-claim.svg": of.draw("claim", heat="mean_time", counts=True, tokens=True),
            "drawing-purchase.svg": of.draw("purchase", heat="p90_time", counts=True),
        }
    return {name: drawing.svg for name, drawing in found.items()}


if __name__ == "__main__":
    for name, svg in drawings().items():
        (FOLDER / name).write_text(svg + "\n", encoding="utf-8")
