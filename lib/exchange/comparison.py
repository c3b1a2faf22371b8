"""What differs between two snapshots, or one and now, over the tables of the CSV bundle: counted by table, told by record and field.

The differences lie in a temporary folder, one file a table, and are read from there by the screen and by every download: they may be many.
Events are counted and not listed: every change has one, and they say nothing that the other tables do not.
"""

import datetime as dt
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO
from zoneinfo import ZoneInfo

from lib.core import access, differences, phrases
from lib.core.access import Action
from lib.core.differences import CHANGED, KINDS, Difference, Row
from lib.core.model import SYSTEM, Actor, Refused
from lib.exchange import bundle_tables, safe_csv, spreadsheet
from lib.exchange.bundle_tables import MANY, SHEETS, Sheet, Source
from lib.exchange.spreadsheet import Cell
from lib.store import db, events, organizations, snapshots

MOMENT = "%Y-%m-%d %H:%M:%S"
COUNTED = "events"
BY = {"answers": ("organization", "item")}
"""Tables whose primary key names a version: what a person tells their rows apart by. The rest of that key is not compared."""
ABOUT = ("name", "organization", "register_label", "item_label", "problem", "text")
"""Columns that say what a row is about, as far as a table has them; an organization by its name."""
COLUMNS = ("table", "table_label", "change", "change_label", "key", "about", "field", "field_label", "before", "before_label", "after", "after_label")
FORMATS = ("xlsx", "csv", "zip")
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Layout:
    """How a table of the bundle is compared: its columns by name, the places of its key, which column says what another's code means."""

    sheet: Sheet
    places: tuple[int, ...]
    names: tuple[str, ...]
    key: tuple[int, ...]
    labels: Mapping[str, str]


def layout(sheet: Sheet) -> Layout:
    by = BY.get(sheet.name, sheet.key)
    every = [field.name for field in sheet.fields]
    places = tuple(place for place, name in enumerate(every) if name in by or name not in sheet.key)
    names = tuple(every[place] for place in places)
    labels = {name: f"{name}{ending}" for name in names for ending in ("_label", "_name") if f"{name}{ending}" in names}
    return Layout(sheet, places, names, tuple(names.index(name) for name in by), labels)


LAYOUTS: Mapping[str, Layout] = {sheet.name: layout(sheet) for sheet in SHEETS if sheet.name != COUNTED}


def title(table: str, field: str, language: str) -> str:
    """What a field is called; one of codes as the column that says what they mean."""
    return phrases.text(f"field.{LAYOUTS[table].labels.get(field, field)}", language)


@dataclass(frozen=True)
class State:
    """One side: a snapshot's id or snapshots.NOW, what it is called, when it was taken (the county's clock)."""

    code: str
    label: str
    at: str


@dataclass(frozen=True)
class Line:
    """One line of a list: what changed in one field of a record; of a record that came or went whole, `field` is empty and its contents
    stand on one side.
    """

    table: str
    change: str
    key: str
    about: str
    field: str
    before: str
    before_label: str
    after: str
    after_label: str

    def cells(self, language: str) -> tuple[str, ...]:
        """Under COLUMNS."""
        field = title(self.table, self.field, language) if self.field else ""
        return (self.table, phrases.text(f"sheet.{self.table}", language), self.change, phrases.text(f"comparison.{self.change}", language), self.key,
                self.about, self.field, field, self.before, self.before_label, self.after, self.after_label)


@dataclass(frozen=True)
class Compared:
    """Two states with what differs. `counts`: table → kind (differences.KINDS) → records; `lines`: table → lines of its list."""

    before: State
    after: State
    counts: Mapping[str, Mapping[str, int]]
    lines: Mapping[str, int]
    folder: TemporaryDirectory  # goes with the last who holds this

    @cached_property
    def differing(self) -> tuple[str, ...]:
        """Tables that have a list."""
        return tuple(table for table, count in self.lines.items() if count)

    def of(self, table: str, language: str) -> Iterator[Line]:
        """The list of a table."""
        if not self.lines.get(table):
            return
        with _file(self.folder, table).open(encoding="utf-8") as file:
            for told in file:
                kind, key, about, cells = json.loads(told)
                if kind == CHANGED:
                    for field, *values in cells:
                        yield Line(table, kind, key, about, field, *values)
                else:
                    contents = _contents(table, cells, language)
                    yield Line(table, kind, key, about, "", *(("", "", contents, "") if kind == differences.ADDED else (contents, "", "", "")))


