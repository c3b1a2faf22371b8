"""Registers as tables: what goes out comes in again unchanged, everything wrong is said by row and column, and nothing is half done."""

import datetime as dt
import io
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib.core import forms
from lib.core.model import SYSTEM, Actor, Refused, Role
from lib.core.phrases import LANGUAGES, explain, text
from lib.exchange import handout, register_table, safe_csv, tabular, templates
from lib.store import events, records, rounds
from lib.store.records import Entry

TODAY = dt.date(2012, 4, 10)
LEADER = {"name": "王建国", "post": "镇党委书记", "rank": "secretary", "newly_promoted": "no", "phone": "0913-6860000", "credits_required": "40"}
FENGYUAN = "610525101000"


def kept(store, name="leaders"):
    return records.register(store, name)


def table(store, name, *rows):
    """A table handed in as CSV; the first row is the header."""
    return register_table.read(safe_csv.data(rows[0], rows[1:]), kept(store, name))


def plan(store, name, *rows, actor=SYSTEM):
    return register_table.plan(store, actor, name, table(store, name, *rows), TODAY)


def take(store, at, name, *rows, actor=SYSTEM):
    return register_table.import_table(store, actor, name, table(store, name, *rows), at)


def refusal(store, name, *rows, actor=SYSTEM) -> list[tuple[str, int | None, str | None]]:
    before = events.head(store)
    with pytest.raises(Refused) as refused:
        plan(store, name, *rows, actor=actor)
    assert events.head(store) == before
    for problem in refused.value.problems:
        assert all(explain(problem, language) for language in LANGUAGES)
    return [(problem.code, dict(problem.params).get("row"), dict(problem.params).get("letter")) for problem in refused.value.problems]


@pytest.fixture
def leader(small_county, at):
    return records.add(small_county, SYSTEM, "leaders", Entry(LEADER, committee=FENGYUAN), at, TODAY)


@pytest.fixture
def visit(small_county, leader, at):
    return records.add(small_county, SYSTEM, "visits", Entry({"visited_on": "2012-04-03", "leader": leader, "asked": "governance counsel",
                                                              "note": "见了支书\n谈了两点"}, organization="V1"), at, TODAY)


def written(store, name, language, ending, *, private=True) -> bytes:
    header, rows = register_table.cells(store, kept(store, name), records.every(store, name), language, private=private)
    return {"csv": handout.csv, "xlsx": handout.workbook}[ending](header, rows)


# ---- out and in again


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@pytest.mark.parametrize("language", [None, "zh", "en"])
@pytest.mark.parametrize("name", ["leaders", "visits"])
def test_what_was_exported_comes_in_unchanged(small_county, visit, at, name, language, ending):
    before, found = events.head(small_county), records.every(small_county, name)
    handed = register_table.read(written(small_county, name, language, ending), kept(small_county, name))
    assert handed.ignored == ()
    done = register_table.import_table(small_county, SYSTEM, name, handed, at)
    assert (done.added, done.changed, done.unchanged, done.warnings) == (0, 0, len(found), ())
    assert (events.head(small_county), records.every(small_county, name)) == (before, found)


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_without_ids_the_same_rows_make_the_same_records(small_county, leader, at, ending):
    content = written(small_county, "leaders", "zh", ending)
    records.remove(small_county, SYSTEM, leader, "重来", at)
    handed = register_table.read(content, kept(small_county))
    bare = tabular.Table(handed.letters, tuple(tabular.Row(row.number, {**row.cells, "id": ""}) for row in handed.rows))
    assert register_table.import_table(small_county, SYSTEM, "leaders", bare, at).added == 1
    [record] = records.every(small_county, "leaders")
    assert (dict(record.values), record.committee) == (LEADER, FENGYUAN)
    assert register_table.import_table(small_county, SYSTEM, "leaders", bare, at).unchanged == 1


ANY_TEXT = st.text(min_size=1, max_size=40) | st.text(alphabet="=+-@'\t\n ＝,;\"、0123456789E.甲乙丙", min_size=1, max_size=12)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(note=ANY_TEXT, ending=st.sampled_from(["csv", "xlsx"]), language=st.sampled_from([None, "zh"]))
def test_any_text_survives(small_county, visit, at, note, ending, language):
    if not forms.encode(kept(small_county, "visits").form.items["note"], note):
        return
    records.change(small_county, SYSTEM, visit, {"note": note}, at, TODAY)
    stored = records.get(small_county, visit).values["note"]
    handed = register_table.read(written(small_county, "visits", language, ending), kept(small_county, "visits"))
    assert handed.rows[0].cells["note"] == tabular.clean(stored)
    assert register_table.plan(small_county, SYSTEM, "visits", handed, TODAY).unchanged == 1


