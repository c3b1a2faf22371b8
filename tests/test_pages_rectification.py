"""The rectification ledger as its users work it: the whole way of an item, who may do what, figures that agree with their lists."""

import dataclasses
import datetime as dt

import pytest
from steps import bring, fill_in, submit

from lib.core.access import Action
from lib.core.ledger import ItemState, Plan, Source
from lib.core.model import SYSTEM
from lib.core.workflow import State
from lib.store import assessments, attachments, db, gradings, ledger, links, organizations, records, snapshots
from lib.store.records import Entry
from lib.ui import rectification

TODAY = dt.date(2012, 4, 10)
PLAN = Plan("活动场所被占用", "收回三间活动室", "王建国", "副镇长", "", "2012-05-01")
ALL = {"confirm_item", "dismiss_item", "return_measure", "revise_item", "report_progress", "apply_sign_off", "check_item", "refuse_item", "sign_off",
       "reopen_item"}
WAY = {  # state → moves that lead there from an open item
    ItemState.OPEN: (), ItemState.RETURNED: (Action.RETURN_MEASURE,), ItemState.APPLIED: (Action.APPLY_SIGN_OFF,),
    ItemState.CHECKED: (Action.APPLY_SIGN_OFF, Action.CHECK_ITEM), ItemState.SIGNED_OFF: (Action.APPLY_SIGN_OFF, Action.CHECK_ITEM, Action.SIGN_OFF)}


@pytest.fixture
def county(small_county):
    small_county.conn.commit()
    return small_county


@pytest.fixture
def page(open_as, county):
    """`page("v1", item=item)`: the ledger as somebody sees it, run once; `link=token` for a leader."""
    def opened(username=None, name="rectification", *, link=None, **query):
        app = open_as(username, link=link)
        for key, code in query.items():
            app.query_params[key] = code
        app.switch_page(f"../../pages/{name}.py").run()
        assert not app.exception
        return app
    return opened


@pytest.fixture
def item(county, at):
    """`item(ItemState.APPLIED, "V2", due_on="…")`: an item brought to a state."""
    def made(state=ItemState.OPEN, code="V1", **plan):
        if state in (ItemState.DRAFTED, ItemState.DISMISSED):
            made = ledger.raise_item(county, SYSTEM, code, Source.HAND, Plan(plan.get("problem", PLAN.problem)), at)
            if state == ItemState.DISMISSED:
                ledger.act(county, SYSTEM, made, Action.DISMISS_ITEM, at, note="不是问题")
            return made
        made = ledger.raise_item(county, SYSTEM, code, Source.HAND, dataclasses.replace(PLAN, **plan), at)
        for action in WAY[state]:
            ledger.act(county, SYSTEM, made, action, at, note="情况属实")
        return made
    return made


def set_clock(store, days):
    moment = dt.datetime(2012, 4, 10, 1, 30, tzinfo=dt.UTC) + dt.timedelta(days=days)
    db.set_meta(store, "clock_shift_seconds", str((moment - dt.datetime.now(dt.UTC)).total_seconds()))
    store.conn.commit()


def leader(store, at, name, rank, committee):
    """A record of the register of leaders."""
    values = {"name": name, "post": "书记", "rank": rank, "newly_promoted": "no"}
    return records.add(store, SYSTEM, "leaders", Entry(values, committee=committee), at, TODAY)


def press(app, key):
    app.button(key=key).click().run()
    assert not app.exception
    return app


def errors(app):
    return [error.value for error in app.error]


def words(app):
    return "\n".join(element.value for element in (*app.markdown, *app.warning, *app.info, *app.success))


def offered(app):
    return {button.key.removeprefix("rectification.") for button in app.button if button.key} & ALL


def measured(app):
    return {metric.label: metric.value for metric in app.metric}


# ---- the whole way


