"""The pages of the work programme: their numbers are what one counts by hand, and nobody reads what is not theirs."""

import datetime as dt

import pytest
import steps
from reading import rates
from starlette.applications import Starlette
from starlette.testclient import TestClient

from lib.core import forms
from lib.core.access import Action
from lib.core.model import SYSTEM
from lib.exchange import honour_roll
from lib.store import accounts, db, ledger, links, organizations, records, snapshots
from lib.store.records import Entry
from lib.ui import coverage, inspections, leaders, roll, rules, secured, training, windows
from lib.web import asgi

PAGES = ("pairing", "coverage", "communities", "training", "exemplars", "honours", "agencies", "inspections", "standing_rules")
FENGYUAN, CHENGGUAN = "610525101000", "610525001000"
TODAY = dt.date(2012, 4, 10)
PHONE = "13900001111"
WHO = ("county", "fengyuan", "v1", "leader")


@pytest.fixture
def county(small_county, at):
    """The small county with a community, a firm and a social organization besides."""
    rows = (("C1", "某社区党支部", "community", FENGYUAN, "610525101"), ("P1", "某果品公司党支部", "private_enterprise", FENGYUAN, "610525101"),
            ("P2", "某果汁公司党支部", "private_enterprise", CHENGGUAN, "610525001"))
    for code, name, kind, committee, township in rows:
        organizations.save_organization(small_county, SYSTEM, {"code": code, "name": name, "kind": kind, "committee": committee,
                                                               "township": township, "members": 9, "secretary": "书记", "phone": ""}, at)
    return small_county


@pytest.fixture
def add(county, at):
    """`add("visits", "V1", leader=…)`: a record about an organization, a committee (by its code) or, with "", the county; gives its id.

    What a register requires besides is filled in with its own examples.
    """
    def added(register, about, **given):
        form = records.register(county, register).form
        examples = forms.example(form, "good", TODAY)
        values = {name: text for name, text in examples.items() if form.items[name].required and not form.items[name].dynamic} | given
        own = {} if not about else {"committee": about} if about in (FENGYUAN, CHENGGUAN) else {"organization": about}
        return records.add(county, SYSTEM, register, Entry(values, **own), at, TODAY)

    return added


@pytest.fixture
def look(county, moment, open_as):
    """`look("county", "pairing", whose=…)`: a page as somebody sees it; "leader" comes by a view link."""
    token = links.create(county, SYSTEM, "县委常委会", moment + dt.timedelta(days=30), moment)

    def opened(who, page, *, link=None, **query):
        app = open_as(link=link or token) if who == "leader" else open_as(who)
        if lang := query.pop("lang", None):
            app.query_params["lang"] = lang
        app.run()
        for name, code in query.items():
            app.query_params[name] = code
        app = app.switch_page(f"../../pages/{page}.py")
        app.run()
        assert not app.exception
        return app

    return opened


def person(name, rank="member", promoted="no", **values):
    return {"name": name, "post": "某职务", "rank": rank, "newly_promoted": promoted, **values}


def measured(app):
    return {**rates(app), **{metric.label: metric.value for metric in app.metric}}


def said(app):
    return "\n".join(element.value for element in (*app.markdown, *app.info, *app.warning, *app.error))


def everything(app):
    """All that the page says, cells of tables included."""
    cells = [str(cell) for frame in (*app.dataframe, *app.table) for cell in frame.value.to_numpy().ravel()]
    return "\n".join([said(app), *(f"{label} {number}" for label, number in measured(app).items()), *cells])


def listed(app, heads):
    """The list with these columns; None where the page does not show it."""
    return next((frame.value for frame in app.dataframe if list(frame.value.columns) == list(heads)), None)


def small(app, head):
    """The small table whose first column is called so."""
    return next(table.value for table in app.table if table.value.columns[0] == head)


