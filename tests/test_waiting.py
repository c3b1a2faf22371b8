"""What waits for whom: the rules by table, and the counts of a small county against the lists and pages that they lead to."""

import datetime as dt

import pytest
from steps import bring, fill_in, submit

from lib.core import targets
from lib.core import waiting as rules
from lib.core.access import PAGES, Action, allowed
from lib.core.ledger import Plan, Source
from lib.core.model import SYSTEM, Actor, Role
from lib.core.program import parse
from lib.core.waiting import GAPS, TASKS, Count, Late, Urgency
from lib.core.workflow import State
from lib.store import assessments, gradings, ledger, organizations, pack, programme, records, rounds, waiting
from lib.store.records import Entry

PROGRAM = parse(pack.program_text(), 2012)
TODAY = dt.date(2012, 4, 10)
ORG, COM, CTY = Role.ORGANIZATION, Role.COMMITTEE, Role.COUNTY
ALL = 1000


def day(text):
    return dt.date.fromisoformat(f"2012-{text}")


def task(role, code):
    return next(each for each in TASKS if (each.role, each.code) == (role, code))


# ---- the rules


@pytest.mark.parametrize(("role", "code", "today", "expected"), [
    # the self-assessment waits from the phase on, and is due on 5 April
    (ORG, "assess", "03-09", None), (ORG, "assess", "03-10", (1, 0, 0)), (ORG, "assess", "03-25", (1, 0, 0)), (ORG, "assess", "03-26", (1, 0, 1)),
    (ORG, "assess", "04-05", (1, 0, 1)), (ORG, "assess", "04-06", (1, 1, 0)),
    # a committee chases from ten days before
    (COM, "chase", "03-25", None), (COM, "chase", "03-26", (1, 0, 1)), (COM, "chase", "04-06", (1, 1, 0)),
    # the kick-off meeting is due at the end of its phase, 9 March
    (ORG, "kickoff", "02-19", None), (ORG, "kickoff", "02-20", (1, 0, 0)), (COM, "kickoff", "03-01", (1, 0, 1)), (COM, "kickoff", "03-10", (1, 1, 0)),
    (COM, "tally", "03-09", None), (COM, "tally", "05-20", (1, 0, 0)),
    (ORG, "correct", "01-01", (1, 0, 0)), (CTY, "sign_off", "01-01", (1, 0, 0)),
])
def test_when_a_task_waits_and_how_urgent_it_is(role, code, today, expected):
    found = rules.waiting(role, {code: Count(1)}, PROGRAM, day(today))
    assert [(each.count, each.overdue, each.near) for each in found] == ([expected] if expected else [])


def test_the_most_urgent_stands_first_and_equals_in_the_procedures_order():
    counts = {"review": Count(5), "check": Count(2), "near": Count(3, 0, 3), "overdue": Count(1, 1, 0), "notice": Count(1),
              "objection": Count(2, 1, 1), "chase": Count(0)}
    found = rules.waiting(COM, counts, PROGRAM, TODAY)
    assert [each.task.code for each in found] == ["objection", "overdue", "near", "review", "notice", "check"]
    assert [each.urgency for each in found] == [Urgency.OVERDUE, Urgency.OVERDUE, Urgency.NEAR, Urgency.OPEN, Urgency.OPEN, Urgency.OPEN]
    assert rules.total(found) == 14
    assert rules.by_page(found) == {"review": 8, "rectification": 6}


def test_a_task_of_another_role_does_not_wait():
    assert rules.waiting(ORG, {"sign_off": Count(3), "review": Count(2)}, PROGRAM, TODAY) == ()


def test_every_task_leads_its_role_to_a_page_that_it_has():
    assert len({(each.role, each.code) for each in TASKS}) == len(TASKS)
    for each in TASKS:
        actor = Actor("x", each.role, "V1" if each.role == ORG else None, "C1" if each.role == COM else None)
        assert allowed(actor, PAGES[each.page]), each
    assert {each.role for each in TASKS} == set(rules.WORKERS) == {role for role in Role if allowed(Actor("x", role), Action.OWN_ACCOUNT)}
    assert {code for codes in GAPS.values() for code in codes} <= set(targets.MEASURES)


