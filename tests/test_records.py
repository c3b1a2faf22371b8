"""Records of the registers: who writes what about whom, what is refused, approval, and how registers come into a store."""

import datetime as dt
import json

import pandas as pd
import pytest
from steps import AFTER, bring

from lib.core import registers
from lib.core.access import Action
from lib.core.ledger import Plan, Source
from lib.core.model import SYSTEM, Actor, Refused, Role, Words
from lib.core.registers import Standing
from lib.core.workflow import State
from lib.store import accounts, assessments, db, events, gradings, ledger, organizations, pack, records, rounds, setup
from lib.store.migrations import migrations
from lib.store.records import Entry

TODAY = dt.date(2012, 4, 10)
FENGYUAN, CHENGGUAN = "610525101000", "610525001000"
EVERYBODY = ("v1", "v2", "fengyuan", "chengguan", "county", "admin", "leader", "public")

LEADER = {"name": "王建国", "post": "镇党委书记", "rank": "secretary", "newly_promoted": "no", "phone": "0913-6861234"}
MEETING = {"held_on": "2012-03-02", "led_by": "王建国", "attendance": "32"}
RULE = {"rule": "report", "title": "书记述党建制度", "adopted_on": "2012-04-01"}
COURSE = {"title": "村书记轮训第一期", "kind": "rotation", "organizer": "县委组织部", "held_on": "2012-04-01", "hours": "24"}
VISIT = {"visited_on": "2012-04-03", "visitor": "县农业局　李明"}
SITE = {"category": "site", "title": "甲村党员活动阵地", "field": "rural", "reason": "阵地规范", "nominated_on": "2012-04-05"}


@pytest.fixture
def people(actor):
    outside = {"leader": Actor("link:v1", Role.LEADER, label="领导"), "public": Actor("public", Role.PUBLIC)}
    return {name: outside.get(name) or actor(name) for name in EVERYBODY}


@pytest.fixture
def add(small_county, at):
    """`add("visits", VISIT, organization="V1", actor=…)`: a record's id."""
    def added(name, values, organization=None, committee=None, actor=SYSTEM):
        return records.add(small_county, actor, name, Entry(values, organization, committee), at, TODAY)
    return added


@pytest.fixture
def leader(add):
    return add("leaders", LEADER, committee=FENGYUAN)


def refused(call, *args, **kwargs) -> list[str]:
    with pytest.raises(Refused) as error:
        call(*args, **kwargs)
    return [problem.code for problem in error.value.problems]


def named(call, *args, **kwargs) -> list[tuple[str, str]]:
    """What was refused, with the Chinese label of the question."""
    with pytest.raises(Refused) as error:
        call(*args, **kwargs)
    return [(problem.code, dict(problem.params)["label"].zh) for problem in error.value.problems]


def rows(store) -> tuple:
    """All that a record's command could have changed."""
    return (events.head(store), *(store.conn.execute(f"select * from {table} order by 1").fetchall() for table in ("records", "ledger_items")))


# ---- who writes what

OWN = {  # register → what it is about → the accounts that keep it, of V1 in Fengyuan
    ("mobilization", "V1", None): "v1 fengyuan county admin",  # an organization enters its own
    ("mobilization", None, FENGYUAN): "fengyuan county admin",
    ("standing_rules", "V1", None): "v1 fengyuan county admin",
    ("visits", "V1", None): "fengyuan county admin",
    ("exemplars", "V1", None): "fengyuan county admin",
    ("leaders", None, FENGYUAN): "fengyuan county admin",
    ("courses", None, None): "county admin",
    ("criticisms", "V1", None): "county admin",  # nobody criticizes himself
    ("mobilization", "A1", None): "chengguan county admin",
    ("leaders", None, CHENGGUAN): "chengguan county admin",
}
VALUES = {"mobilization": MEETING, "standing_rules": RULE, "visits": VISIT, "exemplars": SITE, "leaders": LEADER, "courses": COURSE,
          "criticisms": {"reason": "整改逾期", "issued_on": "2012-04-02"}}


