"""Review, appraisal, ballot and notice as their readers use them: whole ways through the pages, and what they must not show."""

import datetime as dt

import pytest
from steps import SATISFIED, SCORES, bring, fill_in, objection, submit

from lib.core.grading import DIMENSIONS, Appraisal
from lib.core.model import SYSTEM
from lib.core.workflow import State
from lib.exchange import ballot_slips
from lib.store import accounts, appraisals, assessments, db, gradings, organizations, snapshots
from lib.ui import ballot, notice

LATER = dt.datetime(2012, 4, 16, 1, 30, tzinfo=dt.UTC)  # the notice of 10 to 14 April has ended


@pytest.fixture
def county(small_county):
    small_county.conn.commit()
    return small_county


@pytest.fixture
def page(open_as, county):
    """`page("fengyuan", "review", organization="V1")`: a page as somebody sees it after a deep link, run once."""
    def opened(username, name, **query):
        app = open_as(username)
        for key, value in query.items():
            app.query_params[key] = value
        app.switch_page(f"../../pages/{name}.py").run()
        assert not app.exception
        return app
    return opened


def set_clock(store, moment):
    db.set_meta(store, "clock_shift_seconds", str((moment - dt.datetime.now(dt.UTC)).total_seconds()))
    store.conn.commit()


def state(store, code="V1"):
    return assessments.state(store, "2012", code)


def press(app, key):
    app.button(key=key).click().run()
    assert not app.exception
    return app


def errors(app):
    return [error.value for error in app.error]


def words(app):
    return "\n".join(element.value for element in (*app.markdown, *app.warning, *app.info, *app.success))


# ---- review: the whole way


def test_from_the_remark_to_the_approval(page, county, at):
    """Remark, return, reply, resubmit, only what changed, settle, review, proposal, notice, objection, handling, approval."""
    fill_in(county, "V1", at, members_full="30")
    appraisals.enter_tally(county, SYSTEM, "V1", SATISFIED, at)
    submit(county, "V1", at)

    app = page("fengyuan", "review", organization="V1")
    press(app, "review.remark.general_meetings")
    app.text_area(key="review.remark_text").set_value("会议记录只见 4 次，请核对")
    press(app, "review.remark_save")
    press(app, "review.return")
    press(app, "review.return_confirm")
    assert errors(app) == ["请写明理由后再提交。"]
    app.text_area(key="review.return_reason").set_value("请核对会议次数")
    press(app, "review.return_confirm")
    assert state(county) == State.RETURNED
    remark = assessments.remarks(county, "2012", "V1")[0]
    assert (remark["item"], remark["text"], remark["author"]) == ("general_meetings", "会议记录只见 4 次，请核对", "fengyuan")

    assessments.reply(county, SYSTEM, remark["id"], "另有 2 次记在副本上，已补", at)
    assessments.save_answers(county, SYSTEM, "V1", {"members_full": "33"}, at)
    submit(county, "V1", at)

    app = page("fengyuan", "review", organization="V1")
    assert app.session_state["review.show"] == "changed"  # by itself, after a resubmission
    shown = words(app)
    assert "上次填报：30" in shown
    assert "另有 2 次记在副本上，已补" in shown
    assert "secretary_age" not in [button.key.removeprefix("review.remark.") for button in app.button if button.key]
    press(app, f"review.settle.{remark['id']}")
    assert assessments.remarks(county, "2012", "V1", unsettled=True) == []

    app = page("fengyuan", "review", organization="V1", part="grade")
    press(app, "review.save")
    assert errors(app) == ["五项评定分都要填，每项 0 至 20 分。"]
    for dimension in DIMENSIONS:
        app.number_input(key=f"review.score.{dimension}").set_value(17.5)
    app.run()
    assert "= **91.13 分**" in words(app)  # 95 · 15 % + 100 · 20 % + 87.5 · 65 % = 91.125
    app.text_area(key="review.comment").set_value("到村看过")
    press(app, "review.propose")
    assert state(county) == State.PROPOSED
    assert gradings.review(county, "2012", "V1")["comment"] == "到村看过"
    assert gradings.get(county, "2012", "V1")["grade"] == "good"

    app = page("fengyuan", "review", organization="V1", state="proposed", part="notice")
    press(app, "review.notice")
    press(app, "review.notice_confirm")
    assert state(county) == State.NOTICED

    app = page(None, "notice")
    app.selectbox(key="notice.organization").set_value("V1")
    app.text_area(key="notice.text").set_value("账目没有公开")
    app.text_input(key="notice.contact").set_value("0913-123")
    press(app, "notice.send")
    assert len(gradings.objections(county, "2012", "V1")) == 1

    app = page("fengyuan", "review", organization="V1", state="noticed")
    assert "0913\\-123" in words(app)
    key = f"review.objection.{objection(county, 'V1')}"
    app.segmented_control(key=f"{key}.upheld").set_value("no").run()
    app.text_area(key=f"{key}.outcome").set_value("已核实，账目已公开")
    press(app, f"{key}.save")
    assert gradings.blocking_objections(county, "2012") == {}

    app = page("county", "review", organization="V1", state="noticed")
    assert app.button(key="review.approve").disabled  # the notice runs
    set_clock(county, LATER)
    app = page("county", "review", organization="V1", state="noticed")
    press(app, "review.approve")
    press(app, "review.approve_confirm")
    assert state(county) == State.APPROVED


