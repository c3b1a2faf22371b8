"""The rectification ledger: its rules against tables written by hand, then everything by everyone through the store."""

import datetime as dt
import itertools
import re
from collections import Counter
from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from steps import AFTER, STARTS, bring, fill_in, objection, submit

from lib.core import ledger
from lib.core.access import Action
from lib.core.grading import Appraisal
from lib.core.ledger import Dated, ItemState, Light, Plan, Source
from lib.core.model import SYSTEM, Actor, Refused, Role
from lib.core.workflow import State
from lib.store import assessments, db, events, gradings, organizations, pack, programme, rounds
from lib.store import ledger as store_ledger

# One row a state, one column an action; "." is refused. Written from the mission (P3, W6: 挂账销号) and the design (§9), not from the code.
COLUMNS = ("confirm_item", "dismiss_item", "return_measure", "revise_item", "report_progress", "apply_sign_off", "check_item", "refuse_item",
           "sign_off", "reopen_item")
EXPECTED = {
    "drafted": "open dismissed . drafted . . . . . .",
    "returned": "open . . returned . . . . . .",
    "open": ". . returned open open applied . . . .",
    "applied": ". . . applied . . checked open . .",
    "checked": ". . . checked . . . open signed_off .",
    "signed_off": ". . . . . . . . . open",
    "dismissed": ". . . . . . . . . drafted",
}
MOVES = {(state, action): after for state, row in EXPECTED.items() for action, after in zip(COLUMNS, row.split(), strict=True)}
WHO = {  # action -> accounts that may take it on V1's items: its own, its committee, the county
    "confirm_item": "v1 fengyuan county admin", "dismiss_item": "fengyuan county admin", "return_measure": "fengyuan county admin",
    "revise_item": "fengyuan county admin", "report_progress": "v1 fengyuan county admin", "apply_sign_off": "v1 fengyuan county admin",
    "check_item": "fengyuan county admin", "refuse_item": "fengyuan county admin", "sign_off": "county admin", "reopen_item": "county admin",
}
EVERYBODY = ("v1", "v2", "fengyuan", "chengguan", "county", "admin", "leader", "public")

PROBLEM = Plan(problem="活动场所漏雨")
PLAN = Plan("活动场所漏雨", "翻修屋顶，添置桌椅", "张三", "支部书记", "", "2012-06-01")
COMPLETED = {name: text for name, text in asdict(PLAN).items() if name not in ("problem", "leader", "progress")}
NOTE = "已到现场看过"
NEAR = 10


def moment(day: int, month: int = 4, hour: int = 1) -> str:
    """A stored moment of 2012, in the morning of the county's day."""
    return db.iso(dt.datetime(2012, month, day, hour, 30, tzinfo=dt.UTC))


# ---- the rules


@pytest.mark.parametrize("state", list(ItemState))
@pytest.mark.parametrize("action", list(Action))
def test_every_state_and_action(state, action):
    expected = MOVES.get((state.value, action.value), ".")
    assert ledger.possible(state, action) == (expected != ".")
    if expected == ".":
        with pytest.raises(Refused) as refused:
            ledger.after(state, action)
        problem = refused.value.problems[0]
        assert (problem.code, dict(problem.params)) == ("ledger.not_now", {"action": action.value, "item_state": state.value})
    else:
        assert ledger.after(state, action) == ItemState(expected)


def test_the_table_has_exactly_the_moves_that_were_thought_of():
    assert {action.value for action in ledger.ACTIONS} == set(COLUMNS)
    assert {state.value for state in ItemState} == set(EXPECTED)
    assert set(ledger.FINISHED) | set(ledger.UNFINISHED) == set(ItemState)
    assert set(ledger.FINISHED) == {"signed_off", "dismissed"}
    assert set(ledger.COUNTED) == set(ItemState) - {"dismissed"}


def test_a_problem_is_signed_off_only_after_a_check_that_follows_the_application():
    """Whatever way leads to the sign-off, its last three steps are: applied, checked, signed off."""
    seen, ways = set(), [((), ItemState.DRAFTED), ((), ItemState.OPEN)]
    while ways:
        before, state = ways.pop()
        if (before, state) in seen:
            continue
        seen.add((before, state))
        if state == ItemState.SIGNED_OFF:
            assert before == ("apply_sign_off", "check_item", "sign_off")
        for action in COLUMNS:
            if (after := MOVES[state.value, action]) != ".":
                said = action in ("revise_item",)  # changes words, not where the item stands
                ways.append((before if said else (*before, action)[-3:], ledger.after(state, Action(action))))
                assert ledger.after(state, Action(action)) == ItemState(after)


@pytest.mark.parametrize(("history", "state"), [
    ([], None),
    ([("raise", ItemState.DRAFTED)], "drafted"),
    ([("raise", ItemState.OPEN), ("apply_sign_off", ItemState.SIGNED_OFF)], "applied"),  # what a stored row claims is not believed
    ([("raise", ItemState.OPEN), ("apply_sign_off", ItemState.APPLIED), ("check_item", ItemState.CHECKED), ("sign_off", ItemState.SIGNED_OFF),
      ("reopen_item", ItemState.OPEN)], "open"),
])
def test_the_state_is_derived_from_the_moves(history, state):
    assert ledger.state_of(history) == (state and ItemState(state))


def test_a_history_that_skips_a_step_has_no_state():
    with pytest.raises(Refused):
        ledger.state_of([("raise", ItemState.OPEN), ("sign_off", ItemState.SIGNED_OFF)])


TODAY = dt.date(2012, 4, 10)


def codes(problems) -> list[tuple]:
    return [(problem.code, dict(problem.params).get("ledger_field")) for problem in problems]