def test_from_the_draft_to_the_sign_off(page, county, at, item):
    """Confirm, progress, apply, refuse, apply, check, sign off, each by the account whose turn it is."""
    made = item(ItemState.DRAFTED)

    app = press(page("v1", item=made), "rectification.confirm_item")
    press(app, "rectification.save")
    assert errors(app) == ["“整改措施”还没有填。请补上。  \n“责任人”还没有填。请补上。  \n“职务”还没有填。请补上。"]
    app.text_area(key="rectification.measure").set_value("收回三间活动室")
    app.text_input(key="rectification.responsible").set_value("王建国")
    app.text_input(key="rectification.post").set_value("副镇长")
    assert app.date_input(key="rectification.due_on").value == TODAY + dt.timedelta(days=60)
    press(app, "rectification.save")
    assert ledger.get(county, made).state == ItemState.OPEN
    assert ledger.get(county, made).plan.due_on == "2012-06-09"

    app = press(page("v1", item=made), "rectification.report_progress")
    app.slider(key="rectification.progress").set_value(60)
    app.text_area(key="rectification.note").set_value("已收回两间")
    press(app, "rectification.save")
    assert ledger.get(county, made).plan.progress == 60

    app = press(page("v1", item=made), "rectification.apply_sign_off")
    press(app, "rectification.save")
    assert errors(app) == ["请写明理由后再提交。"]
    app.text_area(key="rectification.note").set_value("三间已全部收回")
    press(app, "rectification.save")
    assert ledger.get(county, made).state == ItemState.APPLIED

    app = press(page("fengyuan", item=made), "rectification.refuse_item")
    app.text_area(key="rectification.note").set_value("一间还堆着杂物")
    app.date_input(key="rectification.due_on").set_value(dt.date(2012, 5, 10))
    press(app, "rectification.save")
    assert (ledger.get(county, made).state, ledger.get(county, made).plan.due_on) == (ItemState.OPEN, "2012-05-10")

    ledger.act(county, SYSTEM, made, Action.APPLY_SIGN_OFF, at, note="已清空")
    app = press(page("fengyuan", item=made), "rectification.check_item")
    app.text_area(key="rectification.found").set_value("三间均已恢复使用")
    press(app, "rectification.save")
    assert errors(app) == ["请写明理由后再提交。"]  # nobody is said to have gone
    app.text_input(key="rectification.went").set_value("李书记、张干事")
    press(app, "rectification.save")
    checked = ledger.get(county, made)
    assert (checked.state, checked.checked_on, checked.note) == (ItemState.CHECKED, "2012-04-10", "核查人：李书记、张干事。三间均已恢复使用")
    assert "sign_off" not in offered(page("fengyuan", item=made))

    app = press(page("county", item=made), "rectification.sign_off")
    press(app, "rectification.save")
    assert ledger.get(county, made).state == ItemState.SIGNED_OFF
    shown = words(page("county", item=made))
    assert "办理与销号" in shown
    assert ":green[:material/check_circle:] **县销号**　4月10日　county" in shown
    assert "不予销号，时限 5月10日：一间还堆着杂物" in shown


def test_a_measure_that_is_vague_goes_back_and_is_written_anew(page, county, item):
    made = item()
    app = press(page("fengyuan", item=made), "rectification.return_measure")
    app.text_area(key="rectification.note").set_value("没有写由谁去做")
    press(app, "rectification.save")
    assert ledger.get(county, made).state == ItemState.RETURNED
    app = press(page("v1", item=made), "rectification.confirm_item")
    assert app.date_input(key="rectification.due_on").value == dt.date(2012, 5, 1)
    app.text_area(key="rectification.measure").set_value("由王建国 5 月前收回三间活动室")
    press(app, "rectification.save")
    assert ledger.get(county, made).state == ItemState.OPEN


@pytest.mark.parametrize(("start", "end"), [(ItemState.SIGNED_OFF, ItemState.OPEN), (ItemState.DISMISSED, ItemState.DRAFTED)])
def test_the_county_opens_again_what_was_closed(page, county, item, start, end):
    made = item(start)
    app = press(page("county", item=made), "rectification.reopen_item")
    app.text_area(key="rectification.note").set_value("又被占用")
    press(app, "rectification.save")
    assert errors(app) == []
    assert ledger.get(county, made).state == end


