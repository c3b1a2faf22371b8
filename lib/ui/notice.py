"""The public notice: who is to get which grade, until when one may object, and the form to do so. No scores, no telephone numbers.

Session keys: `notice.received` (number of the objection just received; set by sending one, cleared by the next), `notice.refused`
(why one was not taken; shown once).
"""

import pandas as pd
import streamlit as st

from lib.core import access
from lib.core.access import Action
from lib.core.model import TEXT_LIMIT, Refused
from lib.core.workflow import State
from lib.store import accounts, gradings, organizations
from lib.ui import figures, picking, session, text
from lib.ui.session import PUBLIC, Run
from lib.ui.text import gray, plain, t

STATES = (State.NOTICED, State.APPROVED)
SENDER = "@objection"
"""Objections are counted by address under this name, which no account can have."""
AT_ONCE = 5
"""Objections from one address in a quarter of an hour."""


def listing(run: Run) -> pd.DataFrame:
    """Filters and the list; gives the organizations whose notice runs, whatever is listed."""
    cases = figures.cases(run)
    cases = cases[cases["state"].isin(STATES)]
    listed, chosen = picking.narrow("notice", cases, "state", STATES, cases["state"], lambda state: t(f"notice.{state}"), width=168)
    _table(listed, chosen["state"], run.today.isoformat())
    return cases[cases["state"] == State.NOTICED]


def _table(listed: pd.DataFrame, state: str, today: str) -> None:
    if listed.empty:
        st.markdown(t(f"notice.none_{state}"))
        return
    table = {t("notice.organization"): [f"{plain(name)}  \n{gray(plain(committee))}"
                                        for name, committee in zip(listed["name"], listed["committee_name"], strict=True)],
             t("notice.grade" if state == State.NOTICED else "notice.grade_approved"): [
                 f"**{t(f'grade.{grade}')}**" for grade in listed["proposed_grade"]]}
    if state == State.NOTICED:
        table[t("notice.period")] = [
            t("notice.from_until", begins=text.date(begins), until=text.date(until)) + (f"  \n{gray(t('notice.over'))}" if until < today else "")
            for begins, until in zip(listed["notice_from"], listed["notice_until"], strict=True)]
    else:
        table[t("notice.decided_on")] = [text.date(day) for day in listed["decided_on"]]
    st.table(table, border="horizontal", hide_index=True)


def objection(run: Run, open_: pd.DataFrame) -> None:
    """The form to object to one grade while its notice runs."""
    if not run.live:
        return
    today = run.today.isoformat()
    running = open_[(open_["notice_from"] <= today) & (today <= open_["notice_until"])]
    with st.container(border=True, gap="small"):
        st.markdown(f"**{t('notice.object')}**")
        if number := st.session_state.get("notice.received"):
            st.success(t("notice.received", number=number), icon=":material/check:")
        if running.empty:
            st.markdown(gray(t("notice.nothing_running")))
            return
        names = dict(zip(running["code"], running["name"], strict=True))
        if st.session_state.get("notice.organization") not in names:
            st.session_state["notice.organization"] = None
        st.selectbox(t("notice.which"), list(names), index=None, format_func=lambda code: names.get(code, code), key="notice.organization",
                     placeholder=t("notice.choose"))
        st.text_area(t("notice.text"), key="notice.text", max_chars=TEXT_LIMIT, height=120)
        st.text_input(t("notice.contact"), key="notice.contact", max_chars=gradings.CONTACT_LIMIT, autocomplete="off")
        st.markdown(gray(t("notice.privacy")))
        st.button(t("notice.send"), key="notice.send", type="primary", on_click=_send)
        for message in st.session_state.pop("notice.refused", ()):
            st.error(plain(message), icon=":material/error:")


def _send() -> None:
    """Raise the objection; as an account where that may object by itself, else as anybody."""
    st.session_state.pop("notice.received", None)
    with session.quietly("notice") as run:
        if not isinstance(run, Run):
            return
        code = st.session_state.get("notice.organization")
        if code is None:
            st.session_state["notice.refused"] = [t("notice.choose_first")]
            return
        if accounts.failures(run.db, SENDER, session.address(), run.now) >= AT_ONCE:
            st.session_state["notice.refused"] = [t("notice.wait")]
            return
        actor = run.actor if access.allowed(run.actor, Action.OBJECT, organizations.get(run.db, code).whose) else PUBLIC
        try:
            number = gradings.object_(run.db, actor, code, st.session_state["notice.text"], st.session_state["notice.contact"], run.at, run.today)
        except Refused as refused:
            st.session_state["notice.refused"] = [session.say(problem) for problem in refused.problems]
            return
        accounts.failed(run.db, SENDER, session.address(), run.now)
    st.session_state["notice.received"] = number
    st.session_state["notice.text"] = st.session_state["notice.contact"] = ""
    st.session_state["notice.organization"] = None
