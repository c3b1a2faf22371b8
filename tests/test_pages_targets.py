"""The targets page: every figure with its denominator, the names that make it up, and an assessment that can be tried without storing anything."""

import datetime as dt
import json
import re

import pytest
from steps import bring

from lib.core import phrases, targets
from lib.core.access import Action
from lib.core.ledger import Plan, Source
from lib.core.model import SYSTEM, Grade
from lib.core.program import parse
from lib.core.workflow import State
from lib.store import gradings, ledger, links, organizations, pack, programme, records, rounds
from lib.store.records import Entry
from lib.ui import target_board, target_names

TODAY = dt.date(2012, 4, 10)
FENGYUAN, CHENGGUAN = "610525101000", "610525001000"
PROGRAM = parse(pack.program_text())
EVIL = "<img src=x onerror=alert(1)>村"


@pytest.fixture
def year(small_county, at):
    """A county with something in every table that figures are counted over. V1 is graded good; V2 is a fourth-class village with an item."""
    def add(register, values, organization=None, committee=None):
        return records.add(small_county, SYSTEM, register, Entry(values, organization, committee), at, TODAY)

    for code, name, kind, committee, township in (("C1", EVIL, "community", FENGYUAN, "610525101"), ("P1", "丙公司党支部", "private_enterprise",
                                                  FENGYUAN, "610525101"), ("G1", "县直机关党支部", "agency", CHENGGUAN, None)):
        organizations.save_organization(small_county, SYSTEM, {"code": code, "name": name, "kind": kind, "committee": committee, "township": township,
                                                               "members": 9, "secretary": "书记", "phone": ""}, at)
    bring(small_county, "V1", State.SUBMITTED, at)
    bring(small_county, "C1", State.SUBMITTED, at)
    for code, grade in (("P1", Grade.GOOD), ("A1", Grade.POOR)):
        gradings.record_result(small_county, SYSTEM, code, grade, "2012-04-09", at, self_score=9000, satisfaction=9500, review_score=9000)
    organizations.change_class(small_county, SYSTEM, "2012", "V2", "start", "fourth", "2012-03-20", "年初定类", at)
    organizations.change_class(small_county, SYSTEM, "2012", "V1", "start", "second", "2012-03-20", "年初定类", at)
    leader = add("leaders", {"name": "王建国", "post": "镇党委书记", "rank": "secretary", "newly_promoted": "yes", "credits_required": "20"},
                 committee=FENGYUAN)
    add("leaders", {"name": "李明", "post": "副镇长", "rank": "member", "newly_promoted": "no"}, committee=FENGYUAN)
    add("pairings", {"leader": leader, "since": "2012-03-15"}, "V2")
    add("mobilization", {"held_on": "2012-03-01", "led_by": "王建国", "attendance": "30"}, "V1")
    add("mobilization", {"held_on": "2012-02-25", "led_by": "王建国", "attendance": "60"}, committee=FENGYUAN)
    add("standing_rules", {"rule": "report", "title": "书记述党建制度", "adopted_on": "2012-04-01"}, "V1")
    add("exemplars", {"category": "site", "title": "丙公司", "field": "enterprise", "reason": "阵地规范", "nominated_on": "2012-04-01"}, "P1")
    for unit, operating, members, mode, more in (("甲公司", "yes", "5", "single", {"organized_on": "2012-03-01"}), ("乙公司", "yes", "3", "none", {}),
                                                 ("丙协会", "no", "0", "none", {}), ("丁商行", "yes", "0", "none",
                                                  {"plan": "联合组建", "plan_on": "2012-06-01"})):
        add("census", {"unit": unit, "unit_kind": "private", "operating": operating, "employees": "9", "members": members, "mode": mode, **more},
            committee=FENGYUAN)
    plan = Plan("活动场所被占用", "收回三间活动室", "王建国", "副镇长", leader, "2012-05-01")
    ledger.raise_item(small_county, SYSTEM, "V2", Source.HAND, plan, at)
    done = ledger.raise_item(small_county, SYSTEM, "A1", Source.HAND, plan, at)
    for action in (Action.APPLY_SIGN_OFF, Action.CHECK_ITEM, Action.SIGN_OFF):
        ledger.act(small_county, SYSTEM, done, action, at, note="情况属实")
    small_county.conn.commit()
    return small_county


@pytest.fixture
def look(open_as, year):
    """`look("county", figure="graded")`: the page as somebody sees it; `link` for a leader."""
    def opened(username=None, *, link=None, page="targets", **query):
        app = open_as(username, link=link)
        for name, code in query.items():
            app.query_params[name] = code
        app.switch_page(f"../../pages/{page}.py").run()
        assert not app.exception
        return app

    return opened


