"""The pages one looks at, as each role sees them: the right numbers, the names behind them, and nothing one may not see."""

import shutil

import published_county
import pytest
from click.testing import CliRunner
from reading import rates, tiles

from lib import demo, manage
from lib.core.grading import half_up
from lib.core.model import SYSTEM, Role
from lib.store import accounts, db, links, organizations, rounds
from lib.store.db import value

WHO = ("county", "fengyuan", "village", "leader")
HANDED_IN = "('returned', 'submitted', 'proposed', 'noticed', 'approved')"
FENGYUAN = "610525101"


@pytest.fixture(scope="module")
def shared(demo_county, tmp_path_factory):
    """A home for the tests that only look: what is drawn is kept from one to the next."""
    return shutil.copytree(demo_county, tmp_path_factory.mktemp("look") / "home")


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
def look(county, open_as):
    """`look("county", "ratings", figure="graded")`: a page as somebody sees it; "leader" comes by the demo's view link."""
    def opened(who, page, **query):
        app = open_as(link=db.meta(county, demo.LINK_KEY)) if who == "leader" else open_as(who)
        app.run()
        for name, code in query.items():
            app.query_params[name] = code
        app = app.switch_page(f"../../pages/{page}.py") if page != "overview" else app
        app.run()
        assert not app.exception
        return app

    return opened


def count(store, where="1 = 1", of="count(*)"):
    return value(store, f"""select {of} from organizations o left join assessments a on a.organization = o.code
                            left join gradings g on g.organization = o.code where o.closed_on is null and {where}""")


def classed(store, *classes):
    return sum(row["start"] in classes if row["now"] is None else row["now"] in classes for row in store.query(
        """select max(case when moment = 'start' then value end) start, (select value from class_changes n where n.organization = k.organization
           and n.moment = 'now' order by seq desc limit 1) now from class_changes k join organizations o on o.code = k.organization
           where o.kind = 'village' group by k.organization"""))


def villages_of_class(store, code):
    """Villages whose class now is one; the class at the start holds until one is decided."""
    now = {}
    for moment in ("start", "now"):
        now |= dict(store.conn.execute("""select k.organization, k.value from class_changes k join organizations o on o.code = k.organization
                                          where o.kind = 'village' and k.moment = ? order by k.seq""", (moment,)).fetchall())
    return {organization for organization, value_ in now.items() if value_ == code}


def share(part, total):
    return f"{half_up(1000 * part, total) / 10:.1f}%"


def said(app):
    return " ".join(element.value for element in (*app.markdown, *app.info, *app.warning, *app.error))


def behind(app):
    """The way from each figure to its names among the ratings: words and what the address asks for."""
    return {tile.link: tile.asks for tile in tiles(app) if tile.page == "ratings"}


# ---- overview


@pytest.mark.parametrize("who", WHO)
def test_the_headline_is_what_the_store_holds(who, county, look):
    total, submitted, graded = count(county), count(county, f"a.state in {HANDED_IN}"), count(county, "a.state = 'approved'")
    good = count(county, "a.state = 'approved' and g.grade in ('good', 'fairly_good')")
    villages, upper = count(county, "o.kind = 'village'"), classed(county, "demonstration", "first", "second")
    items, done = (value(county, f"""select count(*) from ledger_moves m join ledger_items i on i.id = m.item where m.seq =
                       (select max(seq) from ledger_moves where item = m.item) and m.state {which}""")
                   for which in ("<> 'dismissed'", "= 'signed_off'"))
    poor = {row["organization"] for row in county.query("""select g.organization from gradings g join assessments a on a.organization = g.organization
            where a.state = 'approved' and g.grade = 'poor'""")} | villages_of_class(county, "fourth")
    led = {row["organization"] for row in county.query(
        """select i.organization from ledger_items i join ledger_moves m on m.item = i.id
           and m.seq = (select max(seq) from ledger_moves where item = i.id)
           where m.state in ('open', 'applied', 'checked', 'signed_off') and m.leader <> '' and m.due_on <> ''""")}
    ballots = value(county, "select sum(returned) from tallies") + (value(county, "select sum(count) from ballots") or 0)
    pleased = value(county, "select sum(satisfied + basically_satisfied) from tallies") + (
        value(county, "select sum(count) from ballots where opinion <> 'dissatisfied'") or 0)
    assert rates(look(who, "overview")) == {
        f"自评提交率 {submitted}/{total}": share(submitted, total),
        f"好、较好占比 {good}/{graded}": share(good, graded),
        f"群众满意度 {ballots:,} 票": share(pleased, ballots),
        f"二类以上村 {upper}/{villages}": share(upper, villages),
        f"后进建账 {len(poor & led)}/{len(poor)}": share(len(poor & led), len(poor)),
        f"整改销号 {done}/{items}": share(done, items)}


