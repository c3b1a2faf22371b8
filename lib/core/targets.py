"""The plan's figures over the tables of `lib.store.programme`: counts with their denominators, targets, names behind them.

An organization with nothing submitted stays in every denominator (未报). A rate is hundredths of a per cent, rounded once.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import pandas as pd

from lib.core.grading import half_up
from lib.core.ledger import ItemState, Light
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
    """A figure: who is counted, out of whom; `weight` names columns to add up where not organizations but ballots count.

    `over` is the table whose rows it looks at (lib.store.programme); `since` the column that dates what is counted, for the trend.
    A count that is measured against a fixed number has the name of that setting in `fixed`: 100 sites are 100 per cent.
    """

    code: str
    among: Mask
    counted: Mask
    numerator: tuple[str, ...] = ()
    denominator: str = ""
    over: str = "organizations"
    since: str = ""
    fixed: str = ""


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


def _kinds(*kinds: Kind) -> Mask:
    return lambda rows: rows["kind"].isin(kinds)


def _is(column: str, wanted: object = True) -> Mask:
    return lambda rows: rows[column] == wanted


def _dated(column: str) -> Mask:
    return lambda rows: rows[column].notna()


UPPER_CLASSES = (VillageClass.DEMONSTRATION, VillageClass.FIRST, VillageClass.SECOND)
SELF_GOVERNED = _kinds(Kind.VILLAGE, Kind.COMMUNITY)
TWO_NEW = _kinds(Kind.PRIVATE_ENTERPRISE, Kind.SOCIAL_ORGANIZATION)
ELIGIBLE_MEMBERS = 3
"""Full members from which a firm is to have an organization of its own (W8)."""
APPRAISERS = 3
"""三评: the masses, the members among themselves, the leaders (W9)."""

MEASURES: Mapping[str, Measure] = {measure.code: measure for measure in (
    Measure("submitted", _all, lambda c: c["state"].isin(HANDED_IN), since="submitted_on"),
    Measure("graded", _all, lambda c: c["state"] == State.APPROVED, since="decided_on"),
    # the published practice counts grades among those graded, and prints how many are not
    Measure("good_share", lambda c: c["grade"].notna(), lambda c: c["grade"].isin((Grade.GOOD, Grade.FAIRLY_GOOD)), since="decided_on"),
    Measure("satisfaction", lambda c: c["satisfaction"].notna(), lambda c: c["satisfaction"] >= 9000,
            numerator=("satisfied", "basically_satisfied"), denominator="returned"),
    Measure("village_upper", _villages, lambda c: c["class_now"].isin(UPPER_CLASSES)),
    Measure("village_fourth", _villages, lambda c: c["class_now"] == VillageClass.FOURTH),
    Measure("mobilized", _all, _dated("mobilized_on"), since="mobilized_on"),  # P1
    Measure("committees_mobilized", _all, _dated("mobilized_on"), over="committees", since="mobilized_on"),
    Measure("villages_paired", _villages, _dated("paired_on"), since="paired_on"),  # W1
    Measure("stays_assessed", _is("newly_promoted", "yes"), _dated("stay_assessed_on"), over="leaders", since="stay_assessed_on"),
    Measure("exemplar_sites", _is("category", "site"), _is("approved"), over="exemplars", since="nominated_on", fixed="exemplar_sites"),  # W3
    Measure("exemplar_members", _is("category", "member"), _is("approved"), over="exemplars", since="nominated_on", fixed="exemplar_members"),
    Measure("five_good_townships", _all, lambda t: t["five_good"] >= t["five_good_needed"], over="townships", since="five_good_on"),  # W4
    Measure("secretaries_trained", SELF_GOVERNED, _dated("secretary_trained_on"), since="secretary_trained_on"),  # W5
    Measure("heads_trained", _villages, _dated("head_trained_on"), since="head_trained_on"),
    Measure("credits_earned", lambda p: p["township"].notna() & (p["required"] > 0), lambda p: p["earned"] >= p["required"], over="leaders",
            since="earned_on"),
    Measure("backward_ledger", _is("backward"), _dated("ledger_on"), since="ledger_on"),  # W6
    Measure("signed_off", _all, _is("state", ItemState.SIGNED_OFF), over="items", since="signed_off_on"),
    Measure("overdue", lambda i: i["state"] != ItemState.SIGNED_OFF, _is("light", Light.OVERDUE), over="items"),
    Measure("community_staff", _kinds(Kind.COMMUNITY), _is("staff_enough"), since="submitted_on"),  # W7
    Measure("community_funds", _kinds(Kind.COMMUNITY), _is("funds_enough"), since="submitted_on"),
    Measure("community_venue", _kinds(Kind.COMMUNITY), _is("venue"), since="submitted_on"),  # and W10
    Measure("community_secured", _kinds(Kind.COMMUNITY), _is("secured"), since="submitted_on"),
    Measure("covered_operating", _is("operating", "yes"), _is("covered"), over="census", since="organized_on"),  # W8
    Measure("covered_eligible", lambda u: (u["operating"] == "yes") & (u["members"] >= ELIGIBLE_MEMBERS), _is("covered"), over="census",
            since="organized_on"),
    Measure("coverage_planned", lambda u: (u["operating"] == "yes") & ~u["covered"],
            lambda u: u["plan"].notna() & u["plan_on"].notna(), over="census"),
    Measure("windows_appraised", lambda c: c["windows"] > 0, lambda c: c["appraisers"] >= APPRAISERS, since="appraised_on"),  # W9
    Measure("village_venue", _villages, _is("venue"), since="submitted_on"),  # W10
    Measure("two_new_venue", TWO_NEW, _is("venue"), since="submitted_on"),
    Measure("village_pay", _villages, _is("pay_and_funds"), since="submitted_on"),  # W11
    Measure("rule_report", _all, _dated("rule_report_on"), since="rule_report_on"),  # P5
    Measure("rule_appraise", _all, _dated("rule_appraise_on"), since="rule_appraise_on"),
    Measure("rule_assess", _all, _dated("rule_assess_on"), since="rule_assess_on"),
    Measure("leaders_complete", lambda p: p["needs"] != "", _is("lacks", ""), over="leaders", since="paired_on"),  # L1
)}
GRADING = ("submitted", "graded", "good_share", "satisfaction", "village_upper", "village_fourth")
"""Figures of the grading itself: over cases alone."""
Tables = Mapping[str, pd.DataFrame]


def shown(program: Program) -> tuple[str, ...]:
    """The figures that a round's programme has a target for, in its order."""
    return tuple(target.code for target in program.targets if target.code in MEASURES)


