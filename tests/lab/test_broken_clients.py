"""Clients that are broken on purpose, each of which the lab must catch; the right one passes the same schedules."""

from __future__ import annotations

import pytest

import operate_frames as of
from operate_frames.client.auth.token import RenewedToken
from operate_frames.reading import read, rows, scan
from operate_frames.reading.completeness import conditions, second_look
from operate_frames.reading.options import Tuning
from operate_frames.sandbox import Archiving
from tests.lab.reads import INSTANCES, Lab, Schedule, calm_app
from tests.support.in_process import TooManyRequests

SEEDS = range(24)


@pytest.fixture(scope="module")
def lab():
    return Lab()


def without_deduplication(patch):
    for module in (rows, scan, second_look):
        patch.setattr(module, "without_doubles", lambda _, batch: batch)


def without_renewal(patch):
    patch.setattr(RenewedToken, "renew", lambda *_: False)


def without_guard_against_repeated_cursors(patch):
    patch.setattr(scan, "in_order", lambda _plan, _search, batches: batches)


def without_check_of_what_was_asked(patch):
    def kept(self, batch):
        for each in self._plan.residual_filters:
            batch = batch.filter(rows.meets(batch[each.field.column], each))
        return batch

    patch.setattr(conditions.Conditions, "kept", kept)
    patch.setattr(conditions.Conditions, "end", lambda _: None)


def without_retries(patch):
    patch.setattr(of.RetryPolicy, "__post_init__", lambda self: object.__setattr__(self, "attempts", 1))


def failures(lab, kinds, share):
    """How many of the schedules end otherwise than with all rows and no error."""
    failed = 0
    for seed in SEEDS:
        try:
            failed += bool(lab.check(Schedule(seed, kinds=kinds, share=share)).errors)
        except (AssertionError, TooManyRequests):
            failed += 1
    return failed


@pytest.mark.parametrize(
    ("broken", "kinds", "share"),
    [
        (without_deduplication, ("doubled",), 0.5),
        (without_renewal, ("refused",), 0.02),
        (without_check_of_what_was_asked, ("filter_ignored",), 0.5),
        (without_retries, ("busy",), 0.08),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_broken_client_is_caught(lab, monkeypatch, broken, kinds, share):
    right = failures(lab, kinds, share)
    with monkeypatch.context() as patch:
        broken(patch)
        assert failures(lab, kinds, share) > right
    assert right == 0


def test_a_client_without_a_guard_against_repeated_cursors_is_caught(lab, monkeypatch):
    def wrong_or_endless():
        caught = 0
        for seed in SEEDS:
            try:
                lab.check(Schedule(seed, kinds=("cursor_ignored",), share=0.5))
            except (AssertionError, TooManyRequests):
                caught += 1
        return caught

    assert wrong_or_endless() == 0
    with monkeypatch.context() as patch:
        without_guard_against_repeated_cursors(patch)
        assert wrong_or_endless() > 0


# The server's count tells of a loss too; whether rows are lost is seen here by their keys.
@pytest.mark.filterwarnings("ignore::operate_frames.IncompleteWarning")
def test_a_client_that_does_not_read_again_is_caught(lab, monkeypatch):
    app = calm_app(Archiving(batch=10, every=0.1, hidden=0.045, doubled=0.025))

    def lost():
        with lab.connected(app) as (operate, _):
            operate.tuning = Tuning(page_size=20, seconds_between_passes=0.125)
            found = [
                of.read_instances(operate=operate, columns=["process_instance_key"], recheck=True) for _ in range(12)
            ]
        return sum(len(frame) < INSTANCES for frame in found)

    assert lost() == 0
    with monkeypatch.context() as patch:
        patch.setattr(read.ReadRun, "_until_nothing_is_added", lambda _, table: table)
        assert lost() > 0
