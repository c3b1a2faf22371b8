"""The self-assessment in the store: prefilled, kept answer by answer, submitted once, returned, never lost."""

import datetime as dt
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from lib.core import forms
from lib.core.model import SYSTEM, Actor, Refused, Role
from lib.core.workflow import State
from lib.store import assessments, db, events, organizations, pack, rounds

TODAY = dt.date(2012, 4, 5)  # the last day in time
LATER = "2012-04-11T02:00:00.000+00:00"
LATEST = "2012-04-12T02:00:00.000+00:00"


def answers_of(form: forms.Form, which: str = "good") -> dict[str, str]:
    """What a person can enter of an example: not what is computed, known to the system or a file, and no explanation of no problem."""
    asked = {item.name for item in form.items.values()
             if item.asked and item.type != "file" and not (which == "good" and item.part in (forms.WHAT, forms.WHY))}
    return {name: text for name, text in forms.example(form, which, TODAY).items() if name in asked}


def fill(store, actor, code: str, at: str, which: str = "good") -> int:
    """Answer everything; returns the draft's seq, which a submit is based on."""
    assessments.save_answers(store, actor, code, answers_of(assessments.draft(store, code).form, which), at)
    return assessments.draft(store, code).seq


def submit(store, actor, code: str, at: str, today: dt.date = TODAY) -> assessments.Receipt:
    return assessments.submit(store, actor, code, assessments.draft(store, code).seq, at, today)


def problems(refused: pytest.ExceptionInfo) -> list[tuple[str, dict]]:
    return [(problem.code, dict(problem.params)) for problem in refused.value.problems]


def answered(store, code: str) -> list[dict]:
    """Bodies of the events that keep answers, oldest first."""
    return [row["body"] for row in events.history(store, code, ("assessment.answered",), limit=100_000)][::-1]


# ---- prefilling


def test_prefilled_from_the_registry(small_county, actor, at):
    organizations.save_facts(small_county, SYSTEM, "V1", {
        "org_form": "branch", "last_election_on": "2011-03-01", "term_years": "3", "secretary_trained": "yes", "left_unsolved": "2",
        "floating_members": "7"}, at)
    with db.command(small_county):  # a fact of a list that has changed since
        small_county.conn.execute("insert into registry_facts(organization, name, value) values('V1', 'secretary_post', 'gone')")
    organizations.change_class(small_county, SYSTEM, "2012", "V1", "start", "second", "2012-03-01", "", at)
    draft = assessments.open_assessment(small_county, actor("v1"), "V1", at)
    assert {name: (row.value, row.origin) for name, row in draft.rows.items()} == {
        "org_form": ("branch", "registry"), "members_full": ("30", "registry"), "last_election_on": ("2011-03-01", "registry"),
        "term_years": ("3", "registry"), "village_class": ("second", "registry"), "secretary_trained": ("yes", "system"),
        "left_unsolved": ("2", "system")}
    # `gone` is no state of a post, and members away are asked from the last round, not from the registry
    assert {(row.at, row.author) for row in draft.rows.values()} == {(at, "v1")}
    assert draft.saved_at is None  # nobody has answered anything yet
    assert draft.state == State.NOT_SUBMITTED
    before = events.head(small_county)
    assert assessments.open_assessment(small_county, actor("v1"), "V1", LATER).rows == draft.rows
    assert events.head(small_county)[0] == before[0] + 1  # the login of `actor`, and no second opening


def test_what_is_known_of_the_organization_itself_wins_over_its_register_row(small_county, actor, at):
    organizations.save_facts(small_county, SYSTEM, "V1", {"members_full": "28"}, at)
    assert assessments.open_assessment(small_county, actor("v1"), "V1", at).answers["members_full"] == "28"


