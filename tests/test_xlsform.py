"""Questionnaires as XLSForm: written and read again they are the same, pyxform takes them, edits are understood, mistakes are named."""

import copy
import functools
import shutil

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import CHINESE, refused, said
from pyxform.xls2xform import convert
from sheets import Edited, rows_of, workbook
from steps import fill_in, submit

from lib.core import form_changes, forms, phrases
from lib.core.model import SYSTEM, Actor, Kind, Problem, Refused, Role
from lib.exchange import tabular, xlsform, xlsform_reader
from lib.manage import main
from lib.store import assessments, events, pack, questionnaires, rounds

YEAR = 2012


@functools.cache
def written(kind: str) -> bytes:
    return xlsform.write(pack.form_bodies(YEAR)[kind])


@pytest.fixture
def village():
    return copy.deepcopy(pack.form_bodies(YEAR)["village"])


@pytest.fixture
def edited():
    return Edited(written("village"))


def item(body, name):
    return next(row for group in body["groups"] for row in group["items"] if row["name"] == name)


def problems(content: bytes) -> list[tuple]:
    """Code, sheet, row and column letter of everything that is refused."""
    with pytest.raises(Refused) as refused:
        xlsform_reader.read(content)
    for problem in refused.value.problems:
        for language in phrases.LANGUAGES:
            assert "{" not in phrases.explain(problem, language).replace("${", "")
    return [(problem.code.removeprefix("xlsform."), *(dict(problem.params).get(name) for name in ("sheet", "row", "letter")))
            for problem in refused.value.problems]


# ---- written and read again


@pytest.mark.parametrize("kind", list(Kind))
def test_a_questionnaire_comes_back_the_same(kind):
    body = pack.form_bodies(YEAR)[kind]
    found = xlsform_reader.read(written(kind))
    assert found.body == body
    assert found.form.version == forms.version_of(body)
    assert found.ignored == ()
    assert xlsform.write(body) == written(kind)  # the same form has the same bytes


@pytest.mark.parametrize("kind", list(Kind))
def test_pyxform_accepts_what_we_write(kind):
    made = convert(xlsform=written(kind), file_type=".xlsx", validate=False)
    assert made.warnings == []
    form = forms.parse(pack.form_bodies(YEAR)[kind])
    for name in form.items:
        assert f"/{name}\"" in made.xform, name
    assert '<translation lang="中文 (zh)" default="true()">' in made.xform
    assert form.version in made.xform


WORDS = st.lists(st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=12), min_size=1, max_size=4)


@settings(max_examples=12)
@given(st.lists(st.tuples(WORDS, st.sampled_from((" ", "\n", "　"))), min_size=4, max_size=4))
def test_any_text_comes_back(given_):
    body = copy.deepcopy(pack.form_bodies(YEAR)["village"])
    texts = [between.join(words) for words, between in given_]
    row = item(body, "venue_area")
    row.update(zip(("label::zh", "label::en", "hint::zh", "problem::en"), texts, strict=True))
    row["hint::en"] = "_x0041_ =1+1"
    assert item(xlsform_reader.read(xlsform.write(body)).body, "venue_area") == row


def test_what_odk_needs_is_written_and_passed_over(village):
    rows = rows_of(written("village"))
    named = {row[1]: dict(zip(rows["survey"][0], row, strict=True)) for row in rows["survey"][1:]}
    assert named["organization_code"]["required"] == "yes"
    assert named["today"]["type"] == "today"
    assert named["members_full"]["required"] == "not(selected(${members_full__unsure}, 'yes'))"
    assert named["s_rating"]["calculation"] == "if(${annual_rating} = 'excellent', 5, if(${annual_rating} = 'qualified', 3, if(" \
                                               "${annual_rating} = 'basic', 1, 0)))"
    assert named["s_training"]["type"] == "select_one s_training__levels"
    assert named["s_training__file"]["type"] == "file"
    assert {row["generated"] for name, row in named.items() if "__" in name} == {"yes"}
    lists = {row[0] for row in rows["choices"][1:]}
    assert {"s_training__levels", "unsure__levels", "cause"} <= lists
    # nothing of it matters to the reader: changed, or taken out, the form is the same
    sheets = Edited(written("village"))
    generated = sheets.column("generated")
    sheets.sheets["survey"] = [row for place, row in enumerate(sheets.sheets["survey"]) if not place or not row[generated]]
    assert xlsform_reader.read(sheets.bytes()).body == village
    sheets = Edited(written("village")).set("members_full__unsure", "label", "另一句话").set("members_full__what", "generated", "")
    assert xlsform_reader.read(sheets.bytes()).body == village


