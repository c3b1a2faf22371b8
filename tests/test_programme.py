"""The work programme's figures (mission W1–W11, P1, P5, L1) on small counties built by the real commands and counted by hand."""

import datetime as dt
from dataclasses import replace
from types import SimpleNamespace

import pytest
from steps import AFTER, STARTS, bring, fill_in, submit

from lib.core import ledger, targets
from lib.core.access import Action
from lib.core.ledger import Plan, Source
from lib.core.model import SYSTEM, Grade
from lib.core.targets import GRADING, MEASURES
from lib.core.workflow import State
from lib.store import assessments, cases, gradings, organizations, programme, records, rounds
from lib.store import ledger as store_ledger
from lib.store.records import Entry

FENGYUAN, CHENGGUAN, SYSTEM_COMMITTEE = "610525101000", "610525001000", "XT"
TOWNSHIP = {FENGYUAN: "610525101", CHENGGUAN: "610525001", SYSTEM_COMMITTEE: None}
PLAN = Plan("活动场所漏雨", "翻修屋顶", "张三", "支部书记", "", "2012-06-01")

DEFAULTS = {
    "leaders": {"name": "王建国", "post": "镇党委书记", "rank": "cadre", "newly_promoted": "no"},
    "pairings": {"since": "2012-03-20"},
    "visits": {"visited_on": "2012-04-03", "visitor": "李明"},
    "stays": {"from_on": "2012-02-01"},
    "courses": {"title": "轮训第一期", "kind": "rotation", "organizer": "县委组织部", "held_on": "2012-03-01", "hours": "24"},
    "rotation": {"role": "secretary", "person": "刘志强", "completed_on": "2012-03-10"},
    "credits": {"credits": "10", "earned_on": "2012-03-10"},
    "census": {"unit": "果品公司", "unit_kind": "private", "operating": "yes", "employees": "80", "members": "5", "mode": "none"},
    "exemplars": {"category": "site", "title": "活动阵地", "field": "rural", "reason": "阵地规范", "nominated_on": "2012-04-05"},
    "window_appraisals": {"appraiser": "masses", "held_on": "2012-03-10", "participants": "60", "satisfied": "57"},
    "mobilization": {"held_on": "2012-03-02", "led_by": "王建国", "attendance": "32"},
    "standing_rules": {"rule": "report", "title": "述党建制度", "adopted_on": "2012-04-01"},
}


def counted(tables, code, program):
    """Count, total and rate of a figure; the names behind it are as many as it says."""
    rows = targets.rows_of(tables, code)
    found = targets.figure(rows, code, program)
    assert (len(targets.names(rows, code)), len(targets.names(rows, code, True))) == (found.among, found.met)
    assert len(targets.names(rows, code, False)) == found.among - found.met
    return found.count, found.total, found.rate


@pytest.fixture
def county(small_county, at):
    """Villages V1, V2 and agency A1 of two committees, and short ways to what befalls them."""
    def org(code, kind, committee=FENGYUAN):
        organizations.save_organization(small_county, SYSTEM, {"code": code, "name": f"{code}党支部", "kind": kind, "committee": committee,
                                                               "township": TOWNSHIP[committee], "members": 30, "secretary": "", "phone": ""}, at)

    def add(register, organization=None, committee=None, **values):
        return records.add(small_county, SYSTEM, register, Entry({**DEFAULTS[register], **values}, organization, committee), at, STARTS)

    def hand_in(code, **answers):
        fill_in(small_county, code, at, **answers)
        submit(small_county, code, at)

    def close(code):
        organizations.close_organization(small_county, SYSTEM, code, "2012-04-01", "合并", at)

    def tables(today=STARTS, **settings):
        round_ = rounds.current(small_county)
        program = replace(round_.program, settings={**round_.program.settings, **settings})
        return programme.tables(small_county, replace(round_, program=program), today)

    def figure(code, today=STARTS, **settings):
        return counted(tables(today, **settings), code, rounds.current(small_county).program)

    def who(code, counted=True):
        return set(targets.names(targets.rows_of(tables(), code), code, counted)["code"])

    def change(record, **values):
        records.change(small_county, SYSTEM, record, values, at, STARTS)

    return SimpleNamespace(store=small_county, at=at, org=org, add=add, hand_in=hand_in, close=close, tables=tables, figure=figure, who=who,
                           change=change)


def bad(name: str, answer: str) -> dict[str, str]:
    return {name: answer, f"{name}__what": "见记录", f"{name}__why": "other"}


# ---- nothing to count

