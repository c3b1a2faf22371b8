"""The plan's figures over the table of cases (`lib.store.cases`): counts with their denominators, targets, names behind them.

An organization with nothing submitted stays in every denominator (未报). A rate is hundredths of a per cent, rounded once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from lib.core.grading import half_up
from lib.core.model import Grade, Kind, VillageClass
from lib.core.program import Program
from lib.core.workflow import AFTER_SUBMISSION, State

STATUSES = ("reached", "near", "behind", "far")
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
    """A measure of one place. `rate` is None where there is nothing to divide by, which is shown as "—" and not as 0 %."""

    code: str
    count: int
    total: int
    rate: int | None
    target: float
    at_most: bool
    status: str | None

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
    Measure("submitted", _all, lambda c: c["state"].isin(AFTER_SUBMISSION)),
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


def figure(cases: pd.DataFrame, code: str, program: Program) -> Figure:
    """One measure over the cases given."""
    measure, target = MEASURES[code], program.target(code)
    among = cases[measure.among(cases)]
    if measure.denominator:
        # a rate over ballots; results decided on paper bring a rate without ballots and weigh one each only where none has ballots
        count, total = int(among[list(measure.numerator)].sum().sum()), int(among[measure.denominator].sum())
        if not total and len(among):
            rate = half_up(int(among["satisfaction"].sum()), len(among))
            count, total = int(measure.counted(among).sum()), len(among)
        else:
            rate = half_up(10000 * count, total) if total else None
    else:
        count, total = int(measure.counted(among).sum()), len(among)
        rate = half_up(10000 * count, total) if total else None
    bare = Figure(code, count, total, rate, target.value, target.at_most, None)
    return Figure(code, count, total, rate, target.value, target.at_most, status_of(bare.gap, program))


def by_township(cases: pd.DataFrame, code: str, program: Program) -> dict[str, Figure]:
    """The measure for each township that has organizations, by township code; county-level organizations are left out."""
    return {township: figure(own, code, program) for township, own in cases[cases["township"].notna()].groupby("township", sort=False)}


def names(cases: pd.DataFrame, code: str, *, counted: bool = True) -> pd.DataFrame:
    """The rows behind a figure: those counted, or those still missing. As many as the figure says."""
    measure = MEASURES[code]
    among = cases[measure.among(cases)]
    mask = measure.counted(among).astype(bool)
    return among[mask if counted else ~mask]


def grades_by_kind(cases: pd.DataFrame) -> pd.DataFrame:
    """Counts: one row a kind that occurs (index), columns of the four grades, `not_graded` (submitted, no grade yet) and
    `not_submitted` (未报); the rows' sums are the organizations."""
    column = cases["grade"].where(cases["grade"].notna(),
                                  cases["state"].isin(AFTER_SUBMISSION).map({True: "not_graded", False: "not_submitted"}))
    columns = [*(grade.value for grade in Grade), "not_graded", "not_submitted"]
    counts = pd.crosstab(cases["kind"], column) if len(cases) else pd.DataFrame()
    return counts.reindex(index=[kind.value for kind in Kind if kind in set(cases["kind"])], columns=columns, fill_value=0)


def worst(cases: pd.DataFrame, program: Program) -> Figure | None:
    """What holds a place back: the figure farthest from its target, None when all are reached."""
    figures = [figure(cases, code, program) for code in MEASURES]
    behind = [each for each in figures if each.gap]
    return max(behind, key=lambda each: each.gap, default=None)