def test_late_organizations_are_gathered_by_their_committee():
    late = (Late("V1", "甲", "C1", "丙镇党委", "T1", not_submitted=True), Late("V2", "乙", "C2", "丁镇党委", "T2", overdue=2, since=TODAY),
            Late("V3", "戊", "C2", "丁镇党委", "T2", returned_on=TODAY, unanswered=1, overdue=1, since=TODAY))
    second, first = rules.late_committees(late)[::-1]
    assert (first.code, first.townships, first.reasons, first.overdue) == ("C2", ("T2",), ("returned", "overdue"), 3)
    assert [each.code for each in first.of("overdue")] == ["V2", "V3"]
    assert (second.code, second.reasons, second.overdue) == ("C1", ("not_submitted",), 0)


# ---- in a small county


@pytest.fixture
def counts(small_county, actor):
    """`counts("fengyuan")`: what waits, by task, with how many are overdue and near; nothing for none."""
    def counted(username, today=TODAY):
        round_, who = rounds.current(small_county), actor(username)
        found = rules.waiting(who.role, waiting.counts(small_county, round_, who, today), round_.program, today)
        return {each.task.code: (each.count, each.overdue, each.near) for each in found}
    return counted


MET = ("kickoff",)
"""Waits for everybody all the time here, since no meeting was recorded."""


def without(found, *codes):
    return {code: each for code, each in found.items() if code not in codes}


@pytest.mark.parametrize(("state", "own", "committee", "county"), [
    (State.NOT_SUBMITTED, {"assess": (1, 1, 0)}, {"chase": (2, 2, 0), "tally": (1, 0, 0)}, {}),
    (State.SUBMITTED, {}, {"chase": (1, 1, 0), "tally": (1, 0, 0), "review": (1, 0, 0)}, {}),
    (State.RETURNED, {"correct": (1, 0, 0), "answer": (1, 0, 0)}, {"chase": (1, 1, 0), "tally": (1, 0, 0)}, {}),
    (State.PROPOSED, {}, {"chase": (1, 1, 0), "tally": (1, 0, 0), "notice": (1, 0, 0)}, {}),
    (State.NOTICED, {}, {"chase": (1, 1, 0), "tally": (1, 0, 0), "objection": (1, 0, 1)}, {}),
    (State.APPROVED, {}, {"chase": (1, 1, 0), "tally": (1, 0, 0)}, {}),
])
def test_each_step_of_the_grading_waits_for_the_next_person(small_county, counts, at, state, own, committee, county):
    bring(small_county, "V1", state, at)
    assert without(counts("v1"), *MET) == own
    assert without(counts("fengyuan"), *MET) == committee
    assert without(counts("county"), *MET) == county
    assert without(counts("chengguan"), *MET) == {"chase": (1, 1, 0), "tally": (1, 0, 0)}


def test_what_was_returned_is_chased_after_a_week(small_county, counts, at):
    bring(small_county, "V1", State.RETURNED, at)
    assert "returned" not in counts("fengyuan", TODAY + dt.timedelta(days=7))
    assert counts("fengyuan", TODAY + dt.timedelta(days=8))["returned"] == (1, 0, 0)
    assert counts("county", TODAY + dt.timedelta(days=8))["returned"] == (1, 0, 0)
    [remark] = assessments.remarks(small_county, "2012", "V1")
    assessments.reply(small_county, SYSTEM, remark["id"], "已补", at)
    assert "answer" not in counts("v1")


def test_the_county_approves_after_the_notice_unless_an_objection_is_open_or_upheld(small_county, counts, at):
    bring(small_county, "V1", State.NOTICED, at)
    over = dt.date(2012, 4, 15)
    assert counts("fengyuan", over)["objection"] == (1, 1, 0)
    assert "approve" not in counts("county", over)
    [objection] = gradings.objections(small_county, "2012", "V1")
    gradings.handle_objection(small_county, SYSTEM, objection["id"], False, "已核实", at)
    assert counts("county", over)["approve"] == (1, 0, 0)
    assert "approve" not in counts("county", dt.date(2012, 4, 14))  # the notice's last day
    small_county.conn.execute("update objections set upheld = 1")
    assert without(counts("county", over), *MET) == {"send_back": (1, 0, 0)}