def test_private_columns_go_out_only_when_asked_for_and_stay_when_they_do_not_come_in(small_county, leader, at):
    assert "0913" not in written(small_county, "leaders", "zh", "csv", private=False).decode("utf-8-sig")
    assert "0913" in written(small_county, "leaders", "zh", "csv").decode("utf-8-sig")
    header, [row] = register_table.cells(small_county, kept(small_county), records.every(small_county, "leaders"), None)
    row[header.index("post")] = "镇长"
    done = take(small_county, at, "leaders", header, row)
    assert (done.changed, records.get(small_county, leader).values["post"], records.get(small_county, leader).values["phone"]) == (
        1, "镇长", LEADER["phone"])


def test_codes_that_two_people_share_go_out_as_codes(small_county, visit, leader, at):
    records.add(small_county, SYSTEM, "leaders", Entry({**LEADER, "post": "镇长"}, committee=FENGYUAN), at, TODAY)
    header, [row] = register_table.cells(small_county, kept(small_county, "visits"), records.every(small_county, "visits"), "zh")
    assert row[header.index("走访领导")] == leader


# ---- in


HEADER = ("组织名称", "走访日期", "走访领导", "三问", "走访记录")


@pytest.mark.parametrize(("columns", "expected"), [
    ({"组织名称": "V1"}, {}), ({"组织名称": " 甲村 党支部"}, {}), ({"走访日期": "2012年4月3日"}, {}), ({"走访日期": "20120403"}, {}),
    ({"走访日期": "2012/4/3"}, {}), ({"走访日期": "41002"}, {}), ({"走访领导": "王建国　冯原镇党委"}, {}),
    ({"三问": "governance counsel"}, {}), ({"三问": "问计于民；问政于民"}, {}),
    ({"三问": "问政于民, counsel"}, {}), ({"三问": "问需于民"}, {"asked": "needs"}), ({"三问": ""}, {"asked": None})])
def test_answers_are_known_by_code_and_label_and_in_the_usual_writings(small_county, leader, at, columns, expected):
    row = {"组织名称": "甲村党支部", "走访日期": "2012-04-03", "走访领导": "王建国", "三问": "问政于民、问计于民", "走访记录": "谈了两点", **columns}
    take(small_county, at, "visits", HEADER, [row[title] for title in HEADER])
    [record] = records.every(small_county, "visits")
    wanted = {"visited_on": "2012-04-03", "leader": leader, "asked": "governance counsel", "note": "谈了两点", **expected}
    assert (record.organization, dict(record.values)) == ("V1", {name: value for name, value in wanted.items() if value})


def test_a_dry_run_counts_what_the_import_then_does(small_county, visit, leader, at):
    header = ("id", "组织编码", "走访日期", "走访领导", "走访记录")
    assert refusal(small_county, "visits", header, (visit, "", "2012-04-03", leader, "见了"), (f"{visit} ", "", "2012-04-03", leader, "又见")) == [
        ("cell.twice", 3, "A")]
    rows = (header, (visit, "", "2012-04-04", leader, ""), ("", "V2", "2012-04-03", leader, "乙村"))
    before = events.head(small_county)
    planned = plan(small_county, "visits", *rows)
    assert (planned.added, planned.changed, planned.unchanged) == (1, 1, 0)
    assert events.head(small_county) == before
    assert take(small_county, at, "visits", *rows) == planned
    assert "note" not in records.get(small_county, visit).values
    assert {record.organization for record in records.every(small_county, "visits")} == {"V1", "V2"}
    assert events.first_broken(small_county) is None


def test_a_row_without_an_id_changes_the_record_with_its_key(small_county, leader, at):
    row = (("党（工）委", "姓名", "单位和职务", "应修"), ("冯原镇党委", "王建国", "镇党委书记", ""))
    assert plan(small_county, "leaders", *row).unchanged == 1
    done = take(small_county, at, "leaders", ("committee", "name", "post", "rank"), (FENGYUAN, "王建国", "镇党委书记", "其他党员领导干部"))
    assert (done.changed, records.get(small_county, leader).values["rank"], records.get(small_county, leader).values["phone"]) == (
        1, "member", LEADER["phone"])


