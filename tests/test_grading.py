"""Scores, grades, classes and stars: every edge of the published rules, and what must hold for any rule and any score."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.core import forms, grading
from lib.core.grading import Appraisal
from lib.core.model import Grade, Kind, Stars, VillageClass
from lib.core.program import Rule, parse
from lib.store import pack

PROGRAM = parse(pack.program_text())
TODAY = dt.date(2012, 4, 10)
GOOD, FAIRLY, AVERAGE, POOR = Grade


def rule(code="r", **effect):
    return Rule(code, {"zh": code}, {"zh": ""}, frozenset(effect.pop("kinds", ())), **effect)


# ---- thresholds, weights, rounding


@pytest.mark.parametrize(("score", "grade"), [
    (10000, GOOD), (9001, GOOD), (9000, GOOD), (8999, FAIRLY), (8001, FAIRLY), (8000, FAIRLY), (7999, AVERAGE),
    (6001, AVERAGE), (6000, AVERAGE), (5999, POOR), (1, POOR), (0, POOR),
])
def test_grade_of_a_score(score, grade):
    assert grading.grade_of(score, PROGRAM) == grade


@pytest.mark.parametrize(("score", "next_grade"), [
    (9000, None), (8999, (GOOD, 1)), (8000, (GOOD, 1000)), (7999, (FAIRLY, 1)), (6000, (FAIRLY, 2000)), (5999, (AVERAGE, 1)),
    (0, (AVERAGE, 6000)),
])
def test_distance_to_the_next_grade(score, next_grade):
    assert grading.distance(score, PROGRAM) == next_grade


@pytest.mark.parametrize(("own", "satisfaction", "review", "final"), [
    (9150, 8330, 7900, 8174),  # 13.725 + 16.66 + 51.35 = 81.735: half a hundredth goes up
    (10000, 10000, 10000, 10000), (0, 0, 0, 0),
    (10, 0, 0, 2), (3, 0, 0, 0), (4, 0, 0, 1),  # 1.5, 0.45, 0.6 hundredths
    (0, 0, 1, 1), (0, 1, 0, 0), (0, 2, 0, 0), (0, 3, 0, 1),
])
def test_final_score_is_weighted_and_rounded_half_up(own, satisfaction, review, final):
    assert grading.final_score(own, satisfaction, review, PROGRAM) == final


@pytest.mark.parametrize(("numerator", "denominator", "result"), [
    (1, 2, 1), (3, 2, 2), (5, 2, 3), (1, 3, 0), (2, 3, 1), (0, 7, 0), (10**12 + 1, 2, 5 * 10**11 + 1),
])
def test_half_up(numerator, denominator, result):
    assert grading.half_up(numerator, denominator) == result


def test_the_published_weights_and_thresholds():
    assert dict(PROGRAM.weights) == {"self": 15, "appraisal": 20, "review": 65}
    assert dict(PROGRAM.thresholds) == {GOOD: 9000, FAIRLY: 8000, AVERAGE: 6000}


# ---- caps, vetoes, steps down


@pytest.mark.parametrize(("by_score", "rules", "grade", "remained"), [
    (GOOD, [], GOOD, []),
    (GOOD, [rule(not_above=FAIRLY)], FAIRLY, [FAIRLY]),
    (AVERAGE, [rule(not_above=FAIRLY)], AVERAGE, [AVERAGE]),  # a cap never raises
    (GOOD, [rule(demote=1)], FAIRLY, [FAIRLY]),
    (POOR, [rule(demote=1)], POOR, [POOR]),
    (GOOD, [rule(sets=POOR)], POOR, [POOR]),
    (POOR, [rule(sets=AVERAGE)], POOR, [POOR]),  # neither does a veto
    # in whatever order they are written: caps, then steps down, then vetoes
    (GOOD, [rule(demote=1), rule(not_above=AVERAGE)], POOR, [AVERAGE, POOR]),
    (GOOD, [rule(sets=POOR), rule(demote=1), rule(not_above=FAIRLY)], POOR, [FAIRLY, AVERAGE, POOR]),
    (GOOD, [rule(demote=2), rule(demote=2)], POOR, [AVERAGE, POOR]),
])
def test_rules_applied(by_score, rules, grade, remained):
    found, reasons = grading.apply_rules(by_score, rules)
    assert (found, [reason.grade for reason in reasons]) == (grade, remained)


EFFECTS = st.one_of(st.builds(lambda g: rule(sets=g), st.sampled_from(Grade)), st.builds(lambda g: rule(not_above=g), st.sampled_from(Grade)),
                    st.builds(lambda n: rule(demote=n), st.integers(1, 3)))


@given(st.sampled_from(Grade), st.lists(EFFECTS, max_size=6))
def test_no_rule_ever_raises_a_grade(by_score, rules):
    grade, reasons = grading.apply_rules(by_score, rules)
    steps = [grading.GRADES.index(each) for each in (by_score, *(reason.grade for reason in reasons), grade)]
    assert steps == sorted(steps)
    assert len(reasons) == len(rules)


@given(st.sampled_from(Grade), st.lists(EFFECTS, max_size=6), st.randoms())
def test_the_order_of_the_rules_does_not_matter(by_score, rules, random):
    shuffled = random.sample(rules, len(rules))
    assert grading.apply_rules(by_score, rules)[0] == grading.apply_rules(by_score, shuffled)[0]


@given(*[st.integers(0, 10000)] * 3)
def test_a_final_score_stays_a_score(own, satisfaction, review):
    final = grading.final_score(own, satisfaction, review, PROGRAM)
    assert min(own, satisfaction, review) <= final <= max(own, satisfaction, review)


# ---- the pack's rules


def propose(kind=Kind.VILLAGE, *, own=9500, satisfaction=9500, review=9500, found=(), **values):
    return grading.propose(PROGRAM, kind, self_score=own, satisfaction=satisfaction, review=review, values=values, found=found, today=TODAY)


@pytest.mark.parametrize(("satisfaction", "grade", "rules"), [
    (9000, GOOD, []),
    (8999, AVERAGE, ["cap_satisfaction"]),  # below 90 % bars good and fairly good (S4)
    (5000, AVERAGE, ["cap_satisfaction"]),
    (4999, POOR, ["cap_satisfaction", "veto_satisfaction"]),
])
def test_the_satisfaction_bar(satisfaction, grade, rules):
    given_ = propose(own=10000, review=10000, satisfaction=satisfaction)
    assert (given_.grade, [reason.rule.code for reason in given_.reasons]) == (grade, rules)


@pytest.mark.parametrize(("kind", "values", "grade", "rules"), [
    ("village", {"term_overdue_days": 365, "extension_approved": "no"}, GOOD, []),
    ("village", {"term_overdue_days": 366, "extension_approved": "no"}, POOR, ["veto_no_election"]),
    ("village", {"term_overdue_days": 366, "extension_approved": "yes"}, GOOD, []),
    ("village", {"last_activity_on": "2011-04-11"}, GOOD, []),  # 365 days: 2012 is a leap year
    ("village", {"last_activity_on": "2011-04-10"}, POOR, ["veto_no_activity"]),
    ("village", {"secretary_post": "vacant", "secretary_vacant_since": "2012-01-11"}, GOOD, []),  # 90 days
    ("village", {"secretary_post": "vacant", "secretary_vacant_since": "2012-01-10"}, FAIRLY, ["cap_vacant"]),
    ("village", {"venue_secured": "no"}, FAIRLY, ["cap_no_venue"]),
    ("agency", {"venue_secured": "no"}, GOOD, []),  # asked of villages and communities only
    ("private_enterprise", {"wage_arrears": 1}, FAIRLY, ["cap_wages"]),
    ("private_enterprise", {"wage_arrears": 0}, GOOD, []),
    ("social_organization", {"annual_check": "failed"}, FAIRLY, ["cap_annual_check"]),
    ("village", {}, GOOD, []),  # nothing answered: nothing held against it
])
def test_rules_that_read_answers(kind, values, grade, rules):
    given_ = propose(kind, **values)
    assert (given_.grade, [reason.rule.code for reason in given_.reasons]) == (grade, rules)


@pytest.mark.parametrize(("kind", "found", "grade"), [
    ("village", ["veto_discipline"], POOR), ("village", ["veto_incident"], POOR), ("village", ["cap_false"], FAIRLY),
    ("village", ["cap_accident"], GOOD), ("state_enterprise", ["cap_accident"], AVERAGE),
    ("private_enterprise", ["cap_credit"], FAIRLY), ("private_enterprise", ["cap_accident", "cap_false"], POOR),
    ("village", ["cap_satisfaction"], GOOD),  # a rule with a condition cannot be entered
    ("village", ["no_such_rule"], GOOD),
])
def test_rules_that_a_reviewer_enters(kind, found, grade):
    assert propose(kind, found=found).grade == grade


def test_a_proposal_allows_its_grade_and_lower_ones():
    assert propose().allowed == (GOOD, FAIRLY, AVERAGE, POOR)
    assert propose(venue_secured="no").allowed == (FAIRLY, AVERAGE, POOR)
    assert propose(found=["veto_incident"]).allowed == (POOR,)


@pytest.mark.parametrize(("own", "review", "gap"), [
    (9000, 7500, False), (9000, 7499, True), (7500, 9000, False), (None, 7000, False), (9000, None, False)])
def test_the_gap_between_self_assessment_and_review(own, review, gap):
    assert grading.is_gap(own, review, PROGRAM) == gap


# ---- appraisal


@pytest.mark.parametrize(("counts", "satisfaction", "turnout"), [
    ((0, 0, 0, 0, 0), None, None), ((10, 0, 0, 0, 0), None, 0), ((30, 30, 20, 5, 5), 8333, 10000), ((7, 3, 1, 1, 1), 6667, 4286),
    ((8, 8, 0, 1, 7), 1250, 10000), ((1000, 1000, 899, 0, 101), 8990, 10000), ((1000, 1000, 899, 1, 100), 9000, 10000)])
def test_satisfaction_and_turnout(counts, satisfaction, turnout):
    tally = Appraisal(*counts)
    assert (tally.satisfaction, tally.turnout) == (satisfaction, turnout)


@pytest.mark.parametrize(("counts", "problem"), [
    ((50, 48, 40, 6, 2), None), ((0, 0, 0, 0, 0), None), ((48, 48, 48, 0, 0), None),
    ((-1, 0, 0, 0, 0), "appraisal.negative"), ((50, 48, 50, -2, 0), "appraisal.negative"),
    ((47, 48, 40, 6, 2), "appraisal.returned_exceeds_issued"),
    ((50, 48, 40, 6, 1), "appraisal.opinions_differ_from_returned"), ((50, 48, 40, 6, 3), "appraisal.opinions_differ_from_returned"),
    ((100000, 100000, 100000, 0, 0), None), ((100001, 48, 40, 6, 2), "appraisal.too_many")])
def test_what_is_inconsistent_in_a_tally(counts, problem):
    assert grading.tally_problem(Appraisal(*counts)) == problem


# ---- classes and stars


@pytest.mark.parametrize(("final", "nominated", "village_class"), [
    (10000, True, "demonstration"), (9500, True, "demonstration"), (9499, True, "first"), (9500, False, "first"), (10000, False, "first"),
    (8500, False, "first"), (8499, False, "second"), (7500, False, "second"), (7499, False, "third"), (6000, False, "third"),
    (5999, True, "fourth"), (0, False, "fourth")])
def test_village_classes(final, nominated, village_class):
    assert grading.proposed_class("village", final, PROGRAM, nominated) == VillageClass(village_class)


@pytest.mark.parametrize(("final", "stars"), [
    (10000, "5"), (9000, "5"), (8999, "4"), (8000, "4"), (7999, "3"), (7000, "3"), (6999, "2"), (6000, "2"), (5999, "1"), (0, "1")])
def test_community_stars(final, stars):
    assert grading.proposed_class("community", final, PROGRAM, False) == Stars(stars)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in (Kind.VILLAGE, Kind.COMMUNITY)])
def test_other_kinds_have_no_class(kind):
    assert grading.proposed_class(kind, 10000, PROGRAM, True) is None


# ---- the self-assessment's score

LEVELS = {f"level_{level}::{language}": f"{language}{level}" for level in "5310" for language in ("zh", "en")}


def scored(name, dimension="team", **columns):
    return {"type": "select_one", "name": name, "label::zh": name, "label::en": name, "dimension": dimension, "score": "5", **LEVELS, **columns}


def form(*items):
    return forms.parse({"name": "trial", "label::zh": "试", "label::en": "Trial", "groups": [
        {"name": "g", "label::zh": "组", "label::en": "Group", "items": [
            {"type": "integer", "name": "vacant", "label::zh": "缺", "label::en": "Vacant"}, *items]}]})


def score(form_, **answers):
    return grading.self_score(form_, forms.read(form_, answers, TODAY))


@pytest.mark.parametrize(("levels", "points"), [
    ("5555", 2000), ("5553", 1800), ("5551", 1600), ("5550", 1500), ("3333", 1200), ("1111", 400), ("0000", 0)])
def test_four_items_of_a_dimension(levels, points):
    four = form(*(scored(name) for name in "abcd"))
    found = score(four, **dict(zip("abcd", levels, strict=True)))
    assert (found.dimensions["team"], found.total, found.answered, found.complete) == (points, points, 4, True)


def test_an_item_that_does_not_apply_gets_the_average_of_the_others():
    four = form(*(scored(name, na="yes") for name in "abcd"))
    assert score(four, a="5", b="5", c="3", d="na").dimensions["team"] == 1733  # 20 · 13/15, half up
    assert score(four, a="5", b="5", c="5", d="na").dimensions["team"] == 2000
    assert score(four, a="na", b="na", c="na", d="na").dimensions["team"] == 0
    assert score(four, a="na", b="na", c="na", d="na").complete


def test_an_unanswered_item_counts_nothing():
    found = score(form(*(scored(name) for name in "abcd")), a="5", b="5")
    assert (found.total, found.answered, found.complete) == (1000, 2, False)


@pytest.mark.parametrize(("vacant", "chosen", "points", "capped"), [
    (None, "5", 500, None), ("0", "5", 500, None), ("1", "5", 300, 3), ("1", "3", 300, None), ("1", "1", 100, None),
    ("3", "5", 0, 0), ("3", "0", 0, None)])
def test_a_cap_takes_points_and_says_so_only_when_it_does(vacant, chosen, points, capped):
    one = form(scored("a", caps=["${vacant} > 0 => 3", "${vacant} > 2 => 0"]))
    line = score(one, vacant=vacant, a=chosen).lines[0]
    assert (line.points, line.chosen, line.cap and line.cap.level) == (points, int(chosen), capped)


def test_next_steps_largest_first_and_a_cap_named():
    three = form(scored("a"), scored("b", caps=["${vacant} > 0 => 0"]), scored("c"), scored("d"))
    found = score(three, vacant="1", a="3", b="5", c="0", d="5")
    assert [(step.item.name, step.gain, step.level, step.cap is not None) for step in grading.next_steps(found)] == [
        ("b", 500, 5, True), ("a", 200, 5, False), ("c", 100, 1, False)]


@given(st.lists(st.sampled_from(["5", "3", "1", "0", None]), min_size=4, max_size=4), st.one_of(st.none(), st.integers(0, 5)))
def test_a_self_score_stays_within_its_dimension(levels, vacant):
    four = form(*(scored(name, caps=["${vacant} > 0 => 3"]) for name in "abcd"))
    answers = dict(zip("abcd", levels, strict=True))
    found = score(four, vacant=None if vacant is None else str(vacant), **answers)
    assert 0 <= found.total <= 2000
    assert found.total <= 100 * sum(int(level) for level in levels if level)
    assert all(step.gain > 0 for step in grading.next_steps(found))


def test_every_questionnaire_earns_100_with_the_best_answers_and_0_with_the_worst():
    totals = {}
    for kind, body in pack.form_bodies(2012).items():
        asked = forms.parse(body)
        totals[kind] = [grading.self_score(asked, forms.read(asked, forms.example(asked, which, TODAY), TODAY)).total
                        for which in ("good", "bad")]
    assert totals == {kind.value: [10000, 0] for kind in Kind}