def test_what_the_system_knows_is_asked_where_a_question_hangs_on_it():
    rows = {row[1]: row[0] for row in rows_of(written("agency"))["survey"]}
    assert rows["windows"] == "integer"
    assert {row[1]: row[0] for row in rows_of(written("village"))["survey"]}["village_class"] == "hidden"
    windows = item(xlsform_reader.read(written("agency")).body, "windows")
    assert windows["type"] == "hidden"


# ---- what WPS and Excel make of it


def test_a_file_saved_by_wps_is_the_same_form(edited, village):
    sheets = edited.sheets
    for row in sheets["survey"][1:]:
        score = edited.column("score")
        row[score] = float(row[score]) if row[score] else ""  # a number again
    for row in sheets["choices"][1:]:
        row[1] = float(row[1]) if row[1].isdigit() else row[1]
        row[0] += "  "
    sheets["survey"].insert(5, [""] * 4)
    sheets["survey"] += [["", " "], [""] * 60]
    sheets["survey"][0] += ["", "  "]
    for place, title in enumerate(sheets["survey"][0]):
        sheets["survey"][0][place] = title.replace("::", " :: ").upper() if "label" in title else title.replace("::中文 (zh)", "::zh")
    sheets["说明"] = [["办公室备注"]]
    assert xlsform_reader.read(workbook({"Survey ": sheets.pop("survey"), **sheets})).body == village


def test_a_chinese_keyboard_is_understood(edited, village):
    edited.set("members_full", "constraint", "。＞ 0 and 。＜＝ 20000").set("secretary_vacant_since", "relevant", "${secretary_post} ＝ ‘vacant’")
    edited.set("s_training", "score", "５").set("members_full", "unsure", "是").set("members_full", "good", "３０")
    found = xlsform_reader.read(edited.bytes())
    assert item(found.body, "members_full")["constraint"] == ".> 0 and .<= 20000"
    assert item(found.body, "secretary_vacant_since")["relevant"] == "${secretary_post} = 'vacant'"
    assert item(found.body, "s_training")["score"] == "5"
    assert item(found.body, "members_full")["good"] == "30"


def test_a_column_that_is_not_ours_is_told(edited):
    for place, row in enumerate(edited.sheets["survey"]):
        row.append("parameters" if place == 0 else "x")
    assert xlsform_reader.read(edited.bytes()).ignored == ("survey: parameters",)


# ---- a new question


NEW = {"type": "integer", "name": "members_young", "label::中文 (zh)": "35 岁以下党员几人", "label::English (en)": "Members under 35",
       "required": "yes", "constraint": ". >= 0 and . <= ${members_full}", "constraint_message::中文 (zh)": "不能多于党员数",
       "constraint_message::English (en)": "No more than there are members", "good": 6, "bad": 0}


def test_a_new_question(edited, village):
    found = xlsform_reader.read(edited.insert("ly_satisfied", NEW).bytes())
    changes = form_changes.between(village, found.body)
    assert (changes.added, changes.removed, changes.changed, changes.moved, changes.headings) == (("members_young",), (), {}, False, False)
    assert found.form.items["members_young"].group == "masses"
    assert convert(xlsform=xlsform.write(found.body), file_type=".xlsx", validate=False).warnings == []