WITHOUT_ROWS = {"village_upper", "village_fourth", "villages_paired", "heads_trained", "village_venue", "village_pay", "community_staff",
                "community_funds", "community_venue", "community_secured", "secretaries_trained", "two_new_venue", "five_good_townships",
                "stays_assessed", "credits_earned", "backward_ledger", "signed_off", "overdue", "covered_operating", "covered_eligible",
                "coverage_planned", "windows_appraised", "leaders_complete", "good_share", "satisfaction"}


def test_nothing_to_divide_by_is_no_rate(county):
    """Of one agency with nothing done, every figure about others has nothing to divide by; those about everybody are 0 %, and 100 sites are 100."""
    county.close("V1")
    county.close("V2")
    tables, program = county.tables(), rounds.current(county.store).program
    for code in MEASURES:
        count, total, rate = counted(tables, code, program)
        if code in WITHOUT_ROWS:
            assert (count, total, rate) == (0, 0, None), code
        else:
            assert (count, total, rate) == (0, 100 if code.startswith("exemplar_") else 1, 0), code


def test_a_county_without_organizations(store):
    """Before the registry is imported: no figure fails."""
    round_ = rounds.current(store)
    tables = programme.tables(store, round_, STARTS)
    for code in MEASURES:
        found = targets.figure(targets.rows_of(tables, code), code, round_.program)
        assert (found.count, found.met, found.among) == (0, 0, 0)
        assert targets.by_township(targets.rows_of(tables, code), code, round_.program) == {}


# ---- P1, P5


def test_mobilized_organizations_and_committees(county):
    """An organization's meeting is not its committee's, nor the other way round; who has not reported stays in the denominator."""
    assert [county.figure("mobilized"), county.figure("committees_mobilized")] == [(0, 3, 0), (0, 2, 0)]
    county.add("mobilization", "V1")
    county.add("mobilization", "V1", held_on="2012-03-01")
    assert [county.figure("mobilized"), county.figure("committees_mobilized")] == [(1, 3, 3333), (0, 2, 0)]
    county.add("mobilization", committee=CHENGGUAN)
    assert [county.figure("mobilized"), county.figure("committees_mobilized")] == [(1, 3, 3333), (1, 2, 5000)]
    rows = county.tables()["organizations"].set_index("code")
    assert rows.loc["V1", "mobilized_on"] == "2012-03-01"  # the first of them
    county.close("V2")
    assert county.figure("mobilized") == (1, 2, 5000)


def test_the_three_rules_of_the_whole_county(county):
    county.add("standing_rules", "V1")
    county.add("standing_rules", "V1", rule="own", title="村务公开制度")
    county.add("standing_rules", "V2", rule="assess", title="考核党建制度")
    county.add("standing_rules", committee=FENGYUAN, rule="appraise", title="群众评议制度")  # the committee's own: no organization's
    assert [county.figure(code) for code in ("rule_report", "rule_appraise", "rule_assess")] == [(1, 3, 3333), (0, 3, 0), (1, 3, 3333)]
    assert county.who("rule_assess") == {"V2"}


# ---- W1


def test_paired_villages(county):
    leader, other = county.add("leaders", committee=FENGYUAN), county.add("leaders", committee=CHENGGUAN, name="李红")
    assert county.figure("villages_paired") == (0, 2, 0)
    first = county.add("pairings", "V1", leader=leader)
    second = county.add("pairings", "V1", leader=other, since="2012-03-10")
    county.add("pairings", "A1", leader=other)  # no village
    assert county.figure("villages_paired") == (1, 2, 5000)
    assert county.tables()["organizations"].set_index("code").loc["V1", "paired_on"] == "2012-03-10"
    county.change(second, ended_on="2012-04-01")
    assert county.figure("villages_paired") == (1, 2, 5000)
    county.change(first, ended_on="2012-04-01")
    assert county.figure("villages_paired") == (0, 2, 0)  # an ended pairing is none
    county.add("pairings", "V1", leader=leader, since="2012-04-02")
    county.close("V2")
    assert county.figure("villages_paired") == (1, 1, 10000)


def test_visits_are_counted(county):
    county.add("visits", "V1")
    county.add("visits", "V1", visited_on="2012-04-05")
    rows = county.tables()["organizations"].set_index("code")
    assert rows["visits"].to_dict() == {"V1": 2, "V2": 0, "A1": 0}
    assert rows.loc["V1", "visited_on"] == "2012-04-05"


