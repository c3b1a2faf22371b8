"""Registers as tables: export, templates, and import, checked whole before anything is written, and written whole or not at all.

Columns: `id` (a row with one changes that record, a row without enters a new one), whom the record is about (`organization`,
`organization_name`, `committee`), `state` where records are approved, a column for each question, and `version`, the seq that the record had
when the table was made. Headers are codes or the labels of either language, answers codes or labels; several choices are separated by 、 ; or
commas. A column that a file lacks stays as it is, and so does a cell that says what stands, as an export writes it.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lib.core import forms, phrases, words
from lib.core.access import Action
from lib.core.forms import Item
from lib.core.model import Actor, Problem, Refused, Role
from lib.core.model import Words as Text
from lib.core.registers import About, Register, Standing
from lib.exchange import handout, tabular
from lib.exchange.cells import Added, Changed, Checker, Words
from lib.exchange.tabular import VERSION, VERSION_HEADERS, Row, Table
from lib.store import events, imports, organizations, records, rounds
from lib.store.db import Database, command
from lib.store.records import Entry, Record

PLACE = ("id", "organization", "organization_name", "committee", "state", VERSION)
NOT_FILLED_IN = ("state", VERSION)
"""Columns that nobody is asked to fill in."""
HEADERS = {
    "id": ("记录编号", "编号", "record id"),
    "organization": ("组织编码", "编码", "organization code"),
    "organization_name": ("组织名称", "党组织名称", "组织", "organization name"),
    "committee": ("党（工）委", "隶属党委", "所属党委", "党委", "committee"),
    "state": ("状态", "state"),
    VERSION: VERSION_HEADERS,
}
"""Code of each column beside the questions' → other headers that are understood; the first is the one written in Chinese."""
WRITTEN = {"id": "id", "organization": "organization code", "organization_name": "organization name", "committee": "committee", "state": "state",
           VERSION: VERSION_HEADERS[1]}
"""The header of those columns in English."""
SEPARATORS = re.compile(r"[、;；,，]")
JOINED = {"zh": "、", "en": "; "}


def columns(kept: Register, *, private: bool) -> tuple[str, ...]:
    """Columns of a register's table. Private ones only when they are asked for."""
    places = ["id"]
    if kept.about in (About.ORGANIZATION, About.EITHER):
        places += ["organization", "organization_name"]
    if kept.about != About.COUNTY:
        places.append("committee")
    if kept.approve:
        places.append("state")
    return (*places, *(item.name for item in kept.items if private or not item.private), VERSION)


def heading(kept: Register, column: str, language: str | None) -> str:
    """A column's header: its code without a language, else its label; the code too where two columns have the same label."""
    if language is None:
        return column
    labels = {item.name: item.label[language] for item in kept.items}
    label = labels[column] if column in labels else HEADERS[column][0] if language == "zh" else WRITTEN[column]
    meanings = [name for name, headers in _known(kept).items() if tabular.key(label) in map(tabular.key, (name, *headers))]
    return label if meanings == [column] else column


def _known(kept: Register) -> dict[str, tuple[str, ...]]:
    """Every column that may be handed in → its other headers."""
    places = {column: HEADERS[column] for column in PLACE if column in columns(kept, private=True)}
    return {**places, **{item.name: tuple(item.label.values()) for item in kept.items}}


# ---- words of a column


class _Names(Words):
    """The words of a column, and which of them stand for several things."""

    def __init__(self, spellings: Iterable[tuple[str, str]], shown: Mapping[str, str]):
        pairs = list(spellings)
        super().__init__(pairs, shown)
        first: dict[str, str] = {}
        self._several = {tabular.key(word) for word, code in pairs if first.setdefault(tabular.key(word), code) != code}
        self.shown = shown

    def several(self, text: str) -> bool:
        return tabular.key(text) in self._several

    def written(self, code: str) -> str:
        """The word for a code that is understood again, else the code."""
        word = self.shown.get(code, code)
        return word if self.find(word) == code else code


def _of_choices(item: Item, language: str) -> _Names:
    spellings = [(word, choice.name) for choice in item.choices for word in (choice.name, *choice.label.values())]
    return _Names(spellings, {choice.name: choice.label[language] for choice in item.choices})


def _of_names(names: Mapping[str, str]) -> _Names:
    """Things by code, by name, and by the first part of a name that says where they belong (王某某　冯原镇党委)."""
    return _Names(((word, code) for code, name in names.items() for word in dict.fromkeys((code, name, name.partition("　")[0]))), names)


