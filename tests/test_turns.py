"""Page runs take turns: one at a time, each gets its turn, and a long one stops nobody."""

import threading
import time

import pytest

from lib.ui import turns
from lib.ui.turns import Turns


def started(*runs):
    threads = [threading.Thread(target=run) for run in runs]
    for thread in threads:
        thread.start()
    return threads


def joined(threads):
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()


def test_one_runs_after_the_other(monkeypatch):
    monkeypatch.setattr(turns, "SHORT", 60.0)
    of, running, most, ran, lock = Turns(), [0], [0], [0], threading.Lock()

    def run():
        with of.taken(), of.taken():  # a turn within a turn is the same one
            with lock:
                running[0] += 1
                most[0] = max(most[0], running[0])
            time.sleep(0.005)
            with lock:
                running[0] -= 1
                ran[0] += 1

    joined(started(*[run] * 20))
    assert (ran, running, most, of.free()) == ([20], [0], [1], True)


def test_a_run_that_ends_by_an_exception_gives_its_turn_back():
    of = Turns()
    for _ in range(3):
        with pytest.raises(RuntimeError), of.taken():
            raise RuntimeError
        assert of.free()


def test_a_turn_within_a_turn_does_not_end_it():
    of = Turns()
    with of.taken():
        with of.taken():
            pass
        assert not of.free()
    assert of.free()


def test_a_long_run_loses_its_turn_and_takes_none_back(monkeypatch):
    monkeypatch.setattr(turns, "SHORT", 0.02)
    of, begun, release, second, go = Turns(), threading.Event(), threading.Event(), threading.Event(), threading.Event()

    def long():
        with of.taken():
            begun.set()
            assert release.wait(30)

    def short():
        assert begun.wait(30)
        with of.taken():
            second.set()
            assert go.wait(30)

    threads = started(long, short)
    assert second.wait(30)  # though the long one has not ended
    release.set()
    joined(threads[:1])
    assert not of.free()  # the end of the long one is not the end of the other's turn
    go.set()
    joined(threads[1:])
    assert of.free()