def test_prefilled_from_the_last_round(small_county, actor, at):
    v1 = actor("v1")
    assessments.save_answers(small_county, v1, "V1", {**answers_of(assessments.draft(small_county, "V1").form), "venue_area": "66",
                                                      "floating_members": "4",
                                                      "floating_contacted": "4", "venue_area__what": "小", "venue_area__why": "place"}, at)
    submit(small_county, v1, "V1", at)
    # a draft answer that was never submitted is not the last round's answer
    later = "2013-03-10T01:00:00.000+00:00"
    text = pack.program_text()
    rounds.open_round(small_county, SYSTEM, "2013", 2013, text, later)
    for body in pack.form_bodies(2013, text).values():
        rounds.publish_form(small_county, SYSTEM, "2013", body, later)
    draft = assessments.open_assessment(small_county, v1, "V1", later)
    assert (draft.round.code, draft.state) == ("2013", State.NOT_SUBMITTED)
    last = {name: row.value for name, row in draft.rows.items() if row.origin == "last"}
    assert last == {"floating_members": "4", "venue_secured": "yes", "venue_area": "66", "new_members_2y": "2"}
    assert assessments.open_assessment(small_county, actor("v2"), "V2", later).answers == {"members_full": "30"}  # nothing submitted in 2012
    assert len(assessments.submissions(small_county, "2012", "V1")) == 1


# ---- keeping answers


def test_every_answer_is_kept_valid_or_not(small_county, actor, at):
    v1, revision = actor("v1"), events.revision(small_county)
    saved = [{"members_full": -5}, {"general_meetings": "60000"}, {"org_form": "committee"}, {"last_election_on": dt.date(2030, 1, 1)},
             {"members_full": 31, "secretary_age": 50}, {"members_full": None}, {"s_training": "5", "s_training__note": " 有签到\x00 "},
             {"members_full__unsure": ["yes"]}, {}]
    for each in saved:
        assessments.save_answers(small_county, v1, "V1", each, at)
    draft = assessments.draft(small_county, "V1")
    assert {name: row.value for name, row in draft.rows.items() if row.origin == "person"} == {
        "members_full": None, "general_meetings": "60000", "org_form": "committee", "last_election_on": "2030-01-01", "secretary_age": "50",
        "s_training": "5", "s_training__note": "有签到", "members_full__unsure": "yes"}
    assert answered(small_county, "V1") == [
        {"members_full": "-5"}, {"general_meetings": "60000"}, {"org_form": "committee"}, {"last_election_on": "2030-01-01"},
        {"members_full": "31", "secretary_age": "50"}, {"members_full": None}, {"s_training": "5", "s_training__note": "有签到"},
        {"members_full__unsure": "yes"}, {}]
    assert (draft.saved_at, events.revision(small_county), events.first_broken(small_county)) == (at, revision, None)


@pytest.mark.parametrize(("given", "told"), [
    ({"nothing": "1"}, [("answer.unknown", {"name": "nothing"})]),
    ({"village_class": "first"}, [("answer.unknown", {"name": "village_class"})]),  # the system knows it, nobody enters it
    ({"s_rating": "5"}, [("answer.unknown", {"name": "s_rating"})]),  # computed
    ({"s_training__file": "x"}, [("answer.unknown", {"name": "s_training__file"})]),  # files have their own command
    ({"members_full": "many"}, [("answer.not_of_type", {"number": "1.2", "value": "many"})]),
    ({"members_full": 3.5}, [("answer.not_of_type", {"number": "1.2", "value": "3.5"})]),
    ({"members_full": "9" * 500}, [("answer.not_of_type", {"number": "1.2", "value": "9" * 40})]),
    ({"members_full": ["1"]}, [("answer.not_of_type", {"number": "1.2", "value": "['1']"})]),
    ({"members_full": {"a": 1}}, [("answer.not_of_type", {"number": "1.2", "value": "{'a': 1}"})]),
    ({"last_election_on": "tomorrow"}, [("answer.not_of_type", {"number": "2.1", "value": "tomorrow"})]),
    ({"s_training": "4"}, [("answer.not_of_type", {"number": "7.1", "value": "4"})]),
    ({"s_training__note": "x" * 2001}, [("answer.not_of_type", {"number": "7.1", "value": "x" * 40})]),
    ({"floating_members": "3", "org_form": "club", "x": 1}, [("answer.not_of_type", {"number": "1.1", "value": "club"}),
     ("answer.unknown", {"name": "x"})]),
])
def test_what_is_no_answer_is_refused_and_nothing_changed(small_county, actor, at, given, told):
    v1 = actor("v1")
    assessments.save_answers(small_county, v1, "V1", {"members_full": 12}, at)
    before = events.head(small_county), assessments.draft(small_county, "V1")
    with pytest.raises(Refused) as refused:
        assessments.save_answers(small_county, v1, "V1", given, at)
    assert problems(refused) == told
    assert (events.head(small_county), assessments.draft(small_county, "V1")) == before