def plan(due="2012-05-31", **changes):
    return Plan(problem="无场所", measure="租房", responsible="张三", post="书记", due_on=due).with_(changes)


def raised(store, code, due, at, *actions):
    item = ledger.raise_item(store, SYSTEM, code, Source.HAND, plan(due), at)
    for action in actions:
        ledger.act(store, SYSTEM, item, action, at, note="看过", **({"on": TODAY} if action == Action.CHECK_ITEM else {}))
    return item


@pytest.fixture
def items(small_county, at):
    """Items of V1 in every state that waits for somebody; V2 has one that is near. Those due on 12 April are over on the 15th."""
    raised(small_county, "V1", "2012-04-12", at)
    raised(small_county, "V1", "2012-04-25", at)
    raised(small_county, "V1", "2012-04-26", at)  # eleven days off: presses nobody
    raised(small_county, "V1", "2012-04-12", at, Action.RETURN_MEASURE)
    raised(small_county, "V1", "2012-05-31", at, Action.APPLY_SIGN_OFF)
    raised(small_county, "V1", "2012-04-12", at, Action.APPLY_SIGN_OFF, Action.CHECK_ITEM)  # in time: the reviewers' turn
    raised(small_county, "V1", "2012-04-12", at, Action.APPLY_SIGN_OFF, Action.CHECK_ITEM, Action.SIGN_OFF)
    raised(small_county, "V2", "2012-04-20", at)
    ledger.raise_item(small_county, SYSTEM, "V1", Source.HAND, Plan(problem="待确认"), at)  # to be confirmed by 17 April
    return small_county


LEDGER = ("rewrite", "confirm", "overdue", "near", "check", "unconfirmed", "unwritten", "sign_off")
LATER = dt.date(2012, 4, 15)


def test_the_ledger_waits_for_who_is_next(items, counts):
    def told(username, today):
        return {code: each for code, each in counts(username, today).items() if code in LEDGER}

    assert told("v1", LATER) == {"overdue": (1, 1, 0), "near": (1, 0, 1), "rewrite": (1, 1, 0), "confirm": (1, 0, 1)}
    assert told("v2", LATER) == {"near": (1, 0, 1)}
    assert told("a1", LATER) == {}
    assert told("fengyuan", LATER) == {"overdue": (1, 1, 0), "near": (2, 0, 2), "unwritten": (1, 1, 0), "check": (1, 0, 0)}
    assert told("fengyuan", dt.date(2012, 4, 18))["unconfirmed"] == (1, 1, 0)
    assert told("chengguan", LATER) == {}
    assert told("county", LATER) == {"sign_off": (1, 0, 0)}


def test_the_kickoff_waits_until_it_is_recorded(small_county, counts, at):
    assert counts("v1")["kickoff"] == counts("fengyuan")["kickoff"] == (1, 1, 0)
    meeting = {"held_on": "2012-03-01", "led_by": "张三", "attendance": "20"}
    records.add(small_county, SYSTEM, "mobilization", Entry(meeting, organization="V1"), at, TODAY)
    assert "kickoff" not in counts("v1")
    assert "kickoff" in counts("v2")
    assert "kickoff" in counts("fengyuan")  # its own is another meeting
    records.add(small_county, SYSTEM, "mobilization", Entry(meeting, committee="610525101000"), at, TODAY)
    assert "kickoff" not in counts("fengyuan")


def test_nominations_wait_for_the_county(small_county, counts, at):
    values = {"honour": "advanced_organization", "deeds": "带头整改", "nominated_on": "2012-04-09"}
    records.add(small_county, SYSTEM, "honours", Entry(values, organization="V1"), at, TODAY)
    assert counts("county")["honours"] == (1, 0, 0)
    assert "honours" not in counts("fengyuan")
    [entry] = waiting.entries(small_county, rounds.current(small_county), SYSTEM, TODAY, "honours", 5)
    assert (entry.organization, entry.name) == ("V1", "甲村党支部")