@pytest.mark.parametrize("about", OWN)
def test_who_keeps_records_about_whom(small_county, people, at, add, about):
    """Adding, changing and removing take the same right, by everybody; what is refused changes nothing."""
    store, (name, organization, committee) = small_county, about
    record = add(name, VALUES[name], organization, committee)
    title = next(item for item in records.register(store, name).items if item.type == "text").name
    second = {key: f"{text}二" if key in ("title", "reason", "name") else "2012-03-30" if key.endswith("_on") else text
              for key, text in VALUES[name].items()}
    for who, person in people.items():
        store.conn.execute("begin immediate")
        before = rows(store)
        steps = (lambda p=person: records.add(store, p, name, Entry(second, organization, committee), at, TODAY),
                 lambda p=person: records.change(store, p, record, {title: "另一个"}, at, TODAY),
                 lambda p=person: records.remove(store, p, record, "登记有误", at))
        for step in steps:
            if who in OWN[about].split():
                step()
            else:
                assert refused(step) == ["access.refused"], who
                assert rows(store) == before
        store.conn.rollback()
    assert len(records.every(store, name)) == 1


def test_who_approves(small_county, people, at, add):
    store = small_county
    record = add("exemplars", SITE, "V1")
    for who, person in people.items():
        store.conn.execute("begin immediate")
        if who in ("county", "admin"):
            records.decide(store, person, record, False, "名额已满", at, TODAY)
        else:
            assert refused(records.decide, store, person, record, False, "名额已满", at, TODAY) == ["access.refused"]
        store.conn.rollback()
    entered = add("visits", VISIT, "V1")
    assert refused(records.decide, store, SYSTEM, entered, True, "", at, TODAY) == ["access.refused"]  # needs no approval


def test_who_sees_what(small_county, people):
    kept = records.register(small_county, "leaders")
    assert [name for name, person in people.items() if kept.may_see(person)] == ["v1", "v2", "fengyuan", "chengguan", "county", "admin", "leader"]
    assert {name: "phone" in {item.name for item in kept.shown(person)} for name, person in people.items()} == {
        **dict.fromkeys(EVERYBODY, True), "leader": False, "public": False}


# ---- about whom


@pytest.mark.parametrize(("name", "organization", "committee", "codes"), [
    ("visits", None, None, ["record.about"]), ("visits", None, FENGYUAN, ["record.about"]), ("visits", "V9", None, ["organization.unknown"]),
    ("leaders", "V1", None, ["record.about"]), ("leaders", None, None, ["record.about"]), ("leaders", None, "C9", ["organization.committee"]),
    ("leaders", "V1", FENGYUAN, ["record.about"]),
    ("courses", "V1", None, ["record.about"]), ("courses", None, FENGYUAN, ["record.about"]),
    ("mobilization", None, None, ["record.about"]),
    ("nothing", "V1", None, ["record.register"]), ("village", "V1", None, ["record.register"]),  # a questionnaire is no register
])
def test_a_record_is_about_what_its_register_says(small_county, add, name, organization, committee, codes):
    before = rows(small_county)
    assert refused(add, name, VALUES.get(name, {}), organization, committee) == codes
    assert rows(small_county) == before


def test_either_is_an_organization_or_its_committee(small_county, add):
    own, committees = add("mobilization", MEETING, "V1", FENGYUAN), add("mobilization", MEETING, None, FENGYUAN)
    found = records.get(small_county, own), records.get(small_county, committees)
    assert [(each.organization, each.organization_name, each.committee, each.township) for each in found] == [
        ("V1", "甲村党支部", FENGYUAN, "610525101"), (None, "", FENGYUAN, "610525101")]
    assert found[1].whose.organization == ""
    assert records.get(small_county, add("courses", COURSE)).whose is None


def test_a_register_for_some_kinds(small_county, add):
    course = add("courses", COURSE)
    training = {"course": course, "role": "secretary", "person": "刘志强", "completed_on": "2012-04-05"}
    with pytest.raises(Refused) as error:
        add("rotation", training, "A1")
    problem = error.value.problems[0]
    assert (problem.code, dict(problem.params)) == ("record.kind", {"name": "县某局党支部", "kind": "agency"})
    assert add("rotation", training, "V1")


def test_a_closed_organization_has_no_records_any_more(small_county, add, at):
    record, leader = add("visits", VISIT, "V1"), add("leaders", LEADER, committee=FENGYUAN)
    organizations.close_organization(small_county, SYSTEM, "V1", "2012-04-01", "与乙村合并", at)
    assert records.every(small_county, "visits") == records.of_organization(small_county, "V1") == []
    assert len(records.table(small_county, "visits")) == 0
    assert refused(records.get, small_county, record) == ["record.unknown"]
    assert refused(add, "visits", VISIT, "V1") == ["organization.closed_already"]
    assert "V1" not in records.choices(small_county, "@organizations")
    assert [each.id for each in records.every(small_county, "leaders")] == [leader]
    organizations.reopen_organization(small_county, SYSTEM, "V1", "撤销有误", at)
    assert [each.id for each in records.every(small_county, "visits")] == [record]