def test_what_somebody_else_had_put_there_is_reported(small_county, actor, at):
    """Two tabs: what the second replaces without having seen it is told, and stays in the events."""
    mine, theirs = actor("v1"), actor("fengyuan")
    opened = assessments.open_assessment(small_county, mine, "V1", at)
    first, none = assessments.save_answers(small_county, mine, "V1", {"members_full": 20, "secretary_age": 40}, at, {"members_full": opened.seq})
    assert none == []
    seen = {"members_full": first, "secretary_age": first}
    second, none = assessments.save_answers(small_county, theirs, "V1", {"members_full": 21, "secretary_age": 41}, LATER, dict(seen))
    assert none == []
    _, over = assessments.save_answers(small_county, mine, "V1", {"members_full": 22, "secretary_age": 41, "general_meetings": 5}, LATEST, dict(seen))
    assert over == [assessments.Overwritten("members_full", "21", "fengyuan", LATER)]  # the age is the same, the meetings were nobody's
    _, over = assessments.save_answers(small_county, mine, "V1", {"members_full": 23}, LATEST, {"members_full": second + 1})
    assert over == []
    _, unasked = assessments.save_answers(small_county, mine, "V1", {"members_full": 24}, LATEST)
    assert unasked == []
    assert [body["members_full"] for body in answered(small_county, "V1")] == ["20", "21", "22", "23", "24"]


# ---- submitting


def test_every_gap_at_once(small_county, actor, at):
    v1 = actor("v1")
    assessments.save_answers(small_county, v1, "V1", {**answers_of(assessments.draft(small_county, "V1").form), "general_meetings": 61,
                                                      "team_vacancies": 2, "secretary_post": None, "s_training": None}, at)
    before = events.head(small_county)
    with pytest.raises(Refused) as refused:
        submit(small_county, v1, "V1", at)
    assert problems(refused) == [
        ("gap.required", {"number": "2.4", "name": "secretary_post"}),
        ("gap.required", {"number": "2.10", "name": "team_vacancies__what"}),
        ("gap.required", {"number": "2.10", "name": "team_vacancies__why"}),
        ("gap.constraint", {"number": "3.1", "name": "general_meetings"}),
        ("gap.required", {"number": "7.1", "name": "s_training"})]
    assert events.head(small_county) == before
    assert assessments.state(small_county, "2012", "V1") == State.NOT_SUBMITTED


def test_an_empty_form_lists_every_required_question(small_county, actor, at):
    draft = assessments.open_assessment(small_county, actor("v1"), "V1", at)
    with pytest.raises(Refused) as refused:
        submit(small_county, actor("v1"), "V1", at)
    visible = draft.read(TODAY).visible
    expected = [item.name for item in draft.form.items.values() if item.required and item.name in visible and item.name != "members_full"]
    assert [params["name"] for code, params in problems(refused) if code == "gap.required"] == expected
    assert len(expected) > 50


def test_what_was_changed_elsewhere_is_told_with_who_what_and_when(small_county, actor, at):
    v1 = actor("v1")
    based_on = fill(small_county, v1, "V1", at)
    assessments.save_answers(small_county, actor("fengyuan"), "V1", {"members_full": 29}, LATER)
    assessments.save_answers(small_county, actor("county"), "V1", {"secretary_age": 51, "s_training__note": None}, LATEST)
    before = events.head(small_county)
    with pytest.raises(Refused) as refused:
        assessments.submit(small_county, v1, "V1", based_on, LATEST, TODAY)
    assert problems(refused) == [
        ("submit.changed_elsewhere", {"number": "1.2", "name": "members_full", "value": "29", "author": "fengyuan", "at": LATER}),
        ("submit.changed_elsewhere", {"number": "7.1", "name": "s_training__note", "value": "", "author": "county", "at": LATEST}),
        ("submit.changed_elsewhere", {"number": "2.6", "name": "secretary_age", "value": "51", "author": "county", "at": LATEST})]
    assert events.head(small_county) == before
    assert submit(small_county, v1, "V1", LATEST).version == 1  # having seen it


