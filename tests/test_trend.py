"""The year's progress from the events: what came in on which day, what was taken out again, and that it ends on the overview's figures."""

import datetime as dt
import json

import pandas as pd
import pytest
import streamlit as st
from steps import bring

from lib.core import trend
from lib.core.access import Action
from lib.core.ledger import Plan, Source
from lib.core.model import SYSTEM, Grade
from lib.core.program import parse
from lib.core.trend import ITEM, Happened, cumulated
from lib.core.workflow import State
from lib.store import db, gradings, ledger, organizations, pack, programme, rounds
from lib.store import trend as store_trend
from lib.ui import charts

PROGRAM = parse(pack.program_text())
EVERYBODY = {"submitted": {"A", "B"}, "graded": {"A", "B"}}


def counts(*happened, standing=EVERYBODY) -> dict[str, list[int]]:
    """Day → counts in the order of LINES."""
    return {str(day.date())[5:]: list(row) for day, row in cumulated([Happened(*each) for each in happened], standing).iterrows()}


def test_a_first_version_counts_once_and_a_correction_not_again():
    assert counts(("2012-03-20", "assessment.submitted", "A"), ("2012-03-22", "assessment.submitted", "A"),
                  ("2012-03-22", "assessment.submitted", "B")) == {
        "03-20": [1, 0, 0, 0], "03-21": [1, 0, 0, 0], "03-22": [2, 0, 0, 0]}


def test_a_grade_that_is_opened_again_goes_out_on_its_day():
    assert counts(("2012-04-20", "assessment.submitted", "A"), ("2012-04-20", "grade.approved", "A"), ("2012-04-22", "grade.reopened", "A"),
                  ("2012-04-23", "grade.approved", "A")) == {
        "04-20": [1, 1, 0, 0], "04-21": [1, 1, 0, 0], "04-22": [1, 0, 0, 0], "04-23": [1, 1, 0, 0]}


def test_a_result_on_paper_counts_as_handed_in_on_the_day_it_was_decided():
    assert counts(("2012-04-20", "assessment.submitted", "A"), ("2012-04-18", "grade.recorded", "B"))["04-18"] == [1, 1, 0, 0]


def test_items_are_raised_signed_off_opened_again_and_dismissed():
    moves = [("05-01", "drafted"), ("05-02", "open"), ("05-04", "signed_off"), ("05-06", "open"), ("05-07", "signed_off")]
    shown = counts(*((f"2012-{day}", ITEM, "A", "l1", state) for day, state in moves), ("2012-05-03", ITEM, "A", "l2", "drafted"),
                   ("2012-05-05", ITEM, "A", "l2", "dismissed"))
    assert {day: row[2:] for day, row in shown.items()} == {
        "05-01": [1, 0], "05-02": [1, 0], "05-03": [2, 0], "05-04": [2, 1], "05-05": [1, 1], "05-06": [1, 0], "05-07": [1, 1]}


def test_a_closed_organization_goes_out_with_everything_and_comes_back_with_it():
    shown = counts(("2012-05-01", "assessment.submitted", "A"), ("2012-05-01", ITEM, "A", "l1", "open"), ("2012-05-02", "organization.closed", "A"),
                   ("2012-05-03", ITEM, "A", "l1", "signed_off"), ("2012-05-04", "organization.reopened", "A"))
    assert shown == {"05-01": [1, 0, 1, 0], "05-02": [0, 0, 0, 0], "05-03": [0, 0, 0, 0], "05-04": [1, 0, 1, 1]}


def test_what_an_import_took_back_is_out():
    assert counts(("2012-05-01", "grade.recorded", "A"), ("2012-05-03", "grade.reopened", "A"), standing={"submitted": set(), "graded": set()}) == {
        "05-01": [1, 1, 0, 0], "05-02": [1, 1, 0, 0], "05-03": [0, 0, 0, 0]}


