"""My work as each role sees it: what waits and where it leads, the counts in the menu, the reminders, and where a login lands."""

import datetime as dt

import pytest
import streamlit as st
from conftest import PASSWORD
from steps import SCORES, bring, fill_in, submit

from lib.core import phrases, waiting
from lib.core.access import Action
from lib.core.ledger import Plan, Source
from lib.core.model import SYSTEM, Role
from lib.core.workflow import State
from lib.store import accounts, db, gradings, ledger, links, organizations, records, rounds, snapshots
from lib.store import waiting as store_waiting
from lib.store.records import Entry
from lib.ui import work

TODAY = dt.date(2012, 4, 10)


def say(code, /, **params):
    return phrases.text(code, "zh", **params)


@pytest.fixture
def menu(monkeypatch):
    """The menu of the last run: address → title."""
    titles, navigation = {}, st.navigation

    def recorded(pages, **options):
        titles.clear()
        listed = pages if isinstance(pages, list) else [page for several in pages.values() for page in several]
        titles.update({page.url_path: page.title for page in listed if page.visibility == "visible"})
        return navigation(pages, **options)

    monkeypatch.setattr(st, "navigation", recorded)
    return titles


@pytest.fixture
def page(small_county, open_as, menu):
    """`page("fengyuan", name="甲")`: my work as an account sees it, at an address."""
    small_county.conn.commit()

    def opened(username, **query):
        app = open_as(username).switch_page("../../pages/work.py")
        for key, value in query.items():
            app.query_params[key] = value
        app.run()
        assert not app.exception
        return app
    return opened


def words(app):
    return "\n".join(element.value for kind in (app.markdown, app.subheader, app.info, app.success) for element in kind)


def ways(app):
    """Where the page leads: label → page and codes of its address."""
    found = {}
    for element in app.get("page_link"):
        found.setdefault(element.proto.label, []).append((element.proto.page, element.proto.query_string))
    return found


def texts(app):
    return [element.value for element in app.code]


def tasks(app):
    """The tasks on the page in their order, with their counts: the first line of each."""
    known = {say(f"waiting.{code}", days=7): code for code in ("assess", "correct", "answer", "review", "notice", "tally", "chase", "objection",
             "overdue", "near", "confirm", "check", "sign_off", "approve", "kickoff", "honours")}
    lines = [element.value.split("　") for element in app.markdown]
    return [(known[line[1].strip("*")], int(line[0].strip("*"))) for line in lines if len(line) > 1 and line[1].strip("*") in known]


def meetings(store, at):
    """Every unit's kick-off meeting, so that none of them waits."""
    meeting = {"held_on": "2012-03-01", "led_by": "张三", "attendance": "20"}
    for whose in (*({"organization": code} for code in ("V1", "V2", "A1")), *({"committee": code} for code in ("610525101000", "610525001000"))):
        records.add(store, SYSTEM, "mobilization", Entry(meeting, **whose), at, TODAY)


def item(store, code, due, at):
    plan = Plan(problem="没有固定活动场所，借用村民家开会", measure="租房", responsible="张三", post="书记", due_on=due)
    return ledger.raise_item(store, SYSTEM, code, Source.HAND, plan, at)


def set_clock(store, moment):
    db.set_meta(store, "clock_shift_seconds", str((moment - dt.datetime.now(dt.UTC)).total_seconds()))
    store.conn.commit()


# ---- each role


def test_an_organization_sees_its_own_and_how_to_do_it(page, small_county, at, menu):
    meetings(small_county, at)
    bring(small_county, "V1", State.RETURNED, at)
    item(small_county, "V1", "2012-04-12", at)
    item(small_county, "V2", "2012-04-12", at)
    app = page("v1")
    assert tasks(app) == [("near", 1), ("correct", 1), ("answer", 1)]
    shown = words(app)
    assert "v1，您好。今天是2012年4月10日。“调研分类”进行中 · 余 20 天；“整体推进”进行中 · 余 234 天。" in shown
    assert "**待办 3 件**" in shown
    assert ":orange-badge[◆ 临近时限 1]" in shown
    assert "请核对" not in shown
    assert any(label.startswith("会议记录只见") for label in ways(app))
    assert ("rectification", "state=open&light=near") in ways(app)[say("work.do")]
    [problem] = [label for label in ways(app) if label.startswith("没有固定活动场所")]
    assert ways(app)[problem] == [("rectification", "state=open&light=near&item=l00001")]
    assert (menu["work"], menu["assessment"], menu["rectification"]) == ("我的工作 3", "自评填报 2", f"{say('page.rectification')} 1")
    assert not texts(app)  # it reminds nobody