def test_a_submission(small_county, actor, at):
    v1, revision = actor("v1"), events.revision(small_county)
    based_on = fill(small_county, v1, "V1", at)
    assessments.save_answers(small_county, v1, "V1", {"team_vacancies": 1, "team_vacancies__what": "缺组织委员", "team_vacancies__why": "people",
                                                      "venue_area": 70, "venue_area__what": "只有 70 平方米", "venue_area__why": "place"}, at)
    receipt = submit(small_county, v1, "V1", at)
    head = events.head(small_county)[0] - 1  # the problem answer has been drafted for the ledger since
    # the class of the village is not known yet (−5), and a vacant seat caps the leadership at 3 (−2)
    assert receipt == assessments.Receipt(f"2012-{head:06d}", 1, at, 9300)
    row, = assessments.submissions(small_county, "2012", "V1")
    assert {key: row[key] for key in ("id", "version", "receipt", "submitted_at", "submitted_by", "late", "score", "team", "members", "mechanism",
                                      "results", "masses")} == {
        "id": f"s{head}", "version": 1, "receipt": receipt.number, "submitted_at": at, "submitted_by": "v1", "late": 0, "score": 9300, "team": 1800,
        "members": 2000, "mechanism": 2000, "results": 1500, "masses": 2000}
    assert row["draft_seq"] > based_on
    assert sorted(map(tuple, (each.values() for each in assessments.findings(small_county, row["id"])))) == [
        ("team_vacancies", 1, "缺组织委员", "people"), ("venue_area", 0, "只有 70 平方米", "place")]
    kept = assessments.submitted_answers(small_county, row["id"])
    assert (kept["team_vacancies"], kept["s_rating"], kept["funds_per_member"]) == ("1", "5", "166.667")
    assert "extension_approved" not in kept  # not asked
    assert assessments.state(small_county, "2012", "V1") == State.SUBMITTED
    assert events.revision(small_county) == head + 1 > revision
    with pytest.raises(Refused) as refused:
        assessments.save_answers(small_county, v1, "V1", {"members_full": 3}, LATER)
    assert problems(refused) == [("workflow.not_now", {"action": "fill", "state": "submitted"})]


def test_the_same_submit_again_is_the_same_submit(small_county, actor, at):
    v1 = actor("v1")
    based_on = fill(small_county, v1, "V1", at)
    first = assessments.submit(small_county, v1, "V1", based_on, at, TODAY)
    before = events.head(small_county)
    assert assessments.submit(small_county, v1, "V1", based_on, LATER, TODAY) == first
    assert assessments.submit(small_county, v1, "V1", 0, LATER, TODAY) == first
    assert events.head(small_county) == before
    assert len(assessments.submissions(small_county, "2012", "V1")) == 1


def test_twenty_submits_at_once_are_one(small_county, actor, at):
    v1 = actor("v1")
    based_on, start = fill(small_county, v1, "V1", at), threading.Barrier(20)
    before = events.head(small_county)[0]

    def click(_: int) -> assessments.Receipt:
        start.wait(10)
        with db.session() as own:
            return assessments.submit(own, v1, "V1", based_on, at, TODAY)

    with ThreadPoolExecutor(20) as pool:
        receipts = set(pool.map(click, range(20)))
    assert len(receipts) == 1
    assert [row["receipt"] for row in assessments.submissions(small_county, "2012", "V1")] == [receipts.pop().number]
    assert events.head(small_county)[0] == before + 1


@pytest.mark.parametrize(("today", "late"), [(dt.date(2012, 3, 25), 0), (dt.date(2012, 4, 5), 0), (dt.date(2012, 4, 6), 1)])
def test_late(small_county, actor, at, today, late):
    v1, reviewer = actor("v1"), actor("fengyuan")
    fill(small_county, v1, "V1", at)
    submit(small_county, v1, "V1", at, today)
    assessments.return_(small_county, reviewer, "V1", "核对党员数", at)
    submit(small_county, v1, "V1", at, dt.date(2012, 6, 1))
    # who was returned in time is not late with the correction
    assert [(row["version"], row["late"]) for row in assessments.submissions(small_county, "2012", "V1")] == [(2, 0), (1, late)]


# ---- remarks, return, resubmission


