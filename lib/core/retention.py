"""Which of the automatic snapshots are kept: the last one of each of the latest days, weeks and months that have any.

Periods without a snapshot do not count, so a timer that stood still for a month does not empty the shelf.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

PERIODS: Mapping[str, Callable[[dt.datetime], tuple[int, ...]]] = {
    "daily": lambda moment: (moment.year, moment.month, moment.day),
    "weekly": lambda moment: tuple(moment.isocalendar())[:2],  # the ISO year: the last days of December may be in week 1
    "monthly": lambda moment: (moment.year, moment.month),
}
"""Kind of period → what the moments of one period have in common, the county's clock."""


@dataclass(frozen=True)
class Rule:
    """How many periods of each kind keep their last snapshot; 0 for none."""

    daily: int = 14
    weekly: int = 8
    monthly: int = 12

    @property
    def keeps_nothing(self) -> bool:
        return not (self.daily or self.weekly or self.monthly)


def kept(moments: Mapping[str, dt.datetime], rule: Rule) -> dict[str, tuple[str, ...]]:
    """The snapshots that the rule keeps, each with the kinds of period (PERIODS) that it is the last of.

    `moments` is when each was made, on the county's clock; of two made at once the one that stands later in the mapping is the last.
    """
    order = {name: (moment, place) for place, (name, moment) in enumerate(moments.items())}
    newest_first = sorted(moments, key=order.__getitem__, reverse=True)
    found: dict[str, tuple[str, ...]] = {}
    for kind, period in PERIODS.items():
        last: dict[tuple[int, ...], str] = {}
        for name in newest_first:
            last.setdefault(period(moments[name]), name)
        for name in list(last.values())[:getattr(rule, kind)]:
            found[name] = (*found.get(name, ()), kind)
    return found
