"""Inspections and criticism (L2): who was inspected, announced or not, what was found and what became of it; criticisms with their reasons."""

from collections.abc import Mapping

import pandas as pd

from lib.core.ledger import FINISHED, ItemState, Light, Source
from lib.store import ledger
from lib.ui import figures
from lib.ui import programme_page as page
from lib.ui.programme_page import ALL, Listed
from lib.ui.session import Run
from lib.ui.text import date, t

REGISTERS = ("inspections", "teams", "criticisms")
INSPECTIONS = {"day": "inspections.day", "organization_name": "programme_page.organization", "committee_name": "programme_page.committee",
               "team_name": "inspections.team", "way": "inspections.way", "found": "inspections.found", "outcome": "inspections.outcome"}
CRITICISMS = {"day": "inspections.issued", "about": "inspections.about", "reason": "inspections.reason", "document": "inspections.document",
              "outcome": "inspections.in_force_or_not"}
"""Columns of the lists, with the phrases that head them."""
MARKS = {Light.OVERDUE: page.LATE, Light.LATE: page.CLOSE, Light.NEAR: page.CLOSE}


def numbers(run: Run) -> Mapping[str, str]:
    """What the county's inspections come to: label and number with its denominator."""
    held = page.records_of(run, "inspections", "announced")
    items = figures.tables(run)["items"]
    found = items[items["source"] == Source.INSPECTION]
    criticisms = page.records_of(run, "criticisms", "lifted_on")
    return {t("inspections.held"): str(len(held)), t("inspections.unannounced"): f"{int((held['announced'] == 'no').sum())}/{len(held)}",
            t("inspections.inspected"): f"{held['organization'].nunique()}/{len(figures.cases(run))}",
            t("inspections.signed_off"): f"{int((found['state'] == ItemState.SIGNED_OFF).sum())}/{len(found)}",
            t("inspections.in_force"): str(int(criticisms["lifted_on"].isna().sum()))}


def inspections(run: Run, committee: str) -> Mapping[str, pd.DataFrame]:
    """Inspections, the last first: all of them, those that found something, those nobody was told of."""
    rows = page.of_committee(page.records_of(run, "inspections", "team", "inspected_on", "announced", "found"), committee)
    ways = {"yes": t("inspections.regular"), "no": t("inspections.surprise")}
    shown = rows.assign(day=rows["inspected_on"].map(page.day), team_name=rows["team"].map(page.titles(run, "teams")),
                        way=rows["announced"].map(ways)).sort_values("inspected_on", ascending=False, kind="stable")
    return page.sides(shown, INSPECTIONS, {ALL: None, "found": rows["found"].notna(), "surprise": rows["announced"] == "no"})


def outcomes(run: Run, *codes: str) -> Mapping[str, str]:
    """What became of the findings about some organizations, by inspection: the ledger item's number, state and light in words."""
    near, found = run.program.ledger.near_days, {}
    for code in dict.fromkeys(codes):
        for item in ledger.every(run.db, organization=code):
            if item.source == Source.INSPECTION:
                light = item.light(run.today, near)
                said = t("inspections.item", number=f"{item.number:04d}", state=t(f"item_state.{item.state}"))
                if item.state not in FINISHED:
                    said = t("inspections.item_lit", said=said, mark=MARKS.get(light, page.FINE), light=t(f"light.{light}"))
                found[item.source_id] = said
    return found


def criticisms(run: Run, committee: str) -> Mapping[str, pd.DataFrame]:
    """Criticisms in force, and those lifted with the reason."""
    rows = page.of_committee(page.records_of(run, "criticisms", "reason", "issued_on", "document", "lifted_on", "lifted_reason"), committee)
    lifted = rows["lifted_on"].notna()
    about = rows["organization_name"].where(rows["organization"].notna(), rows["committee_name"])
    shown = rows.assign(
        about=about, day=rows["issued_on"].map(page.day),
        outcome=[t("inspections.lifted", day=date(day, year=True), reason=reason or "") if is_lifted else f"{page.LATE} {t('inspections.still')}"
                 for is_lifted, day, reason in zip(lifted, rows["lifted_on"], rows["lifted_reason"], strict=True)])
    shown = shown.sort_values("issued_on", ascending=False, kind="stable")
    return page.sides(shown, CRITICISMS, {"valid": ~lifted, "lifted": lifted})


def show(run: Run) -> None:
    """Inspections with their findings, then the criticisms."""
    page.counts(page.kept(run, numbers))
    committee = page.committee(run, "inspections", public=False)
    page.section("inspections.list", t("inspections.note"))
    known = page.kept(run, inspections, committee)
    if known[ALL].empty:
        page.nothing("inspections.empty")
    else:
        def add(run: Run, rows: pd.DataFrame, _side: str) -> pd.DataFrame:
            return rows.assign(outcome=rows["id"].map(page.kept(run, outcomes, *rows["organization"])).astype("object").fillna(""))

        page.listing(run, "inspections", "visits", known, Listed(INSPECTIONS, add))
    page.section("inspections.criticisms")
    page.listing(run, "inspections", "criticisms", page.kept(run, criticisms, committee), Listed(CRITICISMS))