def test_remark_return_reply_and_resubmit(small_county, actor, at):
    v1, reviewer = actor("v1"), actor("fengyuan")
    fill(small_county, v1, "V1", at)
    first = submit(small_county, v1, "V1", at)
    one = assessments.remark(small_county, reviewer, "V1", "members_full", " 与名册不符 ", at)
    two = assessments.remark(small_county, reviewer, "V1", "s_training__note", "请附签到表", at)
    assert assessments.changes(small_county, "2012", "V1") == {}
    with pytest.raises(Refused) as refused:
        assessments.reply(small_county, v1, one, "已核对", LATER)  # only once it is returned
    assert problems(refused) == [("workflow.not_now", {"action": "reply", "state": "submitted"})]
    assessments.return_(small_county, reviewer, "V1", " 请核对两处 ", LATER)
    draft = assessments.draft(small_county, "V1")
    assert (draft.state, draft.returned_at, draft.return_reason) == (State.RETURNED, LATER, "请核对两处")
    assert assessments.returned_on(small_county, "2012") == {"V1": LATER}
    assert [(row["id"], row["item"], row["text"], row["version"], row["reply"]) for row in assessments.remarks(small_county, "2012", "V1")] == [
        (one, "members_full", "与名册不符", 1, None), (two, "s_training__note", "请附签到表", 1, None)]

    assessments.save_answers(small_county, v1, "V1", {"members_full": 28, "s_training__note": None, "s_training": "3"}, LATER)
    with pytest.raises(Refused) as refused:
        submit(small_county, v1, "V1", LATER)
    assert problems(refused) == [("gap.remark", {"number": "1.2", "name": "members_full"}),
        ("gap.remark", {"number": "7.1", "name": "s_training__note"})]
    assessments.reply(small_county, v1, one, " 已改为 28 人 ", LATER)
    assessments.settle(small_county, reviewer, two, LATER)  # taken back: needs no answer
    again = submit(small_county, v1, "V1", LATEST)
    assert (again.version, again.score) == (2, first.score - 200)
    assert assessments.changes(small_county, "2012", "V1") == {
        "members_full": ("36", "28"), "s_training": ("5", "3"), "s_training__note": ("凭据说明", None), "funds_per_member": ("166.667", "214.286")}
    row, _ = assessments.remarks(small_county, "2012", "V1")
    assert (row["reply"], row["replied_at"], row["replied_by"], row["settled_at"]) == ("已改为 28 人", LATER, "v1", None)
    assert [each["id"] for each in assessments.remarks(small_county, "2012", "V1", unsettled=True)] == [one]
    assessments.settle(small_county, reviewer, one, LATEST)
    head = events.head(small_county)
    assessments.settle(small_county, reviewer, one, LATEST)  # settled is settled
    assert events.head(small_county) == head
    kinds = [each["kind"] for each in events.history(small_county, "V1") if not each["kind"].startswith(("assessment.answered", "assessment.opened"))]
    assert kinds[:8] == ["remark.settled", "assessment.submitted", "remark.settled", "remark.answered", "assessment.returned", "remark.made",
                         "remark.made",
                         "assessment.submitted"]


def test_a_submission_never_changes(small_county, actor, at):
    v1, reviewer = actor("v1"), actor("fengyuan")
    fill(small_county, v1, "V1", at)
    submit(small_county, v1, "V1", at)
    first, = assessments.submissions(small_county, "2012", "V1")
    before = assessments.submitted_answers(small_county, first["id"]), assessments.findings(small_county, first["id"])
    assessments.return_(small_county, reviewer, "V1", "改", LATER)
    fill(small_county, v1, "V1", LATER, "bad")
    submit(small_county, v1, "V1", LATEST)
    second, still = assessments.submissions(small_county, "2012", "V1")
    assert still == first
    assert (assessments.submitted_answers(small_county, first["id"]), assessments.findings(small_county, first["id"])) == before
    assert (second["version"], second["score"]) == (2, 0)
    assert len(assessments.findings(small_county, second["id"])) > 20
    assert set(assessments.changes(small_county, "2012", "V1")) >= {"members_full", "venue_secured", "venue_area", "s_training"}