def test_differences_between_versions(village):
    new = copy.deepcopy(village)
    assert form_changes.between(village, new).none
    masses = new["groups"][-1]["items"]
    masses.insert(0, masses.pop(1))
    item(new, "venue_area")["label::zh"] = "活动场所多大"
    next(row for row in new["choices"]["schooling"] if row["name"] == "college")["label::en"] = "University"
    new["label::en"] = "Another"
    gone = new["groups"][3]["items"].pop()
    changes = form_changes.between(village, new)
    assert changes.changed == {"venue_area": ("label::zh",), "secretary_schooling": ("choices",)}
    assert (changes.added, changes.removed, changes.moved, changes.headings) == ((), (gone["name"],), True, True)


# ---- every mistake by sheet, row and column


BREAK = {
    "type": (lambda e: e.set("members_full", "type", "number"), "members_full", "type"),
    "name": (lambda e: e.set("venue_area", "name", "Venue Area"), "Venue Area", "name"),
    "twice": (lambda e: e.set("venue_area", "name", "members_full"), None, "name"),
    "list": (lambda e: e.set("secretary_schooling", "type", "select_one degrees"), "secretary_schooling", "type"),
    "no_list": (lambda e: e.set("secretary_schooling", "type", "select_one"), "secretary_schooling", "type"),
    "yes_no": (lambda e: e.set("members_full", "required", "maybe"), "members_full", "required"),
    "empty": (lambda e: e.set("members_full", "label::English (en)", ""), "members_full", "label::English (en)"),
    "word": (lambda e: e.set("s_training", "dimension", "other"), "s_training", "dimension"),
    "score": (lambda e: e.set("s_training", "score", "five"), "s_training", "score"),
    "caps": (lambda e: e.set("s_training", "caps", "${secretary_trained} = 'no'"), "s_training", "caps"),
    "reference": (lambda e: e.set("members_full", "constraint", ". <= ${nobody}"), "members_full", "constraint"),
    "unequal": (lambda e: e.set("venue_area", "relevant", "${venue_secured} != 'no'"), "venue_area", "relevant"),
    "expression": (lambda e: e.set("members_full", "constraint", ". >= (0"), "members_full", "constraint"),
    "outside": (lambda e: e.insert("organization_code", NEW), "members_young", "type"),
}


@pytest.mark.parametrize("code", BREAK)
def test_a_mistake_is_named_by_its_place(edited, code):
    make, name, column = BREAK[code]
    make(edited)
    row = edited.row(name) + 1 if name else None
    found = [each for each in problems(edited.bytes()) if each[0] == code]
    assert (code, "survey", row or found[0][2], tabular.letter(edited.column(column))) in found


def test_mistakes_of_sections(edited):
    setup = edited.row("setup", type_="begin") + 1
    leadership = edited.row("leadership", type_="begin") + 1
    edited.sheets["survey"].pop(edited.row("setup", type_="end"))
    assert problems(edited.bytes()) == [("group_in_group", "survey", leadership - 1, "A")]
    assert setup < leadership
    last = Edited(written("village"))
    last.sheets["survey"].pop(last.row("masses", type_="end"))
    assert problems(last.bytes()) == [("group_open", "survey", last.row("masses", type_="begin") + 1, "A")]
    first = Edited(written("village"))
    first.sheets["survey"].insert(1, ["end_group", "x"])
    assert problems(first.bytes()) == [("end_without_begin", "survey", 2, "A")]


def test_mistakes_of_choices_and_settings(edited):
    edited.sheets["choices"][1][1] = "Lack of People"
    edited.sheets["choices"][3][1] = edited.sheets["choices"][2][1]
    edited.sheets["choices"][4][2] = ""
    assert problems(edited.bytes()) == [("choice_name", "choices", 2, "B"), ("twice", "choices", 4, "B"), ("empty", "choices", 5, "C")]
    edited = Edited(written("village"))
    edited.sheets["settings"][1][edited.column("kind", "settings")] = "hamlet"
    assert problems(edited.bytes()) == [("kind", "settings", 2, tabular.letter(edited.column("kind", "settings")))]


