"""The state machine: the whole table against one written out by hand, then every action by everyone through the commands."""

import pytest
from steps import AFTER, SCORES, STARTS, bring

from lib.core import workflow
from lib.core.access import Action
from lib.core.model import SYSTEM, Actor, Grade, Refused, Role
from lib.core.workflow import State
from lib.store import assessments, db, gradings

# One row a state, one column an action; "." is refused, "=" too, but the command gives the receipt of the submit that was
# carried out before (a double click) and changes nothing. Written from the procedure (mission.md, S4), not from the code.
COLUMNS = ("fill", "submit", "remark", "reply", "return", "review", "propose", "notice", "object", "handle_objection", "send_back", "approve",
           "reopen", "record_result")
EXPECTED = {
    "not_submitted": "not_submitted submitted . . . . . . . . . . . approved",
    "returned": "returned submitted . returned . . . . . . . . . approved",
    "submitted": ". = submitted . returned submitted proposed . . . . . . approved",
    "proposed": ". = . . returned proposed proposed noticed . . submitted . . approved",
    "noticed": ". = . . . . . . noticed noticed submitted approved . approved",
    "approved": ". = . . . . . . . . . . submitted approved",
}
MOVES = {(state, action): after for state, row in EXPECTED.items() for action, after in zip(COLUMNS, row.split(), strict=True)}

WHO = {  # action -> accounts that may take it on V1's case: V1's own, its committee, the county, its administrator, the public
    "fill": "v1 fengyuan county admin", "submit": "v1 fengyuan county admin", "reply": "v1 fengyuan county admin",
    "remark": "fengyuan county admin", "return": "fengyuan county admin", "review": "fengyuan county admin",
    "propose": "fengyuan county admin", "notice": "fengyuan county admin", "object": "fengyuan chengguan county admin public",
    "handle_objection": "fengyuan county admin", "send_back": "county admin", "approve": "county admin", "reopen": "admin",
    "record_result": "county admin",
}
EVERYBODY = ("v1", "v2", "fengyuan", "chengguan", "county", "admin", "leader", "public")


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("action", list(Action))
def test_every_state_and_action(state, action):
    expected = MOVES.get((state.value, action.value), ".")
    assert workflow.possible(state, action) == (expected not in (".", "="))
    if expected in (".", "="):
        with pytest.raises(Refused) as refused:
            workflow.after(state, action)
        assert [problem.code for problem in refused.value.problems] == ["workflow.not_now"]
    else:
        assert workflow.after(state, action) == State(expected)


def test_the_table_has_exactly_the_actions_that_were_thought_of():
    assert {action.value for action in workflow.ACTIONS} == set(COLUMNS)
    assert {state.value for state in State} == set(EXPECTED)


# ---- through the commands


