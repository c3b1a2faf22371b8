"""The plan's figures over the table of cases (`lib.store.cases`): counts with their denominators, targets, names behind them.

An organization with nothing submitted stays in every denominator (未报). A rate is hundredths of a per cent, rounded once.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import pandas as pd

from lib.core.grading import half_up
from lib.core.model import Grade, Kind, VillageClass
from lib.core.program import Program
from lib.core.workflow import HANDED_IN, State

STATUSES = ("reached", "near", "behind", "far")
ORGANIZATIONS, BALLOTS, AVERAGE = "organizations", "ballots", "average"
"""What a figure's `count` and `total` count. An average is over organizations that have a rate and no ballots."""
UNCLASSED = "none"
Mask = Callable[[pd.DataFrame], pd.Series]


@dataclass(frozen=True)
class Measure:
    """A figure: who is counted, out of whom; `weight` names columns to add up where not organizations but ballots count."""

    code: str
    among: Mask
    counted: Mask
    numerator: tuple[str, ...] = ()
    denominator: str = ""


@dataclass(frozen=True)
class Figure:
    """A measure of one place. `rate` is None where there is nothing to divide by, which is shown as "—" and not as 0 %.

    `among` is how many organizations are looked at, `met` how many of them are counted; they are the lengths of the lists
    behind the figure (`names`). `count` of `total` gives the rate, except in an average, where they are `met` and `among`.
    """

    code: str
    count: int
    total: int
    rate: int | None
    target: float
    at_most: bool
    status: str | None
    among: int
    met: int
    unit: str = ORGANIZATIONS

    @property
    def gap(self) -> int | None:
        """Hundredths of a per cent still missing to the target (or above it, for `at_most`); 0 when reached."""
        if self.rate is None:
            return None
        difference = self.rate - round(100 * self.target) if self.at_most else round(100 * self.target) - self.rate
        return max(0, difference)


def _all(cases: pd.DataFrame) -> pd.Series:
    return pd.Series(True, index=cases.index)


def _villages(cases: pd.DataFrame) -> pd.Series:
    return cases["kind"] == Kind.VILLAGE


UPPER_CLASSES = (VillageClass.DEMONSTRATION, VillageClass.FIRST, VillageClass.SECOND)

MEASURES: Mapping[str, Measure] = {measure.code: measure for measure in (
    Measure("submitted", _all, lambda c: c["state"].isin(HANDED_IN)),
    Measure("graded", _all, lambda c: c["state"] == State.APPROVED),
    # the published practice counts grades among those graded, and prints how many are not
    Measure("good_share", lambda c: c["grade"].notna(), lambda c: c["grade"].isin((Grade.GOOD, Grade.FAIRLY_GOOD))),
    Measure("satisfaction", lambda c: c["satisfaction"].notna(), lambda c: c["satisfaction"] >= 9000,
            numerator=("satisfied", "basically_satisfied"), denominator="returned"),
    Measure("village_upper", _villages, lambda c: c["class_now"].isin(UPPER_CLASSES)),
    Measure("village_fourth", _villages, lambda c: c["class_now"] == VillageClass.FOURTH),
)}


def status_of(gap: int | None, program: Program) -> str | None:
    """`reached`, `near`, `behind` or `far` from the distance to the target (look/README: one function for all screens)."""
    if gap is None:
        return None
    if gap == 0:
        return "reached"
    return "near" if gap <= 100 * program.near else "behind" if gap <= 100 * program.behind else "far"


def _among(cases: pd.DataFrame, measure: Measure) -> tuple[pd.DataFrame, bool]:
    """The rows that a measure looks at, and whether it adds up ballots.

    Results decided on paper bring a rate without ballots: while any organization has ballots the rate is over ballots, and
    those without are left out (they would weigh nothing or anything); where none has, each organization weighs the same.
    """
    among = cases[measure.among(cases)]
    if not measure.denominator:
        return among, False
    with_ballots = among[among[measure.denominator] > 0]
    return (with_ballots, True) if len(with_ballots) else (among, False)