@pytest.fixture
def leader(year, moment, at):
    token = links.create(year, SYSTEM, "县委常委会", moment + dt.timedelta(days=30), moment)
    year.conn.commit()
    return token


def words(code, **params):
    return phrases.text(code, "zh", **params)


def pieces(app):
    """The HTML of the drawn pieces of a page, in their order."""
    return [json.loads(piece.proto.json or piece.proto.mixed.json)["html"] for piece in app.get("bidi_component")
            if piece.proto.component_name != "print_style"]


def said(app):
    return " ".join(element.value for element in (*app.markdown, *app.info)).replace("\\", "")


def cells(row):
    """The texts of a row's cells."""
    plain = (re.sub(r"<title>.*?</title>|<[^>]+>", " ", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row))
    return [" ".join(text.split()) for text in plain]


def board(app):
    """The board's rows by figure's name: what, target, value, standing, trend, worst townships, names."""
    [html] = pieces(app)
    rows = [cells(row) for row in re.findall(r"<tr>.*?</tr>", html) if 'class="what"' in row]
    return {next(code for code in targets.MEASURES if row[0].startswith(words(f"measure.{code}") + " ")): row for row in rows}


def test_the_clauses_hold_every_figure_once():
    codes = [code for _, part in target_board.PARTS for code in part]
    assert sorted(codes) == sorted(targets.MEASURES) == sorted(target_names.PAGES)


# ---- the board


@pytest.mark.parametrize("who", ["county", "fengyuan", "v1", None])
def test_every_figure_stands_with_its_formula_target_and_denominator(who, year, look, request):
    shown = board(look(who, link=None if who else request.getfixturevalue("leader")))
    tables = programme.tables(year, rounds.current(year), TODAY)
    assert list(shown) == [code for _, codes in target_board.parts(PROGRAM) for code in codes]
    assert len(shown) == 34
    for code, (what, target, value, standing, *_) in shown.items():
        found = targets.figure(targets.rows_of(tables, code), code, PROGRAM)
        assert "÷" in what
        assert target == f"{'≤' if found.at_most else ''}{found.target:g}%"
        rate = "—" if found.rate is None else f"{found.rate / 100:.1f}%"
        assert value == f"{rate} {f'{found.total} 票' if found.unit == targets.BALLOTS else f'{found.count}/{found.total}'}"
        assert standing


def test_some_figures_by_hand(look):
    shown = board(look("county"))
    assert {code: shown[code][2] for code in (
        "submitted", "villages_paired", "village_fourth", "backward_ledger", "signed_off", "overdue", "covered_operating", "covered_eligible",
        "coverage_planned", "mobilized", "committees_mobilized", "rule_report", "credits_earned")} == {
        "submitted": "66.7% 4/6", "villages_paired": "50.0% 1/2", "village_fourth": "50.0% 1/2", "backward_ledger": "100.0% 2/2",
        "signed_off": "50.0% 1/2", "overdue": "0.0% 0/1", "covered_operating": "33.3% 1/3", "covered_eligible": "50.0% 1/2",
        "coverage_planned": "50.0% 1/2", "mobilized": "16.7% 1/6", "committees_mobilized": "50.0% 1/2", "rule_report": "16.7% 1/6",
        "credits_earned": "0.0% 0/2"}


def test_nothing_to_divide_by_is_a_dash_and_never_zero(look):
    shown = board(look("county"))
    assert (shown["windows_appraised"][2], shown["windows_appraised"][3]) == ("— 0/0", "暂无数据")


def test_a_figure_whose_phase_has_not_begun_is_not_judged(look):
    shown = board(look("county"))
    assert (shown["exemplar_sites"][3], shown["rule_report"][3]) == ("未到时段（5月21日起）", "未到时段（9月1日起）")
    assert {shown[code][5] for code in ("exemplar_sites", "rule_report")} == {"—"}
    assert shown["signed_off"][3] == "严重滞后，差 50.0"  # its phase begins today


def test_the_worst_townships_are_named_and_lead_to_their_names(look):
    [html] = pieces(look("county"))
    assert 'data-id="villages_paired|missing|610525101|"' in html
    assert 'href="targets?figure=villages_paired&amp;side=missing&amp;township=610525101"' in html


