"""The frame of the registers: who may do what, a record's whole way, what a view link does not see, and a register that is only a data file."""

import datetime as dt
import os
import shutil

import pytest

from lib.core import phrases
from lib.core.model import SYSTEM, Grade
from lib.exchange import handout, register_table, safe_csv
from lib.store import events, gradings, ledger, links, pack, records, setup, snapshots
from lib.store.records import Entry
from lib.ui import paging, register_dialogs

TODAY = dt.date(2012, 4, 10)


def say(code: str, /, **params) -> str:
    return phrases.text(code, "zh", **params)


@pytest.fixture
def page(small_county, open_as):
    """`page("county", register="visits")`: the page of registers as an account (or `link=token`) sees it."""

    def opened(username="county", link=None, **query):
        app = open_as(None if link else username, link=link).switch_page("../../pages/registers.py")
        return ask(app, query)

    return opened


def ask(app, query):
    for name in list(app.query_params):
        del app.query_params[name]
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def press(app, key):
    app.button(key=key).click().run()
    assert not app.exception
    return app


def texts(app) -> str:
    return "\n".join(element.value for kind in (app.markdown, app.subheader, app.info, app.error, app.warning, app.success) for element in kind)


def told(app) -> str:
    """Everything that the page says, tables and all."""
    tables = "\n".join(str(table.value.to_dict()) for kind in (app.table, app.dataframe) for table in kind)
    return (texts(app) + "\n" + tables).replace("\\", "")


def keys(app) -> set[str]:
    return {button.key for button in app.button}


@pytest.fixture
def leader(small_county, at):
    """A leading member of 冯原镇, with a telephone number."""
    return records.add(small_county, SYSTEM, "leaders", Entry({"name": "王建国", "post": "镇党委书记", "rank": "secretary", "newly_promoted": "no",
                                                               "phone": "0913-6860000"}, committee="610525101000"), at, TODAY)


@pytest.fixture
def visit(small_county, leader, at):
    return records.add(small_county, SYSTEM, "visits", Entry({"visited_on": "2012-04-03", "leader": leader, "asked": "needs counsel",
                                                              "found": "活动室被占用"}, organization="V1"), at, TODAY)


def nominate(store, at, organization="V1", **values):
    return records.add(store, SYSTEM, "exemplars", Entry({"category": "site", "title": "甲村阵地", "field": "rural", "reason": "规范",
                                                          "nominated_on": "2012-04-01", **values}, organization=organization), at, TODAY)


# ---- who


@pytest.mark.parametrize("username", ["admin", "county", "fengyuan", "chengguan", "v1", "a1"])
@pytest.mark.parametrize("name", ["visits", "exemplars"])
def test_what_is_offered_is_what_the_register_and_the_role_allow(page, small_county, actor, at, visit, name, username):
    record = visit if name == "visits" else nominate(small_county, at)
    kept, found, who = records.register(small_county, name), records.get(small_county, record), actor(username)
    app = page(username, register=name)
    own = username not in ("chengguan", "a1")
    assert (found.values.get("title") or "2012年4月3日") in told(app) if own else "甲村" not in told(app)
    offered = keys(app)
    assert ("register.new" in offered, "register.import" in offered) == (kept.may_write(who),) * 2
    assert ("register.edit" in offered, "register.remove" in offered) == (own and kept.may_write(who, found.whose),) * 2
    assert ("register.approve" in offered, "register.refuse" in offered) == (own and kept.may_approve(who, found.whose),) * 2


def test_a_view_link_reads_and_changes_nothing_and_sees_no_telephone(page, small_county, leader, visit, moment):
    token = links.create(small_county, SYSTEM, "书记", moment + dt.timedelta(days=9), moment)
    app = page(link=token, register="leaders")
    assert "王建国" in told(app)
    assert "6860000" not in told(app)
    assert not {key for key in keys(app) if key and key.startswith("register.") and not key.startswith("register.export")}
    assert "register.private" not in {box.key for box in app.checkbox}
    assert "0913-6860000" in told(page("fengyuan", register="leaders"))


def test_a_search_by_a_telephone_number_finds_nothing_for_a_view_link(page, small_county, leader, moment):
    token = links.create(small_county, SYSTEM, "书记", moment + dt.timedelta(days=9), moment)
    assert say("register.no_match") in texts(page(link=token, register="leaders", search="6860000"))
    assert say("register.no_match") not in texts(page("county", register="leaders", search="6860000"))