# ---- review: what is offered to whom


def buttons(app):
    return {button.key for button in app.button if button.key and button.key.startswith("review.")}


@pytest.mark.parametrize(("start", "username", "offered"), [
    (State.PROPOSED, "fengyuan", {"review.notice"}), (State.PROPOSED, "county", {"review.notice", "review.send_back"}),
    (State.NOTICED, "fengyuan", set()), (State.NOTICED, "county", {"review.approve", "review.send_back"}),
    (State.APPROVED, "fengyuan", set()), (State.APPROVED, "county", set()), (State.APPROVED, "admin", {"review.reopen"})])
def test_steps_offered(page, county, at, start, username, offered):
    bring(county, "V1", start, at)
    app = page(username, "review", organization="V1", state=start.value, part="notice")
    steps = {f"review.{name}" for name in ("notice", "approve", "send_back", "reopen")}
    assert buttons(app) & steps == offered


def test_another_committee_s_case_is_refused(page, county, at):
    bring(county, "V1", State.SUBMITTED, at)
    app = page("chengguan", "review", organization="V1")
    assert errors(app) == ["您的账号没有“评定打分”的权限。如确有需要，请联系县委基层办。"]
    assert "甲村党支部" not in words(app)


def test_an_unknown_organization_is_a_sentence(page):
    assert errors(page("county", "review", organization="none")) == ["没有编码为 none 的组织。请核对编码。"]


def test_barred_grades_are_named_with_their_reason(page, county, at):
    bring(county, "V1", State.SUBMITTED, at, appraisal=Appraisal(100, 100, 80, 9, 11))
    gradings.save_review(county, SYSTEM, "V1", SCORES, [], "", at)
    app = page("fengyuan", "review", organization="V1", part="grade")
    shown = words(app)
    assert ":red[:material/block:] **好**　群众满意率低于 90%（不高于“一般”）" in shown
    assert ":red[:material/block:] **较好**　群众满意率低于 90%（不高于“一般”）" in shown
    assert app.segmented_control(key="review.grade").options == ["一般", "较差"]
    app.segmented_control(key="review.grade").set_value("poor").run()
    press(app, "review.propose")
    assert errors(app) == ["拟定等次低于规则得出的等次，请写明理由。"]
    app.text_area(key="review.grade_reason").set_value("班子不团结")
    press(app, "review.propose")
    assert gradings.get(county, "2012", "V1")["grade"] == "poor"


def test_a_rule_found_changes_the_preview_at_once(page, county, at):
    bring(county, "V1", State.SUBMITTED, at)
    gradings.save_review(county, SYSTEM, "V1", SCORES, [], "", at)
    app = page("fengyuan", "review", organization="V1", part="grade")
    assert app.segmented_control(key="review.grade").value == "good"
    app.checkbox(key="review.found.veto_incident").check().run()
    assert app.segmented_control(key="review.grade").options == ["较差"]
    assert gradings.review(county, "2012", "V1")["found"] == []  # a preview is not saved
    assert "review.found.cap_accident" not in {box.key for box in app.checkbox}  # for enterprises only