def test_names_of_places_are_text_in_what_is_drawn(look, year):
    year.conn.execute("update townships set name = ? where code = '610525101'", (EVIL,))
    year.conn.execute("update committees set name = ? where code = ?", (EVIL, FENGYUAN))
    year.conn.commit()
    for html in (*pieces(look("county")), *pieces(look("county", view="assessment")), *pieces(look("county", figure="villages_paired"))):
        assert "<img" not in html


def test_an_empty_county_says_what_to_do(open_as, store):
    from conftest import CHEAP, PASSWORD

    from lib.core.model import Role
    from lib.store import accounts, db

    accounts.create(store, SYSTEM, "county", "county", Role.COUNTY, accounts.hash_password(PASSWORD, CHEAP), db.iso(db.now(store)), must_change=False)
    for query in ({}, {"view": "assessment"}, {"figure": "submitted"}):
        app = open_as("county")
        for name, code in query.items():
            app.query_params[name] = code
        app.switch_page("../../pages/targets.py").run()
        assert not app.exception
        assert "请先导入组织名册" in said(app)


# ---- the names behind a figure


@pytest.mark.parametrize("code", targets.MEASURES)
def test_every_number_is_as_long_as_the_list_behind_it(code, year, look):
    found = targets.figure(targets.rows_of(programme.tables(year, rounds.current(year), TODAY), code), code, PROGRAM)
    app = look("county", figure=code)
    for side, expected in (("missing", found.among - found.met), ("counted", found.met), ("all", found.among)):
        app.segmented_control(key="targets.side").set_value(side).run()
        assert not app.exception
        assert (len(app.dataframe[0].value) if app.dataframe else 0) == expected
        assert f"共 {expected} 条。" in said(app)
        assert app.query_params.get("side", "missing") == side


def test_a_township_and_a_committee_narrow_the_figure_and_its_list_alike(look):
    app = look("county", figure="mobilized", committee=FENGYUAN)
    assert "25.0%（1/4）" in said(app)
    assert sorted(app.dataframe[0].value["name"]) == sorted([EVIL, "丙公司党支部", "乙村党支部"])
    assert "0.0%（0/1）" in said(look("county", figure="mobilized", township="county"))


@pytest.mark.parametrize(("figure", "columns"), [
    ("signed_off", {"light": ["正常"], "due_on": ["5月1日"], "leader_name": ["王建国 镇党委书记"], "problem": ["活动场所被占用"]}),
    ("leaders_complete", {"name": ["王建国", "李明"], "needs": ["后进村、社区、两新组织", "村"], "lacks": ["社区、两新组织", "村"]}),
    ("coverage_planned", {"name": ["乙公司"], "unit_kind": ["非公有制企业"], "mode": ["没有组建"], "members": [3]}),
    ("exemplar_sites", {"name": ["丙公司"], "organization": ["丙公司党支部"], "standing": ["待审批"], "field": ["企业"]}),
    ("village_fourth", {"class_now": ["二类村"]}),
    ("community_secured", {"state": ["已报待评"]}),
    ("credits_earned", {"earned": [0, 0], "required": [20, 40]}),
])
def test_a_list_explains_its_figure(figure, columns, look):
    app = look("county", figure=figure)
    if not app.dataframe:
        app.segmented_control(key="targets.side").set_value("counted").run()
    rows = app.dataframe[0].value
    assert {name: sorted(rows[name], key=str) for name in columns} == {name: sorted(values, key=str) for name, values in columns.items()}


@pytest.mark.parametrize("query", [{"figure": "nothing"}, {"figure": "<b>"}, {"view": "junk"}, {"side": "x", "township": "y", "committee": "z"}])
def test_unknown_codes_in_the_address_are_the_board(query, look):
    app = look("county", **query)
    assert len(board(app)) == 34
    assert not set(query) & set(app.query_params)


def test_unknown_limits_of_a_known_figure_are_none(look):
    app = look("county", figure="submitted", side="junk", township="nowhere", committee="nobody")
    assert "66.7%（4/6）" in said(app)
    assert {name: app.query_params.get(name) for name in ("figure", "side", "township", "committee")} == {
        "figure": "submitted", "side": None, "township": None, "committee": None}


def test_an_organization_gets_neither_the_dissatisfied_nor_the_troubles_of_others(look):
    [html] = pieces(look("v1"))
    assert "satisfaction|" not in html
    assert "signed_off|" in html
    assert len(board(look("v1", figure="satisfaction"))) == 34
    rows = look("v1", figure="signed_off").dataframe[0].value
    assert list(rows[["problem", "responsible", "leader_name"]].iloc[0]) == ["—", "—", "—"]
    own = look("v2", figure="signed_off").dataframe[0].value
    assert own["problem"].iloc[0] == "活动场所被占用"