def test_an_organization_that_goes_over_takes_its_records_along(small_county, add, actor, at):
    record, stays = add("visits", VISIT, "V1"), add("visits", VISIT, "V2")
    organizations.save_organization(small_county, SYSTEM, {"code": "V1", "committee": CHENGGUAN}, at)
    assert [each.id for each in records.every(small_county, "visits", committee=CHENGGUAN)] == [record]
    assert [each.id for each in records.every(small_county, "visits", committee=FENGYUAN)] == [stays]
    assert refused(records.remove, small_county, actor("fengyuan"), record, "误记", at) == ["access.refused"]
    records.remove(small_county, actor("chengguan"), record, "误记", at)


# ---- what is written


@pytest.mark.parametrize(("changes", "wrong"), [
    ({"name": ""}, [("record.required", "姓名")]),
    ({"name": None, "post": " ", "rank": ""}, [("record.required", "姓名"), ("record.required", "单位和职务"), ("record.required", "类别")]),
    ({"rank": "mayor"}, [("record.not_of_type", "类别")]),
    ({"credits_required": "forty"}, [("record.not_of_type", "本年度应修培训学分")]),
    ({"credits_required": "501"}, [("record.constraint", "本年度应修培训学分")]),
    ({"credits_required": "-1", "phone": "请打办公室"}, [("record.constraint", "本年度应修培训学分"), ("record.constraint", "联系电话")]),
])
def test_everything_that_is_wrong_is_said_at_once(small_county, add, changes, wrong):
    before = rows(small_county)
    assert named(add, "leaders", {**LEADER, **changes}, committee=FENGYUAN) == wrong
    assert rows(small_county) == before


def test_what_the_form_does_not_ask_is_refused(small_county, add):
    assert refused(add, "visits", {**VISIT, "weather": "晴"}, "V1") == ["answer.unknown"]


def test_only_what_is_asked_is_kept(small_county, add, at):
    """A visitor is asked for where no leader came; a census plan where there is no organization yet."""
    unit = {"unit": "古徵果品公司", "unit_kind": "private", "operating": "yes", "employees": "86", "members": "5", "mode": "none",
            "plan": "与园区联合组建", "plan_on": "2012-06-30", "organized_on": "2012-01-01"}
    record = add("census", unit, committee=FENGYUAN)
    assert records.get(small_county, record).values == {name: text for name, text in unit.items() if name != "organized_on"}
    records.change(small_county, SYSTEM, record, {"mode": "single", "organized_on": "2012-04-01"}, at, TODAY)
    assert records.get(small_county, record).values == {
        **{name: text for name, text in unit.items() if name not in ("plan", "plan_on")}, "mode": "single", "organized_on": "2012-04-01"}


def test_the_same_answer_is_written_one_way(small_county, add):
    record = add("courses", {**COURSE, "hours": "２４", "credits": 12.0, "held_on": dt.date(2012, 4, 1)})
    values = records.get(small_county, record).values
    assert (values["hours"], values["credits"], values["held_on"]) == ("24", "12", "2012-04-01")


@pytest.mark.parametrize("day", ["2012-04-10", "2012-04-11"])
def test_what_was_done_was_done_by_today(small_county, add, day):
    if day == "2012-04-10":
        assert add("visits", {**VISIT, "visited_on": day}, "V1")
    else:
        assert named(add, "visits", {**VISIT, "visited_on": day}, "V1") == [("record.constraint", "走访日期")]


def test_references_point_to_what_is_there(small_county, add, leader, at):
    pairing = {"leader": leader, "since": "2012-03-20"}
    course = add("courses", COURSE)
    for wrong in ("e99999", course, FENGYUAN):  # nothing, another register's, no record at all
        assert named(add, "pairings", {**pairing, "leader": wrong}, "V1") == [("record.reference", "包联领导")]
    unit = {"unit": "古徵果品公司", "unit_kind": "private", "operating": "yes", "employees": "86", "members": "5", "mode": "single",
            "organized_on": "2012-01-01"}
    assert named(add, "census", {**unit, "covering": "V9"}, committee=FENGYUAN) == [("record.reference", "由哪个党组织覆盖")]
    assert add("census", {**unit, "covering": "V1"}, committee=FENGYUAN)
    record = add("pairings", pairing, "V1")
    records.remove(small_county, SYSTEM, leader, "调离", at)
    assert named(add, "pairings", pairing, "V2") == [("record.reference", "包联领导")]
    # what was written while he was there can still be ended, but not pointed to him anew
    assert records.change(small_county, SYSTEM, record, {"ended_on": "2012-04-09"}, at, TODAY)
    assert records.get(small_county, record).values["ended_on"] == "2012-04-09"


