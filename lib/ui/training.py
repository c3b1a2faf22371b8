"""Training (W5): the file of township cadres with their credits, and the secretaries and heads still to be trained."""

from collections.abc import Mapping

import pandas as pd

from lib.core import targets
from lib.core.model import Kind, Role
from lib.ui import figures
from lib.ui import programme_page as page
from lib.ui.programme_page import ALL, Listed
from lib.ui.session import Run
from lib.ui.text import DASH, t

FIGURES = ("secretaries_trained", "heads_trained", "credits_earned")
REGISTERS = ("courses", "rotation", "leaders", "credits")
CADRES = {"name": "pairing.name", "post": "pairing.post", "committee_name": "programme_page.committee", "credits": "training.credits",
          "last": "training.last", "standing": "training.standing"}
ROTATION = {"name": "programme_page.organization", "kind_said": "programme_page.kind", "committee_name": "programme_page.committee",
            "secretary": "training.secretary", "head": "training.head"}
"""Columns of the lists, with the phrases that head them."""


def cadres(run: Run, committee: str) -> Mapping[str, pd.DataFrame]:
    """Township cadres who are to earn credits: those with too few, and all; who lacks most stands first."""
    rows = targets.names(page.of_committee(figures.tables(run)["leaders"], committee), "credits_earned")
    missing = (rows["required"] - rows["earned"]).clip(lower=0)
    shown = rows.assign(
        credits=[t("training.of", earned=f"{earned:g}", required=f"{required:g}")
                 for earned, required in zip(rows["earned"], rows["required"], strict=True)],
        standing=[f"{page.LATE} {t('training.short', credits=f'{each:g}')}" if each else t("training.enough") for each in missing], missing=missing,
        last=rows["earned_on"].map(page.day)).sort_values("missing", ascending=False, kind="stable")
    return page.sides(shown, CADRES, {"short": missing > 0, ALL: None})


def organizations(run: Run, committee: str) -> Mapping[str, pd.DataFrame]:
    """Villages and communities whose secretary, or villages whose head, is not trained yet; and all of them."""
    rows = targets.names(page.of_committee(figures.cases(run), committee), "secretaries_trained")

    def said(dates: pd.Series) -> pd.Series:
        return dates.map(page.day).where(dates.notna(), t("training.untrained"))

    village = rows["kind"] == Kind.VILLAGE
    shown = rows.assign(kind_said=rows["kind"].map({kind: t(f"kind.{kind}") for kind in rows["kind"].unique()}),
                        secretary=said(rows["secretary_trained_on"]), head=said(rows["head_trained_on"]).where(village, DASH))
    without_secretary, without_head = rows["secretary_trained_on"].isna(), village & rows["head_trained_on"].isna()
    return page.sides(shown, ROTATION, {"secretary": without_secretary, "head": without_head, ALL: None})


def show_cadres(run: Run, committee: str) -> None:
    """The training file of those cadres whom an account may read about."""
    file = page.kept(run, cadres, committee)
    if file[ALL].empty:
        page.nothing("training.no_cadres")
        return
    page.listing(run, "training", "cadres", file, Listed(CADRES, opens=""))


def show(run: Run) -> None:
    """The cadres' training file, then the villages and communities."""
    committee = page.committee(run, "training", public=True)
    if run.actor.role != Role.ORGANIZATION:
        page.section("training.cadres")
        show_cadres(run, run.actor.committee or committee)
    page.section("training.organizations", t("training.source"))
    page.listing(run, "training", "rotation", page.kept(run, organizations, committee), Listed(ROTATION, public=True))