def _file(folder: TemporaryDirectory, table: str) -> Path:
    return Path(folder.name) / table


def _contents(table: str, cells: Iterable[list[str]], language: str) -> str:
    """A whole record in words: every field that says something, what a code means in place of the code."""
    told = {title(table, field, language): label or value for field, value, label in cells}
    return phrases.text("comparison.join", language).join(phrases.text("comparison.pair", language, field=field, value=value)
                                                          for field, value in told.items())


# ---- comparing


def make(actor: Actor, before: str, after: str, progress: Progress = lambda done, of, table: None) -> Compared:
    """Compare two snapshots by their ids; either may be snapshots.LATEST or snapshots.NOW.

    `progress` is told how many of how many tables are done, and which comes next. Raises Refused.
    """
    access.require(actor, Action.MANAGE_SNAPSHOTS)
    before, after = (code if code == snapshots.NOW else snapshots.get(code)["id"] for code in (before, after))
    if before == after:
        raise Refused("snapshot.same")
    folder, counts, lines = TemporaryDirectory(prefix="comparison-"), {}, {}
    with ExitStack() as stack:
        sides = [_Side(code, Source(stack.enter_context(snapshots.reading(code)))) for code in (before, after)]
        for done, (table, how) in enumerate(LAYOUTS.items()):
            progress(done, len(LAYOUTS), table)
            counts[table], lines[table] = _list(how, *sides, _file(folder, table))
        older, newer = (events.head(side.source.db)[0] for side in sides)
        counts[COUNTED] = {**dict.fromkeys(KINDS, 0), "added": max(0, newer - older), "removed": max(0, older - newer)}
        progress(len(LAYOUTS), len(LAYOUTS), COUNTED)
        return Compared(*(side.state for side in sides), counts, lines, folder)


class _Side:
    """One state while it is read."""

    def __init__(self, code: str, source: Source):
        self.source = source
        self.zone = ZoneInfo(source.round.program.timezone)
        if code == snapshots.NOW:
            self.state = State(code, "", self.local(db.iso(db.now(source.db))))
        else:
            manifest = snapshots.get(code)
            self.state = State(code, manifest["label"], self.local(manifest["created_at"]))
        self.organizations = {row.code: row.name for row in organizations.every(source.db, SYSTEM, closed=True)}

    def local(self, moment: str) -> str:
        return dt.datetime.fromisoformat(moment).astimezone(self.zone).strftime(MOMENT)

    def rows(self, how: Layout) -> Iterator[Row]:
        for row in bundle_tables.cells(how.sheet, self.source, self.local):
            yield tuple(row[place] for place in how.places)


def _list(how: Layout, before: _Side, after: _Side, file: Path) -> tuple[dict[str, int], int]:
    """Write down every difference of a table. Gives the records by kind, and the lines that they make."""
    counts, lines = dict.fromkeys(KINDS, 0), 0
    organizations = before.organizations | after.organizations
    with file.open("w", encoding="utf-8") as out:
        for found in differences.between(lambda: before.rows(how), lambda: after.rows(how), how.key):
            cells = _changed(how, found) if found.kind == CHANGED else _whole(how, found.row)
            counts[found.kind] += 1
            lines += len(cells) if found.kind == CHANGED else 1
            key = MANY.join(found.row[place] for place in how.key)
            json.dump((found.kind, key, _about(how, found.row, organizations), cells), out, ensure_ascii=False)
            out.write("\n")
    return counts, lines


