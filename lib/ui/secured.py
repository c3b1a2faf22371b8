"""Staff, funds and venues (W7, W10, W11 阵地保障): read from the survey's factual answers, never asked twice."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from lib.core import targets
from lib.core.access import Action
from lib.core.model import Kind, Role
from lib.store import assessments, organizations
from lib.ui import figures, places
from lib.ui import programme_page as page
from lib.ui.programme_page import Listed
from lib.ui.session import Run
from lib.ui.text import gray, t

ASKED = {"community_staff": ("staff_full_time",), "community_funds": ("office_funds",), "community_venue": ("venue_secured",),
         "community_secured": ("staff_full_time", "office_funds", "venue_secured"), "village_venue": ("venue_secured",),
         "two_new_venue": ("venue_secured",), "village_pay": ("pay_secured", "office_funds")}
"""Figure → the questions whose answers it is read from (lib.store.programme)."""
FIGURES = tuple(ASKED)
NUMBERS = ("staff_full_time", "office_funds")
"""Questions answered by a number, which the programme's settings have a standard for."""


LACKING = {"name": "programme_page.organization", "kind_said": "programme_page.kind", "committee_name": "programme_page.committee",
           "state_said": "communities.state", "answers": "communities.answers"}
"""Columns of the list, with the phrases that head them."""


def failing(run: Run, committee: str) -> Mapping[str, pd.DataFrame]:
    """By figure, the organizations that do not have what it asks for; those with nothing submitted are among them."""
    cases = page.of_committee(figures.cases(run), committee)
    found = {}
    for code in FIGURES:
        if code in targets.shown(run.program):
            rows = targets.names(cases, code, False)
            shown = rows.assign(kind_said=rows["kind"].map({kind: t(f"kind.{kind}") for kind in rows["kind"].unique()}),
                                      state_said=rows["state"].map({state: t(f"state.{state}") for state in rows["state"].unique()}))
            found |= page.sides(shown, LACKING, {code: None})
    return found


def answers_of(run: Run, figure: str, *codes: str) -> Mapping[str, str]:
    """What each of some organizations answered to a figure's questions, in words; the last submission counts."""
    found = {}
    for code in codes:
        submitted = assessments.submissions(run.db, run.round.code, code)
        if not submitted:
            found[code] = t("communities.nothing_submitted")
            continue
        answers = assessments.submitted_answers(run.db, submitted[0]["id"])
        settings = run.program.settings_of(organizations.get(run.db, code).kind)
        found[code] = t("programme_page.semicolon").join(_said(name, answers.get(name), settings) for name in ASKED[figure])
    return found


def _said(name: str, answer: str | None, settings: Mapping[str, str]) -> str:
    if answer is None:
        return t(f"communities.{name}", answer=t("communities.unanswered"))
    if name in NUMBERS:
        return t(f"communities.{name}", answer=t("communities.of_standard", number=f"{float(answer):g}", standard=settings.get(name, "0")))
    return t(f"communities.{name}", answer=t("programme_page.yes" if answer == "yes" else "programme_page.no"))


def corrections(run: Run) -> None:
    """Where the numbers come from, and the way to correct them for those who may."""
    st.markdown(gray(t("communities.source")))
    own = run.actor.organization
    if own and run.may(Action.FILL, organizations.whose(run.db, own)):
        places.link("assessment", t("communities.own_form"), icon=":material/edit_note:", organization=own)
    elif run.may(Action.FILL) and run.actor.role != Role.ORGANIZATION:
        st.markdown(gray(t("communities.staff")))


def show(run: Run) -> None:
    """The organizations that lack something, one figure at a time, with what they answered."""
    committee = page.committee(run, "communities", public=False)
    if not figures.cases(run)["kind"].isin((Kind.VILLAGE, Kind.COMMUNITY, Kind.PRIVATE_ENTERPRISE, Kind.SOCIAL_ORGANIZATION)).any():
        page.nothing("communities.empty")
        return
    sides = page.kept(run, failing, committee)
    page.section("communities.lacking")
    corrections(run)

    def add(run: Run, rows: pd.DataFrame, figure: str) -> pd.DataFrame:
        return rows.assign(answers=rows["code"].map(page.kept(run, answers_of, figure, *rows["code"])))

    names = {code: t(f"figure.{code}") for code in sides}
    page.listing(run, "communities", "lacking", sides, Listed(LACKING, add, none="communities.none_lacking"), names)
