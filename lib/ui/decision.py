"""Review scores, rules found, and the proposed grade with its reasons spelled out before anybody picks.

Session keys: `review.score.<dimension>`, `review.found.<rule>`, `review.comment` are seeded from the saved review when another
case (`review.seeded`: its code and the review's values) is opened; `review.grade` and `review.grade_reason` belong to the proposal.
"""

from collections.abc import Mapping

import streamlit as st

from lib.core import grading, workflow
from lib.core.access import Action
from lib.core.grading import DIMENSIONS, GRADES, Proposal
from lib.core.model import TEXT_LIMIT, Grade
from lib.core.program import Program, Rule
from lib.store import gradings
from lib.ui import answers, places, session, text
from lib.ui.case import Case, author
from lib.ui.text import gray, plain, t

STEP = 0.5


def enterable(case: Case) -> list[Rule]:
    """Rules that a reviewer enters as found: those without a condition that concern the kind."""
    return [rule for rule in case.run.program.rules if not rule.when and rule.concerns(case.organization.kind)]


def show(case: Case) -> None:
    """Scores on the left, the grade on the right; where the state allows no review any more, only what was decided."""
    writing = case.may(Action.REVIEW) and workflow.possible(case.state, Action.REVIEW)
    if writing:
        _seed(case)
    left, right = st.columns([11, 9], gap="medium")
    with left:
        st.markdown(f"**{t('decision.scores')}**　{gray(t('decision.each', points=grading.DIMENSION_POINTS // 100))}")
        _table(case, writing=writing)
        if writing:
            _found(case)
            st.text_area(t("decision.comment"), key="review.comment", max_chars=TEXT_LIMIT, height=88, persist_state="page")
            _save(case)
        elif case.review:
            _said(case)
    with right:
        _proposal(case, writing=writing)


# ---- scores


def _stored(case: Case) -> dict[str, object]:
    """The saved review as the widgets hold it."""
    review, rules = case.review, enterable(case)
    return {**{f"review.score.{d}": review[d] / 100 if review else None for d in DIMENSIONS},
            **{f"review.found.{rule.code}": bool(review) and rule.code in review["found"] for rule in rules},
            "review.comment": review["comment"] if review else ""}


def _shown(keys: Mapping[str, object]) -> dict[str, object]:
    return {key: st.session_state.get(key) for key in keys}


def _seed(case: Case) -> None:
    """Fill the widgets from the saved review, without taking away what somebody is typing."""
    stored = _stored(case)
    code, before = st.session_state.get("review.seeded", (None, {}))
    untouched = code == case.code and _shown(before) == before
    if code != case.code or set(before) != set(stored) or any(key not in st.session_state for key in stored) or (untouched and stored != before):
        st.session_state.update(stored)
        st.session_state["review.seeded"] = (case.code, stored)
    elif stored != before:
        st.warning(t("decision.changed_elsewhere", who=plain(author(case.run, case.review["author"])), when=text.moment(case.review["at"])),
                   icon=":material/sync_problem:")
        st.button(t("decision.take_theirs"), key="review.take_theirs", on_click=_take, args=(case.code, stored))


def _take(code: str, stored: Mapping[str, object]) -> None:
    st.session_state.update(stored)
    st.session_state["review.seeded"] = (code, dict(stored))


def entered() -> dict[str, int] | None:
    """The scores in the widgets, in hundredths; None while one is missing."""
    values = {dimension: st.session_state.get(f"review.score.{dimension}") for dimension in DIMENSIONS}
    return None if None in values.values() else {dimension: round(100 * value) for dimension, value in values.items()}


def _ticked(case: Case) -> list[str]:
    return [rule.code for rule in enterable(case) if st.session_state.get(f"review.found.{rule.code}")]


def _difference(own: int, review: int | None, gap: int) -> str:
    if review is None:
        return text.DASH
    words = text.signed(review - own)
    return f":red[**▼\u00a0{words}**]" if own - review > gap else words


