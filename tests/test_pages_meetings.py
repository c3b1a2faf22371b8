"""Meetings on the screen: opening one, its minutes, what a leader sees of it, and figures that nothing moves while it lasts."""

import re

import pytest
from reading import rates
from steps import bring

from lib.core import phrases
from lib.core.access import PAGES, Action
from lib.core.model import SYSTEM, Grade
from lib.core.workflow import State
from lib.store import assessments, db, gradings, ledger, links, meetings, organizations, snapshots

DUE = "2012-05-01"
FROZEN = tuple(name for name, action in PAGES.items() if action in (Action.LOOK, Action.LOOK_AT_ORGANIZATION))
"""Every page of a leader's that shows figures."""


def say(code: str, /, **params) -> str:
    return phrases.text(code, "zh", **params)


def path(page: str) -> str:
    return f"../../pages/{page}.py"


@pytest.fixture
def page(small_county, open_as):
    """`page("county", meeting="m9")`: the meetings as somebody sees them; `link` for a leader, `name` for another page."""
    def opened(username=None, /, *, link=None, name="meetings", **query):
        app = open_as(username, link=link).switch_page(path(name))
        for key, value in query.items():
            app.query_params[key] = value
        app.run()
        assert not app.exception
        return app

    return opened


@pytest.fixture
def opened(small_county, actor, moment):
    return meetings.open_meeting(small_county, actor("county"), "四月调度会", moment)


def press(app, key):
    app.button(key=key).click().run()
    assert not app.exception
    return app


def keys(app) -> set[str]:
    return {button.key for button in app.button if button.key}


def texts(app) -> str:
    return "\n".join(str(element.value) for kind in (app.markdown, app.header, app.subheader, app.info, app.error, app.table) for element in kind)


# ---- opening and closing


def test_a_meeting_is_opened_with_an_address_shown_once(page, small_county, moment):
    app = press(page("county"), "meetings.new")
    app.text_input(key="meetings.name").set_value("四月调度会")
    app.text_input(key="meetings.pin").set_value("2468")
    app.multiselect(key="meetings.townships").set_value(["610525101"])
    press(app, "meetings.open_do")
    [row] = meetings.every(small_county)
    token = re.fullmatch(r".*/v/([\w-]{43})", app.code[0].value)[1]
    found = links.find(small_county, token, moment)
    assert (found["meeting"], found["snapshot"], found["townships"]) == (row["id"], row["snapshot"], "610525101")
    assert links.open_with_pin(small_county, token, "2468", moment)
    assert [manifest["id"] for manifest in snapshots.every()] == [row["snapshot"]]
    assert "四月调度会" in texts(app)
    assert not [text for text in (texts(app), app.code[0].value) if "2468" in text]
    press(app, "links.away")
    assert not app.code


def test_a_meeting_without_a_name_is_refused_in_words(page, small_county):
    app = press(press(page("county"), "meetings.new"), "meetings.open_do")
    assert say("problem.link.name") in texts(app)
    assert (meetings.every(small_county), snapshots.every()) == ([], [])


def test_an_address_that_was_lost_is_made_anew(page, small_county, moment, opened):
    app = press(press(page("county"), "meetings.renew"), "meetings.renew_do")
    token = re.fullmatch(r".*/v/([\w-]{43})", app.code[0].value)[1]
    assert links.find(small_county, opened[1], moment) is None
    assert links.find(small_county, token, moment)["meeting"] == opened[0]
    assert len(meetings.every(small_county)) == len(snapshots.every()) == 1


def test_closing_ends_the_link_and_the_minutes_go_on(page, small_county, moment, opened):
    app = page("county")
    press(press(app, "meetings.close"), "meetings.close_do")
    assert links.find(small_county, opened[1], moment) is None
    assert "meetings.close" not in keys(app)
    assert {"meetings.note", "meetings.new"} <= keys(app)


def test_the_overview_opens_on_the_meetings_figures(page, small_county, opened):
    snapshot = meetings.every(small_county)[0]["snapshot"]
    [link] = [link for link in page("county").get("page_link") if link.proto.label == say("meetings.look")]
    assert link.proto.query_string == f"snapshot={snapshot}"


