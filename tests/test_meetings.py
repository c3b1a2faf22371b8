"""Meetings: frozen figures with a link of their own, and minutes that may become items of the ledger."""

import datetime as dt

import pytest

from lib.core.ledger import ItemState
from lib.core.model import SYSTEM, Actor, Refused, Role
from lib.store import db, events, ledger, links, meetings, organizations, snapshots

DAY = dt.timedelta(days=1)
DUE = "2012-05-01"


@pytest.fixture
def opened(small_county, actor, moment):
    """A meeting that the county has opened: its id and its link's token."""
    return meetings.open_meeting(small_county, actor("county"), "四月调度会", moment)


@pytest.fixture
def meeting(opened):
    return opened[0]


def code(refused) -> str:
    return refused.value.problems[0].code


def test_opening_freezes_the_figures_under_a_link(small_county, moment, opened):
    meeting, token = opened
    [row] = meetings.every(small_county)
    assert {name: row[name] for name in ("id", "name", "opened_by", "closed_at", "decisions")} == {
        "id": meeting, "name": "四月调度会", "opened_by": "county", "closed_at": None, "decisions": 0}
    leader = links.actor_for(small_county, token, moment)
    assert (leader.role, leader.snapshot, leader.label) == (Role.LEADER, row["snapshot"], "四月调度会")
    assert snapshots.get(row["snapshot"])["label"] == "四月调度会"
    assert meetings.of_link(small_county, leader) == meeting
    assert links.actor_for(small_county, token, moment + meetings.LASTS) is None


def test_a_meetings_link_has_scope_expiry_and_pin_as_asked_for(small_county, moment):
    _, token = meetings.open_meeting(small_county, SYSTEM, "片区会", moment, expires=moment + DAY, townships=("610525101",), pin="2468")
    cookie = links.open_with_pin(small_county, token, "2468", moment)
    assert links.actor_for(small_county, cookie, moment).townships == ("610525101",)
    assert links.actor_for(small_county, token, moment) is None
    assert links.actor_for(small_county, cookie, moment + DAY) is None


@pytest.mark.parametrize(("name", "more", "problem"), [
    ("", {}, "link.name"), ("会" * 61, {}, "snapshot.label"), ("调度会", {"pin": "12"}, "link.pin"), ("调度会", {"pin": "１２３４"}, "link.pin"),
    ("调度会", {"townships": ("nowhere",)}, "link.township"), ("调度会", {"expires": dt.datetime(2012, 1, 1, tzinfo=dt.UTC)}, "link.expiry")])
def test_a_meeting_that_cannot_be_opened_freezes_nothing(small_county, moment, name, more, problem):
    with pytest.raises(Refused) as refused:
        meetings.open_meeting(small_county, SYSTEM, name, moment, **more)
    assert code(refused) == problem
    assert (meetings.every(small_county), links.every(small_county), snapshots.every()) == ([], [], [])


def test_what_is_written_meanwhile_is_not_in_the_frozen_figures(small_county, at, opened):
    snapshot = meetings.every(small_county)[0]["snapshot"]
    organizations.save_organization(small_county, SYSTEM, {"code": "V9", "name": "新村党支部", "kind": "village", "committee": "610525101000",
                                                           "township": "610525101", "members": 9, "secretary": "书记", "phone": ""}, at)
    with db.session(snapshots.path(snapshot)) as frozen:
        assert db.value(frozen, "select count(*) from organizations where code = 'V9'") == 0


def test_closing_ends_the_link_and_keeps_the_minutes(small_county, actor, moment, at, opened):
    meeting, token = opened
    meetings.note(small_county, actor("county"), meeting, "限期收回活动室", "王建国", DUE, at)
    meetings.close_meeting(small_county, actor("county"), meeting, at)
    meetings.close_meeting(small_county, actor("admin"), meeting, at)  # twice is once
    assert links.find(small_county, token, moment) is None
    row = meetings.get(small_county, meeting)
    assert (row["closed_by"], row["closed_at"]) == ("county", at)
    assert [each["decision"] for each in meetings.minutes(small_county, meeting)] == ["限期收回活动室"]
    assert len(list(events.history(small_county, meeting, ("meeting.closed",)))) == 1


