"""While a real archiver moves rows between indices, a read that is checked loses none; a single pass does."""

from __future__ import annotations

import pytest

import operate_frames as of

READS = 100
COLUMNS = ["process_instance_key", "state", "end_date"]
# One pass loses a batch now and then; so many show it.
MOST_SINGLE_PASSES = 400


class Seen:
    """What earlier reads saw: every row of it is there in all later ones, as nothing is deleted."""

    def __init__(self, keys):
        self.keys = set(keys)
        self.ended = set()

    def lost_in(self, frame):
        return self.keys - set(frame["process_instance_key"])

    def add(self, frame):
        self.keys |= set(frame["process_instance_key"])
        self.ended |= set(frame["process_instance_key"][frame["state"] != "ACTIVE"])


# The server's count tells of a loss too; whether rows are lost is seen here by their keys.
@pytest.mark.filterwarnings("ignore::operate_frames.IncompleteWarning")
@pytest.mark.timeout(480, func_only=True)
def test_no_row_is_lost_or_given_twice_while_rows_move(camunda_with_moving_rows, capsys):
    movement = camunda_with_moving_rows
    server = movement.camunda
    seen = Seen(movement.running)
    single_passes, faulty, told, added, doubles = 0, 0, 0, 0, 0
    with of.connect(server.base_url, username=server.username, password=server.password) as operate:
        for number in range(MOST_SINGLE_PASSES):
            if number >= READS and faulty:
                break
            once = of.read_instances(operate=operate, columns=COLUMNS, recheck=False)
            single_passes += 1
            faulty += bool(seen.lost_in(once))
            told += bool(operate.last_report.missing)
            doubles += operate.last_report.doubles
            if number < READS:
                checked = of.read_instances(operate=operate, columns=COLUMNS, recheck=True)
                added += operate.last_report.added
                keys = checked["process_instance_key"]
                assert seen.lost_in(checked) == set(), f"read {number} lost rows"
                assert keys.is_unique
                assert keys.is_monotonic_increasing
                running = set(keys[checked["state"] == "ACTIVE"])
                assert running & seen.ended == set(), "of two copies the running one was given"
                assert checked["end_date"][checked["state"] != "ACTIVE"].notna().all()
                seen.add(checked)
    with capsys.disabled():  # the figures belong into the log of every run
        print(  # noqa: T201
            f"\n{faulty} of {single_passes} single passes lost rows, in {told} the server counted more than came,"
            f" {doubles} doubles were dropped in them; later passes of {READS} checked reads added {added} rows;"
            f" {len(seen.ended)} instances ended"
        )

    assert faulty, f"none of {single_passes} single passes lost a row, so this proves nothing"
    assert len(seen.ended) > 1000
