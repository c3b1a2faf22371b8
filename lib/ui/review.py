"""The review's queue and the head of a case: who waits how long, three scores side by side, what stands in the way.

The parts of a case are in `answers` (what was filled in), `decision` (scores, proposal), `publicity` (notice, approval) and
`standing` (class, stars).
"""

import datetime as dt
from collections.abc import Mapping

import pandas as pd
import streamlit as st

from lib.core import grading
from lib.core.access import Action
from lib.core.model import grades_like
from lib.core.workflow import State
from lib.store import assessments, gradings
from lib.ui import answers, decision, figures, picking, publicity, shared, standing, text
from lib.ui.case import Case, author
from lib.ui.session import Run
from lib.ui.text import gray, plain, t

STATES = (State.SUBMITTED, State.RETURNED, State.PROPOSED, State.NOTICED, State.APPROVED, State.NOT_SUBMITTED)
GAP_MARK, OBJECTION_MARK = "▲", "●"
KEPT = 32
METRIC_WIDTH = 164
"""Pixels: two abreast on a telephone, four beside the queue."""
GRADE_COLOURS = {"good": "green", "fairly_good": "green", "average": "orange", "poor": "red"}


# ---- the queue


def _standing(cases: pd.DataFrame) -> pd.Series:
    return cases["state"]


def counts(cases: pd.DataFrame) -> str:
    """One line for the page's head: how many there are, and how many of them are done."""
    return t("review.counts", total=len(cases), approved=int((cases["state"] == State.APPROVED).sum()),
             missing=int((cases["state"] == State.NOT_SUBMITTED).sum()))


def _other_score(row: dict) -> int | None:
    """What a self-assessment is compared with: the review, and before there is one the appraisal."""
    found = row["satisfaction"] if text.missing(row["review_score"]) else row["review_score"]
    return None if text.missing(found) else int(found)


def _gap(run: Run, row: dict) -> bool:
    own = None if text.missing(row["self_score"]) else int(row["self_score"])
    return grading.is_gap(own, _other_score(row), run.program)


def _days_since(run: Run, iso: str | None) -> int | None:
    return None if text.missing(iso) else (run.today - text.local(iso, run.program.timezone).date()).days


def _queue_rows(run: Run, cases: pd.DataFrame, chosen: Mapping[str, str]) -> pd.DataFrame:
    """Rows as the list shows them, the most urgent first: `cases` as `chosen`; shared, so never change them."""
    return _kept_rows(*figures.scope(run), run.today, run.actor.committee, chosen["township"], chosen["kind"], chosen["state"], run, cases)


@shared.once(KEPT)
def _kept_rows(home: str, revision: int, townships: tuple[str, ...], language: str, today: dt.date, committee: str | None, township: str, kind: str,
               state: str, _run: Run, _cases: pd.DataFrame) -> pd.DataFrame:
    run, cases = _run, _cases
    returned = assessments.returned_on(run.db, run.round.code) if state == State.RETURNED else {}
    objections = gradings.blocking_objections(run.db, run.round.code) if state == State.NOTICED else {}
    rows = []
    for row in cases.to_dict("records"):
        marks = (GAP_MARK if _gap(run, row) else "") + (OBJECTION_MARK if row["code"] in objections else "")
        waiting = _days_since(run, returned.get(row["code"]) if state == State.RETURNED else row["submitted_at"])
        rows.append({"code": row["code"], "name": f"{marks} {row['name']}" if marks else row["name"], "self": _points(row["self_score"]),
                     "satisfaction": text.percent(row["satisfaction"]), "members": None if text.missing(row["members"]) else int(row["members"]),
                     "waiting": waiting, "until": text.date(row["notice_until"]) if state == State.NOTICED else None,
                     "grade": t(f"grade.{row['proposed_grade']}") if not text.missing(row["proposed_grade"]) else text.DASH,
                     "order": (row["notice_until"] or "") if state == State.NOTICED else "", "days": -(waiting or 0)})
    frame = pd.DataFrame(rows, columns=["code", "name", "self", "satisfaction", "members", "waiting", "until", "grade", "order", "days"])
    return frame.sort_values(["order", "days"], kind="stable") if state in (State.SUBMITTED, State.RETURNED, State.NOTICED) else frame