def test_mistakes_of_the_whole_file(edited):
    assert problems(workbook({"survey": edited.sheets["survey"]})) == [("sheet_missing", name, None, None) for name in ("choices", "settings")]
    assert problems(workbook({**edited.sheets, "settings": []})) == [("sheet_empty", "settings", None, None)]
    edited.sheets["survey"][0][0] = "kind of question"
    edited.sheets["survey"][0][3] = edited.sheets["survey"][0][2]
    assert [code for code, *_ in problems(edited.bytes())] == ["column_twice", "column_missing", "column_missing"]
    for content in (b"type,name\ninteger,x\n", b"PK\x03\x04 no zip"):
        assert problems(content)[0][0] == "table.unreadable"


def test_the_linter_has_the_last_word(edited):
    assert problems(edited.set("s_training", "score", 4).bytes()) == [("lint_whole", None, None, None)]
    row = edited.set("s_training", "score", 5).set("venue_area", "good", "5").row("venue_area") + 1
    assert problems(edited.bytes()) == [("lint", "survey", row, tabular.letter(edited.column("good")))]
    section = Edited(written("village"))
    row = section.row("setup", type_="begin")
    section.sheets["survey"][row][section.column("label::English (en)")] = ""
    assert problems(section.bytes()) == [("lint", "survey", row + 1, tabular.letter(section.column("label::English (en)")))]


def test_no_bomb_is_unpacked(edited):
    with pytest.raises(Refused) as refused:
        xlsform_reader.read(edited.bytes() + bytes(tabular.SIZE_LIMIT))
    assert refused.value.problems[0].code == "table.too_large"


# ---- publishing


def new_version(body):
    row = dict(zip(("type", "name", "label::zh", "label::en", "required", "good", "bad"),
                   ("integer", "members_young", "35 岁以下党员几人", "Members under 35", "yes", "6", "0"), strict=True))
    body["groups"][-1]["items"].append(row)
    body["groups"][0]["items"] = [each for each in body["groups"][0]["items"] if each["name"] != "members_resident"]
    return body


def test_what_was_begun_keeps_its_version(small_county, village, at):
    old = rounds.form_for(small_county, "2012", "village").version
    fill_in(small_county, "V1", at)
    version = questionnaires.publish(small_county, SYSTEM, new_version(village), at)
    assert rounds.form_for(small_county, "2012", "village").version == version != old
    assert assessments.draft(small_county, "V1").form.version == old
    submit(small_county, "V1", at)
    assert assessments.submissions(small_county, "2012", "V1")[0]["form_version"] == old
    later = assessments.open_assessment(small_county, SYSTEM, "V2", at)
    assert (later.form.version, "members_young" in later.form.items, "members_resident" in later.form.items) == (version, True, False)
    listed = questionnaires.versions(small_county)["village"]
    assert [(each.version, each.current, each.assessments, each.submissions) for each in listed] == [(version, True, 1, 0), (old, False, 1, 1)]
    assert questionnaires.body(small_county, old) == pack.form_bodies(YEAR)["village"]
    kind, = [event["body"] for event in events.history(small_county, "village", ("form.published",), limit=1)]
    assert kind == {"round": "2012", "version": version}


def test_what_may_not_be_published(small_county, village, at):
    refused = []
    for actor, body in ((SYSTEM, village), (SYSTEM, {**new_version(copy.deepcopy(village)), "name": "hamlet"}),
                        (SYSTEM, {**village, "label::zh": "新", "groups": village["groups"][:-1]}), (Actor("county", Role.COUNTY), village)):
        with pytest.raises(Refused) as told:
            questionnaires.publish(small_county, actor, body, at)
        refused.append(told.value.problems[0].code)
    assert refused == ["questionnaire.same", "questionnaire.unknown", "questionnaire.lint", "access.refused"]