def test_a_committee_sees_what_is_next_and_whom_to_chase(page, small_county, at, menu):
    meetings(small_county, at)
    bring(small_county, "V1", State.SUBMITTED, at)
    app = page("fengyuan")
    assert tasks(app) == [("chase", 1), ("review", 1), ("tally", 1)]
    assert (menu["work"], menu["review"], menu["appraisal"]) == ("我的工作 3", "审核评定 2", "测评 1")
    assert ways(app)["甲村党支部"] == [("review", "state=submitted&organization=V1")]
    assert ("review", "state=not_submitted&organization=V2") in ways(app)["乙村党支部"]
    assert "截止 4月5日，已过 5 天" in words(app)
    assert ":red-badge[▲ 逾期 1]" in words(app)
    assert texts(app) == ["乙村党支部：截至4月10日，贵党组织自评尚未提交（截止4月5日）。请于4月17日前办结；确有困难的，请及时说明情况。\n冯原镇党委"]


def test_the_county_sees_its_own_and_reminds_committees(page, small_county, at, menu):
    bring(small_county, "V1", State.NOTICED, at)
    gradings.handle_objection(small_county, SYSTEM, gradings.objections(small_county, "2012", "V1")[0]["id"], False, "已核实", at)
    item(small_county, "V1", "2012-04-12", at)
    item(small_county, "V2", "2012-04-12", at)
    done = item(small_county, "V2", "2012-04-12", at)
    for action in (Action.APPLY_SIGN_OFF, Action.CHECK_ITEM):
        ledger.act(small_county, SYSTEM, done, action, at, note="看过")
    set_clock(small_county, dt.datetime(2012, 4, 15, 1, 30, tzinfo=dt.UTC))
    app = page("county")
    assert tasks(app) == [("approve", 1), ("sign_off", 1)]
    assert (menu["work"], menu["review"], menu["rectification"]) == ("我的工作 2", "审核评定 1", f"{say('page.rectification')} 1")
    first, second = texts(app)
    assert first == ("冯原镇党委：截至4月15日，贵党（工）委所属组织还有以下事项未办结：\n1. 自评未提交（截止4月5日）1个：乙村党支部。\n"
                     "2. 整改台账逾期2项，涉及2个：甲村党支部、乙村党支部。\n请督促于4月22日前办结；确有困难的，请及时说明情况。\n县委基层办")
    assert second.splitlines()[1:-2] == ["1. 自评未提交（截止4月5日）1个：县某局党支部。"]
    assert say("reminder.title_committees", count=2) in words(app)
    assert "**2**　" + say("waiting.gap_overdue") in words(app)
    assert ("rectification", "light=overdue") in ways(app)[say("work.names")]


def test_a_leader_has_no_such_page(small_county, actor, moment, open_as, menu):
    token = links.create(small_county, actor("county"), "县委书记", moment + links.LONGEST, moment)
    app = open_as(link=token).run()
    assert not app.exception
    assert "work" not in menu
    assert app.header[0].value != say("page.work")
    assert not [title for title in menu.values() if title[-1].isdigit()]


def test_a_count_is_as_long_as_the_list_that_it_leads_to(page, small_county, open_as, actor, at):
    bring(small_county, "V1", State.SUBMITTED, at)
    for due in ("2012-04-12", "2012-04-12", "2012-04-24", "2012-06-30"):
        item(small_county, "V1", due, at)
    item(small_county, "A1", "2012-04-12", at)
    ledger.act(small_county, SYSTEM, item(small_county, "V2", "2012-04-12", at), Action.APPLY_SIGN_OFF, at, note="已租房")
    set_clock(small_county, dt.datetime(2012, 4, 15, 1, 30, tzinfo=dt.UTC))
    who, today = actor("fengyuan"), dt.date(2012, 4, 15)
    counts = store_waiting.counts(small_county, rounds.current(small_county), who, today)
    found = [each for each in waiting.waiting(who.role, counts, rounds.current(small_county).program, today) if each.task.code != "kickoff"]
    assert {each.task.code: each.count for each in found} == {"overdue": 2, "near": 1, "check": 1, "review": 1, "chase": 1, "tally": 1}
    for each in found:
        app = open_as("fengyuan").switch_page(f"../../pages/{each.task.page}.py")
        for name, code in each.task.query.items():
            app.query_params[name] = code
        app.run()
        assert not app.exception
        assert len(app.dataframe[0].value) == each.count, each.task


# ---- what changes


def test_a_new_event_changes_the_counts_and_a_repeat_costs_no_query(page, small_county, at, menu, monkeypatch):
    app = page("fengyuan")
    before = tasks(app)
    asked, counts = [], work.waiting.counts
    monkeypatch.setattr(work.waiting, "counts", lambda *arguments: asked.append(arguments) or counts(*arguments))
    app.run()
    assert (tasks(app), asked) == (before, [])
    bring(small_county, "V1", State.SUBMITTED, at)
    app.run()
    assert dict(tasks(app)) == dict(before) | {"chase": 1, "tally": 1, "review": 1}
    assert len(asked) == 1
    assert menu["work"] == f"我的工作 {sum(count for _, count in tasks(app))}"
    gradings.save_review(small_county, SYSTEM, "V1", SCORES, [], "", at)
    gradings.propose(small_county, SYSTEM, "V1", None, "", at)
    app.run()
    assert "review" not in dict(tasks(app))
    assert dict(tasks(app))["notice"] == 1