# ---- every page for everybody


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("page", PAGES)
def test_a_county_without_records_is_told_what_to_do(page, who, look):
    hints = {"pairing": "还没有登记领导干部", "coverage": "还没有普查登记", "communities": "有出入的，通过自评更正",
             "training": "没有登记的，书记看自评", "exemplars": "没有待审批的推荐", "honours": "还没有批准的表彰对象",
             "agencies": "还没有设服务窗口", "inspections": "还没有督导检查记录", "standing_rules": "起考核"}
    if (page, who) == ("exemplars", "v1"):
        hints["exemplars"] = "这里没有涉及本组织的内容"
    assert hints[page] in said(look(who, page))


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_registry_is_no_error(page, county, look):
    county.conn.execute("update organizations set closed_on = '2012-01-01'")
    county.conn.commit()
    assert look("county", page).header


def test_the_rule_of_a_later_phase_is_not_judged_yet(look):
    assert "自“评优树模”阶段（5月21日）起考核" in said(look("county", "exemplars"))
    assert "起考核" not in said(look("county", "pairing"))


def test_a_committee_reads_its_own_figures_beside_the_countys(add, look):
    add("pairings", "V1", leader=add("leaders", FENGYUAN, **person("王建国")), since="2012-03-01")
    app = look("fengyuan", "pairing")
    assert measured(app)["包联村 1/2"] == "50.0%"
    assert "包联村 1/2，50.0%" in said(app).replace("\\", "")
    assert "本党（工）委" not in said(look("county", "pairing"))


# ---- pairing


@pytest.fixture
def paired(add):
    """A secretary with a village and a community but no two-new contact point, a member with nothing, one whose pairing has ended."""
    secretary, _, ended = (add("leaders", FENGYUAN, phone=PHONE, **person(name, rank)) for name, rank in (
        ("王书记", "secretary"), ("李委员", "member"), ("张委员", "member")))
    add("leaders", CHENGGUAN, **person("赵干事", "cadre"))
    for code in ("V1", "C1"):
        add("pairings", code, leader=secretary, since="2012-03-01")
    add("pairings", "V2", leader=ended, since="2012-03-01", ended_on="2012-04-01")
    add("visits", "V1", leader=secretary, visited_on="2012-03-05")
    add("visits", "V1", leader=secretary, visited_on="2012-03-20")


def test_leaders_with_what_they_lack(paired, look):
    app = look("leader", "pairing")
    lacking = listed(app, leaders.LEADERS)
    assert dict(zip(lacking["name"], lacking["standing"], strict=True)) == {"王书记": "▲ 缺两新组织", "李委员": "▲ 缺村", "张委员": "▲ 缺村"}
    assert dict(zip(lacking["name"], lacking["paired"], strict=True)) == {"王书记": 2, "李委员": 0, "张委员": 0}
    assert measured(app)["领导联系点 0/3"] == "0.0%"
    everyone = listed(look("leader", "pairing", leaders="all"), leaders.LEADERS)
    assert set(everyone["name"]) == {"王书记", "李委员", "张委员", "赵干事"}


def test_villages_without_a_leader_and_without_a_visit(paired, look):
    unpaired = listed(look("county", "pairing"), leaders.VILLAGES)
    assert list(unpaired["name"]) == ["乙村党支部"]
    app = look("county", "pairing", villages="all")
    villages = listed(app, leaders.VILLAGES).set_index("name")
    assert villages.loc["甲村党支部"].to_dict() == {"place": "冯原镇", "leaders": "王书记", "since": "2012-03-01", "visits": 2,
                                                    "visited": "2012-03-20"}
    assert villages.loc["乙村党支部", "visits"] == 0
    assert "没有走访记录 1" in [option for control in app.button_group for option in control.options]


def test_a_committee_begins_with_its_own_and_may_look_at_all(paired, look):
    assert listed(look("chengguan", "pairing"), leaders.LEADERS) is None
    assert len(listed(look("chengguan", "pairing", whose="all"), leaders.LEADERS)) == 3
    assert len(listed(look("county", "pairing", whose=FENGYUAN), leaders.LEADERS)) == 3
    assert len(listed(look("county", "pairing", whose="nobody"), leaders.LEADERS)) == 3


def test_a_filter_is_kept_in_the_address(paired, look):
    app = look("county", "pairing")
    app.selectbox(key="pairing.committee").select(CHENGGUAN).run()
    assert app.query_params["whose"] in (CHENGGUAN, [CHENGGUAN])
    assert listed(app, leaders.LEADERS) is None
    app.selectbox(key="pairing.committee").select("all").run()
    assert "whose" not in app.query_params


