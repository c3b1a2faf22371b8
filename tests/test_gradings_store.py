"""Review, proposal, notice, objections, approval: what is refused, and that the kept grade is the one the rules allow."""

import datetime as dt

import pytest
from steps import AFTER, SATISFIED, SCORES, STARTS, bring, fill_in, objection, submit

from lib.core.grading import Appraisal
from lib.core.model import SYSTEM, TEXT_LIMIT, Grade, Refused
from lib.core.workflow import State
from lib.store import appraisals, assessments, db, events, gradings, organizations, rounds

LAST = dt.date(2012, 4, 14)


@pytest.fixture
def county(small_county):
    return small_county


def refused(call, *arguments, **named):
    with pytest.raises(Refused) as error:
        call(*arguments, **named)
    return [problem.code for problem in error.value.problems]


def state(store, code="V1"):
    return assessments.state(store, "2012", code)


# ---- review and proposal


@pytest.mark.parametrize("scores", [{}, {**SCORES, "team": -1}, {**SCORES, "team": 2001}, {**SCORES, "spirit": 5},
                                    dict.fromkeys(list(SCORES)[:4], 1800)])
def test_review_scores_out_of_range_or_incomplete(county, at, scores):
    bring(county, "V1", State.SUBMITTED, at)
    assert refused(gradings.save_review, county, SYSTEM, "V1", scores, [], "", at) == ["review.scores"]
    assert gradings.review(county, "2012", "V1") is None


@pytest.mark.parametrize("rule", ["cap_accident", "cap_satisfaction", "no_such_rule"])
def test_a_rule_of_another_kind_or_with_a_condition_cannot_be_entered(county, at, rule):
    bring(county, "V1", State.SUBMITTED, at)
    assert refused(gradings.save_review, county, SYSTEM, "V1", SCORES, [rule], "", at) == ["review.rule"]


def test_a_review_is_kept_and_corrected(county, at):
    bring(county, "V1", State.SUBMITTED, at)
    gradings.save_review(county, SYSTEM, "V1", SCORES, ["cap_false", "cap_false"], " 到村看过 ", at)
    kept = gradings.review(county, "2012", "V1")
    assert (kept["total"], kept["found"], kept["comment"]) == (9000, ["cap_false"], "到村看过")
    gradings.save_review(county, SYSTEM, "V1", {**SCORES, "team": 1750}, [], "", at)
    kept = gradings.review(county, "2012", "V1")
    assert (kept["total"], kept["found"], kept["comment"]) == (8950, [], "")


def test_no_proposal_without_review_or_appraisal(county, at):
    fill_in(county, "V1", at)
    submit(county, "V1", at)
    assert refused(gradings.propose, county, SYSTEM, "V1", None, "", at) == ["grading.no_review"]
    gradings.save_review(county, SYSTEM, "V1", SCORES, [], "", at)
    assert gradings.proposal(county, rounds.current(county), "V1", SCORES, []) is None
    assert refused(gradings.propose, county, SYSTEM, "V1", None, "", at) == ["grading.no_appraisal"]
    appraisals.enter_tally(county, SYSTEM, "V1", Appraisal(30, 0, 0, 0, 0), at)  # issued, none returned yet
    assert refused(gradings.propose, county, SYSTEM, "V1", None, "", at) == ["grading.no_appraisal"]
    appraisals.enter_tally(county, SYSTEM, "V1", SATISFIED, at)
    assert gradings.propose(county, SYSTEM, "V1", None, "", at).grade == Grade.GOOD
    assert state(county) == State.PROPOSED


def test_a_barred_grade_is_refused_and_the_reason_is_in_the_proposal(county, at):
    bring(county, "V1", State.SUBMITTED, at, appraisal=Appraisal(100, 100, 80, 9, 11))
    gradings.save_review(county, SYSTEM, "V1", SCORES, [], "", at)
    given = gradings.proposal(county, rounds.current(county), "V1", SCORES, [])
    assert (given.final, given.by_score, given.grade) == (9055, Grade.GOOD, Grade.AVERAGE)  # 95 · 15 % + 89 · 20 % + 90 · 65 %
    assert [reason.rule.code for reason in given.reasons] == ["cap_satisfaction"]
    for grade in (Grade.GOOD, Grade.FAIRLY_GOOD):
        assert refused(gradings.propose, county, SYSTEM, "V1", grade, "我们认为应当", at) == ["grading.barred"]
    gradings.propose(county, SYSTEM, "V1", Grade.AVERAGE, "", at)
    kept = gradings.get(county, "2012", "V1")
    assert (kept["grade"], kept["satisfaction"], kept["final_score"], kept["reasons"]) == ("average", 8900, 9055, ["cap_satisfaction"])


