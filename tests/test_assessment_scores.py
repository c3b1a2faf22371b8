"""The assessment of the committees and the trends, on small tables worked out by hand."""

import dataclasses
import datetime as dt

import pandas as pd
import pytest
from cases_table import approved, table

from lib.core import targets
from lib.core.program import Target, parse
from lib.core.targets import Figure
from lib.store import pack

PROGRAM = parse(pack.program_text())
SPRING, AUTUMN = dt.date(2012, 3, 20), dt.date(2012, 10, 1)
ITEMS = pd.DataFrame([("signed_off", "done", "C1", "T1", "2012-04-20"), ("open", "overdue", "C1", "T1", None), ("open", "on_time", "C2", "T2", None),
                      ("drafted", "on_time", "C3", None, None)], columns=["state", "light", "committee", "township", "signed_off_on"])
CASES = table({"state": "submitted", "committee": "C1", "township": "T1"}, {"committee": "C1", "township": "T1"},
              approved("good", committee="C2", township="T2", class_now="first"), {"kind": "agency", "committee": "C3", "township": None})
COMMITTEES = pd.DataFrame({"code": ["C1", "C2", "C3"], "committee": ["C1", "C2", "C3"], "township": ["T1", "T2", None]})
TABLES = {"organizations": CASES, "items": ITEMS, "committees": COMMITTEES}


def figure(rate: int | None, target: float, *, at_most: bool = False, code: str = "submitted") -> Figure:
    return Figure(code, 0, 0, rate, target, at_most, None, 0, 0)


@pytest.mark.parametrize(("rate", "target", "at_most", "reached"), [
    (10000, 100, False, 10000), (5000, 100, False, 5000), (3500, 70, False, 5000), (8000, 70, False, 10000),  # more than asked is no more
    (0, 100, False, 0), (None, 100, False, None), (3333, 90, False, 3703),  # 3333 / 9000 = 0.37033
    (100, 2, True, 10000), (200, 2, True, 10000), (5100, 2, True, 5000),  # 49 % of the others, of the 98 % asked for
    (10000, 2, True, 0), (2500, 0, True, 7500), (None, 2, True, None), (0, 0, False, 10000),
])
def test_how_far_a_target_was_reached(rate, target, at_most, reached):
    assert targets.achieved(figure(rate, target, at_most=at_most)) == reached


def test_a_score_is_made_of_parts_in_proportion_to_the_weights():
    found = targets.weighed({"submitted": figure(5000, 100), "graded": figure(10000, 100, code="graded")}, {"submitted": 30, "graded": 10})
    assert [(part.figure.code, part.weight, part.achieved, part.points) for part in found.parts] == [
        ("submitted", 75.0, 5000, 37.5), ("graded", 25.0, 10000, 25.0)]
    assert found.score == 62.5


@pytest.mark.parametrize("factor", [0.1, 1, 7])
def test_only_the_proportion_of_the_weights_counts(factor):
    weights = {code: factor * weight for code, weight in {"submitted": 10, "graded": 5, "signed_off": 10}.items()}
    assert targets.assess(targets.within(TABLES, committee="C1"), PROGRAM, weights, AUTUMN).score == pytest.approx(40.0)


def test_a_committee_by_hand():
    """C1: submitted 1/2, nothing approved of 2, signed off 1/2; no class and no satisfaction known."""
    weights = {"submitted": 10, "graded": 5, "signed_off": 10, "satisfaction": 50}
    found = targets.assess(targets.within(TABLES, committee="C1"), PROGRAM, weights, AUTUMN)
    assert [(part.figure.code, part.weight, part.points) for part in found.parts] == [
        ("submitted", 40, 20), ("graded", 20, 0), ("signed_off", 40, 20)]
    assert found.score == 40.0


def test_what_has_nothing_to_count_is_left_out_and_no_zero():
    """C3 has no village: its share of fourth-class ones is nothing, rather than perfect."""
    second, third = (targets.within(TABLES, committee=code) for code in ("C2", "C3"))
    assert targets.assess(third, PROGRAM, {"village_upper": 1, "village_fourth": 1}, AUTUMN) == targets.Assessment(None, ())
    assert targets.assess(second, PROGRAM, {"village_upper": 1, "submitted": 1}, AUTUMN).score == 100.0


def test_what_is_not_due_yet_is_left_out():
    own = targets.within(TABLES, committee="C1")
    codes = {"submitted": 10, "signed_off": 10}
    assert [part.figure.code for part in targets.assess(own, PROGRAM, codes, SPRING).parts] == ["submitted"]
    assert [part.figure.code for part in targets.assess(own, PROGRAM, codes, dt.date(2012, 4, 10)).parts] == ["submitted", "signed_off"]
    assert targets.assess(own, PROGRAM, {"signed_off": 10}, SPRING).score is None


@pytest.mark.parametrize("weights", [{}, {"submitted": 0}, {"exemplar_sites": 50}])
def test_no_weight_is_no_score(weights):
    assert targets.assess(targets.within(TABLES, committee="C1") | {"exemplars": pd.DataFrame()}, PROGRAM, weights, AUTUMN).score is None


