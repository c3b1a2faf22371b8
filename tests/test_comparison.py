"""What differs between two states: the rule on any two tables, and two snapshots of a county."""

import csv
import io
import zipfile

import pytest
import steps
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from lib.core import differences
from lib.core.differences import ADDED, CHANGED, KINDS, REMOVED, Difference, between
from lib.core.grading import Appraisal
from lib.core.model import SYSTEM, Actor, Refused, Role
from lib.core.workflow import State
from lib.exchange import comparison, safe_csv
from lib.exchange.bundle_tables import SHEETS
from lib.store import appraisals, events, gradings, organizations, snapshots

# ---- any two tables

CELL = st.sampled_from(["", "甲", "乙", "0", "00", "a\x1fb", "=1"])
TABLE = st.dictionaries(st.tuples(CELL, CELL), st.tuples(CELL, CELL), max_size=12).map(
    lambda found: [(first, *cells, second) for (first, second), cells in found.items()])
KEY = (0, 3)


def key(row) -> tuple:
    return tuple(row[place] for place in KEY)


def found(before, after) -> list[Difference]:
    return list(between(lambda: before, lambda: after, KEY))


@given(TABLE, st.randoms())
def test_a_table_does_not_differ_from_itself_in_any_order(table, chance):
    assert found(table, chance.sample(table, len(table))) == []


@given(TABLE, TABLE)
def test_carrying_the_differences_out_gives_the_other_table(before, after):
    rows = {key(row): row for row in before}
    for each in found(before, after):
        match each.kind:
            case differences.REMOVED:
                assert rows.pop(key(each.before)) == each.before
            case differences.ADDED:
                assert key(each.after) not in rows
                rows[key(each.after)] = each.after
            case differences.CHANGED:
                assert rows[key(each.before)] == each.before
                rows[key(each.after)] = tuple(now if place in each.fields else was
                                              for place, (was, now) in enumerate(zip(each.before, each.after, strict=True)))
    assert sorted(rows.values()) == sorted(after)


@given(TABLE, TABLE)
def test_backwards_what_came_has_gone(before, after):
    there, back = found(before, after), found(after, before)
    assert {(each.before, each.after) for each in there} == {(each.after, each.before) for each in back}
    assert len(there) == len({key(each.row) for each in there})


def test_only_what_changed_is_named():
    [each] = found([("V1", "甲", "乙", "x")], [("V1", "甲", "丙", "x")])
    assert (each.kind, each.fields, each.row) == (CHANGED, (2,), ("V1", "甲", "丙", "x"))


# ---- two snapshots


@pytest.fixture
def county(small_county, at):
    steps.bring(small_county, "V1", State.NOTICED, at)
    appraisals.enter_tally(small_county, SYSTEM, "V2", Appraisal(10, 10, 9, 1, 0), at)
    return small_county


@pytest.fixture
def first(county, at) -> str:
    return snapshots.create(county, SYSTEM, "会前", at)


@pytest.fixture
def moved(county, first, at):
    """After the first snapshot one organization is renamed and a new one comes, a grade is approved, a tally corrected."""
    organizations.save_organization(county, SYSTEM, {"code": "A1", "name": "=县某局党总支"}, at)
    organizations.save_organization(county, SYSTEM, {"code": "00012", "name": "新党支部", "kind": "agency", "committee": "610525001000",
                                                     "phone": "13912345678"}, at)
    gradings.handle_objection(county, SYSTEM, steps.objection(county, "V1"), False, "已核实", at)
    gradings.approve(county, SYSTEM, "V1", at, steps.AFTER)
    appraisals.enter_tally(county, SYSTEM, "V2", Appraisal(10, 10, 8, 1, 1), at)
    return first


def lines(compared, table) -> list[tuple]:
    return [(line.change, line.key, line.about, line.field, line.before, line.before_label, line.after, line.after_label)
            for line in compared.of(table, "zh")]


def counted(compared) -> dict[str, dict[str, int]]:
    return {table: {kind: count for kind, count in counts.items() if count} for table, counts in compared.counts.items() if any(counts.values())}


def test_a_snapshot_and_the_store_it_was_made_of_do_not_differ(county, first):
    compared = comparison.make(SYSTEM, first, snapshots.NOW)
    assert (counted(compared), compared.differing) == ({}, ())
    assert set(compared.counts) == {sheet.name for sheet in SHEETS}