@pytest.mark.parametrize(("changes", "wrong"), [
    ({}, []),
    ({"due_on": "2012-04-10"}, []),  # today is still time
    ({"due_on": "2012-04-09"}, [("ledger.due_over", None)]),
    ({"due_on": "2012-02-30"}, [("ledger.due", None)]),
    ({"due_on": "明天"}, [("ledger.due", None)]),
    ({"due_on": "20120601"}, [("ledger.due", None)]),  # dates are compared as text: there is one way to write them
    ({"due_on": ""}, [("ledger.missing", "due_on")]),
    ({"problem": "", "measure": "", "responsible": "", "post": "", "due_on": ""},
     [("ledger.missing", name) for name in ("problem", "measure", "responsible", "post", "due_on")]),
    ({"leader": ""}, []),  # may be named later
    ({"problem": "漏" * 300, "measure": "修" * 1000, "responsible": "张" * 60, "post": "书" * 60}, []),
    ({"problem": "漏" * 301}, [("ledger.too_long", "problem")]),
    ({"measure": "修" * 1001}, [("ledger.too_long", "measure")]),
    ({"responsible": "张" * 61, "post": "书" * 61}, [("ledger.too_long", "responsible"), ("ledger.too_long", "post")]),
    ({"progress": 100}, []), ({"progress": 101}, [("ledger.progress", None)]), ({"progress": -1}, [("ledger.progress", None)]),
])
def test_what_is_wrong_with_a_plan(changes, wrong):
    assert codes(ledger.plan_problems(PLAN.with_(changes), complete=True, today=TODAY)) == wrong


def test_a_draft_says_what_the_problem_is_and_until_when_to_confirm_it():
    assert codes(ledger.plan_problems(PROBLEM.with_({"due_on": "2012-04-17"}), complete=False)) == []
    assert codes(ledger.plan_problems(Plan(), complete=False)) == [("ledger.missing", "problem"), ("ledger.missing", "due_on")]
    assert codes(ledger.plan_problems(PLAN.with_({"due_on": "2012-04-09"}), complete=True)) == []  # without today, a past date is one


DUE = dt.date(2012, 5, 20)


def around(days: int) -> dt.date:
    return DUE + dt.timedelta(days=days)


@pytest.mark.parametrize(("state", "today", "applied", "light", "days"), [
    ("open", -11, None, "on_time", 11), ("open", -10, None, "near", 10), ("open", -1, None, "near", 1), ("open", 0, None, "near", 0),
    ("open", 1, None, "overdue", -1), ("open", 300, None, "overdue", -300),
    ("drafted", -11, None, "on_time", 11), ("drafted", 0, None, "near", 0), ("drafted", 1, None, "overdue", -1),  # not confirmed in time
    ("returned", 1, None, "overdue", -1), ("returned", -1, None, "near", 1),
    # once applied for, the reviewers' delay is not the organization's
    ("applied", 30, -1, "waiting", 1), ("applied", 30, 0, "waiting", 0), ("applied", 1, 1, "late", -1), ("applied", 30, 5, "late", -5),
    ("checked", 30, 0, "waiting", 0), ("checked", 30, 1, "late", -1),
    ("signed_off", 90, 0, "done", 0), ("signed_off", 90, -7, "done", 7), ("signed_off", 90, 1, "late", -1),  # late stays late
    ("dismissed", 90, None, "dismissed", -90),
    # applied for once, and refused since: open again, and today counts
    ("open", 1, -3, "overdue", -1), ("returned", 2, -3, "overdue", -2), ("open", -11, -20, "on_time", 11), ("drafted", 1, -3, "overdue", -1),
])
def test_lights(state, today, applied, light, days):
    item = Dated(ItemState(state), DUE, None if applied is None else around(applied))
    assert ledger.light(item, around(today), NEAR) == Light(light)
    assert ledger.days_left(item, around(today)) == days


def test_near_means_what_the_programme_says():
    item = Dated(ItemState.OPEN, DUE, None)
    assert [ledger.light(item, around(-days), 3).value for days in (4, 3, 0)] == ["on_time", "near", "near"]
    assert ledger.light(item, DUE, 0) == Light.NEAR


# ---- through the store


def rows(store) -> dict:
    """All that a move could have changed, and the head of the chain."""
    return {"head": events.head(store), **{table: store.conn.execute(f"select * from {table} order by 1, 2").fetchall()
                                           for table in ("ledger_items", "ledger_moves")}}


def do(store, item, action, at, actor=SYSTEM, **more):
    note = {"note": NOTE} if Action(action) in ledger.NEEDS_NOTE else {}
    fields = COMPLETED if action == "confirm_item" else {"due_on": "2012-07-01"} if action == "reopen_item" else {}
    fields = {"measure": "改租邻院三间房"} if action == "revise_item" else fields
    return store_ledger.act(store, actor, item, Action(action), at, **{**note, **fields, **more})


WAY = {  # how an item comes to a state
    "drafted": "", "returned": "confirm_item return_measure", "open": "confirm_item", "applied": "confirm_item apply_sign_off",
    "checked": "confirm_item apply_sign_off check_item", "signed_off": "confirm_item apply_sign_off check_item sign_off",
    "dismissed": "dismiss_item",
}


def raised(store, at, code="V1", plan=PROBLEM, actor=SYSTEM, **more) -> str:
    return store_ledger.raise_item(store, actor, code, Source.HAND, plan, at, **more)


def brought(store, at, state, code="V1") -> str:
    item = raised(store, at, code)
    for action in WAY[state].split():
        do(store, item, action, at)
    assert store_ledger.get(store, item).state == ItemState(state)
    return item