def test_somebody_else_s_review_does_not_overwrite_what_is_typed(page, county, at):
    bring(county, "V1", State.SUBMITTED, at)
    gradings.save_review(county, SYSTEM, "V1", SCORES, [], "", at)
    app = page("fengyuan", "review", organization="V1", part="grade")
    app.number_input(key="review.score.team").set_value(12.0).run()
    gradings.save_review(county, SYSTEM, "V1", {**SCORES, "masses": 1000}, [], "县里看过", at)
    app.run()
    assert app.number_input(key="review.score.team").value == 12.0
    assert any("保存了另一份评定" in warning.value for warning in app.warning)
    press(app, "review.take_theirs")
    assert [app.number_input(key=f"review.score.{d}").value for d in DIMENSIONS] == [18.0, 18.0, 18.0, 18.0, 10.0]


def test_text_from_people_is_no_markup(page, county, at):
    bring(county, "V1", State.SUBMITTED, at)
    assessments.return_(county, SYSTEM, "V1", "# 标题 [链接](http://x) :red[红]", at)
    shown = words(page("fengyuan", "review", organization="V1", state="returned"))
    assert "\\# 标题 \\[链接\\]\\(http\\://x\\) \\:red\\[红\\]" in shown


def test_the_class_is_decided_with_a_reason(page, county, at):
    bring(county, "V1", State.SUBMITTED, at)
    organizations.change_class(county, SYSTEM, "2012", "V1", "start", "third", "2012-02-20", "", at)
    app = page("fengyuan", "review", organization="V1", part="class")
    app.segmented_control(key="review.class_value").set_value("second")
    press(app, "review.class_save")
    assert errors(app) == ["请写明理由后再提交。"]
    app.text_area(key="review.class_reason").set_value("集体经济有起色")
    press(app, "review.class_save")
    assert organizations.class_now(county, "2012", "V1") == "second"


def test_bulk_approval_tells_which_and_why_not(page, county, at):
    for code in ("V1", "V2"):
        bring(county, code, State.NOTICED, at)
    gradings.handle_objection(county, SYSTEM, objection(county, "V1"), False, "不成立", at)
    set_clock(county, LATER)
    app = page("county", "review", state="noticed")
    press(app, "review.bulk_approve")
    assert app.session_state["review.bulk"]["selection"]["rows"] == [0]  # V2 has an open objection
    app.session_state["review.bulk"] = {"selection": {"rows": [0, 1]}}
    app.run()
    press(app, "review.bulk_confirm")
    assert [state(county, code) for code in ("V1", "V2")] == [State.APPROVED, State.NOTICED]
    outcome = app.session_state["review.outcome"]
    assert (outcome.done, [p.code for p in outcome.refused["V2"]]) == (("V1",), ["approval.objections_open"])


def test_a_paper_result_without_a_self_assessment(page, county, at):
    gradings.record_result(county, SYSTEM, "V1", gradings.Grade.AVERAGE, "2012-04-20", at)
    app = page("county", "review", organization="V1", state="approved")
    assert "等次 **一般**，2012年4月20日按纸质结果登记。" in words(app)


@pytest.mark.parametrize("start", list(State))
def test_every_part_in_every_state_and_language(page, county, at, start):
    bring(county, "V1", start, at, which="bad")
    for language, title in (("zh", "审核评定 · county"), ("en", "Review · county")):
        app = page("county", "review", organization="V1", state=start.value, lang=language)
        for part in _offered(start):
            app.query_params["part"] = part
            app.run()
            assert not app.exception
            assert [header.value for header in app.header] == [title]
            assert app.segmented_control(key="review.part").value == part


def _offered(start):
    return ("class",) if start == State.NOT_SUBMITTED else ("answers", "grade", "notice", "class")


def test_a_frozen_copy_is_only_looked_at(page, county, at):
    bring(county, "V1", State.SUBMITTED, at)
    frozen = snapshots.create(county, SYSTEM, "会前", at)
    app = page("county", "review", organization="V1", snapshot=frozen, part="grade")
    assert {key for key in buttons(app) if not key.startswith("review.bulk")} == set()
    app = page("county", "appraisal", organization="V1", standing="entered", snapshot=frozen)
    assert "appraisal.save" not in {button.key for button in app.button}


# ---- appraisal


