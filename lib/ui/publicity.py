"""From the proposed grade to the approved one: public notice, objections, approval, one by one or in bulk.

Session keys: `review.outcome` (what became of the last bulk command; set by it, cleared when a bulk dialog is opened).
"""

import datetime as dt
from collections.abc import Callable

import pandas as pd
import streamlit as st

from lib.core import workflow
from lib.core.access import Action
from lib.core.model import TEXT_LIMIT
from lib.core.workflow import State
from lib.store import gradings, organizations
from lib.store.gradings import Outcome
from lib.ui import dialogs, session, text
from lib.ui.case import Case, author, read, signed
from lib.ui.session import Run
from lib.ui.text import gray, plain, t

BULK = {State.PROPOSED: ("notice", Action.NOTICE), State.NOTICED: ("approve", Action.APPROVE)}
"""State of the queue → what can be done with many at once, and the right it needs."""


def show(case: Case) -> None:
    """The grade on its way: what is decided so far, what comes next, and who has objected."""
    kept = case.grading
    if kept is None:
        st.markdown(t("publicity.nothing"))
        return
    st.markdown(_standing(case))
    if kept["comment"]:
        st.markdown(gray(plain(kept["comment"])))
    _steps(case)
    if case.objections or case.state == State.NOTICED:
        st.markdown(f"##### {t('publicity.objections', count=len(case.objections))}")
        for row in case.objections:
            _objection(case, row)
        if case.state == State.NOTICED and case.may(Action.OBJECT):
            st.button(t("publicity.register"), key="review.object", type="tertiary", icon=":material/add_comment:", on_click=dialogs.ask,
                      args=("review.object",), kwargs={"code": case.code})


def _standing(case: Case) -> str:
    kept, grade = case.grading, t(f"grade.{case.grading['grade']}")
    if kept["source"] == "paper":
        return t("decision.on_paper", grade=grade, day=text.date(kept["decided_on"], year=True))
    lines = [t("decision.decided", grade=grade, who=plain(author(case.run, kept["proposed_by"])), when=text.moment(kept["proposed_at"]))]
    if kept["notice_from"]:
        lines.append(t("publicity.noticed", begins=text.date(kept["notice_from"]), until=text.date(kept["notice_until"])))
    if case.state == State.NOTICED:
        left = _days_left(case)
        colour, words = ("orange", t("publicity.days_left", days=left)) if left else ("green", t("publicity.ended"))
        if _blocked(case):
            colour, words = "red", t("publicity.blocked")
        lines.append(f":{colour}[{words}]")
    if kept["approved_at"]:
        lines.append(t("publicity.approved", who=plain(author(case.run, kept["approved_by"])), day=text.date(kept["decided_on"], year=True)))
    return "  \n".join(lines)


def _days_left(case: Case) -> int:
    """Days that the notice still stands, today included; 0 when it has ended."""
    return max(0, (dt.date.fromisoformat(case.grading["notice_until"]) - case.run.today).days + 1)


def _blocked(case: Case) -> bool:
    """Whether an objection keeps the grade from approval."""
    return case.code in gradings.blocking_objections(case.run.db, case.run.round.code)


def _steps(case: Case) -> None:
    """The buttons for what can come next; each opens a dialog that says what will happen."""
    offered = [(name, action, kind) for name, action, kind in (
        ("notice", Action.NOTICE, "primary"), ("approve", Action.APPROVE, "primary"), ("send_back", Action.SEND_BACK, "secondary"),
        ("reopen", Action.REOPEN, "secondary")) if case.may(action) and workflow.possible(case.state, action)]
    with st.container(horizontal=True, gap="small"):
        for name, _, kind in offered:
            st.button(t(f"publicity.{name}"), key=f"review.{name}", type=kind, on_click=dialogs.ask, args=(f"review.{name}",),
                      kwargs={"code": case.code}, disabled=name == "approve" and (_days_left(case) > 0 or _blocked(case)))
    if case.state == State.NOTICED and not case.may(Action.APPROVE):
        st.markdown(gray(t("publicity.county_approves", office=plain(case.run.program.office[case.run.language]))))


# ---- objections


def _objection(case: Case, row: dict) -> None:
    with st.container(border=True, gap="xsmall"):
        badge = (f":red-badge[{t('publicity.open')}]" if row["handled_at"] is None else
                 f":orange-badge[{t('publicity.upheld')}]" if row["upheld"] else f":gray-badge[{t('publicity.dismissed')}]")
        st.markdown(f"{badge}　{signed(case.run, row['raised_by'], row['raised_at'])}  \n{plain(row['text'])}"
                    + (f"  \n{gray(t('publicity.contact', contact=plain(row['contact'])))}" if row["contact"] else ""))
        if row["handled_at"]:
            st.markdown(f":material/reply: {plain(row['outcome'])}　{signed(case.run, row['handled_by'], row['handled_at'])}")
        elif case.may(Action.HANDLE_OBJECTION) and workflow.possible(case.state, Action.HANDLE_OBJECTION):
            _handle(case, row)


