"""Import of results decided on paper."""

import pytest

from lib.core.model import SYSTEM, Actor, Refused, Role
from lib.core.phrases import LANGUAGES, explain
from lib.exchange import results_import, safe_csv
from lib.exchange.results_import import COLUMNS
from lib.store import assessments, events, gradings, rounds

HEADER = tuple(COLUMNS)
GOOD = ("V1", "95.5", "96", "92", "好", "2012-04-09")


def table(*rows, header=HEADER):
    return results_import.read(safe_csv.data(header, rows))


def today(store, at):
    return rounds.local(store, at).date()


def take(store, at, *rows, **more):
    return results_import.import_table(store, SYSTEM, table(*rows, **more), at)


def refusal(store, at, *rows) -> list[tuple[str, int, str, dict]]:
    before = events.head(store)
    with pytest.raises(Refused) as refused:
        take(store, at, *rows)
    assert events.head(store) == before
    found = []
    for problem in refused.value.problems:
        assert all(explain(problem, language) for language in LANGUAGES)
        params = dict(problem.params)
        found.append((problem.code, params.pop("row"), params.pop("letter"), {k: v for k, v in params.items() if k != "column"}))
    return found


def changed(row, **columns):
    return tuple(columns.get(column, cell) for column, cell in zip(HEADER, row, strict=True))


def test_a_result_becomes_the_approved_one(small_county, at):
    before = events.head(small_county)
    dry = results_import.plan(small_county, SYSTEM, table(GOOD), today(small_county, at))
    assert events.head(small_county) == before
    assert take(small_county, at, GOOD) == dry
    kept = gradings.get(small_county, "2012", "V1")
    assert (dry.added, dry.warnings) == (1, ())
    assert {name: kept[name] for name in ("source", "self_score", "satisfaction", "review_score", "final_score", "grade", "decided_on")} == {
        "source": "paper", "self_score": 9550, "satisfaction": 9600, "review_score": 9200, "final_score": 9333, "grade": "good",
        "decided_on": "2012-04-09"}
    assert assessments.state(small_county, "2012", "V1") == "approved"


def test_the_same_file_again_changes_nothing_and_another_replaces(small_county, at):
    take(small_county, at, GOOD)
    before = events.head(small_county)
    again = take(small_county, at, GOOD)
    assert (again.added, again.changed, again.unchanged, events.head(small_county)) == (0, 0, 1, before)
    other = take(small_county, at, changed(GOOD, review_score="93.25"), changed(GOOD, code="a1"))
    assert (other.added, other.changed, other.unchanged) == (1, 1, 0)
    assert gradings.get(small_county, "2012", "V1")["review_score"] == 9325
    assert gradings.get(small_county, "2012", "A1")["grade"] == "good"


@pytest.mark.parametrize(("grade", "code"), [("好", "good"), ("较好", "fairly_good"), ("average", "average"), (" 较 差 ", "poor"),
                                             ("Fairly good", "fairly_good")])
def test_a_grade_by_code_or_label(small_county, at, grade, code):
    [result] = results_import.plan(small_county, SYSTEM, table(changed(GOOD, grade=grade)), today(small_county, at)).results
    assert result.grade == code


@pytest.mark.parametrize("day", ["2012-04-09", "2012/4/9", "2012.4.9", "2012年4月9日", "2012年04月09日", "２０１２-４-９", "20120409",
                                 "2012-04-09 00:00:00", "41008"])
def test_a_date_in_every_usual_way(small_county, at, day):
    [result] = results_import.plan(small_county, SYSTEM, table(changed(GOOD, decided_on=day)), today(small_county, at)).results
    assert result.decided_on == "2012-04-09"


@pytest.mark.parametrize(("score", "hundredths"), [("0", 0), ("100", 10000), ("100.00", 10000), ("92.3", 9230), ("92.35", 9235), ("９２", 9200),
                                                   ("92分", 9200), ("", None)])
def test_scores_become_hundredths(small_county, at, score, hundredths):
    [result] = results_import.plan(small_county, SYSTEM, table(changed(GOOD, self_score=score)), today(small_county, at)).results
    assert result.self_score == hundredths