@pytest.fixture
def people(actor):
    outside = {"leader": Actor("link:v1", Role.LEADER, label="领导"), "public": Actor("public", Role.PUBLIC)}
    return {name: outside.get(name) or actor(name) for name in EVERYBODY}


@pytest.mark.parametrize("state", list(EXPECTED))
def test_every_move_in_every_state_by_everyone(small_county, people, at, state):
    store = small_county
    item = brought(store, at, state)
    before = rows(store)
    for action in COLUMNS:
        for name, person in people.items():
            expected = MOVES[state, action] if name in WHO[action].split() else "."
            store.conn.execute("begin immediate")
            try:
                if expected == ".":
                    with pytest.raises(Refused):
                        do(store, item, action, at, person)
                    assert rows(store) == before, (action, name)
                else:
                    assert do(store, item, action, at, person) == ItemState(expected), (action, name)
                    found = store_ledger.get(store, item)
                    assert (found.state, found.moves, found.author) == (ItemState(expected), len(WAY[state].split()) + 2, person.name)
                    assert events.head(store)[0] == before["head"][0] + 1
                    assert store_ledger.moves(store, item)[:-1] == [dict(zip(store_ledger.moves(store, item)[0], row, strict=True))
                                                                    for row in sorted(before["ledger_moves"], key=lambda row: row[1])]
            finally:
                store.conn.rollback()


def refused(call, *args, **kwargs) -> list[str]:
    with pytest.raises(Refused) as error:
        call(*args, **kwargs)
    return [problem.code for problem in error.value.problems]


def test_a_problem_with_a_plan_is_open_at_once_and_one_without_is_to_be_confirmed(small_county, at):
    store = small_county
    first, second = raised(store, at, plan=PLAN), raised(store, at)
    opened, drafted = store_ledger.get(store, first), store_ledger.get(store, second)
    assert (opened.state, opened.plan, opened.number) == (ItemState.OPEN, PLAN, 1)
    assert (drafted.state, drafted.plan, drafted.number) == (ItemState.DRAFTED, PROBLEM.with_({"due_on": "2012-04-17"}), 2)  # 7 days: the programme's
    assert (drafted.organization_name, drafted.committee, drafted.township) == ("甲村党支部", "610525101000", "610525101")
    assert [move["action"] for move in store_ledger.moves(store, second)] == ["raise"]


@pytest.mark.parametrize(("plan", "codes_"), [
    (Plan(), ["ledger.missing"]), (Plan(problem=" 　\n"), ["ledger.missing"]), (Plan(problem="漏" * 301), ["ledger.too_long"]),
    (PLAN.with_({"progress": 101}), ["ledger.progress"]), (PLAN.with_({"leader": "e1"}), ["ledger.leader"]),
    (PLAN.with_({"due_on": "2012-04-09"}), ["ledger.due_over"]), (PLAN.with_({"due_on": "六月"}), ["ledger.due"]),
])
def test_what_is_no_plan_is_not_put_on_the_ledger(small_county, at, plan, codes_):
    before = rows(small_county)
    assert refused(raised, small_county, at, plan=plan) == codes_
    assert rows(small_county) == before


@pytest.mark.parametrize(("who", "code", "may"), [
    ("v1", "V1", True), ("v1", "V2", False), ("fengyuan", "V2", True), ("fengyuan", "A1", False), ("chengguan", "A1", True),
    ("county", "A1", True), ("leader", "V1", False), ("public", "V1", False)])
def test_who_puts_a_problem_on_the_ledger(small_county, people, at, who, code, may):
    if may:
        assert raised(small_county, at, code, PLAN, people[who]) == "l00001"
    else:
        assert refused(raised, small_county, at, code, PLAN, people[who]) == ["access.refused"]
        assert store_ledger.every(small_county) == []


def test_a_measure_that_was_too_vague_comes_back_and_is_confirmed_again(small_county, actor, at):
    store = small_county
    item = raised(store, at)
    do(store, item, "confirm_item", at, actor("v1"), measure="加强管理")
    assert do(store, item, "return_measure", moment(12), actor("fengyuan"), note="太笼统：怎么修、修几间") == ItemState.RETURNED
    found = store_ledger.get(store, item)
    assert (found.plan.measure, found.note, found.plan.due_on) == ("加强管理", "太笼统：怎么修、修几间", "2012-06-01")
    assert store_ledger.act(store, actor("v1"), item, Action.CONFIRM_ITEM, moment(13), measure="翻修三间") == ItemState.OPEN
    assert store_ledger.get(store, item).plan == PLAN.with_({"measure": "翻修三间"})  # what was not written anew stays
    assert [move["measure"] for move in store_ledger.moves(store, item)] == ["", "加强管理", "加强管理", "翻修三间"]


def test_confirming_needs_the_whole_plan_and_a_due_date_to_come(small_county, actor, at):
    store, own = small_county, actor("v1")
    item = raised(store, at)
    confirm = Action.CONFIRM_ITEM
    assert refused(store_ledger.act, store, own, item, confirm, at) == ["ledger.missing"] * 4  # the day to confirm by is no due date
    assert refused(do, store, item, "confirm_item", moment(1, 7), own) == ["ledger.due_over"]
    assert refused(do, store, item, "confirm_item", at, own, measure="  ") == ["ledger.missing"]
    assert do(store, item, "confirm_item", moment(1, 6), own) == ItemState.OPEN  # on the day itself
    do(store, item, "return_measure", moment(1, 6))
    assert refused(store_ledger.act, store, own, item, confirm, moment(2, 6), measure="翻修三间") == ["ledger.due_over"]
    assert store_ledger.act(store, own, item, confirm, moment(2, 6), measure="翻修三间", due_on="2012-06-02") == ItemState.OPEN