def test_a_resubmission_without_a_change_is_a_new_version_once(small_county, actor, at):
    v1, reviewer = actor("v1"), actor("fengyuan")
    fill(small_county, v1, "V1", at)
    first = submit(small_county, v1, "V1", at)
    assessments.return_(small_county, reviewer, "V1", "请再核", at)
    second = submit(small_county, v1, "V1", LATER)
    assert (second.version, second.number != first.number) == (2, True)
    assert submit(small_county, v1, "V1", LATEST) == second
    assert assessments.changes(small_county, "2012", "V1") == {}


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 1001])
def test_reasons_are_needed_and_bounded(small_county, actor, at, text):
    v1, reviewer = actor("v1"), actor("fengyuan")
    fill(small_county, v1, "V1", at)
    submit(small_county, v1, "V1", at)
    remark = assessments.remark(small_county, reviewer, "V1", "members_full", "x", at)
    before = events.head(small_county)
    expected = [("text.too_long", {"limit": 1000})] if text.strip() else [("reason.missing", {})]
    for command in (lambda: assessments.return_(small_county, reviewer, "V1", text, at),
                    lambda: assessments.remark(small_county, reviewer, "V1", "members_full", text, at),
                    lambda: assessments.reply(small_county, v1, remark, text, at)):
        with pytest.raises(Refused) as refused:
            command()
        assert problems(refused) == expected
    assert events.head(small_county) == before


@pytest.mark.parametrize("call", [
    lambda store, who, at: assessments.remark(store, who, "V1", "nothing", "x", at),
    lambda store, who, at: assessments.remark(store, who, "NONE", "members_full", "x", at),
    lambda store, who, at: assessments.reply(store, who, "r0", "x", at),
    lambda store, who, at: assessments.settle(store, who, "r0", at),
    lambda store, who, at: assessments.save_answers(store, who, "NONE", {}, at),
    lambda store, who, at: assessments.open_assessment(store, who, "NONE", at),
    lambda store, who, at: assessments.submit(store, who, "NONE", 0, at, TODAY),
    lambda store, who, at: assessments.return_(store, who, "NONE", "x", at),
])
def test_what_does_not_exist(small_county, actor, at, call):
    county = actor("county")
    fill(small_county, county, "V1", at)
    submit(small_county, county, "V1", at)
    before = events.head(small_county)
    with pytest.raises(Refused) as refused:
        call(small_county, county, at)
    assert problems(refused)[0][0] in ("answer.unknown", "organization.unknown", "remark.unknown")
    assert events.head(small_county) == before


# ---- versions of a form


def test_a_form_published_meanwhile_does_not_touch_what_was_begun(small_county, actor, at):
    begun = assessments.open_assessment(small_county, actor("v1"), "V1", at)
    text = pack.program_text().replace("village = 80", "village = 150")
    documents = {path.stem: forms.read_document(path.read_text(encoding="utf-8")) for path in (pack.folder() / "forms").glob("*.yaml")}
    body = forms.compose(documents, "village", pack.parse(text, 2012).settings_of("village"), 2012)
    version = rounds.publish_form(small_county, SYSTEM, "2012", body, LATER)
    assert version != begun.form.version
    assert rounds.publish_form(small_county, SYSTEM, "2012", body, LATEST) == version  # the same content again is the same version
    fill(small_county, actor("v1"), "V1", LATER)
    assessments.save_answers(small_county, actor("v1"), "V1", {"venue_area": 100}, LATER)
    submit(small_county, actor("v1"), "V1", LATER)
    old, = assessments.submissions(small_county, "2012", "V1")
    assert (old["form_version"], assessments.draft(small_county, "V1").form.version) == (begun.form.version, begun.form.version)
    assert assessments.findings(small_county, old["id"]) == []  # 100 is above the old 80
    assert assessments.open_assessment(small_county, actor("v2"), "V2", LATER).form.version == version  # who begins now is asked the new one
    assessments.save_answers(small_county, actor("v2"), "V2", {**answers_of(begun.form), "venue_area": 100}, LATER)
    with pytest.raises(Refused) as refused:
        submit(small_county, actor("v2"), "V2", LATER)
    assert problems(refused) == [("gap.required", {"number": "4.2", "name": f"venue_area__{part}"}) for part in ("what", "why")]


# ---- who may


LEADER, PUBLIC = Actor("link:1", Role.LEADER), Actor("public", Role.PUBLIC)
COMMANDS = {
    "open_assessment": lambda store, who, remark, at: assessments.open_assessment(store, who, "V1", at),
    "save_answers": lambda store, who, remark, at: assessments.save_answers(store, who, "V1", {"members_full": 5}, at),
    "submit": lambda store, who, remark, at: assessments.submit(store, who, "V1", 10**6, at, TODAY),
    "reply": lambda store, who, remark, at: assessments.reply(store, who, remark, "x", at),
    "remark": lambda store, who, remark, at: assessments.remark(store, who, "V1", "members_full", "x", at),
    "settle": lambda store, who, remark, at: assessments.settle(store, who, remark, at),
    "return_": lambda store, who, remark, at: assessments.return_(store, who, "V1", "x", at),
}
FOREIGN = ("v2", "a1", "chengguan", "leader", "limited", "public", "first_login")