def test_stays_of_newly_promoted_leaders(county):
    new, newer = (county.add("leaders", committee=FENGYUAN, name=name, newly_promoted="yes", rank="section_head") for name in ("新一", "新二"))
    old = county.add("leaders", committee=FENGYUAN, name="旧")
    county.add("stays", "V1", leader=old, result="qualified", assessed_on="2012-04-01")
    stay = county.add("stays", "V1", leader=new)
    assert county.figure("stays_assessed") == (0, 2, 0)
    county.change(stay, result="qualified", assessed_on="2012-04-05")
    assert county.figure("stays_assessed") == (1, 2, 5000)
    records.remove(county.store, SYSTEM, newer, "调离", county.at)
    assert county.figure("stays_assessed") == (1, 1, 10000)


# ---- W2: classes are the grading's; W3, W4


def decided(county, code, record, approved=True):
    if county.tables()["organizations"].set_index("code").loc[code, "state"] != State.APPROVED:
        bring(county.store, code, State.APPROVED, county.at)
    records.decide(county.store, SYSTEM, record, approved, "" if approved else "名额已满", county.at, AFTER)


def test_a_hundred_sites_and_a_hundred_members(county):
    """Measured against the plan's hundred, however many are nominated; refused and undecided ones do not count."""
    one, two = county.add("exemplars", "V1"), county.add("exemplars", "V1", title="远教站点")
    member = county.add("exemplars", "V1", category="member", title="张秀英")
    assert [county.figure(code) for code in ("exemplar_sites", "exemplar_members")] == [(0, 100, 0), (0, 100, 0)]
    decided(county, "V1", one)
    decided(county, "V1", two, approved=False)
    decided(county, "V1", member)
    assert [county.figure(code) for code in ("exemplar_sites", "exemplar_members")] == [(1, 100, 100), (1, 100, 100)]
    assert county.figure("exemplar_sites", exemplar_sites=50) == (1, 100, 100)  # the round's programme says how many, not who looks
    rows = county.tables()["exemplars"]
    assert targets.by_township(rows, "exemplar_sites", rounds.current(county.store).program) == {}
    county.close("V1")
    assert county.figure("exemplar_sites") == (0, 100, 0)


def test_townships_with_enough_five_good_villages(county):
    """The plan asks for two or three in every township; one without villages is not asked."""
    assert county.figure("five_good_townships") == (0, 1, 0)  # Chengguan has only an agency here
    first, second = (county.add("exemplars", code, category="five_good", title=f"{code}示范村") for code in ("V1", "V2"))
    county.add("exemplars", "V1", title="只是示范点")
    decided(county, "V1", first)
    assert county.figure("five_good_townships") == (0, 1, 0)
    assert county.figure("five_good_townships", demo_sites=1) == (1, 1, 10000)
    decided(county, "V2", second)
    assert county.figure("five_good_townships") == (1, 1, 10000)
    assert county.figure("five_good_townships", demo_sites=3) == (0, 1, 0)
    county.org("V3", "village", CHENGGUAN)
    assert county.figure("five_good_townships") == (1, 2, 5000)
    county.close("V2")
    assert county.figure("five_good_townships") == (0, 2, 0)


# ---- W5


def test_secretaries_trained_by_survey_or_register(county):
    """Villages and communities; the register of rotation training counts, and so does the survey's answer; who has not reported stays in."""
    county.org("C1", "community")
    assert county.figure("secretaries_trained") == (0, 3, 0)
    course = county.add("courses")
    county.add("rotation", "V1", course=course)
    county.add("rotation", "C1", course=course, role="head", person="主任")
    assert county.who("secretaries_trained") == {"V1"}
    county.hand_in("V2")
    assert county.figure("secretaries_trained") == (2, 3, 6667)
    rows = county.tables()["organizations"].set_index("code")
    assert (rows.loc["V1", "secretary_trained_on"], rows.loc["V2", "secretary_trained_on"]) == ("2012-03-10", "2012-04-10")
    county.hand_in("C1", **bad("secretary_trained", "no"))
    assert county.figure("secretaries_trained") == (2, 3, 6667)
    county.add("rotation", "C1", course=course, completed_on="2012-04-09")  # trained since: the register goes before the answer
    assert county.figure("secretaries_trained") == (3, 3, 10000)


def test_heads_trained(county):
    county.org("C1", "community")
    course = county.add("courses")
    county.add("rotation", "V1", course=course, role="head", person="主任")
    county.add("rotation", "V2", course=course)
    county.add("rotation", "C1", course=course, role="head", person="主任")
    assert county.figure("heads_trained") == (1, 2, 5000)
    assert county.who("heads_trained") == {"V1"}