@pytest.mark.parametrize(("state", "changes"), [
    ("drafted", {"due_on": ""}), ("returned", {"due_on": ""}), ("open", {"due_on": ""}), ("open", {"measure": ""}), ("checked", {"responsible": " "}),
    ("drafted", {"problem": ""}), ("returned", {"problem": ""})])
def test_a_revision_leaves_nothing_out(small_county, at, state, changes):
    """Every item keeps a due date, whatever its state: lights and lists are read from it."""
    item = brought(small_county, at, state)
    before = rows(small_county)
    assert refused(store_ledger.act, small_county, SYSTEM, item, Action.REVISE_ITEM, at, **changes) == ["ledger.missing"]
    assert rows(small_county) == before
    assert len(store_ledger.table(small_county, TODAY, NEAR)) == 1


def test_a_revision_that_changes_nothing_is_no_move(small_county, at):
    item = brought(small_county, at, "open")
    before = rows(small_county)
    assert store_ledger.act(small_county, SYSTEM, item, Action.REVISE_ITEM, at, measure=PLAN.measure) == ItemState.OPEN
    assert rows(small_county) == before


def test_a_revision_of_something_else_does_not_ask_for_a_new_due_date(small_county, at):
    item = brought(small_county, at, "open")
    assert store_ledger.act(small_county, SYSTEM, item, Action.REVISE_ITEM, moment(20, 6), responsible="李四") == ItemState.OPEN
    assert refused(store_ledger.act, small_county, SYSTEM, item, Action.REVISE_ITEM, moment(20, 6), due_on="2012-06-19") == ["ledger.due_over"]
    assert store_ledger.get(small_county, item).plan.responsible == "李四"


MAY_CHANGE = {  # action -> fields of the plan that come with it
    "confirm_item": "problem measure responsible post leader due_on", "revise_item": "problem measure responsible post leader due_on",
    "report_progress": "progress", "reopen_item": "due_on", "refuse_item": "due_on",
}


@pytest.mark.parametrize("action", COLUMNS)
def test_a_move_changes_only_its_own_fields(small_county, at, action):
    state = next(state for state in EXPECTED if MOVES[state, action] != ".")
    item = brought(small_county, at, state)
    given = {"problem": "新问题", "measure": "新措施", "responsible": "李四", "post": "委员", "due_on": "2012-08-01", "progress": 60}
    for name, text in given.items():
        if name not in MAY_CHANGE.get(action, "").split():
            assert refused(do, small_county, item, action, at, **{name: text}) == ["ledger.field"], name
    allowed = {name: text for name, text in given.items() if name in MAY_CHANGE.get(action, "").split()}
    do(small_county, item, action, at, **allowed)
    plan = asdict(store_ledger.get(small_county, item).plan)
    assert {name: plan[name] for name in allowed} == allowed


def test_what_is_applied_for_is_done(small_county, at):
    item = brought(small_county, at, "open")
    do(small_county, item, "report_progress", at, progress=40)
    assert store_ledger.get(small_county, item).plan.progress == 40
    assert refused(do, small_county, item, "report_progress", at, progress=101) == ["ledger.progress"]
    do(small_county, item, "apply_sign_off", at)
    assert store_ledger.get(small_county, item).plan.progress == 100


@pytest.mark.parametrize("action", COLUMNS)
def test_what_says_something_needs_words(small_county, at, action):
    """A reason, what was done, what was seen; confirming, revising and signing off speak for themselves."""
    item = brought(small_county, at, next(state for state in EXPECTED if MOVES[state, action] != "."))
    if action in ("confirm_item", "revise_item", "sign_off"):
        assert do(small_county, item, action, at, note=" ")
    else:
        assert refused(do, small_county, item, action, at, note=" 　") == ["reason.missing"]
        assert refused(do, small_county, item, action, at, note="长" * 1001) == ["text.too_long"]
        assert do(small_county, item, action, at, note="  现场看过\n")
        assert store_ledger.get(small_county, item).note == "现场看过"


def test_a_day_lies_between_the_raising_and_today(small_county):
    """In the county's days: 17:30 UTC is past midnight there."""
    store = small_county
    item = raised(store, moment(10, hour=17), plan=PLAN)  # on the 11th
    for day, may in ((10, False), (11, True), (15, True), (16, False)):
        store.conn.execute("begin immediate")
        on = dt.date(2012, 4, day)
        if may:
            do(store, item, "report_progress", moment(15), on=on)
            assert store_ledger.moves(store, item)[-1]["on_day"] == on.isoformat()
        else:
            assert refused(do, store, item, "report_progress", moment(15), on=on) == ["ledger.day"]
        store.conn.rollback()
    do(store, item, "report_progress", moment(15))
    assert store_ledger.moves(store, item)[-1]["on_day"] == "2012-04-15"


def test_a_check_is_not_before_the_application_nor_the_sign_off_before_the_check(small_county, actor):
    store = small_county
    item = raised(store, moment(10), plan=PLAN)
    do(store, item, "apply_sign_off", moment(16), actor("fengyuan"), on=dt.date(2012, 4, 14))  # entered from a paper
    assert refused(do, store, item, "check_item", moment(20), on=dt.date(2012, 4, 13)) == ["ledger.day"]
    do(store, item, "check_item", moment(20), on=dt.date(2012, 4, 18))
    assert refused(do, store, item, "sign_off", moment(20), on=dt.date(2012, 4, 17)) == ["ledger.day"]
    do(store, item, "sign_off", moment(20), on=dt.date(2012, 4, 18))
    found = store_ledger.get(store, item)
    assert (found.applied_on, found.checked_on, found.signed_off_on) == ("2012-04-14", "2012-04-18", "2012-04-18")


