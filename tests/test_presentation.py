"""The presentation: who opens it, what its address asks for, and that the slides say what the tables say, with every name as text."""

import json
import re
import shutil
from html import escape

import pytest
from browser import pass_days

from lib import demo
from lib.core import targets
from lib.core.ledger import ItemState, Plan, Source
from lib.core.model import SYSTEM
from lib.store import db, ledger, links, organizations, programme, rounds, snapshots
from lib.ui import presentation, slides
from lib.ui.text import percent

WHO = ("county", "fengyuan", "village", "leader")
NASTY = "<b onclick=x>甲</b>&“村”党支部"


@pytest.fixture(scope="module")
def shared(demo_county, tmp_path_factory):
    """A home for the tests that only look: what is drawn is kept from one to the next."""
    return shutil.copytree(demo_county, tmp_path_factory.mktemp("presentation") / "home")


@pytest.fixture
def county(request, monkeypatch):
    """The store of a demo of 60 organizations; a test that changes it asks for `demo_home`, its own copy."""
    if "demo_home" in request.fixturenames:
        request.getfixturevalue("demo_home")
    else:
        monkeypatch.setenv("CHENGPING_HOME", str(request.getfixturevalue("shared")))
    with db.session() as store:
        yield store


@pytest.fixture
def present(county, open_as):
    """`present("county", every="5")`: the page as somebody sees it; "leader" comes by the demo's view link."""
    def opened(who, link=None, **query):
        app = open_as(link=link or db.meta(county, demo.LINK_KEY)) if who == "leader" else open_as(who)
        for name, code in query.items():
            app.query_params[name] = code
        app.run()
        app.switch_page("../../pages/presentation.py").run()
        assert not app.exception
        return app

    return opened


def drawn(app) -> list:
    """The pieces of a page, without the rules for paper that every page has."""
    return [piece for piece in app.get("bidi_component") if piece.proto.component_name != "print_style"]


def given(app) -> dict:
    """What the browser is given."""
    [piece] = drawn(app)
    return json.loads(piece.proto.json or piece.proto.mixed.json)


def html(app) -> dict[str, str]:
    return {slide["code"]: slide["html"] for slide in given(app)["slides"]}