def test_the_same_record_twice(small_county, add, leader, at):
    first = add("pairings", {"leader": leader, "since": "2012-03-20"}, "V1")
    with pytest.raises(Refused) as error:
        add("pairings", {"leader": leader, "since": "2012-03-21"}, "V1")
    assert [(each.code, dict(each.params)) for each in error.value.problems] == [("record.twin", {"title": "2012-03-20"})]
    add("pairings", {"leader": leader, "since": "2012-03-20"}, "V2")  # of another organization
    other = add("leaders", {**LEADER, "post": "镇长"}, committee=FENGYUAN)
    assert refused(records.change, small_county, SYSTEM, other, {"post": LEADER["post"]}, at, TODAY) == ["record.twin"]
    assert records.change(small_county, SYSTEM, other, {"phone": "0913-6860009"}, at, TODAY)  # is no twin of itself
    add("leaders", LEADER, committee=CHENGGUAN)  # of another committee
    records.change(small_county, SYSTEM, first, {"ended_on": "2012-04-01"}, at, TODAY)
    add("pairings", {"leader": leader, "since": "2012-04-02"}, "V1")  # an ended pairing may begin anew
    records.remove(small_county, SYSTEM, other, "重复", at)
    assert add("leaders", {**LEADER, "post": "镇长"}, committee=FENGYUAN)  # what was struck out is no twin
    add("mobilization", MEETING, "V1")
    assert add("mobilization", MEETING, committee=FENGYUAN)  # the committee's own meeting is not its organization's


def test_a_change_keeps_the_rest_and_a_gap_is_refused(small_county, leader, at):
    store = small_county
    before = rows(store)
    assert named(records.change, store, SYSTEM, leader, {"name": None}, at, TODAY) == [("record.required", "姓名")]
    assert not records.change(store, SYSTEM, leader, {"name": "王建国 "}, at, TODAY)  # nothing to change is no event
    assert rows(store) == before
    assert records.change(store, SYSTEM, leader, {"post": "镇党委书记（兼）", "phone": None}, at, TODAY)
    found = records.get(store, leader)
    assert found.values == {**{name: text for name, text in LEADER.items() if name != "phone"}, "post": "镇党委书记（兼）"}
    assert found.seq == events.head(store)[0] > before[0][0]


def test_of_two_who_change_a_record_one_is_told(small_county, leader, people, at):
    store, seen = small_county, records.get(small_county, leader).seq
    records.change(store, people["fengyuan"], leader, {"post": "书记"}, at, TODAY, seen=seen)
    with pytest.raises(Refused) as error:
        records.change(store, people["county"], leader, {"post": "镇长"}, at, TODAY, seen=seen)
    assert [(each.code, dict(each.params)) for each in error.value.problems] == [("record.changed_elsewhere", {"author": "fengyuan", "at": at})]
    assert records.change(store, people["county"], leader, {"post": "镇长"}, at, TODAY, seen=records.get(store, leader).seq)


def test_a_record_struck_out_is_gone_and_its_history_stays(small_county, leader, actor, at):
    store, person = small_county, actor("fengyuan")
    assert refused(records.remove, store, person, leader, "  ", at) == ["reason.missing"]
    before = records.seq(store, "leaders")
    records.change(store, person, leader, {"post": "书记", "phone": "0913-6869999"}, at, TODAY)
    records.remove(store, person, leader, "调离", at)
    assert records.every(store, "leaders") == []
    assert records.seq(store, "leaders") > before  # what is drawn from it is drawn anew
    for again in (lambda: records.get(store, leader), lambda: records.remove(store, person, leader, "调离", at),
                  lambda: records.change(store, person, leader, {"post": "x"}, at, TODAY)):
        assert refused(again) == ["record.unknown"]
    history = list(records.history(store, leader))
    assert [(event["kind"], event["actor"]) for event in history] == [
        ("record.removed", "fengyuan"), ("record.changed", "fengyuan"), ("record.added", "system")]
    assert history[0]["body"]["reason"] == "调离"
    assert history[1]["body"]["values"] == {"post": ["镇党委书记", "书记"]}
    assert events.first_broken(store) is None


