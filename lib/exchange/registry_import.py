"""Import of organizations: the county's own list, checked whole before anything is written, and written whole or not at all.

A cell that says what stands, as an export writes it, is not judged again: whatever was handed out comes in unchanged.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lib.core import access, words
from lib.core.access import Action
from lib.core.model import Actor, Kind, Problem, Refused
from lib.core.model import Words as Text
from lib.core.phrases import LANGUAGES
from lib.exchange import tabular
from lib.exchange.cells import Added, Changed, Checker
from lib.exchange.registry_table import COLUMNS, REQUIRED, Writer, classes, kinds, townships
from lib.exchange.tabular import Row, Table
from lib.store import events, imports, organizations, rounds
from lib.store.db import Database, command
from lib.store.organizations import Organization

NAME_LIMIT, PERSON_LIMIT, PHONE_LIMIT = (organizations.LIMITS[field] for field in ("name", "secretary", "phone"))
MOST_MEMBERS = organizations.MOST_MEMBERS
NEAR_COMMITTEE = 75
"""Likeness (per cent) from which a new committee may be a misspelt one."""
COMMITTEE_CODE = re.compile(r"C(\d+)")


@dataclass(frozen=True)
class Plan:
    """What an import would do. `rows` are for `save_organization`, `classes` pairs of code and class at the start of the year,
    `committees` pairs of code and name of those not known yet; `cells` and `news` say it cell by cell and row by row."""

    rows: tuple[Mapping[str, object], ...]
    classes: tuple[tuple[str, str], ...]
    committees: tuple[tuple[str, str], ...]
    added: int
    changed: int
    unchanged: int
    cells: tuple[Changed, ...]
    news: tuple[Added, ...]
    warnings: tuple[Problem, ...]


def read(content: bytes) -> Table:
    """The table of an organizations file. Raises Refused."""
    return tabular.read(content, {**COLUMNS, tabular.VERSION: tabular.VERSION_HEADERS}, REQUIRED)


class _Committees:
    """Committees by code and name, and those that the file brings along, numbered on from the store's own C001, C002, …"""

    def __init__(self, writer: Writer):
        self.known = writer.known_committees
        self.added: dict[str, tuple[str, str]] = {}
        self.last = max((int(match[1]) for code in writer.committees if (match := COMMITTEE_CODE.fullmatch(code))), default=0)

    def code(self, text: str) -> tuple[str, bool]:
        """Code of a committee, and whether this is the first the import hears of it."""
        found = self.known.find(text)
        if found:
            return found, False
        new = tabular.key(text) not in self.added
        if new:
            self.last += 1
            self.added[tabular.key(text)] = (f"C{self.last:03d}", text)
        return self.added[tabular.key(text)][0], new


