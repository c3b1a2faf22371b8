"""The plan's figures on small tables worked out by hand."""

import pandas as pd
import pytest
from cases_table import approved, table, tables

from lib.core import targets
from lib.core.model import SYSTEM, Kind
from lib.core.program import parse
from lib.core.targets import AVERAGE, BALLOTS, GRADING, ORGANIZATIONS
from lib.store import cases, db, events, organizations, pack, programme, rounds

PROGRAM = parse(pack.program_text())
STATES = table(*({"state": state} for state in ("not_submitted", "returned", "submitted", "proposed", "noticed")), approved("good"),
               {"state": "approved", "grade": "poor", "kind": "agency", "township": None, "decided_on": "2012-04-11"})


@pytest.mark.parametrize(("code", "count", "total", "rate", "status"), [
    ("submitted", 6, 7, 8571, "far"),  # returned was submitted: only who never did is 未报
    ("graded", 2, 7, 2857, "far"),
    ("good_share", 1, 2, 5000, "far"),
    ("village_upper", 0, 6, 0, "far"),  # a village without a class is in the denominator
    ("village_fourth", 0, 6, 0, "reached"),
])
def test_a_figure_counts_everybody_it_is_about(code, count, total, rate, status):
    found = targets.figure(STATES, code, PROGRAM)
    assert (found.count, found.total, found.rate, found.status, found.unit) == (count, total, rate, status, ORGANIZATIONS)
    assert (found.met, found.among) == (count, total)


@pytest.mark.parametrize("code", GRADING)
def test_nothing_to_divide_by_is_no_rate(code):  # of the work programme's figures: test_programme
    found = targets.figure(table(), code, PROGRAM)
    assert (found.count, found.total, found.rate, found.gap, found.status) == (0, 0, None, None, None)


def test_nothing_submitted_is_zero_per_cent_of_all_and_no_share_of_the_graded():
    rows = table({}, {}, {})
    assert [(targets.figure(rows, code, PROGRAM).rate, targets.figure(rows, code, PROGRAM).total) for code in
            ("submitted", "graded", "good_share", "satisfaction")] == [(0, 3), (0, 3), (None, 0), (None, 0)]


BALLOTED = {"issued": 100, "returned": 80, "satisfied": 60, "basically_satisfied": 12, "satisfaction": 9000}
SMALL = {"issued": 20, "returned": 20, "satisfied": 10, "basically_satisfied": 5, "satisfaction": 7500}
PAPER = approved("good", satisfaction=9633)


@pytest.mark.parametrize(("rows", "rate", "count", "total", "unit", "among", "met"), [
    ((BALLOTED, SMALL, {}), 8700, 87, 100, BALLOTS, 2, 1),  # every ballot weighs the same, not every organization
    ((BALLOTED, PAPER), 9000, 72, 80, BALLOTS, 1, 1),  # a rate without ballots cannot be added to ballots
    ((PAPER, approved("poor", satisfaction=5000), {}), 7317, 1, 2, AVERAGE, 2, 1),  # (9633 + 5000) / 2 = 7316.5
])
def test_satisfaction_is_over_ballots_or_where_there_are_none_the_mean_of_rates(rows, rate, count, total, unit, among, met):
    found = targets.figure(table(*rows), "satisfaction", PROGRAM)
    assert (found.rate, found.count, found.total, found.unit, found.among, found.met) == (rate, count, total, unit, among, met)


@pytest.mark.parametrize("code", GRADING)
@pytest.mark.parametrize("rows", [STATES, table(BALLOTED, SMALL, PAPER), table(), table({"class_now": "fourth"}, {"class_now": "second"}, {})])
def test_the_names_behind_a_figure_are_as_many_as_it_says(code, rows):
    found = targets.figure(rows, code, PROGRAM)
    counted, missing = targets.names(rows, code, True), targets.names(rows, code, False)
    assert (len(counted), len(missing), len(targets.names(rows, code))) == (found.met, found.among - found.met, found.among)
    assert not set(counted["code"]) & set(missing["code"])


@pytest.mark.parametrize(("rate_of", "gap", "status"), [
    ((70, 100), 0, "reached"), ((69, 100), 100, "near"), ((66, 100), 400, "near"), ((65, 100), 500, "behind"), ((60, 100), 1000, "behind"),
    ((59, 100), 1100, "far"),
])
def test_the_distance_to_the_target_names_the_status(rate_of, gap, status):
    good, total = rate_of
    found = targets.figure(table(*[approved("good")] * good, *[approved("poor")] * (total - good)), "good_share", PROGRAM)
    assert (found.gap, found.status) == (gap, status)


@pytest.mark.parametrize(("fourth", "gap", "status"), [(2, 0, "reached"), (3, 100, "near"), (7, 500, "behind"), (13, 1100, "far")])
def test_a_share_that_should_be_small_is_measured_from_above(fourth, gap, status):
    found = targets.figure(table(*[{"class_now": "fourth"}] * fourth, *[{"class_now": "first"}] * (100 - fourth)), "village_fourth", PROGRAM)
    assert (found.gap, found.status) == (gap, status)


