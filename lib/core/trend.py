"""The year's progress, day by day, from what happened: who was in on which day, and who was taken out again.

Counts are of what still stands: on its last day each line is the figure that the overview shows.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from lib.core.ledger import ItemState

LINES = ("submitted", "graded", "raised", "signed_off")
"""Organizations that have handed in and that have an approved grade; items of the ledger that count, and those signed off."""
CLOSED = {"organization.closed": True, "organization.reopened": False}
MOVES: Mapping[str, Mapping[str, bool]] = {
    "assessment.submitted": {"submitted": True},  # returned to be corrected, it has been handed in all the same
    "grade.approved": {"graded": True}, "grade.reopened": {"graded": False},
    "grade.recorded": {"submitted": True, "graded": True}, "grade.restored": {"submitted": True, "graded": True},  # decided on paper
}
"""What an event does to the lines: in or out."""


@dataclass(frozen=True)
class Happened:
    """One thing that happened: on which county day (ISO), what (an event's kind, or ITEM), to which organization.

    What happened to an item of the ledger names it, with the state that it came to.
    """

    day: str
    kind: str
    organization: str
    item: str = ""
    state: str = ""


ITEM = "item"


def cumulated(happened: Iterable[Happened], standing: Mapping[str, Collection[str]]) -> pd.DataFrame:
    """How many were in at the end of each day: index every day from the first to the last on which anything happened, columns LINES.

    `happened` in the order of the chain. `standing` are the organizations that are in today, for `submitted` and `graded`: what was taken back
    by the withdrawal of an import leaves no event of its own kind, and goes out on the day of the organization's last event.
    """
    steps: dict[str, defaultdict[str, int]] = {line: defaultdict(int) for line in LINES}
    inside: dict[str, dict[str, set[str]]] = {line: defaultdict(set) for line in LINES}  # line → organization → what of it is in
    closed: set[str] = set()
    last: dict[str, str] = {}

    def put(line: str, organization: str, subject: str, day: str, is_in: bool) -> None:
        kept = inside[line][organization]
        if is_in == (subject in kept):
            return
        (kept.add if is_in else kept.discard)(subject)
        if organization not in closed:
            steps[line][day] += 1 if is_in else -1

    for each in happened:
        last[each.organization] = max(each.day, last.get(each.organization, ""))
        if each.kind == ITEM:
            put("raised", each.organization, each.item, each.day, each.state != ItemState.DISMISSED)
            put("signed_off", each.organization, each.item, each.day, each.state == ItemState.SIGNED_OFF)
        elif each.kind in CLOSED:
            if CLOSED[each.kind] != (each.organization in closed):
                (closed.add if CLOSED[each.kind] else closed.discard)(each.organization)
                for line in LINES:
                    steps[line][each.day] += (-1 if CLOSED[each.kind] else 1) * len(inside[line][each.organization])
        else:
            for line, is_in in MOVES[each.kind].items():
                put(line, each.organization, each.organization, each.day, is_in)
    for line, codes in standing.items():
        for organization in [code for code, kept in inside[line].items() if kept and code not in closed and code not in codes]:
            put(line, organization, organization, last[organization], is_in=False)
    return _frame(steps)


def _frame(steps: Mapping[str, Mapping[str, int]]) -> pd.DataFrame:
    days = sorted({day for counts in steps.values() for day, count in counts.items() if count})
    if not days:
        return pd.DataFrame({line: [] for line in LINES}, index=pd.DatetimeIndex([]), dtype="int64")
    found = pd.DataFrame({line: pd.Series(counts, dtype="int64") for line, counts in steps.items()})
    found.index = pd.to_datetime(found.index)
    return found.reindex(pd.date_range(days[0], days[-1])).fillna(0).astype(int).cumsum()


def over(days: pd.DataFrame, first: dt.date, last: dt.date) -> pd.DataFrame:
    """The counts on every day from `first` to `last`: what came before stands on the first day, what did not change stays."""
    span = pd.date_range(first, last)
    if days.empty:
        return pd.DataFrame(0, index=span, columns=list(days.columns))
    return days.reindex(days.index.union(span)).ffill().fillna(0).astype(int).reindex(span)