class _Import:
    def __init__(self, db: Database, actor: Actor, table: Table, overwrite: bool):
        self.db, self.check, self.writer = db, Checker(table, overwrite=overwrite), Writer(db)
        self.kinds, self.townships, self.committees = kinds(), townships(db), _Committees(self.writer)
        self.scales = {kind.value: classes(kind) for kind in Kind}
        self.existing = {row.code.casefold(): row for row in organizations.every(db, actor, closed=True)}
        self.zone = rounds.current(db).program.timezone
        self.seen: dict[str, int] = {}

    def row(self, row: Row) -> tuple[dict[str, object], str | None]:
        """What to save of one row, and its class at the start of the year where the file gives one."""
        check = self.check
        code = self._code(row)
        known = self.existing.get((code or "").casefold())
        told = {column for column, text in row.cells.items() if known and column in COLUMNS and self.writer.says(known, column, text)}
        stands = {column: getattr(known, column) for column in told - {"code", "start_class"}}
        read = {"name": lambda: check.text(row, "name", NAME_LIMIT, required=True), "kind": lambda: check.chosen(row, "kind", self.kinds),
                "committee": lambda: self._committee(row),
                "township": lambda: check.chosen(row, "township", self.townships) if row.cells["township"] else None,
                "members": lambda: check.whole(row, "members", MOST_MEMBERS), "secretary": lambda: check.text(row, "secretary", PERSON_LIMIT),
                "phone": lambda: check.number_text(row, "phone", PHONE_LIMIT)}
        values = {"code": code, **{column: stands[column] if column in stands else of() for column, of in read.items() if check.has(column)}}
        return values, self.writer.starts.get(known.code) if "start_class" in told else self._start(row, values["kind"])

    def _code(self, row: Row) -> str | None:
        known = self.existing.get(row.cells["code"].casefold())
        code = known.code if known else self.check.code(row)
        if code is None:
            return None
        first = self.seen.setdefault(code.casefold(), row.number)
        if first != row.number:
            self.check.refuse(row, "code", "cell.twice", value=code, first=first)
        known = self.existing.get(code.casefold())
        if known and known.closed_on:
            self.check.warn(row, "code", "import.closed", name=known.name, on=known.closed_on)
        return known.code if known else code

    def _committee(self, row: Row) -> str | None:
        text = self.check.text(row, "committee", NAME_LIMIT, required=True)
        if not text:
            return None
        code, new = self.committees.code(text)
        if new and (near := self.committees.known.guess(text, NEAR_COMMITTEE)):
            self.check.warn(row, "committee", "import.near_committee", value=text, guess=near)
        return code

    def _start(self, row: Row, kind: str | None) -> str | None:
        if kind is None or not row.cells.get("start_class"):
            return None
        words = self.scales[kind]
        if words is None:
            self.check.refuse(row, "start_class", "cell.no_class", kind=kind, value=row.cells["start_class"][:40])
            return None
        return self.check.chosen(row, "start_class", words)

    def changes(self, row: Row, values: Mapping[str, object], start: str | None) -> list[Changed]:
        """The cells of a row that change what stands of its organization; whether somebody else changed that meanwhile is noted."""
        before = self.existing[values["code"].casefold()]
        given = {**values, **({"start_class": start} if start is not None else {})}
        found = [Changed(row.number, before.name, column, self._shown(column, self.writer.stored(before, column)), self._shown(column, new))
                 for column, new in given.items() if new != self.writer.stored(before, column)]
        if found and not self.check.made_of(row, self.writer.versions(before)):
            self._outdated(row, before)
        return found

    def _outdated(self, row: Row, before: Organization) -> None:
        last = next(events.history(self.db, before.code, imports.CHANGES, 1), {"actor": words.DASH, "at": None})
        self.check.outdated(row, before.name, imports.who(self.db, last["actor"]), Text(*(
            words.moment(last["at"], language, self.zone) if last["at"] else words.DASH for language in LANGUAGES)))

    def _shown(self, column: str, value: object) -> Text:
        """A value in words; a committee that the file brings along has only its name there."""
        if column == "committee":
            named = {**self.writer.committees, **dict(self.committees.added.values())}
            return Text(named[value], named[value])
        return Text(*(self.writer.told(column, value, language) for language in LANGUAGES))


def plan(db: Database, actor: Actor, table: Table, *, overwrite: bool = False) -> Plan:
    """What importing a table would do; nothing is written. With `overwrite` its word counts also where somebody changed the same since the
    table was handed out. Raises Refused with every problem of every row."""
    access.require(actor, Action.EDIT_REGISTRY)
    work = _Import(db, actor, table, overwrite)
    read_rows = [work.row(row) for row in table.rows]
    if work.check.problems:
        raise Refused(problems=tuple(work.check.problems))
    rows, starts, cells, news, unchanged = [], [], [], [], 0
    for row, (values, start) in zip(table.rows, read_rows, strict=True):
        fresh = values["code"].casefold() not in work.existing
        changed = [] if fresh else work.changes(row, values, start)
        reclassed = start is not None and (fresh or any(cell.column == "start_class" for cell in changed))
        unchanged += not fresh and not changed
        cells += changed
        if fresh:
            news.append(Added(row.number, values["name"]))
        if fresh or any(cell.column != "start_class" for cell in changed):
            rows.append(values)
        if reclassed:
            starts.append((values["code"], start))
    if work.check.problems:
        raise Refused(problems=tuple(work.check.problems))
    return Plan(tuple(rows), tuple(starts), tuple(work.committees.added.values()), len(news), len(table.rows) - len(news) - unchanged, unchanged,
                tuple(cells), tuple(news), work.check.told())


def import_table(db: Database, actor: Actor, table: Table, at: str, *, overwrite: bool = False) -> Plan:
    """Import a table, all of it or nothing, keep what it takes to undo it, and return what was done. Raises Refused with every problem of
    every row."""
    with command(db):
        work = plan(db, actor, table, overwrite=overwrite)
        for code, name in work.committees:
            organizations.add_committee(db, actor, code, name, None, at)
        undo = list(_saved(db, actor, work.rows, at))
        round_, decided = rounds.current(db), []
        for code, start in work.classes:
            decided.append(organizations.change_class(db, actor, round_.code, code, "start", start, f"{round_.year}-01-01", "", at))
        if work.added or work.changed:
            body = {"committees": [code for code, _ in work.committees], "organizations": undo, "classes": decided}
            imports.keep(db, actor, imports.ORGANIZATIONS, body, work.added, work.changed, at)
    return work


def _saved(db: Database, actor: Actor, rows: Iterable[Mapping[str, object]], at: str) -> Iterator[tuple[str, dict | None, Mapping[str, object]]]:
    """Save rows; gives the code of each, what stood there before (None for one that is new), and what stands now."""
    for row in rows:
        yield row["code"], imports.fields(db, row["code"], row), row
        organizations.save_organization(db, actor, row, at)