def _points(hundredths: object) -> float | None:
    return None if text.missing(hundredths) else int(hundredths) / 100


def _columns(state: str) -> dict[str, object]:
    """The list's columns for a state: what one wants to see before opening a case."""
    config = st.column_config
    every = {
        "name": config.TextColumn(t("review.organization"), width=196),
        "self": config.NumberColumn(t("review.self"), format="%.1f", width=52),
        "satisfaction": config.TextColumn(t("review.satisfaction"), width=62, alignment="right"),
        "waiting": config.NumberColumn(t("review.waiting"), format=t("review.days_format"), width=56),
        "until": config.TextColumn(t("review.until"), width=72, alignment="right"),
        "grade": config.TextColumn(t("review.grade"), width=60),
        "members": config.NumberColumn(t("review.members"), width=60),
    }
    shown = {State.SUBMITTED: "name self satisfaction waiting", State.RETURNED: "name self waiting", State.PROPOSED: "name self satisfaction grade",
             State.NOTICED: "name grade until", State.APPROVED: "name self satisfaction grade", State.NOT_SUBMITTED: "name members"}
    return {name: every[name] for name in shown[State(state)].split()}


def queue(run: Run) -> str | None:
    """Filters, the states with their counts, the list; gives the code of the case to show."""
    among, chosen = picking.narrow(run, "review", picking.own, "state", STATES, _standing, lambda state: t(f"state.{state}"))
    listed = _queue_rows(run, among, chosen)
    st.markdown(gray(t(f"review.none_{chosen['state']}" if listed.empty else f"review.note_{chosen['state']}", gap=f"{run.program.gap / 100:g}")))
    here = picking.pick("review", listed, _columns(chosen["state"]), chosen)
    publicity.bulk_buttons(run, listed, chosen["state"])
    return here


# ---- a case


def head(case: Case) -> None:
    """Name, facts, the scores side by side, the gap, and why it was returned."""
    organization, run = case.organization, case.run
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small"):
        st.subheader(plain(organization.name), anchor=False, width="content")
        facts = [t(f"kind.{organization.kind}"), plain(organization.township_name or organization.committee_name)]
        if organization.members is not None:
            facts.append(t("review.members_count", count=organization.members))
        if case.submission and case.submission["late"]:
            facts.append(f":orange[{t('review.late')}]")
        st.markdown(gray(" · ".join(facts)), width="content")
    if case.submission is None:
        _nothing_submitted(case)
        return
    with st.container(horizontal=True, horizontal_alignment="distribute", gap="small"):
        _scores(case)
    other, words = (case.review["total"], "review") if case.review else (case.appraisal.satisfaction, "appraisal")
    if grading.is_gap(case.submission["score"], other, run.program):
        st.warning(t(f"review.gap_{words}", points=text.points(case.submission["score"] - other), gap=f"{run.program.gap / 100:g}"),
                   icon=":material/compare_arrows:")
    if case.returned_at:
        again = case.state != State.RETURNED
        st.markdown(f":{'gray' if again else 'red'}-badge[{t('review.was_returned' if again else 'review.is_returned')}]　"
                    f"{gray(text.moment(case.returned_at))}　{plain(case.return_reason)}")


def _nothing_submitted(case: Case) -> None:
    organization = case.organization
    st.info(t("review.no_submission"), icon=":material/hourglass_empty:")
    contact = [t("review.secretary", name=plain(organization.secretary or text.DASH))]
    if case.may(Action.SEE_PHONE):
        contact.append(t("review.phone", phone=plain(organization.phone or text.DASH)))
    st.markdown("　".join(contact))