@pytest.mark.parametrize(("columns", "expected"), [
    ({"code": "V9"}, ("cell.unknown_code", 2, "A", {"value": "V9"})),
    ({"satisfaction": "140"}, ("cell.score", 2, "C", {"value": "140"})),
    ({"satisfaction": "140%"}, ("cell.score", 2, "C", {"value": "140%"})),
    ({"satisfaction": "0.95"}, ("cell.share", 2, "C", {"value": "0.95"})),
    ({"satisfaction": "1"}, ("cell.share", 2, "C", {"value": "1"})),
    ({"self_score": "100.01"}, ("cell.score", 2, "B", {"value": "100.01"})),
    ({"self_score": "92.345"}, ("cell.score", 2, "B", {"value": "92.345"})),
    ({"review_score": "-1"}, ("cell.score", 2, "D", {"value": "-1"})),
    ({"review_score": "九十"}, ("cell.score", 2, "D", {"value": "九十"})),
    ({"grade": "优秀"}, ("cell.no_such", 2, "E", {"value": "优秀"})),
    ({"grade": "很好"}, ("cell.no_such_guess", 2, "E", {"value": "很好", "guess": "好"})),
    ({"grade": ""}, ("cell.empty", 2, "E", {})),
    ({"decided_on": ""}, ("cell.empty", 2, "F", {})),
    ({"decided_on": "2012-02-30"}, ("cell.date", 2, "F", {"value": "2012-02-30"})),
    ({"decided_on": "四月九日"}, ("cell.date", 2, "F", {"value": "四月九日"})),
    ({"decided_on": "2012-04-11"}, ("cell.future", 2, "F", {"value": "2012-04-11"})),
], ids=lambda value: ",".join(f"{k}={v}" for k, v in value.items()) if isinstance(value, dict) else None)
def test_what_is_wrong_with_a_cell_is_said_by_row_and_column_and_nothing_changed(small_county, at, columns, expected):
    assert refusal(small_county, at, changed(GOOD, **columns)) == [expected]


def test_one_bad_row_keeps_the_good_ones_out(small_county, at):
    assert refusal(small_county, at, GOOD, changed(GOOD, code="V2", satisfaction="140"), changed(GOOD, code="V9", grade="优"), GOOD) == [
        ("cell.score", 3, "C", {"value": "140"}), ("cell.unknown_code", 4, "A", {"value": "V9"}), ("cell.no_such", 4, "E", {"value": "优"}),
        ("cell.twice", 5, "A", {"value": "V1", "first": 2})]
    assert gradings.get(small_county, "2012", "V1") is None


@pytest.mark.parametrize(("columns", "expected"), [
    ({"grade": "较好"}, "good"),
    ({"satisfaction": "89.99"}, "average"),  # satisfaction below 90 % bars 好 and 较好
    ({"satisfaction": "49"}, "poor"),
    ({"review_score": "75"}, "fairly_good"),
    ({"review_score": ""}, None),  # the scores do not suffice to say
    ({}, None)])
def test_a_grade_that_the_rules_would_not_give_is_a_warning_in_the_dry_run_too(small_county, at, columns, expected):
    dry = results_import.plan(small_county, SYSTEM, table(changed(GOOD, **columns)), today(small_county, at))
    assert take(small_county, at, changed(GOOD, **columns)) == dry
    assert [(w.code, dict(w.params)["expected"]) for w in dry.warnings] == ([("import.grade_differs", expected)] if expected else [])


def test_the_dry_run_warns_of_what_the_command_itself_would_answer(small_county, at):
    [result] = results_import.plan(small_county, SYSTEM, table(changed(GOOD, grade="一般")), today(small_county, at)).results
    assert gradings.record_result(small_county, SYSTEM, "V1", result.grade, result.decided_on, at, self_score=result.self_score,
                                  satisfaction=result.satisfaction, review_score=result.review_score) == "good"


def test_a_file_without_scores_is_enough(small_county, at):
    assert take(small_county, at, ("V1", "较好", "2012-04-09"), header=("编码", "等次", "核准日期")).added == 1
    kept = gradings.get(small_county, "2012", "V1")
    assert (kept["grade"], kept["self_score"], kept["final_score"]) == ("fairly_good", None, None)


@pytest.mark.parametrize("role", [Role.ORGANIZATION, Role.COMMITTEE, Role.LEADER, Role.PUBLIC])
def test_only_the_county_records_results(small_county, at, role):
    with pytest.raises(Refused, match=r"access\.refused"):
        results_import.import_table(small_county, Actor("x", role), table(GOOD), at)
    assert gradings.get(small_county, "2012", "V1") is None
