"""Page runs take turns: a few at once, each gets its turn, and a long one stops nobody."""

import threading
import time

import pytest

from lib.ui import turns


def test_no_more_run_at_once_than_have_a_turn(monkeypatch):
    monkeypatch.setattr(turns, "PATIENCE", 60.0)
    running, most, lock = [0], [0], threading.Lock()

    def run():
        with turns.taken(), turns.taken():  # a turn within a turn is the same one
            with lock:
                running[0] += 1
                most[0] = max(most[0], running[0])
            time.sleep(0.005)
            with lock:
                running[0] -= 1

    threads = [threading.Thread(target=run) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert running == [0]
    assert most == [turns.AT_ONCE]


def test_a_run_that_ends_by_an_exception_gives_its_turn_back():
    for _ in range(3 * turns.AT_ONCE):
        with pytest.raises(RuntimeError), turns.taken():
            raise RuntimeError
    assert turns._free._value == turns.AT_ONCE


def test_whoever_has_waited_long_enough_goes_ahead(monkeypatch):
    monkeypatch.setattr(turns, "PATIENCE", 0.01)
    done, release = threading.Event(), threading.Event()

    def long():
        with turns.taken():
            release.wait(30)

    def short():
        with turns.taken():
            done.set()

    threads = [threading.Thread(target=long) for _ in range(turns.AT_ONCE)] + [threading.Thread(target=short)]
    for thread in threads:
        thread.start()
    assert done.wait(30)
    release.set()
    for thread in threads:
        thread.join(30)
    assert turns._free._value == turns.AT_ONCE