def test_nobody_else_may_do_anything(small_county, actor, at):
    v1, reviewer = actor("v1"), actor("fengyuan")
    fill(small_county, v1, "V1", at)
    submit(small_county, v1, "V1", at)
    remark = assessments.remark(small_county, reviewer, "V1", "members_full", "x", at)
    strangers = {name: {"leader": LEADER, "limited": replace(LEADER, townships=("610525101",)), "public": PUBLIC,
                        "first_login": replace(v1, must_change_password=True)}.get(name) or actor(name) for name in FOREIGN}
    attempts = [(strangers[who], command) for who in FOREIGN for command in COMMANDS]
    attempts += [(v1, command) for command in ("remark", "settle", "return_")]  # nobody reviews himself
    for state in (State.SUBMITTED, State.RETURNED):
        before = events.head(small_county), assessments.draft(small_county, "V1"), assessments.remarks(small_county, "2012", "V1")
        for who, command in attempts:
            with pytest.raises(Refused) as refused:
                COMMANDS[command](small_county, who, remark, LATER)
            assert [code for code, _ in problems(refused)] == ["access.refused"], (who.name, command)
        assert (events.head(small_county), assessments.draft(small_county, "V1"), assessments.remarks(small_county, "2012", "V1")) == before
        assert before[1].state == state
        if state == State.SUBMITTED:
            assessments.return_(small_county, reviewer, "V1", "请改", at)


def test_every_command_is_tried():
    commands = {name for name, thing in vars(assessments).items()
                if callable(thing) and not name.startswith("_") and getattr(thing, "__module__", "") == assessments.__name__
                and "actor" in getattr(thing, "__annotations__", {}) and "at" in thing.__annotations__}
    assert commands == set(COMMANDS)


@pytest.mark.parametrize(("who", "state", "may"), [
    ("v1", State.NOT_SUBMITTED, True), ("v1", State.RETURNED, True), ("v1", State.SUBMITTED, False), ("v1", State.APPROVED, False),
    ("fengyuan", State.RETURNED, True), ("county", State.NOT_SUBMITTED, True), ("v2", State.NOT_SUBMITTED, False),
    ("chengguan", State.RETURNED, False)])
def test_may_fill(small_county, actor, who, state, may):
    draft = replace(assessments.draft(small_county, "V1"), state=state)
    assert assessments.may_fill(actor(who), draft) == may
    assert not assessments.may_fill(LEADER, draft)


# ---- two tabs, by hypothesis

QUESTIONS = ("q1", "q2", "q3")
SMALL = {"name": "village", "label::zh": "表", "label::en": "Form", "choices": {},
    "groups": [{"name": "g", "label::zh": "节", "label::en": "Section", "items": [
    {"type": "integer", "name": name, "label::zh": name, "label::en": name, "required": "yes", "constraint": ". >= 0"} for name in QUESTIONS]}]}


