"""Coverage of private firms and social organizations (W8): how they are organized, over both denominators, and who still is not."""

from collections.abc import Mapping

import pandas as pd

from lib.core import targets
from lib.core.grading import half_up
from lib.core.model import Kind, Role
from lib.ui import figures, overview
from lib.ui import programme_page as page
from lib.ui.programme_page import ALL, Listed
from lib.ui.session import Run
from lib.ui.text import percent, t

FIGURES = ("covered_operating", "covered_eligible", "coverage_planned")
REGISTERS = ("census",)
MODES = ("single", "joint", "attached", "none")
DENOMINATORS = ("covered_operating", "covered_eligible")
UNITS = {"name": "coverage.unit", "kind": "programme_page.kind", "committee_name": "programme_page.committee", "members": "coverage.members",
         "eligible": "coverage.eligible", "plan": "coverage.plan", "due": "coverage.due", "standing": "coverage.standing"}
"""Columns of the list, with the phrases that head them."""
UNIT_KINDS = {"private": Kind.PRIVATE_ENTERPRISE, "social": Kind.SOCIAL_ORGANIZATION}


def share(count: int, total: int) -> str:
    """A share with its denominator: 18/24　75.0%."""
    return t("programme_page.share", count=count, total=total, rate=percent(half_up(10000 * count, total) if total else None))


def by_mode(run: Run, committee: str) -> Mapping[str, list[str]]:
    """Units by kind and mode, first of those operating, then of those due an organization; every row with its denominator."""
    census = page.of_committee(figures.tables(run)["census"], committee)
    lines = []
    for code in DENOMINATORS:
        among = targets.names(census, code)
        mode = among["mode"].where(among["mode"].isin(MODES), "none")
        for kind in (*UNIT_KINDS, ALL):
            own = among if kind == ALL else among[among["unit_kind"] == kind]
            numbers = mode[own.index].value_counts()
            lines.append((t(f"coverage.of_{code}"), t("coverage.both") if kind == ALL else t(f"kind.{UNIT_KINDS[kind]}"),
                          *(str(numbers.get(each, 0)) for each in MODES), share(int(own["covered"].sum()), len(own))))
    heads = (t("coverage.among"), t("programme_page.kind"), *(t(f"coverage.mode_{mode}") for mode in MODES), t("coverage.covered"))
    return {head: [line[place] for line in lines] for place, head in enumerate(heads)}


def by_township(run: Run) -> Mapping[str, list[str]]:
    """Every township's coverage and plans with their denominators, those farthest behind first; the county level apart."""
    census, names = figures.tables(run)["census"], overview.township_names(run)
    places = [(names.get(code, ""), rows) for code, rows in census[census["township"].notna()].groupby("township", sort=False)]
    found = [(name, *(targets.figure(rows, code, run.program) for code in FIGURES)) for name, rows in places]
    found.sort(key=lambda line: -(line[1].gap or 0))
    apart = census[census["township"].isna()]
    if len(apart):
        found.append((t("ranking.county_level"), *(targets.figure(apart, code, run.program) for code in FIGURES)))
    columns = {t("programme_page.township"): [line[0] for line in found]}
    columns |= {t(f"measure.{code}"): [share(line[place].count, line[place].total) for line in found] for place, code in enumerate(FIGURES, 1)}
    return columns


def uncovered(run: Run, committee: str) -> Mapping[str, pd.DataFrame]:
    """Operating units that no organization covers: without a plan, with one that is overdue, due an organization, all."""
    census = page.of_committee(figures.tables(run)["census"], committee)
    rows = targets.names(census, "covered_operating", False)
    eligible, planned = rows["members"] >= targets.ELIGIBLE_MEMBERS, rows["plan"].notna() & rows["plan_on"].notna()
    today = run.today.isoformat()
    overdue = planned & (rows["plan_on"].fillna(today) < today)
    fine, none = f"{page.FINE} {t('coverage.on_plan')}", f"{page.CLOSE} {t('coverage.no_plan')}"
    standing = [f"{page.LATE} {t('coverage.overdue', days=days)}" if late else fine if has else none
                for late, has, days in zip(overdue, planned, _days(run, rows["plan_on"]), strict=True)]
    shown = rows.assign(kind=rows["unit_kind"].map({unit: t(f"kind.{kind}") for unit, kind in UNIT_KINDS.items()}),
                        eligible=eligible.map({True: t("programme_page.yes"), False: ""}), due=rows["plan_on"].map(page.day), standing=standing)
    urgency = pd.DataFrame({"overdue": ~overdue, "planned": planned, "eligible": ~eligible})
    shown = shown.loc[urgency.sort_values(list(urgency.columns), kind="stable").index]
    return page.sides(shown, UNITS, {ALL: None, "unplanned": ~planned, "overdue": overdue, "eligible": eligible})


def _days(run: Run, dates: pd.Series) -> list[int]:
    """Days that each date is over; 0 for none or one to come."""
    late = (pd.Timestamp(run.today) - pd.to_datetime(dates, errors="coerce")).dt.days
    return late.fillna(0).clip(lower=0).astype(int).tolist()


def show(run: Run) -> None:
    """How units are organized, by township, and the list of those that are not covered."""
    committee = page.committee(run, "coverage", public=True)
    if figures.tables(run)["census"].empty:
        page.nothing("coverage.empty")
        return
    page.section("coverage.by_mode", t("coverage.rule", members=targets.ELIGIBLE_MEMBERS))
    page.small(page.kept(run, by_mode, committee))
    if committee == ALL:
        page.section("coverage.by_township")
        page.small(page.kept(run, by_township))
    if run.actor.role == Role.ORGANIZATION:
        return
    page.section("coverage.uncovered")
    page.listing(run, "coverage", "units", page.kept(run, uncovered, run.actor.committee or committee), Listed(UNITS, opens=""))
