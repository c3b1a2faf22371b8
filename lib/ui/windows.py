"""Service windows of agencies and institutions (W9 三亮三比三评): the three appraisals of each, those still missing first."""

from collections.abc import Mapping

import pandas as pd

from lib.core import targets
from lib.core.grading import half_up
from lib.ui import figures
from lib.ui import programme_page as page
from lib.ui.programme_page import ALL, Listed
from lib.ui.session import Run
from lib.ui.text import date, percent, t

FIGURES = ("windows_appraised",)
REGISTERS = ("window_appraisals",)
APPRAISERS = ("masses", "members", "leaders")
UNITS = {"name": "programme_page.organization", "committee_name": "programme_page.committee", "windows": "agencies.windows",
         **{f"by_{appraiser}": f"agencies.by_{appraiser}" for appraiser in APPRAISERS}, "standing": "agencies.standing"}
"""Columns of the list, with the phrases that head them."""


def units(run: Run, committee: str) -> Mapping[str, pd.DataFrame]:
    """Units with windows and their last appraisal of each kind: those where one is missing, and all."""
    rows = targets.names(page.of_committee(figures.cases(run), committee), "windows_appraised")
    held = page.records_of(run, "window_appraisals", "appraiser", "held_on", "participants", "satisfied")
    held = held.sort_values("held_on", ascending=False, kind="stable").drop_duplicates(["organization", "appraiser"])
    said = {(each.organization, each.appraiser): _said(each) for each in held.itertuples()}
    shown = rows.assign(**{f"by_{appraiser}": [said.get((code, appraiser)) for code in rows["code"]] for appraiser in APPRAISERS},
                        standing=[t("agencies.complete") if count >= targets.APPRAISERS
                                  else f"{page.LATE} {t('agencies.short', count=targets.APPRAISERS - count)}" for count in rows["appraisers"]])
    shown = shown.sort_values("appraisers", kind="stable")
    return page.sides(shown, UNITS, {"missing": rows["appraisers"] < targets.APPRAISERS, ALL: None})


def _said(each) -> str:
    """One appraisal: 57/60　95.0%　2012-04-01."""
    satisfied, participants = int(each.satisfied or 0), int(each.participants or 0)
    rate = half_up(10000 * satisfied, participants) if participants else None
    return t("agencies.appraisal", satisfied=satisfied, participants=participants, rate=percent(rate), day=date(each.held_on))


def show(run: Run) -> None:
    """The units with their three appraisals."""
    committee = page.committee(run, "agencies", public=False)
    known = page.kept(run, units, committee)
    page.section("agencies.units", t("agencies.note"))
    if known[ALL].empty:
        page.nothing("agencies.empty")
        return
    page.listing(run, "agencies", "units", known, Listed(UNITS))