def test_the_paired_leader_is_named_from_the_register(page, county, at, item):
    leaders = {name: leader(county, at, name, rank, committee) for name, rank, committee in (
        ("甲", "secretary", "610525101000"), ("乙", "county_leader", "610525001000"), ("丙", "secretary", "610525001000"))}
    made = item()
    app = press(page("fengyuan", item=made), "rectification.revise_item")
    assert app.selectbox(key="rectification.leader").options == ["暂不明确", "甲　书记", "乙　书记"]
    app.selectbox(key="rectification.leader").set_value(leaders["甲"])
    press(app, "rectification.save")
    assert ledger.get(county, made).leader_name == "甲 书记"
    assert "包联领导]]　甲 书记" in words(page("fengyuan", item=made))


def test_somebody_else_s_move_is_seen_before_one_goes_on(page, county, at, item):
    made = item()
    app = press(page("fengyuan", item=made), "rectification.return_measure")
    ledger.act(county, SYSTEM, made, Action.REPORT_PROGRESS, at, note="已收回两间", progress=70)
    app.text_area(key="rectification.note").set_value("没有写由谁去做")
    press(app, "rectification.save")
    assert errors(app) == ["system 刚刚处理过这条台账。请看过新情况后再操作，您填的还在。"]
    assert "已收回两间" in words(app)
    press(app, "rectification.go_on")
    assert app.text_area(key="rectification.note").value == "没有写由谁去做"
    press(app, "rectification.save")
    assert ledger.get(county, made).state == ItemState.RETURNED


# ---- by hand


def test_an_organization_puts_its_own_problem_on_the_ledger(page, county):
    app = press(page("v1"), "rectification.raise")
    press(app, "rectification.save")
    assert errors(app) == ["“问题”还没有填。请补上。"]
    app.text_area(key="rectification.problem").set_value("村务公开栏损坏")
    press(app, "rectification.save")
    made = ledger.every(county)[0]
    assert (made.organization, made.state, made.plan.problem, made.plan.due_on) == ("V1", ItemState.DRAFTED, "村务公开栏损坏", "2012-04-17")
    assert app.query_params["item"] == made.id


def test_the_county_finds_the_organization_by_name(page, county):
    app = press(page("county"), "rectification.raise")
    app.text_area(key="rectification.problem").set_value("后备干部缺一名")
    press(app, "rectification.save")
    assert errors(app) == ["还没有选择组织。请先选择。"]
    app.text_input(key="rectification.which").set_value("乙村").run()
    assert app.selectbox(key="rectification.raise_to").options == ["乙村党支部"]
    for name, text in (("measure", "选配一名"), ("responsible", "赵书记"), ("post", "村支书")):
        (app.text_area if name == "measure" else app.text_input)(key=f"rectification.{name}").set_value(text)
    press(app, "rectification.save")
    made = ledger.every(county)[0]
    assert (made.organization, made.state, made.plan.due_on) == ("V2", ItemState.OPEN, "2012-06-09")


def test_a_committee_finds_only_its_own(page):
    app = press(page("chengguan"), "rectification.raise")
    assert app.selectbox(key="rectification.raise_to").options == ["县某局党支部"]


# ---- who may do what


ORGANIZATION = {ItemState.DRAFTED: {"confirm_item"}, ItemState.RETURNED: {"confirm_item"}, ItemState.OPEN: {"report_progress", "apply_sign_off"},
                ItemState.APPLIED: set(), ItemState.CHECKED: set(), ItemState.SIGNED_OFF: set(), ItemState.DISMISSED: set()}
COMMITTEE = {ItemState.DRAFTED: {"confirm_item", "dismiss_item", "revise_item"}, ItemState.RETURNED: {"confirm_item", "revise_item"},
             ItemState.OPEN: {"report_progress", "apply_sign_off", "return_measure", "revise_item"},
             ItemState.APPLIED: {"check_item", "refuse_item", "revise_item"}, ItemState.CHECKED: {"refuse_item", "revise_item"},
             ItemState.SIGNED_OFF: set(), ItemState.DISMISSED: set()}
COUNTYS = {ItemState.CHECKED: {"sign_off"}, ItemState.SIGNED_OFF: {"reopen_item"}, ItemState.DISMISSED: {"reopen_item"}}