class TwoTabs(RuleBasedStateMachine):
    """Two people with the same form open, and a reviewer. Nothing answered is ever lost; of two submits one wins."""

    store: db.Database
    moment: dt.datetime
    count = 0
    outcomes: Counter

    @initialize()
    def begin(self):
        TwoTabs.count += 1
        self.code = f"T{TwoTabs.count}"
        row = {"code": self.code, "name": self.code, "kind": "village", "committee": "610525101000"}
        organizations.save_organization(self.store, SYSTEM, row, self.now())
        self.actors = {"a": Actor("a", Role.ORGANIZATION, organization=self.code), "b": Actor("b", Role.COMMITTEE, committee="610525101000")}
        self.seen = {"a": {}, "b": {}}
        self.based_on = {"a": 0, "b": 0}
        self.values: dict[str, tuple[str | None, int, str]] = {}  # name -> value, seq, author
        self.typed: list[dict] = []
        self.submitted: list[dict] = []
        self.receipt = None
        self.open = True

    def now(self) -> str:
        TwoTabs.moment += dt.timedelta(seconds=1)
        return db.iso(TwoTabs.moment)

    @rule(tab=st.sampled_from("ab"))
    def look(self, tab):
        draft = assessments.draft(self.store, self.code)
        self.seen[tab] = {name: row.seq for name, row in draft.rows.items()}
        self.based_on[tab] = draft.seq

    @rule(tab=st.sampled_from("ab"), given=st.dictionaries(st.sampled_from(QUESTIONS), st.sampled_from([0, 1, 2, 3, None, -1]), min_size=1))
    def answer(self, tab, given):
        texts = {name: None if value is None else str(value) for name, value in given.items()}
        if not self.open:
            with pytest.raises(Refused):
                assessments.save_answers(self.store, self.actors[tab], self.code, given, self.now(), self.seen[tab])
            return
        expected = {name: self.values[name] for name in given
                    if name in self.values and self.values[name][1] > self.seen[tab].get(name, 0) and self.values[name][0] != texts[name]}
        seq, over = assessments.save_answers(self.store, self.actors[tab], self.code, given, self.now(), self.seen[tab])
        assert {each.name: (each.value, each.author) for each in over} == {name: (value, author) for name, (value, _, author) in expected.items()}
        self.values |= {name: (text, seq, tab) for name, text in texts.items()}
        self.typed.append(texts)
        self.seen[tab] |= dict.fromkeys(given, seq)

    @rule(tab=st.sampled_from("ab"))
    def complete(self, tab):
        self.answer(tab, dict.fromkeys(QUESTIONS, len(self.typed)))

    @rule(tab=st.sampled_from("ab"), seen=st.booleans())
    def both_hand_in(self, tab, seen):
        """Both tabs are complete; the other one answers once more, and this one submits with or without having looked."""
        self.complete(tab)
        self.look(tab)
        self.complete("ab".replace(tab, ""))
        if seen:
            self.look(tab)
        self.submit(tab)

    @rule(tab=st.sampled_from("ab"))
    def hand_in(self, tab):
        self.complete(tab)
        self.look(tab)
        self.submit(tab)

    @rule(tab=st.sampled_from("ab"))
    def submit(self, tab):
        unseen = {name for name, (_, seq, _) in self.values.items() if seq > self.based_on[tab]}
        gaps = {name for name in QUESTIONS if name not in self.values or self.values[name][0] is None or int(self.values[name][0]) < 0}
        try:
            receipt = assessments.submit(self.store, self.actors[tab], self.code, self.based_on[tab], self.now(), TODAY)
        except Refused as refused:
            told = {dict(problem.params)["name"] for problem in refused.problems}
            assert self.open
            assert told == (unseen or gaps) != set()
            self.outcomes["unseen" if unseen else "gaps"] += 1
            return
        if not self.open:
            assert receipt == self.receipt  # a second click, or the other tab: the same submit
            self.outcomes["again"] += 1
            return
        assert not unseen | gaps
        self.open, self.receipt = False, receipt
        self.outcomes["first" if receipt.version == 1 else "later"] += 1
        self.submitted.append({name: self.values[name][0] for name in QUESTIONS})
        assert receipt.version == len(self.submitted)

    @precondition(lambda self: not self.open)
    @rule()
    def send_back(self):
        assessments.return_(self.store, SYSTEM, self.code, "请改", self.now())
        self.open = True

    @invariant()
    def nothing_is_lost(self):
        if not hasattr(self, "code"):
            return
        assert answered(self.store, self.code) == self.typed
        draft = assessments.draft(self.store, self.code)
        assert {name: (row.value, row.seq, row.author) for name, row in draft.rows.items()} == self.values
        versions = assessments.submissions(self.store, "2012", self.code)[::-1]
        assert [assessments.submitted_answers(self.store, row["id"]) for row in versions] == self.submitted


def test_two_tabs(store, moment, at):
    rounds.publish_form(store, SYSTEM, "2012", SMALL, at)
    TwoTabs.store, TwoTabs.moment, TwoTabs.outcomes = store, moment, Counter()
    run_state_machine_as_test(TwoTabs, settings=settings(max_examples=30, stateful_step_count=20, deadline=None, derandomize=True,
                                                         suppress_health_check=list(HealthCheck)))
    assert events.first_broken(store) is None
    assert set(TwoTabs.outcomes) == {"unseen", "gaps", "again", "first", "later"}  # the machine got everywhere
