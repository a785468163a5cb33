"""Turns: never more at once than there are, and nobody is passed over."""

from __future__ import annotations

import threading

import pytest

from operate_frames.reading.paging.threads import FairSemaphore


@pytest.mark.parametrize("number", [1, 3])
def test_as_many_at_once_as_there_are_and_never_more(number):
    turns, inside, may_go = FairSemaphore(number), [], threading.Event()
    counts = []

    def take():
        with turns:
            inside.append(None)
            counts.append(len(inside))
            may_go.wait(30)
            inside.pop()

    threads = [threading.Thread(target=take) for _ in range(number + 4)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(inside) + waiting(turns) == len(threads))
    assert len(inside) == number
    may_go.set()
    joined(threads)

    assert len(counts) == len(threads)
    assert max(counts) == number


def test_one_that_gives_its_turn_back_and_wants_it_again_waits_behind_those_that_wait():
    turns, order = FairSemaphore(1), []

    def take(name):
        with turns:
            order.append(name)

    looking = [threading.Thread(target=take, args=(name,)) for name in ("look", "look again")]
    with turns:
        for number, thread in enumerate(looking, start=1):
            thread.start()
            wait_until(lambda number=number: waiting(turns) == number)
    for _ in range(3):
        take("walk")
    joined(looking)

    assert order == ["look", "look again", "walk", "walk", "walk"]


@pytest.mark.parametrize("just_as_it_came", [False, True])
def test_an_interrupt_while_waiting_takes_no_turn_with_it(monkeypatch, just_as_it_came):
    turns = FairSemaphore(1)
    turns.__enter__()

    def interrupted(_):
        if just_as_it_came:
            turns.__exit__()
        raise KeyboardInterrupt

    monkeypatch.setattr(threading.Event, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        turns.__enter__()
    monkeypatch.undo()
    if not just_as_it_came:
        turns.__exit__()

    other = threading.Thread(target=turns.__enter__, daemon=True)
    other.start()
    joined([other])


def waiting(turns):
    return len(turns._waiting)


def wait_until(met):
    tick = threading.Event()
    for _ in range(20_000):
        if met():
            return
        tick.wait(0.001)
    pytest.fail("it was never met")


def joined(threads):
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads)