def commands(store, at):
    """Action → its command on V1, with arguments that are right as far as the state allows any."""
    def remark():
        found = assessments.remarks(store, "2012", "V1")
        return found[0]["id"] if found else "r0"

    def raised():
        found = gradings.objections(store, "2012", "V1")
        return found[0]["id"] if found else "o0"

    def approve(actor):
        with db.command(store):  # a notice without an open objection is what can be approved
            if found := [o["id"] for o in gradings.objections(store, "2012", "V1") if o["handled_at"] is None]:
                gradings.handle_objection(store, SYSTEM, found[0], False, "不成立", at)
            gradings.approve(store, actor, "V1", at, AFTER)

    return {
        "fill": lambda a: assessments.save_answers(store, a, "V1", {"members_full": 31}, at),
        "submit": lambda a: (assessments.reply(store, SYSTEM, remark(), "已更正", at)
                             if assessments.state(store, "2012", "V1") == State.RETURNED else None,
                             assessments.submit(store, a, "V1", assessments.draft(store, "V1").seq + 1, at, STARTS)),
        "remark": lambda a: assessments.remark(store, a, "V1", "party_lectures", "请附记录", at),
        "reply": lambda a: assessments.reply(store, a, remark(), "已更正", at),
        "return": lambda a: assessments.return_(store, a, "V1", "请补充", at),
        "review": lambda a: gradings.save_review(store, a, "V1", SCORES, [], "", at),
        "propose": lambda a: (gradings.save_review(store, SYSTEM, "V1", SCORES, [], "", at)
                              if assessments.state(store, "2012", "V1") == State.SUBMITTED else None,
                              gradings.propose(store, a, "V1", None, "", at)),
        "notice": lambda a: gradings.open_notice(store, a, "V1", STARTS, at),
        "object": lambda a: gradings.object_(store, a, "V1", "反映情况", "", at, STARTS),
        "handle_objection": lambda a: gradings.handle_objection(store, a, raised(), False, "不成立", at),
        "send_back": lambda a: gradings.send_back(store, a, "V1", "请重新评定", at),
        "approve": approve,
        "reopen": lambda a: gradings.reopen(store, a, "V1", "核准有误", at),
        "record_result": lambda a: gradings.record_result(store, a, "V1", Grade.AVERAGE, "2012-04-20", at),
    }


@pytest.fixture
def people(actor):
    outside = {"leader": Actor("link:v1", Role.LEADER, label="领导"), "public": Actor("public", Role.PUBLIC)}
    return {name: outside.get(name) or actor(name) for name in EVERYBODY}


def everything(store):
    """All that a command could have changed, as rows; the event count among them."""
    tables = ("events", "assessments", "draft_answers", "submissions", "remarks", "reviews", "gradings", "objections")
    return {table: store.conn.execute(f"select * from {table}").fetchall() for table in tables}


@pytest.mark.parametrize("state", list(State))
def test_every_action_in_every_state_by_everyone(small_county, people, at, state):
    store = small_county
    bring(store, "V1", state, at)
    assert assessments.state(store, "2012", "V1") == state
    before, run = everything(store), commands(store, at)
    for action in COLUMNS:
        for name, person in people.items():
            expected = MOVES[state.value, action] if name in WHO[action].split() else "."
            store.conn.execute("begin immediate")
            try:
                if expected == ".":
                    with pytest.raises(Refused), db.command(store):
                        run[action](person)
                    assert everything(store) == before, (action, name)
                elif expected == "=":
                    assert run[action](person)[-1].number == assessments.submissions(store, "2012", "V1")[0]["receipt"]
                    assert everything(store) == before, (action, name)
                else:
                    run[action](person)
                    assert assessments.state(store, "2012", "V1") == State(expected), (action, name)
                    assert len(everything(store)["events"]) > len(before["events"]), (action, name)
            finally:
                store.conn.rollback()


def test_a_repeated_submit_is_one_submit(small_county, actor, at):
    """A double click finds the assessment submitted already; it gets the same receipt and nothing more happens."""
    store, person = small_county, actor("v1")
    bring(store, "V1", State.SUBMITTED, at)
    seq, count = assessments.draft(store, "V1").seq, len(everything(store)["events"])
    again = assessments.submit(store, person, "V1", seq, at, STARTS)
    assert again.number == assessments.submissions(store, "2012", "V1")[0]["receipt"]
    assert len(everything(store)["events"]) == count


def test_settling_a_remark_twice_is_once(small_county, actor, at):
    store, own, other, county = small_county, actor("fengyuan"), actor("chengguan"), actor("county")
    bring(store, "V1", State.RETURNED, at)
    remark = assessments.remarks(store, "2012", "V1")[0]["id"]
    with pytest.raises(Refused):
        assessments.settle(store, other, remark, at)
    assessments.settle(store, own, remark, at)
    count = len(everything(store)["events"])
    assessments.settle(store, county, remark, at)
    assert len(everything(store)["events"]) == count
    assert assessments.remarks(store, "2012", "V1", unsettled=True) == []
