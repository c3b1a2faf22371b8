"""Counting by DuckDB over the bundles' CSV files: every file is read once, by all counties of a run together."""

import csv
import datetime as dt
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from lib.core.model import Refused
from lib.core.program import Program
from lib.exchange import safe_csv
from lib.rollup import measures
from lib.rollup.sources import Given, unpacked

LONGEST = 2**24
"""Bytes of one line of CSV at most."""


@dataclass(frozen=True)
class Counts:
    """What was counted of one county: figure → met, among, pleased, returned, sum of rates; (kind, grade) → organizations.

    A figure that its snapshot has no tables or columns for is missing. Whole numbers all of them, so that it is no matter where they are added up.
    """

    figures: dict[str, tuple[int, ...]]
    grades: dict[tuple[str, str], int]


NONE = (0, 0, 0, 0, 0)
READ = {
    "cases": ("code", "kind", "committee", "township", "state", "grade", "class_start", "class_now", "returned", "satisfied", "basically_satisfied",
              "satisfaction", "windows"),
    "rounds": ("code", "opened_at"), "committees": ("code", "township"), "submissions": ("id", "round"),
    "answers": ("submission", "organization", "item", "value"),
    "ledger": ("organization", "state", "leader", "due_on", "applied_on"),
    "records": ("id", "register", "round", "organization", "committee", "state", "removed_at"),
    "record_answers": ("record", "register", "item", "value"),
}
"""Table → columns that are read of it."""
LATER = {"cases": ("windows",)}
"""Table → those of them that a bundle of an older program does not have."""
NUMBERS = {"satisfaction": "cast(100 * cast(satisfaction as decimal(9, 2)) as bigint) as satisfaction",
           **{column: f"cast({column} as bigint) as {column}" for column in ("returned", "satisfied", "basically_satisfied", "windows")}}
"""Columns that are no texts; a rate is kept in hundredths."""
NAMED = {"committees": "committee_places", "record_answers": "record_values"}
"""Tables that stand under another name, since what is counted over has theirs."""
ONLY = {"answers": measures.ANSWERS, "record_answers": sorted({item for items in measures.VALUES.values() for item in items})}
"""Tables of which only some items are kept."""


def count(given: Sequence[Given], program: Program) -> list[Counts]:
    """Everything that is counted of each county, in the order given. Raises Refused for a file that is not what it should be."""
    with unpacked(given) as folders, duckdb.connect() as engine:
        try:
            has = [{*each.tables, *_later(each, folder)} for each, folder in zip(given, folders, strict=True)]
            _read(engine, given, folders, has, program)
            rows = engine.execute(measures.counts()).fetchall()
            grades = engine.execute(measures.GRADES).fetchall()
        except (duckdb.Error, csv.Error, UnicodeError) as error:
            raise Refused("rollup.unreadable", detail=str(error).splitlines()[0][:300]) from None
    found = [Counts({code: NONE for code, measure in measures.MEASURES.items() if own.issuperset(measure.needs)}, {}) for own in has]
    for k, figure, *counted in rows:
        if figure in found[k].figures:
            found[k].figures[figure] = tuple(int(number or 0) for number in counted)
    for k, kind, standing, number in grades:
        found[k].grades[kind, standing] = number
    return found


def _later(given: Given, folder: Path) -> Iterator[str]:
    """Those columns of LATER that one county's files have, as `table.column`."""
    for table, columns in LATER.items():
        if table in given.tables:
            with (folder / f"{table}.csv").open(encoding=safe_csv.ENCODING, newline="") as file:
                header = next(csv.reader(file), [])
            yield from (f"{table}.{column}" for column in columns if column in header)


def _read(engine: duckdb.DuckDBPyConnection, given: Sequence[Given], folders: Sequence[Path], has: Sequence[Set[str]], program: Program) -> None:
    zone = ZoneInfo(program.timezone)
    engine.execute("create table days(k integer, day varchar)")
    engine.executemany("insert into days values(?, ?)", [
        (k, dt.datetime.fromisoformat(each.at).astimezone(zone).date().isoformat()) for k, each in enumerate(given)])
    for table, columns in READ.items():
        files = {(folder / f"{table}.csv").as_posix(): k for k, (each, folder) in enumerate(zip(given, folders, strict=True)) if table in each.tables}
        name = NAMED.get(table, table)
        if not files:
            engine.execute(f"create table {name}(k integer, {', '.join(f'{column} varchar' for column in columns)})")
            continue
        engine.execute("create or replace temp table files(filename varchar, k integer)")
        engine.executemany("insert into files values(?, ?)", list(files.items()))
        held = set().union(*has)
        lacking = {column for column in LATER.get(table, ()) if f"{table}.{column}" not in held}  # from every county's file
        selected = (f"null as {column}" if column in lacking else NUMBERS.get(column, column) for column in columns)
        only = f" where item in {measures.listed(ONLY[table])}" if table in ONLY else ""
        engine.execute(f"create table {name} as select f.k, {', '.join(selected)} "
                       f"from {scan(list(files))} t join files f using (filename){only}")
    engine.execute("create view latest_rounds as select k, arg_max(code, (opened_at, code)) as code from rounds group by k")
    for made in measures.tables(program):
        engine.execute(made)


def scan(files: Sequence[str]) -> str:
    """Several CSV files as one table of texts; empty cells are nulls."""
    listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
    return (f"read_csv([{listed}], all_varchar = true, header = true, delim = ',', quote = '\"', escape = '\"', union_by_name = true, "
            f"filename = true, max_line_size = {LONGEST})")