def figure(cases: pd.DataFrame, code: str, program: Program) -> Figure:
    """One measure over the cases given."""
    measure, target = MEASURES[code], program.target(code)
    among, ballots = _among(cases, measure)
    met = int(measure.counted(among).sum())
    count, total, unit = met, len(among), ORGANIZATIONS
    if ballots:
        count, total, unit = int(among[list(measure.numerator)].sum().sum()), int(among[measure.denominator].sum()), BALLOTS
    rate = half_up(10000 * count, total) if total else None
    if measure.denominator and not ballots and total:
        rate, unit = half_up(int(among[measure.code].sum()), total), AVERAGE
    bare = Figure(code, count, total, rate, target.value, target.at_most, None, len(among), met, unit)
    return replace(bare, status=status_of(bare.gap, program))


def by_township(cases: pd.DataFrame, code: str, program: Program) -> dict[str, Figure]:
    """The measure for each township that has organizations, by township code; county-level organizations are left out."""
    return {township: figure(own, code, program) for township, own in cases[cases["township"].notna()].groupby("township", sort=False)}


def names(cases: pd.DataFrame, code: str, counted: bool | None = None) -> pd.DataFrame:
    """The rows behind a figure: all that it looks at (`among` of them), those counted (`met`), or those still missing."""
    measure = MEASURES[code]
    among, _ = _among(cases, measure)
    if counted is None:
        return among
    mask = measure.counted(among).astype(bool)
    return among[mask if counted else ~mask]


def grade_column(cases: pd.DataFrame) -> pd.Series:
    """The grade of each case, else `not_graded` (submitted, no grade yet) or `not_submitted` (未报)."""
    without = cases["state"].isin(HANDED_IN).map({True: "not_graded", False: "not_submitted"})
    return cases["grade"].where(cases["grade"].notna(), without)


def grades_by_kind(cases: pd.DataFrame) -> pd.DataFrame:
    """Counts: one row a kind that occurs (index), columns of the four grades, `not_graded` (submitted, no grade yet) and
    `not_submitted` (未报); the rows' sums are the organizations."""
    columns = [*(grade.value for grade in Grade), "not_graded", "not_submitted"]
    counts = pd.crosstab(cases["kind"], grade_column(cases)) if len(cases) else pd.DataFrame()
    return counts.reindex(index=[kind.value for kind in Kind if kind in set(cases["kind"])], columns=columns, fill_value=0)


def worst(cases: pd.DataFrame, program: Program) -> Figure | None:
    """What holds a place back: the figure farthest from its target, None when all are reached."""
    figures = [figure(cases, code, program) for code in MEASURES]
    behind = [each for each in figures if each.gap]
    return max(behind, key=lambda each: each.gap, default=None)


MOMENTS = ("start", "now", "target")


def village_classes(cases: pd.DataFrame) -> pd.DataFrame:
    """Villages by class at the start of the year, now and as their own targets: rows MOMENTS, columns the classes and `none`."""
    villages = cases[_villages(cases)]
    columns = [*(each.value for each in VillageClass), UNCLASSED]
    counts = {moment: villages[f"class_{moment}"].fillna(UNCLASSED).value_counts() for moment in MOMENTS}
    return pd.DataFrame(counts).T.reindex(index=list(MOMENTS), columns=columns).fillna(0).astype(int)


def by_day(cases: pd.DataFrame, timezone: str) -> pd.DataFrame:
    """How the figures of today came together: index every county day from the first to the last, columns `submitted` and
    `graded`, cumulated. The last row is the count of `submitted` and of `graded`: whose approval was taken back since is out again.

    A submission counts on the day of the first one, an approval on the day it was decided; a result decided on paper, which
    has no submission, counts in both on that day.
    """
    zone = ZoneInfo(timezone)
    submitted = cases[cases["state"].isin(HANDED_IN)]
    first = [dt.datetime.fromisoformat(at).astimezone(zone).date().isoformat() if isinstance(at, str) else decided
             for at, decided in zip(submitted["first_submitted_at"], submitted["decided_on"], strict=True)]
    graded = cases.loc[cases["state"] == State.APPROVED, "decided_on"]
    counts = pd.DataFrame({"submitted": pd.Series(first, dtype="object").value_counts(), "graded": graded.astype("object").value_counts()})
    if counts.empty:
        return pd.DataFrame({"submitted": [], "graded": []}, index=pd.DatetimeIndex([]), dtype="int64")
    counts.index = pd.to_datetime(counts.index)
    return counts.reindex(pd.date_range(counts.index.min(), counts.index.max())).fillna(0).astype(int).cumsum()
