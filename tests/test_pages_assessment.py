"""Filling in, as the page does it: autosave, skip logic, follow-ups, gaps, submit, remarks, languages, two tabs."""

import datetime as dt

import pytest

from lib.core import forms
from lib.store import assessments, db, events

DAY = dt.date(2012, 4, 10)
PAGE = "../../pages/assessment.py"


@pytest.fixture
def filled(small_county, actor, at):
    """V1 with every answer good, not submitted."""
    draft = assessments.open_assessment(small_county, actor("v1"), "V1", at)
    good = {name: text for name, text in forms.example(draft.form, "good", DAY).items()
            if draft.form.items[name].asked and draft.form.items[name].type != "file"}
    assessments.save_answers(small_county, actor("v1"), "V1", good, at)
    return small_county


@pytest.fixture
def page(open_as):
    def opened(username="v1", **query):
        app = open_as(username)
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        return app.switch_page(PAGE).run()

    return opened


def answers(store, code="V1"):
    return assessments.draft(store, code).answers


def shown(app) -> str:
    return " ".join(element.value for kind in (app.markdown, app.error, app.warning, app.success, app.info) for element in kind)


def test_an_answer_is_kept_as_it_changes_valid_or_not(small_county, page):
    app = page()
    app.number_input(key="answer.members_unplaced").set_value(3).run()
    assert answers(small_county)["members_unplaced"] == "3"
    app.number_input(key="answer.members_unplaced").set_value(-5).run()
    assert answers(small_county)["members_unplaced"] == "-5"
    app.number_input(key="answer.members_unplaced").set_value(None).run()
    assert "members_unplaced" not in answers(small_county)


def test_what_the_registry_knows_is_filled_in_and_said_so(small_county, page):
    app = page()
    assert app.number_input(key="answer.members_full").value == 30
    assert "已按登记册预填" in shown(app)


def test_a_problem_answer_asks_at_once_what_and_why(small_county, page):
    app = page()
    assert "answer.members_unplaced__what" not in {field.key for field in app.text_input}
    app.number_input(key="answer.members_unplaced").set_value(2).run()
    app.text_input(key="answer.members_unplaced__what").set_value("两名党员转业后没有编入").run()
    app.selectbox(key="answer.members_unplaced__why").set_value("history").run()
    kept = answers(small_county)
    assert (kept["members_unplaced__what"], kept["members_unplaced__why"]) == ("两名党员转业后没有编入", "history")
    app.number_input(key="answer.members_unplaced").set_value(0).run()
    assert "answer.members_unplaced__what" not in {field.key for field in app.text_input}


def test_submit_lists_every_gap_and_leads_to_it(small_county, page):
    app = page()
    app.button(key="submit").click().run()
    draft = assessments.draft(small_county, "V1")
    missing = {draft.form.number_of(gap.item.name) for gap in forms.gaps(draft.form, draft.answers, draft.read(DAY))}
    buttons = {button.label: button for button in app.button if button.key and button.key.startswith("assessment.gap.")}
    assert set(buttons) == missing
    assert not assessments.submissions(small_county, "2012", "V1")
    buttons["6.1"].click().run()
    assert "answer.s_team_complete" in {radio.key for radio in app.radio}


def test_a_complete_form_is_submitted_once_with_a_receipt(filled, page):
    app = page()
    app.button(key="submit").click().run()
    last = assessments.submissions(filled, "2012", "V1")[0]
    assert (last["version"], last["late"]) == (1, 1)
    assert last["receipt"] in shown(app)
    assert "submit" not in {button.key for button in app.button}
    assert app.number_input(key="answer.members_full").disabled


def test_a_returned_form_shows_the_remark_at_its_question_and_asks_for_an_answer(filled, page, actor, at):
    page().button(key="submit").click().run()
    remark = assessments.remark(filled, actor("fengyuan"), "V1", "members_full", "花名册只有 28 人，请核对。", at)
    assessments.return_(filled, actor("fengyuan"), "V1", "请按意见核对", at)
    app = page()
    assert "请按意见核对" in shown(app)
    app.button(key="submit").click().run()
    assert len(assessments.submissions(filled, "2012", "V1")) == 1
    app.button(key=f"assessment.remark.{remark}").click().run()
    assert r"花名册只有 28 人，请核对" in shown(app)
    app.text_area(key=f"assessment.reply.{remark}").set_value("已改正").run()
    app.number_input(key="answer.members_full").set_value(28).run()
    app.button(key="submit").click().run()
    assert [row["version"] for row in assessments.submissions(filled, "2012", "V1")] == [2, 1]
    assert assessments.changes(filled, "2012", "V1")["members_full"] == ("36", "28")


def test_the_language_switch_keeps_every_answer(small_county, page):
    app = page()
    app.radio(key="answer.org_form").set_value("branch").run()
    app.session_state["frame.language"] = "en"
    app.radio(key="frame.language").set_value("en").run()
    assert app.header[0].value.endswith("Self\\-assessment 2012") or "2012" in app.header[0].value
    assert app.radio(key="answer.org_form").value == "branch"
    assert answers(small_county)["org_form"] == "branch"


def test_two_tabs_the_second_is_told_what_changed_and_then_wins(filled, page, actor, at):
    app = page()
    later = db.iso(dt.datetime.fromisoformat(at) + dt.timedelta(minutes=1))
    assessments.save_answers(filled, actor("v1"), "V1", {"party_lectures": 6}, later)
    app.button(key="submit").click().run()
    assert not assessments.submissions(filled, "2012", "V1")
    assert "3\\.2" in shown(app) or "3.2" in shown(app)
    app.button(key="submit").click().run()
    assert assessments.submitted_answers(filled, assessments.submissions(filled, "2012", "V1")[0]["id"])["party_lectures"] == "6"


def test_replacing_somebody_elses_answer_is_said(small_county, page, actor, at):
    app = page()
    app.number_input(key="answer.members_unplaced").set_value(1).run()
    assessments.save_answers(small_county, actor("county"), "V1", {"members_unplaced": 7}, db.iso(db.now(small_county)))
    app.number_input(key="answer.members_unplaced").set_value(2).run()
    assert answers(small_county)["members_unplaced"] == "2"
    assert any("county" in warning.value for warning in app.warning)


def test_what_cannot_be_kept_stays_and_is_tried_again(small_county, page, monkeypatch):
    app = page()
    save = assessments.save_answers

    def full(*_args, **_kwargs):
        raise db.SQLiteError("database or disk is full")

    monkeypatch.setattr(assessments, "save_answers", full)
    app.number_input(key="answer.members_unplaced").set_value(4).run()
    assert "没有存上" in shown(app)
    assert app.number_input(key="answer.members_unplaced").value == 4
    monkeypatch.setattr(assessments, "save_answers", save)
    app.run()
    assert answers(small_county)["members_unplaced"] == "4"
    assert "没有存上" not in shown(app)


def test_staff_open_an_organizations_form_and_others_do_not(small_county, page):
    assert "甲村党支部" in page("fengyuan", organization="V1").header[0].value
    for username, code in (("chengguan", "V1"), ("fengyuan", "A1")):
        app = page(username, organization=code)
        assert not app.number_input
        assert app.error
    assert "甲村党支部" in page("v1", organization="V2").header[0].value
    assert events.head(small_county)[0] > 0