def test_every_figure_opens_a_list_as_long_as_it_says(look):
    ways = behind(look("county", "overview"))
    assert [way["figure"] for way in ways.values()] == ["submitted", "good_share", "village_upper", "satisfaction"]  # the others lead to the targets
    for label, way in ways.items():
        page = look("county", "ratings", **way)
        rows = int(label.rsplit(" ", 1)[1])
        assert (len(page.dataframe[0].value) if page.dataframe else 0) == rows
        assert f"**共 {rows} 个组织。" in said(page)


@pytest.mark.parametrize("figure", ["submitted", "good_share", "village_upper"])
def test_both_sides_of_a_figure_make_up_its_denominator(figure, look):
    numbers = next(label for label, way in behind(look("leader", "overview")).items() if way["figure"] == figure)
    sides = {side: len(look("leader", "ratings", figure=figure, side=side).dataframe[0].value) for side in ("counted", "missing", "all")}
    assert sides["counted"] + sides["missing"] == sides["all"]
    assert sides["missing"] == int(numbers.rsplit(" ", 1)[1])


def test_an_organization_does_not_get_the_list_of_the_dissatisfied(look):
    assert "satisfaction" not in {way["figure"] for way in behind(look("village", "overview")).values()}
    app = look("village", "ratings", figure="satisfaction")
    assert "figure" not in app.query_params
    assert "群众满意度" not in said(app)


def test_the_map_and_the_ranking_follow_the_address(look):
    app = look("leader", "overview", measure="good_share", order="best")
    assert [subheader.value for subheader in app.subheader][1] == "好、较好占比排名与短板"
    assert (app.query_params["measure"], app.query_params["order"]) == ("good_share", "best")


@pytest.mark.parametrize("junk", ["", "nothing", "<b>"])
def test_an_unknown_measure_is_the_first_one(junk, look):
    assert [subheader.value for subheader in look("leader", "overview", measure=junk).subheader][1] == "自评提交率排名与短板"


def test_a_change_in_the_store_is_seen_at_the_next_run(small_county, actor, at, open_as):
    app = open_as("county").run()
    assert "自评提交率 0/3" in rates(app)
    organizations.close_organization(small_county, actor("county"), "V2", "2012-04-01", "与甲村合并", at)
    app.run()
    assert "自评提交率 0/2" in rates(app)


def test_an_empty_registry_says_so(small_county, open_as):
    small_county.conn.execute("update organizations set closed_on = '2012-01-01'")
    small_county.conn.commit()
    app = open_as("county").run()
    assert not app.exception
    assert "名册中还没有组织" in app.info[0].value
    assert not tiles(app)


def test_a_leader_of_some_townships_sees_only_theirs(demo_home, county, open_as):
    now = db.now(county)
    token = links.create(county, SYSTEM, "片区领导", now + links.LONGEST, now, townships=(FENGYUAN,))
    app = open_as(link=token).run()
    total = count(county, f"o.township = '{FENGYUAN}'")
    assert next(iter(rates(app))).endswith(f"/{total}")