def rows_of(tables: Tables, code: str) -> pd.DataFrame:
    """The table that a figure is counted over."""
    return tables[MEASURES[code].over]


def status_of(gap: int | None, program: Program) -> str | None:
    """`reached`, `near`, `behind` or `far` from the distance to the target (look/README: one function for all screens)."""
    if gap is None:
        return None
    if gap == 0:
        return "reached"
    return "near" if gap <= 100 * program.near else "behind" if gap <= 100 * program.behind else "far"


def _true(mask: pd.Series) -> pd.Series:
    """A mask without missing values: what is not known is not counted."""
    return mask.fillna(False).astype(bool)


def _among(cases: pd.DataFrame, measure: Measure) -> tuple[pd.Series, bool]:
    """Which rows a measure looks at, and whether it adds up ballots. Masks, since copying a county's wide rows takes longest.

    Results decided on paper bring a rate without ballots: while any organization has ballots the rate is over ballots, and
    those without are left out (they would weigh nothing or anything); where none has, each organization weighs the same.
    """
    among = _true(measure.among(cases))
    if not measure.denominator:
        return among, False
    with_ballots = among & _true(cases[measure.denominator] > 0)
    return (with_ballots, True) if with_ballots.any() else (among, False)


def figure(cases: pd.DataFrame, code: str, program: Program) -> Figure:
    """One measure over the cases given."""
    measure = MEASURES[code]
    mask, ballots = _among(cases, measure)
    among, met = int(mask.sum()), int((mask & _true(measure.counted(cases))).sum())
    if ballots:
        pleased, returned = (int(cases.loc[mask, list(columns)].sum().sum()) for columns in (measure.numerator, (measure.denominator,)))
        return made(code, program, among, met, (pleased, returned))
    return made(code, program, among, met, rates=int(cases.loc[mask, code].sum()) if measure.denominator else None)