@pytest.mark.parametrize("username", ["fengyuan", "v1"])
def test_others_have_no_such_page(small_county, open_as, username):
    app = open_as(username).switch_page(path("account")).run()
    with pytest.raises(ValueError):
        app.switch_page(path("meetings")).run()


# ---- minutes


def test_a_decision_is_written_down_and_put_on_the_ledger(page, small_county, opened):
    app = press(page("county"), "meetings.note")
    app.text_area(key="meetings.decision").set_value("收回三间活动室")
    app.text_input(key="meetings.responsible").set_value("李明")
    app.text_input(key="meetings.which").set_value("甲村").run()
    assert app.selectbox(key="meetings.organization").value == "V1"  # the only one of that name
    press(app, "meetings.save")
    [minute] = meetings.minutes(small_county, opened[0])
    assert (minute["decision"], minute["responsible"], minute["organization"], minute["due_on"]) == ("收回三间活动室", "李明", "V1", "2012-05-10")
    assert say("meetings.who", who="李明") in texts(app).replace("\\", "")
    press(app, f"meetings.to_ledger.{minute['id']}")
    app.text_input(key="meetings.post").set_value("副镇长")
    press(app, "meetings.ledger_do")
    [item] = ledger.every(small_county)
    assert (item.organization, item.plan.post) == ("V1", "副镇长")
    assert [link.proto.query_string for link in app.get("page_link") if link.proto.page == "rectification"] == [f"item={item.id}"]
    assert not {f"meetings.to_ledger.{minute['id']}", f"meetings.strike.{minute['id']}"} & keys(app)


def test_the_organization_is_searched_for_before_anything_is_offered(page, small_county, opened):
    app = press(page("county"), "meetings.note")
    assert "meetings.organization" not in {box.key for box in app.selectbox}
    app.text_input(key="meetings.which").set_value("党支部").run()
    box = app.selectbox(key="meetings.organization")
    assert (box.value, set(box.options)) == (None, {"甲村党支部", "乙村党支部", "县某局党支部"})


def test_a_decision_without_an_organization_stays_in_the_minutes(page, small_county, at, opened):
    minute = meetings.note(small_county, SYSTEM, opened[0], "**每周五**通报 <b>进度</b>", "李明", "2012-04-09", at)
    app = page("county")
    assert f"meetings.to_ledger.{minute}" not in keys(app)
    assert "\\*\\*每周五\\*\\*通报 \\<b\\>进度\\</b\\>" in texts(app)
    assert say("meetings.over") in texts(app)
    press(press(app, f"meetings.strike.{minute}"), "meetings.strike_do")
    assert meetings.minutes(small_county, opened[0]) == []
    assert say("meetings.no_decision") in texts(app)


def test_what_is_missing_is_said_and_nothing_typed_is_lost(page, small_county, opened):
    app = press(page("county"), "meetings.note")
    app.text_area(key="meetings.decision").set_value("收回三间活动室")
    press(app, "meetings.save")
    assert say("problem.meeting.missing") in texts(app)
    assert app.text_area(key="meetings.decision").value == "收回三间活动室"


def test_an_address_of_no_meeting_is_said_in_words(page, small_county, opened):
    assert say("problem.meeting.unknown") in texts(page("county", meeting="m999999"))


# ---- a leader


def test_a_leader_reads_the_minutes_of_the_own_meeting_and_nothing_can_be_pressed(page, small_county, moment, at, opened):
    other, _ = meetings.open_meeting(small_county, SYSTEM, "另一次会", moment)
    for meeting, decision in ((opened[0], "收回活动室"), (other, "不是这次会的")):
        meetings.note(small_county, SYSTEM, meeting, decision, "李明", DUE, at, organization="V1")
    for query in ({}, {"meeting": other}):
        app = page(link=opened[1], **query)
        assert "收回活动室" in texts(app)
        assert "不是这次会的" not in texts(app)
        assert not {key for key in keys(app) if key.startswith(("meetings.", "links."))}
        assert not app.dataframe