def test_on_a_frozen_copy_nothing_can_be_changed(page, small_county, at, visit):
    snapshot = snapshots.create(small_county, SYSTEM, "四月调度会", at)
    app = page("county", register="visits", snapshot=snapshot)
    assert say("register.frozen") in texts(app)
    assert not {"register.new", "register.import", "register.edit", "register.remove"} & keys(app)


# ---- the list of registers, filters


def test_every_register_is_listed_and_opens(page, small_county, visit):
    app = page()
    listed = app.dataframe[0].value
    assert list(listed["name"]) == [records.register(small_county, name).form.label["zh"] for name in records.names(small_county)]
    assert dict(zip(listed["name"], listed["count"], strict=True))[records.register(small_county, "visits").form.label["zh"]] == 1
    for name in records.names(small_county):
        assert ask(app, {"register": name}).header[0].value.replace("\\", "") == records.register(small_county, name).form.label["zh"]


def test_filters_are_codes_in_the_address(page, small_county, at):
    first, second = nominate(small_county, at), nominate(small_county, at, organization="A1", title="机关阵地")
    records.decide(small_county, SYSTEM, second, False, "材料不全", at, TODAY)
    app = page("county", register="exemplars")
    for query, expected in (({}, {"甲村阵地", "机关阵地"}), ({"township": "610525101"}, {"甲村阵地"}), ({"committee": "610525001000"}, {"机关阵地"}),
                            ({"state": "nominated"}, {"甲村阵地"}), ({"state": "refused"}, {"机关阵地"}), ({"search": "机关"}, {"机关阵地"}),
                            ({"search": "a1"}, {"机关阵地"}), ({"state": "no such state"}, {"甲村阵地", "机关阵地"}),
                            ({"state": "approved"}, set())):
        ask(app, {"register": "exemplars", **query})
        assert {title for frame in app.dataframe for title in frame.value["item.title"]} == expected, query
    app.text_input(key="register.search").set_value("甲村").run()
    assert app.query_params["search"] == "甲村"
    ask(app, {"register": "exemplars", "record": first})
    assert app.subheader[0].value == "甲村阵地"


# ---- a record's way


def fill(app, **values):
    for name, value in values.items():
        for kind in ("text_input", "text_area", "selectbox", "radio", "date_input", "multiselect", "number_input"):
            if any(widget.key == f"record.{name}" for widget in getattr(app, kind)):
                getattr(app, kind)(key=f"record.{name}").set_value(value)
    app.run()
    assert not app.exception
    return app


def test_a_record_is_added_raises_an_item_is_changed_and_struck_out(page, small_county, leader):
    app = press(page("fengyuan", register="visits"), "register.new")
    assert list(app.selectbox(key="record.about.organization").options) == ["甲村党支部", "乙村党支部"]
    fill(app, **{"about.organization": "V1", "visited_on": dt.date(2012, 4, 3), "leader": leader, "asked": ["counsel", "needs"],
                 "found": "活动室被占用", "note": "与五户座谈"})
    assert "record.visitor" not in {field.key for field in app.text_input}
    press(app, "register.save")
    [record] = records.every(small_county, "visits")
    assert dict(record.values) == {"visited_on": "2012-04-03", "leader": leader, "asked": "needs counsel", "found": "活动室被占用",
                                   "note": "与五户座谈"}
    assert app.query_params["record"] == record.id
    [item] = ledger.every(small_county, organization="V1")
    assert item.source_id == record.id
    said = told(app)
    for words in ("王建国", "问需于民、问计于民", "2012年4月3日", "活动室被占用"):
        assert words in said
    assert say("register.to_item", number=f"{item.number:04d}", state=say("item_state.drafted")) in [
        link.proto.label for link in app.get("page_link")]

    press(app, "register.edit")
    assert app.text_area(key="record.note").value == "与五户座谈"
    press(fill(app, note="与六户座谈"), "register.save")
    assert records.get(small_county, record.id).values["note"] == "与六户座谈"
    assert say("register.change", label="走访记录", before="与五户座谈", after="与六户座谈") in told(app)

    press(press(app, "register.remove"), "register.remove_do")
    assert say("problem.reason.missing") in texts(app)
    app.text_area(key="register.reason").set_value("重复登记")
    press(app, "register.remove_do")
    assert records.every(small_county, "visits") == []
    assert "record" not in app.query_params
    assert say("register.empty_writer") in texts(app)