def test_a_long_list_is_sent_a_page_at_a_time(add, look):
    for number in range(205):
        add("leaders", FENGYUAN, **person(f"委员{number:03}"))
    assert len(listed(look("county", "pairing"), leaders.LEADERS)) == 100  # its cells have colours


# ---- coverage


def unit(name, kind, members, mode="none", operating="yes", **values):
    organized = {} if mode == "none" else {"organized_on": "2012-03-01"}
    return {"unit": name, "unit_kind": kind, "operating": operating, "employees": 50, "members": members, "mode": mode, **organized, **values}


@pytest.fixture
def census(add):
    for values in (unit("甲厂", "private", 8, "single"), unit("乙厂", "private", 2, "joint"), unit("丙厂", "private", 5, contact=PHONE),
                   unit("丁厂", "private", 1, plan="联合组建", plan_on="2012-04-01"), unit("戊协会", "social", 4, "attached"),
                   unit("己协会", "social", 0, plan="挂靠组建", plan_on="2012-06-01"), unit("停业厂", "private", 9, operating="no")):
        add("census", FENGYUAN, **values)
    add("census", CHENGGUAN, **unit("庚厂", "private", 3))


def test_units_by_mode_over_both_denominators(census, look):
    app = look("leader", "coverage")
    assert measured(app) == {"两新覆盖 3/7": "42.9%", "两新应建已建 2/4": "50.0%", "组建计划 2/4": "50.0%"}
    rows = [list(row) for row in small(app, "口径").to_numpy()]
    assert rows == [["正常运营", "非公企业", "1", "1", "0", "3", "2/5　40\\.0%"], ["正常运营", "社会组织", "0", "0", "1", "1", "1/2　50\\.0%"],
                    ["正常运营", "合计", "1", "1", "1", "4", "3/7　42\\.9%"], ["应建", "非公企业", "1", "0", "0", "2", "1/3　33\\.3%"],
                    ["应建", "社会组织", "0", "0", "1", "0", "1/1　100\\.0%"], ["应建", "合计", "1", "0", "1", "2", "2/4　50\\.0%"]]
    townships = small(app, "镇（街道）")
    assert [list(row) for row in townships.to_numpy()] == [["城关街道", "0/1　0\\.0%", "0/1　0\\.0%", "0/1　0\\.0%"],
                                                           ["冯原镇", "3/6　50\\.0%", "2/3　66\\.7%", "2/3　66\\.7%"]]


def test_units_not_covered_with_their_plans_the_overdue_first(census, look):
    rows = listed(look("county", "coverage"), coverage.UNITS)
    assert list(zip(rows["name"], rows["standing"], strict=True)) == [
        ("丁厂", "▲ 逾期 9 天"), ("庚厂", "◆ 无计划"), ("丙厂", "◆ 无计划"), ("己协会", "● 按计划")]
    assert list(listed(look("county", "coverage", units="overdue"), coverage.UNITS)["name"]) == ["丁厂"]
    assert set(listed(look("county", "coverage", units="unplanned"), coverage.UNITS)["name"]) == {"丙厂", "庚厂"}
    assert set(listed(look("county", "coverage", units="eligible"), coverage.UNITS)["name"]) == {"丙厂", "庚厂"}


def test_the_plans_of_a_committees_units_are_its_own(census, look):
    assert set(listed(look("fengyuan", "coverage", whose="all"), coverage.UNITS)["name"]) == {"丙厂", "丁厂", "己协会"}
    assert listed(look("v1", "coverage"), coverage.UNITS) is None


# ---- communities


@pytest.fixture
def answered(county, at):
    """A community with too few staff, a village whose pay is not secured; the other village has submitted nothing."""
    steps.fill_in(county, "C1", at, staff_full_time=3)
    steps.submit(county, "C1", at)
    steps.fill_in(county, "V1", at, pay_secured="no", pay_secured__what="拖欠半年", pay_secured__why="money")
    steps.submit(county, "V1", at)