def _handle(case: Case, row: dict) -> None:
    key = f"review.objection.{row['id']}"
    findings = {"no": t("publicity.dismissed"), "yes": t("publicity.upheld")}
    upheld = st.segmented_control(t("publicity.finding"), list(findings), format_func=findings.get, key=f"{key}.upheld")
    st.text_area(t("publicity.outcome"), key=f"{key}.outcome", max_chars=TEXT_LIMIT, height=72)
    if st.button(t("publicity.handle"), key=f"{key}.save", disabled=upheld is None):
        with session.attempt() as tried:
            gradings.handle_objection(case.run.db, case.run.actor, row["id"], upheld == "yes", st.session_state[f"{key}.outcome"], case.run.at)
        if tried.ok:
            session.flash("publicity.handled")
            st.rerun()


def object_dialog(code: str) -> None:
    """An objection that came by letter or telephone."""
    with session.run("review") as run:
        case = read(run, code)
        st.markdown(t("publicity.register_for", name=plain(case.organization.name)))
        st.text_area(t("notice.text"), key="review.object_text", max_chars=TEXT_LIMIT, height=120)
        st.text_input(t("notice.contact"), key="review.object_contact", max_chars=gradings.CONTACT_LIMIT)
        if st.button(t("publicity.register_save"), key="review.object_save", type="primary"):
            with session.attempt() as tried:
                gradings.object_(run.db, run.actor, code, st.session_state["review.object_text"], st.session_state["review.object_contact"],
                                 run.at, run.today)
            if tried.ok:
                dialogs.done("publicity.registered")


# ---- one by one


def _start(run: Run) -> dt.date:
    """When a notice begins, and until when it will stand."""
    starts = st.date_input(t("publicity.starts"), run.today, run.today, run.today + gradings.NOTICE_AHEAD, key="review.notice_starts",
                           format="YYYY-MM-DD", width=200)
    until = starts + dt.timedelta(days=run.program.notice_days - 1)
    st.markdown(t("publicity.until", days=run.program.notice_days, until=text.date(until, year=True)))
    return starts


def notice_dialog(code: str) -> None:
    """Putting one grade on public notice."""
    with session.run("review") as run:
        case = read(run, code)
        st.markdown(t("publicity.notice_what", name=plain(case.organization.name), grade=t(f"grade.{case.grading['grade']}"))
                    if case.grading else t("publicity.nothing"))
        starts = _start(run)
        if st.button(t("publicity.notice_confirm"), key="review.notice_confirm", type="primary"):
            with session.attempt() as tried:
                gradings.open_notice(run.db, run.actor, code, starts, run.at)
            if tried.ok:
                dialogs.done("publicity.notice_done", name=case.organization.name)


def approve_dialog(code: str) -> None:
    """The county's last word on one grade."""
    with session.run("review") as run:
        case = read(run, code)
        st.markdown(t("publicity.approve_what", name=plain(case.organization.name), grade=t(f"grade.{case.grading['grade']}"))
                    if case.grading else t("publicity.nothing"))
        if st.button(t("publicity.approve_confirm"), key="review.approve_confirm", type="primary"):
            with session.attempt() as tried:
                gradings.approve(run.db, run.actor, code, run.at, run.today)
            if tried.ok:
                dialogs.done("publicity.approve_done", name=case.organization.name)


def _with_reason(code: str, name: str, command: Callable[..., None]) -> None:
    with session.run("review") as run:
        case = read(run, code)
        st.markdown(t(f"publicity.{name}_what", name=plain(case.organization.name)))
        st.text_area(t("publicity.reason"), key=f"review.{name}_reason", max_chars=TEXT_LIMIT, height=120)
        if st.button(t(f"publicity.{name}_confirm"), key=f"review.{name}_confirm", type="primary"):
            with session.attempt() as tried:
                command(run.db, run.actor, code, st.session_state[f"review.{name}_reason"], run.at)
            if tried.ok:
                dialogs.done(f"publicity.{name}_done", name=case.organization.name)


def send_back_dialog(code: str) -> None:
    """The county sends a grade back for a new review."""
    _with_reason(code, "send_back", gradings.send_back)


def reopen_dialog(code: str) -> None:
    """An administrator opens an approved grade again."""
    _with_reason(code, "reopen", gradings.reopen)


# ---- in bulk