def test_a_refused_record_keeps_what_was_typed_and_says_what_is_missing(page, small_county, leader):
    before = events.revision(small_county)
    app = press(page("county", register="visits"), "register.new")
    fill(app, visitor="县农业局李明", note="见了支书")
    press(app, "register.save")
    assert events.revision(small_county) == before
    assert say("problem.record.about", register="visits").replace("_", "") in texts(app).replace("\\", "").replace("_", "")
    fill(app, **{"about.organization": "A1"})
    press(app, "register.save")
    assert say("problem.record.required", label="走访日期") in texts(app).replace("\\", "")
    assert any(say("form.gap_required") in (widget.label or "") for widget in app.date_input)
    assert (app.text_input(key="record.visitor").value, app.text_area(key="record.note").value) == ("县农业局李明", "见了支书")
    # a question that is hidden for a moment comes back as it was
    fill(app, leader=leader)
    assert "record.visitor" not in {field.key for field in app.text_input}
    fill(app, leader=None)
    assert app.text_input(key="record.visitor").value == "县农业局李明"
    press(fill(app, visited_on=dt.date(2012, 4, 9)), "register.save")
    [record] = records.every(small_county, "visits")
    assert (record.organization, record.values["visitor"], record.values["note"]) == ("A1", "县农业局李明", "见了支书")


def test_somebody_elses_change_is_shown_and_takes_nothing_away(page, small_county, visit, at):
    app = press(page("fengyuan", register="visits"), "register.edit")
    fill(app, note="我写的")
    records.change(small_county, SYSTEM, visit, {"note": "别人写的", "found": "活动室漏雨"}, at, TODAY)
    press(app, "register.save")
    assert records.get(small_county, visit).values["note"] == "别人写的"
    said = texts(app).replace("\\", "")
    assert say("register.theirs") in said
    assert "别人写的" in said
    assert (app.text_area(key="record.note").value, app.text_area(key="record.found").value) == ("我写的", "活动室漏雨")
    press(app, "register.save")
    assert {name: records.get(small_county, visit).values[name] for name in ("note", "found")} == {"note": "我写的", "found": "活动室漏雨"}


def test_approval_waits_for_its_conditions_and_a_refusal_for_its_reason(page, small_county, at):
    record = nominate(small_county, at)
    condition = records.register(small_county, "exemplars").conditions[0].name["zh"]
    app = page("county", register="exemplars")
    assert condition in texts(app).replace("\\", "")
    press(app, "register.approve")
    assert app.button(key="register.approve_do").disabled
    app = press(page("county", register="exemplars"), "register.refuse")
    press(app, "register.refuse_do")
    assert say("problem.reason.missing") in texts(app)
    app.text_area(key="register.reason").set_value("等次未定")
    press(app, "register.refuse_do")
    assert (records.get(small_county, record).state, records.get(small_county, record).decision) == ("refused", "等次未定")
    assert "等次未定" in told(app)

    gradings.record_result(small_county, SYSTEM, "V1", Grade.GOOD, "2012-04-05", at, self_score=9500, satisfaction=9600, review_score=9400)
    app = press(page("fengyuan", register="exemplars"), "register.edit")
    press(fill(app, reason="规范，等次已定"), "register.save")
    assert records.get(small_county, record).state == "nominated"
    app = press(page("county", register="exemplars"), "register.approve")
    assert condition not in texts(app).replace("\\", "")
    press(app, "register.approve_do")
    assert records.get(small_county, record).state == "approved"
    assert say("standing_of.approved") in texts(app)


# ---- files