def test_organizations_that_lack_something_with_their_answers(answered, look):
    app = look("leader", "communities")
    assert measured(app)["社区有人管事 0/1"] == "0.0%"
    assert measured(app)["村级阵地 1/2"] == "50.0%"
    rows = listed(app, secured.LACKING)
    assert list(zip(rows["name"], rows["state_said"], rows["answers"], strict=True)) == [
        ("某社区党支部", "已报待评", "专职人员（人）：3（标准 5）")]
    villages = listed(look("leader", "communities", lacking="village_pay"), secured.LACKING).set_index("name")["answers"]
    assert villages["甲村党支部"].startswith("干部报酬落实：否；办公经费")
    assert villages["乙村党支部"] == "▲ 自评未报"


def test_an_organization_reads_no_other_organizations_answers(answered, look):
    app = look("v1", "communities", lacking="village_pay")
    assert list(listed(app, secured.LACKING)["name"]) == ["甲村党支部"]
    ways = [link.proto for link in app.get("page_link") if link.proto.page == "assessment"]
    assert [way.query_string for way in ways] == ["organization=V1"]
    assert not [link for link in look("leader", "communities").get("page_link") if link.proto.page == "assessment"]
    assert listed(look("chengguan", "communities"), secured.LACKING) is not None  # P2 has submitted nothing
    assert "某社区党支部" not in everything(look("chengguan", "communities", lacking="community_staff"))


# ---- training


def test_the_training_file_and_those_still_to_be_trained(add, look):
    course = add("courses", "", title="春季培训班", kind="credits", organizer="县委党校", held_on="2012-03-08", credits=32)
    cadre = add("leaders", FENGYUAN, **person("郭干事", "cadre"))
    add("leaders", FENGYUAN, **person("免修者", "cadre", credits_required=0))
    add("credits", FENGYUAN, leader=cadre, course=course, credits=32, earned_on="2012-03-09")
    rotation = add("courses", "", title="轮训班", kind="rotation", organizer="县委组织部", held_on="2012-03-15")
    add("rotation", "V1", course=rotation, role="secretary", person="甲书记", completed_on="2012-03-17")
    app = look("county", "training")
    file = listed(app, training.CADRES)
    assert [list(row) for row in file.to_numpy()] == [["郭干事", "某职务", "冯原镇党委", "32/40", "2012-03-09", "▲ 差 8"]]
    assert measured(app)["镇干部学分 0/1"] == "0.0%"
    assert set(listed(app, training.ROTATION)["name"]) == {"乙村党支部", "某社区党支部"}
    assert set(listed(look("county", "training", rotation="head"), training.ROTATION)["name"]) == {"甲村党支部", "乙村党支部"}
    everyone = listed(look("v1", "training", rotation="all"), training.ROTATION).set_index("name")
    assert list(everyone.loc["甲村党支部", ["secretary", "head"]]) == ["2012-03-17", "▲ 未轮训"]
    assert everyone.loc["某社区党支部", "head"] == "—"
    assert everyone.index[0] == "甲村党支部"  # an organization's own row stands first
    assert listed(look("v1", "training"), training.CADRES) is None
    assert listed(look("chengguan", "training"), training.CADRES) is None


# ---- exemplars and honours


@pytest.fixture
def exemplars(add, county, at):
    """V1 is graded and has a site approved (with a five-good village); V2 is nominated and not graded."""
    steps.bring(county, "V1", steps.State.APPROVED, at)
    site = add("exemplars", "V1", category="site", title="甲村阵地", field="rural", reason="规范", nominated_on="2012-04-02")
    good = add("exemplars", "V1", category="five_good", title="甲村示范村", field="rural", reason="规范", nominated_on="2012-04-02")
    for record in (site, good):
        records.decide(county, SYSTEM, record, True, "", at, TODAY)
    add("exemplars", "V2", category="site", title="乙村阵地", field="rural", reason="规范", nominated_on="2012-04-03")
    refused = add("exemplars", "V2", category="member", title="乙标兵", field="rural", reason="敬业", nominated_on="2012-04-04")
    records.decide(county, SYSTEM, refused, False, "材料不全", at, TODAY)