PERSON = ("committee", "name", "post", "rank", "newly_promoted", "credits_required", "phone")
GOOD = (FENGYUAN, "李某", "镇长", "member", "否", "20", "")


def person(**columns):
    return tuple(columns.get(column, cell) for column, cell in zip(PERSON, GOOD, strict=True))


@pytest.mark.parametrize(("columns", "expected"), [
    ({"committee": ""}, [("cell.empty", 2, "A")]), ({"committee": "冯塬镇党委"}, [("cell.no_such_guess", 2, "A")]),
    ({"name": ""}, [("register_table.cell", 2, "B")]), ({"name": "李" * 61}, [("register_table.cell", 2, "B")]),
    ({"post": "长" * 2001}, [("cell.too_long", 2, "C")]),
    ({"rank": "党委书记"}, [("cell.no_such_guess", 2, "D")]), ({"rank": "xyz"}, [("cell.no_such", 2, "D")]),
    ({"credits_required": "二十"}, [("register_table.number", 2, "F")]), ({"credits_required": "501"}, [("register_table.cell", 2, "F")]),
    ({"credits_required": "1.38E+10"}, [("cell.lost_digits", 2, "F")]), ({"phone": "打办公室"}, [("register_table.cell", 2, "G")]),
    ({"rank": "", "newly_promoted": "maybe"}, [("cell.no_such_guess", 2, "E")])],
    ids=lambda value: ",".join(f"{k}={v[:8]}" for k, v in value.items()) if isinstance(value, dict) else None)
def test_what_is_wrong_is_said_by_row_and_column(small_county, columns, expected):
    assert refusal(small_county, "leaders", PERSON, person(**columns)) == expected


def test_a_problem_calls_the_column_as_the_register_does(small_county):
    with pytest.raises(Refused) as refused:
        plan(small_county, "leaders", PERSON, person(rank="xyz"))
    assert "类别" in explain(refused.value.problems[0], "zh")
    assert "Rank" in explain(refused.value.problems[0], "en")
    with pytest.raises(Refused) as refused:
        table(small_county, "leaders", ("姓名", "name"), ("甲", "乙"))
    assert [problem.code for problem in refused.value.problems] == ["table.column_twice"]


def test_everything_wrong_is_said_at_once_and_nothing_is_written(small_county, visit, leader, at):
    header = ("id", "organization", "committee", "visited_on", "leader")
    rows = (("", "V1", "", "2012-04-03", "李某"), ("e99999", "V1", "", "2012-04-04", leader), (visit, "V2", "", "2012-04-04", leader),
            ("", "V1", "610525001000", "2012-04-05", leader), ("", "V9", "", "三月", leader), ("", "V2", "", "2012-05-09", leader))
    before = events.head(small_county)
    with pytest.raises(Refused) as refused:
        take(small_county, at, "visits", header, *rows)
    assert [(problem.code, dict(problem.params)["row"], dict(problem.params)["letter"]) for problem in refused.value.problems] == [
        ("cell.no_such", 2, "E"), ("register_table.no_record", 3, "A"), ("register_table.moved", 4, "B"), ("register_table.other_committee", 5, "C"),
        ("cell.no_such_guess", 6, "B"), ("cell.date", 6, "D"), ("register_table.cell", 7, "D")]
    assert events.head(small_county) == before


def test_two_rows_may_not_be_one_record(small_county, leader):
    assert refusal(small_county, "leaders", PERSON, GOOD, person(rank="cadre")) == [("register_table.twin", 3, "B")]
    again = (FENGYUAN, "王建国", "镇党委书记", "cadre", "no", "", "")
    assert refusal(small_county, "leaders", ("id", *PERSON), (leader, *again), ("", *again)) == [("register_table.twin", 3, "C")]


def test_an_import_decides_nothing(small_county, at):
    nomination = {"category": "site", "title": "甲村阵地", "field": "rural", "reason": "规范", "nominated_on": "2012-04-01"}
    record = records.add(small_county, SYSTEM, "exemplars", Entry(nomination, organization="V1"), at, TODAY)
    assert refusal(small_county, "exemplars", ("id", "状态"), (record, "已批准")) == [("register_table.state", 2, "B")]
    assert plan(small_county, "exemplars", ("id", "状态"), (record, "待审批")).unchanged == 1


