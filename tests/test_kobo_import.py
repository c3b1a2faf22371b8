"""Answers collected in KoboToolbox: its exports, by names and codes or by labels, are taken in under the page's own rules.

The exports are made here as Kobo's exporter (formpack) makes them: headers are `group/name` or labels, with the groups' labels before them
where that is asked for; a question with several choices has one column, one for each choice (1 or 0), or both; CSV is separated by `;`.
"""

import csv
import io

import pytest
from click.testing import CliRunner
from sheets import workbook
from steps import STARTS, bring

from lib.core import forms, phrases
from lib.core.model import SYSTEM, Refused
from lib.core.workflow import State
from lib.exchange import kobo_import, xlsform
from lib.manage import main
from lib.store import assessments, events, organizations, questionnaires, rounds

META = {"start": "2012-04-10T09:00:00.000+08:00", "end": "2012-04-10T09:40:00.000+08:00", "today": "2012-04-10"}
AFTER = {"_id": "1", "_uuid": "0b5c", "_submission_time": "2012-04-10T01:40:00", "_validation_status": "", "_notes": "",
         "_status": "submitted_via_web", "_submitted_by": "", "__version__": "vX", "_tags": "", "_index": "1"}
STRAIGHT = str.maketrans("“”‘’", "\"\"''")


def export(form, rows, *, labels=None, groups=True, several="both", end=AFTER):
    """Header and lines of an export. `rows` are (organization, answers); `labels` a language, or None for names and codes."""
    header, places = [*META, xlsform.ORGANIZATION if labels is None else phrases.text("xlsform.organization_code", labels)], []
    for group in form.groups:
        prefix = f"{group.name if labels is None else group.label[labels]}/" if groups else ""
        for item in group.items:
            title = prefix + (item.name if labels is None else xlsform.label(form, item, labels).translate(STRAIGHT))
            if item.type != "select_multiple" or several in ("both", "summary"):
                header.append(title)
                places.append((item, None))
            for choice in item.choices if item.type == "select_multiple" and several in ("both", "details") else ():
                header.append(f"{title}/{choice.name if labels is None else choice.label[labels].translate(STRAIGHT)}")
                places.append((item, choice.name))
    lines = [[*META.values(), code, *(cell(item, choice, answers.get(item.name), labels) for item, choice in places), *end.values()]
             for code, answers in rows]
    return [[*header, *end], *lines]


def cell(item, choice, stored, labels):
    """An answer as Kobo writes it: codes or labels, several ones with a blank between, nothing for nothing."""
    if not stored:
        return ""
    if choice:
        return "1" if choice in stored.split() else "0"
    words = {each.name: each.name if labels is None else each.label[labels].translate(STRAIGHT) for each in item.choices}
    return " ".join(words.get(code, code) for code in (stored.split() if item.type == "select_multiple" else [stored]))


def as_csv(lines, delimiter=";"):
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(lines)
    return file.getvalue().encode()


def examples(form, which="good", **answers):
    found = {name: text for name, text in forms.example(form, which, STARTS).items() if form.items[name].type not in ("hidden", "file", "calculate")}
    return {**found, **answers}


@pytest.fixture
def form(small_county):
    return rounds.form_for(small_county, "2012", "village")


@pytest.fixture
def agency(small_county):
    return rounds.form_for(small_county, "2012", "agency")


def take_in(store, kind, content, at, **more):
    return kobo_import.import_table(store, SYSTEM, kind, kobo_import.read(store, kind, content), at, **more)


def refused(store, kind, content, at, **more):
    with pytest.raises(Refused) as told:
        take_in(store, kind, content, at, **more)
    for problem in told.value.problems:
        for language in phrases.LANGUAGES:
            assert "{" not in phrases.explain(problem, language)
    return [(problem.code, dict(problem.params).get("row"), dict(problem.params).get("column")) for problem in told.value.problems]


# ---- both styles of export