def test_overdue_items_count_against_a_committee():
    """One of C1's one unfinished item is overdue, none of C2's."""
    scores = [targets.assess(targets.within(TABLES, committee=code), PROGRAM, {"overdue": 1}, AUTUMN).score for code in ("C1", "C2")]
    assert scores == [0.0, 100.0]


# ---- all places at once


def _of_many(number: int) -> dict:
    """Four committees, the last of the county level; the second and third have ballots beside rates on paper, the others rates alone."""
    ballots = {"returned": 20, "satisfied": 10, "basically_satisfied": 5} if number % 4 in (1, 2) else {}
    states = ({"state": "submitted"}, approved("good", satisfaction=9500), approved("poor"), {"satisfaction": 8000 + number, **ballots})
    return {"committee": f"C{number % 4}", "township": None if number % 4 == 3 else f"T{number % 4}", "kind": ("village", "agency")[number % 2],
            "class_now": (None, "first", "fourth")[number % 3], **states[number // 4 % 4]}


MANY = table(*map(_of_many, range(60)))


@pytest.mark.parametrize("code", targets.GRADING)
@pytest.mark.parametrize("column", ["township", "committee"])
@pytest.mark.parametrize("rows", [MANY, CASES, table()], ids=["many", "few", "none"])
def test_all_places_at_once_are_each_alone(code, column, rows):
    alone = {place: targets.figure(own, code, PROGRAM) for place, own in rows[rows[column].notna()].groupby(column, sort=False)}
    assert targets.by(rows, code, PROGRAM, column) == alone


def test_all_committees_at_once_have_the_scores_of_each_alone():
    codes = {"submitted": 10, "graded": 5, "good_share": 10, "signed_off": 10, "overdue": 5, "village_fourth": 5}
    of = targets.by_committee(TABLES, PROGRAM, targets.assessed(PROGRAM, codes, AUTUMN))
    assert set(of) == {"C1", "C2", "C3"}
    for committee, figures in of.items():
        assert targets.weighed(figures, codes) == targets.assess(targets.within(TABLES, committee=committee), PROGRAM, codes, AUTUMN)


def test_a_number_fixed_for_the_county_has_no_places():
    assert targets.by(pd.DataFrame({"township": ["T1"]}), "exemplar_sites", PROGRAM, "township") == {}


# ---- within


def test_within_is_the_rows_of_one_place():
    assert [len(targets.within(TABLES, township=code)["organizations"]) for code in ("T1", "T2", "")] == [2, 1, 1]
    assert [len(targets.within(TABLES, township=code)["items"]) for code in ("T1", "T2", "")] == [2, 1, 1]
    assert list(targets.within(TABLES, committee="C2")["committees"]["code"]) == ["C2"]
    assert sum(len(targets.within(TABLES, committee=code)["organizations"]) for code in ("C1", "C2", "C3")) == len(CASES)


# ---- trends


def test_a_trend_runs_from_the_first_phase_to_todays_figure():
    rows = pd.DataFrame({"paired_on": ["2012-02-20", "2012-03-01", "2012-03-11", None], "kind": "village", "township": "T1"})
    points = targets.trend(rows, "villages_paired", PROGRAM, dt.date(2012, 3, 11), points=3)  # 20 February, 1 and 11 March
    assert points == [25.0, 50.0, 75.0]


def test_a_trend_ends_at_the_figure_even_where_a_part_is_dated_later():
    rows = pd.DataFrame({"paired_on": ["2012-02-20", "2012-12-01"], "kind": "village", "township": "T1"})
    assert targets.trend(rows, "villages_paired", PROGRAM, dt.date(2012, 3, 11), points=3) == [50.0, 50.0, 100.0]


@pytest.mark.parametrize(("code", "rows"), [("overdue", ITEMS), ("village_upper", CASES), ("villages_paired", table().assign(paired_on=None))])
def test_without_dates_or_anything_to_count_there_is_no_trend(code, rows):
    assert targets.trend(rows, code, PROGRAM, AUTUMN) is None


def test_a_trend_before_the_year_begins_is_one_day():
    rows = pd.DataFrame({"paired_on": ["2012-01-05", None], "kind": "village", "township": "T1"})
    assert targets.trend(rows, "villages_paired", PROGRAM, dt.date(2012, 1, 10), points=4) == [50.0] * 4


# ---- phases


@pytest.mark.parametrize(("phase", "day", "begun"), [
    ("", SPRING, True), ("honours", dt.date(2012, 5, 20), False), ("honours", dt.date(2012, 5, 21), True)])
def test_a_target_counts_from_the_first_day_of_its_phase(phase, day, begun):
    program = dataclasses.replace(PROGRAM, targets=(Target("submitted", 100, phase=phase),))
    assert program.begun("submitted", day) is begun
    assert targets.assessed(program, ["submitted"], day) == (("submitted",) if begun else ())