def test_exemplars_by_field_and_township(exemplars, look):
    app = look("leader", "exemplars")
    assert measured(app)["示范点 1/100"] == "1.0%"
    fields = small(app, "领域").set_index("领域")
    assert list(fields.loc["农村"]) == ["1", "1", "0", "0"]
    assert list(fields.loc["合计"]) == ["1/100", "1", "0/100", "0"]
    assert [list(row) for row in small(app, "镇（街道）").to_numpy()] == [["冯原镇", "2", "2–3", "1", "0", "▲ 差 1 个"]]


@pytest.mark.parametrize(("count", "standing"), [(0, "▲ 差 2 个"), (2, "● 达标"), (3, "● 达标"), (4, "◆ 多 1 个")])
def test_too_few_five_good_villages_and_too_many_are_said(count, standing, add, county, look):
    for number in range(count):
        add("exemplars", "V1", category="five_good", title=f"示范村{number}", field="rural", reason="规范", nominated_on="2012-04-02")
    county.conn.execute("update records set state = 'approved' where register = 'exemplars'")
    county.conn.commit()
    assert small(look("county", "exemplars"), "镇（街道）")["达标情况"][0] == standing


def test_nominations_with_what_keeps_them_back(exemplars, look):
    rows = listed(look("county", "exemplars"), roll.NOMINATIONS)
    assert list(rows["title"]) == ["乙村阵地"]
    assert rows["unmet"][rows.index[0]].startswith("▲ 尚不符合：所在党组织的等次")
    refused = listed(look("county", "exemplars", nominations="refused"), roll.NOMINATIONS)
    assert list(zip(refused["title"], refused["unmet"], strict=True)) == [("乙标兵", "材料不全")]
    assert listed(look("chengguan", "exemplars"), roll.NOMINATIONS) is None
    assert listed(look("v1", "exemplars"), roll.NOMINATIONS) is None
    assert len(listed(look("v2", "exemplars"), roll.NOMINATIONS)) == 1


@pytest.fixture
def honoured(exemplars, add, county, at):
    """Besides the exemplars, an honour for a member of V1, with markup in what was written."""
    record = add("honours", "V1", honour="excellent_member", person="<b>张</b>秀英", deeds="带领 & 致富", nominated_on="2012-04-05")
    records.decide(county, SYSTEM, record, True, "", at, TODAY)
    add("honours", "V2", honour="excellent_member", person="李未批", deeds="敬业", nominated_on="2012-04-05")


def test_the_honour_roll_has_what_was_approved_and_nothing_else(honoured, county, actor, look):
    groups = honour_roll.groups(county, actor("v1"), "zh")
    assert [(group.title, [line.name for line in group.lines]) for group in groups] == [
        ("优秀共产党员", ["<b>张</b>秀英"]), ("基层党建示范点", ["甲村阵地"]), ("“五个好”村级党建示范点", ["甲村示范村"])]
    assert honour_roll.plain_text(groups, "zh").splitlines()[:2] == ["优秀共产党员（1）", "<b>张</b>秀英　甲村党支部"]
    for who in WHO:
        assert list(listed(look(who, "honours"), roll.ROLL)["title"]) == ["<b>张</b>秀英"]
    assert list(listed(look("leader", "honours", roll="1"), roll.ROLL)["title"]) == ["甲村阵地"]


@pytest.fixture
def client(county) -> TestClient:
    return TestClient(Starlette(routes=asgi.routes, middleware=asgi.middleware))


def printed(client, cookie, query=""):
    return client.get(f"/print/honours{query}", headers={"cookie": "; ".join(f"{name}={given}" for name, given in cookie.items())})


def test_the_roll_is_printed_for_who_may_look(honoured, county, client, moment):
    token = links.create(county, SYSTEM, "县委常委会", moment + dt.timedelta(days=30), moment)
    sid = accounts.open_session(county, "v2", db.now(county)).sid
    assert printed(client, {}).status_code == 404
    for cookie in ({asgi.VIEW_COOKIE: token}, {asgi.SESSION_COOKIE: sid}):
        answer = printed(client, cookie)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "private, no-store")
        assert "&lt;b&gt;张&lt;/b&gt;秀英" in answer.text
        assert "带领 &amp; 致富" in answer.text
        assert "李未批" not in answer.text
        assert "截至 2012 年 4 月 10 日" in answer.text
    assert "Excellent member (1)" in printed(client, {asgi.SESSION_COOKIE: sid}, "?lang=en").text