def test_every_count_is_as_long_as_its_list_and_as_the_figures_table(items, counts, actor, at):
    bring(items, "V1", State.NOTICED, at)
    fill_in(items, "V2", at)
    submit(items, "V2", at)
    round_ = rounds.current(items)
    cases, of = programme.tables(items, round_, LATER), {}
    for username in ("v1", "fengyuan", "county"):
        who = actor(username)
        for code, (count, *_) in counts(username, LATER).items():
            listed = waiting.entries(items, round_, who, LATER, code, ALL)
            assert len(listed) == count or code in ("assess", "correct", "kickoff"), code
            assert len(waiting.entries(items, round_, who, LATER, code, 1)) <= 1
            of[username, code] = count
    assert len(of) > 10
    own = cases["items"][cases["items"]["committee"] == "610525101000"]
    organizations_ = cases["organizations"][cases["organizations"]["committee"] == "610525101000"]
    assert of["fengyuan", "overdue"] == ((own["light"] == "overdue") & (own["state"] == "open")).sum()
    assert of["fengyuan", "near"] == ((own["light"] == "near") & (own["state"] == "open")).sum()
    assert of["fengyuan", "check"] == (own["state"] == "applied").sum()
    assert of["fengyuan", "review"] == (organizations_["state"] == State.SUBMITTED).sum()
    assert of["fengyuan", "tally"] == (organizations_["returned"] == 0).sum()
    assert of["county", "sign_off"] == (cases["items"]["state"] == "checked").sum()


def test_a_closed_organization_waits_for_nobody(items, counts, at):
    organizations.close_organization(items, SYSTEM, "V1", "2012-04-14", "合并", at)
    assert without(counts("v1", LATER), *MET) == {}
    assert {code: each for code, each in counts("fengyuan", LATER).items() if code in LEDGER} == {"near": (1, 0, 1)}
    assert "sign_off" not in counts("county", LATER)


# ---- who is reminded


def test_who_is_late_with_what(items, actor, at):
    fill_in(items, "V2", at)
    submit(items, "V2", at)
    assessments.remark(items, SYSTEM, "V2", "general_meetings", "请核对", at)
    assessments.return_(items, SYSTEM, "V2", "请核对", at)
    round_ = rounds.current(items)

    def told(username, today):
        return {each.code: (each.reasons, each.returned_on, each.unanswered, each.overdue, each.since)
                for each in waiting.late(items, round_, actor(username), today)}

    first = {"V1": (("not_submitted", "overdue"), None, 0, 2, day("04-12"))}
    assert told("fengyuan", LATER) == first
    assert told("county", LATER) == first | {"A1": (("not_submitted",), None, 0, 0, None)}
    assert told("fengyuan", dt.date(2012, 4, 18))["V2"] == (("returned",), day("04-10"), 1, 0, None)
    assert told("fengyuan", dt.date(2012, 3, 20)) == {}


def test_the_counts_of_a_county_are_few_queries(items, actor, at):
    """A count never reads the cases one by one: it is the same number of statements, however many organizations there are."""
    round_ = rounds.current(items)
    for username in ("v1", "fengyuan", "county"):
        who, statements = actor(username), []
        items.conn.set_trace_callback(statements.append)
        waiting.counts(items, round_, who, TODAY)
        items.conn.set_trace_callback(None)
        before, statements[:] = len(statements), []
        for number in range(20):
            name = f"{username}{number}"
            organizations.save_organization(items, SYSTEM, {"code": name, "name": name, "kind": "village", "committee": "610525101000", "members": 3,
                                                            "township": "610525101", "secretary": "", "phone": ""}, at)
        items.conn.set_trace_callback(statements.append)
        waiting.counts(items, round_, who, TODAY)
        items.conn.set_trace_callback(None)
        assert before == len(statements) < 40