def _table(case: Case, *, writing: bool) -> None:
    """Self-assessment and review of the five dimensions beside each other; differences that stand out are marked."""
    own, gap = case.submission, case.run.program.gap
    review = {dimension: _given(case, dimension, writing=writing) for dimension in DIMENSIONS}
    if not writing:
        rows = [(t(f"dimension.{d}"), text.points(own[d]), text.points(review[d]), _difference(own[d], review[d], gap // len(DIMENSIONS)))
                for d in DIMENSIONS]
        total = case.review["total"] if case.review else None
        rows.append((f"**{t('decision.total')}**", f"**{text.points(own['score'])}**", f"**{text.points(total)}**",
                     _difference(own["score"], total, gap)))
        names = ("decision.dimension", "review.self", "review.review", "decision.difference")
        st.table({t(name): list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}, border="horizontal", hide_index=True)
        return
    with st.container(gap="xsmall"):
        for dimension in DIMENSIONS:
            words, box = st.columns([11, 8], wrap=False, vertical_alignment="center", gap="small")
            words.markdown(f"{t(f'dimension.{dimension}')}　{gray(t('decision.self_points', points=text.points(own[dimension])))}　"
                           f"{_difference(own[dimension], review[dimension], gap // len(DIMENSIONS))}")
            box.number_input(t("decision.score_of", dimension=t(f"dimension.{dimension}")), 0.0, grading.DIMENSION_POINTS / 100, None, STEP, "%.1f",
                             key=f"review.score.{dimension}", label_visibility="collapsed", placeholder="0–20", persist_state="page")
    scores = entered()
    total = sum(scores.values()) if scores else None
    st.markdown(t("decision.totals", own=text.points(own["score"]), review=text.points(total),
                  difference=_difference(own["score"], total, gap)))


def _given(case: Case, dimension: str, *, writing: bool) -> int | None:
    if writing:
        value = st.session_state.get(f"review.score.{dimension}")
        return None if value is None else round(100 * value)
    return case.review[dimension] if case.review else None


def _found(case: Case) -> None:
    st.markdown(f"**{t('decision.found')}**　{gray(t('decision.found_note'))}")
    with st.container(gap="xsmall"):
        for rule in enterable(case):
            st.checkbox(f"{plain(rule.name[case.run.language])}　{gray(f'{_effect(rule)} · {plain(rule.found_by[case.run.language])}')}",
                        key=f"review.found.{rule.code}", persist_state="page")


def _effect(rule: Rule) -> str:
    if rule.sets:
        return t("decision.effect_is", grade=t(f"grade.{rule.sets}"))
    if rule.not_above:
        return t("decision.effect_not_above", grade=t(f"grade.{rule.not_above}"))
    return t("decision.effect_demote", steps=rule.demote)


def _keep(case: Case) -> None:
    """Save the review as it stands in the widgets. Raises Refused."""
    gradings.save_review(case.run.db, case.run.actor, case.code, entered() or {}, _ticked(case), st.session_state["review.comment"] or "",
                         case.run.at)
    st.session_state["review.seeded"] = (case.code, _shown(_stored(case)))


def _save(case: Case) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if st.button(t("decision.save"), key="review.save", icon=":material/save:"):
            with session.attempt() as tried:
                _keep(case)
            if tried.ok:
                session.flash("decision.saved")
                st.rerun()
        if case.review:
            dirty = _shown(_stored(case)) != _stored(case)
            words = t("decision.not_saved") if dirty else t("decision.saved_at", who=plain(author(case.run, case.review["author"])),
                                                            when=text.moment(case.review["at"]))
            st.markdown(f":orange[{words}]" if dirty else gray(words), width="content")


def _said(case: Case) -> None:
    """The review's words and findings, where nothing can be entered any more."""
    rules = {rule.code: rule for rule in case.run.program.rules}
    for code in case.review["found"]:
        st.markdown(f":red-badge[{t('decision.found_one')}]　{plain(rules[code].name[case.run.language])}")
    if case.review["comment"]:
        st.markdown(plain(case.review["comment"]))
    st.markdown(gray(t("decision.saved_at", who=plain(author(case.run, case.review["author"])), when=text.moment(case.review["at"]))))


# ---- the grade


def _proposal(case: Case, *, writing: bool) -> None:
    st.markdown(f"**{t('decision.grade')}**")
    if case.grading and case.grading["source"] == "paper":
        st.markdown(t("decision.on_paper", grade=t(f"grade.{case.grading['grade']}"), day=text.date(case.grading["decided_on"], year=True)))
        return
    scores = entered() if writing else {d: case.review[d] for d in DIMENSIONS} if case.review else None
    if case.appraisal.satisfaction is None:
        st.info(t("decision.no_appraisal"), icon=":material/how_to_vote:")
        places.link("appraisal", t("decision.to_appraisal"), icon=":material/arrow_forward:", organization=case.code)
        return
    if scores is None:
        st.markdown(gray(t("decision.no_scores")))
        return
    given = gradings.proposal(case.run.db, case.run.round, case.code, scores, _ticked(case) if writing else case.review["found"])
    reasons(case, given, sum(scores.values()), lower=writing)
    if writing and case.may(Action.PROPOSE) and workflow.possible(case.state, Action.PROPOSE):
        _propose(case, given)
    elif case.grading:
        _decided(case)


def reasons(case: Case, given: Proposal, review: int, *, lower: bool) -> None:
    """How the grade comes about: the weighted sum, then each grade, barred and why, or allowed; `lower` names those below too."""
    program, language = case.run.program, case.run.language
    st.markdown(t("decision.sum", own=text.points(case.submission["score"]), own_weight=program.weights["self"],
                  appraisal=text.points(case.appraisal.satisfaction), appraisal_weight=program.weights["appraisal"],
                  review=text.points(review), review_weight=program.weights["review"], final=f"{given.final / 100:.2f}"))
    lines = [_of_grade(grade, given, program, language) for grade in GRADES
             if lower or GRADES.index(grade) <= GRADES.index(given.grade)]
    st.markdown("  \n".join(lines))


def _of_grade(grade: Grade, given: Proposal, program: Program, language: str) -> str:
    name, place = f"**{t(f'grade.{grade}')}**", GRADES.index(grade)
    score = f"{given.final / 100:.2f}"
    if place < GRADES.index(given.by_score):
        return f":gray[:material/block:] {name}　" + t("decision.below", points=score, threshold=f"{program.thresholds[grade] / 100:g}")
    if place < GRADES.index(given.grade):
        rules = [f"{plain(reason.rule.name[language])}（{_effect(reason.rule)}）" for reason in given.reasons
                 if GRADES.index(reason.grade) > place]
        return f":red[:material/block:] {name}　" + t("form.comma").join(rules)
    if grade == given.grade:
        return f":green[:material/check:] {name}　" + t("decision.by_rules" if given.reasons else "decision.by_score",
                                                        points=score, range=_range(grade, program))
    return f":gray[:material/south:] {name}　{gray(t('decision.lower'))}"


def _range(grade: Grade, program: Program) -> str:
    place = GRADES.index(grade)
    top = 100 if place == 0 else program.thresholds[GRADES[place - 1]] / 100
    low = program.thresholds.get(grade, 0) / 100
    return f"{low:g}–{top:g}"


def _propose(case: Case, given: Proposal) -> None:
    """The rules' grade, or a lower one with a reason; it saves the review first where that was changed."""
    allowed = [grade.value for grade in given.allowed]
    before = case.grading["grade"] if case.grading else None
    if st.session_state.get("review.graded") != (case.code, given.grade) or st.session_state.get("review.grade") not in allowed:
        st.session_state["review.grade"] = before if before in allowed else given.grade.value
        st.session_state["review.graded"] = (case.code, given.grade)
    labels = {grade: t(f"grade.{grade}") for grade in allowed}
    chosen = st.segmented_control(t("decision.choose"), allowed, format_func=labels.get, key="review.grade", required=True, width="stretch",
                                  wrap=True)
    if chosen != given.grade:
        st.text_area(t("decision.lower_reason"), key="review.grade_reason", max_chars=TEXT_LIMIT, height=88)
    with st.container(horizontal=True, horizontal_alignment="right", gap="small"):
        if case.may(Action.RETURN) and workflow.possible(case.state, Action.RETURN):
            answers.return_button(case)
        if st.button(t("decision.propose_again" if case.grading else "decision.propose"), key="review.propose", type="primary",
                     icon=":material/gavel:"):
            reason = st.session_state.get("review.grade_reason", "") if chosen != given.grade else ""
            with session.attempt() as tried:
                if _shown(_stored(case)) != _stored(case):
                    _keep(case)
                gradings.propose(case.run.db, case.run.actor, case.code, Grade(chosen), reason or "", case.run.at)
            if tried.ok:
                session.flash("decision.proposed", grade=t(f"grade.{chosen}"))
                st.rerun()
    if case.grading:
        _decided(case)
    st.markdown(gray(t("decision.next", days=case.run.program.notice_days)))


def _decided(case: Case) -> None:
    kept = case.grading
    st.markdown(t("decision.decided", grade=t(f"grade.{kept['grade']}"), who=plain(author(case.run, kept["proposed_by"])),
                  when=text.moment(kept["proposed_at"])) + (f"  \n{plain(kept['comment'])}" if kept["comment"] else ""))