def test_when_all_is_done_the_page_says_so_and_the_menu_has_no_number(page, small_county, at, menu):
    meetings(small_county, at)
    fill_in(small_county, "V1", at)
    submit(small_county, "V1", at)
    app = page("v1")
    assert tasks(app) == []
    assert say("work.empty") in words(app)
    assert menu["work"] == "我的工作"
    app = page("county")
    assert say("work.empty") in words(app)


def test_the_menus_addresses_do_not_change_with_the_counts(page, small_county, at, menu):
    page("fengyuan")
    before = list(menu)
    bring(small_county, "V1", State.SUBMITTED, at)
    page("fengyuan")
    assert list(menu) == before
    assert "review" in before


def test_a_large_number_is_cut():
    assert [work.counted("甲", count) for count in (0, 1, 999, 1000)] == ["甲", "甲 1", "甲 999", "甲 999+"]


def test_a_frozen_copy_waits_for_nobody(page, small_county, at):
    snapshot = snapshots.create(small_county, SYSTEM, "四月调度会", at)
    app = page("county", snapshot=snapshot)
    assert say("work.frozen") in words(app)
    assert (tasks(app), texts(app)) == ([], [])


def test_english_is_complete(page, small_county, at):
    bring(small_county, "V1", State.RETURNED, at)
    item(small_county, "V1", "2012-04-12", at)
    set_clock(small_county, dt.datetime(2012, 4, 20, 1, 30, tzinfo=dt.UTC))
    app = page("fengyuan", lang="en")
    assert "Today is 20 Apr 2012. Research and grading: Under way · 10 days left; Overall advance: Under way · 224 days left." in words(app)
    assert texts(app)[0] == (
        "To 甲村党支部: as of 20 Apr, your self-assessment, returned on 10 Apr, has not been submitted again; remarks without an answer: 1; "
        "ledger items past their date: 1 (the earliest 12 Apr). Please see to this by 27 Apr, or let us know what stands in the way."
        "\n冯原镇党委")


# ---- reminders


@pytest.fixture
def many(small_county, at):
    """Thirty more villages of the same committee, none of which has submitted."""
    for number in range(30):
        organizations.save_organization(small_county, SYSTEM, {
            "code": f"W{number:02}", "name": f"第{number:02}村*党支部", "kind": "village", "committee": "610525101000", "township": "610525101",
            "members": 10, "secretary": "书记甲", "phone": "0913-123"}, at)
    return small_county


def test_reminders_come_a_page_at_a_time_and_can_be_searched(many, page):
    app = page("fengyuan")
    assert say("reminder.title", count=32) in words(app)
    assert len(texts(app)) == work.REMINDED
    assert "0913\\-123" in words(app)
    chase = next(line for line in words(app).splitlines() if say("waiting.chase") in line)
    assert chase.startswith("**32**")
    assert say("work.more", count=27) in words(app)
    app.text_input(key="work.name").set_value("第07").run()
    assert not app.exception
    assert [text.split("：")[0] for text in texts(app)] == ["第07村*党支部"]
    assert app.query_params["name"] == "第07"
    app.selectbox(key="work.late").set_value("returned").run()
    assert not app.exception
    assert texts(app) == []
    assert say("reminder.not_found") in words(app)


def test_a_reminder_to_a_committee_names_ten_at_most(many, page):
    [text] = [text for text in texts(page("county")) if text.startswith("冯原镇党委")]
    assert "32个：甲村党支部、乙村党支部、" in text  # in the order of their codes
    assert text.count("党支部") == work.NAMED
    assert "等。" in text


# ---- where a login lands


def login(app, username):
    app.text_input[0].set_value(username)
    app.text_input[1].set_value(PASSWORD)
    app.button[0].click().run()
    assert not app.exception
    return app


@pytest.mark.parametrize(("username", "query", "asked", "shown"), [
    ("v1", {}, None, "work"), ("fengyuan", {}, None, "work"), ("county", {}, None, "work"), ("v1", {"lang": "zh"}, None, "work"),
    ("county", {"measure": "graded"}, None, "overview"), ("county", {}, "ratings", "ratings"), ("fengyuan", {}, "targets", "targets"),
])
def test_a_login_opens_my_work_unless_a_link_was_followed(small_county, open_as, username, query, asked, shown):
    small_county.conn.commit()
    app = open_as()
    if asked:
        app.switch_page(f"../../pages/{asked}.py")
    for key, value in query.items():
        app.query_params[key] = value
    login(app.run(), username)
    assert app.header[0].value == open_as(username).switch_page(f"../../pages/{shown}.py").run().header[0].value


def test_a_first_password_comes_before_the_work(small_county, open_as, at):
    accounts.create(small_county, SYSTEM, "fresh", "fresh", Role.ORGANIZATION, accounts.hash_password(PASSWORD, 4), at,
                    must_change=True, organization="V1")
    small_county.conn.commit()
    app = login(open_as().run(), "fresh")
    assert app.header[0].value == say("page.account")