def test_what_came_and_what_changed_is_told_by_table_and_field(county, moved):
    compared = comparison.make(SYSTEM, moved, "now")
    told = counted(compared)
    assert {table: told[table] for table in ("organizations", "gradings", "appraisals")} == {
        "organizations": {ADDED: 1, CHANGED: 1}, "gradings": {CHANGED: 1}, "appraisals": {CHANGED: 1}}
    assert told["events"] == {ADDED: events.head(county)[0] - snapshots.get(moved)["seq"]}
    changed, came = lines(compared, "organizations")
    assert changed == (CHANGED, "A1", "=县某局党总支", "name", "县某局党支部", "", "=县某局党总支", "")
    assert came[:5] == (ADDED, "00012", "新党支部", "", "")
    assert "类别：机关" in came[6]
    assert "13912345678" not in came[6]
    fields = {field: (before, after) for _, _, _, field, before, _, after, _ in lines(compared, "appraisals")}
    assert (fields["paper_satisfied"], fields["satisfaction"]) == (("9", "8"), ("100.00", "90.00"))
    states = [line for line in lines(compared, "cases") if line[3] == "state"]
    assert states == [(CHANGED, "V1", "甲村党支部", "state", "noticed", "公示中", "approved", "已核准")]
    assert "state_label" not in {line[3] for line in lines(compared, "cases")}  # it follows its code


def test_backwards_it_is_the_other_way_round(county, moved):
    there, back = comparison.make(SYSTEM, moved, "now"), comparison.make(SYSTEM, "now", moved)
    turned = {ADDED: REMOVED, REMOVED: ADDED, CHANGED: CHANGED}
    assert counted(back) == {table: {turned[kind]: count for kind, count in counts.items()} for table, counts in counted(there).items()}


def test_a_new_submission_changes_the_answers_that_are_other_ones(county, first, at):
    steps.bring(county, "V2", State.SUBMITTED, at)
    second = snapshots.create(county, SYSTEM, "会后", at)
    steps.bring(county, "A1", State.SUBMITTED, at)
    compared = comparison.make(SYSTEM, first, second)
    assert {line[0] for line in lines(compared, "answers")} == {ADDED}
    assert {line[1].partition("; ")[0] for line in lines(compared, "answers")} == {"V2"}
    assert counted(comparison.make(SYSTEM, second, "now"))["submissions"] == {ADDED: 1}


# ---- files


def rows_of_csv(content: bytes) -> list[list[str]]:
    return [[safe_csv.unguarded(cell) for cell in row] for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))]


def test_every_format_says_the_same(county, moved):
    compared = comparison.make(SYSTEM, moved, "now")
    header, *rows = rows_of_csv(comparison.data(compared, "csv", None))
    assert header == list(comparison.COLUMNS)
    assert len(rows) == sum(compared.lines.values())
    with zipfile.ZipFile(io.BytesIO(comparison.data(compared, "zip", None))) as archive:
        parts = {name: rows_of_csv(archive.read(name)) for name in archive.namelist()}
    assert set(parts) == {"summary.csv", *(f"{table}.csv" for table in compared.differing)}
    assert [row for table in compared.differing for row in parts[f"{table}.csv"][1:]] == rows
    book = CalamineWorkbook.from_filelike(io.BytesIO(comparison.data(compared, "xlsx", "zh")))
    sheets = [book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names]
    assert [row for sheet in sheets[1:] for row in sheet[1:]] == rows
    assert book.sheet_names[0] == "汇总"
    summary = {row[0]: [int(cell) for cell in row[2:]] for row in sheets[0][1:] if isinstance(row[2], float)}
    assert summary == {table: [counts[kind] for kind in KINDS] for table, counts in compared.counts.items()}
    assert sheets[0][-2][1].endswith(moved)


def test_no_cell_of_it_is_a_formula_and_no_telephone_leaves(county, moved):
    compared = comparison.make(SYSTEM, moved, "now")
    content = comparison.data(compared, "csv", "zh")
    assert "13912345678" not in content.decode("utf-8-sig")
    assert [cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")) for cell in row if cell[:1] in tuple("=+-@")] == []
    assert "=县某局党总支" in {row[10] for row in rows_of_csv(content)}


def test_in_english_it_is_told_in_english(county, moved):
    compared = comparison.make(SYSTEM, moved, "now")
    header, *rows = rows_of_csv(comparison.data(compared, "csv", "en"))
    assert (header[1], header[3]) == ("Table", "Change")
    assert {row[3] for row in rows} <= {"Added", "Changed", "Removed"}


# ---- refused


def test_what_cannot_be_compared_is_refused(county, first, tmp_path):
    for before, after, code in ((first, "latest", "snapshot.same"), ("now", "now", "snapshot.same"), ("x", "now", "snapshot.unknown")):
        with pytest.raises(Refused, match=code.replace(".", r"\.")):
            comparison.make(SYSTEM, before, after)
    for role in (Role.ORGANIZATION, Role.COMMITTEE, Role.LEADER, Role.PUBLIC):
        with pytest.raises(Refused, match=r"access\.refused"):
            comparison.make(Actor("x", role), first, "now")
    with pytest.raises(Refused, match=r"comparison\.format"):
        comparison.check_format("docx")
