"""Out, edited, and in again: what was handed out and not touched changes nothing, an edit is shown cell by cell, and nobody's work is overwritten
unseen."""

import datetime as dt
import io
import re
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib.core import forms
from lib.core.model import SYSTEM, Actor, Kind, Problem, Refused, Role, Stars, VillageClass, Words
from lib.core.phrases import LANGUAGES, explain
from lib.exchange import handout, marked, register_table, registry_import, registry_table, results_import, safe_csv, tabular, templates
from lib.store import events, organizations, records
from lib.store.records import Entry

TODAY = dt.date(2012, 4, 10)
FENGYUAN = "610525101000"
ENCODINGS = ("utf-8", "utf-8-sig", "gb18030")
FILES = ["xlsx", *ENCODINGS]

RISKY = st.text(alphabet="=+-@'\t\n\r ＝＠,;\"、；0123456789０１E.*甲乙丙\u200b\ufeff_x", max_size=12)
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | RISKY
SOME = ANY.filter(bool)


def file(header, rows, kind: str) -> bytes:
    """A table as XLSX, or as CSV in an encoding."""
    return handout.workbook(header, rows) if kind == "xlsx" else handout.csv(header, rows).decode("utf-8-sig").encode(kind)


# ---- the registry


@st.composite
def registries(draw):
    """Organizations as fields, with the class at the start of the year where their kind has one."""
    codes = draw(st.lists(st.from_regex(r"[0-9A-Za-z][0-9A-Za-z_.-]{0,11}", fullmatch=True), min_size=1, max_size=4, unique_by=str.casefold))
    committees = draw(st.lists(SOME, min_size=1, max_size=3, unique=True))
    rows = []
    for code in codes:
        kind = draw(st.sampled_from(list(Kind)))
        scale = {Kind.VILLAGE: VillageClass, Kind.COMMUNITY: Stars}.get(kind)
        rows.append(({"code": code, "name": draw(SOME), "kind": kind.value, "township": draw(st.sampled_from([None, "610525101", "610525001"])),
                      "members": draw(st.none() | st.integers(0, 100_000)), "secretary": draw(ANY), "phone": draw(ANY | st.from_regex(
                          r"0?[0-9]{3,15}|[0-9]\.[0-9]+E\+[0-9]{2}", fullmatch=True))},
                     draw(st.integers(0, len(committees) - 1)), draw(st.none() | st.sampled_from(list(scale))) if scale else None))
    return committees, rows


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(registry=registries(), kind=st.sampled_from(FILES), language=st.sampled_from([None, *LANGUAGES]), phones=st.booleans())
def test_any_registry_comes_in_again_as_it_went_out(store, at, registry, kind, language, phones):
    store.conn.execute("savepoint example")
    try:
        committees, rows = registry
        known = {row["name"] for row in organizations.committees(store)}
        codes = [f"K{number}" for number in range(len(committees))]
        for code, name in zip(codes, committees, strict=True):
            if name not in known:
                organizations.add_committee(store, SYSTEM, code, name, None, at)
        for row, committee, start in rows:
            own = codes[committee] if committees[committee] not in known else FENGYUAN
            organizations.save_organization(store, SYSTEM, {**row, "committee": own}, at)
            if start:
                organizations.change_class(store, SYSTEM, "2012", row["code"], "start", start.value, "2012-01-01", "", at)
        before = organizations.every(store, SYSTEM), organizations.classes(store, "2012", "start"), events.head(store)
        table = registry_import.read(file(*registry_table.cells(store, SYSTEM, language, phones=phones), kind))
        assert (len(table.rows), table.ignored) == (len(rows), ())
        done = registry_import.import_table(store, SYSTEM, table, at)
        assert (done.added, done.changed, done.unchanged, done.committees, done.cells, done.warnings) == (0, 0, len(rows), (), (), ())
        assert (organizations.every(store, SYSTEM), organizations.classes(store, "2012", "start"), events.head(store)) == before
    finally:
        store.conn.execute("rollback to example")
        store.conn.execute("release example")


VILLAGE = {"code": "V9", "name": "丁村党支部", "kind": "village", "committee": FENGYUAN, "township": "610525101", "members": 20, "secretary": "王某",
           "phone": "13800000000"}


