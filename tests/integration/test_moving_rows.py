"""While a real archiver moves rows between indices, a read that is checked loses none; a single pass does."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

import operate_frames as of
from operate_frames.api.v1 import planner as v1_plan

READS = 100
# Checked reads wait between their passes, so some go on side by side.
AT_ONCE = 14
WORKERS = [1, 3, 8]
COLUMNS = ["process_instance_key", "state", "end_date"]
# One pass loses a batch now and then, one in ten or in fifty; so many show it.
MOST_SINGLE_PASSES = 300


class Seen:
    """What earlier reads saw: every row of it is there in all later ones, as nothing is deleted."""

    def __init__(self, keys):
        self._changing = threading.Lock()
        self._keys = set(keys)
        self._ended = set()

    def so_far(self):
        with self._changing:
            return set(self._keys), set(self._ended)

    def add(self, frame):
        with self._changing:
            self._keys |= set(frame["process_instance_key"])
            self._ended |= set(frame["process_instance_key"][frame["state"] != "ACTIVE"])


def checked_read(server, seen, workers):
    """Read with `recheck`: all that was there before, each once, of two copies the ended one."""
    before, ended_before = seen.so_far()
    with of.connect(server.base_url, username=server.username, password=server.password) as operate:
        frame = of.read_instances(operate=operate, columns=COLUMNS, recheck=True, workers=workers)
        report = operate.last_report
    keys = frame["process_instance_key"]
    assert before - set(keys) == set(), f"{workers} workers lost rows in {report}"
    assert keys.is_unique
    assert keys.is_monotonic_increasing
    assert set(keys[frame["state"] == "ACTIVE"]) & ended_before == set(), "of two copies the running one was given"
    assert frame["end_date"][frame["state"] != "ACTIVE"].notna().all()
    seen.add(frame)
    return report


# The server's count tells of a loss too; whether rows are lost is seen here by their keys.
@pytest.mark.filterwarnings("ignore::operate_frames.IncompleteWarning")
@pytest.mark.timeout(480, func_only=True)
def test_no_row_is_lost_or_given_twice_while_rows_move(camunda_with_moving_rows, record_property, monkeypatch):
    monkeypatch.setattr(v1_plan, "PAGE_SIZE", 200)  # so that all of these reads are cut into parts
    server = camunda_with_moving_rows.camunda
    seen = Seen(camunda_with_moving_rows.running)
    faulty, told, doubles, single_passes = 0, 0, 0, 0
    with (
        of.connect(server.base_url, username=server.username, password=server.password) as operate,
        ThreadPoolExecutor(AT_ONCE) as pool,
    ):
        checked = [pool.submit(checked_read, server, seen, WORKERS[number % 3]) for number in range(READS)]
        while single_passes < MOST_SINGLE_PASSES and not faulty:
            before, _ = seen.so_far()
            workers = WORKERS[single_passes % 3]
            once = of.read_instances(operate=operate, columns=COLUMNS, recheck=False, workers=workers)
            single_passes += 1
            faulty += bool(before - set(once["process_instance_key"]))
            told += bool(operate.last_report.missing)
            doubles += operate.last_report.doubles
        reports = [read.result() for read in checked]
    _, ended = seen.so_far()
    record_property(
        "figures",
        f"{faulty} of {single_passes} single passes lost rows, in {told} the server counted more than came,"
        f" {doubles} doubles were dropped in them; later passes of {READS} checked reads added"
        f" {sum(report.added for report in reports)} rows; {len(ended)} instances ended",
    )

    assert faulty, f"none of {single_passes} single passes lost a row, so this proves nothing"
    assert len(ended) > 1000