def made(code: str, program: Program, among: int, met: int, ballots: tuple[int, int] | None = None, rates: int | None = None) -> Figure:
    """A figure from its counts; from its `ballots` (those satisfied, all) or the sum of `rates` where it is measured by them."""
    target, fixed = program.target(code), MEASURES[code].fixed
    count, total = ballots or (met, int(program.settings.get(fixed, 0)) if fixed else among)
    unit = BALLOTS if ballots else ORGANIZATIONS if rates is None or not total else AVERAGE
    rate = half_up(10000 * count if unit != AVERAGE else rates, total) if total else None
    bare = Figure(code, count, total, rate, target.value, target.at_most, None, among, met, unit)
    return replace(bare, status=status_of(bare.gap, program))


def by(rows: pd.DataFrame, code: str, program: Program, column: str) -> dict[str, Figure]:
    """The measure for each value of a column (`township`, `committee`), in their order: what `figure` gives over the rows of each alone.

    Every row is looked at once, so four hundred committees cost hardly more than one. Rows without a value are left out. A number
    fixed for the whole county has no place's share.
    """
    measure = MEASURES[code]
    if measure.fixed:
        return {}
    placed = rows[column].notna()
    among = placed & _true(measure.among(rows))
    balloted: set[str] = set()
    if measure.denominator:  # as in `_among`, place by place
        with_ballots = among & _true(rows[measure.denominator] > 0)
        balloted = set(rows.loc[with_ballots, column])
        among &= with_ballots | ~rows[column].isin(balloted)
    keys = rows.loc[among, column]

    def sums(values: pd.Series) -> dict[str, int]:
        return values[among].groupby(keys, sort=False).sum().to_dict() if len(keys) else {}

    looked_at, met = keys.value_counts().to_dict(), sums(_true(measure.counted(rows)))
    pleased = sums(rows[list(measure.numerator)].sum(axis=1)) if balloted else {}
    returned = sums(rows[measure.denominator]) if balloted else {}
    rates = sums(rows[code]) if measure.denominator else {}
    return {place: made(code, program, int(looked_at.get(place, 0)), int(met.get(place, 0)),
                        (int(pleased[place]), int(returned[place])) if place in balloted else None,
                        int(rates.get(place, 0)) if measure.denominator else None) for place in rows.loc[placed, column].unique()}


def by_township(cases: pd.DataFrame, code: str, program: Program) -> dict[str, Figure]:
    """The measure for each township that has organizations, by township code; county-level organizations are left out."""
    return by(cases, code, program, "township")


def names(cases: pd.DataFrame, code: str, counted: bool | None = None) -> pd.DataFrame:
    """The rows behind a figure: all that it looks at (`among` of them), those counted (`met`), or those still missing."""
    measure = MEASURES[code]
    among, _ = _among(cases, measure)
    if counted is None:
        return cases[among]
    met = _true(measure.counted(cases))
    return cases[among & (met if counted else ~met)]


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


def worst(tables: Tables, program: Program) -> Figure | None:
    """What holds a place back: of the programme's `held_back` figures the one farthest from its target, None when all are reached."""
    behind = [each for each in (figure(rows_of(tables, code), code, program) for code in program.held_back) if each.gap]
    return max(behind, key=lambda each: each.gap, default=None)


def worst_by_township(tables: Tables, program: Program) -> dict[str, Figure | None]:
    """`worst` of each township that has organizations, by township code, every table being looked at once; the county level is left out."""
    found = [by_township(rows_of(tables, code), code, program) for code in program.held_back]
    places = tables["organizations"]["township"].dropna().unique()
    return {place: max((each[place] for each in found if place in each and each[place].gap), key=lambda each: each.gap, default=None)
            for place in places}


def within(tables: Tables, township: str | None = None, committee: str | None = None) -> Tables:
    """The rows of one township, or of one committee; `""` for the township stands for the county level, which belongs to none."""
    def own(rows: pd.DataFrame) -> pd.DataFrame:
        if committee is not None:
            return rows[rows["committee"] == committee]
        return rows[rows["township"].isna()] if township == "" else rows[rows["township"] == township]
    return {name: own(rows) for name, rows in tables.items()}