@pytest.fixture
def village(small_county, at):
    organizations.save_organization(small_county, SYSTEM, VILLAGE, at)
    organizations.change_class(small_county, SYSTEM, "2012", "V9", "start", "third", "2012-01-01", "", at)
    return small_county


def edited(store, code: str, language="zh", *, phones=False, **columns) -> tabular.Table:
    """The registry as it was handed out, with some cells of one organization typed anew."""
    header, rows = registry_table.cells(store, SYSTEM, language, phones=phones)
    for row in rows:
        if row[0] == code:
            for column, text in columns.items():
                row[header.index(column)] = text
    return registry_import.read(handout.workbook(header, rows))


def shown(cells, language="zh") -> list[tuple]:
    def words(told):
        return getattr(told, language) if isinstance(told, Words) else told

    return [(cell.row, cell.name, words(cell.column), words(cell.before), words(cell.after)) for cell in cells]


def test_an_edit_is_told_cell_by_cell_before_it_is_made(village, at):
    table = edited(village, "V9", 党员数="21", 年初类别="二类", 隶属党委="新工委", 所在乡镇="")
    before = events.head(village)
    plan = registry_import.plan(village, SYSTEM, table)
    [number] = [row.number for row in table.rows if row.cells["code"] == "V9"]
    assert shown(plan.cells) == [
        (number, "丁村党支部", "committee", "冯原镇党委", "新工委"), (number, "丁村党支部", "township", "冯原镇", ""),
        (number, "丁村党支部", "members", "20", "21"), (number, "丁村党支部", "start_class", "三类村", "二类村")]
    assert [each[3:] for each in shown(plan.cells, "en")][1] == ("Fengyuan", "")
    assert (plan.added, plan.changed, plan.unchanged, plan.news, events.head(village)) == (0, 1, 3, (), before)
    assert registry_import.import_table(village, SYSTEM, table, at) == plan
    after = organizations.get(village, "V9")
    assert (after.members, after.committee_name, after.township, after.phone) == (21, "新工委", None, "13800000000")
    assert organizations.class_now(village, "2012", "V9", "start") == "second"


def test_a_new_row_is_told_as_one(village):
    header, rows = registry_table.cells(village, SYSTEM, "zh")
    new = dict(zip(header, rows[-1], strict=True)) | {"编码": "V10", "名称": "戊村党支部", header[-1]: ""}
    plan = registry_import.plan(village, SYSTEM, registry_import.read(handout.csv(header, [*rows, list(new.values())])))
    assert ([(each.row, each.name) for each in plan.news], plan.cells, plan.warnings) == ([(len(rows) + 2, "戊村党支部")], (), ())


def test_what_is_handed_out_has_no_closed_organization_and_telephones_only_when_asked_for(village, at):
    organizations.close_organization(village, SYSTEM, "V2", "2012-04-01", "并村", at)
    header, rows = registry_table.cells(village, SYSTEM, "zh")
    assert ("电话" in header, "V2" in [row[0] for row in rows], header[-1]) == (False, False, "版本号（请勿改）")
    header, rows = registry_table.cells(village, SYSTEM, "zh", phones=True)
    assert "13800000000" in [row[header.index("电话")] for row in rows]
    own = Actor("fengyuan", Role.COMMITTEE, committee=FENGYUAN)
    assert {row[0] for row in registry_table.cells(village, own, "zh", phones=True)[1]} == {"V1", "V9"}
    with pytest.raises(Refused, match=r"access\.refused"):
        registry_table.cells(village, Actor("link", Role.LEADER), "zh", phones=True)


def test_a_file_with_telephones_needs_a_reason_and_is_recorded(village, at):
    before = events.head(village)
    with pytest.raises(Refused):
        registry_table.export(village, SYSTEM, "csv", "zh", at, reason=" ")
    assert b"13800000000" not in registry_table.export(village, SYSTEM, "csv", "zh", at)
    assert events.head(village) == before
    assert b"13800000000" in registry_table.export(village, SYSTEM, "csv", "zh", at, reason="核对通讯录")
    assert events.head(village)[0] == before[0] + 1


