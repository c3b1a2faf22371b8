"""The pieces drawn as HTML: map, ranking and strip. Names are data, every township is there, status is colour and word."""

import datetime as dt
import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest
import streamlit as st

from lib.core.program import parse
from lib.core.targets import Figure
from lib.exchange import map_drawing
from lib.store import pack
from lib.ui import palette, ranking, strip, township_map
from lib.ui.ranking import Row

EVIL = "<img src=x onerror=alert(1)>&\"'"
NAMES = {row["code"]: row["name"] for row in pack.townships()}
PROGRAM = parse(pack.program_text())


@pytest.fixture(autouse=True)
def in_chinese():
    st.session_state["language"] = "zh"
    yield
    del st.session_state["language"]


def figure(rate: int | None, status: str | None, count: int = 9, total: int = 10) -> Figure:
    return Figure("submitted", count, total, rate, 100, False, status, total, count)


class Links(HTMLParser):
    """The links of a piece: id → attributes, and the fill of the path inside each."""

    def __init__(self, html: str):
        super().__init__()
        self.links: dict[str, dict] = {}
        self.fills: dict[str, str] = {}
        self.tags: set[str] = set()
        self.open: str | None = None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.add(tag)
        if tag == "a":
            self.open = given["data-id"]
            self.links[self.open] = given
        if tag == "path":
            self.fills[self.open] = given["fill"]


FIGURES = {code: figure(rate, status) for code, (rate, status) in zip(NAMES, (
    (10000, "reached"), (9700, "near"), (9100, "behind"), (5000, "far"), (None, None)), strict=False)}


def drawn(names=NAMES, figures=FIGURES, shapes=None, language="zh") -> str:
    return township_map.html(shapes or pack.township_shapes(), names, figures, "submitted", "100%", language)


def test_every_township_is_a_link_with_name_figure_and_status():
    found = Links(drawn())
    assert set(found.links) == set(NAMES)
    codes = list(NAMES)
    assert [found.links[code]["aria-label"] for code in codes[:5]] == [
        f"{NAMES[codes[0]]}，自评提交率 100.0%，9/10，达标", f"{NAMES[codes[1]]}，自评提交率 97.0%，9/10，接近",
        f"{NAMES[codes[2]]}，自评提交率 91.0%，9/10，滞后", f"{NAMES[codes[3]]}，自评提交率 50.0%，9/10，严重滞后",
        f"{NAMES[codes[4]]}，自评提交率暂无数据"]
    assert found.links[codes[0]]["href"] == f"township?township={codes[0]}"


def test_colours_are_those_of_the_status():
    found = Links(drawn())
    assert [found.fills[code] for code in list(NAMES)[:5]] == [*palette.SCALE, palette.TRACK]


def test_far_behind_carries_a_mark_besides_its_colour():
    assert drawn().count("▼") == 1


@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_always_says_that_it_is_schematic(language):
    st.session_state["language"] = language
    assert {"zh": "示意图", "en": "Schematic"}[language] in drawn(language=language).split("</svg>")[1]


def test_names_are_data_not_markup():
    names = dict.fromkeys(NAMES, EVIL)
    html = drawn(names)
    assert "<img" not in html
    assert Links(html).tags <= {"div", "svg", "a", "path", "title", "g", "text", "tspan", "polyline", "circle", "span", "i", "b"}
    assert Links(html).links["610525101"]["aria-label"].startswith(EVIL)


def test_a_township_without_a_shape_stands_below_the_map():
    found = Links(drawn({**NAMES, "new": "新设镇"}))
    assert set(found.links) == {*NAMES, "new"}
    assert "new" not in found.fills


