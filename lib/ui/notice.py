"""The public notice: who is to get which grade, until when one may object, and the form to do so. No scores, no telephone numbers.

Session keys: `notice.received` (number of the objection just received; set by sending one, cleared by the next), `notice.refused`
(why one was not taken; shown once), `notice.rows.page` (paging), `notice.find` (picking).
"""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from lib.core import access
from lib.core.access import Action
from lib.core.model import TEXT_LIMIT, Refused
from lib.core.workflow import State
from lib.store import accounts, gradings, organizations
from lib.ui import figures, paging, picking, session, shared, text
from lib.ui.session import PUBLIC, Run
from lib.ui.text import gray, plain, t

STATES = (State.NOTICED, State.APPROVED)
SENDER = "@objection"
"""Objections are counted by address under this name, which no account can have."""
KEPT = 32
AT_ONCE = 5
"""Objections from one address in a quarter of an hour."""


def _published(run: Run) -> pd.DataFrame:
    cases = figures.cases(run)
    return cases[cases["state"].isin(STATES)]


def _standing(cases: pd.DataFrame) -> pd.Series:
    return cases["state"]


def listing(run: Run) -> None:
    """Filters and the list, a page at a time."""
    listed, chosen = picking.narrow(run, "notice", _published, "state", STATES, _standing, lambda state: t(f"notice.{state}"), width=168)
    if listed.empty:
        st.markdown(t(f"notice.none_{chosen['state']}"))
        return
    rows = paging.cut(listed, "notice.rows")
    place = listed.index.get_loc(rows.index[0])
    st.table(_table(*figures.scope(run), run.today.isoformat(), *(chosen[name] for name in ("township", "kind", "state")), place, rows),
             border="horizontal", hide_index=True)


@shared.once(KEPT)
def _table(home: str, revision: int, townships: tuple[str, ...], language: str, today: str, township: str, kind: str, state: str, place: int,
           _rows: pd.DataFrame) -> pd.DataFrame:
    """A page of the list in words; `place` is its first row's."""
    table = {t("notice.organization"): [f"{plain(name)}  \n{gray(plain(committee))}"
                                        for name, committee in zip(_rows["name"], _rows["committee_name"], strict=True)],
             t("notice.grade" if state == State.NOTICED else "notice.grade_approved"): [
                 f"**{t(f'grade.{grade}')}**" for grade in _rows["proposed_grade"]]}
    if state == State.NOTICED:
        table[t("notice.period")] = [
            t("notice.from_until", begins=text.date(begins), until=text.date(until)) + (f"  \n{gray(t('notice.over'))}" if until < today else "")
            for begins, until in zip(_rows["notice_from"], _rows["notice_until"], strict=True)]
    else:
        table[t("notice.decided_on")] = [text.date(day) for day in _rows["decided_on"]]
    return pd.DataFrame(table)


def running(run: Run) -> Mapping[str, str]:
    """The organizations whose notice runs, whatever is listed: names by code, shared; never change them."""
    return _running(*figures.scope(run), run.today.isoformat(), run)


@shared.once(KEPT)
def _running(home: str, revision: int, townships: tuple[str, ...], language: str, today: str, _run: Run) -> Mapping[str, str]:
    cases = figures.cases(_run)
    found = cases[(cases["state"] == State.NOTICED) & (cases["notice_from"] <= today) & (today <= cases["notice_until"])]
    return dict(zip(found["code"], found["name"], strict=True))


def objection(run: Run) -> None:
    """The form to object to one grade while its notice runs."""
    if not run.live:
        return
    names = running(run)
    with st.container(border=True, gap="small"):
        st.markdown(f"**{t('notice.object')}**")
        if number := st.session_state.get("notice.received"):
            st.success(t("notice.received", number=number), icon=":material/check:")
        if not names:
            st.markdown(gray(t("notice.nothing_running")))
            return
        if st.session_state.get("notice.organization") not in names:
            st.session_state["notice.organization"] = None
        offered = list(picking.offer(names, "notice", t("notice.which")))
        if (here := st.session_state["notice.organization"]) and here not in offered:
            offered.append(here)
        st.selectbox(t("notice.which"), offered, index=None, format_func=lambda code: names.get(code, code), key="notice.organization",
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
