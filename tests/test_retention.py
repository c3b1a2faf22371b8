"""Which automatic snapshots are kept (lib.core.retention)."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.core.retention import PERIODS, Rule, kept


def moments(*days: str) -> dict[str, dt.datetime]:
    """Snapshots named by when they were made."""
    return {day: dt.datetime.fromisoformat(day) for day in days}


@pytest.mark.parametrize(("made", "rule", "expected"), [
    ([], Rule(), {}),
    (["2012-04-10"], Rule(1, 1, 1), {"2012-04-10": ("daily", "weekly", "monthly")}),
    # the last of a day, not the first
    (["2012-04-10T02:30", "2012-04-10T14:00"], Rule(3, 0, 0), {"2012-04-10T14:00": ("daily",)}),
    # as many days as have a snapshot: a gap is no reason to lose the older ones
    (["2012-01-03", "2012-02-03", "2012-04-10"], Rule(2, 0, 0), {"2012-04-10": ("daily",), "2012-02-03": ("daily",)}),
    # a week ends on Sunday
    (["2012-04-08", "2012-04-09", "2012-04-10"], Rule(0, 2, 0), {"2012-04-10": ("weekly",), "2012-04-08": ("weekly",)}),
    # the last days of a year may be in the first week of the next
    (["2012-12-30", "2012-12-31", "2013-01-02"], Rule(0, 2, 0), {"2013-01-02": ("weekly",), "2012-12-30": ("weekly",)}),
    (["2011-04-30", "2012-03-31", "2012-04-01", "2012-04-30"], Rule(0, 0, 2), {"2012-04-30": ("monthly",), "2012-03-31": ("monthly",)}),
    # one that several rules keep is kept once
    (["2012-03-31", "2012-04-09", "2012-04-10"], Rule(1, 1, 2), {"2012-04-10": ("daily", "weekly", "monthly"), "2012-03-31": ("monthly",)}),
    (["2012-04-10"], Rule(0, 0, 0), {}),
])
def test_the_table(made, rule, expected):
    assert kept(moments(*made), rule) == expected


def test_of_two_at_once_the_later_one_on_the_shelf_is_the_last():
    at = dt.datetime(2012, 4, 10, 2, 30)
    assert kept({"first": at, "second": at}, Rule(1, 0, 0)) == {"second": ("daily",)}


def test_a_year_of_nights_comes_down_to_what_the_rule_says():
    nights = {day.isoformat(): day for day in (dt.datetime(2012, 1, 1, 2, 30) + dt.timedelta(days=step) for step in range(366))}
    found = kept(nights, Rule())
    assert [sum(kind in reasons for reasons in found.values()) for kind in PERIODS] == [14, 8, 12]
    assert max(nights) in found


RULES = st.builds(Rule, st.integers(0, 5), st.integers(0, 5), st.integers(0, 5))
MOMENTS = st.lists(st.datetimes(dt.datetime(2011, 11, 1), dt.datetime(2013, 3, 1)), max_size=40).map(
    lambda found: {f"s{place}": moment for place, moment in enumerate(sorted(found))})


@given(MOMENTS, RULES)
def test_pruning_twice_is_pruning_once_and_the_newest_stays(made, rule):
    found = kept(made, rule)
    assert kept({name: made[name] for name in made if name in found}, rule) == found
    if made and not rule.keeps_nothing:
        assert max(made, key=lambda name: (made[name], list(made).index(name))) in found


@given(MOMENTS, RULES, st.sampled_from(list(PERIODS)))
def test_a_rule_that_keeps_more_keeps_all_that_one_keeping_less_does(made, rule, kind):
    more = Rule(**{each: getattr(rule, each) + (each == kind) for each in PERIODS})
    assert set(kept(made, rule)) <= set(kept(made, more))