def test_an_organization_cannot_date_its_application_back(small_county, actor):
    """The day of the application decides whether it was late: the organization's own counts on the day it is made."""
    store = small_county
    item = raised(store, moment(10), plan=PLAN)
    assert refused(do, store, item, "apply_sign_off", moment(5, 6), actor("v1"), on=dt.date(2012, 6, 1)) == ["ledger.applied_today"]
    do(store, item, "apply_sign_off", moment(5, 6), actor("v1"))
    assert store_ledger.get(store, item).light(dt.date(2012, 6, 5), NEAR) == Light.LATE


def test_what_was_done_late_stays_late_until_it_is_opened_again(small_county):
    store = small_county
    item = raised(store, moment(10), plan=PLAN)

    def seen(day: int, month: int = 6) -> str:
        return store_ledger.get(store, item).light(dt.date(2012, month, day), NEAR).value

    assert [seen(21, 5), seen(22, 5), seen(1), seen(2)] == ["on_time", "near", "near", "overdue"]
    do(store, item, "apply_sign_off", moment(3, 6))
    assert seen(30) == "late"
    do(store, item, "refuse_item", moment(4, 6), due_on="2012-06-20")
    assert [store_ledger.get(store, item).applied_on, seen(9), seen(10), seen(21)] == [None, "on_time", "near", "overdue"]
    do(store, item, "apply_sign_off", moment(20, 6))
    do(store, item, "check_item", moment(29, 6))
    assert seen(29) == "waiting"
    do(store, item, "sign_off", moment(30, 6))
    assert seen(30) == "done"
    do(store, item, "reopen_item", moment(2, 7), due_on="2012-08-01")
    assert [seen(2, 7), seen(2, 8)] == ["on_time", "overdue"]
    found = store_ledger.get(store, item)
    assert (found.applied_on, found.checked_on, found.signed_off_on) == (None, None, None)


def test_of_two_who_act_at_once_one_is_told(small_county, actor, at):
    store, own, county = small_county, actor("fengyuan"), actor("county")
    item = brought(store, at, "applied")
    seen = store_ledger.get(store, item).seq
    do(store, item, "check_item", at, own, seen=seen)
    before = rows(store)
    with pytest.raises(Refused) as error:
        do(store, item, "refuse_item", at, county, seen=seen)
    problem = error.value.problems[0]
    assert (problem.code, dict(problem.params)) == ("ledger.changed_elsewhere", {"author": "fengyuan", "at": at})
    assert rows(store) == before
    assert do(store, item, "sign_off", at, county, seen=store_ledger.get(store, item).seq) == ItemState.SIGNED_OFF


def test_an_item_that_is_not_there(small_county, at):
    assert refused(do, small_county, "l99999", "check_item", at) == ["ledger.unknown"]
    assert store_ledger.moves(small_county, "l99999") == []


@pytest.mark.parametrize("state", ["signed_off", "dismissed"])
def test_what_is_finished_can_be_taken_up_again_by_hand(small_county, actor, at, state):
    item = brought(small_county, at, state)
    assert do(small_county, item, "reopen_item", moment(20), actor("county")) == ItemState(MOVES[state, "reopen_item"])
    assert [each.id for each in store_ledger.every(small_county, unfinished=True)] == [item]
    assert store_ledger.get(small_county, item).plan.due_on == "2012-07-01"


@pytest.mark.parametrize("sql", ["update ledger_moves set note = 'x'", "update ledger_moves set state = 'signed_off' where seq > 0",
                                 "delete from ledger_moves", "insert or replace into ledger_moves select * from ledger_moves"])
def test_moves_are_append_only(small_county, at, sql):
    brought(small_county, at, "open")
    before = rows(small_county)
    with pytest.raises(db.SQLiteError):
        small_county.conn.execute(sql)
    small_county.conn.rollback()
    assert rows(small_county) == before


def test_lists_by_organization_and_committee(small_county, at):
    first, second = brought(small_county, at, "open"), brought(small_county, at, "signed_off", "V2")
    third = brought(small_county, at, "drafted", "A1")

    def ids(**which) -> list[str]:
        return [item.id for item in store_ledger.every(small_county, **which)]

    assert ids() == [first, second, third]
    assert ids(organization="V2") == [second]
    assert ids(committee="610525101000") == [first, second]
    assert ids(committee="610525101000", unfinished=True) == [first]
    assert ids(unfinished=True) == [first, third]
    table = store_ledger.table(small_county, dt.date(2012, 6, 2), NEAR)
    assert list(table.columns) == list(store_ledger.COLUMNS)
    assert table[["code", "organization", "state", "light", "days"]].to_numpy().tolist() == [
        [first, "V1", "open", "overdue", -1], [second, "V2", "signed_off", "done", 52], [third, "A1", "drafted", "overdue", -46]]


def test_a_list_shows_the_countys_days(small_county):
    raised(small_county, moment(10, hour=17), plan=PLAN)  # past midnight in the county
    assert list(store_ledger.table(small_county, TODAY, NEAR)["raised_on"]) == ["2012-04-11"]