def test_a_snapshots_roll_is_the_one_of_then(honoured, county, client, actor, at, moment):
    frozen = snapshots.create(county, SYSTEM, "会前", at)
    records.remove(county, SYSTEM, next(record.id for record in records.every(county, "honours") if record.values["person"].endswith("秀英")),
                   "查实有误", at)
    meeting = links.create(county, SYSTEM, "调度会", moment + dt.timedelta(days=30), moment, snapshot=frozen)
    other = links.create(county, SYSTEM, "其他", moment + dt.timedelta(days=30), moment)
    staff, village = (accounts.open_session(county, name, db.now(county)).sid for name in ("county", "v1"))
    then = f"?snapshot={frozen}"
    assert "秀英" not in printed(client, {asgi.SESSION_COOKIE: staff}).text
    assert "秀英" in printed(client, {asgi.SESSION_COOKIE: staff}, then).text
    assert "秀英" in printed(client, {asgi.VIEW_COOKIE: meeting}, then).text
    assert [printed(client, cookie, then).status_code for cookie in ({asgi.VIEW_COOKIE: other}, {asgi.SESSION_COOKIE: village})] == [404, 404]
    assert printed(client, {asgi.SESSION_COOKIE: staff}, "?snapshot=../store").status_code == 404


# ---- agencies


def test_window_units_with_their_three_appraisals(add, county, at, look):
    organizations.save_facts(county, SYSTEM, "A1", {"windows": 4}, at)
    for appraiser, day, participants, satisfied in (("masses", "2012-03-01", 50, 30), ("masses", "2012-04-01", 60, 57),
                                                    ("members", "2012-04-02", 8, 8)):
        add("window_appraisals", "A1", appraiser=appraiser, held_on=day, participants=participants, satisfied=satisfied)
    app = look("leader", "agencies")
    assert measured(app) == {"窗口三评 0/1": "0.0%"}
    row = listed(app, windows.UNITS).iloc[0]
    assert list(row[["windows", "by_masses", "by_members", "by_leaders", "standing"]]) == [
        4, "57/60　95.0%　4月1日", "8/8　100.0%　4月2日", None, "▲ 差 1 评"]
    assert listed(look("fengyuan", "agencies"), windows.UNITS) is None
    assert listed(look("v1", "agencies"), windows.UNITS) is None
    add("window_appraisals", "A1", appraiser="leaders", held_on="2012-04-03", participants=5, satisfied=5)
    assert listed(look("leader", "agencies"), windows.UNITS) is None
    assert list(listed(look("leader", "agencies", units="all"), windows.UNITS)["standing"]) == ["● 三评已齐"]


# ---- inspections


@pytest.fixture
def inspected(add, county, at):
    """V1 was inspected without notice and something was found; A1 regularly, without a finding. One criticism stands, one was lifted."""
    team = add("teams", "", name="第一督导检查组")
    add("inspections", "V1", team=team, inspected_on="2012-04-05", announced="no", found="会议记录不全", conclusion="需整改")
    add("inspections", "A1", team=team, inspected_on="2012-04-06", announced="yes", conclusion="较好")
    add("criticisms", "V1", reason="弄虚作假", issued_on="2012-04-07", document="通报第 4 号")
    add("criticisms", FENGYUAN, reason="工作滞后", issued_on="2012-03-01", lifted_on="2012-04-01", lifted_reason="已整改")


def test_inspections_with_what_became_of_their_findings(inspected, county, at, look):
    app = look("leader", "inspections")
    assert measured(app) == {"督导检查次数": "2", "其中不定期抽查": "1/2", "已检查组织": "2/6", "发现问题已销号": "0/1", "有效通报批评": "1"}
    rows = listed(app, inspections.INSPECTIONS)
    assert list(zip(rows["day"], rows["way"], rows["team_name"], rows["outcome"], strict=True)) == [
        ("2012-04-06", "定期督查", "第一督导检查组", ""), ("2012-04-05", "不定期抽查", "第一督导检查组", "◆ 0001 号 待确认，临近时限")]
    ledger.act(county, SYSTEM, "l00001", Action.DISMISS_ITEM, at, note="记录已补")
    assert list(listed(look("leader", "inspections", visits="found"), inspections.INSPECTIONS)["outcome"]) == ["0001 号 不列账"]