def test_a_tally_is_checked_while_it_is_typed_and_then_kept(page, county):
    app = page("fengyuan", "appraisal", organization="V1")
    assert app.button(key="appraisal.save").disabled
    for name, count in {"issued": 50, "returned": 48, "satisfied": 40, "basically_satisfied": 6, "dissatisfied": 1}.items():
        app.number_input(key=f"appraisal.{name}").set_value(count)
    app.run()
    assert ":red[满意、基本满意、不满意三项之和与收回票数不等。请核对。]" in words(app)
    press(app, "appraisal.save")
    assert errors(app) == ["满意、基本满意、不满意三项之和与收回票数不等。请核对。"]
    app.number_input(key="appraisal.dissatisfied").set_value(2)
    press(app, "appraisal.save")
    assert appraisals.appraisal(county, "2012", "V1") == Appraisal(50, 48, 40, 6, 2)


def test_codes_are_shown_once_and_unused_ones_withdrawn(page, county):
    app = page("fengyuan", "appraisal", organization="V1")
    app.number_input(key="appraisal.how_many").set_value(3)
    press(app, "appraisal.make")
    code, made = app.session_state["appraisal.codes"]
    assert (code, len(made), appraisals.online(county, "2012", "V1").issued) == ("V1", 3, 3)
    assert any("系统不保存测评码" in warning.value for warning in app.warning)
    press(app, "appraisal.safe")
    assert "appraisal.codes" not in app.session_state
    press(app, "appraisal.withdraw")
    press(app, "appraisal.withdraw_confirm")
    assert appraisals.online(county, "2012", "V1").issued == 0


def test_closed_after_the_approval(page, county, at):
    bring(county, "V1", State.APPROVED, at)
    app = page("county", "appraisal", organization="V1", standing="closed")
    assert "appraisal.save" not in {button.key for button in app.button}
    assert any("不能再改" in info.value for info in app.info)


def test_slips_are_complete_in_themselves_and_nameless():
    html = ballot_slips.page("<b>甲村</b>党支部", ["ABCDEFGHJKLM", "NPQRSTUVWXYZ"], "https://county.example", 2012, "zh")
    assert html.count('class="slip"') == 2
    found = [words in html for words in ("ABCD EFGH JKLM", "NPQR STUV WXYZ", "&lt;b&gt;甲村&lt;/b&gt;党支部", "<b>甲村")]
    assert found == [True, True, True, False]
    assert "src=" not in html
    assert "<script" not in html
    assert html.count("<svg") == 2
    table = ballot_slips.table("甲村党支部", ["ABCDEFGHJKLM"], "https://county.example", "zh").decode("utf-8-sig")
    assert table.splitlines() == ["组织,测评码,网址", "甲村党支部,ABCD EFGH JKLM,https://county.example/ballot?code=ABCDEFGHJKLM"]


# ---- ballot


@pytest.fixture
def no_pause(monkeypatch):
    monkeypatch.setattr(ballot, "PAUSE", 0)


@pytest.mark.parametrize("username", [None, "v1", "fengyuan", "county"])
def test_a_ballot_from_a_slip_whoever_is_logged_in(page, county, at, username):
    code = appraisals.issue_codes(county, SYSTEM, "V1", 1, at)[0]
    app = page(username, "ballot", code=code)
    assert "code" not in app.query_params
    assert [header.value for header in app.subheader] == ["甲村党支部"]
    app.session_state["ballot.opinion"] = "dissatisfied"  # the large buttons are a component of the browser
    app.run()
    press(app, "ballot.cast_now")
    assert [success.value for success in app.success] == ["提交成功。您对 甲村党支部 的意见已经计入，谢谢参与。"]
    assert appraisals.online(county, "2012", "V1") == Appraisal(1, 1, 0, 0, 1)
    assert [key for key in ("ballot.open", "ballot.code", "ballot.opinion") if key in app.session_state] == []


def test_wrong_used_and_closed_codes_look_alike(page, county, at, no_pause):
    used, withdrawn, closed = (appraisals.issue_codes(county, SYSTEM, code, 1, at)[0] for code in ("V1", "V2", "A1"))
    appraisals.cast(county, ballot.session.PUBLIC, used, "satisfied", at)
    appraisals.withdraw_codes(county, SYSTEM, "V2", at)
    bring(county, "A1", State.APPROVED, at)
    seen = {tuple(errors(page(None, "ballot", code=code))) for code in (used, withdrawn, closed, "AAAABBBBCCCC", "'; drop --")}
    assert seen == {("这个测评码无效或已经用过。请核对票上的 12 位字符；仍不行，请联系发票的党委。",)}