def test_credits_of_township_cadres(county):
    """Those required by the cadre's own file, else by the programme (40); the cadres of the county's own committees are no township cadres."""
    organizations.add_committee(county.store, SYSTEM, SYSTEM_COMMITTEE, "县直机关工委", None, county.at)
    assert county.figure("credits_earned") == (0, 0, None)
    course = county.add("courses")
    usual = county.add("leaders", committee=FENGYUAN, name="甲")
    less = county.add("leaders", committee=FENGYUAN, name="乙", credits_required="12.5")
    none = county.add("leaders", committee=FENGYUAN, name="丙", credits_required="0")
    outside = county.add("leaders", committee=SYSTEM_COMMITTEE, name="丁")
    for leader in (usual, less, none, outside):
        county.add("credits", committee=FENGYUAN if leader != outside else SYSTEM_COMMITTEE, leader=leader, course=course, credits="12.5")
    assert county.figure("credits_earned") == (1, 2, 5000)
    assert county.who("credits_earned") == {less}
    county.add("credits", committee=FENGYUAN, leader=usual, course=course, credits="27", earned_on="2012-03-20")
    assert county.figure("credits_earned") == (1, 2, 5000)  # 39.5
    county.add("credits", committee=FENGYUAN, leader=usual, course=course, credits="0.5", earned_on="2012-03-21")
    assert county.figure("credits_earned") == (2, 2, 10000)
    assert county.figure("credits_earned", credits_required=50) == (1, 2, 5000)


# ---- W6 and the ledger


def item(county, code, *moves, leader="", plan=PLAN):
    found = store_ledger.raise_item(county.store, SYSTEM, code, Source.HAND, plan.with_({"leader": leader}), county.at)
    for move in moves:
        action = Action(move)
        note = "已看过" if action in ledger.NEEDS_NOTE else ""
        store_ledger.act(county.store, SYSTEM, found, action, county.at, note=note)
    return found


DONE = ("apply_sign_off", "check_item", "sign_off")


def test_backward_organizations_have_a_led_ledger(county):
    """较差 or 四类: an open or finished ledger, a responsible leader, a due date."""
    leader = county.add("leaders", committee=FENGYUAN)
    item(county, "A1", leader=leader)
    assert county.figure("backward_ledger") == (0, 0, None)  # nobody is backward
    organizations.change_class(county.store, SYSTEM, "2012", "V1", "start", "fourth", "2012-03-01", "", county.at)
    gradings.record_result(county.store, SYSTEM, "V2", Grade.POOR, "2012-04-01", county.at)
    assert county.figure("backward_ledger") == (0, 2, 0)
    item(county, "V1", plan=Plan(problem="只有问题"), leader=leader)  # a draft
    item(county, "V1", "dismiss_item", plan=Plan(problem="不是问题"), leader=leader)
    item(county, "V1")  # nobody leads it
    item(county, "V2", "return_measure", leader=leader)
    assert county.figure("backward_ledger") == (0, 2, 0)
    assert county.tables()["organizations"].set_index("code")["has_plan"].to_dict() == {"V1": True, "V2": False, "A1": True}
    item(county, "V1", leader=leader)
    assert county.figure("backward_ledger") == (1, 2, 5000)
    item(county, "V2", *DONE, leader=leader)
    assert county.figure("backward_ledger") == (2, 2, 10000)
    assert store_ledger.gaps(county.store, ["V1", "V2"]) == {}
    county.close("V2")
    assert county.figure("backward_ledger") == (1, 1, 10000)
    organizations.change_class(county.store, SYSTEM, "2012", "V1", "now", "third", "2012-04-09", "已整改", county.at)
    assert county.figure("backward_ledger") == (0, 0, None)  # no longer backward


def test_items_signed_off_and_overdue(county):
    """A draft that nobody confirmed counts, since it is a problem; one dismissed was none."""
    assert [county.figure(code) for code in ("signed_off", "overdue")] == [(0, 0, None), (0, 0, None)]
    item(county, "V1")
    item(county, "V1", "apply_sign_off")
    item(county, "V2", *DONE)
    item(county, "V2", plan=Plan(problem="只有问题"))
    item(county, "A1", "dismiss_item", plan=Plan(problem="不是问题"))
    assert county.figure("signed_off") == (1, 4, 2500)
    assert county.figure("overdue") == (0, 3, 0)
    assert county.figure("overdue", dt.date(2012, 4, 18)) == (1, 3, 3333)  # the draft was to be confirmed by the 17th
    assert county.figure("overdue", dt.date(2012, 6, 2)) == (2, 3, 6667)  # what was applied for in time is the reviewers' turn
    rows = county.tables(dt.date(2012, 6, 2))["organizations"].set_index("code")
    assert rows[["items", "items_open", "items_overdue"]].to_dict("index") == {
        "V1": {"items": 2, "items_open": 2, "items_overdue": 1}, "V2": {"items": 2, "items_open": 1, "items_overdue": 1},
        "A1": {"items": 0, "items_open": 0, "items_overdue": 0}}
    county.close("V2")
    assert [county.figure("signed_off"), county.figure("overdue", dt.date(2012, 6, 2))] == [(0, 2, 0), (1, 2, 5000)]


