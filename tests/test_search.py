"""Search by name, pinyin, initials and code: what is found first, and what is not found."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib import demo
from lib.core import search
from lib.store import db, pack

NAMES = {"G1": "城关镇东街社区党支部", "G2": "城关镇党委", "Y1": "尧头镇尧头村党支部", "C1": "冯原镇长宁村党支部", "X1": "王庄镇解家村党支部",
         "L1": "吕家河村党支部", "D1": "县电力公司（110kV站）党支部", "610525": "韦庄镇北酥酪村党支部"}
INDEX = search.index(NAMES, pack.readings())


@pytest.mark.parametrize(("text", "first"), [
    ("G2", "G2"), ("g2", "G2"), ("610525", "610525"), ("东街", "G1"), ("尧头", "Y1"), ("cgzdj", "G1"), ("CGZ", "G2"), ("chengguan", "G2"),
    ("cheng guan", "G2"), ("yaotou", "Y1"), ("ytc", "Y1"), ("changning", "C1"), ("cnc", "C1"), ("xiejia", "X1"), ("lvjia", "L1"),
    ("lüjia", "L1"), ("110kv", "D1"), ("donjie", "G1"), ("chenguan", "G2"), ("yaotuo", "Y1"), ("城官镇", "G2"), ("窑头", "Y1"),
    ("北酥落", "610525"), ("北苏烙村", "610525"),
])
def test_what_is_typed_is_found_first(text, first):
    assert search.found(INDEX, text)[:1] == (first,)


@pytest.mark.parametrize("text", ["", "  ", "zzz", "zzzzzzz", "zhning", "没有这个组织", "%_'", ".*", "angu"])
def test_what_is_not_there_is_not_found(text):
    assert search.found(INDEX, text) == ()


def test_names_that_hold_the_words_come_before_those_that_only_sound_so():
    known = search.index({"1": "成关村", "2": "城关村", "3": "大城关村"}, {})
    assert search.found(known, "城关") == ("2", "3")
    assert search.found(known, "chengguan") == ("1", "2", "3")


def test_the_list_is_short_enough_to_read():
    many = search.index({str(number): f"第{number}村党支部" for number in range(500)}, {})
    assert len(search.found(many, "党支部")) == len(search.found(many, "dzb")) == search.LIMIT
    assert search.found(many, "7") == ("7", *search.found(many, "7")[1:])


def test_a_filter_of_a_table_finds_as_the_search_does():
    def let_through(text):
        return [code for code, kept in zip(NAMES, search.matches(NAMES.values(), NAMES, text, pack.readings()), strict=True) if kept]

    assert let_through("") == list(NAMES)
    assert let_through("村党支部") == ["Y1", "C1", "X1", "L1", "610525"]
    assert let_through("ytc") == ["Y1"]
    assert let_through("chengguan") == ["G1", "G2"]
    assert let_through("G2") == ["G2"]
    assert let_through("zhangning") == let_through("chenguan") == []  # a filter forgives no slip: a count must be what was asked for


@given(st.text(max_size=12))
def test_any_text_may_be_typed(text):
    assert set(search.found(INDEX, text)) <= set(NAMES)
    assert len(search.matches(NAMES.values(), NAMES, text, {})) == len(NAMES)


def test_every_township_is_read_as_it_is_spelt():
    places = tuple(pack.readings().items())
    assert [row["name"] for row in pack.townships() if not search.reading(row["name"], places).full.startswith(row["name_en"].lower())] == []


# ---- on the pages


@pytest.fixture
def look(demo_home, open_as):
    def opened(who, page, **query):
        with db.session() as store:
            app = open_as(link=db.meta(store, demo.LINK_KEY)) if who == "leader" else open_as(who)
        app.run()
        for name, code in query.items():
            app.query_params[name] = code
        app = app.switch_page(f"../../pages/{page}.py") if page != "overview" else app
        app.run()
        assert not app.exception
        return app

    return opened


def answers(app) -> dict[str, str]:
    """Codes and names that the list of answers shows."""
    pieces = [json.loads(each.proto.json) for each in app.get("bidi_component") if "search" in each.proto.component_name]
    return dict(re.findall(r'data-id="([^"]+)" href="[^"]+">([^<]+)</a>', "".join(piece["html"] for piece in pieces)))


@pytest.mark.parametrize("who", ["county", "leader"])
@pytest.mark.parametrize("page", ["overview", "organization"])
def test_a_search_leads_to_an_organization(page, who, look):
    with db.session() as store:
        code, name = store.conn.execute("select code, name from organizations where township is not null and kind = 'village' limit 1").fetchone()
    letters = search.reading(name, tuple(pack.readings().items())).initials[:3]
    app = look(who, page)
    assert not answers(app)
    app.text_input(key=f"{page}.find").input(letters).run()
    assert answers(app)[code] == name
    assert app.query_params["find"] == letters  # sent on, the link shows the same
    assert answers(look(who, page, find=letters)) == answers(app)


def test_nobody_finds_what_he_may_not_open(look):
    with db.session() as store:
        other, name = store.conn.execute("select code, name from organizations where township <> '610525101' limit 1").fetchone()
    assert other in answers(look("county", "overview", find=name))
    assert other not in answers(look("fengyuan", "overview", find=name))
    assert not [field for field in look("village", "overview").text_input if field.key == "overview.find"]


def test_a_table_is_narrowed_by_initials(look):
    with db.session() as store:
        name = db.value(store, "select name from organizations where kind = 'village' limit 1")
    letters = search.reading(name, tuple(pack.readings().items())).initials
    assert name in list(look("county", "ratings", name=letters).dataframe[0].value["name"])