def test_a_span_carries_on_what_came_before():
    days = cumulated([Happened("2012-02-01", ITEM, "A", "l1", "open"), Happened("2012-03-02", ITEM, "A", "l1", "signed_off")], {})
    shown = trend.over(days, dt.date(2012, 3, 1), dt.date(2012, 3, 3))
    assert shown[["raised", "signed_off"]].to_numpy().tolist() == [[1, 0], [1, 1], [1, 1]]
    assert trend.over(cumulated([], {}), dt.date(2012, 3, 1), dt.date(2012, 3, 2)).to_numpy().tolist() == [[0] * 4] * 2


def test_it_ends_on_the_figures_of_a_county_in_which_much_was_taken_back(small_county, at):
    bring(small_county, "V1", State.APPROVED, at)
    bring(small_county, "V2", State.RETURNED, at)
    gradings.record_result(small_county, SYSTEM, "A1", Grade.POOR, "2012-04-09", at, self_score=9000, satisfaction=9500, review_score=9000)
    gradings.reopen(small_county, SYSTEM, "V1", "核准有误", at)
    plan = Plan("活动场所被占用", "收回三间活动室", "王建国", "副镇长", "", "2012-05-01")
    item = ledger.raise_item(small_county, SYSTEM, "A1", Source.HAND, plan, at)
    for action in (Action.APPLY_SIGN_OFF, Action.CHECK_ITEM, Action.SIGN_OFF):
        ledger.act(small_county, SYSTEM, item, action, at, note="情况属实")
    assert_ends_on_figures(small_county)
    organizations.close_organization(small_county, SYSTEM, "A1", "2012-04-10", "撤并", at)
    assert_ends_on_figures(small_county)


def test_it_ends_on_the_figures_of_a_year(demo_home):
    with db.session() as store:
        assert_ends_on_figures(store)
        some = frozenset(row["code"] for row in store.query("select code from organizations where township = '610525101'"))
        assert 0 < store_trend.days(store, some)["submitted"].iloc[-1] < store_trend.days(store)["submitted"].iloc[-1]


def assert_ends_on_figures(store) -> None:
    tables = programme.tables(store, rounds.current(store), dt.date(2012, 4, 20))
    cases, items = tables["organizations"], tables["items"]
    figures = [(cases["state"] != "not_submitted").sum(), (cases["state"] == "approved").sum(), len(items), (items["state"] == "signed_off").sum()]
    assert figures[0] > 0
    assert store_trend.days(store).iloc[-1].tolist() == figures


# ---- the chart


@pytest.fixture
def in_chinese():
    st.session_state["language"] = "zh"
    yield
    del st.session_state["language"]


@pytest.mark.parametrize("today", [dt.date(2012, 1, 5), dt.date(2012, 2, 20), dt.date(2012, 4, 20), dt.date(2012, 12, 20), dt.date(2013, 2, 1)])
def test_the_year_has_every_phase_by_name_and_lines_that_differ_without_colour(today, in_chinese):
    days = pd.DataFrame({"submitted": [1, 3], "graded": [0, 1], "raised": [5, 6], "signed_off": [0, 2]},
                        index=pd.to_datetime(["2012-03-12", "2012-03-13"]))
    chart = charts.year(days, 5, PROGRAM, today, "zh")
    words = [note.text for note in chart.layout.annotations]
    assert [phase.name["zh"] for phase in PROGRAM.phases if phase.name["zh"] in words] == [phase.name["zh"] for phase in PROGRAM.phases]
    bands = [(shape.x0, shape.x1) for shape in chart.layout.shapes if shape.type == "rect"]
    assert bands == [(phase.starts.isoformat(), phase.ends.isoformat()) for phase in PROGRAM.phases]
    assert len({(trace.yaxis, trace.line.dash) for trace in chart.data}) == len(chart.data) == 4
    if today > dt.date(2012, 3, 13):
        assert [word[3:-4] for word in words if "<b>" in word] == ["自评已报 3", "已核准 1", "台账累计 6", "已销号 2"]
    assert ("今天" in " ".join(words)) == (today >= dt.date(2012, 2, 20))
    assert "http" not in json.dumps(chart.to_plotly_json(), default=str)