def test_private_answers_are_in_no_event(small_county, leader, add, at):
    """Events go into every download: a telephone number is in none, and a change of it alone still shows that there was one."""
    store = small_county
    add("census", {"unit": "果品公司", "unit_kind": "private", "operating": "yes", "employees": "9", "members": "1", "mode": "none",
                   "contact": "赵敏　13800001111"}, committee=FENGYUAN)
    assert records.change(store, SYSTEM, leader, {"phone": "0913-6867777"}, at, TODAY)
    records.remove(store, SYSTEM, leader, "调离", at)
    texts = " ".join(text for text, in store.conn.execute("select body from events"))
    assert not [number for number in ("6861234", "6867777", "13800001111", "赵敏") if number in texts]
    assert [event["kind"] for event in records.history(store, leader)] == ["record.removed", "record.changed", "record.added"]


# ---- what a record raises


@pytest.mark.parametrize("name", ["visits", "inspections"])
def test_a_problem_found_is_drafted_once(small_county, add, at, actor, name):
    """By the one who found it or later, when it is written down; by the one who may write the record, whoever answers for the ledger."""
    store = small_county
    team = add("teams", {"name": "第一组", "head": "陈伟", "members": "李娜", "area": "冯原镇"})
    values = VISIT if name == "visits" else {"team": team, "inspected_on": "2012-04-04", "announced": "no", "conclusion": "较好"}
    record = add(name, values, "V1", actor=actor("fengyuan"))
    assert ledger.every(store) == []
    records.change(store, actor("fengyuan"), record, {"found": "党员活动室被占用"}, at, TODAY)
    (item,) = ledger.every(store)
    assert (item.organization, item.source, item.source_id, item.state, item.plan.problem) == (
        "V1", {"visits": "visit", "inspections": "inspection"}[name], record, "drafted", "党员活动室被占用")
    assert ledger.has(store, "V1", Source(item.source), record)
    records.change(store, actor("fengyuan"), record, {"found": "党员活动室被占用，已半年"}, at, TODAY)
    records.remove(store, actor("fengyuan"), record, "重复", at)
    assert [each.id for each in ledger.every(store)] == [item.id]  # what is on the ledger is settled there


# ---- approval


def conditions(error) -> list[str]:
    return [dict(problem.params)["condition"].zh for problem in error.value.problems if problem.code == "record.condition"]


def test_an_approval_names_every_condition_that_is_not_met(small_county, add, at):
    store = small_county
    record = add("exemplars", {**SITE, "category": "five_good"}, "V1")
    add("criticisms", {"reason": "整改逾期", "issued_on": "2012-04-02"}, "V1")
    ledger.raise_item(store, SYSTEM, "V1", Source.HAND, Plan(problem="活动室漏雨"), at)
    late = dt.date(2012, 4, 18)  # the draft was to be confirmed by the 17th
    before = rows(store)
    with pytest.raises(Refused) as error:
        records.decide(store, SYSTEM, record, True, "", at, late)
    assert conditions(error) == [
        "所在党组织的等次已核准为“好”或“较好”", "所在党组织的整改台账没有逾期未办结的问题", "所在党组织没有尚未撤销的通报批评",
        "“五个好”村级党建示范点须是等次为“好”的村"]
    assert all(isinstance(dict(problem.params)["condition"], Words) for problem in error.value.problems)
    assert rows(store) == before