@pytest.mark.parametrize("state", list(ItemState))
def test_each_sees_the_moves_that_are_his_now(page, county, moment, item, state):
    made = item(state)
    token = links.create(county, SYSTEM, "县委书记", moment + links.LONGEST, moment)
    frozen = snapshots.create(county, SYSTEM, "会前", db.iso(moment))
    found = {who: offered(page(who, item=made)) for who in ("v1", "fengyuan", "county")}
    assert found == {"v1": ORGANIZATION[state], "fengyuan": COMMITTEE[state], "county": COMMITTEE[state] | COUNTYS.get(state, set())}
    leader, pinned = page(link=token, item=made), page("county", item=made, snapshot=frozen)
    for app in (leader, pinned):
        assert offered(app) == set()
        assert "rectification.raise" not in {button.key for button in app.button}
        assert "活动场所被占用" in words(app)


@pytest.mark.parametrize("username", ["v2", "a1", "chengguan"])
def test_others_see_that_there_is_an_item_and_not_what_is_in_it(page, item, username):
    made = item()
    app = page(username, whose="all", item=made)
    assert app.dataframe[0].value[["name", "problem", "responsible"]].to_numpy().tolist() == [["甲村党支部", None, None]]
    assert "活动场所被占用" not in words(app)
    assert offered(app) == set()
    assert len(page(username, whose="all", find="活动场所").dataframe) == 0  # nor can it be searched for
    assert len(page(username, whose="all", find="甲村").dataframe) == 1


def test_an_organization_begins_with_its_own(page, item):
    own, other = item(), item(code="V2")
    app = page("v1")
    assert (app.session_state["rectification.shown"], app.query_params["item"]) == ([own], own)
    app.segmented_control(key="rectification.whose").set_value("all").run()
    assert app.session_state["rectification.shown"] == [own, other]
    assert "whose" not in page("v1").query_params


def test_evidence_is_shown_to_those_who_may_read_it(page, county, moment, at, item):
    made = item()
    file = attachments.add_evidence(county, SYSTEM, "V1", made, "照片.pdf", b"%PDF-1.4 a photograph", at)
    token = links.create(county, SYSTEM, "县委书记", moment + links.LONGEST, moment)
    for who, sees in (("v1", True), ("county", True), (None, False)):
        assert (f"[照片\\.pdf](attachments/{file})" in words(page(who, link=None if who else token, item=made))) == sees
    press(page("v1", item=made), f"rectification.remove.{file}")
    assert attachments.evidence(county, made) == []
    file = attachments.add_evidence(county, SYSTEM, "V1", made, "照片.pdf", b"%PDF-1.4 a photograph", at)
    ledger.act(county, SYSTEM, made, Action.APPLY_SIGN_OFF, at, note="已收回")
    assert f"rectification.remove.{file}" not in {button.key for button in page("v1", item=made).button}


# ---- figures, filters, lists


@pytest.fixture
def mixed(county, item, at):
    """An item for each light, of two organizations; ten days later."""
    made = {"overdue": item(due_on="2012-04-15"), "near": item(due_on="2012-04-28", code="V2"), "on_time": item(due_on="2012-06-30", code="A1"),
            "review": item(ItemState.APPLIED, due_on="2012-04-12"), "signed_off": item(ItemState.SIGNED_OFF), "drafted": item(ItemState.DRAFTED),
            "dismissed": item(ItemState.DISMISSED)}
    set_clock(county, 10)
    return made


def test_every_figure_is_as_long_as_its_list(page, mixed):
    app = page("county")
    assert measured(app) == {"在账": "5", "▲ 逾期": "2", "◆ 10 日内到期": "1", "待审核销号": "1", "✓ 已销号": "1"}
    assert [metric.delta for metric in app.metric] == ["涉及 3 个组织", "涉及 1 个镇（街道）", "涉及 1 个组织", "最长等待 10 天", "占 16.7%（1/6）"]
    lists = {light: page("county", light=light).session_state["rectification.shown"] for light in rectification.LIGHTS}
    assert lists == {"standing": [mixed[name] for name in ("overdue", "drafted", "near", "on_time", "review")],
                     "overdue": [mixed["overdue"], mixed["drafted"]], "near": [mixed["near"]], "on_time": [mixed["on_time"]],
                     "review": [mixed["review"]], "signed_off": [mixed["signed_off"]]}
    words_of = ("在账", "▲ 逾期", "◆ 10 日内到期", "● 正常", "待审核销号", "✓ 已销号")
    assert app.segmented_control(key="rectification.light").options == [
        f"{label} {len(lists[light])}" for label, light in zip(words_of, rectification.LIGHTS, strict=True)]