# ---- W7, W10, W11

SECURED = ("community_staff", "community_funds", "community_venue", "community_secured")


@pytest.mark.parametrize(("answers", "met"), [
    (None, (0, 0, 0, 0)),  # 未报
    ({"staff_full_time": "5", "office_funds": "20000"}, (1, 1, 1, 1)),  # just enough
    (bad("staff_full_time", "4"), (0, 1, 1, 0)),
    (bad("office_funds", "19999"), (1, 0, 1, 0)),
    (bad("venue_secured", "no"), (1, 1, 0, 0)),
])
def test_communities_have_staff_funds_and_a_venue(county, answers, met):
    assert [county.figure(code) for code in SECURED] == [(0, 0, None)] * 4
    county.org("C1", "community")
    county.org("C2", "community")
    if answers is not None:
        county.hand_in("C1", **answers)
    assert [county.figure(code) for code in SECURED] == [(one, 2, 5000 * one) for one in met]


@pytest.mark.parametrize(("answers", "venue", "pay"), [
    (None, 0, 0), ({"office_funds": "5000"}, 1, 1), (bad("office_funds", "4999"), 1, 0), (bad("pay_secured", "no"), 1, 0),
    (bad("venue_secured", "no"), 0, 1),
])
def test_villages_have_a_venue_pay_and_funds(county, answers, venue, pay):
    if answers is not None:
        county.hand_in("V1", **answers)
    assert [county.figure(code) for code in ("village_venue", "village_pay")] == [(venue, 2, 5000 * venue), (pay, 2, 5000 * pay)]


def test_funds_that_nobody_is_sure_of_are_not_secured(county):
    county.hand_in("V1", office_funds=None, office_funds__unsure="yes")
    assert county.figure("village_pay") == (0, 2, 0)


def test_the_last_submission_counts(county):
    county.hand_in("V1", **bad("venue_secured", "no"))
    assert county.figure("village_venue") == (0, 2, 0)
    assessments.return_(county.store, SYSTEM, "V1", "请核对", county.at)
    assert county.figure("village_venue") == (0, 2, 0)
    county.hand_in("V1")
    assert county.figure("village_venue") == (1, 2, 5000)


def test_two_new_organizations_have_a_venue(county):
    county.org("P1", "private_enterprise")
    county.org("S1", "social_organization", CHENGGUAN)
    county.hand_in("V1")  # no two-new organization
    assert county.figure("two_new_venue") == (0, 2, 0)
    county.hand_in("P1")
    assert county.figure("two_new_venue") == (1, 2, 5000)


# ---- W8


def census(county):
    planned = {"plan": "联合组建", "plan_on": "2012-06-30"}
    organized = {"organized_on": "2012-03-01"}
    units = {"单独": {"mode": "single", **organized}, "联合": {"mode": "joint", "members": "2", **organized},
             "挂靠": {"mode": "attached", "members": "3", **organized}, "三人未建": {"members": "3", **planned}, "两人未建": {"members": "2"},
             "无期限": {"members": "0", "plan": "再说"}, "停产": {"operating": "no", "members": "9", **planned},
             "停产已建": {"operating": "no", "mode": "single", **organized}}
    return {unit: county.add("census", committee=FENGYUAN if number % 2 else CHENGGUAN, unit=unit, **values)
            for number, (unit, values) in enumerate(units.items())}


def test_coverage_of_private_firms_and_social_organizations(county):
    """Over all that operate (single, joint, attached; three not), and over those with three members or more (single, attached; one not)."""
    codes = ("covered_operating", "covered_eligible", "coverage_planned")
    assert [county.figure(code) for code in codes] == [(0, 0, None)] * 3
    units = census(county)
    assert [county.figure(code) for code in codes] == [(3, 6, 5000), (2, 3, 6667), (1, 3, 3333)]
    assert county.who("coverage_planned") == {units["三人未建"]}
    assert county.who("coverage_planned", False) == {units["两人未建"], units["无期限"]}


def test_whether_attached_ones_count_is_a_setting(county):
    census(county)
    modes = {"coverage_modes": "single joint"}
    assert [county.figure(code, **modes) for code in ("covered_operating", "covered_eligible")] == [(2, 6, 3333), (1, 3, 3333)]
    assert county.figure("covered_operating", coverage_modes="single") == (1, 6, 1667)


