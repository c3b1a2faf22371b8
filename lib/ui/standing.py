"""A village's class and a community's stars: at the start, as target, now; what the score proposes, what was decided and why."""

import datetime as dt

import streamlit as st

from lib.core import grading
from lib.core.access import Action
from lib.core.model import TEXT_LIMIT, Kind, grades_like
from lib.store import organizations
from lib.ui import session, text
from lib.ui.case import Case, author
from lib.ui.text import gray, plain, t

MOMENTS = ("start", "target", "now")


def show(case: Case) -> None:
    """The three, what the final score proposes, the form to decide, and every decision so far."""
    run, code = case.run, case.code
    standing = {moment: organizations.class_now(run.db, run.round.code, code, moment) for moment in MOMENTS}
    with st.container(horizontal=True, gap="medium"):
        for moment in MOMENTS:
            st.metric(t(f"class_moment.{moment}"), t(f"class.{standing[moment]}") if standing[moment] else text.DASH, width=150)
        proposed = _proposed(case)
        st.metric(t("standing.proposed"), t(f"class.{proposed}") if proposed else text.DASH, width=150)
    st.markdown(gray(t("standing.note_village" if case.organization.kind == Kind.VILLAGE else "standing.note_community")))
    if case.may(Action.CHANGE_CLASS):
        _change(case, standing, proposed)
    _history(case)


def _proposed(case: Case) -> str | None:
    kept = case.grading
    if kept is None or kept["final_score"] is None:
        return None
    return grading.proposed_class(case.organization.kind, kept["final_score"], case.run.program, nominated=False)


def _change(case: Case, standing: dict[str, str | None], proposed: str | None) -> None:
    run = case.run
    scale = [each.value for each in grades_like(case.organization.kind)]
    if st.session_state.get("review.class_of") != case.code:
        st.session_state["review.class_of"] = case.code
        st.session_state["review.class_moment"] = "now"
        st.session_state["review.class_value"] = proposed or standing["now"]
        st.session_state["review.class_on"] = run.today
        st.session_state["review.class_reason"] = ""
    with st.container(border=True, gap="small"):
        st.markdown(f"**{t('standing.change')}**")
        moments, classes = {code: t(f"class_moment.{code}") for code in MOMENTS}, {code: t(f"class.{code}") for code in scale}
        moment = st.segmented_control(t("standing.moment"), MOMENTS, format_func=moments.get, key="review.class_moment", required=True,
                                      persist_state="page")
        value = st.segmented_control(t("standing.value"), scale, format_func=classes.get, key="review.class_value", wrap=True, persist_state="page")
        day = st.date_input(t("standing.on"), None, dt.date(run.program.year - 1, 1, 1), run.today, key="review.class_on", format="YYYY-MM-DD",
                            width=200, persist_state="page")
        if moment == "now" and proposed and value and value != proposed:
            st.markdown(f":orange-badge[{t('standing.differs', proposed=t(f'class.{proposed}'))}]")
        st.text_area(t("standing.reason"), key="review.class_reason", max_chars=TEXT_LIMIT, height=72, persist_state="page")
        if st.button(t("standing.save"), key="review.class_save", disabled=value is None or day is None):
            with session.attempt() as tried:
                organizations.change_class(run.db, run.actor, run.round.code, case.code, moment, value, day.isoformat(),
                                           st.session_state["review.class_reason"], run.at)
            if tried.ok:
                st.session_state.pop("review.class_of")
                session.flash("standing.saved")
                st.rerun()


def _history(case: Case) -> None:
    rows = organizations.class_history(case.run.db, case.code)
    st.markdown(f"**{t('standing.history')}**")
    if not rows:
        st.markdown(gray(t("standing.no_history")))
        return
    st.table({t("standing.on"): [text.date(row["decided_on"], year=True) for row in rows],
              t("standing.moment"): [t(f"class_moment.{row['moment']}") for row in rows],
              t("standing.value"): [t(f"class.{row['value']}") for row in rows],
              t("standing.why"): [plain(row["reason"]) or text.DASH for row in rows],
              t("standing.who"): [plain(author(case.run, row["author"])) for row in rows]}, border="horizontal", hide_index=True)