def test_an_official_file_may_have_several_polygons_and_no_place_for_labels():
    square = [[109.0, 35.0], [109.2, 35.0], [109.2, 35.2], [109.0, 35.2], [109.0, 35.0]]
    island = [[109.3, 35.0], [109.31, 35.0], [109.31, 35.01], [109.3, 35.0]]
    shapes = {"features": [{"id": "T1", "properties": {}, "geometry": {"type": "MultiPolygon", "coordinates": [[island], [square]]}}]}
    html = drawn({"T1": "甲镇"}, {"T1": figure(9000, "far")}, shapes)
    assert re.search(r' d="([^"]+)"', html)[1].count("M") == 2
    x, y = map(float, re.search(r'<text x="(\d+)" y="(\d+)"', html).groups())
    assert (x, y) == (pytest.approx(230 * 0.8175, abs=8), pytest.approx(229, abs=2))  # in the middle of the large one


def test_labels_beside_the_map_do_not_cover_each_other():
    for side in (-1, 1):
        cells = map_drawing.cells(pack.township_shapes())
        heights = sorted(y for _, y in map_drawing.outside(cells, list(cells), side).values())
        assert min(b - a for a, b in pairwise(heights)) >= map_drawing.LABEL_HEIGHT


# ---- ranking


ROWS = [Row("A", "甲镇", figure(9000, "behind"), ("自评", "未报 1"), "甲镇党委"),
        Row("B", "乙镇", figure(10000, "reached"), ("", "各项达标"), "乙镇党委"),
        Row("C", "丙镇", figure(9000, "behind"), ("核准", "公示中 3"), "丙镇党委"), Row("D", "丁镇", None, ("", "暂无数据"), "丁镇党委"),
        Row("county", "县级单位", figure(9500, "behind"), ("自评", "未报 2"), "2 个党委", apart=True)]


@pytest.mark.parametrize(("best_first", "order"), [
    (True, [(1, "B"), (2, "A"), (2, "C"), (None, "D"), (None, "county")]),
    (False, [(2, "C"), (2, "A"), (1, "B"), (None, "D"), (None, "county")]),
])
def test_equal_rates_share_a_rank_and_the_county_level_has_none(best_first, order):
    assert [(rank, row.code) for rank, row in ranking.ranked(ROWS, best_first)] == order


def test_a_ranked_place_has_bar_tick_word_reason_and_committee():
    html = ranking.html(ROWS, "submitted", "100%", True, "en")
    assert list(Links(html).links) == ["B", "A", "C", "D", "county"]
    row = html[html.index('data-id="A"'):].split("</tr>")[0]
    assert 'href="township?township=A&amp;lang=en"' in row
    assert f'style="width:90.0%;background:{palette.GOLD};border:1px solid {palette.GOLD}"' in row
    assert '<u style="left:100%">' in row
    assert re.sub(r"<[^>]+>", "|", row).strip("|").split("|")[-1] == "甲镇党委"
    assert all(words in row for words in ("90.0%", "9/10", "滞后", "<b>自评</b>未报 1"))


def test_names_in_the_ranking_are_data():
    html = ranking.html([Row("A", EVIL, figure(9000, "behind"), (EVIL, EVIL), EVIL)], "submitted", "100%", True, "zh")
    assert "<img" not in html


# ---- strip


@pytest.mark.parametrize(("today", "expected"), [
    (dt.date(2012, 2, 19), [("next", "1 天后开始", 0), ("next", "20 天后开始", 0)]),
    (dt.date(2012, 3, 9), [("now", "进行中 · 今天截止", 100), ("next", "1 天后开始", 0)]),
    (dt.date(2012, 4, 10), [("done", "已结束", 100), ("now", "进行中 · 余 20 天", 61)]),
])
def test_phases_say_how_long(today, expected):
    steps = strip.phases(PROGRAM, today, {"classification": "自评已报 1/2"}, "zh")
    assert [(step.stage, step.standing, step.gone) for step in steps[:2]] == expected
    assert [step.what for step in steps] == ["", "自评已报 1/2", "", "", ""]


def test_two_phases_may_run_at_once():
    assert [step.stage for step in strip.phases(PROGRAM, dt.date(2012, 4, 20), {}, "zh")] == ["done", "now", "now", "next", "next"]


def test_words_in_the_strip_are_data():
    assert "<img" not in strip.html([strip.Step(EVIL, "now", EVIL, EVIL, EVIL)], EVIL)
