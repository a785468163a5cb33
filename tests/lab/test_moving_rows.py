"""While rows move to the archive, a read that is checked loses none and gives none twice; a single pass does.

The time that rows are hidden and the pause between passes are those of a real server, twenty times shorter.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

import operate_frames as of
from operate_frames.reading.options import Tuning
from operate_frames.sandbox import Archiving, serve

READS = 100
# Checked reads wait between their passes, so some go on side by side.
AT_ONCE = 4
WORKERS = [1, 3, 8]
COLUMNS = ["process_instance_key", "state"]
INSTANCES = 1000
SHORTER = 20
MOVING = Archiving(batch=10, every=2.0 / SHORTER, hidden=0.9 / SHORTER, doubled=0.5 / SHORTER)
TUNING = Tuning(page_size=100, seconds_between_passes=2.5 / SHORTER)  # so small that all reads are cut into ranges


@pytest.fixture(scope="module")
def moving():
    with serve(auth="none", instances=INSTANCES, archiving=MOVING) as server:
        yield server


def read(server, workers, *, recheck):
    with of.connect(server.base_url, auth="none") as operate:
        operate.tuning = TUNING
        frame = of.read_instances(operate=operate, columns=COLUMNS, recheck=recheck, workers=workers)
        return frame["process_instance_key"], operate.last_report


# The server's count tells of a loss too; whether rows are lost is seen here by their keys.
@pytest.mark.filterwarnings("ignore::operate_frames.IncompleteWarning")
def test_no_row_is_lost_or_given_twice_while_rows_move(moving, record_property):
    with ThreadPoolExecutor(AT_ONCE) as pool:
        checked = [pool.submit(read, moving, WORKERS[number % 3], recheck=True) for number in range(READS)]
        reports = []
        for each in checked:
            keys, report = each.result()
            assert len(keys) == INSTANCES, f"rows were lost in {report}"
            assert keys.is_unique
            assert keys.is_monotonic_increasing
            reports.append(report)

    single = [read(moving, WORKERS[number % 3], recheck=False) for number in range(READS)]
    lost = sum(len(keys) < INSTANCES for keys, _ in single)
    doubles = sum(report.doubles for _, report in single)
    record_property(
        "figures",
        f"{lost} of {READS} single passes lost rows, {doubles} doubles were dropped in them; later passes of"
        f" {READS} checked reads added {sum(report.added for report in reports)} rows",
    )

    assert lost, f"none of {READS} single passes lost a row, so this proves nothing"
    assert doubles
