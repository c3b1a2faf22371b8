"""What pages work out once and share."""

import threading

import pytest

from lib.ui import shared


def test_the_parameters_are_the_key_but_for_those_with_an_underscore():
    made = []

    @shared.once(8)
    def rows(home, revision, _run, *chosen, language="zh", _tell=None):
        made.append((home, revision, chosen, language))
        return object()

    first = rows("a", 1, object())
    assert rows("a", 1, object()) is first
    assert rows("a", 1, object(), _tell=print) is first
    others = [rows("a", 2, object()), rows("b", 1, object()), rows("a", 1, object(), "x"), rows("a", 1, object(), language="en")]
    assert len({first, *others}) == len(made) == 5


def test_only_the_last_are_kept():
    made = []

    @shared.once(2)
    def square(number):
        made.append(number)
        return number * number

    assert [square(number) for number in (1, 2, 1, 3, 1, 2)] == [1, 4, 1, 9, 1, 4]
    assert made == [1, 2, 3, 2]  # the 2 was the one not asked for the longest


def test_who_asks_for_what_is_being_made_waits_for_it():
    made, begun, go = [], threading.Event(), threading.Event()

    @shared.once(2)
    def slow(name):
        made.append(name)
        begun.set()
        assert go.wait(10)
        return object()

    found = []
    tabs = [threading.Thread(target=lambda: found.append(slow("a"))) for _ in range(5)]
    for tab in tabs:
        tab.start()
    assert begun.wait(10)
    go.set()
    for tab in tabs:
        tab.join(10)
    assert (made, len(found), len(set(found))) == (["a"], 5, 1)


def test_a_failure_is_not_kept():
    tried = []

    @shared.once(2)
    def fails_once(name):
        tried.append(name)
        if len(tried) == 1:
            raise ValueError(name)
        return name

    with pytest.raises(ValueError):
        fails_once("a")
    assert fails_once("a") == "a"