def test_a_lower_grade_needs_its_reason(county, at):
    bring(county, "V1", State.SUBMITTED, at)
    gradings.save_review(county, SYSTEM, "V1", SCORES, [], "", at)
    for reason in ("", "  \n"):
        assert refused(gradings.propose, county, SYSTEM, "V1", Grade.POOR, reason, at) == ["grading.reason_for_lower"]
    assert refused(gradings.propose, county, SYSTEM, "V1", Grade.POOR, "长" * (TEXT_LIMIT + 1), at) == ["text.too_long"]
    gradings.propose(county, SYSTEM, "V1", Grade.POOR, "班子不团结，正在调整", at)
    assert gradings.get(county, "2012", "V1")["grade"] == "poor"
    gradings.propose(county, SYSTEM, "V1", None, "", at)  # changed one's mind before the notice
    assert gradings.get(county, "2012", "V1")["grade"] == "good"


def test_rules_on_dates_are_judged_on_the_county_s_day_of_submission(county):
    """At 16:30 UTC it is past midnight in Shanghai, and a year without activity is over."""
    late = "2012-04-10T16:30:00.000+00:00"
    fill_in(county, "V1", late, last_activity_on="2011-04-11")
    appraisals.enter_tally(county, SYSTEM, "V1", SATISFIED, late)
    assessments.submit(county, SYSTEM, "V1", assessments.draft(county, "V1").seq, late, dt.date(2012, 4, 11))
    given = gradings.proposal(county, rounds.current(county), "V1", SCORES, [])
    assert [reason.rule.code for reason in given.reasons] == ["veto_no_activity"]


# ---- notice


def test_the_notice_lasts_the_programme_s_days(county, at):
    bring(county, "V1", State.PROPOSED, at)
    assert gradings.open_notice(county, SYSTEM, "V1", STARTS, at) == LAST
    kept = gradings.get(county, "2012", "V1")
    assert (kept["notice_from"], kept["notice_until"], state(county)) == ("2012-04-10", "2012-04-14", State.NOTICED)


@pytest.mark.parametrize(("days", "right"), [(-1, False), (0, True), (30, True), (31, False), (3650, False)])
def test_a_notice_begins_today_or_soon(county, at, days, right):
    """A notice dated back would have ended before anyone saw it."""
    bring(county, "V1", State.PROPOSED, at)
    starts = STARTS + dt.timedelta(days=days)
    if right:
        assert gradings.open_notice(county, SYSTEM, "V1", starts, at) == starts + dt.timedelta(days=4)
    else:
        assert refused(gradings.open_notice, county, SYSTEM, "V1", starts, at) == ["notice.start"]
        assert state(county) == State.PROPOSED


@pytest.mark.parametrize(("today", "problem"), [
    (STARTS, ["objection.notice_not_begun"]), (dt.date(2012, 4, 12), None), (dt.date(2012, 4, 16), None),
    (dt.date(2012, 4, 17), ["objection.notice_over"])])
def test_objections_only_while_the_notice_runs(county, at, today, problem):
    bring(county, "V1", State.PROPOSED, at)
    gradings.open_notice(county, SYSTEM, "V1", dt.date(2012, 4, 12), at)
    if problem:
        assert refused(gradings.object_, county, SYSTEM, "V1", "有异议", "", at, today) == problem
    else:
        gradings.object_(county, SYSTEM, "V1", " 有异议 ", " 张 0913 ", at, today)
        assert [(o["text"], o["contact"]) for o in gradings.objections(county, "2012", "V1")] == [("有异议", "张 0913")]


@pytest.mark.parametrize(("text", "contact", "problem"), [
    (" ", "", "objection.empty"), ("长" * (TEXT_LIMIT + 1), "", "text.too_long"), ("有异议", "1" * 101, "text.too_long")])