STYLES = {
    "names and codes": {}, "names without groups": {"groups": False}, "one column for several choices": {"several": "summary"},
    "a column for each choice": {"several": "details"}, "Chinese labels": {"labels": "zh"}, "English labels": {"labels": "en"},
    "labels without groups": {"labels": "zh", "groups": False}, "labels, a column for each choice": {"labels": "en", "several": "details"},
    "labels in one column": {"labels": "en", "several": "summary"},
}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("written", ["csv;", "csv,", "xlsx"])
def test_every_style_gives_the_same_answers(small_county, agency, at, style, written):
    given = examples(agency, "bad")
    several = [name for name, item in agency.items.items() if item.type == "select_multiple" and not item.parent]
    assert several
    lines = export(agency, [("A1", given)], **STYLES[style])
    content = workbook({"submissions": lines}) if written == "xlsx" else as_csv(lines, written[-1])
    plan = take_in(small_county, "agency", content, at)
    assert (plan.added, plan.changed, plan.unchanged) == (1, 0, 0)
    answers = assessments.draft(small_county, "A1").answers
    assert {name: answers.get(name) for name in given} == given
    again = take_in(small_county, "agency", content, at)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 1)


@pytest.mark.parametrize("kind", ["village", "agency"])
@pytest.mark.parametrize("language", phrases.LANGUAGES)
def test_every_question_has_a_header_of_its_own(small_county, kind, language):
    form = rounds.form_for(small_county, "2012", kind)
    header = export(form, [], labels=language, groups=False)[0]
    table = kobo_import.read(small_county, kind, as_csv([header, ["1"] * len(header)]))
    assert [item.name for item in form.items.values() if item.name not in table.letters] == []
    assert table.ignored == ()


def test_labels_of_several_choices_are_told_apart():
    words = {"peers": "p", "peers and leaders": "pl", "leaders": "l"}
    keys = {word.replace(" ", ""): code for word, code in words.items()}
    assert kobo_import._split("peers and leaders leaders", keys) == ["pl", "l"]
    assert kobo_import._split("leaders, peers", keys) == ["l", "p"]
    assert kobo_import._split("peers strangers", keys) is None


def test_numbers_and_dates_as_a_spreadsheet_writes_them(small_county, form, at):
    given = examples(form, members_full="３０.0", last_election_on="2011/12/5")
    take_in(small_county, "village", as_csv(export(form, [("v1", given)])), at)
    answers = assessments.draft(small_county, "V1").answers
    assert (answers["members_full"], answers["last_election_on"]) == ("30", "2011-12-05")


# ---- what is kept


def test_an_empty_cell_leaves_what_stands(small_county, form, at):
    assessments.save_answers(small_county, SYSTEM, "V1", {"members_full": 31, "venue_area": 60}, at)
    plan = take_in(small_county, "village", as_csv([["organization_code", "setup/members_full", "support/venue_area"], ["V1", "", "80"]]), at)
    assert plan.changed == 1
    answers = assessments.draft(small_county, "V1").answers
    assert (answers["members_full"], answers["venue_area"]) == ("31", "80")


def test_what_the_system_knows_and_files_are_passed_over(small_county, agency, at):
    organizations.save_facts(small_county, SYSTEM, "A1", {"windows": "2"}, at)
    header = ["organization_code", "role/windows", "team/s_collective__file", "team/s_collective__file_URL", "role/nothing"]
    lines = [[*header, "setup/members_full"], ["A1", "9", "scan.pdf", "https://kobo/scan.pdf", "x", "12"]]
    table = kobo_import.read(small_county, "agency", as_csv(lines))
    assert set(table.ignored) == {"team/s_collective__file_URL", "role/nothing"}
    kobo_import.import_table(small_county, SYSTEM, "agency", table, at)
    answers = assessments.draft(small_county, "A1").answers
    assert answers["members_full"] == "12"
    assert answers.get("windows") != "9"
    assert not any("__file" in name for name in answers)


def test_a_dry_run_writes_nothing(small_county, form, at):
    head = events.head(small_county)
    table = kobo_import.read(small_county, "village", as_csv(export(form, [("V1", examples(form)), ("V2", examples(form))])))
    plan = kobo_import.plan(small_county, SYSTEM, "village", table, STARTS)
    assert (plan.added, plan.warnings, events.head(small_county)) == (2, (), head)


def test_handing_in(small_county, form, at):
    plan = take_in(small_county, "village", as_csv(export(form, [("V1", examples(form))])), at, submit=True)
    assert plan.submits == ("V1",)
    assert assessments.state(small_county, "2012", "V1") == State.SUBMITTED
    again = take_in(small_county, "village", as_csv(export(form, [("V1", examples(form))])), at, submit=True)
    assert (again.submits, again.unchanged) == ((), 1)
    changed = as_csv(export(form, [("V1", examples(form, members_full="33"))]))
    assert refused(small_county, "village", changed, at) == [("kobo.handed_in", 2, "code")]


