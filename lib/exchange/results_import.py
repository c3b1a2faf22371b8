"""Import of results decided on paper: scores, satisfaction and grade of each organization, written whole or not at all."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from lib.core import access, grading, phrases
from lib.core.access import Action
from lib.core.model import Actor, Grade, Problem, Refused
from lib.core.model import Words as Text
from lib.core.program import Program
from lib.exchange import tabular
from lib.exchange.cells import Added, Changed, Checker, Words
from lib.exchange.tabular import Row, Table
from lib.store import gradings, imports, organizations, rounds
from lib.store.db import Database, command

COLUMNS = {
    "code": ("编码", "组织编码", "代码", "组织代码"),
    "self_score": ("自评分", "自评得分"),
    "satisfaction": ("群众满意率", "满意率", "群众满意度", "满意度"),
    "review_score": ("评定分", "评定得分"),
    "grade": ("等次", "评定等次"),
    "decided_on": ("核准日期", "评定日期"),
}
"""Code of each column → other headers that are understood."""
REQUIRED = ("code", "grade", "decided_on")
SCORES = ("self_score", "satisfaction", "review_score")


@dataclass(frozen=True)
class Result:
    """One organization's result; scores in hundredths of a point, satisfaction in hundredths of a per cent."""

    code: str
    grade: Grade
    decided_on: str
    self_score: int | None
    satisfaction: int | None
    review_score: int | None


@dataclass(frozen=True)
class Plan:
    """What an import would do: results to write, how many of them are new or replace others, and what stays as it is; cell by cell in `cells`
    and `news`."""

    results: tuple[Result, ...]
    added: int
    changed: int
    unchanged: int
    cells: tuple[Changed, ...]
    news: tuple[Added, ...]
    warnings: tuple[Problem, ...]


def read(content: bytes) -> Table:
    """The table of a results file. Raises Refused."""
    return tabular.read(content, COLUMNS, REQUIRED)


def _grades() -> Words:
    shown = {grade.value: phrases.text(f"grade.{grade}", "zh") for grade in Grade}
    return Words(((word, grade.value) for grade in Grade
                  for word in (grade.value, *(phrases.text(f"grade.{grade}", language) for language in phrases.LANGUAGES))), shown)


def _satisfaction(check: Checker, row: Row) -> int | None:
    """A rate in per cent. A cell formatted as per cent holds 0.95 for 95 %: between 0 and 1 nobody can tell, so it is refused."""
    value = check.hundredths(row, "satisfaction")
    if value is not None and 0 < value <= 100 and not row.cells["satisfaction"].endswith(("%", "％")):
        check.refuse(row, "satisfaction", "cell.share", value=row.cells["satisfaction"])
    return value


def plan(db: Database, actor: Actor, table: Table, today: dt.date) -> Plan:
    """What importing a table would do; nothing is written. Raises Refused with every problem of every row."""
    access.require(actor, Action.RECORD_RESULT)
    check, grades, seen = Checker(table), _grades(), {}
    program = rounds.current(db).program
    known = {row.code.casefold(): row for row in organizations.every(db, actor, closed=True)}
    before = gradings.every(db, rounds.current(db).code)
    results, cells, news, unchanged = [], [], [], 0
    for row in table.rows:
        code = check.code(row)
        organization = code and known.get(code.casefold())
        if code and organization is None:
            check.refuse(row, "code", "cell.unknown_code", value=code)
        if code and seen.setdefault(code.casefold(), row.number) != row.number:
            check.refuse(row, "code", "cell.twice", value=code, first=seen[code.casefold()])
        self_score, satisfaction = check.hundredths(row, "self_score"), _satisfaction(check, row)
        review_score = check.hundredths(row, "review_score")
        grade, day = check.chosen(row, "grade", grades), check.date(row, "decided_on", today)
        if organization is None or grade is None or day is None:
            continue
        result = Result(organization.code, Grade(grade), day.isoformat(), self_score, satisfaction, review_score)
        standing = before.get(result.code)
        _warn(check, row, result, organization.kind, organization.closed_on, organization.name, standing, program)
        if standing is None:
            news.append(Added(row.number, organization.name))
        else:
            earlier = Result(result.code, Grade(standing["grade"]), *(standing[column] for column in ("decided_on", *SCORES)))
            if earlier == result and standing["source"] == "paper" and standing["approved_at"]:
                unchanged += 1
                continue
            cells += _changes(row, organization.name, earlier, result)
        results.append(result)
    if check.problems:
        raise Refused(problems=tuple(check.problems))
    return Plan(tuple(results), len(news), len(results) - len(news), unchanged, tuple(cells), tuple(news), check.told())


def _changes(row: Row, name: str, earlier: Result, result: Result) -> Iterator[Changed]:
    """The cells that differ from a result that stands."""
    for column in COLUMNS:
        before, after = (_shown(column, getattr(each, column)) for each in (earlier, result))
        if before != after:
            yield Changed(row.number, name, column, before, after)


def _shown(column: str, value: object) -> str | Text:
    if value is None:
        return ""
    if column == "grade":
        return Text(*(phrases.text(f"grade.{value}", language) for language in phrases.LANGUAGES))
    return f"{value / 100:g}" if column in SCORES else str(value)


def _warn(check: Checker, row: Row, result: Result, kind: str, closed_on: str | None, name: str, standing: dict | None,
          program: Program) -> None:
    if closed_on:
        check.warn(row, "code", "import.closed", name=name, on=closed_on)
    if standing and standing["source"] == "review":
        check.warn(row, "grade", "import.replaces_review", name=name, grade=standing["grade"])
    expected = grading.grade_by_scores(program, kind, self_score=result.self_score, satisfaction=result.satisfaction, review=result.review_score)
    if expected and expected != result.grade:
        check.warn(row, "grade", "import.grade_differs", name=name, grade=result.grade.value, expected=expected.value)


def import_table(db: Database, actor: Actor, table: Table, at: str) -> Plan:
    """Import a table, all of it or nothing, keep what it takes to undo it, and return what was done. Raises Refused with every problem of
    every row."""
    with command(db):
        work = plan(db, actor, table, rounds.local(db, at).date())
        before = [(result.code, *imports.result(db, result.code)) for result in work.results]
        for result in work.results:
            gradings.record_result(db, actor, result.code, result.grade, result.decided_on, at, self_score=result.self_score,
                                   satisfaction=result.satisfaction, review_score=result.review_score)
        if before:
            imports.keep(db, actor, imports.RESULTS, {"results": before}, work.added, work.changed, at)
    return work