def test_a_closed_organization_leaves_every_list_and_figure(small_county, at):
    store = small_county
    mine, gone = brought(store, at, "open"), brought(store, at, "open", "V2")
    organizations.close_organization(store, SYSTEM, "V2", "2012-04-01", "与甲村合并", at)
    assert [item.id for item in store_ledger.every(store)] == [mine]
    assert store_ledger.every(store, organization="V2") == store_ledger.every(store, committee="610525101000")[1:] == []
    assert list(store_ledger.table(store, TODAY, NEAR)["code"]) == [mine]
    assert refused(store_ledger.get, store, gone) == ["ledger.unknown"]
    assert refused(do, store, gone, "apply_sign_off", at) == ["ledger.unknown"]
    assert refused(raised, store, at, "V2") == ["organization.closed_already"]
    tables = programme.tables(store, rounds.current(store), TODAY)
    assert list(tables["items"]["organization"]) == ["V1"]
    assert set(tables["organizations"]["code"]) == {"V1", "A1"}
    assert set(store_ledger.gaps(store, ["V1", "V2"])) == {"V1", "V2"}  # asked for by name; V2's items count no longer
    organizations.reopen_organization(store, SYSTEM, "V2", "撤销有误", at)
    assert [item.id for item in store_ledger.every(store)] == [mine, gone]
    assert brought(store, at, "open") == "l00003"  # its number was never given away


def test_what_a_backward_organization_lacks(small_county, at, monkeypatch):
    """W6: a ledger, a responsible leader, a due date; a draft that nobody confirmed is no ledger, a finished one is."""
    store = small_county
    assert store_ledger.gaps(store, ["V1", "V2"]) == dict.fromkeys(("V1", "V2"), ("ledger", "leader", "due"))
    brought(store, at, "drafted")
    brought(store, at, "dismissed")
    assert store_ledger.gaps(store, ["V1"]) == {"V1": ("ledger", "leader", "due")}
    brought(store, at, "signed_off")
    assert store_ledger.gaps(store, ["V1"]) == {"V1": ("leader",)}
    monkeypatch.setattr(store_ledger, "_check_leader", lambda *_: None)
    item = brought(store, at, "open")
    store_ledger.act(store, SYSTEM, item, Action.REVISE_ITEM, at, leader="e1")
    assert store_ledger.gaps(store, ["V1", "V1"]) == {}


# ---- from assessments, objections and appraisals


def bad(name: str, answer: str, what: str = "见现场记录") -> dict[str, str]:
    """A problem answer with what is asked at once about it."""
    return {name: answer, f"{name}__what": what, f"{name}__why": "other"}


VENUE, NO_TRAINING = bad("venue_secured", "no", "没有房子"), bad("secretary_trained", "no")
ARREARS, PETITION = bad("dues_arrears", "2"), bad("group_petitions", "1")


def hand_in(store, at, **answers) -> str:
    """Fill in V1's questionnaire by its good examples but for `answers`, and submit. Returns the submission's id."""
    fill_in(store, "V1", at, **answers)
    submit(store, "V1", at)
    return assessments.submissions(store, rounds.current_code(store), "V1")[0]["id"]


def standing(store) -> dict[str, str]:
    """State of V1's items by the question that found them."""
    return {item.name: item.state.value for item in store_ledger.every(store, organization="V1")}


def by_name(store, name):
    return next(item for item in store_ledger.every(store, organization="V1") if item.name == name)


def test_a_good_assessment_puts_nothing_on_the_ledger(small_county, at):
    hand_in(small_county, at)
    assert store_ledger.every(small_county) == []


def test_hard_problems_are_drafted_and_soft_ones_left_to_the_reviewer(small_county, at):
    submission = hand_in(small_county, at, **VENUE, **bad("paired_visits", "0"), **bad("distance_ed_works", "no"))
    (item,) = store_ledger.every(small_county)
    assert (item.organization, item.name, item.source, item.source_id, item.state) == ("V1", "venue_secured", "answer", submission, "drafted")
    assert (item.plan.problem, item.plan.due_on, item.raised_by) == ("没有活动场所：没有房子", "2012-04-17", "system")


def next_round(store, code: str, year: int, at: str, program: str | None = None) -> None:
    rounds.open_round(store, SYSTEM, code, year, program or pack.program_text(), at)
    for body in pack.form_bodies(year).values():
        rounds.publish_form(store, SYSTEM, code, body, at)


@pytest.mark.parametrize(("low_level", "scored"), [(0, {"s_response"}), (1, {"s_response", "s_collective"})])
def test_a_low_score_is_drafted_where_no_answer_has_said_so_already(small_county, low_level, scored):
    """What is low is the programme's to say; untrained secretaries hold `s_training` down, and are on the ledger as such."""
    program = re.sub(r"(?m)^low_level = \d", f"low_level = {low_level}", pack.program_text())
    next_round(small_county, "again", 2012, moment(10), program)
    hand_in(small_county, moment(10), **NO_TRAINING, s_collective="1", s_response="0", s_secretary_strong="3", s_training="0")
    assert {(item.name, item.source) for item in store_ledger.every(small_county)} == {
        ("secretary_trained", "answer"), *((name, "score") for name in scored)}
    level = assessments.draft(small_county, "V1").form.items["s_response"]
    assert by_name(small_county, "s_response").plan.problem == f"{level.label['zh']}：{level.levels['0']['zh']}"


def test_every_hard_problem_is_on_the_ledger_exactly_once(small_county, at):
    """The worst assessment there can be (questionnaire-facts §9): no fact is listed twice."""
    fill_in(small_county, "V1", at, "bad")
    submit(small_county, "V1", at)
    (submission,) = assessments.submissions(small_county, "2012", "V1")
    hard = [row["name"] for row in assessments.findings(small_county, submission["id"]) if row["hard"]]
    items = store_ledger.every(small_county)
    answers = Counter(item.name for item in items if item.source == Source.ANSWER)
    assert answers == Counter(hard)
    assert len(hard) > 20
    scored = [item.name for item in items if item.source == Source.SCORE]
    assert len(scored) == len(set(scored)) == len(items) - len(hard)
    assert not {"s_training", "s_meetings", "s_petitions", "s_four_two"} & set(scored)  # their causes are there
    assert {"s_collective", "s_response"} <= set(scored)  # at level 0
    assert max(len(item.plan.problem) for item in items) <= 300