def test_answers_are_compared_where_both_versions_ask(small_county, village, at):
    fill_in(small_county, "V1", at)
    submit(small_county, "V1", at)
    assert assessments.asked_in_one(small_county, "2012", "V1") == (frozenset(), frozenset())
    version = questionnaires.publish(small_county, SYSTEM, new_version(village), at)
    assessments.return_(small_county, SYSTEM, "V1", "请补充", at)
    small_county.conn.execute("update assessments set form_version = ? where organization = 'V1'", (version,))  # as after a change of round
    assessments.save_answers(small_county, SYSTEM, "V1", {"members_young": 4, "members_full": 29}, at)
    submit(small_county, "V1", at)
    changed = assessments.changes(small_county, "2012", "V1")
    assert changed["members_full"][1] == "29"
    assert not {"members_young", "members_resident"} & changed.keys()
    gone, new = assessments.asked_in_one(small_county, "2012", "V1")
    assert ("members_resident" in gone, new) == (True, frozenset({"members_young"}))


# ---- the command line


def run(*line, code=0):
    result = CliRunner().invoke(main, [str(word) for word in line])
    assert result.exit_code == code, result.output
    return result


def test_export_edit_import(store, tmp_path):
    file = tmp_path / "village.xlsx"
    run("form", "export", "village", "--out", file)
    assert "0 complaints" in run("form", "lint", file).stdout
    run("form", "import", file, code=1)  # nothing was edited
    edited = Edited(file.read_bytes()).insert("ly_satisfied", NEW).set("venue_area", "label", "活动场所多大（平方米）")
    edited.remove("members_resident")
    file.write_bytes(edited.bytes())
    head = events.head(store)
    dry = run("form", "import", file, "--dry-run").stdout
    assert all(name in dry for name in ("members_young", "members_resident", "venue_area"))
    assert events.head(store) == head
    version = xlsform_reader.read(file.read_bytes()).form.version
    assert version in run("form", "import", file).stdout
    assert rounds.form_for(store, "2012", "village").version == version


@pytest.mark.parametrize("language", phrases.LANGUAGES)
def test_a_broken_pack_is_told_in_the_language_of_the_terminal(tmp_path, monkeypatch, language):
    shutil.copytree(pack.DATA / "chengcheng", tmp_path / "pack")
    monkeypatch.setenv("CHENGPING_PACK", str(tmp_path / "pack"))
    monkeypatch.setattr("lib.cli.base.LANGUAGE", language)
    folder = tmp_path / "pack" / "forms"
    (folder / "agency.yaml").unlink()
    common = folder / "common.yaml"
    common.write_text(common.read_text(encoding="utf-8").replace("type: select_one", "type: choose_one", 1), encoding="utf-8")
    lines = run("form", "lint", code=1).stderr.splitlines()
    assert phrases.explain(Problem.of("form.no_file", file="forms/agency.yaml"), language) in lines
    assert any("choose_one" in line and "forms/village.yaml" in line for line in lines)
    assert {bool(CHINESE.search(line)) for line in lines} == {language == "zh"}


def test_a_column_that_no_spreadsheet_has(village):
    village["groups"][0]["items"][0]["colour"] = "red"
    refused(lambda: xlsform.write(village), said("form.columns", name="village", names="colour"))


def test_what_the_commands_refuse(store, tmp_path):
    file = tmp_path / "f.xlsx"
    file.write_bytes(Edited(written("village")).set("members_full", "type", "number").bytes())
    for line in (("form", "lint", file), ("form", "import", file)):
        assert "number" in run(*line, code=1).stderr
    run("form", "lint", tmp_path / "missing.xlsx", code=1)
    run("form", "export", "hamlet", "--out", file, code=1)
