"""Who may do what: the whole table, action × who × whose, written out from the design (§5) and the mission, not from the code."""

from pathlib import Path

import pytest

from lib.core import access
from lib.core.access import PAGES, PUBLIC_PAGES, Action, Whose
from lib.core.model import SYSTEM, Actor, Refused, Role

PAGE_FILES = Path(__file__).resolve().parents[1] / "pages"

OWN = Whose("V1", "C1", "T1")  # everybody's own: the organization, its committee, its township
FOREIGN = Whose("V9", "C9", "T9")
COUNTY_LEVEL = Whose("A1", "C9", None)  # belongs to no township

ACTORS = {
    "organization": Actor("v1", Role.ORGANIZATION, organization="V1"),
    "committee": Actor("c1", Role.COMMITTEE, committee="C1"),
    "county": Actor("county", Role.COUNTY),
    "administrator": Actor("admin", Role.COUNTY, administrator=True),
    "leader": Actor("link:1", Role.LEADER),
    "limited": Actor("link:2", Role.LEADER, townships=("T1", "T2")),  # a view link for some townships
    "public": Actor("public", Role.PUBLIC),
}
# A letter for each actor, in their order: a = any, o = its own only, - = never.
TABLE = {
    #                        o c c a l l p
    #                        r o o d e i u
    #                        g m u m a m b
    Action.LOOK:                 "o o a a a o -",
    Action.LOOK_AT_ORGANIZATION: "o o a a a o -",
    Action.SEE_PHONE:            "o o a a - - -",  # a link is opened in front of a room
    Action.READ_ATTACHMENT:      "o o a a - - -",
    Action.READ_MINUTES:         "- - a a a o -",  # a leader: of the meeting of the link
    Action.SEE_NOTICE:           "a a a a a a a",  # a public notice is public
    Action.FILL:                 "o o a a - - -",
    Action.SUBMIT:               "o o a a - - -",
    Action.REPLY:                "o o a a - - -",
    Action.CAST_BALLOT:          "- - - - - - a",  # with a code, and nobody's name
    Action.REMARK:               "- o a a - - -",
    Action.RETURN:               "- o a a - - -",
    Action.REVIEW:               "- o a a - - -",
    Action.PROPOSE:              "- o a a - - -",
    Action.NOTICE:               "- o a a - - -",
    Action.OBJECT:               "- a a a - - a",  # what reaches an office by letter is entered there
    Action.HANDLE_OBJECTION:     "- o a a - - -",
    Action.ENTER_TALLY:          "- o a a - - -",
    Action.ISSUE_BALLOTS:        "- o a a - - -",
    Action.CHANGE_CLASS:         "- o a a - - -",
    Action.KEEP_RECORD:          "o o a a - - -",  # a register's head narrows it
    Action.APPROVE_RECORD:       "- - a a - - -",
    Action.RAISE_ITEM:           "o o a a - - -",
    Action.CONFIRM_ITEM:         "o o a a - - -",
    Action.DISMISS_ITEM:         "- o a a - - -",  # nobody clears his own problem away
    Action.RETURN_MEASURE:       "- o a a - - -",
    Action.REVISE_ITEM:          "- o a a - - -",
    Action.REPORT_PROGRESS:      "o o a a - - -",
    Action.APPLY_SIGN_OFF:       "o o a a - - -",
    Action.CHECK_ITEM:           "- o a a - - -",
    Action.REFUSE_ITEM:          "- o a a - - -",
    Action.SIGN_OFF:             "- - a a - - -",  # 挂账销号: listed until the county signs off
    Action.REOPEN_ITEM:          "- - a a - - -",
    Action.APPROVE:              "- - a a - - -",
    Action.SEND_BACK:            "- - a a - - -",
    Action.REOPEN:               "- - - a - - -",
    Action.RECORD_RESULT:        "- - a a - - -",
    Action.EDIT_REGISTRY:        "- - a a - - -",
    Action.MANAGE_SNAPSHOTS:     "- - a a - - -",
    Action.MANAGE_LINKS:         "- - a a - - -",
    Action.MANAGE_MEETINGS:      "- - a a - - -",
    Action.MANAGE_ACCOUNTS:      "- - - a - - -",
    Action.MANAGE_PROGRAM:       "- - - a - - -",
    Action.OWN_ACCOUNT:          "o o a a - - -",
}
CHANGES_NOTHING = {Action.LOOK, Action.LOOK_AT_ORGANIZATION, Action.READ_MINUTES, Action.SEE_NOTICE}


def test_the_table_is_whole():
    assert set(TABLE) == set(Action)
    assert {len(row.split()) for row in TABLE.values()} == {len(ACTORS)}
    assert access.ALLOWED.keys() == set(Action)