def test_objections_that_say_nothing_or_too_much(county, at, text, contact, problem):
    bring(county, "V1", State.NOTICED, at)
    assert refused(gradings.object_, county, SYSTEM, "V1", text, contact, at, STARTS) == [problem]
    assert len(gradings.objections(county, "2012", "V1")) == 1


# ---- approval


def test_no_approval_before_the_notice_has_ended(county, at):
    bring(county, "V1", State.NOTICED, at)
    gradings.handle_objection(county, SYSTEM, objection(county, "V1"), False, "不成立", at)
    for day in (STARTS, LAST):
        assert refused(gradings.approve, county, SYSTEM, "V1", at, day) == ["approval.notice_runs"]
    assert gradings.approve(county, SYSTEM, "V1", at, AFTER) == Grade.GOOD
    kept = gradings.get(county, "2012", "V1")
    assert (kept["decided_on"], kept["approved_by"], state(county)) == ("2012-04-15", "system", State.APPROVED)


def test_an_open_objection_stops_the_approval(county, at):
    bring(county, "V1", State.NOTICED, at)
    assert gradings.blocking_objections(county, "2012") == {"V1": 1}
    assert refused(gradings.approve, county, SYSTEM, "V1", at, AFTER) == ["approval.objections_open"]
    assert refused(gradings.handle_objection, county, SYSTEM, objection(county, "V1"), False, " ", at) == ["reason.missing"]
    assert refused(gradings.handle_objection, county, SYSTEM, "o0", False, "不成立", at) == ["objection.unknown"]
    gradings.handle_objection(county, SYSTEM, objection(county, "V1"), False, "不成立", at)
    assert gradings.blocking_objections(county, "2012") == {}
    gradings.approve(county, SYSTEM, "V1", at, AFTER)


def test_an_upheld_objection_leads_back_to_the_review(county):
    early, later = "2012-04-10T01:00:00.000+00:00", "2012-04-11T01:00:00.000+00:00"
    bring(county, "V1", State.NOTICED, early)
    gradings.handle_objection(county, SYSTEM, objection(county, "V1"), True, "账目确未公开", early)
    assert gradings.blocking_objections(county, "2012") == {"V1": 1}
    assert refused(gradings.approve, county, SYSTEM, "V1", later, AFTER) == ["approval.objection_upheld"]
    gradings.send_back(county, SYSTEM, "V1", "异议成立，重新评定", later)
    assert (state(county), gradings.get(county, "2012", "V1")) == (State.SUBMITTED, None)
    gradings.save_review(county, SYSTEM, "V1", {**SCORES, "masses": 500}, [], "", later)
    gradings.propose(county, SYSTEM, "V1", None, "", later)
    gradings.open_notice(county, SYSTEM, "V1", dt.date(2012, 4, 11), later)
    assert gradings.blocking_objections(county, "2012") == {}
    assert gradings.approve(county, SYSTEM, "V1", later, dt.date(2012, 4, 16)) == Grade.FAIRLY_GOOD


@pytest.mark.parametrize(("appraisal", "highest"), [(Appraisal(100, 100, 80, 10, 10), None), (Appraisal(100, 100, 80, 9, 11), "average")])
def test_a_grade_that_no_longer_stands_is_not_approved(county, at, appraisal, highest):
    """The tally may be corrected while the notice runs; a grade that the rules then bar goes back."""
    bring(county, "V1", State.NOTICED, at)
    gradings.handle_objection(county, SYSTEM, objection(county, "V1"), False, "不成立", at)
    appraisals.enter_tally(county, SYSTEM, "V1", appraisal, at)
    if highest is None:
        gradings.approve(county, SYSTEM, "V1", at, AFTER)
    else:
        assert refused(gradings.approve, county, SYSTEM, "V1", at, AFTER) == ["grading.outdated"]
        gradings.send_back(county, SYSTEM, "V1", "满意率已变", at)
        assert gradings.propose(county, SYSTEM, "V1", None, "", at).grade == Grade(highest)


def test_a_review_lowered_after_the_proposal_stops_the_notice(county, at):
    bring(county, "V1", State.PROPOSED, at)
    gradings.save_review(county, SYSTEM, "V1", dict.fromkeys(SCORES, 1000), [], "", at)
    assert refused(gradings.open_notice, county, SYSTEM, "V1", STARTS, at) == ["grading.outdated"]
    gradings.propose(county, SYSTEM, "V1", None, "", at)
    gradings.open_notice(county, SYSTEM, "V1", STARTS, at)