def test_what_a_version_is_made_of_does_not_tell_a_telephone_that_was_left_out(village, at):
    before = registry_table.cells(village, SYSTEM, "zh")
    organizations.save_organization(village, SYSTEM, {"code": "V9", "phone": "13911111111"}, at)
    assert registry_table.cells(village, SYSTEM, "zh") == before


# ---- what changed meanwhile


def refusal(call, *args, **more) -> list[tuple[str, int, dict]]:
    with pytest.raises(Refused) as refused:
        call(*args, **more)
    for problem in refused.value.problems:
        assert all(explain(problem, language) for language in LANGUAGES)
    return [(problem.code, dict(problem.params).get("row"), dict(problem.params)) for problem in refused.value.problems]


CLERK = Actor("zhang", Role.COUNTY)


@pytest.mark.parametrize("meanwhile", [
    lambda db, at: organizations.save_organization(db, CLERK, {"code": "V9", "secretary": "李某"}, at),
    lambda db, at: organizations.change_class(db, CLERK, "2012", "V9", "start", "first", "2012-01-01", "", at),
    lambda db, at: organizations.close_organization(db, CLERK, "V9", "2012-04-01", "并村", at)], ids=["fields", "class", "closed"])
def test_a_row_that_somebody_changed_meanwhile_is_refused_by_name_unless_the_file_shall_count(village, at, meanwhile):
    table = edited(village, "V9", 党员数="21")
    meanwhile(village, at)
    [(code, row, params)] = refusal(registry_import.import_table, village, SYSTEM, table, at)
    number = next(each.number for each in table.rows if each.cells["code"] == "V9")
    assert (code, row, params["name"], params["author"]) == ("import.changed_since", number, "丁村党支部", "zhang")
    assert "4月10日 09:30" in params["when"].zh
    done = registry_import.import_table(village, SYSTEM, table, at, overwrite=True)
    assert ("import.overwrites" in [warning.code for warning in done.warnings], organizations.get(village, "V9").members) == (True, 21)


def test_a_row_that_the_file_does_not_touch_may_have_changed(village, at):
    table = edited(village, "V9", 党员数="21")
    organizations.save_organization(village, CLERK, {"code": "V1", "phone": "1"}, at)
    assert registry_import.import_table(village, SYSTEM, table, at).changed == 1
    # the same edit by both is none any more
    assert registry_import.import_table(village, SYSTEM, table, at).unchanged == 4


@pytest.mark.parametrize("phones", [True, False])
def test_a_telephone_that_changed_meanwhile_matters_where_the_file_has_telephones(village, at, phones):
    table = edited(village, "V9", phones=phones, 党员数="21")
    organizations.save_organization(village, CLERK, {"code": "V9", "phone": "13911111111"}, at)
    if phones:
        assert [code for code, *_ in refusal(registry_import.plan, village, SYSTEM, table)] == ["import.changed_since"]
    else:
        registry_import.import_table(village, SYSTEM, table, at)
        assert (organizations.get(village, "V9").members, organizations.get(village, "V9").phone) == (21, "13911111111")


def test_a_file_without_versions_is_taken_with_a_warning(village):
    header, rows = registry_table.cells(village, SYSTEM, "zh")
    rows[0][header.index("党员数")] = "99"
    bare = registry_import.read(handout.csv(header[:-1], [row[:-1] for row in rows]))
    [warning] = registry_import.plan(village, SYSTEM, bare).warnings
    assert (warning.code, dict(warning.params)) == ("import.no_versions", {"count": 1})


# ---- the registers


@pytest.fixture
def leader(small_county, at):
    return records.add(small_county, SYSTEM, "leaders", Entry({"name": "王建国", "post": "镇党委书记", "rank": "secretary", "newly_promoted": "no",
                                                               "phone": "0913-6860000"}, committee=FENGYUAN), at, TODAY)


def handed(store, name, language="zh", kind="xlsx", **columns) -> tabular.Table:
    """A register as it was handed out, with cells of its first row typed anew."""
    kept = records.register(store, name)
    header, rows = register_table.cells(store, kept, records.every(store, name), language, private=True)
    for column, text in columns.items():
        rows[0][header.index(column)] = text
    return register_table.read(file(header, rows, kind), kept)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), kind=st.sampled_from(FILES), language=st.sampled_from([None, *LANGUAGES]))