@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize(("who", "column"), [(who, column) for column, who in enumerate(ACTORS)])
def test_who_may_do_what(action, who, column):
    actor, reach = ACTORS[who], TABLE[action].split()[column]
    expected = {None: reach != "-", OWN: reach != "-", FOREIGN: reach == "a", COUNTY_LEVEL: reach == "a"}
    assert {whose: access.allowed(actor, action, whose) for whose in expected} == expected
    for whose, may in expected.items():
        if may:
            access.require(actor, action, whose)
        else:
            with pytest.raises(Refused) as refused:
                access.require(actor, action, whose)
            problem = refused.value.problems[0]
            assert (problem.code, dict(problem.params)) == ("access.refused", {"action": action.value, "role": actor.role.value})


def test_leaders_and_the_public_change_nothing_but_ballots_and_objections():
    for action in Action:
        for who in ("leader", "limited"):
            assert not access.allowed(ACTORS[who], action) or action in CHANGES_NOTHING
        assert not access.allowed(ACTORS["public"], action) or action in {Action.SEE_NOTICE, Action.CAST_BALLOT, Action.OBJECT}


@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("role", [Role.ORGANIZATION, Role.COMMITTEE, Role.COUNTY])
def test_before_the_first_change_of_password_only_that(action, role):
    actor = Actor("new", role, organization="V1" if role == Role.ORGANIZATION else None, committee="C1" if role == Role.COMMITTEE else None,
                  administrator=role == Role.COUNTY, must_change_password=True)
    for whose in (None, OWN):
        assert access.allowed(actor, action, whose) == (action == Action.OWN_ACCOUNT)


@pytest.mark.parametrize(("townships", "township", "sees"), [
    ((), "T1", True), ((), None, True), (("T1",), "T1", True), (("T1", "T2"), "T2", True), (("T1",), "T2", False), (("T1",), None, False)])
def test_a_link_limited_to_townships(townships, township, sees):
    actor = Actor("link:3", Role.LEADER, townships=townships)
    assert access.allowed(actor, Action.LOOK_AT_ORGANIZATION, Whose("X", "C", township)) == sees


@pytest.mark.parametrize("role", [Role.ORGANIZATION, Role.COMMITTEE, Role.LEADER, Role.PUBLIC])
def test_the_administrators_flag_is_nothing_without_the_county(role):
    actor = Actor("x", role, organization="V1", committee="C1", administrator=True)
    for action in (Action.MANAGE_ACCOUNTS, Action.MANAGE_PROGRAM, Action.REOPEN):
        assert not access.allowed(actor, action)


def test_the_system_may_do_all_but_vote():
    assert {action for action in Action if not access.allowed(SYSTEM, action, FOREIGN)} == {Action.CAST_BALLOT}


# ---- pages

LOGIN = {"organization", "committee", "county", "administrator"}
VIEWERS = LOGIN | {"leader", "limited"}
OFFICES = {"committee", "county", "administrator"}
COUNTY = {"county", "administrator"}
WHO_OPENS = {
    "overview": VIEWERS, "township": VIEWERS, "side_by_side": VIEWERS, "ratings": VIEWERS, "organization": VIEWERS,
    # the work programme: a meeting sees all of it
    "targets": VIEWERS, "rectification": VIEWERS, "pairing": VIEWERS, "coverage": VIEWERS, "communities": VIEWERS, "training": VIEWERS,
    "exemplars": VIEWERS, "honours": VIEWERS, "agencies": VIEWERS, "inspections": VIEWERS, "standing_rules": VIEWERS, "registers": VIEWERS,
    "changes": VIEWERS, "presentation": VIEWERS,
    "assessment": LOGIN, "account": LOGIN, "work": LOGIN,
    "appraisal": OFFICES, "review": OFFICES,
    "registry": COUNTY, "snapshots": COUNTY, "links": COUNTY, "meetings": COUNTY | {"leader", "limited"},
    "accounts": {"administrator"}, "forms": {"administrator"},
    "ballot": {"public"}, "notice": set(ACTORS),
}


@pytest.mark.parametrize("page", WHO_OPENS)
def test_who_opens_a_page(page):
    assert {who for who, actor in ACTORS.items() if access.allowed(actor, PAGES[page])} == WHO_OPENS[page]


def test_every_page_has_its_right():
    assert set(PAGES) == set(WHO_OPENS)
    assert {path.stem for path in PAGE_FILES.glob("*.py")} == set(PAGES)


def test_only_ballot_and_notice_are_public():
    assert set(PUBLIC_PAGES) == {"ballot", "notice"}
