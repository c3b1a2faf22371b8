"""Charts: from rows to what is drawn."""

import datetime as dt
import json

import pandas as pd
import pytest
import streamlit as st
from cases_table import approved, table

from lib.core import targets
from lib.core.program import parse
from lib.store import pack
from lib.ui import charts, overview, palette

PROGRAM = parse(pack.program_text())
ROWS = table(*[approved("good")] * 6, *[approved("fairly_good")] * 12, approved("poor"), {"state": "submitted"}, {},
             approved("poor", kind="agency"), approved("good", kind="agency"), {"kind": "community"})


@pytest.fixture(autouse=True)
def in_chinese():
    st.session_state["language"] = "zh"
    yield
    del st.session_state["language"]


def test_grades_stand_in_the_bars_with_the_worst_kind_first():
    figure = charts.grades_by_kind(targets.grades_by_kind(ROWS))
    assert list(figure.data[0].y) == ["合计　24", "机关　\u20072", "村　21", "社区　\u20071"]
    assert [trace.name for trace in figure.data] == ["好", "较好", "一般", "较差", "未评定", "未报"]
    assert [[pair[0] for pair in trace.customdata] for trace in figure.data] == [
        [7, 1, 6, 0], [12, 0, 12, 0], [0, 0, 0, 0], [2, 1, 1, 0], [1, 0, 1, 0], [2, 0, 1, 1]]
    assert list(figure.data[0].text) == ["7", "1", "6", ""]
    assert list(figure.data[3].x) == pytest.approx([100 * 2 / 24, 50, 100 / 21, 0])
    assert list(figure.data[3].text) == ["2", "1", "", ""]  # no room for a count below five per cent


def test_grades_are_told_by_outline_and_hatching_too():
    figure = charts.grades_by_kind(targets.grades_by_kind(ROWS))
    assert [trace.marker.line.color for trace in figure.data[:2]] == [palette.TEAL, palette.TEAL]
    assert [trace.marker.pattern.shape for trace in figure.data] == ["", "", "", "", "", "/"]


def test_village_classes_from_the_start_to_the_target():
    counts = targets.village_classes(table({"class_start": "third", "class_now": "second", "class_target": "first"},
                                           {"class_start": "fourth", "class_now": "third", "class_target": "second"}))
    figure = charts.village_classes(counts, 70, 2)
    assert list(figure.data[0].y) == ["年初", "现在", "年内目标"]
    assert {trace.name: [pair[0] for pair in trace.customdata] for trace in figure.data} == {
        "示范村": [0, 0, 0], "一类村": [0, 0, 1], "二类村": [0, 1, 1], "三类村": [1, 1, 0], "四类村": [1, 0, 0]}
    assert [shape.x0 for shape in figure.layout.shapes] == [70, 98]
    assert [charts.upper(counts, moment) for moment in targets.MOMENTS] == [0, 1, 2]


def test_villages_without_a_class_are_drawn_as_such():
    figure = charts.village_classes(targets.village_classes(table({}, {"class_start": "first"})), 70, 2)
    assert {trace.name: [pair[0] for pair in trace.customdata] for trace in figure.data}["未定类"] == [1, 2, 2]


def test_progress_runs_from_the_phase_to_today():
    days = pd.DataFrame({"submitted": [1, 3], "graded": [0, 1]}, index=pd.to_datetime(["2012-03-12", "2012-03-13"]))
    figure = charts.progress(days, 5, PROGRAM, dt.date(2012, 3, 15))
    assert list(figure.data[0].x) == [f"2012-03-{day}" for day in range(10, 16)]
    assert list(figure.data[0].y) == [0, 0, 1, 3, 3, 3]
    assert list(figure.data[1].y) == [0, 0, 0, 1, 1, 1]
    texts = [note.text for note in figure.layout.annotations]
    assert texts == ["<b>自评（4月5日前）</b>", "<b>测评、评定、公示、核准（4月30日前）</b>", "应报 5", "今天 3月15日", "<b>3</b>", "<b>1</b>"]
    assert list(figure.layout.xaxis.range) == ["2012-03-10", "2012-04-30"]


@pytest.mark.parametrize(("today", "lines"), [(dt.date(2012, 3, 1), 0), (dt.date(2012, 3, 10), 1), (dt.date(2012, 4, 30), 1),
                                              (dt.date(2012, 6, 1), 0)])
def test_today_is_marked_only_inside_the_phase(today, lines):
    figure = charts.progress(targets.by_day(table({}), "Asia/Shanghai"), 1, PROGRAM, today)
    assert sum(shape.line.color == palette.RED for shape in figure.layout.shapes) == lines


@pytest.mark.parametrize(("highest", "values"), [(0, []), (3, [1, 2, 3]), (5, [1, 2, 3, 4, 5]), (7, [2, 4, 6]), (500, [100, 200, 300, 400, 500]),
                                                 (533, [200, 400]), (20000, [5000, 10000, 15000, 20000])])
def test_axis_steps_are_round(highest, values):
    assert charts.steps(highest) == values


def test_the_sentence_above_says_shares_of_those_graded():
    assert overview.grades_said(targets.grades_by_kind(ROWS)) == (
        "已评定 21 个：好 33.3%，较好 57.1%，一般 0.0%，较差 9.5%；另有未评定 1 个、未报 2 个。较差占比最高的是机关（1/2）。")
    assert overview.grades_said(targets.grades_by_kind(table({}))) == "还没有核准的等次；另有未评定 0 个、未报 1 个。"


@pytest.mark.parametrize("draw", [
    lambda: charts.grades_by_kind(targets.grades_by_kind(ROWS)), lambda: charts.village_classes(targets.village_classes(ROWS), 70, 2),
    lambda: charts.progress(targets.by_day(ROWS, "Asia/Shanghai"), 24, PROGRAM, dt.date(2012, 4, 20))])
def test_no_chart_asks_another_host(draw):
    assert "http" not in json.dumps(draw().to_plotly_json(), default=str)