def _scores(case: Case) -> None:
    last, program = case.submission, case.run.program
    own = grading.grade_of(last["score"], program)
    number = t("review.version", version=last["version"]) if last["version"] > 1 else t("review.first_version")
    st.metric(f"{t('review.self')} :gray[{text.date(text.local(last['submitted_at']).date())}]", text.points(last["score"]), t(f"grade.{own}"),
              delta_color=GRADE_COLOURS[own], delta_arrow="off", delta_description=number, width=METRIC_WIDTH)
    rate = case.appraisal.satisfaction
    ballots = t("review.ballots", returned=case.appraisal.returned, issued=case.appraisal.issued) if case.appraisal.issued else ""
    words = t("review.no_appraisal") if rate is None else t("review.satisfied", rate=text.percent(rate))
    colour = "off" if rate is None else "green" if rate >= 100 * program.target("satisfaction").value else "red"
    st.metric(f"{t('review.appraisal')} :gray[{ballots}]", text.points(rate), words, delta_color=colour, delta_arrow="off", width=METRIC_WIDTH)
    review = case.review
    st.metric(f"{t('review.review')} :gray[{text.date(text.local(review['at']).date()) if review else ''}]",
              text.points(review["total"] if review else None),
              t(f"grade.{grading.grade_of(review['total'], program)}") if review else t("review.not_reviewed"),
              delta_color=GRADE_COLOURS[grading.grade_of(review["total"], program)] if review else "off", delta_arrow="off", width=METRIC_WIDTH)
    kept = case.grading
    st.metric(f"{t('review.final')} :gray[{t(f'state.{case.state}')}]", text.points(kept["final_score"] if kept else None),
              t(f"grade.{kept['grade']}") if kept else t("review.not_proposed"), delta_color=GRADE_COLOURS[kept["grade"]] if kept else "off",
              delta_arrow="off", delta_description=_stage(case), width=METRIC_WIDTH)


def _stage(case: Case) -> str | None:
    kept = case.grading
    if kept is None:
        return None
    if case.state == State.NOTICED:
        return t("review.until_day", day=text.date(kept["notice_until"]))
    if case.state == State.APPROVED:
        return text.date(kept["decided_on"])
    return author(case.run, kept["proposed_by"])


PARTS = {"answers": answers.show, "grade": decision.show, "notice": publicity.show, "class": standing.show}


def _parts(case: Case) -> list[str]:
    scale = grades_like(case.organization.kind) is not None
    if case.submission is None:
        found = ["notice"] if case.grading else []  # a result decided on paper
        return [*found, *(["class"] if scale else [])]
    return [part for part in PARTS if part != "class" or scale]


def _first_part(case: Case) -> str:
    """What a reviewer most probably wants to do with a case in its state."""
    if case.state in (State.NOTICED, State.APPROVED):
        return "notice"
    return "grade" if case.state == State.PROPOSED or (case.state == State.SUBMITTED and case.review and not case.changes) else "answers"


def parts(case: Case) -> None:
    """The case's parts, one at a time; which one stands in the address."""
    offered = _parts(case)
    if not offered:
        return
    first = _first_part(case) if _first_part(case) in offered else offered[0]
    if st.session_state.get("review.case") != (case.code, case.state):
        # another case, or the same one step further: what is to be done with it has changed
        if "review.case" in st.session_state:
            st.query_params.pop("part", None)
        st.session_state["review.case"] = (case.code, case.state)
    asked = st.query_params.get("part")
    st.session_state["review.part"] = asked if asked in offered else first
    labels = {part: t(f"review.part_{part}") for part in offered}
    st.segmented_control(t("review.parts"), offered, format_func=labels.get, key="review.part", required=True, label_visibility="collapsed",
                         wrap=True, on_change=_keep_part)
    PARTS[st.session_state["review.part"]](case)


def _keep_part() -> None:
    st.query_params["part"] = st.session_state["review.part"]