def words(markup: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", markup))


@pytest.fixture
def tables(county):
    now = rounds.current(county)
    return programme.tables(county, now, rounds.local(county, db.iso(db.now(county))).date()), now.program


# ---- who, and what is asked for


@pytest.mark.parametrize("who", WHO)
def test_everybody_who_may_look_can_present(who, county, present):
    app = present(who)
    assert list(html(app)) == ["overview", *rounds.current(county).program.mapped, "targets", "ledger", "changes", "grades"]
    assert given(app)["every"] == presentation.EVERY
    assert given(app)["live"] is True


def test_nobody_presents_without_a_link(county, open_as):
    app = open_as()
    app.run()
    assert not drawn(app)


def test_slides_order_and_seconds_stand_in_the_address(present):
    app = present("leader", slides="grades,overview", every="7", play="1")
    shown = given(app)
    assert (list(html(app)), shown["every"], shown["play"]) == (["grades", "overview"], 7, True)
    app.multiselect(key="presentation.slides").set_value(["ledger", "grades"]).run()
    app.number_input(key="presentation.every").set_value(0).run()
    assert (app.query_params["slides"], app.query_params["every"]) == ("ledger,grades", "0")
    assert (list(html(app)), given(app)["every"]) == (["ledger", "grades"], 0)


@pytest.mark.parametrize(("query", "expected"), [
    ({"slides": "nothing,<b>,targets,targets"}, {"slides": ["targets"]}), ({"slides": ",,"}, {"slides": ["a", "targets"]}),
    ({"every": "-3"}, {"every": presentation.EVERY}), ({"every": "²"}, {"every": presentation.EVERY}),
    ({"every": "9" * 400}, {"every": presentation.EVERY}), ({"every": "999"}, {"every": presentation.LONGEST}), ({"every": "0"}, {"every": 0}),
    ({"at": "yesterday"}, {"at": ""}), ({"play": "yes"}, {"play": False})])
def test_junk_in_the_address_is_not_heeded(query, expected):
    found = presentation.parsed({"slides": "", "every": "", "at": "", "play": "", **query}, ("a", "targets"))
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize(("identity", "page", "query"), [
    ("610525101", "township", {"township": "610525101"}), ("targets?figure=graded&side=missing", "targets", {"figure": "graded", "side": "missing"}),
    ("", "", {}), ("overview?", "township", {"township": "overview?"})])
def test_a_link_leads_where_it_says(identity, page, query):
    assert slides.chosen(identity)[1] == query
    assert not query or slides.chosen(identity)[0] == page


# ---- what the slides say


def test_the_figures_are_those_of_the_tables(tables, present):
    found, program = tables
    shown = html(present("leader"))
    for code in program.headline:
        figure = targets.figure(targets.rows_of(found, code), code, program)
        assert f'<div class="value">{percent(figure.rate)}</div>' in shown["overview"], code
        if figure.unit == targets.ORGANIZATIONS:
            assert f"{figure.count}/{figure.total}" in words(shown["overview"])
    for code in program.mapped:
        figure = targets.figure(targets.rows_of(found, code), code, program)
        assert figure.unit != targets.ORGANIZATIONS or f"（{figure.count}/{figure.total}）" in words(shown[code])
        assert set(re.findall(r'<tr[^>]*>.*?data-id="(\d+)"', shown[code])) == set(found["organizations"]["township"].dropna())


def test_the_targets_slide_has_what_is_short_farthest_first(county, tables, present):
    found, program = tables
    today = rounds.local(county, db.iso(db.now(county))).date()
    each = {code: targets.figure(targets.rows_of(found, code), code, program) for code in targets.shown(program)}
    short = sorted((figure for code, figure in each.items() if figure.gap and program.begun(code, today)), key=lambda figure: -figure.gap)
    shown = html(present("county"))["targets"]
    assert re.findall(r'<td class="key"><a data-id="targets\?figure=(\w+)', shown) == [figure.code for figure in short]
    assert len(short) > 5


def test_the_ledger_slide_counts_what_the_ledger_holds(tables, present):
    found, _ = tables
    items = found["items"]
    standing = items[items["state"] != ItemState.SIGNED_OFF]
    overdue = standing[standing["light"] == "overdue"]
    shown = html(present("leader"))["ledger"]
    assert [int(each.replace(",", "")) for each in re.findall(r'class="value">([\d,]+)<', shown)[:2]] == [len(standing), len(overdue)]
    rows = re.findall(r'data-id="rectification\?item=(\w+)"', shown)
    assert set(rows) <= set((overdue if len(overdue) else standing)["code"])
    assert len(rows) == min(slides.SENT, len(overdue)) or not len(overdue)


def test_an_organization_reads_no_others_problems(county, tables, present):
    items, own = tables[0]["items"], "village"
    [code] = [row["organization"] for row in county.query("select organization from accounts where username = ?", (own,))]
    others = items[(items["organization"] != code) & (items["problem"].str.len() > 12)]
    theirs = set(items.loc[items["organization"] == code, "problem"])
    shown, leaders = html(present(own))["ledger"], html(present("leader"))["ledger"]
    assert [problem for problem in others["problem"] if escape(problem) in leaders] != []
    assert [problem for problem in others["problem"] if escape(problem) in shown and problem not in theirs] == []


def test_the_grades_add_up_to_the_organizations(tables, present):
    found, _ = tables
    shown = html(present("county"))["grades"]
    totals = [int(each) for each in re.findall(r'<td class="num">(\d+)</td>', shown)]
    assert totals[0] == len(found["organizations"]) == sum(totals[1:])


def test_no_slide_has_a_telephone_number(county, present):
    phones = {row["phone"] for row in county.query("select phone from organizations where phone <> ''")}
    shown = json.dumps(given(present("leader")), ensure_ascii=False)
    assert phones
    assert [phone for phone in phones if phone in shown] == []


def test_a_name_is_text_on_every_slide(county, demo_home, present):
    at = db.iso(db.now(county))
    snapshots.create(county, SYSTEM, "before", at)
    organization = county.execute("select i.organization from ledger_items i").fetchone()[0]
    row = organizations.get(county, organization)
    county.conn.execute("update organizations set name = ? where code = ?", (NASTY, organization))
    county.conn.execute("update committees set name = ? where code = ?", (NASTY, row.committee))
    county.conn.execute("update townships set name = name || ?", (NASTY,))
    county.conn.commit()
    plan = Plan(problem=NASTY, measure="整改", responsible=NASTY, post=NASTY, due_on=rounds.local(county, at).date().isoformat())
    ledger.raise_item(county, SYSTEM, organization, Source.HAND, plan, at)
    pass_days(3)
    shown = html(present("leader"))
    assert [code for code, markup in shown.items() if "<b onclick" in markup] == []
    assert escape(NASTY) in shown["overview"]
    assert escape(NASTY) in shown["ledger"]


# ---- live and pinned


def test_a_meetings_link_shows_its_frozen_figures_or_on_request_the_newest(county, demo_home, present):
    now = db.now(county)
    frozen = snapshots.create(county, SYSTEM, "例会", db.iso(now))
    token = links.create(county, SYSTEM, "例会", now + links.LONGEST, now, snapshot=frozen)
    first = html(present("leader", link=token))["grades"]
    row = next(county.query("select code, committee, township from organizations where township is not null"))
    organizations.save_organization(county, SYSTEM, {"code": "NEW", "name": "新村党支部", "kind": "village", "committee": row["committee"],
                                                     "township": row["township"], "members": 9, "secretary": "书记", "phone": ""}, db.iso(now))
    pinned = present("leader", link=token)
    assert (given(pinned)["live"], html(pinned)["grades"]) == (False, first)
    assert "本次会议固定" in given(pinned)["words"]["pinned"]
    newest = present("leader", link=token, at="now")
    assert given(newest)["live"] is True
    assert html(newest)["grades"] != first
    assert newest.selectbox(key="presentation.at").value == "now"


def test_the_changes_are_those_since_the_last_snapshot(county, demo_home, present):
    assert "较上次快照（4月13日 17:30）" in words(html(present("county"))["changes"])  # the demo's own shelf
    at = db.iso(db.now(county))
    snapshots.create(county, SYSTEM, "before", at)
    row = next(county.query("select committee, township from organizations where township is not null"))
    organizations.save_organization(county, SYSTEM, {"code": "NEW", "name": "新村党支部", "kind": "village", **row, "members": 9, "secretary": "书记",
                                                     "phone": ""}, at)
    shown = words(html(present("county"))["changes"])
    assert "新建组织 1" in shown
    assert "撤销组织 0" in shown


def test_without_organizations_it_says_what_to_do(store, open_as):
    now = db.now(store)
    token = links.create(store, SYSTEM, "书记", now + links.LONGEST, now)
    app = open_as(link=token).run()
    app.switch_page("../../pages/presentation.py").run()
    assert not drawn(app)
    assert app.info