def test_handing_in_again_settles_what_nobody_confirmed(small_county, actor):
    """Of the drafts those that are gone are dropped and those that are still there stay; what was confirmed is work, and stays."""
    store = small_county
    hand_in(store, moment(10), **VENUE, **NO_TRAINING, **ARREARS, **PETITION, s_collective="0")
    do(store, by_name(store, "venue_secured").id, "confirm_item", moment(10), actor("v1"))
    do(store, by_name(store, "group_petitions").id, "confirm_item", moment(10), actor("v1"))
    do(store, by_name(store, "group_petitions").id, "return_measure", moment(10), actor("fengyuan"))
    assessments.return_(store, SYSTEM, "V1", "请核对", moment(11))
    hand_in(store, moment(12), **NO_TRAINING, s_collective="5", dues_arrears="0", dues_arrears__what=None, dues_arrears__why=None)
    assert standing(store) == {"venue_secured": "open", "secretary_trained": "drafted", "dues_arrears": "dismissed", "group_petitions": "returned",
                               "s_collective": "dismissed"}
    gone = by_name(store, "dues_arrears")
    assert (gone.author, gone.note) == ("system", "重新提交的自评中已不再出现")
    assert by_name(store, "secretary_trained").moves == 1
    assert by_name(store, "secretary_trained").plan.due_on == "2012-04-17"  # handing in again gives no more time


def test_what_a_reviewer_drafted_is_not_dropped_by_handing_in_again(small_county, actor):
    store = small_county
    hand_in(store, moment(10), **VENUE)
    by_hand = raised(store, moment(10), actor=actor("fengyuan"))
    soft = store_ledger.raise_item(store, actor("fengyuan"), "V1", Source.ANSWER, PROBLEM, moment(10), name="paired_visits")
    assessments.return_(store, SYSTEM, "V1", "请核对", moment(11))
    hand_in(store, moment(12))
    assert {item.id: item.state.value for item in store_ledger.every(store)} == {"l00001": "dismissed", by_hand: "drafted", soft: "drafted"}


def finish(store, at) -> None:
    """V1 has had a problem signed off (the venue) and one dismissed (the training); another is being worked on."""
    hand_in(store, at, **VENUE, **NO_TRAINING, **ARREARS)
    for action in WAY["signed_off"].split():
        do(store, by_name(store, "venue_secured").id, action, at)
    do(store, by_name(store, "secretary_trained").id, "dismiss_item", at)
    do(store, by_name(store, "dues_arrears").id, "confirm_item", at)


def back_again(store) -> None:
    """What was finished is bad again: it has its old number, and a new term."""
    assert standing(store) == {"venue_secured": "open", "secretary_trained": "drafted", "dues_arrears": "open"}
    again, anew = by_name(store, "venue_secured"), by_name(store, "secretary_trained")
    assert (again.note, again.author, again.signed_off_on) == ("再次提交的自评又出现这一问题", "system", None)
    days = [(dt.date.fromisoformat(item.plan.due_on) - dt.date.fromisoformat(store_ledger.moves(store, item.id)[-1]["on_day"])).days
            for item in (again, anew)]
    assert days == [60, 7]  # the programme's: a term for the work, a week to confirm
    assert len(store_ledger.every(store)) == 3
    assert by_name(store, "dues_arrears").moves == 2


def test_a_later_version_opens_again_what_is_still_bad(small_county):
    finish(small_county, moment(10))
    assessments.return_(small_county, SYSTEM, "V1", "请核对", moment(20))
    hand_in(small_county, moment(21), **VENUE, **NO_TRAINING, **ARREARS)
    back_again(small_county)


def test_the_next_round_opens_again_what_is_bad_again(small_county):
    store, later = small_county, db.iso(dt.datetime(2013, 4, 10, 1, 30, tzinfo=dt.UTC))
    finish(store, moment(10))
    next_round(store, "2013", 2013, later)
    hand_in(store, later, **VENUE, **NO_TRAINING, **ARREARS)
    back_again(store)
    assert {item.round for item in store_ledger.every(store)} == {"2012"}


def test_the_next_round_leaves_alone_what_has_become_good(small_county):
    store, later = small_county, db.iso(dt.datetime(2013, 4, 10, 1, 30, tzinfo=dt.UTC))
    finish(store, moment(10))
    before = rows(store)["ledger_moves"]
    next_round(store, "2013", 2013, later)
    hand_in(store, later)
    assert rows(store)["ledger_moves"] == before  # an answer that is good now signs nothing off


def test_a_submit_that_is_repeated_drafts_once(small_county, at):
    hand_in(small_county, at, **VENUE)
    before = rows(small_county)
    submit(small_county, "V1", at)
    assert rows(small_county) == before


@pytest.mark.parametrize(("upheld", "items"), [(True, 1), (False, 0)])
def test_an_upheld_objection_goes_on_the_ledger_once(small_county, at, upheld, items):
    bring(small_county, "V1", State.NOTICED, at)
    raised_ = objection(small_county, "V1")
    for outcome in ("经核实", "补充核实情况"):  # the outcome may be written anew
        gradings.handle_objection(small_county, SYSTEM, raised_, upheld, outcome, at)
    found = store_ledger.every(small_county)
    assert [(item.source, item.source_id, item.plan.problem, item.state) for item in found] == [
        ("objection", raised_, "账目没有公开", "drafted")][:items]