def bulk_buttons(run: Run, listed: pd.DataFrame, state: str) -> None:
    """Under the queue: doing the next step for many at once, where there is one."""
    if state in BULK and len(listed) and run.may(BULK[State(state)][1]):
        name, _ = BULK[State(state)]
        st.button(t(f"publicity.bulk_{name}", count=len(listed)), key=f"review.bulk_{name}", icon=":material/checklist:", on_click=_open_bulk,
                  args=(name, list(listed["code"])))


def _open_bulk(name: str, codes: list[str]) -> None:
    st.session_state.pop("review.outcome", None)
    st.session_state.pop("review.bulk", None)
    dialogs.ask(f"review.bulk_{name}", codes=codes)


def _candidates(run: Run, codes: list[str]) -> pd.DataFrame:
    """Names, grades, ends of notice and open objections of the organizations that are listed."""
    objections = gradings.blocking_objections(run.db, run.round.code)
    rows = []
    for code in codes:
        kept = gradings.get(run.db, run.round.code, code)
        if kept:
            rows.append({"code": code, "name": organizations.get(run.db, code).name, "grade": t(f"grade.{kept['grade']}"),
                         "until": kept["notice_until"], "objections": objections.get(code, 0)})
    return pd.DataFrame(rows, columns=["code", "name", "grade", "until", "objections"])


def _choose(run: Run, codes: list[str], columns: tuple[str, ...], ready: Callable[[pd.DataFrame], pd.Series]) -> list[str]:
    """A table to tick; those that are ready are ticked to begin with. Gives the codes ticked."""
    found = _candidates(run, codes)
    if "review.bulk" not in st.session_state:
        st.session_state["review.bulk"] = {"selection": {"rows": [place for place, yes in enumerate(ready(found)) if yes]}}
    config = st.column_config
    chosen = st.dataframe(found[list(columns)], hide_index=True, key="review.bulk", on_select="rerun", selection_mode="multi-row",
                          height=min(len(found) + 1, 12) * 35 + 3, column_config={
        "name": config.TextColumn(t("review.organization"), width="large"), "grade": config.TextColumn(t("review.grade"), width="small"),
        "until": config.TextColumn(t("review.until"), width="small"),
        "objections": config.NumberColumn(t("publicity.open_objections"), width="small")})
    return [found["code"].iloc[row] for row in chosen["selection"]["rows"] if row < len(found)]


def _report(run: Run, outcome: Outcome, name: str) -> None:
    """Which were done, and which were not and why."""
    if outcome.done:
        st.success(t(f"publicity.bulk_{name}_done", count=len(outcome.done)), icon=":material/check:")
    if outcome.refused:
        st.markdown(f"**{t('publicity.bulk_refused', count=len(outcome.refused))}**")
        st.table({t("review.organization"): [plain(organizations.get(run.db, code).name) for code in outcome.refused],
                  t("publicity.why"): [plain(" ".join(session.say(problem) for problem in problems)) for problems in outcome.refused.values()]},
                 border="horizontal", hide_index=True)
    if st.button(t("publicity.close"), key="review.bulk_close"):
        dialogs.close()
        st.rerun()


def _in_bulk(codes: list[str], starts: dt.date | None) -> None:
    """Carry out what a bulk dialog was confirmed for: the notice from a day on, or, without one, the approval."""
    with session.quietly("review") as run:
        if not isinstance(run, Run):
            return

        def one(code: str) -> None:
            if starts:
                gradings.open_notice(run.db, run.actor, code, starts, run.at)
            else:
                gradings.approve(run.db, run.actor, code, run.at, run.today)

        st.session_state["review.outcome"] = gradings.in_bulk(one, codes)


def _confirm(name: str, codes: list[str], starts: dt.date | None = None) -> None:
    st.button(t(f"publicity.bulk_{name}_confirm", count=len(codes)), key="review.bulk_confirm", type="primary", disabled=not codes,
              on_click=_in_bulk, args=(codes, starts))


def bulk_notice_dialog(codes: list[str]) -> None:
    """Putting many grades on public notice."""
    with session.run("review") as run:
        if outcome := st.session_state.get("review.outcome"):
            _report(run, outcome, "notice")
            return
        chosen = _choose(run, codes, ("name", "grade"), lambda found: found["until"].isna())
        _confirm("notice", chosen, _start(run))


def bulk_approve_dialog(codes: list[str]) -> None:
    """The county's approval of many grades; those that cannot be approved yet are told with the reason."""
    with session.run("review") as run:
        if outcome := st.session_state.get("review.outcome"):
            _report(run, outcome, "approve")
            return
        today = run.today.isoformat()
        chosen = _choose(run, codes, ("name", "grade", "until", "objections"),
                         lambda found: (found["until"] < today) & (found["objections"] == 0))
        st.markdown(gray(t("publicity.bulk_approve_note")))
        _confirm("approve", chosen)
