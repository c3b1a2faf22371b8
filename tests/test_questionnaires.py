"""The eight questionnaires against what was asked of them (questionnaire-facts, sections 3 to 6 and 8), written out here anew.

Nothing is read from the forms but their answers' effect: counts, problems, caps and levels stand in tables of their own.
"""

import datetime as dt
import random
import re

import pytest

from lib.core import expressions, forms, grading
from lib.core.model import Kind
from lib.store import pack

TODAY = dt.date(2012, 4, 10)
BODIES = pack.form_bodies(2012)
FORMS = {kind: forms.parse(body) for kind, body in BODIES.items()}
KINDS = [kind.value for kind in Kind]
TOWNSHIP = "township_committee"
RESEARCH = ("setup", "leadership", "rules", "support", "role")
DIMENSIONS = ("team", "members", "mechanism", "results", "masses")
CHINESE = re.compile(r"[\u3400-\u9fff]")


def ago(days: int) -> str:
    return (TODAY - dt.timedelta(days=days)).isoformat()


def good(kind: str) -> dict[str, str]:
    return forms.example(FORMS[kind], "good", TODAY)


def read(kind: str, answers: dict) -> forms.Reading:
    return forms.read(FORMS[kind], answers, TODAY)


def findings(kind: str, answers: dict) -> dict[str, str]:
    return {found.item.name: "H" if found.hard else "S" for found in forms.findings(FORMS[kind], read(kind, answers))}


def score(kind: str, answers: dict) -> grading.Score:
    return grading.self_score(FORMS[kind], read(kind, answers))


# ---- 1. how much is asked

# Facts: 34, 33, 28, 30, 30, 31, 30, 27. Private firms and social organizations are asked `setup_mode`, and township committees three
# counts ("带出"), as the system does not know them yet.
QUESTIONS = {"village": 34, "community": 33, "agency": 28, "public_institution": 30, "state_enterprise": 30, "private_enterprise": 31 + 1,
             "social_organization": 30 + 1, TOWNSHIP: 27 + 3}


@pytest.mark.parametrize("kind", KINDS)
def test_number_of_questions(kind):
    form = FORMS[kind]
    always = {group.name: [item for item in group.questions if not item.relevant] for group in form.groups}
    assert [group.name for group in form.groups] == [*RESEARCH, *DIMENSIONS]
    assert sum(len(always[section]) for section in RESEARCH) == QUESTIONS[kind]
    for section in RESEARCH:
        assert 4 <= len(always[section]) <= 7, section
        assert 4 <= sum(item.prefill != "system" for item in always[section]) <= 7, section


@pytest.mark.parametrize("kind", KINDS)
def test_twenty_scored_items_of_five_points(kind):
    scored = FORMS[kind].scored
    assert {item.group for item in scored} == set(DIMENSIONS)
    for dimension in DIMENSIONS:
        own = [item for item in scored if item.dimension == dimension]
        assert [item.points for item in own] == [500] * 4
        assert all(item.group == dimension and set(item.levels) == {"5", "3", "1", "0"} for item in own)
        assert sum(item.na for item in own) <= 1
    assert all(item.required for item in scored if item.asked)