# ---- what is refused


def test_mistakes_by_row_and_column(small_county, form, at):
    bad = {"members_full": "many", "secretary_post": "abroad", "last_election_on": "last year"}
    rows = [("V1", examples(form, **bad)), ("V9", {}), ("A1", {}), ("V2", examples(form)), ("V2", examples(form)), ("", {"members_full": "3"})]
    head = events.head(small_county)
    assert refused(small_county, "village", as_csv(export(form, rows)), at) == [
        ("kobo.number", 2, "members_full"), ("cell.date", 2, "last_election_on"), ("cell.no_such", 2, "secretary_post"),
        ("cell.unknown_code", 3, "code"), ("kobo.other_kind", 4, "code"), ("cell.twice", 6, "code"), ("cell.empty", 7, "code")]
    assert events.head(small_county) == head


def test_a_gap_is_a_warning_and_refused_only_when_handing_in(small_county, form, at):
    given = examples(form, members_full="999999")
    del given["venue_secured"]
    content = as_csv(export(form, [("V1", given)]))
    told = refused(small_county, "village", content, at, submit=True)
    assert ("kobo.constraint", 2, "members_full") in told
    assert ("kobo.required", 2, "venue_secured") in told
    plan = take_in(small_county, "village", content, at)
    assert {problem.code for problem in plan.warnings} == {"kobo.constraint", "kobo.required"}
    assert assessments.draft(small_county, "V1").answers["members_full"] == "999999"


def test_other_files(small_county, form, at):
    assert refused(small_county, "village", b"a;b\n1;2\n", at)[0][0] == "table.column_missing"
    assert refused(small_county, "village", b"organization_code;b\nV1;2\n", at)[0][0] == "kobo.no_questions"
    assert refused(small_county, "hamlet", b"organization_code;b\nV1;2\n", at)[0][0] == "questionnaire.unknown"
    lines = [["organization_code", "role/reviews_done/peers", "setup/members_full"], ["A1", "perhaps", "12"]]
    assert refused(small_county, "agency", as_csv(lines), at) == [("kobo.tick", 2, "reviews_done/peers")]


def test_a_returned_one_may_be_filled_again(small_county, form, at):
    bring(small_county, "V1", State.RETURNED, at)
    plan = take_in(small_county, "village", as_csv([["organization_code", "members_full"], ["V1", "28"]]), at)
    assert (plan.changed, assessments.draft(small_county, "V1").answers["members_full"]) == (1, "28")


def test_answers_of_another_version_are_told(small_county, form, at):
    assessments.open_assessment(small_county, SYSTEM, "V1", at)
    body = questionnaires.current_body(small_county, "village")
    body["groups"][-1]["items"].append({"type": "integer", "name": "members_young", "label::zh": "青年党员几人", "label::en": "Young members",
                                        "required": "yes", "good": "6", "bad": "0"})
    questionnaires.publish(small_county, SYSTEM, body, at)
    lines = [["organization_code", "masses/members_young", "setup/members_full"], ["V1", "5", "28"], ["V2", "7", "30"]]
    plan = take_in(small_county, "village", as_csv(lines), at)
    assert ("kobo.other_version", 2) in [(problem.code, dict(problem.params)["row"]) for problem in plan.warnings]
    assert "members_young" not in assessments.draft(small_county, "V1").answers
    assert assessments.draft(small_county, "V2").answers["members_young"] == "7"


# ---- the command line


def test_the_command(small_county, form, tmp_path):
    file = tmp_path / "kobo.csv"
    file.write_bytes(as_csv(export(form, [("V1", examples(form))])))
    line = ["import", "submissions", "village", str(file)]

    def run(*more):
        return CliRunner().invoke(main, [*line, *more])

    assert run("--dry-run", "--submit").exit_code == 0
    assert assessments.state(small_county, "2012", "V1") == State.NOT_SUBMITTED
    done = run("--submit")
    assert (done.exit_code, done.stderr) == (0, "")
    assert assessments.state(small_county, "2012", "V1") == State.SUBMITTED
    file.write_bytes(as_csv([["organization_code", "members_full"], ["V2", "x"]]))
    failed = run()
    assert failed.exit_code == 1
    assert "members_full" in failed.stderr