def test_an_approval_waits_for_its_conditions(small_county, add, at, actor):
    """One after the other: the grade is approved, the criticism lifted, the overdue item settled."""
    store, county = small_county, actor("county")
    record = add("exemplars", SITE, "V1")
    criticism = add("criticisms", {"reason": "整改逾期", "issued_on": "2012-04-02"}, "V1")
    add("criticisms", {"reason": "整改逾期", "issued_on": "2012-04-02"}, "V2")  # another's does no harm
    item = ledger.raise_item(store, SYSTEM, "V1", Source.HAND, Plan(problem="活动室漏雨"), at)

    def unmet(day: dt.date = AFTER) -> int:
        return len(records.unmet(store, records.get(store, record), day))

    assert [unmet(), unmet(dt.date(2012, 4, 17)), unmet(dt.date(2012, 4, 18))] == [2, 2, 3]
    bring(store, "V1", State.NOTICED, at)
    assert records.facts(store, "V1", TODAY)["grade"] == []  # proposed is not approved
    gradings.handle_objection(store, SYSTEM, gradings.objections(store, "2012", "V1")[0]["id"], False, "不成立", at)
    gradings.approve(store, SYSTEM, "V1", at, AFTER)
    assert unmet() == 1
    facts = records.facts(store, "V1", dt.date(2012, 4, 18))
    assert facts == {"kind": "village", "state": "approved", "grade": facts["grade"], "class_now": [], "satisfaction": 100.0, "open_items": 1,
                     "overdue_items": 1, "criticisms": 1}
    assert facts["grade"] in ("good", "fairly_good")
    records.change(store, SYSTEM, criticism, {"lifted_on": "2012-04-09", "lifted_reason": "已整改"}, at, TODAY)
    assert [unmet(), unmet(dt.date(2012, 4, 18))] == [0, 1]
    ledger.act(store, SYSTEM, item, Action.DISMISS_ITEM, at, note="查无此事")
    assert unmet(dt.date(2012, 4, 18)) == 0
    records.decide(store, county, record, True, "", at, AFTER)
    found = records.get(store, record)
    assert (found.state, found.decided_by, found.decided_at) == (Standing.APPROVED, "county", at)
    assert refused(records.decide, store, county, record, False, "改主意", at, AFTER) == ["record.decided"]


def test_a_refusal_needs_a_reason_and_no_condition(small_county, add, at):
    record = add("exemplars", SITE, "V1")
    assert refused(records.decide, small_county, SYSTEM, record, False, " ", at, TODAY) == ["reason.missing"]
    records.decide(small_county, SYSTEM, record, False, "名额已满", at, TODAY)
    found = records.get(small_county, record)
    assert (found.state, found.decision) == (Standing.REFUSED, "名额已满")


@pytest.mark.parametrize("approved", [True, False])
def test_what_is_changed_after_a_decision_is_to_be_decided_anew(small_county, add, at, monkeypatch, approved):
    record = add("exemplars", SITE, "V1")
    monkeypatch.setattr(records, "unmet", lambda *_: ())
    records.decide(small_county, SYSTEM, record, approved, "符合条件" if approved else "名额已满", at, TODAY)
    assert not records.change(small_county, SYSTEM, record, {"reason": SITE["reason"]}, at, TODAY)
    assert records.get(small_county, record).state == (Standing.APPROVED if approved else Standing.REFUSED)
    assert records.change(small_county, SYSTEM, record, {"reason": "又添了新设施"}, at, TODAY)
    found = records.get(small_county, record)
    assert (found.state, found.decided_at, found.decided_by, found.decision) == (Standing.NOMINATED, None, None, "")
    records.decide(small_county, SYSTEM, record, True, "", at, TODAY)


# ---- reading


def test_a_register_as_a_table(small_county, add, leader):
    first = add("pairings", {"leader": leader, "since": "2012-03-20"}, "V1")
    second = add("pairings", {"leader": leader, "since": "2012-03-21", "department": "县农业局"}, "A1")
    table = records.table(small_county, "pairings")
    assert list(table.columns) == [*records.PLACE, "leader", "department", "since", "goal", "ended_on"]
    assert table[["id", "state", "organization", "committee", "township", "department", "since"]].to_numpy().tolist() == [
        [second, "entered", "A1", CHENGGUAN, "610525001", "县农业局", "2012-03-21"],
        [first, "entered", "V1", FENGYUAN, "610525101", None, "2012-03-20"]]
    assert table["ended_on"].isna().all()
    assert list(records.table(small_county, "nothing").columns) == list(records.PLACE)
    assert len(records.table(small_county, "visits")) == 0
    assert "visited_on" in records.table(small_county, "visits").columns
    assert isinstance(table, pd.DataFrame)
    assert [each.id for each in records.every(small_county, "pairings", organization="A1")] == [second]
    assert [each.register for each in records.of_organization(small_county, "V1")] == ["pairings"]