class Vocabulary:
    """The words of each column of a register, made when they are first needed. `language` is what they are written in."""

    def __init__(self, db: Database, kept: Register, language: str):
        self.db, self.language = db, language
        self.items = {item.name: item for item in kept.items}
        self._words: dict[str, _Names] = {}

    def of(self, name: str) -> _Names:
        item = self.items[name]
        key = item.list_name if item.dynamic else name
        if key not in self._words:
            self._words[key] = _of_names(records.choices(self.db, item.list_name)) if item.dynamic else _of_choices(item, self.language)
        return self._words[key]

    def codes(self, name: str, text: str) -> tuple[list[str], list[str]]:
        """Codes of several choices in one cell, and the parts that are none. A label may have a separator or a blank in itself."""
        words = self.of(name)
        if found := words.find(text):
            return [found], []
        codes, wrong = [], []
        for part in filter(None, (part.strip() for part in SEPARATORS.split(text))):
            if found := words.find(part):
                codes.append(found)
                continue
            pieces = part.split()
            told = [words.find(piece) for piece in pieces]
            if len(pieces) > 1 and all(told):
                codes += told
            else:
                wrong.append(part)
        return list(dict.fromkeys(codes)), wrong

    def written(self, name: str, stored: str) -> str:
        """An answer in words that are understood again; its codes where its words would not be."""
        item = self.items[name]
        if item.type == "select_one":
            return self.of(name).written(stored)
        if item.type == "select_multiple":
            told = JOINED[self.language].join(self.of(name).written(code) for code in stored.split())
            return told if self.codes(name, told) == (stored.split(), []) else stored
        return stored


# ---- export


class Writer:
    """Records as rows of text in one language (codes without one): what an export writes, and what an import compares with."""

    def __init__(self, db: Database, kept: Register, language: str | None):
        self.language, self.vocabulary = language, Vocabulary(db, kept, language or "zh")
        self.committees = _of_names({row["code"]: row["name"] for row in organizations.committees(db)})

    def cell(self, record: Record, column: str) -> str:
        match column:
            case "id":
                return record.id
            case "organization" | "organization_name":
                return getattr(record, column) or ""
            case "committee":
                return (record.committee or "") if self.language is None else self.committees.written(record.committee or "")
            case "state":
                return record.state.value if self.language is None else phrases.text(f"standing_of.{record.state}", self.language)
            case _ if column == VERSION:
                return str(record.seq)
        return self.answer(column, record.values.get(column))

    def answer(self, column: str, stored: str | None) -> str:
        return self.vocabulary.written(column, stored) if self.language and stored else stored or ""


def cells(db: Database, kept: Register, found: Sequence[Record], language: str | None, *, private: bool = False) -> tuple[list[str], list[list[str]]]:
    """Header and rows of records, every cell a text: codes without a language, else words that an import understands again."""
    names, writer = columns(kept, private=private), Writer(db, kept, language)
    return [heading(kept, column, language) for column in names], [[writer.cell(record, column) for column in names] for record in found]


# ---- import


@dataclass(frozen=True)
class Change:
    """What one row of a file asks for: a new record (`record` None) or new answers of one; `row` is where it stands."""

    row: Row
    record: str | None
    entry: Entry


@dataclass(frozen=True)
class Plan:
    """What an import would do; cell by cell in `cells`, row by row in `news`."""

    changes: tuple[Change, ...]
    added: int
    changed: int
    unchanged: int
    cells: tuple[Changed, ...]
    news: tuple[Added, ...]
    warnings: tuple[Problem, ...]


def read(content: bytes, kept: Register) -> Table:
    """The table of a register's file. Raises Refused."""
    try:
        return tabular.read(content, _known(kept), ())
    except Refused as refused:
        raise Refused(problems=_named(kept, refused.problems)) from None


def _titles(kept: Register) -> dict[str, Text]:
    """What each column is called."""
    return {**{item.name: Text(item.label["zh"], item.label["en"]) for item in kept.items},
            **{column: Text(HEADERS[column][0], WRITTEN[column]) for column in PLACE}}