def test_criticisms_in_force_and_lifted(inspected, look):
    standing = listed(look("county", "inspections"), inspections.CRITICISMS)
    assert [list(row) for row in standing.to_numpy()] == [["2012-04-07", "甲村党支部", "弄虚作假", "通报第 4 号", "▲ 有效"]]
    lifted = listed(look("county", "inspections", criticisms="lifted"), inspections.CRITICISMS)
    assert list(zip(lifted["about"], lifted["outcome"], strict=True)) == [("冯原镇党委", "2012年4月1日撤销：已整改")]


@pytest.mark.parametrize(("who", "seen"), [("v1", 1), ("v2", 0), ("a1", 1), ("fengyuan", 1), ("chengguan", 1), ("county", 2), ("leader", 2)])
def test_findings_are_read_by_those_they_concern(who, seen, inspected, look):
    app = look(who, "inspections")
    rows = listed(app, inspections.INSPECTIONS)
    assert (0 if rows is None else len(rows)) == seen
    assert ("弄虚作假" in everything(app)) == (who in ("v1", "fengyuan", "county", "leader"))


# ---- mobilization and rules


def test_who_has_not_begun_and_which_rules_are_adopted(add, look):
    add("mobilization", FENGYUAN, held_on="2012-03-01", led_by="书记")
    add("mobilization", "V1", held_on="2012-03-02", led_by="书记")
    add("standing_rules", "V1", rule="report", title="述党建制度", adopted_on="2012-03-03")
    add("standing_rules", "V1", rule="own", title="值班制度", adopted_on="2012-03-04")
    app = look("leader", "standing_rules")
    assert measured(app)["组织动员 1/6"] == "16.7%"
    assert measured(app)["党（工）委动员 1/2"] == "50.0%"
    waiting = listed(app, rules.COMMITTEES)
    assert [list(row) for row in waiting.fillna("").to_numpy()] == [["城关街道党工委", "", "0/2", "0/2", "0/2", "0/2"]]
    assert set(listed(app, rules.ORGANIZATIONS)["name"]) == {"乙村党支部", "县某局党支部", "某社区党支部", "某果品公司党支部", "某果汁公司党支部"}
    everyone = listed(look("v1", "standing_rules", organizations="all"), rules.ORGANIZATIONS)
    assert list(everyone.fillna("").iloc[0]) == ["甲村党支部", "冯原镇党委", "2012-03-02", "2012-03-03", "", "", 1]
    assert len(listed(look("county", "standing_rules", organizations="report"), rules.ORGANIZATIONS)) == 5


# ---- what nobody reads by a link


@pytest.mark.parametrize("page", PAGES)
def test_a_view_link_gets_nothing_private(page, paired, census, look):
    assert PHONE not in everything(look("leader", page))
    assert PHONE not in everything(look("v1", page))


def test_a_view_link_of_one_township_gets_that_township(paired, census, inspected, county, moment, look):
    token = links.create(county, SYSTEM, "片区领导", moment + dt.timedelta(days=30), moment, townships=("610525001",))
    assert listed(look("leader", "pairing", link=token, villages="all"), leaders.VILLAGES) is None
    assert list(listed(look("leader", "coverage", link=token), coverage.UNITS)["name"]) == ["庚厂"]
    assert len(listed(look("leader", "inspections", link=token), inspections.INSPECTIONS)) == 1
    own = links.create(county, SYSTEM, "冯原领导", moment + dt.timedelta(days=30), moment, townships=("610525101",))
    rows = listed(look("leader", "inspections", link=own), inspections.INSPECTIONS)
    assert list(zip(rows["team_name"], rows["found"], strict=True)) == [("第一督导检查组", "会议记录不全")]


@pytest.mark.parametrize("page", PAGES)
def test_in_english_there_is_no_chinese_but_names(page, look):
    app = look("county", page, lang="en")
    texts = [*measured(app), *(each.value for each in (*app.subheader, *app.info)), *(option for row in app.button_group for option in row.options)]
    assert [text for text in texts if any("\u3400" <= letter <= "\u9fff" for letter in text)] == []
    assert texts