# ---- township


@pytest.mark.parametrize("who", WHO)
def test_a_township_lists_its_organizations_with_the_late_first(who, county, look):
    app = look(who, "township", township=FENGYUAN)
    total, submitted = count(county, f"o.township = '{FENGYUAN}'"), count(county, f"o.township = '{FENGYUAN}' and a.state in {HANDED_IN}")
    assert rates(app)[f"自评提交率 {submitted}/{total}"] == share(submitted, total)
    rows = app.dataframe[0].value
    order = ["未报", "退回修改", "已报待评", "已拟等次", "公示中", "已核准"]
    assert len(rows) == total
    assert list(rows["state"]) == sorted(rows["state"], key=order.index)


def test_the_county_level_has_a_page_like_a_township(county, look):
    app = look("leader", "township", township="county")
    assert app.header[0].value == "县级单位"
    assert len(app.dataframe[0].value) == count(county, "o.township is null")


def test_a_township_is_chosen_where_the_address_names_none(county, look):
    for asked in ({}, {"township": "999"}):
        links_ = [link.proto.label for link in look("leader", "township", **asked).get("page_link") if link.proto.page == "township"]
        assert links_ == [*(row["name"] for row in organizations.townships(county)), "县级单位"]


def test_a_township_can_be_filtered_by_kind_and_state(county, look):
    app = look("county", "township", township=FENGYUAN, kind="village", state="approved")
    expected = count(county, f"o.township = '{FENGYUAN}' and o.kind = 'village' and a.state = 'approved'")
    assert len(app.dataframe[0].value) == expected
    app.selectbox(key="township.state").select("").run()
    assert len(app.dataframe[0].value) == count(county, f"o.township = '{FENGYUAN}' and o.kind = 'village'")
    assert "state" not in app.query_params
    assert app.query_params["kind"] == "village"


# ---- ratings


def test_the_ratings_count_grades_as_the_county_publishes_them(county, look):
    app = look("leader", "ratings")
    graded = count(county, "a.state = 'approved'")
    by_grade = [count(county, f"a.state = 'approved' and g.grade = '{grade}'") for grade in ("good", "fairly_good", "average", "poor")]
    total = count(county)
    submitted = count(county, f"a.state in {HANDED_IN}")
    shown = app.table[0].value
    assert list(shown.iloc[0]) == ["个数", *map(str, by_grade), str(graded), str(submitted - graded), str(total - submitted)]
    assert list(shown.iloc[1]) == ["占比", *(share(each, graded) for each in by_grade), "100.0%", "", ""]
    assert len(app.dataframe[0].value) == total


@pytest.mark.parametrize(("query", "where"), [
    ({"kind": "village"}, "o.kind = 'village'"), ({"township": "county"}, "o.township is null"), ({"state": "approved"}, "a.state = 'approved'"),
    ({"grade": "good"}, "a.state = 'approved' and g.grade = 'good'"), ({"name": "党支部"}, "o.name like '%党支部%'"),
    ({"grade": "not_submitted"}, f"coalesce(a.state, '') not in {HANDED_IN}"),
    ({"kind": "village", "township": FENGYUAN}, f"o.kind = 'village' and o.township = '{FENGYUAN}'"), ({"kind": "junk"}, "1 = 1"),
])
def test_filters_come_from_the_address(query, where, county, look):
    app = look("county", "ratings", **query)
    rows = count(county, where)
    assert f"**共 {rows} 个组织。**" in said(app)
    assert (len(app.dataframe[0].value) if rows else 0) == rows


def test_a_search_without_hits_says_so(look):
    app = look("county", "ratings", name="没有这样的组织%_'")
    assert "没有符合条件的组织" in said(app)
    assert not app.dataframe


