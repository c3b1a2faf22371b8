"""Import of organizations: everything wrong at once, and all or nothing."""

import pytest

from lib.core.model import SYSTEM, Actor, Refused, Role
from lib.core.phrases import LANGUAGES, explain
from lib.exchange import registry_import, safe_csv
from lib.exchange.registry_import import COLUMNS
from lib.store import events, organizations, rounds

HEADER = tuple(COLUMNS)
VILLAGE = ("V1", "甲村党支部", "村", "冯原镇党委", "冯原镇", "35", "张书记", "13800000000", "一类")
AGENCY = ("A1", "县某局党支部", "agency", "县直机关工委", "", "", "", "", "")


def table(*rows, header=HEADER):
    return registry_import.read(safe_csv.data(header, rows))


def take(store, at, *rows, **more):
    return registry_import.import_table(store, SYSTEM, table(*rows, **more), at)


def refusal(store, *rows) -> list[tuple[str, int, str, dict]]:
    with pytest.raises(Refused) as refused:
        registry_import.plan(store, SYSTEM, table(*rows))
    found = []
    for problem in refused.value.problems:
        assert all(explain(problem, language) for language in LANGUAGES)
        params = dict(problem.params)
        found.append((problem.code, params.pop("row"), params.pop("letter"), {k: v for k, v in params.items() if k != "column"}))
    return found


def changed(row, **columns):
    return tuple(columns.get(column, cell) for column, cell in zip(HEADER, row, strict=True))


def test_a_dry_run_says_what_the_import_then_does(store, at):
    before = events.head(store)
    plan = registry_import.plan(store, SYSTEM, table(VILLAGE, AGENCY))
    assert (plan.added, plan.changed, plan.unchanged, plan.committees) == (2, 0, 0, (("C001", "县直机关工委"),))
    assert events.head(store) == before
    assert take(store, at, VILLAGE, AGENCY) == plan
    village, agency = organizations.get(store, "V1"), organizations.get(store, "A1")
    assert (village.name, village.kind, village.committee, village.township, village.members, village.secretary, village.phone) == (
        "甲村党支部", "village", "610525101000", "610525101", 35, "张书记", "13800000000")
    assert (agency.committee, agency.committee_name, agency.township, agency.members) == ("C001", "县直机关工委", None, None)
    assert organizations.class_now(store, "2012", "V1", "start") == "first"
    assert events.first_broken(store) is None


def test_the_same_file_again_changes_nothing(store, at):
    take(store, at, VILLAGE, AGENCY)
    before = events.head(store)
    plan = take(store, at, VILLAGE, AGENCY)
    assert (plan.added, plan.changed, plan.unchanged, plan.committees, plan.warnings) == (0, 0, 2, (), ())
    assert events.head(store) == before


def test_a_later_file_changes_what_differs_and_numbers_new_committees_on(store, at):
    take(store, at, VILLAGE, AGENCY)
    plan = take(store, at, changed(VILLAGE, members="36", start_class="示范村"), changed(AGENCY, code="A2", committee="县教育系统党委"))
    assert (plan.added, plan.changed, plan.unchanged, plan.committees) == (1, 1, 0, (("C002", "县教育系统党委"),))
    assert organizations.get(store, "V1").members == 36
    assert organizations.class_history(store, "V1")[0]["value"] == "demonstration"


def test_a_column_that_the_file_lacks_stays_as_it_is(store, at):
    take(store, at, VILLAGE)
    plan = take(store, at, ("v1", "甲村党总支", "village", "610525101000"), header=HEADER[:4])
    after = organizations.get(store, "V1")
    assert (plan.changed, after.name, after.township, after.members, after.phone) == (1, "甲村党总支", "610525101", 35, "13800000000")


@pytest.mark.parametrize("township", ["610525101", "冯原镇", "冯原", " 冯 原 镇", "６１０５２５１０１"])
def test_a_township_is_known_by_code_name_and_name_without_suffix(store, township):
    assert registry_import.plan(store, SYSTEM, table(changed(VILLAGE, township=township))).rows[0]["township"] == "610525101"


@pytest.mark.parametrize(("kind", "start_class", "expected"), [
    ("village", "demonstration", "demonstration"), ("村", "示范", "demonstration"), ("行政村", "一类村", "first"), ("村", "四类", "fourth"),
    ("Village", "Class 2", "second"), ("社区", "五星", "5"), ("社区", "五星级", "5"), ("社区", "5", "5"), ("社区", "5星", "5"),
    ("community", "1 star", "1")])