@pytest.mark.parametrize(("satisfied", "items"), [(40, 1), (45, 0), (46, 0)])
def test_discontent_at_approval_goes_on_the_ledger_once(small_county, at, satisfied, items):
    """The target is 90 %: 40 + 4 of 50 is 88 %, 45 of 50 is just enough."""
    content = Appraisal(50, 50, satisfied, 4 if satisfied == 40 else 0, 50 - satisfied - (4 if satisfied == 40 else 0))
    bring(small_county, "V1", State.APPROVED, at, appraisal=content)
    gradings.reopen(small_county, SYSTEM, "V1", "核准有误", at)
    gradings.propose(small_county, SYSTEM, "V1", None, "", at)
    gradings.open_notice(small_county, SYSTEM, "V1", STARTS, at)
    gradings.approve(small_county, SYSTEM, "V1", at, AFTER)
    found = store_ledger.every(small_county)
    assert [(item.source, item.plan.problem, item.state) for item in found] == [("appraisal", "群众满意度 88.0%，低于目标", "drafted")][:items]


# ---- a thousand histories

CAST = ("v1", "v2", "fengyuan", "chengguan", "county", "leader")
OWN = {"V1": {"v1": "v1", "fengyuan": "fengyuan", "county": "county"}, "V2": {"v2": "v1", "fengyuan": "fengyuan", "county": "county"},
       "A1": {"chengguan": "fengyuan", "county": "county"}}
"""Who answers for an organization, and as whom of WHO (its own, its committee, the county)."""
FIELDS = st.sampled_from([{}, {"measure": "翻修三间"}, {"due_on": "2012-06-01"}, {"due_on": "2012-03-01"}, {"due_on": ""}, {"progress": 30},
                          {"progress": 130}, {"problem": ""}, {"leader": "e7"}, COMPLETED])
FORWARD = {"drafted": "confirm_item", "returned": "confirm_item", "open": "apply_sign_off", "applied": "check_item", "checked": "sign_off",
           "signed_off": "reopen_item", "dismissed": "reopen_item"}
STEP = st.tuples(st.integers(0, 59), st.integers(0, 2), st.sampled_from([False, False, True]),
                 st.tuples(st.sampled_from(CAST), FIELDS, st.sampled_from(["", NOTE]), st.sampled_from([None, -3, 0, 1])))
RAISE = st.tuples(st.sampled_from(CAST), st.sampled_from(["V1", "V2", "A1"]),
                  st.sampled_from([PROBLEM, PLAN, PLAN, Plan(), PLAN.with_({"progress": 200})]))


def holds(store) -> None:
    """What is true of a ledger whatever happened."""
    every, table = store_ledger.every(store), store_ledger.table(store, TODAY, NEAR).set_index("code")
    assert [item.number for item in every] == list(range(1, len(every) + 1))
    for item in every:
        moves = store_ledger.moves(store, item.id)
        state = ledger.state_of((move["action"], ItemState(move["state"])) for move in moves)
        assert state == item.state == store_ledger.get(store, item.id).state == ItemState(table.loc[item.id, "state"])
        assert [move["state"] for move in moves[1:]] == [MOVES[one["state"], two["action"]] for one, two in itertools.pairwise(moves)]
        assert len(moves) == item.moves
        done = [move["action"] for move in moves]
        for place in [place for place, action in enumerate(done) if action == "sign_off"]:
            applied = max(at for at, action in enumerate(done[:place]) if action == "apply_sign_off")
            assert set(done[applied + 1:place]) - {"revise_item"} == {"check_item"}
        assert (item.signed_off_on is not None) == (item.state == ItemState.SIGNED_OFF)
    assert events.first_broken(store) is None


def test_no_history_breaks_the_rules(small_county, people):
    """Anybody, any move, any fields, any day: what is refused changes nothing, and the rest follows the table. Each history is taken back."""
    store, reached = small_county, Counter()

    def begin(raises) -> list[str]:
        for name, code, plan in raises:
            before = rows(store)
            try:
                raised(store, moment(10), code, plan, people[name])
            except Refused:
                assert rows(store) == before
        return [item.id for item in store_ledger.every(store)]

    def step(item, day, pick, wild) -> None:
        """One move: a sensible one by somebody who may, or with `wild` anything by anybody."""
        possible = [action for action in COLUMNS if MOVES[item.state.value, action] != "."]
        action = (COLUMNS if wild else possible)[pick % len(COLUMNS if wild else possible)]
        able = [name for name, role in OWN[item.organization].items() if role in WHO[action].split()]
        name, fields, note, back = wild or (able[pick % len(able)], {}, NOTE, None)
        more = {"on": None if back is None else day + dt.timedelta(days=back), "note": note, **fields}
        before = rows(store)
        try:
            state = do(store, item.id, action, moment(day.day, day.month), people[name], seen=item.seq, **more)
        except Refused:
            assert rows(store) == before
            assert wild or action in ("confirm_item", "reopen_item")  # by then, its due date is over
            return
        assert name in able
        assert state == ItemState(MOVES[item.state.value, action])
        assert len(rows(store)["ledger_moves"]) - len(before["ledger_moves"]) == events.head(store)[0] - before["head"][0] <= 1
        reached[state.value] += 1

    @settings(max_examples=1000)
    @given(st.lists(RAISE, min_size=1, max_size=3), st.lists(STEP, min_size=6, max_size=12))
    def history(raises, steps):
        store.conn.execute("begin immediate")
        try:
            items = begin(raises)
            for number, (pick, which, wild, anything) in enumerate(steps if items else ()):
                day = dt.date(2012, 4, 11) + dt.timedelta(days=3 * number)
                step(store_ledger.get(store, items[which % len(items)]), day, pick, anything if wild else None)
            holds(store)
        finally:
            store.conn.rollback()

    history()
    assert set(reached) == set(EXPECTED)
    assert reached["signed_off"] > 20
