"""The store's commands and reads, against a bare durable insert and a flat table."""

import datetime as dt
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks import homes
from benchmarks.figures import Line, median, quantile
from benchmarks.floors import BareInsert, FlatTable, in_turn
from lib.core import forms
from lib.core.grading import DIMENSIONS, Appraisal
from lib.core.model import SYSTEM, Kind
from lib.store import appraisals, assessments, cases, db, events, gradings, organizations, rounds
from lib.store.db import Database

SAVED_ONE_ANSWER = 3.0
"""Saving one answer may take at most so many bare durable inserts (issue 2)."""
WARM = 20
READ = 10
CODES = "BENCH"
"""Codes of the organizations that a measurement adds begin with it."""
SCORES = dict.fromkeys(DIMENSIONS, 1800)
TALLY = Appraisal(50, 50, 45, 5, 0)
Work = Callable[[], object]


def measure(home: Path, size: int, *, answers: int, submissions: int, bounded: bool = True) -> list[Line]:
    """Lines for a county of `size` organizations: `answers` saved one by one, `submissions` handed in, proposed and approved."""
    with homes.at(home), db.session() as store:
        insert = BareInsert(home)
        in_turn([insert] * WARM, insert)
        lines = [_line(size, "save one answer", list(_answers(store, answers)), insert, SAVED_ONE_ANSWER if bounded else None)]
        steps = _steps(store, submissions)
        lines += [_line(size, name, list(work), insert) for name, work in steps.items()]
        rows = cases.table(store, rounds.current(store))
        flat = FlatTable(home, rows, cases.COLUMNS)
        lines.append(_line(size, "read all cases", [lambda: cases.table(store, rounds.current(store))] * READ, flat))
        lines.append(_line(size, "verify the chain", [lambda: events.first_broken(store)] * 3, partial(_read_events, store)))
        assert len(flat()) == len(rows)
        assert events.first_broken(store) is None
    return lines


def _line(size: int, name: str, work: list[Work], floor: Work, limit: float | None = None) -> Line:
    taken, least = in_turn(work, floor)
    return Line(f"{name}, {size:,}", 1000 * median(taken), p95=1000 * quantile(taken, 0.95), floor=1000 * median(least), ratio_limit=limit)


def _read_events(store: Database) -> None:
    for _ in store.conn.execute("select * from events order by seq"):
        pass


def _new_village(store: Database, number: int, at: str) -> str:
    committee = next(row for row in organizations.committees(store) if row["township"])
    code = f"{CODES}{number:04d}"
    organizations.save_organization(store, SYSTEM, {"code": code, "name": code, "kind": Kind.VILLAGE.value, "committee": committee["code"],
                                    "township": committee["township"], "members": 30, "secretary": "书记", "phone": ""}, at)
    return code


def _answers(store: Database, count: int) -> Iterator[Work]:
    """One answer after the other, as somebody goes through the form's choices."""
    at = db.iso(db.now(store))
    code = _new_village(store, 0, at)
    form = assessments.open_assessment(store, SYSTEM, code, at).form
    asked = [item for item in form.items.values() if item.type == "select_one" and item.asked]
    for number in range(count):
        item = asked[number % len(asked)]
        choice = item.choices[(number // len(asked)) % len(item.choices)].name
        yield partial(assessments.save_answers, store, SYSTEM, code, {item.name: choice}, at, {item.name: 10**9})


def _steps(store: Database, count: int) -> dict[str, Iterator[Work]]:
    """Submit, propose and approve for `count` villages; what lies between is done when the next step's first village comes."""
    moment = db.now(store)
    at, today = db.iso(moment), moment.astimezone(ZoneInfo(rounds.current(store).program.timezone)).date()
    codes = [_new_village(store, number, at) for number in range(1, count + 1)]

    def submitting() -> Iterator[Work]:
        for code in codes:
            draft = assessments.open_assessment(store, SYSTEM, code, at)
            given = {name: text for name, text in forms.example(draft.form, "good", today).items()
                     if draft.form.items[name].asked and draft.form.items[name].type != "file"}
            seq, _ = assessments.save_answers(store, SYSTEM, code, given, at)
            yield partial(assessments.submit, store, SYSTEM, code, seq, at, today)

    def proposing() -> Iterator[Work]:
        for code in codes:
            appraisals.enter_tally(store, SYSTEM, code, TALLY, at)
            gradings.save_review(store, SYSTEM, code, SCORES, [], "", at)
            yield partial(gradings.propose, store, SYSTEM, code, None, "", at)

    def approving() -> Iterator[Work]:
        for code in codes:
            until = gradings.open_notice(store, SYSTEM, code, today, at)
            yield partial(gradings.approve, store, SYSTEM, code, at, until + dt.timedelta(days=1))

    return {"submit": submitting(), "propose a grade": proposing(), "approve a grade": approving()}