def test_kinds_and_classes_by_code_or_label(store, kind, start_class, expected):
    plan = registry_import.plan(store, SYSTEM, table(changed(VILLAGE, kind=kind, start_class=start_class)))
    assert plan.classes == (("V1", expected),)


@pytest.mark.parametrize(("columns", "expected"), [
    ({"code": ""}, ("cell.empty", 2, "A", {})),
    ({"code": "1.38E+10"}, ("cell.lost_digits", 2, "A", {"value": "1.38E+10"})),
    ({"code": "甲/1"}, ("cell.code", 2, "A", {"value": "甲/1"})),
    ({"name": ""}, ("cell.empty", 2, "B", {})),
    ({"name": "甲" * 101}, ("cell.too_long", 2, "B", {"limit": 100})),
    ({"kind": "事业单位们", "start_class": ""}, ("cell.no_such_guess", 2, "C", {"value": "事业单位们", "guess": "事业单位"})),
    ({"kind": "xyz"}, ("cell.no_such", 2, "C", {"value": "xyz"})),
    ({"committee": ""}, ("cell.empty", 2, "D", {})),
    ({"township": "冯塬镇"}, ("cell.no_such_guess", 2, "E", {"value": "冯塬镇", "guess": "冯原镇"})),
    ({"members": "三十"}, ("cell.not_whole", 2, "F", {"value": "三十", "most": 100000})),
    ({"members": "-3"}, ("cell.not_whole", 2, "F", {"value": "-3", "most": 100000})),
    ({"phone": "1.38E+10"}, ("cell.lost_digits", 2, "H", {"value": "1.38E+10"})),
    ({"start_class": "五类"}, ("cell.no_such_guess", 2, "I", {"value": "五类", "guess": "一类村"})),
    ({"kind": "机关"}, ("cell.no_class", 2, "I", {"kind": "agency", "value": "一类"})),
], ids=lambda value: ",".join(f"{k}={v[:10]}" for k, v in value.items()) if isinstance(value, dict) else None)
def test_what_is_wrong_with_a_cell_is_said_by_row_and_column(store, columns, expected):
    assert refusal(store, changed(VILLAGE, **columns)) == [expected]


def test_everything_wrong_is_said_at_once_and_nothing_is_changed(store, at):
    rows = (VILLAGE, changed(VILLAGE, name="乙村", township="冯塬镇"), changed(AGENCY, kind="机构", members="x"), AGENCY)
    before = events.head(store)
    with pytest.raises(Refused) as refused:
        take(store, at, *rows)
    assert [(p.code, dict(p.params)["row"]) for p in refused.value.problems] == [
        ("cell.twice", 3), ("cell.no_such_guess", 3), ("cell.no_such_guess", 4), ("cell.not_whole", 4), ("cell.twice", 5)]
    assert (events.head(store), organizations.every(store, SYSTEM), len(organizations.committees(store))) == (before, [], 10)


def test_a_code_twice_names_both_rows_whatever_its_case(store):
    assert refusal(store, VILLAGE, AGENCY, changed(VILLAGE, code="v1")) == [("cell.twice", 4, "A", {"value": "v1", "first": 2})]


def test_a_new_committee_very_like_a_known_one_is_pointed_out_once(store):
    plan = registry_import.plan(store, SYSTEM, table(changed(VILLAGE, committee="冯塬镇党委"), changed(VILLAGE, code="V2", committee="冯塬镇 党委")))
    assert plan.committees == (("C001", "冯塬镇党委"),)
    assert [(w.code, dict(w.params)["row"], dict(w.params)["guess"]) for w in plan.warnings] == [("import.near_committee", 2, "冯原镇党委")]


def test_a_closed_organization_is_pointed_out(store, at):
    take(store, at, VILLAGE)
    organizations.close_organization(store, SYSTEM, "V1", "2012-04-01", "并村", at)
    assert [w.code for w in registry_import.plan(store, SYSTEM, table(VILLAGE)).warnings] == ["import.closed"]


@pytest.mark.parametrize("role", [Role.ORGANIZATION, Role.COMMITTEE, Role.LEADER, Role.PUBLIC])
def test_only_the_county_imports(store, at, role):
    with pytest.raises(Refused, match=r"access\.refused"):
        registry_import.import_table(store, Actor("x", role), table(VILLAGE), at)
    assert organizations.every(store, SYSTEM) == []


def test_the_start_class_is_dated_at_the_beginning_of_the_round(store, at):
    take(store, at, VILLAGE)
    [decision] = organizations.class_history(store, "V1")
    assert (decision["moment"], decision["decided_on"], decision["round"]) == ("start", "2012-01-01", rounds.current(store).code)
