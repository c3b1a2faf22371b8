"""Townships side by side: the same figures as everywhere else, the best and the worst marked, names behind each."""

import datetime as dt
import json
import re

import pytest

from lib import demo
from lib.core import phrases, targets
from lib.core.model import SYSTEM
from lib.store import db, links, programme, rounds
from lib.ui import side_by_side

TOWNS = ("610525101", "610525102", "610525103")


@pytest.fixture
def county(demo_home):
    with db.session() as store:
        yield store


@pytest.fixture
def compared(county, open_as):
    """`compared("leader", "a,b")`: the page with its table as HTML."""
    def opened(who, towns, language="zh"):
        app = open_as(link=who if who != "leader" else db.meta(county, demo.LINK_KEY)) if who not in ("county", "village") else open_as(who)
        app.session_state["language"] = language
        app.run().switch_page("../../pages/side_by_side.py")
        app.query_params["towns"] = towns
        app.run()
        assert not app.exception
        pieces = [each.proto for each in app.get("bidi_component") if "side_by_side" in each.proto.component_name]
        return app, json.loads(pieces[0].json)["html"] if pieces else ""

    return opened


def cells(html: str, code: str, language="zh") -> list[str]:
    """The cells of a figure's row, without the first."""
    row = next(row for row in html.split("<tr>") if f"<b>{phrases.text(f'measure.{code}', language)}</b>" in row)
    return re.findall(r"<td class=\"rate[^>]*>.*?</td>", row)


def test_every_cell_is_the_figure_of_its_township(county, compared):
    _, html = compared("leader", ",".join(TOWNS))
    round_ = rounds.current(county)
    tables = programme.tables(county, round_, rounds.local(county, db.iso(db.now(county))).date())
    for code in ("submitted", "graded", "village_fourth", "signed_off"):
        rows = targets.rows_of(tables, code)
        wanted = [targets.figure(targets.within(tables, township=town)[targets.MEASURES[code].over], code, round_.program) for town in TOWNS]
        wanted.append(targets.figure(rows, code, round_.program))
        shown = cells(html, code)
        assert len(shown) == 4
        for cell, figure in zip(shown, wanted, strict=True):
            assert f"<small>{figure.count}/{figure.total}</small>" in cell
            if count := figure.met if figure.at_most else figure.among - figure.met:
                assert f" {count}</a>" in cell  # the names behind it, as many as it says


def test_best_and_worst_are_said_and_not_only_coloured():
    def figure(rate, at_most=False):
        return targets.Figure("submitted", 0, 1, rate, 100, at_most, "far", 1, 0)

    assert side_by_side.extremes([figure(5000), figure(9000), figure(7000)]) == {0: "worst", 1: "best"}
    assert side_by_side.extremes([figure(5000, True), figure(9000, True)]) == {0: "best", 1: "worst"}
    assert side_by_side.extremes([figure(5000), figure(5000), figure(9000)]) == {0: "worst", 1: "worst", 2: "best"}
    assert side_by_side.extremes([figure(5000), figure(5000)]) == side_by_side.extremes([figure(5000), None, figure(None)]) == {}


def test_links_lead_to_the_names_of_that_township(compared):
    _, html = compared("county", ",".join(TOWNS[:2]))
    for town in TOWNS[:2]:
        assert re.search(rf'href="targets\?figure=\w+&amp;side=\w+&amp;township={town}"', html)
        assert f'data-id="township:{town}"' in html


@pytest.mark.parametrize("towns", ["", TOWNS[0], "nobody", "nobody,610525101", f"{TOWNS[0]},{TOWNS[0]}"])
def test_with_fewer_than_two_it_says_what_to_do(towns, compared):
    app, html = compared("leader", towns)
    assert html == ""
    assert "请在上面选择二至四个镇" in app.info[0].value


def test_the_choice_stands_in_the_address(compared):
    app, _ = compared("county", ",".join(TOWNS[:2]))
    app.multiselect(key="side_by_side.towns").select(TOWNS[2]).run()
    assert app.query_params["towns"] == ",".join(TOWNS)
    assert compared("county", ",".join([*TOWNS, "610525104", "610525105"]))[0].multiselect(key="side_by_side.towns").value == [*TOWNS, "610525104"]


def test_a_link_for_some_townships_shows_no_other(county, compared):
    now = db.now(county)
    token = links.create(county, SYSTEM, "两镇", now + dt.timedelta(days=1), now, townships=TOWNS[:2])
    county.conn.commit()
    app, html = compared(token, ",".join(TOWNS))
    assert app.multiselect(key="side_by_side.towns").value == list(TOWNS[:2])
    assert "本链接范围合计" in html
    assert TOWNS[2] not in html


def test_an_organization_sees_no_names_of_satisfaction(compared):
    _, html = compared("village", ",".join(TOWNS[:2]))
    assert not [cell for cell in cells(html, "satisfaction") if "<a " in cell]
    assert [cell for cell in cells(html, "submitted") if "<a " in cell]


def test_it_is_complete_in_english(compared):
    _, html = compared("leader", ",".join(TOWNS[:2]), language="en")
    assert html
    assert not re.search(r"[\u3400-\u9fff]", re.sub(r"<[^>]+>", "", html))