def test_the_lights_are_told_by_shape_and_days(page, mixed):
    shown = page("county").dataframe[0].value["light"].tolist()
    assert shown == ["▲ 逾期 5 天", "▲ 逾期 3 天", "◆ 余 8 天", "● 余 71 天", "✓ 待审核"]


@pytest.mark.parametrize(("query", "names"), [
    ({"township": "610525001"}, ["on_time"]), ({"committee": "610525001000"}, ["on_time"]), ({"state": "drafted"}, ["drafted"]),
    ({"source": "visit"}, []), ({"find": "乙村"}, ["near"]), ({"find": "王建国", "light": "overdue"}, ["overdue"]), ({"find": "0003"}, ["on_time"])])
def test_filters_stand_in_the_address_and_the_figures_follow(page, mixed, query, names):
    app = page("county", **query)
    assert app.session_state["rectification.shown"] == [mixed[name] for name in names]
    assert {name: app.query_params[name] for name in query} == query
    figures = measured(app)
    light = query.get("light", "standing")
    assert figures[{"standing": "在账", "overdue": "▲ 逾期"}[light]] == str(len(names))


def test_a_filter_that_is_changed_is_kept_in_the_address_with_the_row(page, mixed):
    app = page("county")
    assert app.query_params["item"] == mixed["overdue"]
    app.segmented_control(key="rectification.light").set_value("near").run()
    assert {name: app.query_params[name] for name in app.query_params} == {"light": "near", "item": mixed["near"]}
    app.selectbox(key="rectification.township").set_value("610525001").run()
    assert app.query_params["township"] == "610525001"
    assert app.session_state["rectification.light"] == "near"
    press(app, "rectification.clear")
    assert app.session_state["rectification.shown"] == [mixed[name] for name in ("overdue", "drafted", "near", "on_time", "review")]


def test_an_empty_ledger_says_what_will_come(page):
    app = page("county")
    assert measured(app) == {"在账": "0", "▲ 逾期": "0", "◆ 10 日内到期": "0", "待审核销号": "0", "✓ 已销号": "0"}
    assert "台账上还没有问题。" in words(app)
    assert "item" not in app.query_params


def test_a_list_that_is_empty_says_why(page, item):
    item()
    assert "台账上没有本单位的问题。" in words(page("v2"))
    assert "没有符合条件的问题。" in words(page("v1", find="不存在"))


def test_an_unknown_item_is_a_sentence(page):
    assert errors(page("county", item="l99999")) == ["没有这条台账。请刷新页面。"]


def test_a_long_list_is_sent_a_page_at_a_time(page, item):
    for _ in range(203):
        item()
    app = page("county")
    assert measured(app)["在账"] == "203"
    assert len(app.dataframe[0].value) == 100
    assert "第 1–100 条，共 203 条" in words(app)


@pytest.mark.parametrize("view", rectification.VIEWS)
def test_in_english_too(page, mixed, view):
    app = page("county", view=view, lang="en")
    assert [header.value for header in app.header] == ["Rectification ledger"]


# ---- backward organizations