# ---- minutes


def test_a_meeting_gets_another_address_on_the_same_figures(small_county, actor, moment, at, opened):
    meeting, first = opened
    snapshot = meetings.every(small_county)[0]["snapshot"]
    second = meetings.new_address(small_county, actor("county"), meeting, moment, pin="2468")
    assert links.find(small_county, first, moment) is None
    leader = links.actor_for(small_county, links.open_with_pin(small_county, second, "2468", moment), moment)
    assert (leader.snapshot, leader.label, meetings.of_link(small_county, leader)) == (snapshot, "四月调度会", meeting)
    assert [manifest["id"] for manifest in snapshots.every()] == [snapshot]
    with pytest.raises(Refused) as refused:
        meetings.new_address(small_county, actor("fengyuan"), meeting, moment)
    assert code(refused) == "access.refused"
    meetings.close_meeting(small_county, SYSTEM, meeting, at)
    with pytest.raises(Refused) as refused:
        meetings.new_address(small_county, SYSTEM, meeting, moment)
    assert code(refused) == "meeting.over"


def test_decisions_stand_in_the_order_they_were_written(small_county, actor, at, meeting):
    for count in range(12):
        meetings.note(small_county, actor("county"), meeting, f"第{count}条", "王建国", DUE, at)
    assert [row["decision"] for row in meetings.minutes(small_county, meeting)] == [f"第{count}条" for count in range(12)]
    assert meetings.every(small_county)[0]["decisions"] == 12


@pytest.mark.parametrize(("decision", "responsible", "due", "organization", "problem"), [
    ("", "王建国", DUE, None, "meeting.missing"), ("  ", "王建国", DUE, None, "meeting.missing"), ("收回活动室", " ", DUE, None, "meeting.missing"),
    ("收回活动室", "王" * 61, DUE, None, "text.too_long"), ("收" * 2001, "王建国", DUE, None, "text.too_long"),
    ("收回活动室", "王建国", "", None, "ledger.due"), ("收回活动室", "王建国", "5月1日", None, "ledger.due"),
    ("收回活动室", "王建国", DUE, "V8", "organization.unknown")])
def test_a_decision_needs_its_what_who_and_when(small_county, at, meeting, decision, responsible, due, organization, problem):
    with pytest.raises(Refused) as refused:
        meetings.note(small_county, SYSTEM, meeting, decision, responsible, due, at, organization=organization)
    assert code(refused) == problem
    assert meetings.minutes(small_county, meeting) == []


def test_a_decision_becomes_an_open_item_of_the_ledger_once(small_county, actor, at, meeting):
    county = actor("county")
    minute = meetings.note(small_county, county, meeting, "收回三间活动室", "李明", DUE, at, organization="V1")
    item = meetings.to_ledger(small_county, county, minute, "副镇长", at)
    assert meetings.to_ledger(small_county, county, minute, "副镇长", at) == item
    found = ledger.get(small_county, item)
    assert (found.organization, found.state, found.plan.problem, found.plan.responsible, found.plan.post, found.plan.due_on) == (
        "V1", ItemState.OPEN, "收回三间活动室", "李明", "副镇长", DUE)
    [row] = meetings.minutes(small_county, meeting)
    assert (row["item"], row["number"], row["item_state"], row["organization_name"]) == (item, found.number, "open", "甲村党支部")
    assert len(ledger.every(small_county)) == 1
    with pytest.raises(Refused) as refused:
        meetings.strike(small_county, county, minute, at)
    assert code(refused) == "meeting.on_ledger"


@pytest.mark.parametrize(("organization", "post", "due", "problem"), [
    (None, "副镇长", DUE, "meeting.whose"), ("V1", " ", DUE, "meeting.post"), ("V1", "副镇长", "2012-04-09", "ledger.due_over"),
    ("V1", "职" * 61, DUE, "ledger.too_long")])