def test_a_link_for_one_township_sees_that_township_alone(year, moment, look):
    token = links.create(year, SYSTEM, "冯原镇", moment + dt.timedelta(days=30), moment, townships=("610525101",))
    year.conn.commit()
    assert board(look(link=token))["mobilized"][2] == "25.0% 1/4"
    assert pieces(look(link=token, view="assessment"))[0].count("<tr") == 2  # the head and the one committee


def test_a_number_fixed_for_the_county_has_no_townships(look):
    app = look("county", figure="exemplar_sites")
    assert not pieces(app)
    assert "已提名 1 个，其中已批准 0 个、未批准 1 个" in said(app)


# ---- the assessment


def store_of(store):
    """Everything that a store holds, to compare."""
    tables = [name for name, in store.conn.execute("select name from sqlite_master where type = 'table' order by name")]
    return {name: store.conn.execute(f'select * from "{name}"').fetchall() for name in tables if name not in ("sessions", "login_sessions")}


def scores(app):
    """Committee → what its row says, from the ranking."""
    return {row[1]: row for row in map(cells, re.findall(r"<tr.*?</tr>", pieces(app)[0])[1:])}


def test_the_score_is_the_sum_of_its_parts_and_what_the_rules_give(year, look):
    app = look("county", view="assessment", committee=FENGYUAN)
    tables = targets.within(programme.tables(year, rounds.current(year), TODAY), committee=FENGYUAN)
    found = targets.assess(tables, PROGRAM, PROGRAM.assessment, TODAY)
    name = tables["committees"]["name"].iloc[0]
    assert scores(app)[name][2] == f"{found.score:.2f}"
    rows = [cells(row) for row in re.findall(r"<tr.*?</tr>", pieces(app)[1])[1:]]
    assert [row[-1] for row in rows[:-1]] == [f"{part.points:.2f}" for part in found.parts]
    assert rows[-1] == ["合计", f"{found.score:.2f}"]
    assert sum(float(row[-1]) for row in rows[:-1]) == pytest.approx(found.score, abs=0.01 * len(rows))
    assert f'data-id="villages_paired|missing||{FENGYUAN}"' in pieces(app)[1]


def test_other_weights_are_tried_and_nothing_is_stored(year, look):
    app = look("county", view="assessment", committee=FENGYUAN)
    before, official = store_of(year), {name: row[2] for name, row in scores(app).items()}
    assert app.button(key="targets.whatif_reset").disabled
    app.number_input(key="targets.weight_mobilized" if "mobilized" in PROGRAM.assessment else "targets.weight_submitted").set_value(90).run()
    assert not app.exception
    tried = scores(app)
    assert {name: row[2] for name, row in tried.items()} == official  # the pack's weights govern
    assert any(row[3].split()[0] != row[2] for row in tried.values())
    assert "不保存" in said(app)
    assert store_of(year) == before
    app.button(key="targets.whatif_reset").click().run()
    assert {name: row[2:] for name, row in scores(app).items()} == {name: [score] for name, score in official.items()}
    assert app.number_input(key="targets.weight_submitted").value == PROGRAM.assessment["submitted"]


def test_weights_tried_are_still_there_after_a_look_at_the_names(look):
    app = look("county", view="assessment")
    app.number_input(key="targets.weight_submitted").set_value(33).run()
    app.segmented_control(key="targets.view").set_value("figures").run()
    app.segmented_control(key="targets.view").set_value("assessment").run()
    assert app.number_input(key="targets.weight_submitted").value == 33


def test_all_weights_at_nothing_are_no_score(look):
    app = look("county", view="assessment")
    for code in PROGRAM.assessment:
        app.number_input(key=f"targets.weight_{code}").set_value(0)
    app.run()
    assert not app.exception
    assert {row[3] for row in scores(app).values()} == {"—"}


@pytest.mark.parametrize(("who", "committee"), [("fengyuan", "冯原镇党委"), ("county", None), ("v1", None), (None, None)])
def test_everybody_sees_the_scores_and_a_committee_its_own_first(who, committee, look, request):
    app = look(who, link=None if who else request.getfixturevalue("leader"), view="assessment")
    assert len(scores(app)) == 2
    if committee:
        assert app.subheader[1].value == committee


def test_the_same_in_english(look):
    for query in ({}, {"figure": "signed_off"}, {"view": "assessment"}):
        app = look("county", lang="en", **query)
        text = said(app) + " ".join(pieces(app))
        assert not re.search("指标|得分|现为|名单", text)