def test_a_leader_sees_a_decision_made_meanwhile_and_no_way_to_an_item_that_the_figures_do_not_hold(page, small_county, at, opened):
    minute = meetings.note(small_county, SYSTEM, opened[0], "收回活动室", "李明", DUE, at, organization="V1")
    meetings.to_ledger(small_county, SYSTEM, minute, "副镇长", at)
    app = page(link=opened[1])
    line = say("meetings.on_ledger", number=say("rectification.number", number="0001"), state=say("item_state.open"))
    assert line in texts(app)
    assert not [link for link in app.get("page_link") if link.proto.page == "rectification"]
    press(app, "frame.to_newest")
    assert [link.proto.label for link in app.get("page_link") if link.proto.page == "rectification"] == [line]


def test_a_link_without_a_meeting_has_no_minutes(page, small_county, moment, opened):
    token = links.create(small_county, SYSTEM, "县委书记", moment + links.LONGEST, moment)
    app = page(link=token)
    assert say("meetings.not_of_a_meeting") in texts(app)
    assert "四月调度会" not in texts(app)


# ---- what is approved meanwhile


def shown(app) -> list:
    """Everything on a page, as it goes to the browser, without the random names of a coloured table and of a file made on demand."""
    random = re.compile(r'(uuid|deferred_file_id): "\w+"|#T_[0-9a-f]+_')
    return [random.sub("", str(element.proto)) for element in app.main if getattr(element, "proto", None)]


@pytest.fixture
def year(small_county, at):
    """V1 has submitted; A1 was graded on paper; V2 has nothing yet."""
    bring(small_county, "V1", State.SUBMITTED, at)
    gradings.record_result(small_county, SYSTEM, "A1", Grade.POOR, "2012-04-09", at, self_score=6000, satisfaction=7000, review_score=5000)
    return small_county


def approve(store, at):
    """What happens outside while a meeting is held."""
    gradings.record_result(store, SYSTEM, "V1", Grade.GOOD, "2012-04-09", at, self_score=9000, satisfaction=9500, review_score=9000)
    bring(store, "V2", State.SUBMITTED, at)
    organizations.change_class(store, SYSTEM, "2012", "V1", "now", "first", "2012-04-09", "年中复核", at)
    store.conn.commit()


def test_what_is_approved_meanwhile_changes_no_figure_until_the_newest_are_asked_for(page, year, moment, at):
    meetings.open_meeting(year, SYSTEM, "三月调度会", moment)  # something to compare with
    _, token = meetings.open_meeting(year, SYSTEM, "四月调度会", moment)
    query = {"organization": {"organization": "V1"}, "township": {"township": "610525101"}}
    before = {name: shown(page(link=token, name=name, **query.get(name, {}))) for name in FROZEN}
    assert all(len(elements) > 3 for elements in before.values())
    approve(year, at)
    assert assessments.draft(year, "V2").state == State.SUBMITTED
    after = {name: shown(page(link=token, name=name, **query.get(name, {}))) for name in FROZEN}
    assert [name for name in FROZEN if after[name] != before[name]] == []

    app = page(link=token, name="overview")
    frozen = rates(app)
    press(app, "frame.to_newest")
    newest = rates(app)
    assert list(newest) != list(frozen)  # the denominators' numerators: 3/3 instead of 2/3
    press(app, "frame.to_meeting")
    assert rates(app) == frozen
    assert newest == rates(page("county", name="overview"))


def test_a_session_that_a_meetings_link_began_ends_with_it(page, year, moment, at):
    meeting, token = meetings.open_meeting(year, SYSTEM, "四月调度会", moment)
    app = page(link=token, name="overview")
    meetings.close_meeting(year, SYSTEM, meeting, at)
    app.run()
    assert [field.label for field in app.text_input][:2] == [say("login.username"), say("login.password")]
    assert not rates(app)
    assert db.value(year, "select count(*) from links where revoked_at is null") == 0