def test_a_table_is_tried_in_the_dialog_and_imported_at_a_click(page, small_county):
    rows = [("镇党委书记", "王建国", "党（工）委书记", "是", "冯原镇党委"), ("镇长", "李某", "其他党员领导干部", "否", "冯原镇党委")]
    good = safe_csv.data(("单位和职务", "姓名", "类别", "是否新提拔的科级领导", "党（工）委"), rows)
    app = press(page("county", register="leaders"), "register.import")
    app.file_uploader(key="register.file_leaders").upload("名册.csv", good, "text/csv").run()
    assert f"**{say('imports.planned', rows=2, added=2, changed=0, unchanged=0)}**" in texts(app)
    assert records.every(small_county, "leaders") == []
    press(app, "register.apply_leaders")
    assert {record.values["name"] for record in records.every(small_county, "leaders")} == {"王建国", "李某"}
    assert "dialog" not in app.session_state

    bad = good.replace("冯原镇党委".encode(), "冯塬镇党委".encode())
    app = press(page("county", register="leaders"), "register.import")
    app.file_uploader(key="register.file_leaders").upload("名册.csv", bad, "text/csv").run()
    table = next(table.value for table in app.table if "行" in table.value)
    assert list(zip(table["行"], table["列"], strict=True)) == [("2", "E"), ("3", "E")]
    assert "register.apply_leaders" not in keys(app)


def test_a_register_is_edited_outside_shown_cell_by_cell_and_taken_back(page, small_county, leader):
    kept = records.register(small_county, "leaders")
    header, rows = register_table.cells(small_county, kept, records.every(small_county, "leaders"), "zh")
    rows[0][header.index("单位和职务")] = "镇长"
    app = press(page("county", register="leaders"), "register.import")
    app.file_uploader(key="register.file_leaders").upload("名册.xlsx", handout.workbook(header, rows)).run()
    cells = next(table.value for table in app.dataframe if "栏目" in table.value)
    assert cells.to_dict("records") == [
        {"行": 2, "对象": "王建国　冯原镇党委", "栏目": "单位和职务", "现在": "镇党委书记", "改为": "镇长"}]
    press(app, "register.apply_leaders")
    assert records.get(small_county, leader).values["post"] == "镇长"
    app = press(page("county", register="leaders"), "register.import")
    press(app, "register.undo_do_leaders")
    assert records.get(small_county, leader).values["post"] == "镇党委书记"


# ---- a register that is only a data file


EXTRA = """
name: meetings
label::zh: 三会一课登记
label::en: Branch meetings
register:
  about: either
  write: organization committee county
  approve: county
  columns: kind held_on
  title: topic
choices:
  kind:
  - {name: congress, label::zh: 党员大会, label::en: Members' meeting}
  - {name: lecture, label::zh: 党课, label::en: Lecture}
groups:
- name: meeting
  label::zh: 会议
  label::en: The meeting
  items:
  - {name: topic, type: text, label::zh: 主题, label::en: Topic, required: yes, good: 学习}
  - {name: kind, type: select_one, list_name: kind, label::zh: 形式, label::en: Kind, required: yes, good: lecture}
  - {name: held_on, type: date, label::zh: 召开日期, label::en: Held on, good: -3d}
  - {name: contact, type: text, label::zh: 联系方式, label::en: Contact, private: yes, good: "0913"}
"""


@pytest.fixture
def extended(small_county, tmp_path, monkeypatch, at):
    """A pack with one more register, published into the round."""
    shutil.copytree(pack.folder(), tmp_path / "pack")
    (tmp_path / "pack" / "registers" / "meetings.yaml").write_text(EXTRA, encoding="utf-8")
    monkeypatch.setitem(os.environ, "CHENGPING_PACK", str(tmp_path / "pack"))
    assert setup.add_registers(small_county, at) == ("meetings",)
    return small_county