def test_an_answer_that_is_not_asked_is_pointed_out_and_not_taken(small_county, leader, at):
    rows = (("organization", "visited_on", "leader", "visitor"), ("V1", "2012-04-03", leader, "李明"))
    assert [(warning.code, dict(warning.params)["letter"]) for warning in plan(small_county, "visits", *rows).warnings] == [
        ("register_table.not_asked", "D")]
    take(small_county, at, "visits", *rows)
    assert "visitor" not in records.every(small_county, "visits")[0].values


def test_a_name_that_several_have_is_not_guessed(small_county, leader, at):
    records.add(small_county, SYSTEM, "leaders", Entry({**LEADER, "post": "镇长"}, committee=FENGYUAN), at, TODAY)
    rows = (("organization", "visited_on", "leader"), ("V1", "2012-04-03", "王建国"))
    assert refusal(small_county, "visits", *rows) == [("register_table.several", 2, "C")]


# ---- rights


@pytest.mark.parametrize("actor", [Actor("v1", Role.ORGANIZATION, organization="V1"), Actor("link", Role.LEADER), Actor("x", Role.PUBLIC)],
                         ids=lambda actor: actor.role)
def test_who_may_not_write_imports_nothing(small_county, leader, actor):
    rows = (("organization", "visited_on", "leader"), ("V1", "2012-04-03", leader))
    assert refusal(small_county, "visits", *rows, actor=actor) == [("access.refused", None, None)]


def test_a_committee_imports_about_its_own_alone(small_county, leader, at):
    own = Actor("fengyuan", Role.COMMITTEE, committee=FENGYUAN)
    header = ("organization", "visited_on", "leader")
    assert refusal(small_county, "visits", header, ("A1", "2012-04-03", leader), actor=own)[0][1:] == (2, "A")
    assert refusal(small_county, "leaders", PERSON, person(committee="610525001000"), actor=own) == [("register_table.row", 2, None)]
    assert take(small_county, at, "visits", header, ("V1", "2012-04-03", leader), actor=own).added == 1
    # its own committee need not be named
    assert take(small_county, at, "leaders", PERSON[1:], GOOD[1:], actor=own).added == 1
    assert records.every(small_county, "leaders")[0].committee == FENGYUAN


# ---- the template


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_register_has_a_template_whose_example_is_refused_and_whose_headers_are_known(small_county, language):
    for name in records.names(small_county):
        content = templates.register(small_county, kept(small_county, name), language, TODAY)
        handed = register_table.read(content, kept(small_county, name))
        assert handed.ignored == ()
        assert set(handed.letters) == set(register_table.columns(kept(small_county, name), private=True)) - set(register_table.NOT_FILLED_IN)
        with pytest.raises(Refused) as refused:
            register_table.plan(small_county, SYSTEM, name, handed, TODAY)
        assert "register_table.no_record" in {problem.code for problem in refused.value.problems}
        assert all(set(map(str, dict(problem.params))) for problem in refused.value.problems)


def test_a_template_offers_choices_and_notes(small_county, leader):
    content = templates.register(small_county, kept(small_county, "visits"), "zh", TODAY)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet, strings = archive.read("xl/worksheets/sheet1.xml").decode(), archive.read("xl/sharedStrings.xml").decode()
        notes = archive.read("xl/comments1.xml").decode()
    assert "dataValidation" in sheet
    assert 'state="frozen"' in sheet
    assert "王建国" in strings
    assert text("templates.required", "zh") in notes


def test_an_export_names_every_column_of_every_register_so_that_it_is_known_again(small_county):
    assert len(records.names(small_county)) > 10
    for name in records.names(small_county):
        register = kept(small_county, name)
        for language in (None, *LANGUAGES):
            titles = [register_table.heading(register, column, language) for column in register_table.columns(register, private=True)]
            assert len(set(map(tabular.key, titles))) == len(titles)
            handed = register_table.read(safe_csv.data(titles, [["x"] * len(titles)]), register)
            assert tuple(handed.letters) == register_table.columns(register, private=True)
    assert rounds.current_code(small_county)