def test_townships_have_their_own_figures_and_the_county_level_none():
    rows = table({"state": "submitted"}, {}, {"township": "T2", "state": "submitted"}, {"township": None})
    found = targets.by_township(rows, "submitted", PROGRAM)
    assert {code: (each.count, each.total) for code, each in found.items()} == {"T1": (1, 2), "T2": (1, 1)}


def test_grades_by_kind_add_up_to_the_organizations():
    counts = targets.grades_by_kind(STATES)
    assert counts.to_dict("index") == {
        "village": {"good": 1, "fairly_good": 0, "average": 0, "poor": 0, "not_graded": 4, "not_submitted": 1},
        "agency": {"good": 0, "fairly_good": 0, "average": 0, "poor": 1, "not_graded": 0, "not_submitted": 0}}
    assert targets.grades_by_kind(table()).to_dict("index") == {}


def test_kinds_keep_the_order_of_the_domain():
    rows = table({"kind": "agency"}, {"kind": "village"}, {"kind": "community"})
    assert list(targets.grades_by_kind(rows).index) == [Kind.VILLAGE, Kind.COMMUNITY, Kind.AGENCY]


def test_what_holds_a_place_back_is_the_figure_farthest_from_its_target():
    done = approved("good", satisfaction=9500, kind="agency")
    assert targets.worst(tables(done, done), PROGRAM) is None
    assert targets.worst(tables(done, {"kind": "agency", "state": "submitted"}), PROGRAM).code == "graded"
    assert targets.worst(tables(done, approved("poor", satisfaction=9500, kind="agency")), PROGRAM).code == "good_share"
    assert targets.worst(tables(done, {**done, "backward": True}), PROGRAM).code == "backward_ledger"
    assert targets.worst(tables(done, {**done, "backward": True, "ledger_on": "2012-04-10"}), PROGRAM) is None
    assert targets.worst(tables(done, items=({}, {"state": "signed_off"})), PROGRAM) is None  # the year has time for that


def test_what_holds_each_township_back_is_what_holds_it_back_alone(demo_home):
    with db.session() as store:
        round_ = rounds.current(store)
        found = programme.tables(store, round_, rounds.local(store, events.last(store)[1]).date())
    places = targets.worst_by_township(found, round_.program)
    assert len({figure and figure.code for figure in places.values()}) > 1
    assert places == {place: targets.worst(targets.within(found, township=place), round_.program) for place in places}


def test_village_classes_at_three_moments():
    rows = table({"class_start": "third", "class_now": "second", "class_target": "first"}, {"class_start": "fourth", "class_now": "fourth"},
                 {}, {"kind": "community", "class_now": "5"})
    assert targets.village_classes(rows).to_dict("index") == {
        "start": {"demonstration": 0, "first": 0, "second": 0, "third": 1, "fourth": 1, "none": 1},
        "now": {"demonstration": 0, "first": 0, "second": 1, "third": 0, "fourth": 1, "none": 1},
        "target": {"demonstration": 0, "first": 1, "second": 0, "third": 0, "fourth": 0, "none": 2}}


def test_the_days_add_up_to_the_figures_of_today():
    rows = table(
        {"state": "submitted", "first_submitted_at": "2012-03-20T15:59:00.000+00:00"},
        {"state": "submitted", "first_submitted_at": "2012-03-20T16:01:00.000+00:00"},  # past midnight in the county
        {"state": "returned", "first_submitted_at": "2012-03-20T02:00:00.000+00:00"},
        approved("good", first_submitted_at="2012-03-20T02:00:00.000+00:00", decided_on="2012-03-23"),
        approved("good", decided_on="2012-03-22"))  # on paper: no submission
    days = targets.by_day(rows, "Asia/Shanghai")
    assert [str(day.date()) for day in days.index] == ["2012-03-20", "2012-03-21", "2012-03-22", "2012-03-23"]
    assert days["submitted"].tolist() == [3, 4, 5, 5]
    assert days["graded"].tolist() == [0, 0, 1, 2]
    assert days.iloc[-1].tolist() == [targets.figure(rows, code, PROGRAM).count for code in ("submitted", "graded")]


def test_no_days_before_anything_happened():
    assert targets.by_day(table({}), "Asia/Shanghai").to_dict("list") == {"submitted": [], "graded": []}


def test_a_closed_organization_leaves_every_count(small_county, at):
    round_ = rounds.current(small_county)
    assert targets.figure(cases.table(small_county, round_), "submitted", round_.program).total == 3
    organizations.close_organization(small_county, SYSTEM, "V2", "2012-04-01", "与甲村合并", at)
    left = cases.table(small_county, round_)
    assert (list(left["code"]), targets.figure(left, "submitted", round_.program).total) == (["A1", "V1"], 2)


def test_a_rate_is_rounded_half_up(small_county, at):
    round_ = rounds.current(small_county)
    with small_county.conn:
        small_county.conn.execute("insert into tallies values(?, 'V1', 800, 800, 33, 0, 767, ?, 'x')", (round_.code, at))
    rates = cases.table(small_county, round_).set_index("code")["satisfaction"]
    assert rates["V1"] == 413  # 4.125 %
    assert pd.isna(rates["V2"])