def test_any_record_of_any_register_comes_in_again_as_it_went_out(small_county, leader, at, data, kind, language):
    name = data.draw(st.sampled_from(records.names(small_county)))
    kept = records.register(small_county, name)
    good = {key: text for key, text in forms.example(kept.form, "good", TODAY).items() if key in {item.name for item in kept.items}}
    for item in kept.items:
        if item.dynamic:
            offered = list(records.choices(small_county, item.list_name))
            good.pop(item.name, None)
            if offered:
                good[item.name] = data.draw(st.sampled_from(offered))
        elif item.type == "text" and not item.private:
            good[item.name] = data.draw(SOME)
        elif item.choices and item.name not in good:
            good[item.name] = data.draw(st.sampled_from([choice.name for choice in item.choices]))
    place = {"county": {}, "organization": {"organization": "V1"}}.get(kept.about, {"committee": FENGYUAN})
    small_county.conn.execute("savepoint example")
    try:
        try:
            records.add(small_county, SYSTEM, name, Entry(good, **place), at, TODAY)
        except Refused:
            return  # no record that the register takes
        before, found = events.head(small_county), records.every(small_county, name)
        table = handed(small_county, name, language, kind)
        assert table.ignored == ()
        done = register_table.import_table(small_county, SYSTEM, name, table, at)
        assert (done.added, done.changed, done.unchanged, done.cells, done.warnings) == (0, 0, len(found), (), ())
        assert (events.head(small_county), records.every(small_county, name)) == (before, found)
    finally:
        small_county.conn.execute("rollback to example")
        small_county.conn.execute("release example")


def test_a_record_that_points_to_what_was_struck_out_comes_in_again(small_county, leader, at):
    records.add(small_county, SYSTEM, "visits", Entry({"visited_on": "2012-04-03", "leader": leader}, organization="V1"), at, TODAY)
    records.remove(small_county, SYSTEM, leader, "调离", at)
    for language in (None, *LANGUAGES):
        assert register_table.plan(small_county, SYSTEM, "visits", handed(small_county, "visits", language), TODAY).unchanged == 1
    changed = handed(small_county, "visits", 走访记录="谈了两点")
    assert register_table.import_table(small_county, SYSTEM, "visits", changed, at).changed == 1


def test_an_edited_record_is_told_cell_by_cell(small_county, leader, at):
    plan = register_table.plan(small_county, SYSTEM, "leaders", handed(small_county, "leaders", 单位和职务="镇长", 类别="其他党员领导干部"), TODAY)
    assert [each[1:] for each in shown(plan.cells)] == [
        ("王建国　冯原镇党委", "单位和职务", "镇党委书记", "镇长"), ("王建国　冯原镇党委", "类别", "党（工）委书记", "其他党员领导干部")]
    assert plan.warnings == ()


def test_a_record_that_somebody_changed_meanwhile_is_refused_unless_the_file_shall_count(small_county, leader, at):
    table = handed(small_county, "leaders", 单位和职务="镇长")
    records.change(small_county, CLERK, leader, {"phone": "0913-6860001"}, at, TODAY)
    [(code, row, params)] = refusal(register_table.import_table, small_county, SYSTEM, "leaders", table, at)
    assert (code, row, params["author"], params["name"]) == ("import.changed_since", 2, "zhang", "王建国　冯原镇党委")
    done = register_table.import_table(small_county, SYSTEM, "leaders", table, at, overwrite=True)
    assert [warning.code for warning in done.warnings] == ["import.overwrites"]
    assert records.get(small_county, leader).values["post"] == "镇长"