# ---- W9


def test_windows_appraised_by_all_three(county):
    """A window unit is known from the registry before it has handed in anything; all of the masses, the members and the leaders are needed."""
    assert county.figure("windows_appraised") == (0, 0, None)
    county.add("window_appraisals", "V1", appraiser="leaders")  # has no windows
    organizations.save_facts(county.store, SYSTEM, "A1", {"windows": "3"}, county.at)
    assert county.figure("windows_appraised") == (0, 1, 0)
    county.add("window_appraisals", "A1")
    county.add("window_appraisals", "A1", held_on="2012-03-20")  # the masses again
    county.add("window_appraisals", "A1", appraiser="members")
    assert county.figure("windows_appraised") == (0, 1, 0)
    assert county.tables()["organizations"].set_index("code")["appraisers"].to_dict() == {"A1": 2, "V1": 1, "V2": 0}
    county.add("window_appraisals", "A1", appraiser="leaders", held_on="2012-04-01")
    assert county.figure("windows_appraised") == (1, 1, 10000)
    county.hand_in("A1")
    assert county.figure("windows_appraised") == (1, 1, 10000)
    county.org("A2", "agency")
    organizations.save_facts(county.store, SYSTEM, "A2", {"windows": "0"}, county.at)
    assert county.figure("windows_appraised") == (1, 1, 10000)  # an office without windows is no window unit
    county.close("A1")
    assert county.figure("windows_appraised") == (0, 0, None)


# ---- L1


def lacks(county) -> dict[str, str]:
    rows = county.tables()["leaders"]
    return {name: text for name, needs, text in zip(rows["name"], rows["needs"], rows["lacks"], strict=True) if needs}


@pytest.fixture
def staffed(county):
    """A county with one backward village (V1, of Fengyuan), a community, a firm, a village without trouble in Chengguan, and leaders."""
    organizations.add_committee(county.store, SYSTEM, SYSTEM_COMMITTEE, "县直机关工委", None, county.at)
    county.org("C1", "community")
    county.org("P1", "private_enterprise")
    county.org("V3", "village", CHENGGUAN)
    organizations.change_class(county.store, SYSTEM, "2012", "V1", "start", "third", "2012-03-01", "", county.at)
    leaders = (("书记甲", "secretary", FENGYUAN), ("书记乙", "secretary", CHENGGUAN), ("书记丙", "secretary", SYSTEM_COMMITTEE),
               ("委员", "member", CHENGGUAN), ("干部", "cadre", FENGYUAN), ("科长", "section_head", FENGYUAN))
    county.leaders = {name: county.add("leaders", committee=committee, name=name, rank=rank) for name, rank, committee in leaders}
    county.pair = lambda name, code: county.add("pairings", code, leader=county.leaders[name])
    return county


def test_what_leading_members_take_on(staffed):
    """Each secretary one backward village, one community, one two-new organization; every other leading member a village; cadres nothing.

    The secretary of a township without a backward village takes any; that of a county committee, which has no villages, a backward one.
    """
    assert lacks(staffed) == {"书记甲": "backward_village community two_new", "书记乙": "village community two_new",
                              "书记丙": "backward_village community two_new", "委员": "village"}
    assert staffed.figure("leaders_complete") == (0, 4, 0)


def test_what_leading_members_still_lack(staffed):
    for name in ("书记甲", "书记乙", "书记丙"):
        for code in ("V2", "C1", "P1"):
            staffed.pair(name, code)
    assert lacks(staffed) == {"书记甲": "backward_village", "书记乙": "", "书记丙": "backward_village", "委员": "village"}
    assert staffed.figure("leaders_complete") == (1, 4, 2500)
    staffed.pair("书记甲", "V1")
    staffed.pair("书记丙", "V1")
    pairing = staffed.pair("委员", "V3")
    staffed.pair("干部", "V3")  # nobody asks it of him
    assert staffed.figure("leaders_complete") == (4, 4, 10000)
    staffed.change(pairing, ended_on="2012-04-01")
    assert staffed.figure("leaders_complete") == (3, 4, 7500)
    staffed.close("P1")  # the only two-new organization of the county: nobody can take one on any more
    assert lacks(staffed)["书记甲"] == ""
    staffed.close("V1")  # nor a backward village; what was taken on there is gone with it
    assert lacks(staffed) == {"书记甲": "", "书记乙": "", "书记丙": "", "委员": "village"}  # V2 will do