def test_clearing_the_filters_clears_the_address(county, look):
    app = look("county", "ratings", kind="village", figure="submitted")
    app.button(key="ratings.clear").click().run()
    assert not {"kind", "figure"} & set(app.query_params)
    assert len(app.dataframe[0].value) == count(county)


def test_scores_stand_side_by_side_with_the_gap_flagged(county, look):
    rows = look("county", "ratings").dataframe[0].value
    limit = rounds.current(county).program.gap / 100
    known = rows[rows["gap"].notna()]
    assert len(known) > 0
    assert list(known["gap"]) == pytest.approx(list(known["self_score"] - known["review_score"]))
    assert list(rows["flag"] != "") == [bool(gap > limit) if gap == gap else False for gap in rows["gap"].astype(float)]
    flagged = look("county", "ratings", gap="1")
    assert (len(flagged.dataframe[0].value) if flagged.dataframe else 0) == int((rows["flag"] != "").sum())


def test_an_organization_sees_the_scores_of_no_other(demo_home, county, approved, look):
    county.conn.execute("update accounts set organization = ? where username = 'village'", (approved,))
    county.conn.commit()
    rows = look("village", "ratings").dataframe[0].value
    scores = rows.set_axis([row["code"] for row in county.query(ORDERED)])[["self_score", "satisfaction", "review_score", "final_score"]]
    assert scores.drop(approved).isna().all(axis=None)
    assert scores.loc[approved].notna().all()


ORDERED = """select o.code from organizations o left join townships t on t.code = o.township where o.closed_on is null
             order by t.position is null, t.position, o.kind, o.code"""


def test_the_published_county_of_2012_looks_as_published(store, tmp_path, open_as):
    for name, content in (("organizations", published_county.organizations_csv()), ("results", published_county.results_csv())):
        (tmp_path / f"{name}.csv").write_bytes(content)
        assert CliRunner().invoke(manage.main, ["import", name, str(tmp_path / f"{name}.csv")]).exit_code == 0
    accounts.create(store, SYSTEM, "county", "县委基层办", Role.COUNTY, accounts.hash_password("peach-Orchard-7", 4), db.iso(db.now(store)),
                    must_change=False)
    app = open_as("county").run().run()  # the charts follow the first view
    assert {label: rate for label, rate in rates(app).items() if "占比" in label} == {
        "好、较好占比 377/533": "70.7%"}
    assert "已评定 533 个：好 10.1%，较好 60.6%，一般 20.1%，较差 9.2%" in said(app).replace("\\", "")
    table = app.switch_page("../../pages/ratings.py").run().table[0].value
    assert list(table.iloc[0])[1:6] == ["54", "323", "107", "49", "533"]
    assert list(table.iloc[1])[1:5] == ["10.1%", "60.6%", "20.1%", "9.2%"]


# ---- organization


@pytest.fixture
def approved(county):
    return value(county, f"""select a.organization from assessments a join organizations o on o.code = a.organization join gradings g
                            on g.organization = o.code where a.state = 'approved' and o.township = '{FENGYUAN}' and g.source = 'review' limit 1""")


@pytest.mark.parametrize("who", ["county", "fengyuan", "leader"])
def test_an_organization_shows_scores_and_grade(who, approved, county, look):
    app = look(who, "organization", organization=approved)
    row = county.conn.execute("""select s.score, r.team, r.members, r.mechanism, r.results, r.masses, g.grade, g.final_score from gradings g
                                join reviews r on r.organization = g.organization join submissions s on s.organization = g.organization
                                where g.organization = ? order by s.version desc limit 1""", (approved,)).fetchone()
    table = app.table[0].value
    assert list(table["评定"]) == [*(f"{each / 100:.1f}" for each in row[1:6]), f"**{half_up(sum(row[1:6]), 10) / 10:.1f}**"]
    assert list(table["自评"])[-1] == f"**{half_up(row[0], 10) / 10:.1f}**"
    grade = {"good": "好", "fairly_good": "较好", "average": "一般", "poor": "较差"}[row[6]]
    assert f"核准等次：**{grade}**" in said(app)
    assert f"总分 **{half_up(row[7], 10) / 10:.1f}**" in said(app)