def _named(kept: Register, problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Problems that call a column as the register does."""
    known = _titles(kept)
    return tuple(Problem.of(problem.code, **{name: known.get(given, given) if name == "column" else given for name, given in problem.params})
                 for problem in problems)


class _Import:
    def __init__(self, db: Database, actor: Actor, kept: Register, table: Table, today: dt.date, overwrite: bool):
        self.db, self.actor, self.kept, self.today = db, actor, kept, today
        self.check = Checker(table, overwrite=overwrite)
        self.writers = {language: Writer(db, kept, language) for language in (None, *phrases.LANGUAGES)}
        self.vocabulary, self.zone = self.writers["zh"].vocabulary, rounds.current(db).program.timezone
        self.items = {item.name: item for item in kept.items}
        self.standing = {record.id: record for record in records.every(db, kept.name)}
        self.units = {row.code: row for row in organizations.every(db, actor)}
        self.organizations = _of_names({code: row.name for code, row in self.units.items()})
        self.committees = _of_names({row["code"]: row["name"] for row in organizations.committees(db)})
        self.labels = {Text(item.label.get("zh", item.name), item.label.get("en", item.name)): item.name for item in kept.items}
        self.titles = _titles(kept)
        self.cells: list[Changed] = []
        self.news: list[Added] = []
        self.told: dict[object, int] = {}
        """Record, or key of a new one → the row that told it first."""
        self.twins: dict[object, Record] = {}
        for record in self.standing.values():
            self.twins.setdefault(self._twin_key(record.organization, record.committee, record.values), record)

    def _twin_key(self, organization: str | None, committee: str | None, texts: Mapping[str, str]) -> tuple:
        """What two records may not share: the register's key, without one everything that they say, as a cell shows it."""
        names = self.kept.key or tuple(self.items)
        return organization, None if organization else committee, *(tabular.clean(texts.get(name) or "") for name in names)

    def row(self, row: Row) -> Change | None:
        """What a row asks for; None when it asks for nothing new, or for something wrong, which is noted.

        What the form says of the answers together is asked once each of them can be read: a wrong cell would make others look missing.
        """
        wrong = len(self.check.problems)
        record = self._record(row)
        organization, committee = self._whom(row, record)
        self._state(row, record)
        given = self._answers(row, record)
        if len(self.check.problems) > wrong:
            return None
        if record is None and (twin := self._twin(row, organization, committee, given)):
            record, given = twin, {name: text for name, text in given.items() if not self._same(name, text, twin)}
        if record and not given:
            return None
        if record and not self.check.made_of(row, (str(record.seq),)):
            self._outdated(row, record)
        return self._checked(row, record, Entry(given, organization, committee))

    def _outdated(self, row: Row, record: Record) -> None:
        at, author = (record.decided_at, record.decided_by) if record.decided_at else (record.changed_at, record.changed_by)
        when = Text(*(words.moment(at, language, self.zone) for language in phrases.LANGUAGES))
        self.check.outdated(row, self._called(record.values, record.organization_name or record.committee_name), imports.who(self.db, author), when)

    def _called(self, values: Mapping[str, str | None], place: str) -> str:
        """What a record is called in a list of changes: its title, and where it belongs."""
        title = self.writers["zh"].answer(self.kept.title, values.get(self.kept.title)) if self.kept.title else ""
        return "　".join(filter(None, (title, place)))

    def _says(self, row: Row, column: str, record: Record | None) -> bool:
        """Whether a cell says what stands of a record, as some export would have written it."""
        return record is not None and any(row.cells.get(column, "") == tabular.clean(handout.cell(writer.cell(record, column)))
                                          for writer in self.writers.values())

    def _record(self, row: Row) -> Record | None:
        text = tabular.digits(row.cells.get("id", ""))
        if not text:
            return None
        found = self.standing.get(text)
        if found is None:
            self.check.refuse(row, "id", "register_table.no_record", value=row.cells["id"][:40])
            return None
        first = self.told.setdefault(text, row.number)
        if first != row.number:
            self.check.refuse(row, "id", "cell.twice", value=text, first=first)
        return found

    def _chosen(self, row: Row, column: str, words: _Names) -> str | None:
        text = row.cells.get(column, "")
        if text and words.several(text):
            self.check.refuse(row, column, "register_table.several", value=text[:40])
            return None
        return self.check.chosen(row, column, words) if text else None

    def _whom(self, row: Row, record: Record | None) -> tuple[str | None, str | None]:
        """Organization and committee that a row is about; those of its record where it says nothing."""
        if self.kept.about == About.COUNTY:
            return None, None
        wrong = len(self.check.problems)
        column = "organization" if row.cells.get("organization") else "organization_name"
        if record:
            for place, words_, stands in ((column, self.organizations, record.organization), ("committee", self.committees, record.committee)):
                told = None if self._says(row, place, record) else self._chosen(row, place, words_)
                if told not in (None, stands):
                    self.check.refuse(row, place, "register_table.moved")
            return record.organization, record.committee
        organization = self._chosen(row, column, self.organizations)
        committee = self._chosen(row, "committee", self.committees)
        if len(self.check.problems) > wrong:
            return None, None
        if organization and committee and committee != self.units[organization].committee:
            self.check.refuse(row, "committee", "register_table.other_committee", name=self.units[organization].name,
                              committee=self.units[organization].committee_name)
        if organization or self.kept.about == About.ORGANIZATION:
            if not organization:
                self._own(row)
            return organization or self.actor.organization, None
        if not committee and self.actor.committee is None:
            self.check.refuse(row, "committee", "cell.empty")
        return None, committee or self.actor.committee

    def _own(self, row: Row) -> None:
        """A row that names no organization is about the actor's own, where it has one."""
        if self.actor.role != Role.ORGANIZATION:
            self.check.refuse(row, "organization", "cell.empty")

    def _state(self, row: Row, record: Record | None) -> None:
        """The state may be in the file, but no import decides."""
        text = row.cells.get("state", "")
        known = {word for state in Standing if state == (record.state if record else Standing.NOMINATED)
                 for word in (state.value, *(phrases.text(f"standing_of.{state}", language) for language in phrases.LANGUAGES))}
        if text and tabular.key(text) not in map(tabular.key, known):
            self.check.refuse(row, "state", "register_table.state", value=text[:40])

    def _same(self, name: str, text: str | None, record: Record) -> bool:
        """Whether a cell says what the record says already; a cell has no line breaks."""
        stored = record.values.get(name) or ""
        if self.items[name].type == "text":
            return tabular.clean(text or "") == tabular.clean(stored)
        return (text or "") == stored

    def _answers(self, row: Row, record: Record | None) -> dict[str, str | None]:
        """Answers of the columns that the file has, as they are stored; of a record that stands only those that differ."""
        found = {name: self._answer(row, item) for name, item in self.items.items() if self.check.has(name) and not self._says(row, name, record)}
        return {name: text for name, text in found.items() if (text if record is None else not self._same(name, text, record))}

    def _answer(self, row: Row, item: Item) -> str | None:
        text = row.cells.get(item.name, "")
        if not text:
            return None
        if item.type == "date":
            day = self.check.date(row, item.name, dt.date.max)  # a plan's day may be to come; the form's constraints judge it
            return day.isoformat() if day else None
        if item.type == "select_one":
            return self._chosen(row, item.name, self.vocabulary.of(item.name))
        if item.type == "select_multiple":
            codes, wrong = self.vocabulary.codes(item.name, text)
            for part in wrong:
                self._no_choice(row, item, part)
            order = [choice.name for choice in item.choices]
            return " ".join(codes if item.dynamic else sorted(codes, key=order.index)) or None
        if item.type in ("integer", "decimal"):
            if tabular.lost_digits(text):
                self.check.refuse(row, item.name, "cell.lost_digits", value=text[:40])
                return None
            text = tabular.digits(text)
        try:
            return forms.encode(item, text)
        except (ValueError, OverflowError):
            if len(text) > forms.TEXT_LIMIT:
                self.check.refuse(row, item.name, "cell.too_long", limit=forms.TEXT_LIMIT)
            else:
                self.check.refuse(row, item.name, "register_table.number", value=text[:40])
        return None

    def _no_choice(self, row: Row, item: Item, part: str) -> None:
        words = self.vocabulary.of(item.name)
        if words.several(part):
            self.check.refuse(row, item.name, "register_table.several", value=part[:40])
        elif guess := words.guess(part):
            self.check.refuse(row, item.name, "cell.no_such_guess", value=part[:40], guess=guess)
        else:
            self.check.refuse(row, item.name, "cell.no_such", value=part[:40])

    def _twin(self, row: Row, organization: str | None, committee: str | None, given: Mapping[str, str | None]) -> Record | None:
        """The record that a row without an id means: the one with its key, or one that says the same; two rows may not mean one."""
        key = self._twin_key(organization, committee, given)
        first = self.told.setdefault(key, row.number)
        if first != row.number and self.kept.key:
            self.check.refuse(row, self.kept.key[0], "register_table.twin", first=first)
            return None
        if twin := self.twins.get(key):
            first = self.told.setdefault(twin.id, row.number)
            if first != row.number and self.kept.key:
                self.check.refuse(row, self.kept.key[0], "register_table.twin", first=first)
                return None
        return twin

    def _checked(self, row: Row, record: Record | None, entry: Entry) -> Change | None:
        """The row as a change, when its record would be one; what the register's form refuses is noted in its place."""
        try:
            whose = records.whose_of(self.db, self.kept, entry.organization, None if entry.organization else entry.committee)
            if not self.kept.may_write(self.actor, whose):
                raise Refused("register_table.not_yours")
            before = dict(record.values) if record else {}
            texts = records.checked(self.db, self.kept, {**before, **entry.values}, self.today, before)
        except Refused as refused:
            self._note(row, refused)
            return None
        for name, text in entry.values.items():
            if text and name not in texts:
                self.check.warn(row, name, "register_table.not_asked", value=text[:40])
        if record and texts == before:
            return None
        values = {name: text for name, text in entry.values.items() if texts.get(name) == text or text is None}
        about = Entry(values, entry.organization, None if entry.organization else entry.committee)
        self._compare(row, record, about, before, texts)
        return Change(row, record and record.id, about)

    def _compare(self, row: Row, record: Record | None, about: Entry, before: Mapping[str, str], texts: Mapping[str, str]) -> None:
        """Put a row's changes where they are shown."""
        if record is None:
            place = self.units[about.organization].name if about.organization else self.committees.shown.get(about.committee or "", "")
            self.news.append(Added(row.number, self._called(texts, place)))
            return
        called = self._called(record.values, record.organization_name or record.committee_name)
        for name in self.items:
            if before.get(name) != texts.get(name):
                was, now = (Text(*(self.writers[language].answer(name, answers.get(name)) for language in phrases.LANGUAGES))
                            for answers in (before, texts))
                self.cells.append(Changed(row.number, called, self.titles[name], was, now))

    def _note(self, row: Row, refused: Refused) -> None:
        for problem in refused.problems:
            label = dict(problem.params).get("label")
            column = self.labels.get(label) if isinstance(label, Text) else None
            reason = Text(*(phrases.explain(problem, language) for language in ("zh", "en")))
            if column and self.check.has(column):
                self.check.refuse(row, column, "register_table.cell", reason=reason)
            else:
                self.check.problems.append(Problem.of("register_table.row", row=row.number, reason=reason))


def plan(db: Database, actor: Actor, name: str, table: Table, today: dt.date, *, overwrite: bool = False) -> Plan:
    """What importing a table into a register would do; nothing is written. With `overwrite` its word counts also where somebody changed the
    same record since the table was handed out. Raises Refused with every problem of every row."""
    kept = records.register(db, name)
    if not kept.may_write(actor):
        raise Refused("access.refused", action=Action.KEEP_RECORD.value, role=actor.role.value)
    work = _Import(db, actor, kept, table, today, overwrite)
    changes = [change for row in table.rows if (change := work.row(row))]
    if work.check.problems:
        raise Refused(problems=_named(kept, work.check.problems))
    added = sum(change.record is None for change in changes)
    return Plan(tuple(changes), added, len(changes) - added, len(table.rows) - len(changes), tuple(work.cells), tuple(work.news),
                _named(kept, work.check.told()))


def import_table(db: Database, actor: Actor, name: str, table: Table, at: str, *, overwrite: bool = False) -> Plan:
    """Import a table into a register, all of it or nothing, keep what it takes to undo it, and return what was done. Raises Refused with every
    problem of every row."""
    with command(db):
        today = rounds.local(db, at).date()
        work, wrong = plan(db, actor, name, table, today, overwrite=overwrite), []
        begun, _ = events.head(db)
        before: dict[str, Mapping | None] = {}
        for change in work.changes:
            try:
                if change.record is None:
                    before[records.add(db, actor, name, change.entry, at, today)] = None
                else:
                    before[change.record] = imports.standing(records.get(db, change.record))
                    records.change(db, actor, change.record, change.entry.values, at, today)
            except Refused as refused:  # two rows that come to the same record
                wrong += [Problem.of("register_table.row", row=change.row.number, reason=Text(*(
                    phrases.explain(problem, language) for language in ("zh", "en")))) for problem in refused.problems]
        if wrong:
            raise Refused(problems=tuple(wrong))
        if work.changes:
            kept = [(record, stood, imports.standing(records.get(db, record))) for record, stood in before.items()]
            imports.keep(db, actor, name, {"begun": begun, "records": kept}, work.added, work.changed, at)
    return work