def _changed(how: Layout, found: Difference) -> list[tuple[str, ...]]:
    """Field, before, what that means, after, what that means: for each field that changed. A label follows its code."""
    names = [how.names[place] for place in found.fields]
    follow = {how.labels[name] for name in names if name in how.labels}
    was, now = (dict(zip(how.names, row, strict=True)) for row in (found.before, found.after))
    return [(name, *(part for row in (was, now) for part in (row[name], row.get(how.labels.get(name), "")))) for name in names if name not in follow]


def _whole(how: Layout, row: Row) -> list[tuple[str, str, str]]:
    """Field, value, what it means: for each field that says something."""
    told = dict(zip(how.names, row, strict=True))
    follow = set(how.labels.values())
    return [(name, value, told.get(how.labels.get(name), "")) for name, value in told.items() if value and name not in follow]


def _about(how: Layout, row: Row, organizations: Mapping[str, str]) -> str:
    told = dict(zip(how.names, row, strict=True))
    parts = (organizations.get(told[name], told[name]) if name == "organization" else told[name] for name in ABOUT if told.get(name))
    return " · ".join(dict.fromkeys(parts))


# ---- downloads


def name(compared: Compared, ending: str, language: str) -> str:
    """File name of a comparison."""
    return phrases.text("comparison.file", language, before=compared.before.code, after=compared.after.code) + f".{ending}"


def check_format(ending: str) -> None:
    """Raises Refused for a kind of file that a comparison is not written as."""
    if ending not in FORMATS:
        raise Refused("comparison.format", known=phrases.listed(f".{each}" for each in FORMATS))


def write(compared: Compared, file: BinaryIO, ending: str, language: str | None) -> None:
    """Write a comparison: `xlsx` (a summary and a sheet for each table), `csv` (all lines in one table), `zip` (a CSV file for each).

    Headers are codes without a language.
    """
    check_format(ending)
    spoken = language or "zh"
    header = list(COLUMNS) if language is None else [phrases.text(f"comparison.column.{column}", language) for column in COLUMNS]
    tables = [(table, (line.cells(spoken) for line in compared.of(table, spoken))) for table in compared.differing]
    match ending:
        case "xlsx":
            summary = spreadsheet.Sheet(phrases.text("comparison.summary", spoken), *_summary(compared, language))
            lists = (spreadsheet.Sheet(phrases.text(f"sheet.{table}", spoken), header, rows) for table, rows in tables)
            spreadsheet.write(file, (summary, *lists))
        case "csv":
            _csv(file, header, (row for _, rows in tables for row in rows))
        case "zip":
            with zipfile.ZipFile(file, "w") as archive:
                for table, (head, rows) in {"summary": _summary(compared, language), **{table: (header, rows) for table, rows in tables}}.items():
                    with archive.open(safe_csv.member(f"{table}.csv"), "w") as member:
                        _csv(member, head, rows)


def data(compared: Compared, ending: str, language: str | None) -> bytes:
    """A comparison as bytes, for a download button."""
    file = io.BytesIO()
    write(compared, file, ending, language)
    return file.getvalue()


def _csv(file: BinaryIO, header: list[str], rows: Iterable[tuple[Cell, ...]]) -> None:
    text = io.TextIOWrapper(file, encoding=safe_csv.ENCODING, newline="")
    safe_csv.write(text, header, rows)
    text.flush()
    text.detach()


def _summary(compared: Compared, language: str | None) -> tuple[list[str], list[tuple[Cell, ...]]]:
    """Counts by table under their header, and below them which states they are of."""
    spoken = language or "zh"
    columns = ("table", "table_label", *KINDS)
    header = list(columns) if language is None else [phrases.text(f"comparison.column.{column}", language) for column in columns]
    rows: list[tuple[Cell, ...]] = [(table, phrases.text(f"sheet.{table}", spoken), *(counts[kind] for kind in KINDS))
                                    for table, counts in compared.counts.items()]
    states = [(phrases.text(f"comparison.{side}", spoken), f"{state.at} {state.label or phrases.text('comparison.now', spoken)} {state.code}",
               None, None, None) for side, state in (("from", compared.before), ("to", compared.after))]
    return header, [*rows, *states]