@pytest.mark.parametrize(("start", "command"), [(State.PROPOSED, gradings.send_back), (State.NOTICED, gradings.send_back),
                                                (State.APPROVED, gradings.reopen)])
def test_sent_back_and_reopened_with_a_reason(county, at, start, command):
    bring(county, "V1", start, at)
    count = db.value(county, "select count(*) from events")
    assert refused(command, county, SYSTEM, "V1", " ", at) == ["reason.missing"]
    assert db.value(county, "select count(*) from events") == count
    command(county, SYSTEM, "V1", "重新评定", at)
    assert (state(county), gradings.get(county, "2012", "V1")) == (State.SUBMITTED, None)
    assert gradings.review(county, "2012", "V1")["total"] == 9000  # the review stays as the seed of the next one


def test_reopening_a_paper_result_without_a_self_assessment_says_what_is_missing(county, at):
    gradings.record_result(county, SYSTEM, "V1", Grade.GOOD, "2012-04-20", at)
    gradings.reopen(county, SYSTEM, "V1", "登记有误", at)
    assert refused(gradings.propose, county, SYSTEM, "V1", None, "", at) == ["grading.no_submission"]
    assessments.return_(county, SYSTEM, "V1", "请提交自评", at)
    assert state(county) == State.RETURNED


def test_in_bulk_the_refused_do_not_keep_the_others_back(county, at):
    bring(county, "V1", State.PROPOSED, at)
    bring(county, "V2", State.SUBMITTED, at)
    bring(county, "A1", State.PROPOSED, at)
    outcome = gradings.in_bulk(lambda code: gradings.open_notice(county, SYSTEM, code, STARTS, at), ("V1", "V2", "A1"))
    assert outcome.done == ("V1", "A1")
    assert {code: [p.code for p in problems] for code, problems in outcome.refused.items()} == {"V2": ["workflow.not_now"]}
    gradings.object_(county, SYSTEM, "A1", "有异议", "", at, STARTS)
    outcome = gradings.in_bulk(lambda code: gradings.approve(county, SYSTEM, code, at, AFTER), ("V1", "V2", "A1", "none"))
    assert outcome.done == ("V1",)
    assert {code: [p.code for p in problems] for code, problems in outcome.refused.items()} == {
        "V2": ["workflow.not_now"], "A1": ["approval.objections_open"], "none": ["organization.unknown"]}
    assert [state(county, code) for code in ("V1", "V2", "A1")] == [State.APPROVED, State.SUBMITTED, State.NOTICED]


# ---- classes and stars


def test_a_class_is_kept_with_date_reason_and_who(county, at):
    change = lambda moment, new, reason="": organizations.change_class(  # noqa: E731
        county, SYSTEM, "2012", "V1", moment, new, "2012-04-20", reason, at)
    change("start", "third")
    change("target", "second")
    assert organizations.class_now(county, "2012", "V1") == "third"
    assert refused(change, "now", "second") == ["reason.missing"]
    assert refused(change, "now", "second", "长" * (TEXT_LIMIT + 1)) == ["text.too_long"]
    change("now", "second", "集体经济有起色")
    assert organizations.class_now(county, "2012", "V1") == "second"
    assert refused(change, "now", "5", "星级") == ["class.unknown"]
    history = [(row["moment"], row["value"], row["reason"], row["author"]) for row in organizations.class_history(county, "V1")]
    assert history == [("now", "second", "集体经济有起色", "system"), ("target", "second", "", "system"), ("start", "third", "", "system")]


def test_an_agency_has_no_class(county, at):
    assert refused(organizations.change_class, county, SYSTEM, "2012", "A1", "start", "third", "2012-04-20", "", at) == ["class.unknown"]


def test_the_whole_way_is_in_the_chain(county, at):
    bring(county, "V1", State.APPROVED, at)
    assert events.first_broken(county) is None
    kinds = [event["kind"] for event in events.history(county, "V1")][::-1]
    assert [kind for kind in kinds if not kind.startswith(("organization", "assessment.a", "assessment.o"))] == [
        "appraisal.tallied", "assessment.submitted", "remark.made", "review.saved", "grade.proposed", "notice.opened", "objection.raised",
        "objection.handled", "grade.approved"]