def test_where_no_village_is_backward_any_will_do(staffed):
    organizations.change_class(staffed.store, SYSTEM, "2012", "V1", "start", "second", "2012-03-02", "更正", staffed.at)
    assert lacks(staffed)["书记丙"] == "village community two_new"
    gradings.record_result(staffed.store, SYSTEM, "V3", Grade.POOR, "2012-04-01", staffed.at)  # 较差 is backward too
    assert [lacks(staffed)[name].split()[0] for name in ("书记甲", "书记乙", "书记丙")] == ["village", "backward_village", "backward_village"]


def test_a_village_that_has_come_up_was_still_the_one_to_take_on(staffed):
    organizations.change_class(staffed.store, SYSTEM, "2012", "V1", "now", "second", "2012-04-09", "整改到位", staffed.at)
    staffed.pair("书记甲", "V1")
    assert lacks(staffed)["书记甲"] == "community two_new"


# ---- all together


@pytest.fixture
def busy(staffed):
    """The staffed county with something of everything."""
    census(staffed)
    staffed.org("S1", "social_organization", CHENGGUAN)
    staffed.org("X1", "agency", SYSTEM_COMMITTEE)
    for code in ("V1", "C1", "P1"):
        staffed.hand_in(code)
        staffed.add("mobilization", code)
        staffed.add("standing_rules", code)
    bring(staffed.store, "V3", State.APPROVED, staffed.at)
    gradings.record_result(staffed.store, SYSTEM, "V2", Grade.POOR, "2012-04-01", staffed.at, satisfaction=5000)
    staffed.pair("委员", "V3")
    item(staffed, "V2", leader=staffed.leaders["委员"])
    item(staffed, "X1", *DONE)
    staffed.add("stays", "V1", leader=staffed.leaders["科长"], result="qualified", assessed_on="2012-04-05")
    staffed.change(staffed.leaders["科长"], newly_promoted="yes", credits_required="10")
    course = staffed.add("courses")
    staffed.add("credits", committee=FENGYUAN, leader=staffed.leaders["科长"], course=course)
    staffed.add("rotation", "V2", course=course, role="head", person="主任")
    record = staffed.add("exemplars", "V3")
    records.decide(staffed.store, SYSTEM, record, True, "", staffed.at, AFTER)
    organizations.save_facts(staffed.store, SYSTEM, "A1", {"windows": "2"}, staffed.at)
    for appraiser in ("masses", "members", "leaders"):
        staffed.add("window_appraisals", "A1", appraiser=appraiser)
    return staffed


COUNTED = {  # figure → count, total; of V1 V2 (Fengyuan) V3 (Chengguan) C1 P1 S1 A1 X1
    "submitted": (5, 8), "graded": (2, 8), "good_share": (1, 2), "village_upper": (0, 3), "village_fourth": (0, 3),
    "mobilized": (3, 8), "committees_mobilized": (0, 3), "villages_paired": (1, 3), "stays_assessed": (1, 1), "exemplar_sites": (1, 100),
    "exemplar_members": (0, 100), "five_good_townships": (0, 2), "secretaries_trained": (3, 4), "heads_trained": (1, 3), "credits_earned": (1, 5),
    "backward_ledger": (1, 1), "signed_off": (1, 2), "overdue": (0, 1), "community_staff": (1, 1), "community_funds": (1, 1),
    "community_venue": (1, 1), "community_secured": (1, 1), "covered_operating": (3, 6), "covered_eligible": (2, 3), "coverage_planned": (1, 3),
    "windows_appraised": (1, 1), "village_venue": (2, 3), "two_new_venue": (1, 2), "village_pay": (2, 3), "rule_report": (3, 8),
    "rule_appraise": (0, 8), "rule_assess": (0, 8), "leaders_complete": (1, 4),
}


def test_every_figure_of_a_county(busy):
    """And of each part of it: the townships' and the committees' counts add up to the county's, with what belongs to no township."""
    program = rounds.current(busy.store).program
    tables = busy.tables()
    assert set(COUNTED) == set(MEASURES) - {"satisfaction"}
    assert {code: counted(tables, code, program)[:2] for code in COUNTED} == COUNTED
    for code in MEASURES:
        rows = targets.rows_of(tables, code)
        places = targets.by_township(rows, code, program)
        alone = {place: targets.figure(targets.rows_of(targets.within(tables, place), code), code, program) for place in places}
        assert places == alone
        committees = targets.by(rows, code, program, "committee")
        assert committees == {place: targets.figure(targets.rows_of(targets.within(tables, committee=place), code), code, program)
                              for place in committees}
        if code in COUNTED and not MEASURES[code].fixed:
            county_level = targets.figure(targets.rows_of(targets.within(tables, ""), code), code, program)
            for parts in ([*places.values(), county_level], committees.values()):
                assert (sum(each.count for each in parts), sum(each.total for each in parts)) == COUNTED[code], code