def test_the_gap_list_says_what_a_backward_organization_lacks(page, county, at, item):
    for code in ("V1", "V2"):
        organizations.change_class(county, SYSTEM, "2012", code, "start", "fourth", "2012-02-20", "", at)
    gradings.record_result(county, SYSTEM, "A1", gradings.Grade.POOR, "2012-04-20", at)
    item(ItemState.DRAFTED), item(code="V2"), item(code="A1", leader=leader(county, at, "甲", "secretary", "610525001000"))
    app = page("county", view="gaps")
    shown = app.dataframe[0].value
    assert shown[["name", "ledger", "leader", "due", "drafts"]].to_numpy().tolist() == [
        ["甲村党支部", "▲ 缺", "▲ 缺", "▲ 缺", 1], ["乙村党支部", "✓ 有", "▲ 缺", "✓ 有", 0]]
    assert app.segmented_control(key="rectification.gap").options == ["尚缺 2", "全部 3"]
    assert "后进组织（“较差”等次或四类村）**3** 个，已建账并明确领导、时限的 **1** 个（33.3%），尚缺的 **2** 个。" in words(app)
    assert len(page("county", view="gaps", gap="all").dataframe[0].value) == 3
    assert page("fengyuan", view="gaps").segmented_control(key="rectification.gap").options == ["尚缺 2", "全部 2"]
    press(app, "rectification.open.l00001")
    assert ({name: app.query_params[name] for name in app.query_params}, app.session_state["rectification.view"]) == ({"item": "l00001"}, "items")
    app = press(page("county", view="gaps"), "rectification.raise_here")
    app.text_area(key="rectification.problem").set_value("班子不团结")
    press(app, "rectification.save")
    assert ledger.every(county, organization="V1")[-1].plan.problem == "班子不团结"


def test_no_backward_organization(page):
    assert "没有“较差”等次的组织和四类村" in words(page("county", view="gaps"))


# ---- from the review, and on the organization's page


def test_a_reviewer_lists_a_remark_and_a_concern_once(page, county, at):
    bring(county, "V1", State.SUBMITTED, at, which="bad")
    remark = assessments.remarks(county, "2012", "V1")[0]
    before = len(ledger.every(county))
    app = page("fengyuan", "review", organization="V1", show="all")
    press(app, f"review.list.{remark['id']}")
    made = ledger.every(county)[before]
    assert (made.source, made.source_id, made.name, made.raised_by) == (Source.REMARK, remark["id"], "general_meetings", "fengyuan")
    assert "会议记录只见 4 次，请核对" in made.plan.problem
    assert f"review.list.{remark['id']}" not in {button.key for button in app.button}
    concerns = [row["name"] for row in assessments.findings(county, made_submission(county)) if not row["hard"]]
    press(app, f"review.list.{concerns[0]}")
    made = ledger.every(county)[before + 1]
    assert (made.source, made.name, made.state) == (Source.ANSWER, concerns[0], ItemState.DRAFTED)
    assert f"review.list.{concerns[0]}" not in {button.key for button in app.button}


def made_submission(store):
    return assessments.submissions(store, "2012", "V1")[0]["id"]


def test_what_a_reviewer_listed_stays_after_a_new_submission(county, actor, at):
    bring(county, "V1", State.RETURNED, at)
    assessments.reply(county, SYSTEM, assessments.remarks(county, "2012", "V1")[0]["id"], "已补", at)
    made = ledger.raise_item(county, actor("fengyuan"), "V1", Source.ANSWER, Plan("会议次数存疑"), at, name="general_meetings")
    fill_in(county, "V1", at)
    submit(county, "V1", at)
    assert ledger.get(county, made).state == ItemState.DRAFTED


def test_the_source_names_the_question(page, county, at):
    bring(county, "V1", State.SUBMITTED, at, which="bad")
    made = next(each for each in ledger.every(county) if each.source == Source.ANSWER)
    form = assessments.draft(county, "V1").form
    question = f"{form.number_of(made.name)} {form.items[made.name].label['zh']}"
    assert question in words(page("fengyuan", item=made.id)).replace("\\", "")


def test_the_organization_page_lists_its_items_and_tells_their_history(page, county, item):
    made = item(ItemState.SIGNED_OFF)
    item(ItemState.DRAFTED, problem="公开栏损坏")
    app = page("county", "organization", organization="V1")
    shown = words(app)
    assert "整改台账（2）" in {header.value for header in app.subheader} | {shown}
    assert "公开栏损坏" in shown
    assert "台账 0001 号：申请销号：情况属实" in shown.replace("\\", "")
    assert ledger.get(county, made).number == 1


def test_text_from_people_is_no_markup(page, item):
    shown = words(page("county", item=item(problem="# 标题 [链接](http://x) :red[红]")))
    assert "\\# 标题 \\[链接\\]\\(http\\://x\\) \\:red\\[红\\]" in shown