def test_what_is_not_ready_does_not_go_on_the_ledger(small_county, at, meeting, organization, post, due, problem):
    minute = meetings.note(small_county, SYSTEM, meeting, "收回活动室", "李明", due, at, organization=organization)
    with pytest.raises(Refused) as refused:
        meetings.to_ledger(small_county, SYSTEM, minute, post, at)
    assert code(refused) == problem
    assert list(ledger.every(small_county)) == []
    assert meetings.minutes(small_county, meeting)[0]["item"] is None


def test_a_decision_that_was_struck_out_is_gone_but_on_record(small_county, at, meeting):
    minute = meetings.note(small_county, SYSTEM, meeting, "收回活动室", "李明", DUE, at)
    meetings.strike(small_county, SYSTEM, minute, at)
    assert meetings.minutes(small_county, meeting) == []
    assert [event["kind"] for event in events.history(small_county, meeting)] == ["minutes.struck", "minutes.noted"]
    for again in (lambda: meetings.strike(small_county, SYSTEM, minute, at), lambda: meetings.to_ledger(small_county, SYSTEM, minute, "副镇长", at)):
        with pytest.raises(Refused) as refused:
            again()
        assert code(refused) == "meeting.unknown"


# ---- who


def test_only_the_county_opens_keeps_and_closes(small_county, actor, moment, at, opened):
    meeting, token = opened
    minute = meetings.note(small_county, SYSTEM, meeting, "收回活动室", "李明", DUE, at, organization="V1")
    leader = links.actor_for(small_county, token, moment)
    for who in (actor("fengyuan"), actor("v1"), leader):
        for attempt in (lambda who: meetings.open_meeting(small_county, who, "会", moment),
                        lambda who: meetings.strike(small_county, who, minute, at),
                        lambda who: meetings.note(small_county, who, meeting, "甲", "乙", DUE, at),
                        lambda who: meetings.to_ledger(small_county, who, minute, "副镇长", at),
                        lambda who: meetings.close_meeting(small_county, who, meeting, at)):
            with pytest.raises(Refused) as refused:
                attempt(who)
            assert code(refused) == "access.refused"
    assert len(snapshots.every()) == 1


def test_a_leader_reads_the_minutes_of_the_own_meeting_alone(small_county, actor, moment, at, opened):
    meeting, token = opened
    other, _ = meetings.open_meeting(small_county, SYSTEM, "另一次会", moment)
    for each in (meeting, other):
        meetings.note(small_county, SYSTEM, each, "收回活动室", "李明", DUE, at)
    leader = links.actor_for(small_county, token, moment)
    row, found = meetings.read(small_county, leader, meeting)
    assert (row["name"], [each["decision"] for each in found]) == ("四月调度会", ["收回活动室"])
    with pytest.raises(Refused) as refused:
        meetings.read(small_county, leader, other)
    assert code(refused) == "meeting.unknown"
    assert len(meetings.read(small_county, actor("county"), other)[1]) == 1
    for who in (actor("fengyuan"), actor("v1"), Actor("public", Role.PUBLIC)):
        with pytest.raises(Refused) as refused:
            meetings.read(small_county, who, meeting)
        assert code(refused) == "access.refused"


def test_a_link_for_some_townships_reads_what_is_about_them_or_about_none(small_county, moment, at):
    meeting, token = meetings.open_meeting(small_county, SYSTEM, "片区会", moment, townships=("610525101",))
    for decision, organization in (("县里的", "A1"), ("镇里的", "V1"), ("大家的", None)):
        meetings.note(small_county, SYSTEM, meeting, decision, "李明", DUE, at, organization=organization)
    found = meetings.read(small_county, links.actor_for(small_county, token, moment), meeting)[1]
    assert {row["decision"] for row in found} == {"镇里的", "大家的"}