def test_a_decision_meanwhile_counts_as_a_change(small_county, at):
    nomination = {"category": "site", "title": "甲村阵地", "field": "rural", "reason": "规范", "nominated_on": "2012-04-01"}
    record = records.add(small_county, SYSTEM, "exemplars", Entry(nomination, organization="V1"), at, TODAY)
    header, rows = register_table.cells(small_county, records.register(small_county, "exemplars"), records.every(small_county, "exemplars"), None)
    rows[0][header.index("title")] = "甲村活动阵地"
    rows[0][header.index("state")] = ""
    table = register_table.read(handout.csv(header, rows), records.register(small_county, "exemplars"))
    records.decide(small_county, CLERK, record, False, "再看看", at, TODAY)
    [(code, _, params)] = refusal(register_table.plan, small_county, SYSTEM, "exemplars", table, TODAY)
    assert (code, params["author"]) == ("import.changed_since", "zhang")




# ---- handed back, and templates


def parts(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def problems(call, *args) -> tuple:
    with pytest.raises(Refused) as refused:
        call(*args)
    return refused.value.problems


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refused_table_comes_back_with_its_problems_marked_and_is_taken_once_corrected(small_county, language):
    rows = [("名册", "", "", "", "", "备注"), ("编码", "名称", "类别", "隶属党委", "党员数", "备注"),
            ("N1", "新党支部", "衙门", "测试工委", "五", "=1+1"), ("",) * 6, ("N2", "", "机关", "测试工委", "5", "x")]
    table = registry_import.read(safe_csv.data(rows[0], rows[1:]))
    found = problems(registry_import.plan, small_county, SYSTEM, table)
    assert [(dict(each.params)["row"], dict(each.params)["letter"]) for each in found] == [(3, "C"), (3, "E"), (5, "B")]
    content = marked.workbook(table, found, language)
    lines = tabular.sheets(content, ["sheet1"])["sheet1"]
    assert [line[1:] for line in lines[1:]] == [list(row) if any(row) else [] for row in (rows[1], (*rows[2][:5], "'=1+1"), *rows[3:])]
    assert lines[1][0] == tabular.PROBLEMS[LANGUAGES.index(language)]
    assert ("D" in lines[2][0], "F" in lines[2][0], "C" in lines[4][0]) == (True, True, True)
    written = parts(content)
    assert re.findall(r'<comment ref="(\w+)"', written["xl/comments1.xml"]) == ["D3", "F3", "C5"]
    styles = dict(re.findall(r'r="(\w+)" s="(\d+)"', written["xl/worksheets/sheet1.xml"]))
    assert [styles[place] == styles["D3"] for place in ("F3", "C5", "E3")] == [True, True, False]
    # handed in as it is, it is refused in the same places; a second time back it has not grown
    again = registry_import.read(content)
    assert again.ignored == table.ignored == ("备注",)
    found = problems(registry_import.plan, small_county, SYSTEM, again)
    assert [(dict(each.params)["row"], dict(each.params)["letter"]) for each in found] == [(3, "D"), (3, "F"), (5, "C")]
    second = marked.workbook(again, found, language)
    assert tabular.sheets(second, ["sheet1"])["sheet1"] == lines
    # corrected in place, it is taken
    lines[2][3], lines[2][5], lines[4][2] = "机关", "5", "另一党支部"
    assert registry_import.plan(small_county, SYSTEM, registry_import.read(handout.workbook(lines[0], lines[1:]))).added == 2


def test_what_is_wrong_with_the_whole_file_has_no_place_to_mark():
    assert not marked.has_places(problems(registry_import.read, "编码\n1\n".encode())[:0])
    assert not marked.has_places((Problem.of("table.empty"),))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("make", "columns", "required"), [
    (lambda db, language: templates.organizations_table(db, language), registry_table.COLUMNS, registry_table.REQUIRED),
    (lambda db, language: templates.results_table(language), results_import.COLUMNS, results_import.REQUIRED)], ids=["organizations", "results"])
def test_a_template_has_a_star_a_note_and_an_example_for_its_columns_and_offers_choices(small_county, make, columns, required, language):
    content = make(small_county, language)
    header, example = tabular.sheets(content, ["sheet1"])["sheet1"]
    assert [title.endswith("*") for title in header] == [column in required for column in columns]
    assert all(example)
    written = parts(content)
    assert written["xl/comments1.xml"].count("<comment ") == len(columns)
    assert written["xl/worksheets/sheet1.xml"].count("<dataValidation ") == (4 if "kind" in columns else 1)