def test_guessing_is_slowed_for_one_address_and_a_right_code_waits_too(page, county, at, no_pause, monkeypatch):
    monkeypatch.setattr(ballot, "TRIES", 3)
    code = appraisals.issue_codes(county, SYSTEM, "V1", 1, at)[0]
    app = page(None, "ballot")
    for _ in range(ballot.TRIES):
        app.text_input(key="ballot.code").set_value("AAAABBBBCCCC")
        press(app, "ballot.enter")
    app.text_input(key="ballot.code").set_value(code)
    press(app, "ballot.enter")
    assert errors(app) == ["输错次数过多，请 15 分钟后再试。"]
    assert accounts.failures(county, ballot.GUESSER, "another village", db.now(county)) == 0
    assert appraisals.ballot_for(county, code) == "V1"


def test_a_code_typed_by_hand(page, county, at):
    code = appraisals.issue_codes(county, SYSTEM, "V1", 1, at)[0]
    app = page(None, "ballot")
    app.text_input(key="ballot.code").set_value(ballot_slips.grouped(code).lower())
    press(app, "ballot.enter")
    assert [header.value for header in app.subheader] == ["甲村党支部"]


def test_a_code_used_in_another_tab_meanwhile(page, county, at):
    code = appraisals.issue_codes(county, SYSTEM, "V1", 1, at)[0]
    app = page(None, "ballot", code=code)
    appraisals.cast(county, ballot.session.PUBLIC, code, "satisfied", at)
    app.session_state["ballot.opinion"] = "dissatisfied"
    app.run()
    assert errors(app) == ["这个测评码无效或已经用过。请核对票上的 12 位字符；仍不行，请联系发票的党委。"]
    assert appraisals.online(county, "2012", "V1") == Appraisal(1, 1, 1, 0, 0)


# ---- notice


def test_the_notice_shows_grades_and_nothing_else(page, county, at):
    organizations.save_organization(county, SYSTEM, {"code": "V1", "phone": "0913-6860000"}, at)
    bring(county, "V1", State.NOTICED, at)
    bring(county, "V2", State.PROPOSED, at)
    app = page(None, "notice")
    table = app.table[0].value
    assert table.iloc[:, 1].tolist() == ["**好**"]
    everything = words(app) + table.to_csv()
    assert ["甲村党支部" in everything, "乙村党支部" in everything] == [True, False]
    kept = gradings.get(county, "2012", "V1")
    hidden = ("0913", f"{kept['final_score'] / 100:.2f}", f"{kept['self_score'] / 100:.1f}", "会议记录只见", "账目没有公开")
    assert [word for word in hidden if word in everything] == []


def test_an_organization_objects_as_anybody_and_a_committee_as_itself(page, county, at):
    bring(county, "A1", State.NOTICED, at)
    for username in ("v1", "chengguan"):
        app = page(username, "notice")
        app.selectbox(key="notice.organization").set_value("A1")
        app.text_area(key="notice.text").set_value(f"来自 {username}")
        press(app, "notice.send")
    assert [(o["text"], o["raised_by"]) for o in gradings.objections(county, "2012", "A1")[1:]] == [
        ("来自 v1", "public"), ("来自 chengguan", "chengguan")]


def test_objections_that_are_empty_or_too_many(page, county, at, monkeypatch):
    monkeypatch.setattr(notice, "AT_ONCE", 2)
    bring(county, "V1", State.NOTICED, at)
    app = page(None, "notice")
    press(app, "notice.send")
    assert errors(app) == ["请先选择组织。"]
    for _ in range(notice.AT_ONCE):
        app.selectbox(key="notice.organization").set_value("V1")
        app.text_area(key="notice.text").set_value("有异议")
        press(app, "notice.send")
    app.selectbox(key="notice.organization").set_value("V1")
    press(app, "notice.send")
    assert errors(app) == ["提交次数过多，请 15 分钟后再试。"]
    assert len(gradings.objections(county, "2012", "V1")) == 1 + notice.AT_ONCE


def test_after_the_last_day_nobody_can_object(page, county, at):
    bring(county, "V1", State.NOTICED, at)
    set_clock(county, LATER)
    app = page(None, "notice")
    assert "notice.send" not in {button.key for button in app.button}
    assert "公示已满，待核准" in app.table[0].value.to_csv()