def of_townships(tables: Tables, townships: Collection[str]) -> Tables:
    """The rows of some townships, as a limited view link has them; all of them where it is limited to none."""
    return {name: rows[rows["township"].isin(townships)] for name, rows in tables.items()} if townships else tables


def trend(rows: pd.DataFrame, code: str, program: Program, today: dt.date, points: int = 12) -> list[float] | None:
    """How today's figure came together: per cent on `points` days evenly spread from the year's first phase to today; the last is today's rate.

    What is counted today counts from the day it came about; None for a figure whose parts are not dated.
    """
    measure = MEASURES[code]
    found = figure(rows, code, program)
    if not measure.since or not found.total:
        return None
    counted = rows.loc[_among(rows, measure)[0] & _true(measure.counted(rows)), measure.since].dropna().astype(str).str[:10].sort_values()
    start = min(program.phases[0].starts, today)
    days = [start + (today - start) * step / (points - 1) for step in range(points)]
    counts = [int(counted.searchsorted(day.isoformat(), "right")) for day in days]
    counts[-1] = found.count
    return [round(100 * count / found.total, 1) for count in counts]


# ---- the annual target assessment (L3)


@dataclass(frozen=True)
class Part:
    """One figure's share of a committee's score: its weight as it counts, and how far the target was reached (hundredths of a per cent)."""

    figure: Figure
    weight: float  # per cent of the whole, after those that do not apply were left out
    achieved: int

    @property
    def points(self) -> float:
        return self.weight * self.achieved / 10000


@dataclass(frozen=True)
class Assessment:
    """A committee's composite score (0–100, two decimals) with its parts; None where nothing applies."""

    score: float | None
    parts: tuple[Part, ...]


def achieved(figure: Figure) -> int | None:
    """How far a target was reached, hundredths of a per cent, at most 10000. For a share that should be small, by the share of the others."""
    if figure.rate is None:
        return None
    rate, target = (10000 - figure.rate, 10000 - round(100 * figure.target)) if figure.at_most else (figure.rate, round(100 * figure.target))
    return min(10000, half_up(10000 * max(0, rate), target)) if target else 10000


def assess(tables: Tables, program: Program, weights: Mapping[str, float], today: dt.date) -> Assessment:
    """The composite score of one committee over its own rows (`within`). `weights` by figure; they need not add up to anything.

    Figures that have nothing to count there, or whose phase has not begun, are left out and the others' weights count in proportion.
    """
    return weighed({code: figure(rows_of(tables, code), code, program) for code in assessed(program, weights, today)}, weights)


def assessed(program: Program, codes: Iterable[str], today: dt.date) -> tuple[str, ...]:
    """Of some figures those that a committee can be assessed on today: its phase has begun, and it is no number fixed for the county."""
    return tuple(code for code in codes if program.begun(code, today) and not MEASURES[code].fixed)


def by_committee(tables: Tables, program: Program, codes: Iterable[str]) -> dict[str, dict[str, Figure]]:
    """Figures of every committee that answers for organizations, by its code, for `weighed`; a figure it has no rows of is not there."""
    found: dict[str, dict[str, Figure]] = {committee: {} for committee in tables["committees"]["code"]}
    for code in codes:
        for committee, each in by(rows_of(tables, code), code, program, "committee").items():
            found.setdefault(committee, {})[code] = each
    return found


def weighed(figures: Mapping[str, Figure], weights: Mapping[str, float]) -> Assessment:
    """The composite score from a committee's figures (of those `assessed` today), with its parts in the order of the weights."""
    applying = [(figures[code], weight, reached) for code, weight in weights.items()
                if weight > 0 and code in figures and (reached := achieved(figures[code])) is not None]
    whole = sum(weight for _, weight, _ in applying)
    if not whole:
        return Assessment(None, ())
    parts = tuple(Part(each, 100 * weight / whole, reached) for each, weight, reached in applying)
    return Assessment(round(sum(part.points for part in parts), 2), parts)


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