def test_a_register_added_as_a_data_file_needs_no_code(page, extended, at, moment):
    app = page("v1")
    assert "三会一课登记" in list(app.dataframe[0].value["name"])
    app = press(ask(app, {"register": "meetings"}), "register.new")
    press(fill(app, topic="学习讨论", kind="lecture", held_on=dt.date(2012, 4, 2), contact="13800000000"), "register.save")
    [record] = records.every(extended, "meetings")
    assert (record.organization, record.state, record.created_by) == ("V1", "nominated", "v1")
    assert "党课" in told(app)
    assert "register.approve" not in keys(app)
    app = press(page("county", register="meetings"), "register.approve")
    press(app, "register.approve_do")
    assert records.get(extended, record.id).state == "approved"
    # import, and what a file takes with it
    app = press(page("fengyuan", register="meetings"), "register.import")
    content = safe_csv.data(("组织名称", "主题", "形式", "召开日期"), [("乙村党支部", "一季度党课", "党课", "2012年4月1日")])
    app.file_uploader(key="register.file_meetings").upload("会议.csv", content, "text/csv").run()
    press(app, "register.apply_meetings")
    assert {record.organization for record in records.every(extended, "meetings")} == {"V1", "V2"}
    assert {"register.export_csv", "register.export_xlsx"} <= {button.key for button in app.get("download_button")}
    # rights: neighbours do not see it, a view link sees no private answer
    assert "学习讨论" not in told(page("v2", register="meetings"))
    token = links.create(extended, SYSTEM, "书记", moment + dt.timedelta(days=9), moment)
    seen = told(page(link=token, register="meetings", record=record.id))
    assert "学习讨论" in seen
    assert "13800000000" not in seen
    english = ask(page("county"), {"register": "meetings", "record": record.id})
    english.session_state["language"] = "en"
    assert "Lecture" in told(english.run())


def test_in_english_the_card_and_the_title_are_english(page, small_county, visit):
    app = page("county", register="visits")
    app.session_state["language"] = "en"
    app.run()
    assert not app.exception
    assert app.header[0].value.replace("\\", "") == records.register(small_county, "visits").form.label["en"]
    kept = records.register(small_county, "visits")
    assert set(app.table[0].value["name"]) <= {f":gray[{item.label['en']}]" for item in kept.items}
    assert "Asked the people about their needs" in told(app)


# ---- several on one page, long lists


def test_tabs_show_the_register_of_the_address_and_leave_out_what_the_pack_lacks(small_county, visit):
    from streamlit.testing.v1 import AppTest

    from lib.ui import session

    def script():
        import streamlit as st

        from lib.ui import places, register, session

        def draw():
            with session.run("registers") as run:
                register.tabs(run, "tried", ("visits", "no_such_register", "leaders"))

        st.navigation([st.Page(draw, url_path="tried"), *(st.Page(places.path(name)) for name in ("organization", "rectification"))]).run()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "resolve", lambda store, now: SYSTEM)
        app = AppTest.from_function(script).run()
        assert not app.exception
        control = app.segmented_control(key="tried.register")
        assert control.options == [records.register(small_county, name).form.label["zh"] for name in ("visits", "leaders")]
        app.query_params["record"] = visit
        app.segmented_control(key="tried.register").set_value("leaders").run()
        assert not app.exception
        assert app.query_params["register"] == "leaders"
        assert app.query_params["record"] != visit
        assert "王建国" in told(app)


def test_of_a_long_list_only_what_the_search_finds_is_sent_and_what_is_chosen_stays(page, small_county, leader, monkeypatch):
    monkeypatch.setattr(register_dialogs, "MOST_LISTED", 2)
    app = press(page("county", register="visits"), "register.new")
    assert list(app.selectbox(key="record.about.organization").options) == []
    app.text_input(key="record.find.about").set_value("乙").run()
    assert list(app.selectbox(key="record.about.organization").options) == ["乙村党支部"]
    fill(app, **{"about.organization": "V2"})
    app.text_input(key="record.find.about").set_value("a1").run()
    assert list(app.selectbox(key="record.about.organization").options) == ["县某局党支部", "乙村党支部"]
    press(fill(app, leader=leader, visited_on=dt.date(2012, 4, 3)), "register.save")
    assert records.every(small_county, "visits")[0].organization == "V2"


def test_a_long_register_is_sent_a_page_at_a_time(page, small_county, monkeypatch, at):
    monkeypatch.setattr(paging, "ROWS", 2)
    for name in "甲乙丙丁戊":
        records.add(small_county, SYSTEM, "leaders", Entry({"name": name, "post": "干事", "rank": "cadre", "newly_promoted": "no"},
                                                           committee="610525101000"), at, TODAY)
    app = page("county", register="leaders")
    assert list(app.dataframe[0].value["item.name"]) == ["戊", "丁"]
    app.session_state["register.rows.page"] = 3
    app.run()
    assert list(app.dataframe[0].value["item.name"]) == ["甲"]
    assert say("register.listed", shown=5, count=5) in texts(app)