@pytest.mark.parametrize("kind", KINDS)
def test_names(kind):
    items = [item for group in FORMS[kind].groups for item in group.items]
    assert len({item.name for item in items}) == len(items)
    assert all(re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", item.name) for item in items if not item.parent)


def test_shared_names_ask_the_same_thing():
    """Answers of all kinds are added up by name: one type, one list of choices, one dimension."""
    seen: dict[str, tuple] = {}
    for form in FORMS.values():
        for item in form.items.values():
            if not item.parent:
                meant = (item.type, item.list_name, item.dimension)
                assert seen.setdefault(item.name, meant) == meant, item.name


# ---- 5. both languages


@pytest.mark.parametrize("kind", KINDS)
def test_both_languages(kind):
    form = FORMS[kind]
    texts = [("form", form.label), *((group.name, group.label) for group in form.groups)]
    for item in form.items.values():
        texts += [(item.name, text) for text in (item.label, item.hint, item.message, item.problem, item.evidence, *item.levels.values()) if text]
        texts += [(f"{item.name}={choice.name}", choice.label) for choice in item.choices]
        assert item.label or item.type in ("calculate", "hidden")
    for place, text in texts:
        assert set(text) == {"zh", "en"}, place
        assert text["zh"].strip(), place
        assert text["en"].strip(), place
        assert not CHINESE.search(text["en"]), (place, text["en"])
        assert not re.search(r"\{|\}|\$", text["zh"] + text["en"]), place  # every year and setting is written out
        assert not re.search(r"[\u4e00-\u9fff][,;:?!][\u4e00-\u9fff]", text["zh"]), (place, text["zh"])


# ---- 3. all good, all bad


@pytest.mark.parametrize("kind", KINDS)
def test_all_good_earns_everything_and_finds_nothing(kind):
    answers = good(kind)
    reading = read(kind, answers)
    assert score(kind, answers).total == 10000
    assert score(kind, answers).dimensions == dict.fromkeys(DIMENSIONS, 2000)
    assert findings(kind, answers) == {}
    assert forms.gaps(FORMS[kind], answers, reading) == ()
    assert forms.unsure(FORMS[kind], reading) == ()
    assert grading.next_steps(score(kind, answers)) == ()


@pytest.mark.parametrize("kind", KINDS)
def test_all_bad_earns_nothing_and_finds_every_problem_once(kind):
    answers = forms.example(FORMS[kind], "bad", TODAY)
    reading = read(kind, answers)
    assert score(kind, answers).total == 0
    found = [finding.item for finding in forms.findings(FORMS[kind], reading)]
    asked = [name for name in PROBLEMS_OF[kind] if name in reading.visible]
    assert sorted(item.name for item in found) == sorted(asked)
    assert len({item.problem["zh"] for item in found}) == len(found), "the same fact twice on the ledger"
    hard = {finding.item.name for finding in forms.findings(FORMS[kind], reading) if finding.hard}
    # where an answer can be of either sort, the bad example is of the hard one
    assert hard == {name for name in asked if any(sort == "H" for *_, sort in PROBLEMS_OF[kind][name])}
    assert forms.gaps(FORMS[kind], answers, reading) == ()


# ---- 2. every problem with good, bad, unsure, empty

# item -> (answer, H hard, S soft, "" none), at the edge of the rule where it has one; what else must be answered stands in GIVEN
YES_NO_HARD = [("no", "H"), ("yes", "")]
YES_NO_SOFT = [("no", "S"), ("yes", "")]
NONE_HARD, NONE_SOFT = [("0", "H"), ("1", "")], [("0", "S"), ("1", "")]
ANY_HARD = [("1", "H"), ("0", "")]
COMMON = {
    "org_form": [("branch", "S"), ("committee", ""), ("general_branch", "")],
    "members_full": [("2", "H"), ("3", "")],
    "members_unplaced": ANY_HARD,
    "floating_contacted": [("4", "H"), ("0", "H"), ("5", "")],
    "extension_approved": [("no", "H"), ("yes", "S")],
    "secretary_post": [("vacant", "H"), ("acting", "H"), ("filled", "")],
    "team_vacancies": ANY_HARD,
    "secretary_trained": YES_NO_HARD,
    "secretary_hours": [("39", "S"), ("40", "")],
    "general_meetings": [("3", "H"), ("4", "")],
    "party_lectures": [("1", "H"), ("2", "")],
    "member_appraisal_done": YES_NO_HARD,
    "secretary_reported": YES_NO_HARD,
    "last_activity_on": [(ago(181), "H"), (ago(180), "S"), (ago(91), "S"), (ago(90), ""), (ago(0), "")],
    "venue_secured": YES_NO_HARD,
    "venue_area": [("19", "S"), ("20", "")],
    "activity_funds": NONE_HARD,
    "dues_arrears": ANY_HARD,
    "left_unsolved": ANY_HARD,
    "annual_rating": [("failed", "H"), ("basic", "H"), ("none", "S"), ("qualified", ""), ("excellent", "")],
    "new_members_2y": NONE_SOFT,
    "pledges_published": YES_NO_HARD,
    "group_petitions": ANY_HARD,
}
NOT_ASKED_OF_A_TOWNSHIP = ("org_form", "secretary_trained", "secretary_hours", "general_meetings", "venue_secured", "venue_area", "new_members_2y",
                           "pledges_published")
WINDOWS = {"reviews_done": [("masses peers", "H"), ("none", "H"), ("masses peers leaders", "")]}
PROBLEMS_OF = {
    "village": {**COMMON, "uncovered_units": ANY_HARD, "members_resident": [("17", "S"), ("18", "")], "secretary_age": [("61", "S"), ("60", "")],
                "secretary_schooling": [("primary", "S"), ("junior", ""), ("senior", ""), ("college", "")], "four_two_items": NONE_HARD,
                "affairs_published": [("3", "H"), ("4", "")], "venue_area": [("79", "S"), ("80", "")], "pay_secured": YES_NO_HARD,
                "office_funds": [("4999", "H"), ("5000", "")], "pension_joined": YES_NO_SOFT, "distance_ed_works": YES_NO_SOFT,
                "collective_income": NONE_SOFT, "paired_visits": NONE_SOFT},
    "community": {**COMMON, "uncovered_units": ANY_HARD, "grids": NONE_HARD, "staff_full_time": [("4", "H"), ("5", "")],
                  "cross_posts": YES_NO_SOFT, "joint_meetings": NONE_HARD, "affairs_published": [("3", "H"), ("4", "")],
                  "venue_area": [("99", "S"), ("100", "")], "office_funds": [("19999", "H"), ("20000", "")], "pay_secured": YES_NO_HARD,
                  "venue_in_use": YES_NO_SOFT, "registered_members": NONE_SOFT, "requests_received": NONE_SOFT,
                  "requests_closed": [("89", "S"), ("90", "")]},
    "agency": {**COMMON, **WINDOWS, "uncovered_units": ANY_HARD, "secretary_is": [("staff", "S"), ("head", ""), ("deputy", ""), ("full_time", "")],
               "full_time_party_staff": NONE_HARD, "leaders_absent": ANY_HARD, "affairs_published": NONE_HARD, "funds_in_budget": YES_NO_HARD,
               "paired_visits": NONE_SOFT},
    "public_institution": {**COMMON, **WINDOWS, "uncovered_units": ANY_HARD, "reform_adjusted": [*YES_NO_HARD, ("na", "")],
                           "secretary_attends": YES_NO_HARD, "full_time_party_staff": NONE_HARD,
                           "staff_congress_held": [*YES_NO_HARD, ("na", "")], "affairs_published": NONE_HARD, "funds_in_budget": YES_NO_HARD,
                           "violations": ANY_HARD, "service_events": NONE_SOFT},
    "state_enterprise": {**COMMON, "teams_without_members": [("1", "S"), ("0", "")], "cross_posts": YES_NO_SOFT, "party_staff": NONE_HARD,
                         "major_items": NONE_HARD, "staff_congress_held": [*YES_NO_HARD, ("na", "")], "funds_in_budget": YES_NO_HARD,
                         "model_posts": NONE_SOFT, "fatal_accidents": ANY_HARD},
    "private_enterprise": {**COMMON, "members_not_transferred": [("1", "S"), ("0", "")], "group_orgs": [("none", "H"), ("union", "")],
                           "instructor_named": YES_NO_SOFT, "owner_talks": NONE_SOFT, "owner_funds": YES_NO_SOFT, "dues_returned": YES_NO_SOFT,
                           "model_posts": NONE_SOFT, "wage_arrears": ANY_HARD},
    "social_organization": {**COMMON, "members_not_transferred": [("1", "S"), ("0", "")], "secretary_in_council": YES_NO_SOFT,
                            "instructor_named": YES_NO_SOFT, "sponsor_visits": NONE_SOFT, "owner_funds": YES_NO_SOFT, "dues_returned": YES_NO_SOFT,
                            "annual_check": [("failed", "H"), ("none", "H"), ("basic", "S"), ("qualified", "")], "public_events": NONE_SOFT},
    TOWNSHIP: {**{name: tried for name, tried in COMMON.items() if name not in (*NOT_ASKED_OF_A_TOWNSHIP, "members_full")},
               "party_lectures": [("8", "H"), ("9", "")],  # nine leading members
               "uncovered_units": ANY_HARD, "posts_vacant_below": ANY_HARD, "cadres_without_file": ANY_HARD, "cadres_short_credits": ANY_HARD,
               "study_sessions": [("3", "H"), ("4", "")], "democratic_life_held": YES_NO_HARD, "party_work_meetings": [("3", "H"), ("4", "")],
               "villages_unpaid": ANY_HARD, "villages_no_venue": ANY_HARD, "organizer_in_post": YES_NO_SOFT, "leaders_no_contact": ANY_HARD,
               "backward_no_plan": ANY_HARD, "demo_sites": [("1", "S"), ("2", "")],
               "wjm_steps": [("three_systems two_down", "S"), ("none", "S"), ("three_systems two_down two_joint", "")]},
}
GIVEN = {
    "org_form": {"members_full": "50"},
    "floating_contacted": {"floating_members": "5"},
    "extension_approved": {"last_election_on": ago(2300)},
    "full_time_party_staff": {"members_full": "50", "org_form": "general_branch"},
    "requests_closed": {"requests_received": "100"},
    "members_resident": {"members_full": "36"},
}
WITHOUT_UNSURE = {"reviews_done", "group_orgs", "wjm_steps"}
"""Questions with several choices have no "not sure": `none` is one of them."""


def test_the_tables_are_of_the_right_kinds():
    assert list(PROBLEMS_OF) == KINDS
    assert list(QUESTIONS) == KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_exactly_the_agreed_questions_can_reveal_a_problem(kind):
    assert {item.name for item in FORMS[kind].items.values() if item.problem_when or item.concern_when} == set(PROBLEMS_OF[kind])


CASES = [(kind, name) for kind in KINDS for name in PROBLEMS_OF[kind]]


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_a_problem_with_good_bad_unsure_and_empty(kind, name):
    form = FORMS[kind]
    item = form.items[name]
    base = {**good(kind), **GIVEN.get(name, {})}
    for answer, sort in PROBLEMS_OF[kind][name]:
        answers = {**base, name: answer}
        assert findings(kind, answers).get(name, "") == sort, (answer, sort)
        bare = {key: value for key, value in answers.items() if key not in (f"{name}__what", f"{name}__why")}
        gaps = {gap.item.name for gap in forms.gaps(form, bare, read(kind, bare))}
        assert gaps & {f"{name}__what", f"{name}__why"} == ({f"{name}__what", f"{name}__why"} if sort else set())  # asked at once
    without = {key: value for key, value in base.items() if key not in (name, f"{name}__unsure")}
    empty = read(kind, without)
    assert name not in findings(kind, without)
    assert (name, "required") in {(gap.item.name, gap.code) for gap in forms.gaps(form, without, empty)}
    assert name not in {each.name for each in forms.unsure(form, empty)}
    if name in WITHOUT_UNSURE:
        assert not item.unsure
        assert "unsure" not in {choice.name for choice in item.choices}
        return
    ticked = {**without, **({f"{name}__unsure": "yes"} if item.unsure else {name: "unsure"})}
    reading = read(kind, ticked)
    assert name not in findings(kind, ticked)
    assert name in {each.name for each in forms.unsure(form, reading)}
    assert name not in {gap.item.name for gap in forms.gaps(form, ticked, reading)}


# ---- 4. caps

# scored item, answers that cap it, level that remains, the question the reason names
COMMON_CAPS = [
    ("s_team_complete", {"team_vacancies": "1"}, 3, "team_vacancies"),
    ("s_team_complete", {"last_election_on": ago(365 * 5 + 200), "term_years": "5", "extension_approved": "no"}, 1, "extension_approved"),
    ("s_team_complete", {"last_election_on": ago(365 * 6 + 100), "term_years": "5", "extension_approved": "no"}, 0, "extension_approved"),
    ("s_team_complete", {"secretary_post": "vacant", "secretary_vacant_since": ago(91)}, 0, "secretary_vacant_since"),
    ("s_member_care", {"dues_arrears": "1"}, 3, "dues_arrears"),
    ("s_member_care", {"floating_members": "5", "floating_contacted": "4"}, 3, "floating_lost"),
    ("s_account", {"secretary_reported": "no"}, 3, "secretary_reported"),
    ("s_rectified", {"left_unsolved": "1"}, 3, "left_unsolved"),
    ("s_petitions", {"group_petitions": "1"}, 0, "group_petitions"),
]
NOT_TOWNSHIP_CAPS = [
    ("s_training", {"secretary_trained": "no"}, 1, "secretary_trained"),
    ("s_admission", {"new_members_2y": "0"}, 3, "new_members_2y"),
    ("s_meetings", {"general_meetings": "3"}, 1, "general_meetings"),
    ("s_meetings", {"party_lectures": "1"}, 1, "party_lectures"),
]


def one(item: str, question: str, answer: str, level: int) -> tuple:
    return item, {question: answer}, level, question


CAPS = {
    "village": [one("s_four_two", "four_two_items", "0", 0), one("s_open_village", "affairs_published", "3", 3)],
    "community": [one("s_staff_in_place", "staff_full_time", "4", 1), one("s_grid", "grids", "0", 0), one("s_regional", "joint_meetings", "0", 0),
                  one("s_funds_place", "venue_secured", "no", 1)],
    "agency": [one("s_first_duty", "secretary_is", "staff", 3), one("s_double_life", "leaders_absent", "1", 1),
               one("s_help_village", "paired_visits", "0", 0)],
    "public_institution": [one("s_guarantee", "secretary_attends", "no", 0), one("s_open_staff", "staff_congress_held", "no", 1),
                           one("s_ethics", "violations", "1", 0)],
    "state_enterprise": [one("s_major_decisions", "major_items", "0", 0), one("s_cross_post", "cross_posts", "no", 1),
                         one("s_model_posts", "model_posts", "0", 0), one("s_safety", "fatal_accidents", "1", 0)],
    "private_enterprise": [one("s_mode", "setup_mode", "attached", 1), one("s_area_post", "model_posts", "0", 0),
                           one("s_owner_link", "owner_talks", "0", 0), one("s_lead_groups", "group_orgs", "none", 0),
                           one("s_labour", "wage_arrears", "1", 0)],
    "social_organization": [one("s_mode", "setup_mode", "attached", 1), one("s_council", "secretary_in_council", "no", 1),
                            one("s_sponsor", "sponsor_visits", "0", 0), one("s_mission", "annual_check", "failed", 0),
                            one("s_mission", "annual_check", "none", 0), one("s_public_good", "public_events", "0", 0)],
    TOWNSHIP: [one("s_secretary_duty", "party_work_meetings", "3", 3), one("s_democratic_life", "democratic_life_held", "no", 0),
               one("s_credits", "cadres_short_credits", "1", 3), one("s_study", "study_sessions", "3", 0),
               one("s_guaranteed", "villages_unpaid", "1", 3), one("s_guaranteed", "villages_no_venue", "1", 3)],
}
ALL_CAPS = {kind: [*COMMON_CAPS, *(() if kind == TOWNSHIP else NOT_TOWNSHIP_CAPS), *CAPS[kind]] for kind in KINDS}


@pytest.mark.parametrize(("kind", "name", "changed", "level", "source"),
                         [(kind, *cap) for kind in KINDS for cap in ALL_CAPS[kind]])
def test_a_cap_takes_one_item_down_and_names_its_source(kind, name, changed, level, source):
    result = score(kind, {**good(kind), **changed})
    short = [line for line in result.lines if line.points < line.item.points]
    assert [line.item.name for line in short] == [name]  # one fact caps one item
    line = short[0]
    assert (line.chosen, line.points) == (5, level * 100)
    assert line.cap.level == level
    assert source in expressions.references(line.cap.when)
    assert result.total == 10000 - 500 + level * 100
    numbers = [FORMS[kind].number_of(each) for each in expressions.references(line.cap.when) if each in FORMS[kind].items]
    assert any(re.fullmatch(r"[1-5]\.\d+", number) for number in numbers) or source == "floating_lost"
    assert grading.next_steps(result)[0].cap == line.cap  # what to mend to get the points


@pytest.mark.parametrize("kind", KINDS)
def test_there_are_no_other_caps(kind):
    capped = {(item.name, cap.level) for item in FORMS[kind].scored for cap in item.caps}
    assert capped == {(name, level) for name, _, level, _ in ALL_CAPS[kind]}


@pytest.mark.parametrize("kind", KINDS)
def test_a_cap_never_lifts_and_unanswered_caps_nothing(kind):
    low = {**good(kind), **{item.name: "1" for item in FORMS[kind].scored if item.asked}}
    for name, changed, level, _ in ALL_CAPS[kind]:
        line = next(each for each in score(kind, {**low, **changed}).lines if each.item.name == name)
        assert line.points == min(level, 1) * 100
    only_levels = {item.name: "5" for item in FORMS[kind].scored if item.asked}
    assert all(line.cap is None for line in score(kind, only_levels).lines)


# computed items: answers -> level
COMPUTED = {
    "s_rating": [({"annual_rating": rating}, level) for rating, level in
                 {"excellent": 5, "qualified": 3, "basic": 1, "failed": 0, "none": 0, "unsure": 0}.items()],
    "s_satisfaction": [({"ly_ballots": "200", "ly_satisfied": str(satisfied)}, level) for satisfied, level in
                       {200: 5, 190: 5, 189: 3, 180: 3, 179: 1, 160: 1, 159: 0, 0: 0}.items()] + [({"ly_ballots": "0", "ly_satisfied": "5"}, 0)],
    "s_village_class": [({"village_class": given}, level) for given, level in
                        {"demonstration": 5, "first": 5, "second": 3, "third": 1, "fourth": 0}.items()],
    "s_stars": [({"stars": given}, level) for given, level in {"5": 5, "4": 5, "3": 3, "2": 1, "1": 0}.items()],
    "s_village_shift": [({"villages_good_share": share, "villages_fourth_share": fourth, "backward_no_plan": unplanned}, level)
                        for share, fourth, unplanned, level in (("70", "2", "0", 5), ("70", "2", "1", 3), ("69", "2", "1", 1), ("70", "3", "1", 1),
                                                                ("69", "3", "0", 1), ("69", "3", "1", 0))],
}


@pytest.mark.parametrize("kind", KINDS)
def test_computed_items(kind):
    computed = {item.name for item in FORMS[kind].scored if not item.asked}
    assert computed == {"s_rating", "s_satisfaction"} | {
        "village": {"s_village_class"}, "community": {"s_stars"}, TOWNSHIP: {"s_village_shift"}}.get(kind, set())
    for name in computed:
        for changed, level in COMPUTED[name]:
            line = next(each for each in score(kind, {**good(kind), **changed}).lines if each.item.name == name)
            assert (line.chosen, line.points) == (level, level * 100), (name, changed)


def test_not_applicable_is_averaged_within_its_dimension():
    for kind in KINDS:
        may = [item.name for item in FORMS[kind].scored if item.na]
        # a unit without windows has none to review
        assert may == {TOWNSHIP: [], "public_institution": ["s_admission", "s_window_review"]}.get(kind, ["s_admission"])
        for name in may[:1]:
            answers = {**good(kind), name: "na", "s_training": "3"}
            assert score(kind, answers).dimensions["members"] == round(2000 * (3 + 5 + 5) / 15)
            assert score(kind, answers).total == 8000 + round(2000 * 13 / 15)


# ---- 5.8 the township committee


def test_what_a_township_committee_is_asked_otherwise():
    form = FORMS[TOWNSHIP]
    assert not set(NOT_ASKED_OF_A_TOWNSHIP) & set(form.items)
    assert "s_admission" not in form.items
    assert form.items["s_reserve"].dimension == "members"
    for name, words in {"members_full": "全乡镇", "party_lectures": "班子成员", "member_appraisal_done": "所属支部", "secretary_reported": "县委",
                        "last_activity_on": "党委会"}.items():
        assert words in form.items[name].label["zh"], name
        assert form.items[name].label != FORMS["village"].items[name].label
    assert "3 个" in form.items["s_meetings"].hint["zh"]
    assert set(FORMS["agency"].items) >= set(NOT_ASKED_OF_A_TOWNSHIP)


def test_a_township_committee_of_two_members_is_no_problem_but_few_lectures_are_by_its_own_leaders():
    answers = good(TOWNSHIP)
    assert findings(TOWNSHIP, {**answers, "members_full": "2"}) == {}
    assert findings(TOWNSHIP, {**answers, "leaders_total": "13"}) == {"party_lectures": "H"}
    unknown = {name: value for name, value in answers.items() if name != "leaders_total"}
    assert findings(TOWNSHIP, {**unknown, "party_lectures": "0"}) == {}


# ---- 6. thresholds are settings, and a changed one does not touch what was published


@pytest.mark.parametrize(("before", "after", "kinds", "answers", "name"), [
    ("village = 80", "village = 120", {"village"}, {"venue_area": "100"}, "venue_area"),
    ("secretary_age = 60", "secretary_age = 44", {"village"}, {}, "secretary_age"),
    ("staff_full_time = 5", "staff_full_time = 9", {"community"}, {}, "staff_full_time"),
    ("agency = 1, public_institution = 1, default = 4", "agency = 5, public_institution = 5, default = 4", {"agency", "public_institution"}, {},
     "affairs_published"),
    ("demo_sites = 2", "demo_sites = 4", {TOWNSHIP}, {}, "demo_sites"),
])
def test_a_changed_setting_changes_a_new_version_only(before, after, kinds, answers, name):
    text = pack.program_text()
    # the examples of the pack may no longer be good under another setting: composing is what is looked at, not linting
    documents = {path.stem: forms.read_document(path.read_text(encoding="utf-8")) for path in (pack.folder() / "forms").glob("*.yaml")}
    settings = pack.parse(text.replace(before, after), 2012)
    assert text.replace(before, after) != text
    changed = {kind: forms.parse(forms.compose(documents, kind, settings.settings_of(kind), 2012)) for kind in KINDS}
    assert {kind for kind in KINDS if changed[kind].version != FORMS[kind].version} == kinds
    for kind in kinds:
        given = {**good(kind), **answers}
        assert name not in findings(kind, given)
        assert name in {found.item.name for found in forms.findings(changed[kind], forms.read(changed[kind], given, TODAY))}


def test_another_year_is_another_version_and_asks_about_its_own_years():
    for kind, body in pack.form_bodies(2013).items():
        form = forms.parse(body)
        assert form.version != FORMS[kind].version
        assert list(form.items) == list(FORMS[kind].items)
        assert "2012" in form.items["secretary_reported"].label["zh"]
        assert "2011" in FORMS[kind].items["secretary_reported"].label["zh"]


# ---- nothing that can be answered breaks a form


@pytest.mark.parametrize("kind", KINDS)
def test_any_answers_at_all_can_be_read(kind):
    form, chance = FORMS[kind], random.Random(kind)
    for _ in range(25):
        answers = {}
        for item in form.items.values():
            given = {"integer": lambda: str(chance.choice((0, 1, 2, 5, 50, 100_000, -3))), "date": lambda: ago(chance.choice((0, 100, 400, 3000))),
                     "text": lambda: chance.choice(("x", "=1+1", "5")), "hidden": lambda: chance.choice(("0", "3", "85", "first")),
                     }.get(item.type, lambda item=item: chance.choice([choice.name for choice in item.choices] or ["5"]))()
            if chance.random() < 0.8 and not (item.type == "hidden" and item.name in NUMBERS_KNOWN and not given.isdigit()):
                answers[item.name] = given
        reading = read(kind, answers)
        total = score(kind, answers).total
        assert 0 <= total <= 10000
        assert total == sum(score(kind, answers).dimensions.values())
        assert all(gap.item.name in reading.visible for gap in forms.gaps(form, answers, reading))
        kept = forms.relevant_answers(form, answers, reading)
        assert set(kept) <= reading.visible
        again = forms.read(form, kept, TODAY)
        assert again.visible == reading.visible  # what is kept reads the same as what was filled in
        assert {found.item.name for found in forms.findings(form, again)} == {found.item.name for found in forms.findings(form, reading)}


NUMBERS_KNOWN = {"windows", "leaders_total", "villages_good_share", "villages_fourth_share"}
"""Hidden values that are numbers; the others are codes."""