def test_every_table_has_the_same_places(busy):
    for name, rows in busy.tables().items():
        assert set(programme.PLACE) <= set(rows.columns), name
        assert rows["code"].is_unique, name
        assert rows["name"].notna().all(), name


def test_the_trend_ends_with_today(busy):
    program, tables = rounds.current(busy.store).program, busy.tables()
    for code in MEASURES:
        found = targets.figure(targets.rows_of(tables, code), code, program)
        trend = targets.trend(targets.rows_of(tables, code), code, program, STARTS)
        if MEASURES[code].since and found.total:
            assert trend == sorted(trend), code
            assert (len(trend), trend[-1]) == (12, round(100 * found.count / found.total, 1)), code
        else:
            assert trend is None, code
    assert targets.trend(tables["organizations"], "mobilized", program, STARTS)[0] == 0
    assert targets.trend(tables["leaders"], "credits_earned", program, STARTS)[-1] == 20.0


def test_the_figures_of_the_grading_need_no_register(busy):
    """Cases alone suffice for them: they are drawn before anything else is read."""
    round_ = rounds.current(busy.store)
    rows = cases.table(busy.store, round_)
    organizations_ = busy.tables()["organizations"]
    assert [targets.figure(rows, code, round_.program) for code in GRADING] == [
        targets.figure(organizations_, code, round_.program) for code in GRADING]


# ---- L3


def made(code, count, total, program):
    """A figure as if counted."""
    rate = targets.half_up(10000 * count, total) if total else None
    target = program.target(code)
    return targets.Figure(code, count, total, rate, target.value, target.at_most, None, total, count)


def test_the_composite_score_is_the_weighted_reach_of_the_targets(store):
    program = rounds.current(store).program
    figures = {"submitted": made("submitted", 1, 2, program), "good_share": made("good_share", 70, 100, program),
               "village_fourth": made("village_fourth", 51, 100, program), "villages_paired": made("villages_paired", 0, 0, program)}
    found = targets.weighed(figures, {"submitted": 10, "good_share": 20, "village_fourth": 10, "villages_paired": 30, "graded": 30, "mobilized": 0})
    # half of 100 %; all of 70 %; of at most 2 % fourth-class villages: 49 of the 98 others; no villages here, and two that were not counted
    assert [(part.figure.code, part.weight, part.achieved, part.points) for part in found.parts] == [
        ("submitted", 25, 5000, 12.5), ("good_share", 50, 10000, 50), ("village_fourth", 25, 5000, 12.5)]
    assert found.score == 75.0
    assert targets.weighed({}, {"submitted": 10}) == targets.Assessment(None, ())
    assert targets.weighed({"villages_paired": figures["villages_paired"]}, {"villages_paired": 10}).score is None


def test_more_than_the_target_is_no_more_than_all_of_it(store):
    program = rounds.current(store).program
    assert targets.achieved(made("good_share", 9, 10, program)) == 10000
    assert targets.achieved(made("village_fourth", 1, 1, program)) == 0
    assert targets.achieved(made("overdue", 1, 4, program)) == 7500


def test_what_has_not_begun_and_what_is_the_countys_is_not_assessed(store):
    program = rounds.current(store).program
    codes = ("submitted", "signed_off", "rule_report", "exemplar_sites")
    assert targets.assessed(program, codes, dt.date(2012, 4, 9)) == ("submitted",)
    assert targets.assessed(program, codes, dt.date(2012, 4, 10)) == ("submitted", "signed_off")  # the overall advance begins
    assert targets.assessed(program, codes, dt.date(2012, 12, 1)) == ("submitted", "signed_off", "rule_report")


def test_a_committee_is_assessed_on_its_own(busy):
    program, tables = rounds.current(busy.store).program, busy.tables()
    weights = {"submitted": 50, "villages_paired": 50}
    scores = {committee: targets.assess(targets.within(tables, committee=committee), program, weights, STARTS).score
              for committee in (FENGYUAN, CHENGGUAN, SYSTEM_COMMITTEE)}
    # V1 V2 C1 P1 all reported, no village paired; of V3 S1 A1 one reported, its village paired; X1 nothing, and no village to pair
    assert scores == {FENGYUAN: 50.0, CHENGGUAN: 66.66, SYSTEM_COMMITTEE: 0.0}
    figures = targets.by_committee(tables, program, targets.assessed(program, weights, STARTS))
    assert {committee: targets.weighed(each, weights).score for committee, each in figures.items()} == scores