def test_a_phone_number_is_never_for_leaders(demo_home, approved, county, look):
    county.conn.execute("update organizations set phone = '0913-6712345' where code = ?", (approved,))
    county.conn.commit()
    assert {who: "6712345" in said(look(who, "organization", organization=approved)) for who in ("county", "fengyuan", "leader")} == {
        "county": True, "fengyuan": True, "leader": False}


def test_ways_to_the_form_and_the_review_are_for_those_who_may(approved, look):
    def ways(who):
        return {link.proto.page for link in look(who, "organization", organization=approved).get("page_link")} & {"assessment", "review"}

    assert {who: ways(who) for who in ("county", "fengyuan", "leader")} == {
        "county": {"assessment", "review"}, "fengyuan": {"assessment", "review"}, "leader": set()}


def test_an_organization_sees_its_own_and_only_its_own(approved, county, look):
    own = value(county, "select o.name from accounts a join organizations o on o.code = a.organization where username = 'village'")
    other = value(county, "select code from organizations where township <> ? limit 1", (FENGYUAN,))
    assert look("village", "organization").header[0].value.replace("\\", "") == own
    for who in ("village", "fengyuan"):
        app = look(who, "organization", organization=other)
        assert [error.value for error in app.error] == ["您的账号没有“查看组织情况”的权限。如确有需要，请联系县委基层办。"]
        assert not app.table
    assert "没有编码为 nobody 的组织" in look("county", "organization", organization="nobody").error[0].value


def test_a_proposed_grade_is_not_for_the_organization_before_its_notice(demo_home, county, approved, look):
    county.conn.execute("update accounts set organization = ? where username = 'village'", (approved,))
    county.conn.execute("update assessments set state = 'proposed' where organization = ?", (approved,))
    county.conn.commit()
    shown, seen = said(look("village", "organization")), said(look("county", "organization", organization=approved))
    assert "等次公示后在这里显示" in shown
    assert "拟定等次" not in shown
    assert "拟定等次：" in seen


def test_an_organization_without_anything_is_no_error(small_county, open_as):
    app = open_as("v1").run().switch_page("../../pages/organization.py").run()
    assert not app.exception
    assert "尚未提交" in said(app)
    assert "列入名册" in said(app)


def test_names_are_shown_as_they_are(demo_home, approved, county, look):
    county.conn.execute("update organizations set name = ? where code = ?", ("**甲** [x](http://evil) <b>村</b> $1$", approved))
    county.conn.commit()
    header = look("county", "organization", organization=approved).header[0].value
    assert header == r"\*\*甲\*\* \[x\]\(http\:\/\/evil\) \<b\>村\</b\> \$1\$".replace(r"\/", "/")


@pytest.mark.parametrize(("page", "query"), [("overview", {}), ("township", {"township": FENGYUAN}), ("ratings", {"figure": "good_share"}),
                                             ("organization", {})])
@pytest.mark.parametrize("who", ["county", "leader"])
def test_english_has_every_phrase(page, query, who, approved, look):
    given = {"organization": approved} if page == "organization" else query
    app = look(who, page, lang="en", **given)
    assert not app.exception
    assert app.header[0].value


def test_a_way_back_from_an_organization_finds_the_list_as_it_was(county, look):
    """Streamlit leads back to this page's path with the codes of the page that was opened from it."""
    app = look("county", "ratings", kind="village", figure="submitted")
    before = said(app)
    for name in ("kind", "figure"):
        del app.query_params[name]
    app.query_params["organization"] = "X"
    app.run()
    assert said(app) == before
    assert app.query_params["organization"] == "X"
    app.selectbox(key="ratings.kind").select("").run()
    assert dict(app.query_params) == {"figure": "submitted"}
