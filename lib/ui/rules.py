"""Mobilization and standing rules (P1, P5): who has not held the kick-off meeting, and which rules each organization has adopted."""

from collections.abc import Mapping

import pandas as pd

from lib.ui import figures
from lib.ui import programme_page as page
from lib.ui.programme_page import ALL, Listed
from lib.ui.session import Run

FIGURES = ("mobilized", "committees_mobilized", "rule_report", "rule_appraise", "rule_assess")
REGISTERS = ("mobilization", "standing_rules")
RULES = ("rule_report", "rule_appraise", "rule_assess")
"""The county-wide rules, as the figures call them."""
COMMITTEES = {"name": "programme_page.committee", "held": "rules.held", "organizations": "rules.organizations_held",
              **{rule: f"short.{rule}" for rule in RULES}}
ORGANIZATIONS = {"name": "programme_page.organization", "committee_name": "programme_page.committee", "held": "rules.held",
                 **{rule: f"short.{rule}" for rule in RULES}, "own": "rules.own"}
"""Columns of the lists, with the phrases that head them."""


def committees(run: Run, committee: str) -> Mapping[str, pd.DataFrame]:
    """Committees with their own kick-off and their organizations' progress: those that have not begun, and all."""
    cases = figures.cases(run)
    rows = page.of_committee(figures.tables(run)["committees"], committee)
    total = cases["committee"].value_counts()

    def done(column: str) -> list[str]:
        counts = cases[cases[column].notna()]["committee"].value_counts()
        return [f"{counts.get(code, 0)}/{total.get(code, 0)}" for code in rows["code"]]

    shown = rows.assign(held=rows["mobilized_on"].map(page.day), organizations=done("mobilized_on"),
                        **{rule: done(f"{rule}_on") for rule in RULES})
    return page.sides(shown, COMMITTEES, {"waiting": rows["mobilized_on"].isna(), ALL: None})


def organizations(run: Run, committee: str) -> Mapping[str, pd.DataFrame]:
    """Organizations without a kick-off, without one of the three rules, and all, with the days of each and how many rules of their own."""
    rows = page.of_committee(figures.cases(run), committee)
    known = page.records_of(run, "standing_rules", "rule")
    own = known[(known["rule"] == "own") & known["organization"].notna()]["organization"].value_counts()
    shown = rows.assign(held=rows["mobilized_on"].map(page.day), own=rows["code"].map(own).fillna(0).astype(int),
                        **{rule: rows[f"{rule}_on"].map(page.day) for rule in RULES})
    lacking = {rule.removeprefix("rule_"): rows[f"{rule}_on"].isna() for rule in RULES}
    return page.sides(shown, ORGANIZATIONS, {"mobilized": rows["mobilized_on"].isna(), **lacking, ALL: None})


def show(run: Run) -> None:
    """The committees, then the organizations."""
    committee = page.committee(run, "rules", public=True)
    if figures.cases(run).empty:
        page.nothing("rules.empty")
        return
    page.section("rules.committees")
    page.listing(run, "rules", "committees", page.kept(run, committees, committee), Listed(COMMITTEES, public=True, opens=""))
    page.section("rules.organizations")
    page.listing(run, "rules", "organizations", page.kept(run, organizations, committee), Listed(ORGANIZATIONS, public=True))