def test_choices_from_the_store(small_county, leader):
    assert records.choices(small_county, "@organizations") == {"A1": "县某局党支部", "V1": "甲村党支部", "V2": "乙村党支部"}
    committees = records.choices(small_county, "@committees")
    assert committees[FENGYUAN] == "冯原镇党委"
    assert records.choices(small_county, "@leaders") == {leader: "王建国　冯原镇党委"}
    assert refused(records.choices, small_county, "@nobody") == ["record.register"]


def test_what_a_reference_is_called(small_county, leader, at):
    store = small_county

    def item(name, register):
        return next(each for each in records.register(store, register).items if each.name == name)

    who = item("leader", "pairings")
    assert records.spoken(store, who, leader) == "王建国"
    records.remove(store, SYSTEM, leader, "调离", at)
    assert records.spoken(store, who, leader) == "王建国"  # a name stays a name in what was written about him
    assert records.spoken(store, item("covering", "census"), "V1") == "甲村党支部"
    assert [records.spoken(store, who, code) for code in (None, "", "e999")] == ["", "", "e999"]


def test_the_next_round_begins_with_empty_registers(small_county, leader):
    later = "2013-03-01T01:30:00.000+00:00"
    rounds.open_round(small_county, SYSTEM, "2013", 2013, pack.program_text(), later)
    assert records.names(small_county) == ()
    assert refused(records.register, small_county, "leaders") == ["record.register"]
    assert set(setup.add_registers(small_county, later)) == set(pack.register_bodies(2013))
    assert records.every(small_county, "leaders") == []
    assert records.get(small_county, leader).values["name"] == "王建国"


# ---- how registers come into a store


def version(store, name) -> str:
    return records.register(store, name).form.version


def test_only_what_is_missing_is_published(small_county, add, at, monkeypatch):
    """A register that the pack has since changed stays, in this store, as it was published."""
    store, bodies = small_county, pack.register_bodies(2012)
    published = {name: version(store, name) for name in bodies}
    changed = json.loads(json.dumps(bodies["visits"]))
    changed["label::zh"] = "走访登记（新）"
    new = {**json.loads(json.dumps(bodies["teams"])), "name": "squads"}
    monkeypatch.setattr(pack, "register_bodies", lambda *_: {**bodies, "visits": changed, "squads": new})
    assert setup.add_registers(store, at) == ("squads",)
    assert {name: version(store, name) for name in bodies} == published
    assert records.register(store, "squads").about == registers.About.COUNTY
    head = events.head(store)
    assert setup.add_registers(store, at) == ()
    assert events.head(store) == head
    assert events.first_broken(store) is None


@pytest.fixture
def old_store(home, at, monkeypatch):
    """A store as it was before there were registers and a ledger: the first schema, with a county, an account and half an assessment."""
    home.mkdir()
    store = db.connect()
    migrations.apply(store, stop_before="0002_work_programme")
    with monkeypatch.context() as patch:
        patch.setattr(pack, "register_bodies", lambda *_: {})
        setup.found(store, 2012, at)
    organizations.save_organization(store, SYSTEM, {"code": "V1", "name": "甲村党支部", "kind": "village", "committee": FENGYUAN,
                                                    "township": "610525101", "members": 30, "secretary": "书记", "phone": ""}, at)
    accounts.create(store, SYSTEM, "v1", "v1", Role.ORGANIZATION, "x", at, organization="V1")
    assessments.save_answers(store, SYSTEM, "V1", {"members_full": 31}, at)
    yield store
    store.close()


def content(store) -> dict:
    tables = [name for name, in store.conn.execute("select name from sqlite_master where type = 'table' and name not like '%sqlite%' order by name")]
    return {table: store.conn.execute(f"select * from {table} order by 1, 2").fetchall() for table in tables}


def test_a_store_from_before_upgrades_with_its_data(old_store, at):
    before = content(old_store)
    assert not {"records", "ledger_items", "ledger_moves"} & set(before)
    with setup.locked():
        store = setup.migrate()
    after = content(store)
    assert {table: after[table] for table in before} == before
    assert not after["records"]
    assert records.names(store) == ()
    assert set(setup.add_registers(store, at)) == set(pack.register_bodies(2012))
    record = records.add(store, SYSTEM, "visits", Entry({**VISIT, "found": "活动室漏雨"}, "V1"), at, TODAY)
    assert [item.source_id for item in ledger.every(store)] == [record]
    bring(store, "V1", State.SUBMITTED, at, which="bad")
    assert len(ledger.every(store)) > 20
    assert events.first_broken(store) is None
    with setup.locked():
        setup.migrate().close()  # once is enough
    store.close()
